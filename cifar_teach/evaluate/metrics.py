"""Accuracy, the confusion matrix, and what can be read from it per class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError
from .inputs import as_class_indices, check_same_length


def accuracy(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Return the share of images whose predicted class is the true one, in 0..1.

    Args:
        labels: true classes, int ``(n,)``.
        predictions: predicted classes, int ``(n,)``; for probabilities pass ``probabilities.argmax(axis=1)``.

    Raises:
        DataError: wrong shape or type, empty, negative, or different lengths.
    """
    labels = as_class_indices(labels, "labels")
    predictions = as_class_indices(predictions, "predictions")
    check_same_length("labels", labels, "predictions", predictions)
    return float((labels == predictions).mean())


def confusion_matrix(labels: ArrayLike, predictions: ArrayLike, num_classes: int) -> np.ndarray:
    """Count how often each true class was predicted as each class.

    Args:
        labels: true classes, int ``(n,)``.
        predictions: predicted classes, int ``(n,)``.
        num_classes: number of classes; every label and prediction lies in ``0..num_classes - 1``.

    Returns:
        int64 ``(num_classes, num_classes)``: row = true class, column = predicted class.

    Raises:
        DataError: wrong shape or type, empty, out of range, or different lengths.
    """
    labels = as_class_indices(labels, "labels", num_classes)
    predictions = as_class_indices(predictions, "predictions", num_classes)
    check_same_length("labels", labels, "predictions", predictions)
    # Each (true, predicted) pair is one cell; number the cells row by row and count them.
    cells = labels * num_classes + predictions
    counts = np.bincount(cells, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes).astype(np.int64)


@dataclass(frozen=True)
class ClassMetrics:
    """Quality class by class. All arrays have shape ``(classes,)``.

    Attributes:
        precision: of the images predicted as this class, the share that is (0 when there are none).
        recall: of the images of this class, the share that was found (0 when there are none).
        f1: harmonic mean of the two (0 when both are).
        support: number of images of this class.
        predicted: number of images predicted as this class.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    predicted: np.ndarray

    @property
    def macro_precision(self) -> float:
        """Mean precision, in which every class counts the same, however many images it has."""
        return self._macro(self.precision)

    @property
    def macro_recall(self) -> float:
        """Mean recall, also called balanced accuracy."""
        return self._macro(self.recall)

    @property
    def macro_f1(self) -> float:
        """Mean F1."""
        return self._macro(self.f1)

    def _macro(self, values: np.ndarray) -> float:
        # A class that neither occurs nor is predicted says nothing about the model;
        # scikit-learn leaves it out as well.
        occurs = (self.support + self.predicted) > 0
        return float(values[occurs].mean())


def classification_metrics(confusion: ArrayLike) -> ClassMetrics:
    """Read precision, recall and F1 per class from a confusion matrix.

    Args:
        confusion: counts ``(classes, classes)``, row = true class, column = predicted class.

    Raises:
        DataError: not square, not whole numbers, negative, or without a single image.
    """
    counts = np.asarray(confusion)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise DataError(f"A confusion matrix is square, (classes, classes), but this one has shape {counts.shape}.")
    if not np.issubdtype(counts.dtype, np.integer) or (counts < 0).any() or counts.sum() == 0:
        raise DataError("A confusion matrix holds counts: whole numbers, none negative, not all of them 0.")
    hits, support, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    return ClassMetrics(
        precision=_ratio(hits, predicted),
        recall=_ratio(hits, support),
        # 2PR / (P + R), written with counts so that it needs no special case for P + R = 0.
        f1=_ratio(2 * hits, predicted + support),
        support=support,
        predicted=predicted,
    )


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide, with 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
