"""Accuracy on groups of images: the dark ones, the flat ones, the ones of each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..data import check_images
from ..evaluate import wilson_interval
from ..evaluate.inputs import as_labels_and_probabilities, check_same_length
from ..exceptions import DataError

GROUPS: dict[str, tuple[str, str, str]] = {
    "brightness": ("dark", "medium", "bright"),
    "contrast": ("flat", "medium", "strong"),
    "colourfulness": ("grey", "medium", "colourful"),
    "edges": ("smooth", "medium", "busy"),
    "confidence": ("unsure", "medium", "sure"),
}
"""Names of the lowest, middle and highest third of each property."""

CHUNK = 1000
"""Images converted to float at a time, so that 60,000 images need no gigabytes."""


@dataclass(frozen=True)
class SliceResult:
    """Accuracy on one group of images.

    Attributes:
        name: property and group, such as ``"brightness: dark"`` or ``"class: cat"``.
        n: images in the group.
        accuracy: share of right answers, 0..1.
        low: lower end of the 95 % Wilson interval.
        high: upper end.
    """

    name: str
    n: int
    accuracy: float
    low: float
    high: float


def image_properties(images: np.ndarray) -> dict[str, np.ndarray]:
    """Measure each image with four numbers that need no label.

    Args:
        images: uint8 ``(n, size, size, 3)``.

    Returns:
        float32 ``(n,)`` each, in units of pixel values (0-255):

        - ``brightness``: mean luma (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601);
        - ``contrast``: standard deviation of the luma;
        - ``colourfulness``: how far the colours spread from grey; about 0 (grey) to above 100;
        - ``edges``: mean difference in luma between neighbouring pixels; low when blurred or empty.

    Raises:
        DataError: the images are not uint8 ``(n, size, size, 3)``.

    Source:
        Colourfulness: Hasler & Suesstrunk (2003), "Measuring colourfulness in natural images", metric M3.
    """
    check_images(images)
    chunks = [_measure(images[start : start + CHUNK]) for start in range(0, len(images), CHUNK)]
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def _measure(images: np.ndarray) -> dict[str, np.ndarray]:
    red, green, blue = np.moveaxis(images.astype(np.float32), -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(axis=(1, 2)), yellow_blue.std(axis=(1, 2)))
    offset = np.hypot(red_green.mean(axis=(1, 2)), yellow_blue.mean(axis=(1, 2)))
    down, across = np.abs(np.diff(luma, axis=1)), np.abs(np.diff(luma, axis=2))
    return {
        "brightness": luma.mean(axis=(1, 2)),
        "contrast": luma.std(axis=(1, 2)),
        "colourfulness": spread + 0.3 * offset,
        "edges": (down.mean(axis=(1, 2)) + across.mean(axis=(1, 2))) / 2,
    }


def slices(
    images: np.ndarray,
    labels: ArrayLike,
    probabilities: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
) -> list[SliceResult]:
    """Return the accuracy on thirds of the images by each property, and on each class.

    Read it with the intervals in mind: with two dozen groups one is expected to fall outside its own 95 %
    interval by chance. The thirds by confidence should rise; if the surest third is not the most accurate,
    the confidences mean little.

    Args:
        images: uint8 ``(n, size, size, 3)``.
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.
        class_names: names of the classes; None calls them by number.

    Returns:
        The thirds by brightness, contrast, colourfulness, edges and confidence, each with the lowest first, then the
        classes. Empty groups are left out: classes without an image, and thirds that many equal values have
        swallowed.

    Raises:
        DataError: wrong shapes, values or lengths.
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    properties = image_properties(images)
    check_same_length("images", images, "labels", labels)
    properties["confidence"] = probabilities.max(axis=1)
    num_classes = probabilities.shape[1]
    names = [str(name) for name in (range(num_classes) if class_names is None else class_names)]
    if len(names) != num_classes:
        raise DataError(f"There are {len(names)} class names but {num_classes} columns of probabilities.")
    correct = probabilities.argmax(axis=1) == labels

    groups = [(f"{name}: {third}", inside) for name in GROUPS for third, inside in _thirds(name, properties[name])]
    groups += [(f"class: {name}", labels == index) for index, name in enumerate(names)]
    return [_result(name, correct[inside]) for name, inside in groups if inside.any()]


def _thirds(name: str, values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the members of the lowest, middle and highest third."""
    first, second = np.quantile(values, [1 / 3, 2 / 3])
    low, middle, high = GROUPS[name]
    yield low, values <= first
    yield middle, (values > first) & (values <= second)
    yield high, values > second


def _result(name: str, correct: np.ndarray) -> SliceResult:
    hits, n = int(correct.sum()), len(correct)
    return SliceResult(name, n, hits / n, *wilson_interval(hits, n))
