"""Run a notebook from top to bottom in a Python of its own, and judge every check at its place.

The scores are those that stock nbgrader gives. A cell that stops does not stop the others; a cell that never ends is
interrupted; when the whole process dies, the checks judged before keep their verdicts, and the others say why they have
none. :mod:`~cifar_teach.checks.replay` is what runs in the other process.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .reading import Notebook
from .results import CellError, NotebookResult, without_verdict
from .verdict import Verdict

INSIDE = "CIFAR_TEACH_REPLAY"
"""Set in the environment of the child, so that nothing in the notebook starts another one."""
CELL_SECONDS = 120.0
TOTAL_SECONDS = 600.0
START_SECONDS = 120.0
"""For Python to start and to import the package, which takes a second where nothing else is going on."""
GRACE_SECONDS = 10.0
"""How much longer than its limit a cell may take before the process is ended: interrupting it comes first."""
POLL_SECONDS = 0.05

CHILD = "import sys; sys.path.append(sys.argv[1]); from cifar_teach.checks.replay import main; main(sys.argv[2:])"
PACKAGE_HOME = str(Path(__file__).resolve().parents[2])


def run_notebook(
    notebook: Notebook,
    *,
    cell_seconds: float = CELL_SECONDS,
    total_seconds: float = TOTAL_SECONDS,
    progress: Callable[[int, int], None] | None = None,
) -> NotebookResult:
    """Run all cells in a fresh process, in an empty folder that is deleted afterwards, on the CPU and without a person.

    Magics and shell commands are left out, ``input()`` and ``google.colab`` are refused, what is printed is dropped.

    Args:
        notebook: from :func:`~cifar_teach.checks.reading.read_notebook`.
        cell_seconds: time limit for one cell; checks have limits of their own.
        total_seconds: time limit for everything. What comes later is not run.
        progress: called with the number of a cell that begins, and how many there are.
    """
    began = time.monotonic()
    log = _Log(notebook, progress)
    with tempfile.TemporaryDirectory(prefix="cifar-teach-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "work").mkdir()
        report, errors = folder / "report.jsonl", folder / "stderr.txt"
        report.touch()
        source = folder / "notebook.json"
        source.write_text(json.dumps(notebook.content), encoding="utf-8")
        limits = [str(cell_seconds), str(total_seconds)]
        command = [sys.executable, "-c", CHILD, PACKAGE_HOME, str(source), notebook.exercise.slug, str(report), *limits]
        with open(errors, "wb") as stream, _process(command, folder / "work", stream) as process:
            _follow(process, report, log, began + total_seconds)
        if not log.done:
            log.died = log.died or _cause(process.returncode)
            log.details = _last_line(errors)
    return log.result(time.monotonic() - began)


@dataclass
class _Log:
    """What the child has reported so far."""

    notebook: Notebook
    progress: Callable[[int, int], None] | None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    before: dict[str, tuple[CellError, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    recent: list[CellError] = field(default_factory=list)
    started: bool = False
    done: bool = False
    cell: int = 0
    check: str = ""
    limit: float = START_SECONDS
    since: float = field(default_factory=time.monotonic)
    died: str = ""
    details: str = ""

    def take(self, entry: dict[str, Any]) -> None:
        """Take one line of the report."""
        self.since = time.monotonic()
        if "step" in entry:
            self.cell, self.check, self.limit = entry["step"], entry.get("check", ""), entry["limit"]
            if self.progress and not self.check:
                self.progress(self.cell, len(self.notebook.code))
        elif "verdict" in entry:
            verdict = Verdict.from_dict(entry["verdict"])
            self.verdicts[verdict.id] = verdict
            self.before[verdict.id] = tuple(self.recent)
            self.recent = []
        elif "error" in entry:
            self.errors.append(CellError(**entry["error"]))
            self.recent.append(self.errors[-1])
        elif "note" in entry:
            self.notes.append(entry["note"])
        self.started = True
        self.done = self.done or "done" in entry

    def result(self, seconds: float) -> NotebookResult:
        """Return the result; checks without a verdict get one that says why there is none."""
        exercise, checks = self.notebook.exercise, self.notebook.exercise.checks
        if not self.done:
            self.errors.append(self._last_error())
        for question in checks:
            if question.id not in self.verdicts:
                self.verdicts[question.id] = without_verdict(
                    question,
                    f"The notebook did not get as far as this check. {self.errors[-1].problem}",
                    got=self.details,
                    hint=self.errors[-1].hint,
                    broken=not self.started,
                )
        verdicts = {question.id: self.verdicts[question.id] for question in checks}
        return NotebookResult(
            self.notebook.name, exercise, verdicts, tuple(self.errors), self.before, tuple(self.notes), seconds
        )

    def _last_error(self) -> CellError:
        """Return what ended the process before everything was run."""
        if not self.started:
            return CellError(0, "", f"Python could not be started to run the notebook: {self.died}")
        place = f"check {self.check}" if self.check else f"cell [{self.cell}]"
        begins = next((cell.first_line for cell in self.notebook.code if cell.number == self.cell), "")
        problem = f"In {place}, {self.died}"
        return CellError(self.cell, begins, problem, hint="Correct this first: nothing after it has been run.")


@contextlib.contextmanager
def _process(command: list[str], folder: Path, stderr: Any) -> Iterator[subprocess.Popen]:
    """Start the child in a process group of its own; leave nothing of it behind, whatever happens."""
    # The CPU gives everybody the same numbers, and the notebook that is open may hold all memory of the GPU.
    settings = {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", INSIDE: "1"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> None:
    """End the child and what it has started, which may outlive it."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _follow(process: subprocess.Popen, report: Path, log: _Log, end: float) -> None:
    """Read the report while it grows, until the child has ended or has to be ended."""
    rest = b""
    with open(report, "rb") as stream:
        while True:
            ended = process.poll() is not None
            *lines, rest = (rest + stream.read()).split(b"\n")
            for line in lines:
                # A notebook that starts processes may have written a line twice or in pieces.
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    log.take(json.loads(line))
            if ended or log.done:
                break
            now = time.monotonic()
            if now > log.since + log.limit + GRACE_SECONDS:
                log.died = f"the code did not stop within {log.limit:g} seconds, even when it was interrupted."
                break
            if now > end + START_SECONDS + GRACE_SECONDS:
                log.died = "the time for the whole notebook was over."
                break
            time.sleep(POLL_SECONDS)


def _cause(code: int | None) -> str:
    """Say how a process ended that should have gone on."""
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        memory = " Often this means that the memory was full." if name == "SIGKILL" else ""
        return f"the Python process was ended by the system ({name}).{memory}"
    return f"the Python process ended itself (exit code {code})."


def _last_line(file: Path) -> str:
    """Return the last line that the process wrote to standard error, if any."""
    with open(file, "rb") as stream:
        stream.seek(max(0, file.stat().st_size - 2000))
        lines = stream.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
