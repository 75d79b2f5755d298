"""Keep decoded images on disk, so that 60,000 pictures are decoded once and then load in under a second.

A cache file is an uncompressed ``.npz``. Its name carries the identity of the source, so a source that has
changed is decoded again; the checksums inside (CRC-32 of every member, verified while it is read) tell a
damaged file, which is decoded again too. Files appear by renaming, so two processes can do this at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..exceptions import DataError
from .dataset import Decoded, LabelledImages
from .reporting import say

FORMAT = 1
"""Raised whenever decoding or the layout of a cache file changes: older files are then ignored."""
_SAMPLE_BYTES = 2**16
_ABANDONED_SECONDS = 3600.0


def identity(path: Path, size: int) -> str:
    """Return 20 hex digits that change when the source changes.

    For a file they cover its name, size, modification time and its first and last 64 KiB; for a folder the
    name, size and modification time of every file below it; always the images' ``size`` and :data:`FORMAT`.
    """
    digest = hashlib.sha256(f"{FORMAT} {size} {path.name}".encode())
    for file in _files(path):
        state = file.stat()
        name = file.relative_to(path).as_posix()
        digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    if path.is_file():
        with path.open("rb") as stream:
            digest.update(stream.read(_SAMPLE_BYTES))
            stream.seek(max(0, path.stat().st_size - _SAMPLE_BYTES))
            digest.update(stream.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:20]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(Path(parent) / name for parent, _, names in os.walk(path) for name in names)


def through_cache(
    path: Path, size: int, folder: Path | None, decode: Callable[[], Decoded], *, quiet: bool = False
) -> Decoded:
    """Return the decoded source from the cache, or decode it and put it there.

    A cache that cannot be written (read-only, disk full) is reported in one line and done without.

    Args:
        path: the source, a file or a folder.
        size: width and height of the decoded images in pixels.
        folder: where cache files live; None does without.
        decode: reads the source itself.
        quiet: report nothing.
    """
    if folder is None:
        return decode()
    stem = re.sub(r"[^A-Za-z0-9.-]+", "_", path.name) or "images"
    try:
        file = folder / f"{stem}_{identity(path, size)}.npz"
    except OSError as error:
        raise DataError(f"'{error.filename}' cannot be read: {error.strerror}.") from error
    try:
        return read(file)
    except FileNotFoundError:
        pass
    except DataError as error:
        say(f"{error} Decoding the source again.", quiet=quiet)
    except OSError:  # a cache below a file, or without permission; writing reports it
        pass
    decoded = decode()
    try:
        write(file, decoded)
        _remove_outdated(file, stem)
    except OSError as error:
        say(
            f"The cache in {folder} cannot be written ({error.strerror or error}); going on without it. "
            "CIFAR_TEACH_CACHE names another folder.",
            quiet=quiet,
        )
    return decoded


def read(file: Path) -> Decoded:
    """Return the content of a cache file; raise :class:`DataError` when it is damaged."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["facts"]))
            return Decoded(
                train=LabelledImages(arrays["x_train"], arrays["y_train"]),
                test=LabelledImages(arrays["x_test"], arrays["y_test"]),
                class_names=tuple(facts["class_names"]),
                name=facts["name"],
                kind=facts["kind"],
                checksum=facts["checksum"],
            )
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, TypeError, NotImplementedError) as error:
        raise DataError(f"The cache file {file.name} is damaged.") from error


def write(file: Path, decoded: Decoded) -> None:
    """Write under a temporary name, then rename; when it fails, raise OSError and leave nothing."""
    facts = {
        "class_names": decoded.class_names,
        "name": decoded.name,
        "kind": decoded.kind,
        "checksum": decoded.checksum,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.stem}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as stream:
            np.savez(
                stream,
                facts=np.array(json.dumps(facts)),
                x_train=decoded.train.images,
                y_train=decoded.train.labels,
                x_test=decoded.test.images,
                y_test=decoded.test.labels,
            )
        os.replace(temporary, file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_outdated(file: Path, stem: str) -> None:
    """Remove what an earlier state of the same source left: each can be 180 MB."""
    for other in file.parent.glob(f"{stem}_*.npz"):
        if other != file and re.fullmatch(r"[0-9a-f]{20}", other.stem.removeprefix(f"{stem}_")):
            other.unlink(missing_ok=True)
    for unfinished in file.parent.glob(f"{stem}_*.tmp"):  # of a process that was killed while writing
        if time.time() - unfinished.stat().st_mtime > _ABANDONED_SECONDS:
            unfinished.unlink(missing_ok=True)
