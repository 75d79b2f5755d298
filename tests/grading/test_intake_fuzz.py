"""Randomly damaged notebooks through the intake: never an error, never an answer lost in silence."""

from __future__ import annotations

import pytest

from tests.grading.mutations import LEVELS, faults, make_mutant, read_exercise, tally, through_intake

pytestmark = pytest.mark.slow

SEED = 2026
COUNT = 750


@pytest.mark.parametrize("slug", ["ex02_preprocess", "ex04_transfer_learning"])
def test_no_mutant_ends_the_intake_or_loses_an_answer_in_silence(slug, tmp_path):
    exercise = read_exercise(slug)
    mutants = [make_mutant(exercise, number, SEED) for number in range(COUNT)]
    found = through_intake(exercise, mutants, tmp_path)
    wrong = {mutant.number: (mutant.done, faults(exercise, mutant, found.get(mutant.number))) for mutant in mutants}
    assert {number: each for number, each in wrong.items() if each[1]} == {}
    assert list(tmp_path.iterdir()) == []
    # The damage must be real: most mutants need a repair or a person, and every level was tried.
    ends = tally(mutants, found)
    assert ends["repaired, the student is told"] > COUNT / 3
    assert ends["a person must look"] > 5
    assert {mutant.level for mutant in mutants} == set(LEVELS)


def test_a_silent_loss_would_be_noticed(tmp_path):
    """The oracle is no yes-man: an intake that forgets an answer, or a submission, is caught."""
    from dataclasses import replace

    exercise = read_exercise("ex02_preprocess")
    mutants = [
        mutant for mutant in (make_mutant(exercise, number, SEED) for number in range(60)) if mutant.level == "cells"
    ]
    found = through_intake(exercise, mutants, tmp_path)
    caught = 0
    for mutant in mutants:
        submission = found[mutant.number]
        if submission.problem is None and submission.answers:
            name = next(iter(submission.answers))
            rest = {key: value for key, value in submission.answers.items() if key != name}
            caught += bool(faults(exercise, mutant, replace(submission, answers=rest, repairs=())))
    assert caught > len(mutants) / 2
    assert faults(exercise, mutants[0], None)
