"""One check on one answer: every kind of answer gets its own plain message, and nothing else is moved."""

from __future__ import annotations

import linecache
import os
import random
import sys
import threading

import numpy as np
import pytest

from cifar_teach.checks import State, Verdict
from cifar_teach.checks.compare import expect_array, require
from cifar_teach.checks.guard import time_limit
from cifar_teach.checks.registry import Question
from cifar_teach.checks.runner import judge
from cifar_teach.checks.verdict import StudentError


def halves_rows(student, draw):
    """Halve every row."""
    rows = draw.rng.random((3, 4)) + 1
    result = student.call("halve", rows)
    expect_array(result, rows / 2, mistakes={"It looks as if it was divided twice.": rows / 4})


def in_parts(student, draw):
    """Two parts."""
    with student.part("it is a number", 1):
        require(isinstance(student.call("two"), int), "No whole number.")
    with student.part("it is two", 3):
        require(student.call("two") == 2, "It is not two.", got=student.call("two"), expected=2)


QUESTION = Question("ex00.halve", "Halve every row", 2, halves_rows, ("halve",), seconds=1)
PARTS = Question("ex00.two", "Say two", 4, in_parts, ("two",))


def variables(code: str) -> dict:
    name = f"<cell {hash(code)}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    namespace: dict = {"np": np}
    exec(compile(code, name, "exec"), namespace)
    return namespace


def verdict_on(code: str, question: Question = QUESTION, salt: str = "") -> Verdict:
    return judge(question, variables(code), salt)


ANSWERS = {
    "nothing there": ("", State.NOT_ATTEMPTED, "There is no `halve` yet."),
    "other spelling": ("def halves(rows): return rows / 2", State.NOT_ATTEMPTED, "There is a `halves`"),
    "stub": ("def halve(rows):\n    'Doc.'\n    ...", State.NOT_ATTEMPTED, "has not been written yet"),
    "pass": ("def halve(rows): pass", State.NOT_ATTEMPTED, "has not been written yet"),
    "not implemented": ("def halve(rows): raise NotImplementedError", State.NOT_ATTEMPTED, "has not been written yet"),
    "a number": ("halve = 0.5", State.NOT_YET, "should be a function"),
    "too few arguments": ("def halve(): return 1", State.NOT_YET, "cannot be called the way the question says"),
    "too many arguments": ("def halve(rows, by): return rows / by", State.NOT_YET, "missing a required argument: 'by'"),
    "returns nothing": ("def halve(rows): rows / 2", State.NOT_YET, "Does the function end with `return`?"),
    "prints": ("def halve(rows): print(rows / 2)", State.NOT_YET, "Your code printed"),
    "raises": (
        "def halve(rows):\n    return rows / nothing",
        State.ERROR,
        "in line 2 of the cell: `return rows /",
    ),
    "stops Python": ("def halve(rows): raise SystemExit", State.ERROR, "tried to stop Python"),
    "for ever": ("def halve(rows):\n    while True: pass", State.ERROR, "did not finish within 1 seconds"),
    "for ever, catching": (
        "def halve(rows):\n    while True:\n        try:\n            while True: pass\n        except Exception: pass",
        State.ERROR,
        "did not finish within 1 seconds",
    ),
    "recursion": ("def halve(rows): return halve(rows)", State.ERROR, "calls itself again and again"),
    "changes its argument": (
        "def halve(rows):\n    rows /= 2\n    return rows",
        State.NOT_YET,
        "changed what it was",
    ),
    "misconception": ("def halve(rows): return rows / 4", State.NOT_YET, "divided twice"),
    "wrong values": ("def halve(rows): return rows / 3", State.NOT_YET, "12 of 12 values differ, the first at [0, 0]"),
    "wrong shape": ("def halve(rows): return rows.T / 2", State.NOT_YET, "shape (4, 3)"),
    "ragged": ("def halve(rows): return [[1.0], [2.0, 3.0]]", State.NOT_YET, "rows of different lengths"),
    "objects": ("def halve(rows): return np.array([rows, None], object)", State.NOT_YET, "dtype object"),
    "not a number": ("def halve(rows): return rows * np.nan", State.NOT_YET, "not numbers (nan or inf)"),
    "text": ("def halve(rows): return 'half'", State.NOT_YET, "should be an array"),
    "a function": ("def halve(rows): return halve", State.NOT_YET, "returned without calling it"),
    "a generator": ("def halve(rows): return (row / 2 for row in rows)", State.NOT_YET, "This is a generator"),
    "huge": ("def halve(rows): return np.broadcast_to(rows[0, 0], (5000, 5000))", State.NOT_YET, "too large"),
    "endless text": ("def halve(rows): return 'x' * 200_000", State.NOT_YET, "too long to look at"),
    "deep": (
        "def halve(rows):\n    x = []\n    for _ in range(50): x = [x]\n    return x",
        State.NOT_YET,
        "deeply",
    ),
    "complex": ("def halve(rows): return rows / 2 + 1j", State.NOT_YET, "is not right"),
    "claims to be equal": (
        "class Liar:\n    def __eq__(self, other): return True\n    __hash__ = None\ndef halve(rows): return Liar()",
        State.NOT_YET,
        "type Liar",
    ),
    "lying array": (
        "class Liar(np.ndarray):\n    def __eq__(self, other): return True\n"
        "def halve(rows): return (rows * 7).view(Liar)",
        State.NOT_YET,
        "values differ",
    ),
    "in place": (
        "def halve(rows):\n    x = np.arange(3)\n    x /= 2\n    return x",
        State.ERROR,
        "whole numbers cannot",
    ),
    "lambda": ("halve = lambda rows: rows / 2", State.PASSED, "Passed"),
    "list of lists": ("def halve(rows): return [[x / 2 for x in row] for row in rows]", State.PASSED, "Passed"),
    "float32": ("def halve(rows): return (rows / 2).astype('float32')", State.PASSED, "Passed"),
    "object with __call__": (
        "class Half:\n    def __call__(self, rows): return rows / 2\nhalve = Half()",
        State.PASSED,
        "Passed",
    ),
    "thousands of lines": (
        "def halve(rows):\n    for _ in range(10_000): print('x' * 100)\n    return rows / 3",
        State.NOT_YET,
        "10,000 lines in all",
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_gets_its_own_message(kind: str) -> None:
    code, state, words = ANSWERS[kind]
    verdict = verdict_on(code)
    assert verdict.state is state, str(verdict)
    assert words in str(verdict), str(verdict)
    assert verdict.points == (2 if state is State.PASSED else 0)


def test_the_repr_is_the_points_for_nbgrader() -> None:
    assert repr(verdict_on("def halve(rows): return rows / 2")) == "2.0"
    assert repr(verdict_on("halve = 3")) == "0.0"
    assert repr(verdict_on("def two(): return 3", PARTS)) == "1.0"


def test_parts_earn_their_share() -> None:
    verdict = verdict_on("def two(): return 3", PARTS)
    assert (verdict.state, verdict.points) == (State.PARTLY, 1.0)
    assert [finding.passed for finding in verdict.findings] == [True, False]
    assert "Came: 3" in str(verdict) and "Expected: 2" in str(verdict)


def test_the_html_is_escaped_and_says_the_state_in_words() -> None:
    html = verdict_on("def halve(rows): return '<script>alert(1)</script>'")._repr_html_()
    assert "<script>" not in html
    assert "Not yet" in html


def test_a_fault_of_the_check_is_not_blamed_on_the_student() -> None:
    def broken(student, draw):
        """Broken."""
        raise ZeroDivisionError("ours")

    verdict = judge(Question("ex00.broken", "Broken", 1, broken), {})
    assert verdict.state is State.BROKEN
    assert "fault of the course" in str(verdict)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("from cifar_teach.preprocess import scale as halve", "cifar_teach.preprocess.scaling.scale"),
        ("from cifar_teach.preprocess import scale\ndef halve(rows): return scale(rows)", "scale"),
        ("from cifar_teach import preprocess\ndef halve(rows): return preprocess.scale(rows)", "preprocess.scale"),
        ("import cifar_teach.preprocess as p\nhalve = lambda rows: [p.scale(row) for row in rows]", "scale"),
        ("import functools\nfrom cifar_teach.preprocess import scale\nhalve = functools.partial(scale)", "scale"),
    ],
)
def test_ready_made_answers_of_the_package_are_refused_kindly(code: str, refused: str) -> None:
    verdict = verdict_on(code)
    assert verdict.state is State.NOT_YET
    assert refused in str(verdict) and "It is fine to read it there" in str(verdict)


def test_what_a_question_lets_an_answer_use_is_not_refused() -> None:
    code = "from cifar_teach.preprocess import scale\ndef halve(rows):\n    scale\n    return rows / 2"
    allowed = Question("ex00.halve", "Halve", 2, halves_rows, ("halve",), uses=("scale",))
    assert not verdict_on(code).passed
    assert verdict_on(code, allowed).passed


def test_the_time_limit_holds_in_another_thread() -> None:
    verdicts = []
    code = "def halve(rows):\n    while True: pass"
    thread = threading.Thread(target=lambda: verdicts.append(verdict_on(code)))
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert "did not finish" in str(verdicts[0])


def test_a_limit_around_another_goes_on_after_it() -> None:
    with pytest.raises(StudentError), time_limit(1.0):
        with time_limit(30.0):
            pass
        while True:
            pass


def test_a_slow_import_in_the_answer_does_not_use_up_the_time(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("import time\ntime.sleep(1.5)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    verdict = verdict_on("def halve(rows):\n    import torch\n    return rows / 2")
    del sys.modules["torch"]  # other tests must not take this one for PyTorch
    assert verdict.passed


def test_nothing_reaches_the_output_of_the_cell(capfd: pytest.CaptureFixture[str]) -> None:
    code = (
        "import os, sys, warnings\n"
        "def halve(rows):\n"
        "    print('out'); print('err', file=sys.stderr); warnings.warn('w')\n"
        "    os.write(1, b'c out'); os.write(2, b'c err')\n"
        "    return rows / 2"
    )
    assert verdict_on(code).passed
    assert capfd.readouterr() == ("", "")


def test_seeds_folder_environment_and_figures_are_as_before(tmp_path) -> None:
    from matplotlib import pyplot as plt

    code = (
        "import os, random\n"
        "from matplotlib import pyplot as plt\n"
        "def halve(rows):\n"
        f"    os.chdir({str(tmp_path)!r}); os.environ['CHANGED'] = '1'; random.seed(3); np.random.seed(3)\n"
        "    np.set_printoptions(precision=1); np.seterr(all='raise'); plt.figure()\n"
        "    return rows / 2"
    )
    plt.close("all")
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = (random.random(), np.random.random())  # noqa: NPY002
    before = (os.getcwd(), dict(os.environ), np.get_printoptions(), np.geterr())
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    assert verdict_on(code).passed
    assert (random.random(), np.random.random()) == expected  # noqa: NPY002
    assert (os.getcwd(), dict(os.environ), np.get_printoptions(), np.geterr()) == before
    assert plt.get_fignums() == []


def test_the_seeds_and_settings_of_keras_are_as_before() -> None:
    import keras
    import tensorflow as tf

    code = (
        "import keras\n"
        "def halve(rows):\n"
        "    keras.utils.set_random_seed(5); keras.config.set_floatx('float64')\n"
        "    keras.config.set_dtype_policy('float64'); keras.random.normal((3,))\n"
        "    return rows / 2"
    )
    question = Question("ex00.halve", "Halve", 2, halves_rows, ("halve",), keras=True)

    def next_numbers() -> list:
        return [np.asarray(each) for each in (keras.random.normal((2,)), tf.random.normal((2,)))]

    def start_again() -> None:
        keras.utils.clear_session()  # Keras 3.8 keeps its generator when the seed is set
        keras.utils.set_random_seed(1)
        keras.random.normal((1,))

    start_again()
    expected = next_numbers()
    start_again()
    assert verdict_on(code, question).passed
    for number, other in zip(next_numbers(), expected):
        np.testing.assert_array_equal(number, other)
    assert (keras.config.floatx(), keras.config.dtype_policy().name) == ("float32", "float32")


def test_salt_changes_the_inputs_and_nothing_else_does() -> None:
    table = "def halve(rows):\n    seen.append(rows.copy())\n    return rows / 2"
    inputs = []
    for salt in ("", "", "secret"):
        namespace = variables("seen = []\n" + table)
        assert judge(QUESTION, namespace, salt).passed
        inputs.append(namespace["seen"][0])
    np.testing.assert_array_equal(inputs[0], inputs[1])
    assert not np.array_equal(inputs[0], inputs[2])


def test_a_verdict_survives_being_written_down() -> None:
    verdict = verdict_on("def two(): return 3", PARTS)
    assert Verdict.from_dict(verdict.to_dict()) == verdict
