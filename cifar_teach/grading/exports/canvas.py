"""Grades for the gradebook of Canvas (Grades → Import).

Canvas reads a CSV whose header begins with ``Student, ID, SIS User ID, SIS Login ID, Section``, then one column per
assignment, ``Name (number)``; a line whose first cell contains "Points Possible"; and a line per student. It finds a
student by ID, else by SIS User ID, else by SIS Login ID (``gradebook_importer.rb`` of Canvas). An empty cell takes
away a grade that is already there, so with a template whatever has no score here keeps the cell that Canvas exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...exceptions import CifarTeachError
from ..feedback import exercise_title
from ..late import LateDecision
from ..records import Result
from ..text import cell, number
from .csv import write_table
from .rows import Place, Row, by_exercise, maximum_of, rows
from .templates import column, match, read_table

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
SEEN = {
    "ID": ("ID", "canvas_id", "canvas", "canvas_user_id"),
    "SIS User ID": ("SIS User ID", "sis_user_id", "sis_id"),
    "SIS Login ID": ("SIS Login ID", "sis_login_id", "login", "login_id", "username"),
}
"""Columns of Canvas -> names under which the intake or the roster may know the same id."""
POINTS_POSSIBLE = "    Points Possible"
NUMBER = re.compile(r"\s*\(\d+\)$")
WHAT = "export of a Canvas gradebook"
HOW = "In Canvas: Grades → Export → Export Entire Gradebook; give that file as it is."


def write(
    results: Iterable[Result],
    path: str | Path,
    *,
    decisions: Mapping[Place, LateDecision] | None = None,
    manual: Mapping[Place, Mapping[str, float]] | None = None,
    template: str | Path | None = None,
    assignments: Mapping[str, str] | None = None,
) -> list[Row]:
    """Write a file for Canvas's gradebook.

    Args:
        results: what was graded, of one exercise or several; each gets a column.
        path: file to write.
        decisions, manual: as in :func:`cifar_teach.grading.exports.rows.rows`.
        template: the gradebook as Canvas exported it. Then the file has exactly its students, with their ids, and only
            the columns of these exercises. Without it the ids come from ``seen_ids``, and the student's own id stands
            as SIS Login ID.
        assignments: slug of an exercise -> name of the assignment in Canvas, with or without its number in
            parentheses. Without it, the title of the exercise and its slug are looked for.

    Returns:
        The rows that have a score but no line in the template: students Canvas does not know. Tell the instructor.

    Raises:
        CifarTeachError: the template is none, has no such assignment, or gives it other points.
    """
    table = rows(results, decisions=decisions, manual=manual)
    if template is not None:
        return _fill(table, Path(path), template, assignments or {})
    groups = by_exercise(table)
    names = {slug: (assignments or {}).get(slug) or exercise_title(slug).title for slug in groups}
    cells = {row.place: "" if row.score is None else number(row.score) for row in table}
    lines = [
        [*HEADER, *map(cell, names.values())],
        [POINTS_POSSIBLE, "", "", "", "", *(number(maximum_of(table, slug)) for slug in groups)],
    ]
    for student, result in {row.result.student: row.result for row in table}.items():
        ids = [_seen(result, SEEN[name]) for name in HEADER[1:4]]
        who = [result.name or student, ids[0], ids[1], ids[2] or ("" if any(ids) else student), ""]
        lines.append([*map(cell, who), *(cells.get((student, slug), "") for slug in groups)])
    write_table(Path(path), lines)
    return []


def _fill(table: list[Row], path: Path, template: str | Path, assignments: Mapping[str, str]) -> list[Row]:
    header, *lines = read_table(template, WHAT, HOW)
    first = {name: column(header, name, template, WHAT, HOW) for name in ("Student", "ID", "Section")}
    possible = next((line for line in lines if "Points Possible" in line[0]), None)
    if possible is None:
        raise CifarTeachError(f"'{template}' has no line 'Points Possible', so it is no {WHAT}. {HOW}")
    start = lines.index(possible) + 1
    # The last line of an export may be a test student; it has an id, too, and stays as it is.
    students = [line for line in lines[start:] if line[first["ID"]].strip()]
    ids = {header.index(name): names for name, names in SEEN.items() if name in header}
    own = tuple(index for index in ids if header[index] != "ID")
    line_of = match(students, ids, own)
    targets = {slug: _assignment(header, slug, assignments.get(slug), template) for slug in by_exercise(table)}
    for slug, target in targets.items():
        _same_points(possible[target], maximum_of(table, slug), header[target])
    unknown = []
    for row in table:
        line = line_of(row.result)
        if row.score is None:
            continue
        if line is None:
            unknown.append(row)
            continue
        line[targets[row.result.exercise]] = number(row.score)
    kept = [*range(first["Section"] + 1), *targets.values()]
    for line in students:
        line[first["Student"]] = cell(line[first["Student"]])
    write_table(path, [[line[index] for index in kept] for line in (header, possible, *students)])
    return unknown


def _assignment(header: list[str], slug: str, name: str | None, template: str | Path) -> int:
    title = exercise_title(slug).title
    wanted = [name] if name else [slug, title, f"{slug[:4]} {title}", exercise_title(slug).heading]
    plain = [NUMBER.sub("", each).strip().casefold() for each in header]
    for each in wanted:
        exact = [index for index, column_name in enumerate(header) if column_name == each]
        alike = [index for index, bare in enumerate(plain) if bare == NUMBER.sub("", each).strip().casefold()]
        for found in (exact, alike):
            if len(found) == 1:
                return found[0]
            if found:
                both = ", ".join(header[index] for index in found)
                raise CifarTeachError(
                    f"'{template}' has several assignments '{each}': {both}. Name one, number included."
                )
    known = ", ".join(each for each in header if NUMBER.search(each)) or "none"
    raise CifarTeachError(
        f"'{template}' has no assignment {' or '.join(repr(each) for each in wanted)}. Its assignments: {known}. "
        f"Name the one that {slug} belongs to, or add it in Canvas and export again."
    )


def _same_points(text: str, maximum: float, name: str) -> None:
    try:
        theirs = float(text.replace(",", "."))
    except ValueError:
        raise CifarTeachError(
            f"Canvas does not let '{name}' be graded: its points are '{text}'. Choose another."
        ) from None
    if maximum and abs(theirs - maximum) > 0.005:
        raise CifarTeachError(
            f"'{name}' has {theirs:g} points in Canvas, but {maximum:g} can be earned in the exercise. "
            f"Set its points to {maximum:g} in Canvas, export the gradebook again, and use that file."
        )


def _seen(result: Result, names: tuple[str, ...]) -> str:
    seen = {name.casefold(): value for name, value in result.seen_ids.items()}
    return next((seen[name.casefold()] for name in names if seen.get(name.casefold())), "")
