"""The same experiments in MLflow, for those who use it: epochs as they happen, or a whole run afterwards.

MLflow is optional (``pip install mlflow``, or the smaller ``mlflow-skinny``). It has no place for predictions of single
images, and a confusion matrix becomes a JSON artifact. Nothing here changes MLflow's global state.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import queries
from .problems import TrackingError
from .store import ExperimentStore

if TYPE_CHECKING:
    import keras

EXPERIMENT = "cifar-teach"
METRICS = (
    "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "nll", "brier", "ece", "ece_calibrated", "temperature",
    "parameters", "macs", "train_seconds", "train_cpu_seconds", "predict_seconds",
)  # fmt: skip
EPOCH_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
MOST_CHARACTERS = 500
"""MLflow's limit for the value of a parameter."""


def _load_mlflow() -> ModuleType:
    try:
        import mlflow
    except ImportError as problem:
        raise TrackingError(
            "MLflow is not installed: pip install mlflow-skinny. The experiments do not need it: "
            "cifar-teach run --db URL keeps them in SQL."
        ) from problem
    return mlflow


def mlflow_epoch_logger(mlflow_run_id: str, *, tracking_uri: str | None = None) -> keras.callbacks.Callback:
    """Return a callback that logs each epoch to a run of MLflow, as ``epoch_loss``, ``epoch_val_accuracy`` and so on.

    Args:
        mlflow_run_id: an MLflow run that exists, for example ``mlflow.start_run().info.run_id``.
        tracking_uri: where MLflow keeps its runs; None means as MLflow is set.

    Raises:
        TrackingError: MLflow is not installed.
    """
    client = _load_mlflow().MlflowClient(tracking_uri)
    import keras

    class MlflowEpochLogger(keras.callbacks.Callback):
        """Has ``epochs_before``, as the store's own logger."""

        epochs_before = 0

        def on_epoch_end(self, epoch, logs=None) -> None:
            for name, value in (logs or {}).items():
                client.log_metric(mlflow_run_id, f"epoch_{name}", float(value), step=self.epochs_before + epoch + 1)

    return MlflowEpochLogger()


def log_to_mlflow(store: ExperimentStore, run_id: int, *, tracking_uri: str | None = None) -> list[str]:
    """Copy the finished models of a run to MLflow, each as a run of its own.

    Recipe and seed become parameters, provenance becomes tags, results and epochs become metrics (``epoch_*`` with the
    epoch as step), and the confusion matrix an artifact. A model that was copied before is not copied again.

    Args:
        store: the experiments.
        run_id: the run in it.
        tracking_uri: where MLflow keeps its runs; None means as MLflow is set.

    Returns:
        The ids that MLflow gave to the new runs, in the order of the models.

    Raises:
        TrackingError: MLflow is not installed, cannot be reached or refuses something, or there is no such run.
    """
    mlflow = _load_mlflow()
    run = queries.run(store, run_id)
    try:
        return _copy_models(mlflow, store, run, tracking_uri)
    except mlflow.exceptions.MlflowException as problem:
        reason = str(problem).strip().partition("\n")[0][:300].rstrip(".")
        raise TrackingError(
            f"MLflow could not take run {run_id}: {reason}. Check its address and whether its experiment "
            f"'{EXPERIMENT}' was deleted; then the same command copies what is missing."
        ) from problem


def _copy_models(mlflow: ModuleType, store: ExperimentStore, run: queries.Row, tracking_uri: str | None) -> list[str]:
    client = mlflow.MlflowClient(tracking_uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    experiment_id = client.create_experiment(EXPERIMENT) if experiment is None else experiment.experiment_id
    copied = []
    for model in queries.models(store, [run["run_id"]]):
        key = f"{run['run_key']}/{model['model_name']}/{model['seed']}"
        if model["status"] != "finished":
            continue
        there = client.search_runs([experiment_id], f"tags.cifar_teach_key = '{key}'")
        if any(copy.info.status == "FINISHED" for copy in there):
            continue
        for half in there:  # of a program that was killed while it copied
            client.delete_run(half.info.run_id)
        copied.append(_copy(client, mlflow, experiment_id, run, model, key))
        _copy_details(client, mlflow, store, copied[-1], model)
        client.set_terminated(copied[-1], "FINISHED", end_time=_milliseconds(model["finished_utc"]))
    return copied


def _copy(client: Any, mlflow: ModuleType, experiment_id: str, run: queries.Row, model: queries.Row, key: str) -> str:
    tags = {
        "cifar_teach_key": key,
        "cifar_teach_run": str(run["run_id"]),
        "data": run["data_name"],
        "data_checksum": run["checksum"],
        "synthetic": str(bool(run["is_synthetic"])).lower(),
        "git_revision": run["git_revision"] or "unknown",
        "command": run["command"] or "unknown",
        "hardware": run["hardware"],
        "versions": run["versions"],
    }
    started = _milliseconds(model["started_utc"])
    name = f"{run['name']} {model['model_name']} seed {model['seed']}"
    new = client.create_run(experiment_id, start_time=started, tags=tags, run_name=name).info.run_id
    recipe = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in json.loads(model["recipe"] or "{}").items()
    }
    parameters = {"model": model["model_name"], "seed": str(model["seed"]), **recipe}
    entities = mlflow.entities
    client.log_batch(
        new,
        params=[entities.Param(name, value[:MOST_CHARACTERS]) for name, value in parameters.items()],
        metrics=[
            entities.Metric(name, float(model[name]), _milliseconds(model["finished_utc"]), 0)
            for name in METRICS
            if model[name] is not None
        ],
    )
    return new


def _copy_details(client: Any, mlflow: ModuleType, store: ExperimentStore, new: str, model: queries.Row) -> None:
    for row in queries.epochs(store, [model["model_id"]]):
        when = _milliseconds(row["logged_utc"])
        metrics = [
            mlflow.entities.Metric(f"epoch_{name}", float(row[name]), when, row["epoch"])
            for name in EPOCH_METRICS
            if row[name] is not None
        ]
        client.log_batch(new, metrics=metrics)
    cells = queries.confusion_matrix(store, [model["model_id"]])
    kept = ("true_class", "predicted_class", "images")
    client.log_dict(new, {"cells": [{name: cell[name] for name in kept} for cell in cells]}, "confusion_matrix.json")


def _milliseconds(when: datetime) -> int:
    return int(when.replace(tzinfo=UTC).timestamp() * 1000)
