"""The child process of :mod:`~cifar_teach.checks.execution`: runs the cells of one notebook and judges on the way.

What it finds it writes to a file, one JSON object a line and at once, so that nothing is lost when the notebook ends
the process. This is no protection against a notebook that means harm; that is the grader's part.
"""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import checks
from .cells import Cells
from .notebook import Message
from .plan import plan
from .reading import Cell, Notebook, as_notebook
from .registry import Question, get_question
from .results import CellError, without_verdict
from .runner import judge
from .values import shorten
from .verdict import Verdict

KERAS_SECONDS = 120.0
"""What loading Keras may take before the clock of a check starts."""


class Replay:
    """Runs a notebook in this process.

    Args:
        notebook: the notebook.
        report: takes what happens, as data for one line of the report.
        cell_seconds: time limit for a cell.
        total_seconds: time limit for all of it.
    """

    def __init__(
        self, notebook: Notebook, report: Callable[[dict[str, Any]], None], cell_seconds: float, total_seconds: float
    ) -> None:
        self._notebook = notebook
        self._report = report
        self._cell_seconds = cell_seconds
        self._end = time.monotonic() + total_seconds
        self._too_long = f"All cells together took longer than {total_seconds:g} seconds, so the rest was not run."
        self._cells = Cells(lambda text: report({"note": text}))
        self._placed: set[str] = set()
        self._judged: set[str] = set()

    def run(self) -> None:
        """Run every cell and judge every check; nothing that the notebook does ends this early but a dead process."""
        steps = plan(self._notebook)
        self._placed = {step.id for step in steps if isinstance(step, Question)}
        self._prepare()
        late = False
        for step in steps:
            if not late and time.monotonic() > self._end:
                late = True
                self._report({"error": asdict(CellError(0, "", self._too_long))})
            if isinstance(step, Question):
                self._settle(step, late)
            elif not late:
                self._run_cell(step)
        for question in self._notebook.exercise.checks:
            if question.id not in self._judged:
                self._settle(question, late)
        self._report({"done": True})

    def _prepare(self) -> None:
        self._cells.prepare()
        checks.check = self._check
        checks.check_all = checks.submit = checks.hint = self._nothing

    def _check(self, id: str) -> Verdict | Message:
        """Answer a call of ``check`` in a cell; it counts where no cell has its fixed place."""
        try:
            question = get_question(id)
        except ValueError as problem:
            return Message(str(problem))
        if question.manual:
            return Message("A person reads your answer to this question.")
        with self._clock_stopped(question):
            verdict = self._verdict(question)
        if id not in self._placed and id.startswith(f"{self._notebook.exercise.prefix}."):
            self._give(verdict)
        return verdict

    @staticmethod
    def _nothing(*_: Any, **__: Any) -> Message:
        return Message("Nothing is shown while the notebook is run from top to bottom.")

    def _settle(self, question: Question, late: bool) -> None:
        """Judge a question at its place."""
        self._report({"step": self._cells.cell.number, "check": question.id, "limit": question.seconds + KERAS_SECONDS})
        mine = self._cells.variables.get("check", checks.check)
        if late:
            verdict = without_verdict(question, self._too_long, hint="Train less, or on fewer images.")
        elif mine is not checks.check and getattr(mine, "__module__", "").partition(".")[0] != "cifar_teach":
            verdict = without_verdict(
                question,
                "The name `check` stands for something else by now, so the check cannot be called.",
                got=f"check = {shorten(repr(mine), 80)}",
                hint="Give your own variable or function another name.",
            )
        else:
            verdict = self._verdict(question)
        self._give(verdict)

    def _verdict(self, question: Question) -> Verdict:
        try:
            return judge(question, self._cells.variables)
        except BaseException as problem:  # for example a working folder that is gone
            message = "This check could not be carried out after what the cells before it did."
            return without_verdict(question, message, got=f"{type(problem).__name__}: {problem}", broken=True)

    def _give(self, verdict: Verdict) -> None:
        self._judged.add(verdict.id)
        self._report({"verdict": verdict.to_dict()})

    @contextlib.contextmanager
    def _clock_stopped(self, question: Question) -> Iterator[None]:
        """Stop the clock of the cell while a check, which has a clock of its own, runs inside it."""
        self._report({"step": self._cells.cell.number, "check": question.id, "limit": question.seconds + KERAS_SECONDS})
        clock = hasattr(signal, "setitimer")
        left, again = signal.setitimer(signal.ITIMER_REAL, 0) if clock else (0.0, 0.0)
        try:
            yield
        finally:
            if left:
                signal.setitimer(signal.ITIMER_REAL, left, again)
            self._report({"step": self._cells.cell.number, "limit": left or self._cell_seconds})

    def _run_cell(self, cell: Cell) -> None:
        limit = max(1.0, min(self._cell_seconds, self._end - time.monotonic()))
        self._report({"step": cell.number, "limit": limit})
        if not cell.number:
            self._report({"note": "The set-up cell is missing; it was run for you. Copy it back from the exercise."})
        error = self._cells.run(cell, limit)
        if error is not None:
            self._report({"error": asdict(error)})


def main(arguments: list[str]) -> None:
    """Run a notebook; the arguments are its file, its exercise, the file for the report, and the two time limits."""
    notebook_file, slug, report_file, cell_seconds, total_seconds = arguments
    content = json.loads(Path(notebook_file).read_text(encoding="utf-8"))
    notebook = as_notebook(content, Path(notebook_file).name, slug)
    with open(report_file, "a", encoding="utf-8") as stream:

        def report(entry: dict[str, Any]) -> None:
            stream.write(json.dumps(entry) + "\n")
            stream.flush()

        report({"started": True})
        Replay(notebook, report, float(cell_seconds), float(total_seconds)).run()
