"""Rotation, zoom and shift of whole batches, one draw per image, in a single pass of bilinear sampling.

Doing the three one after another would blur each image three times. Here the maps are combined first and
the pixels are read once, at fractional positions, from the original image.
"""

from __future__ import annotations

import numpy as np

from ..data import check_images
from .augment import check_range
from .draws import Draws

_CHUNK = 64  # images whose coordinates and float values fit the second-level cache


def random_affine(
    images: np.ndarray, rng: Draws, *, rotation: float = 0, zoom: float = 0, shift: float = 0
) -> np.ndarray:
    """Rotate, zoom and shift each image by its own random amounts.

    Outside the image its reflection continues (without repeating the border), so no black corners appear.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        rotation: largest angle in degrees, in either direction, 0 to 180.
        zoom: the content becomes up to this fraction larger or smaller (both axes alike), 0 to 0.9.
        shift: largest displacement as a fraction of ``size``, on each axis, 0 to 1.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: an amount is out of range or ``images`` has another shape or type.
    """
    check_images(images)
    check_range("rotation", rotation, 0, 180)
    check_range("zoom", zoom, 0, 0.9)
    check_range("shift", shift, 0, 1)
    n, size = images.shape[:2]
    angle, factor, right, down = (2 * rng.random(n) - 1 for _ in range(4))
    return affine(
        images,
        angle=np.deg2rad(angle * rotation),
        factor=1 + factor * zoom,
        right=right * shift * size,
        down=down * shift * size,
    )


def random_rotation(images: np.ndarray, rng: Draws, degrees: float) -> np.ndarray:
    """Rotate each image by up to ``degrees`` in either direction; see :func:`random_affine`.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        degrees: largest angle, 0 to 180.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: ``degrees`` is not from 0 to 180, or ``images`` has another shape or type.
    """
    return random_affine(images, rng, rotation=degrees)


def random_zoom(images: np.ndarray, rng: Draws, fraction: float) -> np.ndarray:
    """Zoom each image by 1 ± ``fraction``; see :func:`random_affine`.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        fraction: largest change of scale, 0 to 0.9.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: ``fraction`` is not from 0 to 0.9, or ``images`` has another shape or type.
    """
    return random_affine(images, rng, zoom=fraction)


def random_shift(images: np.ndarray, rng: Draws, fraction: float) -> np.ndarray:
    """Move each image by up to ``fraction`` of its size on each axis; see :func:`random_affine`.

    Args:
        images: uint8 (n, size, size, 3).
        rng: a ``numpy.random.Generator`` or :class:`ImageDraws`.
        fraction: largest displacement, 0 to 1.

    Returns:
        uint8 (n, size, size, 3), new.

    Raises:
        DataError: ``fraction`` is not from 0 to 1, or ``images`` has another shape or type.
    """
    return random_affine(images, rng, shift=fraction)


def affine(
    images: np.ndarray, *, angle: np.ndarray, factor: np.ndarray, right: np.ndarray, down: np.ndarray
) -> np.ndarray:
    """Rotate each image about its centre, then zoom it, then shift it.

    Args:
        images: uint8 (n, size, size, 3).
        angle: float (n,), radians, counter-clockwise as seen on the screen.
        factor: float (n,), above 1 makes the content larger.
        right, down: float (n,), displacement in pixels.

    Returns:
        uint8 (n, size, size, 3): each pixel is interpolated between the four nearest of its source.
    """
    size = images.shape[1]
    # Each pixel (x, y) of the result, counted from the centre, is read from the inverse map's position.
    centred = np.arange(size, dtype=np.float32) - np.float32((size - 1) / 2)
    inverse = (np.cos(angle) / factor, np.sin(angle) / factor, right, down)
    cosine, sine, right, down = (value.astype(np.float32)[:, None, None] for value in inverse)
    x, y = centred[None, None, :] - right, centred[None, :, None] - down
    result = np.empty_like(images)
    for start in range(0, len(images), _CHUNK):
        part = slice(start, start + _CHUNK)
        columns = cosine[part] * x[part] - sine[part] * y[part]
        rows = sine[part] * x[part] + cosine[part] * y[part]
        columns -= centred[0]
        rows -= centred[0]
        result[part] = _sample(images[part], rows, columns)
    return result


def _sample(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return uint8 (n, size, size, 3): the images read at fractional positions, float32 (n, size, size)."""
    n, size = images.shape[:2]
    row, down = _cell(rows, size)
    column, right = _cell(columns, size)
    corner = (np.arange(n) * size * size)[:, None, None] + row * size + column
    result = np.empty_like(images)
    for channel in range(3):
        values = images[..., channel].astype(np.float32).ravel()
        upper = _between(values.take(corner), values.take(corner + 1), right)
        lower = _between(values.take(corner + size), values.take(corner + size + 1), right)
        result[..., channel] = np.rint(_between(upper, lower, down))
    return result


def _cell(positions: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Split positions, reflected into the image, into the pixel before and the fraction after it."""
    last = np.float32(size - 1)
    # The distance to the nearest multiple of twice the width is the reflection, however far outside.
    positions = np.abs(positions - 2 * last * np.rint(positions / (2 * last)))
    pixel = np.minimum(positions.astype(np.int64), size - 2)
    return pixel, positions - pixel.astype(np.float32)


def _between(first: np.ndarray, second: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Return the values at ``fraction`` of the way from ``first`` to ``second`` (changes ``second``)."""
    second -= first
    second *= fraction
    second += first
    return second
