"""Results and hand-ins for the tests of what the grader gives out: real exercises, invented students, hostile text."""

from __future__ import annotations

import random

from cifar_teach.checks.registry import get_exercise
from cifar_teach.checks.verdict import State
from cifar_teach.grading.records import (
    Isolation,
    Outcome,
    QuestionResult,
    Repair,
    Result,
    Submission,
    Trouble,
)

EX02, EX03 = "ex02_preprocess", "ex03_baseline_cnn"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 6
HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>&",
    "formula": '=cmd|" /C calc"!A0',
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "tab": "\t=1+1",
    "carriage return": "\r=1+1",
    "emoji": "Zoë 👩‍🔬🏳️‍🌈",
    "long": LONG[:200],
    "right to left": "\u202egnp.exe\u202c שלום",
    "ansi": "\x1b[31mred\x1b[0m\x07 \x9b2J",
    "lines": "two\nlines\r\nand a third",
    "null": "a\x00b\ufeff\u200b",
    "surrogate": "half \ud83d of one",
    "quotes": 'Doe, "J"; O\'Neil',
    "template": "{{ 7 * 7 }} {% raw %} {{ salt }}",
    "backticks": "`<b>bold</b>` and ` alone",
}
MESSAGES = {
    State.PASSED: "",
    State.PARTLY: "The classes keep their shares, but the same seed gave two different splits.",
    State.NOT_YET: "The values end at 255, not at 1: the pixels have not been divided.",
    State.ERROR: "`normalize` stopped with NameError in line 3: name 'np' is not defined.",
    State.NOT_ATTEMPTED: "Nothing has been written here yet.",
    State.BROKEN: "The check itself failed.",
}
HINTS = {State.NOT_YET: "What is the largest number a `uint8` can hold?", State.PARTLY: "Where does `rng` come from?"}


def question_result(question, state: State, share: float = 0.5, message: str | None = None) -> QuestionResult:
    if question.manual:
        return QuestionResult(question.id, question.title, State.NOT_ATTEMPTED, None, question.points)
    points = {State.PASSED: question.points, State.PARTLY: round(share * question.points, 2), State.BROKEN: None}
    points = points.get(state, 0.0)
    parts = ()
    if state is State.PARTLY:
        parts = (
            {"title": "Every class keeps its share", "passed": True, "message": ""},
            {"title": "The same seed gives the same split", "passed": False, "message": MESSAGES[state]},
        )
    return QuestionResult(
        question.id,
        question.title,
        state,
        points,
        question.points,
        MESSAGES[state] if message is None else message,
        HINTS.get(state, ""),
        parts=parts,
    )


def make_result(student: str = "alice", states: dict[str, State] | None = None, **changes) -> Result:
    """Return a result of exercise 2 in which every question passed but those in ``states``: name -> state."""
    exercise = get_exercise(changes.get("exercise", EX02))
    questions = tuple(question_result(each, (states or {}).get(each.name, State.PASSED)) for each in exercise.questions)
    values = {
        "student": student,
        "exercise": exercise.slug,
        "source": f"/srv/course/submitted/{student}/{exercise.slug}.ipynb",
        "digest": "3b1f" * 16,
        "key": "9c2e" * 16,
        "outcome": Outcome.GRADED,
        "questions": questions,
        "submitted_at": "2026-03-15T22:10:00+00:00",
        "graded_at": "2026-03-17T08:00:05+00:00",
        "isolation": Isolation.BUBBLEWRAP,
        "seconds": 4.2,
        "versions": {"cifar-teach": "1.0.0", "tensorflow": "2.21.0"},
    }
    return Result(**(values | changes))


def mixed(student: str = "alice", **changes) -> Result:
    """Return a result with every state, repairs and notes."""
    states = {
        "one_hot": State.PARTLY,
        "split": State.PARTLY,
        "standardize": State.NOT_YET,
        "flip": State.ERROR,
        "predict": State.NOT_ATTEMPTED,
        "photo": State.BROKEN,
    }
    values = {
        "name": "Ada Lovelace",
        "repairs": (
            Repair("cell-restored", "The check of question 3 was missing; it has been put back.", "shuffle"),
            Repair("copy-ignored", "There were two copies of one cell; the last one counts."),
        ),
        "notes": ("`!pip install` was left out: nothing is installed while grading.",),
    }
    return make_result(student, states, **(values | changes))


def needs_human(student: str = "bob", **changes) -> Result:
    values = {"outcome": Outcome.NEEDS_HUMAN, "questions": (), "reason": "This file is a web page, not a notebook."}
    return make_result(student, **(values | changes))


def grader_error(student: str = "eve", **changes) -> Result:
    values = {
        "outcome": Outcome.GRADER_ERROR,
        "questions": (),
        "reason": "OSError: /srv/grader/secret-salt.key is not readable",
    }
    return make_result(student, **(values | changes))


def hostile_result(text: str, student: str = "mallory") -> Result:
    """Return a result in which the same text stands wherever text may stand."""
    exercise = get_exercise(EX02)
    parts = ({"title": text, "passed": True, "message": ""}, {"title": text, "passed": False, "message": text})
    questions = tuple(
        QuestionResult(each.id, text, State.NOT_YET, 0.0, each.points, text, text, Trouble.NONE, parts)
        for each in exercise.questions[:3]
    )
    return make_result(
        student,
        questions=questions,
        name=text,
        source=text,
        submitted_at=text,
        repairs=(Repair("kind", text), Repair("kind", text, exercise.questions[0].id)),
        notes=(text,),
        seen_ids={"SIS Login ID": text, "email": text},
    )


def class_of(number: int, seed: int = 0, exercise: str = EX02) -> list[Result]:
    """Return the results of a class: most passed, each question about as hard as its place, a few odd hand-ins."""
    rng = random.Random(seed)
    results = []
    for index in range(number):
        skill = rng.betavariate(4, 2)
        states = {}
        for place, question in enumerate(get_exercise(exercise).questions):
            if rng.random() > skill + 0.3 - 0.05 * place:
                states[question.name] = rng.choice([State.NOT_YET, State.PARTLY, State.NOT_ATTEMPTED, State.ERROR])
        repairs = (Repair("cell-restored", "A cell was put back."),) if index % 7 == 0 else ()
        result = make_result(f"s{index:03d}", states, exercise=exercise, name=f"Student {index}", repairs=repairs)
        results.append(result)
    return results


def submission(student: str, answers: dict[str, str], exercise: str = EX02, name: str = "") -> Submission:
    return Submission(student, exercise, f"{student}.ipynb", "0" * 64, {"cells": []}, name=name, answers=answers)
