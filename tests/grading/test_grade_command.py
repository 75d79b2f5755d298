"""``cifar-teach grade`` as an instructor types it: real notebooks, the real sandbox, and a kill in the middle."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="not installed with the oldest supported versions")

from cifar_teach.checks import get_exercise
from tests.grading.handmade import ROOT, SLUG, notebook
from tests.grading.test_batch import still_running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CHECKS = get_exercise(SLUG).checks
FULL = sum(question.points for question in CHECKS)
FIRST = CHECKS[0]


def answer(code: str) -> dict:
    """Return the solution with another answer to the first question."""
    content = notebook("solutions")
    (cell,) = [each for each in content["cells"] if each["id"] == FIRST.name]
    cell["source"] = code
    return content


@pytest.fixture(scope="module")
def school(tmp_path_factory, new_gradebook: Path) -> Path:
    """A folder with the zip of a learning platform and the secret of the course."""
    root = tmp_path_factory.mktemp("school")
    hand_ins = {
        "ann_1234_55_ex02_preprocess.ipynb": json.dumps(notebook("solutions")),
        "bob_1235_56_ex02_preprocess.ipynb": json.dumps(notebook("exercises")),
        "eve_1236_57_ex02_preprocess.ipynb": json.dumps(
            answer(f"def {FIRST.needs[0]}(*args):\n    import os\n    os._exit(0)\n")
        ),
        "joe_1237_58_essay.pdf": "%PDF-1.7",
    }
    with zipfile.ZipFile(root / "submissions.zip", "w") as archive:
        for name, content in hand_ins.items():
            archive.writestr(name, content)
    (root / "key").touch(mode=0o600)
    (root / "key").write_text("a secret that is always the same\n")
    shutil.copy(new_gradebook, root / "empty.db")
    return root


def start(school: Path, out: str) -> subprocess.Popen:
    if not (school / out).exists():
        (school / out).mkdir()
        shutil.copy(school / "empty.db", school / out / "gradebook.db")
    command = [sys.executable, "-m", "cifar_teach.cli", "grade", str(school / "submissions.zip")]
    command += ["--assignment", SLUG, "--course", str(ROOT), "--out", str(school / out)]
    command += ["--salt", str(school / "key"), "--workers", "1"]
    environment = os.environ | {"CIFAR_TEACH_DATA": "synthetic"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def graded(school: Path) -> tuple[Path, str]:
    run = start(school, "graded")
    out, err = run.communicate()
    assert run.returncode == 0, err
    return school / "graded", out


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row["student_id"].partition("_")[0]: row for row in csv.DictReader(file)}


def test_everybody_gets_what_is_due(graded) -> None:
    root, report = graded
    table = rows(root / "grades.csv")
    assert set(table) == {"ann", "bob", "eve", "joe"}
    assert (float(table["ann"]["score"]), float(table["bob"]["score"])) == (FULL, 0)
    assert float(table["eve"]["score"]) == FULL - FIRST.points
    assert (table["joe"]["score"], table["joe"]["state"]) == ("", "needs a person")
    assert "4 hand-ins" in report and "1 need a person" in report and "class.html" in report


def test_a_student_reads_why(graded) -> None:
    root, _ = graded
    pages = {path.stem.partition("_")[0]: path.read_text() for path in (root / "feedback").glob("*.html")}
    assert set(pages) == {"ann", "bob", "eve", "joe"}
    assert FIRST.id in pages["eve"]
    for path in (root / "results").glob("*.json"):
        for question in json.loads(path.read_text())["results"][0]["questions"]:
            assert question["points"] == question["max_points"] or question["message"]


def scores(root: Path) -> list[tuple]:
    """Return what the gradebook holds, without ids that are drawn anew."""
    with sqlite3.connect(root / "gradebook.db") as connection:
        return sorted(
            connection.execute(
                "SELECT s.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g "
                "JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id "
                "JOIN submitted_assignment s ON s.id = n.assignment_id"
            ),
            key=repr,
        )


def test_killed_in_the_middle_and_run_again_the_grades_are_the_same(school: Path, graded) -> None:
    rng = random.Random(3)
    journal = school / "killed" / "journal" / "results.jsonl"
    run = start(school, "killed")
    while run.poll() is None and not (journal.is_file() and journal.stat().st_size):
        time.sleep(0.05)
    children = descendants(run.pid)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert children and not still_running(children)  # workers and sandboxes have ended with it
    run = start(school, "killed")
    time.sleep(rng.uniform(1, 5))
    run.send_signal(signal.SIGKILL)
    run.communicate()
    run = start(school, "killed")
    out, err = run.communicate()
    assert run.returncode == 0, err
    assert "unchanged since the last run" in out
    assert (school / "killed" / "grades.csv").read_bytes() == (graded[0] / "grades.csv").read_bytes()
    assert scores(school / "killed") == scores(graded[0])


def descendants(pid: int) -> set[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return set(found[1:])
