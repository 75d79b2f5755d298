"""Real trainings entered as they happen: killed between epochs, continued, entered in a second database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cifar_teach.pipeline import RunSettings, run, workflow
from cifar_teach.tracking import queries
from cifar_teach.tracking.schema import FIVE_TABLES
from cifar_teach.tracking.store import ExperimentStore

pytestmark = pytest.mark.timeout(1800)  # whole runs: on a busy machine the first fixture alone takes minutes

ROOT = Path(__file__).resolve().parents[2]
MODELS = ("fastnet", "baseline", "tinynet:frozen")
FASTNET_EPOCHS = 3

RUN = """
import sys
from tests.tracking.test_run import start
start(sys.argv[1], sys.argv[2])
"""


def start(out: str, db: str) -> dict:
    """Run the workflow without drawing its figures, which say nothing about the store."""
    workflow._save = lambda drawings, out: []
    workflow.write_error_browser = lambda *arguments, **options: None
    settings = RunSettings(
        Path(out), profile="smoke", source="synthetic", models=MODELS, ensemble=True, progress=False, db=db,
        train_size=300, keep_probabilities=True, command="cifar-teach run --profile smoke",
    )  # fmt: skip
    return run(settings, say=lambda line: None)


def counts(store: ExperimentStore) -> dict[str, int]:
    return {name: queries.select(store, f'SELECT COUNT(*) AS n FROM "{name}"')[0]["n"] for name in FIVE_TABLES}


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> tuple[Path, str]:
    """Kill a run, without a chance to clean up, after the first epoch that its database shows."""
    out = tmp_path_factory.mktemp("run")
    db = str(out / "experiments.db")
    process = subprocess.Popen([sys.executable, "-c", RUN, str(out), db], cwd=ROOT, env={**os.environ})
    with ExperimentStore(db) as store:
        while process.poll() is None and not queries.epochs(store):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    return out, db


@pytest.fixture(scope="module")
def finished(killed) -> tuple[Path, str, list[dict], dict]:
    out, db = killed
    with ExperimentStore(db) as store:
        before = queries.epochs(store)
        assert [row["state"] for row in queries.runs(store)] == ["interrupted"]
        assert queries.select(store, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert queries.select(store, "PRAGMA foreign_key_check") == []
        assert queries.confusion_matrix(store) == []
    saved = workflow._save, workflow.write_error_browser
    try:
        report = start(str(out), db)
    finally:
        workflow._save, workflow.write_error_browser = saved
    return out, db, before, report


@pytest.mark.slow
def test_a_killed_run_goes_on_with_its_rows_and_enters_no_epoch_twice(finished):
    _, db, before, _ = finished
    with ExperimentStore(db) as store:
        (found,) = queries.runs(store)
        assert (found["state"], found["models"], found["train_images"]) == ("finished", 4, 270)
        assert [row["model_name"] for row in queries.models(store)] == [*MODELS, "ensemble"]
        assert [row["epochs"] for row in queries.models(store)] == [FASTNET_EPOCHS, 1, 0, 0]
        after = queries.epochs(store)
    assert 1 <= len(before) < FASTNET_EPOCHS
    assert after[: len(before)] == before  # those of before the kill, untouched


@pytest.mark.slow
def test_what_the_database_says_is_what_the_report_says(finished):
    _, db, _, report = finished
    with ExperimentStore(db) as store:
        for entry, row in zip(report["models"], queries.models(store), strict=True):
            for ours, theirs in (("model_name", "model"), ("parameters", "params"), ("macs", "macs")):
                assert row[ours] == entry[theirs]
            for name in ("accuracy", "macro_f1", "nll", "brier", "ece", "ece_calibrated", "temperature"):
                assert row[name] == pytest.approx(entry[name])
            cells = [cell["images"] for cell in queries.confusion_matrix(store, [row["model_id"]])]
            assert cells == [images for line in entry["confusion"] for images in line]
            f1 = [one["f1"] for one in queries.class_metrics(store, [row["model_id"]])]
            assert f1 == pytest.approx([one["f1"] for one in entry["per_class"]])


@pytest.mark.slow
def test_postgresql_gets_the_same_counts_and_the_same_numbers(finished, postgresql, monkeypatch):
    out, db, _, _ = finished
    for name in ("_save", "write_error_browser"):
        monkeypatch.setattr(workflow, name, getattr(workflow, name))  # what `start` replaces is put back
    address = postgresql()
    start(str(out), address)  # the trainings are there already: all of it is entered, nothing is trained again
    with ExperimentStore(db) as sqlite, ExperimentStore(address) as other:
        assert counts(other) == counts(sqlite)
        assert counts(other) == {
            "Model_Info": 4, "Epoch_Stats": 4, "Class_Metrics": 40, "Confusion_Matrix": 400, "Predictions_Log": 800,
        }  # fmt: skip
        assert queries.confusion_matrix(other) == queries.confusion_matrix(sqlite)
        for ours, theirs in zip(queries.epochs(sqlite), queries.epochs(other), strict=True):
            assert theirs["loss"] == pytest.approx(ours["loss"], rel=1e-6)


@pytest.mark.slow
def test_the_same_command_again_adds_nothing(finished, monkeypatch):
    out, db, _, _ = finished
    for name in ("_save", "write_error_browser"):
        monkeypatch.setattr(workflow, name, getattr(workflow, name))
    with ExperimentStore(db) as store:
        before = counts(store)
        start(str(out), db)
        assert counts(store) == before
        assert len(queries.runs(store)) == 1


@pytest.mark.slow
def test_epochs_of_several_stages_are_counted_through(tmp_path):
    """Fine-tuning in two stages, logged by the callback, against the history that the training itself returns."""
    from cifar_teach.backbones import build_transfer_model, split_points
    from cifar_teach.data import LabelledImages
    from cifar_teach.tracking.logging import epoch_logger
    from cifar_teach.train import Stage, fine_tune, get_stages
    from tests.tracking.example import CLASSES, IMAGES, LABELS, start_run

    model = build_transfer_model("tinynet", num_classes=len(CLASSES), image_size=32, seed=0)
    recipe = get_stages("tinynet")[0].recipe.with_changes(
        epochs=2, batch_size=20, precision="float32", stored_variants=1, freeze_batchnorm=True
    )
    last = split_points("tinynet")[-1]  # only the end of the network learns, which is quick
    stages = [Stage(last, recipe, stored=True), Stage(last, recipe.with_changes(epochs=1), stored=True)]
    with ExperimentStore(str(tmp_path / "a.db")) as store:
        model_id = store.start_model(start_run(store), "tinynet:finetuned", 3)
        images = LabelledImages(IMAGES, LABELS)
        history = fine_tune(model, images, stages, callbacks=(epoch_logger(store, model_id),), progress=False)
        rows = queries.epochs(store)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    for name in ("loss", "accuracy", "learning_rate"):
        assert [row[name] for row in rows] == pytest.approx(history.column(name))


@pytest.mark.slow
def test_a_wrong_address_costs_no_training(tmp_path):
    from cifar_teach.tracking.problems import TrackingError

    settings = RunSettings(tmp_path / "out", profile="smoke", source="synthetic", db=str(tmp_path / "no" / "x.db"))
    with pytest.raises(TrackingError, match="does not exist"):
        run(settings, say=lambda line: None)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_run_that_fails_is_entered_as_failed(tmp_path, monkeypatch, finished):
    def broken(*arguments, **options):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(workflow, "train_member", broken)
    for name in ("_save", "write_error_browser"):
        monkeypatch.setattr(workflow, name, getattr(workflow, name))
    db = str(tmp_path / "a.db")
    with pytest.raises(RuntimeError, match="disk is full"):
        start(str(tmp_path / "out"), db)
    with ExperimentStore(db) as store:
        assert [(row["state"], row["models"]) for row in queries.runs(store)] == [("failed", 1)]
