"""Judge a model honestly: metrics, intervals, paired tests, calibration. NumPy only.

Everything starts from two arrays, the true labels ``(n,)`` and the predicted probabilities ``(n, classes)``,
so no model and no deep learning framework is needed to evaluate one::

    result = evaluate(labels, probabilities, class_names)
    print(result.describe())
"""

from __future__ import annotations

from .calibration import (
    ReliabilityBins,
    apply_temperature,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability_bins,
)
from .comparison import BootstrapResult, McNemarResult, mcnemar, paired_bootstrap
from .intervals import wilson_interval
from .metrics import ClassMetrics, accuracy, classification_metrics, confusion_matrix
from .report import Evaluation, evaluate
from .selective import accuracy_coverage, confidence_threshold

__all__ = [
    "BootstrapResult",
    "ClassMetrics",
    "Evaluation",
    "McNemarResult",
    "ReliabilityBins",
    "accuracy",
    "accuracy_coverage",
    "apply_temperature",
    "brier_score",
    "classification_metrics",
    "confidence_threshold",
    "confusion_matrix",
    "evaluate",
    "expected_calibration_error",
    "fit_temperature",
    "mcnemar",
    "negative_log_likelihood",
    "paired_bootstrap",
    "reliability_bins",
    "wilson_interval",
]
