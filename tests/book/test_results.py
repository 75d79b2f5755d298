"""Numbers in the prose of the book are those of the result files, with their uncertainty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cifar_teach.authoring import AuthoringError
from cifar_teach.authoring.results import format_result

ROOT = Path(__file__).resolve().parents[2]

REPORT = {
    "data": {"name": "CIFAR-10", "train_size": 10000, "test_size": 2000},
    "hardware": {"cores": 2, "processor": "Abacus", "accelerators": []},
    "protocol": "looked at once",
    "seeds": [0, 1, 2],
    "rows": [
        {
            "label": "small, quick",
            "model": "small",
            "params": 1234567,
            "macs": 5335680,
            "epochs": 3,
            "accuracy": 0.5994,
            "interval": [0.5897, 0.609],
            "train_seconds": 44.57,
            "train_cpu_seconds": 60.0,
            "predict_seconds": 0.759,
        },
        {
            "model": "large",
            "params": 2,
            "macs": 1,
            "epochs": [12, 15, 12],
            "accuracy": 0.8,
            "interval": [0.79, 0.81],
            "train_seconds": 230.4,
            "train_cpu_seconds": 400.0,
            "predict_seconds": 3.21,
        },
    ],
    "comparisons": [{"a": "large", "b": "small, quick", "difference": 0.2006, "low": 0.19, "high": 0.2111}],
    "ensemble": {
        "mean_accuracy": 0.81,
        "mean_interval": [0.8, 0.82],
        "members": [1, 2, 3],
        "gain": {"difference": -0.0041, "low": -0.0102, "high": 0.0016},
        "cost": {"params": 1234569.0, "macs": 6e6},
        "verdict": "It does not help.",
    },
    "distilled": {
        "accuracy": 0.7,
        "interval": [0.69, 0.71],
        "train_seconds": 20.0,
        "gain": {"difference": 0.012, "low": 0.001, "high": 0.023},
    },
}
CHECKS = {
    "exercises": [
        {
            "slug": "ex01_look",
            "minutes": 60,
            "questions": 3,
            "points": 10,
            "checks": [{"answers": 8, "mutants": 4, "killed": 3}, {"answers": 5, "mutants": 0, "killed": 0}],
        },
        {"slug": "ex02_do", "minutes": 90, "questions": 2, "points": 7.5, "checks": []},
    ]
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for name, report in {"net": REPORT, "checks": CHECKS, "speed": {"rows": {"import": {"seconds": 0.368}}}}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(report), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("net/small, quick", "59.9 % (95 % interval 59.0 to 60.9, 3 seeds)"),
        ("net/large/params", "2"),
        ("net/small, quick/params", "1,234,567"),
        ("net/small, quick/macs", "5 million"),
        ("net/small, quick/epochs", "3"),
        ("net/large/epochs", "12 to 15"),
        ("net/large/train_seconds", "230 s"),
        ("net/large/predict_seconds", "3.2 s"),
        ("net/small, quick/predict_seconds", "759 ms"),
        ("net/small, quick/accuracy", "59.9 %"),
        ("net/ensemble", "81.0 % (95 % interval 80.0 to 82.0, 3 seeds)"),
        ("net/ensemble/gain", "−0.4 points (95 % interval −1.0 to +0.2)"),
        ("net/ensemble/params", "1,234,569"),
        ("net/ensemble/train_cpu_seconds", "460 s"),
        ("net/ensemble/members", "3"),
        ("net/ensemble/verdict", "It does not help."),
        ("net/distilled", "70.0 % (95 % interval 69.0 to 71.0, 1 seed)"),
        ("net/distilled/gain", "+1.2 points (95 % interval +0.1 to +2.3)"),
        ("net/distilled/train_seconds", "20 s"),
        ("net/large - small, quick", "+20.1 points (95 % interval +19.0 to +21.1)"),
        ("net/small, quick - large", "−20.1 points (95 % interval −21.1 to −19.0)"),
        ("net/machine", "2 cores of Abacus, no accelerator"),
        ("net/train_size", "10,000"),
        ("checks/questions", "5"),
        ("checks/points", "17.5"),
        ("checks/answers", "13"),
        ("checks/kill_rate", "75.0 %"),
        ("checks/ex01/minutes", "60"),
        ("checks/ex02/kill_rate", "nothing to notice"),
        ("speed/import", "368 ms"),
    ],
)
def test_each_form(results: Path, path: str, expected: str) -> None:
    assert format_result(path, results).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_one_seed_is_one_seed(results: Path) -> None:
    (results / "one.json").write_text(json.dumps({**REPORT, "seeds": [0]}), encoding="utf-8")
    assert format_result("one/large", results).endswith("1 seed)")


def test_numbers_stay_with_their_units(results: Path) -> None:
    assert "59.9\N{NO-BREAK SPACE}%" in format_result("net/small, quick", results)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("nothing/x", ["'nothing'", "checks, net, speed"]),
        ("net/other", ["'other'", "large", "small, quick", "ensemble"]),
        ("net/large/colour", ["'colour'", "params", "train_seconds"]),
        ("net/large - other", ["'other'", "large - small, quick"]),
        ("checks/ex09/minutes", ["'ex09'", "ex01, ex02"]),
        ("checks/colour", ["'colour'", "kill_rate"]),
        ("speed/x", ["'x'", "import"]),
    ],
)
def test_an_error_names_what_there_is(results: Path, path: str, names: list[str]) -> None:
    with pytest.raises(AuthoringError) as problem:
        format_result(path, results)
    assert [name for name in names if name not in str(problem.value)] == []


def test_the_published_results_have_these_forms() -> None:
    published = ROOT / "benchmarks" / "results"
    for path in ("scratch/baseline", "transfer/tinynet:frozen", "transfer/ensemble/gain", "checks/kill_rate"):
        assert format_result(path, published)
