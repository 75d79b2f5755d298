"""Grades for Moodle: its grading worksheet filled in, or a file for the gradebook's import.

With a worksheet ("Download grading worksheet" of the assignment; offline grading and feedback comments must be on) the
grades and comments go to the assignment. Moodle reads ``Identifier``, ``Grade``, ``Last modified (grade)`` and the
comments, leaves a student with an empty grade alone, and skips a grade above the maximum without a word
(``mod/assign/feedback/offline``); comments that stand in the file replace those in Moodle.

Without one, the file is for Grades → Import → CSV file, where the instructor says which column is what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ...exceptions import CifarTeachError
from ..advice import next_step
from ..feedback import exercise_title
from ..late import LateDecision
from ..records import Result
from ..text import cell, number
from .csv import write_table
from .rows import Place, Row, by_exercise, maximum_of, rows
from .templates import column, match, read_table

WHAT = "grading worksheet of Moodle"
HOW = (
    "In Moodle, with its language set to English: the assignment → Submissions → Actions → Download grading worksheet; "
    "give that file as it is."
)
SEEN = {
    "Identifier": ("Identifier", "moodle_participant", "participant", "moodle_id", "moodle"),
    "ID number": ("ID number", "id_number", "idnumber"),
    "Email address": ("Email address", "email"),
    "Username": ("Username", "login"),
}
"""Columns of Moodle -> names under which the intake or the roster may know the same id."""
PARTICIPANT = "Participant "
COMMENTS = "Feedback comments"


def write(
    results: Iterable[Result],
    path: str | Path,
    *,
    decisions: Mapping[Place, LateDecision] | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
    template: str | Path | None = None,
    scale: bool = False,
) -> list[Row]:
    """Write a file for Moodle.

    Args:
        results: what was graded; of one exercise when there is a template, because a worksheet is of one assignment.
        path: file to write.
        decisions, manual: as in :func:`cifar_teach.grading.exports.rows.rows`.
        template: the grading worksheet as Moodle wrote it.
        scale: convert the points to Moodle's maximum when the two differ; otherwise that is an error.

    Returns:
        The rows that have a score but no line in the template: students Moodle does not know. Tell the instructor.

    Raises:
        CifarTeachError: the template is none, is for other points, or there are several exercises for it.
    """
    table = rows(results, decisions=decisions, manual=manual)
    if template is not None:
        return _fill(table, Path(path), template, scale)
    slugs = list(by_exercise(table))
    students = {row.result.student: row.result for row in table}
    scores = {row.place: "" if row.score is None else number(row.score) for row in table}
    comments = {row.place: cell(_comment(row)) for row in table}
    header = ["Username", "ID number", "Email address", "Full name"]
    for slug in slugs:
        header += [f"{cell(slug)} (max {number(maximum_of(table, slug))})", f"{cell(slug)} feedback"]
    lines = [header]
    for student, result in students.items():
        seen = {name.casefold(): value for name, value in result.seen_ids.items()}
        found = [next((seen[n.casefold()] for n in SEEN[key] if n.casefold() in seen), "") for key in header[1:3]]
        line = [cell(each) for each in (student, *found, result.name)]
        for slug in slugs:
            line += [scores.get((student, slug), ""), comments.get((student, slug), "")]
        lines.append(line)
    write_table(Path(path), lines)
    return []


def _fill(table: list[Row], path: Path, template: str | Path, scale: bool) -> list[Row]:
    slugs = list(by_exercise(table))
    if len(slugs) > 1:
        raise CifarTeachError(
            f"A {WHAT} is of one assignment, but there are results of {', '.join(slugs)}. Export one."
        )
    header, *lines = read_table(template, WHAT, HOW)
    where = {
        name: column(header, name, template, WHAT, HOW) for name in ("Identifier", "Grade", "Last modified (grade)")
    }
    if not all(line[where["Identifier"]].strip() for line in lines):
        raise CifarTeachError(f"'{template}' has lines without an Identifier, so Moodle cannot read it back. {HOW}")
    ids = {header.index(name): names for name, names in SEEN.items() if name in header}
    line_of = match(lines, ids, tuple(index for index in ids if header[index] != "Identifier"))
    factor = _factor(header, lines, maximum_of(table, slugs[0]) if slugs else 0.0, scale)
    unknown = []
    for row in table:
        line = line_of(_with_participant(row.result))
        if row.score is None:
            continue
        if line is None:
            unknown.append(row)
            continue
        line[where["Grade"]] = number(row.score * factor)
        if COMMENTS in header:
            line[header.index(COMMENTS)] = cell(_comment(row))
    if "Full name" in header:
        for line in lines:
            line[header.index("Full name")] = cell(line[header.index("Full name")])
    write_table(path, [header, *lines])
    return unknown


def _with_participant(result: Result) -> Result:
    """Return the result knowing that the bare number of a participant, as in file names, is ``Participant 12``."""
    numbers = {
        name: f"{PARTICIPANT}{value}"
        for name, value in result.seen_ids.items()
        if name.casefold() in {each.casefold() for each in SEEN["Identifier"]} and value.isdigit()
    }
    return replace(result, seen_ids={**result.seen_ids, **numbers})


def _factor(header: list[str], lines: list[list[str]], maximum: float, scale: bool) -> float:
    if "Maximum grade" not in header or not lines or not maximum:
        return 1.0
    text = lines[0][header.index("Maximum grade")]
    try:
        theirs = float(text.replace(",", "."))
    except ValueError:
        raise CifarTeachError(
            f"Moodle's maximum grade is '{text}', which is no number of points. Grade by points."
        ) from None
    if abs(theirs - maximum) <= 0.005:
        return 1.0
    if not scale:
        raise CifarTeachError(
            f"The assignment has a maximum of {theirs:g} in Moodle, but {maximum:g} points can be earned in the "
            f"exercise. Set the maximum grade to {maximum:g} in Moodle and download the worksheet again, or ask for "
            "the points to be scaled."
        )
    return theirs / maximum


def _comment(row: Row) -> str:
    """Return the comment that a student finds in Moodle: the result, lateness, and the next step."""
    if row.score is None:
        return ""
    parts = [f"{exercise_title(row.result.exercise).title}: {number(row.score)} of {number(row.max_score)} points."]
    if row.decision is not None and row.decision.line:
        parts.append(row.decision.line)
    parts.append(f"Next: {next_step(row.result).heading}")
    return " ".join(parts)
