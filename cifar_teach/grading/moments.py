"""Points in time as other programs write them, as ISO 8601 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PARTS = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?P<fraction>\.\d+)?\s*"
    r"(?P<zone>[+-]\d\d:?\d\d|[A-Za-z]\S*)?"
)


def as_utc(text: str) -> str:
    """Return ``text`` as ``2026-03-01T12:00:00+00:00``; empty when it is no point in time or its zone is not known.

    Accepted are ISO 8601, and what nbgrader writes: ``2026-03-01 12:00:00.123456 UTC`` or ``… America/Los_Angeles``.
    Without a zone, UTC is meant, as nbgrader reads it.
    """
    match = PARTS.fullmatch(text.strip())
    if match is None:
        return ""
    zone = match["zone"] or "UTC"
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{match['time']}")
        if zone[0] in "+-":
            moment = datetime.fromisoformat(f"{moment.isoformat()}{zone}")
        elif zone.upper() in ("UTC", "GMT", "Z"):
            moment = moment.replace(tzinfo=UTC)
        else:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return ""
