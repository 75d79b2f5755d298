"""The cells of the solution notebook: those of the source, and those that every exercise has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import AuthoringError
from .markers import END
from .repository import Repository
from .source import Cell

if TYPE_CHECKING:
    from ..checks.registry import Exercise, Question

INSTALL = """\
# Set-up: run this cell first. Running it again does no harm.
import importlib.util

if importlib.util.find_spec("cifar_teach") is None:
    %pip install --quiet --no-deps "{requirement}"

"""
"""What every notebook begins with, so that it runs where the package is not installed: in Colab."""

SET_UP = (
    INSTALL
    + """\
from cifar_teach.checks import check, check_all, hint, start, submit

data = start("{slug}")"""
)

HAND_IN = """\
## Hand in

`check_all()` shows where you stand. `submit()` looks the notebook over, says what is missing, and gives you the file
to hand in."""

# The five kinds of cell in nbgrader's format, version 3, as far as they are used here.
ANSWER = {"grade": False, "solution": True, "locked": False}
CHECK = {"grade": True, "solution": False, "locked": True}
MANUAL = {"grade": True, "solution": True, "locked": False}
READ_ONLY = {"grade": False, "solution": False, "locked": True}


def notebook_cells(cells: list[Cell], exercise: Exercise, repository: Repository) -> list[dict[str, Any]]:
    """Return the cells of the solution notebook as plain dictionaries of nbformat 4.5.

    Ids are derived, not drawn: ``normalize`` and ``check-normalize`` for a question, ``text-03`` for the third text.

    Raises:
        AuthoringError: two cells would have the same id.
    """
    result, counts = [], {"text": 0, "code": 0}
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.setup:
            result.append(_code("setup", _set_up(exercise, repository), READ_ONLY))
        elif cell.question is not None and cell.question.manual:
            result.append(_text(cell.question.name, _with_rubric(cell), MANUAL, cell.question.points))
        elif cell.question is not None:
            name = cell.question.name
            result.append(_code(name, cell.source, ANSWER))
            result.append(_code(f"check-{name}", f'check("{cell.question.id}")', CHECK, cell.question.points))
        elif cell.id is not None:
            result.append(_code(cell.id, cell.source, READ_ONLY))
        elif cell.kind == "code":
            counts["code"] += 1
            result.append(_code(f"code-{counts['code']:02d}", cell.source))
        else:
            text = _with_facts(cell, exercise, repository) if cell is cells[0] else cell.source
            if following is not None and following.question is not None:
                text = _with_points(cell, following.question)
            counts["text"] += 1
            result.append(_text(f"text-{counts['text']:02d}", text))
    result.append(_text("hand-in", HAND_IN))
    result.append(_code("check-all", "check_all()", READ_ONLY))
    result.append(_code("submit", "submit()", READ_ONLY))
    ids = [cell["id"] for cell in result]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise AuthoringError(f"{exercise.slug}: two cells would be called {', '.join(twice)}. Choose another name.")
    return result


def points_text(points: float) -> str:
    """Return ``1 point``, ``2 points`` or ``1.5 points``."""
    return f"{points:g} point" if points == 1 else f"{points:g} points"


def _set_up(exercise: Exercise, repository: Repository) -> str:
    return SET_UP.format(requirement=repository.requirement, slug=exercise.slug)


def _with_facts(cell: Cell, exercise: Exercise, repository: Repository) -> str:
    """Return the first cell with time, size and the link to Colab below its title."""
    questions = len(exercise.questions)
    facts = [
        f"About {exercise.minutes} minutes",
        f"{questions} question{'s' if questions != 1 else ''}",
        points_text(exercise.points),
    ]
    link = repository.colab_link(f"exercises/{exercise.slug}/{exercise.slug}.ipynb")
    if link:
        facts.append(f"[Open in Colab]({link})")
    title, *rest = cell.lines
    return "\n".join([title, "", " · ".join(facts), *rest])


def _with_points(cell: Cell, question: Question) -> str:
    """Return the text above a question with the points behind its last heading."""
    lines = cell.lines
    lines[cell.headings[-1]] += f" · {points_text(question.points)}"
    return "\n".join(lines)


def _with_rubric(cell: Cell) -> str:
    """Return a model answer with the rubric below it, inside the region that students do not get."""
    rubric = [f"- {line}" for line in cell.question.rubric]
    lines = cell.lines
    last = len(lines) - 1 - lines[::-1].index(END)
    if rubric:
        lines[last:last] = ["", "**How the points are given**", "", *rubric]
    return "\n".join(lines)


def _code(id: str, source: str, role: dict | None = None, points: float | None = None) -> dict[str, Any]:
    cell = _text(id, source, role, points)
    return cell | {"cell_type": "code", "execution_count": None, "outputs": []}


def _text(id: str, source: str, role: dict | None = None, points: float | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if role is not None:
        metadata["nbgrader"] = role | {"grade_id": id, "schema_version": 3, "task": False}
    if points is not None:
        metadata["nbgrader"]["points"] = int(points) if points == int(points) else points
    return {"cell_type": "markdown", "id": id, "metadata": metadata, "source": source}
