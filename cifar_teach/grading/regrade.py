"""Grade a class again, and show what would change before anything is written.

After a check was mended, the secret renewed or the package updated, results have other keys. The kept submissions are
graded into a journal of proposals beside the real one, which may be stopped and gone on with like any run. Only
:func:`adopt` writes, and only what :func:`changes` shows.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .class_folder import ClassFolder, release_digest
from .journal import Journal
from .records import Outcome, QuestionResult, Result, Submission
from .text import number, short

__all__ = ["Change", "adopt", "changes", "in_words", "kept_submissions"]

SHOWN = 40
"""Lines of the list of changes; ``0`` on the command line shows all."""


@dataclass(frozen=True)
class Change:
    """What another grading would change for one student and exercise.

    Attributes:
        old: the result there is; None when there is none.
        new: the result that would take its place.
        questions: (before, after) of each question whose points or state differ; before is None for a new question.
    """

    old: Result | None
    new: Result
    questions: tuple[tuple[QuestionResult | None, QuestionResult], ...] = ()

    @property
    def visible(self) -> bool:
        """True when the student would see a difference in points or outcome."""
        old = self.old
        return old is None or (old.outcome, old.points, old.max_points) != (
            self.new.outcome, self.new.points, self.new.max_points,
        ) or bool(self.questions)  # fmt: skip


def kept_submissions(folder: ClassFolder, course: Path, exercise: str = "") -> list[Submission]:
    """Return the kept submissions of a class, put into the present release where that is another one than then."""
    found = []
    for submission, release in folder.submissions(exercise):
        now = release_digest(course, submission.exercise)
        if submission.notebook is not None and now and now != release:
            submission = _moved(submission, course)
        found.append(submission)
    return found


def _moved(submission: Submission, course: Path) -> Submission:
    from .rebuild import rebuild

    path = course / "exercises" / submission.exercise / f"{submission.exercise}.ipynb"
    rebuilt = rebuild(submission.notebook, json.loads(path.read_text(encoding="utf-8")))
    return dataclasses.replace(submission, notebook=rebuilt.notebook, answers=dict(rebuilt.answers))


def changes(journal: Journal, proposed: Iterable[Result]) -> list[Change]:
    """Return what the proposed results would change, sorted by exercise and student."""
    found = []
    for new in proposed:
        old = journal.latest(new.student, new.exercise)
        if old is not None and old.key == new.key:
            continue
        before = {each.id: each for each in old.questions} if old else {}
        questions = tuple(
            (before.get(each.id), each)
            for each in new.questions
            if old is not None and _differs(before.get(each.id), each)
        )
        found.append(Change(old, new, questions))
    return sorted(found, key=lambda each: (each.new.exercise, each.new.student))


def _differs(old: QuestionResult | None, new: QuestionResult) -> bool:
    return old is None or (old.points, old.max_points, old.state) != (new.points, new.max_points, new.state)


def in_words(found: Sequence[Change], *, limit: int = SHOWN) -> str:
    """Return the changes as plain text: each that a student would see, then how many there are of what kind.

    Args:
        found: what :func:`changes` returned.
        limit: lines of the list; 0 for all.
    """
    seen = [change for change in found if change.visible]
    lines = [line for change in seen for line in _lines(change)]
    if limit and len(lines) > limit:
        lines = [*lines[:limit], f"… and {len(lines) - limit} more lines (--all shows them)"]
    pairs = [(change.old.points, change.new.points) for change in seen if change.old is not None]
    both = [(old, new) for old, new in pairs if old is not None and new is not None]
    up, down = sum(new > old for old, new in both), sum(new < old for old, new in both)
    failed = sum(change.new.outcome is Outcome.GRADER_ERROR for change in found)
    lines.append(
        f"{len(found)} graded again: {up} would get more points, {down} fewer, "
        f"{len(seen) - up - down} differ in another way, {len(found) - len(seen)} stay the same."
    )
    if failed:
        lines.append(f"{failed} could not be graded by a fault of the grader: they keep what they have.")
    return "\n".join(lines)


def _lines(change: Change) -> list[str]:
    old, new = change.old, change.new
    name = f"{short(new.student, 30)} {new.exercise or 'unknown exercise'}"
    before = "new" if old is None else _outcome(old)
    lines = [f"{name}: {before} → {_outcome(new)}"]
    for earlier, later in change.questions:
        was = "new" if earlier is None else f"{_points(earlier)} ({earlier.state})"
        told = f": {short(later.message, 90)}" if later.message else ""
        lines.append(f"    {later.id}: {was} → {_points(later)} ({later.state}){told}")
    return lines


def _outcome(result: Result) -> str:
    if result.points is None:
        return str(result.outcome)
    return f"{number(result.points)} of {number(result.max_points)}"


def _points(question: QuestionResult) -> str:
    return "by hand" if question.points is None else f"{number(question.points)}/{number(question.max_points)}"


def adopt(journal: Journal, found: Iterable[Change]) -> list[Result]:
    """Write the proposed results into the journal and return them; one that failed in the grader is left out."""
    adopted = []
    for change in found:
        if change.new.outcome is not Outcome.GRADER_ERROR:
            journal.append(change.new)
            adopted.append(change.new)
    return adopted


def forget_proposals(folder: ClassFolder) -> None:
    """Delete the journal of proposals."""
    shutil.rmtree(folder.proposed_folder, ignore_errors=True)
