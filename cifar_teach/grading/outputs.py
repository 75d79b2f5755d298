"""Write what a class gets to see: feedback, results with receipts, the table of grades, the overview."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..files import replacing
from .class_folder import ClassFolder, Place, decisions_of, place_of
from .exports import csv
from .feedback import feedback_path, write_feedback
from .late import LateDecision, Schedule
from .overview import write_overview
from .receipts import sign
from .records import Result
from .salting import CourseSecret

__all__ = ["write_outputs"]


def write_outputs(
    folder: ClassFolder,
    results: Iterable[Result],
    secret: CourseSecret,
    *,
    schedule: Schedule | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
    renew: Collection[str] | None = None,
    feedback: bool = True,
    book: str = "",
) -> None:
    """Write everything that is made from the results of a class.

    Args:
        folder: where to.
        results: of the whole class, one for each student and exercise.
        secret: signs the receipts.
        schedule: deadlines and late policy.
        manual: points that persons gave, as in :func:`cifar_teach.grading.exports.rows.rows`.
        renew: students whose pages are written; None for all. A page that is missing is written in any case.
        feedback: write the pages of the students.
        book: address of the course's book, for links in the feedback.
    """
    results = list(results)
    decisions = decisions_of(results, schedule)
    of_student: dict[str, list[Result]] = {}
    for each in results:
        of_student.setdefault(each.student, []).append(each)
    one_exercise = len({each.exercise for each in results if each.exercise}) <= 1
    pages: dict[Place, Path] = {}
    for student, own in of_student.items():
        receipts = {place_of(each): sign(each, secret.receipt_key) for each in own}
        due = renew is None or student in renew
        if due or not _results_path(folder, student).is_file():
            _write_results(folder, student, own, receipts, decisions)
        single = one_exercise and len(own) == 1
        for each in own if feedback else ():
            place = place_of(each)
            pages[place] = feedback_path(folder.feedback, *place, one_exercise=single)
            if due or not pages[place].is_file():
                extra = {"decision": (decisions or {}).get(place), "receipt": receipts[place], "book": book}
                extra["manual"] = (manual or {}).get(place)
                write_feedback(each, folder.feedback, one_exercise=single, **extra)
        if feedback and not single:  # the page of the time when there was one exercise only
            feedback_path(folder.feedback, student, "", one_exercise=True).unlink(missing_ok=True)
    # When a result was reached is in the journal; without it, the same grades are the same file.
    timeless = [dataclasses.replace(each, graded_at="") for each in results]
    csv.write(timeless, folder.grades, decisions=decisions, manual=manual)
    write_overview(results, folder.overview, decisions=decisions, manual=manual, feedback=pages)


def _results_path(folder: ClassFolder, student: str) -> Path:
    return folder.results / f"{student}.json"


def _write_results(
    folder: ClassFolder,
    student: str,
    results: list[Result],
    receipts: Mapping[Place, dict[str, Any]],
    decisions: Mapping[Place, LateDecision] | None,
) -> None:
    records = []
    for each in results:
        decision = (decisions or {}).get(place_of(each))
        points = decision.points if decision and decision.points is not None else each.points
        points = None if any(question.broken for question in each.questions) else points
        late = dataclasses.asdict(decision) if decision else None
        record = {"score": points, "max_score": each.max_points, **each.to_dict()}
        records.append({**record, "late": late, "receipt": receipts[place_of(each)]})
    with replacing(_results_path(folder, student)) as draft:
        text = json.dumps({"student": student, "results": records}, indent=1, sort_keys=True)
        draft.write_text(text + "\n", encoding="utf-8")
