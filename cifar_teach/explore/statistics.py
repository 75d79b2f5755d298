"""How many images each class has, how bright and how coloured they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import check_images, check_labels
from ..exceptions import DataError


def class_counts(labels: np.ndarray, class_names: Sequence[str]) -> dict[str, int]:
    """Count the images of each class.

    Args:
        labels: int (n,), positions in ``class_names``.
        class_names: the classes in the order of their labels.

    Returns:
        Name to number of images, in the order of ``class_names``; a class without images has 0.

    Raises:
        DataError: a label has no name.
    """
    check_labels(labels, len(labels), len(class_names))
    counts = np.bincount(labels, minlength=len(class_names))
    return {name: int(count) for name, count in zip(class_names, counts)}


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of the red, green and blue values.

    Attributes:
        mean: float64 (3,), 0-255.
        std: float64 (3,), 0-255, over all pixels of all images (divisor: the number of pixels).
    """

    mean: np.ndarray
    std: np.ndarray


def channel_statistics(images: np.ndarray) -> ChannelStatistics:
    """Return mean and standard deviation per colour channel, exact to float64.

    There are only 256 possible values, so the sums run over a histogram of the values and not over
    150 million pixels: no rounding error builds up and no float copy of the images is made.

    Args:
        images: uint8 (n, size, size, 3).

    Raises:
        DataError: ``images`` has another shape or type.
    """
    counts = _value_counts(images)
    values = np.arange(256, dtype=np.float64)
    pixels = counts.sum(axis=1)
    mean = counts @ values / pixels
    variance = (counts * (values - mean[:, None]) ** 2).sum(axis=1) / pixels
    return ChannelStatistics(mean, np.sqrt(variance))


def pixel_histogram(images: np.ndarray, bins: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Count how often each pixel value occurs, per colour channel.

    Args:
        images: uint8 (n, size, size, 3).
        bins: a power of two up to 256, so that every bin holds the same number of values. (Other numbers
            give a comb of high and low bars that looks like a property of the images.)

    Returns:
        ``(counts, edges)``: int64 (3, bins) and the bin edges, float64 (bins + 1,) from 0 to 256.

    Raises:
        DataError: ``bins`` is not a power of two up to 256, or ``images`` has another shape or type.
    """
    if bins not in (1, 2, 4, 8, 16, 32, 64, 128, 256):
        raise DataError(f"bins must be a power of two from 1 to 256, not {bins}: only then are they equal.")
    counts = _value_counts(images).reshape(3, bins, 256 // bins).sum(axis=2)
    return counts, np.linspace(0.0, 256.0, bins + 1)


def _value_counts(images: np.ndarray, chunk: int = 1000) -> np.ndarray:
    """Return int64 (3, 256): how often each value occurs in each channel."""
    check_images(images)
    counts = np.zeros((3, 256), np.int64)
    for start in range(0, len(images), chunk):
        part = images[start : start + chunk]
        for channel in range(3):
            counts[channel] += np.bincount(part[..., channel].ravel(), minlength=256)
    return counts


def mean_images(images: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Average the images of each class: what every airplane has in common is mostly the sky.

    Args:
        images: uint8 (n, size, size, 3).
        labels: int (n,).
        num_classes: the number of classes.

    Returns:
        float32 (num_classes, size, size, 3), 0-255. A class without images is black.

    Raises:
        DataError: images or labels have another shape or type, or a label is out of range.
    """
    check_images(images)
    check_labels(labels, len(images), num_classes)
    means = np.zeros((num_classes, *images.shape[1:]), np.float32)
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0, dtype=np.float64)
    return means
