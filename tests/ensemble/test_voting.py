"""Soft voting and the weights of the vote."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from cifar_teach.ensemble import fit_weights, soft_vote
from cifar_teach.evaluate import negative_log_likelihood
from cifar_teach.exceptions import DataError

SURE = np.array([[0.9, 0.1], [0.2, 0.8]])
WAVERS = np.array([[0.4, 0.6], [0.5, 0.5]])


def test_worked_example() -> None:
    vote = soft_vote([SURE, WAVERS, WAVERS])
    np.testing.assert_allclose(vote, [[17 / 30, 13 / 30], [0.4, 0.6]], rtol=1e-6)
    assert vote.dtype == np.float32
    # One sure member outvotes two that waver: a count of hands would have said class 1.
    assert vote[0].argmax() == 0


def test_weights_are_divided_by_their_sum() -> None:
    vote = soft_vote([SURE, WAVERS], weights=[3, 1])
    np.testing.assert_allclose(vote, 0.75 * SURE + 0.25 * WAVERS, rtol=1e-6)


def test_a_member_without_weight_is_not_heard() -> None:
    np.testing.assert_allclose(soft_vote([SURE, WAVERS], weights=[0, 1]), WAVERS, rtol=1e-6)


def test_members_may_be_one_array() -> None:
    np.testing.assert_array_equal(soft_vote(np.stack([SURE, WAVERS])), soft_vote([SURE, WAVERS]))


@pytest.mark.parametrize(
    ("members", "weights", "message"),
    [
        ([], None, "at least 2 members, but got 0"),
        ([SURE], None, "at least 2 members, but got 1"),
        ([SURE, SURE[:1]], None, r"shape \(2, 2\) and member 1 of shape \(1, 2\)"),
        ([SURE, 3 * SURE], None, "Member 1 of the ensemble: .* sum to 1"),
        ([SURE, [[0.5, np.nan], [0.5, 0.5]]], None, "Member 1 .* NaN"),
        ([SURE, WAVERS], [1.0], "one weight for each of 2 members"),
        ([SURE, WAVERS], [1.5, -0.5], "0 or more"),
        ([SURE, WAVERS], [0, 0], "not all of them 0"),
        ([SURE, WAVERS], [np.nan, 1], "0 or more"),
        ([SURE, WAVERS], ["a", "b"], "must be numbers"),
    ],
)
def test_bad_votes_are_refused(members, weights, message) -> None:
    with pytest.raises(DataError, match=message):
        soft_vote(members, weights)


def test_fitted_weights_are_the_ones_a_general_optimiser_finds(draw) -> None:
    labels, members = draw(600, (2.2, 3.0, 3.4), seed=1)

    def loss(weights: np.ndarray) -> float:
        of_true_class = sum(w * member[np.arange(600), labels] for w, member in zip(weights, members, strict=True))
        # The imaginary images: 100 of them, a third of the credit to each.
        return -np.log(of_true_class).sum() - 100 / 3 * np.log(weights).sum()

    found = minimize(
        loss,
        np.full(3, 1 / 3),
        method="SLSQP",
        bounds=[(1e-6, 1)] * 3,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        options={"ftol": 1e-12},
    )
    assert found.success
    np.testing.assert_allclose(fit_weights(labels, members), found.x, atol=1e-4)


def test_without_imaginary_images_no_other_weights_have_a_lower_loss(draw) -> None:
    labels, members = draw(500, (2.4, 3.0, 3.2), seed=2)
    weights = fit_weights(labels, members, prior_images=0)
    best = negative_log_likelihood(labels, soft_vote(members, weights))
    for other in np.random.default_rng(0).dirichlet([1, 1, 1], size=100):
        assert best <= negative_log_likelihood(labels, soft_vote(members, other)) + 1e-6


def test_weights_are_a_share_for_each_and_the_better_member_gets_more(draw) -> None:
    labels, members = draw(1000, (1.2, 3.4), seed=3)
    weights = fit_weights(labels, members)
    assert weights.shape == (2,)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights[1] > 0.7


def test_little_validation_data_pull_towards_equal_weights(draw) -> None:
    skills = (2.4, 3.4)
    few, many = (fit_weights(*draw(images, skills, seed=4)) for images in (20, 5000))
    assert abs(few[1] - 0.5) < 0.1
    assert many[1] > 0.75


def test_the_pull_protects_new_images_from_the_luck_of_few(draw) -> None:
    """Three equally good members and 60 validation images: believing the images alone costs accuracy."""
    skills = (3.1, 3.1, 3.1)
    labels, members = draw(10_000, skills, seed=5)
    losses = {0: [], 100: []}
    for seed in range(10, 18):
        for prior in losses:
            weights = fit_weights(*draw(60, skills, seed=seed), prior_images=prior)
            losses[prior].append(negative_log_likelihood(labels, soft_vote(members, weights)))
    assert np.mean(losses[100]) < np.mean(losses[0])


def test_equal_members_get_equal_weights() -> None:
    assert fit_weights([0, 1], [SURE, SURE, SURE]) == pytest.approx([1 / 3] * 3)


def test_an_image_that_every_member_holds_impossible_moves_nothing() -> None:
    certain = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert fit_weights([1, 1], [certain, certain], prior_images=0) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("labels", "prior", "message"),
    [
        ([0, 1, 1], 100, "3 labels but 2 rows"),
        ([0, 2], 100, "with 2 classes they end at 1"),
        ([0.0, 1.0], 100, "must be integers"),
        ([0, 1], -1, "0 or more"),
        ([0, 1], np.inf, "0 or more"),
    ],
)
def test_bad_validation_data_are_refused(labels, prior, message) -> None:
    with pytest.raises(DataError, match=message):
        fit_weights(labels, [SURE, WAVERS], prior_images=prior)
