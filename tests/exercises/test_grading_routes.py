"""Stock nbgrader, pytest's way of running a notebook, and the notebook itself give the same points.

For every exercise these submissions are graded for real: the solution as Colab saves it, the untouched release, and a
mixture in which every question has a wrong answer from the bank.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="not installed with the oldest supported versions")

from benchmarks.routes import RESULTS_FILE
from cifar_teach.checks import get_exercise
from cifar_teach.checks.runner import judge
from tests.exercises.harness import Wrong, answered, bank, every_exercise, generated_notebook, notebook_with
from tests.exercises.routes import autograde, by_running

pytestmark = pytest.mark.slow

EXERCISES = [pytest.param(exercise, id=exercise.slug) for exercise in every_exercise()]


def saved_by_colab(notebook: dict) -> dict:
    """Return the notebook as Colab writes it: format 4.0, no cell ids, metadata of its own, a cell of the student."""
    notebook = copy.deepcopy(notebook)
    notebook["nbformat_minor"] = 0
    notebook["metadata"]["colab"] = {"provenance": [], "toc_visible": True}
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook["metadata"].pop("language_info", None)
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"]["id"] = f"abc{number:09d}"
        if cell["cell_type"] == "code":
            cell["metadata"]["outputId"] = f"def{number:09d}"
            user = {"displayName": "A Student", "userId": "0123456789"}
            cell["metadata"]["executionInfo"] = {"status": "ok", "timestamp": 1, "elapsed": 5, "user": user}
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    extra = {
        "cell_type": "code",
        "metadata": {"id": "zzz"},
        "execution_count": None,
        "outputs": [],
        "source": ["1 + 1"],
    }
    notebook["cells"].insert(len(notebook["cells"]) // 2, extra)
    return notebook


def mixture(slug: str) -> tuple[dict, dict[str, Wrong]]:
    """Return the solution notebook with a wrong answer in every question, and these answers."""
    chosen = {}
    for question in get_exercise(slug).checks:
        wrong = [each for each in bank(slug).WRONG if each.question == question.name]
        chosen[question.name] = wrong[len(wrong) // 2]
    return answered(slug, {name: wrong.code for name, wrong in chosen.items()}), chosen


def all_routes(folder: Path, slug: str) -> dict[str, dict[str, float]]:
    """Return the points of every submission by nbgrader, and under "run" those of the mixture by the other route."""
    mixed, _ = mixture(slug)
    submissions = {
        "colab": saved_by_colab(generated_notebook("solutions", slug)),
        "untouched": generated_notebook("exercises", slug),
        "mixture": mixed,
    }
    return autograde(folder, slug, submissions) | {"run": by_running(folder, mixed, slug)}


def test_the_whole_bank_got_the_same_points_by_all_ways() -> None:
    """As measured by ``python -m benchmarks.routes``, which takes the better part of an hour."""
    report = json.loads(RESULTS_FILE.read_text(encoding="utf-8"))
    assert [row["slug"] for row in report["exercises"]] == [each.slug for each in every_exercise()]
    assert [row["differences"] for row in report["exercises"] if row["differences"]] == []
    for row in report["exercises"]:
        answers = bank(row["slug"])
        assert row["answers"] == len(answers.WRONG) + len(answers.RIGHT), "run: python -m benchmarks.routes"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_all_routes_give_the_same_points(exercise, tmp_path: Path) -> None:
    points = all_routes(tmp_path, exercise.slug)
    full = {question.name: question.points for question in exercise.checks}
    assert points["colab"] == full
    assert points["untouched"] == dict.fromkeys(full, 0)
    assert points["mixture"] == points["run"]
    for name, wrong in mixture(exercise.slug)[1].items():
        alone = judge(exercise.question(name), notebook_with(exercise.slug, name, wrong.code))
        assert points["mixture"][name] == alone.points, (name, wrong.why)
