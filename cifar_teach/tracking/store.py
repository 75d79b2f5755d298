"""``ExperimentStore``: writes runs, epochs and predictions, each step whole or not at all."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..config import check_seed
from ..data.dataset import Provenance
from ..evaluate import classification_metrics, wilson_interval
from .connecting import DEFAULT_URL, alone, hide_password, open_engine, reading, writing
from .entries import enter_dataset, labels_of, row_of, sign_of_life
from .migrations import prepare, version_of
from .predictions import prediction_rows, wrong_pictures
from .problems import TrackingError
from .provenance import git_revision, machine, now
from .schema import table

EPOCH_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
MEASURES = (
    "parameters", "parameters_not_trainable", "macs", "number_format", "recipe", "train_seconds", "train_cpu_seconds",
    "predict_seconds", "temperature", "nll", "brier", "ece", "ece_calibrated",
)  # fmt: skip
"""What :meth:`ExperimentStore.finish_model` takes; accuracy and F1 it counts itself."""
ROWS_AT_ONCE = 20_000


class ExperimentStore:
    """The experiments in one database.

    The order of the calls is that of the work: ``start_run``, and for each network ``start_model``, ``log_epoch`` as
    each epoch ends, ``log_predictions``, ``finish_model``; then ``finish_run``. Each call is one transaction, so a
    program that is killed between two of them leaves a database in which every row is true. Called again with the same
    keys, the calls go on with the rows that are there.

    Args:
        url: ``sqlite:///experiments.db``, ``postgresql://user:password@host/name``, ``mssql+pyodbc://...``, or the
            path of an SQLite file.
        must_exist: refuse an SQLite file that is not there, and a database without these tables, instead of making
            them.

    Raises:
        TrackingError: the database cannot be reached, is newer than this package, or lacks what must exist.
    """

    def __init__(self, url: str = DEFAULT_URL, *, must_exist: bool = False) -> None:
        self.engine = open_engine(url, must_exist=must_exist)
        try:
            if must_exist and version_of(self.engine) is None:
                shown = hide_password(url)
                raise TrackingError(
                    f"'{shown}' holds no experiments: it lacks their tables. Check --db, or make some with: "
                    f"cifar-teach run --db {shown}"
                )
            self.migrated = prepare(self.engine)
        except BaseException:
            self.engine.dispose()
            raise

    def __enter__(self) -> ExperimentStore:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def start_run(
        self,
        key: str,
        *,
        name: str,
        seed: int,
        data: Provenance,
        class_names: Sequence[str],
        test_labels: np.ndarray,
        train_images: int,
        validation_images: int,
        hardware: Mapping[str, Any],
        versions: Mapping[str, str],
        profile: str | None = None,
        command: str | None = None,
    ) -> int:
        """Enter a run, or go on with the one of the same ``key``, and return its ``run_id``.

        Args:
            key: at most 64 characters; the same for an interrupted run and its continuation, different for any other.
            name: what people call it.
            seed: the first training seed, 0 to 2**32 - 1.
            data: provenance of the images.
            class_names: in the order of the probabilities.
            test_labels: int ``(n,)``, true classes of the test images.
            train_images, validation_images: how many to train on and to decide with.
            hardware, versions: mappings that JSON can hold; ``cifar_teach.environment.hardware()`` and
                ``cifar_teach.environment.versions()`` make them.
            profile, command: how it was called.

        Raises:
            TrackingError: no seed, or a key that belongs to a run on other data.
            CifarTeachError: the seed is out of range.
        """
        if seed is None:
            raise TrackingError("A run without a seed cannot be repeated, so it is not kept: give seed=.")
        check_seed(seed)
        runs = table("Runs")
        here = {"machine": machine(), "process": os.getpid(), "seen_utc": now()}
        with writing(self.engine) as connection:
            alone(connection)
            dataset_id = enter_dataset(connection, data, class_names, np.asarray(test_labels))
            known = connection.execute(runs.select().where(runs.c.run_key == key)).mappings().first()
            if known is not None:
                if known["dataset_id"] != dataset_id or known["seed"] != seed:
                    raise TrackingError(
                        f"Run {known['run_id']} has the key '{key}' but other data or another seed. Use a key of its "
                        "own for each run."
                    )
                going_on = {"status": "running", "finished_utc": None, **here}
                connection.execute(runs.update().where(runs.c.run_key == key).values(going_on))
                return known["run_id"]
            row = {
                "run_key": key, "name": name, "status": "running", "seed": int(seed), "dataset_id": dataset_id,
                "profile": profile, "train_images": int(train_images), "validation_images": int(validation_images),
                "git_revision": git_revision(), "command": command, "hardware": json.dumps(dict(hardware)),
                "versions": json.dumps(dict(versions)), "started_utc": here["seen_utc"], **here,
            }  # fmt: skip
            return connection.execute(runs.insert().values(row)).inserted_primary_key[0]

    def start_model(self, run_id: int, model_name: str, seed: int, *, planned_epochs: int | None = None) -> int:
        """Enter a network of a run, or find the one of this name and seed, and return its ``model_id``.

        Raises:
            TrackingError: there is no such run.
            CifarTeachError: the seed is out of range.
        """
        check_seed(seed)
        models = table("Model_Info")
        with writing(self.engine) as connection:
            alone(connection)
            run = row_of(connection, "Runs", "run_id", run_id)
            same = (models.c.run_id == run_id) & (models.c.model_name == model_name) & (models.c.seed == int(seed))
            known = connection.execute(models.select().where(same)).mappings().first()
            if known is not None:
                return known["model_id"]
            row = {
                "run_id": run_id, "dataset_id": run["dataset_id"], "model_name": model_name, "seed": int(seed),
                "status": "running", "planned_epochs": planned_epochs, "started_utc": now(),
            }  # fmt: skip
            return connection.execute(models.insert().values(row)).inserted_primary_key[0]

    def log_epoch(self, model_id: int, row: Mapping[str, Any]) -> None:
        """Enter one epoch; the row of an epoch that is there already is replaced.

        Args:
            model_id: the network.
            row: a row of :class:`cifar_teach.train.History`; ``epoch`` counts from 1.

        Raises:
            TrackingError: there is no such model, a value is out of range, or loss or accuracy is missing or no number.
        """
        self._log_epochs(model_id, [row], replace=True)

    def complete_epochs(self, model_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Enter those of ``rows`` whose epoch is missing, as after a kill between an epoch's training and its entry."""
        self._log_epochs(model_id, rows, replace=False)

    def _log_epochs(self, model_id: int, rows: Sequence[Mapping[str, Any]], *, replace: bool) -> None:
        from sqlalchemy import select

        epochs = table("Epoch_Stats")
        of_model = epochs.c.model_id == model_id
        with writing(self.engine) as connection:
            model = row_of(connection, "Model_Info", "model_id", model_id)
            known = set(connection.scalars(select(epochs.c.epoch).where(of_model)))
            if replace:
                again = [row["epoch"] for row in rows if row["epoch"] in known]
                connection.execute(epochs.delete().where(of_model & epochs.c.epoch.in_(again)))
            new = [
                {"model_id": model_id, "logged_utc": now(), **_epoch_values(row)}
                for row in rows
                if replace or row["epoch"] not in known
            ]
            if new:
                connection.execute(epochs.insert(), new)
            sign_of_life(connection, model["run_id"])

    def log_predictions(
        self,
        model_id: int,
        probabilities: np.ndarray,
        *,
        calibrated: np.ndarray | None = None,
        images: np.ndarray | None = None,
        keep_probabilities: bool = False,
    ) -> None:
        """Enter one prediction for each test image; those that are there already are replaced.

        Args:
            model_id: a network that is not finished.
            probabilities: float ``(n, classes)``, one row for each test image in the order of the test set.
            calibrated: the same after temperature scaling, for the calibrated confidence.
            images: uint8 ``(n, size, size, 3)``; pictures of the surest mistakes are kept as PNG.
            keep_probabilities: keep those of all classes, too (about 90 bytes for each image).

        Raises:
            TrackingError: no such model, a finished one, or not one row for each test image and one column per class.
        """
        log, pictures = table("Predictions_Log"), table("Test_Images")
        with writing(self.engine) as connection:
            model = row_of(connection, "Model_Info", "model_id", model_id)
            if model["status"] == "finished":
                raise TrackingError(f"Model {model_id} is finished: its predictions are final.")
            dataset_id = model["dataset_id"]
            labels = labels_of(connection, dataset_id)
            classes = row_of(connection, "Datasets", "dataset_id", dataset_id)["num_classes"]
            probabilities = np.asarray(probabilities)
            if probabilities.shape != (len(labels), classes):
                raise TrackingError(
                    f"The predictions have shape {probabilities.shape}; expected is one row for each of the "
                    f"{len(labels):,} test images and one column for each of the {classes} classes."
                )
            connection.execute(log.delete().where(log.c.model_id == model_id))
            known = {"model_id": model_id, "dataset_id": dataset_id}
            for rows in prediction_rows(
                probabilities, labels, calibrated, known, keep_probabilities=keep_probabilities, at_once=ROWS_AT_ONCE
            ):
                connection.execute(log.insert(), rows)
            if images is not None:
                # In the same order in every process: two of them could otherwise wait for each other's rows for ever.
                for index, png in sorted(wrong_pictures(images, labels, probabilities)):
                    this = (pictures.c.dataset_id == dataset_id) & (pictures.c.image_index == index)
                    connection.execute(pictures.update().where(this & pictures.c.png.is_(None)).values(png=png))
            sign_of_life(connection, model["run_id"])

    def finish_model(self, model_id: int, **measures: Any) -> None:
        """Declare a network finished; accuracy, its interval and macro F1 are counted from the predictions.

        Args:
            model_id: a network whose predictions have been entered.
            measures: costs and further scores: any of ``parameters``, ``parameters_not_trainable``, ``macs``,
                ``number_format``, ``recipe`` (turned into JSON), ``train_seconds``, ``train_cpu_seconds``,
                ``predict_seconds``, ``temperature``, ``nll``, ``brier``, ``ece``, ``ece_calibrated``.

        Raises:
            TrackingError: predictions are missing, or a measure is unknown or out of range.
        """
        from sqlalchemy import func, select

        unknown = set(measures) - set(MEASURES)
        if unknown:
            raise TrackingError(f"Unknown measures: {', '.join(sorted(unknown))}. Known: {', '.join(MEASURES)}.")
        if measures.get("recipe") is not None:
            measures["recipe"] = json.dumps(measures["recipe"])
        models, log = table("Model_Info"), table("Predictions_Log")
        with writing(self.engine) as connection:
            model = row_of(connection, "Model_Info", "model_id", model_id)
            classes = row_of(connection, "Datasets", "dataset_id", model["dataset_id"])["num_classes"]
            cell = (log.c.label, log.c.predicted)
            counted = select(*cell, func.count()).where(log.c.model_id == model_id).group_by(*cell)
            confusion = np.zeros((classes, classes), dtype=np.int64)
            for label, predicted, images in connection.execute(counted):
                confusion[label, predicted] = images
            if not confusion.any():
                raise TrackingError(f"Model {model_id} has no predictions yet: log_predictions comes first.")
            hits, total = int(confusion.trace()), int(confusion.sum())
            low, high = wilson_interval(hits, total)
            scores = {
                "accuracy": hits / total, "accuracy_low": float(low), "accuracy_high": float(high),
                "macro_f1": classification_metrics(confusion).macro_f1,
            }  # fmt: skip
            done = {"status": "finished", "finished_utc": now(), **scores, **measures}
            connection.execute(models.update().where(models.c.model_id == model_id).values(done))
            sign_of_life(connection, model["run_id"])

    def is_finished(self, model_id: int) -> bool:
        """Return whether the results of a network are complete."""
        with reading(self.engine) as connection:
            return row_of(connection, "Model_Info", "model_id", model_id)["status"] == "finished"

    def finish_run(
        self, run_id: int, *, status: str = "finished", seconds: float = 0.0, cpu_seconds: float = 0.0
    ) -> None:
        """Close a run.

        Args:
            run_id: the run.
            status: ``finished``, ``failed`` or ``interrupted``.
            seconds, cpu_seconds: work since it was started or continued; added to what stands there.

        Raises:
            TrackingError: there is no such run, or no such status.
        """
        runs = table("Runs")
        with writing(self.engine) as connection:
            run = row_of(connection, "Runs", "run_id", run_id)
            ended = now()
            end = {
                "status": status, "finished_utc": ended, "seen_utc": ended,
                "seconds": (run["seconds"] or 0.0) + seconds,
                "cpu_seconds": (run["cpu_seconds"] or 0.0) + cpu_seconds,
            }  # fmt: skip
            connection.execute(runs.update().where(runs.c.run_id == run_id).values(end))

    def delete_run(self, run_id: int) -> None:
        """Delete a run with its networks, epochs and predictions.

        Data set, classes and test images stay: other runs may use them, and the next run will.

        Raises:
            TrackingError: there is no such run.
        """
        runs = table("Runs")
        with writing(self.engine) as connection:
            row_of(connection, "Runs", "run_id", run_id)
            connection.execute(runs.delete().where(runs.c.run_id == run_id))


def _epoch_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of one epoch; what is no number is left empty, apart from loss and accuracy."""
    values = {name: row.get(name) for name in EPOCH_COLUMNS}
    for name in ("loss", "accuracy"):
        if values[name] is None:
            raise TrackingError(
                f"Epoch {row['epoch']} has no {name}. Compile the network with a loss and metrics=['accuracy']."
            )
        if not math.isfinite(values[name]):
            raise TrackingError(
                f"The {name} became {values[name]} in epoch {row['epoch']}: the training has diverged. Divide the "
                "learning rate by ten and train again."
            )
    return {name: value if value is None or math.isfinite(value) else None for name, value in values.items()}
