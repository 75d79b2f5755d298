"""``cifar-teach grade`` from one end to the other: intake, grading, journal, gradebook, what is handed out."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import CifarTeachError
from .batch import Graded, Settings, grade_class
from .class_folder import ClassFolder
from .gradebook import default_url, manual_points
from .gradebook_thread import GradebookThread
from .journal import Journal
from .late import Schedule
from .outputs import write_outputs
from .records import Result, Submission
from .salting import KEY_FILE, CourseSecret
from .summary import summary
from .text import short

if TYPE_CHECKING:
    from .intake import Collected

__all__ = ["ClassGrading", "gradebook_url", "take_in"]

NO_GRADEBOOK = "none"
"""What --db is given to do without nbgrader."""


def gradebook_url(folder: ClassFolder, db: str) -> str:
    """Return the address of a class's gradebook: ``db``, by default the one in its folder; empty for ``"none"``."""
    return "" if db == NO_GRADEBOOK else db or default_url(folder.root)


def take_in(
    paths: Sequence[Path],
    course: Path,
    *,
    exercise: str = "",
    roster: Path | None = None,
    shard: tuple[int, int] = (0, 1),
) -> Collected:
    """Return what was handed in, and which files belong to no hand-in.

    Args:
        paths: files, folders and zips.
        course: folder of the course.
        exercise: slug or prefix, ``"ex02"``, when all belong to one; otherwise each notebook says it.
        roster: CSV of the class.
        shard: number, from 0, and count: only this part of the students, chosen by a hash of their ids.

    Raises:
        CifarTeachError: a path does not exist, there is no such exercise, or the roster cannot be read.
    """
    from ..checks.registry import get_exercise
    from .intake import collect_all
    from .roster import read_roster

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise CifarTeachError(f"There is no file or folder '{missing[0]}'. Give the zip or the folder of the hand-ins.")
    slug = get_exercise(exercise).slug if exercise else ""
    known = read_roster(roster) if roster else None
    found = collect_all(paths, releases=course / "exercises", exercise=slug, roster=known)
    number, count = shard
    own = [each for each in found.submissions if _part(each.student, count) == number]
    absent = tuple(each for each in found.absent if _part(each.id, count) == number)
    return dataclasses.replace(found, submissions=own, absent=absent)


def _part(student: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(student.encode()).digest()[:8], "big") % count


@dataclass(frozen=True)
class ClassGrading:
    """How a class is graded, and where everything is written.

    Attributes:
        folder: the folder of the class.
        course: folder of the course, with ``exercises/``.
        secret: secret of the course.
        settings: how a submission is graded.
        key: returns the hash of all that decides the result of a submission.
        workers: processes on this machine.
        dask: address of a cluster to grade on instead.
        db: SQLAlchemy URL of the gradebook; empty for the one in the folder, ``"none"`` for none.
        schedule: deadlines and late policy.
        feedback: write the pages of the students.
        book: address of the book, for links in them.
    """

    folder: ClassFolder
    course: Path
    secret: CourseSecret
    settings: Settings
    key: Callable[[Submission], str]
    workers: int = 1
    dask: str = ""
    db: str = ""
    schedule: Schedule | None = None
    feedback: bool = True
    book: str = ""

    @property
    def url(self) -> str:
        """Address of the gradebook; empty when there is none."""
        return gradebook_url(self.folder, self.db)

    def run(self, collected: Collected, started: float) -> str:
        """Grade submissions, write everything, and return the report.

        Args:
            collected: what the intake returned.
            started: ``time.monotonic()`` when the command began.
        """
        submissions, graded = collected.submissions, []
        with ExitStack() as stack:
            journal = stack.enter_context(self.folder.journal())
            for note in journal.notes:
                print(note, file=sys.stderr)
            self.folder.keep(submissions, self.course)
            salt = "" if self.secret.path == self.course / KEY_FILE else str(self.secret.path.resolve())
            self.folder.remember(course=str(self.course), db=self._without_password(), salt=salt)
            book = self.gradebook(stack)
            for each in self.grade(submissions, journal, stack):
                graded.append(each)
                if book:
                    book.enter(each)
            problems = book.finish() if book else []
            self.write({each.result.student for each in graded}, journal.results())
            self._warn_of_extensions({each.student for each in journal.results()})
        report = summary(
            graded,
            time.monotonic() - started,
            self.folder,
            skipped=collected.skipped,
            absent=collected.absent,
            feedback=self.feedback,
            gradebook=bool(self.url),
        )
        if len(graded) != len(submissions):
            raise CifarTeachError(f"{len(submissions) - len(graded)} hand-ins were not graded. Run the command again.")
        if problems:
            print(report)
            raise CifarTeachError(f"{len(problems)} results are not in the gradebook yet. {problems[0]}")
        return report

    def grade(self, submissions: Sequence[Submission], journal: Journal, stack: ExitStack) -> Iterator[Graded]:
        """Grade on this machine or the cluster, with a bar that shows how far it is."""
        executor, slots = None, 0
        if self.dask:
            from .cluster import dask_executor

            executor, slots = stack.enter_context(dask_executor(self.dask))
        where = {"workers": self.workers, "executor": executor, "slots": slots}
        run = grade_class(submissions, self.settings, journal, key=self.key, **where)
        with closing(run):
            yield from _shown(run, len(submissions))

    def gradebook(self, stack: ExitStack) -> GradebookThread | None:
        """Begin to open the gradebook; None when there is none. ``stack`` closes it."""
        if not self.url:
            return None
        return stack.enter_context(GradebookThread(self.folder.root, self.course, self.url, self.schedule))

    def write(self, students: set[str] | None, results: Iterable[Result]) -> None:
        """Write what is made from the results; the pages of these students, None for all."""
        write_outputs(
            self.folder,
            results,
            self.secret,
            schedule=self.schedule,
            manual=manual_points(self.url) if self.url else None,
            renew=students,
            feedback=self.feedback,
            book=self.book,
        )

    def _warn_of_extensions(self, known: set[str]) -> None:
        """Name the students with an extension who have handed in nothing: an id may be misspelled."""
        extended = {student for student, _ in self.schedule.extensions} if self.schedule else set()
        if extended - known:
            names = ", ".join(sorted(map(short, extended - known)))
            print(f"More time is granted to students of whom there is no hand-in: {names}.", file=sys.stderr)

    def _without_password(self) -> str:
        if not self.db or self.db == NO_GRADEBOOK:
            return self.db
        from sqlalchemy.engine import make_url

        return make_url(self.db).set(password=None).render_as_string(hide_password=False)


def _shown(graded: Iterable[Graded], total: int) -> Iterator[Graded]:
    """Yield the same, with a bar on a terminal and a line now and then elsewhere."""
    from tqdm import tqdm

    interval = 0.2 if sys.stderr.isatty() else 30
    yield from tqdm(graded, total=total, desc="Grading", unit=" hand-in", mininterval=interval, file=sys.stderr)
