"""The child process of :mod:`~cifar_teach.checks.execution`: runs the cells of one notebook and judges on the way.

What it finds it writes to a file, one JSON object a line and at once, so that nothing is lost when the notebook ends
the process. This is no protection against a notebook that means harm; that is the grader's part.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.abc
import json
import linecache
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import checks
from .guard import held_output, time_limit
from .magics import InertShell, to_python
from .notebook import Message
from .plan import plan
from .reading import Cell, Notebook, as_notebook
from .registry import Question, get_question
from .results import CellError, without_verdict
from .runner import judge
from .values import shorten
from .verdict import StudentError, Verdict

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
        self._module = types.ModuleType("__main__")
        self._variables = self._module.__dict__
        self._cell = Cell(0, "code", "")
        self._placed: set[str] = set()
        self._judged: set[str] = set()
        self._noted: set[str] = set()

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
        """Make this process look like a notebook's, without the parts that need a person or a browser."""
        sys.modules["__main__"] = self._module
        sys.argv = ["notebook"]
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, NoColab())
        builtins.input = no_input
        shell = InertShell(self._run_code, self._note)
        self._variables.update(get_ipython=lambda: shell, display=lambda *_, **__: None)
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
        self._report({"step": self._cell.number, "check": question.id, "limit": question.seconds + KERAS_SECONDS})
        mine = self._variables.get("check", checks.check)
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
            return judge(question, self._variables)
        except BaseException as problem:  # for example a working folder that is gone
            message = "This check could not be carried out after what the cells before it did."
            return without_verdict(question, message, got=f"{type(problem).__name__}: {problem}", broken=True)

    def _give(self, verdict: Verdict) -> None:
        self._judged.add(verdict.id)
        self._report({"verdict": verdict.to_dict()})

    @contextlib.contextmanager
    def _clock_stopped(self, question: Question) -> Iterator[None]:
        """Stop the clock of the cell while a check, which has a clock of its own, runs inside it."""
        self._report({"step": self._cell.number, "check": question.id, "limit": question.seconds + KERAS_SECONDS})
        clock = hasattr(signal, "setitimer")
        left, again = signal.setitimer(signal.ITIMER_REAL, 0) if clock else (0.0, 0.0)
        try:
            yield
        finally:
            if left:
                signal.setitimer(signal.ITIMER_REAL, left, again)
            self._report({"step": self._cell.number, "limit": left or self._cell_seconds})

    def _run_cell(self, cell: Cell) -> None:
        self._cell = cell
        limit = max(1.0, min(self._cell_seconds, self._end - time.monotonic()))
        self._report({"step": cell.number, "limit": limit})
        if not cell.number:
            self._note("The set-up cell is missing; it was run for you. Copy it back from the exercise.")
        try:
            with held_output(), time_limit(limit):
                self._run_code(to_python(cell.source))
        except BaseException as problem:
            self._report({"error": asdict(self._error(problem))})
        finally:
            self._close_figures()

    def _run_code(self, code: str) -> None:
        name = self._file_name(self._cell)
        # Messages, and AutoGraph, look the lines up here.
        lines = [f"{line}\n" for line in self._cell.source.split("\n")]
        linecache.cache.setdefault(name, (len(code), None, lines, name))
        exec(compile(code, name, "exec", dont_inherit=True), self._variables)

    @staticmethod
    def _file_name(cell: Cell) -> str:
        return f"<cell {cell.number}>"

    def _error(self, problem: BaseException) -> CellError:
        cell = self._cell
        if isinstance(problem, StudentError):
            return CellError(cell.number, cell.first_line, problem.message, hint=problem.hint)
        if isinstance(problem, SystemExit):
            return CellError(cell.number, cell.first_line, "It tried to end Python; leave `exit()` out of a notebook.")
        words = shorten(" ".join(str(problem).split()), 300)
        name = self._file_name(cell)
        if isinstance(problem, SyntaxError) and problem.filename == name:
            line, words = problem.lineno or 0, str(problem.msg)
        else:
            line, trace = 0, problem.__traceback__
            while trace is not None:
                line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == name else line
                trace = trace.tb_next
        code = linecache.getline(name, line).strip() if line else ""
        words = f"{type(problem).__name__}: {words}" if words else type(problem).__name__
        return CellError(cell.number, cell.first_line, words, line, code, _hint(problem))

    def _note(self, text: str) -> None:
        text = f"Cell [{self._cell.number}]: {text}" if self._cell.number else text
        if text not in self._noted:
            self._noted.add(text)
            self._report({"note": text})

    @staticmethod
    def _close_figures() -> None:
        """Close the figures of a cell, as notebooks do after they have shown them."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        with contextlib.suppress(Exception):
            if pyplot:
                pyplot.close("all")


def _hint(problem: BaseException) -> str:
    if isinstance(problem, NameError):
        return "Is the name defined in a cell further down, or only in a cell that is no longer there?"
    if isinstance(problem, FileNotFoundError):
        return "The notebook is run in an empty folder: what it reads must come from the package or be made in a cell."
    return ""


class NoColab(importlib.abc.MetaPathFinder):
    """Refuses ``google.colab``, which waits for a browser, with words that say why."""

    def find_spec(self, name: str, *_: Any) -> None:
        """Raise for google.colab; leave every other module to Python."""
        if name == "google.colab" or name.startswith("google.colab."):
            raise ModuleNotFoundError(
                "google.colab is there only while you work in Colab, not when the notebook is graded: no answer may "
                "need it.",
                name=name,
            )


def no_input(*_: Any) -> str:
    """Stand in for ``input``, which would wait for ever."""
    raise RuntimeError(
        "input() waits for somebody to type, and nobody does when the notebook is run from top to bottom. Write the "
        "value into the cell."
    )


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
