"""Finds the answers in words, which a person reads."""

from __future__ import annotations

from .answers import Answer, Search, found_elsewhere
from .records import Repair
from .studentcells import StudentCell
from .template import TEXT_STUB, Slot


class TextAnswers:
    """Finds the text for each question that is answered in words.

    Args:
        search: the notebook; the answers in code must have been found in it before.
    """

    def __init__(self, search: Search) -> None:
        self._search = search

    def find(self) -> dict[int, Answer]:
        """Return index of the release's answer cell -> answer, for every question that is answered in words."""
        return {slot.index: self._text(slot) for slot in self._search.template.answers if slot.kind != "code"}

    def _text(self, slot: Slot) -> Answer:
        answer = Answer()
        copies = self._search.own_cells(slot)
        own = [cell for cell in copies if not slot.is_stub(cell.source)]
        # A student who leaves the empty cell as it is writes below or above it.
        start, end = self._search.gap(slot)
        near = [cell for cell in self._search.cells[start:end] if cell.kind != "code" and self._search.is_free(cell)]
        if own:
            near = [cell for cell in near if cell.index > own[-1].index]
        elif not near:
            near = self._beside_neighbours(slot) or self._longest_text(slot)
        if own:
            if len(own) > 1:
                message = f"{slot.question} has {len(own)} cells with an answer. The last one counts."
                answer.repairs.append(Repair("several-answers", message, slot.question))
        parts = [*own[-1:], *near]
        if parts:
            answer.cells = {cell.index for cell in parts}
            self._search.taken |= answer.cells
            answer.source = "\n\n".join(cell.source.replace(TEXT_STUB, "").strip() for cell in parts)
            for cell in parts:
                answer.attachments |= cell.attachments
            if near and own:
                message = f"The text cells below your answer to {slot.question} were read as a part of it."
                answer.repairs.append(Repair("answer-joined", message, slot.question))
            elif near:
                answer.repairs.append(found_elsewhere(slot))
            if own and own[-1].kind == "code":
                message = f"Your answer to {slot.question} stood in a code cell. It was read as text and not run."
                answer.repairs.append(Repair("cell-retyped", message, slot.question))
            return answer
        if added := self._written_into_the_question(slot):
            answer.source = added
            answer.repairs.append(found_elsewhere(slot))
        return answer

    def _beside_neighbours(self, slot: Slot) -> list[StudentCell]:
        """Return the student's text cells next to the question's neighbours, for a notebook in another order."""
        for cell in self._search.cells:
            home = self._search.matching.slot_of.get(cell.index)
            if home is not None and home.index in (slot.index - 1, slot.index + 1):
                for step in (1, -1):
                    position = cell.index + step
                    if 0 <= position < len(self._search.cells):
                        beside = self._search.cells[position]
                        if beside.kind != "code" and self._search.is_free(beside):
                            return [beside]
        return []

    def _longest_text(self, slot: Slot) -> list[StudentCell]:
        """Return the student's longest text cell, when nothing tells where the answer stood; a person reads it."""
        free = [cell for cell in self._search.cells if cell.kind != "code" and self._search.is_free(cell)]
        if not free or not self._search.matching.is_gone(slot):
            return []
        return [max(free, key=lambda cell: len(cell.source))]

    def _written_into_the_question(self, slot: Slot) -> str:
        """Return the lines that a student added to the text cell right before or behind the empty answer."""
        for near in (slot.index - 1, slot.index + 1):
            neighbour = self._search.template.slots[near] if 0 <= near < len(self._search.template.slots) else None
            if neighbour is not None and neighbour.kind == "markdown" and not neighbour.is_answer:
                for cell in reversed(self._search.matching.cells_of.get(near, ())):
                    if added := added_text(cell.source, neighbour.source):
                        return added
        return ""


def added_text(source: str, released: str) -> str:
    """Return the lines of a text cell that are not in the released one."""
    known = {line.strip() for line in released.split("\n")}
    return "\n".join(line for line in source.split("\n") if line.strip() not in known).strip()
