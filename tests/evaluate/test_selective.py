from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.evaluate import accuracy_coverage, confidence_threshold
from cifar_teach.exceptions import DataError


def test_worked_example():
    probabilities = [[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.45, 0.55]]
    coverage, accuracy = accuracy_coverage([1, 0, 1, 1], probabilities)
    # confidence 0.9 right, 0.8 right, 0.6 wrong, 0.55 right
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert accuracy.tolist() == pytest.approx([1, 1, 2 / 3, 3 / 4])


def test_agrees_with_trying_every_threshold():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(5), 200).round(2)
    probabilities[:, 0] += 1 - probabilities.sum(axis=1)
    probabilities = np.abs(probabilities) / np.abs(probabilities).sum(axis=1, keepdims=True)
    labels = rng.integers(0, 5, 200)
    coverage, accuracy = accuracy_coverage(labels, probabilities)
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    for k, threshold in enumerate(np.unique(confidence)[::-1]):
        answered = confidence >= threshold
        assert coverage[k] == pytest.approx(answered.mean())
        assert accuracy[k] == pytest.approx(correct[answered].mean())
    assert len(coverage) == len(np.unique(confidence))


def test_equal_confidence_cannot_be_separated_so_the_order_of_the_images_does_not_matter():
    labels = np.array([0, 0, 1, 1, 1])
    probabilities = np.tile([0.7, 0.3], (5, 1))
    coverage, accuracy = accuracy_coverage(labels, probabilities)
    assert coverage.tolist() == [1] and accuracy.tolist() == [pytest.approx(0.4)]


def test_bad_input_is_explained():
    with pytest.raises(DataError, match="sum to 1"):
        accuracy_coverage([0], [[2.0, 1.0]])


def test_the_threshold_leaves_out_a_known_share_of_the_right_answers():
    confidence = np.linspace(0.5, 1, 101)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.zeros(101, int)
    threshold = confidence_threshold(labels, probabilities, keep=0.9)
    assert threshold == pytest.approx(0.55)
    labels[confidence > 0.75] = 1  # wrong answers, however sure, do not count
    threshold = confidence_threshold(labels, probabilities, keep=0.9)
    assert (confidence[labels == 0] < threshold).mean() == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("keep", [0, 1, -0.1])
def test_a_share_out_of_range_is_refused(keep):
    with pytest.raises(DataError, match="keep must lie between 0 and 1"):
        confidence_threshold([0], [[0.9, 0.1]], keep)


def test_without_a_right_answer_there_is_no_threshold():
    with pytest.raises(DataError, match="Not one answer is right"):
        confidence_threshold([1], [[0.9, 0.1]])
