"""What came out of running a notebook from top to bottom: as data, as text, as JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..files import replacing
from .registry import Exercise, Question
from .rendering import points_text, table_text
from .values import shorten
from .verdict import Finding, State, Verdict, verdict_of

ERRORS_SHOWN = 3
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class CellError:
    """A cell that stopped with an exception.

    Attributes:
        cell: what stands in brackets beside it after "Restart and run all"; 0 for the notebook as a whole.
        begins: its first line of code, to find it by.
        problem: the exception in words.
        line: line of the cell, from 1; 0 when it is not known.
        code: that line.
        hint: what to do; may be empty.
    """

    cell: int
    begins: str
    problem: str
    line: int = 0
    code: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f" in line {self.line}: `{shorten(self.code, 80)}`" if self.line else f": `{shorten(self.begins, 80)}`"
        hint = f" {self.hint}" if self.hint else ""
        return f"Cell [{self.cell}] stopped{where}. {self.problem}{hint}" if self.cell else f"{self.problem}{hint}"


@dataclass(frozen=True)
class NotebookResult:
    """The verdicts on a notebook that was run from top to bottom in a Python of its own.

    Attributes:
        name: name of the file.
        exercise: the exercise it answers.
        verdicts: of all checks by id, in the order of the exercise.
        cell_errors: cells that stopped, in order.
        errors_before: check id -> the cells that stopped since the check before: what a failure may come from.
        notes: what was left out or repaired.
        seconds: how long it took.
    """

    name: str
    exercise: Exercise
    verdicts: dict[str, Verdict]
    cell_errors: tuple[CellError, ...] = ()
    errors_before: dict[str, tuple[CellError, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points earned in the checks."""
        return round(sum(verdict.points for verdict in self.verdicts.values()), 2)

    @property
    def max_points(self) -> float:
        """Points there are in the checks."""
        return sum(verdict.max_points for verdict in self.verdicts.values())

    @property
    def passed(self) -> bool:
        """True when every check passed."""
        return all(verdict.passed for verdict in self.verdicts.values())

    @property
    def manual(self) -> list[Question]:
        """The questions that a person reads."""
        return [question for question in self.exercise.questions if question.manual]

    def points_text(self) -> str:
        """Return ``17.5 of 22 points (manual questions are read by a person: 1 more, 3 points)``."""
        text, manual = points_text(self.points, self.max_points), self.manual
        if not manual:
            return text
        points = sum(question.points for question in manual)
        return f"{text} (manual questions are read by a person: {len(manual)} more, {points:g} points)"

    def explain(self, id: str) -> str:
        """Return what the student is told about one check, with the cells that stopped on the way to it."""
        verdict, errors = self.verdicts[id], self.errors_before.get(id, ())
        if verdict.passed or not errors:
            return str(verdict)
        return "\n".join([str(verdict), *(f"  {each}" for each in errors[-ERRORS_SHOWN:])])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return {
            "notebook": self.name,
            "exercise": self.exercise.slug,
            "passed": self.passed,
            "points": self.points,
            "max_points": self.max_points,
            "manual": [{"id": each.id, "title": each.title, "max_points": each.points} for each in self.manual],
            "verdicts": [verdict.to_dict() for verdict in self.verdicts.values()],
            "cell_errors": [asdict(error) for error in self.cell_errors],
            "notes": list(self.notes),
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        rest = [(each.id, each.title, each.points) for each in self.manual]
        parts = [
            f"{self.name}: {self.exercise.title} ({self.exercise.slug}), run from the top in {self.seconds:.0f} s",
            table_text(self.verdicts.values(), rest),
            *(self.explain(id) for id, verdict in self.verdicts.items() if not verdict.passed),
        ]
        told = {error for errors in self.errors_before.values() for error in errors[-ERRORS_SHOWN:]}
        others = [str(error) for error in self.cell_errors if error not in told]
        parts += ["\n".join(others)] if others else []
        parts += ["\n".join(f"Note: {note}" for note in self.notes)] if self.notes else []
        return "\n\n".join([*parts, self.points_text()])


def without_verdict(
    question: Question, message: str, *, hint: str = "", got: str = "", broken: bool = False
) -> Verdict:
    """Return the verdict on a question that could not be judged: 0 points, and the reason.

    Args:
        question: the question.
        message: why there is no verdict.
        hint: what to do.
        got: details, such as an exit code.
        broken: True when it is a fault of the course, not of the notebook.
    """
    state = State.BROKEN if broken else State.ERROR
    finding = Finding("", 1.0, passed=False, state=state, message=message, got=got, hint=hint)
    return verdict_of(question.id, question.title, question.points, [finding])


def write_junit(results: Iterable[NotebookResult], path: str | Path) -> None:
    """Write JUnit XML: one test suite per notebook, one test case per check, the points as properties.

    Raises:
        CifarTeachError: the file cannot be written.
    """
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", name="cifar-teach")
    for result in results:
        failures = sum(not verdict.passed for verdict in result.verdicts.values())
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=result.exercise.slug,
            tests=str(len(result.verdicts)),
            failures=str(failures),
            errors="0",
            skipped="0",
            time=f"{result.seconds:.3f}",
        )
        for verdict in result.verdicts.values():
            case = ElementTree.SubElement(suite, "testcase", classname=_clean(result.name), name=verdict.id, time="0")
            properties = ElementTree.SubElement(case, "properties")
            for name, value in properties_of(verdict):
                ElementTree.SubElement(properties, "property", name=name, value=str(value))
            if not verdict.passed:
                text = _clean(result.explain(verdict.id))
                ElementTree.SubElement(case, "failure", message=headline(verdict)).text = text
    with replacing(path) as draft:
        ElementTree.ElementTree(root).write(draft, encoding="utf-8", xml_declaration=True)


def properties_of(verdict: Verdict) -> list[tuple[str, Any]]:
    """Return what a test report records about a verdict beside passed or failed."""
    return [("points", verdict.points), ("max_points", verdict.max_points), ("state", str(verdict.state))]


def headline(verdict: Verdict) -> str:
    """Return ``1 of 2 points: partly``, for reports that show one line per test."""
    return _clean(f"{points_text(verdict.points, verdict.max_points)}: {verdict.state}")


def _clean(text: str) -> str:
    """Take out the control characters that XML cannot hold."""
    return NOT_IN_XML.sub("", text)
