"""The made-up class of the grading benchmark: always the same, of the kinds asked for, and judged without mercy."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter

import pytest

from benchmarks.grading import RESULTS_FILE, _differences
from benchmarks.grading_class import NO_CODE, made_up_class, write_class
from cifar_teach.checks import get_exercise
from cifar_teach.grading.intake import collect
from tests.exercises.harness import ROOT
from tests.grading.bad import BAD
from tests.grading.handmade import SLUG, result, ungraded

COUNT = 20


@pytest.fixture(scope="module")
def school():
    return made_up_class(SLUG, COUNT, odd=0.2, hostile=0.1, seed=3)


def test_it_is_of_the_kinds_asked_for_and_always_the_same(school):
    assert Counter(each.kind for each in school) == {"honest": 14, "odd": 4, "hostile": 2}
    assert made_up_class(SLUG, COUNT, odd=0.2, hostile=0.1, seed=3) == school
    assert len({each.id for each in school}) == COUNT


def test_honest_students_differ_and_are_partly_wrong(school):
    full = sum(question.points for question in get_exercise(SLUG).checks)
    totals = [sum(each.points.values()) for each in school if each.kind == "honest"]
    assert min(totals) < full and len(set(totals)) > 3


def test_the_intake_finds_every_one(school, tmp_path):
    write_class(school, SLUG, tmp_path)
    found = {each.student: each for each in collect([tmp_path], releases=ROOT / "exercises", exercise=SLUG)}
    assert set(found) == {each.id for each in school}
    for each in school:
        assert (found[each.id].problem is not None) == (each.points is None)


def test_files_without_running_code_are_still_called_so():
    assert set(NO_CODE) <= {each.name for each in BAD}


def test_every_difference_is_reported(school):
    student = next(each for each in school if each.kind == "honest")
    due = {question.name: question.points for question in get_exercise(SLUG).checks}
    student = dataclasses.replace(student, points=due)
    assert _differences(student, result(student.id, share=1)) == []
    assert len(_differences(student, result(student.id, share=0))) == len(due)
    assert len(_differences(student, ungraded(student.id))) == 1
    assert len(_differences(student, None)) == 1
    waiting = dataclasses.replace(student, points=None)
    assert _differences(waiting, ungraded(student.id)) == []
    assert len(_differences(waiting, result(student.id))) == 1


def test_the_published_run_lost_nobody():
    report = json.loads(RESULTS_FILE.read_text(encoding="utf-8"))
    found = report["class"]
    assert found["accounted_for"] == found["students"] == sum(found["kinds"].values())
    assert found["differences"] == [] and found["as_expected"] == found["students"]
    assert set(found["outcomes"]) <= {"graded", "needs a person"}
    if report["side_by_side"]:
        assert report["side_by_side"]["differences"] == []
