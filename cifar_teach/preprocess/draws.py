"""Random numbers that belong to an image, not to its place in a batch."""

from __future__ import annotations

import zlib
from typing import Protocol

import numpy as np

from ..exceptions import DataError


class Draws(Protocol):
    """What an augmentation draws from: a ``numpy.random.Generator`` or :class:`ImageDraws`."""

    def random(self, size: int) -> np.ndarray:
        """Return float64 (size,), uniform on [0, 1)."""


class ImageDraws:
    """Uniform numbers that depend on (seed, epoch, purpose, index of the image) and on nothing else.

    With one generator for a whole batch, an image's augmentation changes with the batch size, with the
    order of shuffling and with every augmentation added before it. Here image 17 in epoch 3 is augmented
    the same way whatever surrounds it, so runs can be resumed, compared and repeated one image at a time.

    The method is SplitMix64 (Steele, Lea and Flood, 2014, "Fast Splittable Pseudorandom Number
    Generators"): a counter multiplied by an odd constant, then mixed. It computes a draw from its position
    alone, which NumPy's generators can only do one stream at a time.

    Args:
        seed: non-negative.
        epoch: non-negative; pass a constant for draws that shall not change between epochs.
        indices: int (n,), the position of each image in the training set, non-negative.
        purpose: name of the augmentation; other names give independent draws.
    """

    def __init__(self, seed: int, epoch: int, indices: np.ndarray, purpose: str = "") -> None:
        if seed < 0 or epoch < 0:
            raise DataError(f"seed and epoch must not be negative; they are {seed} and {epoch}.")
        stream = np.random.SeedSequence([seed, epoch, zlib.crc32(purpose.encode())])
        start = stream.generate_state(1, np.uint64)
        self._states = _mix(start + (np.asarray(indices).astype(np.uint64) + np.uint64(1)) * _STEP)

    def random(self, size: int) -> np.ndarray:
        """Return the next draw of every image: float64 (size,), uniform on [0, 1).

        Args:
            size: must be the number of images.
        """
        if size != len(self._states):
            raise DataError(f"These draws belong to {len(self._states)} images, not to {size}.")
        self._states = self._states + _STEP
        return (_mix(self._states) >> np.uint64(11)) * 2.0**-53  # 53 bits fill a float64


_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, odd


def _mix(states: np.ndarray) -> np.ndarray:
    """Return uint64 of the same shape in which every bit depends on every bit of the input."""
    states = (states ^ (states >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    states = (states ^ (states >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return states ^ (states >> np.uint64(31))


def image_indices(indices: np.ndarray | None, n: int) -> np.ndarray:
    """Return ``indices``, or 0 to n - 1 when there are none.

    Raises:
        DataError: ``indices`` is not a non-negative int array (n,).
    """
    if indices is None:
        return np.arange(n)
    indices = np.asarray(indices)
    if indices.shape != (n,) or not np.issubdtype(indices.dtype, np.integer) or np.any(indices < 0):
        raise DataError(f"indices must be {n} whole numbers from 0: the place of each image in the training set.")
    return indices
