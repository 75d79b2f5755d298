"""A grader that does what its submission says, in no time: to see what happens around it. Run as a program, it grades.

The name of the student says what happens, ``"slow-17"``; what has happened is noted in the folder of the settings.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.batch import OF_SUBMISSION
from cifar_teach.grading.records import Outcome, Result, Submission
from tests.grading.handmade import SLUG, result


@dataclass(frozen=True)
class SmallSettings:
    """Settings of :class:`SmallGrader`; another version means other keys."""

    folder: Path
    version: str = "1"
    seconds: float = 0.0
    version_of_workers: str = ""

    def build(self) -> SmallGrader:
        return SmallGrader(self)

    def key(self, submission: Submission) -> str:
        return hashlib.sha256(f"{self.version} {submission.digest}".encode()).hexdigest()


class SmallGrader:
    """Grades by the name of the student, and notes each try."""

    def __init__(self, settings: SmallSettings) -> None:
        self.settings = settings

    def __enter__(self) -> SmallGrader:
        if self.settings.version == "refuses":
            raise CifarTeachError("Nothing isolates the students' code here. Say --trust to grade all the same.")
        return self

    def __exit__(self, *problem: object) -> None:
        (self.settings.folder / f"closed-{os.getpid()}").touch()

    def grade(self, submission: Submission) -> Result:
        kind = submission.student.partition("-")[0]
        with (self.settings.folder / f"tries-{submission.student}").open("a") as file:
            print(os.getpid(), file=file, flush=True)
        time.sleep(self.settings.seconds)
        tries = len((self.settings.folder / f"tries-{submission.student}").read_text().splitlines())
        if kind == "dies" or (kind == "onceless" and tries < 2):
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "raises":
            raise RuntimeError("the judge has lost its gavel")
        share = int(hashlib.sha256(submission.student.encode()).hexdigest(), 16) % 5 / 4
        own = {
            "key": self.settings.key(submission) + self.settings.version_of_workers,
            "graded_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            **{name: getattr(submission, name) for name in (*OF_SUBMISSION, "exercise")},
        }
        if submission.problem:
            reason = submission.problem.message
            return Result(submission.student, outcome=Outcome.NEEDS_HUMAN, reason=reason, **own)
        return result(submission.student, share=1 - share if self.settings.version == "2" else share, **own)


def submissions(*students: str) -> list[Submission]:
    return [
        Submission(
            student=student,
            exercise=SLUG,
            source=f"{student}.ipynb",
            digest=hashlib.sha256(student.encode()).hexdigest(),
            notebook={"cells": []},
            submitted_at="2026-03-01T12:00:00+00:00",
        )
        for student in students
    ]


def main(folder: Path, count: int) -> None:
    from cifar_teach.grading.batch import grade_class
    from cifar_teach.grading.journal import Journal

    (folder / "tries").mkdir(exist_ok=True, parents=True)
    settings = SmallSettings(folder / "tries", seconds=0.02)
    names = [f"student-{number}" for number in range(count)]
    with Journal(folder / "journal") as journal:
        for graded in grade_class(submissions(*names), settings, journal, key=settings.key, workers=2):
            print(graded.submission.student, graded.kept, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
