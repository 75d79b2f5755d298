from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from cifar_teach.evaluate import (
    apply_temperature,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability_bins,
)
from cifar_teach.exceptions import DataError


def model(seed: int, n: int = 600, num_classes: int = 10, sharpness: float = 3.0):
    """Labels drawn from softmax(logits), probabilities softmax(sharpness * logits): too sure when > 1."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, num_classes)) * 1.5
    labels = np.array([rng.choice(num_classes, p=row) for row in softmax(logits, axis=1)])
    return labels, softmax(sharpness * logits, axis=1).astype(np.float32)


def test_nll_worked_example():
    assert negative_log_likelihood([0, 1], [[0.5, 0.5], [0.75, 0.25]]) == pytest.approx(np.log(8) / 2)


@pytest.mark.parametrize("seed", range(3))
def test_nll_agrees_with_scikit_learn(seed):
    labels, probabilities = model(seed, sharpness=1)
    exact = probabilities.astype(float)
    expected = log_loss(labels, exact / exact.sum(axis=1, keepdims=True), labels=range(10))
    assert negative_log_likelihood(labels, probabilities) == pytest.approx(expected, rel=1e-5)


def test_nll_of_a_certain_mistake_is_finite():
    assert negative_log_likelihood([1], [[1.0, 0.0]]) == pytest.approx(-np.log(1e-7))


def test_brier_worked_example():
    assert brier_score([0], [[0.7, 0.2, 0.1]]) == pytest.approx(0.09 + 0.04 + 0.01)
    assert brier_score([0, 0], [[1, 0], [0, 1]]) == 1  # one perfect (0), one certain mistake (2)


def test_brier_of_two_classes_is_twice_the_binary_score():
    labels, probabilities = model(0, num_classes=2)
    expected = 2 * brier_score_loss(labels, probabilities[:, 1])
    assert brier_score(labels, probabilities) == pytest.approx(expected, rel=1e-5)


def slow_ece(labels, probabilities, bins):
    """Guo et al., equation 3, as it is written: one bin and one image at a time."""
    total = 0.0
    for m in range(1, bins + 1):
        inside = [
            (row.max(), row.argmax() == label)
            for row, label in zip(probabilities.astype(float), labels)
            if (m - 1) / bins < row.max() <= m / bins
        ]
        if inside:
            confidences, hits = zip(*inside)
            total += abs(sum(hits) / len(inside) - sum(confidences) / len(inside)) * len(inside)
    return total / len(labels)


@pytest.mark.parametrize("bins", [1, 10, 15])
@pytest.mark.parametrize("sharpness", [0.5, 1, 3])
def test_ece_agrees_with_its_definition(bins, sharpness):
    labels, probabilities = model(2, sharpness=sharpness)
    expected = slow_ece(labels, probabilities, bins)
    assert expected_calibration_error(labels, probabilities, bins) == pytest.approx(expected, abs=1e-7)


def test_reliability_agrees_with_scikit_learn_on_two_classes():
    labels, probabilities = model(3, num_classes=2, sharpness=1)
    groups = reliability_bins(labels, probabilities, bins=10)
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    fraction, mean = calibration_curve(correct, confidence, n_bins=10)
    filled = groups.count > 0
    np.testing.assert_allclose(groups.accuracy[filled], fraction)
    np.testing.assert_allclose(groups.confidence[filled], mean, rtol=1e-6)


def test_reliability_worked_example():
    probabilities = [[0.55, 0.45], [0.6, 0.4], [0.9, 0.1], [1.0, 0.0]]
    groups = reliability_bins([0, 1, 0, 0], probabilities, bins=5)
    assert groups.edges.tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert groups.count.tolist() == [0, 0, 2, 0, 2]  # 0.6 belongs to (0.4, 0.6], 1.0 to the last bin
    assert groups.accuracy[2] == 0.5 and groups.accuracy[4] == 1
    assert groups.confidence[2] == pytest.approx(0.575)
    assert np.isnan(groups.accuracy[[0, 1, 3]]).all()
    ece = expected_calibration_error([0, 1, 0, 0], probabilities, bins=5)
    assert ece == pytest.approx((0.075 + 0.05) / 2)


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_temperature_is_found(sharpness):
    labels, probabilities = model(4, n=4000, sharpness=sharpness)
    assert fit_temperature(labels, probabilities) == pytest.approx(sharpness, rel=0.08)


@pytest.mark.parametrize("seed", range(4))
def test_temperature_agrees_with_scipy(seed):
    labels, probabilities = model(seed, sharpness=2)
    logits = np.log(probabilities.astype(float))

    def loss(log_t):
        return -log_softmax(logits / np.exp(log_t), axis=1)[np.arange(len(labels)), labels].mean()

    expected = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).x)
    assert fit_temperature(labels, probabilities) == pytest.approx(expected, rel=1e-5)


def test_scaling_improves_the_scores_and_changes_no_prediction():
    labels, probabilities = model(5, n=3000, sharpness=3)
    scaled = apply_temperature(probabilities, fit_temperature(labels, probabilities))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(scaled.argmax(axis=1), probabilities.argmax(axis=1))
    assert negative_log_likelihood(labels, scaled) < negative_log_likelihood(labels, probabilities) - 0.1
    before, after = (expected_calibration_error(labels, p) for p in (probabilities, scaled))
    assert after < 0.3 * before


def test_applying_a_temperature_equals_dividing_the_logits():
    logits = np.random.default_rng(0).normal(size=(20, 5)) * 4
    for temperature in (0.5, 1, 2.5):
        scaled = apply_temperature(softmax(logits, axis=1), temperature)
        np.testing.assert_allclose(scaled, softmax(logits / temperature, axis=1), rtol=1e-5)


def test_zero_probabilities_do_no_harm():
    labels, probabilities = np.array([0, 1, 1]), np.array([[1.0, 0, 0], [0, 1, 0], [1, 0, 0]])
    temperature = fit_temperature(labels, probabilities)
    assert np.isfinite(temperature) and temperature > 1
    assert np.isfinite(apply_temperature(probabilities, temperature)).all()


def test_temperature_without_a_best_value_ends_at_the_range():
    always_right = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert fit_temperature([0, 1], always_right) == pytest.approx(0.02)
    assert fit_temperature([1, 0], always_right) == pytest.approx(50)


GOOD = [[0.5, 0.5], [0.2, 0.8]]


@pytest.mark.parametrize(
    "score",
    [negative_log_likelihood, brier_score, expected_calibration_error, reliability_bins, fit_temperature],
)
@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1, 1], GOOD, "3 labels but 2 rows"),
        ([0, 2], GOOD, "labels contain 2, but with 2 classes"),
        ([0, 1], [[0.5, 0.5], [np.nan, 1]], "NaN or infinity, first in row 1"),
        ([0, 1], [[0.5, 0.5], [3.0, -2.0]], "apply softmax first"),
        ([0, 1], [[0.5, 0.5], [0.6, 0.5]], "row 1 sums to 1.1"),
        ([0, 1], [0.5, 0.5], r"shape \(n, classes\)"),
        ([], np.empty((0, 2)), "probabilities are empty"),
        ([0], [["a", "b"]], "must be numbers"),
        ([0, 1], [[1.0], [1.0]], "at least 2 classes"),
    ],
)
def test_bad_input_is_explained(score, labels, probabilities, message):
    with pytest.raises(DataError, match=message):
        score(labels, probabilities)


def test_rounded_probabilities_are_accepted():
    assert brier_score([0], [[0.3333, 0.3333, 0.3333]]) == pytest.approx(2 / 3, abs=1e-3)


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf")])
def test_impossible_temperature(temperature):
    with pytest.raises(DataError, match="positive number"):
        apply_temperature(GOOD, temperature)


def test_impossible_number_of_bins():
    with pytest.raises(DataError, match="at least 1"):
        reliability_bins([0, 1], GOOD, bins=0)
