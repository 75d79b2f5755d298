"""nbgrader's own gradebook, formgrader's data, feedback and export, after results were written into it."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="not installed with the oldest supported versions")

from nbgrader.api import Gradebook
from sqlalchemy import text

from cifar_teach.checks import get_exercise
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.gradebook import COURSE_ID, GradebookWriter, default_url, manual_points
from cifar_teach.grading.gradebook_connection import with_driver
from cifar_teach.grading.records import Outcome
from tests.grading.handmade import ROOT, SLUG, notebook, result, ungraded
from tests.tracking.conftest import postgresql  # noqa: F401 - a fixture

EXERCISE = get_exercise(SLUG)
CHECKED = sum(question.points for question in EXERCISE.checks)
(MANUAL,) = [question for question in EXERCISE.questions if question.manual]
ANSWERS = notebook("solutions")


NASTY = r"""
<script>alert(1)</script> <img src=x onerror=alert(2)> <svg/onload=alert(3)>
[a](javascript:alert(4)) [b](java&#115;cript:alert(5)) [c](javascript\:alert(6)) <javascript:alert(7)>
![d](x"onerror=alert(8)) [e](<javascript:alert(9)>) [f](data:text/html,<script>alert(10)</script>)
$\href{javascript:alert(11)}{x}$ [g][h]

[h]: javascript&colon;alert(12)
"""


class Dangers(HTMLParser):
    """Collects what a browser would run of a student's page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            scheme = re.match(r"\s*(javascript|vbscript|data):", value or "", re.IGNORECASE)
            if "alert" in (value or "") and (name.startswith("on") or scheme):
                self.found.append(f"{tag} {name}={value}")

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        if self.inside == "script" and "alert(" in data:
            self.found.append(data)


def dangers(page: str) -> list[str]:
    parser = Dangers()
    parser.feed(page)
    return parser.found


def write(root: Path, *results, penalty: float = 0.0, url: str = "") -> None:
    with GradebookWriter(root, ROOT, url) as writer:
        for each in results:
            writer.write(each, ANSWERS, penalty=penalty)


def open_book(root: Path) -> Gradebook:
    return Gradebook(default_url(root), COURSE_ID)


def grade_of(book: Gradebook, student: str, cell: str):
    return book.find_grade(cell, SLUG, SLUG, student)


def dump(root: Path) -> list[str]:
    with sqlite3.connect(root / "gradebook.db") as connection:
        return sorted(connection.iterdump())


@pytest.fixture
def root(tmp_path: Path, new_gradebook: Path) -> Path:
    shutil.copy(new_gradebook, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def class_of_three(tmp_path_factory, new_gradebook: Path) -> Path:
    root = tmp_path_factory.mktemp("graded")
    shutil.copy(new_gradebook, root)
    write(
        root,
        result("ann", name="Ann van Dam"),
        result("bob", share=0.5, name="Bob, the Builder", written=False),
        ungraded("eve"),
    )
    return root


def nbgrader(root: Path, *arguments: str) -> str:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(root / "jupyter"),
        "IPYTHONDIR": str(root / "ipython"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_points_are_in_the_gradebook(class_of_three: Path) -> None:
    with open_book(class_of_three) as book:
        ann, bob = (book.find_submission(SLUG, name) for name in ("ann", "bob"))
        assert (ann.score, bob.score) == (CHECKED, CHECKED / 2)
        assert ann.max_score == EXERCISE.points
        assert (ann.needs_manual_grade, bob.needs_manual_grade) == (True, False)
        assert (ann.student.first_name, ann.student.last_name) == ("Ann van", "Dam")
        assert (bob.student.first_name, bob.student.last_name) == ("the Builder", "Bob")
        assert ann.timestamp.isoformat() == "2026-03-01T12:00:00"
        for question in EXERCISE.checks:
            assert grade_of(book, "bob", f"check-{question.name}").auto_score == question.points / 2


def test_what_could_not_be_graded_is_not_in_it(class_of_three: Path) -> None:
    with open_book(class_of_three) as book:
        assert {student.id for student in book.students} == {"ann", "bob"}


def test_writing_twice_changes_nothing(root: Path) -> None:
    both = (result("ann"), result("bob", share=0.5, written=False))
    write(root, *both)
    before = dump(root)
    write(root, *both, *both)
    assert dump(root) == before


def test_what_a_person_gave_is_kept_and_marked_when_the_check_says_something_new(root: Path) -> None:
    first = EXERCISE.checks[0]
    write(root, result("ann", share=0.5))
    with open_book(root) as book:
        for name, points in ((MANUAL.name, 3), (f"check-{first.name}", 1.5)):
            grade = grade_of(book, "ann", name)
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = points, 0.25, False
        book.find_comment(MANUAL.name, SLUG, SLUG, "ann").manual_comment = "Well said."
        book.db.commit()

    write(root, result("ann", share=0.5))
    with open_book(root) as book:
        assert not book.find_submission(SLUG, "ann").needs_manual_grade  # nothing new: nobody is bothered again
    assert manual_points(default_url(root)) == {("ann", SLUG): {MANUAL.id: 3.25, first.id: 1.75}}

    write(root, result("ann", share=1))
    with open_book(root) as book:
        changed = grade_of(book, "ann", f"check-{first.name}")
        assert (changed.auto_score, changed.manual_score, changed.score) == (first.points, 1.5, 1.75)
        assert changed.needs_manual_grade
        read = grade_of(book, "ann", MANUAL.name)
        assert (read.score, read.needs_manual_grade) == (3.25, False)
        assert book.find_comment(MANUAL.name, SLUG, SLUG, "ann").comment == "Well said."

    write(root, result("ann", share=1, digest="another file"))
    with open_book(root) as book:
        assert grade_of(book, "ann", MANUAL.name).needs_manual_grade  # another text: it has to be read
        assert grade_of(book, "ann", MANUAL.name).manual_score == 3


def test_points_that_rest_on_the_word_of_a_student_s_process_are_marked_once(root: Path) -> None:
    told = result("ann", written=False)
    told = replace(told, questions=(replace(told.questions[0], own_word=True), *told.questions[1:]))
    for _ in range(2):
        write(root, told)
        with open_book(root) as book:
            assert grade_of(book, "ann", f"check-{EXERCISE.checks[0].name}").needs_manual_grade
            assert book.find_submission(SLUG, "ann").score == CHECKED
    with open_book(root) as book:  # as formgrader does when a person has looked at it
        grade_of(book, "ann", f"check-{EXERCISE.checks[0].name}").needs_manual_grade = False
        book.db.commit()
    write(root, told)
    with open_book(root) as book:
        assert not book.find_submission(SLUG, "ann").needs_manual_grade


def test_a_name_that_a_person_wrote_is_kept(root: Path) -> None:
    write(root, result("ann", name="A. Dam"))
    with open_book(root) as book:
        book.update_or_create_student("ann", first_name="Annie", last_name="Dam", email="ann@example.org")
    write(root, result("ann", name="A. Dam"))
    with open_book(root) as book:
        assert book.find_student("ann").first_name == "Annie"


def test_a_late_hand_in_loses_its_penalty(root: Path) -> None:
    write(root, result("ann"), penalty=2.5)
    with open_book(root) as book:
        submitted = book.find_submission(SLUG, "ann")
        assert (submitted.score, submitted.late_submission_penalty) == (CHECKED, 2.5)


def test_a_submission_is_written_as_a_whole_or_not_at_all(root: Path) -> None:
    """The last question of a result is impossible; the first ones must not be in the gradebook either."""
    write(root, result("ann", share=0.5))
    before = dump(root)
    better = result("ann", share=1)
    broken = dataclasses.replace(better.questions[-2], points="many")
    with GradebookWriter(root, ROOT) as writer, pytest.raises(ValueError):
        writer.write(dataclasses.replace(better, questions=(*better.questions[:-2], broken)), ANSWERS)
    assert dump(root) == before


def test_it_waits_for_someone_else_who_writes(root: Path) -> None:
    other = sqlite3.connect(root / "gradebook.db", check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        time.sleep(1)
        other.execute("COMMIT")

    holder = threading.Thread(target=let_go)
    holder.start()
    with GradebookWriter(root, ROOT) as writer:
        assert writer.gradebook.db.execute(text("PRAGMA busy_timeout")).scalar() == 60_000
        started = time.monotonic()
        writer.write(result("bob"), ANSWERS)
        assert time.monotonic() - started > 0.5
    holder.join()
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    with open_book(root) as book:
        assert book.find_submission(SLUG, "bob").score == CHECKED


def test_what_formgrader_asks_for(class_of_three: Path) -> None:
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(class_of_three)).load_config()
    config.CourseDirectory.root = str(class_of_three)
    api = NbGraderAPI(config=config)
    found = api.get_assignment(SLUG)
    assert (found["num_submissions"], found["max_score"]) == (2, EXERCISE.points)
    assert api.get_autograded_students(SLUG) == {"ann", "bob"}
    submissions = {each["student"]: each for each in api.get_submissions(SLUG)}
    assert submissions["ann"]["autograded"] and submissions["ann"]["score"] == CHECKED
    assert SLUG in api.get_source_assignments()


def test_the_autograded_notebook_holds_the_verdicts(class_of_three: Path) -> None:
    import nbformat

    path = class_of_three / "autograded" / "bob" / SLUG / f"{SLUG}.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))
    name = EXERCISE.checks[0].name
    (cell,) = [each for each in json.loads(path.read_text())["cells"] if each["id"] == f"check-{name}"]
    text = cell["outputs"][0]["data"]["text/plain"]
    assert text.startswith(f"{EXERCISE.checks[0].id}: ") and "<b>look</b> again." in text
    assert "\x1b" not in text


@pytest.mark.slow
def test_nbgrader_makes_feedback_and_exports(class_of_three: Path) -> None:
    nasty = notebook("solutions")
    (answer,) = [cell for cell in nasty["cells"] if cell["id"] == MANUAL.name]
    answer["source"] = NASTY + "I think so."
    nasty["cells"].append({"cell_type": "raw", "id": "raw", "metadata": {}, "source": NASTY})
    with GradebookWriter(class_of_three, ROOT) as writer:
        writer.write(result("ann", name="Ann van Dam"), nasty)
    nbgrader(class_of_three, "generate_feedback", SLUG)
    page = (class_of_three / "feedback-nbgrader" / "ann" / SLUG / f"{SLUG}.html").read_text()
    assert f"Score: {CHECKED:.1f} / {EXERCISE.points:.1f}" in page
    assert "I think so." in page
    assert page.count("alert(") >= 10  # it is still there to be read
    assert dangers(page) == []
    assert len(dangers(NASTY)) >= 3  # the search does find such things
    nbgrader(class_of_three, "export", "--to", "nbgrader.csv")
    with (class_of_three / "nbgrader.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["ann"]["score"]) == CHECKED
    assert float(rows["bob"]["score"]) == CHECKED / 2


@pytest.mark.slow
def test_a_gradebook_in_postgresql(tmp_path: Path, postgresql) -> None:  # noqa: F811
    url = postgresql()
    write(tmp_path, result("ann", share=0.5), result("bob"), url=url)
    with Gradebook(with_driver(url), COURSE_ID) as book:
        grade = grade_of(book, "ann", MANUAL.name)
        grade.manual_score, grade.needs_manual_grade = 3, False
        book.db.commit()
    write(tmp_path, result("ann"), result("bob"), url=url)
    with Gradebook(with_driver(url), COURSE_ID) as book:
        assert book.find_submission(SLUG, "ann").score == CHECKED + 3
        assert len(book.students) == 2
    assert manual_points(url) == {("ann", SLUG): {MANUAL.id: 3.0}}
    assert not (tmp_path / "gradebook.db").exists()


def test_settings_of_a_course_are_left_alone(root: Path) -> None:
    mine = root / "nbgrader_config.py"
    mine.write_text("# mine\n")
    write(root, result("ann"))
    assert mine.read_text() == "# mine\n"


@pytest.mark.parametrize("url", ["nonsense", "sqlitee:///x.db", "sqlite:////nowhere/at/all/gradebook.db"])
def test_an_address_that_leads_nowhere_is_explained(tmp_path: Path, url: str) -> None:
    if "nowhere" in url:
        url = f"sqlite:///{tmp_path}/file/gradebook.db"
        (tmp_path / "file").write_text("")
    with pytest.raises(CifarTeachError, match=r"--db|cannot be"):
        GradebookWriter(tmp_path, ROOT, url)


def test_an_exercise_that_is_not_there_is_explained(root: Path) -> None:
    with GradebookWriter(root, root.parent) as writer, pytest.raises(CifarTeachError, match="--course"):
        writer.write(result("ann"), ANSWERS)


def test_a_grader_error_is_not_written(root: Path) -> None:
    with GradebookWriter(root, ROOT) as writer:
        assert not writer.write(ungraded("ann", Outcome.GRADER_ERROR), ANSWERS)
    with open_book(root) as book:
        assert book.students == []
