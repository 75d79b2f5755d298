"""Judging SQL: what a query may do, when it is stopped, how its rows are compared, and the databases it runs on."""

from __future__ import annotations

import sqlite3
import time

import pytest

from cifar_teach.checks import CheckFailed, State
from cifar_teach.checks.draw import Draw
from cifar_teach.checks.drawn_experiments import draw_experiments, store_with_models
from cifar_teach.checks.sql_probes import in_transaction, roll_back, rows_of, run_definition, run_query, try_insert
from cifar_teach.checks.sql_rows import Result, all_differ, expect_rows

SALTS = ("", "one", "two", "three", "four")


@pytest.fixture
def connection() -> sqlite3.Connection:
    return draw_experiments(Draw("test")).connect()


def failure(function, *arguments, **keywords) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        function(*arguments, **keywords)
    return caught.value


def test_a_query_returns_its_columns_and_rows(connection) -> None:
    result = run_query(
        connection, 'WITH a AS (SELECT :x AS x) SELECT x, COUNT(*) AS n FROM a, "Runs" GROUP BY x;', {"x": "it's"}
    )
    assert result == Result(("x", "n"), [("it's", 7)])


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM Runs",
        "UPDATE Model_Info SET accuracy = 1",
        "INSERT INTO Runs SELECT * FROM Runs",
        "CREATE TABLE mine (x)",
        "DROP TABLE Epoch_Stats",
        "ATTACH '/tmp/stolen.db' AS other",
        "PRAGMA writable_schema = ON",
        "VACUUM INTO '/tmp/stolen.db'",
        "BEGIN",
        "COMMIT",
        "SELECT load_extension('evil.so')",
        "SELECT RANDOMBLOB(1000)",
        "WITH a AS (SELECT 1) DELETE FROM Runs",
    ],
)
def test_a_query_can_only_read(connection, sql: str) -> None:
    before = list(connection.iterdump())
    told = failure(run_query, connection, sql)
    assert told.hint
    assert run_query(connection, "SELECT COUNT(*) FROM Runs").rows == [(7,)]
    assert list(connection.iterdump()) == before


def test_what_holds_during_a_query_is_lifted_afterwards(connection) -> None:
    failure(run_query, connection, "DELETE FROM Runs")
    connection.execute("UPDATE Runs SET name = ?", ("x" * 20_000,))
    assert rows_of(connection, "SELECT DISTINCT length(name) FROM Runs") == [[20_000]]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n",
        "SELECT COUNT(*) FROM Predictions_Log a, Predictions_Log b, Predictions_Log c, Predictions_Log d",
        "SELECT a.label FROM Predictions_Log a, Predictions_Log b, Predictions_Log c ORDER BY a.confidence * b.label",
    ],
)
def test_a_query_without_end_is_stopped(connection, sql: str) -> None:
    began = time.process_time()
    told = failure(run_query, connection, sql, most_steps=500_000)
    assert told.state is State.ERROR and "does not come to an end" in told.message
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT label FROM Predictions_Log, Model_Info", "more than 2,000 rows"),
        ("SELECT replace(printf('%2000d', 1), ' ', 'aaaa')", "far longer than any answer"),
        ("SELECT x FROM Runs", "is the name spelled"),
        ("SELECT x FROM Rums", "no such table: rums"),
        ("SELECT run_id FROM Runs JOIN Model_Info USING (dataset_id)", "two of the tables have a column"),
        ("SELECT run_id, name FROM Runs WHERE COUNT(*) > 1", "where looks at single rows"),
        ("SELECT run_id name, FROM Runs", "missing comma"),
        ("SELECT (run_id FROM Runs", "syntax error"),
        ("SELECT COUNT(run_id", "still open"),
        ("SELECT 1; SELECT 2", "second one"),
        ("SELECT :other", "a name of your own gets no value"),
        ("SELECT MEDIAN(seed) FROM Runs", "no function of this name"),
        ("-- nothing yet", "no columns"),
    ],
)
def test_a_faulty_query_is_explained(connection, sql: str, words: str) -> None:
    told = failure(run_query, connection, sql, {"model_id": 1})
    assert words in f"{told.message} {told.hint}".lower()


def test_a_view_can_be_out_of_bounds_and_its_tables_not(connection) -> None:
    refused = {"Class_Metrics": "Write it yourself."}
    for sql in ("SELECT * FROM Class_Metrics", 'SELECT recall FROM (SELECT * FROM "Class_Metrics") WHERE model_id = 1'):
        told = failure(run_query, connection, sql, refused=refused)
        assert told.hint == "Write it yourself." and not told.got  # SQLite would name a table that may be read
    assert run_query(connection, "SELECT * FROM Predictions_Log", refused=refused).rows
    assert run_query(connection, "SELECT * FROM Confusion_Matrix", refused=refused).rows


def test_a_definition_makes_one_table_and_nothing_else() -> None:
    connection = store_with_models(2)
    run_definition(connection, "CREATE TABLE a (x INTEGER PRIMARY KEY, y TEXT UNIQUE CHECK (y <> ''))")
    assert try_insert(connection, "a", {"x": 1, "y": "b"}) == ""
    assert "UNIQUE" in try_insert(connection, "a", {"x": 2, "y": "b"})
    assert "CHECK" in try_insert(connection, "a", {"x": 2, "y": ""})
    assert rows_of(connection, "SELECT * FROM a") == [[1, "b"]]
    for sql in ("DROP TABLE Runs", "SELECT 1; DROP TABLE Runs", "CREATE TABLE b AS SELECT 1; DROP TABLE a"):
        failure(run_definition, connection, sql)
    for sql in ("DROP TABLE Runs", "DELETE FROM Runs", "CREATE TRIGGER t AFTER INSERT ON Runs BEGIN SELECT 1; END"):
        assert failure(run_definition, connection, sql).hint == "One CREATE TABLE is asked for, and nothing else."


def test_a_definition_may_be_long_and_a_text_in_a_query_may_not() -> None:
    connection = store_with_models(1)
    run_definition(connection, f"CREATE TABLE a (x TEXT -- {'why ' * 2000}\n)")
    assert "too big" in failure(run_query, connection, "SELECT replace(printf('%2000d', 1), ' ', 'aaaa')").message


def test_a_sort_cannot_fill_the_memory(connection) -> None:
    rows = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT printf('%1900d', x) FROM n ORDER BY 1"
    )
    resource = pytest.importorskip("resource", reason="Windows has none")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert failure(run_query, connection, rows).state is State.ERROR
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 800 * 1024


def test_rows_are_compared_in_any_order_with_a_tolerance() -> None:
    correct = [(1, "cat", 0.66667, None), (1, "cat", 0.33333, None), (2, "dog", 1, b"x")]
    came = Result(tuple("abcd"), [(2, "dog", 1.0, b"x"), (1, "cat", 0.333, None), (1, "cat", 0.667, None)])
    expect_rows(came, correct, columns=tuple("abcd"))
    assert "order" in failure(expect_rows, came, correct, columns=tuple("abcd"), ordered=True).message


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 0.5)],
        [(1, 0.5), (1, 0.5)],
        [(1, 0.5), (2, 0.502)],
        [(1, 0.5), (2, None)],
        [(1, 0.5), ("2", 0.25)],
        [(1, 0.5), (2, 0.25), (3, 1)],
        [(0.5, 1), (0.5, 2)],
    ],
)
def test_other_rows_are_refused_and_a_difference_is_shown(rows) -> None:
    told = failure(expect_rows, Result(("a", "b"), rows), [(1, 0.5), (2, 0.25)], columns=("a", "b"), hint="Count.")
    assert told.hint == "Count."
    assert "missing" in told.expected or "not expected" in told.got


def test_columns_in_another_order_are_named_as_such() -> None:
    came = Result(("share", "id"), [(0.25, 2), (0.5, 1)])
    told = failure(expect_rows, came, [(1, 0.5), (2, 0.25)], columns=("a", "b"), hint="Count.")
    assert "stand in another order" in told.message and (told.got, told.expected) == ("share, id", "a, b")


def test_the_number_of_columns_is_named_and_their_names_do_not_matter() -> None:
    expect_rows(Result(("COUNT(*)",), [(3,)]), [(3,)], columns=("how many",))
    told = failure(expect_rows, Result(("n", "m"), [(3, 4)]), [(3,)], columns=("how many",))
    assert "1 columns" in told.message and told.got == "2: n, m"


def test_a_known_mistake_is_named_unless_it_is_right() -> None:
    came = Result(("n",), [(2,)])
    told = failure(expect_rows, came, [(3,)], columns=("n",), mistakes={"Twice?": [(6,)], "One less?": [(2,)]})
    assert told.hint == "One less?"
    expect_rows(came, [(2,)], columns=("n",), mistakes={"One less?": [(2,)]})
    assert all_differ([(3,)], {"a": [(2,)], "b": []})
    assert not all_differ([(3,), (4,)], {"a": [(4,), (3,)]})


def test_what_was_not_committed_is_seen_and_can_be_taken_back() -> None:
    connection = store_with_models(1)
    assert not in_transaction(connection)
    connection.execute("UPDATE Model_Info SET seed = 7")
    assert in_transaction(connection)
    roll_back(connection)
    assert rows_of(connection, "SELECT seed FROM Model_Info") == [[1]] and not in_transaction(connection)


@pytest.mark.parametrize("salt", SALTS)
def test_drawn_experiments_hold_what_queries_stumble_over(salt: str) -> None:
    found = draw_experiments(Draw("test", salt))
    connection = found.connect()
    one = {key: [row[key] for row in found.datasets] for key in ("name", "checksum", "dataset_id")}
    assert one["name"][0] == one["name"][2] and one["checksum"][0] == one["checksum"][1]
    assert len({*zip(one["name"], one["checksum"])}) == 3
    finished = {model["run_id"] for model in found.finished}
    assert {run["run_id"] for run in found.runs} - finished == {5, 6}
    assert len({run["name"] for run in found.runs}) < len(found.runs)
    unfinished = {model["model_id"] for model in found.models} - {model["model_id"] for model in found.finished}
    assert unfinished & {row["model_id"] for row in found.predictions}
    stored = rows_of(connection, "SELECT model_id, accuracy FROM \"Model_Info\" WHERE status = 'finished'")
    counted = rows_of(connection, 'SELECT model_id, AVG(correct) FROM "Predictions_Log" GROUP BY model_id')
    assert [row for row in counted if row[0] not in unfinished] == [pytest.approx(row) for row in stored]
    assert rows_of(connection, "PRAGMA foreign_key_check") == []


def test_the_same_seed_draws_the_same_experiments_and_another_one_others() -> None:
    assert draw_experiments(Draw("test")) == draw_experiments(Draw("test"))
    assert draw_experiments(Draw("test")) != draw_experiments(Draw("test", "salt"))
