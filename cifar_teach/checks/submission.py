"""``submit()``, the last cell of an exercise: looks the notebook over and makes the file to hand in.

It reports what is missing while there is still time: questions without an answer, cells that stop, and answers that
are right only because of what happened earlier in the session.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from .execution import INSIDE, run_notebook
from .handin import FOLDER, clean, write_hand_in
from .locating import Found, in_colab, locate
from .notebook import EXERCISE_NAME, Message
from .reading import Notebook, as_notebook
from .registry import Question
from .rendering import MARKS, box, table_html, table_text
from .results import NotebookResult
from .runner import judge
from .verdict import State, Verdict

STUB = "*Write your answer here.*"
BY_HAND = "You can always hand in the notebook itself: File → Download (in Colab: Download .ipynb)."


@dataclass(frozen=True)
class HandIn:
    """What :func:`submit` found, shown in the notebook as a table and a list.

    Attributes:
        path: the file to hand in.
        shown_path: the same, as seen from the notebook.
        linked: whether a browser can open it from the notebook; in Colab it cannot.
        result: the verdicts of a run from top to bottom: what a grader will see.
        open: what is still missing, one sentence each.
        problems: what works now but not in a fresh run, and cells that stop.
        notes: what else is worth knowing.
    """

    path: Path
    shown_path: str
    linked: bool
    result: NotebookResult
    open: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """True when every question has an answer and nothing stops."""
        return not self.open and not self.problems

    @property
    def headline(self) -> str:
        """What counts, in a sentence."""
        start = "Ready to hand in" if self.ready else "Not everything is there yet"
        return f"{start}: {self.result.points_text()} when run from top to bottom"

    def _rest(self) -> list[tuple[str, str, float]]:
        return [(each.id, each.title, each.points) for each in self.result.manual]

    def _lists(self) -> list[tuple[str, tuple[str, ...]]]:
        titles = ("Still open", "Put this right", "Good to know")
        return [each for each in zip(titles, (self.open, self.problems, self.notes)) if each[1]]

    def __repr__(self) -> str:
        lines = [f"{self.headline}."]
        for title, items in self._lists():
            lines += [f"{title}:", *(f"  - {item}" for item in items)]
        return "\n".join([*lines, f"The file to hand in: {self.shown_path}"])

    def __str__(self) -> str:
        return f"{table_text(self.result.verdicts.values(), self._rest())}\n{self!r}"

    def _repr_html_(self) -> str:
        parts = [table_html(self.result.verdicts.values(), self._rest(), self.headline)]
        for title, items in self._lists():
            entries = "".join(f"<li>{escape(item)}</li>" for item in items)
            parts.append(f'<div><strong>{title}</strong></div><ul style="margin:.2em 0">{entries}</ul>')
        path = f"<code>{escape(self.shown_path)}</code>"
        link = f'<a href="{escape(self.shown_path)}" download>{path}</a>' if self.linked else path
        parts.append(f"<div>The file to hand in: {link}</div>")
        return box("".join(parts), MARKS[State.PASSED if self.ready else State.PARTLY][1])


def submit(name: str | Path | None = None) -> HandIn | Message:
    """Look the notebook over and make the file to hand in, ``hand-in/exNN_slug.ipynb``.

    It does not send anything. The notebook is run from top to bottom in a Python of its own, which takes as long as
    "Restart and run all"; the session itself is left as it is.

    Args:
        name: the notebook file. Needed only where it cannot be found.
    """
    if os.environ.get(INSIDE) or os.environ.get("NBGRADER_EXECUTION"):
        return Message("Nothing is handed in while the notebook is run from top to bottom.")
    try:
        return _submit(name, sys._getframe(1).f_globals)
    except CifarTeachError as problem:
        return Message(f"{problem}\n{BY_HAND}")
    except KeyboardInterrupt:
        return Message(f"Stopped before everything was looked over. Call submit() again when there is time. {BY_HAND}")
    except Exception as problem:
        return Message(
            f"Something went wrong here, which is not your fault: {type(problem).__name__}: {problem}. {BY_HAND} "
            "Please show this to your instructor."
        )


def _submit(name: str | Path | None, namespace: Mapping[str, Any]) -> HandIn:
    found = locate(name, namespace, str(namespace.get(EXERCISE_NAME, "")))
    exercise = found.notebook.exercise
    ready = as_notebook(clean(found.notebook.content, exercise), f"{exercise.slug}.ipynb", exercise.slug)
    # Written first: waiting for minutes only to hear that the disk is full helps nobody.
    path = write_hand_in(ready.content, exercise, found.folder)
    line = _Line()
    line.show("Checking your answers …")
    live = {question.id: judge(question, namespace) for question in exercise.checks}
    line.show("Running the notebook from top to bottom in a fresh Python …")
    result = run_notebook(ready, progress=_progress(line))
    line.show("")
    notes = [found.note, *result.notes, *_offer_download(path)]
    return HandIn(
        path=path,
        shown_path=f"{FOLDER}/{path.name}",
        linked=found.is_file,
        result=result,
        open=tuple(_unanswered(result, live, ready)),
        problems=tuple(_problems(result, live, found)),
        notes=tuple(note for note in notes if note),
    )


class _Line:
    """One line that is written again and again, so that waiting has something to look at."""

    def __init__(self) -> None:
        self._length = 0

    def show(self, text: str) -> None:
        """Replace the line by ``text``."""
        print("\r" + text.ljust(self._length), end="" if text else "\r", flush=True)
        self._length = len(text)


def _progress(line: _Line) -> Callable[[int, int], None]:
    began = time.monotonic()

    def show(cell: int, count: int) -> None:
        seconds = time.monotonic() - began
        line.show(f"Running the notebook from top to bottom: cell {cell} of {count} ({seconds:.0f} s) …")

    return show


def _unanswered(result: NotebookResult, live: Mapping[str, Verdict], notebook: Notebook) -> list[str]:
    """Return a sentence for every question that has no answer yet, those that a person reads included."""
    missing = []
    for question in result.exercise.questions:
        worth = f"{question.points:g} point{'' if question.points == 1 else 's'}"
        if question.manual:
            text = _text_answer(question, notebook)
            if text is None:
                missing.append(f"{question.id} ({worth}): its cell is gone. Copy it back from the exercise.")
            elif not text:
                missing.append(f"{question.id} ({worth}): nothing is written yet: {question.title}")
        elif result.verdicts[question.id].state is State.NOT_ATTEMPTED and not live[question.id].points:
            missing.append(f"{question.id} ({worth}): not attempted: {question.title}")
    return missing


def _text_answer(question: Question, notebook: Notebook) -> str | None:
    """Return what the student wrote; None when the cell is gone."""
    sources = [cell.source for cell in notebook.cells if cell.grade_id == question.name]
    return sources[-1].replace(STUB, "").strip() if sources else None


def _problems(result: NotebookResult, live: Mapping[str, Verdict], found: Found) -> list[str]:
    """Return what differs between the open notebook and the run from top to bottom, then the cells that stopped."""
    problems, told = [], set()
    for id, verdict in result.verdicts.items():
        here = live[id]
        if here.points > verdict.points:
            why = result.errors_before.get(id, ())[-1:]
            told.update(why)
            unsaved = ", or the notebook was not saved" if found.is_file else ""
            problems.append(
                f"{id} works here only because of an earlier state: {here.points:g} points here, "
                f"{verdict.points:g} when the notebook is run from top to bottom. A cell was changed, deleted, moved "
                f"or run in another order{unsaved}. {' '.join(map(str, why))}".strip()
            )
        elif here.points < verdict.points:
            problems.append(
                f"{id} is right in the notebook, but not among what has been run here: run its cell again and see that "
                "it does what you mean."
            )
    return problems + [str(error) for error in result.cell_errors if error not in told]


def _offer_download(path: Path) -> list[str]:
    """In Colab, start the download; return a note when that did not work."""
    if not in_colab():
        return []
    try:
        from google.colab import files

        files.download(str(path))
    except Exception as problem:
        return [
            f"The download did not start ({type(problem).__name__}). Open the folder symbol on the left, then "
            f"{FOLDER}, and choose Download beside {path.name}."
        ]
    return []
