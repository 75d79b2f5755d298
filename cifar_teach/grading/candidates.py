"""One file of a hand-in: opened, decoded, recognised and rebuilt, or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .decoding import AGAIN, decode
from .identity import shown
from .opening import Found, UnreadableError
from .rebuild import Rebuilt, rebuild
from .recognition import fits, looks_like
from .records import Repair
from .slimming import Slimmed
from .studentcells import StudentCell, student_cells
from .template import Template

MANY_BYTES = 20_000_000
"""Outputs of this size are worth a word to the student."""


@dataclass
class Candidate:
    """One notebook of a hand-in, looked at."""

    found: Found
    slimmed: Slimmed | None
    exercise: str
    rebuilt: Rebuilt | None
    repairs: tuple[Repair, ...]
    problem: Repair | None

    @property
    def rank(self) -> tuple:
        """Greater for the one that is more likely meant, being gradable, attempted, newer, more answers."""
        answers = len(self.rebuilt.answers) if self.rebuilt else 0
        gradable = self.problem is None
        return gradable, self.found.is_notebook, answers > 0, int(self.found.modified // 60), answers, self.found.parts


def look(found: Found, wanted: str, templates: Mapping[str, Template]) -> Candidate:
    """Open, decode and rebuild one file; never raises for what it holds."""
    try:
        return _look(found, wanted, templates)
    except Exception as fault:  # a fault of ours must not end the grading of the class, nor count as a zero
        message = (
            f"'{shown(found.name)}' could not be prepared for grading because of a fault of the grader, which is not "
            f"yours. Your instructor is told: {type(fault).__name__}: {shown(str(fault), 200)}."
        )
        return Candidate(found, None, wanted, None, (), Repair("grader-fault", message))


def _look(found: Found, wanted: str, templates: Mapping[str, Template]) -> Candidate:
    try:
        slimmed = found.read()
    except UnreadableError as problem:
        message = f"'{shown(found.name)}' was not opened: {problem}. {AGAIN}"
        return Candidate(found, None, wanted, None, (), Repair("file-refused", message))
    if slimmed.too_large:
        message = (
            f"'{shown(found.name)}' has {slimmed.size / 1e6:,.0f} MB, which is too much even without its outputs. In "
            f"the notebook choose Edit → Clear all outputs, remove data and pictures from the cells, and save. {AGAIN}"
        )
        return Candidate(found, slimmed, wanted, None, (), Repair("file-too-large", message))
    decoded = decode(slimmed.data, shown(found.name))
    if decoded.content is None:
        return Candidate(found, slimmed, wanted, None, decoded.repairs, decoded.problem)
    cells, _ = student_cells(decoded.content)
    score = fits(cells, decoded.content, templates)
    slug = looks_like(score, wanted)
    repairs = [*decoded.repairs]
    if found.tricky:
        message = (
            "Its path in the archive is unusual: it points elsewhere or hides characters. Only the file was taken."
        )
        repairs.append(Repair("odd-name", message))
    if slimmed.dropped > MANY_BYTES:
        message = f"Outputs of {slimmed.dropped / 1e6:,.0f} MB were left out; clear them before you hand in."
        repairs.append(Repair("outputs-left-out", message))
    if not slug or (wanted and slug != wanted):
        return Candidate(found, slimmed, wanted, None, tuple(repairs), _wrong(found, slug, wanted, cells))
    rebuilt = rebuild(decoded.content, templates[slug])
    damage = next((repair for repair in repairs if repair.kind == "file-damaged"), None)
    if damage and not rebuilt.answers:
        # Nothing that was written has survived: a zero would be for the damage, not for the student.
        return Candidate(found, slimmed, slug, None, tuple(repairs), damage)
    return Candidate(found, slimmed, slug, rebuilt, (*repairs, *rebuilt.repairs), None)


def nothing_in(files: Sequence[Found]) -> Candidate:
    """Return what stands for a hand-in without a notebook: it says what there is instead."""
    names = [f"'{shown(found.name, 60)}'" + (f" ({found.refused})" if found.refused else "") for found in files]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    message = f"There is no notebook in what was handed in, only {', '.join(names[:4])}{more}. {AGAIN}"
    return Candidate(files[0], None, "", None, (), Repair("no-notebook", message))


def _wrong(found: Found, slug: str, wanted: str, cells: Sequence[StudentCell]) -> Repair:
    name = shown(found.name)
    if slug:
        message = f"'{name}' looks like {slug}, but {wanted} was asked for. Hand in the notebook of {wanted}."
        return Repair("wrong-exercise", message)
    asked = f"of {wanted}" if wanted else "of any exercise of the course"
    if not any(not cell.blank for cell in cells):
        return Repair("empty-notebook", f"'{name}' is a notebook without anything in it. {AGAIN}")
    return Repair(
        "unknown-notebook",
        f"Nothing {asked} was found in '{name}'. Was another notebook handed in by mistake? {AGAIN}",
    )
