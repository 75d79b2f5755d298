"""One question of a visitor, answered: files in; answers, refusals, a table and a page of results out."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..config import CLASS_NAMES
from ..exceptions import CifarTeachError, DataError
from ..synthetic import draw
from .recogniser import Answer, Recogniser
from .uploads import Picture, from_pixels, read_upload

MAX_PICTURES = 50
"""Pictures answered at a time. More are refused by name, not silently left out."""
EXAMPLE_SEED = 0
COLUMNS = ("picture", "model", "answer", "probability", "may be none", "second", "its probability")
"""Of the results table and of the CSV file, before one column for each class."""

Upload = tuple[bytes | str | os.PathLike[str], str | None]
"""What was uploaded, as bytes or as the path of a server's copy, and the name the visitor's browser gave."""


@dataclass(frozen=True)
class Result:
    """What was found out about one picture.

    Attributes:
        picture: the picture.
        answers: of each model that was asked.
        evidence: float32 ``(size, size)`` in 0..1 by model, or None for a model without; empty when not asked for.
    """

    picture: Picture
    answers: list[Answer]
    evidence: dict[str, np.ndarray | None]


@dataclass(frozen=True)
class Outcome:
    """Everything about one question.

    Attributes:
        results: of the pictures that could be read, in order.
        problems: one sentence for each file that was refused, and for whatever else went wrong.
    """

    results: list[Result]
    problems: list[str]

    @property
    def rows(self) -> list[list[str | float]]:
        """The results table, for each picture and model a row of :data:`COLUMNS`."""
        return [_row(result.picture.name, answer) for result in self.results for answer in result.answers]

    def to_csv(self) -> str:
        """Return the results table as CSV, with the probability of every class."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        answers = [answer for result in self.results for answer in result.answers]
        names = list(dict.fromkeys(name for answer in answers for name in answer.class_names))
        writer.writerow([*COLUMNS, *(f"p({name})" for name in names)])
        for result in self.results:
            for answer in result.answers:
                held = dict(zip(answer.class_names, answer.probabilities.tolist(), strict=True))
                probabilities = [f"{held[name]:.6f}" if name in held else "" for name in names]
                writer.writerow([*map(_harmless, _row(result.picture.name, answer)), *probabilities])
        return file.getvalue()


def answer_uploads(
    recogniser: Recogniser, uploads: Sequence[Upload], names: Sequence[str], *, evidence: bool = True
) -> Outcome:
    """Read what was uploaded and ask the models about it. One bad file does not stop the others.

    Args:
        recogniser: the models of the app.
        uploads: the files.
        names: models to ask.
        evidence: also compute where in the pictures the models look.

    Returns:
        The results, and a sentence for the visitor about everything that went wrong; this does not raise.
    """
    names = sorted(names, key=recogniser.position)
    try:
        if not names:
            raise CifarTeachError("No model is chosen. Choose at least one.")
        sizes = recogniser.sizes(names)
    except CifarTeachError as problem:
        return Outcome([], [str(problem)])
    pictures, problems = [], []
    for source, name in uploads[:MAX_PICTURES]:
        try:
            pictures.append(read_upload(source, name, sizes))
        except DataError as problem:
            problems.append(str(problem))
    if len(uploads) > MAX_PICTURES:
        problems.append(
            f"{len(uploads)} files are too many at a time: the first {MAX_PICTURES} were taken. Send the others next."
        )
    return _ask(recogniser, pictures, names, problems, evidence)


def answer_example(recogniser: Recogniser, label: int, names: Sequence[str], *, evidence: bool = True) -> Outcome:
    """Ask the models about the example drawing of class ``label``, 0 to 9."""
    names = sorted(names, key=recogniser.position)
    try:
        sizes = recogniser.sizes(names)
    except CifarTeachError as problem:
        return Outcome([], [str(problem)])
    picture = from_pixels(example_images()[label], f"drawing of a {CLASS_NAMES[label]}", sizes)
    return _ask(recogniser, [picture], names, [], evidence)


@cache
def example_images() -> np.ndarray:
    """Return one drawing of each class, uint8 ``(10, 32, 32, 3)``, in the order of the classes.

    They are drawn by a program, so there is nothing to download and nobody's picture is copied. The networks were
    trained on photographs and are at times wrong about them.
    """
    images, labels = draw(len(CLASS_NAMES), seed=EXAMPLE_SEED)
    return images[np.argsort(labels)]


def _ask(
    recogniser: Recogniser, pictures: list[Picture], names: Sequence[str], problems: list[str], evidence: bool
) -> Outcome:
    try:
        answers = recogniser.recognise(pictures, names)
    except CifarTeachError as problem:
        return Outcome([], [*problems, str(problem)])
    maps = recogniser.evidence(pictures, answers) if evidence else [{} for _ in pictures]
    return Outcome([Result(*found) for found in zip(pictures, answers, maps, strict=True)], problems)


def _row(name: str, answer: Answer) -> list[str | float]:
    (best, probability), (second, runner_up) = answer.top(2)
    doubt = "not measured" if answer.threshold is None else "yes" if answer.may_be_none else "no"
    return [name, answer.model, best, round(probability, 4), doubt, second, round(runner_up, 4)]


def _harmless(value: str | float) -> str | float:
    """Return a value that a spreadsheet does not run: a file may be called ``=HYPERLINK(...)``."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
