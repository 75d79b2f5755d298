"""Being late: to the second, across time zones and changes of the clocks, and never by surprise."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.late import Extension, LateError, LatePolicy, Schedule, apply, in_words, utc
from cifar_teach.grading.late_files import read_schedule
from tests.grading.samples import EX02, EX03, grader_error, make_result, needs_human

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
POLICY = LatePolicy(15 * MINUTE, 10, 50, 7 * DAY)
DEADLINE = datetime(2026, 3, 15, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "penalty", "words"),
    [
        (-SECOND, 0, ""),
        (timedelta(), 0, ""),
        (SECOND, 0, "1 s late: within the grace time"),
        (15 * MINUTE, 0, "15 min late: within the grace time"),
        (15 * MINUTE + timedelta(microseconds=1), 2, "10 % of the points earned are taken off (1 started day at 10 %)"),
        (15 * MINUTE + DAY, 2, "1 day 15 min late: 10 %"),
        (15 * MINUTE + DAY + SECOND, 4, "2 started days"),
        (6 * DAY, 10, "50 % of the points earned are taken off (6 started days at 10 %, the most that is taken off)"),
        (7 * DAY, 10, "7 days late: 50 %"),
        (7 * DAY + SECOND, 20, "after the last moment, 7 days after the deadline. It is not counted."),
    ],
)
def test_each_step_begins_to_the_moment(late: timedelta, penalty: float, words: str) -> None:
    decision = POLICY.decide(20, late)
    assert decision.penalty == penalty
    assert decision.points == 20 - penalty
    assert decision.seconds_late == max(0.0, late.total_seconds())
    assert words in decision.line
    assert bool(decision.line) == (late > timedelta())


def test_properties_hold_for_any_policy() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        grace = timedelta(seconds=rng.randrange(4000))
        policy = LatePolicy(
            grace,
            rng.choice([0, 5, 12.5, 33.3, 100]),
            rng.choice([0, 40, 100]),
            rng.choice([None, grace + timedelta(seconds=rng.randrange(10**6))]),
        )
        points = rng.choice([0, 0.33, rng.randrange(2600) / 100])
        late = timedelta(microseconds=rng.randrange(-(10**9), 10**12))
        decision = policy.decide(points, late)
        assert 0 <= decision.points <= points
        assert decision.points == pytest.approx(points - decision.penalty, abs=0.005)
        # Whoever is later never gets more, and a loss is always explained.
        assert policy.decide(points, late + timedelta(seconds=rng.randrange(10**5))).points <= decision.points
        assert decision.line or not decision.penalty
        after_cutoff = policy.cutoff is not None and late > policy.cutoff
        assert after_cutoff or decision.points >= points * policy.floor / 100 - 0.005


@pytest.mark.parametrize(
    "values",
    [
        {"percent_per_day": 101},
        {"percent_per_day": -1},
        {"floor": float("nan")},
        {"grace": -SECOND},
        {"grace": 2 * DAY, "cutoff": DAY},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(values: dict) -> None:
    with pytest.raises(LateError, match=r"write"):
        LatePolicy(**values)


def test_apply_takes_from_the_points_of_the_checks() -> None:
    schedule = Schedule(POLICY, {EX02: DEADLINE})
    in_time = make_result(submitted_at="2026-03-15T23:59:00+01:00")
    assert apply(in_time, schedule).penalty == 0
    late = apply(make_result(submitted_at="2026-03-16T23:59:00+01:00"), schedule)
    assert (late.points, late.penalty, late.seconds_late) == (23.4, 2.6, 86_400)
    assert apply(make_result(submitted_at="2026-03-15T23:59:01Z"), schedule).seconds_late == 3601
    assert apply(make_result(exercise=EX03), schedule).line == ""


@pytest.mark.parametrize("result", [needs_human(), grader_error()], ids=["needs a person", "grader error"])
def test_without_points_there_is_nothing_to_take_from(result) -> None:
    decision = apply(result, Schedule(POLICY, {EX02: DEADLINE - 30 * DAY}))
    assert decision.points is None
    assert decision.penalty == 0
    assert decision.seconds_late > 0


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("2026-04-20T10:00:00", "has no time zone"),
        ("yesterday", "is no time"),
        ("", "not known when"),
    ],
)
def test_a_clock_that_says_nothing_costs_nothing_and_is_reported(clock: str, words: str) -> None:
    decision = apply(make_result(submitted_at=clock), Schedule(POLICY, {EX02: DEADLINE}))
    assert decision.points == 26
    assert decision.seconds_late is None
    assert words in decision.problem and "othing was taken off" in decision.problem


def test_any_time_zone_means_the_same_moment() -> None:
    rng = random.Random(2)
    schedule = Schedule(POLICY, {EX02: DEADLINE})
    for _ in range(300):
        moment = DEADLINE + timedelta(seconds=rng.randrange(-(10**6), 10**6))
        zone = timezone(timedelta(minutes=rng.randrange(-14 * 60, 14 * 60)))
        here = apply(make_result(submitted_at=moment.isoformat()), schedule)
        assert apply(make_result(submitted_at=moment.astimezone(zone).isoformat()), schedule) == here


def test_extensions_lengthen_and_never_shorten() -> None:
    schedule = Schedule(
        POLICY,
        {EX02: DEADLINE, EX03: DEADLINE},
        {
            ("alice", EX02): Extension(extra=2 * DAY),
            ("alice", "*"): Extension(extra=5 * DAY),
            ("ben", "*"): Extension(until=DEADLINE - DAY),
        },
    )
    assert schedule.deadline("alice", EX02) == DEADLINE + 2 * DAY
    assert schedule.deadline("alice", EX03) == DEADLINE + 5 * DAY
    assert schedule.deadline("ben", EX02) == schedule.deadline("someone", EX02) == DEADLINE
    assert schedule.deadline("alice", "ex01_explore") is None


TOML = """
timezone = "Europe/Berlin"
[policy]
grace_minutes = 15
percent_per_day = 10
floor_percent = 50
cutoff_days = 7
[deadlines]
ex02 = 2026-03-15T23:59:00
ex03_baseline_cnn = 2026-04-15T23:59:00
ex04_transfer_learning = 2026-04-15T21:59:00Z
[[extensions]]
student = "alice"
exercise = "ex02_preprocess"
days = 3
reason = "ill"
[[extensions]]
student = "ben"
until = 2026-05-01T12:00:00+02:00
"""


def read(tmp_path: Path, text: str, extensions: str | None = None) -> Schedule:
    (tmp_path / "deadlines.toml").write_text(text, encoding="utf-8")
    if extensions is None:
        return read_schedule(tmp_path / "deadlines.toml")
    (tmp_path / "more.csv").write_text(extensions, encoding="utf-8-sig")
    return read_schedule(tmp_path / "deadlines.toml", tmp_path / "more.csv")


def test_the_file_of_the_course_is_read_in_utc(tmp_path: Path) -> None:
    schedule = read(tmp_path, TOML, "student,exercise,until,hours\ncara,,,36\nalice,ex02,2026-03-20T12:00:00,\n")
    assert schedule.policy == POLICY
    assert schedule.deadlines[EX02] == DEADLINE  # winter: one hour ahead of UTC
    assert schedule.deadlines[EX03] == datetime(2026, 4, 15, 21, 59, tzinfo=UTC)  # summer: two
    assert schedule.deadlines["ex04_transfer_learning"] == schedule.deadlines[EX03]
    assert schedule.deadline("ben", EX03) == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert schedule.deadline("cara", EX03) == schedule.deadlines[EX03] + 36 * HOUR
    assert schedule.deadline("alice", EX02) == datetime(2026, 3, 20, 11, tzinfo=UTC)  # the table wins


def test_a_day_is_24_hours_also_when_the_clocks_change(tmp_path: Path) -> None:
    # In Berlin the night before 29 March 2026 has 23 hours.
    text = 'timezone = "Europe/Berlin"\n[policy]\npercent_per_day = 10\n[deadlines]\nex02 = 2026-03-28T12:00:00\n'
    schedule = read(tmp_path, text)
    berlin = ZoneInfo("Europe/Berlin")
    next_noon = datetime(2026, 3, 29, 12, tzinfo=berlin)
    assert apply(make_result(submitted_at=next_noon.isoformat()), schedule).seconds_late == 23 * 3600
    one_day = datetime(2026, 3, 29, 13, tzinfo=berlin)
    assert apply(make_result(submitted_at=one_day.isoformat()), schedule).penalty == 2.6
    later = (one_day.astimezone(UTC) + SECOND).isoformat()
    assert apply(make_result(submitted_at=later), schedule).penalty == 5.2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[deadlines]\nex02 = 2026-03-15T23:59:00", "has no time zone.*timezone = "),
        ('timezone = "Europe/Berlin"\n[deadlines]\nex02 = 2026-03-29T02:30:00', "does not exist.*forward"),
        ('timezone = "Europe/Berlin"\n[deadlines]\nex02 = 2026-10-25T02:30:00', r"twice.*\+02:00 or .*\+01:00"),
        ("[deadlines]\nex02 = 2026-03-15", "a date without a time"),
        ("[deadlines]\nex02 = 15", "no time"),
        ("[deadlines]\nex99 = 2026-03-15T23:59:00Z", "no exercise 'ex99'"),
        ('timezone = "Europe/Berln"', "no time zone 'Europe/Berln'"),
        ("[policy]\ngrace_minuts = 3", "Did you mean 'grace_minutes'"),
        ("[policy]\ngrace_minutes = -3", "write a number, 0 or more"),
        ('[policy]\npercent_per_day = "much"', "write a number"),
        ("[deadline]\n", "Did you mean 'deadlines'"),
        ('[[extensions]]\nstudent = "a"', "one of until, days, hours"),
        ('[[extensions]]\nstudent = "a"\ndays = 1\nhours = 2', "one of until, days, hours"),
        ("[[extensions]]\ndays = 1", "write student"),
        ("deadlines = 3", r"write \[deadlines\]"),
        ("[deadlines", "no TOML"),
    ],
)
def test_a_file_with_a_mistake_says_what_to_write(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(LateError, match=f"(?s){words}"):
        read(tmp_path, text)


def test_a_table_with_a_mistake_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(LateError, match=r"more\.csv, line 3"):
        read(tmp_path, TOML, "student,days\nanna,2\nben,soon\n")
    with pytest.raises(LateError, match="no column 'student'"):
        read(tmp_path, TOML, "name,days\nanna,2\n")
    with pytest.raises(LateError, match="cannot be read"):
        read_schedule(tmp_path / "nothing.toml")


def test_times_without_a_zone_come_with_advice() -> None:
    with pytest.raises(CifarTeachError, match=r"Write the offset, 2026-03-01T12:00:00\+01:00, or Z for UTC"):
        utc("2026-03-01T12:00:00", "A hand-in")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(milliseconds=3), "1 s"),
        (61 * SECOND, "1 min 1 s"),
        (DAY, "1 day"),
        (2 * DAY + 3 * HOUR + MINUTE, "2 days 3 h"),
        (DAY + SECOND, "1 day 1 s"),
        (59 * MINUTE + 59.6 * SECOND, "1 h"),
        (timedelta(), "0 s"),
    ],
)
def test_lengths_of_time_in_words(span: timedelta, words: str) -> None:
    assert in_words(span) == words


def test_nbgrader_takes_the_same_decision() -> None:
    pytest.importorskip("nbgrader")
    from nbgrader.preprocessors import AssignLatePenalties
    from traitlets.config import Config

    name = "cifar_teach.grading.late_plugin.CifarTeachLateSubmission"
    config = Config({"AssignLatePenalties": {"plugin_class": name}})
    config.CifarTeachLateSubmission = Config(grace_minutes=15, percent_per_day=10, floor_percent=50, cutoff_days=7)
    preprocessor = AssignLatePenalties(config=config)
    preprocessor.init_plugin()
    plugin = preprocessor.plugin_inst
    rng = random.Random(3)
    for _ in range(200):
        seconds, score = rng.randrange(1, 10**6), rng.randrange(2600) / 100
        decision = POLICY.decide(score, timedelta(seconds=seconds))
        assert plugin.late_submission_penalty("alice", score, seconds) == (decision.penalty or None)
