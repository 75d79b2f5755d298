"""What an export consists of: tables with stable columns, their types and meaning, and how they are related.

Both the data dictionary and the Power BI project are written from this list, so they cannot disagree with the files.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from .schema import table
from .views import CLASS_METRICS, CONFUSION_MATRIX, View

LEFT_OUT = {"Runs": ("run_key", "machine", "process"), "Predictions_Log": ("dataset_id",)}
"""What only the store itself needs."""


class ExportColumn(NamedTuple):
    """One column of an exported table.

    Attributes:
        name: stable, as in the header line.
        kind: ``integer`` (64 bits), ``float`` (64 bits), ``text`` (UTF-8) or ``time`` (UTC, ISO 8601 in CSV).
        nullable: whether it can be empty.
        doc: what it holds.
    """

    name: str
    kind: str
    nullable: bool
    doc: str


class ExportTable(NamedTuple):
    """One exported table: its columns in their order, and the query that fills it.

    Attributes:
        name: of the table.
        doc: what one row is.
        columns: an :class:`ExportColumn` for each, in their order.
        query: the SQL that fills it.
    """

    name: str
    doc: str
    columns: tuple[ExportColumn, ...]
    query: str


class Relationship(NamedTuple):
    """Many rows of one table belong to one row of another."""

    many_table: str
    many_column: str
    one_table: str
    one_column: str


RELATIONSHIPS = (
    Relationship("Runs", "dataset_id", "Datasets", "dataset_id"),
    Relationship("Model_Info", "run_id", "Runs", "run_id"),
    Relationship("Epoch_Stats", "model_id", "Model_Info", "model_id"),
    Relationship("Class_Metrics", "model_id", "Model_Info", "model_id"),
    Relationship("Class_Metrics", "class_id", "Classes", "class_id"),
    Relationship("Confusion_Matrix", "model_id", "Model_Info", "model_id"),
    Relationship("Confusion_Matrix", "true_class_id", "Classes", "class_id"),
    Relationship("Predictions_Log", "model_id", "Model_Info", "model_id"),
    Relationship("Predictions_Log", "true_class_id", "Classes", "class_id"),
)
"""No table is reached on two ways, which a reporting tool would refuse."""

_PREDICTION_NAMES = (
    ExportColumn("true_class_id", "integer", False, "true class (Classes.class_id)"),
    ExportColumn("true_class", "text", False, "name of the true class"),
    ExportColumn("predicted_class", "text", False, "name of the predicted class"),
)


@cache
def export_tables() -> tuple[ExportTable, ...]:
    """Return all exported tables: those that describe first, then the five."""
    return (
        _from_table("Datasets", "dataset_id"),
        _from_table("Classes", "class_id"),
        _from_table("Runs", "run_id"),
        _from_table("Model_Info", "model_id"),
        _from_table("Epoch_Stats", "model_id, epoch"),
        _from_view(CLASS_METRICS, "model_id, class_index"),
        _from_view(CONFUSION_MATRIX, "model_id, true_label, predicted_label"),
        _predictions(),
    )


def _from_table(name: str, order: str) -> ExportTable:
    columns = _columns_of(name)
    names = ", ".join(column.name for column in columns)
    return ExportTable(name, table(name).info["doc"], columns, f'SELECT {names} FROM "{name}" ORDER BY {order}')


def _from_view(view: View, order: str) -> ExportTable:
    columns = tuple(ExportColumn(column.name, column.kind, False, column.doc) for column in view.columns)
    names = ", ".join(f'"{column.name}"' for column in columns)
    return ExportTable(view.name, view.doc, columns, f'SELECT {names} FROM "{view.name}" ORDER BY {order}')


def _predictions() -> ExportTable:
    stored = _columns_of("Predictions_Log")
    names = ", ".join(f"p.{column.name}" for column in stored)
    query = f"""SELECT {names}, t.class_id AS true_class_id, t.class_name AS true_class, g.class_name AS predicted_class
FROM "Predictions_Log" p
JOIN "Classes" t ON t.dataset_id = p.dataset_id AND t.class_index = p.label
JOIN "Classes" g ON g.dataset_id = p.dataset_id AND g.class_index = p.predicted
ORDER BY p.model_id, p.image_index"""
    return ExportTable("Predictions_Log", table("Predictions_Log").info["doc"], (*stored, *_PREDICTION_NAMES), query)


def _columns_of(name: str) -> tuple[ExportColumn, ...]:
    return tuple(
        ExportColumn(column.name, _kind_of(column.type), bool(column.nullable), column.doc)
        for column in table(name).columns
        if column.name not in LEFT_OUT.get(name, ())
    )


def _kind_of(kind: object) -> str:
    from sqlalchemy import DateTime, Float, Integer

    for known, name in ((Integer, "integer"), (Float, "float"), (DateTime, "time")):
        if isinstance(kind, known):
            return name
    return "text"
