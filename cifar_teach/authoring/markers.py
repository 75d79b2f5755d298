"""The lines around a reference answer, read strictly: what is not recognised here would reach the students."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .errors import AuthoringError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"

_MEANT = re.compile(r"(begin|end)\s+solutions?", re.IGNORECASE)
"""What an author means as a marker, rightly written or not."""

_FOREIGN = re.compile(r"(BEGIN|END) (HIDDEN TESTS|MARK SCHEME)|AUTOTEST")
"""Markers to which nbgrader reacts and that this course does without."""


class MarkerError(AuthoringError):
    """A marker that is wrong, at line ``index`` of its cell."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def solution_regions(lines: Sequence[str], *, code: bool) -> list[tuple[int, int]]:
    """Return the regions of reference answer in a cell.

    Args:
        lines: the source of the cell.
        code: False for text, in which an indented marker would make the stub a block of code.

    Returns:
        For each region the indices of its two marker lines.

    Raises:
        MarkerError: a marker that is misspelt, nested, unclosed, indented wrongly or around nothing.
    """
    regions: list[tuple[int, int]] = []
    begin = None
    for index, line in enumerate(lines):
        text = line.strip()
        foreign = _FOREIGN.search(line)
        if foreign:
            raise MarkerError(
                index,
                f"'{foreign.group()}' is not used here: nothing is hidden from students, and a rubric stands in the "
                "registry, in manual(…, rubric=…). Delete it.",
            )
        if text == BEGIN:
            if begin is not None:
                raise MarkerError(index, f"'{BEGIN}' inside a region that is still open. Close it with '{END}' first.")
            if line != text and not code:
                raise MarkerError(index, "a marker in text is not indented. Move it to the start of the line.")
            begin = index
        elif text == END:
            if begin is None:
                raise MarkerError(index, f"'{END}' without a '{BEGIN}' before it.")
            if _indent(line) != _indent(lines[begin]):
                raise MarkerError(
                    index,
                    f"'{END}' and its '{BEGIN}' are indented differently. Give both the same indent.",
                )
            if not any(each.strip() for each in lines[begin + 1 : index]):
                raise MarkerError(begin, "nothing stands between the markers. Write the reference answer there.")
            regions.append((begin, index))
            begin = None
        elif _is_meant_as_marker(text):
            raise MarkerError(index, f"'{text}' is no marker. Write '{BEGIN}' or '{END}', alone on its line.")
    if begin is not None:
        raise MarkerError(begin, f"'{BEGIN}' is never closed. Write '{END}' after the reference answer.")
    return regions


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _is_meant_as_marker(text: str) -> bool:
    """Return whether nbgrader would take this line for a marker, or an author meant it as one."""
    found = _MEANT.search(text)
    return bool(found) and (found.group().isupper() or not re.sub(r"\W", "", text.replace(found.group(), "")))
