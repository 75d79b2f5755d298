"""The promises of tests/conftest.py: a test reaches neither the network nor the user's own files."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile

import numpy as np
import pytest

ELSEWHERE = "192.0.2.1"  # reserved for documentation (RFC 5737): no machine has it


def test_other_machines_cannot_be_reached() -> None:
    with pytest.raises(RuntimeError, match="tried to connect"):
        socket.create_connection((ELSEWHERE, 80), timeout=1)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_downloads_in_subprocesses_are_refused_at_once() -> None:
    code = f"import urllib.request; urllib.request.urlopen('https://{ELSEWHERE}/', timeout=30)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=10)
    assert "Connection refused" in result.stderr


@pytest.mark.parametrize("name", ["CIFAR_TEACH_CACHE", "KERAS_HOME"])
def test_caches_are_not_those_of_the_user(name: str) -> None:
    assert os.environ[name].startswith(tempfile.gettempdir())


@pytest.mark.parametrize("repetition", [1, 2])
def test_every_test_starts_from_the_same_random_state(repetition: int) -> None:
    assert random.random() == random.Random(0).random()
    assert np.random.random() == np.random.RandomState(0).random()  # noqa: NPY002
