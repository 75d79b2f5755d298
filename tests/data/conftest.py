"""Small data sets in every form the loader reads, made on the spot, and a web server to fetch one from."""

from __future__ import annotations

import http.server
import io
import pickle
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cifar_teach.config import CLASS_NAMES

Files = dict[str, bytes]


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an empty cache, an empty Keras folder and no settings."""
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path / "the-cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "the-keras-home"))
    for name in ("CIFAR_TEACH_DATA", "CIFAR_TEACH_OFFLINE", "CIFAR_TEACH_MIRRORS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The cache of the package, not there yet."""
    return tmp_path / "the-cache"


@pytest.fixture
def keras_datasets(tmp_path: Path) -> Path:
    """Where Keras keeps its data sets, empty."""
    folder = tmp_path / "the-keras-home" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def picture_files() -> Callable[..., Files]:
    """Return a function that makes PNG files: image k of class c of a split is one even, known colour."""

    def make(names: tuple[str, ...] = CLASS_NAMES, *, train: int = 3, test: int = 2, size: int = 32) -> Files:
        files = {}
        for split, count in (("train", train), ("test", test)):
            for label, name in enumerate(names):
                for k in range(count):
                    colour = (10 * label, 10 * k, 200 if split == "test" else 100)
                    files[f"{split}/{name}/{k:04d}.png"] = encoded(np.full((size, size, 3), colour, np.uint8))
        return files

    return make


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[[Files], Path]:
    """Return a function that writes files below a new folder called ``pictures``."""

    def write(files: Files) -> Path:
        root = tmp_path / "pictures"
        root.mkdir()
        for name, payload in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(payload)
        return root

    return write


@pytest.fixture
def write_tar(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that packs files into a tar; the name's ending chooses the compression."""

    def write(files: Files, name: str = "pictures.tar.xz") -> Path:
        path = tmp_path / name
        compression = name.rpartition(".tar")[2].lstrip(".")
        with tarfile.open(path, f"w:{compression}") as archive:
            for member, payload in files.items():
                entry = tarfile.TarInfo(member)
                entry.size = len(payload)
                archive.addfile(entry, io.BytesIO(payload))
        return path

    return write


@pytest.fixture
def batch_files() -> Callable[..., Files]:
    """Return a function that makes CIFAR-10's six pickled batches with a few images each."""

    def make(per_batch: int = 10, *, protocol: int = 2, prefix: str = "cifar-10-batches-py/") -> Files:
        rng = np.random.default_rng(0)
        files = {f"{prefix}batches.meta": pickle.dumps({b"label_names": list(CLASS_NAMES)}, protocol)}
        for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
            content = {
                b"batch_label": name.encode(),
                b"labels": [k % 10 for k in range(per_batch)],
                b"data": rng.integers(0, 256, (per_batch, 3072), np.uint8),
                b"filenames": [f"{k}.png".encode() for k in range(per_batch)],
            }
            files[prefix + name] = pickle.dumps(content, protocol)
        return files

    return make


@dataclass
class Server:
    """A web server on this machine and the ways in which it misbehaves.

    Attributes:
        files: what it offers, by path.
        cut_after: send this many bytes of a response, then hang up; one entry per request, used up in order.
        ignore_range: answer every request with the whole file.
        wrong_range: answer a range with other bytes than those asked for.
        redirect_to: answer with this address instead of a file.
        drip: send one byte at a time with this pause in seconds.
        stopped: set when the test is over.
        requests: the paths asked for, each with the range header (or None).
    """

    url: str = ""
    files: Files = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    ignore_range: bool = False
    wrong_range: bool = False
    redirect_to: str = ""
    drip: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)
    requests: list[tuple[str, str | None]] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        state: Server = self.server.state
        state.requests.append((self.path, self.headers.get("Range")))
        if state.redirect_to:
            self._head(302, 0, {"Location": state.redirect_to})
            return
        content = state.files.get(self.path.lstrip("/"))
        if content is None:
            self._head(404, 0)
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and not state.ignore_range else 0
        if start and start >= len(content):
            self._head(416, 0)
            return
        if state.wrong_range:
            start = start // 2
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        self._head(206 if start else 200, len(content) - start, span)
        self._send(content[start:])

    def _head(self, status: int, length: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, body: bytes) -> None:
        state: Server = self.server.state
        if state.cut_after:
            body = body[: state.cut_after.pop(0)]
            self.close_connection = True
        step = 1 if state.drip else len(body) or 1
        for start in range(0, len(body), step):
            if state.stopped.wait(state.drip):
                return
            self.wfile.write(body[start : start + step])

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server for ``files``; ``tls`` is an SSL context for https."""
    running = []

    def start(files: Files, *, tls: object = None, **behaviour: object) -> Server:
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        web.daemon_threads = True
        web.handle_error = lambda *arguments: None  # clients hang up on purpose here
        if tls is not None:
            web.socket = tls.wrap_socket(web.socket, server_side=True)
        scheme = "https" if tls is not None else "http"
        web.state = Server(f"{scheme}://localhost:{web.server_port}", files, **behaviour)
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((web, thread))
        return web.state

    yield start
    for web, thread in running:
        web.state.stopped.set()
        web.shutdown()
        web.server_close()
        thread.join(5)
