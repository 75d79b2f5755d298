"""Numbers of users that no process on this machine has, so that students' code shares nothing with anybody."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from ..exceptions import CifarTeachError

FIRST_USER, USERS = 61_000, 1_000
SLOTS = 2
"""Processes that one zygote may have at a time: the student's, and the clean one that looks at models."""


class ThrowAwayUsers:
    """Numbers for the processes of one zygote, held as long as this object lives.

    Attributes:
        first: the first of them.

    Raises:
        CifarTeachError: all are taken.
    """

    def __init__(self) -> None:
        for first in range(FIRST_USER, FIRST_USER + USERS, SLOTS):
            path = Path(tempfile.gettempdir(), f"cifar-teach-user-{first}.lock")
            try:
                self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
            except OSError:  # a file of somebody else, who may have made it to be in the way
                continue
            if self._is_ours(path):
                self.first, self._path = first, path
                return
            os.close(self._file)
        raise CifarTeachError("All throw-away users are taken: too many graders run on this machine.")

    def _is_ours(self, path: Path) -> bool:
        """Lock the file; say whether it is still the one at this path: another grader may just have given it back."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(self._file), os.stat(path))
        except OSError:
            return False

    def release(self) -> None:
        """Give the numbers back."""
        with contextlib.suppress(OSError):
            self._path.unlink()
            os.close(self._file)
