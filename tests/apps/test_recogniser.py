"""The answers behind both apps: calibrated, in order, with doubt and evidence; what is shown of them is harmless."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL.PngImagePlugin import PngInfo

from cifar_teach.apps.recogniser import Answer, Recogniser, choose_models, doubt_of
from cifar_teach.apps.results_page import evidence_overlay, models_html, results_html, table_html
from cifar_teach.apps.session import MAX_PICTURES, Outcome, Result, answer_example, answer_uploads
from cifar_teach.apps.uploads import from_pixels
from cifar_teach.backbones import BUNDLED, load_bundled
from cifar_teach.evaluate import apply_temperature
from cifar_teach.exceptions import CifarTeachError, ModelError
from cifar_teach.models import build_model, predict, save_model
from cifar_teach.synthetic import draw

from .conftest import drawing, encoded

CARDS = {name: load_bundled(name).notes for name in BUNDLED}


@pytest.fixture(scope="module")
def own_models(tmp_path_factory) -> list[Path]:
    """Two models of one's own: a .h5 for other classes, and a .keras that takes 48 x 48 pixels and has no note."""
    folder = tmp_path_factory.mktemp("own")
    h5 = save_model(
        build_model("baseline", num_classes=3), folder / "fruit.h5", class_names=("apple", "pear", "fig"),
        notes={"data": {"name": "drawn fruit", "is_synthetic": True}},
    )  # fmt: skip
    large = folder / "large.keras"
    build_model("fastnet", input_shape=(48, 48, 3)).save(large)
    return [h5, large]


def picture(label: int, sizes=(32,)):
    return from_pixels(np.asarray(drawing(label)), "p", sizes)


# ---- answers


def test_probabilities_are_those_of_predict_with_the_views_and_temperature_of_the_card(recogniser):
    pictures = [picture(label) for label in range(4)]
    images = np.stack([each.images[32] for each in pictures])
    rows = recogniser.recognise(pictures, ["fastnet", "baseline"])
    for column, name in enumerate(("fastnet", "baseline")):
        card = CARDS[name]
        expected = predict(load_bundled(name).model, images, views=card["test_views"])
        expected = apply_temperature(expected, card["temperature"])
        found = np.stack([row[column].probabilities for row in rows])
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert [row[column].model for row in rows] == [name] * 4


def test_the_most_likely_classes_come_first():
    answer = Answer("m", ("a", "b", "c"), np.array([0.2, 0.5, 0.3], np.float32))
    assert [name for name, _ in answer.top(2)] == ["b", "c"]
    assert answer.best == "b" and answer.confidence == pytest.approx(0.5)
    assert not answer.may_be_none, "nobody has measured a threshold"


@pytest.mark.parametrize(("threshold", "doubted"), [(0.5, False), (0.51, True), (None, False)])
def test_doubt_begins_below_the_threshold(threshold, doubted):
    assert Answer("m", ("a", "b"), np.array([0.5, 0.5], np.float32), threshold).may_be_none is doubted


def test_every_bundled_model_has_a_threshold_that_was_measured():
    results = json.loads((Path(__file__).parents[2] / "benchmarks/results/doubt.json").read_text())
    for name, card in CARDS.items():
        assert card["doubt"] == results["models"][name], "the card says what the results file says"
        assert card["doubt"]["weights_sha256"] == card["sha256"], "measured with other weights: run benchmarks.doubt"
        threshold, keep = doubt_of(card)
        assert 0.1 < threshold < 0.9 and keep == 0.95
        right, wrong = card["doubt"]["right_below"], card["doubt"]["wrong_below"]
        assert right["share"] == pytest.approx(1 - keep, abs=0.02), "on test images it keeps its promise"
        assert wrong["share"] > 2 * right["share"]


@pytest.mark.parametrize("doubt", [None, 3, {}, {"threshold": "x", "keep": 1}, {"threshold": 2.0, "keep": 0.9}])
def test_a_note_that_cannot_be_right_counts_as_none(doubt):
    assert doubt_of({"doubt": doubt}) is None


def test_fine_noise_made_small_is_doubted(recogniser):
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    (answers,) = recogniser.recognise([from_pixels(noise, "noise")], ["baseline", "tinynet"])
    assert all(answer.may_be_none for answer in answers)
    assert "This may be none of the ten classes" in results_html(Outcome([Result(picture(0), answers, {})], []))


def test_evidence_is_a_map_for_the_best_class(recogniser):
    pictures = [picture(1), picture(5)]
    rows = recogniser.recognise(pictures, ["tinynet"])
    maps = recogniser.evidence(pictures, rows)
    for each in maps:
        assert each["tinynet"].shape == (32, 32)
        assert 0 <= each["tinynet"].min() and each["tinynet"].max() == pytest.approx(1, abs=1e-5)
    overlay = evidence_overlay(pictures[0].images[32], maps[0]["tinynet"])
    assert overlay.shape == (128, 128, 3) and overlay.dtype == np.uint8
    dark = evidence_overlay(pictures[0].images[32], np.zeros((32, 32), np.float32))
    assert dark.mean() < overlay.mean()


def test_models_are_loaded_once_and_only_when_asked(own_models):
    several = Recogniser(choose_models(own_models))
    assert several._loaded == {}
    several.recognise([picture(0)], ["baseline"])
    assert list(several._loaded) == ["baseline"]
    assert several.load("baseline") is several.load("baseline")


# ---- choosing models


def test_own_files_come_before_the_models_of_the_package(own_models):
    chosen = choose_models(own_models)
    assert list(chosen) == ["fruit", "large", *BUNDLED]
    assert Recogniser(chosen).default == ["fruit"]
    assert list(choose_models(["fastnet"])) == ["fastnet"]
    assert Recogniser(choose_models()).default == ["tinynet"]


@pytest.mark.parametrize(
    ("own", "words"),
    [(["nothere.keras"], "There is no model file"), (["tinynett"], "neither a .keras or .h5 file nor one of")],
)
def test_a_model_that_is_not_there_is_named(own, words):
    with pytest.raises(ModelError, match=words):
        choose_models(own)


def test_files_of_one_name_are_told_apart(own_models, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.keras").write_bytes(own_models[1].read_bytes())
    names = list(choose_models([tmp_path / "one/model.keras", tmp_path / "two/model.keras"]))
    assert names[:2] == ["one/model", "two/model"]


def test_own_models_of_other_classes_and_sizes_answer_beside_the_others(own_models):
    several = Recogniser(choose_models(own_models))
    uploads = [(encoded(drawing(1, (200, 150)), "PNG"), "car.png")]
    outcome = answer_uploads(several, uploads, ["tinynet", "fruit", "large"])
    assert outcome.problems == []
    answers = outcome.results[0].answers
    assert [answer.model for answer in answers] == ["fruit", "large", "tinynet"], "in the order of the list"
    assert answers[0].class_names == ("apple", "pear", "fig") and answers[0].is_synthetic
    assert answers[1].size == 48 and answers[1].threshold is None
    page = results_html(outcome, top=10)
    assert "sees 48 × 48" in page and "Trained on drawn pictures" in page
    rows = list(csv.DictReader(io.StringIO(outcome.to_csv())))
    assert rows[0]["p(apple)"] and not rows[0]["p(cat)"] and rows[2]["p(cat)"]
    assert rows[0]["may be none"] == "not measured"


def test_a_broken_model_file_is_a_problem_and_not_a_crash(tmp_path):
    path = tmp_path / "broken.keras"
    path.write_bytes(b"PK\3\4 nothing")
    outcome = answer_uploads(Recogniser(choose_models([path])), [(encoded(drawing(1), "PNG"), "p.png")], ["broken"])
    assert outcome.results == [] and "could not be loaded" in outcome.problems[0]
    with pytest.raises(ModelError, match="could not be loaded"):
        Recogniser({"baseline": None, "broken": path}).warm_up()


def test_after_the_warm_up_no_graph_is_left_to_make():
    one = Recogniser(choose_models(["baseline"]))
    one.warm_up()
    function = one.load("baseline").model.predict_function
    graphs = function.experimental_get_tracing_count()
    for count in (1, 3, 7):
        one.recognise([picture(1)] * count, ["baseline"])
    assert one.load("baseline").model.predict_function is function
    assert function.experimental_get_tracing_count() == graphs


# ---- questions of visitors


def test_one_bad_file_does_not_stop_the_others(recogniser):
    good, bad = encoded(drawing(9), "JPEG"), b"<svg onload=alert(1)>"
    outcome = answer_uploads(
        recogniser, [(good, "a.jpg"), (bad, "b.svg"), (b"", "c.png"), (good, "d.jpg")], ["tinynet"]
    )
    assert [result.picture.name for result in outcome.results] == ["a.jpg", "d.jpg"]
    assert len(outcome.problems) == 2 and "b.svg" in outcome.problems[0] and "c.png" in outcome.problems[1]


def test_nothing_chosen_and_too_many_files_are_said(recogniser):
    payload = encoded(drawing(9, (32, 32)), "PNG")
    assert "No model is chosen" in answer_uploads(recogniser, [(payload, "a")], []).problems[0]
    assert "No model is chosen" in answer_example(recogniser, 1, []).problems[0]
    assert "no model 'nope'" in answer_uploads(recogniser, [(payload, "a")], ["nope"]).problems[0]
    many = answer_uploads(recogniser, [(payload, "a")] * (MAX_PICTURES + 3), ["baseline"], evidence=False)
    assert len(many.results) == MAX_PICTURES and "53 files are too many" in many.problems[0]
    with pytest.raises(CifarTeachError, match="No model is chosen"):
        recogniser.recognise([], [])


def test_examples_are_drawings_of_the_package(recogniser):
    outcome = answer_example(recogniser, 8, ["tinynet"], evidence=False)
    images, labels = draw(10, seed=0)
    assert (outcome.results[0].picture.images[32] == images[labels == 8][0]).all()
    assert outcome.results[0].picture.name == "drawing of a ship"


# ---- what is shown


def test_the_table_holds_every_answer_and_a_spreadsheet_runs_nothing(recogniser):
    payload = encoded(drawing(9), "PNG")
    outcome = answer_uploads(recogniser, [(payload, '=HYPERLINK("evil").png')], ["baseline", "tinynet"])
    (one, two) = csv.DictReader(io.StringIO(outcome.to_csv()))
    assert one["picture"].startswith("'=") and (one["model"], two["model"]) == ("baseline", "tinynet")
    shares = [float(value) for name, value in one.items() if name.startswith("p(")]
    assert len(shares) == 10 and sum(shares) == pytest.approx(1, abs=1e-4)
    assert one["answer"] == outcome.results[0].answers[0].best
    assert float(one["probability"]) == pytest.approx(max(shares), abs=1e-4)


def test_names_of_files_cannot_put_anything_into_the_page(recogniser):
    name = '<img src=x onerror=alert(1)>".png'
    outcome = answer_uploads(recogniser, [(encoded(drawing(9), "PNG"), name), (b"x", name)], ["tinynet"])
    for page in (results_html(outcome), table_html(outcome)):
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;&quot;.png" in page
    assert "alert" not in table_html(Outcome([], []))


def test_no_byte_of_the_file_goes_back_to_the_browser(recogniser):
    exif, comment = drawing(9).getexif(), PngInfo()
    exif[0x010E] = "where I live"
    comment.add_text("Comment", "where I live")
    uploads = [(encoded(drawing(9), "JPEG", exif=exif), "a.jpg"), (encoded(drawing(9), "PNG", pnginfo=comment), "b")]
    assert all(b"where I live" in payload for payload, _ in uploads)
    outcome = answer_uploads(recogniser, uploads, ["tinynet"])
    parts = [base64.b64decode(part) for part in re.findall(r"base64,([^\"]+)", results_html(outcome))]
    assert len(parts) == 6 and not any(b"where I live" in part for part in parts)


def test_the_models_disagree_in_words():
    def said(*names):
        probabilities = [np.eye(2, dtype=np.float32)[["cat", "dog"].index(name)] for name in names]
        answers = [Answer(f"m{i}", ("cat", "dog"), row) for i, row in enumerate(probabilities)]
        return results_html(Outcome([Result(picture(3), answers, {})], []))

    assert "Both models say <b>cat</b>" in said("cat", "cat")
    assert "All 3 models say <b>dog</b>" in said("dog", "dog", "dog")
    assert "The models disagree: m0 says <b>cat</b>, m1 says <b>dog</b>" in said("cat", "dog")
    assert "models say" not in said("cat")


def test_what_is_known_of_a_model_is_what_its_note_says(own_models):
    several = Recogniser(choose_models(own_models))
    page = models_html({name: several.load(name) for name in ("tinynet", "fruit", "large")})
    card = CARDS["tinynet"]
    assert f"{card['accuracy']:.1%}" in page and f"below {card['doubt']['threshold']:.0%}" in page
    assert f"{card['doubt']['strangers_below']['share']:.0%} of pictures of other things" in page
    assert page.count("not in its note") == 3 and page.count("not measured") == 2
