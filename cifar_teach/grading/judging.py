"""From what came of running a notebook to what each question gets, and what its student is told.

With a salt a notebook is run twice. The salted run decides the points; nothing that the student's process says in it is
shown, for it has seen inputs that are secret. Where something is not right, a second run with the public inputs, in a
process that never saw the others, gives the words: what was called, what came, what was expected.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from ..checks.guard import too_slow
from ..checks.reading import Cell, Notebook
from ..checks.registry import Question
from ..checks.rendering import ROWS
from ..checks.results import CellError
from ..checks.values import shorten
from ..checks.verdict import Finding, State
from .names import as_python, parse
from .records import QuestionResult, Trouble
from .running import NAME_ERROR, Judged, Run

ERRORS_SHOWN = 2
ONLY_SHOWN = "It works only for the shown example: for other inputs of the same kind it gives something else."
ONLY_SHOWN_PART = "Right for the shown example, but not for other inputs of the same kind."
ONLY_SHOWN_HINT = (
    "Is something written into the code that belongs to the example: a size, a number, a table of results? Does it "
    "work with inputs of another size and with other values?"
)
READ_BY_PERSON = "A person reads your answer to this question."
NO_ANSWER = "Nothing has been written here."
NOT_WRITTEN_PART = "Not written yet."
OWN_WORD = (
    "What you have made holds a class or function of your own, so it could be looked at only beside your own code. The "
    "points count; your instructor may look at it again."
)
BROKEN = "This question could not be judged. A person will look at it; it costs no points until then."
SALTED_TROUBLE = {
    Trouble.TIME: "Your code did not finish in time.",
    Trouble.MEMORY: "Your code took more memory than there is for a notebook.",
    Trouble.CRASH: "Your code ended the Python process in which it ran.",
}


def needs_words(run: Run) -> set[str]:
    """Return the questions that need the public run: not right, not just left open, and not just too slow."""
    stopped = bool(run.errors or run.dead)
    return {
        id
        for id, judged in run.judged.items()
        if not judged.verdict.passed
        and judged.trouble is not Trouble.TIME
        and (stopped or judged.verdict.state is not State.NOT_ATTEMPTED)
    }


def results(
    notebook: Notebook, decided: Run, shown: Run | None, attempted: Iterable[str] | None
) -> tuple[QuestionResult, ...]:
    """Return the results of all questions of the exercise, in order.

    Args:
        notebook: what was run.
        decided: the run that gives the points.
        shown: the run with the public inputs, which gives the words; ``decided`` itself when it had no salt.
        attempted: names of the questions that hold an answer, for those that a person reads; None when not known.
    """
    found = []
    for question in notebook.exercise.questions:
        if question.manual:
            empty = attempted is not None and question.name not in attempted
            state, message = (State.NOT_ATTEMPTED, NO_ANSWER) if empty else (State.NOT_YET, READ_BY_PERSON)
            found.append(QuestionResult(question.id, question.title, state, None, question.points, message))
            continue
        judged = decided.judged[question.id]
        words = judged if shown is decided else shown.judged.get(question.id) if shown else None
        troubles = decided.troubles | (shown.troubles if shown else {})
        found.append(_result(question, judged, words, notebook, decided is shown, troubles))
    return tuple(found)


def _result(
    question: Question,
    judged: Judged,
    words: Judged | None,
    notebook: Notebook,
    public: bool,
    troubles: dict[int, Trouble],
) -> QuestionResult:
    if words is not None and words.trouble is Trouble.NONE and words.verdict.points < judged.verdict.points:
        # Right by chance with the secret inputs: what the student sees in the notebook is what counts then.
        judged, public = words, True
    verdict = judged.verdict
    if verdict.passed:
        parts = _parts(verdict.findings, None, public)
        passed = QuestionResult(question.id, question.title, State.PASSED, verdict.points, question.points, parts=parts)
        return replace(passed, message=OWN_WORD, own_word=True) if judged.own_word else passed
    state, points, trouble = verdict.state, verdict.points, judged.trouble
    if trouble is Trouble.NONE and words is not None and not words.verdict.passed:
        trouble = words.trouble
    stopped = _stopped(question, words.errors if words else (), notebook)
    if state is State.BROKEN:
        # What the student's process sent does not fit the check: nobody can tell from here whose fault it is.
        return QuestionResult(question.id, question.title, state, None, question.points, BROKEN, trouble=trouble)
    message, hint = _words(question, judged, words, notebook)
    if stopped and state is State.NOT_ATTEMPTED:
        state, message, hint = State.ERROR, "", ""
        trouble = next((troubles[each.cell] for each in stopped if each.cell in troubles), trouble)
    lines = [message, *(_cell_text(each, notebook) for each in stopped)]
    parts = _parts(verdict.findings, words, public)
    return QuestionResult(
        id=question.id,
        title=question.title,
        state=state,
        points=points,
        max_points=question.points,
        message="\n".join(line for line in lines if line),
        hint=hint,
        trouble=trouble,
        parts=parts,
        own_word=judged.own_word and points > 0,
    )


def _words(question: Question, judged: Judged, words: Judged | None, notebook: Notebook) -> tuple[str, str]:
    """Return message and hint."""
    if judged.trouble is Trouble.TIME and words is None:
        slow = too_slow(question.seconds)
        return slow.message, slow.hint
    if judged.verdict.state is State.NOT_ATTEMPTED and (words is None or words.verdict.passed):
        names = " and ".join(f"`{name}`" for name in question.needs)
        return f"{names} {'have' if len(question.needs) > 1 else 'has'} not been written yet.", ""
    if words is None or words.verdict.passed:
        if judged.trouble is not Trouble.NONE:
            return f"{SALTED_TROUBLE[judged.trouble]} With the shown example it does.", ONLY_SHOWN_HINT
        return ONLY_SHOWN, ONLY_SHOWN_HINT
    failed = [finding for finding in words.verdict.findings if not finding.passed]
    message = _finding_text(failed[0])
    answer = next((cell.number for cell in notebook.code if _answers(cell, question)), 0)
    below = _defined_below(message, answer, notebook)
    if below:
        return f"{message}\n{below}", ""
    printed = words.verdict.printed
    if printed:
        message += "\nYour code printed:\n" + "\n".join(f"  {line}" for line in printed.splitlines())
    return message, failed[0].hint


def _finding_text(finding: Finding) -> str:
    lines = [f"{finding.title}: {finding.message}" if finding.title else finding.message]
    lines += [f"{name}: {getattr(finding, key)}" for key, name in ROWS if getattr(finding, key)]
    return "\n".join(lines)


def _parts(findings: Iterable[Finding], words: Judged | None, public: bool) -> tuple[dict[str, object], ...]:
    """Return what was looked at. Titles are the author's; words come from the public run only."""
    shown = {finding.title: finding for finding in (words.verdict.findings if words else ())}
    parts = []
    for finding in findings:
        if not finding.title:
            continue
        message = ""
        if not finding.passed:
            known = finding if public else shown.get(finding.title)
            message = NOT_WRITTEN_PART if finding.state is State.NOT_ATTEMPTED else ONLY_SHOWN_PART
            if known is not None and not known.passed:
                message = known.message + (f" {known.hint}" if known.hint else "")
            elif words is not None and known is None and not words.verdict.passed:
                message = "This could not be looked at."
        parts.append({"title": finding.title, "passed": finding.passed, "message": message})
    return tuple(parts)


def _stopped(question: Question, errors: tuple[CellError, ...], notebook: Notebook) -> list[CellError]:
    """Return the cells whose end may be the cause: that of the answer, else the last ones before the check."""
    cells = {cell.number: cell for cell in notebook.code}
    own = [error for error in errors if error.cell in cells and _answers(cells[error.cell], question)]
    return (own or list(errors))[-ERRORS_SHOWN:]


def _answers(cell: Cell, question: Question) -> bool:
    names = "|".join(map(re.escape, question.needs))
    return cell.grade_id == question.name or bool(
        re.search(rf"^[ \t]*(?:def[ \t]+)?(?:{names})\b", cell.source, re.MULTILINE)
    )


def _cell_text(error: CellError, notebook: Notebook) -> str:
    """Return what is said about a cell that stopped."""
    below = _defined_below(error.problem, error.cell, notebook)
    return (
        f"Cell [{error.cell}] stopped in line {error.line}: `{shorten(error.code, 80)}`. {below}"
        if below
        else str(error)
    )


def _defined_below(text: str, number: int, notebook: Notebook) -> str:
    """Say so when the name that was missing is one that only a later cell defines."""
    missing = NAME_ERROR.search(text)
    for cell in notebook.code if missing else ():
        if cell.number > number and missing[1] in _defined(cell.source):
            return (
                f"`{missing[1]}` is defined only below, in cell [{cell.number}]. A notebook is graded from top to "
                "bottom: move that cell up."
            )
    return ""


def _defined(source: str) -> set[str]:
    """Return the names that a cell defines at its top level."""
    python = as_python(source)
    tree = None if python is None else parse(python)
    if tree is None:
        return set()
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        else:
            names |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and _is_stored(each)}
    return names


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
