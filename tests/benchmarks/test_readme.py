"""The README's numbers are those of the results files, and the results files say how they were measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.readme_table import (
    MARKERS,
    README,
    RESULTS,
    out_of_date,
    read_reports,
    table,
    transfer_table,
    with_tables,
)

FILES = sorted(RESULTS.glob("*.json"))
ABOUT_IMAGES = {"scratch", "transfer", "speed", "doubt"}
"""Results that hold for CIFAR-10; the others are about programs."""
TRAINED = {"scratch", "transfer"}


def scratch() -> dict:
    return json.loads((RESULTS / "scratch.json").read_text(encoding="utf-8"))


def test_readme_and_picture_are_up_to_date():
    assert out_of_date(read_reports()) == [], "run: python -m benchmarks.readme_table"


def change_a_number(report: dict) -> None:
    if "rows" in report:
        report["rows"][0]["params"] += 1
    elif report["benchmark"] == "grading":
        report["class"]["accounted_for"] -= 1
    elif report["benchmark"] == "grading_kills":
        report["students"] += 1
    elif report["benchmark"] == "routes":
        report["answers"] += 1
    else:
        report["exercises"][0]["minutes"] += 1


@pytest.mark.parametrize("name", MARKERS)
def test_a_changed_number_is_noticed(name):
    reports = read_reports()
    change_a_number(reports[name])
    assert "README.md" in out_of_date(reports)


def test_the_sentences_follow_the_report():
    report = scratch()
    report["data"]["train_size"] = 4_321
    report["hardware"]["accelerators"] = ["GPU of the test"]
    report["seeds"] = [7]
    assert "4,321 training images" in table(report)
    assert "GPU of the test" in table(report)
    assert "one seed" in table(report)


def test_ratios_in_float32_are_told_only_of_rows_in_bfloat16():
    report = scratch()
    report["seconds_per_epoch"] = {"float32": 6.0, "bfloat16": 4.0}
    for row in report["rows"]:
        row["precision"] = "float32"
    assert "bfloat16" not in table(report)
    report["rows"][-1] |= {"precision": "bfloat16", "times_baseline": 5.0, "label": "last"}
    assert "7.50 (last)" in table(report)


@pytest.mark.parametrize("name", MARKERS)
def test_only_the_part_between_the_markers_is_replaced(name):
    readme = README.read_text(encoding="utf-8")
    begin, end = MARKERS[name]
    report = read_reports()[name]
    change_a_number(report)
    written = with_tables(readme, {name: report})
    assert written != readme
    assert written.startswith(readme.split(begin)[0])
    assert written.endswith(readme.split(end)[1])


def test_networks_without_weights_are_named():
    report = read_reports()["transfer"]
    report["left_out"] = {"vgg16:frozen": "no weights"}
    assert "vgg16:frozen" in transfer_table(report)


def test_ratios_are_those_of_processor_time():
    report = read_reports()["transfer"]
    seconds = {"seconds": 999.0, "cpu_seconds": 40.0, "accuracy": 0.5}
    report["head"] = {"backbone": "mobilenet", "epochs": 10, "times_faster_linear": 8.25, "times_faster_dense": 7.5}
    report["head"] |= {"running": seconds | {"cpu_seconds": 330.0}, "stored_linear": seconds, "stored_dense": seconds}
    per_epoch = {"cpu_seconds_per_epoch": 20.0, "preparation_cpu_seconds": 30.0, "accuracy": 0.5}
    report["split"] = {"backbone": "mobilenet", "after": "conv_pw_9_relu", "epochs": 3, "times_faster": 3.5}
    report["split"] |= {"stored": per_epoch, "whole": per_epoch | {"cpu_seconds_per_epoch": 70.0}}
    text = transfer_table(report)
    assert "took 40 s of processor time" in text
    assert "took 330 s and reached 50.0 %: 8.2 times as much" in text
    assert "20 s of processor time an epoch instead of 70 s, a ratio of 3.5" in text
    assert "999" not in text


def test_accuracy_by_number_of_labels_is_a_table_with_intervals():
    report = read_reports()["transfer"]
    shares = {("fastnet", 100): 0.2, ("fastnet", 1_000): 0.456, ("fastnet", 9_000): 0.8, ("tinynet:frozen", 1_000): 0.6}
    report["accuracy_by_size"] = [
        {"model": model, "size": size, "accuracy": share, "interval": [share - 0.01, share + 0.01]}
        for (model, size), share in shares.items()
    ]
    lines = transfer_table(report).splitlines()
    assert "| trained on | 100 | 1,000 | 9,000 |" in lines
    assert "| fastnet | **20.0 %** (19.0 to 21.0) | **45.6 %** (44.6 to 46.6) | **80.0 %** (79.0 to 81.0) |" in lines
    assert "| tinynet:frozen |  | **60.0 %** (59.0 to 61.0) |  |" in lines
    del report["accuracy_by_size"]
    assert "| trained on |" not in transfer_table(report)


def test_there_are_results():
    assert {path.name for path in FILES} >= {"checks.json", "scratch.json", "speed.json", "transfer.json"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_results_carry_their_provenance(path: Path):
    report = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem == report["benchmark"]
    assert report["created"] and report["versions"]["python"] and report["hardware"]["cores"]
    if path.stem in ABOUT_IMAGES:
        assert report["data"]["is_synthetic"] is False
        assert len(report["data"]["checksum"]) == 64
    elif "data" in report:  # what programs do does not depend on the pictures, so they are drawn
        assert report["data"]["is_synthetic"] is True
    if path.stem in TRAINED:
        assert report["seeds"]


def test_rows_are_means_over_all_seeds():
    report = scratch()
    for row in report["rows"]:
        accuracies = [run["accuracy"] for run in row["runs"]]
        assert [run["seed"] for run in row["runs"]] == report["seeds"]
        assert row["accuracy"] == pytest.approx(sum(accuracies) / len(accuracies))


def test_baseline_is_where_its_recipe_is_known_to_end():
    baseline = next(row for row in scratch()["rows"] if row["label"] == "baseline")
    assert 0.59 <= baseline["accuracy"] <= 0.62


@pytest.mark.parametrize(("label", "accuracy", "times"), [("fastnet", 0.83, 6)])
def test_published_accuracy_is_reached_in_the_published_time(label, accuracy, times):
    row = next(row for row in scratch()["rows"] if row["label"] == label)
    assert row["accuracy"] >= accuracy
    assert row["times_baseline"] <= times


@pytest.mark.parametrize(
    ("name", "seconds"), [("import", 0.3), ("load_cached", 1), ("augment_standard", 0.5), ("augment_strong", 0.5)]
)
def test_nothing_that_happens_often_is_slow(name, seconds):
    report = json.loads((RESULTS / "speed.json").read_text(encoding="utf-8"))
    row = report["rows"][name]
    assert row["seconds"] < seconds
    assert row["images"] in (None, 10_000, 60_000)
