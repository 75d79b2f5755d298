from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from cifar_teach import evaluate as package
from cifar_teach.config import CLASS_NAMES
from cifar_teach.evaluate import evaluate
from cifar_teach.exceptions import DataError


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 500)
    logits = rng.normal(size=(500, 10))
    logits[np.arange(500), labels] += 2
    powers = np.exp(logits)
    return labels, (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def test_every_number_is_that_of_its_function(answers):
    labels, probabilities = answers
    result = evaluate(labels, probabilities, CLASS_NAMES)
    predictions = probabilities.argmax(axis=1)
    assert result.accuracy == package.accuracy(labels, predictions)
    assert result.interval == package.wilson_interval(int((labels == predictions).sum()), 500)
    assert result.ece == package.expected_calibration_error(labels, probabilities)
    assert result.nll == package.negative_log_likelihood(labels, probabilities)
    assert result.brier == package.brier_score(labels, probabilities)
    assert result.n_test == 500
    np.testing.assert_array_equal(result.confusion, package.confusion_matrix(labels, predictions, 10))
    assert result.macro_f1 == result.per_class.macro_f1


def test_the_dictionary_survives_json(answers):
    result = evaluate(*answers, CLASS_NAMES)
    back = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert back == result.to_dict()
    assert back["accuracy"] == result.accuracy and back["interval"] == list(result.interval)
    assert [row["name"] for row in back["per_class"]] == list(CLASS_NAMES)
    assert sum(row["support"] for row in back["per_class"]) == back["n_test"] == 500
    assert np.trace(back["confusion"]) / 500 == result.accuracy


def test_describe_says_accuracy_interval_and_size():
    labels = np.zeros(1000, int)
    probabilities = np.tile([0.9, 0.1], (1000, 1))
    probabilities[:200] = [0.1, 0.9]
    text = evaluate(labels, probabilities, ["a", "b"]).describe()
    assert text == "accuracy 80.0 % (95 % interval 77.4 to 82.4) on 1,000 images"


def test_a_wrong_number_of_names_is_explained(answers):
    with pytest.raises(DataError, match="9 class names but 10 columns"):
        evaluate(*answers, CLASS_NAMES[:9])


def test_needs_numpy_only():
    code = (
        "import sys, cifar_teach.evaluate; "
        "heavy = ('tensorflow', 'keras', 'sklearn', 'scipy', 'matplotlib', 'pandas'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
