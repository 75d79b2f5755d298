"""The gradebook, written beside the grading: one thread has it open, and enters results as they come."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ..exceptions import CifarTeachError
from .batch import Graded
from .gradebook import GradebookWriter
from .late import Schedule, apply

__all__ = ["GradebookThread"]


class GradebookThread:
    """Enters results into the gradebook; a context manager.

    nbgrader takes seconds to load and a database may be busy. The workers do not wait for either. Leaving it on an
    error drops what is not entered yet: the same command enters it, because every result is in the journal.

    Args:
        root, course, url: as for :class:`~cifar_teach.grading.gradebook.GradebookWriter`.
        schedule: deadlines and late policy.
    """

    def __init__(self, root: Path, course: Path, url: str, schedule: Schedule | None = None) -> None:
        self._schedule = schedule
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gradebook")
        self._opened = self._thread.submit(GradebookWriter, root, course, url)
        self._pending: list[tuple[Graded, Future]] = []
        self._failed: list[Graded] = []

    def __enter__(self) -> GradebookThread:
        return self

    def __exit__(self, kind: type[BaseException] | None, *problem: object) -> None:
        if kind is not None:
            for _, future in self._pending:
                future.cancel()
        self._thread.submit(self._close)
        self._thread.shutdown()

    def enter(self, graded: Graded) -> None:
        """Have a result entered soon.

        Raises:
            CifarTeachError: the gradebook could not be opened at all.
        """
        if self._opened.done():
            self._opened.result()
        self._pending.append((graded, self._thread.submit(self._write, graded)))
        while self._pending and self._pending[0][1].done():
            self._take()

    def finish(self) -> list[str]:
        """Wait until everything is entered, try once more what failed, and return why the rest could not be entered.

        Raises:
            CifarTeachError: the gradebook could not be opened at all.
        """
        self._opened.result()
        while self._pending:
            self._take()
        problems = []
        for graded in self._failed:
            problem = self._thread.submit(self._write, graded).exception()
            if problem is not None:
                problems.append(f"{graded.result.student}: {problem}")
        self._failed.clear()
        return problems

    def _take(self) -> None:
        graded, future = self._pending.pop(0)
        problem = future.exception()
        if isinstance(problem, CifarTeachError):
            self._failed.append(graded)  # one result, or a database that is busy: the others go on
        elif problem is not None:
            raise problem

    def _write(self, graded: Graded) -> None:
        decision = apply(graded.result, self._schedule) if self._schedule else None
        penalty = decision.penalty if decision else 0.0
        self._opened.result().write(graded.result, graded.submission.notebook, penalty=penalty)

    def _close(self) -> None:
        if self._opened.exception() is None:
            self._opened.result().close()
