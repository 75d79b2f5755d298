"""Small faults put into reference answers, one at a time: does the check notice each?

Such mutants stand in well for the faults students make (Clegg, McMinn and Fraser, 2021; Perretta et al., 2022). A check
that lets one pass either has a hole, or the mutant is right in its own way, and the author should say why.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from .sql_mutation import is_sql, sql_change, sql_mutants

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
MODULES = {"np", "keras", "layers", "ops", "tf", "math", "hashlib", "itertools", "sklearn"}
"""The names by which the exercises import modules."""


@dataclass(frozen=True)
class Mutant:
    """A reference answer with one fault.

    Attributes:
        change: what was changed, as ``3:12 axis=0 → axis=1``: line and column in the cell.
        code: the whole cell with the fault.
    """

    change: str
    code: str


def mutants(code: str) -> list[Mutant]:
    """Return every mutant of the solution regions of a cell, in the order of its lines.

    Changed are numbers (one more, one less), True and False, arithmetic operators, comparisons, ``and``/``or``,
    ``not`` and minus signs; dropped are keyword arguments, calls around their first argument, methods, and statements
    that only call something. A text that is SQL gets the faults of :mod:`~cifar_teach.authoring.sql_mutation`.

    Args:
        code: a question's cell with its solution markers.
    """
    lines = _solution_lines(code)
    tree = ast.parse(code)
    places = [place for place, node in enumerate(ast.walk(tree)) if getattr(node, "lineno", 0) in lines]
    found: dict[str, Mutant] = {}
    for place in places:
        count = sum(1 for _ in _changes(_node_at(tree, place)))
        for number in range(count):
            mutated = copy.deepcopy(tree)
            node = _node_at(mutated, place)
            where, before = f"{node.lineno}:{node.col_offset}", ast.unparse(node)
            query = node.value if isinstance(node, ast.Constant) else None
            list(_changes(node))[number]()
            after = ast.unparse(ast.fix_missing_locations(node))
            text = ast.unparse(mutated)
            change = sql_change(query, node.value) if isinstance(query, str) else f"{_short(before)} → {_short(after)}"
            if before != after:
                found.setdefault(text, Mutant(f"{where} {change}", text))
    return sorted(found.values(), key=lambda mutant: [int(each) for each in mutant.change.split()[0].split(":")])


def _solution_lines(code: str) -> set[int]:
    lines: set[int] = set()
    inside = False
    for number, line in enumerate(code.splitlines(), start=1):
        if line.strip() == BEGIN:
            inside = True
        elif line.strip() == END:
            inside = False
        elif inside:
            lines.add(number)
    return lines


def _node_at(tree: ast.AST, place: int) -> ast.AST:
    return next(node for number, node in enumerate(ast.walk(tree)) if number == place)


def _changes(node: ast.AST) -> Iterator:
    """Yield functions that each put one fault into ``node``, in place."""
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        yield lambda: setattr(node, "op", OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            if type(operator) in COMPARISONS:
                yield lambda index=index: node.ops.__setitem__(index, COMPARISONS[type(node.ops[index])]())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield lambda: setattr(node, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        if not isinstance(node.operand, ast.Constant):
            yield lambda: setattr(node, "op", ast.UAdd()) if not isinstance(node.op, ast.Not) else _twice_not(node)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield lambda: setattr(node, "value", ast.Constant(None))


def _constants(node: ast.Constant) -> Iterator:
    value = node.value
    if isinstance(value, bool):
        yield lambda: setattr(node, "value", not value)
    elif isinstance(value, int):
        yield lambda: setattr(node, "value", value + 1)
        yield lambda: setattr(node, "value", value - 1)
    elif isinstance(value, float):
        yield lambda: setattr(node, "value", value * 2 if value else 1.0)
    elif isinstance(value, str) and is_sql(value):
        for other in sql_mutants(value):
            yield lambda other=other: setattr(node, "value", other)


def _calls(node: ast.Call) -> Iterator:
    for index in range(len(node.keywords)):
        yield lambda index=index: node.keywords.pop(index)
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield lambda: _become(node, node.func.value)
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield lambda: _become(node, node.args[0])


def _is_module(node: ast.expr) -> bool:
    """Say whether the dotted name begins with a module: np.clip(x, 0, 1) is no method of np."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in MODULES


def _become(node: ast.Call, value: ast.expr) -> None:
    """Turn a call into ``value``; a call cannot be replaced in place, so it becomes a choice with one outcome."""
    node.func, node.args, node.keywords = ast.Lambda(_no_arguments(), copy.deepcopy(value)), [], []


def _no_arguments() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def _twice_not(node: ast.UnaryOp) -> None:
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _short(text: str) -> str:
    text = " ".join(text.replace("(lambda: ", "(").split())
    return text if len(text) <= 90 else text[:87] + "…"
