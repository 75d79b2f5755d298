"""The vote over all networks of a run, and the small network that learns from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Dataset, LabelledImages
from ..ensemble import EnsembleReport, assess, soft_targets, soft_vote
from ..evaluate import apply_temperature
from ..models import predict
from .contenders import Contender, Plan
from .members import Member, train_member
from .tracked import RunLog

ENSEMBLE = "ensemble"
STUDENT = "fastnet"


def vote(
    firsts: Sequence[Member], entries: Sequence[Mapping[str, Any]], data: Dataset, validation: LabelledImages
) -> tuple[EnsembleReport, Member]:
    """Let all networks vote, each with its first seed and after temperature scaling.

    Uncalibrated, a network that learned from smoothed labels is timid and has less say than it deserves, and one that
    is too sure outvotes the others. The temperatures are fitted on the validation images, like the weights.

    Args:
        firsts: the networks, two or more.
        entries: their entries of the report, in the same order, for the costs.
        data: supplies the test labels.
        validation: images on which the weights and the temperature are fitted.

    Returns:
        What the vote is worth, and the vote as a further member of the comparison, with the costs summed.
    """
    report = assess(
        data.test.labels,
        [member.calibrated_test_probabilities for member in firsts],
        [member.model for member in firsts],
        validation_labels=validation.labels,
        validation_members=[member.calibrated_validation_probabilities for member in firsts],
        costs=entries,
    )

    def together(answers: Sequence[np.ndarray]) -> np.ndarray:
        return soft_vote(answers, report.weights).astype("float32")

    member = replace(
        firsts[0],
        model=ENSEMBLE,
        parameters=sum(member.parameters for member in firsts),
        parameters_not_trainable=sum(member.parameters_not_trainable for member in firsts),
        macs=round(report.cost["macs"]),
        recipe={"vote": dict(zip(report.names, report.weights.tolist(), strict=True))},
        history=[],
        groups=[],
        chosen={},
        train_seconds=report.cost["train_seconds"],
        train_cpu_seconds=sum(member.train_cpu_seconds for member in firsts),
        predict_seconds=report.cost["predict_seconds"],
        temperature=report.temperature,
        validation_probabilities=together([member.calibrated_validation_probabilities for member in firsts]),
        test_probabilities=together([member.calibrated_test_probabilities for member in firsts]),
        folder=None,
    )
    return report, member


def distil(
    firsts: Sequence[Member],
    report: EnsembleReport,
    plan: Plan,
    data: Dataset,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    runs: Path,
    log: RunLog | None = None,
    progress: bool | None = None,
) -> Member:
    """Train one small network on what the ensemble says about the training images.

    The student learns from the same training images as everyone else and never sees the test images.

    Args:
        firsts: the teachers.
        report: supplies the weights of the vote.
        plan: how the student is trained from scratch; a test makes the same student learn from labels alone.
        data: supplies class names and test images.
        train: the training images.
        validation: the validation images.
        runs: folder of all trainings.
        log: enters its epochs and its results in the experiment store.
        progress: show progress bars; None means when stderr is a terminal.
    """
    answers = [
        apply_temperature(predict(each.load(), train.images, views=each.recipe["test_views"]), each.temperature)
        for each in firsts
    ]
    targets = soft_targets(soft_vote(answers, report.weights), train.labels)
    student = Contender(f"{plan.contender.network}:distilled", plan.contender.network, "distilled")
    # The targets are soft already; smoothing them again would blur what the teachers say.
    recipe = plan.recipe.with_changes(label_smoothing=0.0)
    plan, seed, log = Plan(student, recipe), firsts[0].seed, log or RunLog()
    member = train_member(
        plan, data, train, validation,
        seed=seed, runs=runs, targets=np.asarray(targets), callbacks=log.callbacks(plan, seed), progress=progress,
    )  # fmt: skip
    log.finish(member)
    return member
