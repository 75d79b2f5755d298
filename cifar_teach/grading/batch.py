"""Grade a class: every submission once, on several processes or a cluster, each result into the journal first.

A run may be stopped at any moment, by Ctrl-C or a power cut. The same call then goes on with what is not in the journal
yet. What has a result with the same key is not graded again. A worker that dies costs its submission another try; after
three it is a failure of the grader, never a zero.
"""

from __future__ import annotations

import atexit
import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from ..exceptions import CifarTeachError
from .journal import Journal
from .lanes import Lanes
from .records import Outcome, Result, Submission

__all__ = ["Graded", "Settings", "close_graders", "grade_class"]

TRIES = 3
"""How often a submission is begun before it is a failure of the grader."""
OF_SUBMISSION = ("source", "digest", "name", "submitted_at", "seen_ids", "repairs")
"""What a result repeats from its submission; it may change while the key stays, as when a student hands in again."""


class Settings(Protocol):
    """How to grade, such as :class:`~cifar_teach.grading.grader.GraderSettings`. It is sent to the workers."""

    def build(self) -> Any:
        """Return a grader, a context manager with ``grade(submission) -> Result``."""


@dataclass(frozen=True)
class Graded:
    """One submission and its result; ``kept`` when it was in the journal already."""

    submission: Submission
    result: Result
    kept: bool = False


def grade_class(
    submissions: Sequence[Submission],
    settings: Settings,
    journal: Journal,
    *,
    key: Callable[[Submission], str],
    workers: int = 1,
    executor: Executor | None = None,
    slots: int = 0,
) -> Iterator[Graded]:
    """Grade submissions and yield each as soon as its result is in the journal, the kept ones first.

    Args:
        submissions: at most one for each student and exercise.
        settings: how to grade.
        key: returns the hash of all that decides the result of a submission, as a grader does.
        journal: open for writing. A result is in it before it is yielded.
        workers: processes on this machine, each with a grader of its own; not used with an executor.
        executor: where to grade instead. It must stay usable when one task fails.
        slots: how many submissions the executor gets at a time; by default as many as it says it has workers.

    Raises:
        CifarTeachError: nothing can be graded like this: no isolation, a full disk, an executor that has ended, workers
            with another version of the course. What is in the journal stays there.
    """
    due: deque[tuple[Submission, str]] = deque()
    for submission in submissions:
        own = key(submission)
        known = journal.find(submission.student, submission.exercise, own)
        if known is None:
            due.append((submission, own))
            continue
        current = dataclasses.replace(known, **{name: getattr(submission, name) for name in OF_SUBMISSION})
        if current != known or journal.key_of(submission.student, submission.exercise) != own:
            journal.append(current)
        yield Graded(submission, current, kept=True)
    if due and executor is not None:
        yield from _run(due, settings, journal, executor, slots or getattr(executor, "_max_workers", 1))
    elif due:
        lanes = Lanes(max(1, min(workers, len(due))))
        try:
            yield from _run(due, settings, journal, lanes, lanes.slots)
        except BaseException:
            lanes.shutdown(cancel_futures=True)
            raise
        lanes.shutdown()


def _run(
    due: deque[tuple[Submission, str]], settings: Settings, journal: Journal, executor: Executor, slots: int
) -> Iterator[Graded]:
    """Keep ``slots`` submissions under way; a failed one goes to the end of the queue."""
    running: dict[Future, tuple[Submission, str]] = {}
    tries: dict[int, int] = {}
    try:
        while due or running:
            while due and len(running) < slots:
                submission, key = due.popleft()
                running[_submit(executor, settings, submission)] = (submission, key)
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                submission, key = running[future]
                result = _result_of(future, executor)
                if isinstance(result, Result) and result.key != key:
                    raise CifarTeachError(
                        "A worker grades with another version of the course than this one, or with other exercises. "
                        "Install the same version there and start the workers again."
                    )
                if not isinstance(result, Result):
                    tries[id(submission)] = tries.get(id(submission), 0) + 1
                    if tries[id(submission)] < TRIES:
                        del running[future]
                        due.append((submission, key))
                        continue
                    result = _gave_up(submission, key, result)
                journal.append(result)
                del running[future]
                yield Graded(submission, result)
    finally:
        # Ctrl-C, a full disk, or a caller who has seen enough: what is finished by now is kept.
        for future, (_, key) in running.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                if future.result().key == key:
                    journal.append(future.result())
            future.cancel()


def _submit(executor: Executor, settings: Settings, submission: Submission) -> Future:
    try:
        return executor.submit(grade_one, settings, submission)
    except (BrokenExecutor, RuntimeError) as problem:
        raise _ended(problem) from problem


def _result_of(future: Future, executor: Executor) -> Result | str:
    """Return the result, or why there is none."""
    try:
        return future.result()
    except CifarTeachError:
        raise
    except BrokenProcessPool as problem:
        if not isinstance(executor, Lanes):  # a pool of somebody else cannot be repaired from here
            raise _ended(problem) from problem
        return "The process that graded it died, as when the machine runs out of memory."
    except (BrokenExecutor, CancelledError) as problem:
        raise _ended(problem) from problem
    except Exception as problem:  # whatever it is, it is no fault of the student, and the others go on
        return f"The grader stopped with {type(problem).__name__}: {problem}"[:500]


def _ended(problem: BaseException) -> CifarTeachError:
    return CifarTeachError(
        f"The workers have ended ({str(problem)[:200] or type(problem).__name__}). Start them again and run the same "
        "command: it goes on where it stopped."
    )


def _gave_up(submission: Submission, key: str, reason: str) -> Result:
    return Result(
        student=submission.student,
        exercise=submission.exercise,
        key=key,
        outcome=Outcome.GRADER_ERROR,
        reason=f"{reason} It was tried {TRIES} times. This is no fault of the student, and no zero.",
        **{name: getattr(submission, name) for name in OF_SUBMISSION},
    )


# In the worker. A grader holds a process with TensorFlow, so it is made once and kept.

_held: dict[int, tuple[Settings, Any, ExitStack]] = {}
_guard = threading.Lock()


def grade_one(settings: Settings, submission: Submission) -> Result:
    """Grade one submission with the grader of this thread, which is made when it is needed first."""
    thread = threading.get_ident()
    with _guard:
        held = _held.get(thread)
        if held is not None and held[0] != settings:
            del _held[thread]
            held[2].close()
            held = None
    if held is None:
        stack = ExitStack()
        held = (settings, stack.enter_context(settings.build()), stack)
        with _guard:
            _held[thread] = held
    return held[1].grade(submission)


def close_graders() -> None:
    """End the graders of this process."""
    with _guard:
        stacks = [stack for _, _, stack in _held.values()]
        _held.clear()
    for stack in stacks:
        stack.close()


atexit.register(close_graders)
