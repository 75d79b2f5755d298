"""Augmentations of whole batches: flips, crops, brightness, contrast and cutout, one draw *per image*.

Every function takes uint8 images (n, size, size, 3) and returns new ones of the same shape and type; the
input is never changed and neither are labels. ``rng`` is a ``numpy.random.Generator`` or
:class:`~cifar_teach.preprocess.ImageDraws`.

One draw for a whole batch, as some libraries make for speed, means that a batch of 500 images shows the
network one crop position instead of 500. Plot eight augmented images and look: they must differ.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..data import check_images
from ..exceptions import DataError, unknown_name
from .draws import Draws, ImageDraws, image_indices

PADDING_MODES = {"reflect": "reflect", "edge": "edge", "zero": "constant"}
"""What lies outside the image, by name, and what NumPy calls it."""


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise :class:`DataError` unless ``value`` is a number from ``low`` to ``high``."""
    if not isinstance(value, int | float | np.number) or not low <= value <= high:
        raise DataError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}.")


def check_pixels(name: str, value: int, high: int) -> None:
    """Raise :class:`DataError` unless ``value`` is a whole number of pixels from 0 to ``high``."""
    if not isinstance(value, int | np.integer) or not 0 <= value <= high:
        raise DataError(f"{name} must be a whole number of pixels from 0 to {high}, not {value!r}.")


def random_flip(images: np.ndarray, rng: Draws) -> np.ndarray:
    """Mirror each image left to right with probability 1/2.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: ``images`` has another shape or type.
    """
    check_images(images)
    return _flip(images, rng.random(len(images)) < 0.5)


def alternating_flip(images: np.ndarray, *, epoch: int, seed: int = 0, indices: np.ndarray | None = None) -> np.ndarray:
    """Mirror a random half in epoch 0, the other half in epoch 1, the first half again in epoch 2, and so on.

    A coin per epoch shows half of the images the same way twice in a row. Alternating shows every image
    both ways in any two consecutive epochs (Jordan, 2024, "94 % on CIFAR-10 in 3.29 Seconds", section 3.6).

    Args:
        images: uint8 (n, size, size, 3).
        epoch: counted from 0.
        seed: chooses the half.
        indices: int (n,), each image's position in the training set: its half must not depend on the
            batch it is in. None means 0 to n - 1.

    Raises:
        DataError: images or indices have another shape or type.
    """
    check_images(images)
    indices = image_indices(indices, len(images))
    first_half = ImageDraws(seed, 0, indices, "alternating flip").random(len(images)) < 0.5
    return _flip(images, first_half ^ bool(epoch % 2))


def _flip(images: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    flipped = images.copy()
    flipped[chosen] = images[chosen, :, ::-1]
    return flipped


def pad_and_crop(images: np.ndarray, rng: Draws, padding: int = 4, mode: str = "reflect") -> np.ndarray:
    """Pad each image on all sides and cut a window of the original size at a random place.

    This moves the image by up to ``padding`` pixels in both directions. He et al. (2016, "Deep Residual
    Learning", section 4.2) pad with 4 zeros; reflecting, as Jordan (2024) does, avoids black borders.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        padding: pixels on each side, less than ``size``.
        mode: ``"reflect"`` (without repeating the border), ``"edge"`` or ``"zero"``.

    Raises:
        DataError: ``padding`` is out of range, ``mode`` is unknown or ``images`` has another shape or type.
    """
    check_images(images)
    n, size = images.shape[:2]
    check_pixels("padding", padding, size - 1)
    if mode not in PADDING_MODES:
        raise DataError(unknown_name("padding mode", mode, PADDING_MODES))
    offsets = 2 * padding + 1
    top = (rng.random(n) * offsets).astype(np.int64)
    left = (rng.random(n) * offsets).astype(np.int64)
    borders = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    padded = np.pad(images, borders, mode=PADDING_MODES[mode])
    # All windows of all images, without copying one: (n, offsets, offsets, 3, size, size).
    windows = sliding_window_view(padded, (size, size), axis=(1, 2))
    return np.ascontiguousarray(np.moveaxis(windows[np.arange(n), top, left], 1, -1))


def random_brightness(images: np.ndarray, rng: Draws, amount: float) -> np.ndarray:
    """Add one random value, up to ``amount`` × 255 in either direction, to each image.

    This is Keras's ``RandomBrightness``.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        amount: largest change as a fraction of the range of values, 0 to 1.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: ``amount`` is not from 0 to 1, or ``images`` has another shape or type.
    """
    check_range("brightness", amount, 0, 1)
    return _linear(images, np.ones(len(images)), _symmetric(rng, len(images)) * amount * 255)


def random_contrast(images: np.ndarray, rng: Draws, amount: float) -> np.ndarray:
    """Stretch or squeeze the values of each image around its own mean, by 1 ± ``amount``.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        amount: largest change as a fraction, 0 to 1.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: ``amount`` is not from 0 to 1, or ``images`` has another shape or type.
    """
    check_range("contrast", amount, 0, 1)
    check_images(images)
    gain = 1 + _symmetric(rng, len(images)) * amount
    mean = images.reshape(len(images), -1).mean(axis=1, dtype=np.float32)
    return _linear(images, gain, mean * (1 - gain))


def _symmetric(rng: Draws, n: int) -> np.ndarray:
    """Return float64 (n,), uniform on [-1, 1)."""
    return 2 * rng.random(n) - 1


def _linear(images: np.ndarray, gain: np.ndarray, offset: np.ndarray, chunk: int = 256) -> np.ndarray:
    """Return ``images * gain + offset``, rounded and clipped; a chunk of float values fits the cache."""
    check_images(images)
    gain, offset = (values.astype(np.float32)[:, None, None, None] for values in (gain, offset))
    result = np.empty_like(images)
    for start in range(0, len(images), chunk):
        part = slice(start, start + chunk)
        values = images[part] * gain[part]
        values += offset[part]
        result[part] = np.rint(np.clip(values, 0, 255, out=values), out=values)
    return result


def cutout(images: np.ndarray, rng: Draws, size: int, fill: int = 128) -> np.ndarray:
    """Cover a square at a random place of each image (DeVries and Taylor, 2017, "Cutout").

    The centre can be any pixel, so the square may reach beyond the border; the paper found that to matter.

    Args:
        images: uint8 (n, width, width, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        size: side of the square in pixels, up to ``width``.
        fill: value of the covered pixels. Mid-grey is near the mean of the data, so that a standardised
            network sees about 0 there, as in the paper.

    Raises:
        DataError: ``size`` or ``fill`` is out of range, or ``images`` has another shape or type.
    """
    check_images(images)
    n, width = images.shape[:2]
    check_pixels("cutout", size, width)
    check_range("fill", fill, 0, 255)
    pixel = np.arange(width)
    top = (rng.random(n) * width).astype(np.int64) - size // 2
    left = (rng.random(n) * width).astype(np.int64) - size // 2
    rows = (pixel >= top[:, None]) & (pixel < top[:, None] + size)
    columns = (pixel >= left[:, None]) & (pixel < left[:, None] + size)
    covered = images.copy()
    covered[rows[:, :, None] & columns[:, None, :]] = fill
    return covered
