"""What the search for answers in code and in text shares: the answer, and where its cell stands in the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .matching import Matching, backbone
from .records import Repair
from .studentcells import StudentCell
from .template import Slot, Template


@dataclass
class Answer:
    """The answer to one question.

    Attributes:
        source: what was written; empty when the question was not attempted.
        cells: indices of the cells that it is made of.
        needed_before: indices of the student's cells that must run before it.
        attachments: pictures in a text answer.
        repairs: how it was found, when that was not plain.
    """

    source: str = ""
    cells: set[int] = field(default_factory=set)
    needed_before: set[int] = field(default_factory=set)
    attachments: dict[str, Any] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)


class Search:
    """One notebook in which answers are looked for.

    Args:
        cells: the student's cells.
        template: the release.
        matching: which cell is which.

    Attributes:
        taken: indices of the cells that are a part of an answer already.
    """

    def __init__(self, cells: Sequence[StudentCell], template: Template, matching: Matching) -> None:
        self.cells = cells
        self.template = template
        self.matching = matching
        self.taken: set[int] = set()
        self._run = backbone(cells, matching)

    def own_cells(self, slot: Slot) -> list[StudentCell]:
        """Return the student's cells that are the cell of this question, copies included."""
        return self.matching.cells_of.get(slot.index, [])

    def is_free(self, cell: StudentCell) -> bool:
        """Say whether the student made this cell, wrote something into it, and no answer has taken it."""
        return cell.index not in self.matching.slot_of and cell.index not in self.taken and not cell.blank

    def gap(self, slot: Slot) -> tuple[int, int]:
        """Return where the cell of a question stands or stood: from behind its predecessor to its successor."""
        before = [cell.index for cell in self._run if self.matching.slot_of[cell.index].index < slot.index]
        after = [cell.index for cell in self._run if self.matching.slot_of[cell.index].index > slot.index]
        return (before[-1] + 1 if before else 0), (after[0] if after else len(self.cells))


def found_elsewhere(slot: Slot) -> Repair:
    """Return what is said when an answer did not stand in the cell of its question."""
    return Repair(
        "answer-found-elsewhere",
        f"The cell of {slot.question} is empty or gone; your answer was found in another cell and taken from there.",
        slot.question,
    )
