"""A database of an older version is brought up to date; one of a newer version is left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cifar_teach.tracking import queries
from cifar_teach.tracking.connecting import open_engine, writing
from cifar_teach.tracking.migrations import MIGRATIONS, prepare, version_of
from cifar_teach.tracking.problems import TrackingError
from cifar_teach.tracking.schema import SCHEMA_VERSION, metadata
from cifar_teach.tracking.store import ExperimentStore
from cifar_teach.tracking.views import drop_view_statements
from tests.tracking.example import enter

VERSION_1 = Path(__file__).with_name("version1.sql")


@pytest.fixture
def old(tmp_path) -> str:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    connection.close()
    return str(path)


def test_every_version_has_its_migration():
    assert sorted(MIGRATIONS) == list(range(2, SCHEMA_VERSION + 1))


def test_version_1_becomes_the_current_version_and_keeps_its_run(old, tmp_path):
    with ExperimentStore(old) as store:
        assert store.migrated == [2]
        assert version_of(store.engine) == SCHEMA_VERSION
        assert queries.run(store, 1)["name"] == "old run"
        assert sum(cell["images"] for cell in queries.confusion_matrix(store, [1])) == 4
        assert [row["png"] for row in queries.mistakes(store, 1)] == [None]
        enter(store)  # and takes new ones, with pictures
        assert len(queries.runs(store)) == 2
    with ExperimentStore(old) as again:
        assert again.migrated == []
    fresh = ExperimentStore(str(tmp_path / "fresh.db"))
    assert columns(old) == columns(str(tmp_path / "fresh.db"))
    fresh.close()


def columns(path: str) -> dict[str, list[str]]:
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    found = {name: sorted(row[1:3] for row in connection.execute(f'PRAGMA table_info("{name}")')) for name in names}
    connection.close()
    return found


def test_migration_on_postgresql(postgresql):
    """Version 1 is version 2 without its column, so it is made by taking that away."""
    address = postgresql()
    with ExperimentStore(address) as store, writing(store.engine) as connection:
        for statement in (*drop_view_statements("postgresql"), 'ALTER TABLE "Test_Images" DROP COLUMN png'):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql('UPDATE "Schema_Version" SET version = 1')
    with ExperimentStore(address) as store:
        assert store.migrated == [2]
        enter(store)
        assert queries.mistakes(store, 1)[0]["png"].startswith(b"\x89PNG")
        assert queries.select(store, "SELECT COUNT(*) AS n FROM Class_Metrics") == [{"n": 6}]


def test_a_newer_database_is_refused_and_not_touched(url):
    ExperimentStore(url).close()
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.exec_driver_sql(f'UPDATE "Schema_Version" SET version = {SCHEMA_VERSION + 1}')
    with pytest.raises(TrackingError, match=f"version {SCHEMA_VERSION + 1} .*Update it.*Nothing was changed"):
        ExperimentStore(url)
    with pytest.raises(TrackingError, match="Update it"):
        prepare(engine)
    engine.dispose()


def test_other_peoples_tables_are_not_mixed_with_ours(url):
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE runs (distance INTEGER)")
    with pytest.raises(TrackingError, match="other tables of these names: runs"):
        ExperimentStore(url)
    engine.dispose()


def test_a_failed_migration_changes_nothing(old, monkeypatch):
    def broken(connection):
        MIGRATIONS_2(connection)
        connection.exec_driver_sql("SELECT * FROM no_such_table")

    MIGRATIONS_2 = MIGRATIONS[2]
    monkeypatch.setitem(MIGRATIONS, 2, broken)
    before = columns(old)
    with pytest.raises(TrackingError, match="no_such_table"):
        ExperimentStore(old)
    assert columns(old) == before
    monkeypatch.setitem(MIGRATIONS, 2, MIGRATIONS_2)
    ExperimentStore(old).close()
    assert columns(old).keys() == before.keys() >= metadata().tables.keys()
