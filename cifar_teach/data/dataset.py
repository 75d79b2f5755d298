"""What a loaded data set is: images with labels, the classes' names, and where all of it came from."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from ..exceptions import DataError


class LabelledImages(NamedTuple):
    """Images and their labels, unpackable as ``images, labels = dataset.train``.

    Attributes:
        images: uint8 (n, size, size, 3), RGB, 0-255.
        labels: int64 (n,), positions in the data set's ``class_names``.
    """

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Provenance:
    """Where a data set came from and which part of it is used; every result repeats it.

    Attributes:
        name: what a reader is told, for example ``"CIFAR-10 (JPEG copy)"`` or ``"synthetic stand-in"``.
        kind: ``"cifar10"``, ``"cifar10-jpeg"``, ``"image-folder"`` or ``"synthetic"``.
        origin: how it got here: a file's name, ``"cache"``, ``"download from HOST"`` or ``"drawn"``.
        checksum: SHA-256 of all decoded images and labels, before any subset is taken.
        available_train, available_test: images the source holds.
        train_size, test_size: images in use.
        subset_seed: the seed that chose the images in use.
    """

    name: str
    kind: str
    origin: str
    checksum: str
    available_train: int
    available_test: int
    train_size: int
    test_size: int
    subset_seed: int

    @property
    def is_synthetic(self) -> bool:
        """True when the images are drawn by the package, so that a result says nothing about CIFAR-10."""
        return self.kind == "synthetic"

    def describe(self) -> str:
        """Return one line for a report, a figure's footer or the terminal."""
        origin = "drawn pictures, not CIFAR-10" if self.is_synthetic else self.origin
        return (
            f"{self.name} ({origin}): "
            f"{self.train_size:,} of {self.available_train:,} training and "
            f"{self.test_size:,} of {self.available_test:,} test images, checksum {self.checksum[:12]}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return every field, plus ``is_synthetic``, as values that JSON can hold."""
        return {**asdict(self), "is_synthetic": self.is_synthetic}


@dataclass(frozen=True)
class Dataset:
    """Training and test images with the names of their classes and their provenance."""

    train: LabelledImages
    test: LabelledImages
    class_names: tuple[str, ...]
    provenance: Provenance


class Decoded(NamedTuple):
    """Everything a source holds, decoded, before a subset is taken.

    ``test`` has no images when the source makes no difference between training and test.
    """

    train: LabelledImages
    test: LabelledImages
    class_names: tuple[str, ...]
    name: str
    kind: str
    checksum: str


def checksum_of(train: LabelledImages, test: LabelledImages) -> str:
    """Return the SHA-256 (hex) of the shapes and bytes of all four arrays."""
    digest = hashlib.sha256()
    for array in (*train, *test):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def stratified_indices(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Choose ``size`` positions so that every class keeps its share, to within one image.

    The subsets of one seed are nested: the 1,000 images chosen for ``size=1000`` are all among the 5,000
    chosen for ``size=5000``. A curve of accuracy against training size therefore adds images and never
    swaps them.

    Args:
        labels: int (n,), the class of every image.
        size: how many to choose, from the number of classes to n.
        seed: chooses which.

    Returns:
        int64 (size,), shuffled, without repetition.

    Raises:
        DataError: ``size`` is larger than n or too small to hold one image of each class.
    """
    labels = np.asarray(labels)
    classes, counts = np.unique(labels, return_counts=True)
    if size > len(labels):
        raise DataError(
            f"{size:,} images were asked for, but there are only {len(labels):,}. Ask for fewer, or for all."
        )
    if size < len(classes):
        raise DataError(f"{size} images cannot hold one of each of {len(classes)} classes. Ask for at least that.")
    rng = np.random.default_rng(seed)
    # Image r of a class of c (in a random order) gets the key (r + 1/2) / c. Any prefix of the sorted keys
    # takes the same share of every class, and a shorter prefix is part of a longer one.
    keys = np.empty(len(labels))
    for label, count in zip(classes, counts, strict=True):
        keys[rng.permutation(np.flatnonzero(labels == label))] = (np.arange(count) + 0.5) / count
    # Equal keys (as in a balanced set) are ordered at random, so no class is always the last to be served.
    order = np.lexsort((rng.random(len(labels)), keys))
    return rng.permutation(_with_every_class(order, labels, size)).astype(np.int64)


def _with_every_class(order: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """Return the first ``size`` entries of ``order``, after moving each class's first image to the front.

    Only very small classes need it: their first key may lie behind the end of a short prefix.
    """
    _, first_of_class = np.unique(labels[order], return_index=True)
    first_of_class.sort()
    rest = np.delete(order, first_of_class)
    return np.concatenate([order[first_of_class], rest])[:size]


def check_images(images: np.ndarray, *, size: int | None = None) -> None:
    """Raise :class:`DataError` unless ``images`` is a uint8 array (n, size, size, 3) with n > 0.

    Args:
        images: what should be images.
        size: the width and height expected in pixels; None accepts any square.
    """
    expected = f"(n, {size}, {size}, 3)" if size else "(n, size, size, 3)"
    if not isinstance(images, np.ndarray):
        raise DataError(f"Images must be a NumPy array {expected}, not {type(images).__name__}.")
    if images.ndim == 3 and images.shape[-1] == 3:
        raise DataError(f"Images must have shape {expected}; a single one {images.shape} becomes images[None].")
    square = images.ndim == 4 and images.shape[1] == images.shape[2] and images.shape[3] == 3
    if not square or (size and images.shape[1] != size):
        raise DataError(f"Images must have shape {expected}, not {images.shape}.")
    if images.dtype != np.uint8:
        raise DataError(f"Images must be uint8 with values 0-255, not {images.dtype}. Scaling comes later.")
    if len(images) == 0:
        raise DataError("There are no images: the array is empty.")


def check_labels(labels: np.ndarray, n: int, num_classes: int) -> None:
    """Raise :class:`DataError` unless ``labels`` is an integer array (n,) of values 0 to ``num_classes - 1``.

    Args:
        labels: what should be labels.
        n: the number of images they belong to.
        num_classes: the number of classes.
    """
    if not isinstance(labels, np.ndarray):
        raise DataError(f"Labels must be a NumPy array (n,), not {type(labels).__name__}.")
    if labels.shape == (n, 1):
        raise DataError(f"Labels must have shape ({n},), not ({n}, 1). Flatten them with labels.ravel().")
    if labels.shape == (n, num_classes):
        raise DataError(f"Labels must be class numbers ({n},), not one-hot rows. Use labels.argmax(axis=1).")
    if labels.shape != (n,):
        raise DataError(f"There are {n} images, so labels must have shape ({n},), not {labels.shape}.")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"Labels must be whole numbers, not {labels.dtype}. Convert them: labels.astype(int).")
    if n and (labels.min() < 0 or labels.max() >= num_classes):
        wrong = labels[(labels < 0) | (labels >= num_classes)][0]
        raise DataError(f"Label {wrong} is out of range: {num_classes} classes are 0 to {num_classes - 1}.")
