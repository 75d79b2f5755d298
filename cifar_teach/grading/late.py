"""Late hand-ins: deadlines, extensions, and what is taken off. Every clock is compared in UTC, to the second.

The instructor writes it down once::

    # deadlines.toml
    timezone = "Europe/Berlin"        # how times without an offset below are meant

    [policy]
    grace_minutes = 15                # this late is not late
    percent_per_day = 10              # of the points earned, for each day of 24 hours that has begun
    floor_percent = 50                # at least this share of them stays ...
    cutoff_days = 7                   # ... but later than this there are no points

    [deadlines]
    ex01_explore = 2026-03-01T23:59:00
    ex02_preprocess = 2026-03-15T23:59:00+01:00

    [[extensions]]
    student = "alice"
    exercise = "ex02_preprocess"      # without it: for every exercise
    days = 3                          # or hours = 12, or until = 2026-03-20T12:00:00
    reason = "ill"                    # for the instructor only

The day is counted as 24 hours in UTC, also across a change of the clocks. It begins when the grace time ends, so one
second more never costs more than one step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..exceptions import CifarTeachError
from .records import Result

DAY = timedelta(days=1)
EVERY = "*"
"""Stands for every exercise in an extension."""


class LateError(CifarTeachError):
    """A deadline, an extension or a clock that cannot be used."""


@dataclass(frozen=True)
class LateDecision:
    """What being late, or not, means for one result.

    Attributes:
        points: points of the checks after the penalty; None when there are none to take from.
        penalty: points taken off, 0 or more, rounded to 1/100.
        seconds_late: seconds between the deadline and the hand-in, extension included; 0 when in time, None when one of
            the two is not known.
        line: what the student reads; empty when there is nothing to say.
        problem: what the instructor has to clear up, such as a clock without a time zone; nothing was taken off.
    """

    points: float | None
    penalty: float = 0.0
    seconds_late: float | None = None
    line: str = ""
    problem: str = ""


@dataclass(frozen=True)
class LatePolicy:
    """What is taken off for being late.

    Attributes:
        grace: so late is still in time.
        percent_per_day: percent of the points earned, for each day of 24 hours that has begun after the grace time.
        floor: percent of the points earned that stay until the cut-off.
        cutoff: later than this after the deadline there are no points; None for no cut-off.
    """

    grace: timedelta = timedelta()
    percent_per_day: float = 0.0
    floor: float = 0.0
    cutoff: timedelta | None = None

    def __post_init__(self) -> None:
        for name, percent in (("percent_per_day", self.percent_per_day), ("floor_percent", self.floor)):
            if not 0 <= percent <= 100:
                raise LateError(f"{name} is {percent:g}: write a number from 0 to 100.")
        if self.grace < timedelta():
            raise LateError(f"The grace time is negative ({in_words(self.grace)}): write 0 or more minutes.")
        if self.cutoff is not None and self.cutoff < self.grace:
            raise LateError("The cut-off lies within the grace time: write more cutoff_days, or fewer grace_minutes.")

    def decide(self, points: float, late: timedelta) -> LateDecision:
        """Return what stays of ``points`` for a hand-in that is ``late`` after its deadline (negative: before it)."""
        if late <= timedelta():
            return LateDecision(points, seconds_late=0.0)
        seconds = late.total_seconds()
        how_late = f"Handed in {in_words(late)} late"
        if late <= self.grace:
            return LateDecision(points, seconds_late=seconds, line=f"{how_late}: within the grace time, nothing lost.")
        if self.cutoff is not None and late > self.cutoff:
            after = f"{how_late}: after the last moment, {in_words(self.cutoff)} after the deadline"
            return LateDecision(0.0, points, seconds, f"{after}. It is not counted.")
        days = -((self.grace - late) // DAY)  # started days: rounded up
        percent = min(self.percent_per_day * days, 100 - self.floor)
        penalty = round(points * percent / 100, 2)
        if not percent:
            return LateDecision(points, seconds_late=seconds, line=f"{how_late}; nothing is taken off.")
        capped = ", the most that is taken off" if percent < self.percent_per_day * days else ""
        line = (
            f"{how_late}: {percent:g} % of the points earned are taken off "
            f"({days} started {'day' if days == 1 else 'days'} at {self.percent_per_day:g} %{capped})."
        )
        return LateDecision(round(points - penalty, 2), penalty, seconds, line)


@dataclass(frozen=True)
class Extension:
    """More time for one student.

    Attributes:
        until: a deadline of its own, in UTC; or None, and then
        extra: so much longer than the others.
    """

    until: datetime | None = None
    extra: timedelta = timedelta()


@dataclass(frozen=True)
class Schedule:
    """The deadlines of a course, its extensions and its policy.

    Attributes:
        policy: what is taken off.
        deadlines: exercise -> moment in UTC.
        extensions: (student, exercise or ``"*"``) -> more time.
    """

    policy: LatePolicy = LatePolicy()
    deadlines: dict[str, datetime] = field(default_factory=dict)
    extensions: dict[tuple[str, str], Extension] = field(default_factory=dict)

    def deadline(self, student: str, exercise: str) -> datetime | None:
        """Return until when this student may hand in, in UTC; None when the exercise has no deadline.

        An extension for the exercise goes before one for all exercises. An extension never shortens the time.
        """
        deadline = self.deadlines.get(exercise)
        extension = self.extensions.get((student, exercise)) or self.extensions.get((student, EVERY))
        if deadline is None or extension is None:
            return deadline
        return max(deadline, extension.until or deadline + extension.extra)


def apply(result: Result, schedule: Schedule) -> LateDecision:
    """Return what the schedule makes of a result. It never raises: a clock that cannot be read takes nothing off."""
    deadline = schedule.deadline(result.student, result.exercise)
    if deadline is None:
        return LateDecision(result.points)
    if not result.submitted_at:
        marked = " Canvas marks it as late." if result.seen_ids.get("late_on_canvas") else ""
        problem = f"It is not known when this was handed in; nothing was taken off.{marked}"
        return LateDecision(result.points, problem=problem)
    try:
        late = utc(result.submitted_at, f"The hand-in of {result.student}") - deadline
    except LateError as problem:
        return LateDecision(result.points, problem=f"{problem} Nothing was taken off.")
    if result.points is None:
        return LateDecision(None, seconds_late=max(0.0, late.total_seconds()))
    return schedule.policy.decide(result.points, late)


def utc(moment: str | datetime, what: str) -> datetime:
    """Return a moment in UTC.

    Args:
        moment: a time with its offset, ``"2026-03-01T12:00:00+01:00"`` or ``"...Z"``, or a datetime.
        what: what it is the time of, for the message.

    Raises:
        LateError: it is no time, or one without an offset, which would mean another moment in every time zone.
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            raise LateError(f"{what}: '{moment[:60]}' is no time. Write it like 2026-03-01T23:59:00+01:00.") from None
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise LateError(
            f"{what}: {moment.isoformat()} has no time zone, so it is a different moment in every country. "
            f"Write the offset, {moment.isoformat()}+01:00, or Z for UTC."
        )
    return moment.astimezone(UTC)


def in_words(span: timedelta) -> str:
    """Write a length of time for people, in two units at most: ``"2 days 3 h"``, ``"5 min 1 s"``, ``"1 s"``."""
    seconds = max(1, round(abs(span.total_seconds()))) if span else 0
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    units = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join([f"{count} {unit}" for count, unit in units if count][:2]) or "0 s"
