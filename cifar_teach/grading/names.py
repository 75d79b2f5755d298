"""What a piece of Python defines and uses, read from its text and never by running it."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache

from ..checks.magics import to_python

MAX_CHARACTERS = 30_000
"""Longer code is not parsed; names are then found by the beginning of its lines."""
MAX_MAGICS = 100
"""Lines that may be magics are tried one after the other, so that thousands of them would take minutes."""
MAX_NESTING = 90
"""Deeper brackets are not parsed: older Pythons end the whole process on them."""
FENCE = re.compile(r"(?:```|~~~)\s*\w*")
DEFINES = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
MAGIC_LINE = re.compile(r"^[^#\n]*?(?:^|=)[^\S\n]*[%!?]|\?[^\S\n]*$", re.MULTILINE)
CALL_OF_CHECK = re.compile(r"""check\(\s*["'](ex\d\d\.[\w-]+)["']\s*\)""")


@dataclass(frozen=True)
class Code:
    """What a cell of code does with names.

    Attributes:
        parses: True when it is valid Python, magics left out of account.
        defined: name -> what it is given, normalised, so that two definitions can be compared.
        used: names that are read anywhere in it.
        shape: all of it without layout and comments; empty when it does not parse.
    """

    parses: bool
    defined: dict[str, str]
    used: frozenset[str]
    shape: str = ""


@lru_cache(maxsize=4096)
def read_code(source: str) -> Code:
    """Return what ``source`` defines at its top level, also inside ``if``, ``for``, ``try`` and ``with``."""
    python = as_python(source)
    tree = None if python is None else parse(python)
    if tree is None:
        defined = {match[1] or match[2]: "?" for match in DEFINES.finditer(source)}
        return Code(False, defined, frozenset(re.findall(r"[^\W\d]\w*", source[:MAX_CHARACTERS])))
    defined: dict[str, str] = {}
    for statement in _top_level(tree.body):
        if names := names_given_by(statement):
            defined |= dict.fromkeys(names, _normal(statement))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return Code(True, defined, frozenset(used), _dump(tree))


def parse(source: str) -> ast.Module | None:
    """Return the syntax tree of ``source``; None when it is not valid Python or not safe to parse."""
    if not _can_be_parsed(source):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a student's "\d" is no concern of the grader's log
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=256)
def as_python(source: str) -> str | None:
    """Return a cell as Python, without magics; None when it is not safe to parse."""
    if not _can_be_parsed(source):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return to_python(source)


def names_given_by(statement: ast.stmt) -> list[str]:
    """Return the names that a statement gives a value, imports left out."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target] if statement.value is not None else []
    else:
        return []
    stored = (node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
    return [node.id for node in stored if isinstance(node.ctx, ast.Store)]


def definitions(source: str, wanted: frozenset[str] | None = None) -> str:
    """Return the statements of a cell that define ``wanted``, and those of the same cell that they rely on.

    For code that was written into a cell which belongs to something else. Without ``wanted``: all its imports,
    functions and classes. Empty when there are none.
    """
    python = as_python(source)
    tree = None if python is None else parse(python)
    if tree is None:
        return ""
    lines = python.split("\n")
    if wanted is None:
        kept = [each for each in tree.body if isinstance(each, DEFINITIONS)]
    else:
        kept = _relied_on(tree.body, set(wanted))
    return "\n".join("\n".join(lines[_first_line(each) - 1 : each.end_lineno]) for each in kept)


def _relied_on(body: list[ast.stmt], wanted: set[str]) -> list[ast.stmt]:
    kept: set[int] = set()
    while True:
        new = [at for at, each in enumerate(body) if at not in kept and wanted & set(_bound_by(each))]
        if not new:
            return [body[at] for at in sorted(kept)]
        kept |= set(new)
        nodes = (node for at in new for node in ast.walk(body[at]))
        wanted |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _bound_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in statement.names]
    return names_given_by(statement)


def _first_line(statement: ast.stmt) -> int:
    return min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])


def code_in_text(source: str) -> str:
    """Return the code of a text cell: what stands between fences, else all of it."""
    # Line by line: one pattern for a whole block takes hours on a cell that was made to keep it busy.
    blocks, inside, fence = [], [], ""
    for line in source.split("\n"):
        mark = line.strip()
        if not fence and FENCE.fullmatch(mark):
            inside, fence = [], mark[:3]
        elif fence and mark == fence:
            blocks.append("\n".join(inside).strip("\n"))
            fence = ""
        else:
            inside.append(line)
    return "\n\n".join(blocks) if blocks else source


def called_checks(source: str) -> list[str]:
    """Return the ids of the checks that a cell calls."""
    return CALL_OF_CHECK.findall(source)


def _can_be_parsed(source: str) -> bool:
    if len(source) > MAX_CHARACTERS or len(MAGIC_LINE.findall(source)) > MAX_MAGICS:
        return False
    depth = deepest = 0
    for character in source if sum(map(source.count, "([{")) > MAX_NESTING else "":
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest <= MAX_NESTING and not re.search(
        r"(?:[-+~]\s*){200}|(?:not\s+){200}|(?:\*\*?\s*\w+\s*){400}", source
    )


def _top_level(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a cell in order, also those inside others, except functions and classes."""
    found, waiting = [], body[::-1]
    while waiting:  # no recursion: a chain of a thousand `elif` is nested a thousand deep
        statement = waiting.pop()
        found.append(statement)
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = [each for part in ("body", "orelse", "finalbody") for each in getattr(statement, part, None) or ()]
            inner += [each for handler in getattr(statement, "handlers", ()) for each in handler.body]
            waiting += inner[::-1]
    return found


def _normal(statement: ast.stmt) -> str:
    """Return a statement without layout, comments and docstring, so that an untouched stub is recognised as one."""
    body = getattr(statement, "body", None)
    if not isinstance(body, list):
        return _dump(statement)
    has_docstring = bool(body) and ast.get_docstring(statement, clean=False) is not None
    arguments = getattr(statement, "args", None)
    parts = [arguments] if arguments else getattr(statement, "bases", [])
    return "|".join(_dump(each) for each in (*parts, *body[has_docstring:]))


def _dump(node: ast.AST) -> str:
    try:
        return ast.dump(node)
    except RecursionError:
        return "?"
