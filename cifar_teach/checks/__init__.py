"""The checks: one module per exercise says what is asked, how it is judged, and what the student is told.

In a notebook::

    from cifar_teach.checks import check, check_all, hint, start, submit

===================  ===================================================================================
``ex01_explore``, …  the questions of an exercise and how each is judged
``registry``         ``exercise``, ``check``, ``manual``: registering them; ``get_exercise``, ``get_question``
``student``          the facade through which a check sees the student's work
``work``             the part of it that touches the student's objects, in the process where they are
``draw``             inputs for the checks, from a seed
``compare``          ``expect_array`` and its relatives: compare, and say what is wrong
``keras_probes``     what checks ask of Keras models
``sql_probes``       SQL of a student, run where it can only read; with ``sql_rows`` (comparing rows) and
                     ``drawn_experiments`` (the databases)
``verdict``          ``CheckFailed``; ``Verdict``: what a student is told
``runner``           ``judge``: one check on one student's work
``guard``            time limit, held-back output, unchanged seeds and settings
``values``           plain data from a student's objects
``rendering``        verdicts as text and HTML
``notebook``         ``check``, ``check_all``, ``hint``, ``start``: what a student types
``submission``       ``submit``; with ``locating`` (which file is open) and ``handin`` (what is handed in)
``reading``          a notebook as a file
``execution``        ``run_notebook``: from top to bottom in a process of its own; with ``replay`` (the process),
                     ``cells`` (running them), ``plan`` (where each check has its place), ``magics`` (made inert)
                     and ``results``
``pytest_plugin``    ``pytest --notebook``
===================  ===================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook import check, check_all, hint, start
    from .registry import EXERCISES, Exercise, Question, get_exercise, get_question
    from .submission import submit
    from .verdict import CheckFailed, State, Verdict

__all__ = [
    "EXERCISES",
    "CheckFailed",
    "Exercise",
    "Question",
    "State",
    "Verdict",
    "check",
    "check_all",
    "get_exercise",
    "get_question",
    "hint",
    "start",
    "submit",
]

# Every run of pytest loads the plugin in this package, also for projects that have nothing to do with the course, so
# nothing is imported before it is asked for.
_HOMES = {
    "notebook": ("check", "check_all", "hint", "start"),
    "registry": ("EXERCISES", "Exercise", "Question", "get_exercise", "get_question"),
    "submission": ("submit",),
    "verdict": ("CheckFailed", "State", "Verdict"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
