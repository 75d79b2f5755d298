"""Beside the student's objects: find an answer, call it, keep what is no plain data, look at it through probes.

This is the part of a check that touches what the student wrote, so it runs where that is: in the notebook, or in the
process in which a grader runs it. What it returns is plain data (:mod:`~cifar_teach.checks.values`).
"""

from __future__ import annotations

import copy
import difflib
import dis
import inspect
import linecache
import traceback
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .guard import TimeIsUp
from .values import plain, shorten, show
from .verdict import CheckFailed, NotAttempted, StudentError

PACKAGE = __package__.partition(".")[0]
CODE_SHOWN = 200
STUB_STEPS = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
"""What the compiler makes of a function without statements."""
INSTEAD = {
    np.ndarray: "Work on a new array. `x /= 2` and `x[0] = 1` write into the array of the caller; `x = x / 2` makes a "
    "new one.",
    list: "Work on a new list. `x.append(1)`, `x.sort()` and `x[0] = 1` write into the list of the caller; `list(x)` "
    "and `sorted(x)` make new ones.",
    dict: "Work on a new dict. `x.update(…)` and `x[name] = 1` write into the dict of the caller; `dict(x)` makes a "
    "new one.",
}
"""What was changed, though it belongs to the caller -> what to do instead."""


@dataclass(frozen=True)
class Handle:
    """Stands for an object that stays in the student's process.

    Attributes:
        number: which object.
        type_name: the name of its class, for messages.
    """

    number: int
    type_name: str


class Work:
    """A student's work, given as the variables of the notebook.

    Args:
        namespace: the variables by name. Only read.
        uses: names of the package that an answer may use.
    """

    def __init__(self, namespace: Mapping[str, Any], uses: tuple[str, ...] = ()) -> None:
        self._namespace = namespace
        self._uses = uses
        self._objects: list[Any] = []

    def function(self, name: str) -> None:
        """Raise unless the student has written a function of this name.

        Raises:
            NotAttempted: there is none, or it is empty.
            CheckFailed: the name stands for something else, or for what the package has ready.
        """
        function = self._find(name)
        if function is None or function is ...:
            raise NotAttempted(f"`{name}` has not been written yet.")
        if not callable(function):
            raise CheckFailed(
                f"`{name}` should be a function.",
                got=f"{type(function).__name__} {_safe_show(function)}",
                hint=f"Another cell may use the name `{name}` for something else. Run the cell of the question again.",
            )
        self._refuse_borrowed(name, function)
        if _is_stub(function):
            raise NotAttempted(f"`{name}` has not been written yet.")

    def call(self, name: str, arguments: tuple, keywords: dict[str, Any], called: str) -> Any:
        """Call the function and return its result as plain data; ``called`` is the call in words."""
        return plain(self._run(name, arguments, keywords, called))

    def keep(self, name: str, arguments: tuple, keywords: dict[str, Any], called: str) -> Handle:
        """Call the function and keep its result here."""
        result = self._run(name, arguments, keywords, called)
        if result is None:
            raise CheckFailed(f"`{name}` returned nothing.", got="None", hint="Does the function end with `return`?")
        return self.hold(result)

    def value(self, name: str) -> Any:
        """Return a variable as plain data."""
        value = self._find(name)
        if value is None or value is ...:
            raise NotAttempted(f"`{name}` has no value yet.", hint=f"Write your answer in the cell of `{name}`.")
        self._refuse_borrowed(name, value)
        return plain(value)

    def make(self, function: Callable[..., Any], arguments: tuple, keywords: dict[str, Any]) -> Handle:
        """Build an object by a function of this package and keep it here."""
        return self.hold(function(*self._given(arguments), **keywords))

    def probe(self, handle: Handle, function: Callable[..., Any], arguments: tuple, keywords: dict[str, Any]) -> Any:
        """Return what a function of this package says about an object, as plain data."""
        try:
            return plain(function(self.object(handle), *self._given(arguments), **keywords))
        except (CheckFailed, TimeIsUp):
            raise
        except Exception as problem:
            raise StudentError(
                f"The {handle.type_name} that came cannot be used: {_described(problem)}",
                hint="Try in a cell of your own what it does with a few images.",
            ) from None

    def object(self, handle: Handle) -> Any:
        """Return the object that a handle stands for."""
        return self._objects[handle.number]

    def _run(self, name: str, arguments: tuple, keywords: dict[str, Any], called: str) -> Any:
        function = self._find(name)
        _check_signature(name, function, arguments, keywords, called)
        given, named = self._given(arguments), self._given_by_name(keywords)
        before = copy.deepcopy(
            [each for each in (*given, *named.values()) if isinstance(each, np.ndarray | list | dict)]
        )
        try:
            result = function(*given, **named)
        except NotImplementedError:
            raise NotAttempted(f"`{name}` has not been written yet.") from None
        except TimeIsUp:
            raise
        except BaseException as problem:
            raise _raised(name, problem) from None
        after = [each for each in (*given, *named.values()) if isinstance(each, np.ndarray | list | dict)]
        if not _same(before, after):
            raise CheckFailed(
                f"`{name}` changed what it was given: after the call the caller's own data is different.",
                hint=INSTEAD[_kind_of_change(before, after)],
            )
        return result

    def _find(self, name: str) -> Any:
        if name in self._namespace:
            return self._namespace[name]
        known = [each for each in self._namespace if not each.startswith("_")]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        raise NotAttempted(
            f"There is no `{name}` yet.",
            hint=f"There is a `{near[0]}`: is the name spelled as in the question?"
            if near
            else "Run the cell in which you define it.",
        )

    def _refuse_borrowed(self, name: str, value: Any) -> None:
        """Refuse an answer that is, or calls, what the package has ready."""
        borrowed = _borrowed(value, self._uses)
        if borrowed:
            raise CheckFailed(
                f"`{name}` takes `{borrowed}` from the {PACKAGE} package, where the answer is ready-made.",
                hint="It is fine to read it there and to compare with it. Here, write the steps yourself: that is what "
                "you will need when there is no package.",
            )

    def hold(self, value: Any) -> Handle:
        """Keep an object here and return what stands for it."""
        self._objects.append(value)
        return Handle(len(self._objects) - 1, type(value).__name__)

    def _given(self, arguments: tuple) -> list[Any]:
        return [self.object(each) if isinstance(each, Handle) else _copied(each) for each in arguments]

    def _given_by_name(self, keywords: dict[str, Any]) -> dict[str, Any]:
        return dict(zip(keywords, self._given(tuple(keywords.values())), strict=True))


def _copied(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, np.ndarray | list | dict) else value


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        same_kind = isinstance(after, np.ndarray) and before.dtype == after.dtype and before.shape == after.shape
        return same_kind and before.tobytes() == after.tobytes()
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(_same(one, other) for one, other in zip(before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    return before is after or (type(before) is type(after) and before == after)


def _kind_of_change(before: Any, after: Any) -> type:
    """Return the type of the innermost array, list or dict that is different afterwards."""
    inside = ()
    if isinstance(before, list) and len(before) == len(after):
        inside = zip(before, after)
    elif isinstance(before, dict) and before.keys() == after.keys():
        inside = ((before[key], after[key]) for key in before)
    for one, other in inside:
        if not _same(one, other) and type(one) is type(other) and isinstance(one, np.ndarray | list | dict):
            return _kind_of_change(one, other)
    return next(kind for kind in INSTEAD if isinstance(before, kind))


def _is_stub(function: Any) -> bool:
    """Say whether nothing but a docstring, ``pass`` or ``...`` stands in the function."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname in STUB_STEPS]
    returned = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return len(steps) == len(list(dis.get_instructions(code))) and returned == [None]


def _borrowed(value: Any, uses: tuple[str, ...]) -> str:
    """Return the dotted name of the package's object that ``value`` is or calls, or nothing."""
    module = str(getattr(value, "__module__", "") or "")
    if isinstance(value, types.FunctionType | type) and module.partition(".")[0] == PACKAGE:
        return "" if value.__name__ in uses else f"{module}.{value.__name__}"
    wrapped = getattr(value, "__wrapped__", None) or getattr(value, "func", None)
    if wrapped is not None and wrapped is not value and callable(wrapped):
        return _borrowed(wrapped, uses)
    code = getattr(value, "__code__", None)
    if code is None:
        return ""
    names = names_in(code)
    scope = getattr(value, "__globals__", {})
    for name in names & scope.keys():
        known = scope[name]
        if isinstance(known, types.ModuleType) and known.__name__.partition(".")[0] == PACKAGE:
            ready = [each for each in names if callable(getattr(known, each, None)) and each not in uses]
            if ready:
                return f"{known.__name__}.{ready[0]}"
        elif isinstance(known, types.FunctionType | type) and str(known.__module__).partition(".")[0] == PACKAGE:
            if name not in uses and known.__name__ not in uses:
                return f"{known.__module__}.{known.__name__}"
    return ""


def names_in(code: types.CodeType) -> set[str]:
    """Return the names that a function uses, those of the functions inside it included."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_in(constant)
    return names


def _check_signature(name: str, function: Any, arguments: tuple, keywords: dict, called: str) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some callables written in C have none
        return
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as problem:
        raise CheckFailed(
            f"`{name}` cannot be called the way the question says.",
            got=f"{name}{signature}",
            expected=called,
            hint=f"Python says: {problem}.",
        ) from None


def _safe_show(value: Any) -> str:
    try:
        return show(plain(value))
    except CheckFailed:
        return ""


def _raised(name: str, problem: BaseException) -> CheckFailed:
    """Return the report of an exception in the student's code, with the line it came from."""
    where = _line_of(problem)
    if isinstance(problem, SystemExit | KeyboardInterrupt):
        return StudentError(f"`{name}` tried to stop Python ({type(problem).__name__}){where}.")
    hint = ""
    if isinstance(problem, NameError):
        hint = "A name is used that does not exist (yet). Run the cells above, and look for a spelling mistake."
    elif isinstance(problem, RecursionError):
        hint = "The function calls itself again and again."
    elif "Cannot cast ufunc" in str(problem):
        hint = "An array of whole numbers cannot take fractions in place. Write `x = x / 2`, which makes a new one."
    return StudentError(f"`{name}` raised {_described(problem)}{where}", hint=hint)


def _described(problem: BaseException) -> str:
    text = shorten(str(problem).strip(), 300)
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def _line_of(problem: BaseException) -> str:
    """Return where in the student's own code it happened, as ``, in line 3 of the cell: `x = …```, or nothing."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if _is_notebook_code(frame.filename)]
    if not frames:
        return ""
    line = (frames[-1].line or linecache.getline(frames[-1].filename, frames[-1].lineno or 0)).strip()
    return f", in line {frames[-1].lineno} of the cell: `{shorten(line, CODE_SHOWN)}`" if line else ""


def _is_notebook_code(filename: str) -> bool:
    return filename.startswith(("<", "/tmp/ipykernel")) or "ipykernel_" in filename or "ipython-input" in filename
