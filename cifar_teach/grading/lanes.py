"""Worker processes that fail one at a time.

When a process of a ``ProcessPoolExecutor`` dies, everything it holds fails with it, and nobody knows which task it was.
Here every worker is a pool of its own with one task at a time, so a death is the death of one known submission; the
others do not notice. Workers end with the process that started them, even when that is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["Lanes"]


class Lanes(Executor):
    """Some worker processes, each with one task at a time.

    Args:
        count: how many.

    Attributes:
        slots: how many tasks may be submitted before one has ended.
    """

    def __init__(self, count: int) -> None:
        self.slots = count
        self._lanes: list[_Lane | None] = [None] * count
        self._busy: list[Future | None] = [None] * count

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Run a function of a module in a free worker; a dead worker is replaced first.

        Raises:
            RuntimeError: no worker is free.
        """
        for number, task in enumerate(self._busy):
            if task is not None and not task.done():
                continue
            lane = self._lanes[number]
            for _ in range(2):
                lane = self._lanes[number] = lane or _Lane()
                try:
                    self._busy[number] = lane.pool.submit(fn, *args, **kwargs)
                    return self._busy[number]
                except BrokenProcessPool:
                    lane.end()
                    lane = None
        raise RuntimeError("No worker is free: submit no more tasks than there are slots.")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: after their tasks, or at once with ``cancel_futures``."""
        for lane in self._lanes:
            if lane is not None:
                lane.end(at_once=cancel_futures, wait=wait)
        self._lanes = [None] * self.slots


class _Lane:
    """One worker. It ends when the writing end of ``alive`` is closed, which also happens when this process dies."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        listen, self.alive = context.Pipe(duplex=False)
        # A task that was handed over must be able to fail alone, so the pool has one process.
        self.pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(listen,))
        # The process is started here, not with the first task, because then `listen` can be closed on this side.
        self.pool.submit(os.getpid)
        listen.close()

    def end(self, *, at_once: bool = True, wait: bool = True) -> None:
        if at_once:
            self.alive.close()
        self.pool.shutdown(wait=wait, cancel_futures=at_once)
        self.alive.close()


def _begin(alive: Connection) -> None:
    """Prepare a worker: Ctrl-C is for the process that started it, and so is the decision when to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()


def _end_with(alive: Connection) -> None:
    try:
        alive.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
