"""The two notebooks of the tiny exercise, cell by cell."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="for authors only; not installed with the oldest supported versions")
pytest.importorskip("nbgrader", reason="for authors only; not installed with the oldest supported versions")

from cifar_teach.authoring import AuthoringError, build
from cifar_teach.authoring.cells import points_text
from cifar_teach.authoring.repository import Repository, read_repository

SOLUTION = "solutions/ex90_doubling/ex90_doubling.ipynb"
RELEASE = "exercises/ex90_doubling/ex90_doubling.ipynb"
SOLUTION_WORDS = ("twice = number", "half_of_it = 21", "double(half_of_it)", "Doubling is linear", "linearity is named")


@pytest.fixture
def built(course: Path, exercise) -> tuple[dict, dict]:
    build(course, exercises=[exercise])
    solution, release = (json.loads((course / path).read_text(encoding="utf-8")) for path in (SOLUTION, RELEASE))
    return by_id(solution), by_id(release)


def by_id(notebook: dict) -> dict[str, dict]:
    return {cell["id"]: cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]}


def test_the_cells_and_their_ids(built):
    expected = [
        "text-01", "setup", "tools", "text-02", "double", "check-double", "code-01", "text-03", "answer",
        "check-answer", "text-04", "think-back", "text-05", "hand-in", "check-all", "submit",
    ]  # fmt: skip
    assert [list(cells) for cells in built] == [expected, expected]


def test_the_title_carries_time_size_and_link(built):
    assert built[1]["text-01"]["source"].split("\n\n") == [
        "# 90 · Doubling",
        "About 10 minutes · 3 questions · 4.5 points · [Open in Colab](https://colab.research.google.com/github/"
        "a-school/its-course/blob/v2.1/exercises/ex90_doubling/ex90_doubling.ipynb)",
        "What is twice as much?",
    ]


def test_the_set_up_installs_the_version_of_this_repository(built):
    source = built[1]["setup"]["source"]
    assert '%pip install --quiet --no-deps "cifar-teach @ git+https://github.com/a-school/its-course@v2.1"' in source
    assert source.endswith('data = start("ex90_doubling")')


def test_what_students_find_in_place_of_an_answer(built):
    solution, release = built
    assert release["double"]["source"] == (
        'def double(number):\n    """Return twice the number.\n\n    # %% not the beginning of a cell\n    """\n'
        "    # Your code here\n    ..."
    )
    assert release["answer"]["source"] == "# Your code here\n...\n# Now double it.\n# Your code here\n..."
    assert release["think-back"]["source"] == "In a sentence:\n\n*Write your answer here.*"
    assert solution["think-back"]["source"].split("\n") == [
        "In a sentence:",
        "",
        "### BEGIN SOLUTION",
        "Doubling is linear — “twice” the sum is the sum of both doubles.",
        "",
        "**How the points are given**",
        "",
        "- 1 point: linearity is named",
        "- 0 points: otherwise",
        "### END SOLUTION",
    ]


def test_points_stand_in_headings_and_metadata(built):
    _, release = built
    assert release["text-02"]["source"].startswith("## 1. A function · 2 points\n")
    assert release["text-03"]["source"] == "## 2. A number · 1.5 points\n\n```python\n# no heading\n```"
    assert release["text-04"]["source"] == "### Thinking back · 1 point"
    assert release["text-05"]["source"] == "## What comes next"
    points = {name: cell["metadata"].get("nbgrader", {}).get("points") for name, cell in release.items()}
    assert {name: given for name, given in points.items() if given is not None} == {
        "check-double": 2, "check-answer": 1.5, "think-back": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "grade", "solution", "locked"),
    [
        ("setup", "code", False, False, True),
        ("tools", "code", False, False, True),
        ("double", "code", False, True, False),
        ("check-double", "code", True, False, True),
        ("think-back", "markdown", True, True, False),
        ("submit", "code", False, False, True),
    ],
)
def test_the_role_of_each_kind_of_cell(built, name, kind, grade, solution, locked):
    for cells in built:
        role = cells[name]["metadata"]["nbgrader"]
        assert cells[name]["cell_type"] == kind
        assert (role["grade"], role["solution"], role["locked"]) == (grade, solution, locked)
        assert (role["grade_id"], role["schema_version"], role["task"]) == (name, 3, False)
    assert len(built[1][name]["metadata"]["nbgrader"]["checksum"]) == 32
    assert built[1][name]["metadata"]["deletable"] is False


def test_check_cells_hold_one_line(built):
    assert built[1]["check-double"]["source"] == 'check("ex90.double")'


def test_other_cells_are_the_students(built):
    assert built[1]["code-01"]["metadata"] == built[1]["text-02"]["metadata"] == {}


def test_no_word_of_a_solution_is_released(course: Path, built):
    solution = (course / SOLUTION).read_text(encoding="utf-8")
    assert all(word in solution for word in SOLUTION_WORDS)
    released = "".join(path.read_text(encoding="utf-8") for path in (course / "exercises").rglob("*") if path.is_file())
    assert not [word for word in (*SOLUTION_WORDS, "SOLUTION") if word in released]


def test_neither_notebook_holds_outputs(built):
    for cells in built:
        code = [cell for cell in cells.values() if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_both_are_valid_notebooks_with_a_kernel(course: Path, built):
    import nbformat

    for path in (SOLUTION, RELEASE):
        notebook = nbformat.read(course / path, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.metadata.cifar_teach.exercise == "ex90_doubling"
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_another_process_with_other_hashes_writes_the_same_bytes(course: Path, exercise, built, tmp_path: Path):
    code = (
        "import sys; from pathlib import Path\n"
        "from cifar_teach.authoring import build\n"
        "from cifar_teach.checks.registry import Exercise, Question\n"
        "double = Question('ex90.double', '-', 2.0, print); answer = Question('ex90.answer', '-', 1.5, print)\n"
        "think = Question('ex90.think-back', '-', 1.0, rubric=('1 point: linearity is named', '0 points: otherwise'))\n"
        "made = Exercise('ex90_doubling', 'Doubling', 'You can double a number.', 10, 1, 1, [double, answer, think])\n"
        "found = build(Path(sys.argv[1]), check=True, exercises=[made])\n"
        "print(found)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    command = [sys.executable, "-c", code, str(course)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert result.stdout.strip() == "[]"


def test_a_stub_that_is_no_python_is_refused(course: Path, exercise, source: str):
    path = course / "solutions" / "ex90_doubling.py"
    broken = source.replace(
        "    ### BEGIN SOLUTION\n    twice = number + number\n",
        "    twice = (\n    ### BEGIN SOLUTION\n        number + number)\n",
    )
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(AuthoringError, match="cell 'double' is no longer Python"):
        build(course, exercises=[exercise])
    assert not (course / RELEASE).exists()


def test_two_cells_of_one_name_are_refused(course: Path, exercise, source: str):
    path = course / "solutions" / "ex90_doubling.py"
    path.write_text(source.replace('id="tools"', 'id="check-double"'), encoding="utf-8")
    with pytest.raises(AuthoringError, match="two cells would be called check-double"):
        build(course, exercises=[exercise])


@pytest.mark.parametrize(
    ("points", "text"), [(1.0, "1 point"), (2.0, "2 points"), (0.5, "0.5 points"), (12, "12 points")]
)
def test_points_in_words(points: float, text: str):
    assert points_text(points) == text


def test_a_course_outside_github_has_no_link_to_colab(course: Path, exercise):
    (course / "_config.yml").write_text("repository: {url: 'https://git.example.org/a/b.git', branch: main}\n")
    build(course, exercises=[exercise])
    text = (course / RELEASE).read_text(encoding="utf-8")
    assert "colab" not in text.lower()
    assert "git+https://git.example.org/a/b@main" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\n", "does not say where the course lives"),
        ("repository: [1, 2]\n", "does not say where the course lives"),
        ("repository: {url: 'https://github.com/a/b'}\n", "does not say where the course lives"),
        ("repository: {url: 'git@github.com:a/b', branch: main}\n", "an address with https://"),
        (": :\n  - [", "does not say where the course lives"),
    ],
)
def test_an_address_that_cannot_be_used(tmp_path: Path, text: str, words: str):
    (tmp_path / "_config.yml").write_text(text)
    with pytest.raises(AuthoringError, match=words):
        read_repository(tmp_path)


def test_a_course_without_settings(course: Path, exercise):
    (course / "nbgrader_config.py").unlink()
    with pytest.raises(AuthoringError, match=r"There is no .*nbgrader_config\.py"):
        build(course, exercises=[exercise])
    (course / "_config.yml").unlink()
    with pytest.raises(AuthoringError, match=r"There is no .*_config\.yml"):
        build(course, exercises=[exercise])


def test_the_address_of_this_course_gives_a_link():
    repository = read_repository(Path(__file__).resolve().parents[2])
    assert repository.colab_link("a.ipynb").endswith(f"/blob/{repository.branch}/a.ipynb")
    assert Repository("https://github.com/a/b", "main").colab_link("c.ipynb") == (
        "https://colab.research.google.com/github/a/b/blob/main/c.ipynb"
    )


def test_a_change_of_points_alone_changes_both_notebooks(course: Path, exercise):
    build(course, exercises=[exercise])
    questions = [dataclasses.replace(exercise.questions[0], points=3.0), *exercise.questions[1:]]
    changed = dataclasses.replace(exercise, questions=questions)
    assert {found.path for found in build(course, check=True, exercises=[changed])} == {SOLUTION, RELEASE}
