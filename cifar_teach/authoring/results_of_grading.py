"""What ``benchmarks/results/grading.json`` says, as words for ``{result}``, such as ``grading/class/seconds``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import AuthoringError

NBSP = "\N{NO-BREAK SPACE}"
MANY = 100_000
"""Hand-ins of the calculation on paper."""
MACHINE_CORES = 16
"""Cores of the machines in that calculation; any other number gives the same core hours."""


def grading_in_words(report: Mapping[str, Any], wanted: str) -> str:
    """Return one of the quantities below as words.

    ==============================  ================================================================================
    ``class/students``              also ``odd``, ``hostile``, ``accounted_for``, ``as_expected``, ``outcomes``
    ``class/exercise``              what the class handed in; also ``isolation``
    ``class/seconds``               from the command to its end; ``again_seconds``: once more, with nothing to do
    ``class/each``                  median seconds of one hand-in; ``class/per_hour``: hand-ins in an hour
    ``class/memory``                peak of all processes; ``main_memory``: of the process that keeps the books
    ``side_by_side/hand_ins``       also ``exercise``, ``stock``, ``one``, ``all``: seconds of each way
    ``side_by_side/one_faster``     how many times faster than stock nbgrader with one worker; ``all_faster``
    ``many/core_hours``             100,000 hand-ins like those of the class; ``many/hours``: on 50 machines of 16 cores
    ``many/gigabytes``              what their folder takes on the disk
    ``workers``, ``machine``        of the run; ``load``: how many processes wanted to run at the same time
    ==============================  ================================================================================

    Raises:
        AuthoringError: there is no such quantity, or it was not measured.
    """
    part, _, name = wanted.partition("/")
    if part in ("class", "many") and report.get("class"):
        known = _class(report) if part == "class" else _many(report)
    elif part == "side_by_side" and report.get("side_by_side"):
        known = _side_by_side(report)
    else:
        known, name = _about(report), wanted
    if name not in known:
        raise AuthoringError(f"there is no '{wanted}', or it was not measured. There are: {', '.join(sorted(known))}.")
    return known[name]


def _class(report: Mapping[str, Any]) -> dict[str, str]:
    found = report["class"]
    kinds = found["kinds"]
    return {
        "exercise": found["exercise"],
        "students": f"{found['students']:,}",
        "odd": f"{kinds.get('odd', 0):,}",
        "hostile": f"{kinds.get('hostile', 0):,}",
        "accounted_for": f"{found['accounted_for']:,}",
        "as_expected": f"{found['as_expected']:,}",
        "outcomes": ", ".join(f"{count:,} {outcome}" for outcome, count in found["outcomes"].items()),
        "isolation": ", ".join(found["isolation"]),
        "seconds": time_in_words(found["seconds"]),
        "again_seconds": time_in_words(found["again_seconds"]),
        "each": time_in_words(found["seconds_per_hand_in"]["median"]),
        "per_hour": f"{found['hand_ins_per_hour']:,}",
        "memory": _memory(found["memory"]["peak_mib"]["all"]),
        "main_memory": _memory(found["memory"]["peak_mib"]["main"]),
    }


def _side_by_side(report: Mapping[str, Any]) -> dict[str, str]:
    found = report["side_by_side"]
    one, every = found["workers"]["1"], found["workers"][str(report["workers"])]
    return {
        "exercise": found["exercise"],
        "hand_ins": f"{found['hand_ins']:,}",
        "stock": time_in_words(found["stock"]["seconds"]),
        "one": time_in_words(one["seconds"]),
        "all": time_in_words(every["seconds"]),
        "one_faster": f"{one['times_faster']:g}",
        "all_faster": f"{every['times_faster']:g}",
    }


def _many(report: Mapping[str, Any]) -> dict[str, str]:
    """Calculate what many hand-ins would cost: seconds of a core for each, taken from the whole run, start included."""
    found = report["class"]
    seconds = found["seconds"] * min(report["workers"], report["hardware"]["cores"]) / found["students"]
    hours = MANY * seconds / 3600
    return {
        "core_hours": f"{hours:,.0f}",
        "hours": f"{hours / (50 * MACHINE_CORES):,.1f}",
        "gigabytes": f"{MANY * found['bytes_per_hand_in'] / 1e9:,.0f}{NBSP}GB",
    }


def _about(report: Mapping[str, Any]) -> dict[str, str]:
    hardware = report["hardware"]
    loads = [load for part in ("class", "side_by_side") if report.get(part) for load in report[part]["load_average"]]
    return {
        "machine": f"{hardware['cores']} cores of {hardware['processor']}",
        "workers": f"{report['workers']}",
        "load": f"{max(loads):.0f}",
    }


def time_in_words(seconds: float) -> str:
    """Return a time in its natural unit: ``"4.6 s"``, ``"12 min"``, ``"1.5 h"``."""
    if seconds < 10:
        return f"{seconds:.1f}{NBSP}s"
    if seconds < 120:
        return f"{seconds:.0f}{NBSP}s"
    return f"{seconds / 60:.0f}{NBSP}min" if seconds < 7200 else f"{seconds / 3600:.1f}{NBSP}h"


def _memory(mib: float) -> str:
    return f"{mib:,.0f}{NBSP}MiB" if mib < 1024 else f"{mib / 1024:.1f}{NBSP}GiB"
