"""Answers that were moved, split or written elsewhere still get their points, helpers of the student's own included."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from cifar_teach.checks import get_exercise
from cifar_teach.checks.magics import InertShell, to_python
from cifar_teach.checks.runner import judge
from cifar_teach.grading.decoding import decode
from cifar_teach.grading.rebuild import rebuild
from tests.exercises.harness import generated_notebook
from tests.grading.bad import BAD, cell_of, code, first, position, text_of

ROOT = Path(__file__).resolve().parents[2]
SLUG = "ex02_preprocess"
NAMES = [
    "solution",
    "copied answer, new try behind an old one",
    "nothing but the code of the answers, without marks",
    "all marks lost, own cells between",
    "marks of two answers swapped",
    "set-up and imports deleted",
    "answer turned into text with fences",
    "two functions split apart, all marks lost",
    "every answer split",
    "all answers in new cells at the end",
    "all answers in one cell",
    "cells in reverse order, all marks lost",
    "magics and shell",
    "format 3",
]


def notebook(home: str) -> dict:
    return generated_notebook(home, SLUG)


def points(built: dict) -> dict[str, float]:
    """Run imports, answers and the student's own cells in order, and judge each question where its check stands."""
    exercise, given = get_exercise(SLUG), {}
    variables: dict = {"__name__": "__main__"}
    shell = InertShell(lambda source: exec(compile(source, "cell", "exec"), variables), lambda _: None)
    variables["get_ipython"] = lambda: shell
    for cell in built["cells"]:
        role = cell["metadata"].get("nbgrader", {})
        if cell["id"].startswith("check-") and role.get("points"):
            name = cell["id"].removeprefix("check-")
            given[name] = judge(exercise.question(name), variables).points
        elif cell["cell_type"] == "code" and (
            role.get("solution") or cell["id"] == "code-01" or cell["id"][:4] == "own-"
        ):
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(to_python(cell["source"]), "cell", "exec"), variables)
    return given


FULL = {question.name: question.points for question in get_exercise(SLUG).checks}


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_get_all_points(name):
    (bad,) = [each for each in BAD if each.name == name]
    release = notebook("exercises")
    built = rebuild(decode(bad.build(release, notebook("solutions")), bad.file).content, release).notebook
    expected = dict(FULL)
    assert points(built) == expected


def test_the_untouched_release_gets_none():
    release = notebook("exercises")
    assert points(rebuild(release, release).notebook) == dict.fromkeys(FULL, 0)


def with_helper(where: str) -> dict:
    """Return a solution whose first answer needs a helper, written in a new cell before it, or at the end."""
    solution = notebook("solutions")
    name = first(solution)
    answer = "def normalize(images):\n    return scaled_by(images, 255)"
    helper = code(
        "import numpy as numbers\n\n\ndef scaled_by(images, top):\n    return images.astype(numbers.float32) / top"
    )
    if where == "end":
        cell_of(solution, name)["source"] = text_of(cell_of(notebook("exercises"), name))
        solution["cells"] += [helper, code(answer)]
    else:
        cell_of(solution, name)["source"] = answer
        solution["cells"].insert(position(solution, name), helper)
        if where == "moved":
            at = position(solution, name)
            block = solution["cells"][at - 2 : at + 2]
            del solution["cells"][at - 2 : at + 2]
            solution["cells"][-3:-3] = block
    return solution


@pytest.mark.parametrize("where", ["before", "end", "moved"])
def test_a_helper_is_there_before_the_answer_that_needs_it(where):
    assert points(rebuild(with_helper(where), notebook("exercises")).notebook) == FULL


def test_an_import_written_into_a_locked_cell_is_kept():
    solution = notebook("solutions")
    name = first(solution)
    cell_of(solution, "setup")["source"] = text_of(cell_of(solution, "setup")) + "\nimport numpy as numbers\n"
    cell_of(solution, name)["source"] = "def normalize(images):\n    return images.astype(numbers.float32) / 255"
    assert points(rebuild(solution, notebook("exercises")).notebook) == FULL


def test_the_arguments_stay_as_they_are():
    release, solution = notebook("exercises"), notebook("solutions")
    before = json.dumps([release, solution])
    rebuild(solution, release)
    assert json.dumps([release, solution]) == before
