"""Who handed in what, from the file that Gradescope puts beside the submissions it exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .moments import as_utc
from .opening import Found, UnreadableError

FILE = "submission_metadata.yml"
MAX_BYTES = 20_000_000
Place = tuple[int, tuple[str, ...]]
"""Which of the paths that were given, and the folder below it."""


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


def entries_in(files: Sequence[Found]) -> tuple[dict[Place, Entry], list[tuple[Found, str]]]:
    """Return which folder is whose, as the tables say that Gradescope puts beside the folders.

    A table that does not lie above all notebooks is a student's: it could give the work of others to somebody else.

    Returns:
        The entries; and the tables that cannot be read, with the reason.
    """
    entries: dict[Place, Entry] = {}
    unreadable = []
    for order in {found.order: None for found in files}:
        own = [found for found in files if found.order == order]
        common = _common_folder([found.parts for found in own if found.is_notebook] or [own[0].parts])
        for found in own:
            top = found.parts[:-1]
            if found.name != FILE or found.in_archive or found.size >= MAX_BYTES or top != common[: len(top)]:
                continue
            try:
                table = read_entries(found.read().data)
            except UnreadableError as problem:
                unreadable.append((found, str(problem)))
                continue
            entries |= {(order, (*top, folder)): entry for folder, entry in table.items()}
    return entries, unreadable


def _common_folder(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the folder in which all these files lie."""
    first, last = min(path[:-1] for path in paths), max(path[:-1] for path in paths)
    same = next((depth for depth, (one, other) in enumerate(zip(first, last)) if one != other), len(first))
    return first[: min(same, len(last))]


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
