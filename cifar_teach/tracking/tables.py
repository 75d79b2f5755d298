"""Runs and networks as plain text for a terminal, and as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .provenance import hardware_in_words
from .queries import Row

SYNTHETIC_NOTE = "drawn: tested on drawn pictures; such a number says nothing about CIFAR-10."
EPOCHS_SHOWN = 5
"""Last epochs of each network that are shown; all of them are in the database."""
INTERNAL = ("run_key", "machine", "process", "status")


def as_json(value: Any) -> str:
    """Return JSON; dates in ISO 8601, UTC."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=_plain)


def run_facts(run: Row) -> Row:
    """Return what a reader may know about a run, with hardware and versions as values instead of JSON text."""
    facts = {name: value for name, value in run.items() if name not in INTERNAL}
    return facts | {name: json.loads(run[name]) for name in ("hardware", "versions")}


def run_list(rows: Sequence[Row]) -> str:
    """Return one line for each run."""
    if not rows:
        return "There are no runs in this database yet. Enter one with: cifar-teach run --db URL"
    cells = [
        {
            "run": row["run_id"],
            "name": row["name"],
            "state": row["state"],
            "started (UTC)": _date(row["started_utc"]),
            "data": f"{row['data_name']}{' (drawn)' if row['is_synthetic'] else ''}",
            "train": f"{row['train_images']:,}",
            "test": f"{row['test_size']:,}",
            "networks": row["models"],
            "best": _percent(row["best_accuracy"]),
            "seconds": _number(row["seconds"], ",.0f"),
        }
        for row in rows
    ]
    return _with_note(_table(cells), rows)


def run_page(run: Row, models: Sequence[Row], epochs: Sequence[Row], classes: Sequence[Row]) -> str:
    """Return all that matters about one run."""
    hardware, versions = json.loads(run["hardware"]), json.loads(run["versions"])
    facts = {
        "state": run["state"],
        "started": f"{_date(run['started_utc'])} UTC",
        "seconds": f"{_number(run['seconds'], ',.0f')} wall clock, {_number(run['cpu_seconds'], ',.0f')} of processors",
        "data": f"{run['data_name']}, checksum {run['checksum'][:12]}",
        "images": f"{run['train_images']:,} to train on, {run['validation_images']:,} to decide with, "
        f"{run['test_size']:,} to test on",
        "seed": run["seed"],
        "code": run["git_revision"] or "-",
        "command": run["command"] or "-",
        "hardware": hardware_in_words(hardware),
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }
    lines = [f"Run {run['run_id']}: {run['name']}"]
    lines += [f"  {name:<9} {value}" for name, value in facts.items()]
    lines += ["", comparison(models)]
    for model in models:
        last = [row for row in epochs if row["model_id"] == model["model_id"]][-EPOCHS_SHOWN:]
        if last:
            lines += ["", f"{model['model_name']}, seed {model['seed']}: last epochs"]
            lines.append(_table([_epoch(row) for row in last]))
        of_model = [row for row in classes if row["model_id"] == model["model_id"]]
        if of_model:
            lines += ["", f"{model['model_name']}, seed {model['seed']}: classes"]
            lines.append(_table([_class(row) for row in of_model]))
    return "\n".join(lines)


def comparison(models: Sequence[Row]) -> str:
    """Return one line for each network; those without results yet are there too, with a dash."""
    if not models:
        return "There are no finished networks here yet."
    cells = [
        {
            "run": row["run_id"],
            "network": row["model_name"],
            "seed": row["seed"],
            "accuracy": _percent(row["accuracy"]),
            "95 % interval": f"{_percent(row['accuracy_low'])} to {_percent(row['accuracy_high'])}",
            "macro F1": _number(row["macro_f1"], ".3f"),
            "epochs": row["epochs"],
            "parameters": _number(row["parameters"], ",d"),
            "train s": _number(row["train_seconds"], ",.1f"),
            "data": f"{row['data_name']}{' (drawn)' if row['is_synthetic'] else ''}",
            "test": f"{row['test_size']:,}",
        }
        for row in models
    ]
    return _with_note(_table(cells), models)


def _epoch(row: Row) -> Mapping[str, Any]:
    return {
        "epoch": row["epoch"],
        "loss": _number(row["loss"], ".3f"),
        "accuracy": _percent(row["accuracy"]),
        "val. loss": _number(row["val_loss"], ".3f"),
        "val. accuracy": _percent(row["val_accuracy"]),
        "gap": _percent(row["gap"]),
        "learning rate": _number(row["learning_rate"], ".2g"),
        "seconds": _number(row["seconds"], ".1f"),
    }


def _class(row: Row) -> Mapping[str, Any]:
    return {
        "class": row["class_name"],
        "precision": _percent(row["precision"]),
        "recall": _percent(row["recall"]),
        "F1": _number(row["f1"], ".3f"),
        "images": row["support"],
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as text: words to the left, numbers to the right."""
    names = list(rows[0])
    texts = [[str(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(text[i]) for text in texts)) for i, name in enumerate(names)]
    words = [any(text[i][:1].isalpha() for text in texts) for i in range(len(names))]

    def line(values: Sequence[str]) -> str:
        aligned = (
            value.ljust(width) if word else value.rjust(width) for value, width, word in zip(values, widths, words)
        )
        return "  ".join(aligned).rstrip()

    return "\n".join(line(values) for values in (names, *texts))


def _with_note(text: str, rows: Sequence[Row]) -> str:
    return f"{text}\n{SYNTHETIC_NOTE}" if any(row["is_synthetic"] for row in rows) else text


def _percent(value: float | None) -> str:
    return _number(value, ".1%")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _date(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
