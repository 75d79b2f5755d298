"""Soft voting: the weighted mean of what the members believe."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..evaluate.calibration import LOSS_FLOOR
from ..exceptions import DataError
from .inputs import as_labels_and_members, as_members, as_weights

SMALLEST_CHANGE = 1e-8
"""Weights that move less than this in one step have arrived: votes are float32."""

MOST_STEPS = 10_000


def soft_vote(members: Sequence[ArrayLike], weights: ArrayLike | None = None) -> np.ndarray:
    """Return the weighted mean of the members' probabilities.

    Unlike a count of raised hands, a soft vote hears how sure each member is: one that is certain outvotes two
    that waver. Errors that the members do not share cancel; errors that all of them make stay.

    Args:
        members: for each model its probabilities ``(n, classes)`` of the same images in the same order; rows
            sum to 1.
        weights: for each model its say in the vote, 0 or more; divided by their sum. None: all the same.

    Returns:
        float32 ``(n, classes)``, rows sum to 1.

    Raises:
        DataError: fewer than two members, wrong values, or shapes and weights that do not fit each other.

    Source:
        Dietterich (2000), "Ensemble methods in machine learning".
    """
    stacked = as_members(members)
    return np.tensordot(as_weights(weights, len(stacked)), stacked, axes=1).astype(np.float32)


def fit_weights(
    labels: ArrayLike, validation_members: Sequence[ArrayLike], *, prior_images: float = 100.0
) -> np.ndarray:
    """Find the weights that make the labels of a validation set most likely under the soft vote.

    A soft vote is a mixture: as if each image were answered by one member, drawn with its weight. Expectation
    maximisation asks, for each image, what share of the credit for the true class each member has earned, and
    makes the mean share its new weight. No step makes the fit worse, the weights are never negative and always
    sum to 1, and since the problem is convex it cannot get stuck in a second-best place.

    A small validation set would reward luck. So ``prior_images`` imaginary images, whose credit is shared
    equally, join the real ones: they pull the weights towards equal ones, strongly where there are few real
    images or the members hardly differ, and hardly at all where thousands of images prefer one member.
    (Statisticians call it a symmetric Dirichlet prior.) The pull also steadies the accuracy: the loss alone
    prefers the surest member, because a mean is timid, though a temperature cures that without losing votes.
    Whether the fitted weights beat equal ones at all is measured by :func:`assess`; often they do not.

    Args:
        labels: true classes of validation images that no member was trained on, int ``(n,)``.
        validation_members: for each model its probabilities ``(n, classes)`` of these images. They are clipped
            at 1e-7, as in the loss.
        prior_images: how many imaginary images join, 0 or more; 0 believes the validation set alone.

    Returns:
        float64 ``(members,)``, none negative, sum 1.

    Raises:
        DataError: fewer than two members, wrong shapes, values or lengths, or a negative number of images.

    Source:
        Dempster, Laird & Rubin (1977), "Maximum likelihood from incomplete data via the EM algorithm", section
        4.3 on mixtures. Weighted linear pools: Genest & Zidek (1986), "Combining probability distributions".
    """
    labels, stacked = as_labels_and_members(labels, validation_members)
    if not (math.isfinite(prior_images) and prior_images >= 0):
        raise DataError(f"The number of imaginary images must be 0 or more, but it is {prior_images}.")
    count, images = stacked.shape[:2]
    of_true_class = np.maximum(stacked[:, np.arange(images), labels], LOSS_FLOOR)
    weights = np.full(count, 1 / count)
    for _ in range(MOST_STEPS):
        credit = weights[:, None] * of_true_class
        credit /= credit.sum(axis=0)
        before, weights = weights, (credit.sum(axis=1) + prior_images / count) / (images + prior_images)
        if np.abs(weights - before).max() < SMALLEST_CHANGE:
            break
    return weights / weights.sum()
