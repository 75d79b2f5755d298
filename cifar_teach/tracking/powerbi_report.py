"""The pages of the Power BI report: which measure is drawn where, in the JSON of PBIR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

THEME = "CY24SU10"
WIDTH, HEIGHT = 1280, 720


class Field(NamedTuple):
    """A column or a measure of the model."""

    table: str
    name: str
    measure: bool = False

    def projection(self) -> dict[str, Any]:
        """Return the field as a visual's query names it."""
        source = {"Expression": {"SourceRef": {"Entity": self.table}}, "Property": self.name}
        return {
            "field": {"Measure" if self.measure else "Column": source},
            "queryRef": f"{self.table}.{self.name}",
            "nativeQueryRef": self.name,
        }


class Visual(NamedTuple):
    """One visual: its type, where it lies (x, y, width, height in pixels of the page) and its fields by role."""

    name: str
    kind: str
    place: tuple[int, int, int, int]
    roles: Mapping[str, Sequence[Field]]


def _measure(table: str, name: str) -> Field:
    return Field(table, name, measure=True)


_MODEL = Field("Model_Info", "model_name")
_RUN = Field("Runs", "name")

PAGES: dict[str, tuple[str, tuple[Visual, ...]]] = {
    "overview": (
        "Overview",
        (
            Visual("run", "slicer", (20, 20, 300, 90), {"Values": [_RUN]}),
            Visual("best_accuracy", "card", (340, 20, 220, 90), {"Values": [_measure("Model_Info", "Best accuracy")]}),
            Visual("macro_f1", "card", (580, 20, 220, 90), {"Values": [_measure("Class_Metrics", "Macro F1")]}),
            Visual("gap", "card", (820, 20, 220, 90), {"Values": [_measure("Epoch_Stats", "Final gap")]}),
            Visual("images", "card", (1060, 20, 200, 90), {"Values": [_measure("Predictions_Log", "Test images")]}),
            Visual(
                "accuracy_by_model", "clusteredBarChart", (20, 130, 610, 570),
                {"Category": [_MODEL], "Y": [_measure("Predictions_Log", "Accuracy")]},
            ),
            Visual(
                "models", "tableEx", (650, 130, 610, 570),
                {
                    "Values": [
                        _MODEL, Field("Model_Info", "seed"), Field("Model_Info", "accuracy"),
                        Field("Model_Info", "accuracy_low"), Field("Model_Info", "accuracy_high"),
                        Field("Model_Info", "parameters"), Field("Model_Info", "train_seconds"),
                        Field("Datasets", "name"),
                    ]
                },
            ),
        ),
    ),
    "training": (
        "Training",
        (
            Visual("model", "slicer", (20, 20, 300, 90), {"Values": [_MODEL]}),
            Visual(
                "accuracy_by_epoch", "lineChart", (20, 130, 610, 570),
                {
                    "Category": [Field("Epoch_Stats", "epoch")],
                    "Y": [_measure("Epoch_Stats", "Training accuracy"), _measure("Epoch_Stats", "Validation accuracy")],
                },
            ),
            Visual(
                "gap_by_epoch", "lineChart", (650, 130, 610, 570),
                {
                    "Category": [Field("Epoch_Stats", "epoch")],
                    "Y": [_measure("Epoch_Stats", "Generalisation gap")],
                    "Series": [_MODEL],
                },
            ),
        ),
    ),
    "errors": (
        "Classes and errors",
        (
            Visual("model", "slicer", (20, 20, 300, 90), {"Values": [_MODEL]}),
            Visual(
                "confusion", "pivotTable", (20, 130, 760, 570),
                {
                    "Rows": [Field("Confusion_Matrix", "true_class")],
                    "Columns": [Field("Confusion_Matrix", "predicted_class")],
                    "Values": [_measure("Confusion_Matrix", "Images")],
                },
            ),
            Visual(
                "f1_by_class", "clusteredBarChart", (800, 130, 460, 570),
                {"Category": [Field("Classes", "class_name")], "Y": [_measure("Class_Metrics", "Macro F1")]},
            ),
        ),
    ),
}  # fmt: skip
"""By name: heading and visuals of each page."""


def report_files(schemas: str) -> dict[str, Any]:
    """Return the files of the report's definition by their path in it.

    Args:
        schemas: address below which Microsoft's JSON schemas lie.
    """
    base = f"{schemas}/item/report/definition"
    files: dict[str, Any] = {
        "version.json": {"$schema": f"{base}/versionMetadata/1.0.0/schema.json", "version": "2.0.0"},
        "report.json": {
            "$schema": f"{base}/report/3.0.0/schema.json",
            "themeCollection": {
                "baseTheme": {
                    "name": THEME,
                    "reportVersionAtImport": {"visual": "2.1.0", "report": "3.0.0", "page": "2.0.0"},
                    "type": "SharedResources",
                }
            },
        },
        "pages/pages.json": {
            "$schema": f"{base}/pagesMetadata/1.0.0/schema.json",
            "pageOrder": list(PAGES),
            "activePageName": next(iter(PAGES)),
        },
    }
    for page, (heading, visuals) in PAGES.items():
        files[f"pages/{page}/page.json"] = {
            "$schema": f"{base}/page/2.0.0/schema.json",
            "name": page,
            "displayName": heading,
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        }
        for number, visual in enumerate(visuals):
            files[f"pages/{page}/visuals/{page}_{visual.name}/visual.json"] = _visual(
                f"{base}/visualContainer/2.2.0/schema.json", f"{page}_{visual.name}", number, visual
            )
    return files


def _visual(schema: str, name: str, number: int, visual: Visual) -> dict[str, Any]:
    x, y, width, height = visual.place
    roles = {role: {"projections": [field.projection() for field in fields]} for role, fields in visual.roles.items()}
    return {
        "$schema": schema,
        "name": name,
        "position": {"x": x, "y": y, "z": number, "width": width, "height": height, "tabOrder": number},
        "visual": {"visualType": visual.kind, "query": {"queryState": roles}, "drillFilterOtherVisuals": True},
    }
