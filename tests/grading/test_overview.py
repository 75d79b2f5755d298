"""The class at a glance: numbers that can be checked by hand, and everything that needs the instructor."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path

import pytest

from cifar_teach.checks.verdict import State
from cifar_teach.grading.charts import histogram, ring, stack, tenths
from cifar_teach.grading.class_statistics import middle, mistakes, of_questions
from cifar_teach.grading.feedback import write_feedback
from cifar_teach.grading.late import LateDecision
from cifar_teach.grading.overview import write_overview
from cifar_teach.grading.records import Isolation, QuestionResult
from tests.grading.samples import (
    EX02,
    EX03,
    HOSTILE,
    MESSAGES,
    class_of,
    grader_error,
    hostile_result,
    make_result,
    needs_human,
)
from tests.grading.test_feedback import assert_harmless, read


def test_the_overview_says_where_the_class_stands(tmp_path: Path) -> None:
    results = [
        make_result("ann"),
        make_result("ben", {"flip": State.NOT_YET, "crop": State.NOT_YET}),
        make_result("cat", {"flip": State.NOT_YET, "crop": State.PARTLY, "photo": State.NOT_ATTEMPTED}),
        needs_human("dan", name="Dan"),
        grader_error("eve"),
    ]
    decisions = {
        ("ben", EX02): LateDecision(17.1, 1.9, 3600.0, "Handed in 1 h late …"),
        ("cat", EX02): LateDecision(17.0, problem="The hand-in of cat: 2026 has no time zone."),
    }
    feedback = {
        (each.student, EX02): write_feedback(each, tmp_path / "feedback", one_exercise=True) for each in results
    }
    path = write_overview(results, tmp_path / "class.html", decisions=decisions, feedback=feedback)
    page = read(path)
    assert_harmless(page)
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "3 of 5 graded" in text and "20.67 points on average, of 26" in text and "19 points is the median" in text
    assert "2 hand-ins need you" in text and "This file is a web page" in text and "secret-salt" in text
    assert "1 clock to clear up" in text and "has no time zone" in text
    assert "1 lost points for being late" in text and "17.1 of 26" in text and "−1.9 points" in text
    assert re.search(r"Mirror each image by its own coin ex02.flip 33 % – 1 passed, 2 not yet", text)
    links = [each["href"] for tag, each in page.tags if tag == "a"]
    assert links == ["./class.csv", *(f"./feedback/{name}.html" for name in ("ann", "ben", "cat", "dan", "eve"))]
    for link in links:
        assert (tmp_path / link).is_file()


def test_the_table_lies_beside_it(tmp_path: Path) -> None:
    write_overview([make_result("ann"), needs_human("ben")], tmp_path / "class.html")
    with (tmp_path / "class.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["student_id"], line["score"], line["ex02.flip"]) for line in lines] == [
        ("ann", "26", "3"),
        ("ben", "", ""),
    ]


def test_hardest_questions_come_first_and_those_of_a_person_last(tmp_path: Path) -> None:
    page = read(write_overview(class_of(40, seed=1), tmp_path / "class.html"))
    order = re.findall(r"ex02\.\w+ (\d+)\s*%", page.text.replace("\N{NO-BREAK SPACE}", " "))
    assert len(order) == 9 and order == sorted(order, key=int)


def test_several_exercises_and_a_large_class(tmp_path: Path) -> None:
    results = [*class_of(150), *class_of(150, exercise=EX03), needs_human("zoe", exercise=EX03)]
    page = read(write_overview(results, tmp_path / "class.html"))
    assert_harmless(page)
    assert "Class overview" in page.text
    assert "Exercise 2 · Preprocessing" in page.text and "Exercise 3 · A baseline CNN" in page.text
    assert sum(tag == "tr" for tag, _ in page.tags) > 300


def test_without_anything_there_is_still_a_page(tmp_path: Path) -> None:
    for results in ([], [needs_human()], [grader_error()]):
        assert_harmless(read(write_overview(results, tmp_path / "class.html")))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_does_nothing(tmp_path: Path, name: str) -> None:
    results = [hostile_result(HOSTILE[name], f"m{index}") for index in range(3)]
    results += [needs_human("bob", reason=HOSTILE[name], name=HOSTILE[name], source=HOSTILE[name])]
    path = write_overview(results, tmp_path / "class.html")
    assert_harmless(read(path))
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]", path.read_bytes().decode()
    )


def test_the_isolation_is_named_with_its_gaps(tmp_path: Path) -> None:
    results = [
        make_result("ann"),
        make_result("ben", isolation=Isolation.NONE),
        needs_human("cat", isolation=Isolation.USER),
    ]
    text = read(write_overview(results, tmp_path / "class.html")).text
    assert "bubblewrap: 1 hand-in" in text and "Does not stop: reading and changing every file of yours" in text
    assert "user:" not in text  # what was not run was not locked up either


# Statistics


def test_a_question_s_statistics_by_hand() -> None:
    states = [State.PASSED] * 5 + [State.PARTLY] * 2 + [State.NOT_YET] * 2 + [State.BROKEN]
    results = [make_result(f"s{index}", {"flip": state}) for index, state in enumerate(states)]
    found = {each.id: each for each in of_questions(results)}
    flip = found["ex02.flip"]
    assert flip.states == {State.PASSED: 5, State.PARTLY: 2, State.NOT_YET: 2, State.BROKEN: 1}
    assert flip.mean == pytest.approx((5 + 2 * 0.5) / 9)  # what could not be judged says nothing
    assert flip.correlation is None  # nine students are too few, and all got the same for the rest
    assert found["ex02.reflect"].manual and found["ex02.reflect"].states == {}


def test_the_correlation_is_pearson_s() -> None:
    import numpy as np

    results = class_of(50, seed=4)
    for index, question in enumerate(of_questions(results)):
        if question.manual:
            continue
        own = [each.questions[index].points for each in results]
        rest = [each.points - each.questions[index].points for each in results]
        assert question.correlation == pytest.approx(np.corrcoef(own, rest)[0, 1], abs=1e-6)


def test_mistakes_are_grouped_across_numbers_and_names() -> None:
    def with_message(student: str, message: str, parts: tuple = ()) -> object:
        result = make_result(student)
        first = result.questions[0]
        question = QuestionResult(first.id, first.title, State.NOT_YET, 0.0, 2, message, parts=parts)
        return make_result(student, questions=(question, *result.questions[1:]))

    results = [
        with_message("a", "The largest value is 255, expected 1."),
        with_message("b", "The largest value is 254.5, expected 1."),
        with_message("c", "`x` is not defined."),
        with_message("d", "`images` is not defined."),
        with_message("e", "Something else."),
        with_message("f", "", ({"title": "t", "passed": False, "message": "`y` is not defined."},)),
        make_result("g"),
    ]
    found = mistakes(results)
    assert [(each.students, round(each.share, 3)) for each in found] == [(3, 0.429), (2, 0.286)]
    assert "not defined" in found[0].message and found[1].message in {each.questions[0].message for each in results}
    assert mistakes(results, least=1)[-1].message == "Something else."
    assert mistakes(class_of(30))[0].message in MESSAGES.values()
    assert middle([]) is None and middle([1, 2, 6]) == (3, 2)


# Charts


def test_every_value_is_in_one_tenth() -> None:
    rng = random.Random(0)
    for _ in range(300):
        maximum = rng.choice([0.3, 1, 7, 26, 29.5])
        values = [round(rng.random() * maximum, 2) for _ in range(rng.randrange(60))] + [0, maximum]
        counts = tenths(values, maximum)
        assert sum(counts) == len(values) and len(counts) == 10
        assert counts[9] >= 1 and counts[0] >= 1
    assert tenths([0.3], 1.0)[3] == 1
    for number in range(10):
        assert tenths([number * 0.1], 1.0)[number] == 1


def test_charts_draw_what_they_are_given() -> None:
    markup = str(histogram([1, 2, 2, 9.9], 10))
    assert "0, 1, 2, 0, 0, 0, 0, 0, 0, 1" in markup and markup.count("<rect") == 3
    assert 'width="25.000"' in str(stack({"passed": 1, "wrong": 3, "empty": 0}))
    assert "100%" in str(ring(26, 26)) and "99%" in str(ring(25.99, 26)) and "0%" in str(ring(0, 26))
    assert 'class="value"' not in str(ring(0, 26))
