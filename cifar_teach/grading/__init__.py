"""Grading a class: from a zip of hand-ins to grades and feedback, with nothing lost and nobody cheated.

``cifar-teach grade`` does it all, with a journal and feedback. In Python, the points of the hand-ins of one archive::

    from pathlib import Path

    from cifar_teach.grading import Grader, collect

    exercises = Path("exercises")
    with Grader(salt="a secret of the course", releases=exercises) as grader:
        for submission in collect([Path("hand-ins.zip")], releases=exercises):
            print(grader.grade(submission).points)

========  ==========================================================================================================
intake    ``intake``, ``opening``, ``archives``: what was handed in, opened safely; ``naming``, ``roster``,
          ``identity``, ``moments``, ``gradescope_export``: whose it is, and when it came; ``slimming``, ``decoding``,
          ``recognition``, ``candidates``: from bytes to a notebook of an exercise; ``rebuild``, ``matching``,
          ``template``, ``studentcells``, ``code_answers``, ``text_answers``, ``answers``, ``names``: the release with
          the student's answers in it; ``nbgrader_plugin``: the same for plain ``nbgrader autograde``
sandbox   ``isolation``, ``escape``: which way of locking up holds here; ``sandbox``, ``sandbox_view``,
          ``throwaway_users``, ``zygote``, ``confine``, ``limits``, ``processes``: a locked-up process for each hand-in;
          ``inside``: what runs in it; ``wire``: how it is spoken to
judge     ``grader``, ``running``, ``slicing``: run the cells, and judge outside; ``remote``, ``models``: the checks'
          view of work that is in another process; ``judging``, ``notices``: what each question gets, and what the
          student is told
class     ``workflow``, ``batch``, ``lanes``, ``cluster``: many hand-ins, on several processes or machines; ``journal``,
          ``class_folder``, ``salting``: nothing is lost; ``gradebook``, ``gradebook_connection``,
          ``gradebook_thread``, ``autograded``, ``defanging``: nbgrader's gradebook and its pages; ``regrade``
out       ``outputs``, ``feedback``, ``advice``, ``overview``, ``class_statistics``, ``charts``, ``pages``, ``text``:
          pages for students and instructor; ``exports``: grades for other programs; ``late``, ``late_files``,
          ``late_plugin``: what a late hand-in costs; ``similarity``, ``fingerprints``: hand-ins that are alike;
          ``receipts``: results that cannot be changed unnoticed
commands  ``cli``, ``commands``, ``summary``
between   ``records``: what the stages above, which a hand-in passes in this order, hand to each other
========  ==========================================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .grader import Grader, GraderSettings
    from .intake import collect
    from .isolation import Found, find_isolation
    from .limits import Limits
    from .records import Isolation, Outcome, QuestionResult, Repair, Result, Submission, Trouble
    from .roster import Roster, read_roster

__all__ = [
    "Found",
    "Grader",
    "GraderSettings",
    "Isolation",
    "Limits",
    "Outcome",
    "QuestionResult",
    "Repair",
    "Result",
    "Roster",
    "Submission",
    "Trouble",
    "collect",
    "find_isolation",
    "read_roster",
]

# The command line loads this package to learn its commands, so nothing is imported before it is asked for.
_HOMES = {
    "grader": ("Grader", "GraderSettings"),
    "intake": ("collect",),
    "isolation": ("Found", "find_isolation"),
    "limits": ("Limits",),
    "records": ("Isolation", "Outcome", "QuestionResult", "Repair", "Result", "Submission", "Trouble"),
    "roster": ("Roster", "read_roster"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
