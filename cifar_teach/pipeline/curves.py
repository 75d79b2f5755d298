"""How much a network learns from how many labels: the same training with fewer images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..data import Dataset, LabelledImages, stratified_indices
from ..evaluate import wilson_interval
from .contenders import Plan
from .members import Member, train_member

SUBSET_SEED = 30
"""Chooses the images of the smaller sets; fixed, so that every network learns from the same ones."""


def accuracy_by_size(
    plans: Sequence[Plan],
    finished: Sequence[Member],
    sizes: Sequence[int],
    data: Dataset,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    seed: int,
    runs: Path,
    progress: bool | None = None,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Train every plan on smaller parts of the training images and test each result once.

    The parts keep the shares of the classes and are nested. Validation images are the same at every size, so the
    smallest sizes are helped by more deciding images than a learner with so few labels would have. The number of
    epochs is the same at every size, so that fewer images also mean fewer steps.

    Args:
        plans: what is trained.
        finished: the same plans trained on all images, in the same order: the last point of each curve.
        sizes: numbers of training images; those not below the number there is are left out.
        data: supplies the test images.
        train: all training images.
        validation: images that decide.
        seed: training seed.
        runs: folder of all trainings.
        progress: show progress bars; None means when stderr is a terminal.
        say: takes one line of progress at a time.

    Returns:
        One dict for each plan and size: ``model``, ``size``, ``accuracy``, ``interval``.
    """
    rows = []
    left_out = [size for size in sizes if not len(data.class_names) <= size < len(train.labels)]
    if left_out:
        say(
            f"      left out of the learning curve: {', '.join(f'{size:,}' for size in left_out)} images; possible are "
            f"{len(data.class_names)} to {len(train.labels) - 1:,}"
        )
    for plan, whole in zip(plans, finished, strict=True):
        for size in sizes:
            if size in left_out:
                continue
            chosen = stratified_indices(train.labels, size, seed=SUBSET_SEED)
            part = LabelledImages(train.images[chosen], train.labels[chosen])
            member = train_member(plan, data, part, validation, seed=seed, runs=runs, progress=progress)
            rows.append(_row(member, size, data))
            say(f"      {plan.contender.label}, {size:,} images: {rows[-1]['accuracy']:.1%}")
        rows.append(_row(whole, len(train.labels), data))
    return rows


def _row(member: Member, size: int, data: Dataset) -> dict[str, Any]:
    right = member.test_probabilities.argmax(axis=1) == data.test.labels
    return {
        "model": member.model,
        "size": size,
        "accuracy": float(right.mean()),
        "interval": list(wilson_interval(int(right.sum()), len(right))),
    }
