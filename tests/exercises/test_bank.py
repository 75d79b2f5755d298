"""The four proofs, for every question: right answers pass, the empty notebook is 'not attempted', wrong answers fail
the intended check with the intended words, and knowing the public inputs by heart does not help."""

from __future__ import annotations

import re

import pytest

from cifar_teach.checks import State, get_exercise
from cifar_teach.checks.runner import judge
from tests.exercises.harness import (
    Cell,
    bank,
    code_cells,
    every_check,
    every_exercise,
    notebook_with,
    reference,
    run_cells,
    solved,
    verdict_on,
    words_of,
)

CHECKS = [pytest.param(slug, question, id=question.id) for slug, question in every_check()]
WRONG = [
    pytest.param(exercise.slug, wrong, id=f"{exercise.prefix}.{wrong.question}: {wrong.why}")
    for exercise in every_exercise()
    for wrong in bank(exercise.slug).WRONG
]
RIGHT = [
    pytest.param(exercise.slug, right, id=f"{exercise.prefix}.{right.question}: {right.why}")
    for exercise in every_exercise()
    for right in bank(exercise.slug).RIGHT
]
EXERCISES = [pytest.param(exercise, id=exercise.slug) for exercise in every_exercise()]
SALTS = ("", *(f"salt {number}" for number in range(3)))
"""Draws tried here. ``python -m benchmarks.checks`` tries twenty, see test_kill_rate.py."""
SOLUTION = re.compile(r"^[ ]*### BEGIN SOLUTION\n.*?^[ ]*### END SOLUTION$", re.MULTILINE | re.DOTALL)


def released(code: str) -> str:
    """Return a question's cell as students get it."""

    def stub(match: re.Match) -> str:
        indent = re.match(" *", match[0])[0]
        return f"{indent}# Your code here\n{indent}..."

    return SOLUTION.sub(stub, code)


@pytest.mark.parametrize(("slug", "question"), CHECKS)
def test_the_reference_answer_gets_all_points_for_every_input(slug, question):
    for salt in SALTS:
        verdict = judge(question, solved(slug), salt)
        assert verdict.state is State.PASSED, (salt, str(verdict))
        assert verdict.points == question.points


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_untouched_notebook_runs_and_is_not_attempted(exercise):
    cells = tuple(Cell(cell.question, released(cell.code)) for cell in code_cells(exercise.slug))
    untouched = run_cells(exercise.slug, cells)
    for question in exercise.checks:
        verdict = judge(question, untouched)
        assert (verdict.state, verdict.points) == (State.NOT_ATTEMPTED, 0), str(verdict)


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "right"), RIGHT)
def test_other_right_answers_get_all_points(slug, right):
    for salt in SALTS[:2]:
        verdict = verdict_on(slug, right.question, right.code, salt)
        assert verdict.state is State.PASSED, str(verdict)


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "wrong"), WRONG)
def test_wrong_answers_fail_the_intended_check_with_the_intended_words(slug, wrong):
    exercise = get_exercise(slug)
    variables = notebook_with(slug, wrong.question, wrong.code)
    intended = exercise.question(wrong.question)
    verdict = verdict_on(slug, wrong.question, wrong.code)
    assert not verdict.passed, "this wrong answer passes"
    assert (verdict.points > 0) is wrong.partly, str(verdict)
    assert wrong.says.lower() in words_of(verdict), str(verdict)
    first = next(each for each in bank(slug).WRONG if each.question == wrong.question)
    for question in exercise.checks:
        # Checks that build networks take a while, so they look at one wrong answer to each of the other questions.
        if question is intended or question.name in wrong.also or (question.keras and wrong is not first):
            continue
        other = judge(question, variables)
        assert other.passed, f"{question.id} fails too:\n{other}"


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "wrong"), WRONG)
def test_wrong_answers_fail_for_every_input(slug, wrong):
    question = get_exercise(slug).question(wrong.question)
    salts = SALTS[:2] if question.keras else SALTS
    verdicts = [verdict_on(slug, wrong.question, wrong.code, salt) for salt in salts]
    assert {(verdict.passed, verdict.points) for verdict in verdicts} == {(False, verdicts[0].points)}, wrong.why


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "wrong"), WRONG)
def test_no_message_holds_the_solution(slug, wrong):
    verdict = verdict_on(slug, wrong.question, wrong.code)
    told, own = (" ".join(text.split()) for text in (str(verdict), wrong.code))
    for line in solution_lines(reference(slug, wrong.question)):
        assert line not in told or line in own, line  # the line that raised is quoted from the answer itself


def solution_lines(code: str) -> list[str]:
    """Return the telling lines of a reference answer: those with more in them than a bare return."""
    regions = "\n".join(SOLUTION.findall(code))
    lines = [" ".join(line.split()) for line in regions.splitlines()]
    return [line for line in lines if not line.startswith(("#", "return result")) and len(line) > 20]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_question_has_its_bank(exercise):
    answers = bank(exercise.slug)
    for question in exercise.checks:
        wrong = [each for each in answers.WRONG if each.question == question.name]
        right = [each for each in answers.RIGHT if each.question == question.name]
        assert len(wrong) >= 5, f"{question.id} has {len(wrong)} wrong answers"
        assert len({each.why for each in wrong}) == len(wrong), f"{question.id}: a misconception twice"
        assert len(right) >= 2, f"{question.id} has {len(right)} other right answers"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_is_of_the_size_it_says(exercise):
    assert 6 <= len(exercise.questions) <= 10
    assert 45 <= exercise.minutes <= 90
    assert any(question.manual and question.rubric for question in exercise.questions)
    for question in exercise.checks:
        assert len(question.hints) >= 2, question.id
