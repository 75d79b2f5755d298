"""Run the cells of a notebook in this process, as a notebook would, without a person, a shell or a browser."""

from __future__ import annotations

import builtins
import contextlib
import importlib.abc
import linecache
import sys
import types
from collections.abc import Callable
from typing import Any

from .guard import held_output, time_limit
from .magics import InertShell, to_python
from .reading import Cell
from .results import CellError
from .values import shorten
from .verdict import StudentError


class Cells:
    """The variables of a notebook, and its cells run one after the other.

    Args:
        note: takes a sentence about what was left out.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._take_note = note
        self._module = types.ModuleType("__main__")
        self._noted: set[str] = set()
        self.variables: dict[str, Any] = self._module.__dict__
        self.cell = Cell(0, "code", "")

    def prepare(self) -> None:
        """Make this process look like a notebook's, without the parts that need a person or a browser."""
        sys.modules["__main__"] = self._module
        sys.argv = ["notebook"]
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, NoColab())
        builtins.input = no_input
        shell = InertShell(self._run_code, self.note)
        commands = {"get_ipython": lambda: shell, "display": lambda *_, **__: None}
        for command in commands.values():
            command.__module__ = "IPython"  # not a part of this package that an answer might borrow
        self.variables.update(commands)

    def run(self, cell: Cell, seconds: float) -> CellError | None:
        """Run a cell; return how it stopped, or None when it came to its end."""
        self.cell = cell
        try:
            with held_output(), time_limit(seconds):
                self._run_code(to_python(cell.source))
        except BaseException as problem:
            return self._error(problem)
        finally:
            self._close_figures()
        return None

    def note(self, text: str) -> None:
        """Note something about the cell that runs, once."""
        text = f"Cell [{self.cell.number}]: {text}" if self.cell.number else text
        if text not in self._noted:
            self._noted.add(text)
            self._take_note(text)

    def _run_code(self, code: str) -> None:
        name = self._file_name(self.cell)
        # Messages, and AutoGraph, look the lines up here.
        lines = [f"{line}\n" for line in self.cell.source.split("\n")]
        linecache.cache.setdefault(name, (len(code), None, lines, name))
        exec(compile(code, name, "exec", dont_inherit=True), self.variables)

    @staticmethod
    def _file_name(cell: Cell) -> str:
        return f"<cell {cell.number}>"

    def _error(self, problem: BaseException) -> CellError:
        cell = self.cell
        if isinstance(problem, StudentError):
            return CellError(cell.number, cell.first_line, problem.message, hint=problem.hint)
        if isinstance(problem, SystemExit):
            return CellError(cell.number, cell.first_line, "It tried to end Python; leave `exit()` out of a notebook.")
        words = shorten(" ".join(str(problem).split()), 300)
        name = self._file_name(cell)
        if isinstance(problem, SyntaxError) and problem.filename == name:
            line, words = problem.lineno or 0, str(problem.msg)
        else:
            line, trace = 0, problem.__traceback__
            while trace is not None:
                line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == name else line
                trace = trace.tb_next
        code = linecache.getline(name, line).strip() if line else ""
        words = f"{type(problem).__name__}: {words}" if words else type(problem).__name__
        return CellError(cell.number, cell.first_line, words, line, code, _hint(problem))

    @staticmethod
    def _close_figures() -> None:
        """Close the figures of a cell, as notebooks do after they have shown them."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        with contextlib.suppress(Exception):
            if pyplot:
                pyplot.close("all")


def _hint(problem: BaseException) -> str:
    if isinstance(problem, NameError):
        return "Is the name defined in a cell further down, or only in a cell that is no longer there?"
    if isinstance(problem, FileNotFoundError):
        return "The notebook is run in an empty folder: what it reads must come from the package or be made in a cell."
    return ""


class NoColab(importlib.abc.MetaPathFinder):
    """Refuses ``google.colab``, which waits for a browser, with words that say why."""

    def find_spec(self, name: str, *_: Any) -> None:
        """Raise for google.colab; leave every other module to Python."""
        if name == "google.colab" or name.startswith("google.colab."):
            raise ModuleNotFoundError(
                "google.colab is there only while you work in Colab, not when the notebook is graded: no answer may "
                "need it.",
                name=name,
            )


def no_input(*_: Any) -> str:
    """Stand in for ``input``, which would wait for ever."""
    raise RuntimeError(
        "input() waits for somebody to type, and nobody does when the notebook is run from top to bottom. Write the "
        "value into the cell."
    )
