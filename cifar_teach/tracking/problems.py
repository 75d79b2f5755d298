"""What can go wrong with the experiment store, in words for the person in front of it."""

from __future__ import annotations

from ..exceptions import CifarTeachError


class TrackingError(CifarTeachError):
    """A database that cannot be reached, read or written, or a row that it refuses."""
