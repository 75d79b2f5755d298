"""All experiments as files: one CSV or Parquet file for each table, and a data dictionary."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import replacing
from . import queries
from .connecting import reading
from .exported import RELATIONSHIPS, ExportTable, export_tables
from .problems import TrackingError
from .schema import SCHEMA_VERSION
from .store import ExperimentStore

if TYPE_CHECKING:
    import pyarrow
    from sqlalchemy import Connection

FORMATS = ("csv", "parquet")
ROWS_AT_ONCE = 20_000
DICTIONARY = "data-dictionary"
Batch = list[tuple[Any, ...]]

KIND_DOCS = {
    "integer": "whole number, 64 bits",
    "float": "decimal number, 64 bits; in CSV with a point, as many digits as bring back the same number",
    "text": "text, UTF-8",
    "time": "date and time, UTC; in CSV as 2026-03-01T12:30:00.000000",
}


def export_experiments(store: ExperimentStore, folder: str | Path, *, form: str = "csv") -> dict[str, int]:
    """Write all tables, on SQLite and PostgreSQL from the same moment, and a data dictionary as Markdown and JSON.

    CSV is UTF-8 with a header line, commas, and quotation marks where they are needed; an empty field is NULL. Each
    file appears whole or not at all.

    Args:
        store: the experiments.
        folder: where to; it is made, and files of the same names are replaced.
        form: ``csv`` or ``parquet`` (needs pyarrow).

    Returns:
        The number of rows of each table.

    Raises:
        TrackingError: an unknown format, or pyarrow is missing.
        CifarTeachError: the folder cannot be written.
    """
    if form not in FORMATS:
        raise TrackingError(f"There is no export as '{form}'. Known: {', '.join(FORMATS)}.")
    write = _write_csv if form == "csv" else _write_parquet
    folder = Path(folder).expanduser()
    rows = {}
    states = {run["run_id"]: run["state"] for run in queries.runs(store)}  # what `running` means now
    with _one_moment(store) as connection:
        for table in export_tables():
            with replacing(folder / f"{table.name}.{form}") as draft:
                batches = _batches(connection, table)
                if table.name == "Runs":
                    batches = _with_states(table, batches, states)
                rows[table.name] = write(draft, table, batches)
    dictionary = _dictionary(rows, form)
    with replacing(folder / f"{DICTIONARY}.json") as draft:
        draft.write_text(json.dumps(dictionary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with replacing(folder / f"{DICTIONARY}.md") as draft:
        draft.write_text(_dictionary_page(dictionary), encoding="utf-8")
    return rows


@contextmanager
def _one_moment(store: ExperimentStore) -> Iterator[Connection]:
    """Yield a connection that sees no change made after its first query.

    SQLite does so by itself. SQL Server would need a setting of the database for it (snapshot isolation): there, export
    while nothing is being written.
    """
    with reading(store.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _batches(connection: Connection, table: ExportTable) -> Iterator[Batch]:
    """Yield the rows of a table in lists, so that a million predictions need not be in memory together."""
    from sqlalchemy import DateTime, text

    times = {column.name: DateTime() for column in table.columns if column.kind == "time"}
    result = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(text(table.query).columns(**times))
    for part in result.partitions():
        yield [tuple(row) for row in part]


def _with_states(table: ExportTable, batches: Iterator[Batch], states: dict[int, str]) -> Iterator[Batch]:
    """Replace the status of runs by what it is: one whose process is gone was interrupted."""
    names = [column.name for column in table.columns]
    key, status = names.index("run_id"), names.index("status")
    for rows in batches:
        yield [(*row[:status], states.get(row[key], row[status]), *row[status + 1 :]) for row in rows]


def _write_csv(path: Path, table: ExportTable, batches: Iterator[Batch]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n")  # as RFC 4180 says
        writer.writerow(column.name for column in table.columns)
        for rows in batches:
            writer.writerows([_text(value) for value in row] for row in rows)
            count += len(rows)
    return count


def _text(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _write_parquet(path: Path, table: ExportTable, batches: Iterator[Batch]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as problem:
        raise TrackingError('Parquet needs pyarrow: pip install "cifar-teach[tracking]", or use csv.') from problem
    schema = arrow_schema(table)
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for rows in batches:
            columns = [pa.array(values, field.type) for values, field in zip(zip(*rows), schema)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            count += len(rows)
    return count


def arrow_schema(table: ExportTable) -> pyarrow.Schema:
    """Return the columns of an exported table as Arrow types; the documentation is in each field's metadata."""
    import pyarrow as pa

    kinds = {"integer": pa.int64(), "float": pa.float64(), "text": pa.string(), "time": pa.timestamp("us")}
    return pa.schema(
        [
            pa.field(column.name, kinds[column.kind], column.nullable, metadata={"description": column.doc})
            for column in table.columns
        ]
    )


def _dictionary(rows: dict[str, int], form: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "format": form,
        "types": KIND_DOCS,
        "tables": [
            {
                "name": table.name,
                "file": f"{table.name}.{form}",
                "rows": rows[table.name],
                "description": table.doc,
                "columns": [
                    {"name": column.name, "type": column.kind, "nullable": column.nullable, "description": column.doc}
                    for column in table.columns
                ],
            }
            for table in export_tables()
        ],
        "relationships": [relationship._asdict() for relationship in RELATIONSHIPS],
    }


def _dictionary_page(dictionary: dict[str, Any]) -> str:
    lines = ["# Data dictionary", "", "| type | means |", "|---|---|"]
    lines += [f"| {name} | {meaning} |" for name, meaning in dictionary["types"].items()]
    for table in dictionary["tables"]:
        lines += ["", f"## {table['name']}", "", table["description"], ""]
        lines += [f"File `{table['file']}`, {table['rows']:,} rows.", ""]
        lines += ["| column | type | can be empty | holds |", "|---|---|---|---|"]
        for column in table["columns"]:
            empty = "yes" if column["nullable"] else "no"
            lines.append(f"| {column['name']} | {column['type']} | {empty} | {column['description']} |")
    lines += ["", "## Relationships", "", "| many rows of | belong to one row of |", "|---|---|"]
    lines += [
        f"| {one['many_table']}.{one['many_column']} | {one['one_table']}.{one['one_column']} |"
        for one in dictionary["relationships"]
    ]
    return "\n".join(lines) + "\n"
