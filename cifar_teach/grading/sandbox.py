"""Locked-up processes, as the grader sees them: start the zygote, fork from it, talk, watch, end.

A :class:`Sandbox` owns one zygote (:mod:`~cifar_teach.grading.zygote`); a :class:`Session` is one process forked from
it, with a watch on its memory and its processes, and the certainty that after :meth:`Session.close` nothing is left.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from . import processes
from .limits import Limits
from .records import Isolation, Trouble
from .sandbox_view import python_paths, shown
from .throwaway_users import ThrowAwayUsers
from .wire import Channel, WireClosed, WireError, WireTimeout
from .zygote import FAILED, GO, View

START_SECONDS = 180.0
"""For Python to start and TensorFlow to be loaded, on a machine that is busy."""
FORK_SECONDS = 30.0
WATCH_SECONDS = 0.1
START = "import sys; sys.path[:] = {paths!r}; from cifar_teach.grading.zygote import main; main({descriptor})"


class SandboxError(CifarTeachError):
    """The sandbox does not work: a fault of the grader or of the machine, never of a student."""


class Sandbox:
    """Starts the zygote, and forks from it.

    Args:
        isolation: how processes are locked up.
        limits: what each may use.
        as_root: False lets root act as an ordinary user would, with a user namespace.
        warm: load TensorFlow.
    """

    def __init__(
        self, isolation: Isolation, limits: Limits | None = None, *, as_root: bool = True, warm: bool = True
    ) -> None:
        self.isolation = isolation
        self.limits = limits or Limits()
        self.forks = 0
        self._root = as_root and os.geteuid() == 0
        self._users = ThrowAwayUsers() if self._root and isolation is not Isolation.NONE else None
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile()
        self._control, theirs = socket.socketpair()
        view = View(isolation, self.limits, python_paths(), *shown(), user=self._users.first if self._users else 0)
        view.warm = warm
        self._process: subprocess.Popen | None = None
        try:
            self._process = subprocess.Popen(
                self._command(view, theirs.fileno()),
                pass_fds=[theirs.fileno()],
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,
            )
            self._control.settimeout(START_SECONDS)
            self._control.send(json.dumps(asdict(view)).encode())
            theirs.close()
            self._reply()
        except BaseException as problem:
            self.close()
            if isinstance(problem, OSError):
                raise SandboxError(f"The sandbox cannot be started: {problem}.") from None
            raise
        finally:
            theirs.close()

    def _command(self, view: View, descriptor: int) -> list[str]:
        python = [sys.executable, "-I", "-c", START.format(paths=view.paths, descriptor=descriptor)]
        if self.isolation is not Isolation.BUBBLEWRAP:
            return python
        program = shutil.which("bwrap")
        if program is None:
            raise SandboxError("The program bwrap is not there. Install the package bubblewrap.")
        rights = ["--cap-add", "ALL"] if self._root else ["--unshare-user", "--uid", "1000", "--gid", "1000"]
        options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--new-session", "--clearenv"]
        options += ["--tmpfs", "/tmp"]  # first, so that a course that lies below it can be shown in it
        parents = {str(parent) for path in view.shown for parent in Path(path).parents} - {"/"}
        for path in sorted(parents):  # otherwise only root could go through them
            options += ["--perms", "0755", "--dir", path]
        for path in view.shown:
            options += ["--ro-bind", path, path]
        for name, target in view.links.items():
            options += ["--symlink", target, f"/{name}"]
        options += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/"]
        return [program, *rights, *options, "--chdir", "/", "--", *python]

    def open(self, exercise: str = "", *, clean: bool = False) -> Session:
        """Fork a process.

        Args:
            exercise: slug of the exercise whose notebook it will run.
            clean: it will never run a student's code.

        Raises:
            SandboxError: there is none to be had.
        """
        ours, theirs = socket.socketpair()
        with self._lock:
            request = {"op": "fork", "exercise": exercise, "slot": int(clean)}
            self._control.settimeout(FORK_SECONDS)
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [theirs.fileno()])
            except OSError as problem:
                raise SandboxError(f"The sandbox has ended: {self._why(problem)}") from None
            finally:
                theirs.close()
            reply, handle = self._reply()
            self.forks += 1
        return Session(self, ours, handle, reply["pid"])

    def exit_code(self, process: int) -> int | None:
        """Return how a process that has ended did so; None when the zygote does not know."""
        with self._lock, contextlib.suppress(SandboxError, OSError):
            self._control.settimeout(FORK_SECONDS)
            self._control.send(json.dumps({"op": "wait", "pid": process}).encode())
            return self._reply()[0]["code"]
        return None

    def _reply(self) -> tuple[dict[str, Any], int]:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 2**16, 1)
        except OSError as problem:
            raise SandboxError(f"The sandbox does not answer: {self._why(problem)}") from None
        if not message:
            raise SandboxError(f"The sandbox has ended: {self._why()}")
        return json.loads(message), descriptors[0] if descriptors else -1

    def _why(self, problem: object = "") -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else str(problem) or f"exit code {self._process.poll()}"

    def close(self) -> None:
        """End the zygote and everything that came from it."""
        self._control.close()
        try:
            if self._process:
                self._process.wait(3.0)
        except subprocess.TimeoutExpired:
            processes.end_tree(self._process.pid)
            self._process.wait()
        self._errors.close()
        if self._users:
            self._users.release()


class Session:
    """One process of the sandbox.

    Attributes:
        trouble: what it was ended for; NONE while it is well.
        reason: the same in words.
    """

    def __init__(self, sandbox: Sandbox, connection: socket.socket, handle: int, process: int) -> None:
        self.trouble = Trouble.NONE
        self.reason = ""
        self._sandbox = sandbox
        self._limits = sandbox.limits
        self._handle = handle
        self._inner = process
        self._process = processes.of_handle(handle)
        self._closed = False
        self._group = processes.Group.new(self._process, self._limits)
        self._channel = Channel(connection, self._limits.reply)
        self._done = threading.Event()
        connection.send(GO)
        try:
            hello = self._channel.receive(FORK_SECONDS)
        except WireError as problem:
            hello = {"locked": False, "problem": str(problem)}
        if hello.get("locked") is not True:
            self.close()
            raise SandboxError(f"A process could not be locked up: {hello.get('problem')}.")
        self._base = processes.tree_memory(self._process)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request and return the reply.

        Args:
            request: ``op`` and what it needs; the process itself stops after ``seconds``.
            seconds: time limit. A little later the process is ended.

        Raises:
            WireError: there was none. :attr:`trouble` says why; the process is gone.
        """
        allowed = seconds + self._limits.grace_seconds
        try:
            self._channel.send(request | {"seconds": seconds}, allowed)
            reply = self._channel.receive(allowed)
            if not ("value" in reply or isinstance(reply.get("failure"), dict)):
                raise WireError("a reply of another kind")
            return reply
        except WireTimeout as problem:
            self._end(Trouble.TIME, f"It did not stop within {seconds:g} seconds, even when it was interrupted.")
            raise problem
        except WireClosed as problem:
            self._end_of_process()
            raise problem
        except WireError as problem:
            self._end(Trouble.CRASH, f"What the process sent could not be read ({problem}).")
            raise problem

    def _end_of_process(self) -> None:
        """Find out how the process ended by itself."""
        select.select([self._handle], [], [], 2.0)  # a closed connection may come before the end
        code = None
        if select.select([self._handle], [], [], 0)[0]:
            code = self._sandbox.exit_code(self._inner)
            self._inner = 0
        if self._group.full():
            self._end(Trouble.MEMORY, "The memory was full.")
        elif code is not None and code > 128:
            name = signal.Signals(code - 128).name if code - 128 in set(signal.Signals) else str(code - 128)
            if name == "SIGXCPU":
                self._end(Trouble.TIME, "It used up the processor time that there is for a notebook.")
            else:
                self._end(Trouble.CRASH, f"The Python process was ended by the system ({name}).")
        elif code == FAILED:
            self._end(Trouble.CRASH, "The Python process could not go on.")
        else:
            self._end(Trouble.CRASH, f"The Python process ended itself (exit code {code}).")

    def _end(self, trouble: Trouble, reason: str) -> None:
        if self.trouble is Trouble.NONE:
            self.trouble, self.reason = trouble, reason
        processes.end_tree(self._process)

    def _watch(self) -> None:
        """Look at memory and processes again and again; end everything when there is too much of it."""
        while not self._done.wait(WATCH_SECONDS):
            self._look(self._limits.processes)

    def _look(self, most: int) -> None:
        """End everything when it takes too much memory, or is more than ``most`` processes and threads."""
        count, memory = processes.tree_use(self._process)
        # What the fork shares with the zygote counts once, that of each further process as its own.
        if memory > self._base + self._limits.memory or self._group.full():
            mib = self._limits.memory // 2**20
            self._end(Trouble.MEMORY, f"It took more than {mib:,} MiB of memory.")
        elif count > most:
            self._end(Trouble.CRASH, f"It had more than {most} processes and threads at a time.")

    def is_well(self) -> bool:
        """Say, after a step that came to its end, whether the process can take the next one.

        What the step has left behind is looked at now, not when the watch next does: otherwise the question that
        follows would be blamed. It may leave half of the processes there can be, for the next step needs some, too.
        """
        self._look(self._limits.processes // 2)
        return self.trouble is Trouble.NONE

    def close(self) -> None:
        """End the process and everything that it started."""
        if self._closed:
            return
        self._closed = True
        self._done.set()
        self._channel.close()
        processes.end_tree(self._process)
        if self._inner:
            self._sandbox.exit_code(self._inner)
        os.close(self._handle)
        self._group.remove()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
