"""The released notebook of an exercise, prepared for finding its cells in what students hand in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..checks import registry
from ..checks.reading import grade_id_of, metadata_of, source_of
from ..exceptions import CifarTeachError
from .names import called_checks, read_code

TEXT_STUB = "*Write your answer here.*"


@dataclass(frozen=True)
class Slot:
    """One cell of the release.

    Attributes:
        index: its place.
        kind: ``"code"``, ``"markdown"`` or ``"raw"``.
        source: its text as released.
        grade_id: nbgrader's name for it; empty for cells that nbgrader does not know.
        id: id of the cell in the notebook format.
        is_answer: True for a cell that the student fills in.
        locked: True for a cell of the exercise that must stay as it is.
        question: id of the question that it answers or checks, ``"ex02.normalize"``; may be empty.
        needs: names that the answer must define; may be empty.
        raw: the cell as it stands in the file.
    """

    index: int
    kind: str
    source: str
    grade_id: str
    id: str
    is_answer: bool
    locked: bool
    question: str
    needs: frozenset[str]
    raw: dict[str, Any]

    @property
    def key(self) -> str:
        """The text without blanks at the ends of lines; what is equal for a reader is equal."""
        return key_of(self.source)

    @property
    def check(self) -> str:
        """Id of the check that the cell calls, when it does nothing else."""
        called = called_checks(self.source) if self.locked else []
        return called[0] if len(called) == 1 and self.key.startswith("check(") else ""

    @cached_property
    def stub_definitions(self) -> dict[str, str]:
        """The names that the empty answer defines, and what it gives them."""
        return read_code(self.source).defined if self.kind == "code" else {}

    def is_stub(self, source: str) -> bool:
        """Say whether ``source`` is this answer cell as released, or empty."""
        key = key_of(source)
        if not key or key == self.key:
            return True
        if self.kind != "code":
            return not key.replace(TEXT_STUB, "").replace(self.key, "").strip()
        return read_code(source).parses and read_code(source).shape == read_code(self.source).shape

    def new_definitions(self, source: str) -> frozenset[str]:
        """Return which of the needed names ``source`` defines otherwise than the empty answer does."""
        defined = read_code(source).defined
        return frozenset(name for name in self.needs & set(defined) if defined[name] != self.stub_definitions.get(name))


class Template:
    """A release.

    Args:
        content: the release notebook as plain data, nbformat 4.

    Attributes:
        content: the same.
        slots: its cells.
        answers: those that a student fills in.
        exercise: slug; empty when the release does not say.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        mark = metadata_of(content).get("cifar_teach")
        self.exercise = str(mark.get("exercise", "")) if isinstance(mark, dict) else ""
        questions = _questions(self.exercise)
        self.slots = [_slot(index, cell, questions) for index, cell in enumerate(content["cells"])]
        self.answers = [slot for slot in self.slots if slot.is_answer]
        self.by_grade_id = {slot.grade_id: slot for slot in self.slots if slot.grade_id}
        self.by_id = {slot.id: slot for slot in self.slots if slot.id}
        self.by_key: dict[str, list[Slot]] = {}
        for slot in self.slots:
            self.by_key.setdefault(slot.key, []).append(slot)
        self.by_check = {slot.check: slot for slot in self.slots if slot.check}
        self.by_need = {name: slot for slot in reversed(self.answers) for name in slot.needs}


def read_template(path: Path) -> Template:
    """Read a release notebook.

    Raises:
        CifarTeachError: it is missing or no notebook; that is for the instructor to put right.
    """
    try:
        return Template(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CifarTeachError(
            f"There is no release '{path}'. Give the folder that holds the notebooks students started from, "
            "usually exercises/; `cifar-teach build` makes it."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CifarTeachError(
            f"The release '{path}' cannot be read: {problem}. `cifar-teach build` makes it again."
        ) from None


def read_templates(releases: Path) -> dict[str, Template]:
    """Return slug -> release of every exercise below ``releases``, in their order.

    Raises:
        CifarTeachError: there is none.
    """
    found = {
        path.stem: read_template(path) for path in sorted(releases.glob("*/*.ipynb")) if path.parent.name == path.stem
    }
    if not found:
        raise CifarTeachError(
            f"'{releases}' holds no exercise. Expected folders such as exercises/ex02_preprocess/ with a notebook of "
            "the same name: give the folder exercises/ of the course."
        )
    return found


def key_of(source: str) -> str:
    """Return a text without blanks at the ends of its lines and of itself."""
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def _questions(exercise: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return name -> (id, names that it needs) of the questions of an exercise that the package knows."""
    if exercise not in registry.EXERCISES:
        return {}
    return {each.name: (each.id, frozenset(each.needs)) for each in registry.get_exercise(exercise).questions}


def _slot(index: int, cell: dict[str, Any], questions: dict[str, tuple[str, frozenset[str]]]) -> Slot:
    role = metadata_of(cell).get("nbgrader")
    role = role if isinstance(role, dict) else {}
    grade_id, kind, source = grade_id_of(cell), cell["cell_type"], source_of(cell)
    is_answer = bool(role.get("solution"))
    question, needs = questions.get(grade_id.removeprefix("check-"), ("", frozenset()))
    if is_answer and kind == "code" and not needs:
        needs = frozenset(read_code(source).defined)
    return Slot(
        index=index,
        kind=kind,
        source=source,
        grade_id=grade_id,
        id=str(cell.get("id", "")),
        is_answer=is_answer,
        locked=bool(role) and not is_answer,
        question=question or (grade_id if is_answer else ""),
        needs=needs if is_answer else frozenset(),
        raw=cell,
    )
