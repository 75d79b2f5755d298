"""Is model A better than model B, or was it luck? Both must have been tested on the same images.

Two models that saw the same test images agree on most of them. Only the images on which exactly one is right
say anything about the difference, and both methods here use nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError
from .inputs import as_confidence_level, as_correct, check_same_length

EXACT_BELOW = 25
"""Fewer disagreements than this and the chi-squared approximation is not to be trusted."""


@dataclass(frozen=True)
class McNemarResult:
    """Outcome of :func:`mcnemar`.

    Attributes:
        only_a: images that only model A classified correctly.
        only_b: images that only model B classified correctly.
        p_value: how often equally good models would disagree at least this unevenly, in 0..1.
        method: ``"exact binomial"`` or ``"chi-squared with continuity correction"``.
    """

    only_a: int
    only_b: int
    p_value: float
    method: str


def mcnemar(correct_a: ArrayLike, correct_b: ArrayLike) -> McNemarResult:
    """Test whether two models have the same accuracy, given their answers on the same images (two-sided).

    If they were equally good, each image on which exactly one is right would be a toss of a fair coin.
    With fewer than 25 such images the binomial probability is added up exactly, otherwise the
    chi-squared approximation with Edwards' continuity correction is used.

    Args:
        correct_a: whether model A was right, bool ``(n,)``: ``labels == predictions_a``.
        correct_b: the same for model B.

    Raises:
        DataError: not true/false, empty, or different lengths.

    Source:
        McNemar (1947); Edwards (1948); for classifiers Dietterich (1998), "Approximate statistical tests
        for comparing supervised classification learning algorithms".
    """
    correct_a, correct_b = _paired(correct_a, correct_b)
    only_a = int((correct_a & ~correct_b).sum())
    only_b = int((correct_b & ~correct_a).sum())
    if only_a + only_b < EXACT_BELOW:
        return McNemarResult(only_a, only_b, _two_sided_coin(only_a, only_b), "exact binomial")
    # The correction may not turn a difference of 0 into one of 1, hence the max.
    statistic = max(abs(only_a - only_b) - 1, 0) ** 2 / (only_a + only_b)
    # For one degree of freedom the chi-squared tail is the two-sided normal tail of its root.
    p_value = math.erfc(math.sqrt(statistic / 2))
    return McNemarResult(only_a, only_b, p_value, "chi-squared with continuity correction")


def _two_sided_coin(heads: int, tails: int) -> float:
    """Probability that a fair coin falls at least as unevenly as this; 1 when it was never tossed."""
    tosses = heads + tails
    one_side = sum(math.comb(tosses, k) for k in range(min(heads, tails) + 1)) / 2**tosses
    return min(1.0, 2 * one_side)


@dataclass(frozen=True)
class BootstrapResult:
    """Outcome of :func:`paired_bootstrap`: accuracy of A minus accuracy of B, with its interval.

    Attributes:
        difference: observed difference in -1..1; positive when A is better.
        low: lower end of the interval.
        high: upper end. An interval that holds 0 leaves open which model is better.
    """

    difference: float
    low: float
    high: float


def paired_bootstrap(
    correct_a: ArrayLike,
    correct_b: ArrayLike,
    *,
    seed: int = 0,
    resamples: int = 10_000,
    confidence: float = 0.95,
) -> BootstrapResult:
    """Return the difference in accuracy of two models with a bootstrap percentile interval.

    The test set is redrawn with replacement, again and again, and the difference computed each time. Per
    image there are only three outcomes (only A right, only B right, no difference), so redrawing n images is
    one multinomial draw of three counts. That has the same distribution as drawing n indices, and takes a
    few milliseconds and a few hundred kilobytes whatever n is.

    Args:
        correct_a: whether model A was right, bool ``(n,)``: ``labels == predictions_a``.
        correct_b: the same for model B.
        seed: seed of the redrawing.
        resamples: how often to redraw, at least 100.
        confidence: coverage of the interval, between 0 and 1.

    Raises:
        DataError: not true/false, empty, different lengths, or numbers out of range.

    Source:
        Efron & Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13.
    """
    correct_a, correct_b = _paired(correct_a, correct_b)
    confidence = as_confidence_level(confidence)
    if resamples < 100:
        raise DataError(f"A bootstrap interval needs at least 100 resamples, but got {resamples}.")
    n = len(correct_a)
    only_a = int((correct_a & ~correct_b).sum())
    only_b = int((correct_b & ~correct_a).sum())
    rng = np.random.default_rng(seed)
    shares = np.array([only_a, only_b, n - only_a - only_b]) / n
    counts = rng.multinomial(n, shares, size=resamples)
    differences = (counts[:, 0] - counts[:, 1]) / n
    tail = (1 - confidence) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    return BootstrapResult((only_a - only_b) / n, float(low), float(high))


def _paired(correct_a: ArrayLike, correct_b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    a, b = as_correct(correct_a, "correct_a"), as_correct(correct_b, "correct_b")
    check_same_length("answers of model A", a, "answers of model B", b)
    return a, b
