"""What every export is made from: one row per student and exercise, with the score that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...exceptions import CifarTeachError
from ..late import LateDecision
from ..records import Outcome, QuestionResult, Result
from ..text import number

Place = tuple[str, str]
"""Student and exercise."""


@dataclass(frozen=True)
class Row:
    """One result as the exports see it.

    Attributes:
        result: what was graded.
        score: points that count, late penalty and manual points included, 0 to ``max_score``; None when there are none,
            and while a question that could not be judged waits for a person.
        max_score: points there are.
        open_manual: manual questions without points.
        decision: what being late meant, if it was asked.
        unjudged: ids of the questions of the checks that could not be judged and have no points yet.
    """

    result: Result
    score: float | None
    max_score: float
    open_manual: int = 0
    decision: LateDecision | None = None
    unjudged: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How it ended, for whoever needs the score."""
        return Outcome.NEEDS_HUMAN if self.unjudged else self.result.outcome

    @property
    def reason(self) -> str:
        """Why there is no score; empty when there is one."""
        if not self.unjudged:
            return self.result.reason
        which = ", ".join(self.unjudged)
        return f"Could not be judged: {which}. Give these points by hand (formgrader); the other questions are graded."

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
        manual: (student, exercise) -> points that a person gave, by id of the question. They take the place of those
            of a check. As soon as one manual question has points, ``max_score`` counts the manual questions of
            everybody; before that, all of them are left out.
    """
    latest = {(each.student, each.exercise): each for each in results}
    by_hand = {each.id for result in latest.values() for each in result.questions if each.manual}
    counted = any(by_hand & given.keys() for given in (manual or {}).values())
    return [
        _row(latest[place], (decisions or {}).get(place), (manual or {}).get(place, {}), counted)
        for place in sorted(latest, key=_order)
    ]


def _order(place: Place) -> tuple[str, str]:
    return place[1], place[0]


def _row(result: Result, decision: LateDecision | None, given: Mapping[str, float], counted: bool) -> Row:
    questions = [each for each in result.questions if each.manual]
    if result.outcome is not Outcome.GRADED:
        return Row(result, None, result.max_points, len(questions), decision)
    score = decision.points if decision and decision.points is not None else result.points
    score += sum(in_range(each, given[each.id]) - (each.points or 0) for each in result.questions if each.id in given)
    maximum = result.max_points + (sum(each.max_points for each in questions) if counted else 0)
    missing = sum(each.id not in given for each in questions)
    unjudged = tuple(each.id for each in result.questions if each.broken and each.id not in given)
    counts = None if unjudged else round(min(max(score, 0.0), maximum), 2)
    return Row(result, counts, maximum, missing, decision, unjudged)


def in_range(question: QuestionResult, points: float) -> float:
    """Return the points that a person gave, not below zero and not above those that there are."""
    return min(max(float(points), 0.0), question.max_points)


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
