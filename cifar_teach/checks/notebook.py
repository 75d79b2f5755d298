"""What a student types in the notebook: ``check``, ``check_all``, ``hint``; and ``start``, which the set-up cell calls.

None of them raises at the student: what is wrong becomes a message in the notebook.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from html import escape
from typing import Any

from ..book import start as load_for_page
from ..data import Dataset
from ..exceptions import CifarTeachError
from .registry import Exercise, get_exercise, get_question
from .rendering import MARKS, box, points_text, table_html, table_text
from .runner import judge
from .verdict import State, Verdict

HINTS_SHOWN = "_cifar_teach_hints_shown"
EXERCISE_NAME = "_cifar_teach_exercise"


@dataclass(frozen=True)
class Message:
    """A few sentences for the student, shown in the notebook."""

    text: str
    colour: str = MARKS[State.BROKEN][1]

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return box(escape(self.text).replace("\n", "<br>"), self.colour)


@dataclass(frozen=True)
class NoVerdict(Message):
    """The answer to a check that does not exist. Its ``repr`` is 0, so that nbgrader gives no points for it."""

    def __repr__(self) -> str:
        return "0.0"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Progress:
    """All verdicts of an exercise, as :func:`check_all` shows them."""

    exercise: Exercise
    verdicts: tuple[Verdict, ...]

    @property
    def points(self) -> float:
        """Points earned in the questions that are checked."""
        return round(sum(verdict.points for verdict in self.verdicts), 2)

    @property
    def max_points(self) -> float:
        """Points there are in the questions that are checked."""
        return sum(verdict.max_points for verdict in self.verdicts)

    def _rest(self) -> list[tuple[str, str, float]]:
        return [(each.id, each.title, each.points) for each in self.exercise.questions if each.manual]

    def __repr__(self) -> str:
        return f"{table_text(self.verdicts, self._rest())}\n{points_text(self.points, self.max_points)}"

    def _repr_html_(self) -> str:
        done = sum(verdict.passed for verdict in self.verdicts)
        caption = (
            f"{self.exercise.title}: {done} of {len(self.verdicts)} checks passed, "
            f"{points_text(self.points, self.max_points)}"
        )
        return table_html(self.verdicts, self._rest(), caption)


def start(name: str) -> Dataset:
    """Load the data of an exercise and print one line about what the notebook runs on.

    Real CIFAR-10 is taken where it is found or can be downloaded; otherwise stand-in pictures are drawn, and the line
    says so. The choice of images is always the same.

    Args:
        name: the exercise, ``"ex02_preprocess"``.
    """
    exercise = get_exercise(name)
    sys._getframe(1).f_globals[EXERCISE_NAME] = exercise.slug
    return load_for_page(exercise.train_size, exercise.test_size)


def check(id: str) -> Verdict | Message:
    """Check your answer to one question and show what is right and what is not yet.

    Args:
        id: the question, for example ``"ex02.normalize"``.
    """
    try:
        question = get_question(id)
    except CifarTeachError as problem:
        return NoVerdict(str(problem))
    if question.manual:
        return NoVerdict("A person reads your answer to this question.")
    return judge(question, sys._getframe(1).f_globals)


def check_all(name: str | None = None) -> Progress | Message:
    """Check every question and show a table with the points so far.

    Args:
        name: the exercise; by default the one of this notebook.
    """
    namespace = sys._getframe(1).f_globals
    try:
        exercise = get_exercise(name or namespace.get(EXERCISE_NAME, ""))
    except CifarTeachError as problem:
        return Message(f"{problem} Run the set-up cell at the top, or name the exercise.")
    return Progress(exercise, tuple(judge(question, namespace) for question in exercise.checks))


def hint(id: str) -> Message:
    """Show a hint. Asked again, it goes one step further; it never gives the answer.

    Args:
        id: the question, for example ``"ex02.normalize"``.
    """
    try:
        question = get_question(id)
    except CifarTeachError as problem:
        return Message(str(problem))
    if not question.hints:
        return Message("There is no hint for this question. Read its text again, and the part of the chapter it names.")
    return Message(_next_hint(sys._getframe(1).f_globals, id, question.hints), MARKS[State.PARTLY][1])


def _next_hint(namespace: MutableMapping[str, Any], id: str, hints: tuple[str, ...]) -> str:
    shown = namespace.setdefault(HINTS_SHOWN, {})
    step = min(shown.get(id, 0), len(hints) - 1)
    shown[id] = step + 1
    more = "Call it again for the next one." if step + 1 < len(hints) else "That was the last one."
    return f"Hint {step + 1} of {len(hints)}: {hints[step]}\n{more}"
