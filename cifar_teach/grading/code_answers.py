"""Finds the answers in code, wherever they stand in a student's notebook.

The cell of the question comes first. When it is empty, gone or incomplete, the names that the question asks for are
looked for in all other cells, and at last what stands at its place is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from .answers import Answer, Search, found_elsewhere
from .matching import code_of
from .names import as_python, definitions, parse, read_code
from .records import Repair
from .studentcells import StudentCell
from .template import Slot, key_of


@dataclass
class Piece:
    """A cell, or several that belong together because one cell was split, as text of the kind that is needed."""

    cells: tuple[StudentCell, ...]
    source: str
    whole: bool = True
    """False for a part of a cell that belongs to something else and stays there."""

    @property
    def index(self) -> int:
        """Place of its first cell."""
        return self.cells[0].index


class CodeAnswers:
    """Finds the code for each question.

    Args:
        search: the notebook.
    """

    def __init__(self, search: Search) -> None:
        self._search = search

    def find(self) -> dict[int, Answer]:
        """Return index of the release's answer cell -> answer, for every question that is answered in code."""
        slots = [slot for slot in self._search.template.answers if slot.kind == "code"]
        found = {slot.index: self._code(slot) for slot in slots}
        for slot in slots:
            if not found[slot.index].source:
                found[slot.index] = self._by_place(slot, found[slot.index])
        return found

    def _code(self, slot: Slot) -> Answer:
        answer = Answer()
        own = [piece for piece in self._own_pieces(slot) if not slot.is_stub(piece.source)]
        chosen = self._of_own(slot, own)
        missing = slot.needs - self._newly_defined(slot, chosen)
        elsewhere = self._elsewhere(slot, missing) if missing else []
        if not chosen and not elsewhere:
            return answer
        if elsewhere and not self._newly_defined(slot, chosen):
            # What stands in the question's own cell defines nothing that is asked for: it may still be a helper.
            answer.repairs.append(found_elsewhere(slot) if len(elsewhere) == 1 else _joined(slot, "stood in several"))
        elif elsewhere:
            answer.repairs.append(_joined(slot, "stood in several"))
        pieces = sorted(
            [*chosen, *elsewhere], key=lambda piece: (self._would_undo(slot, piece, elsewhere), piece.index)
        )
        answer.source = "\n\n".join(piece.source.strip("\n") for piece in pieces)
        answer.cells = {cell.index for piece in pieces if piece.whole for cell in piece.cells}
        self._search.taken |= answer.cells
        if elsewhere:
            answer.needed_before = self._helpers_of(answer.source, answer.cells)
        answer.repairs += self._remarks(slot, own, pieces)
        return answer

    def _own_pieces(self, slot: Slot) -> list[Piece]:
        """Return the cells of the question, the parts of a split one joined."""
        pieces, used = [], set()
        for cell in self._search.own_cells(slot):
            if cell.index in used:
                continue
            parts, source = [cell], code_of(cell)
            for following in self._search.cells[cell.index + 1 : cell.index + 6]:
                if following.blank:
                    continue
                free = self._search.matching.slot_of.get(following.index, slot) is slot and following.kind == "code"
                if not free or not _continues(source, following.source):
                    break
                parts.append(following)
                source = source.rstrip("\n") + "\n" + following.source
            used |= {part.index for part in parts}
            pieces.append(Piece(tuple(parts), source))
        return pieces

    def _of_own(self, slot: Slot, own: list[Piece]) -> list[Piece]:
        """Choose among the copies of a question's cell: what "Run all" would leave defined."""
        if not own:
            return []
        complete = [piece for piece in own if slot.new_definitions(piece.source) == slot.needs]
        if complete and slot.needs:
            later = [piece for piece in own if piece.index > complete[-1].index and slot.new_definitions(piece.source)]
            return [complete[-1], *later]
        defining = [piece for piece in own if slot.new_definitions(piece.source)]
        if not slot.needs or not defining:
            return own[-1:]
        last_for = {name: piece for piece in defining for name in slot.new_definitions(piece.source)}
        return [piece for piece in defining if any(piece is each for each in last_for.values())]

    def _elsewhere(self, slot: Slot, missing: frozenset[str]) -> list[Piece]:
        """Return the last cells of others, or of nobody, that define the missing names."""
        last_for: dict[str, Piece] = {}
        for cell in self._search.cells:
            home = self._search.matching.slot_of.get(cell.index)
            if home is slot or cell.blank:
                continue
            if home is not None and (key_of(cell.source) == home.key or (home.is_answer and home.is_stub(cell.source))):
                continue
            source = code_of(cell)
            if cell.kind != "code" and not read_code(source).parses:
                continue
            names = slot.new_definitions(source) & missing
            if not names:
                continue
            is_free = home is None and cell.index not in self._search.taken
            part = source if is_free else definitions(source, slot.needs)
            last_for |= dict.fromkeys(names, Piece((cell,), part, is_free))
        distinct = {piece.index: piece for piece in last_for.values() if piece.source}
        return [distinct[index] for index in sorted(distinct)]

    def _newly_defined(self, slot: Slot, pieces: list[Piece]) -> frozenset[str]:
        return frozenset().union(*(slot.new_definitions(piece.source) for piece in pieces))

    def _would_undo(self, slot: Slot, piece: Piece, others: list[Piece]) -> bool:
        """Say whether ``piece`` holds the empty version of what one of ``others`` defines; it must then come first."""
        empty = set(read_code(piece.source).defined) & slot.needs - slot.new_definitions(piece.source)
        return not any(empty & slot.new_definitions(each.source) for each in others if each is not piece)

    def _helpers_of(self, source: str, taken: set[int]) -> set[int]:
        """Return the student's own cells that define what an answer from another place uses."""
        own = {
            cell.index: read_code(cell.source)
            for cell in self._search.cells
            if cell.kind == "code" and cell.index not in self._search.matching.slot_of and cell.index not in taken
        }
        wanted, found = set(read_code(source).used), set()
        while True:
            new = {
                index
                for index, code in own.items()
                if index not in found and code.parses and wanted & set(code.defined) and index not in self._search.taken
            }
            if not new:
                return found
            found |= new
            wanted = set().union(*(own[index].used for index in new))

    def _remarks(self, slot: Slot, own: list[Piece], pieces: list[Piece]) -> list[Repair]:
        remarks = []
        if any(len(piece.cells) > 1 for piece in pieces):
            remarks.append(_joined(slot, "was split into several"))
        if len(own) > 1 and len(pieces) < len(own):
            remarks.append(
                Repair(
                    "several-answers",
                    f"{slot.question} has {len(own)} cells with an answer. The last one counts; the others are run "
                    "before it.",
                    slot.question,
                )
            )
        marked = [
            cell
            for piece in pieces
            for cell in piece.cells
            if self._search.matching.how.get(cell.index) in ("names", "similar")
        ]
        if marked and not remarks:
            remarks.append(
                Repair(
                    "answer-recognised",
                    f"The cell of {slot.question} had lost the hidden label that names it; it was recognised by what "
                    "it holds.",
                    slot.question,
                )
            )
        if any(cell.kind != "code" for piece in pieces for cell in piece.cells):
            remarks.append(
                Repair(
                    "cell-retyped",
                    f"Your answer to {slot.question} stood in a text cell, where it is not run. It was read as code.",
                    slot.question,
                )
            )
        return remarks

    def _by_place(self, slot: Slot, answer: Answer) -> Answer:
        """Take the code that stands where the cell of a question was, when that cell is gone."""
        if not self._search.matching.is_gone(slot):
            return answer
        gap = self._search.gap(slot)
        gone = [
            each
            for each in self._search.template.answers
            if each.kind == "code" and self._search.matching.is_gone(each) and self._search.gap(each) == gap
        ]
        taken = [
            cell
            for cell in self._search.cells[gap[0] : gap[1]]
            if cell.kind == "code"
            and self._search.is_free(cell)
            and (code := read_code(cell.source))
            and (code.defined or not code.parses)
        ]
        if len(gone) != 1 or not taken:
            return answer
        answer.source = "\n\n".join(cell.source.strip("\n") for cell in taken)
        answer.cells = {cell.index for cell in taken}
        self._search.taken |= answer.cells
        message = f"The cell of {slot.question} is gone; the code that stands at its place was taken as the answer."
        answer.repairs.append(Repair("answer-by-place", message, slot.question))
        return answer


def _joined(slot: Slot, how: str) -> Repair:
    message = f"Your answer to {slot.question} {how} cells; they were joined."
    return Repair("answer-joined", message, slot.question)


def _continues(source: str, following: str) -> bool:
    """Say whether ``following`` is the second half of a cell that was cut in two."""
    first_line = next((line for line in following.split("\n") if line.strip()), "")
    python = as_python(source.rstrip("\n") + "\n" + following)
    if python is None or parse(python) is None:
        return False
    return first_line[:1].isspace() or not read_code(following).parses or not read_code(source).parses
