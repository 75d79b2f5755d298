"""Measured numbers as words: what ``{result}`` writes into a page, looked up in ``benchmarks/results/*.json``.

The first part of a path names the file, the rest what is wanted from it:

====================================  =======================================================================
``scratch/baseline``                  accuracy on the test set with its interval and the number of seeds
``transfer/tinynet:frozen``           the same, from the table of transfer learning
``transfer/ensemble``                 the same, of the vote
``transfer/ensemble/gain``            what the vote adds to its best member, in points, with its interval
``transfer/ensemble/verdict``         one sentence about that
``transfer/distilled``                the same, of the small network that the vote has taught
``transfer/distilled/gain``           what that adds to the same network taught by labels, in points
``transfer/fastnet - baseline``       paired difference of two rows, in points, with its interval
``transfer/fastnet/accuracy``         the accuracy alone; likewise ``params``, ``macs``, ``epochs``,
                                      ``train_seconds``, ``train_cpu_seconds``, ``predict_seconds``, ``macro_f1``,
                                      ``nll``, ``ece``, ``ece_calibrated``, ``temperature``, ``times_baseline``
``scratch/machine``                   what it was measured on; also ``train_size``, ``test_size``, ``protocol``
``checks/questions``                  also ``exercises``, ``points``, ``minutes``, ``answers``, ``mutants``,
                                      ``killed``, ``kill_rate``
``checks/ex03/minutes``               the same of one exercise
``speed/import_steps``                time that one of the measured jobs takes
``grading/class/seconds``             see :func:`~cifar_teach.authoring.results_of_grading.grading_in_words`
``tracking/predictions``              see :mod:`~cifar_teach.authoring.results_of_programs`; also ``apps``,
                                      ``dashboard``, ``doubt``
====================================  =======================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import AuthoringError
from .results_of_grading import grading_in_words
from .results_of_programs import PROGRAMS, program_in_words

NBSP = "\N{NO-BREAK SPACE}"
Report = Mapping[str, Any]


def format_result(path: str, results_folder: Path) -> str:
    """Return a measured result as words.

    Args:
        path: what is wanted, in one of the forms above: ``"transfer/fastnet/params"``.
        results_folder: the folder of the JSON files, ``benchmarks/results`` of the repository.

    Raises:
        AuthoringError: there is no such result; the message names those that there are.
    """
    file, _, wanted = path.strip().partition("/")
    report = _read(file, results_folder)
    try:
        if file == "checks":
            return _of_checks(report, wanted)
        if file == "grading":
            return grading_in_words(report, wanted)
        if file in PROGRAMS:
            return program_in_words(file, report, wanted)
        if file == "speed":
            return _seconds(_pick(report["rows"], wanted)["seconds"])
        return _of_networks(report, wanted)
    except AuthoringError as problem:
        raise AuthoringError(f"{{result}}`{path}`: {problem}") from None


def _read(file: str, folder: Path) -> Report:
    path = folder / f"{file}.json"
    if not path.is_file():
        raise AuthoringError(
            f"There are no results '{file}'. There are: {_list(p.stem for p in folder.glob('*.json'))}."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _pick(known: Mapping[str, Any], name: str) -> Any:
    if name not in known:
        raise AuthoringError(f"there is no '{name}'. There are: {_list(known)}.")
    return known[name]


# Networks: scratch.json and transfer.json have the same form, a row for each


def _of_networks(report: Report, wanted: str) -> str:
    rows = {row.get("label", row["model"]): row for row in report["rows"]}
    if "ensemble" in report:
        rows["ensemble"] = _ensemble_row(report)
    if "distilled" in report:
        rows["distilled"] = report["distilled"]
    first, minus, second = wanted.partition(" - ")
    if minus:
        return _difference(report, first.strip(), second.strip())
    name, _, quantity = wanted.partition("/")
    if name in _ABOUT:
        return _ABOUT[name](report)
    if name not in rows:
        raise AuthoringError(f"there is no '{name}'. There are: {_list([*rows, *_ABOUT])}, and differences 'a - b'.")
    row = rows[name]
    if not quantity:
        return _accuracy(row, 1 if name == "distilled" else len(report["seeds"]))  # only one vote gets a student
    return _pick({key: say for key, say in _QUANTITIES.items() if key in row}, quantity)(row[quantity])


def _ensemble_row(report: Report) -> Report:
    """Return the vote in the form of the other rows, which it differs from in the names of some fields."""
    vote = report["ensemble"]
    trained = sum(row["train_cpu_seconds"] for row in report["rows"])
    means = {"accuracy": vote["mean_accuracy"], "interval": vote["mean_interval"], "train_cpu_seconds": trained}
    return {**vote, **vote["cost"], **means}


def _accuracy(row: Report, seeds: int) -> str:
    low, high = row["interval"]
    interval = f"95{NBSP}% interval {100 * low:.1f} to {100 * high:.1f}"
    return f"{_percent(row['accuracy'])} ({interval}, {seeds} seed{'s' * (seeds > 1)})"


def _gain(found: Report) -> str:
    interval = f"95{NBSP}% interval {_points(found['low'])} to {_points(found['high'])}"
    return f"{_points(found['difference'])} points ({interval})"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")


def _difference(report: Report, first: str, second: str) -> str:
    for found in report["comparisons"]:
        if (found["a"], found["b"]) == (first, second):
            return _gain(found)
        if (found["a"], found["b"]) == (second, first):
            return _gain({"difference": -found["difference"], "low": -found["high"], "high": -found["low"]})
    pairs = _list(f"{found['a']} - {found['b']}" for found in report["comparisons"])
    raise AuthoringError(f"'{first}' and '{second}' were not compared. Compared, in either order: {pairs}.")


def _percent(share: float) -> str:
    return f"{100 * share:.1f}{NBSP}%"


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{1000 * seconds:.0f}{NBSP}ms" if seconds > 0.01 else f"{1000 * seconds:.2g}{NBSP}ms"
    return f"{seconds:.0f}{NBSP}s" if seconds >= 10 else f"{seconds:.1f}{NBSP}s"


def _epochs(epochs: int | list[int]) -> str:
    """Write the epochs of a row; with several seeds and early stopping there is one number for each."""
    counts = sorted({epochs} if isinstance(epochs, int) else set(epochs))
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


_QUANTITIES: dict[str, Callable[[Any], str]] = {
    "accuracy": _percent,
    "params": lambda count: f"{count:,.0f}",
    "macs": lambda count: f"{count / 1e6:,.0f} million",
    "epochs": _epochs,
    "train_seconds": _seconds,
    "train_cpu_seconds": _seconds,
    "predict_seconds": _seconds,
    "times_baseline": lambda times: f"{times:.1f} times",
    "macro_f1": lambda value: f"{value:.3f}",
    "nll": lambda value: f"{value:.2f}",
    "brier": lambda value: f"{value:.2f}",
    "ece": lambda value: f"{value:.3f}",
    "ece_calibrated": lambda value: f"{value:.3f}",
    "temperature": lambda value: f"{value:.2f}",
    "gain": _gain,
    "verdict": str,
    "best_single": str,
    "members": lambda members: str(len(members)),
}


def _machine(report: Report) -> str:
    hardware = report["hardware"]
    accelerators = ", ".join(hardware["accelerators"]) or "no accelerator"
    return f"{hardware['cores']} cores of {hardware['processor']}, {accelerators}"


_ABOUT: dict[str, Callable[[Report], str]] = {
    "machine": _machine,
    "data": lambda report: report["data"]["name"],
    "train_size": lambda report: f"{report['data']['train_size']:,}",
    "test_size": lambda report: f"{report['data']['test_size']:,}",
    "protocol": lambda report: report["protocol"],
    "seeds": lambda report: str(len(report["seeds"])),
}

# Exercises


def _of_checks(report: Report, wanted: str) -> str:
    exercises = {row["slug"].partition("_")[0]: row for row in report["exercises"]}
    name, _, quantity = wanted.rpartition("/")
    chosen = [_pick(exercises, name)] if name else list(exercises.values())
    records = [record for row in chosen for record in row["checks"]]
    mutants, killed = (sum(record[key] for record in records) for key in ("mutants", "killed"))
    counts = {
        "exercises": str(len(chosen)),
        **{key: f"{sum(row[key] for row in chosen):,g}" for key in ("minutes", "questions", "points")},
        "answers": f"{sum(record['answers'] for record in records):,}",
        "mutants": f"{mutants:,}",
        "killed": f"{killed:,}",
        "kill_rate": _percent(killed / mutants) if mutants else "nothing to notice",
    }
    return _pick(counts, quantity)
