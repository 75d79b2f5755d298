"""Submissions and results of real exercises, made without running anything."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cifar_teach.checks import get_exercise
from cifar_teach.checks.verdict import State
from cifar_teach.grading.records import Outcome, QuestionResult, Repair, Result, Submission
from tests.exercises.harness import generated_notebook

ROOT = Path(__file__).resolve().parents[2]
SLUG = "ex02_preprocess"


def notebook(home: str = "exercises", slug: str = SLUG) -> dict[str, Any]:
    return generated_notebook(home, slug)


def submission(student: str = "ann", home: str = "solutions", slug: str = SLUG, **changes: Any) -> Submission:
    content = notebook(home, slug)
    digest = hashlib.sha256(json.dumps([student, content]).encode()).hexdigest()
    return Submission(**{
        "student": student,
        "exercise": slug,
        "source": f"{student}.ipynb",
        "digest": digest,
        "notebook": content,
        "submitted_at": "2026-03-01T12:00:00+00:00",
        **changes,
    })  # fmt: skip


def result(
    student: str = "ann", *, share: float = 1.0, slug: str = SLUG, written: bool = True, **changes: Any
) -> Result:
    """Return a graded result: ``share`` of the points of each check; ``written`` says if the text was written."""
    questions = []
    for each in get_exercise(slug).questions:
        if each.manual:
            state = State.NOT_YET if written else State.NOT_ATTEMPTED
            questions.append(QuestionResult(each.id, each.title, state, None, each.points, "A person reads this."))
        else:
            state = State.PASSED if share == 1 else State.PARTLY if share else State.NOT_YET
            message = "" if share == 1 else f"{each.id} is not right: <b>look</b> again.\x1b[31m"
            points = round(share * each.points, 2)
            questions.append(QuestionResult(each.id, each.title, state, points, each.points, message))
    return Result(**{
        "student": student,
        "exercise": slug,
        "source": f"{student}.ipynb",
        "digest": hashlib.sha256(student.encode()).hexdigest(),
        "key": hashlib.sha256(f"{student} {share}".encode()).hexdigest(),
        "outcome": Outcome.GRADED,
        "questions": tuple(questions),
        "submitted_at": "2026-03-01T12:00:00+00:00",
        "graded_at": "2026-03-02T08:00:00+00:00",
        **changes,
    })  # fmt: skip


def ungraded(student: str, outcome: Outcome = Outcome.NEEDS_HUMAN, **changes: Any) -> Result:
    reason = "This is a PDF, not a notebook." if outcome is Outcome.NEEDS_HUMAN else "The sandbox did not answer."
    repair = Repair("not-a-notebook", reason)
    return result(student, outcome=outcome, questions=(), reason=reason, repairs=(repair,), **changes)
