"""What the members cost, and what they cost together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..exceptions import DataError

COSTS = ("train_seconds", "predict_seconds", "params", "macs")
"""Costs that add up over the members. Their names are those of a report's entries."""


def as_costs(costs: Sequence[Mapping[str, object]] | None, count: int) -> list[dict[str, float | None]]:
    """Return for each member each of ``COSTS`` as a number; None where it was not given.

    Raises:
        DataError: not one mapping for each member, or a cost that is not a number of 0 or more.
    """
    if costs is None:
        return [dict.fromkeys(COSTS) for _ in range(count)]
    if len(costs) != count:
        raise DataError(f"There are {len(costs)} costs but {count} members: give one mapping for each, in their order.")
    return [{key: _as_cost(given.get(key), key, index) for key in COSTS} for index, given in enumerate(costs)]


def _as_cost(value: object, key: str, index: int) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise DataError(f"The cost '{key}' of member {index} must be a number of 0 or more, but it is {value!r}.")
    return number


def total(costs: Sequence[Mapping[str, float | None]], key: str) -> float | None:
    """Return the sum of one cost over the members, None when any of them did not say."""
    values = [cost[key] for cost in costs]
    return None if None in values else math.fsum(values)
