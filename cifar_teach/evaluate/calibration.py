"""Does 90 % confidence mean right nine times out of ten? Scores of the probabilities, and a remedy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError
from .inputs import as_labels_and_probabilities, as_probabilities

LOSS_FLOOR = 1e-7
"""Smallest probability in a loss, so that one certain mistake costs 16 and not infinity. Keras clips at
the same value, so the two agree."""

LOG_FLOOR = float(np.finfo(np.float32).tiny)
"""Smallest probability whose logarithm is taken for temperature scaling: the smallest normal float32.
Clipping earlier would throw away how far apart the logits were."""

TEMPERATURE_RANGE = (0.02, 50.0)


def negative_log_likelihood(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean of ``-log(probability of the true class)``, also called cross-entropy or log loss.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1. They are clipped at 1e-7, as in Keras.

    Returns:
        At least 0, in nats; ``log(classes)`` for a model that knows nothing.

    Raises:
        DataError: wrong shapes, values or lengths.
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    of_true_class = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(of_true_class, LOSS_FLOOR)).mean())


def brier_score(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean squared distance between the probabilities and the one-hot truth.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.

    Returns:
        0 (certain and right) to 2 (certain and wrong), summed over the classes as in the original definition.

    Raises:
        DataError: wrong shapes, values or lengths.

    Source:
        Brier (1950), "Verification of forecasts expressed in terms of probability".
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


@dataclass(frozen=True)
class ReliabilityBins:
    """Images grouped by confidence, for a reliability diagram.

    Attributes:
        edges: ``(bins + 1,)`` from 0 to 1; bin i holds the confidences in ``(edges[i], edges[i + 1]]``.
        confidence: mean confidence per bin, ``(bins,)``; NaN where the bin is empty.
        accuracy: share of right answers per bin, ``(bins,)``; NaN where the bin is empty.
        count: images per bin, int64 ``(bins,)``.
    """

    edges: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray


def reliability_bins(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> ReliabilityBins:
    """Group the images by the confidence of their prediction into bins of equal width.

    Only the top label counts: confidence is the largest probability of an image, accuracy says whether that
    class is the true one.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.
        bins: number of bins, at least 1.

    Raises:
        DataError: wrong shapes, values or lengths, or ``bins < 1``.

    Source:
        Guo, Pleiss, Sun & Weinberger (2017), "On calibration of modern neural networks".
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    if bins < 1:
        raise DataError(f"The number of bins must be at least 1, but it is {bins}.")
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin is the NaN it should be
        mean_confidence = np.bincount(bin_of, weights=confidence, minlength=bins) / count
        mean_correct = np.bincount(bin_of, weights=correct, minlength=bins) / count
    return ReliabilityBins(edges, mean_confidence, mean_correct, count)


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy, over bins weighted by their images (ECE).

    It depends on the number of bins and is biased upwards on small test sets, so compare only values measured
    the same way.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.
        bins: number of equal-width bins, 15 as in the paper.

    Returns:
        0 (calibrated) to 1.

    Raises:
        DataError: wrong shapes, values or lengths, or ``bins < 1``.

    Source:
        Guo, Pleiss, Sun & Weinberger (2017), equation 3.
    """
    groups = reliability_bins(labels, probabilities, bins)
    gap = np.nan_to_num(np.abs(groups.accuracy - groups.confidence))
    return float((gap * groups.count).sum() / groups.count.sum())


def fit_temperature(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Find the temperature that makes the probabilities of a validation set most likely.

    Fit it on validation images the model was not trained on, then apply it to the test images with
    :func:`apply_temperature`. No prediction changes, only how sure the model says it is.

    Softmax forgets nothing but a constant per image, so logarithms of probabilities serve as logits. The
    loss is convex in ``1 / T``: its slope changes sign once, at the best value, and halving an interval
    finds the place.

    Args:
        labels: true classes of the validation images, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1; zeros are read as the smallest float32.

    Returns:
        The temperature, 0.02 to 50: above 1 when the model is too sure of itself, below 1 when too timid.
        The ends of the range mean that there is no best value, for example because every image is right.

    Raises:
        DataError: wrong shapes, values or lengths.

    Source:
        Guo, Pleiss, Sun & Weinberger (2017), section 4.2.
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    logits = _log(probabilities)
    mean_of_true_class = logits[np.arange(len(labels)), labels].mean()

    def too_sharp(temperature: float) -> bool:
        """Whether the model, at this temperature, expects more of itself than it delivers."""
        expected = (_softmax(logits / temperature) * logits).sum(axis=1).mean()
        return expected > mean_of_true_class

    low, high = (math.log(end) for end in TEMPERATURE_RANGE)
    for _ in range(50):  # halves the range 50 times: far below the precision of a float32
        middle = (low + high) / 2
        if too_sharp(math.exp(middle)):
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def apply_temperature(probabilities: ArrayLike, temperature: float) -> np.ndarray:
    """Return the probabilities the model would have given with its logits divided by ``temperature``.

    Args:
        probabilities: ``(n, classes)``, rows sum to 1.
        temperature: above 0; more than 1 softens, less than 1 sharpens, 1 changes nothing.

    Returns:
        float32 ``(n, classes)``, rows sum to 1, same order of classes in each row.

    Raises:
        DataError: wrong shape or values, or a temperature that is not a positive number.
    """
    probabilities = as_probabilities(probabilities)
    if not (math.isfinite(temperature) and temperature > 0):
        raise DataError(f"A temperature is a positive number, but it is {temperature}.")
    return _softmax(_log(probabilities) / temperature).astype(np.float32)


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, LOG_FLOOR))


def _softmax(logits: np.ndarray) -> np.ndarray:
    # Subtracting the largest changes nothing in the result and keeps exp from overflowing.
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
