"""Pretrained networks, the vote and the learning curve as parts of the workflow, on drawn images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.cli import main
from cifar_teach.data import load_cifar10
from cifar_teach.evaluate import apply_temperature
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.models import load_model, predict
from cifar_teach.pipeline import RunSettings, run
from cifar_teach.pipeline.contenders import make_plan, parse_contender

pytestmark = pytest.mark.slow

MODELS = ("baseline", "tinynet:frozen", "tinynet:finetuned")


def settings(out: Path, **changes) -> RunSettings:
    return RunSettings(**{"out": out, "profile": "smoke", "source": "synthetic", "progress": False} | changes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, dict, list[str]]:
    out = tmp_path_factory.mktemp("run")
    lines: list[str] = []
    chosen = settings(out, models=MODELS, ensemble=True, distill=True, sizes=(100,))
    report = run(chosen, say=lines.append)
    return out, report, lines


def entry_of(report: dict, name: str) -> dict:
    return next(entry for entry in report["models"] if entry["model"] == name)


def test_every_contender_the_vote_and_the_student_are_reported(finished):
    _, report, _ = finished
    assert [entry["model"] for entry in report["models"]] == [*MODELS, "ensemble", "fastnet:distilled"]


def test_a_head_on_pretrained_features_beats_a_network_that_saw_as_few_images(finished):
    _, report, _ = finished
    assert entry_of(report, "tinynet:frozen")["accuracy"] > entry_of(report, "baseline")["accuracy"] + 0.1


def test_frozen_features_cost_no_epoch_and_the_head_says_what_was_chosen(finished):
    _, report, _ = finished
    frozen = entry_of(report, "tinynet:frozen")
    assert frozen["epochs"] == [0]
    assert frozen["chosen"]["penalty"] > 0
    tuned = entry_of(report, "tinynet:finetuned")
    assert {group["rate_factor"] for group in tuned["groups"]} >= {1.0}


def test_the_saved_transfer_model_gives_the_reported_accuracy(finished):
    out, report, _ = finished
    data = load_cifar10(500, test_size=200, source="synthetic", quiet=True)
    for name in MODELS[1:]:
        entry = entry_of(report, name)
        saved = load_model(out / entry["files"]["model"])
        guesses = predict(saved.model, data.test.images, views=saved.notes["test_views"]).argmax(axis=1)
        assert (guesses == data.test.labels).mean() == pytest.approx(entry["accuracy"], abs=0.005)


def test_the_vote_is_judged_with_weights_from_validation_images(finished):
    _, report, _ = finished
    vote = report["ensemble"]
    assert sum(member["weight"] for member in vote["members"]) == pytest.approx(1)
    assert vote["n_validation"] == report["validation_size"]
    assert vote["accuracy"] == entry_of(report, "ensemble")["accuracy"]
    assert vote["cost"]["train_seconds"] == pytest.approx(
        sum(entry_of(report, name)["train_seconds"] for name in MODELS)
    )
    assert entry_of(report, "ensemble")["files"] == {}


def test_members_are_calibrated_before_they_vote(finished):
    out, report, _ = finished
    data = load_cifar10(500, test_size=200, source="synthetic", quiet=True)
    together, weights = 0.0, {member["name"]: member["weight"] for member in report["ensemble"]["members"]}
    temperatures = []
    for name in MODELS:
        saved = load_model(out / entry_of(report, name)["files"]["model"])
        answers = predict(saved.model, data.test.images, views=saved.notes["test_views"])
        temperatures.append(saved.notes["temperature"])
        together = together + weights[name] * apply_temperature(answers, temperatures[-1])
    assert max(abs(np.log(temperatures))) > 0.05  # otherwise nothing would show
    probability = together[np.arange(len(data.test.labels)), data.test.labels]
    assert report["ensemble"]["nll"] == pytest.approx(-np.log(probability).mean(), abs=0.01)


def test_the_curve_has_a_point_for_each_size_and_contender(finished):
    _, report, _ = finished
    points = {(row["model"], row["size"]) for row in report["accuracy_by_size"]}
    assert points == {(name, size) for name in MODELS for size in (100, 450)}
    whole = {row["model"]: row["accuracy"] for row in report["accuracy_by_size"] if row["size"] == 450}
    assert whole == {name: entry_of(report, name)["accuracy"] for name in MODELS}


def test_the_page_shows_the_vote_the_curve_and_what_was_frozen(finished):
    out, _, _ = finished
    page = (out / "report.html").read_text()
    assert "Is the ensemble worth it?" in page
    assert "What more labels bring" in page and "Who confuses what" in page
    assert "at the full learning rate from epoch 1" in page
    names = {path.stem for path in (out / "figures").iterdir()}
    assert {"confusion-tinynet-frozen", "error-correlation", "ensemble-gain", "accuracy-by-size"} <= names
    assert (out / "errors-tinynet-finetuned.html").exists()


def test_predicting_with_a_transfer_model_of_the_run(finished, tmp_path, capsys):
    from PIL import Image

    out, report, _ = finished
    data = load_cifar10(500, test_size=200, source="synthetic", quiet=True)
    photo = tmp_path / "photo.png"
    Image.fromarray(data.test.images[0]).save(photo)
    assert main(["predict", str(photo), "--model", "tinynet:frozen", "--run", str(out), "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["predictions"]
    saved = load_model(out / entry_of(report, "tinynet:frozen")["files"]["model"])
    views, temperature = saved.notes["test_views"], saved.notes["temperature"]
    [expected] = apply_temperature(predict(saved.model, data.test.images[:1], views=views), temperature)
    shown = {guess["class"]: guess["probability"] for guess in answer["top"]}
    assert len(shown) > 1
    for name, probability in shown.items():
        assert probability == pytest.approx(expected[data.class_names.index(name)], abs=1e-3)


def test_a_second_run_trains_nothing(finished, monkeypatch):
    out, report, _ = finished
    monkeypatch.setattr("cifar_teach.pipeline.members.train_contender", lambda *_, **__: pytest.fail("trained again"))
    again = run(settings(out, models=MODELS[:2]), say=lambda line: None)
    assert [entry["accuracy"] for entry in again["models"]] == [entry["accuracy"] for entry in report["models"][:2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tinynet:frozn", "Did you mean 'frozen'"),
        ("tinynett:frozen", "Did you mean 'tinynet'"),
        ("mobilenet", "say 'mobilenet:frozen'"),
        ("fastnett", "Did you mean 'fastnet'"),
    ],
)
def test_a_name_that_is_no_contender_is_refused_with_a_hint(text, message):
    with pytest.raises(CifarTeachError, match=message):
        parse_contender(text)


def test_a_file_as_backbone_has_a_name_that_is_safe_for_files(tmp_path):
    contender = parse_contender_of_file(tmp_path)
    assert (contender.way, contender.slug) == ("frozen", "my-net.keras-frozen")


def parse_contender_of_file(folder: Path):
    from cifar_teach.models import build_model, save_model

    path = save_model(build_model("bn-small"), folder / "my net.keras")
    return parse_contender(f"{path}:frozen")


def test_a_plan_scales_every_stage():
    plan = make_plan(parse_contender("tinynet:finetuned"), lambda recipe: recipe.with_changes(epochs=1))
    assert plan.epochs == len(plan.stages)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ("baseline",), "ensemble": True}, "two or more networks"),
        ({"distill": True}, "add --ensemble"),
        ({"sizes": (0,)}, "--sizes 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, message, tmp_path):
    with pytest.raises(CifarTeachError, match=message):
        run(settings(tmp_path / "out", **changes), say=lambda line: None)
    assert not list(tmp_path.iterdir())


def test_weights_out_of_reach_are_said_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.delenv("CIFAR_TEACH_WEIGHTS", raising=False)
    monkeypatch.setenv("CIFAR_TEACH_OFFLINE", "1")
    with pytest.raises(CifarTeachError, match="CIFAR_TEACH_WEIGHTS"):
        run(settings(tmp_path / "out", models=("baseline", "vgg16:frozen")), say=lambda line: None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("contender", "size"), [("mobilenet:frozen", 128), ("mobilenet:finetuned", 96)])
def test_a_plan_says_how_large_the_network_sees_the_images(contender: str, size: int) -> None:
    plan = make_plan(parse_contender(contender), lambda recipe: recipe)
    assert plan.size == plan.to_dict()["size"] == size
