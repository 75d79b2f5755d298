"""Read a data set from a path, whatever its form, and say what it is by looking at what it holds."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np

from ..config import CLASS_NAMES, IMAGE_SIZE
from ..exceptions import DataError
from .archive import decode_batches, is_batch_name, tar_members
from .dataset import Decoded, LabelledImages, check_images, check_labels, checksum_of
from .images import arrange, is_image_name, read_files, walk_images
from .photo import decode_image
from .reporting import progress

Parts = tuple[LabelledImages, LabelledImages, tuple[str, ...]]
"""Training images, test images, class names."""

NPZ_KEYS = (
    (("x_train", "y_train"), ("x_test", "y_test")),
    (("train_images", "train_labels"), ("test_images", "test_labels")),
    (("images", "labels"), None),
)
"""Names under which an ``.npz`` may hold its arrays; the last form has no test set."""

_CIFAR10_CHANNEL_SUMS = (6_415_714_204, 6_295_060_180, 5_829_907_619)
"""Sums of all red, green and blue values of the 50,000 training images: 51,200,000 times the well-known means
125.306918046875, 122.950394140625 and 113.86538318359375. They do not depend on the order of the images."""
_JPEG_TOLERANCE = 0.5
"""How far (0-255) a channel's mean may move when CIFAR-10 is stored with loss."""


def read_source(path: Path, *, size: int = IMAGE_SIZE, quiet: bool = False) -> Decoded:
    """Decode every image of a data set.

    Args:
        path: an ``.npz`` with one of the key sets :data:`NPZ_KEYS` (and, for other classes than CIFAR-10's,
            an array ``class_names``), a tar of any compression holding the official batches or an image
            folder, the unpacked folder of official batches, or an image folder.
        size: width and height to which the pictures of an image folder are brought, in pixels.
        quiet: show no progress bar.

    Raises:
        DataError: there is nothing at ``path``, or it is damaged or none of these forms.
    """
    if path.is_dir():
        train, test, class_names = _read_folder(path, size, quiet)
    elif not path.exists():
        raise DataError(f"There is no data at '{path}'. Check the path.")
    elif zipfile.is_zipfile(path) or path.suffix.lower() == ".npz":
        train, test, class_names = _read_npz(path, size)
    else:
        train, test, class_names = _read_tar(path, size, quiet)
    for part in (train, test):
        if len(part.images):
            check_images(part.images)
            check_labels(part.labels, len(part.images), len(class_names))
    name, kind = recognise(train, test, class_names, path.name)
    return Decoded(train, test, class_names, name, kind, checksum_of(train, test))


def recognise(
    train: LabelledImages, test: LabelledImages, class_names: tuple[str, ...], source_name: str
) -> tuple[str, str]:
    """Return (name, kind) of a data set, judged by its content and not by what its file is called.

    CIFAR-10 is recognised by its class names, its 50,000 + 10,000 images in equal classes and its channel
    sums; a set that differs only slightly in the sums has been through a lossy format.
    """
    whole = train.images.shape == (50_000, 32, 32, 3) and test.images.shape == (10_000, 32, 32, 3)
    if class_names == CLASS_NAMES and whole and set(np.bincount(train.labels)) == {5_000}:
        # Summing over the images first keeps the inner loop long; 50,000 x 255 fits uint32.
        sums = train.images.reshape(50_000, -1).sum(axis=0, dtype=np.uint32).astype(np.int64)
        sums = sums.reshape(-1, 3).sum(axis=0)
        difference = np.abs(sums - _CIFAR10_CHANNEL_SUMS) / (50_000 * 1_024)
        if not difference.any():
            return "CIFAR-10", "cifar10"
        if difference.max() < _JPEG_TOLERANCE:
            return "CIFAR-10 (JPEG copy)", "cifar10-jpeg"
    return f"image folder {source_name}", "image-folder"


def _read_folder(path: Path, size: int, quiet: bool) -> Parts:
    batches = [entry for entry in path.iterdir() if is_batch_name(entry) and entry.is_file()]
    if batches:
        train, test = decode_batches({entry.name: entry.read_bytes() for entry in batches}, path.name)
        return train, test, CLASS_NAMES
    files = walk_images(path)
    with progress(f"Reading {path.name}", len(files), unit=" images", quiet=quiet) as bar:
        decoded = []
        for item in read_files(files, path, size):
            decoded.append(item)
            bar.update()
    return arrange(decoded, path.name)


def _read_tar(path: Path, size: int, quiet: bool) -> Parts:
    batches: dict[str, bytes] = {}
    decoded: list[tuple[PurePosixPath, np.ndarray]] = []
    for name, payload in tar_members(path, quiet=quiet):
        if is_batch_name(name):
            batches[name.name] = payload
        elif is_image_name(name):
            decoded.append((name, decode_image(payload, size, str(name))))
    if batches:
        train, test = decode_batches(batches, path.name)
        return train, test, CLASS_NAMES
    return arrange(decoded, path.name)


def _read_npz(path: Path, size: int) -> Parts:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            if not any(name.endswith(".npy") for name in arrays.zip.namelist()):
                raise DataError(f"'{path.name}' is a zip archive without arrays. Unpack it and name the folder.")
            train_keys, test_keys = _npz_keys(arrays.files, path.name)
            train = _labelled(arrays, train_keys, size)
            test = _labelled(arrays, test_keys, size) if test_keys else _no_images_like(train)
            named = tuple(str(name) for name in arrays["class_names"]) if "class_names" in arrays else None
    except DataError:
        raise
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"'{path.name}' is not a readable .npz of plain arrays ({error}).") from error
    return train, test, named or _default_names(train.labels, path.name)


def _npz_keys(names: list[str], source_name: str) -> tuple[tuple[str, str], tuple[str, str] | None]:
    for train_keys, test_keys in NPZ_KEYS:
        if set(train_keys) | set(test_keys or ()) <= set(names):
            return train_keys, test_keys
    known = "; or ".join(", ".join((*train, *(test or ()))) for train, test in NPZ_KEYS)
    raise DataError(f"'{source_name}' holds the arrays {', '.join(names) or '(none)'}. Expected {known}.")


def _labelled(arrays: np.lib.npyio.NpzFile, keys: tuple[str, str], size: int) -> LabelledImages:
    images, labels = arrays[keys[0]], arrays[keys[1]]
    check_images(images, size=size)
    if labels.shape == (len(images), 1):  # Keras stores them as a column
        labels = labels[:, 0]
    check_labels(labels, len(images), np.iinfo(np.int64).max)
    return LabelledImages(images, labels.astype(np.int64))


def _no_images_like(other: LabelledImages) -> LabelledImages:
    return LabelledImages(other.images[:0], other.labels[:0])


def _default_names(labels: np.ndarray, source_name: str) -> tuple[str, ...]:
    if labels.max() >= len(CLASS_NAMES):
        raise DataError(f"'{source_name}' has labels up to {labels.max()}. Add an array 'class_names', one per label.")
    return CLASS_NAMES
