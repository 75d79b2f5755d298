"""What the results of a class say: where it stands, which questions were hard, which mistakes many made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from ..checks.verdict import State
from .records import Outcome, Result
from .text import apart

LEAST_FOR_CORRELATION = 10
"""With fewer students the correlation of a question with the rest says nothing."""
VARYING = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^']*'|\d[\d.,:×x()\[\]e+-]*")
"""What differs between two students with the same mistake: names of things, and numbers."""


@dataclass(frozen=True)
class QuestionStatistics:
    """How a class did on one question.

    Attributes:
        id, title, max_points: as in the exercise.
        states: state -> number of students.
        answered: students who got a result for it.
        mean: mean share of the points, 0 to 1; None for a question that a person reads.
        correlation: of the points with the points of all other questions, -1 to 1: near 0 or below, the question sorts
            students differently from the rest of the exercise, and may be unclear or wrongly checked. None when there
            are too few students, or all got the same.
    """

    id: str
    title: str
    max_points: float
    states: dict[State, int]
    answered: int
    mean: float | None
    correlation: float | None

    @property
    def manual(self) -> bool:
        """True when a person gives the points."""
        return self.mean is None


@dataclass(frozen=True)
class Mistake:
    """A message that several students got.

    Attributes:
        id, title: the question.
        message: as one of them got it; it stands for those that differ in numbers and names only.
        students: how many got it.
        share: of the students with a result for that question, 0 to 1.
    """

    id: str
    title: str
    message: str
    students: int
    share: float


def graded(results: Sequence[Result]) -> list[Result]:
    """Return those that have points."""
    return [each for each in results if each.outcome is Outcome.GRADED]


def middle(values: Sequence[float]) -> tuple[float, float] | None:
    """Return mean and median; None of nothing."""
    return (mean(values), median(values)) if values else None


def of_questions(results: Sequence[Result]) -> list[QuestionStatistics]:
    """Return the statistics of every question, in the order of the exercise."""
    found: dict[str, list[tuple[Result, int]]] = {}
    for result in graded(results):
        for index, question in enumerate(result.questions):
            found.setdefault(question.id, []).append((result, index))
    return [_question(id, places) for id, places in found.items()]


def _question(id: str, places: list[tuple[Result, int]]) -> QuestionStatistics:
    questions = [result.questions[index] for result, index in places]
    first = questions[0]
    states = Counter(each.state for each in questions if not each.manual)
    # What could not be judged is the course's fault, and says nothing about how hard the question is.
    judged = [(result, each) for (result, _), each in zip(places, questions) if not each.manual]
    judged = [(result, each) for result, each in judged if each.state is not State.BROKEN]
    shares = [each.points / each.max_points if each.max_points else 0.0 for _, each in judged]
    rest = [(result.points or 0) - each.points for result, each in judged]
    average = mean(shares) if shares else (None if first.manual else 0.0)
    return QuestionStatistics(
        id, first.title, first.max_points, states, len(places), average, _correlation(shares, rest)
    )


def _correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Pearson's correlation; None when it does not exist or rests on too few."""
    if len(first) < LEAST_FOR_CORRELATION:
        return None
    a, b = mean(first), mean(second)
    spread = sum((x - a) ** 2 for x in first) * sum((y - b) ** 2 for y in second)
    if spread < 1e-12:
        return None
    return sum((x - a) * (y - b) for x, y in zip(first, second)) / spread**0.5


def mistakes(results: Sequence[Result], least: int = 2, limit: int = 12) -> list[Mistake]:
    """Return the messages that at least ``least`` students got, the most frequent first."""
    groups: dict[tuple[str, str], list[str]] = {}
    titles: dict[str, str] = {}
    answered: Counter[str] = Counter()
    for result in graded(results):
        for question in result.questions:
            titles[question.id] = question.title
            answered[question.id] += 1
            if question.state in (State.PASSED, State.NOT_ATTEMPTED) or question.manual:
                continue
            told = next((str(part.get("message", "")) for part in question.parts if not part.get("passed")), "")
            if message := apart(question.message or told)[0]:
                groups.setdefault((question.id, VARYING.sub("…", message)), []).append(message)
    common = sorted((item for item in groups.items() if len(item[1]) >= least), key=lambda item: -len(item[1]))
    return [
        Mistake(id, titles[id], Counter(messages).most_common(1)[0][0], len(messages), len(messages) / answered[id])
        for (id, _), messages in common[:limit]
    ]
