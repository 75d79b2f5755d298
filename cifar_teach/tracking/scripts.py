"""The schema as SQL scripts, one for each database: to read, or to let an administrator run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import unknown_name
from .problems import TrackingError
from .schema import FIVE_TABLES, SCHEMA_VERSION, metadata
from .views import SUPPORTED, VIEWS, trigger_statements, view_statements

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Table

FOLDER = Path(__file__).with_name("sql")
"""Where the generated scripts lie, committed so that they can be read without running anything."""

TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mssql": "SQL Server"}


def script_path(dialect: str) -> Path:
    """Return where the committed script of a database lies."""
    return FOLDER / f"create_tables.{dialect}.sql"


def create_script(dialect: str) -> str:
    """Return the SQL that makes an empty store.

    Args:
        dialect: ``sqlite``, ``postgresql`` or ``mssql``.

    Raises:
        TrackingError: another dialect.
    """
    if dialect not in SUPPORTED:
        raise TrackingError(unknown_name("dialect", dialect, SUPPORTED))
    from sqlalchemy.schema import CreateIndex

    compiler = _dialect(dialect)
    parts = [
        f"-- Experiment store of CIFAR Teach, version {SCHEMA_VERSION}, for {TITLES[dialect]}.\n"
        f"-- Written by: cifar-teach runs sql --dialect {dialect}\n"
        f"-- For reports: {', '.join(FIVE_TABLES)}."
    ]
    if dialect == "sqlite":
        parts.append("PRAGMA journal_mode = WAL;\nPRAGMA foreign_keys = ON;")
    for table in metadata().sorted_tables:
        parts.append(_create_table(table, compiler))
        parts += [f"{str(CreateIndex(index).compile(dialect=compiler)).strip()};" for index in table.indexes]
    described = {view.name: view.doc for view in VIEWS}
    for statement in view_statements(dialect):
        name = statement.split()[2].strip('"')
        parts.append(f"-- {described[name]}\n{statement};" if name in described else f"{statement};")
    parts += [f"{statement};" for statement in trigger_statements(dialect)]
    stamp = {"sqlite": "CURRENT_TIMESTAMP", "postgresql": "now() AT TIME ZONE 'utc'", "mssql": "SYSUTCDATETIME()"}
    parts.append(f'INSERT INTO "Schema_Version" (version, applied_utc) VALUES ({SCHEMA_VERSION}, {stamp[dialect]});')
    separator = "\nGO\n\n" if dialect == "mssql" else "\n\n"  # views and triggers must begin a batch
    return separator.join(parts) + ("\nGO\n" if dialect == "mssql" else "\n")


def _dialect(name: str) -> Dialect:
    from sqlalchemy.dialects import mssql, postgresql, sqlite

    if name == "mssql":
        return mssql.dialect(deprecate_large_types=True)  # VARCHAR(max) in place of TEXT, which is no longer advised
    return {"sqlite": sqlite, "postgresql": postgresql}[name].dialect()


def _create_table(table: Table, dialect: Dialect) -> str:
    """Return CREATE TABLE with what each column holds above it as a comment."""
    from sqlalchemy.schema import CreateTable

    docs = {dialect.identifier_preparer.format_column(column): column.doc for column in table.columns}
    lines = [f"-- {table.info['doc']}"]
    for line in str(CreateTable(table).compile(dialect=dialect)).strip().splitlines():
        words = line.split()
        if line.startswith("\t") and words and words[0] in docs:
            lines.append(f"\t-- {docs[words[0]]}")
        lines.append(line.rstrip())
    return "\n".join(lines) + ";"
