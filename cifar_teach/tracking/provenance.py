"""Who writes a run: the commit of the code, the machine, the process, and whether that process is still there."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
SILENCE = timedelta(hours=6)
"""A run of another machine that was silent for so long is taken for dead."""


def git_revision() -> str | None:
    """Return the commit that the package was imported from, with ``+changes`` when its files differ from it.

    None when the package is installed and not a checkout, or git is missing.
    """
    top = _git("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != PACKAGE.parent:  # an environment inside someone else's repository
        return None
    revision = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--untracked-files=no", "--", str(PACKAGE))
    return f"{revision}+changes" if revision and changes else revision


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(PACKAGE), *arguments], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def machine() -> str:
    """Return a digest of this computer's name: enough to tell two machines apart, and no name in a shared database."""
    return hashlib.sha256(f"{platform.node()}{boot_id()}".encode()).hexdigest()[:16]


def hardware_in_words(hardware: Mapping[str, Any]) -> str:
    """Return on one line what :func:`cifar_teach.environment.hardware` found: processor, cores, memory, system."""
    units = (("processor", ""), ("cores", " cores"), ("memory_gib", " GiB"), ("system", ""))
    known = [f"{hardware[name]}{unit}" for name, unit in units if hardware.get(name)]
    return ", ".join([*known, *hardware.get("accelerators", ())])


def boot_id() -> str:
    """Return what tells one start of this computer (or container) from the next, where Linux says so."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def now() -> datetime:
    """Return the time as the database keeps it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def state_of(status: str, where: str | None, process: int | None, seen: datetime) -> str:
    """Return a run's status as it is: one that says ``running``, whose process is gone, was interrupted.

    Args:
        status: as it stands in the database.
        where: digest of the machine, as from :func:`machine`.
        process: process that writes the run.
        seen: its last sign of life, UTC.
    """
    if status != "running":
        return status
    if where == machine() and process is not None and sys.platform != "win32":
        return "running" if _is_alive(process) else "interrupted"
    return "running" if now() - seen < SILENCE else "interrupted"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, and sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:  # there is one, of another user
        return True
    return True
