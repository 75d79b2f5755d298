from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as reference

from cifar_teach.evaluate import mcnemar, paired_bootstrap
from cifar_teach.exceptions import DataError


def answers(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Two models with exactly these numbers of images in the four cells, in shuffled order."""
    a = np.repeat([True, True, False, False], [both, only_a, only_b, neither])
    b = np.repeat([True, False, True, False], [both, only_a, only_b, neither])
    order = np.random.default_rng(0).permutation(len(a))
    return a[order], b[order]


def test_worked_example_of_the_exact_test():
    result = mcnemar(*answers(50, 8, 2, 10))
    assert (result.only_a, result.only_b, result.method) == (8, 2, "exact binomial")
    # 2 * (C(10,0) + C(10,1) + C(10,2)) / 2^10
    assert result.p_value == pytest.approx(2 * 56 / 1024)


def test_worked_example_of_the_approximation():
    result = mcnemar(*answers(500, 40, 20, 100))
    assert result.method == "chi-squared with continuity correction"
    # (|40 - 20| - 1)^2 / 60 = 6.0167, whose tail probability is 0.01417
    assert result.p_value == pytest.approx(0.01417, abs=1e-5)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 1), (5, 5), (0, 24), (12, 12), (3, 22), (25, 0), (180, 240)])
def test_agrees_with_statsmodels(only_a, only_b):
    exact = only_a + only_b < 25
    expected = reference([[300, only_a], [only_b, 90]], exact=exact, correction=True)
    assert mcnemar(*answers(300, only_a, only_b, 90)).p_value == pytest.approx(expected.pvalue, rel=1e-9)


def test_swapping_the_models_swaps_the_counts_only():
    a, b = answers(50, 30, 12, 8)
    forward, backward = mcnemar(a, b), mcnemar(b, a)
    assert (forward.only_a, forward.only_b) == (backward.only_b, backward.only_a)
    assert forward.p_value == backward.p_value


@pytest.mark.parametrize("each", [0, 10, 50])
def test_models_that_disagree_evenly_are_not_different(each):
    assert mcnemar(*answers(40, each, each, 10)).p_value == 1


def test_equally_good_models_are_seldom_called_different():
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(300):
        only_a = int(rng.binomial(60, 0.5))
        p_values.append(mcnemar(*answers(100, only_a, 60 - only_a, 40)).p_value)
    assert 0.005 < np.mean(np.array(p_values) < 0.05) < 0.08


def test_bootstrap_agrees_with_redrawing_images():
    a, b = answers(300, 60, 35, 105)
    result = paired_bootstrap(a, b, seed=3)
    rng = np.random.default_rng(4)
    difference = a.astype(float) - b
    redrawn = [difference[rng.integers(0, len(a), len(a))].mean() for _ in range(4000)]
    assert result.difference == pytest.approx(25 / 500)
    np.testing.assert_allclose([result.low, result.high], np.quantile(redrawn, [0.025, 0.975]), atol=0.004)


def test_bootstrap_interval_has_the_width_of_the_normal_approximation():
    a, b = answers(7000, 700, 500, 1800)
    result = paired_bootstrap(a, b)
    n, d = 10_000, 0.02
    half = 1.96 * math.sqrt((1200 / n - d**2) / n)
    assert (result.low, result.high) == pytest.approx((d - half, d + half), abs=4e-4)


def test_bootstrap_is_repeatable_and_depends_on_the_seed():
    a, b = answers(300, 60, 35, 105)
    assert paired_bootstrap(a, b, seed=1) == paired_bootstrap(a, b, seed=1)
    assert paired_bootstrap(a, b, seed=1) != paired_bootstrap(a, b, seed=2)


def test_bootstrap_of_a_model_with_itself_is_0():
    a, _ = answers(30, 6, 3, 10)
    result = paired_bootstrap(a, a)
    assert (result.difference, result.low, result.high) == (0, 0, 0)


def test_a_higher_confidence_gives_a_wider_interval():
    a, b = answers(300, 60, 35, 105)
    narrow, wide = paired_bootstrap(a, b, confidence=0.8), paired_bootstrap(a, b, confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("compare", [mcnemar, paired_bootstrap])
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([True], [True, False], "1 answers of model A but 2 answers of model B"),
        ([], [], "one true/false per image"),
        ([3, 5], [3, 4], "labels == predictions"),
        ([0.2, 1.0], [1, 0], "labels == predictions"),
        ([[True]], [[True]], "one true/false per image"),
    ],
)
def test_bad_input_is_explained(compare, a, b, message):
    with pytest.raises(DataError, match=message):
        compare(a, b)


def test_zeros_and_ones_are_accepted():
    assert mcnemar([1, 0, 1], [0, 0, 1]).only_a == 1


def test_too_few_resamples():
    with pytest.raises(DataError, match="at least 100"):
        paired_bootstrap([True], [False], resamples=10)
