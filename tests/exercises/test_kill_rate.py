"""The checks notice small faults in the reference answers; the numbers are in benchmarks/results/checks.json."""

from __future__ import annotations

import json

import pytest

from benchmarks.checks import MUTANT_SECONDS, RESULTS_FILE, SALTS, TRAINING_SEEDS, fingerprint, reason_for, survives
from cifar_teach.authoring.mutation import mutants
from cifar_teach.checks.registry import SECONDS
from tests.exercises.harness import bank, every_check, reference

OVERALL = 0.95
EACH = 0.85
SAMPLED = 3
"""Mutants of each question that are judged again here; the benchmark judges all."""

REPORT = json.loads(RESULTS_FILE.read_text(encoding="utf-8"))
BY_ID = {record["id"]: record for exercise in REPORT["exercises"] for record in exercise["checks"]}
CHECKS = [pytest.param(slug, question, id=question.id) for slug, question in every_check()]


def test_the_results_are_those_of_these_checks() -> None:
    changed = [row["slug"] for row in REPORT["exercises"] if row["sources"] != fingerprint(row["slug"])]
    assert changed == [], "run: python -m benchmarks.checks"
    assert set(BY_ID) == {question.id for _, question in every_check()}


def test_enough_mutants_are_noticed_in_all() -> None:
    killed = sum(record["killed"] for record in BY_ID.values())
    assert killed / sum(record["mutants"] for record in BY_ID.values()) >= OVERALL


@pytest.mark.parametrize(("slug", "question"), CHECKS)
def test_enough_mutants_are_noticed_by_each_check(slug, question) -> None:
    record = BY_ID[question.id]
    assert record["killed"] >= EACH * record["mutants"], record["survivors"]


def test_no_verdict_depends_on_the_seed() -> None:
    assert {id: record["unsteady"] for id, record in BY_ID.items() if record["unsteady"]} == {}
    for _, question in every_check():
        assert BY_ID[question.id]["seeds"] == (20 if question.seconds <= SECONDS else len(TRAINING_SEEDS)), question.id


def test_a_check_that_trains_nothing_answers_at_once() -> None:
    """As measured by the benchmark: a limit on a time taken here would fail on a busy machine."""
    assert sorted(record["seconds"] for record in BY_ID.values())[len(BY_ID) // 2] < 0.2


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "question"), CHECKS)
def test_a_sample_of_the_mutants_is_judged_as_the_results_say(slug, question) -> None:
    every = mutants(reference(slug, question.name))
    record = BY_ID[question.id]
    known = {*record["survivors"], *record["harmless"]}
    assert len(SALTS) > 1
    for mutant in every[:: max(1, len(every) // SAMPLED)][:SAMPLED]:
        # A survivor gets all the time there is: on a busy machine it may be slow.
        seconds = question.seconds if mutant.change in known else MUTANT_SECONDS
        assert survives(slug, question, mutant, seconds) is (mutant.change in known), mutant.change


@pytest.mark.parametrize("slug", sorted({slug for slug, _ in every_check()}))
def test_every_excuse_names_a_mutant_that_survives(slug) -> None:
    """A reason for a mutant that the check notices, or that does not exist, is a leftover."""
    for name, harmless in bank(slug).HARMLESS.items():
        changes = BY_ID[f"{slug[:4]}.{name}"]["harmless"]
        for fragment in harmless:
            assert any(reason_for(change, {fragment: "used"}) for change in changes), (name, fragment)
