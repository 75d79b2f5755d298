"""Let several models vote, and say honestly whether it was worth it. NumPy only.

Everything starts from the probabilities ``(n, classes)`` that each member gave for the same images in the same
order, so the members may be of any kind. Weights and temperature are fitted on validation images; the test
images are only counted::

    report = assess(
        labels, members, names,
        validation_labels=validation_labels, validation_members=validation_members,
    )
    print(report.verdict)
"""

from __future__ import annotations

from .assessment import EnsembleReport, MemberReport, assess
from .distillation import soft_targets
from .diversity import disagreement, error_correlation, leave_one_out
from .voting import fit_weights, soft_vote

__all__ = [
    "EnsembleReport",
    "MemberReport",
    "assess",
    "disagreement",
    "error_correlation",
    "fit_weights",
    "leave_one_out",
    "soft_targets",
    "soft_vote",
]
