"""Which images, and which pairs of classes, to look at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..evaluate import classification_metrics
from ..evaluate.inputs import as_labels_and_probabilities
from ..exceptions import DataError


def hardest_images(labels: ArrayLike, probabilities: ArrayLike, count: int = 25) -> np.ndarray:
    """Return the images the model is most confidently wrong about.

    These are the first place to look for wrong labels, for classes that overlap, and for shortcuts the model
    has learned: it did not hesitate, so something in the image pointed clearly to the wrong class.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.
        count: how many images at most.

    Returns:
        int64 indices, most confident mistake first; fewer than ``count`` when there are fewer mistakes.
        Of two equally confident mistakes the one with less probability on the true class comes first.

    Raises:
        DataError: wrong shapes, values or lengths, or a negative count.
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    if count < 0:
        raise DataError(f"The number of images must be 0 or more, but it is {count}.")
    confidence = probabilities.max(axis=1)
    of_true_class = probabilities[np.arange(len(labels)), labels]
    order = np.lexsort((of_true_class, -confidence))  # the last key is the first to sort by
    wrong = probabilities.argmax(axis=1) != labels
    return order[wrong[order]][:count]


@dataclass(frozen=True)
class Confusion:
    """One kind of mistake.

    Attributes:
        true: name of the true class.
        predicted: name of the class it was taken for.
        count: how many images.
        share: of the images of the true class, 0..1.
    """

    true: str
    predicted: str
    count: int
    share: float


def top_confusions(confusion: ArrayLike, class_names: Sequence[str], count: int = 10) -> list[Confusion]:
    """Return the most frequent mistakes in a confusion matrix.

    Args:
        confusion: counts ``(classes, classes)``, row = true class, column = predicted class.
        class_names: one name per class.
        count: how many mistakes at most; pairs that never occurred are not listed.

    Returns:
        Most frequent first; equal counts in the order of the matrix. Cat taken for dog and dog taken for cat
        are two different mistakes.

    Raises:
        DataError: not a confusion matrix, not one name per class, or a negative count.
    """
    support = classification_metrics(confusion).support  # checks the matrix
    if len(class_names) != len(support):
        raise DataError(f"There are {len(class_names)} class names but {len(support)} classes in the matrix.")
    if count < 0:
        raise DataError(f"The number of pairs must be 0 or more, but it is {count}.")
    return [
        Confusion(class_names[true], class_names[said], number, number / int(support[true]))
        for true, said, number in largest_errors(np.asarray(confusion), count)
    ]


def largest_errors(confusion: np.ndarray, count: int) -> list[tuple[int, int, int]]:
    """Return ``(true, predicted, number)`` of the ``count`` largest cells off the diagonal that are not 0."""
    errors = confusion.copy()
    np.fill_diagonal(errors, 0)
    largest = np.argsort(-errors, axis=None, kind="stable")[:count]
    cells = [divmod(int(cell), len(errors)) for cell in largest]
    return [(true, said, int(errors[true, said])) for true, said in cells if errors[true, said] > 0]
