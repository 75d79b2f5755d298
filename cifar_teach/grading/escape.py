"""A small attack, run inside a sandbox before any student's code is: what it manages, a student could manage too."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Callable
from typing import Any

from .confine import CLONE_NEWNS, CLONE_NEWUSER
from .limits import MIB


def _reads_the_salt(aim: dict[str, Any]) -> bool:
    with open(aim["bait"], "rb") as stream:
        return bool(stream.read())


def _changes_the_salt(aim: dict[str, Any]) -> bool:
    with open(aim["bait"], "ab") as stream:
        stream.write(b"x")
    return True


def _connects_to_this_machine(aim: dict[str, Any]) -> bool:
    with socket.create_connection(("127.0.0.1", aim["port"]), timeout=2):
        return True


def _sends_to_the_network(_: dict[str, Any]) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packet:
        return packet.sendto(b"x", ("192.0.2.1", 9)) > 0  # an address of documentation (RFC 5737): nobody is there


def _signals_the_grader(aim: dict[str, Any]) -> bool:
    if aim["process"] == os.getpid() or not _is_grader(aim["process"]):
        return False
    os.kill(aim["process"], 0)
    return True


def _is_grader(process: int) -> bool:
    """In a namespace of its own the number may stand for another process, or for none."""
    return os.path.exists(f"/proc/{process}") and process not in (1, os.getppid())


def _reads_the_environment_of_the_grader(aim: dict[str, Any]) -> bool:
    if not _is_grader(aim["process"]):
        return False
    with open(f"/proc/{aim['process']}/environ", "rb") as stream:
        return bool(stream.read())


def _makes_namespaces(_: dict[str, Any]) -> bool:
    return ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0


def _becomes_root(_: dict[str, Any]) -> bool:
    if os.getuid() == 0:  # a number that means nothing outside of a user namespace
        return False
    os.setuid(0)
    return True


def _writes_to_the_programs(_: dict[str, Any]) -> bool:
    for folder in ("/", "/usr", "/dev", os.path.dirname(__file__), os.path.dirname(contextlib.__file__)):
        with contextlib.suppress(OSError), open(os.path.join(folder, "x"), "wb"):
            os.unlink(os.path.join(folder, "x"))
            return True
    return False


def _fills_the_disk(aim: dict[str, Any]) -> bool:
    if aim["level"] == "user":  # said to be possible at this level
        return False
    size = 0
    with open("filler", "wb") as stream:
        while size < 64 * MIB:
            size += stream.write(bytes(MIB))
    return True


ATTEMPTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "read a secret file": _reads_the_salt,
    "change a secret file": _changes_the_salt,
    "connect to a server on this machine": _connects_to_this_machine,
    "send to the network": _sends_to_the_network,
    "send a signal to the grader": _signals_the_grader,
    "read the environment of the grader": _reads_the_environment_of_the_grader,
    "make namespaces of its own": _makes_namespaces,
    "become root": _becomes_root,
    "write where programs lie": _writes_to_the_programs,
    "fill the disk": _fills_the_disk,
}


def break_out(aim: dict[str, Any]) -> list[str]:
    """Try everything; return what worked.

    Args:
        aim: ``bait``, a file that must not be read; ``port`` of a server on this machine; ``process``, the grader;
            ``level``, the isolation.
    """
    worked = []
    for name, attempt in ATTEMPTS.items():
        with contextlib.suppress(OSError):
            if attempt(aim):
                worked.append(name)
    with contextlib.suppress(OSError):
        os.unlink("filler")
    return worked
