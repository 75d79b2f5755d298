"""Run one notebook in the sandbox and judge its questions, each at its place.

When the process dies or has to be ended, the notebook is run again in a new one without the cell, or the check, that
was to blame. So a loop or a crash costs the question it belongs to and no other.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from ..checks.draw import Draw
from ..checks.plan import plan
from ..checks.reading import Cell, Notebook
from ..checks.registry import Question
from ..checks.results import CellError, without_verdict
from ..checks.runner import first_lines, look
from ..checks.values import shorten
from ..checks.verdict import Finding, StudentError, Verdict, verdict_of
from .limits import Limits
from .notices import SET_UP, training_ended
from .records import Trouble
from .remote import Interrupted, RemoteStudent, told
from .sandbox import Sandbox, Session
from .wire import WireError

BEGIN_SECONDS = 60.0
"""What loading libraries may take before the clock of a check starts."""
NAME_ERROR = re.compile(r"NameError: name '(\w+)' is not defined")


@dataclass(frozen=True)
class Judged:
    """One question after it was judged.

    Attributes:
        verdict: the verdict.
        trouble: what stopped the answer, if something did.
        errors: the cells that stopped since the question before.
        own_word: True when a model was looked at in the student's own process.
    """

    verdict: Verdict
    trouble: Trouble = Trouble.NONE
    errors: tuple[CellError, ...] = ()
    own_word: bool = False


@dataclass
class Run:
    """What came of running a notebook.

    Attributes:
        judged: question id -> what came of it; only those that were wanted.
        errors: the cells that stopped, in order.
        noticed: what there is to say about the run beside what the cells themselves hold.
        dead: cell number -> how it stopped, for the cells that ended the process or left it without memory.
        troubles: cell number -> trouble, for all cells that ran out of time or memory or ended the process.
    """

    judged: dict[str, Judged] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    noticed: list[str] = field(default_factory=list)
    dead: dict[int, CellError] = field(default_factory=dict)
    troubles: dict[int, Trouble] = field(default_factory=dict)

    def missing_names(self) -> set[str]:
        """Return the names for want of which something failed."""
        said = [error.problem for error in self.errors]
        for judged in self.judged.values():
            said += [text for each in judged.verdict.findings for text in (each.message, each.got, each.hint)]
        return {name for text in said for name in NAME_ERROR.findall(text)}


class Runner:
    """Runs a notebook as often as it takes.

    Args:
        sandbox: where processes come from.
        notebook: the notebook.
        limits: what it may use.
        salt: makes the inputs differ from the public ones; empty for the public ones.
        wanted: ids of the questions to judge.
        clean: returns a process for models.
        skipped: numbers of the cells that are not run.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        notebook: Notebook,
        limits: Limits,
        salt: str,
        wanted: set[str],
        clean: Callable[[], Session] | None,
        skipped: Collection[int] = (),
    ) -> None:
        self._sandbox = sandbox
        self._notebook = notebook
        self._limits = limits
        self._salt = salt
        self._clean = clean
        self._steps = [step for step in plan(notebook) if isinstance(step, Question) or step.number not in skipped]
        placed = {step.id for step in self._steps if isinstance(step, Question)}
        self._steps += [question for question in notebook.exercise.checks if question.id not in placed]
        self._wanted = {question.id for question in notebook.exercise.checks if question.id in wanted}
        self._run = Run()
        self._recent: list[CellError] = []
        self._end = 0.0

    def run(self) -> Run:
        """Run the notebook; run it again without what ended its process."""
        for _ in range(self._limits.replays + 1):
            with self._sandbox.open(self._notebook.exercise.slug) as session:
                if self._attempt(session):
                    return self._run
        for question in self._notebook.exercise.checks:
            if question.id in self._open():
                message = "The notebook ended its process again and again, so it was not run as far as this question."
                self._give(question, without_verdict(question, message), Trouble.CRASH)
        return self._run

    def _open(self) -> set[str]:
        return self._wanted - self._run.judged.keys()

    def _attempt(self, session: Session) -> bool:
        """Run the notebook once; say whether it came to its end."""
        self._run.errors, self._run.noticed, self._recent = [], [], []
        self._end = time.monotonic() + self._limits.total_seconds
        for step in self._steps:
            if not self._open():
                return True
            late = time.monotonic() > self._end
            if isinstance(step, Cell):
                if not late and not self._cell(session, step):
                    return False
            elif step.id in self._open() and not self._question(session, step, late):
                return False
            elif step.id in self._wanted:
                self._recent = []
        return True

    def _cell(self, session: Session, cell: Cell) -> bool:
        """Run a cell; say whether the process is still there."""
        if cell.number in self._run.dead:
            self._stopped(self._run.dead[cell.number])
            return True
        limit = max(1.0, min(self._limits.cell_seconds, self._end - time.monotonic()))
        try:
            reply = session.ask({"op": "cell", "number": cell.number, "source": cell.source}, limit)
        except WireError:
            return self._died(session, cell)
        if not session.is_well():
            return self._died(session, cell)
        ended = training_ended(self._limits.train_steps)
        if reply.get("trained_long") is True and ended not in self._run.noticed:
            self._run.noticed.append(ended)
        if not cell.number:
            self._run.noticed.append(SET_UP)
        if "failure" in reply:
            self._stopped(CellError(cell.number, cell.first_line, "It could not be run to its end."))
        elif reply["value"] is not None:
            error = _cell_error(cell, reply["value"])
            signs = {"Your code did not finish": Trouble.TIME, "MemoryError": Trouble.MEMORY}
            found = [trouble for sign, trouble in signs.items() if error.problem.startswith(sign)]
            if found:
                self._run.troubles[cell.number] = found[0]
            if found == [Trouble.MEMORY]:  # what it has filled the memory with would stop the cells that follow
                self._run.dead[cell.number] = error
                return False
            self._stopped(error)
        return True

    def _died(self, session: Session, cell: Cell) -> bool:
        self._run.dead[cell.number] = CellError(cell.number, cell.first_line, session.reason)
        self._run.troubles[cell.number] = session.trouble
        return False

    def _stopped(self, error: CellError) -> None:
        self._run.errors.append(error)
        self._recent.append(error)

    def _question(self, session: Session, question: Question, late: bool) -> bool:
        """Judge a question; say whether the process is still there."""
        if late:
            message = f"All cells together took longer than {self._limits.total_seconds:g} seconds."
            verdict = without_verdict(question, message, hint="Train less, or on fewer images.")
            self._give(question, verdict, Trouble.TIME)
            return True
        student = RemoteStudent(session, question, self._clean)
        try:
            reply = told(session, {"op": "begin", "id": question.id}, BEGIN_SECONDS)
            if "failure" in reply:
                message = "This check could not be carried out after what the cells before it did."
                self._give(question, without_verdict(question, message), Trouble.CRASH)
                return True
            findings = look(question, student, Draw(question.id, self._salt), contextlib.nullcontext())
            printed = _printed(told(session, {"op": "end"}, BEGIN_SECONDS))
            if not session.is_well():
                raise Interrupted(session.reason)
        except Interrupted:
            findings = [*student.findings, _ended(session, student)]
            self._give(question, _verdict(question, findings), session.trouble, student.own_word)
            return False
        self._give(question, _verdict(question, findings, printed), student.trouble, student.own_word)
        return student.trouble is not Trouble.MEMORY

    def _give(self, question: Question, verdict: Verdict, trouble: Trouble, own_word: bool = False) -> None:
        if verdict.passed:
            trouble = Trouble.NONE
        self._run.judged[question.id] = Judged(verdict, trouble, tuple(self._recent), own_word)
        self._recent = []


def _verdict(question: Question, findings: list[Finding], printed: str = "") -> Verdict:
    return verdict_of(question.id, question.title, question.points, findings, printed)


def _ended(session: Session, student: RemoteStudent) -> Finding:
    """Return the finding on an answer that ended its process."""
    failure = StudentError(f"Your code was called and did not come back. {session.reason}")
    weight = max(1.0, sum(each.weight for each in student.findings))
    return Finding.of(failure, weight=weight, called=student.called)


def _printed(reply: dict[str, Any]) -> str:
    match reply.get("value"):
        case [str(text), int(count)]:
            return first_lines(text, count)
    return ""


def _cell_error(cell: Cell, record: Any) -> CellError:
    """Return how a cell stopped; which cell it is, is known here, what it says comes from the student's process."""
    record = record if isinstance(record, dict) else {}
    words = {name: record.get(name) for name in ("problem", "code", "hint")}
    words = {name: shorten(value, 600) if isinstance(value, str) else "" for name, value in words.items()}
    line = record.get("line")
    line = line if type(line) is int and 0 < line <= cell.source.count("\n") + 1 else 0
    code = cell.source.split("\n")[line - 1].strip() if line else ""
    problem = words["problem"] or "It could not be run to its end."
    return CellError(cell.number, cell.first_line, problem, line, code, words["hint"])
