"""What to try next, read off a run's own results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..plots.theme import percent
from .words import Model, best_model, confusion_in_words, points

Step = tuple[str, str]
"""A heading and the reason for it."""


def next_steps(report: Mapping[str, Any]) -> list[Step]:
    """Return what to try next, the most useful first, as pairs of a heading and a reason.

    Args:
        report: a complete report (see :mod:`cifar_teach.report.schema`). The advice on errors, groups and
            confidence is about its best model.
    """
    best = best_model(report["models"])
    about_run = [step(report) for step in (_real_images, _full_recipe)]
    about_best = [step(best) for step in ABOUT_A_MODEL]
    last = (
        "Change one thing",
        "One change at a time, the same images, the same seeds, judged on validation images. The test images "
        "are for the end: whoever chooses by them no longer has a test.",
    )
    return [step for step in (*about_run, *about_best, last) if step is not None]


def weakest_slice(model: Model) -> Mapping[str, Any] | None:
    """Return the group of images on which the model is worst, or None when no groups were measured.

    Groups by confidence are left out, because the unsure third is the worst by nature, and groups by class,
    which have a table of their own.
    """
    candidates = [s for s in model["slices"] if not str(s["name"]).startswith(("confidence", "class"))]
    return min(candidates, key=lambda s: s["accuracy"], default=None)


def _real_images(report: Mapping[str, Any]) -> Step | None:
    if report["data"]["kind"] != "synthetic":
        return None
    return (
        "Use the real images",
        "Give the run a copy of CIFAR-10 with --data FILE, or connect to the network and let it download "
        "one. The drawn stand-in shows that everything works; it says nothing about photographs.",
    )


def _full_recipe(report: Mapping[str, Any]) -> Step | None:
    if report["profile"] == "full":
        return None
    return (
        "Train with the full recipe",
        f"This run used the profile “{report['profile']}”, which saves time. With --profile full the "
        "networks see more images for more epochs.",
    )


def _more_seeds(best: Model) -> Step | None:
    if len(best["seeds"]) > 1 or "vote" in best["recipe"]:
        return None
    return (
        "Repeat with other seeds",
        "With one seed nobody knows how much of a difference is luck. Three, --seed 0 1 2, show the spread.",
    )


def _most_frequent_error(best: Model) -> Step | None:
    if not best["top_confusions"]:
        return None
    worst = best["top_confusions"][0]
    return (
        f"Look at {worst['true']} and {worst['predicted']}",
        f"The most frequent error of {best['model']} is {confusion_in_words(worst)}. Sort those "
        "images: odd view, hidden object, two objects, wrong label? The answer decides what to change.",
    )


def _weakest_group(best: Model) -> Step | None:
    weakest = weakest_slice(best)
    if weakest is None or weakest["high"] >= best["accuracy"]:
        return None
    return (
        f"Help with “{weakest['name']}”",
        f"{best['model']} reaches {percent(weakest['accuracy'])} on these {weakest['n']:,} images, against "
        f"{percent(best['accuracy'])} on all. Does an augmentation make such images more common in training?",
    )


def _confidence(best: Model) -> Step | None:
    before, after = best["ece"], best["ece_calibrated"]
    if after is None or before - after <= 0.01:
        return None
    return (
        "Correct the confidence",
        f"Temperature scaling brings the calibration error from {points(before)} to {points(after)} "
        "points and leaves every answer as it is.",
    )


ABOUT_A_MODEL: tuple[Callable[[Model], Step | None], ...] = (
    _more_seeds,
    _most_frequent_error,
    _weakest_group,
    _confidence,
)
