"""The solution notebook and, by nbgrader's own hands, the notebook for students."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cells import notebook_cells
from .errors import AuthoringError, missing_tool
from .repository import Repository
from .source import Cell

if TYPE_CHECKING:
    from ..checks.registry import Exercise

CONFIG = "nbgrader_config.py"

Notebook = dict[str, Any]


def solution_notebook(cells: list[Cell], exercise: Exercise, repository: Repository) -> Notebook:
    """Return the notebook with the reference answers, without outputs, in nbformat 4.5 with nbgrader's metadata."""
    return {
        "cells": notebook_cells(cells, exercise, repository),
        "metadata": {
            "cifar_teach": {"exercise": exercise.slug},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def release_notebook(solution: Notebook, root: Path) -> Notebook:
    """Return what ``nbgrader generate_assignment`` makes of a solution notebook.

    The steps and their order are nbgrader's, their settings those of ``nbgrader_config.py`` below ``root``. Only the
    step that writes to the gradebook is left out.

    Raises:
        AuthoringError: nbgrader is not installed, has no settings, or leaves a cell that is not Python.
    """
    try:
        import nbformat
        from nbgrader.converters import GenerateAssignment
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.preprocessors import SaveCells
        from traitlets.config import PyFileConfigLoader
    except ImportError as problem:
        raise missing_tool(problem) from None

    if not (root / CONFIG).is_file():
        raise AuthoringError(f"There is no {root / CONFIG}. It says what students find in place of an answer.")
    config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    steps = GenerateAssignment(coursedir=CourseDirectory(root=str(root.resolve())), config=config).preprocessors
    notebook, resources = nbformat.from_dict(json.loads(json.dumps(solution))), {}
    for step in steps:
        if step is not SaveCells:
            notebook, resources = step(config=config)(notebook, resources)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            _check_python(cell.id, cell.source)
    return notebook


def to_bytes(notebook: Notebook) -> bytes:
    """Return a notebook as nbformat would write it, independent of the version of nbformat that is installed."""
    cells = [cell | {"source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    text = json.dumps(notebook | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8")


def _check_python(name: str, source: str) -> None:
    """Refuse a cell that would stop "Run all" of an untouched notebook with a syntax error."""
    try:
        ast.parse(source)
    except SyntaxError as problem:
        raise AuthoringError(
            f"Without its reference answer, the cell '{name}' is no longer Python ({problem.msg}, line "
            f"{problem.lineno} of the cell). Move the markers so that whole statements stand between them."
        ) from None
