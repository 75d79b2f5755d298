"""Linear heads: the last layer of a transfer model, fitted to cached features instead of trained through the network.

A linear head on frozen features is a convex problem: it has one best answer, found in seconds by a method that looks
at all images at once, with nothing to tune but one number. Kornblith, Shlens and Le, 2019, judge networks this way.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..config import check_seed
from ..exceptions import DataError, TrainingError
from .head_parts import HEAD, check_array, check_features, dense_layer, mean_view, write_dense

if TYPE_CHECKING:
    import keras

PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)
"""scikit-learn's ``C`` from strong to weak: the weight of the images against the penalty."""
FOLDS = 5
TOLERANCE = 3e-3
"""Largest slope of the mean loss at which fitting stops. On ImageNet features of CIFAR-10 a 30 times smaller one took
two to three times as long and was no more accurate; with a larger one, the weak penalties are not fitted at all."""


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A linear classifier on raw features: probabilities = softmax(features · kernel + bias).

    Attributes:
        kernel: float32 (d, classes).
        bias: float32 (classes,).
        penalty: the ``C`` that was chosen.
        tried: mean negative log-likelihood in nats on the images that decided, by ``C``; lower is better. Values
            weaker than the first one that did not do better were not tried.
    """

    kernel: np.ndarray
    bias: np.ndarray
    penalty: float
    tried: dict[float, float]

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the class probabilities, float32 (n, classes); every row sums to 1.

        Args:
            features: (n, d), or (views, n, d): the features of the views of an image are averaged, which is the same
                as averaging their logits.

        Raises:
            DataError: the features are not those the head was fitted to.
        """
        check_array(features)
        if features.shape[-1] != len(self.kernel):
            raise DataError(
                f"The head takes {len(self.kernel)} features per image, not {features.shape[-1]}. Extract them with "
                "the network and the layer it was fitted to."
            )
        logits = mean_view(features) @ self.kernel + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def fit_linear_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    num_classes: int,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    penalties: Sequence[float] = PENALTIES,
    refit: bool = False,
    seed: int = 0,
) -> LinearHead:
    """Fit an L2-regularised multinomial logistic regression to standardised features.

    The penalty is the one with the lowest negative log-likelihood on images that were not fitted: the validation
    images, or without them five stratified folds (Stone, 1974). Accuracy would decide by a handful of images near the
    boundary; the likelihood uses all of them. Fitting goes from the strongest penalty to the weakest, each
    starting from the solution before (Friedman, Hastie and Tibshirani, 2010), and stops once that does not help.

    Standardisation (mean 0, deviation 1 over the training rows) makes one penalty fair to all features. It is folded
    into kernel and bias, so the head works on raw features.

    Args:
        features: (n, d), or (views, n, d): every view is a training row with the label of its image. The views of an
            image are never on both sides of a fold.
        labels: int (n,).
        num_classes: number of classes; each needs training images.
        validation: features and labels that only decide on the penalty, unless ``refit``.
        penalties: values of scikit-learn's ``C`` to choose from; a single one is taken as it is.
        refit: after choosing, fit again to training and validation images together. They can then no longer judge,
            calibrate or weight anything.
        seed: of the folds.

    Raises:
        DataError: features or labels that cannot be used, or a class with too few images.
        TrainingError: penalties that are not positive, or ``refit`` without validation images.
        CifarTeachError: the seed is out of range.
    """
    check_seed(seed)
    candidates = sorted(float(penalty) for penalty in penalties)
    if not candidates or not all(0 < penalty < np.inf for penalty in candidates):
        raise TrainingError(f"penalties={tuple(penalties)} cannot be used: give one or more numbers above 0.")
    if refit and validation is None:
        raise TrainingError(
            "refit=True adds the validation images after choosing, but there are none. Give validation=."
        )
    features, labels = check_features(features, labels, num_classes)
    if validation is not None:
        validation = check_features(*validation, num_classes, width=features.shape[-1])
    _check_counts(labels, num_classes, at_least=1 if validation is not None or len(candidates) == 1 else 2)

    if validation is not None:
        held_out = [(_Path(*_rows(features, labels), num_classes), *validation)]
    else:
        held_out = list(_folds(features, labels, num_classes, seed)) if len(candidates) > 1 else []
    penalty, tried, best = _choose(held_out, candidates)
    if validation is None or refit:
        rows, row_labels = _rows(features, labels)
        if refit:
            more_rows, more_labels = _rows(*validation)
            rows, row_labels = np.concatenate([rows, more_rows]), np.concatenate([row_labels, more_labels])
        best = _Path(rows, row_labels, num_classes).at(penalty)
    return LinearHead(*best, penalty, tried)


def attach(model: keras.Model, head: LinearHead) -> None:
    """Write a fitted head into the layer ``head`` of a transfer model.

    ``predict(model, images)`` then gives ``head.probabilities`` of the images' features, but for what float16 rounds
    off in the cache.

    Raises:
        ModelError: the model has no such layer, or one for other features or classes.
    """
    write_dense(model, dense_layer(model, HEAD), head.kernel, head.bias)


class _Path:
    """Logistic regression on the same rows for one penalty after the other, each starting from the last solution."""

    def __init__(self, rows: np.ndarray, labels: np.ndarray, num_classes: int) -> None:
        from sklearn.linear_model import LogisticRegression

        self.mean = rows.mean(axis=0, dtype=np.float64)
        deviation = rows.std(axis=0, dtype=np.float64)
        self.scale = np.where(deviation > 0, deviation, 1)
        self.rows = rows - self.mean.astype("float32")
        self.rows /= self.scale.astype("float32")
        self.labels = labels
        self.num_classes = num_classes
        self.model = LogisticRegression(warm_start=True, tol=TOLERANCE, max_iter=200)

    def at(self, penalty: float) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel and bias for raw features."""
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            # A weak penalty may not converge. What it gives is judged on held-out images like the rest.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model.set_params(C=penalty).fit(self.rows, self.labels)
        kernel, bias = self.model.coef_.T.astype(np.float64), self.model.intercept_.astype(np.float64)
        if self.num_classes == 2:  # scikit-learn keeps only the difference of the two
            kernel, bias = np.hstack([np.zeros_like(kernel), kernel]), np.append(0.0, bias)
        kernel = kernel / self.scale[:, None]
        return kernel.astype("float32"), (bias - self.mean @ kernel).astype("float32")


def _folds(
    features: np.ndarray, labels: np.ndarray, num_classes: int, seed: int
) -> Iterator[tuple[_Path, np.ndarray, np.ndarray]]:
    """Yield the path of each fold, and the features and labels it leaves out; the views of an image stay together."""
    from sklearn.model_selection import StratifiedKFold

    folds = min(FOLDS, int(np.bincount(labels).min()))
    for kept, left_out in StratifiedKFold(folds, shuffle=True, random_state=int(seed)).split(labels, labels):
        path = _Path(*_rows(features[..., kept, :], labels[kept]), num_classes)
        yield path, features[..., left_out, :], labels[left_out]


def _choose(
    held_out: list[tuple[_Path, np.ndarray, np.ndarray]], candidates: list[float]
) -> tuple[float, dict[float, float], tuple[np.ndarray, np.ndarray] | None]:
    """Return the best penalty, the score of each that was tried, and the first path's kernel and bias for the best."""
    tried: dict[float, float] = {}
    penalty, best = candidates[0], None
    for candidate in candidates if held_out else ():
        solutions = [path.at(candidate) for path, _, _ in held_out]
        losses = [_loss(*solution, *judges) for solution, (_, *judges) in zip(solutions, held_out, strict=True)]
        tried[candidate] = float(np.mean(losses))
        # An equal loss is the solution before, which the fit found good enough to stay: it is not a weaker one.
        if len(tried) > 1 and tried[candidate] >= tried[penalty]:
            break
        penalty, best = candidate, solutions[0]
    return penalty, tried, best


def _loss(kernel: np.ndarray, bias: np.ndarray, features: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean negative log-likelihood in nats."""
    logits = mean_view(features) @ kernel + bias
    logits -= logits.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]))


def _rows(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every view as a row, float32, with the label of its image."""
    rows = np.asarray(features.reshape(-1, features.shape[-1]), dtype="float32")
    return rows, np.tile(labels, len(rows) // len(labels))


def _check_counts(labels: np.ndarray, num_classes: int, at_least: int) -> None:
    counts = np.bincount(labels, minlength=num_classes)
    if counts.min() < at_least:
        raise DataError(
            f"Class {counts.argmin()} has {counts.min()} training images, but {at_least} are needed. Take more images "
            "(a stratified choice keeps every class)" + (", or give validation=." if at_least > 1 else ".")
        )
