"""Notebooks of students for the tests of sandbox and judge: the solution, with other answers here and there."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from cifar_teach.grading.grader import Grader
from cifar_teach.grading.limits import MIB, Limits
from cifar_teach.grading.records import QuestionResult, Result, Submission
from cifar_teach.grading.sandbox import Sandbox
from tests.exercises.harness import generated_notebook

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "exercises"
SALT = "a salt that no student knows"
QUICK = Limits(cell_seconds=2.0, total_seconds=40.0, grace_seconds=1.0, memory=400 * MIB, disk=16 * MIB, files=200)
"""Limits with which a test need not wait."""


def content(slug: str, kind: str = "solutions") -> dict[str, Any]:
    return generated_notebook(kind, slug)


def notebook(
    slug: str, answers: dict[str, str] | None = None, *, before: dict[str, str] | None = None, kind: str = "solutions"
) -> dict[str, Any]:
    """Return the solution of an exercise with these answers instead, and with new cells before those of a question."""
    result = copy.deepcopy(content(slug, kind))
    cells = []
    for cell in result["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in (before or {}):
            extra = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "id": f"new-{name}"}
            cells.append(extra | {"source": before[name]})
        if name in (answers or {}):
            cell["source"] = answers[name]
        cells.append(cell)
    result["cells"] = cells
    return result


def submission(slug: str, content: dict[str, Any] | None, student: str = "ada", **more: Any) -> Submission:
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return Submission(student, slug, f"{student}.ipynb", digest, content, **more)


def graded(grader: Grader, slug: str, answers: dict[str, str] | None = None, **more: Any) -> Result:
    return grader.grade(submission(slug, notebook(slug, answers, **more)))


def question(result: Result, name: str) -> QuestionResult:
    return next(each for each in result.questions if each.id.partition(".")[2] == name)


def lost(result: Result) -> dict[str, str]:
    """Return the names and states of the questions that did not get all points of the checks."""
    return {
        each.id.partition(".")[2]: str(each.state)
        for each in result.questions
        if each.points is not None and each.points < each.max_points
    }


def said(result: Result) -> str:
    """Return everything that a student may read."""
    return json.dumps(result.to_dict())


def cold_grader(limits: Limits = QUICK, salt: str = SALT, **more: Any) -> Grader:
    """Return a grader whose sandbox does not load TensorFlow, for exercises that need none: it starts at once."""
    grader = Grader(salt=salt, releases=RELEASES, limits=limits, **more)
    grader._sandbox = Sandbox(grader.isolation, limits, as_root=grader.found.as_root, warm=False)
    return grader
