"""A Power BI project over the exported CSV files, as text: a .pbip with its semantic model and its report.

The shapes are Microsoft's: PBIP and PBIR (learn.microsoft.com/power-bi/developer/projects) and the Tabular Model
Definition Language, TMDL (learn.microsoft.com/analysis-services/tmdl). The model reads the CSV files from the folder in
its parameter ``Folder``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import replacing
from .exported import RELATIONSHIPS, ExportTable, export_tables
from .powerbi_report import report_files

NAME = "experiments"
SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
NAMESPACE = uuid.UUID("6f0f6a52-5d3b-4b1c-8f0e-5f1f6d6f2c10")
"""Ids are derived from names, so that the same export writes the same files."""

KINDS = {
    "integer": ("int64", "Int64.Type"),
    "float": ("double", "type number"),
    "text": ("string", "type text"),
    "time": ("dateTime", "type datetime"),
}
"""By kind of column: its type in TMDL and in Power Query."""

_FINAL_GAP = (
    "AVERAGEX(VALUES(Epoch_Stats[model_id]), "
    "VAR last = CALCULATE(MAX(Epoch_Stats[epoch])) "
    "RETURN CALCULATE(AVERAGE(Epoch_Stats[gap]), Epoch_Stats[epoch] = last))"
)
"""The gap after each model's last epoch, averaged over models."""

MEASURES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Predictions_Log": (
        ("Test images", "COUNTROWS(Predictions_Log)", "#,0"),
        ("Accuracy", "DIVIDE(SUM(Predictions_Log[correct]), [Test images])", "0.0%"),
        ("Mistakes", "[Test images] - SUM(Predictions_Log[correct])", "#,0"),
        ("Mean confidence", "AVERAGE(Predictions_Log[confidence])", "0.0%"),
        ("Overconfidence", "[Mean confidence] - [Accuracy]", "0.0%"),
    ),
    "Class_Metrics": (
        # Over several models: the mean of their macro F1, not the F1 of all images thrown together.
        ("Macro F1", "AVERAGEX(VALUES(Class_Metrics[model_id]), CALCULATE(AVERAGE(Class_Metrics[f1])))", "0.000"),
    ),
    "Epoch_Stats": (
        ("Generalisation gap", "AVERAGE(Epoch_Stats[gap])", "0.0%"),
        ("Final gap", _FINAL_GAP, "0.0%"),
        ("Validation accuracy", "AVERAGE(Epoch_Stats[val_accuracy])", "0.0%"),
        ("Training accuracy", "AVERAGE(Epoch_Stats[accuracy])", "0.0%"),
        ("Validation loss", "AVERAGE(Epoch_Stats[val_loss])", "0.000"),
        ("Training loss", "AVERAGE(Epoch_Stats[loss])", "0.000"),
    ),
    "Model_Info": (("Best accuracy", "MAX(Model_Info[accuracy])", "0.0%"),),
    "Confusion_Matrix": (("Images", "SUM(Confusion_Matrix[images])", "#,0"),),
}
"""By table: name, DAX and format of each measure. Accuracy is counted from the predictions, so every filter applies."""


def write_project(folder: str | Path, csv_folder: str | Path) -> Path:
    """Write the project and return the path of its ``.pbip`` file.

    Args:
        folder: where to; existing files of the same names are replaced.
        csv_folder: where the exported CSV files lie; what the parameter ``Folder`` says until it is changed.

    Raises:
        CifarTeachError: the folder cannot be written.
    """
    folder = Path(folder).expanduser()
    for name, content in project_files(str(Path(csv_folder).expanduser().resolve())).items():
        with replacing(folder / name) as draft:
            text = content if isinstance(content, str) else json.dumps(content, indent=2) + "\n"
            draft.write_text(text, encoding="utf-8", newline="\n")
    return folder / f"{NAME}.pbip"


def project_files(csv_folder: str) -> dict[str, Any]:
    """Return all files of the project by their path in it: text, or what becomes JSON."""
    model, report = f"{NAME}.SemanticModel", f"{NAME}.Report"
    files: dict[str, Any] = {
        f"{NAME}.pbip": {
            "$schema": f"{SCHEMAS}/pbip/pbipProperties/1.0.0/schema.json",
            "version": "1.0",
            "artifacts": [{"report": {"path": report}}],
            "settings": {"enableAutoRecovery": True},
        },
        f"{model}/.platform": _platform("SemanticModel"),
        f"{model}/definition.pbism": {
            "$schema": f"{SCHEMAS}/item/semanticModel/definitionProperties/1.0.0/schema.json",
            "version": "4.2",
            "settings": {},
        },
        f"{model}/definition/database.tmdl": "database\n\tcompatibilityLevel: 1600\n",
        f"{model}/definition/model.tmdl": _model_tmdl(),
        f"{model}/definition/expressions.tmdl": _folder_tmdl(csv_folder),
        f"{model}/definition/relationships.tmdl": _relationships_tmdl(),
        f"{report}/.platform": _platform("Report"),
        f"{report}/definition.pbir": {
            "$schema": f"{SCHEMAS}/item/report/definitionProperties/2.0.0/schema.json",
            "version": "4.0",
            "datasetReference": {"byPath": {"path": f"../{model}"}},
        },
    }
    for table in export_tables():
        files[f"{model}/definition/tables/{table.name}.tmdl"] = _table_tmdl(table)
    files |= {f"{report}/definition/{name}": content for name, content in report_files(SCHEMAS).items()}
    return files


def _platform(kind: str) -> Mapping[str, Any]:
    return {
        "$schema": f"{SCHEMAS}/gitIntegration/platformProperties/2.0.0/schema.json",
        "metadata": {"type": kind, "displayName": NAME},
        "config": {"version": "2.0", "logicalId": _id(kind)},
    }


def _id(*parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def _model_tmdl() -> str:
    lines = [
        "model Model",
        "\tculture: en-US",
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
        "\tdiscourageImplicitMeasures",
        "\tsourceQueryCulture: en-US",
        "",
        *(f"ref table {table.name}" for table in export_tables()),
    ]
    return "\n".join(lines) + "\n"


def _folder_tmdl(csv_folder: str) -> str:
    quoted = csv_folder.replace('"', '""')
    return (
        "/// Folder of the exported CSV files\n"
        f'expression Folder = "{quoted}" meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]\n'
        f"\tlineageTag: {_id('Folder')}\n"
    )


def _relationships_tmdl() -> str:
    blocks = [
        f"relationship {_id(*one)}\n"
        f"\tfromColumn: {one.many_table}.{one.many_column}\n"
        f"\ttoColumn: {one.one_table}.{one.one_column}\n"
        for one in RELATIONSHIPS
    ]
    return "\n".join(blocks)


def _table_tmdl(table: ExportTable) -> str:
    lines = [f"/// {table.doc}", f"table {table.name}", f"\tlineageTag: {_id(table.name)}", ""]
    for name, expression, form in MEASURES.get(table.name, ()):
        lines += [
            f"\tmeasure '{name}' = {expression}",
            f"\t\tformatString: {form}",
            f"\t\tlineageTag: {_id(table.name, 'measure', name)}",
            "",
        ]
    for column in table.columns:
        lines += [f"\t/// {column.doc}", f"\tcolumn {column.name}", f"\t\tdataType: {KINDS[column.kind][0]}"]
        if column.name.endswith("_id"):
            lines.append("\t\tisHidden")
        lines += [
            f"\t\tlineageTag: {_id(table.name, 'column', column.name)}",
            "\t\tsummarizeBy: none",
            f"\t\tsourceColumn: {column.name}",
            "",
        ]
    lines += [f"\tpartition {table.name} = m", "\t\tmode: import", "\t\tsource =", *_power_query(table), ""]
    return "\n".join(lines)


def _power_query(table: ExportTable) -> list[str]:
    """Return the query that reads one CSV file: numbers with a decimal point, whatever the computer's language."""
    types = ", ".join(f'{{"{column.name}", {KINDS[column.kind][1]}}}' for column in table.columns)
    options = f'[Delimiter=",", Columns={len(table.columns)}, Encoding=65001, QuoteStyle=QuoteStyle.Csv]'
    lines = [
        "let",
        f'    Source = Csv.Document(File.Contents(Folder & "\\{table.name}.csv"), {options}),',
        "    Promoted = Table.PromoteHeaders(Source, [PromoteAllScalars=true]),",
        '    Nulls = Table.ReplaceValue(Promoted, "", null, Replacer.ReplaceValue, Table.ColumnNames(Promoted)),',
        f'    Typed = Table.TransformColumnTypes(Nulls, {{{types}}}, "en-US")',
        "in",
        "    Typed",
    ]
    return [f"\t\t\t\t{line}" for line in lines]
