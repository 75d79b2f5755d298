"""A tiny exercise that exists only in these tests, in this process and in those it starts, and notebooks for it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cifar_teach import checks
from cifar_teach.checks import registry

SLUG = "ex90_tiny"
MODULE = '''
"""Doubling and halving."""

from .registry import check, exercise, manual

exercise("ex90_tiny", title="Doubling", goal="You can double.", minutes=5, train_size=20, test_size=10)


@check("ex90.double", points=2, needs="double")
def doubles(student, draw):
    """Double a number."""
    from .compare import expect_number

    with student.part("a whole number"):
        expect_number(student.call("double", 3), 6, what="double(3)")
    with student.part("a negative number", weight=3):
        expect_number(student.call("double", -4), -8, what="double(-4)")


@check("ex90.halve", points=1.5, needs="halve", seconds=1)
def halves(student, draw):
    """Halve a number."""
    from .compare import expect_number

    number = draw.number(1, 9)
    expect_number(student.call("halve", number), number / 2, what="the half")


@check("ex90.answer", points=1, needs="answer", hints=("Think.",))
def knows(student, draw):
    """Know the answer."""
    from .compare import expect_equal

    expect_equal(student.value("answer"), 42, what="the answer")


manual("ex90.reflect", points=3, title="Say why", rubric=("1 point: why", "2 points: when"))
'''
CUSTOMIZE = """
import cifar_teach.checks as checks
from cifar_teach.checks import registry

checks.__path__.append({folder!r})
registry.EXERCISES += ("ex90_tiny",)
"""
SET_UP = f"""\
import importlib.util

if importlib.util.find_spec("cifar_teach") is None:
    %pip install --quiet --no-deps "cifar-teach"

from cifar_teach.checks import check, check_all, hint, start, submit

data = start("{SLUG}")"""
QUICK_SET_UP = f"""\
%matplotlib inline
from cifar_teach.checks import check, check_all, hint, submit
# Loading data with start("{SLUG}") takes a second, which is too much where time limits are tested."""
ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "halve": "def halve(x):\n    return x / 2",
    "answer": "answer = 42",
}
REFLECTION = "Twice is one more time the same."
STUB = "*Write your answer here.*"


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Register the exercise here, and by way of ``PYTHONPATH`` in every Python that is started meanwhile."""
    (folder / "ex90_tiny.py").write_text(MODULE, encoding="utf-8")
    (folder / "sitecustomize.py").write_text(CUSTOMIZE.format(folder=str(folder)), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "__path__", [*checks.__path__, str(folder)])
        patch.setattr(registry, "EXERCISES", (*registry.EXERCISES, SLUG))
        patch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep))
        patch.setenv("CIFAR_TEACH_DATA", "synthetic")
        yield


def code(source: str, grade_id: str = "", **role: Any) -> dict[str, Any]:
    """Return a code cell; with ``grade_id`` it is one that nbgrader knows."""
    return text(source, grade_id, **role) | {"cell_type": "code", "execution_count": None, "outputs": []}


def text(source: str, grade_id: str = "", **role: Any) -> dict[str, Any]:
    """Return a cell of text."""
    metadata = {}
    if grade_id:
        role = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3} | role
        metadata["nbgrader"] = role | {"grade_id": grade_id}
    return {"cell_type": "markdown", "id": grade_id or "x", "metadata": metadata, "source": source}


def check_cell(name: str) -> dict[str, Any]:
    """Return the locked cell that checks a question."""
    return code(f'check("ex90.{name}")', f"check-{name}", grade=True, locked=True, points=1)


def cells(**answers: str) -> list[dict[str, Any]]:
    """Return the cells of a solved notebook, with other answers where they are given."""
    result = [text("# Doubling"), code(answers.get("setup", SET_UP), "setup", locked=True)]
    for name, source in (ANSWERS | answers).items():
        if name in ANSWERS:
            result += [text(f"## {name}"), code(source, name, solution=True), check_cell(name)]
    reflection = answers.get("reflect", REFLECTION)
    result += [text(reflection, "reflect", grade=True, solution=True, points=3)]
    return [*result, code("check_all()", "check-all", locked=True), code("submit()", "submit", locked=True)]


def notebook(content: list[dict[str, Any]], **metadata: Any) -> dict[str, Any]:
    """Return a notebook as the plain data of its file."""
    metadata = {"cifar_teach": {"exercise": SLUG}, "kernelspec": {"name": "python3", "display_name": "x"}} | metadata
    return {"cells": content, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, content: dict[str, Any]) -> Path:
    """Write a notebook file."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
