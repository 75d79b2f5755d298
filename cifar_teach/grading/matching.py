"""Which cell of the release each cell of a student is, whatever has become of its marks.

In this order: nbgrader's name, the cell's id, the same text, the names that the code defines, a similar text between
the same neighbours. What is left was made by the student.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .names import called_checks, code_in_text, read_code
from .studentcells import StudentCell
from .template import Slot, Template, key_of

SIMILAR = 0.6
MAX_COMPARED = 4_000
"""Characters of a cell that are compared; more would take time without telling more."""
MAX_COMPARISONS = 400
MAX_COPIES = 8
"""A mark that more cells carry than this says nothing."""


@dataclass
class Matching:
    """The result.

    Attributes:
        slot_of: index of a student's cell -> the cell of the release that it is.
        cells_of: index of a cell of the release -> the student's cells that are it, in the order of the notebook.
        how: index of a student's cell -> what it was recognised by.
    """

    slot_of: dict[int, Slot] = field(default_factory=dict)
    cells_of: dict[int, list[StudentCell]] = field(default_factory=dict)
    how: dict[int, str] = field(default_factory=dict)

    def add(self, cell: StudentCell, slot: Slot, how: str) -> None:
        """Note that ``cell`` is ``slot``."""
        self.slot_of[cell.index] = slot
        self.how[cell.index] = how
        self.cells_of.setdefault(slot.index, []).append(cell)
        self.cells_of[slot.index].sort(key=lambda each: each.index)

    def remove(self, cell: StudentCell) -> None:
        """Take that back."""
        slot = self.slot_of.pop(cell.index)
        self.how.pop(cell.index)
        self.cells_of[slot.index].remove(cell)
        if not self.cells_of[slot.index]:
            del self.cells_of[slot.index]

    def is_gone(self, slot: Slot) -> bool:
        """True when no cell of the student is ``slot``."""
        return slot.index not in self.cells_of


def match(cells: Sequence[StudentCell], template: Template) -> Matching:
    """Find the cell of the release that each cell of a student is."""
    matching = Matching()
    _by_marks(cells, template, matching)
    _by_text(cells, template, matching)
    _correct_by_names(cells, template, matching)
    _by_names(cells, template, matching)
    _by_similarity(cells, template, matching)
    return matching


def backbone(cells: Iterable[StudentCell], matching: Matching) -> list[StudentCell]:
    """Return the longest run of recognised cells that stand in the order of the release; the others were moved."""
    known = [cell for cell in cells if cell.index in matching.slot_of]
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for position, cell in enumerate(known):
        value = matching.slot_of[cell.index].index
        place = bisect_left(tails, value)
        before.append(last[place - 1] if place else -1)
        tails[place : place + 1] = [value]
        last[place : place + 1] = [position]
    run, position = [], last[-1] if last else -1
    while position >= 0:
        run.append(known[position])
        position = before[position]
    return run[::-1]


def code_of(cell: StudentCell) -> str:
    """Return the code of a cell, also of one that was turned into text."""
    return cell.source if cell.kind == "code" else code_in_text(cell.source)


def _by_marks(cells: Sequence[StudentCell], template: Template, matching: Matching) -> None:
    names = Counter(cell.grade_id for cell in cells)
    used = Counter(each for cell in cells for each in set(cell.ids))
    for cell in cells:
        ids = [each for each in cell.ids if each in template.by_id and used[each] <= MAX_COPIES]
        by_id = template.by_id[ids[0]] if ids else None
        if (slot := template.by_grade_id.get(cell.grade_id)) and names[cell.grade_id] <= MAX_COPIES:
            matching.add(cell, slot, "grade_id")
        elif by_id is not None and (by_id.is_answer or by_id.locked or by_id.kind == cell.kind):
            matching.add(cell, by_id, "id")


def _by_text(cells: Sequence[StudentCell], template: Template, matching: Matching) -> None:
    for cell in cells:
        if cell.index in matching.slot_of or cell.blank:
            continue
        same = template.by_key.get(key_of(cell.source), [])
        free = [slot for slot in same if matching.is_gone(slot)]
        called = called_checks(cell.source) if cell.kind == "code" and len(cell.source) < 80 else []
        if free:
            matching.add(cell, free[0], "text")
        elif same and (same[0].locked or same[0].is_answer):
            matching.add(cell, same[0], "text")
        elif (
            len(called) == 1
            and (slot := template.by_check.get(called[0]))
            and cell.source.lstrip().startswith("check(")
        ):
            matching.add(cell, slot, "text")


def _correct_by_names(cells: Sequence[StudentCell], template: Template, matching: Matching) -> None:
    """Give a cell that carries the mark of one question or check, but answers another question, to that question."""
    for cell in cells:
        slot = matching.slot_of.get(cell.index)
        if slot is None or cell.blank or slot.key in key_of(cell.source):
            continue
        if slot.is_answer and slot.kind == "code" and (not slot.needs or slot.is_stub(cell.source)):
            continue
        if slot.is_answer and slot.kind != "code" and cell.kind != "code":
            continue
        if not slot.is_answer and (slot.kind != "code" or not slot.locked):
            continue
        defined = set(read_code(code_of(cell)).defined)
        other = next((template.by_need[name] for name in sorted(defined) if name in template.by_need), None)
        if other is not None and not slot.needs & defined and other is not slot:
            matching.remove(cell)
            matching.add(cell, other, "names")


def _by_names(cells: Sequence[StudentCell], template: Template, matching: Matching) -> None:
    """Recognise the cell of a question, when it is gone, by all the names that it must define."""
    for slot in template.answers:
        if slot.kind == "code" and slot.needs and matching.is_gone(slot):
            free = (cell for cell in cells if cell.kind == "code" and cell.index not in matching.slot_of)
            for cell in [cell for cell in free if slot.needs <= set(read_code(cell.source).defined)]:
                matching.add(cell, slot, "names")


def _by_similarity(cells: Sequence[StudentCell], template: Template, matching: Matching) -> None:
    compared = 0
    run = backbone(cells, matching)
    borders = [(-1, -1), *((cell.index, matching.slot_of[cell.index].index) for cell in run)]
    borders.append((len(cells), len(template.slots)))
    for (cell_before, slot_before), (cell_after, slot_after) in pairwise(borders):
        slots = [slot for slot in template.slots[slot_before + 1 : slot_after] if matching.is_gone(slot)]
        if not slots:
            continue
        for cell in cells[cell_before + 1 : cell_after]:
            if cell.index in matching.slot_of or cell.blank:
                continue
            best, ratio = None, SIMILAR
            for slot in slots:
                if not matching.is_gone(slot) or slot.kind != cell.kind or compared > MAX_COMPARISONS:
                    continue
                compared += 1
                found = similarity(cell.source, slot.source, ratio)
                if found > ratio:
                    best, ratio = slot, found
            if best is not None:
                matching.add(cell, best, "similar")


def similarity(one: str, other: str, at_least: float = 0.0) -> float:
    """Return how alike two texts are, 0 to 1; 0 when it is surely below ``at_least``."""
    one, other = one[:MAX_COMPARED], other[:MAX_COMPARED]
    if not one or not other or 2 * min(len(one), len(other)) / (len(one) + len(other)) < at_least:
        return 0.0
    # Lines first: comparing thousands of characters with each other takes long.
    lines = difflib.SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False).ratio()
    if lines > at_least or len(one) + len(other) > 1_600:
        return lines
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= at_least else 0.0
