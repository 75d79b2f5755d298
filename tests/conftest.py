"""What every test gets: no network, a cache of its own, a quiet TensorFlow and known seeds."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

LOOPBACK_NAMES = {"", "localhost", "::1", "0.0.0.0"}
NO_PROXY = "localhost,127.0.0.1,::1"
CLOSED_PROXY = "http://127.0.0.1:9"
"""Nothing listens on the discard port, so a subprocess that tries a download is refused at once."""


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module is imported, because TensorFlow and Keras read it then."""
    scratch = Path(tempfile.mkdtemp(prefix="cifar-teach-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(scratch, ignore_errors=True))
    settings = {
        "CIFAR_TEACH_CACHE": str(scratch / "cache"),
        "KERAS_HOME": str(scratch / "keras"),
        "MPLBACKEND": "Agg",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        settings |= {name: CLOSED_PROXY, name.upper(): CLOSED_PROXY}
    settings |= {"no_proxy": NO_PROXY, "NO_PROXY": NO_PROXY}

    before = {name: os.environ.get(name) for name in settings}
    config.add_cleanup(lambda: _restore(before))
    os.environ.update(settings)


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.hookimpl(optionalhook=True)  # for pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Keep tests that share what is slow to make in one process when several run: those of a file, or of an exercise.

    Marks of groups would say the same, but pytest-xdist 3.8 loses them with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFileAndExercise(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, name = nodeid.partition("::")
            exercise = re.search(r"ex\d\d", name)
            if exercise and path.startswith("tests/exercises/"):
                return exercise[0]
            return path

    return ByFileAndExercise(config, log)


class NetworkForbiddenError(RuntimeError):
    """A test tried to leave this machine. Not an OSError: no download code may take it for a dead host."""


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # the path of a Unix socket
        return True
    host = str(address[0])
    return host in LOOPBACK_NAMES or host.startswith("127.")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine only; tests of downloads bring their own server."""

    def guard(method):
        def checked(self, address):
            if not _is_local(address):
                raise NetworkForbiddenError(f"A test tried to connect to {address}. Serve from 127.0.0.1.")
            return method(self, address)

        return checked

    monkeypatch.setattr(socket.socket, "connect", guard(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guard(socket.socket.connect_ex))


@pytest.fixture(autouse=True)
def known_seeds() -> None:
    """Start every test from the same global random state, so that none depends on the order of the others."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - this is the global state that a careless line would draw from
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


@pytest.fixture(scope="session")
def real_data_source() -> Path:
    """Return where the real CIFAR-10 is; read through the cache of the session it is decoded only once."""
    source = os.environ.get("CIFAR_TEACH_DATA")
    if not source:
        pytest.skip("real data absent: set CIFAR_TEACH_DATA to cifar-10-python.tar.gz or to a copy as images")
    path = Path(source).expanduser()
    assert path.exists(), f"CIFAR_TEACH_DATA names '{path}', which does not exist"
    return path
