"""Turn what a caller passes into clean arrays, or say in one sentence what is wrong with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError

SUM_TOLERANCE = 1e-3
"""How far a row of probabilities may be from 1. Float32 softmax is within 1e-6; bfloat16 and three
printed decimals are not, and neither is worth an error."""


def as_class_indices(values: ArrayLike, name: str, num_classes: int | None = None) -> np.ndarray:
    """Return ``values`` as int64 ``(n,)`` class indices.

    Args:
        values: labels or predictions.
        name: what they are called in an error message.
        num_classes: every value must lie in ``0..num_classes - 1``; None checks only for negative ones.

    Raises:
        DataError: not one-dimensional, empty, not integers, or out of range.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        hint = f"{name}.ravel()" if array.ndim == 2 and array.shape[1] == 1 else f"{name}.argmax(axis=1)"
        raise DataError(
            f"The {name} must be one class index per image, shape (n,), but their shape is {array.shape}. "
            f"Did you mean {hint}?"
        )
    if array.size == 0:
        raise DataError(f"The {name} are empty: there is nothing to evaluate.")
    if not np.issubdtype(array.dtype, np.integer):
        raise DataError(f"The {name} must be integers (class indices), but their type is {array.dtype}.")
    low, high = int(array.min()), int(array.max())
    if low < 0:
        raise DataError(f"The {name} contain {low}, but class indices start at 0.")
    if num_classes is not None and high >= num_classes:
        raise DataError(f"The {name} contain {high}, but with {num_classes} classes they end at {num_classes - 1}.")
    return array.astype(np.int64)


def as_probabilities(values: ArrayLike) -> np.ndarray:
    """Return ``values`` as float64 ``(n, classes)`` probabilities whose rows sum to 1.

    Raises:
        DataError: not two-dimensional, empty, not numbers, NaN or infinite, outside 0..1, or rows whose
            sum is further than ``SUM_TOLERANCE`` from 1.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"The probabilities must be numbers of shape (n, classes): {error}.") from None
    if array.ndim != 2 or array.shape[1] < 2:
        raise DataError(
            f"The probabilities must have shape (n, classes) with at least 2 classes, but their shape is {array.shape}."
        )
    if len(array) == 0:
        raise DataError("The probabilities are empty: there is nothing to evaluate.")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise DataError(f"The probabilities contain NaN or infinity, first in row {row}: did the training diverge?")
    sums = array.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    outside = (array < -SUM_TOLERANCE).any(axis=1)
    if (off | outside).any():
        row = int(np.flatnonzero(off | outside)[0])
        raise DataError(
            f"Each row of the probabilities must lie between 0 and 1 and sum to 1, but row {row} sums to "
            f"{sums[row]:.4g} and its smallest value is {array[row].min():.4g}. "
            "If these are logits, apply softmax first."
        )
    return np.clip(array, 0, 1)


def as_labels_and_probabilities(labels: ArrayLike, probabilities: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both, checked one by one and against each other.

    Raises:
        DataError: see :func:`as_class_indices` and :func:`as_probabilities`; or different lengths.
    """
    checked = as_probabilities(probabilities)
    indices = as_class_indices(labels, "labels", num_classes=checked.shape[1])
    check_same_length("labels", indices, "rows of probabilities", checked)
    return indices, checked


def as_correct(values: ArrayLike, name: str) -> np.ndarray:
    """Return ``values`` as bool ``(n,)``: was each image classified correctly?

    Raises:
        DataError: not one-dimensional, empty, or anything but true/false (or 0/1).
    """
    array = np.asarray(values)
    if array.ndim != 1 or array.size == 0:
        raise DataError(f"{name} must hold one true/false per image, shape (n,), but its shape is {array.shape}.")
    if array.dtype != bool and not np.isin(array, (0, 1)).all():
        raise DataError(
            f"{name} must hold only true/false (or 0/1): pass `labels == predictions`, not the predictions."
        )
    return array.astype(bool)


def as_confidence_level(confidence: float) -> float:
    """Return the level of an interval, such as 0.95, or raise DataError when it is not between 0 and 1."""
    if not 0 < confidence < 1:
        raise DataError(f"The confidence level must lie between 0 and 1, for example 0.95, but it is {confidence}.")
    return float(confidence)


def check_same_length(name_a: str, a: np.ndarray, name_b: str, b: np.ndarray) -> None:
    """Raise DataError when two arrays do not belong to the same images."""
    if len(a) != len(b):
        raise DataError(
            f"There are {len(a)} {name_a} but {len(b)} {name_b}: both must describe the same images in the same order."
        )
