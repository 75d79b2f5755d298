"""What a student of the ensemble is trained on."""

from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.ensemble import soft_targets
from cifar_teach.exceptions import DataError

TEACHER = np.array([[0.81, 0.16, 0.03], [0.25, 0.25, 0.5]])


def test_worked_example() -> None:
    targets = soft_targets(TEACHER, [0, 1], temperature=2, hard_share=0.1)
    # Temperature 2 is the square root, divided by its sum: (0.9, 0.4, 0.1732) / 1.4732 for the first image.
    roots = np.sqrt(TEACHER)
    expected = 0.9 * roots / roots.sum(axis=1, keepdims=True) + 0.1 * np.eye(3)[[0, 1]]
    np.testing.assert_allclose(targets, expected, rtol=1e-5)


def test_ends_of_the_range() -> None:
    np.testing.assert_allclose(soft_targets(TEACHER, [0, 1], temperature=1, hard_share=0), TEACHER, rtol=1e-5)
    np.testing.assert_array_equal(soft_targets(TEACHER, [0, 1], hard_share=1), np.eye(3)[[0, 1]])


def test_targets_are_probabilities_in_float32(draw) -> None:
    labels, (teacher, _) = draw(500, (3.0, 3.0), seed=1)
    targets = soft_targets(teacher, labels)
    assert targets.dtype == np.float32
    assert targets.shape == (500, 10)
    assert targets.min() >= 0
    np.testing.assert_allclose(targets.sum(axis=1, dtype=np.float64), 1, atol=1e-6)


def test_a_certain_teacher_gives_finite_targets() -> None:
    targets = soft_targets(np.eye(3), [0, 1, 0])
    assert np.isfinite(targets).all()
    np.testing.assert_allclose(targets[2], [0.1, 0, 0.9], atol=1e-6)


def test_more_temperature_lifts_the_small_probabilities() -> None:
    smallest = [soft_targets(TEACHER, [0, 1], temperature=t)[0, 2] for t in (1, 2, 5)]
    assert smallest == sorted(smallest)
    assert smallest[2] > 2 * smallest[0]


def test_the_teacher_is_not_changed() -> None:
    teacher = TEACHER.astype(np.float32)
    soft_targets(teacher, [0, 1], temperature=1)
    np.testing.assert_array_equal(teacher, TEACHER.astype(np.float32))


@pytest.mark.parametrize(
    ("labels", "settings", "message"),
    [
        ([0, 1, 2], {}, "3 labels but 2 rows"),
        ([0, 3], {}, "with 3 classes they end at 2"),
        ([0, 1], {"temperature": 0}, "positive number"),
        ([0, 1], {"hard_share": 1.1}, "between 0 and 1"),
        ([0, 1], {"hard_share": float("nan")}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(labels, settings, message) -> None:
    with pytest.raises(DataError, match=message):
        soft_targets(TEACHER, labels, **settings)
