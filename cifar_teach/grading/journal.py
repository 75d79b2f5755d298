"""The journal: every result that was reached, on the disk before anything else is done with it.

A folder holds ``results.jsonl``, one line for each result, only ever added to::

    {"seq": 17, "sum": "…", "result": {…}}

``sum`` is a checksum of number and result: a line that was cut or changed is noticed. After a power cut the last
line may be half written: it is moved aside when the journal is opened again, and its submission is graded once more.
Only one process writes; the lock is held by the kernel and ends with the process, however that ends.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..exceptions import CifarTeachError
from .records import Outcome, Result

__all__ = ["Journal", "JournalError"]

RESULTS = "results.jsonl"
LOCK = "lock"
TORN = "torn"


class JournalError(CifarTeachError):
    """The journal cannot be opened or written."""


@dataclass(frozen=True)
class _Entry:
    """Where a result lies in the file, and what is asked of it most often."""

    start: int
    length: int
    key: str
    outcome: Outcome


class Journal:
    """The results of a class, newest last; a context manager.

    Only where each result lies is kept in memory, so that a journal may be larger than that.

    Args:
        folder: where it lies; created when it is to be written.
        read_only: look only. Nothing is locked, repaired or created.

    Attributes:
        notes: what was found damaged on opening, a line for people each; empty when all was well.

    Raises:
        JournalError: another process writes it, or it cannot be read.
    """

    def __init__(self, folder: str | Path, *, read_only: bool = False) -> None:
        self.folder = Path(folder)
        self.path = self.folder / RESULTS
        self.read_only = read_only
        self.notes: list[str] = []
        self._latest: dict[tuple[str, str], _Entry] = {}
        self._by_key: dict[tuple[str, str, str], _Entry] = {}
        self._sequence = 0
        self._end = 0
        self._lock: IO[str] | None = None
        self._file: IO[bytes] | None = None
        if read_only:
            if not self.path.is_file():
                raise JournalError(
                    f"'{self.folder.parent}' holds no results of a grading (there is no {self.folder.name}/{RESULTS}). "
                    "Give the folder that `cifar-teach grade --out` was given."
                )
            self._file = self.path.open("rb", buffering=0)
            self._scan()
        else:
            self._open()

    def _open(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.folder / LOCK)
            self._file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
            _sync_folder(self.folder)
        except OSError as problem:
            self.close()
            raise JournalError(
                f"The journal '{self.path}' cannot be opened: {problem.strerror}. Choose an --out folder you may write."
            ) from problem
        try:
            self._scan()
            self._drop_tail()
        except BaseException:
            self.close()
            raise

    # Reading

    def __len__(self) -> int:
        """How many hand-ins have a result: one for each student and exercise."""
        return len(self._latest)

    def latest(self, student: str, exercise: str) -> Result | None:
        """Return the newest result of a student in an exercise, or None."""
        entry = self._latest.get((student, exercise))
        return self._read(entry) if entry else None

    def find(self, student: str, exercise: str, key: str) -> Result | None:
        """Return the newest result with this key, or None. One that failed in the grader is not found: it is due."""
        entry = self._by_key.get((student, exercise, key))
        return self._read(entry) if entry and entry.outcome is not Outcome.GRADER_ERROR else None

    def key_of(self, student: str, exercise: str) -> str:
        """Return the key of the newest result of a student in an exercise; empty when there is none."""
        entry = self._latest.get((student, exercise))
        return entry.key if entry else ""

    def results(self) -> Iterator[Result]:
        """Yield the newest result of each student and exercise, sorted by exercise and student."""
        for _, entry in sorted(self._latest.items(), key=lambda item: (item[0][1], item[0][0])):
            yield self._read(entry)

    # Writing

    def append(self, result: Result) -> None:
        """Write a result and wait until it is on the disk.

        Raises:
            JournalError: it cannot be written (disk full); the journal is then as it was before.
        """
        if self.read_only or self._file is None:
            raise JournalError(f"The journal '{self.path}' is not open for writing.")
        line = _line(self._sequence + 1, result)
        descriptor = self._file.fileno()
        try:
            written = 0
            while written < len(line):
                written += os.pwrite(descriptor, line[written:], self._end + written)
            os.fsync(descriptor)
        except OSError as problem:
            try:
                os.ftruncate(descriptor, self._end)
            except OSError:
                pass  # opening it again drops the half line
            raise JournalError(
                f"The journal '{self.path}' cannot be written: {problem.strerror}. Free some space and run the same "
                "command again: everything up to here is kept."
            ) from problem
        self._sequence += 1
        self._add(result.to_dict(), self._end, len(line))
        self._end += len(line)

    def close(self) -> None:
        """Let another process write."""
        for each in (self._file, self._lock):
            if each is not None:
                each.close()
        self._file = self._lock = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    # The file

    def _scan(self) -> None:
        """Find every whole line; what is behind the last one is left for :meth:`_drop_tail`."""
        self._file.seek(0)
        bad, position, expected = [], 0, 1
        for number, line in enumerate(_lines(self._file), 1):
            record = _parse(line)
            if record is None:
                bad.append((number, position, len(line)))
            else:
                if bad or record["seq"] != expected:
                    lost = record["seq"] - expected
                    where = f"line {bad[0][0]}" if bad else f"before line {number}"
                    self.notes.append(
                        f"{self.path.name}, {where}: {max(lost, len(bad))} damaged or missing record(s). "
                        "Their submissions are graded again."
                    )
                bad, expected = [], record["seq"] + 1
                self._add(record["result"], position, len(line))
                self._sequence = record["seq"]
                self._end = position + len(line)
            position += len(line)

    def _drop_tail(self) -> None:
        """Move what follows the last whole line to a file of its own."""
        self._file.seek(self._end)
        tail = self._file.read()
        if not tail:
            return
        number = len(list(self.folder.glob(f"{TORN}-*"))) + 1
        aside = self.folder / f"{TORN}-{number:04d}"
        with aside.open("xb") as copy:
            copy.write(tail)
            copy.flush()
            os.fsync(copy.fileno())
        self._file.truncate(self._end)
        os.fsync(self._file.fileno())
        self.notes.append(
            f"The last record was half written when the grader was stopped; its {len(tail):,} bytes are kept in "
            f"{aside.name}, and its submission is graded again."
        )

    def _add(self, result: dict[str, Any], start: int, length: int) -> None:
        entry = _Entry(start, length, result["key"], Outcome(result["outcome"]))
        self._latest[result["student"], result["exercise"]] = entry
        self._by_key[result["student"], result["exercise"], result["key"]] = entry

    def _read(self, entry: _Entry) -> Result:
        if self._file is None:
            raise JournalError(f"The journal '{self.path}' is closed.")
        record = _parse(os.pread(self._file.fileno(), entry.length, entry.start))
        if record is None:
            raise JournalError(f"The journal '{self.path}' was changed by someone else. Run the same command again.")
        return Result.from_dict(record["result"])


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines from where the file stands, buffered: the journal's own file object is not."""
    with open(file.fileno(), "rb", closefd=False) as buffered:
        yield from iter(buffered.readline, b"")


def _line(sequence: int, result: Result) -> bytes:
    record = {"seq": sequence, "sum": "", "result": result.to_dict()}
    record["sum"] = _checksum(record)
    return _json(record) + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds, or None when it is not whole and unchanged."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
        return record if record["sum"] == _checksum(record) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _checksum(record: dict[str, Any]) -> str:
    return hashlib.sha256(_json([record["seq"], record["result"]])).hexdigest()[:32]


def _json(value: Any) -> bytes:
    # ASCII, because a student's text may hold half of a surrogate pair; no NaN, because others read the file too.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _locked(path: Path) -> IO[str]:
    import fcntl

    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = file.read().strip() or "unknown"
        file.close()
        raise JournalError(
            f"Another grader (process {who}) is writing into '{path.parent.parent}'. Wait until it has ended, or give "
            "this one another --out folder."
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _sync_folder(folder: Path) -> None:
    """Make sure that a file just created is still there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
