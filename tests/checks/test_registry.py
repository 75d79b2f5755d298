"""Exercises and questions by name, and what a student types about them."""

from __future__ import annotations

import pytest

from cifar_teach import checks
from cifar_teach.checks import EXERCISES, get_exercise, get_question, registry
from cifar_teach.checks.notebook import _next_hint
from cifar_teach.exceptions import CifarTeachError


def test_the_seven_core_exercises_are_there_in_order() -> None:
    assert [slug[5:] for slug in EXERCISES[:7]] == [
        "explore",
        "preprocess",
        "baseline_cnn",
        "transfer_learning",
        "fine_tuning",
        "ensembles",
        "error_analysis",
    ]


def test_at_least_fifty_questions_and_unique_ids() -> None:
    ids = [question.id for slug in EXERCISES for question in get_exercise(slug).questions]
    assert len(ids) == len(set(ids)) >= 50


@pytest.mark.parametrize("slug", EXERCISES)
def test_an_exercise_is_found_by_slug_and_by_number(slug: str) -> None:
    assert get_exercise(slug) is get_exercise(slug[:4])
    assert all(question.id.startswith(f"{slug[:4]}.") for question in get_exercise(slug).questions)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(CifarTeachError, match=r"Did you mean 'ex02\.normalize'"):
        get_question("ex02.normalise")
    with pytest.raises(CifarTeachError, match=r"Did you mean 'ex02\.normalize'"):
        get_question("ex2.normalize")
    with pytest.raises(CifarTeachError, match="Did you mean 'ex02_preprocess'"):
        get_exercise("ex02_preproces")


def test_an_unknown_check_is_a_message_worth_nothing_and_no_traceback() -> None:
    answer = checks.check("ex02.normalise")
    assert "Did you mean 'ex02.normalize'" in str(answer)
    assert repr(answer) == "0.0"
    assert "Did you mean" in answer._repr_html_()


def test_a_question_for_a_person_cannot_be_checked() -> None:
    manual = next(question for question in get_exercise("ex02").questions if question.manual)
    assert "A person reads" in str(checks.check(manual.id))
    assert "no hint" in str(checks.hint(manual.id))


def test_hints_go_one_step_further_each_time_and_stop_at_the_last() -> None:
    namespace: dict = {}
    told = [_next_hint(namespace, "ex00.x", ("first", "second")) for _ in range(3)]
    assert [text.splitlines()[0] for text in told] == [
        "Hint 1 of 2: first",
        "Hint 2 of 2: second",
        "Hint 2 of 2: second",
    ]
    assert "last one" in told[1] and "last one" not in told[0]
    assert _next_hint(namespace, "ex00.y", ("other",)).startswith("Hint 1 of 1")


def test_check_all_judges_the_variables_of_the_notebook_that_calls_it() -> None:
    scope: dict = {}
    code = "from cifar_teach.checks import check_all\ndef normalize(images): return images.astype('float32') / 255\n"
    exec(code + "progress = check_all('ex02')", scope)
    progress = scope["progress"]
    states = {verdict.id: verdict.state for verdict in progress.verdicts}
    assert states.pop("ex02.normalize") == "passed"
    assert set(states.values()) == {"not attempted"}
    assert progress.points == get_question("ex02.normalize").points
    assert "read by a person" in repr(progress)
    assert f"{progress.points:g} of {progress.max_points:g} points" in progress._repr_html_()


def test_check_all_without_an_exercise_says_what_to_do() -> None:
    scope: dict = {}
    exec("from cifar_teach.checks import check_all\nanswer = check_all()", scope)
    assert "Run the set-up cell" in repr(scope["answer"])


@pytest.fixture
def throw_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_loaded", {})
    registry.exercise("ex99_test", title="Test", goal="To test.", minutes=60)


def a_check(student, draw):
    """Do something."""


@pytest.mark.usefixtures("throw_away")
def test_a_question_of_no_exercise_is_refused() -> None:
    with pytest.raises(CifarTeachError, match="belongs to no exercise"):
        registry.check("ex98.thing", points=1, needs="thing")(a_check)


@pytest.mark.usefixtures("throw_away")
def test_a_question_twice_is_refused() -> None:
    registry.check("ex99.thing", points=1, needs="thing")(a_check)
    with pytest.raises(CifarTeachError, match="twice"):
        registry.check("ex99.thing", points=1, needs="thing")(a_check)


@pytest.mark.usefixtures("throw_away")
@pytest.mark.parametrize("points", [0, -1])
def test_a_question_without_points_is_refused(points: float) -> None:
    with pytest.raises(CifarTeachError, match="points above 0"):
        registry.check("ex99.thing", points=points, needs="thing")(a_check)


@pytest.mark.usefixtures("throw_away")
def test_points_are_counted_with_those_a_person_gives() -> None:
    registry.check("ex99.thing", points=1.5, needs="thing")(a_check)
    registry.manual("ex99.words", points=2, title="Say why", rubric=("2 points: …",))
    exercise = registry._loaded["ex99"]
    assert exercise.points == 3.5
    assert [question.name for question in exercise.checks] == ["thing"]
    assert exercise.question("thing").title == "Do something"


@pytest.mark.parametrize("slug", ["ex2_short", "preprocess", "ex02_Big"])
def test_a_slug_of_another_form_is_refused(slug: str) -> None:
    with pytest.raises(CifarTeachError, match="no slug"):
        registry.exercise(slug, title="", goal="", minutes=60)
