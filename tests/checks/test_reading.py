"""Notebook files as editors, Colab, mail programs and broken downloads leave them."""

from __future__ import annotations

import json

import pytest

from cifar_teach.checks.magics import to_python
from cifar_teach.checks.reading import as_notebook, read_notebook
from cifar_teach.exceptions import CifarTeachError
from tests.checks import tiny


@pytest.fixture(scope="module", autouse=True)
def exercise(tmp_path_factory):
    with tiny.installed(tmp_path_factory.mktemp("tiny")):
        yield


def stored(tmp_path, data: bytes, name: str = "my_ex90.ipynb"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def as_json(**changes) -> str:
    return json.dumps(tiny.notebook(tiny.cells()) | changes, ensure_ascii=False)


@pytest.mark.parametrize(
    "data",
    [
        as_json().encode(),
        as_json(nbformat_minor=0).encode(),
        b"\xef\xbb\xbf" + as_json().encode(),
        as_json().encode("utf-16"),
        json.dumps(tiny.notebook(tiny.cells()), indent=1).replace("\n", "\r\n").encode(),
    ],
    ids=["4.5", "4.0", "byte order mark", "utf-16", "CRLF"],
)
def test_every_kind_of_file_gives_the_same_cells(tmp_path, data):
    notebook = read_notebook(stored(tmp_path, data))
    assert notebook.exercise.slug == tiny.SLUG
    assert [cell.source for cell in notebook.code] == [
        cell["source"] for cell in tiny.cells() if cell["cell_type"] == "code"
    ]
    assert [cell.grade_id for cell in notebook.code][:3] == ["setup", "double", "check-double"]


def test_source_may_be_a_list_of_lines_with_windows_ends():
    (cell,) = as_notebook({"cells": [tiny.code("") | {"source": ["a = 1\r\n", "b = 2"]}]}, "ex90.ipynb").cells
    assert cell.source == "a = 1\nb = 2"


def test_cells_are_numbered_as_a_notebook_does_after_restart_and_run_all():
    content = tiny.notebook([tiny.text("# T"), tiny.code("a = 1"), tiny.code("  \n"), tiny.code("# note\nb = 2")])
    cells = as_notebook(content, "x").cells
    assert [cell.number for cell in cells] == [0, 1, 0, 2]
    assert cells[3].first_line == "b = 2"


@pytest.mark.parametrize(
    ("metadata", "source", "name"),
    [
        ({"cifar_teach": {"exercise": tiny.SLUG}}, "", "homework.ipynb"),
        ({"cifar_teach": {"exercise": "ex90"}}, "", "homework.ipynb"),
        ({}, "check( 'ex90.double')", "Copy of homework (1).ipynb"),
        ({"cifar_teach": {"exercise": "ex77_gone"}}, 'check("ex90.double")', "homework.ipynb"),
        ({"cifar_teach": "what"}, 'check("ex90.double")\ncheck("ex90.halve")\ncheck("ex77.x")', "homework.ipynb"),
        ({}, "", "Anna_EX90_final.ipynb"),
    ],
)
def test_the_exercise_is_found_by_mark_then_checks_then_name(metadata, source, name):
    content = {"cells": [tiny.code(source)], "metadata": metadata, "nbformat": 4}
    assert as_notebook(content, name).exercise.slug == tiny.SLUG


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["empty", "again"]),
        (b" \n ", ["empty"]),
        (as_json().encode()[:-200], ["too early"]),
        (b'{"cells": [', ["too early"]),
        (b'{"cells": [}\n, 3]}', ["damaged in line 1"]),
        (b"<!DOCTYPE html><html>", ["web page"]),
        (b"PK\x03\x04\xff\xfe\xff", ["no text"]),
        (b"print('hello')", ["no notebook"]),
        (b"[1, 2]", ["no notebook"]),
        (b'{"a": 1}', ["no cells"]),
        (as_json(cells=[3]).encode(), ["damaged"]),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', ["version 3", "save it"]),
        (b'{"nbformat": "4", "cells": []}', ["no notebook"]),
        (b'{"cells": [], "nbformat": 4}', ["belongs to no exercise", tiny.SLUG]),
    ],
)
def test_what_is_no_notebook_says_so_and_what_to_do(tmp_path, data, words):
    with pytest.raises(CifarTeachError) as caught:
        read_notebook(stored(tmp_path, data, "homework.ipynb"))
    for word in ["homework.ipynb", *words]:
        assert word in str(caught.value)


def test_a_missing_file_names_its_neighbours(tmp_path):
    stored(tmp_path, b"{}", "ex90_tiny.ipynb")
    with pytest.raises(CifarTeachError, match=r"no file .*ex90_tiny\.ipynb"):
        read_notebook(tmp_path / "ex09.ipynb")
    with pytest.raises(CifarTeachError, match="cannot be read"):
        read_notebook(tmp_path)


PLAIN = [
    "x = 7\ny = (x\n     % 4)\nassert y == 3",
    'text = """\n%matplotlib inline\n!ls\n"""',
    "x = '%d' \\\n% 3",
]


@pytest.mark.parametrize("source", PLAIN)
def test_python_that_looks_like_a_magic_stays_as_it_is(source):
    assert to_python(source) == source


MAGIC = [
    "%matplotlib inline\nx = 1",
    "x = 1\n!pip install nothing --quiet\ny = 2",
    "if True:\n    %pip install nothing\n    x = 3",
    "files = !ls -la\nx = 1",
    "%time x = sum(range(10))",
    "x = 3\nx?",
    "?x",
    "x.real??",
    "!!ls\nx = 1",
    "!echo it's here (\nx = 1",
    "!pip install \\\n   nothing\nx = 1",
    "    x = 1\n    y = 2",
    "for i in range(2):\n    !echo {i}\n",
    "# a comment first\n\n%load_ext autoreload\n%autoreload 2",
]


@pytest.mark.parametrize("source", MAGIC)
def test_magics_become_calls_at_the_same_places_as_in_ipython(source):
    transformer = pytest.importorskip("IPython.core.inputtransformer2", reason="IPython is not installed")
    found, expected = [], []

    class Shell:
        def __init__(self, names):
            self.names = names

        def __getattr__(self, name):
            kind = "shell" if name in ("system", "getoutput") else name
            # `!!x` and `%sx x` are two ways to write the same thing.
            return lambda *given: self.names.append("shell" if given[0] in ("sx",) else (kind, *given[:1]))

    for names, text in (
        (found, to_python(source)),
        (expected, transformer.TransformerManager().transform_cell(source)),
    ):
        variables = {"get_ipython": lambda names=names: Shell(names)}
        exec(text, variables)
        names.append({key: variables.get(key) for key in ("x", "y", "i")})
    simplified = [[each if isinstance(each, dict) else _kind(each) for each in names] for names in (found, expected)]
    assert simplified[0] == simplified[1]
    assert to_python(source).rstrip("\n").count("\n") == source.rstrip("\n").count("\n"), "lines keep their numbers"


def _kind(call) -> str:
    return call if isinstance(call, str) else call[0] if call[0] == "shell" else f"{call[0]} {call[1]}"


def test_the_body_of_a_timed_cell_runs_and_a_cell_in_another_language_does_not():
    assert to_python("%%time\nx = 1\n%time y = 2").split("\n")[1] == "x = 1"
    assert to_python("\n%%bash\nrm -rf x").strip() == "get_ipython().run_cell_magic('bash', '', '')"
    assert to_python("%%capture out\n%%time\nx = 1") == "\n\nx = 1"


def test_code_that_is_wrong_stays_wrong():
    for source in (
        "def f(:\n    pass",
        "x = (1,\n%time y",
        "x = \0",
        "print 'old'",
        "a = b = %sx ls",
        "  x = 1\n y = 2",
    ):
        with pytest.raises((SyntaxError, ValueError)):
            compile(to_python(source), "cell", "exec")
