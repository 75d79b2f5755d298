"""The copy of a run in MLflow, where that is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cifar_teach.tracking import queries
from cifar_teach.tracking.mlflow_logger import EXPERIMENT, log_to_mlflow, mlflow_epoch_logger
from cifar_teach.tracking.problems import TrackingError
from cifar_teach.tracking.store import ExperimentStore
from tests.tracking.example import enter

mlflow = pytest.importorskip("mlflow", reason="MLflow is optional")


@pytest.fixture
def uri(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the only store of mlflow-skinny that needs no server
    return (tmp_path / "mlruns").as_uri()


@pytest.fixture
def store(tmp_path):
    with ExperimentStore(str(tmp_path / "experiments.db")) as opened:
        enter(opened)
        yield opened


def test_a_run_is_copied_once_with_all_that_mlflow_has_room_for(store, uri):
    copied = log_to_mlflow(store, 1, tracking_uri=uri)
    assert len(copied) == 2
    assert log_to_mlflow(store, 1, tracking_uri=uri) == []
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert len(client.search_runs([experiment.experiment_id])) == 2
    for model, run_id in zip(queries.models(store), copied, strict=True):
        found = client.get_run(run_id)
        assert found.info.status == "FINISHED"
        assert found.data.metrics["accuracy"] == pytest.approx(model["accuracy"])
        assert found.data.params["seed"] == "3" and found.data.params["epochs"] == "2"
        assert found.data.tags["synthetic"] == "true" and found.data.tags["data_checksum"] == "ab" * 32
        history = client.get_metric_history(run_id, "epoch_val_loss")
        assert [(point.step, point.value) for point in history] == [(1, pytest.approx(2.1)), (2, pytest.approx(1.05))]
        path = Path(client.download_artifacts(run_id, "confusion_matrix.json"))
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert sum(cell["images"] for cell in cells) == 60


def test_a_copy_that_was_cut_off_is_made_again(store, uri, monkeypatch):
    from cifar_teach.tracking import mlflow_logger

    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(mlflow_logger, "_copy_details", killed)
        log_to_mlflow(store, 1, tracking_uri=uri)
    assert len(log_to_mlflow(store, 1, tracking_uri=uri)) == 2
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"]


def test_epochs_are_logged_as_they_happen(uri):
    keras = pytest.importorskip("keras")
    import numpy as np

    client = mlflow.MlflowClient(uri)
    run_id = client.create_run(client.create_experiment("live")).info.run_id
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = mlflow_epoch_logger(run_id, tracking_uri=uri)
    callback.epochs_before = 2
    history = model.fit(np.ones((8, 4)), np.zeros(8), epochs=2, verbose=0, callbacks=[callback])
    logged = client.get_metric_history(run_id, "epoch_loss")
    assert [point.step for point in logged] == [3, 4]
    assert [point.value for point in logged] == pytest.approx(history.history["loss"])


def test_an_mlflow_that_refuses_is_explained(store, uri):
    log_to_mlflow(store, 1, tracking_uri=uri)
    client = mlflow.MlflowClient(uri)
    client.delete_experiment(client.get_experiment_by_name(EXPERIMENT).experiment_id)
    enter(store, "key-2")
    with pytest.raises(TrackingError, match=r"MLflow could not take run 2: .*Check its address"):
        log_to_mlflow(store, 2, tracking_uri=uri)
