"""Which exercises and questions there are. Points are written here and nowhere else.

An exercise is a module of this package, ``ex02_preprocess.py``. It names itself and registers its questions in the
order in which the notebook asks them::

    exercise("ex02_preprocess", title="Preprocessing", goal="…", minutes=60)

    @check("ex02.normalize", points=2, needs="normalize", hints=("…", "…"))
    def scales_to_unit_interval(student, draw):
        \"\"\"Scale pixel values to 0–1.\"\"\"
        images = draw.images(4)
        expect_array(student.call("normalize", images), images / 255)

    manual("ex02.reflect", points=3, title="…", rubric=("1 point: …", …))
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import CifarTeachError, unknown_name

if TYPE_CHECKING:
    from .draw import Draw
    from .student import Student

    Judge = Callable[[Student, Draw], None]

SLUG = re.compile(r"ex(\d\d)_[a-z][a-z0-9_]*")
QUESTION_ID = re.compile(r"(ex\d\d)\.([a-z][a-z0-9_-]*)")
SECONDS = 10.0
"""The time limit of a check that sets none. Keras is imported before the clock starts."""

EXERCISES: tuple[str, ...] = tuple(
    sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if SLUG.fullmatch(module.name))
)
"""The slugs of all exercises, in the order of the course."""

_loaded: dict[str, Exercise] = {}


@dataclass(frozen=True)
class Question:
    """One question of an exercise.

    Attributes:
        id: ``"ex02.normalize"``.
        title: what is asked, in a few words.
        points: how much it is worth.
        judge: the function that judges the answer; None when a person does.
        needs: the names that the student defines for it.
        uses: names of the package the answer may use; other objects of the package are refused as the answer.
        hints: each goes one step further than the one before; none gives the answer.
        seconds: time limit in seconds.
        keras: True when the check needs Keras, which is then imported before the clock starts.
        rubric: how a person gives the points; empty for a check.
    """

    id: str
    title: str
    points: float
    judge: Judge | None = None
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    seconds: float = SECONDS
    keras: bool = False
    rubric: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The part after the dot, which is also the id of the cell in the notebook."""
        return self.id.partition(".")[2]

    @property
    def manual(self) -> bool:
        """True when a person reads the answer."""
        return self.judge is None


@dataclass
class Exercise:
    """An exercise and its questions, in the order in which they are asked.

    Attributes:
        slug: ``"ex02_preprocess"``: the name of all its files.
        title: as the notebook shows it.
        goal: what the student can do afterwards, in a sentence.
        minutes: how long a student needs.
        questions: in order.
        train_size, test_size: how many images :func:`~cifar_teach.checks.start` loads.
    """

    slug: str
    title: str
    goal: str
    minutes: int
    train_size: int
    test_size: int
    questions: list[Question] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """What its check ids begin with, such as ``"ex02"``."""
        return self.slug[:4]

    @property
    def points(self) -> float:
        """All points, those given by a person included."""
        return sum(question.points for question in self.questions)

    @property
    def checks(self) -> list[Question]:
        """The questions that are judged by a check."""
        return [question for question in self.questions if not question.manual]

    def question(self, name: str) -> Question:
        """Return the question with this name (``"normalize"``) or id; raise :class:`CifarTeachError` if none has it."""
        for question in self.questions:
            if name in (question.name, question.id):
                return question
        raise CifarTeachError(unknown_name(f"question in {self.slug}", name, [each.name for each in self.questions]))


def exercise(slug: str, *, title: str, goal: str, minutes: int, train_size: int = 2_000, test_size: int = 500) -> None:
    """Name the exercise that the module of this name registers; called once, first in the module."""
    if not SLUG.fullmatch(slug):
        raise CifarTeachError(f"'{slug}' is no slug of an exercise: write ex02_preprocess.")
    _loaded[slug[:4]] = Exercise(slug, title, goal, minutes, train_size, test_size)


def check(
    id: str,
    *,
    points: float,
    needs: str | tuple[str, ...],
    uses: tuple[str, ...] = (),
    hints: tuple[str, ...] = (),
    seconds: float = SECONDS,
    keras: bool = False,
) -> Callable[[Judge], Judge]:
    """Register a function as the check ``id``. It is called with a facade of the student's work and a source of inputs.

    The function raises :class:`~cifar_teach.checks.verdict.CheckFailed` when the answer is not right; otherwise the
    answer gets all points. With ``student.part(…)`` it judges several things, each for its share of the points. The
    first line of its docstring is the title of the question.

    Args:
        id: exercise and name, ``"ex02.normalize"``.
        points: points for a right answer.
        needs: what the student defines.
        uses: names from the package that the answer may use.
        hints: for ``hint(id)``, from gentle to nearly there.
        seconds: time limit.
        keras: the check needs Keras.
    """

    def register(judge: Judge) -> Judge:
        title = (judge.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        names = (needs,) if isinstance(needs, str) else needs
        _add(Question(id, title, points, judge, names, uses, hints, seconds, keras))
        return judge

    return register


def manual(id: str, *, points: float, title: str, rubric: tuple[str, ...]) -> None:
    """Register a question whose answer a person reads, with the rubric by which points are given."""
    _add(Question(id, title, points, rubric=rubric))


def _add(question: Question) -> None:
    if not QUESTION_ID.fullmatch(question.id) or question.id[:4] not in _loaded:
        raise CifarTeachError(f"'{question.id}' belongs to no exercise: call exercise('{question.id[:4]}_…') first.")
    if not question.title or not question.points > 0:
        raise CifarTeachError(f"{question.id} needs a title (the check's docstring) and points above 0.")
    questions = _loaded[question.id[:4]].questions
    if any(each.id == question.id for each in questions):
        raise CifarTeachError(f"{question.id} is registered twice.")
    questions.append(question)


def get_exercise(name: str) -> Exercise:
    """Return the exercise called ``name``: a slug such as ``"ex02_preprocess"``, or its first part ``"ex02"``.

    Raises:
        CifarTeachError: there is no such exercise; the message names the nearest one.
    """
    for slug in EXERCISES:
        if name in (slug, slug[:4]):
            importlib.import_module(f".{slug}", __package__)
            return _loaded[slug[:4]]
    raise CifarTeachError(unknown_name("exercise", name, EXERCISES))


def get_question(id: str) -> Question:
    """Return the question with this id.

    Raises:
        CifarTeachError: there is none; the message names the nearest one.
    """
    prefix = str(id).partition(".")[0]
    known = [slug[:4] for slug in EXERCISES]
    if prefix not in known:
        every = [question.id for slug in EXERCISES for question in get_exercise(slug).questions]
        raise CifarTeachError(unknown_name("question", id, every))
    for question in get_exercise(prefix).questions:
        if question.id == id:
            return question
    raise CifarTeachError(unknown_name("question", id, [question.id for question in get_exercise(prefix).questions]))
