"""Locked-up processes: the wire, the levels of isolation, limits, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.checks.work import Handle
from cifar_teach.grading import isolation, processes
from cifar_teach.grading.isolation import attack, find_isolation
from cifar_teach.grading.limits import MIB, Limits
from cifar_teach.grading.records import Isolation, Trouble
from cifar_teach.grading.sandbox import Sandbox, SandboxError, Session
from cifar_teach.grading.wire import HEAD, MARK, Channel, WireClosed, WireError, WireTimeout
from tests.grading.sandbox_kit import QUICK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are locked up on Linux only"),
]

VALUES = [
    None,
    True,
    3,
    -(2**80),
    0.5,
    float("inf"),
    1 + 2j,
    "Zürich \U0001f600",
    [1, (2, "b"), []],
    {"a": 1, 2: (3,)},
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.asfortranarray(np.ones((2, 3))),
    np.array(["a", "bcd"]),
    np.array([True, False]),
    np.zeros((0, 4), np.uint8),
    np.int64(7),
    Handle(3, "Sequential"),
]


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray | np.generic):
        kind = type(one) is type(other) and one.dtype == other.dtype and one.shape == other.shape
        return kind and one.tobytes() == other.tobytes()
    return type(one) is type(other) and one == other


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    with one, other:
        yield one, Channel(other, 64 * MIB)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_plain_values_come_through_unchanged(pair, value) -> None:
    sender = Channel(pair[0], 0)
    sender.send({"value": value}, 5)
    came = pair[1].receive(5)["value"]
    assert same(came, value)
    if isinstance(value, np.ndarray):
        assert came.flags.f_contiguous == value.flags.f_contiguous and came.flags.writeable


def frame(nodes: object, lengths: object = (), data: bytes = b"") -> bytes:
    text = json.dumps([nodes, list(lengths)]).encode()
    return HEAD.pack(MARK, len(text), len(data)) + text + data


def array(**changes: object) -> dict:
    return {"value": {"k": "array", "d": "<f4", "s": [2], "o": "C", "i": 0} | changes}


FORGED = {
    "another mark": b"HTTP" + bytes(12),
    "4 GB of bytes": HEAD.pack(MARK, 2, 2**32) + b"{}",
    "4 GB of JSON": HEAD.pack(MARK, 2**32 - 1, 0),
    "no JSON": HEAD.pack(MARK, 4, 0) + b"nope",
    "deep nesting": HEAD.pack(MARK, 200_000, 0) + b"[" * 200_000,
    "a list": frame([1, 2]),
    "pickle": frame(array(d="|O"), [8], bytes(8)),
    "an unknown dtype": frame(array(d="<V8"), [8], bytes(8)),
    "dates": frame(array(d="<M8[s]"), [8], bytes(8)),
    "too few bytes": frame(array(s=[3]), [8], bytes(8)),
    "a negative side": frame(array(s=[-2]), [8], bytes(8)),
    "a huge shape": frame(array(s=[2**39, 2**39]), [8], bytes(8)),
    "no such bytes": frame(array(i=5), [8], bytes(8)),
    "True as place": frame(array(i=True), [8], bytes(8)),
    "lengths that lie": frame(array(), [9], bytes(8)),
    "negative length": frame(array(), [16, -8], bytes(8)),
    "a function": frame({"value": {"k": "function", "v": ["os", "system"]}}),
    "an unknown kind": frame({"value": {"k": "code", "v": "1"}}),
    "keys that are lists": frame({"value": {"k": "dict", "v": [[[1], 2]]}}),
    "a text bomb": frame({"value": {"k": "texts", "s": [20_000], "v": ["x" * 10_000, *[""] * 19_999]}}),
    "half a dict": frame({"value": {"k": "dict", "v": [[1]]}}),
    "no kind": frame({"value": {"x": 1}}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_frame_is_refused(pair, name) -> None:
    sender = threading.Thread(target=lambda: (pair[0].sendall(FORGED[name]), pair[0].shutdown(socket.SHUT_WR)))
    sender.start()
    with pytest.raises(WireError):
        pair[1].receive(5)
    pair[1].close()
    sender.join()


def test_half_characters_become_question_marks(pair) -> None:
    pair[0].sendall(frame({"value": "a\ud800b"}))
    assert pair[1].receive(5)["value"] == "a?b"


def test_silence_and_absence_are_told_apart(pair) -> None:
    pair[0].sendall(struct.pack("2s", b"CT"))
    with pytest.raises(WireTimeout):
        pair[1].receive(0.05)
    pair[0].close()
    with pytest.raises(WireClosed):
        pair[1].receive(1)


def ask(session: Session, source: str, seconds: float = 20.0) -> object:
    """Run a cell that leaves its answer in `answer`."""
    reply = session.ask({"op": "cell", "number": 1, "source": source}, seconds)
    assert reply["value"] is None, reply
    return session.ask({"op": "value", "name": "answer"}, 5)["value"]


LEVELS = [
    (Isolation.BUBBLEWRAP, True),
    (Isolation.BUBBLEWRAP, False),
    (Isolation.NAMESPACES, True),
    (Isolation.NAMESPACES, False),
]


@pytest.fixture(scope="module", params=LEVELS, ids=lambda level: f"{level[0]}-{'root' if level[1] else 'user'}")
def sandbox(request):
    level, as_root = request.param
    if as_root and os.geteuid() != 0:
        pytest.skip("needs root")
    try:
        made = Sandbox(level, QUICK, as_root=as_root, warm=False)
        made.open().close()
    except SandboxError as problem:
        pytest.skip(f"the kernel offers no such isolation here: {problem}")
    yield made
    made.close()


VIEW = """
import os, socket
answer = {"root": sorted(os.listdir("/")), "environment": sorted(os.environ), "here": os.listdir(),
          "processes": [int(name) for name in os.listdir("/proc") if name.isdigit()], "package": os.listdir(PACKAGE)}
try:
    socket.socket(socket.AF_INET)
    answer["network"] = "open"
except OSError:
    answer["network"] = "closed"
"""


def test_a_process_sees_nothing_but_python_and_the_package(sandbox) -> None:
    with sandbox.open() as session:
        root = str(Path(__file__).resolve().parents[2])
        answer = ask(session, VIEW.replace("PACKAGE", repr(root)))
    assert answer["network"] == "closed"
    assert answer["here"] == []
    assert set(answer["package"]) <= {"cifar_teach", Path(sys.prefix).name}
    assert len(answer["processes"]) <= 3
    assert not {"home", "var", "run", "mnt"} & set(answer["root"])
    assert not [name for name in answer["environment"] if "SALT" in name or "TOKEN" in name or "PYTEST" in name]


def test_what_one_process_leaves_the_next_does_not_find(sandbox) -> None:
    write = "import os\nopen('/tmp/left', 'w').write('x'); open('/dev/shm/left', 'w').write('x'); answer = 1"
    with sandbox.open() as session:
        assert ask(session, write) == 1
    with sandbox.open() as session:
        look = "import os\nanswer = [os.path.exists('/tmp/left'), os.path.exists('/dev/shm/left')]"
        assert ask(session, look) == [False, False]


def test_disk_files_and_processes_are_limited(sandbox) -> None:
    fill = """
import os
answer = []
def attempt(function):
    try:
        function()
        answer.append("worked")
    except OSError as problem:
        answer.append(problem.strerror)
def much():
    with open("big", "wb") as stream:
        for _ in range(100): stream.write(bytes(2**20))
def many():
    for number in range(2000): open(f"f{number}", "w").close()
def sparse():
    with open("sparse", "wb") as stream: stream.truncate(50 * 2**30)
for function in (much, sparse): attempt(function)
os.unlink("big")
attempt(many)
"""
    with sandbox.open() as session:
        full, sparse, many = ask(session, fill)
        assert full in ("No space left on device", "File too large") and sparse == "File too large"
        assert many == "No space left on device"


BOMB = """
import os, time
children = 0
try:
    while children < 5000:
        if os.fork() == 0:
            time.sleep(60)
        children += 1
except OSError:
    pass
answer = children
"""


def test_a_fork_bomb_ends_with_its_process(sandbox) -> None:
    with sandbox.open() as session:
        try:
            assert ask(session, BOMB) < QUICK.processes
        except WireError:
            # Which limit it meets first, that of processes or that of memory, depends on how quickly it grows.
            assert session.trouble in (Trouble.CRASH, Trouble.MEMORY)
            assert "processes" in session.reason or "memory" in session.reason
        process = session._process
    assert processes.tree(process) in ([process], []) and not Path(f"/proc/{process}/fd").exists()


def test_a_daemon_ends_with_its_process(sandbox) -> None:
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
answer = 1
"""
    with sandbox.open() as session:
        ask(session, daemon)
        inside = processes.tree(session._process)
        assert len(inside) >= 3
    assert not [each for each in inside if processes._alive(each)]


def test_no_memory_beyond_the_limit(sandbox) -> None:
    with sandbox.open() as session:
        source = "try:\n    much = bytearray(2**30)\n    answer = 'worked'\nexcept MemoryError:\n    answer = 'full'"
        assert ask(session, source) == "full"
    family = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        mine = bytearray(os.urandom(1) * (150 * 2**20))
        time.sleep(30)
time.sleep(10)
answer = 1
"""
    with sandbox.open() as session:
        with pytest.raises(WireError):
            ask(session, family)
        assert session.trouble is Trouble.MEMORY


def test_a_loop_that_cannot_be_interrupted_is_ended(sandbox) -> None:
    loop = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass"
    with sandbox.open() as session:
        began = time.monotonic()
        with pytest.raises(WireTimeout):
            session.ask({"op": "cell", "number": 1, "source": loop}, 0.5)
        assert session.trouble is Trouble.TIME and time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import os\nos._exit(7)", "exit code 7"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("import os\nos.abort()", "SIGABRT"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
def test_it_is_told_how_a_process_ended(sandbox, source, words) -> None:
    with sandbox.open() as session:
        with pytest.raises(WireClosed):
            session.ask({"op": "cell", "number": 1, "source": source}, 10)
        assert session.trouble is Trouble.CRASH and words in session.reason


def test_a_process_that_writes_frames_itself_is_ended(sandbox) -> None:
    for junk in ("b'CTW1' + b'\\xff' * 12", "b'x' * 100"):
        source = f"import os\nfor number in range(3, 20):\n    try: os.write(number, {junk})\n    except OSError: pass"
        with sandbox.open() as session:
            with pytest.raises(WireError):
                session.ask({"op": "cell", "number": 1, "source": source}, 10)
            assert session.trouble is Trouble.CRASH and "could not be read" in session.reason


def test_only_functions_of_the_package_are_called_inside(sandbox) -> None:
    with sandbox.open() as session, pytest.raises(WireError):
        session.ask({"op": "make", "function": os.system, "arguments": ("true",), "keywords": {}}, 5)


def test_the_attack_finds_what_is_open() -> None:
    found = attack(Isolation.NONE, False)
    for words in ("read a secret file", "connect to a server", "write where programs lie"):
        assert words in found


def test_the_level_is_the_strongest_that_holds() -> None:
    found = find_isolation()
    assert found.not_stopped == isolation.NOT_STOPPED[found.level]
    if found.level in (Isolation.BUBBLEWRAP, Isolation.NAMESPACES):
        assert "none worked" in found.proof[-1]
    nothing = find_isolation(Isolation.NONE)
    assert "apt install bubblewrap" in nothing.refusal() and "--trust" in nothing.refusal()


def test_each_level_says_what_it_does_not_stop() -> None:
    assert set(isolation.NOT_STOPPED) == set(Isolation)
    assert all(isolation.NOT_STOPPED.values())


def test_a_sandbox_ends_when_its_owner_does(tmp_path) -> None:
    code = (
        "import os; from cifar_teach.grading.sandbox import Isolation, Sandbox; "
        f"box = Sandbox(Isolation('{find_isolation().level}'), warm=False); session = box.open(); "
        "print(box._process.pid, session._process, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    numbers = [int(each) for each in done.stdout.split()]
    assert len(numbers) == 2, done.stderr
    end = time.monotonic() + 20
    while any(processes._alive(each) for each in numbers) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(processes._alive(each) for each in numbers)


def test_limits_are_plain_numbers() -> None:
    with pytest.raises(AttributeError):
        Limits().memory = 1  # frozen: a worker process gets a copy of exactly this
