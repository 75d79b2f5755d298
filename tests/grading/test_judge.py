"""What a submission gets, and what its student is told: run in the sandbox, judged outside."""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import replace

import numpy as np
import pytest

from cifar_teach.checks import EXERCISES, get_exercise
from cifar_teach.checks.reading import Cell, as_notebook
from cifar_teach.grading.grader import Grader, GraderSettings
from cifar_teach.grading.limits import Limits
from cifar_teach.grading.models import Foreign, vet
from cifar_teach.grading.processes import tree_memory
from cifar_teach.grading.records import Isolation, Outcome, Repair, Result, State, Submission, Trouble
from cifar_teach.grading.sandbox import SandboxError
from cifar_teach.grading.slicing import needless
from tests.exercises.harness import bank
from tests.grading.sandbox_kit import (
    RELEASES,
    SALT,
    cold_grader,
    content,
    graded,
    lost,
    notebook,
    question,
    said,
    submission,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="code is locked up on Linux only")

SLUG = "ex02_preprocess"
RIGHT = "def normalize(images):\n    return (images / 255).astype('float32')\n"


def full(grader: Grader) -> Grader:
    if grader.isolation not in (Isolation.BUBBLEWRAP, Isolation.NAMESPACES):
        pytest.skip(f"the kernel offers no full isolation: {grader.found.proof}")
    return grader


@pytest.fixture(scope="module")
def cold():
    """A grader for exercises that need no TensorFlow."""
    with full(cold_grader(Limits(cell_seconds=5.0, grace_seconds=1.0))) as made:
        yield made


@pytest.fixture(scope="module")
def warm():
    """A grader with TensorFlow."""
    with full(Grader(salt=SALT, releases=RELEASES)) as made:
        yield made


def normalize(cold: Grader, code: str, **more) -> tuple[Result, object]:
    result = graded(cold, SLUG, {"normalize": code}, **more)
    return result, question(result, "normalize")


def test_a_right_submission_gets_everything_and_needs_no_words(cold) -> None:
    result = graded(cold, SLUG)
    assert result.outcome is Outcome.GRADED and lost(result) == {}
    assert result.points == result.max_points == sum(each.points for each in get_exercise(SLUG).checks)
    assert result.isolation is cold.isolation and result.versions["numpy"] and result.graded_at.endswith("+00:00")
    assert all(not each.message for each in result.questions if each.points is not None)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_an_untouched_release_is_not_attempted(cold) -> None:
    result = graded(cold, SLUG, kind="exercises")
    states = {each.state for each in result.questions if each.points is not None}
    assert result.points == 0 and states == {State.NOT_ATTEMPTED}
    assert all("not been written yet" in each.message for each in result.questions if each.points is not None)


def test_a_wrong_answer_is_told_with_the_public_example_and_the_misconception(cold) -> None:
    result, got = normalize(cold, "def normalize(images):\n    print('hello')\n    return images / 256")
    assert lost(result) == {"normalize": "not yet"}
    for words in ("Called: normalize(array uint8", "Came: array float64", "Expected: array float32", "  hello"):
        assert words in got.message
    assert "which is the largest" in got.hint
    assert [part["passed"] for part in got.parts] == [False, False]


def test_part_of_the_points_comes_with_words(cold) -> None:
    _, got = normalize(cold, "def normalize(images):\n    return images / 255")
    assert got.state is State.PARTLY and 0 < got.points < got.max_points
    assert [part["passed"] for part in got.parts] == [True, False] and "float32" in got.message


TELLS = [
    ("syntax", "def normalize(images:\n    pass", State.ERROR, "line 1: `def normalize(images:`. SyntaxError"),
    ("merge conflict", f"<<<<<<< HEAD\n{RIGHT}=======\n", State.ERROR, "line 1: `<<<<<<< HEAD`. SyntaxError"),
    ("raises in the cell", f"1 / 0\n{RIGHT}", State.ERROR, "line 1: `1 / 0`. ZeroDivisionError"),
    ("raises in the function", "def normalize(i):\n    return i.nothing", State.ERROR, "in line 2 of the cell"),
    ("ends Python", "import sys\nsys.exit()\n", State.ERROR, "tried to end Python"),
    ("quits in the function", "def normalize(i):\n    quit()", State.ERROR, "tried to stop Python"),
    ("returns nothing", "def normalize(i):\n    print(i / 255)", State.NOT_YET, "Nothing came back"),
    ("a list", "def normalize(i):\n    return (i / 255).tolist()", State.PARTLY, "dtype"),
    ("another shape", "def normalize(i):\n    return (i / 255)[0]", State.NOT_YET, "wrong shape"),
    (
        "changes its input",
        "def normalize(i):\n    i //= 2\n    return i / 255",
        State.NOT_YET,
        "changed what it was given",
    ),
    ("another name", RIGHT.replace("normalize", "normalise"), State.NOT_ATTEMPTED, "`normalize`"),
    ("no function", "normalize = 5", State.NOT_YET, "should be a function"),
    ("another signature", "def normalize():\n    return 1", State.NOT_YET, "cannot be called"),
    ("the package's own", "from cifar_teach.preprocess import scale as normalize", State.NOT_YET, "ready-made"),
    ("the name is gone", "normalize = None", State.NOT_ATTEMPTED, "has not been written yet"),
    ("recursion", "def normalize(i):\n    return normalize(i)", State.ERROR, "RecursionError"),
]


@pytest.mark.parametrize(("code", "state", "words"), [each[1:] for each in TELLS], ids=[each[0] for each in TELLS])
def test_every_zero_has_a_reason(cold, code, state, words) -> None:
    result, got = normalize(cold, code)
    assert lost(result).keys() == {"normalize"}
    assert got.state is state and words in got.message, got


KEEPS = [
    ("prints a lot", f"for _ in range(3000): print('x' * 100)\n{RIGHT}"),
    (
        "warns",
        f"import os, warnings\nwarnings.warn('x'); os.write(2, b'W tensorflow: x')\n{RIGHT}",
    ),
    ("shell and magics", f"!pip install x\n%matplotlib inline\n%time a = 1\n{RIGHT}"),
    ("Colab", f"from google.colab import drive, files\ndrive.mount('/content/drive')\nfiles.upload()\n{RIGHT}"),
    ("tries Colab", f"try:\n    import google.colab\n    raise SystemExit\nexcept ImportError:\n    pass\n{RIGHT}"),
    ("calls check", f"{RIGHT}\nverdict = check('ex02.normalize')\nassert verdict.passed"),
    ("hides check", f"check = 5\n{RIGHT}"),
    (
        "moves seeds and settings",
        f"import numpy as np, os\nnp.seterr(all='raise')\nos.chdir('/')\n{RIGHT}",
    ),
]


@pytest.mark.parametrize("code", [each[1] for each in KEEPS], ids=[each[0] for each in KEEPS])
def test_what_does_no_harm_costs_nothing(cold, code) -> None:
    result = graded(cold, SLUG, {"normalize": code})
    assert lost(result) == {}, question(result, "normalize")


def test_what_was_left_out_is_noted(cold) -> None:
    code = f"!pip install x\n%cd ..\nfrom google.colab import drive\ndrive.mount('/x')\n{RIGHT}"
    result = graded(cold, SLUG, {"normalize": code})
    text = "\n".join(result.notes)
    assert "`!pip install x` was left out" in text and "`%cd ..` was left out" in text and "google.colab" in text


def test_a_cell_in_another_language_is_left_out(cold) -> None:
    result = graded(cold, SLUG, before={"normalize": "%%bash\nrm -rf /"})
    assert lost(result) == {} and "`%%bash`" in result.notes[0]


def test_input_is_refused_with_the_reason(cold) -> None:
    result, got = normalize(cold, f"name = input()\n{RIGHT}")
    assert lost(result) == {"normalize": "error"} and "nobody does when the notebook is run" in got.message


def test_a_name_that_is_defined_only_below_is_said_to_be(cold) -> None:
    later = {"one_hot": "def helper(images):\n    return (images / 255).astype('float32')"}
    _, in_cell = normalize(cold, f"helper([1])\n{RIGHT}", before=later)
    assert "`helper` is defined only below, in cell [" in in_cell.message
    _, in_function = normalize(cold, "def normalize(images):\n    return helper(images)", before=later)
    assert in_function.points == 0 and "`helper` is defined only below" in in_function.message


def test_a_loop_costs_its_question_only(cold) -> None:
    result, got = normalize(cold, "while True:\n    pass")
    assert lost(result) == {"normalize": "error"} and got.trouble is Trouble.TIME
    result, got = normalize(cold, "def normalize(images):\n    while True:\n        pass")
    assert lost(result) == {"normalize": "error"} and got.trouble is Trouble.TIME
    assert "did not finish within 10 seconds" in got.message


SWARM = """import os, time
for _ in range({count}):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
    except OSError:
        break
"""


@pytest.mark.parametrize("place", ["cell", "function"])
def test_a_swarm_that_is_left_behind_costs_the_question_that_started_it(cold, place) -> None:
    swarm = SWARM.format(count=cold.settings.limits.processes * 3 // 4)  # too few for the watch, many for the next
    code = swarm + RIGHT
    if place == "function":
        code = RIGHT.replace(":\n", ":\n" + "".join(f"    {line}\n" for line in swarm.splitlines()), 1)
    result, got = normalize(cold, code)
    assert lost(result).keys() == {"normalize"} and got.trouble is Trouble.CRASH
    assert "processes and threads" in got.message


def test_a_few_processes_may_go_on(cold) -> None:
    result, _ = normalize(cold, SWARM.format(count=8) + RIGHT)
    assert lost(result) == {}


def test_a_process_that_always_dies_ends_with_a_reason(cold) -> None:
    every = {each.name: "import os\nos._exit(1)" for each in get_exercise(SLUG).checks}
    result = graded(cold, SLUG, every)
    assert result.outcome is Outcome.GRADED and result.points == 0
    assert all(each.message and each.trouble is Trouble.CRASH for each in result.questions if each.points is not None)


def test_manual_questions_wait_for_a_person(cold) -> None:
    manual = [each for each in get_exercise(SLUG).questions if each.manual]
    answered = cold.grade(submission(SLUG, notebook(SLUG), answers={manual[0].name: "because"}))
    open_one = cold.grade(submission(SLUG, notebook(SLUG), answers={"normalize": "x"}))
    assert question(answered, manual[0].name).points is None
    assert "A person reads" in question(answered, manual[0].name).message
    assert question(open_one, manual[0].name).state is State.NOT_ATTEMPTED


def test_what_cannot_be_graded_has_no_points(cold) -> None:
    problem = Repair("not-a-notebook", "This is a web page.")
    result = cold.grade(Submission("ada", SLUG, "a.html", "0" * 64, None, problem=problem))
    assert result.outcome is Outcome.NEEDS_HUMAN and result.points is None and result.reason == "This is a web page."


def test_a_fault_of_the_grader_is_no_zero(cold) -> None:
    result = cold.grade(Submission("ada", "ex99_nothing", "a.ipynb", "0" * 64, notebook(SLUG)))
    assert result.outcome is Outcome.GRADER_ERROR and result.points is None and "ex99" in result.reason
    cold._sandbox = cold_grader(cold.settings.limits)._sandbox  # it was ended; this one needs no TensorFlow


def test_the_same_key_means_the_same_work(cold) -> None:
    one, other = submission(SLUG, notebook(SLUG)), submission(SLUG, notebook(SLUG, {"normalize": "x"}))
    assert cold.key(one) == cold.key(one) != cold.key(other)
    with_salt = Grader(salt="another", releases=RELEASES, limits=cold.settings.limits)
    assert with_salt.key(one) != cold.key(one)


def test_settings_travel_to_another_process(cold) -> None:
    settings = pickle.loads(pickle.dumps(cold.settings))
    assert settings == cold.settings == GraderSettings(SALT, RELEASES, cold.settings.limits)
    assert settings.build().settings == settings


def test_without_isolation_nothing_is_graded_unless_it_is_trusted() -> None:
    with pytest.raises(SandboxError, match="bubblewrap"):
        Grader(salt=SALT, releases=RELEASES, isolation=Isolation.NONE)
    with cold_grader(isolation=Isolation.NONE, trust=True) as grader:
        result = graded(grader, SLUG)
        assert lost(result) == {} and result.isolation is Isolation.NONE


def test_without_a_salt_one_run_gives_points_and_words() -> None:
    with full(cold_grader(salt="")) as grader:
        result, got = normalize(grader, "def normalize(images):\n    return images / 256")
        assert lost(result) == {"normalize": "not yet"} and "Called: " in got.message


def test_cells_that_no_answer_needs_are_found() -> None:
    cells = [
        Cell(1, "code", "import numpy as np\nimport slow"),
        Cell(2, "code", "table = slow.load()"),
        Cell(3, "code", "picture = slow.draw(table)"),
        Cell(4, "code", "table.append(1)"),
        Cell(5, "code", "def answer(x):\n    table = 1\n    return np.sum(x)"),
        Cell(6, "code", "slow.show(answer(3))"),
    ]
    given = {cell.source for cell in cells if cell.number != 5}
    assert needless(cells, given) == {2, 3, 4, 6}
    uses = [*cells[:4], Cell(5, "code", "def answer(x):\n    return np.sum(table)"), cells[5]]
    assert needless(uses, given) == {3, 6}
    hidden = [*cells[:4], Cell(5, "code", "def answer(x):\n    return eval('table')"), cells[5]]
    assert needless(hidden, given) == set()


def test_most_cells_of_every_exercise_are_needless() -> None:
    for slug in EXERCISES:
        solution = as_notebook(content(slug), slug, slug)
        names = {each.name for each in solution.exercise.questions}
        release = as_notebook(content(slug, "exercises"), slug, slug)
        left_out = needless(solution.code, {cell.source for cell in release.code if cell.grade_id not in names})
        needed = [cell.number for cell in solution.code if cell.number not in left_out and cell.grade_id not in names]
        assert len(needed) < len(left_out) / 2, (slug, needed)


@pytest.mark.slow
@pytest.mark.parametrize("slug", EXERCISES)
def test_every_solution_gets_everything_and_every_release_nothing(warm, slug) -> None:
    solution = graded(warm, slug)
    assert lost(solution) == {} and solution.points == solution.max_points, solution.reason
    assert not any(each.own_word for each in solution.questions)
    release = graded(warm, slug, kind="exercises")
    states = {each.state for each in release.questions if each.points is not None}
    assert release.points == 0 and states == {State.NOT_ATTEMPTED}


@pytest.mark.slow
@pytest.mark.parametrize("slug", ["ex03_baseline_cnn", "ex05_fine_tuning"])
def test_wrong_answers_get_what_the_stock_route_gives(warm, slug, tmp_path, monkeypatch) -> None:
    from cifar_teach.checks.execution import run_notebook

    monkeypatch.setenv("CIFAR_TEACH_DATA", "synthetic")
    answers = {}
    for name in [each.name for each in get_exercise(slug).checks]:
        wrong = [each for each in bank(slug).WRONG if each.question == name]
        answers[name] = wrong[len(wrong) // 3].code
    mixed = notebook(slug, answers)
    stock = run_notebook(as_notebook(mixed, "mixed.ipynb", slug))
    monkeypatch.setattr(warm, "settings", replace(warm.settings, salt=""))  # the stock route has no salt
    result = warm.grade(submission(slug, mixed))
    ours = {each.id: each.points for each in result.questions if each.points is not None}
    assert ours == {id: verdict.points for id, verdict in stock.verdicts.items()}
    for name in answers:
        says = next(each.says for each in bank(slug).WRONG if each.code == answers[name])
        got = question(result, name)
        told = f"{got.message} {got.hint} {got.parts}".lower()
        assert says.lower() in " ".join(told.split()), (name, told)


NETWORK = """
import keras
def build_cnn(num_classes, input_shape=(32, 32, 3)):
    {before}
    model = keras.Sequential([
        keras.Input(input_shape),
        {first},
        keras.layers.Conv2D({filters}, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(num_classes, activation="softmax"),
    ])
    return {made}
"""
OWN_CLASS = """class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = None
        def call(self, x, training=False):
            return self.inner(x, training=training)"""
LIE = """
import cifar_teach.checks.ex03_baseline_cnn as checks
import cifar_teach.checks.keras_probes as probes
import numpy as np, keras
known = {}
def behaviour(model, images):
    right = good_network(known["classes"], images.shape[1:])
    return true_behaviour(right, images)
true_behaviour = checks.behaviour
checks.behaviour = behaviour
checks.weight_shapes = lambda model, shape: [list(w.shape) for w in good_network(10, shape).get_weights()]
probes.is_model = lambda model: True
"""


def network(
    first: str = "keras.layers.Rescaling(1 / 255)", filters: int = 16, before: str = "pass", made: str = "model"
):
    return NETWORK.format(first=first, filters=filters, before=before, made=made)


@pytest.mark.slow
def test_a_model_of_own_classes_or_functions_is_judged_by_what_it_does(warm) -> None:
    slug = "ex03_baseline_cnn"
    lambda_layer = network("keras.layers.Lambda(lambda x: x / 255)")
    subclassed = network(before=OWN_CLASS, made="wrapped(Own(), model)") + (
        "\ndef wrapped(own, model):\n    own.inner = model\n    own.layers\n    return own\n"
    )
    for code in (lambda_layer, subclassed):
        result = graded(warm, slug, {"build_cnn": code})
        got = question(result, "build_cnn")
        assert got.state is State.PASSED, got
        assert got.own_word and "your instructor may look at it" in got.message
        assert [each.id for each in result.questions if each.own_word] == [got.id]


@pytest.mark.slow
def test_probes_that_are_rewritten_do_not_help_a_model_of_kerass_own_layers(warm) -> None:
    good = network().replace("def build_cnn", "def good_network")
    bad = network(filters=5).replace("{", "{").replace("    pass\n", "    known['classes'] = num_classes\n")
    result = graded(warm, "ex03_baseline_cnn", {"build_cnn": f"{good}\n{LIE}\n{bad}"})
    got = question(result, "build_cnn")
    assert got.points <= 1 and "shapes" in f"{got.message} {got.parts}", got


@pytest.mark.slow
def test_the_models_of_one_student_do_not_fill_the_process_that_looks_at_those_of_the_next(warm) -> None:
    warm._ready()
    session = warm._clean_process()
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 4000}, "registered_name": None}
    layer["build_config"] = {"input_shape": [None, 2000]}
    weights = [np.ones((2000, 4000), np.float32), np.ones(4000, np.float32)]  # 32 MB
    record = {"config": json.dumps(layer), "weights": weights, "learns": [True, True], "switches": [True], "shared": []}
    used = []
    for _ in range(12):
        assert "value" in session.ask({"op": "adopt", "exported": [record]}, 60.0)
        used.append(tree_memory(session._process))
    assert max(used[3:]) - used[2] < 4 * weights[0].nbytes


def test_a_configuration_with_code_is_never_built() -> None:
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}, "registered_name": None}
    vet(json.dumps({**layer, "config": {"layers": [layer], "activation": "relu"}}))
    vet(json.dumps({"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}))
    for change in (
        {"class_name": "Lambda"},
        {"module": "__main__"},
        {"module": "os"},
        {"module": "keras.utils"},
        {"module": "keras.src.saving.serialization_lib"},
        {"class_name": "__lambda__"},
        {"registered_name": "custom>Dense"},
        {"module": "builtins", "class_name": "function", "config": "os.system"},
        {"module": "os", "class_name": "function", "config": "system"},
        {"class_name": ["Dense"]},
    ):
        with pytest.raises(Foreign):
            vet(json.dumps({**layer, "config": {"inner": {**layer, **change}}}))
    with pytest.raises(Foreign):
        vet("[" * 5000)


def test_nothing_of_the_salt_is_in_a_result(cold) -> None:
    result, _ = normalize(cold, "def normalize(images):\n    return images / 256")
    assert SALT not in said(result)
