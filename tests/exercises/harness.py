"""What the tests of all exercises share: the bank of answers, and a student's notebook in which one answer is replaced.

The bank of an exercise is ``tests/exercises/exNN_slug/bank.py``. It holds ``WRONG`` and ``RIGHT``, and where a
mutant of a reference answer is no mistake, ``HARMLESS`` says why.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import json
import linecache
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cifar_teach.checks import EXERCISES, Exercise, Question, Verdict, get_exercise
from cifar_teach.checks.runner import judge

ROOT = Path(__file__).resolve().parents[2]
CELL = re.compile(r"^# %%(?P<options>.*)$", re.MULTILINE)
QUESTION = re.compile(r'question="(?P<name>[^"]+)"')


@dataclass(frozen=True)
class Wrong:
    """A wrong answer from a real misconception.

    Attributes:
        question: name of the question whose cell it replaces.
        why: the misconception, in a few words.
        says: words that the message must contain (case does not matter).
        code: the student's cell.
        partly: True when some points are deserved.
        also: names of other questions that this answer rightly fails.
    """

    question: str
    why: str
    says: str
    code: str
    partly: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Right:
    """Another right answer: another style, the same result."""

    question: str
    why: str
    code: str


@dataclass(frozen=True)
class Cell:
    """A code cell of an exercise's source; ``question`` is empty for cells that ask nothing."""

    question: str
    code: str


@functools.cache
def code_cells(slug: str) -> tuple[Cell, ...]:
    """Return the code cells of ``solutions/<slug>.py``, the reference answers included."""
    text = (ROOT / "solutions" / f"{slug}.py").read_text(encoding="utf-8")
    marks = list(CELL.finditer(text))
    cells = []
    for mark, following in zip(marks, [*marks[1:], None]):
        options = mark["options"]
        if "[markdown]" in options or "setup" in options:
            continue
        question = QUESTION.search(options)
        code = text[mark.end() : following.start() if following else None].strip("\n")
        cells.append(Cell(question["name"] if question else "", code))
    return tuple(cells)


def reference(slug: str, name: str) -> str:
    """Return the cell with the reference answer to a question."""
    return next(cell.code for cell in code_cells(slug) if cell.question == name)


@functools.cache
def solved(slug: str) -> Mapping[str, Any]:
    """Return the variables of the solution notebook after all its cells have run, with drawn pictures as data."""
    return run_cells(slug, code_cells(slug))


def run_cells(slug: str, cells: tuple[Cell, ...]) -> dict[str, Any]:
    """Run the set-up and ``cells`` as a notebook would, in a namespace of its own, and return its variables."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    variables: dict[str, Any] = {"__name__": "__main__"}
    setup = f"from cifar_teach.checks import check, check_all, hint, start\ndata = start({slug!r})\n"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for number, cell in enumerate((Cell("", setup), *cells)):
            execute(cell.code, variables, f"<{slug} cell {number}>")
    return variables


def execute(code: str, variables: dict[str, Any], name: str) -> None:
    """Run a cell so that messages can quote its lines, as in a notebook."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    exec(compile(code, name, "exec"), variables)


@functools.cache
def notebook_with(slug: str, question: str, code: str) -> Mapping[str, Any]:
    """Return the variables of a solved notebook in which the answer to one question is replaced by ``code``.

    The cells of the other questions run again, so that an answer which leans on this one meets the replaced one.
    """
    variables = dict(solved(slug))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for cell in code_cells(slug):
            if cell.question:
                replaced = cell.question == question
                execute(code if replaced else cell.code, variables, f"<{slug} {cell.question} {hash(code)}>")
    return variables


@functools.cache
def verdict_on(slug: str, question: str, code: str, salt: str = "") -> Verdict:
    """Return the verdict on one answer."""
    return judge(get_exercise(slug).question(question), notebook_with(slug, question, code), salt)


def words_of(verdict: Verdict) -> str:
    """Return all that the student reads, in lower case, on one line."""
    return " ".join(str(verdict).lower().split())


@functools.cache
def bank(slug: str) -> ModuleType:
    """Load ``tests/exercises/<slug>/bank.py``."""
    path = Path(__file__).parent / slug / "bank.py"
    spec = importlib.util.spec_from_file_location(f"bank_{slug}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generated_notebook(home: str, slug: str) -> dict[str, Any]:
    """Return a notebook as it was generated: from ``"solutions"``, or the release from ``"exercises"``."""
    return json.loads((ROOT / home / slug / f"{slug}.ipynb").read_text(encoding="utf-8"))


def answered(slug: str, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return the solution notebook with these answers instead, question -> code."""
    notebook = generated_notebook("solutions", slug)
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    for name, code in answers.items():
        cells[name]["source"] = code
    return notebook


def every_exercise() -> list[Exercise]:
    """Return all exercises."""
    return [get_exercise(slug) for slug in EXERCISES]


def every_check() -> list[tuple[str, Question]]:
    """Return the slug and the question of every check."""
    return [(exercise.slug, question) for exercise in every_exercise() for question in exercise.checks]
