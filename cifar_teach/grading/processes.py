"""Processes as seen from outside of the sandbox: who descends from whom, what they use, and ending all of them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import time
from collections import defaultdict
from pathlib import Path

from .limits import Limits

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
END_SECONDS = 10.0
STATE, PARENT, STACK_BEGINS = 0, 1, 25
"""Places of fields in ``/proc/PID/stat``, counted from the one behind the name."""


def of_handle(handle: int) -> int:
    """Return the number, here, of the process that a pidfd stands for."""
    text = Path(f"/proc/self/fdinfo/{handle}").read_text(encoding="ascii")
    return int(re.search(r"^Pid:\s*(-?\d+)", text, re.MULTILINE)[1])


def _children() -> dict[int, list[int]]:
    """Return parent -> children for all processes."""
    children: dict[int, list[int]] = defaultdict(list)
    for name in os.listdir(PROC):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                children[int(_stat(name)[PARENT])].append(int(name))
    return children


def _stat(process: int | str) -> list[bytes]:
    """Return the fields of ``/proc/PID/stat`` behind the name, which may hold anything."""
    text = Path(f"/proc/{process}/stat").read_bytes()
    return text[text.rindex(b")") + 2 :].split()


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it, as far as they are there."""
    if root <= 0:
        return []
    children = _children()
    found, pending = [], [root]
    while pending:
        process = pending.pop()
        found.append(process)
        pending += children.get(process, ())
    return found


def tree_use(root: int) -> tuple[int, int]:
    """Return how many threads a process and its descendants have, and how many bytes of memory.

    Memory that a fork shares with its parent counts for both, for the kernel does not tell cheaply what is shared. So
    a process that still runs the program of the root counts only with what it has more than the root.
    """
    threads, memory, base, program = 0, 0, 0, b""
    for process in tree(root):
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
            lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
            status = dict(line.split(":", 1) for line in lines if ":" in line)
            own = 1024 * sum(int(status[name].split()[0]) for name in ("RssAnon", "RssShmem"))
            threads += int(status["Threads"])
            stack = _stat(process)[STACK_BEGINS]  # a fork has the addresses of its parent, another program others
            if process == root:
                base, program, memory = own, stack, own
            else:
                memory += max(own - base, 0) if stack == program else own
    return threads, memory


def tree_memory(root: int) -> int:
    """Return the bytes of memory that a process and its descendants use."""
    return tree_use(root)[1]


def end_tree(root: int) -> None:
    """End a process and everything that descends from it, and wait until all are gone."""
    end = time.monotonic() + END_SECONDS
    pause = 0.001
    while time.monotonic() < end:
        living = [each for each in tree(root) if each != root and _alive(each)]
        for process in living:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if not living:
            break
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    # The root is the trusted process that waits for the others, and clears up behind them: it gets its time.
    while _alive(root) and time.monotonic() < end:
        time.sleep(0.002)
        if time.monotonic() > end - END_SECONDS / 2:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(root, signal.SIGKILL)


def _alive(process: int) -> bool:
    try:
        return _stat(process)[STATE] not in (b"Z", b"X")
    except (OSError, ValueError, IndexError):
        return False


class Group:
    """A control group of the kernel for one submission, where one can be had: it counts memory exactly.

    Without it memory is measured ten times a second, which an attacker can be faster than; the limits of each process
    still hold.
    """

    def __init__(self, folder: Path | None, full_file: str = "", field: str = "") -> None:
        self._folder = folder
        self._full_file = full_file
        self._field = field

    @classmethod
    def new(cls, process: int, limits: Limits) -> Group:
        """Make a group for a process and those it will start; an empty one where the machine allows none."""
        name = f"cifar-teach-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            homes = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
        except OSError:
            return cls(None)
        for controller, kind in (("memory", "v1"), ("", "v2")):
            if controller not in homes:
                continue
            base = CGROUPS / controller if controller else CGROUPS
            for home in (base / homes[controller].lstrip("/"), base):
                folder = home / name
                with contextlib.suppress(OSError):
                    return cls._filled(folder, kind, process, limits)
                with contextlib.suppress(OSError):
                    folder.rmdir()
        return cls(None)

    @classmethod
    def _filled(cls, folder: Path, kind: str, process: int, limits: Limits) -> Group:
        folder.mkdir()
        files = {
            "v1": {"memory.limit_in_bytes": limits.memory + limits.disk},
            "v2": {"memory.max": limits.memory + limits.disk, "memory.swap.max": 0, "pids.max": limits.processes},
        }
        for name, value in files[kind].items():
            with contextlib.suppress(FileNotFoundError) if name != "memory.max" else contextlib.nullcontext():
                (folder / name).write_text(str(value))
        (folder / "cgroup.procs").write_text(str(process))
        if kind == "v1":
            return cls(folder, "memory.oom_control", "oom_kill")
        return cls(folder, "memory.events", "oom_kill")

    def full(self) -> bool:
        """Say whether the kernel has ended a process because the memory was full."""
        if self._folder is None:
            return False
        with contextlib.suppress(OSError, ValueError):
            lines = (self._folder / self._full_file).read_text().splitlines()
            return int(dict(line.split() for line in lines).get(self._field, 0)) > 0
        return False

    def remove(self) -> None:
        """Remove the group; its processes are gone."""
        if self._folder is None:
            return
        for _ in range(50):
            try:
                self._folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)
