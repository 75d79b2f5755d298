"""Check what the members answered before they vote, or say in one sentence what does not fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..evaluate.inputs import as_class_indices, as_probabilities, check_same_length
from ..exceptions import DataError


def as_members(members: Sequence[ArrayLike]) -> np.ndarray:
    """Return the members' probabilities as one float64 array ``(members, n, classes)``.

    Raises:
        DataError: fewer than two members, a member that is not probabilities, or different shapes.
    """
    checked = [_as_member(member, index) for index, member in enumerate(members)]
    if len(checked) < 2:
        raise DataError(
            f"An ensemble needs at least 2 members, but got {len(checked)}: pass a list with one array of "
            "probabilities (n, classes) for each model."
        )
    for index, member in enumerate(checked):
        if member.shape != checked[0].shape:
            raise DataError(
                f"Every member must answer the same images in the same classes, but member 0 has probabilities "
                f"of shape {checked[0].shape} and member {index} of shape {member.shape}."
            )
    return np.stack(checked)


def _as_member(member: ArrayLike, index: int) -> np.ndarray:
    try:
        return as_probabilities(member)
    except DataError as error:
        raise DataError(f"Member {index} of the ensemble: {error}") from None


def as_labels_and_members(labels: ArrayLike, members: Sequence[ArrayLike]) -> tuple[np.ndarray, np.ndarray]:
    """Return labels int64 ``(n,)`` and members ``(members, n, classes)``, checked against each other.

    Raises:
        DataError: see :func:`as_members`; or labels that are no class indices, out of range or of another length.
    """
    stacked = as_members(members)
    indices = as_class_indices(labels, "labels", num_classes=stacked.shape[2])
    check_same_length("labels", indices, "rows of probabilities", stacked[0])
    return indices, stacked


def as_weights(weights: ArrayLike | None, count: int) -> np.ndarray:
    """Return float64 ``(count,)`` that sum to 1: ``weights`` divided by their sum, equal ones for None.

    Raises:
        DataError: not one number for each member, negative, NaN or infinite, or all of them 0.
    """
    if weights is None:
        return np.full(count, 1 / count)
    try:
        array = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"The weights must be numbers, one for each member: {error}.") from None
    if array.shape != (count,):
        raise DataError(f"There must be one weight for each of {count} members, but their shape is {array.shape}.")
    if not np.isfinite(array).all() or (array < 0).any() or array.sum() == 0:
        raise DataError(f"Weights must be 0 or more and not all of them 0, but they are {array.tolist()}.")
    return array / array.sum()


def as_names(names: Sequence[str], count: int) -> tuple[str, ...]:
    """Return one name for each member.

    Raises:
        DataError: not one name for each member, or a name that occurs twice.
    """
    names = tuple(str(name) for name in names)
    if len(names) != count:
        raise DataError(f"There are {len(names)} names but {count} members: give one name for each, in their order.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f"The name '{twice[0]}' stands for more than one member. Give each its own, for example by adding the seed."
        )
    return names
