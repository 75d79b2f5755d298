"""How much of the machine one submission may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Limits for the processes of one submission, all of them together unless it says otherwise.

    Attributes:
        cell_seconds: wall-clock time of one cell; checks have limits of their own.
        total_seconds: wall-clock time of one run of a notebook.
        grace_seconds: how much longer than its limit code may take to stop before its process is ended.
        memory: bytes of memory, what TensorFlow itself needs not counted.
        processes: processes and threads.
        disk: bytes in the temporary folder.
        files: files and folders in it.
        open_files: open files of one process.
        reply: bytes of one answer of the sandbox.
        replays: how often a notebook is run again without the cell or check that ended its process.
        train_steps: steps of one call of ``fit`` in a cell; checks may train as long as their time allows.
    """

    cell_seconds: float = 60.0
    total_seconds: float = 240.0
    grace_seconds: float = 3.0
    memory: int = 3 * GIB
    processes: int = 256
    disk: int = 256 * MIB
    files: int = 4096
    open_files: int = 256
    reply: int = 256 * MIB
    replays: int = 4
    train_steps: int = 60
