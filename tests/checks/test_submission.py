"""The last cell: what is missing, what works only by accident, and a file without private data."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import types
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cifar_teach.checks import submit
from cifar_teach.checks.notebook import EXERCISE_NAME, Message
from cifar_teach.checks.submission import HandIn
from tests.checks import tiny


@pytest.fixture(scope="module", autouse=True)
def exercise(tmp_path_factory):
    with tiny.installed(tmp_path_factory.mktemp("tiny")):
        yield


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Go to an empty folder, in no kind of notebook program."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def run_here(**answers: str) -> dict[str, Any]:
    """Return the variables of a notebook in which these answers have been run."""
    variables: dict[str, Any] = {"__name__": "__main__", "submit": submit, EXERCISE_NAME: tiny.SLUG}
    for source in (tiny.ANSWERS | answers).values():
        exec(source, variables)
    return variables


def call_submit(variables: dict[str, Any], call: str = "submit()") -> HandIn | Message:
    exec(f"handed_in = {call}", variables)
    return variables["handed_in"]


@contextlib.contextmanager
def colab(answer: Any, downloads: list[str]):
    """Stand in for the part of Colab that asks the browser; it answers as the real one does."""

    def blocking_request(request_type: str, request: Any = "", timeout_sec: float = 5, parent: Any = None) -> Any:
        assert request_type == "get_ipynb"
        if isinstance(answer, Exception):
            raise answer
        return answer

    google, module = types.ModuleType("google"), types.ModuleType("google.colab")
    google.colab, google.__path__, module.__path__ = module, [], []
    module._message, module.files = types.ModuleType("google.colab._message"), types.ModuleType("google.colab.files")
    module._message.blocking_request = blocking_request
    module.files.download = downloads.append
    names = {"google": google, "google.colab": module}
    with pytest.MonkeyPatch.context() as patch:
        for name, each in names.items():
            patch.setitem(sys.modules, name, each)
        yield


PRIVATE = {
    "executionInfo": {"user": {"displayName": "Anna Example", "userId": "0123"}, "timestamp": 1},
    "outputId": "4711",
    "id": "abcDEF",
    "colab": {"base_uri": "https://localhost:8080/"},
}


def colab_notebook(**answers: str) -> dict[str, Any]:
    """Return a notebook as Colab sends it: no cell ids, nbformat 4.0, outputs, and who ran what when."""
    cells = []
    for cell in tiny.cells(**answers):
        cell = {key: value for key, value in cell.items() if key != "id"} | {"source": [cell["source"]]}
        cell["metadata"] = cell["metadata"] | PRIVATE
        if cell["cell_type"] == "code":
            cell |= {
                "execution_count": 7,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": "/home/anna"}],
            }
        cells.append(cell)
    metadata = {"colab": {"name": "Anna's copy.ipynb"}, "widgets": {"x": 1}, "accelerator": "GPU"}
    kernel = {"name": "anna", "display_name": "Anna's Python"}
    return tiny.notebook(cells, kernelspec=kernel, **metadata) | {"nbformat_minor": 0}


def test_in_colab_the_live_notebook_becomes_a_clean_file_and_is_downloaded(folder, capsys):
    downloads = []
    live = colab_notebook()
    before = deepcopy(live)
    with colab({"ipynb": live}, downloads):
        done = call_submit(run_here())
    assert isinstance(done, HandIn) and done.ready, repr(done)
    path = folder / "hand-in" / "ex90_tiny.ipynb"
    assert downloads == [str(path)]
    assert sorted(folder.rglob("*.ipynb")) == [path]
    text = path.read_text(encoding="utf-8")
    for secret in ("nna", "0123", "4711", 'colab"', "localhost", "widgets", "GPU"):
        assert secret not in text
    handed_in = json.loads(text)
    assert live == before, "the live notebook is not changed"
    assert [cell["source"] for cell in handed_in["cells"]] == [cell["source"] for cell in live["cells"]]
    roles = [cell["metadata"].get("nbgrader") for cell in handed_in["cells"]]
    assert roles == [cell["metadata"].get("nbgrader") for cell in live["cells"]]
    assert {cell["metadata"]["id"] for cell in handed_in["cells"]} == {"abcDEF"}
    assert "4.5 of 4.5 points" in repr(done) and "<table" in done._repr_html_()
    out, err = capsys.readouterr()
    assert err == "" and "cell 2 of 9" in out


def test_what_colab_cannot_send_becomes_a_message(folder):
    for answer in (TimeoutError("no answer"), None):
        with colab(answer, []):
            done = call_submit(run_here())
        assert isinstance(done, Message)
        assert "Colab did not send the notebook" in done.text and 'submit("ex90_tiny.ipynb")' in done.text
    assert list(folder.iterdir()) == []


def test_a_download_that_does_not_start_is_no_disaster(folder):
    class Refusing(list):
        def append(self, path):
            raise RuntimeError("blocked")

    with colab({"ipynb": colab_notebook()}, Refusing()):
        done = call_submit(run_here())
    assert done.path.is_file()
    assert "The download did not start (RuntimeError)" in repr(done)


def hand_in_untidy(folder: Path) -> HandIn:
    """Hand in a notebook with something missing, something stale and something that stops, found by Jupyter's mark."""
    cells = tiny.cells(double="def double(x):\n    return factor * x", answer="answer = ...", reflect=f"{tiny.STUB}\n")
    tiny.write(folder / "ex90_tiny.ipynb", tiny.notebook(cells))
    tiny.write(folder / "notes.ipynb", tiny.notebook(cells))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JPY_SESSION_NAME", "/elsewhere/on/the/server/ex90_tiny.ipynb")
        return call_submit(
            run_here(double="def double(x):\n    return 2 * x", halve="halve = None", answer="answer = None")
        )


def test_it_says_what_is_missing_and_what_works_only_here(folder):
    untidy = hand_in_untidy(folder)
    assert not untidy.ready
    assert len(untidy.open) == 2
    assert untidy.open[0] == "ex90.answer (1 point): not attempted: Know the answer"
    assert untidy.open[1] == "ex90.reflect (3 points): nothing is written yet: Say why"
    assert len(untidy.problems) == 2
    assert "ex90.double works here only because of an earlier state: 2 points here, 0 when" in untidy.problems[0]
    assert "not saved" in untidy.problems[0]
    assert "ex90.halve is right in the notebook, but not among what has been run here" in untidy.problems[1]
    assert "read as it was saved just now" in untidy.notes[0]

    assert (folder / "hand-in" / "ex90_tiny.ipynb").is_file()
    text, page = repr(untidy), untidy._repr_html_()
    assert text.startswith("Not everything is there yet: 1.5 of 4.5 points (manual questions")
    for words in ("Still open:", "Put this right:", "hand-in/ex90_tiny.ipynb"):
        assert words in text
    assert '<a href="hand-in/ex90_tiny.ipynb" download>' in page
    assert "Read by a person" in page and "<caption" in page and 'scope="col"' in page


def test_cells_that_stop_are_named_once(folder):
    cells = [*tiny.cells(halve="1 / 0"), tiny.code("2 / 0")]
    tiny.write(folder / "mine.ipynb", tiny.notebook(cells))
    done = call_submit(run_here() | {"__vsc_ipynb_file__": str(folder / "mine.ipynb")})
    assert len(done.problems) == 2
    assert (
        "ex90.halve works here only" in done.problems[0] and "Cell [4] stopped in line 1: `1 / 0`" in done.problems[0]
    )
    assert "`2 / 0`" in done.problems[1]


def test_the_only_notebook_of_the_exercise_in_the_folder_is_taken_and_a_gone_answer_cell_is_told(folder):
    cells = [cell for cell in tiny.cells() if cell["source"] != tiny.REFLECTION]
    tiny.write(folder / "mine.ipynb", tiny.notebook(cells))
    tiny.write(folder / "other.ipynb", tiny.notebook([tiny.code('check("ex02.normalize")')], cifar_teach={}))
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    done = call_submit(run_here())
    assert done.open == ("ex90.reflect (3 points): its cell is gone. Copy it back from the exercise.",)
    assert "'mine.ipynb' was read" in done.notes[0]


@pytest.mark.parametrize(
    ("files", "call", "words"),
    [
        ([], "submit()", ["was not found in", 'submit("ex90_tiny.ipynb")']),
        (["a.ipynb", "b.ipynb"], "submit()", ["several notebooks here: a.ipynb, b.ipynb", 'submit("a.ipynb")']),
        (["a.ipynb"], 'submit("b.ipynb")', ["no file 'b.ipynb'", "a.ipynb"]),
        (["a.ipynb"], "submit(3)", ["not your fault", "TypeError"]),
    ],
)
def test_every_problem_is_a_message_with_a_way_out(folder, capsys, files, call, words):
    for name in files:
        tiny.write(folder / name, tiny.notebook(tiny.cells()))
    done = call_submit(run_here(), call)
    assert isinstance(done, Message)
    for word in [*words, "hand in the notebook itself"]:
        assert word in done.text
    assert capsys.readouterr().err == "" and not (folder / "hand-in").exists()


def test_another_exercise_is_refused(folder):
    tiny.write(folder / "a.ipynb", tiny.notebook([], cifar_teach={"exercise": "ex02_preprocess"}))
    done = call_submit(run_here(), 'submit("a.ipynb")')
    assert "answers ex02_preprocess, but the set-up cell here has started ex90_tiny" in done.text


def test_a_folder_that_cannot_be_written_is_a_message(folder):
    tiny.write(folder / "a.ipynb", tiny.notebook(tiny.cells()))
    (folder / "hand-in").write_text("a file in the way", encoding="utf-8")
    done = call_submit(run_here())
    assert isinstance(done, Message) and "cannot be written" in done.text


@pytest.mark.parametrize("name", ["NBGRADER_EXECUTION", "CIFAR_TEACH_REPLAY"])
def test_nothing_happens_while_the_notebook_is_graded(folder, monkeypatch, name):
    tiny.write(folder / "a.ipynb", tiny.notebook(tiny.cells()))
    monkeypatch.setitem(os.environ, name, "autograde")
    assert isinstance(call_submit(run_here()), Message)
    assert sorted(each.name for each in folder.iterdir()) == ["a.ipynb"]
