"""The class at a glance, for the instructor: one page, and beside it the same as CSV."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..checks.verdict import State
from .charts import histogram, stack, swatch
from .class_statistics import graded, middle, mistakes, of_questions
from .exports import csv
from .exports.rows import Place, Row, by_exercise, rows
from .feedback import Title, exercise_title
from .isolation import NOT_STOPPED
from .late import LateDecision
from .pages import STATES, write_page
from .records import Isolation, Outcome, Result


def write_overview(
    results: Sequence[Result],
    path: str | Path,
    *,
    decisions: Mapping[Place, LateDecision] | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
    feedback: Mapping[Place, Path] | None = None,
) -> Path:
    """Write the overview of a class, and beside it a CSV with one line per student and a column per question.

    Args:
        results: of one exercise or several; of several for the same student and exercise the last one counts.
        path: the page to write; the CSV has the same name with ``.csv``.
        decisions, manual: as in :func:`cifar_teach.grading.exports.rows.rows`.
        feedback: (student, exercise) -> page of that student, to be linked.

    Returns:
        The path of the page.

    Raises:
        CifarTeachError: a file cannot be written.
    """
    path = Path(path)
    table = rows(results, decisions=decisions, manual=manual)
    links = {place: _link(path, page) for place, page in (feedback or {}).items()}
    csv.write(results, path.with_suffix(".csv"), decisions=decisions, manual=manual, questions=True)
    return write_page(
        path,
        "overview.html",
        exercises=[_exercise(slug, group) for slug, group in by_exercise(table).items()],
        table=table,
        links=links,
        csv_name=quote(path.with_suffix(".csv").name),
        several=len(by_exercise(table)) > 1,
        key=[(look, words, swatch(look)) for look, words in _key()],
        open_rows=[row for row in table if row.outcome is not Outcome.GRADED],
        own_word=[(row, names) for row in table if (names := [q.title for q in row.result.questions if q.own_word])],
        clocks=[row for row in table if row.decision is not None and row.decision.problem],
        isolation=_isolation(table),
        repairs=Counter(repair.kind for row in table for repair in row.result.repairs).most_common(),
        has_late=decisions is not None,
    )


def _exercise(slug: str, group: Sequence[Row]) -> dict[str, Any]:
    results = [row.result for row in group]
    with_points = graded(results)
    points = [result.points or 0.0 for result in with_points]
    maximum = max((result.max_points for result in with_points), default=0.0)
    questions = of_questions(results)
    return {
        "title": exercise_title(slug) if slug else Title("No exercise recognised", "No exercise recognised"),
        "anchor": slug or "unknown",
        "number": len(group),
        "graded": len(with_points),
        "middle": middle(points),
        "maximum": maximum,
        "full": sum(value >= maximum - 0.005 for value in points),
        "late": sum(bool(row.decision and row.decision.penalty) for row in group),
        "repaired": sum(bool(result.repairs) for result in results),
        "histogram": histogram(points, maximum) if points and maximum else "",
        "questions": [(each, stack(_looks(each.states)), _in_words(each.states)) for each in _hardest_first(questions)],
        "mistakes": mistakes(results),
    }


def _hardest_first(questions: Sequence[Any]) -> list[Any]:
    return sorted(questions, key=lambda each: (each.manual, each.mean if each.mean is not None else 0.0))


def _looks(states: Mapping[State, int]) -> dict[str, int]:
    """Return the counts by class of the style sheet, in the order of the key; one colour may stand for two states."""
    counts: dict[str, int] = {}
    for state, (_, look, _) in STATES.items():
        counts[look] = counts.get(look, 0) + states.get(state, 0)
    return counts


def _key() -> list[tuple[str, str]]:
    words: dict[str, list[str]] = {}
    for _, look, text in STATES.values():
        words.setdefault(look, []).append(text)
    return [(look, " or ".join([first, *map(str.lower, others)])) for look, (first, *others) in words.items()]


def _in_words(states: Mapping[State, int]) -> str:
    return ", ".join(f"{states[state]} {words.lower()}" for state, (_, _, words) in STATES.items() if states.get(state))


def _isolation(table: Sequence[Row]) -> list[tuple[str, int, str]]:
    """Return each level, how many hand-ins were locked up so, and what it does not stop."""
    # What was not run was not locked up either.
    counts = Counter(row.result.isolation for row in table if row.result.outcome is Outcome.GRADED)
    return [(str(level), counts[level], "; ".join(NOT_STOPPED.get(level, ()))) for level in Isolation if counts[level]]


def _link(page: Path, target: Path) -> str:
    relative = os.path.relpath(target, page.parent)
    return "./" + quote(relative.replace(os.sep, "/"))
