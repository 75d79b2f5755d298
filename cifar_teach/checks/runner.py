"""Run one check on a student's work and return the verdict. Nothing here raises, prints, or moves a seed."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from ..environment import load_keras_quietly
from .draw import Draw
from .guard import TimeIsUp, held_output, time_limit, unchanged_state
from .registry import Question
from .student import Student
from .verdict import CheckFailed, Finding, State, Verdict, verdict_of
from .work import Work, names_in

LINES_SHOWN = 5
MANY_LINES = 200
SLOW_TO_IMPORT = {"tensorflow", "keras", "sklearn", "scipy", "pandas", "torch", "jax"}


def judge(question: Question, namespace: Mapping[str, Any], salt: str = "") -> Verdict:
    """Judge the answer to ``question`` that stands in ``namespace``, the variables of a notebook.

    Args:
        question: a question with a check.
        namespace: names and values, such as ``globals()`` of the notebook. It is not changed.
        salt: makes the inputs differ from the public ones.
    """
    student = Student(Work(namespace, question.uses))
    import_what_takes_long(question, namespace)
    with unchanged_state(), held_output() as output:
        findings = look(question, student, Draw(question.id, salt), time_limit(question.seconds))
    return verdict_of(question.id, question.title, question.points, findings, first_lines(output.kept, output.lines))


def import_what_takes_long(question: Question, namespace: Mapping[str, Any]) -> None:
    """Import the libraries that the check or the answer needs before the clock starts.

    The first import of TensorFlow takes many seconds, and must not be interrupted: the second attempt would fail.
    """
    wanted = {"keras"} if question.keras else set()
    for name in question.needs:
        code = getattr(namespace.get(name), "__code__", None)
        wanted |= SLOW_TO_IMPORT & names_in(code) if code else set()
    if wanted & {"keras", "tensorflow"} and "keras" not in sys.modules:
        load_keras_quietly()
    with held_output(), contextlib.suppress(ImportError):
        for library in sorted(wanted):
            importlib.import_module(library)


def look(question: Question, student: Student, draw: Draw, limit: AbstractContextManager[None]) -> list[Finding]:
    """Run the check within ``limit``; return what its parts found and, last, what went wrong outside of them."""
    try:
        with limit:
            question.judge(student, draw)
    except CheckFailed as failure:
        # What was found before keeps its points; all that was still to come is lost with this.
        weight = max(1.0, sum(each.weight for each in student.findings))
        return [*student.findings, Finding.of(failure, weight=weight, called=student.called)]
    except (Exception, TimeIsUp) as problem:
        return [*student.findings, _broken(question, problem)]
    return student.findings or [Finding("", 1.0, passed=True)]


def _broken(question: Question, problem: BaseException) -> Finding:
    return Finding(
        "",
        1.0,
        passed=False,
        state=State.BROKEN,
        message="This check itself failed. That is a fault of the course, not of your answer.",
        got=f"{type(problem).__name__}: {problem}",
        hint=f"Please show this to your instructor, with the name of the check: {question.id}.",
    )


def first_lines(text: str, count: int) -> str:
    """Return the first lines of what was printed, and how many there were when they were many.

    Args:
        text: what was kept of it.
        count: how many lines were printed in all.
    """
    lines = text.splitlines()[:LINES_SHOWN]
    if count > MANY_LINES:
        lines.append(f"… {count:,} lines in all. Printing so much slows the notebook down.")
    elif count > LINES_SHOWN:
        lines.append(f"… {count} lines in all")
    return "\n".join(line[:200] for line in lines)
