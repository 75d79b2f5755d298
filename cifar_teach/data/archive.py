"""Read tar archives, without ever unpacking them to disk: images in class folders, or CIFAR-10's batches."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import pickle
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, Any, ClassVar

import numpy as np
from tqdm.utils import CallbackIOWrapper

from ..config import IMAGE_SIZE
from ..exceptions import DataError
from .dataset import LabelledImages
from .reporting import progress

TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"
_MAX_MEMBER_BYTES = 64 * 2**20
_DAMAGE = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError)


def is_batch_name(path: PurePosixPath) -> bool:
    """True for ``data_batch_1`` to ``data_batch_5`` and ``test_batch``."""
    return path.name in (*TRAIN_BATCHES, TEST_BATCH)


def tar_members(path: Path, *, quiet: bool) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield (path, contents) of every regular file of a tar, in one pass and with a progress bar.

    Members are read into memory and never written, so no name can reach outside; links and devices are
    passed over. Compression (none, gzip, bzip2, xz, and zstd from Python 3.14 on) is told by the file's first
    bytes, not by its name.

    Args:
        path: the archive.
        quiet: show no progress bar.

    Raises:
        DataError: not a tar, damaged, cut short, or with a name that leads out of the archive.
    """
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(path.open("rb"))
            _check_end(raw)
            bar = progress(f"Reading {path.name}", path.stat().st_size, unit="B", quiet=quiet)
            counted = CallbackIOWrapper(stack.enter_context(bar).update, raw, "read")
            stream = stack.enter_context(_opener(raw)(counted))
            archive = stack.enter_context(tarfile.open(fileobj=stream, mode="r|"))
            for member in archive:
                if member.isreg():
                    yield _safe_path(member, path.name), archive.extractfile(member).read()
            while stream.read(2**20):  # the decompressor checks its own sum at the very end
                pass
    except DataError:
        raise
    except _DAMAGE as error:
        raise DataError(
            f"'{path.name}' is not a complete tar archive ({error}). Get the file again, or check the path."
        ) from error


def _opener(raw: IO[bytes]) -> Callable[[IO[bytes]], Any]:
    """Return the function that decompresses this file, told by its first bytes."""
    start = raw.read(6)
    raw.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return lambda stream: gzip.GzipFile(fileobj=stream)
    if start.startswith(b"BZh"):
        return bz2.BZ2File
    if start.startswith((b"\xfd7zXZ\x00", b"]\x00\x00")):
        return lzma.LZMAFile
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd
    return nullcontext


def _zstd(stream: IO[bytes]) -> Any:
    try:
        from compression import zstd
    except ImportError as error:
        raise DataError("Reading zstd needs Python 3.14. Pack the images as .tar.xz instead.") from error
    return zstd.ZstdFile(stream)


def _check_end(raw: IO[bytes]) -> None:
    """Raise when an uncompressed tar lacks its closing zeros; ``tarfile`` would take it for a shorter one."""
    head = raw.read(262)
    if head[257:262] == b"ustar":
        raw.seek(-512, io.SEEK_END)
        if any(raw.read(512)):
            raise tarfile.ReadError("it is cut short")
    raw.seek(0)


def _safe_path(member: tarfile.TarInfo, archive_name: str) -> PurePosixPath:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or re.match("[A-Za-z]:", member.name):
        raise DataError(f"'{archive_name}' holds the path '{member.name}', which leads out of it. It is not safe.")
    if member.size > _MAX_MEMBER_BYTES:
        raise DataError(f"'{member.name}' in '{archive_name}' is too large to be an image. It was not read.")
    return path


def decode_batches(batches: dict[str, bytes], source_name: str) -> tuple[LabelledImages, LabelledImages]:
    """Turn the official pickled batches into training and test images.

    A batch is a pickled dict with ``data``, uint8 (n, 3072) in the order red, green, blue plane, and
    ``labels``, a list of n numbers (https://www.cs.toronto.edu/~kriz/cifar.html).

    Args:
        batches: contents of ``data_batch_1`` to ``data_batch_5`` and ``test_batch`` by name.
        source_name: what to call the archive or folder in an error.

    Raises:
        DataError: a batch is missing, damaged, or holds anything but plain data.
    """
    missing = [name for name in (*TRAIN_BATCHES, TEST_BATCH) if name not in batches]
    if missing:
        raise DataError(f"'{source_name}' lacks {', '.join(missing)}. Get all of cifar-10-python.tar.gz.")
    parts = [_decode_batch(batches[name], name) for name in TRAIN_BATCHES]
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return LabelledImages(images, labels), _decode_batch(batches[TEST_BATCH], TEST_BATCH)


def _decode_batch(payload: bytes, name: str) -> LabelledImages:
    content = {_text(key): value for key, value in _unpickle(payload, name).items()}
    data, labels = content.get("data"), content.get("labels")
    pixels = 3 * IMAGE_SIZE * IMAGE_SIZE
    plain = isinstance(data, np.ndarray) and data.dtype == np.uint8
    if not plain or data.ndim != 2 or data.shape[1] != pixels:
        raise DataError(f"'{name}' is not a CIFAR-10 batch: its 'data' must be uint8 (n, {pixels}).")
    labels = np.asarray(labels)
    if labels.shape != (len(data),) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"'{name}' is not a CIFAR-10 batch: its 'labels' must be {len(data)} whole numbers.")
    planes = data.reshape(-1, 3, IMAGE_SIZE, IMAGE_SIZE)
    return LabelledImages(np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels.astype(np.int64))


def _text(key: Any) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)


def _unpickle(payload: bytes, name: str) -> dict[Any, Any]:
    try:
        content = _ArrayUnpickler(io.BytesIO(payload), encoding="bytes").load()
    except DataError:
        raise
    except Exception as error:  # a damaged pickle can raise almost anything
        raise DataError(f"'{name}' is damaged: {type(error).__name__}. Get the archive again.") from error
    if not isinstance(content, dict):
        raise DataError(f"'{name}' is not a CIFAR-10 batch: it holds a {type(content).__name__}, not a dict.")
    return content


def _encode(text: str, encoding: str) -> bytes:
    """Stand in for ``codecs.encode``, by which protocol 2 stores bytes, for the one encoding it needs."""
    if encoding not in ("latin1", b"latin1"):
        raise DataError("A batch holds bytes in an unexpected encoding. Get the archive again.")
    return codecs.latin_1_encode(text)[0]


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler that can build NumPy arrays, containers, numbers and text, and nothing else.

    Unpickling may call any function it names; a hostile file names ``os.system``. Here every name outside
    this table is refused (https://docs.python.org/3/library/pickle.html#restricting-globals).
    """

    _KNOWN: ClassVar[dict[str, Any]] = {
        "_reconstruct": np.empty(0).__reduce__()[0],
        "_frombuffer": np.empty(0).__reduce_ex__(5)[0],
        "ndarray": np.ndarray,
        "dtype": np.dtype,
        "encode": _encode,
    }
    _MODULES = re.compile(r"numpy(\._?core\.(multiarray|numeric))?|_codecs")

    def find_class(self, module: str, name: str) -> Any:
        if name in self._KNOWN and self._MODULES.fullmatch(module):
            return self._KNOWN[name]
        raise DataError(f"A batch asks to run '{module}.{name}', which plain data never does. It was not opened.")
