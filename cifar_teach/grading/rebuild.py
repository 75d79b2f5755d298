"""The released notebook with a student's answers in it.

Everything but the answers is the release's: tests, points, locks, set-up, order. What the student added in cells of
their own (imports, helpers, trials) stays at its place, so that answers find what they rely on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .answers import Answer, Search
from .code_answers import CodeAnswers
from .matching import Matching, backbone, match
from .names import definitions, read_code
from .records import Repair
from .studentcells import StudentCell, student_cells
from .template import Slot, Template, key_of
from .text_answers import TextAnswers, added_text

CONFLICT = re.compile(r"^(<{7}|>{7})(?: .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Rebuilt:
    """What :func:`rebuild` makes of a notebook.

    Attributes:
        notebook: the release with the answers, nbformat 4.5, without outputs, as plain data.
        repairs: what was put right, in sentences for the student.
        answers: name of the question -> what was written; only those that were attempted.
    """

    notebook: dict[str, Any]
    repairs: tuple[Repair, ...]
    answers: dict[str, str]


@dataclass
class _Own:
    """A cell that the student made, and the index of the released cell behind which it stands."""

    place: int
    order: int
    kind: str
    source: str
    attachments: dict[str, Any] = field(default_factory=dict)


def rebuild(content: dict[str, Any], release: dict[str, Any] | Template) -> Rebuilt:
    """Put the answers of ``content`` into ``release``.

    Args:
        content: a student's notebook as plain data, of any version and in any state.
        release: the notebook that the student started from, as plain data or prepared.

    Returns:
        The new notebook. The arguments stay as they are. Never raises for what ``content`` holds.
    """
    template = release if isinstance(release, Template) else Template(release)
    cells, repairs = student_cells(content)
    matching = match(cells, template)
    search = Search(cells, template, matching)
    answers = CodeAnswers(search).find()
    answers |= TextAnswers(search).find()
    changed, own_parts, notes = _changed_cells(template, matching)
    own = [*_own_cells(cells, template, matching, answers), *own_parts]
    own.sort(key=lambda each: (each.place, each.order))
    repairs += _remarks(cells, template, matching, answers)
    repairs += notes

    built: list[dict[str, Any]] = []
    ids = {slot.id for slot in template.slots}
    for place in range(-1, len(template.slots)):
        if place >= 0:
            built.append(_released(template.slots[place], answers.get(place), changed.get(place)))
        for each in own:
            if each.place == place:
                built.append(_as_cell(each, ids))
    notebook = {key: deepcopy(value) for key, value in template.content.items() if key != "cells"}
    notebook |= {"cells": built, "nbformat": 4, "nbformat_minor": 5}
    return Rebuilt(
        notebook=notebook,
        repairs=_distinct(repairs),
        answers={
            slot.grade_id: answers[slot.index].source for slot in template.answers if answers[slot.index].source.strip()
        },
    )


def _released(slot: Slot, answer: Answer | None, changed: str | None) -> dict[str, Any]:
    cell = deepcopy(slot.raw)
    cell["source"] = slot.source
    if answer is not None and answer.source.strip():
        cell["source"] = answer.source
        if answer.attachments:
            cell["attachments"] = answer.attachments
    elif changed is not None:
        cell["source"] = changed
    if slot.kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


def _as_cell(own: _Own, ids: set[str]) -> dict[str, Any]:
    number = next(number for number in range(1, len(ids) + 2) if f"own-{number:02d}" not in ids)
    ids.add(name := f"own-{number:02d}")
    cell = {"id": name, "cell_type": own.kind, "metadata": {}, "source": own.source}
    if own.attachments:
        cell["attachments"] = own.attachments
    return cell | {"execution_count": None, "outputs": []} if own.kind == "code" else cell


def _changed_cells(template: Template, matching: Matching) -> tuple[dict[int, str], list[_Own], list[Repair]]:
    """Look at the cells of the release, answers apart, that the student changed.

    Returns index -> new text of the cells that students may change; what they wrote into cells that they may not; and
    what to tell them.
    """
    changed: dict[int, str] = {}
    own: list[_Own] = []
    repairs: list[Repair] = []
    for slot in template.slots:
        for cell in matching.cells_of.get(slot.index, ()) if not slot.is_answer else ():
            if cell.blank or key_of(cell.source) == slot.key:
                continue
            if slot.kind == "code" and not slot.locked and cell.kind == "code" and read_code(cell.source).parses:
                changed[slot.index] = cell.source
                continue
            if slot.kind != "code":
                if added := added_text(cell.source, slot.source):
                    own.append(_Own(slot.index, cell.index, "markdown", added, cell.attachments))
                continue
            added = definitions(cell.source)
            known = set(slot.source.split("\n"))
            added = "\n".join(line for line in added.split("\n") if line not in known)
            name = f"with {slot.key}" if slot.check else f"'{slot.grade_id or _first_line(slot.source)}'"
            message = f"You changed the cell {name}, which belongs to the exercise. The original was used"
            if added.strip() and read_code(added).parses:
                own.append(_Own(slot.index, cell.index, "code", added))
                message += "; the imports and functions that you wrote into it were kept"
            repairs.append(Repair("cell-restored", f"{message}.", slot.question))
    return changed, own, repairs


def _own_cells(
    cells: Sequence[StudentCell], template: Template, matching: Matching, answers: dict[int, Answer]
) -> list[_Own]:
    """Return the cells that the student made, and earlier copies of answers, each with its place in the release."""
    taken = {index for answer in answers.values() for index in answer.cells}
    early = {index: slot for slot, answer in answers.items() for index in answer.needed_before}
    in_order = {cell.index for cell in backbone(cells, matching)}
    slots = [matching.slot_of.get(cell.index) for cell in cells]
    behind = [slot.index if slot is not None and position in in_order else None for position, slot in enumerate(slots)]
    found, last_in_order, neighbour = [], -1, None
    for cell, slot in zip(cells, slots):
        if slot is not None:
            neighbour = slot.index
            last_in_order = behind[cell.index] if behind[cell.index] is not None else last_in_order
            is_copy = slot.is_answer and cell.index not in taken and not slot.is_stub(cell.source)
            if is_copy and not cell.blank:
                place = slot.index - 1 if cell.index < max(answers[slot.index].cells, default=0) else slot.index
                found.append(_Own(place, cell.index, cell.kind, cell.source, cell.attachments))
            continue
        if cell.index in taken or cell.blank:
            continue
        if cell.index in early:
            place = early[cell.index] - 1
        else:
            following = next((each.index for each in slots[cell.index + 1 :] if each is not None), len(template.slots))
            place = min(last_in_order, last_in_order if neighbour is None else neighbour, following - 1)
        found.append(_Own(place, cell.index, cell.kind, cell.source, cell.attachments))
    return found


def _remarks(
    cells: Sequence[StudentCell], template: Template, matching: Matching, answers: dict[int, Answer]
) -> list[Repair]:
    """Return what to tell the student about answers, missing cells, copies and order."""
    repairs = [repair for slot in template.answers for repair in answers[slot.index].repairs]
    gone = [slot for slot in template.slots if matching.is_gone(slot) and slot.key]
    for slot in gone:
        if slot.check:
            message = f"The cell with {slot.key} was missing; it was put back."
            repairs.append(Repair("check-restored", message, slot.question))
        elif slot.is_answer and not answers[slot.index].source:
            message = f"The cell of {slot.question} is gone, and no answer to it was found elsewhere."
            repairs.append(Repair("answer-missing", message, slot.question))
    rest = [slot for slot in gone if not slot.check and not slot.is_answer and slot.kind == "code"]
    if rest:
        which = ", ".join(f"'{slot.grade_id or _first_line(slot.source)}'" for slot in rest[:3])
        more = f" and {len(rest) - 3} more" if len(rest) > 3 else ""
        what, they = ("A code cell", "it was") if len(rest) == 1 else (f"{len(rest)} code cells", "they were")
        verb = "is" if len(rest) == 1 else "are"
        message = f"{what} of the exercise {verb} gone; {they} put back: {which}{more}."
        repairs.append(Repair("cell-restored", message))
    copies = [slot for slot in template.slots if slot.locked and len(matching.cells_of.get(slot.index, ())) > 1]
    repairs += [
        Repair(
            "extra-copy",
            f"There is an extra copy of the cell '{_first_line(slot.source)}'; it was ignored.",
            slot.question,
        )
        for slot in copies
    ]
    moved = len(matching.slot_of) - len(backbone(cells, matching)) - _surplus(matching)
    if moved > 0:
        which = "A cell of the exercise was" if moved == 1 else f"{moved} cells of the exercise were"
        repairs.append(
            Repair("cells-moved", f"{which} not at the usual place; the order of the exercise was restored.")
        )
    for slot in template.answers:
        source = answers[slot.index].source
        if slot.kind == "code" and (mark := CONFLICT.search(source)):
            line = source[: mark.start()].count("\n") + 1
            message = (
                f"Line {line} of your answer to {slot.question} is a mark of a conflict left by Git ({mark[1]}). Keep "
                "one of the two versions and delete the lines with <<<<<<<, ======= and >>>>>>>."
            )
            repairs.append(Repair("merge-conflict", message, slot.question))
    return repairs


def _surplus(matching: Matching) -> int:
    return sum(len(cells) - 1 for cells in matching.cells_of.values())


def _first_line(source: str) -> str:
    line = next((line.strip() for line in source.split("\n") if line.strip() and not line.strip().startswith("#")), "")
    return line if len(line) <= 60 else f"{line[:57]}…"


TOGETHER = {
    "answer-recognised": "The cells of {questions} had lost the hidden labels that name them; they were recognised by "
    "what they hold.",
    "answer-found-elsewhere": "The cells of {questions} are empty or gone; your answers were found in other cells and "
    "taken from there.",
    "answer-joined": "Your answers to {questions} stood in several cells each; they were joined.",
    "answer-missing": "The cells of {questions} are gone, and no answers to them were found elsewhere.",
    "several-answers": "{questions} have several cells with an answer. The last one counts.",
    "check-restored": "The cells that check {questions} were missing; they were put back.",
    "extra-copy": "There are extra copies of {count} cells of the exercise; they were ignored.",
}
"""What is said once when it concerns three cells or more."""


def _distinct(repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Return the repairs without repetitions; many of one kind become one line that names the questions."""
    found = list(dict.fromkeys(repairs))
    for kind, words in TOGETHER.items():
        alike = [repair for repair in found if repair.kind == kind]
        if len(alike) >= 3:
            questions = ", ".join(dict.fromkeys(repair.question for repair in alike))
            found[found.index(alike[0])] = Repair(kind, words.format(questions=questions, count=len(alike)))
            found = [repair for repair in found if repair not in alike]
    return tuple(found)
