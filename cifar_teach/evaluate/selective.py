"""A model that may say "I do not know": how right is it on the images it is sure of?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError
from .inputs import as_labels_and_probabilities


def accuracy_coverage(labels: ArrayLike, probabilities: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracy against coverage for every possible confidence threshold.

    Images are taken from the most to the least confident. Coverage is the share of images answered so far,
    accuracy the share of right answers among them. Images of equal confidence enter together, because no
    threshold can separate them; otherwise their order in the file would shape the curve.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.

    Returns:
        ``(coverage, accuracy)``, both float64 ``(m,)`` with one point per distinct confidence, ``m <= n``.
        Coverage rises to 1; the last accuracy is that of the model on all images.

    Raises:
        DataError: wrong shapes, values or lengths.

    Source:
        El-Yaniv & Wiener (2010), "On the foundations of noise-free selective classification";
        Geifman & El-Yaniv (2017), "Selective classification for deep neural networks".
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    correct = (probabilities.argmax(axis=1) == labels)[order]
    answered = np.arange(1, len(labels) + 1)
    accuracy = np.cumsum(correct) / answered
    sorted_confidence = confidence[order]
    last_of_its_value = np.append(sorted_confidence[:-1] != sorted_confidence[1:], True)
    return (answered / len(labels))[last_of_its_value], accuracy[last_of_its_value]


def confidence_threshold(labels: ArrayLike, probabilities: ArrayLike, keep: float = 0.95) -> float:
    """Return the confidence that all but a few of the right answers reach.

    A model that knows ten classes gives ten numbers for a picture of an eleventh thing, too. Often, though by no means
    always, it is then less sure than it is when it is right. The threshold is the quantile ``1 - keep`` of the
    confidences of the right answers: below it lies only a share ``1 - keep`` of them, so doubt below it costs little.
    How many pictures of other things lie below it has to be measured.

    Args:
        labels: true classes of images the model was not trained on, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1, after temperature scaling if the model is used with it.
        keep: share of the right answers that stay above the threshold, above 0 and below 1.

    Returns:
        A confidence between ``1 / classes`` and 1.

    Raises:
        DataError: wrong shapes, values or lengths, no right answer at all, or ``keep`` out of range.

    Source:
        Hendrycks & Gimpel (2017), "A baseline for detecting misclassified and out-of-distribution examples in
        neural networks".
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    if not 0 < keep < 1:
        raise DataError(f"keep must lie between 0 and 1, without both, but it is {keep}.")
    right = probabilities.argmax(axis=1) == labels
    if not right.any():
        raise DataError("Not one answer is right, so there is no confidence of right answers. Train the model first.")
    return float(np.quantile(probabilities.max(axis=1)[right], 1 - keep))
