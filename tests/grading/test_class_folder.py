"""What a run leaves in the folder of a class, and what the commands after it make of that."""

from __future__ import annotations

import csv
import json
import shutil
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="not installed with the oldest supported versions")

from nbgrader.api import Gradebook

from cifar_teach.checks import get_exercise
from cifar_teach.cli import main
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading import commands
from cifar_teach.grading.class_folder import ClassFolder
from cifar_teach.grading.gradebook import COURSE_ID, default_url
from cifar_teach.grading.receipts import verify
from cifar_teach.grading.salting import course_secret
from cifar_teach.grading.workflow import ClassGrading, take_in
from tests.grading.handmade import ROOT, SLUG
from tests.grading.small_grader import SmallSettings

STUDENTS = ("student-1", "student-2", "student-3", "student-5")
DEADLINES = """
timezone = "UTC"
[policy]
percent_per_day = 10
[deadlines]
ex02_preprocess = 2026-02-28T12:00:00
"""
EXERCISE = get_exercise(SLUG)
MANUAL = next(question for question in EXERCISE.questions if question.manual)


@pytest.fixture(scope="module")
def hand_ins(tmp_path_factory) -> Path:
    """Four notebooks as nbgrader lays them out, and a file that is none."""
    root = tmp_path_factory.mktemp("submitted")
    for student in STUDENTS:
        target = root / student / SLUG / f"{SLUG}.ipynb"
        target.parent.mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / SLUG / f"{SLUG}.ipynb", target)
        (target.parent / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC\n")
    (root / "pdf-sender" / SLUG).mkdir(parents=True)
    (root / "pdf-sender" / SLUG / "my work.pdf").write_bytes(b"%PDF-1.7 not a notebook")
    return root


def grading(root: Path, version: str = "1", **options) -> ClassGrading:
    tries = root / "tries"
    tries.mkdir(parents=True, exist_ok=True)
    settings = SmallSettings(tries, version=version)
    return ClassGrading(ClassFolder(root), ROOT, course_secret(root), settings, settings.key, **options)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, hand_ins: Path, new_gradebook: Path) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("class")
    shutil.copy(new_gradebook, root)
    deadlines = root / "given.toml"
    deadlines.write_text(DEADLINES)
    schedule = ClassFolder(root).schedule(deadlines)
    report = grading(root, schedule=schedule).run(take_in([hand_ins], ROOT, exercise="ex02"), time.monotonic())
    return root, report


@pytest.fixture
def again(tmp_path: Path, graded) -> Path:
    """A copy of the graded class, to be changed."""
    return Path(shutil.copytree(graded[0], tmp_path / "class"))


@pytest.fixture
def with_small_grader(monkeypatch):
    """Let the commands grade with the small grader of this version."""

    def use(version: str) -> None:
        def settings(options, folder, course, schedule):
            return grading(folder.root, version, schedule=schedule, db=options.db, feedback=options.feedback)

        monkeypatch.setattr(commands, "_grading", settings)

    return use


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_everybody_is_accounted_for(graded) -> None:
    root, report = graded
    assert "5 hand-ins" in report and "4 graded" in report and "1 need a person" in report
    table = rows(root / "grades.csv")
    assert set(table) == {*STUDENTS, "pdf-sender"}
    assert table["pdf-sender"]["score"] == "" and table["pdf-sender"]["state"] == "needs a person"
    assert all(table[name]["assignment"] == SLUG for name in STUDENTS)


def test_what_is_handed_out(graded, tmp_path: Path, capsys) -> None:
    root, _ = graded
    secret = course_secret(root)
    for name in (*STUDENTS, "pdf-sender"):
        assert (root / "feedback" / f"{name}.html").read_text().startswith("<!")
        record = json.loads((root / "results" / f"{name}.json").read_text())
        (one,) = record["results"]
        assert record["student"] == one["student"] == name
        assert verify(one["receipt"], secret.receipt_key)
        assert not verify({**one["receipt"], "points": 99}, secret.receipt_key)
    assert (root / "class.html").is_file()
    file, key = root / "results" / f"{STUDENTS[0]}.json", ["--salt", str(root / ".cifar-teach" / "course.key")]
    assert main(["receipt", str(file), *key]) == 0
    assert "genuine  " + STUDENTS[0] in capsys.readouterr().out
    (tmp_path / "changed.json").write_text(file.read_text().replace('"max_points": ', '"max_points": 1'))
    assert main(["receipt", str(tmp_path / "changed.json"), *key]) == 1
    assert "NOT GENUINE" in capsys.readouterr().out
    everything = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "course.key")
    key = (root / ".cifar-teach" / "course.key").read_text().strip()
    assert key.encode() not in everything and secret.salt.encode() not in everything


def test_late_points_are_taken_off_everywhere(graded) -> None:
    root, _ = graded
    table = rows(root / "grades.csv")
    best = max(STUDENTS, key=lambda name: float(table[name]["checks_score"]))
    points = float(table[best]["checks_score"])
    assert points > 0
    assert float(table[best]["score"]) == pytest.approx(0.9 * points)
    with Gradebook(default_url(root), COURSE_ID) as book:
        assert book.find_submission(SLUG, best).late_submission_penalty == pytest.approx(0.1 * points)


def test_the_same_again_writes_the_same_bytes(again: Path, hand_ins: Path, capsys) -> None:
    (again / "extensions.csv").write_text("student,days\nmisspelled,3\n")
    written = [path for path in again.rglob("*") if path.suffix in (".csv", ".json", ".html", ".ipynb")]
    before = {
        path: path.read_bytes() for path in written if path.name != "settings.json"
    }  # it knows where the key lies
    run = grading(again, schedule=ClassFolder(again).schedule())
    report = run.run(take_in([hand_ins], ROOT, exercise="ex02"), time.monotonic())
    assert "5 of them unchanged" in report
    assert "of whom there is no hand-in: misspelled." in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before


def test_regrade_shows_first_and_writes_when_told(again: Path, with_small_grader, capsys) -> None:
    with Gradebook(default_url(again), COURSE_ID) as book:
        grade = book.find_grade(MANUAL.name, SLUG, SLUG, "student-1")
        grade.manual_score, grade.needs_manual_grade = 3, False
        book.db.commit()
    before = {path: path.read_bytes() for path in (again / "grades.csv", again / "journal" / "results.jsonl")}
    old = rows(again / "grades.csv")
    with_small_grader("2")
    assert main(["regrade", str(again)]) == 0
    shown = capsys.readouterr().out
    assert "student-1" in shown and "→" in shown and "Nothing was written" in shown
    assert {path: path.read_bytes() for path in before} == before

    book_before = (again / "gradebook.db").read_bytes()
    assert main(["regrade", str(again), "--yes"]) == 0
    assert "Written: 5 results" in capsys.readouterr().out
    for file in again.glob("gradebook.db*"):  # as if it had been stopped before it came to the gradebook
        file.unlink()
    (again / "gradebook.db").write_bytes(book_before)
    assert main(["regrade", str(again), "--yes"]) == 0
    new = rows(again / "grades.csv")
    checks = sum(question.points for question in EXERCISE.checks)
    for name in STUDENTS:
        assert float(new[name]["checks_score"]) == pytest.approx(checks - float(old[name]["checks_score"]), abs=0.05)
    with Gradebook(default_url(again), COURSE_ID) as book:
        assert book.find_grade(MANUAL.name, SLUG, SLUG, "student-1").manual_score == 3
        automatic = [grade.auto_score for grade in book.find_submission_notebook(SLUG, SLUG, "student-2").grades]
        assert sum(filter(None, automatic)) == pytest.approx(float(new["student-2"]["checks_score"]))
    assert new["student-1"]["max_score"] == f"{EXERCISE.points:g}"  # a person has given points: they count
    page = (again / "feedback" / "student-1.html").read_text(encoding="utf-8")
    assert "Read by a person" in page and f"of {EXERCISE.points:g} points" in page

    assert main(["regrade", str(again)]) == 0
    assert capsys.readouterr().out.startswith("0 graded again")


def test_exports_of_a_graded_class(again: Path, capsys, tmp_path: Path) -> None:
    for kind, file in (("csv", "all-grades.csv"), ("canvas", "canvas.csv"), ("moodle", "moodle.csv")):
        assert main(["export", kind, str(again)]) == 0
        assert (again / file).is_file()
    assert main(["export", "gradescope", str(again), "--to", str(tmp_path / "gs")]) == 0
    record = json.loads((tmp_path / "gs" / "student-1" / SLUG / "results.json").read_text())
    assert record["score"] == float(rows(again / "grades.csv")["student-1"]["score"])  # late points taken off here too
    capsys.readouterr()
    assert main(["export", "csv", str(again), "--scale"]) == 2
    assert "--scale means nothing for csv" in capsys.readouterr().err


def test_parts_of_a_class_are_exported_together(again: Path, tmp_path: Path, hand_ins: Path) -> None:
    parts, found = [], []
    for number in range(2):
        part = tmp_path / f"part{number}"
        collected = take_in([hand_ins], ROOT, exercise="ex02", shard=(number, 2))
        found += [each.student for each in collected.submissions]
        grading(part, db="none").run(collected, time.monotonic())
        parts.append(str(part))
    assert sorted(found) == sorted([*STUDENTS, "pdf-sender"])
    assert main(["export", "csv", *parts, "--to", str(tmp_path / "all.csv")]) == 0
    whole, split = rows(again / "grades.csv"), rows(tmp_path / "all.csv")
    assert {name: row["checks_score"] for name, row in split.items()} == {
        name: row["checks_score"] for name, row in whole.items()
    }


def test_feedback_again_with_other_deadlines(again: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.toml"
    later.write_text(DEADLINES.replace("2026-02-28", "2026-03-28"))
    command = ["feedback", str(again), "--late", str(later), "--salt", str(again / ".cifar-teach" / "course.key")]
    assert main(command) == 0
    for row in rows(again / "grades.csv").values():
        assert row["score"] == row["checks_score"]


def test_what_students_code_can_see_is_no_place_for_grades(again: Path, hand_ins: Path, capsys) -> None:
    inside = Path(sys.prefix) / "graded"
    assert (
        main(["grade", str(hand_ins), "--out", str(inside), "--salt", str(again / ".cifar-teach" / "course.key")]) == 2
    )
    assert "students' code can read" in capsys.readouterr().err and not inside.exists()


def test_copies_are_found(again: Path, capsys) -> None:
    assert main(["similar", str(again)]) == 0
    assert "student-1, student-2" in capsys.readouterr().out
    assert (again / "similar.html").is_file()


def test_a_new_release_takes_over_the_kept_answers(again: Path, tmp_path: Path) -> None:
    from cifar_teach.grading.regrade import kept_submissions

    course = tmp_path / "course"
    shutil.copytree(ROOT / "exercises", course / "exercises")
    path = course / "exercises" / SLUG / f"{SLUG}.ipynb"
    release = json.loads(path.read_text())
    release["cells"][0]["source"] = "# A new title"
    path.write_text(json.dumps(release))
    kept = {each.student: each for each in kept_submissions(ClassFolder(again), course)}
    moved = kept["student-1"]
    assert "".join(moved.notebook["cells"][0]["source"]) == "# A new title"
    (answer,) = [cell for cell in moved.notebook["cells"] if cell["id"] == EXERCISE.checks[0].name]
    (solved,) = [
        cell
        for cell in json.loads((ROOT / "solutions" / SLUG / f"{SLUG}.ipynb").read_text())["cells"]
        if cell["id"] == EXERCISE.checks[0].name
    ]
    assert "".join(answer["source"]) == "".join(solved["source"])


def test_a_gradebook_that_cannot_be_opened_loses_no_grades(tmp_path: Path, hand_ins: Path, new_gradebook: Path) -> None:
    shutil.copy(new_gradebook, tmp_path)
    collected = take_in([hand_ins], ROOT, exercise="ex02")
    with pytest.raises(CifarTeachError, match="gradebook"):
        grading(tmp_path, db="postgresql+psycopg://nobody@127.0.0.1:9/x").run(collected, time.monotonic())
    report = grading(tmp_path).run(collected, time.monotonic())
    assert "5 hand-ins" in report
    with Gradebook(default_url(tmp_path), COURSE_ID) as book:
        assert len(book.students) == len(STUDENTS)


def test_the_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    first = course_secret(tmp_path)
    assert course_secret(tmp_path).salt == first.salt
    path = tmp_path / ".cifar-teach" / "course.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.salt not in repr(first) and path.read_text().strip() not in repr(first)
    assert first.salt != first.receipt_key.hex()
    path.chmod(0o644)
    with pytest.raises(CifarTeachError, match="chmod 600"):
        course_secret(tmp_path)
    short = tmp_path / "short"
    short.write_text("abc\n")
    short.chmod(0o600)
    for file, words in ((short, "guessed"), (tmp_path / "missing", "There is no file")):
        with pytest.raises(CifarTeachError, match=words):
            course_secret(tmp_path, file)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade", "nowhere.zip"], "There is no file or folder"),
        (["grade", ".", "--course", "nowhere"], "is no course"),
        (["export", "csv", "nowhere"], "holds no results"),
        (["regrade", "nowhere"], "holds no results"),
        (["similar", "nowhere"], "holds no hand-ins"),
    ],
)
def test_mistakes_on_the_command_line_are_explained(tmp_path: Path, monkeypatch, capsys, arguments, words) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
