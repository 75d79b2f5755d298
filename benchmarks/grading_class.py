"""A made-up class: honest answers right and wrong, odd files, hostile code, and what each of them must get.

Honest notebooks mix the answers of the exercise's bank, right and wrong ones from real misconceptions; odd ones are the
damaged files of the tests; hostile ones put code that means harm into an answer. What is due to each answer is asked of
the same checks in this process, without sandbox, salt or intake.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from cifar_teach.checks import Exercise, get_exercise
from tests.exercises.harness import answered, bank, generated_notebook, reference, verdict_on
from tests.grading.bad import ALL, BAD, BadSubmission, first

RIGHT, OTHER_RIGHT = 0.55, 0.15
"""Shares of the answers of honest students that are the reference, and right in another way; the rest is wrong."""

HOSTILE = {
    "ends the process": "import os\nos._exit(0)",
    "never returns": "while True:\n    pass",
    "swallows every exception": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "takes all memory": "hoard = []\nwhile True:\n    hoard.append(bytearray(b'x' * 2**27))",
    "starts processes": "import os\nfor _ in range(10_000):\n    try:\n        if os.fork() == 0:\n"
    "            import time; time.sleep(600)\n    except OSError: pass",
    "fills the disk": "with open('/tmp/big', 'wb') as file:\n    while True: file.write(bytes(2**24))",
    "prints without end": "while True: print('x' * 1000)",
    "patches the checks": "import cifar_teach.checks.runner as r, cifar_teach.checks.compare as c\n"
    "for module in (r, c):\n    for name in dir(module):\n"
    "        if callable(getattr(module, name)): setattr(module, name, lambda *a, **k: True)",
}
"""What happens -> the body of a student's function."""

NO_CODE = ("syntax error in an answer", "deep brackets in an answer")
"""Damaged files that are read in full, but in which the first answer cannot be run."""


@dataclass(frozen=True)
class Student:
    """One made-up hand-in.

    Attributes:
        id: name of the student.
        kind: ``"honest"``, ``"odd"`` or ``"hostile"``.
        what: the kind in more words.
        content: bytes of the file.
        file: its name.
        points: name of the question -> points that are due; None when a person has to look.
    """

    id: str
    kind: str
    what: str
    content: bytes
    file: str
    points: dict[str, float] | None = field(default_factory=dict)


def made_up_class(slug: str, count: int, *, odd: float, hostile: float, seed: int) -> list[Student]:
    """Return ``count`` hand-ins of an exercise, of which these shares are odd and hostile."""
    rng = random.Random(f"{seed} {slug}")
    exercise = get_exercise(slug)
    kinds = ["odd"] * round(odd * count) + ["hostile"] * round(hostile * count)
    kinds += ["honest"] * (count - len(kinds))
    rng.shuffle(kinds)
    # Files whose points are known: what the student wrote instead of the solution is not asked here.
    files = [each for each in BAD if not each.changed or ("another" not in each.name and "twice" not in each.name)]
    rng.shuffle(files)
    attacks = list(HOSTILE)
    students = []
    for number, kind in enumerate(kinds):
        id = f"s{number:04d}"
        if kind == "odd":
            students.append(_odd(id, exercise, files[sum(each.kind == kind for each in students) % len(files)]))
        elif kind == "hostile":
            students.append(_hostile(id, exercise, attacks[sum(each.kind == kind for each in students) % len(attacks)]))
        else:
            students.append(_honest(id, exercise, rng))
    return students


def write_class(students: list[Student], slug: str, folder: Path) -> None:
    """Write the hand-ins as nbgrader lays them out: ``<student>/<exercise>/<file>``."""
    for each in students:
        path = folder / each.id / slug / (f"{slug}.ipynb" if each.file == "notebook.ipynb" else each.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)


def _honest(id: str, exercise: Exercise, rng: random.Random) -> Student:
    answers = bank(exercise.slug)
    chosen, points = {}, {}
    for question in exercise.checks:
        draw = rng.random()
        code = reference(exercise.slug, question.name)
        other = [each.code for each in answers.RIGHT if each.question == question.name]
        wrong = [each.code for each in answers.WRONG if each.question == question.name and not each.also]
        if draw > RIGHT + OTHER_RIGHT and wrong:
            code = rng.choice(wrong)
        elif draw > RIGHT and other:
            code = rng.choice(other)
        chosen[question.name] = code
        points[question.name] = verdict_on(exercise.slug, question.name, code).points
    return Student(
        id, "honest", "answers of the bank", _dump(answered(exercise.slug, chosen)), f"{exercise.slug}.ipynb", points
    )


def _odd(id: str, exercise: Exercise, bad: BadSubmission) -> Student:
    solution = generated_notebook("solutions", exercise.slug)
    content = bad.build(generated_notebook("exercises", exercise.slug), solution)
    meant = {"first": first(solution), "text": first(solution, of="markdown")}
    lost = {each.name for each in exercise.questions} if bad.lost == ALL else {meant[each] for each in bad.lost}
    if bad.name in NO_CODE:
        lost.add(meant["first"])
    points = {each.name: 0.0 if each.name in lost else each.points for each in exercise.checks}
    return Student(id, "odd", bad.name, content, bad.file, None if bad.problem else points)


def _hostile(id: str, exercise: Exercise, what: str) -> Student:
    """The first function that the exercise asks for does harm; all other answers are right."""
    question = exercise.checks[0]
    body = "\n".join(f"    {line}" for line in HOSTILE[what].splitlines())
    content = answered(exercise.slug, {question.name: f"def {question.needs[0]}(*args, **kwargs):\n{body}\n"})
    points = {each.name: each.points for each in exercise.checks} | {question.name: 0.0}
    return Student(id, "hostile", what, _dump(content), f"{exercise.slug}.ipynb", points)


def _dump(content: dict) -> bytes:
    return json.dumps(content, indent=1).encode("utf-8")
