"""One call, one object: everything the course reports about a model on a test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError
from .calibration import brier_score, expected_calibration_error, negative_log_likelihood
from .inputs import as_labels_and_probabilities
from .intervals import wilson_interval
from .metrics import ClassMetrics, classification_metrics, confusion_matrix


@dataclass(frozen=True)
class Evaluation:
    """Quality of one model on one test set.

    Attributes:
        accuracy: share of right answers, 0..1.
        interval: 95 % Wilson interval of the accuracy.
        macro_f1: mean F1 over the classes, 0..1.
        ece: expected calibration error in 15 bins, 0..1.
        nll: negative log-likelihood, nats.
        brier: Brier score, 0..2.
        n_test: number of test images.
        per_class: precision, recall, F1 and support of each class.
        confusion: int64 ``(classes, classes)``, row = true class.
        class_names: names in the order of the labels.
    """

    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    ece: float
    nll: float
    brier: float
    n_test: int
    per_class: ClassMetrics
    confusion: np.ndarray
    class_names: tuple[str, ...]

    def describe(self) -> str:
        """Return one line, such as ``accuracy 83.2 % (95 % interval 82.4 to 83.9) on 10,000 images``."""
        low, high = self.interval
        return (
            f"accuracy {100 * self.accuracy:.1f} % (95 % interval {100 * low:.1f} to {100 * high:.1f}) "
            f"on {self.n_test:,} images"
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain numbers, lists and strings, ready for ``json.dump``."""
        metrics = self.per_class
        columns = (metrics.precision, metrics.recall, metrics.f1, metrics.support)
        rows = zip(self.class_names, *(column.tolist() for column in columns), strict=True)
        return {
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "macro_f1": self.macro_f1,
            "ece": self.ece,
            "nll": self.nll,
            "brier": self.brier,
            "n_test": self.n_test,
            "per_class": [
                {"name": name, "precision": precision, "recall": recall, "f1": f1, "support": support}
                for name, precision, recall, f1, support in rows
            ],
            "confusion": self.confusion.tolist(),
        }


def evaluate(labels: ArrayLike, probabilities: ArrayLike, class_names: Sequence[str]) -> Evaluation:
    """Evaluate a model on a test set.

    Args:
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1, columns in the order of ``class_names``.
        class_names: one name per class.

    Raises:
        DataError: wrong shapes, values or lengths, or not one name per column of probabilities.
    """
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    num_classes = probabilities.shape[1]
    if len(class_names) != num_classes:
        raise DataError(
            f"There are {len(class_names)} class names but {num_classes} columns of probabilities: "
            "one name per class is needed, in the order of the columns."
        )
    confusion = confusion_matrix(labels, probabilities.argmax(axis=1), num_classes)
    correct = int(confusion.trace())
    per_class = classification_metrics(confusion)
    return Evaluation(
        accuracy=correct / len(labels),
        interval=wilson_interval(correct, len(labels)),
        macro_f1=per_class.macro_f1,
        ece=expected_calibration_error(labels, probabilities),
        nll=negative_log_likelihood(labels, probabilities),
        brier=brier_score(labels, probabilities),
        n_test=len(labels),
        per_class=per_class,
        confusion=confusion,
        class_names=tuple(str(name) for name in class_names),
    )
