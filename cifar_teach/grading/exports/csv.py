"""Grades as plain CSV: one line per student and exercise, always the same columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...files import replacing
from ..late import LateDecision
from ..records import Result
from ..text import cell, number
from .rows import Place, Row, rows

COLUMNS = (
    "student_id",
    "name",
    "assignment",
    "score",
    "max_score",
    "state",
    "reason",
    "checks_score",
    "late_penalty",
    "seconds_late",
    "late",
    "open_manual",
    "repairs",
    "notes",
    "submitted_at",
    "graded_at",
    "isolation",
    "digest",
)
"""The columns, in this order; new ones are only ever added at the end."""


def write(
    results: Iterable[Result],
    path: str | Path,
    *,
    decisions: Mapping[Place, LateDecision] | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
    questions: bool = False,
) -> Path:
    """Write the grades as CSV (UTF-8, RFC 4180), readable by programs and safe to open in a spreadsheet.

    Args:
        results: what was graded.
        path: file to write.
        decisions, manual: as in :func:`cifar_teach.grading.exports.rows.rows`.
        questions: add a column of points for each question, named by its id; empty where there are none.

    Returns:
        The path written.

    Raises:
        CifarTeachError: the file cannot be written.
    """
    table = rows(results, decisions=decisions, manual=manual)
    ids = list(dict.fromkeys(each.id for row in table for each in row.result.questions)) if questions else []
    lines = [[*_cells(row), *_points(row, ids, manual or {})] for row in table]
    return write_table(Path(path), [[*COLUMNS, *map(cell, ids)], *lines])


def write_table(path: Path, lines: Iterable[Sequence[str]]) -> Path:
    """Write lines of cells as CSV; what is in the cells must be safe already."""
    with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


def _cells(row: Row) -> list[str]:
    result, decision = row.result, row.decision
    seconds = None if decision is None else decision.seconds_late
    return [
        cell(result.student),
        cell(result.name),
        cell(result.exercise),
        "" if row.score is None else number(row.score),
        number(row.max_score) if row.score is not None or row.max_score else "",
        str(row.outcome),
        cell(row.reason),
        "" if result.points is None else number(result.points),
        "" if decision is None or row.score is None else number(decision.penalty),
        "" if seconds is None else number(seconds),
        cell("" if decision is None else decision.line or decision.problem),
        str(row.open_manual),
        str(len(result.repairs)),
        str(len(result.notes)),
        cell(result.submitted_at),
        cell(result.graded_at),
        str(result.isolation),
        cell(result.digest),
    ]


def _points(row: Row, ids: Sequence[str], manual: Mapping[Place, Mapping[str, float]]) -> list[str]:
    found = {each.id: each.points for each in row.result.questions if not each.manual}
    found |= manual.get(row.place, {})
    return [number(found[id]) if found.get(id) is not None else "" for id in ids]
