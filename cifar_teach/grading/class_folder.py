"""The folder of a graded class: what lies where in it, and the submissions that are kept for grading again.

==========================  ==========================================================================
``journal/``                every result that was reached, and the rebuilt submissions; do not edit
``grades.csv``              one line for each student and exercise
``class.html``              the class on a page: distribution, hardest questions, commonest repairs
``feedback/``               a page for each student, to be handed out
``results/``                a JSON file for each student, with a signed receipt of each result
``gradebook.db``            nbgrader's gradebook
``autograded/``             the notebooks with the verdicts, for formgrader; ``submitted/`` the same without
``nbgrader_config.py``      lets nbgrader work in this folder
``deadlines.toml``          the late policy, if there is one; ``extensions.csv`` more time for some
==========================  ==========================================================================
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from ..files import replacing
from .journal import Journal
from .late import LateDecision, Schedule, apply
from .late_files import read_schedule
from .records import Result, Submission

__all__ = ["ClassFolder", "course_folder", "place_of"]

Place = tuple[str, str]
UNKNOWN = "unknown"
"""Stands for the exercise where that is not known, in names of files."""


def place_of(record: Submission | Result) -> Place:
    """Return student and exercise."""
    return record.student, record.exercise


def course_folder(given: Path | None) -> Path:
    """Return the folder of the course: the one given, this one, or the one that the package was installed from.

    Raises:
        CifarTeachError: none of them holds ``exercises/``.
    """
    here = Path(__file__).resolve().parents[2]
    for folder in [given] if given else [Path(), here]:
        if (folder / "exercises").is_dir():
            return folder.resolve()
    raise CifarTeachError(
        f"'{given or Path().resolve()}' is no course: it has no folder 'exercises'. Let --course name a copy of the "
        "repository of the course, or run the command there."
    )


class ClassFolder:
    """Where everything of a graded class lies.

    Args:
        root: the folder that ``cifar-teach grade --out`` was given.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self.journal_folder = self.root / "journal"
        self.proposed_folder = self.journal_folder / "proposed"
        self.feedback = self.root / "feedback"
        self.results = self.root / "results"
        self.grades = self.root / "grades.csv"
        self.overview = self.root / "class.html"
        self.similarity = self.root / "similar.html"
        self.deadlines = self.root / "deadlines.toml"
        self.extensions = self.root / "extensions.csv"

    def journal(self, *, read_only: bool = False) -> Journal:
        """Open the journal."""
        return Journal(self.journal_folder, read_only=read_only)

    # What is remembered for the next command

    def remember(self, **settings: str) -> None:
        """Keep with which course and gradebook this class is graded."""
        self._replace(self.journal_folder / "settings.json", {**self.remembered(), **settings})

    def remembered(self) -> dict[str, str]:
        """Return what :meth:`remember` kept; empty for a new folder."""
        try:
            return json.loads((self.journal_folder / "settings.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def schedule(self, deadlines: Path | None = None, extensions: Path | None = None) -> Schedule | None:
        """Return deadlines and late policy: those given, which are kept here, or those kept before; None without any.

        Raises:
            CifarTeachError: the files say something that cannot be meant.
        """
        if extensions and not (deadlines or self.deadlines.is_file()):
            raise CifarTeachError("--extensions needs deadlines to extend: give them with --late.")
        if deadlines or extensions:  # read first, so that nothing wrong is kept
            more = extensions or (self.extensions if self.extensions.is_file() else None)
            read_schedule(deadlines or self.deadlines, more)
        for source, target in ((deadlines, self.deadlines), (extensions, self.extensions)):
            if source and source.resolve() != target.resolve():
                with replacing(target) as draft:
                    shutil.copyfile(source, draft)
        if not self.deadlines.is_file():
            return None
        return read_schedule(self.deadlines, self.extensions if self.extensions.is_file() else None)

    # The submissions

    def keep(self, submissions: Iterable[Submission], course: Path) -> None:
        """Keep submissions, so that they can be graded again without the files of the students."""
        for each in submissions:
            path = self._kept(*place_of(each))
            record = {"release": release_digest(course, each.exercise), "submission": each.to_dict()}
            self._replace(path, record)

    def submission(self, student: str, exercise: str) -> tuple[Submission, str] | None:
        """Return a kept submission and the digest of the release that it was rebuilt from, or None."""
        try:
            record = json.loads(self._kept(student, exercise).read_text(encoding="utf-8"))
            return Submission.from_dict(record["submission"]), record["release"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def submissions(self, exercise: str = "") -> Iterator[tuple[Submission, str]]:
        """Yield the kept submissions and the digests of their releases, sorted by student and exercise."""
        for path in sorted((self.journal_folder / "submissions").glob(f"*/{exercise or '*'}.json")):
            found = self.submission(path.parent.name, "" if path.stem == UNKNOWN else path.stem)
            if found:
                yield found

    def _kept(self, student: str, exercise: str) -> Path:
        return self.journal_folder / "submissions" / student / f"{exercise or UNKNOWN}.json"

    def _replace(self, path: Path, record: Any) -> None:
        text = json.dumps(record, sort_keys=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            with replacing(path) as draft:
                draft.write_text(text, encoding="utf-8")


def release_digest(course: Path, exercise: str) -> str:
    """Return the SHA-256 of a release; empty when there is none."""
    try:
        return hashlib.sha256((course / "exercises" / exercise / f"{exercise}.ipynb").read_bytes()).hexdigest()
    except OSError:
        return ""


def decisions_of(results: Iterable[Result], schedule: Schedule | None) -> dict[Place, LateDecision] | None:
    """Return what being late means for each result; None when lateness does not count."""
    if schedule is None:
        return None
    return {place_of(each): apply(each, schedule) for each in results}
