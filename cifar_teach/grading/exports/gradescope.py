"""Results for Gradescope: the ``results.json`` that an autograder there leaves behind, one per submission.

Fields as in Gradescope's "Autograder Specifications". A submission that could not be graded has no ``score``, and no
test that has one: Gradescope then says that there is no score, instead of showing a zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...files import replacing
from ..advice import next_step
from ..late import LateDecision
from ..pages import state_of
from ..records import Outcome, QuestionResult, Result
from ..text import file_name, number, visible
from .rows import Place, Row, rows

NAME = "results.json"


def write(
    results: Iterable[Result],
    path: str | Path,
    *,
    decisions: Mapping[Place, LateDecision] | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
    visibility: str = "visible",
) -> list[Path]:
    """Write one file per result.

    Args:
        results: what was graded.
        path: folder; each result goes to ``<student>/<exercise>/results.json`` below it. With a name that ends in
            ``.json`` it is the file itself, and there may be only one result.
        decisions, manual: as in :func:`cifar_teach.grading.exports.rows.rows`.
        visibility: ``"visible"``, ``"hidden"``, ``"after_due_date"`` or ``"after_published"``.

    Returns:
        The files written.

    Raises:
        ValueError: an unknown visibility, or several results for one file.
        CifarTeachError: a file cannot be written.
    """
    if visibility not in ("visible", "hidden", "after_due_date", "after_published"):
        raise ValueError(
            f"'{visibility}' is no visibility of Gradescope: visible, hidden, after_due_date, after_published."
        )
    table, path, written = rows(results, decisions=decisions, manual=manual), Path(path), []
    if path.suffix == ".json" and len(table) != 1:
        raise ValueError(f"'{path}' is one file, but there are {len(table)} results. Give a folder.")
    for row in table:
        student, exercise = map(file_name, row.place)
        target = path if path.suffix == ".json" else path / student / exercise / NAME
        with replacing(target) as draft:
            draft.write_text(json.dumps(as_gradescope(row, visibility), indent=2) + "\n", encoding="utf-8")
        written.append(target)
    return written


def as_gradescope(row: Row, visibility: str = "visible") -> dict[str, Any]:
    """Return what ``results.json`` holds for one row."""
    result = row.result
    record: dict[str, Any] = {
        "output": visible("\n".join(_output(row))),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "execution_time": round(result.seconds, 2),
        "tests": [],
        "extra_data": {"outcome": str(result.outcome), "digest": result.digest, "isolation": str(result.isolation)},
    }
    if result.outcome is Outcome.GRADED:
        if row.score is not None:
            record["score"] = row.score
        record["tests"] = [
            _test(question, place, visibility) for place, question in enumerate(result.questions, start=1)
        ]
    return record


def _test(question: QuestionResult, place: int, visibility: str) -> dict[str, Any]:
    _, _, words = state_of(question)
    lines = [words, *([question.message] if question.message else [])]
    lines += [f"{'✓' if part.get('passed') else '✗'} {part.get('title', '')}" for part in question.parts]
    lines += [f"Hint: {question.hint}"] if question.hint else []
    test: dict[str, Any] = {
        "name": visible(question.title),
        "name_format": "text",
        "number": str(place),
        "max_score": question.max_points,
        "output": visible("\n".join(lines)),
        "output_format": "text",
        "visibility": visibility,
        "extra_data": {"id": question.id, "state": str(question.state)},
    }
    if question.points is not None:
        test["score"] = round(min(max(question.points, 0.0), question.max_points), 2)
        test["status"] = "passed" if question.points >= question.max_points else "failed"
    return test


def _output(row: Row) -> list[str]:
    result = row.result
    if result.outcome is Outcome.GRADER_ERROR:
        return ["Not graded yet: the grader failed. That is our fault, not yours."]
    if result.outcome is Outcome.NEEDS_HUMAN:
        return ["Not graded yet: a person will look at it.", result.reason]
    if row.score is None:
        open_ones = ", ".join(row.unjudged)
        lines = [f"Not complete yet: a person will look at what could not be judged ({open_ones})."]
    else:
        lines = [f"{number(row.score)} of {number(row.max_score)} points."]
    if row.decision is not None and row.decision.line:
        lines.append(row.decision.line)
    if row.open_manual:
        lines.append(f"Read by a person, not counted yet: {row.open_manual}.")
    lines.append(f"Next: {next_step(result).heading}")
    lines += [f"Put right in your file: {repair.message}" for repair in result.repairs]
    lines += [f"While it ran: {note}" for note in result.notes]
    return lines
