"""The facade through which a check talks to the student's work.

A check never touches an object of the student: it asks the facade to call a function, read a variable or look at a
model, and gets plain data back (:mod:`~cifar_teach.checks.values`). What is not plain, such as a Keras model, stays
where it is; the check holds a :class:`Handle` and looks at it through *probes*: functions of this package that run
beside the object and return plain data.

The facade does not care where the work is: :class:`~cifar_teach.checks.work.Work` holds it in this process, a grader
has one that asks another process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .values import show
from .verdict import CheckFailed, Finding
from .work import Handle

if TYPE_CHECKING:
    from .work import Work

__all__ = ["Handle", "Student"]


@dataclass
class Student:
    """A student's work, as a check sees it.

    Attributes:
        work: where it is.
        findings: what the parts of the check have found so far.
        called: the last call in words, for messages.
    """

    work: Work
    findings: list[Finding] = field(default_factory=list)
    called: str = ""

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        """Call the student's function with copies of the arguments and return its result as plain data.

        Handles among the arguments are replaced by their objects.

        Raises:
            CheckFailed: there is no such function, it does not take these arguments, it raised, or it changed an
                array it was given.
        """
        self._begin(name, arguments, keywords)
        return self.work.call(name, arguments, keywords, self.called)

    def keep(self, name: str, *arguments: Any, **keywords: Any) -> Handle:
        """Call the student's function and keep its result where it is: for models and other objects.

        Raises:
            CheckFailed: as for :meth:`call`, or the function returned None.
        """
        self._begin(name, arguments, keywords)
        return self.work.keep(name, arguments, keywords, self.called)

    def value(self, name: str) -> Any:
        """Return the student's variable as plain data.

        Raises:
            NotAttempted: it is missing, None or ``...``: that is how the notebook is handed out.
        """
        self.called = ""
        return self.work.value(name)

    def make(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Handle:
        """Build an object by a function of this package, beside the student's work, to hand it to the student."""
        return self.work.make(function, arguments, keywords)

    def probe(self, handle: Handle, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Return what a function of this package says about an object, as plain data."""
        return self.work.probe(handle, function, arguments, keywords)

    @contextlib.contextmanager
    def part(self, title: str, weight: float = 1.0) -> Iterator[None]:
        """Judge one part of an answer for its share of the points; a failure inside does not stop the check."""
        self.called = ""
        try:
            yield
        except CheckFailed as failure:
            self.findings.append(Finding.of(failure, title, weight, self.called))
        else:
            self.findings.append(Finding(title, weight, passed=True))

    def _begin(self, name: str, arguments: tuple, keywords: dict[str, Any]) -> None:
        self.work.function(name)
        self.called = _call_text(name, arguments, keywords)


def _call_text(name: str, arguments: tuple, keywords: dict) -> str:
    shown = [_argument_text(each) for each in arguments]
    shown += [f"{key}={_argument_text(each)}" for key, each in keywords.items()]
    return f"{name}({', '.join(shown)})"


def _argument_text(value: Any) -> str:
    if isinstance(value, Handle):
        return f"a {value.type_name}"
    if callable(value):
        return getattr(value, "__name__", "a function")
    return show(value)
