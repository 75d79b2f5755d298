"""What every export is made from: one row per student and exercise, with the score that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...exceptions import CifarTeachError
from ..late import LateDecision
from ..records import Outcome, Result
from ..text import number

Place = tuple[str, str]
"""Student and exercise."""


@dataclass(frozen=True)
class Row:
    """One result as the exports see it.

    Attributes:
        result: what was graded.
        score: points that count, late penalty and manual points included, 0 to ``max_score``; None when there are none.
        max_score: points there are.
        open_manual: manual questions without points.
        decision: what being late meant, if it was asked.
    """

    result: Result
    score: float | None
    max_score: float
    open_manual: int = 0
    decision: LateDecision | None = None

    @property
    def place(self) -> Place:
        """Student and exercise."""
        return self.result.student, self.result.exercise


def rows(
    results: Iterable[Result],
    *,
    decisions: Mapping[Place, LateDecision] | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
) -> list[Row]:
    """Return one row per result, sorted by exercise and student.

    Args:
        results: what was graded. Of several for the same student and exercise the last one counts.
        decisions: (student, exercise) -> late decision; its points take the place of the result's.
        manual: (student, exercise) -> points that a person gave, by id of the question. With it, ``max_score`` counts
            the manual questions too; without it, all of them are left out.
    """
    latest = {(each.student, each.exercise): each for each in results}
    return [_row(latest[place], (decisions or {}).get(place), manual) for place in sorted(latest, key=_order)]


def _order(place: Place) -> tuple[str, str]:
    return place[1], place[0]


def _row(result: Result, decision: LateDecision | None, manual: Mapping[Place, Mapping[str, float]] | None) -> Row:
    questions = [each for each in result.questions if each.manual]
    if result.outcome is not Outcome.GRADED:
        return Row(result, None, result.max_points, len(questions), decision)
    score = decision.points if decision and decision.points is not None else result.points
    maximum = result.max_points
    given = (manual or {}).get((result.student, result.exercise), {})
    if manual is not None:
        maximum += sum(each.max_points for each in questions)
        score += sum(min(max(given[each.id], 0), each.max_points) for each in questions if each.id in given)
    missing = sum(each.id not in given for each in questions)
    return Row(result, round(min(max(score, 0.0), maximum), 2), maximum, missing, decision)


def by_exercise(table: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each exercise."""
    groups: dict[str, list[Row]] = {}
    for row in table:
        groups.setdefault(row.result.exercise, []).append(row)
    return groups


def maximum_of(table: Iterable[Row], exercise: str) -> float:
    """Return the points there are in an exercise, as its graded rows say.

    Raises:
        CifarTeachError: they do not agree, so some were graded with another version of the exercise.
    """
    graded = {row.max_score for row in table if row.result.exercise == exercise and row.score is not None}
    if len(graded) > 1:
        different = " and ".join(map(number, sorted(graded)))
        raise CifarTeachError(
            f"The results of {exercise} do not agree on the points there are: {different}. "
            "Some were graded with another version of the exercise: grade all of them again, then export."
        )
    return graded.pop() if graded else 0.0
