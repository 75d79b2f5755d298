"""What the tests of the apps share: pictures of every kind, loaded models, running apps, a browser."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cifar_teach.apps.recogniser import Recogniser, choose_models
from cifar_teach.synthetic import draw
from tests.book.conftest import browser, open_page  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[2]


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def drawing(label: int, size: tuple[int, int] = (96, 96), seed: int = 3) -> Image.Image:
    """Return a drawing of class ``label``, enlarged to width and height."""
    images, labels = draw(10, seed=seed)
    return Image.fromarray(images[int(np.flatnonzero(labels == label)[0])]).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(choose_models())


def wait_for(address: str, process: subprocess.Popen, log: Path, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} did not answer within {seconds:.0f} s:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(command: list[str], address: str, log: Path, **options) -> Iterator[subprocess.Popen]:
    """Run a command that serves ``address`` until the block ends."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **options)
        try:
            wait_for(address, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture(scope="module")
def run_app(tmp_path_factory) -> Iterator[Callable[[str], str]]:
    """Return a function that starts ``cifar-teach app KIND`` and returns its address; all end after the module."""
    running = []

    def start(kind: str, *arguments: str) -> str:
        port = free_port()
        address = f"http://127.0.0.1:{port}/"
        command = [sys.executable, "-m", "cifar_teach.cli", "app", kind, "--port", str(port), *arguments]
        context = served(command, address, tmp_path_factory.mktemp(kind) / "log.txt", cwd=ROOT, env=dict(os.environ))
        context.__enter__()
        running.append(context)
        return address

    yield start
    for context in running:
        context.__exit__(None, None, None)
