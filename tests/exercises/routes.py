"""A submission's way through stock nbgrader, and through ``pytest --notebook`` and ``cifar-teach check``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

from cifar_teach.checks.execution import run_notebook
from cifar_teach.checks.reading import read_notebook
from tests.exercises.harness import ROOT


def autograde(folder: Path, slug: str, submissions: dict[str, dict]) -> dict[str, dict[str, float]]:
    """Hand these notebooks to stock nbgrader in a copy of the course; return student -> check -> points."""
    course = folder / "course"
    for home in ("solutions", "exercises"):
        shutil.copytree(ROOT / home / slug, course / home / slug)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for student, notebook in submissions.items():
        target = course / "submitted" / student / slug / f"{slug}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(notebook), encoding="utf-8")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    for command in (["generate_assignment", slug, "--force"], ["autograde", slug, "--create"]):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command], cwd=course, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            student: {
                grade.name.removeprefix("check-"): grade.auto_score
                for grade in gradebook.find_submission_notebook(slug, slug, student).grades
                if grade.name.startswith("check-")
            }
            for student in submissions
        }


def by_running(folder: Path, notebook: dict, slug: str) -> dict[str, float]:
    """Return check -> points as `pytest --notebook` and `cifar-teach check` give them."""
    path = folder / f"{slug}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return {id.partition(".")[2]: verdict.points for id, verdict in run_notebook(read_notebook(path)).verdicts.items()}
