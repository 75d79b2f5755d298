"""The SQL scripts of the schema: committed as generated, and good for what they say."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from cifar_teach.tracking import queries
from cifar_teach.tracking.connecting import open_engine, writing
from cifar_teach.tracking.schema import FIVE_TABLES, metadata
from cifar_teach.tracking.scripts import create_script, script_path
from cifar_teach.tracking.store import ExperimentStore
from cifar_teach.tracking.views import SUPPORTED
from tests.tracking.example import enter


@pytest.mark.parametrize("dialect", SUPPORTED)
def test_the_committed_script_is_what_the_program_writes(dialect):
    committed = script_path(dialect).read_text(encoding="utf-8")
    hint = f"cifar-teach runs sql --dialect {dialect} > {script_path(dialect)}"
    assert committed == create_script(dialect), f"write it anew: {hint}"


@pytest.mark.parametrize("dialect", SUPPORTED)
def test_every_column_is_explained_in_every_script(dialect):
    script = create_script(dialect)
    for table in metadata().sorted_tables:
        assert f"-- {table.info['doc']}" in script
        for column in table.columns:
            assert column.doc
            assert f"\t-- {column.doc}\n" in script
    for name in FIVE_TABLES:
        assert f'"{name}"' in script or f"[{name}]" in script


def test_a_database_made_by_the_sqlite_script_is_the_one_the_program_makes(tmp_path):
    by_script, by_program = tmp_path / "script.db", tmp_path / "program.db"
    connection = sqlite3.connect(by_script)
    connection.executescript(create_script("sqlite"))
    connection.close()
    ExperimentStore(str(by_program)).close()
    assert objects(by_script) == objects(by_program)
    with ExperimentStore(str(by_script)) as store:
        assert store.migrated == []
        enter(store)
        assert len(queries.confusion_matrix(store)) == 18


def objects(path: Path) -> dict[tuple[str, str], str]:
    """Return the SQL of everything in a database, without comments and white space."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {
        (kind, name): " ".join(" ".join(line for line in sql.splitlines() if not line.strip().startswith("--")).split())
        for kind, name, sql in rows
    }


def test_the_postgresql_script_makes_a_store(postgresql):
    address = postgresql()
    engine = open_engine(address)
    with writing(engine) as connection:
        connection.connection.driver_connection.execute(create_script("postgresql"))
    engine.dispose()
    with ExperimentStore(address) as store:
        assert store.migrated == []
        enter(store)
        assert len(queries.class_metrics(store)) == 6


def test_the_sql_server_script_uses_that_server_s_language():
    """No server to ask here; this looks at what differs between the databases."""
    script = create_script("mssql")
    assert "IDENTITY" in script
    assert "NVARCHAR(200)" in script
    assert script.count("CREATE TRIGGER") == 2
    batches = [batch.strip() for batch in script.split("\nGO\n")]
    for word in ("CREATE VIEW", "CREATE TRIGGER"):  # each must be the first statement of its batch
        for batch in batches:
            lines = [line for line in batch.splitlines() if line and not line.startswith("--")]
            assert sum(line.startswith(word) for line in lines) in (0, 1)
            assert not any(line.startswith(word) for line in lines[1:])
    for other in ("SERIAL", "BYTEA", "PRAGMA", "plpgsql", "AUTOINCREMENT"):
        assert other not in script


def test_the_command_prints_the_script():
    import sys

    command = [sys.executable, "-m", "cifar_teach.cli", "runs", "sql", "--dialect", "postgresql"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == create_script("postgresql")
