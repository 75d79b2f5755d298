"""The facade of a check for work that is in another process: the same questions, asked over the wire.

What comes back is plain data and nothing else, whatever the student's code has done to the process it comes from.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..checks.guard import too_slow
from ..checks.registry import Question
from ..checks.student import Student
from ..checks.values import shorten
from ..checks.verdict import CheckFailed, NotAttempted, State, StudentError
from ..checks.work import Handle
from .models import Foreign, vet
from .records import Trouble
from .sandbox import SandboxError, Session
from .wire import WireError

KINDS: dict[str, type[CheckFailed]] = {
    State.NOT_YET: CheckFailed,
    State.NOT_ATTEMPTED: NotAttempted,
    State.ERROR: StudentError,
}
WORDS = ("message", "called", "got", "expected", "hint")
WORDS_KEPT = 1_500
CLEAN_SECONDS = 60.0
EXPORT_SECONDS = 30.0
REPEATS = "repeats_what_was_returned"
"""Set on a probe that computes nothing: a function could return the same, so nothing is won by lying here."""


class Interrupted(BaseException):
    """The process that holds the student's work is gone. No Exception: no check may take it for a wrong answer."""


class Unavailable(BaseException):
    """The grader itself has no process to look at a model. No Exception: it says nothing about the answer."""


class RemoteStudent(Student):
    """A student's work in a process of the sandbox.

    Args:
        session: the process.
        question: what is judged.
        clean: returns a process that never ran a student's code, in which models are built again to be looked at;
            without it they are looked at where they are.
    """

    def __init__(self, session: Session, question: Question, clean: Callable[[], Session] | None = None) -> None:
        super().__init__(RemoteWork(session, question.seconds, clean))
        self._keras = question.keras

    @property
    def own_word(self) -> bool:
        """True when a model had to be looked at in the student's own process, which could lie about it."""
        return self._keras and self.work.own_word

    @property
    def trouble(self) -> Trouble:
        """What stopped the student's code, if something did that left the process alive."""
        return self.work.trouble


class RemoteWork:
    """The student's work, as :class:`~cifar_teach.checks.work.Work` is, but in another process.

    Args:
        session: the process.
        seconds: what the student's code may take, all calls of the check together.
        clean: as in :class:`RemoteStudent`.
    """

    def __init__(self, session: Session, seconds: float, clean: Callable[[], Session] | None = None) -> None:
        self.trouble = Trouble.NONE
        self.own_word = False
        self._session = session
        self._seconds = seconds
        self._left = seconds
        self._clean = clean

    def function(self, name: str) -> None:
        """Raise unless the student has written a function of this name."""
        self._ask({"op": "function", "name": name})

    def call(self, name: str, arguments: tuple, keywords: dict[str, Any], called: str) -> Any:
        """Call the function and return its result as plain data; ``called`` is the call in words."""
        return self._ask(_call("call", name, arguments, keywords, called))

    def keep(self, name: str, arguments: tuple, keywords: dict[str, Any], called: str) -> Handle:
        """Call the function and keep its result there."""
        return _handle(self._ask(_call("keep", name, arguments, keywords, called)))

    def value(self, name: str) -> Any:
        """Return a variable as plain data."""
        return self._ask({"op": "value", "name": name})

    def make(self, function: Callable[..., Any], arguments: tuple, keywords: dict[str, Any]) -> Handle:
        """Build an object by a function of this package, beside the student's work."""
        request = {"op": "make", "function": function, "arguments": arguments, "keywords": keywords}
        return _handle(self._ask(request))

    def probe(self, handle: Handle, function: Callable[..., Any], arguments: tuple, keywords: dict[str, Any]) -> Any:
        """Return what a function of this package says about an object, as plain data.

        Objects of Keras's own classes are looked at in the clean process. Of any other the student's process says what
        it likes, which is noted unless the probe only repeats what was returned.
        """
        handles = [handle, *(each for each in arguments if isinstance(each, Handle))]
        exported = self._exported(handles) if self._clean is not None else None
        if exported is None:
            self.own_word = self.own_word or not getattr(function, REPEATS, False)
            return self._ask(_probe(handle, function, arguments, keywords))
        try:
            session = self._clean()
        except SandboxError as problem:
            raise Unavailable(str(problem)) from None
        try:
            copies = _answer(told(session, {"op": "adopt", "exported": exported}, CLEAN_SECONDS), handle)
            known = dict(zip(handles, copies, strict=True))
            given = tuple(known[each] if isinstance(each, Handle) else each for each in arguments)
            return _answer(told(session, _probe(known[handle], function, given, keywords), CLEAN_SECONDS), handle)
        except Interrupted:
            self.trouble = session.trouble
            raise StudentError(
                f"The {handle.type_name} that came cannot be used. {session.reason}",
                hint="Is it far larger than the question asks for?",
            ) from None

    def _exported(self, handles: list[Handle]) -> list[dict[str, Any]] | None:
        exported = self._ask({"op": "export", "handles": handles}, EXPORT_SECONDS)
        if exported is None:
            return None
        try:
            for record in exported:
                vet(record["config"])
            return exported
        except Foreign:
            return None
        except (TypeError, KeyError):
            raise StudentError("The model cannot be looked at.") from None

    def _ask(self, request: dict[str, Any], seconds: float | None = None) -> Any:
        if self._left <= 0:
            self.trouble = Trouble.TIME
            raise too_slow(self._seconds)
        began = time.monotonic()
        reply = told(self._session, request, seconds or self._left)
        if seconds is None:
            self._left -= time.monotonic() - began
        if "value" in reply:
            return reply["value"]
        failure = reply["failure"]
        if failure.get("late") is True:
            self.trouble = Trouble.TIME
            raise too_slow(self._seconds)
        if failure.get("memory") is True:
            self.trouble = Trouble.MEMORY
        raise _failure(failure)


def told(session: Session, request: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the reply to a request.

    Raises:
        Interrupted: the process is gone.
    """
    try:
        return session.ask(request, seconds)
    except WireError:
        raise Interrupted(session.reason) from None


def _call(op: str, name: str, arguments: tuple, keywords: dict[str, Any], called: str) -> dict[str, Any]:
    return {"op": op, "name": name, "arguments": arguments, "keywords": keywords, "called": called}


def _probe(handle: Handle, function: Callable[..., Any], arguments: tuple, keywords: dict[str, Any]) -> dict[str, Any]:
    return {"op": "probe", "handle": handle, "function": function, "arguments": arguments, "keywords": keywords}


def _handle(value: Any) -> Handle:
    if not isinstance(value, Handle):
        raise StudentError("What came cannot be looked at.")
    return value


def _answer(reply: dict[str, Any], handle: Handle) -> Any:
    """Return the value in a reply of the clean process; what fails there fails because of the model."""
    if "value" in reply:
        return reply["value"]
    failure = _failure(reply["failure"])
    raise StudentError(f"The {handle.type_name} that came cannot be used: {failure.message}", hint=failure.hint)


def _failure(record: dict[str, Any]) -> CheckFailed:
    """Return the failure that a reply tells of; its words come from the student's process."""
    words = {name: record.get(name, "") for name in WORDS}
    words = {name: shorten(value, WORDS_KEPT) if isinstance(value, str) else "" for name, value in words.items()}
    kind = KINDS.get(record.get("state"), StudentError) if isinstance(record.get("state"), str) else StudentError
    return kind(words.pop("message") or "The code could not be run.", **words)
