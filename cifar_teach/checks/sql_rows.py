"""Comparing the rows of a query with the right ones, and saying what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any, NamedTuple

from .values import show
from .verdict import CheckFailed

TOLERANCE = 6e-4
"""Numbers may be rounded to three decimals."""
ROWS_SHOWN = 3
MOST_COLUMNS = 6
"""Up to so many columns, all orders of them are tried: 720."""

Row = tuple[Any, ...]


class Result(NamedTuple):
    """What a query returned: the names of its columns, and its rows in their order."""

    columns: tuple[str, ...]
    rows: list[Row]


def expect_rows(
    result: Result,
    correct: Iterable[Sequence[Any]],
    *,
    columns: Sequence[str],
    what: str = "the result",
    ordered: bool = False,
    mistakes: Mapping[str, Iterable[Sequence[Any]]] | None = None,
    hint: str = "",
) -> None:
    """Expect these rows; the names of the columns do not matter, their order does.

    Args:
        result: what came.
        correct: the right rows.
        columns: what each column should be, for messages.
        what: how to call it in a message.
        ordered: True when the order of the rows was asked for.
        mistakes: hint -> the rows that this misconception leads to. Checked before anything else is.
        hint: used when no misconception fits.

    Raises:
        CheckFailed: other rows came; it shows a row that is missing and one that is too many.
    """
    correct = [tuple(row) for row in correct]
    for named, wrong in (mistakes or {}).items():
        wrong = [tuple(row) for row in wrong]
        if _same(result.rows, wrong, ordered) and not _same(wrong, correct, ordered):
            raise CheckFailed(f"{_upper(what)} is not right.", **_difference(result.rows, correct), hint=named)
    if len(result.columns) != len(columns):
        raise CheckFailed(
            f"{_upper(what)} should have {len(columns)} columns, in this order: {', '.join(columns)}.",
            got=f"{len(result.columns)}: {', '.join(result.columns)}",
            expected=", ".join(columns),
        )
    if _same(result.rows, correct, ordered):
        return
    if ordered and _same(result.rows, correct, ordered=False):
        raise CheckFailed(
            f"The rows are right, but {what} is in the wrong order.",
            got=_rows_text(result.rows),
            expected=_rows_text(correct),
            hint="What should come first, and what decides between equals? Without ORDER BY, a database may return "
            "rows in any order.",
        )
    if _in_other_columns(result.rows, correct, ordered):
        raise CheckFailed(
            f"The values are right, but the columns of {what} stand in another order.",
            got=", ".join(result.columns),
            expected=", ".join(columns),
        )
    raise CheckFailed(f"{_upper(what)} is not right.", **_difference(result.rows, correct), hint=hint)


def all_differ(correct: Iterable[Sequence[Any]], mistakes: Mapping[str, Iterable[Sequence[Any]]]) -> bool:
    """Say whether every misconception leads to other rows than the right ones, whatever their order."""
    correct = [tuple(row) for row in correct]
    return not any(_same([tuple(row) for row in wrong], correct, ordered=False) for wrong in mistakes.values())


def _same(rows: Sequence[Row], others: Sequence[Row], ordered: bool) -> bool:
    if len(rows) != len(others):
        return False
    if ordered:
        return all(map(_equal, rows, others))
    return not _unmatched(rows, others)


def _in_other_columns(rows: Sequence[Row], correct: Sequence[Row], ordered: bool) -> bool:
    """Say whether the rows are right once their columns are put into another order."""
    if not rows or len(rows) != len(correct) or len(rows[0]) > MOST_COLUMNS:
        return False
    orders = permutations(range(len(rows[0])))
    return any(_same([tuple(row[place] for place in order) for row in rows], correct, ordered) for order in orders)


def _unmatched(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return the ``rows`` that have no partner of their own among ``others``."""
    waiting: dict[tuple, list[Row]] = {}
    for other in others:
        waiting.setdefault(_without_fractions(other), []).append(other)
    left = []
    for row in rows:
        candidates = waiting.get(_without_fractions(row), [])
        partner = next((place for place, other in enumerate(candidates) if _equal(row, other)), None)
        left.append(row) if partner is None else candidates.pop(partner)
    return left


def _without_fractions(row: Row) -> tuple:
    """Return what must be exactly equal in equal rows: text, NULL, and where the numbers stand."""
    return tuple("number" if isinstance(value, int | float) else (type(value).__name__, value) for value in row)


def _equal(row: Row, other: Row) -> bool:
    return len(row) == len(other) and all(map(_equal_values, row, other))


def _equal_values(value: Any, other: Any) -> bool:
    if isinstance(value, int | float) and isinstance(other, int | float):
        return value == other or abs(value - other) <= TOLERANCE
    return type(value) is type(other) and value == other


def _difference(rows: Sequence[Row], correct: Sequence[Row]) -> dict[str, str]:
    """Say how many rows came, and name a row that should not be there and one that is missing."""
    extra, missing = _unmatched(rows, correct), _unmatched(correct, rows)
    got, expected = _count(rows), _count(correct)
    if extra:
        got += f"; not expected: {_rows_text(extra)}"
    if missing:
        expected += f"; missing: {_rows_text(missing)}"
    if not extra and not missing:
        got, expected = _rows_text(rows), _rows_text(correct)
    return {"got": got, "expected": expected}


def _count(rows: Sequence[Row]) -> str:
    return f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"


def _rows_text(rows: Sequence[Row]) -> str:
    shown = ", ".join(_row_text(row) for row in rows[:ROWS_SHOWN]) or "no row"
    return shown + (", …" if len(rows) > ROWS_SHOWN else "")


def _row_text(row: Row) -> str:
    return "(" + ", ".join("NULL" if value is None else show(value) for value in row) + ")"


def _upper(text: str) -> str:
    return text if text.startswith("`") else text[:1].upper() + text[1:]
