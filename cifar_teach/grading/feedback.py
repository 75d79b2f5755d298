"""What a student gets back: one page per hand-in, with the result, the reasons, and what to do next."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..checks.registry import EXERCISES, get_exercise
from .advice import next_step
from .charts import ring
from .exports.rows import in_range
from .late import LateDecision
from .pages import write_page
from .records import Outcome, QuestionResult, Result
from .text import apart, file_name, short


@dataclass(frozen=True)
class Title:
    """What an exercise is called on a page.

    Attributes:
        title: for example ``"Preprocessing"``.
        heading: the same with its number, ``"Exercise 2 · Preprocessing"``.
        address: where it can be read; empty when that is not known.
    """

    title: str
    heading: str = ""
    address: str = ""


def write_feedback(
    result: Result,
    folder: Path,
    *,
    decision: LateDecision | None = None,
    receipt: Mapping[str, Any] | None = None,
    manual: Mapping[str, float] | None = None,
    one_exercise: bool = False,
    book: str = "",
) -> Path:
    """Write the page for a student, ``folder/<student>/<exercise>.html``.

    It loads nothing, runs nothing and holds nothing of other students: no salt, no input of a check, no folder of the
    grader, and of an error of the grader only that there was one.

    Args:
        result: what was graded.
        folder: where the pages of all students are; created when missing.
        decision: what being late means for it; None when lateness does not count.
        receipt: what :func:`~cifar_teach.grading.receipts.sign` returned; its short code is shown.
        manual: points that a person gave, by id of the question; they are added, or take the place of those of a check.
        one_exercise: write ``folder/<student>.html`` instead, for a folder that holds one exercise only.
        book: address of the course's book, for a link to the chapter; without it the chapter is only named.

    Returns:
        The path written.

    Raises:
        CifarTeachError: the file cannot be written.
    """
    path = feedback_path(folder, result.student, result.exercise, one_exercise=one_exercise)
    graded = result.outcome is Outcome.GRADED
    points = (decision.points if decision and decision.points is not None else result.points) or 0.0
    given = {each.id: in_range(each, manual[each.id]) for each in result.questions if manual and each.id in manual}
    read = {each.id: given[each.id] for each in result.questions if given.get(each.id, each.points) != each.points}
    maximum = result.max_points + sum(each.max_points for each in result.questions if each.manual and each.id in read)
    points += sum(read[each.id] - (each.points or 0.0) for each in result.questions if each.id in read)
    points = round(min(max(points, 0.0), maximum), 2)
    ids = {name for each in result.questions for name in (each.id, each.id.partition(".")[2])}
    return write_page(
        path,
        "feedback.html",
        result=result,
        graded=graded,
        needs_human=result.outcome is Outcome.NEEDS_HUMAN,
        points=points,
        maximum=maximum,
        read=read,
        decision=decision,
        receipt=receipt,
        who=short(result.name) or result.student,
        exercise=exercise_title(result.exercise),
        chapter=_chapter(result, book),
        part_message=_part_message,
        ring=ring(points, maximum) if graded else "",
        step=next_step(result, read),
        unread=[each for each in result.questions if each.manual and each.id not in read],
        broken=sum(each.broken and each.id not in read for each in result.questions),
        repairs=[each for each in result.repairs if each.question not in ids],
        file=short(re.split(r"[\\/]", result.source)[-1], 120),
    )


def feedback_path(folder: Path, student: str, exercise: str, *, one_exercise: bool = False) -> Path:
    """Return where :func:`write_feedback` writes; always below ``folder``, whatever the names are."""
    student = file_name(student)
    if one_exercise:
        return Path(folder) / f"{student}.html"
    return Path(folder) / student / f"{file_name(exercise or 'unknown')}.html"


def exercise_title(slug: str) -> Title:
    """Return what the exercise is called; an unknown one by its slug."""
    if slug not in EXERCISES:
        name = slug or "Unknown exercise"
        return Title(name, name)
    exercise = get_exercise(slug)
    return Title(exercise.title, f"Exercise {int(slug[2:4])} · {exercise.title}")


def _part_message(question: QuestionResult, part: Mapping[str, Any]) -> str:
    """Return what is said about a part that did not pass, unless it stands above it already, or in the hint."""
    message = apart(str(part.get("message", "")))[0]
    if question.hint:
        message = message.removesuffix(question.hint).strip()
    return "" if part.get("passed") or message in question.message else message


def _chapter(result: Result, book: str) -> Title | None:
    """Return the chapter to read again: none for whom all is right, or whose exercise is not known."""
    unfinished = result.outcome is Outcome.GRADED and not math.isclose(result.points or 0, result.max_points)
    if not unfinished or result.exercise not in EXERCISES:
        return None
    page = f"{result.exercise[2:4]}-{result.exercise[5:].replace('_', '-')}"
    address = f"{book.rstrip('/')}/chapters/{quote(page)}.html" if book.startswith(("https://", "http://")) else ""
    title = exercise_title(result.exercise).title
    return Title(f"chapter {int(result.exercise[2:4])} of the book, {title}", address=address)
