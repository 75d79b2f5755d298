"""A student's notebook run in another process: places of checks, accidents, and the same scores as nbgrader."""

from __future__ import annotations

import os
import time
from copy import deepcopy
from pathlib import Path

import pytest

from cifar_teach.checks.execution import run_notebook
from cifar_teach.checks.plan import plan
from cifar_teach.checks.reading import Cell, as_notebook
from cifar_teach.checks.results import NotebookResult
from tests.checks import tiny


@pytest.fixture(scope="module", autouse=True)
def exercise(tmp_path_factory):
    with tiny.installed(tmp_path_factory.mktemp("tiny")):
        yield


def run(cells: list[dict], **settings) -> NotebookResult:
    return run_notebook(as_notebook(tiny.notebook(cells), "my.ipynb"), **settings)


def states(result: NotebookResult) -> dict[str, str]:
    return {id.removeprefix("ex90."): str(verdict.state) for id, verdict in result.verdicts.items()}


def index_of(cells: list[dict], grade_id: str) -> int:
    return next(i for i, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def inserted(cells: list[dict], after: str, *new: dict) -> list[dict]:
    at = index_of(cells, after) + 1
    return [*cells[:at], *new, *cells[at:]]


def without(cells: list[dict], *grade_ids: str) -> list[dict]:
    gone = {index_of(cells, grade_id) for grade_id in grade_ids}
    return [cell for index, cell in enumerate(cells) if index not in gone]


ACCIDENTS = """\
import os, sys
assert __name__ == "__main__" and sys.modules["__main__"].double is double
%matplotlib inline
%time seven = 7
listing = !ls
assert seven == 7 and listing == [] and os.listdir() == []
%cd ..
display(seven)
get_ipython().events.register("post_execute", print)
verdict = check("ex90.halve")
assert verdict.state == "not attempted"
hint("ex90.answer"); check("ex90.reflect"); check("ex99.nothing")
print("x" * 1_000_000, file=sys.stderr)
open("litter.txt", "w").write("here")
exit()"""
INPUT = 'name = input("Your name? ")'
COLAB = "try:\n    import google.colab\n    inside = True\nexcept ImportError as problem:\n    said = str(problem)\n"


@pytest.fixture(scope="module")
def battered(tmp_path_factory) -> tuple[NotebookResult, Path]:
    """Return a notebook in which nearly everything goes wrong that can, and the folder it was run from."""
    cells = tiny.cells(
        setup=tiny.QUICK_SET_UP,
        double="def double(x):\n    return abs(2 * x)",
        halve="def halve(x):\n    while True:\n        try: pass\n        except Exception: pass",
        answer="answer = 41",
    )
    loop = tiny.code("while True:\n    pass", "")
    later = [tiny.code("answer = undefined + 1"), tiny.code("def broken(:"), tiny.code(INPUT), tiny.code(COLAB)]
    later += [tiny.code('assert "only while you work in Colab" in said'), tiny.code("from google.colab import drive")]
    cells = inserted(cells, "check-double", tiny.code(ACCIDENTS), loop)
    cells = inserted(cells, "check-answer", *later, tiny.code("answer = 42\nhalve = lambda x: x / 2"))
    folder = tmp_path_factory.mktemp("folder")
    before = os.getcwd()
    os.chdir(folder)
    try:
        return run(cells, cell_seconds=2), folder
    finally:
        os.chdir(before)


def test_checks_are_judged_at_their_places_whatever_happens_around_them(battered):
    result, _ = battered
    assert states(result) == {"double": "partly", "halve": "error", "answer": "not yet"}
    assert list(result.verdicts) == ["ex90.double", "ex90.halve", "ex90.answer"]
    assert (result.points, result.max_points) == (0.5, 4.5)
    assert "within 1 seconds" in str(result.verdicts["ex90.halve"])


def test_every_cell_that_stops_is_named_with_its_line(battered):
    result, _ = battered
    texts = [str(error) for error in result.cell_errors]
    assert [error.cell for error in result.cell_errors] == [4, 5, 10, 11, 12, 15]
    assert "exit()" in texts[0]
    assert "within 2 seconds" in texts[1] and "while True" in texts[1]
    assert "line 1: `answer = undefined + 1`" in texts[2] and "NameError: name 'undefined'" in texts[2]
    assert "SyntaxError" in texts[3] and "`def broken(:`" in texts[3]
    assert "nobody does" in texts[4]
    assert "Colab" in texts[5]


def test_what_was_left_out_is_noted_and_nothing_is_littered(battered):
    result, folder = battered
    assert result.notes == (
        "Cell [4]: `!ls` was left out: shell commands are not run here.",
        "Cell [4]: `%cd ..` was left out: only Python code is run here.",
    )
    assert list(folder.iterdir()) == []


def test_a_failed_check_is_told_with_the_cells_that_stopped_before_it(battered):
    result, _ = battered
    assert "Cell [5] stopped" in result.explain("ex90.halve")
    assert "Cell" not in result.explain("ex90.double")
    text = str(result)
    assert "0.5 of 4.5 points (manual questions are read by a person: 1 more, 3 points)" in text
    assert text.count("Cell [10] stopped") == 1, "an error that no check tells is told at the end"


def test_a_solved_notebook_passes_and_an_untouched_one_is_not_attempted():
    solved = run(tiny.cells())
    assert solved.passed and solved.points == 4.5 and solved.cell_errors == () and solved.notes == ()
    stub = "# Your code here\n..."
    open_one = run(
        tiny.cells(double="def double(x):\n    # Your code here\n    ...", halve=stub, answer="answer = ...")
    )
    assert set(states(open_one).values()) == {"not attempted"}
    assert open_one.points == 0 and open_one.cell_errors == ()


def test_a_process_that_dies_keeps_what_was_judged_before():
    result = run(tiny.cells(halve="import os\nos._exit(3)"))
    assert states(result) == {"double": "passed", "halve": "error", "answer": "error"}
    text = str(result.verdicts["ex90.answer"])
    assert "In cell [4], the Python process ended itself (exit code 3)" in text
    assert result.cell_errors[-1].begins == "import os"


def test_a_process_that_the_system_ends_is_told_from_one_that_ends_itself():
    result = run(tiny.cells(double="import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"))
    assert "SIGSEGV" in str(result.verdicts["ex90.double"])


def test_a_cell_that_ignores_the_interruption_is_ended_with_its_children(monkeypatch, tmp_path):
    monkeypatch.setattr("cifar_teach.checks.execution.GRACE_SECONDS", 1.0)
    alive = tmp_path / "alive"
    stubborn = f"""\
import subprocess, sys, time
code = "import time; time.sleep(4); open({str(alive)!r}, 'w')"
subprocess.Popen([sys.executable, "-S", "-c", code])
while True:
    try:
        time.sleep(0.1)
    except BaseException:
        pass"""
    began = time.monotonic()
    result = run(tiny.cells(setup=tiny.QUICK_SET_UP, halve=stubborn), cell_seconds=1)
    assert states(result) == {"double": "passed", "halve": "error", "answer": "error"}
    assert "cell [4], the code did not stop within 1 seconds, even when it was interrupted" in str(result)
    time.sleep(max(0.0, began + 8 - time.monotonic()))
    assert not alive.exists(), "a process that the notebook had started is still running"


def test_the_time_for_the_whole_notebook_is_limited():
    cells = tiny.cells(setup=tiny.QUICK_SET_UP)
    cells = inserted(cells, "check-double", tiny.code("import time\ntime.sleep(60)"), tiny.code("open('x', 'w')"))
    result = run(cells, total_seconds=3)
    assert states(result) == {"double": "passed", "halve": "error", "answer": "error"}
    assert "took longer than 3 seconds" in result.explain("ex90.answer")
    assert result.seconds < 50


def test_a_name_that_hides_check_is_explained():
    result = run(tiny.cells(double="def double(x):\n    return 2 * x\ncheck = 3"))
    assert result.points == 0
    assert "The name `check` stands for something else" in str(result.verdicts["ex90.double"])


def test_progress_is_told_cell_by_cell():
    seen = []
    run([tiny.code(tiny.SET_UP), tiny.code("answer = 42")], progress=lambda *numbers: seen.append(numbers))
    assert seen == [(1, 2), (2, 2)]


def steps_of(cells: list[dict], **metadata) -> list[str]:
    steps = plan(as_notebook(tiny.notebook(cells, **metadata), "my.ipynb"))
    return [step.first_line[:14] if isinstance(step, Cell) else f"[{step.name}]" for step in steps]


def test_the_plan_of_a_notebook_as_it_was_handed_out():
    assert steps_of(tiny.cells()) == [
        "import importl", "def double(x):", "[double]", "def halve(x):", "[halve]", "answer = 42", "[answer]",
        "check_all()", "submit()",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "at", "expected"),
    [
        (without(tiny.cells(), "check-double"), 1, ["def double(x):", "[double]", "def halve(x):"]),
        (without(tiny.cells(), "double", "check-double"), 0, ["import importl", "[double]", "def halve(x):"]),
        (without(tiny.cells(), "answer", "check-answer"), 4, ["[halve]", "[answer]", "check_all()"]),
        (without(tiny.cells(), "setup"), 0, ["from cifar_tea", "def double(x):", "[double]"]),
        ([*tiny.cells(), tiny.check_cell("double")], 1, ["def double(x):", "check(\"ex90.do", "def halve(x):"]),
        ([*tiny.cells(), tiny.check_cell("double")], -1, ["[double]"]),
        ([*tiny.cells(), tiny.code('check("ex90.double")')], -1, ["check(\"ex90.do"]),
    ],
    ids=["check gone", "question gone", "last one gone", "set-up gone", "copied", "copy counts", "typed again"],
)  # fmt: skip
def test_missing_and_copied_cells_are_judged_where_the_grader_puts_them(cells, at, expected):
    steps = steps_of(cells)
    assert steps[at:][: len(expected)] == expected
    assert sorted(step for step in steps if step[0] == "[") == ["[answer]", "[double]", "[halve]"]


def test_a_changed_check_cell_still_checks():
    cells = tiny.cells(answer="answer = 41")
    cells[index_of(cells, "check-answer")] |= {"source": "answer = 42\ncheck('ex90.answer')", "cell_type": "markdown"}
    assert states(run(cells))["answer"] == "not yet"


def test_without_the_marks_of_nbgrader_the_last_call_counts_and_missing_calls_are_made_up_for():
    cells = [cell | {"metadata": {}} for cell in tiny.cells(double="double = None")]
    cells = [cell for cell in cells if "ex90.halve" not in cell["source"]]
    later = [tiny.code("def double(x):\n    return x + x"), tiny.code('for _ in "ab":\n    check("ex90.double")')]
    result = run([*cells, *later, tiny.code("double = 3")])
    assert states(result) == {"double": "passed", "halve": "passed", "answer": "passed"}


NOISY = """\
import sys
print("x", file=sys.stderr)
%time factor = 2
def double(x):
    print("y", file=sys.stderr)
    return abs(factor * x)"""


def test_scores_are_those_that_nbgrader_reads_from_the_notebook():
    nbgrader = pytest.importorskip("nbgrader.utils", reason="nbgrader is not installed")
    import nbformat
    from nbclient import NotebookClient

    # Noise, magics, a check that comes before a name changes its meaning, and a name that hides `check`.
    cells = tiny.cells(double=NOISY, answer="%%time\nanswer = !echo 42\nanswer = 42\ncheck = 3")
    cells = inserted(cells, "check-halve", tiny.code("1 / 0"), tiny.code("def halve(x):\n    return 0"))
    executed = nbformat.from_dict(tiny.notebook(deepcopy(cells)))
    NotebookClient(executed, kernel_name="python3", allow_errors=True, timeout=300, startup_timeout=300).execute()
    points = {"check-double": 2, "check-halve": 1.5, "check-answer": 1}
    scores = {}
    for cell in executed.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in points:
            cell.metadata.nbgrader["points"] = points[grade_id]
            scores[grade_id.removeprefix("check-")] = nbgrader.determine_grade(cell)
    ours = run(cells)
    assert scores == {id.removeprefix("ex90."): (each.points, each.max_points) for id, each in ours.verdicts.items()}
    assert [each.points for each in ours.verdicts.values()] == [0.5, 1.5, 0]
