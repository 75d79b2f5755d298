"""What a report must hold before it can be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import CifarTeachError

SCHEMA = 1
REQUIRED = ("created", "command", "profile", "data", "models")
REQUIRED_OF_DATA = ("name", "kind", "origin", "checksum", "train_size", "test_size")
REQUIRED_OF_MODEL = (
    "model",
    "params",
    "macs",
    "seeds",
    "train_seconds",
    "predict_seconds",
    "accuracy",
    "interval",
    "macro_f1",
    "ece",
    "n_test",
)
OPTIONAL: dict[str, Any] = {
    "hardware": {},
    "versions": {},
    "explore": {},
    "comparisons": (),
    "ensemble": None,
    "error_browsers": {},
}
OPTIONAL_OF_MODEL: dict[str, Any] = {
    "accuracy_per_seed": (),
    "train_cpu_seconds": None,
    "ece_calibrated": None,
    "temperature": None,
    "nll": None,
    "brier": None,
    "per_class": (),
    "top_confusions": (),
    "slices": (),
    "groups": (),
    "recipe": {},
    "files": {},
}


def complete(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the report in which everything optional is present.

    Args:
        report: what ``report.json`` holds.

    Raises:
        CifarTeachError: another schema, no model, or a value that is missing.
    """
    if report.get("schema") != SCHEMA:
        raise CifarTeachError(
            f"This report has schema {report.get('schema')!r}; this version writes schema {SCHEMA}. "
            "Run the course again to make a new one."
        )
    _require(report, REQUIRED, "The report")
    _require(report["data"], REQUIRED_OF_DATA, "The report's data")
    if not report["models"]:
        raise CifarTeachError("The report holds no model, so there is nothing to write. Train at least one.")
    for model in report["models"]:
        _require(model, REQUIRED_OF_MODEL, f"Model '{model.get('model', 'without a name')}' in the report")
    models = [{**OPTIONAL_OF_MODEL, **model} for model in report["models"]]
    return {**OPTIONAL, **report, "models": models}


def _require(values: Mapping[str, Any], keys: tuple[str, ...], whose: str) -> None:
    missing = [key for key in keys if values.get(key) is None]
    if missing:
        raise CifarTeachError(f"{whose} lacks {', '.join(missing)}.")
