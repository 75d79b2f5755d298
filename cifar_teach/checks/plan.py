"""In which order the cells of a notebook are run and its checks judged."""

from __future__ import annotations

import re

from .reading import Cell, Notebook
from .registry import Exercise, Question

CALL_OF_START = re.compile(r"""\bstart\(\s*["']ex\d\d""")

Step = Cell | Question


def plan(notebook: Notebook) -> list[Step]:
    """Return the cells to run and, at their places, the questions to judge.

    The place of a check is its cell, recognised by nbgrader's mark; of several copies the last one counts. Where the
    cell is gone it is the place at which the grader puts it back: behind the answer, or before what follows in the
    exercise. In a notebook without nbgrader's marks the calls of ``check`` count, wherever they stand.
    """
    exercise = notebook.exercise
    place = {cell.grade_id: index for index, cell in enumerate(notebook.cells) if cell.grade_id}
    order = [name for question in exercise.questions for name in (question.name, f"check-{question.name}")]
    judged: dict[int, list[Question]] = {}
    for question in exercise.checks if any(name in place for name in order) else ():
        own = f"check-{question.name}"
        behind = place.get(own, place.get(question.name))
        if behind is None:
            later = [place[name] for name in order[order.index(own) :] if name in place]
            behind = later[0] - 1 if later else len(notebook.cells) - 1
        judged.setdefault(behind, []).append(question)
    replaced = {place[f"check-{question.name}"] for question in exercise.checks if f"check-{question.name}" in place}

    needs_set_up = not any(CALL_OF_START.search(cell.source) for cell in notebook.code)
    first = min(place.values(), default=0)
    steps: list[Step] = []
    for index, cell in enumerate(notebook.cells):
        if needs_set_up and index == first:
            steps.append(_set_up(exercise))
        if index == 0:
            steps += judged.get(-1, ())
        if cell.number and index not in replaced:
            steps.append(cell)
        steps += judged.get(index, ())
    return steps


def _set_up(exercise: Exercise) -> Cell:
    """Return what stands in for a set-up cell that is gone."""
    names = "check, check_all, hint, start, submit"
    return Cell(0, "code", f"from cifar_teach.checks import {names}\n\ndata = start({exercise.slug!r})")
