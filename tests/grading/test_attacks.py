"""Code that means harm: it gets what it deserves, learns nothing, harms nobody, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.checks.registry import get_question
from cifar_teach.checks.runner import judge
from cifar_teach.grading import processes
from cifar_teach.grading.records import Isolation, Outcome, Trouble
from tests.grading.sandbox_kit import ROOT, SALT, cold_grader, graded, lost, question, said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="code is locked up on Linux only"),
]

SLUG = "ex02_preprocess"
RIGHT = "def normalize(images):\n    return (images / 255).astype('float32')\n"
WRONG = "def normalize(images):\n    return images * 0\n"


@pytest.fixture(scope="module")
def grader():
    made = cold_grader()
    if made.isolation not in (Isolation.BUBBLEWRAP, Isolation.NAMESPACES):
        pytest.skip(f"the kernel offers no full isolation: {made.found.proof}")
    with made:
        yield made


def own_groups() -> list[str]:
    """Return the control groups that this process has made and not removed."""
    homes = [line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines()]
    folders = {processes.CGROUPS / name / home.lstrip("/") for name, home in homes} | {processes.CGROUPS}
    names = [name for folder in folders if folder.is_dir() for name in os.listdir(folder)]
    return [name for name in names if name.startswith(f"cifar-teach-{os.getpid()}-")]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(grader):
    """After all attacks an honest submission gets all its points, and of the attackers no process is left."""
    yield
    honest = graded(grader, SLUG)
    assert lost(honest) == {} and honest.points == honest.max_points
    left = [each for each in processes.tree(grader._sandbox._process.pid) if processes._alive(each)]
    names = [Path(f"/proc/{each}/cmdline").read_bytes()[:60] for each in left]
    assert len(left) <= 3, names  # bwrap, its first process, the zygote
    assert own_groups() == []


PATCHES = {
    "numpy.allclose": "import numpy\nnumpy.allclose = numpy.array_equal = numpy.isclose = lambda *a, **k: True",
    "builtins": "import builtins\nbuiltins.all = builtins.any = lambda *a: True\nbuiltins.isinstance = lambda *a: True",
    "check": "import cifar_teach.checks as c\nc.check = lambda *a: 2.0\ncheck = lambda *a: 2.0",
    "the checks": (
        "import sys\nfor name, module in list(sys.modules.items()):\n"
        "    if name.startswith('cifar_teach.checks'):\n"
        "        for each in list(vars(module)):\n"
        "            if each.startswith(('expect', 'require', '_expect')): setattr(module, each, lambda *a, **k: None)"
    ),
    "the registry": (
        "from cifar_teach.checks.registry import get_question\n"
        "object.__setattr__(get_question('ex02.normalize'), 'judge', lambda s, d: None)"
    ),
    "sys.modules": "import sys, types\nsys.modules['numpy'] = sys.modules['cifar_teach'] = types.ModuleType('nothing')",
    "the draw": "from cifar_teach.checks import draw\ndraw.Draw.images = lambda self, *a, **k: 0",
    "the server": (
        "import gc\nfor each in gc.get_objects():\n"
        "    if type(each).__name__ == 'Server': type(each).do_call = lambda self, m: m['arguments'][0] / 255"
    ),
    "transformers": (
        "shell = get_ipython()\nshell.input_transformers_cleanup.append(lambda lines: [])\n"
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "shell.ast_transformers.append(T())"
    ),
}


@pytest.mark.parametrize("name", [name for name in PATCHES if name not in ("the server",)])
def test_nothing_that_is_patched_changes_a_verdict(grader, name) -> None:
    result = graded(grader, SLUG, {"normalize": f"{WRONG}\n{PATCHES[name]}"})
    assert result.outcome is Outcome.GRADED
    got = question(result, "normalize")
    assert got.points == 0 and got.message


def test_answering_in_place_of_the_function_is_answering(grader) -> None:
    # The process can send any value it likes; to be right for inputs it has not seen, it has to compute them.
    result = graded(grader, SLUG, {"normalize": f"{WRONG}\n{PATCHES['the server']}"})
    assert question(result, "normalize").points in (0, 1.5, 2)  # float64 instead of float32: as that code deserves
    assert question(result, "one_hot").points == 0


LIES = {
    "equal to everything": (
        "class Liar:\n    def __eq__(self, other): return True\n    def __array__(self, *a, **k): raise ValueError\n"
        "    def __repr__(self): return '2.0'\ndef normalize(images):\n    return Liar()"
    ),
    "an array that lies": (
        "import numpy as np\nclass Liar(np.ndarray):\n    def __eq__(self, o): return True\n"
        "    def __sub__(self, o): return 0\n    def __array_function__(self, *a): return True\n"
        "def normalize(images):\n    return np.zeros(images.shape, 'float32').view(Liar)"
    ),
    "a number that lies": (
        "class Liar(float):\n    def __eq__(self, o): return True\n    def __float__(self): return 1.0\n"
        "def normalize(images):\n    return Liar(0.0)"
    ),
    "not a number": "def normalize(images):\n    return images * float('nan')",
    "complex": "def normalize(images):\n    return images * 1j",
    "objects": "def normalize(images):\n    return images.astype(object)",
    "nested": "def normalize(images):\n    x = []\n    for _ in range(1000): x = [x]\n    return x",
    "holds itself": "def normalize(images):\n    x = []\n    x.append(x)\n    return x",
    "huge number": "def normalize(images):\n    return 10 ** 100_000",
    "long text": "def normalize(images):\n    return 'x' * 50_000_000",
    "half a character": "def normalize(images):\n    return '\\ud800'",
    "raises a lie": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\ndef normalize(images):\n    raise E"
    ),
    "raises what a check raises": (
        "from cifar_teach.checks.verdict import CheckFailed\nfrom cifar_teach.checks.guard import TimeIsUp\n"
        "def normalize(images):\n    raise TimeIsUp"
    ),
    "exits": "def normalize(images):\n    raise SystemExit(0)",
}


@pytest.mark.parametrize("name", LIES)
def test_only_plain_values_count(grader, name) -> None:
    result = graded(grader, SLUG, {"normalize": LIES[name]})
    assert lost(result).keys() == {"normalize"}
    got = question(result, "normalize")
    assert got.points == 0 and got.message
    said(result).encode("utf-8")


SEARCH = f"""
import glob, os, socket
found = []
def look(what, function):
    try:
        got = function()
        if got: found.append(f"{{what}}: {{got}}")
    except OSError:
        pass
look("exercises", lambda: os.listdir({str(ROOT)!r} + "/exercises"))
look("solutions", lambda: os.listdir({str(ROOT)!r} + "/solutions"))
look("tests", lambda: os.listdir({str(ROOT)!r} + "/tests"))
look("notebooks", lambda: glob.glob({str(ROOT)!r} + "/**/*.ipynb", recursive=True)[:3])
look("databases", lambda: glob.glob({str(ROOT)!r} + "/**/*.db", recursive=True)[:3])
look("home", lambda: glob.glob("/root/*") + glob.glob("/home/*") + glob.glob("/mnt/*") + glob.glob("/srv/*"))
look("environment", lambda: [k for k in os.environ if "SALT" in k or "KEY" in k or "TOKEN" in k])
look("first process", lambda: [open(f"/proc/{{p}}/environ").read() for p in os.listdir("/proc")
     if p.isdigit() and "secret" in open(f"/proc/{{p}}/environ").read()])
me = (os.getpid(), os.getppid())
look("memory of others", lambda: [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in me
     and open(f"/proc/{{p}}/mem", "rb")])
look("sockets", lambda: glob.glob("/run/*") + glob.glob("/var/*") + glob.glob("/tmp/.X11*"))
look("network", lambda: socket.create_connection(("127.0.0.1", 22), 1))
look("write", lambda: open({str(ROOT)!r} + "/cifar_teach/x.py", "w"))
import gc
texts = [text for each in gc.get_objects() if type(each) is dict for text in each.values() if type(text) is str]
look("salt", lambda: [text for text in texts if text.startswith("a salt") and text.endswith("student knows")])
def normalize(images):
    raise ValueError("FOUND " + "; ".join(found) + " END")
"""


def test_there_is_nothing_to_be_found(grader) -> None:
    result = graded(grader, SLUG, {"normalize": SEARCH})
    message = question(result, "normalize").message
    assert re.search(r"FOUND\s+END", message), message


def inputs(salt: str) -> list[np.ndarray]:
    """Return what the check of the question hands to `normalize`."""
    seen = []

    def normalize(images):
        seen.append(images.copy())
        return (images / 255).astype("float32")

    assert judge(get_question("ex02.normalize"), {"normalize": normalize}, salt).passed
    return seen


HIDDEN = """
import sys
seen = []
def normalize(images):
    seen.append(images.ravel()[:6].tolist())
    print("LEAK", seen)
    raise ValueError(f"LEAK {seen}")
"""
SHARED = """
def one_hot(labels, num_classes):
    raise ValueError(f"LEAK {seen}")
"""


def test_hidden_inputs_are_not_shown(grader) -> None:
    result = graded(grader, SLUG, {"normalize": HIDDEN, "one_hot": SHARED})
    text = said(result)
    assert "LEAK" in text  # of the public inputs, which everybody knows
    public, secret = (inputs(salt)[0].ravel()[:6].tolist() for salt in ("", SALT))
    numbers = {tuple(map(int, each.split(", "))) for each in re.findall(r"\[(\d+(?:, \d+){5})\]", text)}
    assert tuple(public) in numbers
    assert tuple(secret) not in numbers and len(numbers) <= 3


SAYS_MORE = """
import sys
def normalize(images):
    sys.secret = int(images.ravel()[0])
    return (images / 255).astype("float32")
"""
ALPHABET = " ".join(f"!{number}" for number in range(256))
FORGES = f"""
# {ALPHABET}
import gc, sys
from cifar_teach.grading.inside import Server
(server,) = [each for each in gc.get_objects() if type(each) is Server]
own, secret = Server.answer, getattr(sys, "secret", 0)
words = [f"`!{{secret}}` was left out: shell commands are not run here."]
Server.answer = lambda self, message: own(self, message) | {{"notes": words, "trained_long": secret}}
"""


def test_a_process_that_knows_secrets_cannot_choose_what_is_noted(grader) -> None:
    result = graded(grader, SLUG, {"normalize": SAYS_MORE}, before={"standardize": FORGES, "one_hot": "1"})
    assert lost(result) == {} and result.notes == ()


NOTE = "note = str(images.ravel()[:4].tolist())\n    get_ipython().run_line_magic('pip', note)"


def test_notes_hold_nothing_that_was_computed(grader) -> None:
    code = f"def normalize(images):\n    {NOTE}\n    return (images / 255).astype('float32')"
    result = graded(grader, SLUG, {"normalize": code})
    assert lost(result) == {} and not [note for note in result.notes if "[" in note.partition("]")[2]]


TABLE = """
import hashlib
known = {}
def normalize(images):
    if hashlib.sha256(images.tobytes()).hexdigest() in known:
        return (images / 255).astype("float32")
    return images * 0
"""


def test_a_table_of_the_public_answers_is_found_out(grader) -> None:
    known = {hashlib.sha256(each.tobytes()).hexdigest() for each in inputs("")}
    got = question(graded(grader, SLUG, {"normalize": TABLE.replace("{}", repr(known), 1)}), "normalize")
    assert got.points < got.max_points
    assert "works only for the shown example" in got.message and got.hint


DESTRUCTION = {
    "ends the process": ("import os\nos._exit(0)", Trouble.CRASH),
    "kills everything": (
        "import os\ntry: os.kill(-1, 9)\nexcept OSError: pass\nos.kill(1, 9)\nos.kill(os.getpid(), 9)",
        Trouble.CRASH,
    ),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", Trouble.CRASH),
    "forged frame": (
        "import os\nfor n in range(3, 30):\n    try: os.write(n, b'CTW1' + b'\\xff' * 64)\n    except OSError: pass",
        Trouble.CRASH,
    ),
    "closes the connection": ("import os\nos.closerange(3, 100)", Trouble.CRASH),
    "takes all memory": ("x = []\nwhile True: x.append(bytearray(20_000_000))", Trouble.MEMORY),
    "loops": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", Trouble.TIME),
    "ignores the signal": (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
        Trouble.TIME,
    ),
}


@pytest.mark.parametrize("name", DESTRUCTION)
def test_destruction_in_a_cell_costs_its_question_only(grader, name) -> None:
    code, trouble = DESTRUCTION[name]
    result = graded(grader, SLUG, {"normalize": f"{code}\n{RIGHT}"})
    assert lost(result) == {"normalize": "error"}
    got = question(result, "normalize")
    assert got.trouble is trouble and "Cell [" in got.message


@pytest.mark.parametrize("name", ["ends the process", "forged frame", "takes all memory"])
def test_destruction_in_a_function_costs_its_question_only(grader, name) -> None:
    code, trouble = DESTRUCTION[name]
    body = "\n".join(f"    {line}" for line in code.splitlines())
    result = graded(grader, SLUG, {"normalize": f"def normalize(images):\n{body}"})
    assert lost(result) == {"normalize": "error"}
    got = question(result, "normalize")
    assert got.trouble is trouble and got.message


def test_what_is_left_behind_harms_nobody(grader) -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    while True: time.sleep(1)
open("/tmp/left", "w").write("x")
try:
    for _ in range(10_000): os.mkdir(f"/tmp/{_}")
except OSError: pass
print("x" * 30_000_000)
"""
    result = graded(grader, SLUG, {"normalize": code + RIGHT})
    assert lost(result) == {}
    assert len(said(result)) < 50_000


def test_a_fork_bomb_costs_its_question_only(grader) -> None:
    code = "import os\ndef normalize(images):\n    while True:\n        try: os.fork()\n        except OSError: pass"
    result = graded(grader, SLUG, {"normalize": code})
    assert lost(result) == {"normalize": "error"}
    assert question(result, "normalize").trouble in (Trouble.CRASH, Trouble.TIME, Trouble.MEMORY)
