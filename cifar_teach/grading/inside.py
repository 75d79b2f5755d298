"""The side of the sandbox: runs cells, calls the student's functions, answers probes. Nothing here decides anything.

The judge sends one request at a time and gets one reply. What a reply holds is only as honest as the student's code in
this process, which is why the judge draws the inputs, compares the results and picks the messages itself.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import importlib
import socket
import sys
import traceback
from dataclasses import asdict
from typing import Any

from .. import checks
from ..checks import notebook as notebook_commands
from ..checks.cells import Cells
from ..checks.guard import TimeIsUp, held_output, time_limit, unchanged_state
from ..checks.magics import Nothing, to_python
from ..checks.notebook import Message
from ..checks.reading import Cell
from ..checks.registry import get_exercise, get_question
from ..checks.runner import import_what_takes_long, judge
from ..checks.values import shorten
from ..checks.verdict import CheckFailed, StudentError
from ..checks.work import Work
from ..data import AtMost, Dataset, load_cifar10
from . import models
from .limits import Limits
from .notices import colab_modules
from .wire import Channel, WireError


@functools.cache
def course_data(slug: str) -> Dataset:
    """Return the data that ``start(slug)`` gives in the sandbox: drawn pictures, the same for everybody."""
    exercise = get_exercise(slug)
    sizes = {"train_size": AtMost(exercise.train_size), "test_size": AtMost(exercise.test_size)}
    return load_cifar10(**sizes, source="synthetic", cache=False, quiet=True)


def find_function(module: str, name: str) -> Any:
    """Return a function or class of this package by its name.

    Raises:
        WireError: there is none.
    """
    package = __package__.partition(".")[0]
    if not module.startswith(f"{package}."):
        raise WireError(f"{module} is no module of {package}")
    try:
        found = functools.reduce(getattr, name.split("."), importlib.import_module(module))
    except (ImportError, AttributeError):
        raise WireError(f"{module} has no {name}") from None
    if getattr(found, "__module__", None) != module:
        raise WireError(f"{name} is not defined in {module}")
    return found


def serve(connection: int, request: dict[str, Any], limits: Limits) -> None:
    """Answer the judge until it goes away; ``request`` says which exercise this is about, if any."""
    channel = Channel(socket.socket(fileno=connection), limits.reply, find_function)
    server = Server(request["exercise"], limits)
    channel.send({"locked": True})
    while True:
        try:
            message = channel.receive()
        except WireError:
            return
        reply = server.answer(message)
        try:
            channel.send(reply)
        except WireError as problem:
            channel.send({"failure": {"message": f"What came cannot be looked at: {problem}.", "state": "not yet"}})


class Server:
    """Answers requests.

    Args:
        exercise: slug of the exercise; empty in a process that only looks at models.
        limits: what is allowed.
    """

    def __init__(self, exercise: str, limits: Limits) -> None:
        self._limits = limits
        self._trained_long = False
        self._cells = Cells(lambda _: None)  # what there is to note, the judge reads off the cells itself
        self._work = Work(self._cells.variables)
        self._check = contextlib.ExitStack()
        self._output: Any = None
        if exercise:
            self._cells.prepare()
            self._provide(exercise)
        else:
            gc.freeze()  # TensorFlow stays: looking through all of it for what can go would take most of the time
        self._in_cell = False
        models.limit_training(limits.train_steps, lambda: self._in_cell, self._note_training)

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a request."""
        # A cell has a limit of its own, with a message of its own; this one only stands behind it.
        more = self._limits.grace_seconds / 2 if message["op"] == "cell" else 0.0
        try:
            with time_limit(message["seconds"] + more):
                reply = {"value": getattr(self, f"do_{message['op']}")(message)}
        except CheckFailed as failure:
            reply = {"failure": _failure(failure)}
        except MemoryError:
            reply = {"failure": {"message": "The memory was full.", "state": "error", "memory": True}}
        except BaseException as problem:
            where = traceback.extract_tb(problem.__traceback__)[-1]
            text = shorten(f"{type(problem).__name__}: {problem} ({where.name}, line {where.lineno})", 400)
            reply = {"failure": {"message": f"This could not be carried out: {text}", "state": "error"}}
        reply["trained_long"] = self._trained_long
        return reply

    def _note_training(self) -> None:
        self._trained_long = True

    def do_cell(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Run a cell; return how it stopped."""
        cell = Cell(message["number"], "code", message["source"])
        self._in_cell, self._cells.cell = True, cell
        with _colab(cell.source):
            error = self._cells.run(cell, message["seconds"])
        self._in_cell = False
        return asdict(error) if error else None

    def do_begin(self, message: dict[str, Any]) -> None:
        """Begin a check: nothing that happens from here to its end shall be seen by the next one."""
        self._check.close()
        question = get_question(message["id"])
        self._work = Work(self._cells.variables, question.uses)
        import_what_takes_long(question, self._cells.variables)
        if question.keras:
            models.warm_up()
        self._check.enter_context(unchanged_state())
        self._output = self._check.enter_context(held_output())

    def do_end(self, _: dict[str, Any]) -> list[Any]:
        """End a check; return what was printed, and how many lines there were."""
        printed = [self._output.kept[:4000], self._output.lines] if self._output else ["", 0]
        self._check.close()
        return printed

    def do_function(self, message: dict[str, Any]) -> None:
        """Look whether a function is there."""
        self._work.function(message["name"])

    def do_call(self, message: dict[str, Any]) -> Any:
        """Call a function; return its result as plain data."""
        return self._work.call(message["name"], message["arguments"], message["keywords"], message["called"])

    def do_keep(self, message: dict[str, Any]) -> Any:
        """Call a function and keep the result."""
        return self._work.keep(message["name"], message["arguments"], message["keywords"], message["called"])

    def do_value(self, message: dict[str, Any]) -> Any:
        """Return a variable."""
        return self._work.value(message["name"])

    def do_make(self, message: dict[str, Any]) -> Any:
        """Make an object by a function of this package."""
        return self._work.make(message["function"], message["arguments"], message["keywords"])

    def do_probe(self, message: dict[str, Any]) -> Any:
        """Say something about an object by a function of this package."""
        return self._work.probe(message["handle"], message["function"], message["arguments"], message["keywords"])

    def do_export(self, message: dict[str, Any]) -> Any:
        """Return objects of Keras as plain data, from which they can be built again; None when they cannot."""
        return models.export([self._work.object(each) for each in message["handles"]])

    def do_adopt(self, message: dict[str, Any]) -> Any:
        """Build the objects that another process has exported, in the place of those that were built before."""
        # This process looks at the models of many students: what one has sent must not fill it for the next.
        self._work = Work({})
        gc.collect()  # a model refers to itself, so it does not go by itself
        return [self._work.hold(each) for each in models.rebuild(message["exported"])]

    def _provide(self, exercise: str) -> None:
        """Give the course's data in the place of downloads, and quiet commands in the place of those of a notebook."""
        data = course_data(exercise)
        notebook_commands.load_for_page = lambda *_, **__: data
        checks.check = self._checked
        checks.check_all = checks.submit = checks.hint = _nothing
        cifar10 = sys.modules.get("keras.datasets.cifar10") or sys.modules.get("keras.src.datasets.cifar10")
        keras = sys.modules.get("keras")
        if keras is not None:
            cifar10 = keras.datasets.cifar10
            pairs = tuple((part.images, part.labels.reshape(-1, 1)) for part in (data.train, data.test))

            def load_data() -> Any:
                return pairs

            cifar10.load_data = load_data

    def _checked(self, id: str) -> Any:
        """Answer a call of ``check`` in a cell of the student's own: with the public inputs, and for no points."""
        try:
            question = get_question(id)
        except ValueError as problem:
            return Message(str(problem))
        if question.manual:
            return Message("A person reads your answer to this question.")
        return judge(question, self._cells.variables)


def _nothing(*_: Any, **__: Any) -> Message:
    return Message("Nothing is shown while the notebook is graded.")


def _failure(failure: CheckFailed) -> dict[str, Any]:
    words = {name: getattr(failure, name) for name in ("message", "called", "got", "expected", "hint")}
    cause = failure.__context__
    return words | {
        "state": str(failure.state),
        "late": isinstance(failure, StudentError) and isinstance(cause, TimeIsUp),
        "memory": isinstance(cause, MemoryError) or "MemoryError" in failure.message,
    }


@contextlib.contextmanager
def _colab(source: str) -> Any:
    """Let ``google.colab`` be imported, and do nothing, by a cell that does not reckon with its absence."""
    try:
        stand_in = colab_modules(ast.parse(to_python(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        stand_in = set()
    sys.modules.update(dict.fromkeys(stand_in, Nothing()))
    try:
        yield
    finally:
        for name in stand_in:
            sys.modules.pop(name, None)
