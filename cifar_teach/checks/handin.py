"""The file that is handed in: the answers and the marks of nbgrader, and nothing about the person or the computer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..files import replacing
from .reading import metadata_of
from .registry import Exercise

FOLDER = "hand-in"
KEPT_IN_CELL = ("nbgrader", "deletable", "editable", "tags", "id")
"""Everything else says who ran the cell and when (``executionInfo``), or how it looked."""


def clean(content: dict[str, Any], exercise: Exercise) -> dict[str, Any]:
    """Return the notebook without outputs and private metadata, and with the name of its exercise.

    Colab writes into each cell who ran it, when, and with which account; a kernel may be named after a person.
    """
    return {
        "cells": [_clean_cell(cell) for cell in content["cells"]],
        "metadata": {
            "cifar_teach": {"exercise": exercise.slug},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": content.get("nbformat_minor", 0),
    }


def _clean_cell(cell: dict[str, Any]) -> dict[str, Any]:
    kind = cell.get("cell_type", "raw")
    kept = {key: cell[key] for key in ("id", "attachments") if key in cell}
    metadata = {key: value for key, value in metadata_of(cell).items() if key in KEPT_IN_CELL}
    kept |= {"cell_type": kind, "metadata": metadata, "source": cell.get("source", "")}
    return kept | {"execution_count": None, "outputs": []} if kind == "code" else kept


def write_hand_in(content: dict[str, Any], exercise: Exercise, folder: Path) -> Path:
    """Write the notebook to ``hand-in/exNN_slug.ipynb`` below ``folder`` and return its path.

    Raises:
        CifarTeachError: it cannot be written.
    """
    path = folder / FOLDER / f"{exercise.slug}.ipynb"
    with replacing(path) as draft:
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
