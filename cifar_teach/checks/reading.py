"""A notebook as a file: its cells, and the exercise that it belongs to. Needs nothing but the standard library."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from . import registry
from .registry import Exercise, get_exercise

FORMAT = 4
CALL_OF_CHECK = re.compile(r"""\bcheck\(\s*["'](ex\d\d)\.""")
PREFIX = re.compile(r"ex\d\d(?!\d)", re.IGNORECASE)
AGAIN = "Download or save the notebook again (in Colab: File → Download → Download .ipynb), and use that file."


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Attributes:
        number: what stands in brackets beside it after "Restart and run all", from 1; 0 for text and empty cells.
        kind: ``"code"``, ``"markdown"`` or ``"raw"``.
        source: its text, lines ended by a line feed.
        grade_id: what nbgrader calls it; empty when nbgrader does not know it.
    """

    number: int
    kind: str
    source: str
    grade_id: str = ""

    @property
    def first_line(self) -> str:
        """The first line that is no comment, which tells a person what cell is meant."""
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        return next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")


@dataclass(frozen=True)
class Notebook:
    """A notebook that has been read.

    Attributes:
        name: of the file, for messages.
        content: what the file holds, as plain data.
        cells: in order.
        exercise: the exercise it is an answer to.
    """

    name: str
    content: dict[str, Any]
    cells: tuple[Cell, ...]
    exercise: Exercise

    @property
    def code(self) -> list[Cell]:
        """The cells that are run."""
        return [cell for cell in self.cells if cell.number]


def read_notebook(path: str | Path) -> Notebook:
    """Read a notebook file of nbformat 4.0 to 4.5, as Jupyter, VS Code, Colab and old editors write it.

    Raises:
        CifarTeachError: there is no such file, it is no notebook or only part of one, or belongs to no exercise.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = ", ".join(sorted(each.name for each in path.parent.glob("*.ipynb"))[:8])
        there = f"Notebooks in that folder: {near}." if near else "That folder holds no notebook."
        raise CifarTeachError(f"There is no file '{path}'. {there} Check the spelling and the folder.") from None
    except OSError as problem:
        raise CifarTeachError(
            f"'{path}' cannot be read: {problem.strerror}. Give the path of a notebook, such as ex02_preprocess.ipynb."
        ) from None
    return as_notebook(_parse(data, path.name), path.name)


def as_notebook(content: Any, name: str, slug: str = "") -> Notebook:
    """Return the notebook that ``content``, the plain data of a notebook file, describes.

    Args:
        content: what the JSON holds.
        name: name of the file, for messages and as the last clue to the exercise.
        slug: the exercise, when it is known already.

    Raises:
        CifarTeachError: it is no notebook, or belongs to no exercise.
    """
    if not isinstance(content, dict) or not isinstance(content.get("nbformat", FORMAT), int):
        raise CifarTeachError(f"'{name}' is JSON, but no notebook. {AGAIN}")
    if content.get("nbformat", FORMAT) != FORMAT or "worksheets" in content:
        raise CifarTeachError(
            f"'{name}' is in version {content.get('nbformat')} of the notebook format; version {FORMAT} is expected. "
            "Open it in Jupyter or Colab and save it: that brings it to the present format."
        )
    if not isinstance(content.get("cells"), list):
        raise CifarTeachError(f"'{name}' is JSON, but it has no cells, so it is no notebook. {AGAIN}")
    cells, number = [], 0
    for raw in content["cells"]:
        if not isinstance(raw, dict):
            raise CifarTeachError(f"'{name}' has a cell that is no cell: the file is damaged. {AGAIN}")
        source, kind = source_of(raw), str(raw.get("cell_type", "raw"))
        runs = kind == "code" and bool(source.strip())
        number += runs
        cells.append(Cell(number if runs else 0, kind, source, grade_id_of(raw)))
    exercise = get_exercise(slug) if slug else _exercise_of(content, cells, name)
    return Notebook(name, content, tuple(cells), exercise)


def _parse(data: bytes, name: str) -> Any:
    if not data.strip():
        raise CifarTeachError(f"'{name}' is empty. {AGAIN}")
    try:
        # Windows editors put a byte order mark in front, and some write UTF-16.
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise CifarTeachError(f"'{name}' is no text, so it is no notebook. {AGAIN}") from None
    if text.lstrip()[:1] == "<":
        raise CifarTeachError(f"'{name}' is a web page, not a notebook. {AGAIN}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        if text.lstrip()[:1] != "{":
            raise CifarTeachError(f"'{name}' is no notebook: a notebook file begins with '{{'. {AGAIN}") from None
        line = getattr(problem, "lineno", 0)
        cut = getattr(problem, "pos", 0) >= len(text.rstrip()) - 1 or "Unterminated" in str(problem)
        what = "ends too early, as after a download that was interrupted" if cut else f"is damaged in line {line}"
        raise CifarTeachError(f"'{name}' {what}. {AGAIN}") from None


def source_of(cell: dict[str, Any]) -> str:
    """Return the text of a cell, lines ended by a line feed, whether it is stored as a text or as a list of lines."""
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def metadata_of(holder: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a notebook or cell; empty where there are none or they are damaged."""
    metadata = holder.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def grade_id_of(cell: dict[str, Any]) -> str:
    """Return what nbgrader calls a cell; empty when nbgrader does not know it."""
    role = metadata_of(cell).get("nbgrader")
    grade_id = role.get("grade_id") if isinstance(role, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def _exercise_of(content: dict[str, Any], cells: list[Cell], name: str) -> Exercise:
    """Find the exercise: by the mark in the notebook, by the checks it calls, by the name of the file."""
    mark = metadata_of(content).get("cifar_teach")
    clues = [str(mark.get("exercise", ""))] if isinstance(mark, dict) else []
    called = Counter(prefix for cell in cells if cell.kind == "code" for prefix in CALL_OF_CHECK.findall(cell.source))
    clues += [prefix for prefix, _ in called.most_common()]
    clues += [prefix.lower() for prefix in PREFIX.findall(name)]
    known = {key: slug for slug in registry.EXERCISES for key in (slug, slug[:4])}
    for clue in clues:
        if clue in known:
            return get_exercise(known[clue])
    raise CifarTeachError(
        f"'{name}' belongs to no exercise: it calls no check such as check(\"ex02.normalize\"). "
        f"Is it the right file? Exercises: {', '.join(registry.EXERCISES) or 'none'}."
    )
