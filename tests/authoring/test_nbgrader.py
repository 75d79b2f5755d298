"""Stock nbgrader with the settings of the course: the same release, and every submission graded, damaged or not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="for authors only; not installed with the oldest supported versions")
pytest.importorskip("nbgrader", reason="for authors only; not installed with the oldest supported versions")

import nbformat
from nbgrader.api import Gradebook

from cifar_teach.authoring import build

SLUG = "ex90_doubling"
SOLUTION = f"solutions/{SLUG}/{SLUG}.ipynb"
RELEASE = f"exercises/{SLUG}/{SLUG}.ipynb"
AUTOMATIC = ("check-double", "check-answer")


def nbgrader(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run nbgrader as an instructor would, but without the settings and the history of whoever runs the tests."""
    home = root.parent / "home"
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # nbgrader calls alembic from there
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def index_of(notebook: dict, name: str) -> int:
    return next(index for index, cell in enumerate(notebook["cells"]) if cell.get("id") == name)


def delete(*names: str):
    def change(notebook: dict) -> None:
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in names]

    return change


def write(name: str, source: str):
    def change(notebook: dict) -> None:
        notebook["cells"][index_of(notebook, name)]["source"] = source

    return change


def retype(name: str, source: str):
    """The student deletes a question and its check, and answers in a new cell where they were."""

    def change(notebook: dict) -> None:
        index = index_of(notebook, name)
        new = {
            "cell_type": "code",
            "execution_count": None,
            "id": "new",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        notebook["cells"][index : index + 2] = [new]

    return change


def copy_cell(name: str, source: str):
    def change(notebook: dict) -> None:
        index = index_of(notebook, name)
        twin = deepcopy(notebook["cells"][index]) | {"id": "copied", "source": source}
        notebook["cells"].insert(index + 1, twin)

    return change


def change_role(name: str, **role: object):
    def change(notebook: dict) -> None:
        notebook["cells"][index_of(notebook, name)]["metadata"]["nbgrader"].update(role)

    return change


def strip_metadata(notebook: dict) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def save_in_colab(notebook: dict) -> None:
    """What Colab writes: format 4.0, no ids of nbformat, its own metadata beside nbgrader's, one more cell."""
    notebook["nbformat_minor"] = 0
    notebook["metadata"] |= {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"] |= {"id": f"colab{number:07d}"}
        if cell["cell_type"] == "code":
            cell["metadata"]["executionInfo"] = {"user": {"displayName": "A", "userId": "1"}, "elapsed": 5}
    notebook["cells"].insert(3, {"cell_type": "markdown", "metadata": {"id": "note"}, "source": "my note"})


def unchanged(notebook: dict) -> None:
    pass


def damage(notebook: dict) -> None:
    """Several accidents in one notebook; each of them alone ends the grading with nbgrader's own settings."""
    write("double", "def double(number):\n    return -2 * number")(notebook)
    copy_cell("answer", "answer = 42")(notebook)
    change_role("check-answer", locked=False, schema_version=1)(notebook)
    delete("check-double", "setup", "think-back")(notebook)


SUBMISSIONS = {
    "right": (SOLUTION, unchanged, (2.0, 1.5)),
    "untouched": (RELEASE, unchanged, (0, 0)),
    "colab": (SOLUTION, save_in_colab, (2.0, 1.5)),
    "half": (SOLUTION, write("double", "def double(number):\n    return -2 * number"), (0.5, 0)),
    "damaged": (SOLUTION, damage, (0.5, 1.5)),
    "lost": (SOLUTION, delete("check-double", "check-answer", "setup", "tools", "think-back"), (2.0, 1.5)),
    "no-question": (SOLUTION, delete("double", "check-double"), (0, 0)),
    "retyped": (SOLUTION, retype("answer", "answer = 42"), (2.0, 1.5)),
    "copied": (SOLUTION, copy_cell("answer", "answer = 0"), (2.0, 0)),
    "copied-check": (SOLUTION, copy_cell("check-double", "check('ex90.double')"), (2.0, 1.5)),
    "stripped": (SOLUTION, strip_metadata, (2.0, 1.5)),
    "renamed": (SOLUTION, change_role("answer", grade_id="mine"), (2.0, 1.5)),
    "no-role": (SOLUTION, change_role("answer", grade_id=None, schema_version=None), (2.0, 1.5)),
    "flipped": (SOLUTION, change_role("check-answer", locked=False, points=100, schema_version=1), (2.0, 1.5)),
}
GRADED_FOR_REAL = ("untouched", "colab", "damaged")
"""A kernel takes seconds to start, so the others are repaired by the settings of nbgrader, but run without it."""


@pytest.fixture(scope="module")
def generated(shared_course: Path, exercise) -> Path:
    build(shared_course, exercises=[exercise])
    return shared_course


@pytest.fixture(scope="module")
def graded(generated: Path) -> Path:
    """The course after generate_assignment and autograde, each run once."""
    for student in GRADED_FOR_REAL:
        path = generated / "submitted" / student / SLUG / f"{SLUG}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(as_file(student, json.dumps(submission(generated, student))))
    (generated / "solutions" / SLUG / "helper.py").write_text("answer = 42\n")
    before = (generated / RELEASE).read_bytes()
    shutil.rmtree(generated / "exercises")
    result = nbgrader(generated, "generate_assignment", SLUG)
    assert result.returncode == 0, result.stderr
    assert (generated / RELEASE).read_bytes() == before
    result = nbgrader(generated, "autograde", SLUG)
    assert result.returncode == 0, result.stderr
    return generated


def submission(root: Path, student: str) -> dict:
    origin, change, _ = SUBMISSIONS[student]
    notebook = read(root / origin)
    change(notebook)
    return notebook


def as_file(student: str, text: str) -> bytes:
    """Return the file; that of one student is damaged, too: a byte order mark in front, a comma too many behind."""
    return b"\xef\xbb\xbf" + text[:-1].encode() + b",}" if student == "damaged" else text.encode()


def settings(root: Path):
    from traitlets.config import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def repaired(root: Path, student: str) -> dict:
    """Return a submission after the step that the settings of the course put into autograde."""
    steps = settings(root).Autograde.sanitize_preprocessors
    (step,) = [each for each in steps if each.__name__ == "RebuildFromRelease"]
    notebook = nbformat.reads(json.dumps(submission(root, student)), as_version=4)
    return step().preprocess(notebook, {"nbgrader": {"assignment": SLUG, "notebook": SLUG}})[0]


def names(notebook: dict) -> list[str]:
    roles = (cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"])
    return [role["grade_id"] for role in roles if role]


def points(notebook: dict) -> tuple[float, ...]:
    """Run the cells one after the other in this process, and return what the checks give."""
    namespace, given = {}, dict.fromkeys(AUTOMATIC, 0.0)
    maximum = dict(zip(AUTOMATIC, (2.0, 1.5), strict=True))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        source = cell["source"]
        if cell["cell_type"] != "code" or "%pip" in source or source in ("check_all()", "submit()"):
            continue
        with suppress(AssertionError, NameError, TypeError):
            if name in given:
                value = eval(source, namespace)
                given[name] = maximum[name] if value is None else value
            else:
                exec(source, namespace)
    return tuple(given.values())


def test_the_release_holds_nothing_else(graded: Path):
    assert [path.name for path in (graded / "exercises").rglob("*") if path.is_file()] == [f"{SLUG}.ipynb"]


@pytest.mark.parametrize("student", GRADED_FOR_REAL)
def test_nbgrader_gives_the_points_that_are_deserved(graded: Path, student: str):
    with Gradebook(f"sqlite:///{graded}/gradebook.db", "cifar-teach") as gradebook:
        submitted = gradebook.find_submission_notebook(SLUG, SLUG, student)
        grades = {grade.name: grade for grade in submitted.grades}
        assert tuple(grades[name].auto_score for name in AUTOMATIC) == SUBMISSIONS[student][2]
        assert submitted.max_score == 4.5


@pytest.mark.parametrize("student", SUBMISSIONS)
def test_every_submission_is_repaired_and_gets_its_points(generated: Path, monkeypatch, student: str):
    from nbgrader.preprocessors import CheckCellMetadata

    monkeypatch.chdir(generated)
    notebook = repaired(generated, student)
    CheckCellMetadata().preprocess(notebook, {})
    assert names(notebook) == names(read(generated / RELEASE))
    assert points(notebook) == SUBMISSIONS[student][2]


def test_the_question_for_a_person_waits_for_one(graded: Path):
    with Gradebook(f"sqlite:///{graded}/gradebook.db", "cifar-teach") as gradebook:
        answered = gradebook.find_grade("think-back", SLUG, SLUG, "colab")
        untouched = gradebook.find_grade("think-back", SLUG, SLUG, "untouched")
        assert (answered.needs_manual_grade, answered.auto_score) == (True, None)
        assert (untouched.needs_manual_grade, untouched.auto_score) == (False, 0)


def test_what_was_deleted_is_back_in_its_place(graded: Path):
    autograded = read(graded / "autograded" / "damaged" / SLUG / f"{SLUG}.ipynb")
    assert names(autograded) == names(read(graded / RELEASE))


def test_an_answer_in_a_new_cell_is_run_before_its_check(generated: Path, monkeypatch):
    monkeypatch.chdir(generated)
    sources = [cell["source"] for cell in repaired(generated, "retyped")["cells"]]
    assert sources.index("answer = 42") < sources.index('check("ex90.answer")')


def test_a_cell_has_time_for_tensorflow(graded: Path):
    assert settings(graded).Execute.timeout == 120


def test_the_course_lists_its_assignments_only(graded: Path):
    """What formgrader shows: neither the sources nor the README beside the folders are assignments."""
    from nbgrader.apps.api import NbGraderAPI

    config = settings(graded)
    config.CourseDirectory.root = str(graded)
    assert NbGraderAPI(config=config).get_source_assignments() == {SLUG}
