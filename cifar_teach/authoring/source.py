"""Read the source of an exercise and compare it with the registry of checks."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..exceptions import unknown_name
from .errors import AuthoringError, missing_tool
from .markers import MarkerError, solution_regions

if TYPE_CHECKING:
    from ..checks.registry import Exercise, Question

CELL_START = re.compile(r"#\s*%%(%*)(\s|$)")
HEADING = re.compile(r"#{1,6} \S")
KEYS = ("question", "id", "tags")
"""What may stand behind ``# %%``."""
NOTES_OF_JUPYTEXT = {"cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"}


@dataclass(frozen=True)
class Cell:
    """A cell of the source.

    Attributes:
        kind: ``"code"`` or ``"markdown"``.
        source: its text.
        line: the line of the file that begins it, counted from 1.
        question: the question that is answered here, for a cell of the student.
        id: the name of a cell of code that the student leaves as it is.
        setup: whether the set-up code is to be filled in here.
    """

    kind: str
    source: str
    line: int
    question: Question | None = None
    id: str | None = None
    setup: bool = False

    @property
    def lines(self) -> list[str]:
        """The text, line by line."""
        return self.source.split("\n")

    @property
    def headings(self) -> list[int]:
        """The indices of the lines that are headings; lines in a block of code are not."""
        found, fenced = [], False
        for index, line in enumerate(self.lines):
            fenced ^= line.lstrip().startswith("```")
            if self.kind == "markdown" and not fenced and HEADING.match(line):
                found.append(index)
        return found


def read_source(path: Path, exercise: Exercise) -> list[Cell]:
    """Return the cells of ``path``, the source of ``exercise``, after checking that both agree.

    Raises:
        AuthoringError: the file is missing or no Python, a cell is not what it should be, or the questions are not
            those of the registry. The message begins with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        _fail(path, 1, f"the exercise '{exercise.slug}' has checks but no source. Write this file.")
    cells = _parse(path, text, exercise)
    for cell in cells:
        _check_markers(path, text, cell)
    _check_order(path, cells, exercise)
    _check_headings(path, cells)
    return cells


def _fail(path: Path, line: int, reason: str) -> NoReturn:
    raise AuthoringError(f"{path.parent.name}/{path.name}:{line}: {reason}")


def _parse(path: Path, text: str, exercise: Exercise) -> list[Cell]:
    try:
        import jupytext
    except ImportError as problem:
        raise missing_tool(problem) from None

    try:
        ast.parse(text)
    except SyntaxError as problem:
        _fail(path, problem.lineno or 1, f"not Python: {problem.msg}.")
    starts = _cell_starts(text)
    if not starts:
        _fail(path, 1, "no cells. A cell of text begins with '# %% [markdown]', one of code with '# %%'.")
    cells = jupytext.reads(text, fmt="py:percent").cells
    if len(cells) != len(starts):
        _fail(path, 1, f"text before the first cell, in line {starts[0]}. Move it into a cell, or delete it.")
    return [_interpret(path, cell, line, exercise) for cell, line in zip(cells, starts, strict=True)]


def _cell_starts(text: str) -> list[int]:
    """Return the lines that begin a cell. jupytext does not tell, and messages should; strings are left out."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.start[0] for token in tokens if token.type == tokenize.COMMENT and CELL_START.match(token.string)]


def _interpret(path: Path, cell: dict, line: int, exercise: Exercise) -> Cell:
    """Return the cell with its place in the exercise, or fail on a header that is not understood."""
    kind, source = cell["cell_type"], cell["source"].strip("\n")
    header = {key: value for key, value in cell["metadata"].items() if key not in NOTES_OF_JUPYTEXT}
    unknown = sorted(set(header) - set(KEYS))
    if unknown or kind not in ("code", "markdown"):
        _fail(
            path,
            line,
            f"the header of the cell is not understood ({', '.join(unknown) or kind}). Write '# %%' or "
            '\'# %% [markdown]\', for a student\'s cell question="name", for code that stays id="name".',
        )
    setup = "tags" in header
    if setup and (header["tags"] != ["setup"] or kind != "code" or source):
        _fail(path, line, "the only tag is '# %% tags=[\"setup\"]', on an empty cell of code that is filled in.")
    if len(header) > 1:
        _fail(path, line, f"a cell has one of {', '.join(KEYS)}, not several.")
    if "id" in header and (kind != "code" or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(header["id"]))):
        _fail(path, line, "id= names a cell of code that the student leaves as it is: letters, digits, '-' and '_'.")
    if not source and not setup:
        _fail(path, line, "an empty cell. Fill it or delete it.")
    question = None
    if "question" in header:
        question = _question(path, line, str(header["question"]), kind, exercise)
    return Cell(kind, source, line, question, header.get("id"), setup)


def _question(path: Path, line: int, name: str, kind: str, exercise: Exercise) -> Question:
    known = {question.name: question for question in exercise.questions}
    if name not in known:
        _fail(path, line, unknown_name(f"question in {exercise.slug}", name, known))
    question = known[name]
    if question.manual and kind == "code":
        _fail(path, line, f"'{name}' is read by a person. Write its cell as '# %% [markdown] question=\"{name}\"'.")
    if not question.manual and kind == "markdown":
        _fail(path, line, f"'{name}' is judged by a check, so its cell holds code. Write '# %% question=\"{name}\"'.")
    return question


def _check_markers(path: Path, text: str, cell: Cell) -> None:
    try:
        regions = solution_regions(cell.lines, code=cell.kind == "code")
    except MarkerError as problem:
        _fail(path, _line_in_file(text, cell, problem.index), str(problem))
    if regions and cell.question is None:
        line = _line_in_file(text, cell, regions[0][0])
        _fail(path, line, 'a reference answer in a cell that asks no question. Give the cell question="name".')
    if cell.question is not None and not regions:
        name = cell.question.name
        _fail(path, cell.line, f"'{name}' has no reference answer between '### BEGIN SOLUTION' and '### END SOLUTION'.")


def _line_in_file(text: str, cell: Cell, index: int) -> int:
    """Return where line ``index`` of a cell stands in the file: below its start, after all that precedes it."""
    lines, at = text.split("\n"), cell.line
    for wanted in cell.lines[: index + 1]:
        while at < len(lines) and wanted.strip() not in lines[at]:
            at += 1
        at += 1
    return at


def _check_order(path: Path, cells: list[Cell], exercise: Exercise) -> None:
    first = cells[0]
    heading = first.lines[0] if first.kind == "markdown" else ""
    if not heading.startswith("# ") or exercise.title.lower() not in heading.lower():
        _fail(
            path, first.line, f"the first cell is text and begins with the title of the registry: '# {exercise.title}'."
        )
    setups = [cell.line for cell in cells if cell.setup]
    if len(setups) != 1:
        where = f"lines {', '.join(map(str, setups))}" if setups else "none"
        _fail(path, first.line, f"one empty cell '# %% tags=[\"setup\"]' is needed; found: {where}.")
    asked: dict[str, int] = {}
    for cell in cells:
        if cell.question is None:
            continue
        name = cell.question.name
        if name in asked:
            _fail(path, cell.line, f"'{name}' is asked a second time; the first is in line {asked[name]}.")
        if cell.line < setups[0]:
            _fail(path, cell.line, f"'{name}' stands before the set-up cell, in line {setups[0]}.")
        asked[name] = cell.line
    registered = [question.name for question in exercise.questions]
    missing = [name for name in registered if name not in asked]
    if missing:
        _fail(path, cells[-1].line, f"the registry has questions that are not asked: {', '.join(missing)}.")
    if list(asked) != registered:
        _fail(
            path,
            min(asked.values()),
            f"the questions are asked in the order {', '.join(asked)}, but registered as {', '.join(registered)}.",
        )


def _check_headings(path: Path, cells: list[Cell]) -> None:
    for before, cell in pairwise(cells):
        if cell.question is not None and (before.question is not None or not before.headings):
            name = cell.question.name
            _fail(path, cell.line, f"'{name}' needs a cell of text with a heading directly above it, for its points.")
