"""What the numbers of a report mean, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plots.theme import percent

Model = Mapping[str, Any]
MINUS = "\N{MINUS SIGN}"


def best_model(models: Sequence[Model]) -> Model:
    """Return the model with the highest accuracy."""
    return max(models, key=lambda model: model["accuracy"])


def headline(models: Sequence[Model]) -> str:
    """Return the result of the run in one sentence."""
    best = best_model(models)
    subject = f"The best of {len(models)} networks, {best['model']}," if len(models) > 1 else best["model"]
    return (
        f"{subject} names {percent(best['accuracy'])} of {best['n_test']:,} test images correctly "
        f"(95 % interval {interval(best['interval'])})."
    )


def interval(bounds: Sequence[float]) -> str:
    """Write an interval of shares: ``82.9 to 84.3 %``."""
    return f"{100 * bounds[0]:.1f} to {percent(bounds[1])}"


def points(share: float) -> str:
    """Write a difference of shares in percentage points, with a real minus sign."""
    return f"{100 * share:.1f}".replace("-", MINUS)


def chance(p_value: float) -> str:
    """Write a p-value."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def comparison_in_words(comparison: Mapping[str, Any]) -> str:
    """Say which of two models is better and whether chance explains the difference.

    Args:
        comparison: an entry of ``comparisons`` in the report: ``difference`` is the accuracy of ``a`` minus
            that of ``b``, ``low`` and ``high`` bound its 95 % interval, ``p_value`` is McNemar's.
    """
    a, b, difference = comparison["a"], comparison["b"], comparison["difference"]
    low, high = comparison["low"], comparison["high"]
    only_a, only_b = comparison["only_a"], comparison["only_b"]
    if difference < 0:
        a, b, difference, low, high = b, a, -difference, -high, -low
        only_a, only_b = only_b, only_a
    p = chance(comparison["p_value"])
    reach = f"95 % interval {points(low)} to {points(high)} points"
    basis = (
        f"Exactly one of the two is right on {only_a + only_b:,} images: {a} on {only_a:,} of them, {b} on {only_b:,}."
    )
    clear, unlikely = low > 0, comparison["p_value"] < 0.05
    if clear and unlikely:
        verdict = (
            f"{a} is better than {b} by {points(difference)} points ({reach}). "
            f"Chance is a poor explanation for a difference of this size ({p})."
        )
    elif clear or unlikely:
        verdict = (
            f"{a} is ahead of {b} by {points(difference)} points ({reach}; {p}), but the interval and the "
            "test do not agree that this is more than chance: call it undecided."
        )
    else:
        verdict = (
            f"The difference of {points(difference)} points between {a} and {b} is within what chance "
            f"explains ({reach}; {p}): on these images neither is shown to be better."
        )
    return f"{verdict} {basis}"


def seeds_in_words(model: Model) -> str:
    """Say how much the accuracy depends on the random start."""
    values = model["accuracy_per_seed"]
    if len(values) < 2:
        return "One seed only: how much the random start matters is not known."
    mean = percent(model["accuracy"])
    return f"Trained {len(values)} times: {interval([min(values), max(values)])}, mean {mean}."


def calibration_in_words(model: Model) -> str:
    """Say how far the model's confidence can be trusted and whether temperature scaling helps."""
    text = f"Confidence and accuracy are {points(model['ece'])} points apart on average (ECE)."
    temperature, after = model["temperature"], model["ece_calibrated"]
    if temperature is None or after is None:
        return text
    if after >= model["ece"]:
        return f"{text} Temperature scaling does not improve this ({points(after)} points)."
    manner = "too sure of itself" if temperature > 1 else "less sure than it could be"
    return (
        f"{text} It was {manner}: dividing the logits by a temperature of {temperature:.2f}, fitted on "
        f"validation images, brings this down to {points(after)} points."
    )


def confusion_in_words(confusion: Mapping[str, Any]) -> str:
    """Say what one kind of error is, how often it happens and how large a part of its class it is."""
    true, predicted, number = confusion["true"], confusion["predicted"], confusion["count"]
    images = "image" if number == 1 else "images"
    share = percent(confusion["share"])
    return f"{true} taken for {predicted}: {number:,} {images}, {share} of all {true} images"


def group_in_words(group: Mapping[str, Any]) -> str:
    """Say which layers were trained at which rate, or kept frozen, and from which epoch on."""
    size = f"{len(group['layers'])} layers with {group['parameters']:,} parameters"
    factor = group["rate_factor"]
    if factor == 0:
        return f"{size} frozen from epoch {group['first_epoch']}"
    share = "the full learning rate" if factor == 1 else f"{factor:g} of the learning rate"
    return f"{size} at {share} from epoch {group['first_epoch']}"
