"""Where features are kept: ``.npy`` files that appear whole or not at all, and arrays in memory.

The file is written in the order in which the network delivers, with plain writes: through a memory map a full disk
would end the process instead of raising an error. While it grows it has a draft's name; one process at a time makes
it, others wait and read it.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.locking import exclusive
from ..exceptions import CifarTeachError
from ..files import replacing

_ABANDONED_SECONDS = 3600.0
_RESERVE = 2**26
"""Bytes left free on the disk and in memory, for everything else that happens meanwhile."""

Parts = Callable[[], Iterator[tuple[int, np.ndarray]]]
"""Starts the computation, which delivers float16 rows and the position of the first; positions count through all
images, then through all mirror images."""


@dataclass(frozen=True)
class Entry:
    """One array of the cache.

    Attributes:
        path: its file; what is in it follows from the name.
        shape: ``(n, ...)``, or ``(2, n, ...)`` when there are two views of each image.
    """

    path: Path
    shape: tuple[int, ...]

    def read(self) -> np.ndarray | None:
        """Return the array as a read-only memory map; None when it is missing, damaged or of another shape."""
        header = _header(self.shape)
        try:
            with self.path.open("rb") as stream:
                whole = os.fstat(stream.fileno()).st_size == len(header) + _bytes(self.shape)
                if not whole or stream.read(len(header)) != header:
                    return None
                return np.memmap(stream, np.float16, "r", len(header), self.shape)
        except OSError:
            return None

    def why_not_writable(self) -> str | None:
        """Create the folder; return why nothing can be written there, or None when it can."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file.open("ab").close()
        except OSError as problem:
            return problem.strerror or str(problem)
        return None

    def make(self, compute: Parts) -> np.ndarray:
        """Compute and keep the array, unless another process does so while this one waits; return it.

        Raises:
            CifarTeachError: the disk is too small, or became full. Nothing is left behind.
        """
        with exclusive(self.path, quiet=True) as locked:
            found = self.read()
            if found is None:
                self._remove_drafts(locked)
                self._check_space()
                self._write(compute)
                found = self.read()
        if found is None:
            raise CifarTeachError(
                f"'{self.path}' was written, but cannot be read again. Check the disk, or use folder=False."
            )
        return found

    @property
    def _lock_file(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    def _remove_drafts(self, locked: bool) -> None:
        """Remove what killed processes left: old drafts, and any of this entry: only the lock's holder writes one."""
        for draft in self.path.parent.glob(".*.part.npy"):
            with contextlib.suppress(OSError):
                own = locked and draft.name.startswith(f".{self.path.stem}.")
                if own or time.time() - draft.stat().st_mtime > _ABANDONED_SECONDS:
                    draft.unlink()

    def _check_space(self) -> None:
        needed, folder = _bytes(self.shape), self.path.parent
        free = shutil.disk_usage(folder).free
        if needed + _RESERVE > free:
            raise CifarTeachError(
                f"The features need {_size(needed)}, but only {_size(free)} are free in '{folder}'. Delete old files "
                "there (all of them can be computed again), name another folder with CIFAR_TEACH_CACHE, take fewer "
                "images or a later layer, or use folder=False to work in memory."
            )

    def _write(self, compute: Parts) -> None:
        header = _header(self.shape)
        with replacing(self.path) as draft, draft.open("wb") as stream:
            stream.write(header)
            for position, rows in compute():
                stream.seek(len(header) + position * rows[0].nbytes)
                stream.write(np.ascontiguousarray(rows))


def in_memory(shape: tuple[int, ...], compute: Parts) -> np.ndarray:
    """Compute the array in memory and return it, read-only; write nothing.

    Raises:
        CifarTeachError: it does not fit into the memory that is available now.
    """
    needed, available = _bytes(shape), available_memory()
    if available is not None and needed + _RESERVE > available:
        raise CifarTeachError(
            f"The features need {_size(needed)} of memory, but only {_size(available)} are available. Let them be kept "
            "in a folder that can be written (CIFAR_TEACH_CACHE names one), take fewer images or a later layer."
        )
    array = np.empty(shape, np.float16)
    for position, rows in compute():
        array.reshape(-1, *rows.shape[1:])[position : position + len(rows)] = rows
    array.flags.writeable = False
    return array


def available_memory() -> int | None:
    """Return the bytes a program can use without swapping, or None where the system does not say (not on Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kibibytes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(kibibytes[0]) * 1024 if kibibytes else None


def _header(shape: tuple[int, ...]) -> bytes:
    """Return how a .npy file of this shape begins."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f2", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def _bytes(shape: tuple[int, ...]) -> int:
    return 2 * math.prod(shape)


def _size(number: int) -> str:
    return f"{number / 2**30:,.1f} GiB" if number >= 2**30 else f"{number / 2**20:,.1f} MiB"
