"""The whole workflow on drawn images: what is written, what is reused, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.config import VALIDATION_FRACTION
from cifar_teach.data import load_cifar10
from cifar_teach.evaluate import apply_temperature
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.models import build_model, load_model, predict, save_model
from cifar_teach.pipeline import RunSettings, run
from cifar_teach.pipeline.workflow import SPLIT_SEED
from cifar_teach.preprocess import stratified_split

MODEL_KEYS = {
    "model", "params", "macs", "seeds", "train_seconds", "predict_seconds", "accuracy", "interval", "macro_f1", "ece",
    "n_test",
}  # fmt: skip


def settings(out: Path, **changes) -> RunSettings:
    return RunSettings(**{"out": out, "profile": "smoke", "source": "synthetic", "progress": False} | changes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, dict, list[str]]:
    out = tmp_path_factory.mktemp("run")
    lines: list[str] = []
    report = run(settings(out, seeds=(0, 1)), say=lines.append)
    return out, report, lines


def test_report_json_is_what_run_returned(finished):
    out, report, _ = finished
    assert json.loads((out / "report.json").read_text()) == json.loads(json.dumps(report))


def test_report_holds_what_every_reader_needs(finished):
    _, report, _ = finished
    assert [entry["model"] for entry in report["models"]] == ["baseline", "fastnet"]
    for entry in report["models"]:
        assert entry.keys() >= MODEL_KEYS
        assert entry["seeds"] == [0, 1]
        assert entry["interval"][0] < entry["accuracy"] < entry["interval"][1]
        assert np.sum(entry["confusion"]) == entry["n_test"] == report["data"]["test_size"]
        assert entry["accuracy"] == pytest.approx(np.mean(entry["accuracy_per_seed"]))
    assert report["data"]["is_synthetic"] is True
    assert {"processor", "cores"} <= report["hardware"].keys()
    assert {"python", "keras", "numpy", "cifar-teach"} <= report["versions"].keys()


def test_detail_comes_from_the_first_seed_not_the_best(finished):
    _, report, _ = finished
    for entry in report["models"]:
        assert np.trace(entry["confusion"]) / entry["n_test"] == pytest.approx(entry["accuracy_per_seed"][0])


def test_every_file_is_there_and_nothing_half_written(finished):
    out, report, _ = finished
    assert (out / "report.html").stat().st_size > 100_000
    assert "drawn stand-in" in (out / "report.html").read_text()
    assert {path.suffix for path in (out / "figures").iterdir()} == {".png"}
    for entry in report["models"]:
        assert (out / f"errors-{entry['model']}.html").exists()
        assert (out / entry["files"]["history"]).exists()
    assert not [path for path in out.rglob("*") if ".part" in path.name or path.name == "training-state.npz"]


def test_the_saved_model_gives_the_reported_accuracy(finished):
    out, report, _ = finished
    data = load_cifar10(500, test_size=200, source="synthetic", quiet=True)
    for entry in report["models"]:
        saved = load_model(out / entry["files"]["model"])
        probabilities = predict(saved.model, data.test.images, views=saved.notes["test_views"])
        accuracy = (probabilities.argmax(axis=1) == data.test.labels).mean()
        assert accuracy == pytest.approx(entry["accuracy_per_seed"][0])


def test_the_note_of_a_saved_model_holds_its_accuracy_and_the_threshold_of_doubt(finished):
    """An app reads both: without a threshold it never says that a picture may be none of the classes."""
    out, report, _ = finished
    train = load_cifar10(500, test_size=200, source="synthetic", quiet=True).train
    _, validation = stratified_split(*train, fraction=VALIDATION_FRACTION, seed=SPLIT_SEED)
    for entry in report["models"]:
        folder = (out / entry["files"]["model"]).parent
        notes = load_model(folder / "model.keras").notes
        with np.load(folder / "predictions.npz") as arrays:
            calibrated = apply_temperature(arrays["validation"], notes["temperature"])
        assert notes["accuracy"] == pytest.approx(entry["accuracy_per_seed"][0])
        assert notes["interval"][0] < notes["accuracy"] < notes["interval"][1] and notes["n_test"] == 200
        doubt = notes["doubt"]
        assert (doubt["keep"], doubt["validation_images"]) == (0.95, len(calibrated))
        right = calibrated.argmax(axis=1) == validation.labels
        above = calibrated.max(axis=1)[right] >= doubt["threshold"]
        assert 0.95 - 1 / right.sum() <= above.mean() < 1, "a few of the right answers lie below it, and no more"


def test_a_second_run_reuses_finished_trainings(finished):
    out, report, _ = finished
    models = sorted((out / "runs").glob("*/model.keras"))
    written = [path.stat().st_mtime_ns for path in models]
    again = run(settings(out, seeds=(0, 1)), say=lambda line: None)
    assert [path.stat().st_mtime_ns for path in models] == written
    assert [entry["accuracy"] for entry in again["models"]] == [entry["accuracy"] for entry in report["models"]]


def test_other_data_is_not_taken_for_the_same_run(finished):
    out, _, _ = finished
    before = set((out / "runs").iterdir())
    run(settings(out, seeds=(0,), models=("baseline",), train_size=300), say=lambda line: None)
    added = set((out / "runs").iterdir()) - before
    assert [path.name.rsplit("-", 1)[0] for path in added] == ["baseline-seed0"]
    assert all((path / "model.keras").exists() for path in before)


def test_training_survives_a_failure_while_it_is_saved(tmp_path, monkeypatch):
    quick = settings(tmp_path, models=("baseline",))
    with monkeypatch.context() as broken:
        broken.setattr("cifar_teach.pipeline.members.save_model", lambda *_, **__: (_ for _ in ()).throw(OSError()))
        with pytest.raises(OSError):
            run(quick, say=lambda line: None)
    (state,) = (tmp_path / "runs").glob("*/training-state.npz")
    trained = state.stat().st_mtime_ns
    with monkeypatch.context() as watched:
        watched.setattr("cifar_teach.train.callbacks.save_state", lambda *_: pytest.fail("trained an epoch again"))
        run(quick, say=lambda line: None)
    assert trained and not state.exists()


def test_pictures_of_other_classes(tmp_path):
    from PIL import Image

    from cifar_teach import synthetic

    images, _ = synthetic.draw(80, seed=0)
    for number, image in enumerate(images):
        path = tmp_path / "zoo" / ("lion" if number % 2 else "zebra") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).resize((50, 40)).save(path)
    report = run(settings(tmp_path / "out", source=str(tmp_path / "zoo")), say=lambda line: None)
    assert report["data"]["kind"] == "image-folder"
    assert [row["class"] for row in report["models"][1]["per_class"]] == ["lion", "zebra"]


def test_an_old_report_leaves_nothing_behind(finished):
    out, _, _ = finished
    run(settings(out, seeds=(0,), models=("baseline",)), say=lambda line: None)
    assert not (out / "errors-fastnet.html").exists()
    assert not (out / "figures" / "confusion-fastnet.png").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"profile": "quik"}, "Did you mean 'quick'"),
        ({"models": ("basline",)}, "Did you mean 'baseline'"),
        ({"train_size": 50}, "at least 200"),
        ({"train_size": 10**9}, "has only"),
        ({"source": "/no/such/file.npz"}, "file.npz"),
        ({"models": ()}, "at least one network"),
        ({"seeds": (-1,)}, "The seed -1"),
        ({"seeds": (2**32,)}, "The seed 4294967296"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_trained(changes, words, tmp_path):
    with pytest.raises(CifarTeachError, match=words):
        run(settings(tmp_path / "out", **changes), say=lambda line: None)
    assert not list(tmp_path.iterdir())


def test_out_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(CifarTeachError, match="is a file"):
        run(settings(tmp_path / "out"), say=lambda line: None)
    assert (tmp_path / "out").read_text() == "mine"


def test_two_files_of_the_same_name_are_refused_before_one_overwrites_what_the_other_wrote(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save_model(build_model("baseline"), tmp_path / folder / "model.keras")
    names = tuple(f"{tmp_path / folder / 'model.keras'}:frozen" for folder in ("a", "b"))
    with pytest.raises(CifarTeachError, match="would write files of the same name"):
        run(settings(tmp_path / "out", models=names), say=lambda line: None)
    assert not (tmp_path / "out").exists()


def test_a_result_that_is_cut_off_is_trained_again(tmp_path):
    run(settings(tmp_path, models=("baseline",)), say=lambda line: None)
    [predictions] = tmp_path.glob("runs/*/predictions.npz")
    whole = predictions.read_bytes()
    for damaged in (whole[: len(whole) // 2], b""):
        predictions.write_bytes(damaged)
        report = run(settings(tmp_path, models=("baseline",)), say=lambda line: None)
        assert report["models"][0]["model"] == "baseline"
        assert len(predictions.read_bytes()) > len(whole) // 2
