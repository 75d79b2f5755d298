"""Every damaged, rearranged or odd submission of :mod:`tests.grading.bad`, handed in as one class."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from cifar_teach.checks import EXERCISES, get_exercise
from cifar_teach.checks.reading import as_notebook
from cifar_teach.grading.decoding import decode
from cifar_teach.grading.intake import Collected, collect_all
from cifar_teach.grading.names import read_code
from cifar_teach.grading.rebuild import rebuild
from cifar_teach.grading.records import Submission
from cifar_teach.grading.slicing import needless
from tests.exercises.harness import generated_notebook as notebook
from tests.grading.bad import ACCOUNT, ALL, BAD, FILE, BadSubmission, first, grade_id, questions_of, text_of

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "exercises"
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,79}")


@dataclass
class Class:
    """A class whose students all handed in something odd."""

    slug: str
    release: dict
    solution: dict
    collected: Collected
    before: list[Path]

    def of(self, bad: BadSubmission) -> Submission:
        (found,) = [each for each in self.collected.submissions if each.source.startswith(f"{bad.name}/")]
        return found

    def names(self, wanted: tuple[str, ...]) -> set[str]:
        """Return the questions that ``wanted`` stands for."""
        meaning = {
            "first": lambda: {first(self.solution)},
            "text": lambda: {first(self.solution, of="markdown")},
            "several": lambda: {first(self.solution, several=True)},
            "*": lambda: set(questions_of(self.release)),
        }
        return set().union(*(meaning[each]() for each in wanted))


@pytest.fixture(scope="module", params=["ex02_preprocess", "ex03_baseline_cnn", "ex07_error_analysis"])
def school(request, tmp_path_factory) -> Class:
    release, solution = notebook("exercises", request.param), notebook("solutions", request.param)
    root = tmp_path_factory.mktemp("class")
    for bad in BAD:
        path = root / bad.name / bad.file
        path.parent.mkdir()
        path.write_bytes(bad.build(release, solution))
    before = sorted(root.rglob("*"))
    collected = collect_all([root], releases=RELEASES, exercise=request.param)
    return Class(request.param, release, solution, collected, before)


def test_every_student_has_exactly_one_submission_with_an_id_of_their_own(school):
    assert len(school.collected.submissions) == len(BAD)
    assert len({each.student.casefold() for each in school.collected.submissions}) == len(BAD)
    assert all(SAFE.fullmatch(each.student) for each in school.collected.submissions)
    assert {each.exercise for each in school.collected.submissions} == {school.slug}
    assert school.collected.skipped == []


def test_nothing_is_written(school):
    assert sorted(school.before[0].parent.rglob("*")) == school.before


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_answers_survive(school, bad):
    submission = school.of(bad)
    if bad.problem:
        assert submission.problem.kind == bad.problem
        assert submission.notebook is None
        return
    assert submission.problem is None
    wanted = {
        grade_id(cell): text_of(cell)
        for cell in school.solution["cells"]
        if grade_id(cell) in questions_of(school.release)
    }
    lost, changed = school.names(bad.lost), school.names(bad.changed)
    assert set(submission.answers) == set(wanted) - lost
    needs = {question.name: set(question.needs) for question in get_exercise(school.slug).questions}
    for name, answer in submission.answers.items():
        if name not in changed:
            assert answer == wanted[name], name
        elif bad.changed != ALL and "another" not in bad.name and "twice" not in bad.name:
            assert needs[name] <= set(read_code(answer).defined), name
            if name == first(school.solution, of="markdown"):
                assert answer.split() == wanted[name].split()


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_the_rebuilt_notebook_is_the_release_with_answers(school, bad):
    submission = school.of(bad)
    if submission.notebook is None:
        return
    built, release = submission.notebook, school.release
    own = {cell["id"] for cell in release["cells"]}
    kept = [cell for cell in built["cells"] if cell["id"] in own]
    assert [cell["id"] for cell in kept] == [cell["id"] for cell in release["cells"]]
    assert len({cell["id"] for cell in built["cells"]}) == len(built["cells"])
    assert built["metadata"] == release["metadata"]
    assert (built["nbformat"], built["nbformat_minor"]) == (4, 5)
    for cell, original in zip(kept, release["cells"], strict=True):
        assert cell["metadata"] == original["metadata"]
        assert cell["cell_type"] == original["cell_type"]
        role = original["metadata"].get("nbgrader", {})
        if role.get("locked") or (cell["cell_type"] == "markdown" and not role):
            assert cell["source"] == text_of(original)
    for cell in built["cells"]:
        assert cell["cell_type"] != "code" or (cell["outputs"] == [] and cell["execution_count"] is None)
        assert cell["id"] in own or cell["metadata"] == {}
    stored = json.dumps(submission.to_dict(), ensure_ascii=False)
    stored.encode("utf-8")
    assert Submission.from_dict(json.loads(stored)) == submission
    for secret in (*ACCOUNT.values(), "executionInfo", "Anna Secret"):
        assert secret not in stored
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.from_dict(built))


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_the_student_is_told_what_was_done(school, bad):
    submission = school.of(bad)
    kinds = {repair.kind for repair in submission.repairs}
    assert kinds >= set(bad.repairs)
    if bad.quiet:
        assert kinds == set()
    for repair in (*submission.repairs, *([submission.problem] if submission.problem else [])):
        assert repair.message[0].isupper() or repair.message[0] in "'0123456789" or repair.message.startswith("ex0")
        assert repair.message.endswith((".", ">.", "'."))
        assert len(repair.message) < 600
    if submission.problem:
        assert FILE in submission.problem.message or bad.file in submission.problem.message or "damaged" in bad.problem


def test_ids_are_the_same_in_every_run(school, tmp_path):
    one = BAD[0]
    path = tmp_path / one.name / FILE
    path.parent.mkdir()
    path.write_bytes(one.build(school.release, school.solution))
    (alone,) = collect_all([tmp_path], releases=RELEASES, exercise=school.slug).submissions
    assert alone.student == school.of(one).student
    assert alone.digest == school.of(one).digest


@pytest.mark.parametrize("slug", EXERCISES)
def test_another_exercise_is_recognised_and_needs_a_person(slug, tmp_path):
    other = EXERCISES[(EXERCISES.index(slug) + 1) % len(EXERCISES)]
    for student, home in (("anna", "solutions"), ("bob", "exercises")):
        path = tmp_path / student / f"{slug}.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps(notebook(home, other)), encoding="utf-8")
    for submission in collect_all([tmp_path], releases=RELEASES, exercise=slug).submissions:
        assert submission.problem.kind == "wrong-exercise"
        assert f"looks like {other}, but {slug} was asked for" in submission.problem.message
        assert submission.notebook is None
    found = collect_all([tmp_path], releases=RELEASES).submissions
    assert {each.exercise for each in found} == {other}
    assert all(each.problem is None for each in found)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("markdown", "```" + "\n" * 400 + "x"),
        ("code", "\n" * 29_000 + "x y"),
        ("code", "pass\n" + " " * 29_000 + "x y"),
        ("code", "%a\n" * 2_000),
    ],
    ids=["fence", "lines", "blanks", "magics"],
)
def test_text_that_is_made_to_keep_the_intake_busy_does_not(kind, source):
    cell = {"cell_type": kind, "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    release = notebook("exercises", "ex02_preprocess")
    began = time.monotonic()
    rebuilt = rebuild({**release, "cells": [cell]}, release)
    needless(as_notebook(rebuilt.notebook, "x.ipynb", "ex02_preprocess").code, set())
    assert time.monotonic() - began < 3


def test_a_file_full_of_marks_of_git_is_read_line_by_line():
    began = time.monotonic()
    decode(b"{\n<<<<<<< a\n" + b"||||||| b\n" * 10_000 + b">>>>>>> c\n", "x.ipynb")
    assert time.monotonic() - began < 3
