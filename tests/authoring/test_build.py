"""Building and comparing: what is written, what is left alone, what is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="for authors only; not installed with the oldest supported versions")
pytest.importorskip("nbgrader", reason="for authors only; not installed with the oldest supported versions")

from cifar_teach.authoring import AuthoringError, Drift, build, find_root
from cifar_teach.authoring.markers import solution_regions
from cifar_teach.authoring.source import read_source
from cifar_teach.checks.registry import EXERCISES, get_exercise
from cifar_teach.cli import main

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = "solutions/ex90_doubling/ex90_doubling.ipynb"
RELEASE = "exercises/ex90_doubling/ex90_doubling.ipynb"


@pytest.fixture
def built(course: Path, exercise) -> Path:
    assert build(course, exercises=[exercise]) == [Drift(SOLUTION, "missing"), Drift(RELEASE, "missing")]
    return course


def test_building_again_touches_nothing(built: Path, exercise):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in built.rglob("*.ipynb")}
    assert len(before) == 2
    assert build(built, exercises=[exercise]) == []
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in built.rglob("*.ipynb")} == before
    assert build(built, check=True, exercises=[exercise]) == []


@pytest.mark.parametrize("path", [SOLUTION, RELEASE])
def test_a_changed_file_is_found_and_put_right(built: Path, exercise, path: str):
    right = (built / path).read_bytes()
    (built / path).write_bytes(right + b"\n")
    assert build(built, check=True, exercises=[exercise]) == [Drift(path, "changed")]
    assert (built / path).read_bytes() != right
    assert build(built, exercises=[exercise]) == [Drift(path, "changed")]
    assert (built / path).read_bytes() == right


def test_a_missing_file_is_found(built: Path, exercise):
    (built / RELEASE).unlink()
    assert build(built, check=True, exercises=[exercise]) == [Drift(RELEASE, "missing")]
    assert not (built / RELEASE).exists()


@pytest.mark.parametrize(
    "path",
    [
        "exercises/ex90_doubling/ex90_doubling.py",
        "exercises/ex89_gone/ex89_gone.ipynb",
        "exercises/notes.txt",
        "solutions/ex90_doubling/helper.py",
        "solutions/ex90_doubling/README.md",
        "solutions/ex91_unregistered.py",
        "solutions/ex90_doubling.ipynb",
    ],
)
def test_a_file_of_no_exercise_is_found_and_left_alone(built: Path, exercise, path: str):
    (built / path).parent.mkdir(parents=True, exist_ok=True)
    (built / path).write_text("x")
    for check in (True, False):
        assert build(built, check=check, exercises=[exercise]) == [Drift(path, "unexpected")]
    assert (built / path).read_text() == "x"


@pytest.mark.parametrize(
    "path", ["exercises/README.md", "solutions/ex90_doubling/.ipynb_checkpoints/a.ipynb", "solutions/__pycache__/a.pyc"]
)
def test_what_people_and_programs_leave_there_is_no_drift(built: Path, exercise, path: str):
    (built / path).parent.mkdir(parents=True, exist_ok=True)
    (built / path).write_text("x")
    assert build(built, check=True, exercises=[exercise]) == []


def test_a_change_of_the_source_is_drift(built: Path, exercise):
    path = built / "solutions" / "ex90_doubling.py"
    path.write_text(
        path.read_text(encoding="utf-8").replace("half_of_it = 21", "half_of_it = 22 - 1"), encoding="utf-8"
    )
    assert build(built, check=True, exercises=[exercise]) == [Drift(SOLUTION, "changed")]


def test_one_wrong_source_does_not_keep_the_others_from_being_built(course: Path, exercise):
    other = type(exercise)("ex91_halving", "Halving", "You can halve.", 10, 1, 1, exercise.questions)
    with pytest.raises(AuthoringError, match=r"^solutions/ex91_halving.py:1: .*no source"):
        build(course, exercises=[other, exercise])
    assert build(course, check=True, exercises=[exercise]) == []


def test_no_drafts_are_left(built: Path):
    assert not list(built.rglob("*.part*"))


def test_the_root_is_found_from_below(built: Path, tmp_path: Path):
    assert find_root(built / "solutions" / "ex90_doubling") == built.resolve()
    with pytest.raises(AuthoringError, match="no copy of the course"):
        find_root(tmp_path)


def test_the_command_says_what_to_do_and_fails(course: Path, monkeypatch, capsys):
    monkeypatch.chdir(course)
    (course / "solutions" / "ex90_doubling.py").unlink()
    for name in EXERCISES:
        (course / "solutions" / f"{name}.py").write_bytes((ROOT / "solutions" / f"{name}.py").read_bytes())
    assert main(["build"]) == 0
    assert main(["build", "--check"]) == 0
    assert "up to date" in capsys.readouterr().out
    stray = course / "exercises" / "ex00_stray" / "ex00_stray.ipynb"
    stray.parent.mkdir(parents=True)
    stray.write_text("{}")
    assert main(["build", "--check"]) == 1
    output = capsys.readouterr().out
    assert "unexpected: exercises/ex00_stray/ex00_stray.ipynb" in output
    assert "Delete" in output
    stray.unlink()
    for name in EXERCISES[:1]:
        (course / "exercises" / name / f"{name}.ipynb").write_text("{}")
        assert main(["build", "--check"]) == 1
        output = capsys.readouterr().out
        assert f"changed: exercises/{name}/{name}.ipynb" in output
        assert "cifar-teach build" in output
        assert main(["build"]) == 0


def test_the_command_outside_a_course(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["build"]) == 2
    assert "no copy of the course" in capsys.readouterr().err


def test_what_is_committed_is_up_to_date():
    assert build(ROOT, check=True) == []


def strings(value: object) -> list[str]:
    """Return every string in a notebook, text and metadata."""
    if isinstance(value, dict):
        return [text for key, each in value.items() for text in (key, *strings(each))]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", EXERCISES)
def test_no_line_of_a_reference_answer_is_released(name: str):
    exercise = get_exercise(name)
    secret, given = set(), set()
    for cell in read_source(ROOT / "solutions" / f"{name}.py", exercise):
        hidden = {
            index
            for begin, end in solution_regions(cell.lines, code=cell.kind == "code")
            for index in range(begin, end + 1)
        }
        for index, line in enumerate(cell.lines):
            (secret if index in hidden else given).add(line.strip())
    secret |= {line for question in exercise.questions for line in question.rubric}
    telling = {line for line in secret - given if len(line) >= 8 and not line.startswith("import ")}
    assert telling
    release = json.loads((ROOT / "exercises" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert not telling & {line.strip() for text in strings(release) for line in text.split("\n")}
