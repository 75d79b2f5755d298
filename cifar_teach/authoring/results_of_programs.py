"""Words for ``{result}`` from the measurements of programs: ``tracking``, ``apps``, ``dashboard`` and ``doubt``.

====================================  =======================================================================
``tracking/predictions``              answers entered in the database; also ``predictions_seconds``,
                                      ``predictions_per_second``, ``database``, ``database_bytes``,
                                      ``milliseconds_per_epoch_row``, ``class_metrics_seconds``: all networks
``apps/gradio/median_answer_seconds``  also ``first_answer_seconds``, ``uploads``, ``memory_growth_mb_per_100_uploads``;
                                      the same of ``streamlit``
``dashboard/runs``                    runs on the page that was timed; also ``models``, ``predictions``,
                                      ``page_megabytes``, ``seconds_to_show``: median until its numbers are there
``doubt/fastnet/wrong_below``         share of the wrong answers below the limit of confidence, with its interval;
                                      also ``right_below``, ``strangers_below``
``doubt/fastnet/accuracy``            of the model that comes with the package, on the test images
``doubt/strangers``                   pictures of other classes that were tried; also ``stranger_classes``
====================================  =======================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..evaluate import wilson_interval
from .errors import AuthoringError

NBSP = "\N{NO-BREAK SPACE}"
Report = Mapping[str, Any]
SHARES = ("right_below", "wrong_below", "strangers_below")


def program_in_words(file: str, report: Report, wanted: str) -> str:
    """Return one of the quantities above as words.

    Args:
        file: name of the file of results, one of :data:`PROGRAMS`.
        report: its content.
        wanted: the rest of the path: ``"gradio/uploads"``.

    Raises:
        AuthoringError: there is no such quantity; the message names those that there are.
    """
    known = PROGRAMS[file](report)
    if wanted not in known:
        raise AuthoringError(f"there is no '{wanted}'. There are: {', '.join(sorted(known))}.")
    return known[wanted]


def _tracking(report: Report) -> dict[str, str]:
    found = report["measured"]
    return {
        "database": report["database"],
        "predictions": f"{found['predictions']:,}",
        "predictions_seconds": _seconds(found["predictions_seconds"]),
        "predictions_per_second": f"{found['predictions_per_second']:,.0f}",
        "database_bytes": f"{found['database_bytes'] / 1e6:,.0f}{NBSP}MB",
        "milliseconds_per_epoch_row": f"{1000 * found['seconds_per_epoch_row']:.0f}{NBSP}ms",
        "class_metrics_seconds": _seconds(found["class_metrics_seconds"]),
    }


def _apps(report: Report) -> dict[str, str]:
    words = {}
    for app in ("gradio", "streamlit"):
        for quantity, value in report.get(app, {}).items():
            if quantity.endswith("_seconds"):
                words[f"{app}/{quantity}"] = _seconds(value)
            elif "_mb" in quantity:
                words[f"{app}/{quantity}"] = f"{value:,.1f}{NBSP}MB"
            elif isinstance(value, int):
                words[f"{app}/{quantity}"] = f"{value:,}"
    return words


def _dashboard(report: Report) -> dict[str, str]:
    return {
        **{name: f"{report[name]:,}" for name in ("runs", "models", "predictions", "pictures")},
        "page_megabytes": f"{report['page_megabytes']:.1f}{NBSP}MB",
        "seconds_to_show": _seconds(report["median_seconds_to_open"]["numbers"]),
    }


def _doubt(report: Report) -> dict[str, str]:
    words = {
        "strangers": f"{report['strangers']['images']:,}",
        "stranger_classes": f"{report['strangers']['classes']:,}",
    }
    for model, row in report["models"].items():
        for share in SHARES:
            low, high = row[share]["interval"]
            interval = f"95{NBSP}% interval {100 * low:.0f} to {100 * high:.0f}"
            words[f"{model}/{share}"] = f"{100 * row[share]['share']:.0f}{NBSP}% ({interval})"
        right, wrong = row["right_below"]["n"], row["wrong_below"]["n"]
        low, high = (100 * end for end in wilson_interval(right, right + wrong))
        accuracy = 100 * right / (right + wrong)
        words[f"{model}/accuracy"] = f"{accuracy:.1f}{NBSP}% (95{NBSP}% interval {low:.1f} to {high:.1f})"
    return words


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f}{NBSP}s" if seconds >= 10 else f"{seconds:.1f}{NBSP}s"


PROGRAMS: dict[str, Callable[[Report], dict[str, str]]] = {
    "tracking": _tracking,
    "apps": _apps,
    "dashboard": _dashboard,
    "doubt": _doubt,
}
"""Name of a file of results -> what it says, by the rest of the path."""
