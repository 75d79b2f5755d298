"""The process that has TensorFlow loaded and forks one process for each submission. Runs in the sandbox.

It never runs a student's code and never sees a salt, a solution or another submission, so there is nothing in its
memory that a fork of it should not know. No operation of TensorFlow is run here either: after the first one TensorFlow
has threads, which a fork does not have.

One request and one reply at a time, JSON in both directions; with a request to fork comes the connection that the new
process shall have with the judge.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any

from . import confine, inside
from .limits import Limits
from .records import Isolation
from .wire import Channel

MAX_REQUEST = 2**20
OWN_NAMESPACES = (Isolation.BUBBLEWRAP, Isolation.NAMESPACES)
GO = b"g"
FAILED = 97
"""Exit code of a process that could not be locked up; what the matter is stands in a file of its own."""
SETTINGS = {
    "CIFAR_TEACH_DATA": "synthetic",
    "CIFAR_TEACH_REPLAY": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
    "HOME": "/tmp",
    "KERAS_BACKEND": "tensorflow",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "OMP_NUM_THREADS": "2",
    "PATH": "/usr/bin:/bin",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTEROP_THREADS": "2",
    "TF_NUM_INTRAOP_THREADS": "2",
    "TMPDIR": "/tmp",
}
"""The whole environment of the sandbox."""


@dataclass
class View:
    """How the sandbox is made.

    Attributes:
        isolation: the level.
        limits: what a submission may use.
        paths: where Python looks for modules.
        shown: files and folders to be seen where this process makes its own file-system view.
        links: symbolic links at its top.
        user: number of a user that nobody else has, for the first process; only root has some to give.
        warm: load TensorFlow. Without it the sandbox can run plain Python only, and starts at once.
    """

    isolation: Isolation
    limits: Limits
    paths: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    user: int = 0
    warm: bool = True

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> View:
        """Return the view that ``asdict`` wrote."""
        return cls(
            **record | {"isolation": Isolation(record["isolation"]), "limits": Limits(**record["limits"])},
        )


class Zygote:
    """Answers the requests of the grader until it goes away.

    Args:
        control: connection to the grader.
        view: how processes are locked up.
    """

    def __init__(self, control: socket.socket, view: View) -> None:
        self._control = control
        self._view = view

    def serve(self) -> None:
        """Answer requests until the other end is closed."""
        self._reply({"ready": True, "pid": os.getpid()})
        while True:
            message, descriptors, _, _ = socket.recv_fds(self._control, MAX_REQUEST, 1)
            if not message:
                return
            request = json.loads(message)
            if request["op"] == "fork":
                self._fork(request, descriptors[0])
            elif request["op"] == "wait":
                self._wait(request["pid"])

    def _reply(self, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        socket.send_fds(self._control, [json.dumps(message).encode()], list(descriptors))

    def _fork(self, request: dict[str, Any], connection: int) -> None:
        if request["exercise"]:
            inside.course_data(request["exercise"])
        process = os.fork()
        if process == 0:
            try:
                _isolated(connection, self._view, request)
            finally:
                os._exit(FAILED)
        os.close(connection)
        handle = os.pidfd_open(process)
        self._reply({"pid": process}, (handle,))
        os.close(handle)

    def _wait(self, process: int) -> None:
        _, status = os.waitpid(process, 0)
        self._reply({"code": os.waitstatus_to_exitcode(status)})


def _isolated(connection: int, view: View, request: dict[str, Any]) -> None:
    """Lock this process up, then fork the one that runs the student's code, and end when that one ends."""
    connection = _close_all_but(connection)
    if os.read(connection, 1) != GO:
        return
    confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
    user = view.user + request["slot"] if view.user else 0
    folder, data = "", _data_bytes()
    try:
        if view.isolation in OWN_NAMESPACES:
            if os.geteuid() != 0:
                confine.own_user_namespace()
            confine.unshare(confine.OWN_EVERYTHING)
        else:
            confine.prctl(confine.PR_SET_CHILD_SUBREAPER, 1)
            folder = tempfile.mkdtemp(prefix="cifar-teach-run-")
            if user:
                os.chown(folder, user, user)
        first = os.fork()
    except Exception as problem:
        _fail(connection, problem)
        return
    if first == 0:
        try:
            _first_process(connection, view, request, user, folder, data)
        finally:
            os._exit(FAILED)
    os.close(connection)
    status = os.waitpid(first, 0)[1]
    if folder:
        confine.end_children()
        shutil.rmtree(folder, ignore_errors=True)
    _end_as(status)


def _first_process(connection: int, view: View, request: dict[str, Any], user: int, folder: str, data: int) -> None:
    """Be the first process of the namespace: give up all rights, fork once more, collect what ends."""
    try:
        confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
        if not folder:
            confine.keep_mounts_private()
            confine.own_folders(view.limits, view.shown)
            for place in ("/", "/dev"):
                if os.path.ismount(place):
                    confine.make_read_only(place)
            folder = "/tmp"
        if user:
            confine.become(user)
            if not os.access(os.__file__, os.R_OK):
                raise PermissionError("another user cannot read the files of this Python installation")
        _lock(view, data)
        os.environ.update({"HOME": folder, "TMPDIR": folder, "MPLCONFIGDIR": f"{folder}/matplotlib"})
        os.makedirs(f"{folder}/work", mode=0o700)
        os.chdir(f"{folder}/work")
        tempfile.tempdir = folder
        student = os.fork()
    except Exception as problem:
        _fail(connection, problem)
        return
    if student == 0:
        code = 1
        try:
            inside.serve(connection, request, view.limits)
            code = 0
        finally:
            os._exit(code)
    os.close(connection)
    while True:
        ended, status = os.wait()
        if ended == student:
            _end_as(status)


def _lock(view: View, data: int) -> None:
    """Give up rights and set limits."""
    confine.set_limits(view.limits, data)
    if view.isolation is Isolation.NONE:
        return
    confine.drop_rights()
    confine.filter_calls()


def _data_bytes() -> int:
    """Return what this process holds already and what counts against its limit."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/self/status", encoding="ascii") as lines:
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmData"))
    return 2**30


def _end_as(status: int) -> None:
    """End this process as another one has ended."""
    code = os.waitstatus_to_exitcode(status)
    # Killed is killed: a process that is first in its namespace cannot send itself a signal, so it says it by number.
    os._exit(128 - code if code < 0 else code)


def _fail(connection: int, problem: Exception) -> None:
    channel = Channel(socket.socket(fileno=connection), 0)
    with contextlib.suppress(Exception):
        channel.send({"locked": False, "problem": f"{type(problem).__name__}: {problem}"}, 1.0)


def _close_all_but(descriptor: int) -> int:
    """Close every other descriptor, the grader's connection to the zygote above all; return its new number."""
    kept = os.dup2(descriptor, 3)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(4, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 2**20 else 2**16)
    return kept


def _load() -> None:
    """Load what exercises use, without running anything of it."""
    import importlib

    from ..environment import quiet_start

    with quiet_start():
        for name in ("matplotlib.pyplot", "sklearn.linear_model", "tensorflow", "keras"):
            importlib.import_module(name)


def main(descriptor: int) -> None:
    """Serve; the first message on the connection says how."""
    control = socket.socket(fileno=descriptor)
    view = View.from_dict(json.loads(control.recv(MAX_REQUEST)))
    os.environ.clear()
    os.environ.update(SETTINGS)
    sys.path[:] = view.paths
    if view.isolation is Isolation.NAMESPACES:
        _own_view(view)
    if view.warm:
        _load()
    with contextlib.suppress(ConnectionError):
        Zygote(control, view).serve()
    os._exit(0)  # TensorFlow takes seconds to clear up, and there is nothing to clear up


def _own_view(view: View) -> None:
    """Go into namespaces and a file-system view of one's own; the process that stays outside waits."""
    _go_on_in_fork()  # NumPy may have threads, with which no user namespace is to be had; a fork has none
    if os.geteuid() != 0:
        confine.own_user_namespace()
    confine.unshare(confine.OWN_EVERYTHING)
    _go_on_in_fork()  # a new process is the first one of the new namespace
    confine.keep_mounts_private()
    # Any folder will do in which nothing lies that has to be shown: the new root hides it, and nothing is left there.
    free = (each for each in ("/mnt", "/media", "/srv", "/opt", "/home", "/tmp") if os.path.isdir(each))
    place = next(each for each in free if not any(f"{path}/".startswith(f"{each}/") for path in view.shown))
    confine.new_root(place, view.shown, view.links)


def _go_on_in_fork() -> None:
    """Fork; this process waits for the other one and ends as it does."""
    child = os.fork()
    if child:
        _end_as(os.waitpid(child, 0)[1])
    confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
