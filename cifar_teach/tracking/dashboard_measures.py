"""From the predictions of one model to what the dashboard draws: bins of confidence, and mistakes by cell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..evaluate import reliability_bins

BINS = 15
ERRORS_PER_CELL = 12
"""Misclassified images listed for each cell of a confusion matrix, the most confident first."""


def reliability(labels: np.ndarray, predicted: np.ndarray, confidence: np.ndarray, classes: int) -> dict[str, Any]:
    """Group the images of a reliability diagram by confidence.

    The database need not keep the probabilities of all classes. What those got that were not predicted makes no
    difference here, so they share the rest evenly.

    Args:
        labels, predicted: classes, int ``(n,)``.
        confidence: probability of the predicted class, ``(n,)``.
        classes: number of classes.

    Returns:
        For each bin ``confidence`` and ``accuracy`` (None where it is empty) and ``count``; over all images ``ece``,
        the expected calibration error, and ``mean``, the mean confidence.
    """
    others = (1 - confidence) / (classes - 1)
    probabilities = np.repeat(others[:, None], classes, axis=1)
    # The predicted class is the most probable one even where rounding in the database made all of them equal.
    probabilities[np.arange(len(labels)), predicted] = np.maximum(confidence, others + 1e-9)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    bins = reliability_bins(labels, probabilities, BINS)
    gaps = np.nan_to_num(np.abs(bins.accuracy - bins.confidence))
    return {
        "confidence": all_rounded(bins.confidence),
        "accuracy": all_rounded(bins.accuracy, 6),  # exact enough to get the number of right answers back
        "count": bins.count.tolist(),
        "ece": rounded((gaps * bins.count).sum() / len(labels)),
        "mean": rounded(confidence.mean()),
    }


def errors_by_cell(labels: np.ndarray, predicted: np.ndarray, confidence: np.ndarray) -> dict[str, list[list[Any]]]:
    """Return for each cell ``"true,predicted"`` of the confusion matrix its most confident images.

    Args:
        labels, predicted: classes, int ``(n,)``.
        confidence: probability of the predicted class, ``(n,)``.

    Returns:
        Lists of ``[position in the test set, confidence]``, at most :data:`ERRORS_PER_CELL` in each.
    """
    cells: dict[str, list[list[Any]]] = {}
    wrong = np.flatnonzero(predicted != labels)
    for index in wrong[np.argsort(-confidence[wrong], kind="stable")].tolist():
        listed = cells.setdefault(f"{labels[index]},{predicted[index]}", [])
        if len(listed) < ERRORS_PER_CELL:
            listed.append([index, rounded(confidence[index], 3)])
    return cells


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Return a number with as many decimals as a reader can use; None for None and for what is not finite."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def all_rounded(values: Iterable[float], digits: int = 4) -> list[float | None]:
    """Return each value as :func:`rounded` does, ready for JSON."""
    return [rounded(value, digits) for value in values]
