"""Grading on a cluster of ``dask.distributed``: the workers grade, this process keeps journal and gradebook."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from ..exceptions import CifarTeachError
from .batch import close_graders

__all__ = ["dask_executor"]

SECONDS = 30
"""How long to wait for the scheduler and its first worker."""


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Connect to a cluster and yield its executor, and how many submissions it should get at a time.

    A worker that dies is noticed by the scheduler, which hands its submission to another one. Settings and submissions
    travel over the network: use ``tls://`` where others are on it. The same version of the course must be installed on
    the workers.

    Args:
        address: of the scheduler, ``"tcp://10.0.0.5:8786"``.

    Raises:
        CifarTeachError: distributed is not installed, nobody answers, or no worker has come.
    """
    try:
        from distributed import Client
    except ImportError as problem:
        raise CifarTeachError(
            f"--dask needs dask.distributed ({problem}). Type: pip install 'cifar-teach[cluster]'"
        ) from problem
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        raise CifarTeachError(
            f"No scheduler answers at '{address}' ({problem or 'no answer'}). Start one with `dask scheduler`, and "
            "give the address that it prints."
        ) from problem
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError as problem:
            raise CifarTeachError(
                f"The scheduler at '{address}' has no workers. Start some with `dask worker {address}`."
            ) from problem
        threads = sum(client.nthreads().values())
        # One submission more for each worker waits there, so that none is idle while a result travels.
        executor = client.get_executor(pure=False, retries=0)
        try:
            yield executor, 2 * threads
        finally:
            executor.shutdown(wait=False)
            client.run(close_graders)
