from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from cifar_teach.evaluate import wilson_interval
from cifar_teach.exceptions import DataError


@pytest.mark.parametrize("n", [1, 7, 100, 10_000])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_agrees_with_statsmodels(n, confidence):
    for correct in {0, 1, n // 3, n // 2, n}:
        expected = proportion_confint(correct, n, alpha=1 - confidence, method="wilson")
        assert wilson_interval(correct, n, confidence) == pytest.approx(expected, abs=1e-9)


def test_worked_example():
    # 8 of 10 at z = 1.96: centre (0.8 + 0.19208) / 1.38416, half-width 1.96 sqrt(0.016 + 0.009604) / 1.38416
    low, high = wilson_interval(8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert wilson_interval(8_317, 10_000) == pytest.approx((0.8242, 0.8389), abs=5e-5)  # as its docstring says


def test_stays_inside_0_and_1_and_holds_the_observed_value():
    for n in (1, 3, 50, 10_000):
        for correct in range(0, n + 1, max(1, n // 10)):
            low, high = wilson_interval(correct, n)
            assert 0 <= low <= correct / n <= high <= 1
            assert high - low > 0


def test_covers_the_truth_about_as_often_as_it_says():
    truth, n = 0.83, 200
    hits = np.random.default_rng(0).binomial(n, truth, 2000)
    inside = [low <= truth <= high for low, high in (wilson_interval(int(k), n) for k in hits)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("correct", "n"), [(-1, 10), (11, 10), (0, 0)])
def test_impossible_counts(correct, n):
    with pytest.raises(DataError, match="0 <= correct <= n"):
        wilson_interval(correct, n)


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_impossible_confidence(confidence):
    with pytest.raises(DataError, match=r"0\.95"):
        wilson_interval(5, 10, confidence)
