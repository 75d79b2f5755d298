from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from cifar_teach.evaluate import accuracy, classification_metrics, confusion_matrix
from cifar_teach.exceptions import DataError


def random_answers(seed: int, n: int = 400, num_classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_classes, n)
    predictions = np.where(rng.random(n) < 0.6, labels, rng.integers(0, num_classes, n))
    return labels, predictions


def test_worked_example():
    labels, predictions = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2]
    assert accuracy(labels, predictions) == pytest.approx(4 / 6)
    confusion = confusion_matrix(labels, predictions, 3)
    assert confusion.dtype == np.int64
    assert confusion.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    result = classification_metrics(confusion)
    assert result.precision.tolist() == [1, 1 / 2, 1 / 2]
    assert result.recall.tolist() == pytest.approx([2 / 3, 1 / 2, 1])
    assert result.f1.tolist() == pytest.approx([4 / 5, 1 / 2, 2 / 3])
    assert result.support.tolist() == [3, 2, 1]
    assert result.macro_f1 == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scikit_learn(seed):
    labels, predictions = random_answers(seed)
    confusion = confusion_matrix(labels, predictions, 10)
    np.testing.assert_array_equal(confusion, reference.confusion_matrix(labels, predictions, labels=range(10)))
    result = classification_metrics(confusion)
    precision, recall, f1, support = reference.precision_recall_fscore_support(labels, predictions)
    np.testing.assert_allclose(result.precision, precision)
    np.testing.assert_allclose(result.recall, recall)
    np.testing.assert_allclose(result.f1, f1)
    np.testing.assert_array_equal(result.support, support)
    macro = reference.precision_recall_fscore_support(labels, predictions, average="macro")
    assert (result.macro_precision, result.macro_recall, result.macro_f1) == pytest.approx(macro[:3])
    assert accuracy(labels, predictions) == reference.accuracy_score(labels, predictions)


def test_a_class_that_never_occurs_is_left_out_of_the_means_and_scores_0():
    labels, predictions = [0, 0, 1, 1, 3], [0, 1, 1, 1, 1]  # 2 never occurs, 3 is never predicted
    result = classification_metrics(confusion_matrix(labels, predictions, 4))
    assert result.f1[2] == result.precision[3] == result.f1[3] == 0
    expected = reference.f1_score(labels, predictions, average="macro", zero_division=0)
    assert result.macro_f1 == pytest.approx(expected)


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([], [], "labels are empty"),
        ([0, 1], [0, 1, 1], "2 labels but 3 predictions"),
        ([0.0, 1.0], [0, 1], "labels must be integers"),
        ([0, -1], [0, 1], "start at 0"),
        ([[0], [1]], [0, 1], r"labels\.ravel\(\)"),
        ([0, 1], [[0.2, 0.8], [0.9, 0.1]], r"predictions\.argmax\(axis=1\)"),
    ],
)
def test_bad_answers_are_explained(labels, predictions, message):
    with pytest.raises(DataError, match=message):
        accuracy(labels, predictions)


def test_out_of_range_class_is_named():
    with pytest.raises(DataError, match="predictions contain 3, but with 3 classes they end at 2"):
        confusion_matrix([0, 1], [0, 3], 3)


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        (np.ones((2, 3), int), "square"),
        (np.ones((2, 2)), "whole numbers"),
        (np.zeros((2, 2), int), "not all of them 0"),
        (np.array([[1, -1], [0, 1]]), "none negative"),
    ],
)
def test_bad_confusion_matrix_is_explained(confusion, message):
    with pytest.raises(DataError, match=message):
        classification_metrics(confusion)
