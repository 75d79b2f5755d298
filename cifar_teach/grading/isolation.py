"""Which way of locking up works on this machine: found by trying to break out of it, never by a version."""

from __future__ import annotations

import functools
import os
import secrets
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import escape
from .limits import MIB, Limits
from .records import Isolation
from .sandbox import Sandbox, SandboxError
from .wire import WireError

TRY_SECONDS = 30.0
NOT_STOPPED: dict[Isolation, tuple[str, ...]] = {
    Isolation.BUBBLEWRAP: ("faults of the Linux kernel itself: for a class that means harm, use a throw-away machine",),
    Isolation.NAMESPACES: ("faults of the Linux kernel itself: for a class that means harm, use a throw-away machine",),
    Isolation.USER: (
        "reading every file that all users of this machine may read",
        "seeing which processes run on this machine",
        "talking to programs of this machine through sockets that all users may open",
        "filling the disk, and the memory behind files, up to the quota of the throw-away user",
        "leaving files in /tmp and the like for hand-ins that follow, inputs of salted checks among them",
    ),
    Isolation.NONE: (
        "reading and changing every file of yours, other submissions and grades among them",
        "the network",
        "ending your other processes",
    ),
}
"""What each level does not stop."""
ORDER = tuple(level for level in Isolation if level in NOT_STOPPED)


@dataclass(frozen=True)
class Found:
    """The level that was found.

    Attributes:
        level: the level.
        not_stopped: what code can still do.
        proof: what was tried, one line each.
        as_root: whether root's rights are used to make the sandbox.
    """

    level: Isolation
    not_stopped: tuple[str, ...]
    proof: tuple[str, ...] = field(default=())
    as_root: bool = False

    def refusal(self) -> str:
        """Return why nothing is graded at the level NONE, and what to do."""
        tried = " ".join(line for line in self.proof)
        return (
            "Students' code cannot be locked up on this machine, so nothing is graded. Install bubblewrap "
            "(`apt install bubblewrap`, `dnf install bubblewrap`) on Linux, and allow user namespaces or run as root; "
            "on macOS and Windows grade in a Linux virtual machine, WSL 2 or a container. If you trust every "
            f"submission as you trust your own code, say --trust. Tried: {tried or 'nothing, this is no Linux.'}"
        )


def find_isolation(wanted: Isolation | None = None) -> Found:
    """Return the strongest level from which a small attack does not break out, or the one that is wanted.

    Raises:
        SandboxError: the level that is wanted does not hold here.
    """
    if sys.platform != "linux":
        if wanted not in (None, Isolation.NONE):
            raise SandboxError(f"The isolation '{wanted}' needs Linux.")
        return Found(Isolation.NONE, NOT_STOPPED[Isolation.NONE])
    return _find(wanted)


@functools.cache
def _find(wanted: Isolation | None) -> Found:
    lines: list[str] = []
    for level in ORDER if wanted is None else (wanted,):
        if level is Isolation.NONE:
            return Found(level, NOT_STOPPED[level], tuple(lines))
        for as_root in (True, False) if os.geteuid() == 0 else (False,):
            if level is Isolation.USER and not as_root:
                lines.append(f"{level}: only root can give processes another user.")
                continue
            problem = attack(level, as_root)
            if not problem:
                lines.append(f"{level}: {len(escape.ATTEMPTS)} ways to break out were tried, none worked.")
                return Found(level, NOT_STOPPED[level], tuple(lines), as_root)
            lines.append(f"{level}: {problem}")
    raise SandboxError(f"The isolation '{wanted}' does not hold on this machine. {' '.join(lines)}")


def attack(level: Isolation, as_root: bool) -> str:
    """Try to break out of a sandbox; return what worked, or why there is no sandbox, or nothing."""
    limits = Limits(memory=512 * MIB, disk=8 * MIB, files=256)
    secret = secrets.token_hex(16)
    with (
        tempfile.TemporaryDirectory(prefix="cifar-teach-secret-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        bait = Path(name, "salt.txt")
        bait.write_text(secret, encoding="ascii")
        os.chmod(bait, 0o600)
        aim = {"bait": str(bait), "port": server.getsockname()[1], "process": os.getpid(), "level": str(level)}
        try:
            sandbox = Sandbox(level, limits, as_root=as_root, warm=False)
        except SandboxError as problem:
            return str(problem)
        try:
            with sandbox.open() as session:
                source = f"from cifar_teach.grading.escape import break_out\nfound = break_out({aim!r})"
                stopped = session.ask({"op": "cell", "number": 1, "source": source}, TRY_SECONDS)["value"]
                if stopped:
                    return f"the attack could not be carried out: {stopped['problem']}"
                found = session.ask({"op": "value", "name": "found"}, TRY_SECONDS)["value"]
        except (SandboxError, WireError, KeyError) as problem:
            return str(problem)
        finally:
            sandbox.close()
        return f"it could {', '.join(map(str, found))}." if found else ""
