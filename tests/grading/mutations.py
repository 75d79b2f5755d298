"""Random damage to real notebooks, and what the intake must never do with them: fail, or lose an answer in silence."""

from __future__ import annotations

import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from cifar_teach.grading.intake import collect_all
from cifar_teach.grading.records import Submission
from tests.exercises.harness import generated_notebook
from tests.grading.bad import answers_of, code, dump, grade_id, text, text_of

ROOT = Path(__file__).resolve().parents[2]
LEVELS = ("bytes", "JSON", "cells")
BATCH = 250
JUNK = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "\0",
    "\ud83d",
    "x" * 3000,
    [],
    {},
    [[]],
    {"a": {"b": []}},
    "def f(:",
    ["a", 1, None],
)


@dataclass(frozen=True)
class Exercise:
    """The two notebooks of an exercise."""

    slug: str
    release: dict
    solution: dict

    @property
    def answers(self) -> dict[str, str]:
        """Name of the question -> answer of the solution."""
        return {grade_id(cell): text_of(cell) for cell in answers_of(self.solution)}


@dataclass(frozen=True)
class Mutant:
    """A damaged notebook: its number, what was done, the file."""

    number: int
    level: str
    done: tuple[str, ...]
    data: bytes


def read_exercise(slug: str) -> Exercise:
    """Read the notebooks of an exercise."""
    homes = ("exercises", "solutions")
    return Exercise(slug, *(generated_notebook(home, slug) for home in homes))


def make_mutant(exercise: Exercise, number: int, seed: int) -> Mutant:
    """Return mutant ``number`` of a run; the same for the same numbers."""
    rng = random.Random(f"{exercise.slug} {seed} {number}")
    level = LEVELS[number % len(LEVELS)]
    times = rng.choice((1, 1, 1, 2, 3, 5))
    if level == "bytes":
        data, done = bytearray(dump(exercise.solution, indent=rng.choice((None, 1))).encode()), []
        for _ in range(times):
            operation = rng.choice(BYTES)
            done.append(operation.__name__)
            data = bytearray(operation(rng, data))
        return Mutant(number, level, tuple(done), bytes(data))
    notebook, done = deepcopy(exercise.solution), []
    for _ in range(times):
        operation = rng.choice(CELLS if level == "cells" else JSON)
        done.append(operation.__name__)
        operation(rng, notebook)
    return Mutant(number, level, tuple(done), dump(notebook, ensure_ascii=True).encode())


def through_intake(exercise: Exercise, mutants: Sequence[Mutant], folder: Path) -> dict[int, Submission]:
    """Hand the mutants in, as archives of a class each, and return number -> submission."""
    found = {}
    for start in range(0, len(mutants), BATCH):
        path = folder / "class.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for mutant in mutants[start : start + BATCH]:
                archive.writestr(f"class/s{mutant.number:06d}/{exercise.slug}.ipynb", mutant.data)
        collected = collect_all([path], releases=ROOT / "exercises", exercise=exercise.slug)
        path.unlink()
        assert collected.skipped == []
        found |= {int(each.student[1:]): each for each in collected.submissions}
    return found


def faults(exercise: Exercise, mutant: Mutant, submission: Submission | None) -> list[str]:
    """Return what the intake did wrong with a mutant."""
    if submission is None:
        return ["the submission is gone"]
    if submission.problem:
        return [f"a fault: {submission.problem.message}"] if submission.problem.kind == "grader-fault" else []
    wrong = []
    built = [cell for cell in submission.notebook["cells"] if not cell["id"].startswith("own-")]
    if [cell["id"] for cell in built] != [cell["id"] for cell in exercise.release["cells"]]:
        wrong.append("the rebuilt notebook is not the release")
    for cell, original in zip(built, exercise.release["cells"], strict=False):
        if original["metadata"].get("nbgrader", {}).get("locked") and cell["source"] != text_of(original):
            wrong.append(f"the cell {cell['id']} is not as released")
    try:
        json.dumps(submission.to_dict(), ensure_ascii=False).encode()
    except (ValueError, TypeError) as problem:
        wrong.append(f"it cannot be stored: {problem}")
    sources = _sources(mutant.data)
    several = {repair.question for repair in submission.repairs if repair.kind == "several-answers"}
    for name, answer in exercise.answers.items():
        given = submission.answers.get(name, "")
        intact = answer in sources
        if answer in given:
            continue
        if intact and not submission.repairs:
            wrong.append(f"{name} is in the file, but was lost, and nobody is told")
        elif not given and name in _named(sources, exercise) and not submission.repairs:
            wrong.append(f"{name} has something in its cell, but was lost, and nobody is told")
        elif (
            intact
            and mutant.level == "cells"
            and not any(each.endswith(name) for each in several)
            and not _is_text(exercise, name)
        ):
            wrong.append(f"{name} is in a cell of its own, but was not taken")
    return wrong


def tally(mutants: Sequence[Mutant], found: dict[int, Submission]) -> dict[str, int]:
    """Return how the mutants ended."""
    ends: Counter[str] = Counter()
    for mutant in mutants:
        submission = found[mutant.number]
        if submission.problem:
            ends["a person must look"] += 1
        elif submission.repairs:
            ends["repaired, the student is told"] += 1
        else:
            ends["nothing to repair"] += 1
    return dict(ends)


def _is_text(exercise: Exercise, name: str) -> bool:
    return any(grade_id(cell) == name and cell["cell_type"] == "markdown" for cell in exercise.release["cells"])


def _sources(data: bytes) -> Counter[str]:
    """Return the texts of the cells, for a file that is whole."""
    try:
        cells = json.loads(data)["cells"]
        return Counter("".join(cell["source"]).replace("\r\n", "\n") for cell in cells)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Counter()


def _named(sources: Counter[str], exercise: Exercise) -> set[str]:
    """Return the questions of which the first line stands in some cell together with more than the release gives."""
    stubs = {text_of(cell) for cell in exercise.release["cells"]}
    found = set()
    for name, answer in exercise.answers.items():
        head = answer.split("\n", 1)[0]
        if answer.startswith("def ") and any(
            each.startswith(head) and each not in stubs and "\0" not in each for each in sources
        ):
            found.add(name)
    return found


# Bytes


def flip(rng: random.Random, data: bytearray) -> bytearray:
    for _ in range(rng.choice((1, 1, 5, 50))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return data


def cut(rng: random.Random, data: bytearray) -> bytearray:
    return data[: rng.randrange(1, len(data) + 1)]


def cut_front(rng: random.Random, data: bytearray) -> bytearray:
    return data[rng.randrange(len(data)) :]


def lose(rng: random.Random, data: bytearray) -> bytearray:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice((1, 2, 10, 500, 4096))]
    return data or bytearray(b" ")


def repeat(rng: random.Random, data: bytearray) -> bytearray:
    start = rng.randrange(len(data))
    end = start + rng.choice((1, 10, 500, 4096))
    return data[:end] + data[start:end] + data[end:]


def insert(rng: random.Random, data: bytearray) -> bytearray:
    at = rng.randrange(len(data))
    piece = rng.choice(
        (
            b"\xff\xfe",
            b"\0",
            b'"',
            b"{",
            b"]",
            b",",
            b"\\",
            b"<<<<<<< HEAD\n",
            b"NaN",
            b"\r\n",
            b"\xf0\x9f",
            rng.randbytes(40),
        )
    )
    return data[:at] + piece + data[at:]


def recode(rng: random.Random, data: bytearray) -> bytearray:
    return bytearray(
        data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "utf-16-be")), "replace")
    )


def mark_conflict(rng: random.Random, data: bytearray) -> bytearray:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at : at + 1] = [b"<<<<<<< HEAD", lines[at], b"=======", lines[at], b">>>>>>> other"]
    return bytearray(b"\n".join(lines))


def add_commas(rng: random.Random, data: bytearray) -> bytearray:
    return bytearray(data.replace(b"}\n ]", b"},\n ]").replace(b'"\n   ]', b'",\n   ]'))


BYTES: tuple[Callable, ...] = (flip, cut, cut_front, lose, repeat, insert, recode, mark_conflict, add_commas)


# JSON


def _places(value: object, found: list) -> list:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.append((value, key))
        _places(inner, found)
    return found


def replace_value(rng: random.Random, notebook: dict) -> None:
    holder, key = rng.choice(_places(notebook, []))
    holder[key] = deepcopy(rng.choice(JUNK))


def remove_value(rng: random.Random, notebook: dict) -> None:
    holder, key = rng.choice(_places(notebook, []))
    del holder[key]


def add_value(rng: random.Random, notebook: dict) -> None:
    holder, _ = rng.choice(_places(notebook, []))
    if isinstance(holder, dict):
        holder[rng.choice(("cells", "source", "nbgrader", "id", "metadata", "x", "cell_type"))] = deepcopy(
            rng.choice(JUNK)
        )
    else:
        holder.insert(rng.randrange(len(holder) + 1), deepcopy(rng.choice(JUNK)))


def swap_values(rng: random.Random, notebook: dict) -> None:
    places = _places(notebook, [])
    (one, key), (other, there) = rng.choice(places), rng.choice(places)
    first, second = deepcopy(one[key]), deepcopy(other[there])
    one[key] = second
    if isinstance(other, dict) or (isinstance(there, int) and there < len(other)):
        other[there] = first


JSON: tuple[Callable, ...] = (replace_value, remove_value, add_value, swap_values)


# Cells


def _at(rng: random.Random, notebook: dict) -> int:
    if not notebook["cells"]:
        notebook["cells"].append(code("1"))
    return rng.randrange(len(notebook["cells"]))


def delete_cell(rng: random.Random, notebook: dict) -> None:
    del notebook["cells"][_at(rng, notebook)]


def delete_run(rng: random.Random, notebook: dict) -> None:
    at = _at(rng, notebook)
    del notebook["cells"][at : at + rng.randrange(1, 12)]


def copy_cell(rng: random.Random, notebook: dict) -> None:
    twin = deepcopy(notebook["cells"][_at(rng, notebook)])
    if rng.random() < 0.5:
        twin["id"] = f"copy{rng.randrange(10**6)}"
    notebook["cells"].insert(_at(rng, notebook), twin)


def move_cell(rng: random.Random, notebook: dict) -> None:
    cell = notebook["cells"].pop(_at(rng, notebook))
    notebook["cells"].insert(_at(rng, notebook), cell)


def shuffle_cells(rng: random.Random, notebook: dict) -> None:
    rng.shuffle(notebook["cells"])


def retype_cell(rng: random.Random, notebook: dict) -> None:
    notebook["cells"][_at(rng, notebook)]["cell_type"] = rng.choice(("code", "markdown", "raw"))


def strip_cell(rng: random.Random, notebook: dict) -> None:
    cell = notebook["cells"][_at(rng, notebook)]
    cell["metadata"] = {}
    cell.pop("id", None)


def strip_all(rng: random.Random, notebook: dict) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)


def rename_mark(rng: random.Random, notebook: dict) -> None:
    cell = notebook["cells"][_at(rng, notebook)]
    names = [grade_id(each) for each in notebook["cells"] if isinstance(each["metadata"].get("nbgrader"), dict)]
    if grade_id(cell):
        cell["metadata"]["nbgrader"]["grade_id"] = rng.choice([*names, "mine", ""])


def flip_flags(rng: random.Random, notebook: dict) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell):
            name = rng.choice(("grade", "locked", "solution", "points", "schema_version", "cell_type", "checksum"))
            cell["metadata"]["nbgrader"][name] = rng.choice((True, False, None, 3, "x"))


def split_cell(rng: random.Random, notebook: dict) -> None:
    at = _at(rng, notebook)
    cell = notebook["cells"][at]
    lines = text_of(cell).splitlines(keepends=True)
    if len(lines) > 1:
        cut_at = rng.randrange(1, len(lines))
        rest = deepcopy(cell) | {"source": "".join(lines[cut_at:]), "id": f"rest{rng.randrange(10**6)}"}
        if rng.random() < 0.5:
            rest["metadata"] = {}
        cell["source"] = "".join(lines[:cut_at])
        notebook["cells"].insert(at + 1, rest)


def merge_cells(rng: random.Random, notebook: dict) -> None:
    at = _at(rng, notebook)
    if at + 1 < len(notebook["cells"]):
        below = notebook["cells"].pop(at + 1)
        notebook["cells"][at]["source"] = text_of(notebook["cells"][at]) + "\n\n" + text_of(below)


def add_cell(rng: random.Random, notebook: dict) -> None:
    new = rng.choice(
        (code("import math"), code("x = ("), text("my note"), code("def helper(x):\n    return x"), code("%%bash\nls"))
    )
    notebook["cells"].insert(_at(rng, notebook), deepcopy(new))


def edit_cell(rng: random.Random, notebook: dict) -> None:
    cell = notebook["cells"][_at(rng, notebook)]
    cell["source"] = rng.choice(("", "pass", text_of(cell) + "\n# mine", "# mine\n" + text_of(cell)))


CELLS: tuple[Callable, ...] = (
    *(delete_cell, delete_run, copy_cell, copy_cell, move_cell, move_cell, shuffle_cells, retype_cell, strip_cell),
    *(strip_all, rename_mark, flip_flags, split_cell, merge_cells, add_cell, edit_cell),
)
