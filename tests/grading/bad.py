"""Damaged, rearranged and odd submissions, made by script from the real release and solution of an exercise.

Each one is a file as a student might hand it in, with what must become of it: which questions keep the answers of the
solution, which are lost, which repairs are told, or why a person has to look.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

Notebook = dict
Build = Callable[[Notebook, Notebook], bytes]
FILE = "notebook.ipynb"
ACCOUNT = {"displayName": "Anna Secret", "userId": "0123456789012345", "photoUrl": "https://example.org/anna.jpg"}
ALL = ("*",)


@dataclass(frozen=True)
class BadSubmission:
    """One submission and what must become of it.

    Attributes:
        name: in a few words; also an id of the student.
        build: makes the file from the release and the solution.
        repairs: kinds of repairs that the student must be told.
        lost: questions that count as not attempted; ``ALL`` for all of them.
        changed: questions whose answer is another text than in the solution, but works like it.
        problem: kind of the problem that a person must look at; empty when it is graded.
        quiet: True when nothing at all may be told.
        file: name of the file.
    """

    name: str
    build: Build
    repairs: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    problem: str = ""
    quiet: bool = False
    file: str = FILE


BAD: list[BadSubmission] = []


def bad(name: str, **expected: object) -> Callable[[Build], Build]:
    """Add a submission to :data:`BAD`. Its function returns a notebook, text or bytes."""

    def register(build: Callable) -> Build:
        def as_bytes(release: Notebook, solution: Notebook) -> bytes:
            made = build(deepcopy(release), deepcopy(solution))
            return made if isinstance(made, bytes) else (made if isinstance(made, str) else dump(made)).encode("utf-8")

        BAD.append(BadSubmission(name, as_bytes, **expected))
        return as_bytes

    return register


def dump(notebook: Notebook, **options: object) -> str:
    """Return a notebook as a file."""
    return json.dumps(notebook, **({"indent": 1, "ensure_ascii": False} | options))


def text_of(cell: dict) -> str:
    """Return the text of a cell."""
    return "".join(cell["source"])


def grade_id(cell: dict) -> str:
    """Return nbgrader's name of a cell."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def position(notebook: Notebook, name: str) -> int:
    """Return where the cell with this id stands."""
    return next(index for index, cell in enumerate(notebook["cells"]) if cell.get("id") == name)


def cell_of(notebook: Notebook, name: str) -> dict:
    """Return the cell with this id."""
    return notebook["cells"][position(notebook, name)]


def answers_of(notebook: Notebook) -> list[dict]:
    """Return the cells that a student fills in."""
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]


def questions_of(notebook: Notebook) -> list[str]:
    """Return the names of the questions."""
    return [grade_id(cell) for cell in answers_of(notebook)]


def code(source: str, **metadata: object) -> dict:
    """Return a new code cell, as a student makes one."""
    return {
        "id": f"new{abs(hash(source)) % 10**8:08d}",
        "cell_type": "code",
        "metadata": dict(metadata),
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def text(source: str) -> dict:
    """Return a new text cell."""
    return {"id": f"txt{abs(hash(source)) % 10**8:08d}", "cell_type": "markdown", "metadata": {}, "source": source}


def first(solution: Notebook, *, of: str = "code", several: bool = False) -> str:
    """Return the name of the first question of a kind; ``several``: one whose answer has two functions."""
    for cell in answers_of(solution):
        is_function = text_of(cell).startswith("def ")
        if cell["cell_type"] == of and (of != "code" or is_function) and (not several or text_of(cell).count("\ndef ")):
            return grade_id(cell)
    raise AssertionError("the exercise has no such question")


def strip(notebook: Notebook) -> Notebook:
    """Return the notebook without anything that tells which cell is which."""
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    return notebook


def in_colab(notebook: Notebook) -> Notebook:
    """Return the notebook as Colab saves it: format 4.0, no ids of the format, who ran which cell and when."""
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {
        "colab": {"provenance": [{"file_id": "1a", "timestamp": 1}], "name": "Anna Secret.ipynb", "toc_visible": True},
        "accelerator": "GPU",
        "kernelspec": {"name": "python3", "display_name": "Python 3 (Anna Secret)"},
    }
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"]["id"] = f"abc{number:09d}"
        if cell["cell_type"] == "code":
            cell["metadata"] |= {
                "outputId": f"def{number:09d}",
                "colab": {"base_uri": "https://localhost:8080/", "height": 35},
                "executionInfo": {"status": "ok", "timestamp": 1700000000000, "elapsed": 5, "user": ACCOUNT},
            }
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Anna Secret\n"]}]
        cell["source"] = text_of(cell).splitlines(keepends=True)
    return notebook


# What is fine


@bad("solution", quiet=True)
def _(release, solution):
    return solution


@bad("untouched", lost=ALL, quiet=True)
def _(release, solution):
    return release


@bad("colab", quiet=True)
def _(release, solution):
    return in_colab(solution)


@bad("helpers in new cells", quiet=True)
def _(release, solution):
    solution["cells"].insert(
        position(solution, first(solution)), code("import math\n\n\ndef half(x):\n    return x / 2")
    )
    return solution


@bad("other kernels", quiet=True)
def _(release, solution):
    solution["metadata"]["kernelspec"] = {"name": "conda-env-anna-r", "display_name": "R", "language": "R"}
    solution["metadata"]["language_info"] = {"name": "R", "mimetype": "text/x-r-source"}
    return solution


@bad("no metadata of the notebook", quiet=True)
def _(release, solution):
    return solution | {"metadata": {}}


# Copies


@bad("copied answer, old try behind", repairs=("several-answers",), changed=("first",))
def _(release, solution):
    index = position(solution, first(solution))
    twin = deepcopy(solution["cells"][index])
    twin["id"] = "twin"
    twin["source"] = text_of(twin) + "\n# my old try\n"
    solution["cells"].insert(index + 1, twin)
    return solution


@bad("copied answer, new try behind an old one", repairs=("several-answers",))
def _(release, solution):
    index = position(solution, first(solution))
    old = deepcopy(solution["cells"][index]) | {"id": "old"}
    old["source"] = text_of(old).splitlines()[0] + "\n    return 1"
    solution["cells"].insert(index, old)
    return solution


@bad("copied stub behind the answer", quiet=True)
def _(release, solution):
    name = first(solution)
    solution["cells"].insert(position(solution, name) + 1, deepcopy(cell_of(release, name)) | {"id": "stub"})
    return solution


@bad("copied check at the end", repairs=("extra-copy",))
def _(release, solution):
    solution["cells"].append(deepcopy(cell_of(solution, f"check-{first(solution)}")) | {"id": "again"})
    return solution


@bad("every cell twice", repairs=("several-answers", "extra-copy"), changed=("text",))
def _(release, solution):
    solution["cells"] = [each for cell in solution["cells"] for each in (cell, deepcopy(cell))]
    return solution


@bad("the whole notebook twice", repairs=("several-answers", "extra-copy"), changed=("text",))
def _(release, solution):
    solution["cells"] += deepcopy(solution["cells"])
    return solution


@bad("the release behind the solution", repairs=("extra-copy",))
def _(release, solution):
    solution["cells"] += release["cells"]
    return solution


# Missing cells


@bad("check deleted", repairs=("check-restored",))
def _(release, solution):
    del solution["cells"][position(solution, f"check-{first(solution)}")]
    return solution


@bad("answer deleted", repairs=("answer-missing",), lost=("first",))
def _(release, solution):
    del solution["cells"][position(solution, first(solution))]
    return solution


@bad("answer emptied", lost=("first",))
def _(release, solution):
    cell_of(solution, first(solution))["source"] = " \n"
    return solution


@bad("first three marked cells deleted", repairs=("cell-restored", "answer-missing", "check-restored"), lost=("first",))
def _(release, solution):
    marked = [cell for cell in solution["cells"] if grade_id(cell)][:3]
    solution["cells"] = [cell for cell in solution["cells"] if cell not in marked]
    return solution


@bad("set-up and imports deleted", repairs=("cell-restored",))
def _(release, solution):
    solution["cells"] = [cell for cell in solution["cells"] if cell["id"] not in ("setup", "code-01")]
    return solution


@bad("nothing but the answers", repairs=("check-restored", "cell-restored"))
def _(release, solution):
    return solution | {"cells": answers_of(solution)}


@bad("nothing but the code of the answers, without marks", repairs=("answer-recognised",), lost=("text",))
def _(release, solution):
    kept = [cell for cell in answers_of(solution) if cell["cell_type"] == "code"]
    return strip(solution | {"cells": kept})


# Marks


@bad("grade_id renamed", quiet=True)
def _(release, solution):
    cell_of(solution, first(solution))["metadata"]["nbgrader"]["grade_id"] = "mine"
    return solution


@bad("grade_id and id renamed", repairs=("answer-recognised",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    cell["metadata"]["nbgrader"]["grade_id"] = cell["id"] = "mine"
    return solution


@bad("ids lost, marks kept", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        del cell["id"]
    return solution


@bad("marks lost, ids kept", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        cell["metadata"] = {}
    return solution


@bad("all marks lost", repairs=("answer-recognised", "answer-found-elsewhere"))
def _(release, solution):
    return strip(solution)


@bad("all marks lost, own cells between", repairs=("answer-recognised",))
def _(release, solution):
    solution["cells"] = [each for cell in solution["cells"] for each in (cell, code("1 + 1"))]
    return strip(solution)


@bad("flags flipped", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"] |= {"grade": False, "locked": False, "solution": True}
    return solution


@bad("a hundred points", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"] |= {"points": 100, "checksum": "0" * 32}
    return solution


for label, version in {"missing": None, "old": 2, "new": 4, "text": "three", "list": [3]}.items():

    @bad(f"schema version {label}", quiet=True)
    def _(release, solution, version=version):
        for cell in solution["cells"]:
            if grade_id(cell):
                cell["metadata"]["nbgrader"]["schema_version"] = version
                if version is None:
                    del cell["metadata"]["nbgrader"]["schema_version"]
        return solution


@bad("marks of two answers swapped", repairs=())
def _(release, solution):
    one, other = [cell for cell in answers_of(solution) if text_of(cell).startswith("def ")][:2]
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]
    one["id"], other["id"] = other["id"], one["id"]
    return solution


@bad("marks are nonsense", repairs=("answer-recognised", "answer-found-elsewhere"))
def _(release, solution):
    for number, cell in enumerate(solution["cells"]):
        cell["metadata"] = [None, 3, {"nbgrader": "yes"}, {"nbgrader": {"grade_id": 7}}, {"nbgrader": [1]}][number % 5]
        cell["id"] = number
    return solution


# Edited cells


@bad("check edited", repairs=("cell-restored",))
def _(release, solution):
    cell_of(solution, f"check-{first(solution)}")["source"] = "pass"
    return solution


@bad("check turned into text", quiet=True)
def _(release, solution):
    cell = cell_of(solution, f"check-{first(solution)}")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    return solution


@bad("set-up edited, import added", repairs=("cell-restored",))
def _(release, solution):
    cell = cell_of(solution, "setup")
    cell["source"] = text_of(cell) + "\nimport math as mathematics\n"
    return solution


@bad("imports edited", quiet=True)
def _(release, solution):
    cell = cell_of(solution, "code-01")
    cell["source"] = "import math as mathematics\n" + text_of(cell)
    return solution


@bad("answer turned into text", repairs=("cell-retyped",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    return solution


@bad("answer turned into text with fences", repairs=("cell-retyped",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    cell |= {"cell_type": "markdown", "source": f"My answer:\n\n```python\n{text_of(cell)}\n```\n"}
    return solution


@bad("answer turned raw", repairs=("cell-retyped",))
def _(release, solution):
    cell_of(solution, first(solution))["cell_type"] = "raw"
    return solution


@bad("text turned into code", repairs=("cell-retyped",))
def _(release, solution):
    cell_of(solution, first(solution, of="markdown"))["cell_type"] = "code"
    return solution


# Answers elsewhere


@bad("answer split inside a function", repairs=("answer-joined",), changed=("first",))
def _(release, solution):
    return _split(solution, first(solution), 2)


@bad("answer split, both halves marked", repairs=("answer-joined",), changed=("first",))
def _(release, solution):
    return _split(solution, first(solution), 2, marked=True)


@bad("answer split behind its first line", repairs=("answer-joined",), changed=("first",))
def _(release, solution):
    return _split(solution, first(solution), 1)


@bad("two functions split apart", repairs=("answer-joined",), changed=("several",))
def _(release, solution):
    name = first(solution, several=True)
    lines = text_of(cell_of(solution, name)).splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if number and line.startswith("def "))
    return _split(solution, name, at)


@bad("two functions split apart, all marks lost", repairs=("answer-joined",), changed=("several",))
def _(release, solution):
    name = first(solution, several=True)
    lines = text_of(cell_of(solution, name)).splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if number and line.startswith("def "))
    return strip(_split(solution, name, at))


@bad("every answer split", repairs=("answer-joined",), changed=ALL)
def _(release, solution):
    for cell in answers_of(solution):
        if cell["cell_type"] == "code" and text_of(cell).startswith("def "):
            _split(solution, cell["id"], 2)
    return solution


@bad("answer in a new cell, stub left above", repairs=("answer-found-elsewhere",))
def _(release, solution):
    name = first(solution)
    answer = text_of(cell_of(solution, name))
    cell_of(solution, name)["source"] = text_of(cell_of(release, name))
    solution["cells"].insert(position(solution, name) + 1, code(answer))
    return solution


@bad("answer in a new cell, stub left below", repairs=("answer-found-elsewhere",))
def _(release, solution):
    name = first(solution)
    answer = text_of(cell_of(solution, name))
    cell_of(solution, name)["source"] = text_of(cell_of(release, name))
    solution["cells"].insert(position(solution, name), code(answer))
    return solution


@bad("all answers in new cells at the end", repairs=("answer-found-elsewhere",))
def _(release, solution):
    new = [code(text_of(cell)) if cell["cell_type"] == "code" else text(text_of(cell)) for cell in answers_of(solution)]
    # The text answer stands where its cell is; who would write it below the hand-in?
    kept = [cell for cell in new if cell["cell_type"] == "code"]
    name = first(release, of="markdown")
    release["cells"].insert(position(release, name) + 1, new[-1])
    return release | {"cells": release["cells"] + kept}


@bad("all answers in one cell", repairs=("answer-found-elsewhere",), changed=ALL)
def _(release, solution):
    answers = [text_of(cell) for cell in answers_of(solution) if cell["cell_type"] == "code"]
    cell_of(release, first(release))["source"] = "\n\n\n".join(answers)
    name = first(release, of="markdown")
    cell_of(release, name)["source"] = text_of(cell_of(solution, name))
    return release


@bad("cell of the question deleted, answer typed anew", repairs=("answer-recognised",))
def _(release, solution):
    index = position(solution, first(solution))
    solution["cells"][index] = code(text_of(solution["cells"][index]))
    return solution


@bad("answer with another name in a new cell", changed=("first",))
def _(release, solution):
    index = position(solution, first(solution))
    renamed = text_of(solution["cells"][index]).replace("def ", "def my_", 1)
    solution["cells"][index] = code(renamed)
    return solution


@bad("another name and another way in a new cell", repairs=("answer-by-place",), changed=("first",))
def _(release, solution):
    solution["cells"][position(solution, first(solution))] = code("solve = lambda x: x * 2")
    return solution


@bad("text answer in a new cell, stub left", repairs=("answer-found-elsewhere",))
def _(release, solution):
    name = first(solution, of="markdown")
    answer = text_of(cell_of(solution, name))
    cell_of(solution, name)["source"] = text_of(cell_of(release, name))
    solution["cells"].insert(position(solution, name) + 1, text(answer))
    return solution


@bad("text answer written into the question", repairs=("answer-found-elsewhere",), changed=("text",))
def _(release, solution):
    name = first(solution, of="markdown")
    index = position(solution, name)
    answer = text_of(solution["cells"][index])
    solution["cells"][index]["source"] = text_of(cell_of(release, name))
    asked = solution["cells"][index - 1]
    asked["source"] = f"{text_of(asked)}\n\n{answer}"
    return solution


@bad("text answer split", repairs=("answer-joined",), changed=("text",))
def _(release, solution):
    index = position(solution, first(solution, of="markdown"))
    answer = text_of(solution["cells"][index])
    half = answer.index(" ", len(answer) // 2)
    solution["cells"][index]["source"] = answer[:half]
    solution["cells"].insert(index + 1, text(answer[half:]))
    return solution


# Order


@bad("cells in reverse order", repairs=("cells-moved",))
def _(release, solution):
    return solution | {"cells": solution["cells"][::-1]}


@bad("cells in reverse order, all marks lost", repairs=("cells-moved", "answer-recognised"))
def _(release, solution):
    return strip(solution | {"cells": solution["cells"][::-1]})


@bad("an answer moved to the end", repairs=("cells-moved",))
def _(release, solution):
    solution["cells"].append(solution["cells"].pop(position(solution, first(solution))))
    return solution


# Formats


@bad("format 3", repairs=("notebook-version",))
def _(release, solution):
    cells = []
    for cell in solution["cells"]:
        if cell["cell_type"] == "code":
            new = {
                "cell_type": "code",
                "language": "python",
                "input": cell["source"],
                "outputs": [],
                "prompt_number": 1,
            }
        else:
            new = {"cell_type": "markdown", "source": cell["source"]}
        cells.append(new | {"metadata": cell["metadata"]})
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}


@bad("format 4.0 with numbers as ids", quiet=True)
def _(release, solution):
    for number, cell in enumerate(solution["cells"]):
        cell["id"] = number
    return solution | {"nbformat_minor": 0}


@bad("same id in every cell", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        cell["id"] = "normalize"
    return solution


@bad("minor version 99", quiet=True)
def _(release, solution):
    return solution | {"nbformat_minor": 99}


for label, version in {"5": 5, "text": "4", "missing": None, "none": [4]}.items():

    @bad(f"format version {label}", repairs=() if label == "missing" else ("notebook-version",))
    def _(release, solution, version=version):
        if version is None:
            del solution["nbformat"], solution["nbformat_minor"]
            return solution
        return solution | {"nbformat": version}


@bad("source as one text", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        cell["source"] = text_of(cell)
    return solution


@bad("source as letters", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        cell["source"] = list(text_of(cell))
    return solution


@bad("odd cells between", repairs=("damaged-cells",))
def _(release, solution):
    odd = [
        None,
        3,
        "cell",
        [],
        {},
        {"cell_type": "hologram"},
        {"cell_type": "code", "source": {"a": 1}},
        {"source": None},
    ]
    return solution | {"cells": [each for pair in zip(solution["cells"], odd * 9) for each in pair] + odd}


@bad("ten thousand empty cells behind", repairs=("too-many-cells",))
def _(release, solution):
    return solution | {"cells": solution["cells"] + [code("")] * 10_000}


@bad("a cell of ten megabytes", repairs=("cell-too-long",))
def _(release, solution):
    solution["cells"].insert(3, code("x = '" + "y" * 10_000_000 + "'"))
    return solution


# Encodings and damage


@bad("byte order mark", quiet=True)
def _(release, solution):
    return b"\xef\xbb\xbf" + dump(solution).encode()


@bad("UTF-16", quiet=True)
def _(release, solution):
    return dump(solution).encode("utf-16")


@bad("UTF-16 without a mark", quiet=True)
def _(release, solution):
    return dump(solution).encode("utf-16-le")


@bad("Windows lines", quiet=True)
def _(release, solution):
    for cell in solution["cells"]:
        cell["source"] = text_of(cell).replace("\n", "\r\n")
    return dump(solution).replace("\n", "\r\n")


@bad("bytes that are no text", repairs=("unreadable-characters",))
def _(release, solution):
    solution["cells"].insert(0, text("caf@ in Latin-1"))
    return dump(solution).encode().replace(b"caf@", b"caf\xe9")


@bad("halves of characters and nulls", quiet=True)
def _(release, solution):
    solution["cells"].insert(0, text("half: \ud83d, null: \0"))
    return dump(solution, ensure_ascii=True)


@bad("trailing commas", repairs=("file-repaired",))
def _(release, solution):
    return dump(solution).replace("}\n ],", "},\n ],")


@bad("NaN and infinity", quiet=True)
def _(release, solution):
    solution["metadata"]["score"] = float("nan")
    solution["cells"][0]["metadata"]["x"] = float("-inf")
    return solution


@bad("cut at the end", repairs=("file-damaged",), lost=("text",))
def _(release, solution):
    whole = dump(solution)
    return whole[: whole.index(f'"{first(solution, of="markdown")}"')]


@bad("cut in the last cell", repairs=("file-damaged",))
def _(release, solution):
    return dump(solution)[:-120]


@bad("cut in the first cell", problem="no-notebook")
def _(release, solution):
    return dump(solution)[:150]


@bad("cut before the first answer", problem="file-damaged")
def _(release, solution):
    whole = dump(solution)
    return whole[: whole.index(f'"{first(solution)}"')]


@bad("a cell damaged in the middle", repairs=("file-damaged",), lost=("first",))
def _(release, solution):
    whole = dump(solution)
    at = whole.index(f'"id": "{first(solution)}"')
    return whole[:at] + '"id" ' + whole[at + 5 :]


@bad("conflict of Git in the file", repairs=("merge-conflict",))
def _(release, solution):
    lines = dump(solution).splitlines()
    at = next(number for number, line in enumerate(lines) if '"nbformat_minor"' in line)
    lines[at : at + 1] = ["<<<<<<< HEAD", lines[at], "=======", ' "nbformat_minor": 4', ">>>>>>> main"]
    return "\n".join(lines)


@bad("conflict of Git in an answer", repairs=("merge-conflict",), changed=("first",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    lines = text_of(cell).splitlines()
    cell["source"] = "\n".join([lines[0], "<<<<<<< HEAD", *lines[1:], "=======", "    return 0", ">>>>>>> main"])
    return solution


@bad("syntax error in an answer", quiet=True, changed=("first",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    cell["source"] = text_of(cell).replace("):", ") :::", 1)
    return solution


@bad("magics and shell", quiet=True, changed=("first",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    cell["source"] = "!pip install numpy\n%matplotlib inline\n" + text_of(cell)
    solution["cells"].insert(2, code("%%bash\nls"))
    solution["cells"].insert(2, code("from google.colab import drive\ndrive.mount('/content/drive')"))
    return solution


@bad("ten megabytes of outputs", quiet=True)
def _(release, solution):
    picture = {"output_type": "display_data", "data": {"image/png": "iVBOR" * 200_000}, "metadata": {}}
    lines = {"output_type": "stream", "name": "stdout", "text": ['a "quoted" [line] {\\n\n'] * 20_000}
    for cell in [cell for cell in solution["cells"] if cell["cell_type"] == "code"][:6]:
        cell["outputs"] = [picture, lines]
    return solution


@bad("deep brackets in an answer", quiet=True, changed=("first",))
def _(release, solution):
    cell = cell_of(solution, first(solution))
    cell["source"] = text_of(cell) + "\nx = " + "(" * 5_000 + "1" + ")" * 5_000
    return solution


# What is no notebook of this exercise


@bad("empty file", problem="empty-file")
def _(release, solution):
    return b""


@bad("blanks only", problem="empty-file")
def _(release, solution):
    return b" \n\n "


@bad("page to log in", problem="no-notebook")
def _(release, solution):
    return "<!DOCTYPE html><html><title>Log in</title></html>"


@bad("PDF", problem="no-notebook", file="ex02.pdf")
def _(release, solution):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"


@bad("PDF called a notebook", problem="no-notebook")
def _(release, solution):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"


@bad("shortcut of Google Drive", problem="no-notebook", file="notebook.gdoc")
def _(release, solution):
    return json.dumps({"": "WARNING! DO NOT EDIT THIS FILE!", "doc_id": "1abc", "resource_key": "", "email": "a@x.org"})


@bad("Python file", problem="no-notebook", file="notebook.py")
def _(release, solution):
    return "# -*- coding: utf-8 -*-\nimport numpy as np\n"


@bad("JSON of something else", problem="no-notebook")
def _(release, solution):
    return '{"a": [1, 2, 3]}'


@bad("deeply nested JSON", problem="no-notebook")
def _(release, solution):
    return "[" * 100_000


@bad("notebook without cells", problem="empty-notebook")
def _(release, solution):
    return {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@bad("notebook of something else", problem="unknown-notebook")
def _(release, solution):
    return {"cells": [text("# My diary"), code("print('hello')")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@bad("notebook called text", file="notebook.ipynb.txt", quiet=True)
def _(release, solution):
    return solution


@bad("notebook called JSON", file="notebook.json", quiet=True)
def _(release, solution):
    return solution


def _split(notebook: Notebook, name: str, at: int, *, marked: bool = False) -> Notebook:
    """Cut a cell in two before line ``at``; with ``marked`` the second half keeps the mark, as in JupyterLab."""
    index = position(notebook, name)
    cell = notebook["cells"][index]
    lines = text_of(cell).splitlines(keepends=True)
    cell["source"] = "".join(lines[:at])
    rest = code("".join(lines[at:]))
    if marked:
        rest["metadata"] = deepcopy(cell["metadata"])
    notebook["cells"].insert(index + 1, rest)
    return notebook
