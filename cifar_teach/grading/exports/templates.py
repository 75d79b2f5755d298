"""Read the CSV that a learning platform hands out, to fill in the grades and hand it back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from ...exceptions import CifarTeachError, unknown_name
from ..records import Result

MAX_BYTES = 50_000_000


def read_table(path: str | Path, what: str, how: str) -> list[list[str]]:
    """Return the cells of a CSV file, all lines as long as the first.

    Args:
        path: the file.
        what: what it should be, for messages.
        how: how to get it from the platform, for messages.

    Raises:
        CifarTeachError: it cannot be read, or is no CSV.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CifarTeachError(f"'{path}' is larger than any {what}. {how}")
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except OSError as problem:
        raise CifarTeachError(f"'{path}' cannot be read: {problem.strerror}. {how}") from None
    except UnicodeDecodeError:
        raise CifarTeachError(f"'{path}' is not in UTF-8, so it has been saved by another program. {how}") from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = [line for line in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if line]
    except csv.Error as problem:
        raise CifarTeachError(f"'{path}' is no CSV: {problem}. {how}") from None
    if not lines:
        raise CifarTeachError(f"'{path}' is empty. {how}")
    width = len(lines[0])
    return [[*line, *[""] * (width - len(line))][:width] for line in lines]


def column(header: list[str], name: str, path: str | Path, what: str, how: str) -> int:
    """Return where the column ``name`` is.

    Raises:
        CifarTeachError: there is none.
    """
    if name not in header:
        raise CifarTeachError(f"'{path}' is no {what}: {unknown_name('column', name, header)} {how}")
    return header.index(name)


def match(
    lines: list[list[str]], columns: dict[int, tuple[str, ...]], own: tuple[int, ...]
) -> Callable[[Result], list[str] | None]:
    """Return a function that finds the line of a student.

    A name is no proof, because two people may share one; it is not used.

    Args:
        lines: lines of the platform.
        columns: number of a column that identifies a student -> names of ``seen_ids`` that stand for the same thing.
            Columns are tried in this order.
        own: the columns in which the id that the course uses may stand, tried last. Not those with the platform's own
            numbers: one student's matriculation number may be the number of another there.
    """
    found: dict[int, dict[str, list[str] | None]] = {index: {} for index in columns}
    for line in lines:
        for index in columns:
            value = line[index].strip().casefold()
            if value:
                # An id that stands in two lines identifies nobody.
                found[index][value] = None if value in found[index] else line

    def line_of(result: Result) -> list[str] | None:
        seen = {name.strip().casefold(): value.strip().casefold() for name, value in result.seen_ids.items()}
        for index, names in columns.items():
            for name in names:
                line = found[index].get(seen.get(name.casefold(), ""))
                if line is not None:
                    return line
        possible = [line for index in own if (line := found[index].get(result.student.casefold())) is not None]
        return possible[0] if possible and all(line is possible[0] for line in possible) else None

    return line_of
