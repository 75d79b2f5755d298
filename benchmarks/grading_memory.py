"""How much memory a grading run takes, from its first hand-in to its last: sampled from outside while it runs."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from statistics import median

SECONDS = 2.0
"""Between two samples."""


class MemoryWatch:
    """Runs a command and adds up the memory of all its processes, shared pages counted once; a context manager.

    Args:
        journal: the file whose lines say how many hand-ins are graded.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._samples: list[tuple[int, float, float]] = []
        self._stop = threading.Event()
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> MemoryWatch:
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop.set()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def run(self, command: list[str], cwd: Path) -> subprocess.CompletedProcess:
        """Run a command to its end, taking samples."""
        self._process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        sampler = threading.Thread(target=self._sample, daemon=True)
        sampler.start()
        out, err = self._process.communicate()
        self._stop.set()
        sampler.join()
        return subprocess.CompletedProcess(command, self._process.returncode, out, err)

    def record(self) -> dict:
        """Return the peak, and the medians of the main process and of all, early and late in the run, in MiB."""
        graded = [sample for sample in self._samples if sample[0]]
        third = max(1, len(graded) // 3)
        parts = {"early": graded[:third], "late": graded[-third:]}
        found = {name: {"main": _middle(part, 1), "all": _middle(part, 2)} for name, part in parts.items() if part}
        peaks = {"main": max((each[1] for each in self._samples), default=0.0)}
        peaks["all"] = max((each[2] for each in self._samples), default=0.0)
        return {
            "peak_mib": {name: round(value) for name, value in peaks.items()},
            **found,
            "samples": len(self._samples),
        }

    def _sample(self) -> None:
        while not self._stop.wait(SECONDS):
            pids = process_tree(self._process.pid)
            sizes = [_pss(pid) for pid in pids]
            lines = self._journal.read_bytes().count(b"\n") if self._journal.is_file() else 0
            self._samples.append((lines, sizes[0] if sizes else 0.0, sum(sizes)))


def _middle(samples: list[tuple[int, float, float]], column: int) -> int:
    return round(median(sample[column] for sample in samples))


def process_tree(pid: int) -> list[int]:
    """Return a process and all that it has started, directly or not, the process itself first."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def _pss(pid: int) -> float:
    """Return the proportional set size of a process in MiB; 0 when it has ended or cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
