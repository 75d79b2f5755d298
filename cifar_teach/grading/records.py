"""What the parts of the grader hand to each other: plain records that JSON can hold, and nothing else.

``Submission`` goes from the intake to the run, ``Result`` from the judge to the journal, the gradebook, the feedback
and the exports. A zero always has a reason that the student can read; a fault of the grader is never a zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from ..checks.verdict import State

__all__ = ["Isolation", "Outcome", "QuestionResult", "Repair", "Result", "State", "Submission", "Trouble"]


class Outcome(StrEnum):
    """How the grading of a whole submission ended."""

    GRADED = "graded"
    NEEDS_HUMAN = "needs a person"
    """Nothing could be graded (no notebook, wrong exercise, …). It has no points, not zero points."""
    GRADER_ERROR = "grader error"
    """The grader failed, not the student. It is tried again; nothing is written to the gradebook."""


class Trouble(StrEnum):
    """Why an answer could not be judged by what it returns; empty for an answer that could."""

    NONE = ""
    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"


class Isolation(StrEnum):
    """How well the student's code was locked up, from the strongest; found by trying to break out."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    USER = "user"
    NONE = "none"


@dataclass(frozen=True)
class Repair:
    """Something that was put right, left out or noticed: one line that the student reads.

    Attributes:
        kind: a slug for counting, such as ``"cell-restored"``.
        message: the line, in plain words; any text from the student in it is shortened, never markup.
        question: id of the question it concerns, or empty.
    """

    kind: str
    message: str
    question: str = ""


@dataclass(frozen=True)
class Submission:
    """One hand-in after the intake.

    Attributes:
        student: id, safe as a file name: ``[A-Za-z0-9][A-Za-z0-9_.@-]{0,79}``.
        exercise: slug of the exercise; empty when it is not known.
        source: the file as it was handed in, for people.
        digest: SHA-256 of that file's bytes, hexadecimal.
        notebook: the release with the student's answers in it (nbformat 4.5, no outputs); None when there is nothing
            to grade.
        name: name of the student, as in the roster; may be empty.
        submitted_at: ISO 8601 in UTC, ``2026-03-01T12:00:00+00:00``; empty when it is not known.
        repairs: what was put right.
        problem: why a person has to look at it; None when ``notebook`` can be graded.
        answers: question name -> what the student wrote for it, for comparing submissions; only attempted ones.
        others: further files of the same hand-in that were not graded.
        seen_ids: other forms of the student's id, such as those of the learning platform: column name -> value.
    """

    student: str
    exercise: str
    source: str
    digest: str
    notebook: dict[str, Any] | None
    name: str = ""
    submitted_at: str = ""
    repairs: tuple[Repair, ...] = ()
    problem: Repair | None = None
    answers: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    seen_ids: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Submission:
        """Return the submission that :meth:`to_dict` wrote."""
        return cls(
            **{
                **record,
                "repairs": _repairs(record["repairs"]),
                "problem": Repair(**record["problem"]) if record["problem"] else None,
                "others": tuple(record["others"]),
            }
        )


@dataclass(frozen=True)
class QuestionResult:
    """What one question got.

    Attributes:
        id: ``"ex02.normalize"``.
        title: what was asked.
        state: how far the answer is; ``State.NOT_ATTEMPTED`` for an empty one.
        points: 0 to ``max_points``; None when a person has to give them: a manual question, or one that could not be
            judged.
        max_points: points there are.
        message: what the student is told; never empty when ``points`` is below ``max_points``. It shows no input of a
            salted check.
        hint: where to look; may be empty.
        trouble: what stopped the answer, if something did.
        parts: what was looked at, for partial points: ``{"title", "passed", "message"}``.
        own_word: True when points rest on what the student's own process says about a model, because it holds a class
            or function of the student's own and cannot be built elsewhere. They count; a person should look at it.
    """

    id: str
    title: str
    state: State
    points: float | None
    max_points: float
    message: str = ""
    hint: str = ""
    trouble: Trouble = Trouble.NONE
    parts: tuple[dict[str, Any], ...] = ()
    own_word: bool = False

    @property
    def manual(self) -> bool:
        """True for a question that a person reads."""
        return self.points is None and not self.broken

    @property
    def broken(self) -> bool:
        """True for a question of the checks that could not be judged; its points are open until a person gives them."""
        return self.state is State.BROKEN

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> QuestionResult:
        """Return the result that ``asdict`` wrote."""
        return cls(
            **{
                **record,
                "state": State(record["state"]),
                "trouble": Trouble(record["trouble"]),
                "parts": tuple(record["parts"]),
            }
        )


@dataclass(frozen=True)
class Result:
    """What one submission got.

    Attributes:
        student, name, exercise, source, digest, submitted_at, seen_ids: as in :class:`Submission`.
        key: hash of all that decides the result (submission, release, checks, salt, versions): the same key, the same
            result, so that it need not be graded again.
        outcome: how it ended.
        questions: in the order of the exercise; those of a submission that needs a person are empty.
        repairs: what was put right in the intake.
        notes: what was left out or capped while it ran: shell commands, long training.
        reason: why there are no points; empty when ``outcome`` is GRADED.
        isolation: how the code was locked up.
        seconds: how long it took.
        graded_at: ISO 8601 in UTC.
        versions: name -> version of what graded it.
    """

    student: str
    exercise: str
    source: str
    digest: str
    key: str
    outcome: Outcome
    questions: tuple[QuestionResult, ...] = ()
    name: str = ""
    submitted_at: str = ""
    seen_ids: dict[str, str] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    isolation: Isolation = Isolation.NONE
    seconds: float = 0.0
    graded_at: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float | None:
        """Points of the checks that could be judged, manual questions left out; None when it was not graded."""
        if self.outcome is not Outcome.GRADED:
            return None
        return round(sum(each.points for each in self.questions if each.points is not None), 2)

    @property
    def max_points(self) -> float:
        """Points that the checks can give."""
        return sum(each.max_points for each in self.questions if not each.manual)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Result:
        """Return the result that :meth:`to_dict` wrote."""
        return cls(
            **{
                **record,
                "outcome": Outcome(record["outcome"]),
                "isolation": Isolation(record["isolation"]),
                "questions": tuple(QuestionResult.from_dict(each) for each in record["questions"]),
                "repairs": _repairs(record["repairs"]),
                "notes": tuple(record["notes"]),
            }
        )


def _repairs(records: Iterable[dict[str, Any]]) -> tuple[Repair, ...]:
    return tuple(Repair(**each) for each in records)
