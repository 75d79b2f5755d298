"""Read deadlines, extensions and the policy for late hand-ins from the files of the instructor."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..checks.registry import EXERCISES
from ..exceptions import unknown_name
from .late import EVERY, Extension, LateError, LatePolicy, Schedule, utc

POLICY = ("grace_minutes", "percent_per_day", "floor_percent", "cutoff_days")
PARTS = ("timezone", "policy", "deadlines", "extensions")
EXTENSION = ("student", "exercise", "until", "days", "hours", "reason")


def read_schedule(path: str | Path, extensions: str | Path | None = None) -> Schedule:
    """Read the deadlines of a course.

    Args:
        path: TOML file, as described in :mod:`cifar_teach.grading.late`.
        extensions: CSV file with further extensions, with the columns ``student`` and one of ``until``, ``days``,
            ``hours``; also ``exercise`` and ``reason``. One for the same student and exercise as in the TOML file wins.

    Raises:
        LateError: a file that cannot be read, an unknown name, a time without a zone or one that does not exist.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise LateError(f"'{path}' cannot be read: {problem.strerror}. Give the path of the deadlines.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise LateError(f"'{path}' is no TOML: {problem}. See `cifar_teach.grading.late` for an example.") from None
    _only(content, PARTS, f"{path.name}: part")
    zone = _zone(content.get("timezone"), path.name)
    deadlines = {
        _exercise(name, f"{path.name}, deadlines"): _moment(value, zone, f"{path.name}: deadline of {name}")
        for name, value in _table(content, "deadlines", path.name).items()
    }
    rows = content.get("extensions", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise LateError(f"{path.name}: write each extension as [[extensions]], with student = below it.")
    granted = dict(
        _extension(row, zone, f"{path.name}, extension {number}") for number, row in enumerate(rows, start=1)
    )
    if extensions is not None:
        granted |= _read_csv(Path(extensions), zone)
    return Schedule(read_policy(_table(content, "policy", path.name), path.name), deadlines, granted)


def read_policy(values: Mapping[str, Any], where: str) -> LatePolicy:
    """Return the policy with these values; ``where`` they stand is for messages."""
    _only(values, POLICY, f"{where}: policy")
    numbers = {name: _amount(value, f"{where}: {name}") for name, value in values.items()}
    cutoff = numbers.get("cutoff_days")
    return LatePolicy(
        grace=timedelta(minutes=numbers.get("grace_minutes", 0)),
        percent_per_day=numbers.get("percent_per_day", 0),
        floor=numbers.get("floor_percent", 0),
        cutoff=None if cutoff is None else timedelta(days=cutoff),
    )


def _read_csv(path: Path, zone: tzinfo | None) -> dict[tuple[str, str], Extension]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            if "student" not in (table.fieldnames or ()):
                raise LateError(f"{path.name} has no column 'student'. Columns: {', '.join(EXTENSION)}.")
            _only(dict.fromkeys(table.fieldnames or ()), EXTENSION, f"{path.name}: column")
            rows = [{name: value for name, value in row.items() if name and value} for row in table]
    except OSError as problem:
        raise LateError(f"'{path}' cannot be read: {problem.strerror}. Give the path of the extensions.") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise LateError(f"'{path}' is no CSV in UTF-8: {problem}. Save it again as 'CSV UTF-8'.") from None
    return dict(_extension(row, zone, f"{path.name}, line {line}") for line, row in enumerate(rows, start=2) if row)


def _extension(row: Mapping[str, Any], zone: tzinfo | None, where: str) -> tuple[tuple[str, str], Extension]:
    _only(row, EXTENSION, where)
    student = row.get("student")
    given = [name for name in ("until", "days", "hours") if name in row]
    if not isinstance(student, str) or not student.strip() or len(given) != 1:
        raise LateError(f"{where}: write student and one of until, days, hours.")
    exercise = str(row.get("exercise") or EVERY).strip()
    if exercise != EVERY:
        exercise = _exercise(exercise, where)
    (name,) = given
    if name == "until":
        extension = Extension(until=_moment(row["until"], zone, where))
    else:
        extension = Extension(extra=timedelta(**{name: _amount(row[name], f"{where}: {name}")}))
    return (student.strip(), exercise), extension


def _moment(value: Any, zone: tzinfo | None, what: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise LateError(f"{what}: '{value[:60]}' is no time. Write it like 2026-03-01T23:59:00.") from None
    if not isinstance(value, datetime):
        kind = "a date without a time" if isinstance(value, date) else f"'{value}', which is no time"
        raise LateError(f"{what} is {kind}. Write it like 2026-03-01T23:59:00.")
    if value.tzinfo is not None:
        return utc(value, what)
    if zone is None:
        raise LateError(
            f"{what}: {value.isoformat()} has no time zone, so it is a different moment in every country. Write "
            f'the offset, {value.isoformat()}+01:00, or once at the top of the file: timezone = "Europe/Berlin".'
        )
    return _local(value, zone, what)


def _local(value: datetime, zone: tzinfo, what: str) -> datetime:
    """Return what a wall clock in ``zone`` means; twice a year a time does not exist, or exists twice."""
    first, second = (value.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    exists = first.astimezone(zone).replace(tzinfo=None) == value
    why = "exists twice, because the clocks go back" if exists else "does not exist, because the clocks go forward"
    offsets = " or ".join(value.replace(tzinfo=zone, fold=fold).isoformat() for fold in (0, 1))
    raise LateError(f"{what}: {value.isoformat()} in {zone} {why} that night. Write the offset: {offsets}.")


def _zone(name: Any, where: str) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise LateError(f"{where}: there is no time zone '{name}'. Write it like Europe/Berlin or UTC.") from None


def _exercise(name: str, where: str) -> str:
    for slug in EXERCISES:
        if name in (slug, slug[:4]):
            return slug
    raise LateError(f"{where}: {unknown_name('exercise', name, EXERCISES)}")


def _amount(value: Any, what: str) -> float:
    try:
        amount = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        amount = float("nan")
    if not 0 <= amount <= 100_000:
        raise LateError(f"{what} is '{value}': write a number, 0 or more.")
    return amount


def _table(content: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise LateError(f"{where}: write [{name}] on a line of its own, and its values below.")
    return table


def _only(values: Mapping[str, Any], known: tuple[str, ...], kind: str) -> None:
    for name in values:
        if name not in known:
            raise LateError(unknown_name(kind, name, known))
