"""Databases of drawn experiments for the checks: the schema of the experiment store, filled from a seed.

They are small, and hold what real ones hold and what careless queries stumble over: runs without a finished network,
two runs of one name, data sets that share a name or a checksum, networks that were trained without validation, epochs
that tie, predictions of a network that is not finished.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..config import CLASS_NAMES
from ..evaluate import wilson_interval
from ..tracking.scripts import script_path
from .draw import Draw

MOMENT = "2026-03-0{day} 12:{minute:02}:00"
NAMES = ("baseline", "fastnet", "tinynet:frozen")

Record = dict[str, Any]


@dataclass(frozen=True)
class Experiments:
    """Experiments as plain rows, one dict for each row of a table.

    Attributes:
        datasets, classes, images, runs, models, epochs, predictions: the rows of the tables, with the columns that the
            questions ask about.
    """

    datasets: list[Record]
    classes: list[Record]
    images: list[Record]
    runs: list[Record]
    models: list[Record]
    epochs: list[Record]
    predictions: list[Record]

    @property
    def finished(self) -> list[Record]:
        """The models that are finished."""
        return [model for model in self.models if model["status"] == "finished"]

    def of(self, model_id: int) -> list[Record]:
        """Return the predictions of a model."""
        return [row for row in self.predictions if row["model_id"] == model_id]

    def class_names(self, dataset_id: int) -> list[str]:
        """Return the names of the classes of a data set in their order."""
        return [row["class_name"] for row in self.classes if row["dataset_id"] == dataset_id]

    def connect(self) -> sqlite3.Connection:
        """Return a database in memory that holds all rows."""
        connection = empty_store()
        open_models = [{**model, "status": "running"} for model in self.models]
        for table, rows in (
            ("Datasets", self.datasets), ("Classes", self.classes), ("Test_Images", self.images), ("Runs", self.runs),
            ("Model_Info", open_models), ("Epoch_Stats", self.epochs), ("Predictions_Log", self.predictions),
        ):  # fmt: skip
            insert(connection, table, rows)
        # A model becomes finished when its predictions are there; the database insists on this order.
        done = [(model["model_id"],) for model in self.finished]
        connection.executemany("UPDATE \"Model_Info\" SET status = 'finished' WHERE model_id = ?", done)
        connection.commit()
        return connection


def empty_store() -> sqlite3.Connection:
    """Return an empty experiment store in memory: tables, views and rules, made by the script of the package."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(script_path("sqlite").read_text(encoding="utf-8"))
    return connection


def store_with_models(count: int) -> sqlite3.Connection:
    """Return a store with one run of ``count`` networks, numbered from 1, that have no epochs yet."""
    connection = empty_store()
    insert(connection, "Datasets", [_dataset(1, "CIFAR-10", "ab" * 32, 10)])
    insert(connection, "Runs", [_run(1, "first try", 1, "running")])
    insert(connection, "Model_Info", [_model(number, 1, 1, "baseline", number) for number in range(1, count + 1)])
    connection.commit()
    return connection


def insert(connection: sqlite3.Connection, table: str, rows: list[Record]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        names = ", ".join(f'"{name}"' for name in rows[0])
        places = ", ".join(f":{name}" for name in rows[0])
        connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)


def draw_experiments(draw: Draw) -> Experiments:
    """Draw three data sets, seven runs, and the networks, epochs and predictions of the runs."""
    rng = draw.rng
    names = [str(name) for name in rng.choice(CLASS_NAMES, 4, replace=False)]
    checksums = [rng.bytes(32).hex() for _ in range(2)]
    datasets = [
        _dataset(1, "CIFAR-10", checksums[0], 24),
        _dataset(2, "CIFAR-10, a few", checksums[0], 15),  # the same source, but another choice of test images
        _dataset(3, "CIFAR-10", checksums[1], 20),  # the same name, but a copy whose pictures were saved anew
    ]
    classes, images = [], []
    for dataset in datasets:
        key = dataset["dataset_id"]
        order = names if key == 1 else [str(name) for name in rng.permutation(names)]
        for index, name in enumerate(order):
            number = len(classes) + 1
            classes.append({"class_id": number, "dataset_id": key, "class_index": index, "class_name": name})
        labels = draw.labels(dataset["test_size"], len(names))
        images += [{"dataset_id": key, "image_index": i, "label": int(label)} for i, label in enumerate(labels)]

    twice = "second try"
    runs = [
        _run(1, "first try", 1, "finished"), _run(2, twice, 1, "finished"), _run(3, twice, 2, "finished"),
        _run(4, "other copy", 3, "interrupted"), _run(5, "crashed", 1, "failed"), _run(6, "just begun", 1, "running"),
        _run(7, "overnight", 3, "finished"),
    ]  # fmt: skip
    plan = {  # run -> its networks; the star marks one that is not finished
        1: ["baseline", "baseline", "fastnet", "tinynet:frozen"], 2: ["baseline", "fastnet", "fastnet"],
        3: ["baseline", "fastnet"], 4: ["fastnet", "fastnet*", "baseline*"], 5: ["baseline*"], 6: [],
        7: ["fastnet", "tinynet:frozen"],
    }  # fmt: skip
    models, epochs, predictions = [], [], []
    seeds = iter(rng.permutation(100).tolist())
    for run in runs:
        for planned in plan[run["run_id"]]:
            name, star = planned.removesuffix("*"), planned.endswith("*")
            model = _model(len(models) + 1, run["run_id"], run["dataset_id"], name, next(seeds))
            models.append(model)
            epochs += _epochs(model, rng)
            answered = _predictions(model, images, len(names), rng)
            if not star:
                _finish(model, answered)
            if not star or name == "fastnet":  # killed after its predictions, before its scores
                predictions += answered
    return Experiments(datasets, classes, images, runs, models, epochs, predictions)


def _dataset(key: int, name: str, checksum: str, test_size: int) -> Record:
    return {
        "dataset_id": key, "name": name, "kind": "cifar10", "is_synthetic": 0, "checksum": checksum,
        "train_size": 1000, "test_size": test_size, "subset_seed": 10, "num_classes": 4,
    }  # fmt: skip


def _run(key: int, name: str, dataset_id: int, status: str) -> Record:
    moment = MOMENT.format(day=key, minute=0)
    return {
        "run_id": key, "run_key": f"key {key}", "name": name, "status": status, "seed": 0, "dataset_id": dataset_id,
        "train_images": 900, "validation_images": 100, "hardware": "{}", "versions": "{}", "started_utc": moment,
        "seen_utc": moment,
    }  # fmt: skip


def _model(key: int, run_id: int, dataset_id: int, name: str, seed: int) -> Record:
    return {
        "model_id": key, "run_id": run_id, "dataset_id": dataset_id, "model_name": name, "seed": seed,
        "status": "running", "accuracy": None, "accuracy_low": None, "accuracy_high": None,
        "started_utc": MOMENT.format(day=run_id, minute=key),
    }  # fmt: skip


def _epochs(model: Record, rng: np.random.Generator) -> list[Record]:
    """Draw a training: the validation accuracy peaks before the end, and reaches its peak twice in some of them.

    A frozen network has no epochs, and one network of the first run was trained without validation.
    """
    if ":frozen" in model["model_name"]:
        return []
    count = int(rng.integers(5, 8))
    peak = int(rng.integers(2, count - 2))  # position of the best epoch, neither the first nor the last ones
    train = np.sort(rng.uniform(0.5, 0.95, count))
    train[[-2, -1]] = train[[-1, -2]]  # the highest training accuracy is not that of the last epoch
    valid = np.round(rng.uniform(0.35, 0.6, count), 3)
    valid[peak] = round(float(rng.uniform(0.65, 0.75)), 3)
    if model["model_id"] % 2:
        valid[peak + 1] = valid[peak]
    loss = np.sort(rng.uniform(0.2, 1.5, count))[::-1]
    val_loss = rng.uniform(1.0, 1.6, count)
    val_loss[peak - 1] = 0.9  # the lowest loss is not at the highest accuracy
    blind = model["model_id"] == 3
    return [
        {
            "model_id": model["model_id"], "epoch": number + 1, "loss": float(loss[number]),
            "accuracy": float(train[number]), "val_loss": None if blind else float(val_loss[number]),
            "val_accuracy": None if blind else float(valid[number]),
            "logged_utc": MOMENT.format(day=model["run_id"], minute=number + 10),
        }
        for number in range(count)
    ]  # fmt: skip


def _predictions(model: Record, images: list[Record], classes: int, rng: np.random.Generator) -> list[Record]:
    """Draw answers that are right more often than not; models differ in how often."""
    skill = rng.uniform(0.45, 0.8)
    rows = []
    for image in images:
        if image["dataset_id"] != model["dataset_id"]:
            continue
        label = image["label"]
        # Mistakes prefer the next class, so that some pairs stand out.
        wrong = (label + 1) % classes if rng.random() < 0.6 else int(rng.integers(0, classes))
        rows.append(
            {
                "model_id": model["model_id"], "image_index": image["image_index"],
                "dataset_id": model["dataset_id"], "label": label,
                "predicted": label if rng.random() < skill else wrong,
                "confidence": round(float(rng.uniform(0.3, 1.0)), 4),
            }
        )  # fmt: skip
    return rows


def _finish(model: Record, predictions: list[Record]) -> None:
    hits = sum(row["label"] == row["predicted"] for row in predictions)
    low, high = wilson_interval(hits, len(predictions))
    scores = {"accuracy": hits / len(predictions), "accuracy_low": float(low), "accuracy_high": float(high)}
    model.update(status="finished", **scores)
