"""Let one process at a time make a file that several want."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .reporting import say

_POLL_SECONDS = 0.2


@contextlib.contextmanager
def exclusive(target: Path, *, quiet: bool = False) -> Iterator[bool]:
    """Hold a lock on ``target``'s neighbour ``*.lock``, waiting for it if need be.

    The operating system lets go of the lock when a process ends, however it ends, so a crash never leaves
    one behind. (The empty ``.lock`` file stays: removing it could split the lock in two.)

    Yields:
        True; or False where the file system has no locks, as on some network drives. The caller must then
        use names that no other process uses.
    """
    with target.with_name(f"{target.name}.lock").open("a+b") as stream:
        yield _lock(stream, target, quiet)


def _lock(stream: IO[bytes], target: Path, quiet: bool) -> bool:
    try:
        if _try_lock(stream):
            return True
        say(f"Another process is downloading {target.name}; waiting for it.", quiet=quiet)
        while not _try_lock(stream):
            time.sleep(_POLL_SECONDS)
    except OSError:
        return False
    return True


def _try_lock(stream: IO[bytes]) -> bool:
    """Take the lock and return True, or return False when another process has it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
