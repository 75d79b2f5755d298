"""What the dashboard shows, read from the store: finished models with their curves, confusions and calibration."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ..evaluate import classification_metrics, confusion_matrix
from . import queries
from .connecting import hide_password
from .dashboard_measures import all_rounded, errors_by_cell, reliability, rounded
from .problems import TrackingError
from .provenance import hardware_in_words
from .queries import Row
from .store import ExperimentStore

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class TestSet:
    """Test images that models share: only among them are accuracies comparable.

    Data sets that differ in their training images alone have the same test set.

    Attributes:
        key: name of the test set within the page.
        name: what a reader is told, such as ``CIFAR-10``.
        synthetic: whether the pictures are drawn, so that the numbers say nothing about CIFAR-10.
        checksum: SHA-256 of the source.
        size: number of test images.
        subset_seed: the seed that chose them.
        class_names: in the order of the labels.
        dataset_ids: rows of ``Datasets`` that it stands for.
        train_size: training images of one of them, which the loader needs to find the same test images again.
        labels: true classes, int64 ``(size,)``.
    """

    key: str
    name: str
    synthetic: bool
    checksum: str
    size: int
    subset_seed: int
    class_names: tuple[str, ...]
    dataset_ids: list[int]
    train_size: int
    labels: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """Return what the page says about it."""
        name = "drawn pictures, not CIFAR-10" if self.synthetic else self.name
        return {
            "key": self.key,
            "name": self.name,
            "label": f"{name}, {self.size:,} test images ({self.checksum[:6]})",
            "synthetic": self.synthetic,
            "checksum": self.checksum,
            "n": self.size,
            "classes": list(self.class_names),
        }


@dataclass
class Findings:
    """Everything that the page shows, but for the pictures.

    Attributes:
        test_sets: the one with the newest model first.
        models: one dict per finished model, oldest first, ready for JSON; the page's scripts read them.
        unfinished: how many models in the database have no results yet.
    """

    test_sets: list[TestSet]
    models: list[dict[str, Any]]
    unfinished: int


def read_findings(url: str) -> Findings:
    """Read all finished models of a database.

    Args:
        url: address of the database, or path of an SQLite file. One of an older version is brought up to date.

    Raises:
        TrackingError: there is no such database, it holds no experiments, none is finished, or it cannot be read.
    """
    shown = hide_password(url)
    with ExperimentStore(url, must_exist=True) as store:
        rows = queries.models(store)
        finished = sorted((row for row in rows if row["status"] == "finished"), key=lambda row: row["started_utc"])
        if not rows:
            raise TrackingError(f"'{shown}' holds no runs yet. Make one with: cifar-teach run --db {shown}")
        if not finished:
            raise TrackingError(
                f"No model in '{shown}' is finished ({len(rows)} begun), so there are no results to show. "
                "Wait for a run to end, or go on with an interrupted one by giving its command again."
            )
        newest_first = dict.fromkeys(row["dataset_id"] for row in reversed(finished))
        test_sets = _test_sets(store, newest_first)
        of_dataset = {dataset_id: test_set for test_set in test_sets for dataset_id in test_set.dataset_ids}
        runs = {run["run_id"]: run for run in queries.runs(store)}
        curves: dict[int, list[Row]] = {}
        for row in queries.epochs(store):
            curves.setdefault(row["model_id"], []).append(row)
        models = [
            _model(store, row, runs[row["run_id"]], of_dataset[row["dataset_id"]], curves.get(row["model_id"], []))
            for row in finished
        ]
    _name(models)
    return Findings(test_sets, models, unfinished=len(rows) - len(finished))


def _test_sets(store: ExperimentStore, dataset_ids: Iterable[int]) -> list[TestSet]:
    """Return the test sets of these data sets, in this order, each once."""
    known = {row["dataset_id"]: row for row in queries.select(store, 'SELECT * FROM "Datasets"')}
    classes = queries.classes(store)
    sets: dict[str, TestSet] = {}
    for dataset_id in dataset_ids:
        row = known[dataset_id]
        key = f"{row['checksum'][:12]}-{row['test_size']}-{row['subset_seed']}"
        if key in sets:
            sets[key].dataset_ids.append(dataset_id)
            continue
        labels = queries.select(
            store,
            'SELECT label FROM "Test_Images" WHERE dataset_id = :dataset_id ORDER BY image_index',
            dataset_id=dataset_id,
        )
        sets[key] = TestSet(
            key=key,
            name=row["name"],
            synthetic=bool(row["is_synthetic"]),
            checksum=row["checksum"],
            size=row["test_size"],
            subset_seed=row["subset_seed"],
            class_names=tuple(each["class_name"] for each in classes if each["dataset_id"] == dataset_id),
            dataset_ids=[dataset_id],
            train_size=row["train_size"],
            labels=np.array([each["label"] for each in labels], dtype=np.int64),
        )
    return list(sets.values())


def _model(store: ExperimentStore, row: Row, run: Row, test_set: TestSet, epochs: Sequence[Row]) -> dict[str, Any]:
    """Return one model as the page's scripts expect it; numbers are rounded to what a reader can use."""
    found = queries.confidences(store, row["model_id"])
    predicted, confidence, calibrated = found["predicted"], found["confidence"], found["calibrated_confidence"]
    labels, classes = test_set.labels, len(test_set.class_names)
    confusion = confusion_matrix(labels, predicted, classes)
    scores = classification_metrics(confusion)
    return {
        "id": str(row["model_id"]),
        "run": str(row["run_id"]),
        "run_name": row["run_name"],
        "model": row["model_name"],
        "seed": row["seed"],
        "dataset": test_set.key,
        "day": row["started_utc"].date().isoformat(),
        "started": _moment(row["started_utc"]),
        "n": len(labels),
        "accuracy": row["accuracy"],
        "low": row["accuracy_low"],
        "high": row["accuracy_high"],
        "macro_f1": rounded(row["macro_f1"]),
        "parameters": row["parameters"],
        "macs": row["macs"],
        "seconds": rounded(row["train_seconds"], 2),
        "cpu_seconds": rounded(row["train_cpu_seconds"], 2),
        "temperature": rounded(row["temperature"], 3),
        "history": {
            "epoch": [epoch["epoch"] for epoch in epochs],
            **{name: [rounded(epoch[name]) for epoch in epochs] for name in CURVES},
        },
        "confusion": confusion.tolist(),
        **{name: all_rounded(getattr(scores, name)) for name in ("precision", "recall", "f1")},
        "support": scores.support.tolist(),
        "reliability": reliability(labels, predicted, confidence, classes),
        "calibrated": None if np.isnan(calibrated).any() else reliability(labels, predicted, calibrated, classes),
        "right": base64.b64encode(np.packbits(predicted == labels)).decode("ascii"),
        "errors": errors_by_cell(labels, predicted, confidence),
        "facts": _facts(row, run),
    }


def _facts(row: Row, run: Row) -> list[list[str]]:
    """Return what made this model, as pairs of a name and a text."""
    hardware, versions = json.loads(run["hardware"]), json.loads(run["versions"])
    facts = {
        "Run": f"{row['run_id']}, {run['name']}",
        "Profile": run["profile"],
        "Training images": f"{run['train_images']:,}, and {run['validation_images']:,} that only decide",
        "Number format": row["number_format"],
        "Code": run["git_revision"],
        "Command": run["command"],
        "Machine": hardware_in_words(hardware),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }
    return [[name, value] for name, value in facts.items() if value]


def _name(models: list[dict[str, Any]]) -> None:
    """Give each model the name by which the page tells it from the others: with its seed where that is needed."""
    alike = Counter((model["run"], model["model"]) for model in models)
    for model in models:
        seed = f", seed {model['seed']}" if alike[model["run"], model["model"]] > 1 else ""
        model["name"] = f"{model['model']}, run {model['run']}{seed}"


def _moment(when: datetime) -> str:
    return f"{when.day} {when:%B %Y, %H:%M} UTC"
