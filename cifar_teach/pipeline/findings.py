"""From predictions to the entries of ``report.json``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Dataset
from ..errors import slices, top_confusions
from ..evaluate import evaluate, expected_calibration_error, mcnemar, paired_bootstrap, wilson_interval
from .members import HISTORY_FILE, MODEL_FILE, Member


def describe_model(members: Sequence[Member], data: Dataset, out: Path) -> dict[str, Any]:
    """Return the report's entry for one network, trained with one or more seeds.

    The headline numbers are means over the seeds. What cannot be averaged (confusion matrix, classes, slices,
    files) is taken from the first seed that was asked for, never from the best one.

    Args:
        members: the same network, one per seed, in the order asked for.
        data: the data set they were tested on.
        out: folder that file names are given relative to.
    """
    first = members[0]
    labels = data.test.labels
    results = [evaluate(labels, member.test_probabilities, data.class_names) for member in members]
    accuracy = float(np.mean([result.accuracy for result in results]))
    detail = results[0].to_dict()
    return {
        "model": first.model,
        "params": first.parameters,
        "params_not_trainable": first.parameters_not_trainable,
        "macs": first.macs * first.recipe.get("test_views", 1),  # for one answer, all views of the image together
        "seeds": [member.seed for member in members],
        "epochs": [len(member.history) for member in members],
        "precision": first.precision,
        "train_seconds": _mean(member.train_seconds for member in members),
        "train_cpu_seconds": _mean(member.train_cpu_seconds for member in members),
        "predict_seconds": _mean(member.predict_seconds for member in members),
        "accuracy": accuracy,
        "accuracy_per_seed": [result.accuracy for result in results],
        "interval": list(wilson_interval(round(accuracy * len(labels)), len(labels))),
        "macro_f1": _mean(result.macro_f1 for result in results),
        "nll": _mean(result.nll for result in results),
        "brier": _mean(result.brier for result in results),
        "ece": _mean(result.ece for result in results),
        "ece_calibrated": _mean(
            expected_calibration_error(labels, member.calibrated_test_probabilities) for member in members
        ),
        "temperature": first.temperature,
        "n_test": len(labels),
        "per_class": [
            {"class" if key == "name" else key: value for key, value in row.items()} for row in detail["per_class"]
        ],
        "confusion": detail["confusion"],
        "top_confusions": [asdict(pair) for pair in top_confusions(results[0].confusion, data.class_names)],
        "slices": [
            asdict(group)
            for group in slices(data.test.images, labels, first.test_probabilities, class_names=data.class_names)
        ],
        "recipe": first.recipe,
        "groups": first.groups,
        "chosen": first.chosen,
        "hardware": first.hardware,
        "versions": first.versions,
        "files": {}
        if first.folder is None
        else {
            "model": (first.folder / MODEL_FILE).relative_to(out).as_posix(),
            "history": (first.folder / HISTORY_FILE).relative_to(out).as_posix(),
        },
    }


def compare_all(firsts: Sequence[Member], labels: np.ndarray) -> list[dict[str, Any]]:
    """Return a paired comparison of every two networks, each with its first seed, on the same test images.

    McNemar's test asks whether chance explains the difference; the bootstrap interval says how large it is.
    """
    entries = []
    for a, b in combinations(firsts, 2):
        right_a = a.test_probabilities.argmax(axis=1) == labels
        right_b = b.test_probabilities.argmax(axis=1) == labels
        entries.append({"a": a.model, "b": b.model, **compare_pair(right_a, right_b)})
    return entries


def compare_pair(right_a: np.ndarray, right_b: np.ndarray) -> dict[str, Any]:
    """Return difference, interval and McNemar's test for two models' right answers, bool ``(n,)`` each."""
    return {**asdict(paired_bootstrap(right_a, right_b)), **asdict(mcnemar(right_a, right_b))}


def _mean(values) -> float:
    return float(np.mean(list(values)))
