"""A model that may say "I do not know": how right is it on the images it is sure of?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

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
