"""Grade one submission after the other: run it in the sandbox, judge it outside, say what it got and why."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import platform
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ..checks.reading import Notebook, as_notebook
from ..environment import package_version
from . import judging
from .isolation import Found, find_isolation
from .limits import Limits
from .notices import notices
from .records import Isolation, Outcome, Result, Submission
from .remote import Interrupted, Unavailable
from .running import Run, Runner
from .sandbox import Sandbox, SandboxError, Session
from .slicing import defined, needless

RECYCLED_AFTER = 50
"""Submissions after which the process that has TensorFlow loaded is replaced by a fresh one."""
TRIES = 3
PACKAGE = Path(__file__).resolve().parents[1]
GRADED_BY = ("cifar-teach", "numpy", "scikit-learn", "keras", "tensorflow")


@dataclass(frozen=True)
class GraderSettings:
    """All that a :class:`Grader` needs; another process can build one from it.

    Attributes:
        salt: secret of the course that makes the inputs of the checks differ from the public ones; empty for those.
        releases: the folder with the exercises as they were handed out.
        limits: what a submission may use.
        isolation: the level that is wanted; None takes the best that there is.
        trust: grade without any isolation when there is none.
    """

    salt: str
    releases: Path
    limits: Limits = field(default_factory=Limits)
    isolation: Isolation | None = None
    trust: bool = False

    def build(self) -> Grader:
        """Return a grader with these settings."""
        return Grader(**{name: getattr(self, name) for name in self.__dataclass_fields__})


class Grader:
    """Grades submissions, one at a time. To be used in a ``with`` statement, which ends its processes.

    Args:
        salt, releases, limits, isolation, trust: as in :class:`GraderSettings`.

    Raises:
        SandboxError: the isolation that was asked for, or any at all, is not to be had here.
    """

    def __init__(
        self,
        *,
        salt: str,
        releases: Path,
        limits: Limits | None = None,
        isolation: Isolation | None = None,
        trust: bool = False,
    ) -> None:
        self.settings = GraderSettings(salt, Path(releases), limits or Limits(), isolation, trust)
        self.found: Found = find_isolation(isolation)
        if self.found.level is Isolation.NONE and not trust:
            raise SandboxError(self.found.refusal())
        self._sandbox: Sandbox | None = None
        self._clean: Session | None = None
        self._graded = 0

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes of this grader."""
        if self._clean is not None:
            self._clean.close()
            self._clean = None
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    @property
    def isolation(self) -> Isolation:
        """How student code is locked up."""
        return self.found.level

    def key(self, submission: Submission) -> str:
        """Return a hash of all that decides the result of a submission, hexadecimal: same key, same result."""
        limits = asdict(self.settings.limits)
        parts = [submission.notebook, submission.exercise, sorted(submission.answers), limits, versions()]
        parts += [
            _sources(),
            self._release(submission.exercise),
            hashlib.sha256(self.settings.salt.encode()).hexdigest(),
        ]
        parts += [submission.problem.message if submission.problem else "", submission.student]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _release(self, exercise: str) -> str:
        path = self.settings.releases / exercise / f"{exercise}.ipynb"
        return hashlib.sha256(path.read_bytes()).hexdigest() if exercise and path.is_file() else ""

    def grade(self, submission: Submission) -> Result:
        """Return the result of a submission.

        Nothing that a student has written makes this raise. When the grader itself fails three times, the outcome is
        GRADER_ERROR, which has no points.
        """
        began = time.monotonic()
        if submission.problem is not None or submission.notebook is None:
            reason = submission.problem.message if submission.problem else "There is no notebook to grade."
            return self._result(submission, began, Outcome.NEEDS_HUMAN, reason=reason)
        reason = ""
        for _ in range(TRIES):
            try:
                return self._graded_result(submission, began)
            except (Exception, Interrupted, Unavailable) as problem:
                reason = f"{type(problem).__name__}: {problem}"
                self.close()
        return self._result(submission, began, Outcome.GRADER_ERROR, reason=reason)

    def _graded_result(self, submission: Submission, began: float) -> Result:
        notebook = as_notebook(submission.notebook, Path(submission.source).name, submission.exercise)
        every = {question.id for question in notebook.exercise.checks}
        decided = self._run(notebook, self.settings.salt, every)
        shown: Run | None = decided
        if self.settings.salt:
            wanted = judging.needs_words(decided)
            shown = self._run(notebook, "", wanted) if wanted else None
        questions = judging.results(notebook, decided, shown, submission.answers or None)
        notes = notices(notebook, self._handed_out(notebook), decided.noticed)
        self._graded += 1
        return self._result(submission, began, Outcome.GRADED, questions=questions, notes=notes)

    def _run(self, notebook: Notebook, salt: str, wanted: set[str]) -> Run:
        what = (self._ready(), notebook, self.settings.limits, salt, wanted, self._clean_process)
        skipped = needless(notebook.code, self._handed_out(notebook))
        run = Runner(*what, skipped).run()
        # No analysis of a program is right in every case: when a name is missed, nothing is left out.
        left_out = defined(cell for cell in notebook.code if cell.number in skipped)
        return Runner(*what).run() if run.missing_names() & left_out else run

    def _handed_out(self, notebook: Notebook) -> set[str]:
        """Return the code cells of the exercise as it was handed out, but for those of the answers."""
        slug = notebook.exercise.slug
        path = self.settings.releases / slug / f"{slug}.ipynb"
        if not path.is_file():
            return set()
        answers = {question.name for question in notebook.exercise.questions}
        release = as_notebook(json.loads(path.read_text(encoding="utf-8")), path.name, slug)
        return {cell.source for cell in release.code if cell.grade_id not in answers}

    def _ready(self) -> Sandbox:
        if self._sandbox is not None and self._graded >= RECYCLED_AFTER:
            self.close()
        if self._sandbox is None:
            self._graded = 0
            self._sandbox = Sandbox(self.found.level, self.settings.limits, as_root=self.found.as_root)
        return self._sandbox

    def _clean_process(self) -> Session:
        """Return the process that looks at models; a new one when the last one has ended."""
        if self._clean is not None and self._clean.trouble:
            self._clean.close()
            self._clean = None
        if self._clean is None:
            self._clean = self._sandbox.open(clean=True)
        return self._clean

    def _result(self, submission: Submission, began: float, outcome: Outcome, **more: Any) -> Result:
        same = ("student", "exercise", "source", "digest", "name", "submitted_at", "seen_ids", "repairs")
        key = ""
        with contextlib.suppress(OSError):
            key = self.key(submission)
        return Result(
            **{name: getattr(submission, name) for name in same},
            key=key,
            outcome=outcome,
            isolation=self.isolation,
            seconds=round(time.monotonic() - began, 3),
            graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=versions(),
            **more,
        )


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that decide a result."""
    found = {name: package_version(name) for name in GRADED_BY}
    return {"python": platform.python_version()} | {name: version for name, version in found.items() if version}


@functools.cache
def _sources() -> str:
    """Return a hash of the package's own code: a changed check or message gives another result."""
    # All of it, though pages and apps change no grade. Cells of students may import any module, exercises use many of
    # them, and a list of those that matter would be wrong one day without anybody noticing. To grade again what did
    # not change costs the machine some minutes; to keep what did would cost a student points.
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()
