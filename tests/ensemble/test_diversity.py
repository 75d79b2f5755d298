"""Whether members fail together, and what each of them adds."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from cifar_teach.ensemble import disagreement, error_correlation, leave_one_out, soft_vote
from cifar_teach.exceptions import DataError

LABELS = np.array([0, 0, 1, 1, 0, 1, 0, 1])


def member(wrong: list[int], confidence: float = 0.8) -> np.ndarray:
    """Probabilities of a member that errs on exactly the images ``wrong``."""
    said = LABELS.copy()
    said[wrong] = 1 - said[wrong]
    return np.where(np.eye(2)[said] == 1, confidence, 1 - confidence)


def test_correlation_agrees_with_numpy(draw) -> None:
    labels, members = draw(400, (2.0, 3.0, 3.2), seed=1)
    wrong = [(probabilities.argmax(axis=1) != labels).astype(float) for probabilities in members]
    np.testing.assert_allclose(error_correlation(labels, members), np.corrcoef(wrong), atol=1e-12)


@pytest.mark.parametrize(
    ("wrong_a", "wrong_b", "expected"),
    [
        ([0, 3], [0, 3], 1),
        ([0, 1, 2, 3], [4, 5, 6, 7], -1),
        ([0, 1, 2, 3], [0, 1, 4, 5], 0),
        # 2 x 2 table with 1 common error, 1 of each alone, 5 without: (1*5 - 1*1) / (2 * 6)
        ([0, 1], [0, 2], 4 / 12),
    ],
)
def test_worked_correlations(wrong_a, wrong_b, expected) -> None:
    matrix = error_correlation(LABELS, [member(wrong_a), member(wrong_b)])
    assert matrix[0, 1] == pytest.approx(expected, abs=1e-12)
    assert matrix[1, 0] == matrix[0, 1]
    assert matrix.diagonal() == pytest.approx(1)


@pytest.mark.parametrize("constant", [[], list(range(8))], ids=["always right", "always wrong"])
def test_a_member_whose_errors_never_vary_has_no_correlation(constant) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matrix = error_correlation(LABELS, [member([0]), member(constant), member([0, 1])])
    assert np.isnan(matrix[1]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert np.isfinite(matrix[np.ix_([0, 2], [0, 2])]).all()


def test_an_undefined_correlation_is_found_where_the_mean_is_not_exact() -> None:
    """Errors on all of n images: for some n the mean rounds and the spread is not exactly 0."""
    for images in range(1, 60):
        wrong = np.tile([0.9, 0.1], (images, 1))
        assert np.isnan(error_correlation(np.ones(images, dtype=int), [wrong, wrong])).all()


def test_disagreement_counts_images_with_exactly_one_right() -> None:
    matrix = disagreement(LABELS, [member([0, 1]), member([0, 2]), member([])])
    np.testing.assert_allclose(matrix, [[0, 2 / 8, 2 / 8], [2 / 8, 0, 2 / 8], [2 / 8, 2 / 8, 0]])


def test_each_value_is_what_the_vote_loses_without_the_member(draw) -> None:
    labels, members = draw(2000, (1.0, 3.2, 3.4), seed=2)
    weights = [0.2, 0.3, 0.5]
    values = leave_one_out(labels, members, weights)

    def share_right(vote: np.ndarray) -> float:
        return (vote.argmax(axis=1) == labels).mean()

    whole = share_right(soft_vote(members, weights))
    without = [
        share_right(soft_vote([members[1], members[2]], [0.3, 0.5])),
        share_right(soft_vote([members[0], members[2]], [0.2, 0.5])),
        share_right(soft_vote([members[0], members[1]], [0.2, 0.3])),
    ]
    assert [value.difference for value in values] == pytest.approx([whole - rest for rest in without])
    assert all(value.low <= value.difference <= value.high for value in values)
    assert values[2].low > 0  # the best member is plainly of use


def test_a_member_without_weight_adds_nothing() -> None:
    values = leave_one_out(LABELS, [member([0]), member([1]), member([2])], [0.6, 0.4, 0])
    assert (values[2].difference, values[2].low, values[2].high) == (0, 0, 0)


def test_when_all_others_had_no_weight_they_vote_equally() -> None:
    # Without the first the other two vote: the surer one decides, and it is wrong on image 2 only.
    values = leave_one_out(LABELS, [member([0, 1]), member([3], 0.6), member([2], 0.9)], [1, 0, 0])
    assert values[0].difference == pytest.approx(6 / 8 - 7 / 8)


def test_the_seed_decides_the_interval(draw) -> None:
    labels, members = draw(300, (2.5, 3.0), seed=3)
    assert leave_one_out(labels, members, seed=1) == leave_one_out(labels, members, seed=1)
    assert leave_one_out(labels, members, seed=1) != leave_one_out(labels, members, seed=2)


@pytest.mark.parametrize("function", [error_correlation, disagreement, leave_one_out])
def test_labels_must_fit(function) -> None:
    with pytest.raises(DataError, match="7 labels but 8 rows"):
        function(LABELS[:7], [member([0]), member([1])])
    with pytest.raises(DataError, match="with 2 classes they end at 1"):
        function(LABELS + 1, [member([0]), member([1])])
