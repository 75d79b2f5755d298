"""The late policy for plain ``nbgrader autograde``, which asks a plugin what a late hand-in costs.

In ``nbgrader_config.py``::

    c.AssignLatePenalties.plugin_class = "cifar_teach.grading.late_plugin.CifarTeachLateSubmission"
    c.CifarTeachLateSubmission.grace_minutes = 15
    c.CifarTeachLateSubmission.percent_per_day = 10
    c.CifarTeachLateSubmission.floor_percent = 50
    c.CifarTeachLateSubmission.cutoff_days = 7

nbgrader knows the deadline and the extensions from its gradebook. It asks while it autogrades, so the penalty is a part
of the points of the checks; points that a person gives later are not reduced.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from .late_files import POLICY, read_policy

NAME = "CifarTeachLateSubmission"


def __getattr__(name: str) -> Any:
    # nbgrader takes seconds to import and is not installed everywhere; the class is made when it is asked for.
    if name == NAME:
        return _plugin_class()
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


@cache
def _plugin_class() -> type:
    from nbgrader.plugins import BasePlugin
    from traitlets import Float

    class CifarTeachLateSubmission(BasePlugin):
        """Takes a percentage off for each day that has begun; see :class:`cifar_teach.grading.late.LatePolicy`."""

        grace_minutes = Float(0.0, help="so many minutes late is still in time").tag(config=True)
        percent_per_day = Float(0.0, help="percent of the points, for each started day").tag(config=True)
        floor_percent = Float(0.0, help="percent of the points that stay until the cut-off").tag(config=True)
        cutoff_days = Float(None, allow_none=True, help="later than this there are no points; None for no cut-off").tag(
            config=True
        )

        def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
            """Return the points to take off; None for none.

            Args:
                student_id: who handed in, for the log.
                score: points of the notebook.
                total_seconds_late: seconds after the deadline, extensions included.
            """
            values = {name: getattr(self, name) for name in POLICY if getattr(self, name) is not None}
            policy = read_policy(values, "nbgrader_config.py")
            decision = policy.decide(score, timedelta(seconds=total_seconds_late))
            if decision.line:
                self.log.info("%s: %s", student_id, decision.line)
            return decision.penalty or None

    CifarTeachLateSubmission.__module__, CifarTeachLateSubmission.__qualname__ = __name__, NAME
    return CifarTeachLateSubmission
