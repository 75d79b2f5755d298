"""The experiment store on SQLite and PostgreSQL: what it keeps, what it refuses, what survives kills and crowds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, inspect

from cifar_teach.evaluate import classification_metrics, evaluate, wilson_interval
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.tracking import queries
from cifar_teach.tracking.connecting import hide_password, open_engine, writing
from cifar_teach.tracking.problems import TrackingError
from cifar_teach.tracking.schema import FIVE_TABLES, table
from cifar_teach.tracking.store import ExperimentStore
from tests.tracking.example import CLASSES, IMAGES, LABELS, N_TEST, answers, enter, epoch, provenance, start_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(url):
    with ExperimentStore(url) as opened:
        yield opened


def count(store: ExperimentStore, name: str) -> int:
    return queries.select(store, f'SELECT COUNT(*) AS n FROM "{name}"')[0]["n"]


def test_the_five_tables_answer_under_their_names_quoted_or_not(store):
    enter(store)
    expected = {"Model_Info": 2, "Epoch_Stats": 4, "Class_Metrics": 6, "Confusion_Matrix": 18, "Predictions_Log": 120}
    assert set(expected) == set(FIVE_TABLES)
    for name, rows in expected.items():
        assert count(store, name) == rows
        assert queries.select(store, f"SELECT COUNT(*) AS n FROM {name}")[0]["n"] == rows


def test_views_agree_with_the_functions_that_teach_them(store):
    enter(store)
    for model, seed in zip(queries.models(store), (0, 1)):
        truth = evaluate(LABELS, answers(seed), CLASSES)
        cells = queries.confusion_matrix(store, [model["model_id"]])
        matrix = np.array([cell["images"] for cell in cells]).reshape(len(CLASSES), -1)
        assert (matrix == truth.confusion).all()
        assert matrix.sum() == N_TEST
        rows = queries.class_metrics(store, [model["model_id"]])
        assert [row["class_name"] for row in rows] == list(CLASSES)
        expected = classification_metrics(truth.confusion)
        for name in ("precision", "recall", "f1", "support"):
            assert [row[name] for row in rows] == pytest.approx(getattr(expected, name).tolist())
        assert model["accuracy"] == pytest.approx(truth.accuracy)
        assert model["macro_f1"] == pytest.approx(truth.macro_f1)
        low, high = wilson_interval(round(truth.accuracy * N_TEST), N_TEST)
        assert (model["accuracy_low"], model["accuracy_high"]) == pytest.approx((low, high))


def test_provenance_comes_back(store):
    run_id = enter(store)
    run = queries.run(store, run_id)
    assert (run["seed"], run["state"], run["models"], run["is_synthetic"]) == (3, "finished", 2, 1)
    assert (run["checksum"], run["train_images"], run["test_size"]) == ("ab" * 32, 270, N_TEST)
    assert json.loads(run["hardware"])["processor"] == "abacus"
    assert (run["seconds"], run["cpu_seconds"]) == (12.0, 20.0)
    assert run["started_utc"] <= run["seen_utc"] <= run["finished_utc"]
    head = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True)
    if head.returncode == 0:
        assert run["git_revision"].startswith(head.stdout.strip())


def test_predictions_keep_confidence_probabilities_and_the_surest_mistakes(store):
    enter(store)
    model_id = queries.models(store)[0]["model_id"]
    found = queries.confidences(store, model_id)
    assert found["confidence"] == pytest.approx(answers(0).max(axis=1), abs=1e-6)
    assert (found["correct"] == (answers(0).argmax(axis=1) == LABELS)).all()
    rows = queries.select(store, f'SELECT probabilities FROM "Predictions_Log" WHERE model_id = {model_id}')
    kept = np.array([json.loads(row["probabilities"]) for row in rows])
    assert kept == pytest.approx(answers(0), abs=1e-4)
    wrong = queries.mistakes(store, model_id)
    assert len(wrong) == (~found["correct"]).sum() > 0
    assert [row["confidence"] for row in wrong] == sorted((row["confidence"] for row in wrong), reverse=True)
    from io import BytesIO

    from PIL import Image

    assert (np.asarray(Image.open(BytesIO(wrong[0]["png"]))) == IMAGES[wrong[0]["image_index"]]).all()


def test_a_training_that_diverged_is_called_so(store):
    model_id = store.start_model(start_run(store), "cnn", 3)
    with pytest.raises(TrackingError, match="loss became nan in epoch 1: the training has diverged"):
        store.log_epoch(model_id, epoch(1, loss=float("nan")))
    with pytest.raises(TrackingError, match="has no accuracy"):
        store.log_epoch(model_id, epoch(1, accuracy=None))
    store.log_epoch(model_id, epoch(1, val_loss=float("inf")))
    assert [row["val_loss"] for row in queries.epochs(store)] == [None]


IMAGE_7 = "WHERE model_id = 1 AND image_index = 7"
BAD_ROWS = {
    "a class that does not exist": (
        f'UPDATE "Predictions_Log" SET predicted = 3 {IMAGE_7}',
        "FOREIGN KEY|predicted_class",
    ),
    "a label that is not the image's": (
        f'UPDATE "Predictions_Log" SET label = 2 {IMAGE_7}',
        "FOREIGN KEY|label_is_that",
    ),
    "an image that does not exist": (
        f'UPDATE "Predictions_Log" SET image_index = 999 {IMAGE_7}',
        "FOREIGN KEY|label_is_that",
    ),
    "a confidence above 1": ('UPDATE "Predictions_Log" SET confidence = 1.2', "confidence_is_a_share"),
    "a run without a seed": ('UPDATE "Runs" SET seed = NULL', "NOT NULL|not-null"),
    "a model without a seed": ('UPDATE "Model_Info" SET seed = NULL', "NOT NULL|not-null"),
    "an accuracy above 1": ('UPDATE "Model_Info" SET accuracy = 1.01', "accuracy_is_a_share"),
    "a training accuracy below 0": ('UPDATE "Epoch_Stats" SET accuracy = -0.1', "train_accuracy_is_a_share"),
    "the same epoch twice": (
        'INSERT INTO "Epoch_Stats" (model_id, epoch, loss, accuracy, logged_utc) '
        "VALUES (1, 1, 1.0, 0.5, '2026-01-01 00:00:00')",
        "UNIQUE|duplicate",
    ),
    "epoch 0": ('UPDATE "Epoch_Stats" SET epoch = 0 WHERE epoch = 1', "epochs_count_from_1"),
    "an unknown status": ("UPDATE \"Runs\" SET status = 'great'", "run_status_is_known"),
    "fewer predictions than test images": (f'DELETE FROM "Predictions_Log" {IMAGE_7}', "cannot be deleted"),
    "a flag of 2": ('UPDATE "Datasets" SET is_synthetic = 2', "is_synthetic_is_a_flag"),
}


def test_the_database_itself_refuses_bad_rows(store):
    """Plain SQL, so that no code of ours stands between the row and the rule."""
    enter(store)
    before = {name: count(store, name) for name in FIVE_TABLES}
    for what, (sql, rule) in BAD_ROWS.items():
        with pytest.raises(TrackingError, match=f"(?i)refuses this.*({rule})"):
            with writing(store.engine) as connection:
                connection.exec_driver_sql(sql)
            pytest.fail(f"accepted: {what}")
    assert {name: count(store, name) for name in FIVE_TABLES} == before
    for model_id in (1, 2):
        assert sum(cell["images"] for cell in queries.confusion_matrix(store, [model_id])) == N_TEST


def test_a_model_is_finished_only_with_all_its_predictions(store):
    run_id = start_run(store)
    model_id = store.start_model(run_id, "baseline", 3)
    with pytest.raises(TrackingError, match="log_predictions comes first"):
        store.finish_model(model_id)
    store.log_predictions(model_id, answers())
    with writing(store.engine) as connection:
        connection.exec_driver_sql('DELETE FROM "Predictions_Log" WHERE image_index = 7')
    with pytest.raises(TrackingError, match="one prediction for every test image"):
        store.finish_model(model_id)
    assert count(store, "Confusion_Matrix") == count(store, "Class_Metrics") == 0
    store.log_predictions(model_id, answers())
    store.finish_model(model_id)
    assert count(store, "Confusion_Matrix") == 9
    with pytest.raises(TrackingError, match="final"):
        store.log_predictions(model_id, answers())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda store: start_run(store, seed=None), "without a seed"),
        (lambda store: start_run(store, seed=-1), "seed"),
        (lambda store: start_run(store, test_labels=LABELS[:-1]), "59 labels came"),
        (lambda store: store.start_model(99, "baseline", 0), "no run 99"),
        (lambda store: store.log_epoch(99, epoch(1)), "no model 99"),
        (lambda store: store.log_predictions(model(store), answers()[:, :2]), r"\(60, 2\).*3 classes"),
        (lambda store: store.log_predictions(model(store), answers() * 9), "softmax"),
        (lambda store: store.log_predictions(model(store), answers() * np.nan), "diverged"),
        (lambda store: store.finish_model(model(store), speed=3), "Unknown measures: speed"),
        (lambda store: store.delete_run(99), "no run 99"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_errors_say_what_was_expected(tmp_path, call, words):
    with ExperimentStore(f"sqlite:///{tmp_path / 'a.db'}") as store, pytest.raises(CifarTeachError, match=words):
        call(store)


def model(store: ExperimentStore) -> int:
    return store.start_model(start_run(store), "baseline", 3)


def test_calling_again_goes_on_with_the_same_rows(store):
    run_id = start_run(store)
    model_id = store.start_model(run_id, "fastnet", 3)
    store.log_epoch(model_id, epoch(1))
    store.log_epoch(model_id, epoch(2, loss=5.0))
    assert start_run(store) == run_id
    assert store.start_model(run_id, "fastnet", 3) == model_id
    store.log_epoch(model_id, epoch(2))  # trained again after a kill
    store.complete_epochs(model_id, [epoch(1, loss=9.0), epoch(2), epoch(3)])
    rows = queries.epochs(store)
    assert [(row["epoch"], row["loss"]) for row in rows] == [(1, 2.0), (2, 1.0), (3, pytest.approx(2 / 3))]
    assert rows[0]["gap"] == pytest.approx(0.1)
    with pytest.raises(TrackingError, match="other data or another seed"):
        start_run(store, seed=4)
    with pytest.raises(TrackingError, match="other data or another seed"):
        start_run(store, data=provenance(checksum="cd" * 32))


def test_deleting_a_run_takes_all_of_it_and_nothing_else(store):
    first, second = enter(store, "key-1"), enter(store, "key-2")
    kept = [row for row in queries.confusion_matrix(store) if row["model_id"] > 2]
    store.delete_run(first)
    assert [run["run_id"] for run in queries.runs(store)] == [second]
    assert (count(store, "Epoch_Stats"), count(store, "Predictions_Log")) == (4, 120)
    assert queries.confusion_matrix(store) == kept
    assert count(store, "Test_Images") == N_TEST


WRITER = """
import sys
from cifar_teach.tracking.store import ExperimentStore
from tests.tracking.example import answers, epoch, start_run
url, key, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
with ExperimentStore(url) as store:
    run_id = start_run(store, key)
    model_id = store.start_model(run_id, "fastnet", 3)
    for number in range(1, epochs + 1):
        store.log_epoch(model_id, epoch(number))
    store.log_predictions(model_id, answers())
    store.finish_model(model_id)
    store.finish_run(run_id)
"""


def start_writer(url: str, key: str, epochs: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", WRITER, url, key, str(epochs)], cwd=ROOT, env={**os.environ})


def test_two_processes_at_once_lose_nothing(url):
    writers = [start_writer(url, key, 60) for key in ("a", "b")]  # both find an empty database and make the tables
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    with ExperimentStore(url) as store:
        assert sorted(run["run_key"] for run in queries.runs(store)) == ["a", "b"]
        for row in queries.models(store):
            assert (row["status"], row["epochs"]) == ("finished", 60)
        assert count(store, "Predictions_Log") == 2 * N_TEST
        assert count(store, "Datasets") == 1


def test_a_killed_process_leaves_a_consistent_database_and_is_continued(url):
    writer = start_writer(url, "a", 100_000)
    with ExperimentStore(url) as store:
        deadline = time.monotonic() + 60
        while count(store, "Epoch_Stats") < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert queries.runs(store)[0]["state"] == "running"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        run = queries.runs(store)[0]
        assert (run["status"], run["state"]) == ("running", "interrupted")
        logged = [row["epoch"] for row in queries.epochs(store)]
        assert logged == list(range(1, len(logged) + 1))
        assert len(logged) >= 5
        if store.engine.dialect.name == "sqlite":
            assert queries.select(store, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            assert queries.select(store, "PRAGMA foreign_key_check") == []
    assert start_writer(url, "a", len(logged)).wait(timeout=60) == 0
    with ExperimentStore(url) as store:
        assert [run["state"] for run in queries.runs(store)] == ["finished"]
        assert [row["epoch"] for row in queries.epochs(store)] == logged  # written again, none twice


def test_a_run_of_another_machine_counts_as_running_until_it_is_silent_for_long(tmp_path):
    with ExperimentStore(f"sqlite:///{tmp_path / 'a.db'}") as store:
        start_run(store)
        with writing(store.engine) as connection:
            connection.exec_driver_sql("UPDATE \"Runs\" SET machine = 'elsewhere', process = 1")
        assert queries.runs(store)[0]["state"] == "running"
        with writing(store.engine) as connection:
            connection.exec_driver_sql("UPDATE \"Runs\" SET seen_utc = '2020-01-01 00:00:00.000000'")
        assert queries.runs(store)[0]["state"] == "interrupted"


def test_addresses_that_cannot_be_used(tmp_path, postgresql):
    cases = {
        "mysql://root:secret@localhost/x": "not on 'mysql'",
        "sqlite:////no/such/folder/x.db": "/no/such/folder",
        "nonsense://": "no address|not on 'nonsense'",
    }
    for address, words in cases.items():
        with pytest.raises(TrackingError, match=words) as caught:
            open_engine(address)
        assert "secret" not in str(caught.value)
    with pytest.raises(TrackingError, match="There is no database"):
        ExperimentStore(str(tmp_path / "absent.db"), must_exist=True)
    assert not (tmp_path / "absent.db").exists()
    (tmp_path / "text.db").write_text("this is no database, and it is long enough to be looked at\n" * 20)
    with pytest.raises(TrackingError, match="not a database"):
        ExperimentStore(str(tmp_path / "text.db"))
    wrong = postgresql().replace("/test_", "/absent_").replace("tester@", "tester:secret@")
    with pytest.raises(TrackingError, match="does not exist") as caught:
        ExperimentStore(wrong)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:se:cret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:se@cr:et@host/db", "postgresql://me:***@host/db"),
        ("postgresql://host/db?password=secret&sslmode=require", "postgresql://host/db?password=***&sslmode=require"),
        ("mssql+pyodbc:///?odbc_connect=UID%3Dme%3BPWD%3Dsecret%3BServer%3Dx",
         "mssql+pyodbc:///?odbc_connect=UID%3Dme%3BPWD%3D***%3BServer%3Dx"),
        ("mssql+pyodbc:///?odbc_connect=UID=me;PWD=secret;Server=x",
         "mssql+pyodbc:///?odbc_connect=UID=me;PWD=***;Server=x"),
        ("sqlite:///experiments.db", "sqlite:///experiments.db"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_its_password(address, shown):
    assert hide_password(address) == shown


def test_sql_server_takes_a_new_model_although_its_table_has_a_trigger():
    """SQL Server refuses INSERT ... OUTPUT there (error 334), which SQLAlchemy would write by itself."""
    from sqlalchemy.dialects import mssql

    insert = table("Model_Info").insert().values(run_id=1, model_name="baseline")
    assert "OUTPUT" not in str(insert.compile(dialect=mssql.dialect()))


def test_other_peoples_databases_are_not_filled_with_our_tables(url):
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE addresses (name TEXT)")
    with pytest.raises(TrackingError, match="holds no experiments"):
        ExperimentStore(url, must_exist=True)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["addresses"]
    engine.dispose()


def test_pictures_are_entered_in_one_order_by_all(tmp_path):
    """Two processes that write the same rows in different orders can wait for each other for ever (PostgreSQL)."""
    written = []
    with ExperimentStore(str(tmp_path / "a.db")) as store:
        model_id = store.start_model(start_run(store), "baseline", 3)

        @event.listens_for(store.engine, "before_cursor_execute")
        def note(connection, cursor, statement, parameters, context, executemany) -> None:
            if statement.startswith('UPDATE "Test_Images"'):
                written.append(parameters[-1])

        guesses = np.random.default_rng(1).dirichlet(np.ones(len(CLASSES)), N_TEST)
        store.log_predictions(model_id, guesses, images=IMAGES)
    assert len(written) > 20 and written == sorted(written)
