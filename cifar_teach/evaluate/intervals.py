"""How sure can one be of an accuracy? The interval that belongs beside every one."""

from __future__ import annotations

import math
from statistics import NormalDist

from ..exceptions import DataError
from .inputs import as_confidence_level


def wilson_interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of an accuracy.

    It holds those true accuracies under which the observed one would not be surprising. Unlike the textbook
    ``p ± 1.96 * sqrt(p * (1 - p) / n)`` it never leaves 0..1 and does not shrink to nothing at 0 % or 100 %.
    It covers the choice of test images only, not the luck of a training seed.

    Args:
        correct: number of images classified correctly, ``0..n``.
        n: number of images, at least 1.
        confidence: coverage of the interval, between 0 and 1.

    Returns:
        ``(low, high)``, both in 0..1. For 8,317 of 10,000 images ``(0.8242, 0.8389)``.

    Raises:
        DataError: ``n < 1``, ``correct`` outside ``0..n``, or ``confidence`` outside (0, 1).

    Source:
        Wilson (1927), "Probable inference, the law of succession, and statistical inference";
        recommended by Brown, Cai & DasGupta (2001), "Interval estimation for a binomial proportion".
    """
    confidence = as_confidence_level(confidence)
    if n < 1 or not 0 <= correct <= n:
        raise DataError(f"An interval needs 0 <= correct <= n and n >= 1, but got {correct} correct of {n}.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # The exact ends are 0 and 1; rounding must not push them past the observed value.
    low = 0.0 if correct == 0 else centre - half
    high = 1.0 if correct == n else centre + half
    return low, high
