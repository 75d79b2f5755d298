"""Who handed in what, from the file that Gradescope puts beside the submissions it exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .moments import as_utc

FILE = "submission_metadata.yml"


@dataclass(frozen=True)
class Submitter:
    """One of those who handed in a submission.

    Attributes:
        name, email: as Gradescope knows them; may be empty.
        sid: the id that the school gave; may be empty.
    """

    name: str
    sid: str
    email: str


@dataclass(frozen=True)
class Entry:
    """One submission of the export.

    Attributes:
        submitters: one, or the members of a group.
        submitted_at: ISO 8601 in UTC; empty when it is not known.
    """

    submitters: tuple[Submitter, ...]
    submitted_at: str


def read_entries(data: bytes) -> dict[str, Entry]:
    """Return name of the folder -> entry, ``{"submission_123": Entry(…)}``; empty when the file cannot be used."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Gradescope writes Ruby's symbols, such as `:submitters:`; to YAML they are ordinary texts.
        table = yaml.load(data.decode("utf-8-sig", "replace"), Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(table, dict):
        return {}
    return {str(folder): _entry(values) for folder, values in table.items() if isinstance(values, dict)}


def _entry(values: dict[Any, Any]) -> Entry:
    people = _get(values, "submitters")
    submitters = tuple(
        Submitter(str(_get(each, "name") or ""), str(_get(each, "sid") or ""), str(_get(each, "email") or ""))
        for each in (people if isinstance(people, list) else ())
        if isinstance(each, dict)
    )
    when = _get(values, "created_at")
    if isinstance(when, datetime):
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return Entry(submitters, when.astimezone(UTC).isoformat(timespec="seconds"))
    return Entry(submitters, as_utc(str(when or "")))


def _get(values: dict[Any, Any], key: str) -> Any:
    return values.get(f":{key}", values.get(key))
