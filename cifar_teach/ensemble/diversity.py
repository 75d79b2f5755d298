"""Do the members make different mistakes? Only then can a vote correct them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..evaluate import BootstrapResult, paired_bootstrap
from .inputs import as_labels_and_members, as_weights
from .voting import soft_vote


def error_correlation(labels: ArrayLike, members: Sequence[ArrayLike]) -> np.ndarray:
    """Return how strongly the errors of each two members go together.

    Each member is turned into a list of 0 (right) and 1 (wrong), one entry for each image, and the lists are
    correlated: the phi coefficient. 1: they fail on exactly the same images and a vote gains nothing; 0: one's
    errors say nothing about the other's; below 0: one tends to be right where the other fails. Networks lie well
    above 0 even when they were trained apart, because some images are hard for all of them.

    Args:
        labels: true classes, int ``(n,)``.
        members: for each model its probabilities ``(n, classes)``; rows sum to 1.

    Returns:
        float64 ``(members, members)`` in -1..1, symmetric, 1 on the diagonal. NaN in the row and the column of
        a member that is right (or wrong) on every image: what never varies goes together with nothing.

    Raises:
        DataError: fewer than two members, or wrong shapes, values or lengths.

    Source:
        Kuncheva & Whitaker (2003), "Measures of diversity in classifier ensembles and their relationship with
        the ensemble accuracy", section 2.1.
    """
    wrong = 1.0 - _correct(labels, members)
    centred = wrong - wrong.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1))
    varies = (wrong.min(axis=1) == 0) & (wrong.max(axis=1) == 1)  # exact, where a rounded spread may miss 0
    spread[~varies] = np.nan
    together = centred @ centred.T / wrong.shape[1]
    return np.clip(together / np.outer(spread, spread), -1, 1)


def disagreement(labels: ArrayLike, members: Sequence[ArrayLike]) -> np.ndarray:
    """Return the share of images on which exactly one of two members is right.

    It bounds the difference between the two accuracies, and says on how many images the choice between the two
    matters at all. Unlike the correlation it is defined for a member without errors.

    Args:
        labels: true classes, int ``(n,)``.
        members: for each model its probabilities ``(n, classes)``; rows sum to 1.

    Returns:
        float64 ``(members, members)`` in 0..1, symmetric, 0 on the diagonal.

    Raises:
        DataError: fewer than two members, or wrong shapes, values or lengths.

    Source:
        Kuncheva & Whitaker (2003), section 2.1, after Skalak (1996).
    """
    correct = _correct(labels, members)
    return (correct[:, None] != correct[None]).mean(axis=2)


def leave_one_out(
    labels: ArrayLike, members: Sequence[ArrayLike], weights: ArrayLike | None = None, *, seed: int = 0
) -> list[BootstrapResult]:
    """Return what each member adds: the accuracy of the whole vote minus that of the vote without the member.

    The remaining members keep their weights relative to each other; nothing is fitted again. If all that remain
    had weight 0, they vote equally. Two members may each look superfluous because either can stand in for the
    other, so drop one at a time.

    Args:
        labels: true classes, int ``(n,)``.
        members: for each model its probabilities ``(n, classes)``; rows sum to 1.
        weights: for each model its say in the vote, 0 or more; None: all the same.
        seed: seed of the bootstrap.

    Returns:
        For each member the difference in -1..1, positive when the vote is better with it, and its paired 95 %
        interval. An interval that holds 0 leaves open whether the member is of use.

    Raises:
        DataError: fewer than two members, or wrong shapes, values, weights or lengths.
    """
    labels, stacked = as_labels_and_members(labels, members)
    weights = as_weights(weights, len(stacked))
    whole = soft_vote(stacked, weights).argmax(axis=1) == labels
    values = []
    for index in range(len(stacked)):
        rest = weights.copy()
        rest[index] = 0
        if rest.sum() == 0:
            rest = 1.0 - np.eye(len(stacked))[index]
        without = soft_vote(stacked, rest).argmax(axis=1) == labels
        values.append(paired_bootstrap(whole, without, seed=seed))
    return values


def _correct(labels: ArrayLike, members: Sequence[ArrayLike]) -> np.ndarray:
    """Return bool ``(members, n)``: was the member right about the image?"""
    labels, stacked = as_labels_and_members(labels, members)
    return stacked.argmax(axis=2) == labels
