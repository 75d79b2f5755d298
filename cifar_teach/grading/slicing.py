"""Leave out the cells of the exercise itself that no answer needs: pictures, tables, long training.

A cell is left out when it stands in the notebook word by word as it was handed out and defines nothing that the
student's own cells use, directly or through other cells. A notebook that looks names up in ways which cannot be
followed (``globals()``, ``eval``) is run as a whole.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable

from ..checks.plan import CALL_OF_START
from ..checks.reading import Cell
from .names import as_python, parse

UNFOLLOWED = {"globals", "locals", "vars", "eval", "exec", "compile", "__main__", "__import__", "dir"}
"""A cell that uses one of these may reach any name."""


def needless(cells: Iterable[Cell], handed_out: set[str]) -> set[int]:
    """Return the numbers of the cells that need not be run.

    Args:
        cells: the code cells of a notebook, in order.
        handed_out: the sources of the cells of the exercise as it was handed out, answers left out.
    """
    cells = list(cells)
    given = {cell.number for cell in cells if cell.source in handed_out and not CALL_OF_START.search(cell.source)}
    kept = [cell for cell in cells if cell.number not in given]
    uses = {cell.number: _used(cell.source) for cell in cells}
    if any(uses[cell.number] & UNFOLLOWED for cell in kept if cell.source not in handed_out):
        return set()
    modules = set().union(*(_imported(cell.source) for cell in cells if cell.number in given))
    changes = {cell.number: _changed(cell.source, modules) for cell in cells}
    wanted = set().union(*(uses[cell.number] for cell in kept)) if kept else set()
    while True:
        found = {number for number in given if changes[number] is None or changes[number] & wanted}
        if not found:
            return given
        given -= found
        for number in found:
            wanted |= uses[number]


def defined(cells: Iterable[Cell]) -> set[str]:
    """Return the names that these cells define, or whose objects they may change."""
    return set().union(*(_changed(cell.source, set()) or set() for cell in cells))


def _tree(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell; None when it has none, or is not safe to parse."""
    python = as_python(source)
    return None if python is None else parse(python)


def _used(source: str) -> set[str]:
    """Return the global names that a cell uses, those inside its functions included."""
    python = as_python(source)
    if python is None:
        return UNFOLLOWED  # nobody has looked into it
    try:
        tables = [symtable.symtable(python, "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()  # it stops before it uses anything
    names: set[str] = set()
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        names |= {each.get_name() for each in table.get_symbols() if each.is_referenced() and (top or each.is_global())}
        tables += table.get_children()
    return {name for name in names if not hasattr(builtins, name) or name in UNFOLLOWED}


def _imported(source: str) -> set[str]:
    """Return the names under which a cell imports something."""
    tree = _tree(source)
    nodes = ast.walk(tree) if tree else ()
    aliases = [alias for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names]
    return {(alias.asname or alias.name).partition(".")[0] for alias in aliases}


def _changed(source: str, modules: set[str]) -> set[str] | None:
    """Return the names that a cell defines, or whose objects it may change; None when that cannot be told.

    A call such as ``rows.append(1)`` may change its object; ``plots.show(…)``, of a module, defines nothing.
    """
    tree = _tree(source)
    if tree is None:
        return None
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            if any(alias.name == "*" for alias in node.names):
                return None
            names |= _imported(ast.unparse(node))
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            names.add(_base(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            names |= {_base(node.value.func), *_given(node.value)} - modules
    return names - {""}


def _given(call: ast.Call) -> list[str]:
    """Return the names that a call gets, and so may change; what is built into Python, such as ``print``, does not."""
    if isinstance(call.func, ast.Name) and hasattr(builtins, call.func.id):
        return []
    return [each.id for each in call.args if isinstance(each, ast.Name)]


def _base(node: ast.AST) -> str:
    """Return the name that ``name.attribute[index]`` begins with; empty when it begins with something else."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) and not hasattr(builtins, node.id) else ""
