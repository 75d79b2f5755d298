"""Notebook code as plain Python: magics and shell commands become calls of an object that does not carry them out.

Needs no IPython, so that a notebook runs in the same way wherever the package is installed.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable
from typing import Any

CELL_MAGIC = re.compile(r"\s*%%(\w+)(.*)")
# Nothing is tried twice (`*+`, `++`): a line of thousands of blanks would otherwise take minutes.
LINE_MAGIC = re.compile(r"(?P<left>\s*+(?:[\w\s,.*()\[\]'\"]++=)?\s*+)%(?P<name>[\w.]+)\s*(?P<rest>.*)", re.DOTALL)
SHELL = re.compile(r"(?P<left>\s*+(?:[\w\s,.*()\[\]'\"]++=)?\s*+)!!?(?P<rest>.*)", re.DOTALL)
HELP = re.compile(r"(?P<left>\s*)(?P<rest>\?{1,2}[\w.%*]+|%{0,2}[\w.*]+(?:\[\w+\])?\?{1,2})\s*")

RUNS_CODE = ("time", "capture", "prun")
"""Magics that run Python code and keep what it defines: the code is run, the magic itself is not."""
HARMLESS = ("matplotlib", "load_ext", "reload_ext", "autoreload", "config", "pylab", "timeit", "pinfo", "pinfo2")
"""Magics that change nothing a check looks at: skipping them needs no mention."""


def to_python(source: str) -> str:
    """Return the code of a cell as Python; lines keep their numbers. What is no valid code stays as it is.

    Only lines at which Python gives up are looked at: a line that begins with ``%`` may well be the second line of a
    formula, or stand in a text.
    """
    first = next((line for line in source.splitlines() if line.strip()), "")
    if first[:1].isspace():
        source = textwrap.dedent(source)
    lines = source.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    while start < len(lines) and (magic := CELL_MAGIC.fullmatch(lines[start])):
        if magic[1] not in RUNS_CODE:
            return "\n" * start + f"get_ipython().run_cell_magic({magic[1]!r}, {magic[2].strip()!r}, '')"
        lines[start] = ""
        start += 1
    for _ in lines:
        text = "\n".join(lines)
        try:
            ast.parse(text)
        except SyntaxError as problem:
            if not _replace(lines, (problem.lineno or 1) - 1):
                return text
        except (ValueError, RecursionError, MemoryError):  # null bytes, or brackets without end
            return text
        else:
            return text
    return "\n".join(lines)


def _replace(lines: list[str], index: int) -> bool:
    """Turn the magic in this line into a call; say whether there was one."""
    if not 0 <= index < len(lines):
        return False
    line, end = lines[index], index
    while line.endswith("\\") and end + 1 < len(lines):
        end += 1
        line = f"{line[:-1]} {lines[end].strip()}"
    if found := HELP.fullmatch(line):
        call = f"run_line_magic({'pinfo2' if '??' in line else 'pinfo'!r}, {found['rest'].strip('?')!r})"
    elif found := SHELL.fullmatch(line):
        call = f"getoutput({found['rest'].strip()!r})"
    elif found := LINE_MAGIC.fullmatch(line):
        call = f"run_line_magic({found['name']!r}, {found['rest'].strip()!r})"
    else:
        return False
    lines[index : end + 1] = [f"{found['left']}get_ipython().{call}", *[""] * (end - index)]
    return True


class Nothing:
    """Stands for the parts of a notebook program that are not there: everything can be asked of it, nothing happens."""

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Nothing:
        """Do nothing."""
        return self

    def __contains__(self, _: Any) -> bool:
        return False

    def __iter__(self) -> Any:
        return iter(())

    def __bool__(self) -> bool:
        return False


class InertShell:
    """What ``get_ipython()`` returns while a notebook runs outside a notebook.

    Args:
        run: runs Python code among the variables of the notebook.
        note: takes a sentence about what was left out.
    """

    def __init__(self, run: Callable[[str], None], note: Callable[[str], None]) -> None:
        self._run = run
        self._note = note

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        """Run the Python code behind ``%time``; leave every other magic out."""
        if name in RUNS_CODE:
            self._run(line)
        elif name not in HARMLESS:
            self._note(f"`%{name} {line}`".replace(" `", "`") + " was left out: only Python code is run here.")

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Leave a cell in another language out."""
        if name in RUNS_CODE:
            self._run(body)
        elif name not in HARMLESS:
            self._note(f"The cell that begins with `%%{name}` was left out: only Python code is run here.")

    def magic(self, text: str) -> None:
        """Do as the old way to call a line magic did."""
        name, _, line = text.lstrip("%").partition(" ")
        self.run_line_magic(name, line)

    def getoutput(self, command: str, *_: Any, **__: Any) -> list[str]:
        """Leave a shell command out; it has printed nothing."""
        self._note(f"`!{command}` was left out: shell commands are not run here.")
        return []

    system = getoutput

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()
