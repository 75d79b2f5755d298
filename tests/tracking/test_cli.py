"""``cifar-teach runs``: what a person sees and what a program gets."""

from __future__ import annotations

import json

import pytest

from cifar_teach.cli import _without_folders, main
from cifar_teach.tracking.connecting import writing
from cifar_teach.tracking.store import ExperimentStore
from tests.tracking.example import enter, provenance, start_run


@pytest.fixture
def db(tmp_path) -> str:
    path = str(tmp_path / "experiments.db")
    with ExperimentStore(path) as store:
        enter(store, "key-1")
        enter(store, "key-2", models=("cnn",))
        start_run(store, "key-3", name="cut off", data=provenance(checksum="ef" * 32, kind="cifar10", name="CIFAR-10"))
        with writing(store.engine) as connection:
            connection.exec_driver_sql("UPDATE \"Runs\" SET process = 4194305 WHERE run_key = 'key-3'")
    return path


def answer(capsys, *arguments: str, code: int = 0) -> str:
    assert main(arguments) == code
    captured = capsys.readouterr()
    return captured.out if code in (0, 1) else captured.err


def test_list(db, capsys):
    lines = answer(capsys, "runs", "list", "--db", db).splitlines()
    assert lines[0].split()[:3] == ["run", "name", "state"]
    assert "first try" in lines[1] and "finished" in lines[1] and "(drawn)" in lines[1]
    assert "cut off" in lines[3] and "interrupted" in lines[3] and "CIFAR-10" in lines[3]
    assert "says nothing about CIFAR-10" in lines[-1]
    rows = json.loads(answer(capsys, "runs", "list", "--db", db, "--json"))
    assert [(row["run_id"], row["state"]) for row in rows] == [(1, "finished"), (2, "finished"), (3, "interrupted")]
    assert rows[0]["hardware"] == {"processor": "abacus", "cores": 2}
    assert not {"machine", "process", "run_key"} & rows[0].keys()


def test_show(db, capsys):
    page = answer(capsys, "runs", "show", "1", "--db", db)
    for words in (
        "Run 1: first try",
        "270 to train on, 30 to decide with, 60 to test on",
        "abababababab",
        "abacus, 2 cores",
    ):
        assert words in page
    assert page.count("last epochs") == page.count("classes") == 2
    found = json.loads(answer(capsys, "runs", "show", "1", "--db", db, "--json"))
    assert (len(found["models"]), len(found["epochs"]), len(found["class_metrics"])) == (2, 4, 6)
    assert "no run 9" in answer(capsys, "runs", "show", "9", "--db", db, code=2)


def test_compare_and_best(db, capsys):
    rows = json.loads(answer(capsys, "runs", "compare", "--db", db, "--json"))
    assert [row["accuracy"] for row in rows] == sorted((row["accuracy"] for row in rows), reverse=True)
    assert len(rows) == 3
    assert answer(capsys, "runs", "compare", "2", "--db", db).count("cnn") == 1
    assert "no run 77" in answer(capsys, "runs", "compare", "77", "--db", db, code=2)
    best = json.loads(answer(capsys, "runs", "best", "--db", db, "--json"))
    assert [(row["model_id"], row["accuracy"]) for row in best] == [(rows[0]["model_id"], rows[0]["accuracy"])]


def test_delete_asks_first(db, capsys):
    said = answer(capsys, "runs", "delete", "1", "--db", db, code=1)
    assert "would delete run 1" in said and "--yes" in said
    assert len(json.loads(answer(capsys, "runs", "list", "--db", db, "--json"))) == 3
    assert "Deleted: run 1" in answer(capsys, "runs", "delete", "1", "--yes", "--db", db)
    assert [row["run_id"] for row in json.loads(answer(capsys, "runs", "list", "--db", db, "--json"))] == [2, 3]


def test_export(db, capsys, tmp_path):
    out = tmp_path / "out"
    said = answer(capsys, "runs", "export", "--db", db, "--out", str(out), "--powerbi")
    assert "180 rows" in said
    assert (out / "powerbi" / "experiments.pbip").is_file()
    assert len((out / "Predictions_Log.csv").read_text(encoding="utf-8").splitlines()) == 181
    wrong = answer(capsys, "runs", "export", "--db", db, "--format", "parquet", "--powerbi", code=2)
    assert "--format csv" in wrong


def test_a_missing_database_is_not_made(tmp_path, capsys):
    path = tmp_path / "none.db"
    assert "There is no database" in answer(capsys, "runs", "list", "--db", str(path), code=2)
    assert not path.exists()


def test_an_empty_database_says_how_to_fill_it(tmp_path, capsys):
    path = str(tmp_path / "a.db")
    ExperimentStore(path).close()
    assert "cifar-teach run --db" in answer(capsys, "runs", "list", "--db", path)
    assert "no finished networks" in answer(capsys, "runs", "best", "--db", path)


def test_mlflow_that_is_not_installed_is_said_so(db, capsys, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "mlflow", None)  # as Python marks what cannot be imported
    assert "pip install mlflow" in answer(capsys, "runs", "mlflow", "1", "--db", db, code=2)


@pytest.mark.parametrize(
    ("argument", "recorded"),
    [
        ("postgresql://me:secret@host/db", "postgresql://me:***@host/db"),
        ("--db=postgresql://me:secret@host/db?sslmode=require", "--db=postgresql://me:***@host/db?sslmode=require"),
        ("sqlite:////home/me/experiments.db", "sqlite:///experiments.db"),
        ("--db=sqlite:////home/me/x.db", "--db=sqlite:///x.db"),
        ("--out=/home/me/run", "--out=run"),
        ("/home/me/run", "run"),
        ("--models=a,b", "--models=a,b"),
    ],
)
def test_the_recorded_command_line_has_no_passwords_and_no_folders(argument, recorded):
    assert _without_folders(argument) == recorded
