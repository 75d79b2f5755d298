"""What a check says: the failure an author raises, and the verdict a student reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How far an answer is. ``BROKEN`` is a fault of the course, not of the student."""

    PASSED = "passed"
    PARTLY = "partly"
    NOT_YET = "not yet"
    NOT_ATTEMPTED = "not attempted"
    ERROR = "error"
    BROKEN = "could not be judged"


class CheckFailed(AssertionError):
    """The answer is not right (yet). Raised by checks, read by students.

    Attributes:
        message: what is wrong, in one or two sentences.
        called: what was called with what; empty means the facade's last call.
        got: what came.
        expected: what was expected.
        hint: where to look; names the likely misconception, never the answer.
    """

    state = State.NOT_YET

    def __init__(self, message: str, *, called: str = "", got: str = "", expected: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.called = called
        self.got = got
        self.expected = expected
        self.hint = hint


class NotAttempted(CheckFailed):
    """Nothing has been written yet: the cell is as it was handed out, or has not been run."""

    state = State.NOT_ATTEMPTED


class StudentError(CheckFailed):
    """The student's own code raised an exception or ran out of time."""

    state = State.ERROR


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        title: what was looked at; empty when the check has only one part.
        weight: its share of the points, relative to the other findings of the verdict.
        passed: whether it is right.
        state: PASSED, or what kind of failure it is.
        message, called, got, expected, hint: as in :class:`CheckFailed`; empty when it passed.
    """

    title: str
    weight: float
    passed: bool
    state: State = State.PASSED
    message: str = ""
    called: str = ""
    got: str = ""
    expected: str = ""
    hint: str = ""

    @classmethod
    def of(cls, failure: CheckFailed, title: str = "", weight: float = 1.0, called: str = "") -> Finding:
        """Return the finding that reports ``failure``; ``called`` is used when the failure names no call."""
        return cls(
            title=title,
            weight=weight,
            passed=False,
            state=failure.state,
            message=failure.message,
            called=failure.called or called,
            got=failure.got,
            expected=failure.expected,
            hint=failure.hint,
        )


@dataclass(frozen=True)
class Verdict:
    """The answer to ``check("ex02.normalize")``.

    In a notebook it is shown as a coloured box. Its ``repr`` is the number of points, because that is what nbgrader
    reads as the score of a test cell: one cell thus gives a message *and* partial credit.

    Attributes:
        id: the check, for example ``"ex02.normalize"``.
        title: what was asked.
        state: how far the answer is.
        points: points earned, 0 to ``max_points``, rounded to 1/100.
        max_points: points there are.
        findings: what was looked at, in order.
        printed: the first lines of what the student's code printed while it was checked.
    """

    id: str
    title: str
    state: State
    points: float
    max_points: float
    findings: tuple[Finding, ...] = field(default=())
    printed: str = ""

    @property
    def passed(self) -> bool:
        """True when all points were earned."""
        return self.state is State.PASSED

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Verdict:
        """Return the verdict that :meth:`to_dict` wrote."""
        findings = tuple(Finding(**{**each, "state": State(each["state"])}) for each in record["findings"])
        return cls(**{**record, "state": State(record["state"]), "findings": findings})

    def __repr__(self) -> str:
        return repr(self.points)

    def __str__(self) -> str:
        from .rendering import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .rendering import as_html

        return as_html(self)


def verdict_of(id: str, title: str, max_points: float, findings: list[Finding], printed: str = "") -> Verdict:
    """Weigh the findings: the share of the weight that passed is the share of the points."""
    total = sum(each.weight for each in findings)
    share = sum(each.weight for each in findings if each.passed) / total
    states = {each.state for each in findings if not each.passed}
    if not states:
        state = State.PASSED
    elif State.BROKEN in states:
        state = State.BROKEN
    elif share > 0:
        state = State.PARTLY
    else:
        # The first thing that went wrong is what the student should hear about.
        state = next(each.state for each in findings if not each.passed)
    return Verdict(id, title, state, round(share * max_points, 2), max_points, tuple(findings), printed)
