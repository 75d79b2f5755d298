"""What the book says about grading comes from the results file; what was not measured is an error, not a blank."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cifar_teach.authoring import AuthoringError
from cifar_teach.authoring.results import format_result

CLASS = {
    "exercise": "ex02_preprocess",
    "students": 300,
    "kinds": {"honest": 264, "odd": 30, "hostile": 6},
    "accounted_for": 300,
    "as_expected": 299,
    "outcomes": {"graded": 295, "needs a person": 5},
    "isolation": {"bubblewrap": 300},
    "seconds": 360.0,
    "again_seconds": 9.04,
    "seconds_per_hand_in": {"median": 1.25, "largest": 80.0},
    "hand_ins_per_hour": 3000,
    "memory": {"peak_mib": {"all": 2048, "main": 120}},
    "bytes_per_hand_in": 250_000,
    "load_average": [1.0, 3.6],
}
SIDE = {
    "exercise": "ex03_baseline_cnn",
    "hand_ins": 20,
    "stock": {"seconds": 400.0},
    "workers": {"1": {"seconds": 40.0, "times_faster": 10.0}, "2": {"seconds": 25.0, "times_faster": 16.0}},
    "load_average": [2.0, 2.0],
}
REPORT = {"hardware": {"cores": 2, "processor": "Abacus"}, "workers": 2, "class": CLASS, "side_by_side": SIDE}
NBSP = "\N{NO-BREAK SPACE}"


def say(tmp_path: Path, path: str, report: dict = REPORT) -> str:
    (tmp_path / "grading.json").write_text(json.dumps(report), encoding="utf-8")
    return format_result(f"grading/{path}", tmp_path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("class/students", "300"),
        ("class/hostile", "6"),
        ("class/as_expected", "299"),
        ("class/seconds", f"6{NBSP}min"),
        ("class/again_seconds", f"9.0{NBSP}s"),
        ("class/memory", f"2.0{NBSP}GiB"),
        ("class/main_memory", f"120{NBSP}MiB"),
        ("class/outcomes", "295 graded, 5 needs a person"),
        ("side_by_side/all_faster", "16"),
        ("side_by_side/one", f"40{NBSP}s"),
        ("many/core_hours", "67"),  # 360 s on 2 cores for 300 hand-ins are 2.4 s of a core for each
        ("many/hours", "0.1"),
        ("many/gigabytes", f"25{NBSP}GB"),
        ("machine", "2 cores of Abacus"),
        ("load", "4"),
    ],
)
def test_numbers_become_words(tmp_path: Path, path: str, words: str) -> None:
    assert say(tmp_path, path) == words


@pytest.mark.parametrize("path", ["class/nonsense", "nonsense", "side_by_side/one"])
def test_what_was_not_measured_is_an_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(AuthoringError, match=path):
        say(tmp_path, path, {**REPORT, "side_by_side": None})
