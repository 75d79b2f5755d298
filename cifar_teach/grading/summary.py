"""What a run of the grader says at its end: is everybody accounted for, who needs a person, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from .batch import Graded
from .class_folder import ClassFolder
from .records import Outcome
from .text import number, short

if TYPE_CHECKING:
    from .intake import Skipped
    from .roster import Person

__all__ = ["absent_in_words", "repairs_in_words", "skipped_in_words", "summary"]

SHOWN = 10
"""Lines of a list; the rest is in the overview."""


def summary(
    graded: Sequence[Graded],
    seconds: float,
    folder: ClassFolder,
    *,
    skipped: Sequence[Skipped] = (),
    absent: Sequence[Person] = (),
    feedback: bool = True,
    gradebook: bool = True,
) -> str:
    """Return the report of a run as plain text.

    Args:
        graded: every submission of the run and its result.
        seconds: how long it took, intake included.
        folder: where everything was written.
        skipped: files that belong to no hand-in.
        absent: students of the roster of whom nothing came.
        feedback: whether pages for the students were written.
        gradebook: whether there is a gradebook, in which written answers can be read.
    """
    of = {outcome: [each for each in graded if each.result.outcome is outcome] for outcome in Outcome}
    kept = sum(each.kept for each in graded)
    exercises = sorted({each.result.exercise or "unknown exercise" for each in graded})
    unchanged = f", {kept} of them unchanged since the last run" if kept else ""
    lines = [
        f"{_count(len(graded), 'hand-in')} of {', '.join(exercises)} in {_time(seconds)}{unchanged}:",
        f"  {len(of[Outcome.GRADED]):>5} graded{_points(of[Outcome.GRADED])}",
        f"  {len(of[Outcome.NEEDS_HUMAN]):>5} need a person: they have no points, not zero points",
        f"  {len(of[Outcome.GRADER_ERROR]):>5} could not be graded by a fault of the grader",
        *_to_look_at(of[Outcome.GRADED]),
        *_isolation(of[Outcome.GRADED]),
        *repairs_in_words(graded),
        *_list("Need a person", of[Outcome.NEEDS_HUMAN]),
        *_list("Faults of the grader", of[Outcome.GRADER_ERROR]),
        *skipped_in_words(skipped),
        *absent_in_words(absent),
        "",
        f"Next: open {folder.overview}",
    ]
    if of[Outcome.GRADER_ERROR]:
        lines.append("      run the same command again: what failed is tried again, the rest is kept")
    if of[Outcome.NEEDS_HUMAN]:
        lines.append("      ask those who need a person for another file, and grade it with the same --out")
    if feedback:
        lines.append(f"      hand out the pages in {folder.feedback}")
    if gradebook:
        lines.append(f"      read the written answers: cd {folder.root} && jupyter notebook, then Formgrader")
    lines.append(f"      grades: {folder.grades}; for other programs: cifar-teach export canvas {folder.root}")
    return "\n".join(lines)


def repairs_in_words(graded: Sequence[Graded]) -> list[str]:
    """Return the commonest repairs, each with an example of its line."""
    repairs = [repair for each in graded for repair in each.submission.repairs]
    counts = Counter(repair.kind for repair in repairs)
    if not counts:
        return []
    examples = {repair.kind: repair.message for repair in reversed(repairs)}
    of = {
        kind: sum(any(repair.kind == kind for repair in each.submission.repairs) for each in graded) for kind in counts
    }
    lines = [f"  {of[kind]:>5} × {kind}: {short(examples[kind], 90)}" for kind, _ in counts.most_common(5)]
    return ["", "Commonest repairs (hand-ins × what, with an example):", *lines]


def skipped_in_words(skipped: Sequence[Skipped]) -> list[str]:
    """Return which files belong to no hand-in, and why."""
    if not skipped:
        return []
    lines = [f"  {short(each.source, 80)}: {short(each.why, 120)}" for each in skipped[:SHOWN]]
    rest = [f"  … and {len(skipped) - SHOWN} more (`cifar-teach intake` lists them)"] if len(skipped) > SHOWN else []
    return ["", f"Left out, because they belong to no hand-in: {_count(len(skipped), 'file')}", *lines, *rest]


def absent_in_words(absent: Sequence[Person]) -> list[str]:
    """Return which students of the roster have handed in nothing of what was given."""
    if not absent:
        return []
    names = ", ".join(f"{short(each.name, 40)} ({each.id})" if each.name else each.id for each in absent[:SHOWN])
    more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
    return ["", f"In the roster, but without a hand-in here: {_count(len(absent), 'student')}", f"  {names}{more}"]


def _points(graded: Sequence[Graded]) -> str:
    if not graded:
        return ""
    scores = sorted(each.result.points for each in graded)
    most = max(each.result.max_points for each in graded)
    return f"; points of the checks: median {number(median(scores))} of {number(most)}, lowest {number(scores[0])}"


def _to_look_at(graded: Sequence[Graded]) -> list[str]:
    """Return what a person has to look at in hand-ins that were graded."""
    unjudged = sum(any(question.broken for question in each.result.questions) for each in graded)
    own_word = sum(any(question.own_word for question in each.result.questions) for each in graded)
    lines = []
    if unjudged:
        lines.append(
            f"  {unjudged:>5} of these have a question that could not be judged: no score until you give points"
        )
    if own_word:
        lines.append(
            f"  {own_word:>5} of these hold a model with own classes: look at the code, which could lie about it"
        )
    return lines


def _isolation(graded: Sequence[Graded]) -> list[str]:
    from .isolation import NOT_STOPPED

    levels = Counter(each.result.isolation for each in graded)
    lines = []
    for level, count in levels.most_common():
        times = f" ({count} hand-ins)" if len(levels) > 1 else ""
        lines.append(f"Students' code was locked up by: {level}{times}. What that does not stop:")
        lines += [f"  - {each}" for each in NOT_STOPPED.get(level, ())]
    return lines


def _list(title: str, graded: Sequence[Graded]) -> list[str]:
    if not graded:
        return []
    lines = [
        f"  {short(each.result.student, 30)} ({short(each.result.source, 60)}): {short(each.result.reason, 160)}"
        for each in graded[:SHOWN]
    ]
    rest = [f"  … and {len(graded) - SHOWN} more, in the overview"] if len(graded) > SHOWN else []
    return ["", f"{title}:", *lines, *rest]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
