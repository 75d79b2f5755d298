"""Measure the dashboard of a large database: ``python -m benchmarks.dashboard``.

Fifty runs of two networks each, on 10,000 test images, are entered through the real store; their curves and predictions
are invented, because training a hundred networks is not what is measured. Then: how long writing the page takes, how
large it is, and how long Chromium needs until its key figures and first charts are there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cifar_teach import synthetic
from cifar_teach.data import Dataset, load_cifar10
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.evaluate import apply_temperature
from cifar_teach.files import replacing
from cifar_teach.tracking.dashboard import write_dashboard
from cifar_teach.tracking.store import ExperimentStore

RESULTS_FILE = Path(__file__).parent / "results" / "dashboard.json"
RUNS, TEST_IMAGES, OPENINGS = 50, 10_000, 5
KINDS = {
    "baseline": (356_810, 5_000_000, 0.58),
    "fastnet": (388_408, 156_000_000, 0.81),
    "tinynet:frozen": (959_610, 82_000_000, 0.71),
    "tinynet:finetuned": (959_610, 247_000_000, 0.80),
}
"""Parameters, multiply-adds and about how often it shall be right: the shape of results, not results."""
FIRST_DAY = datetime(2026, 1, 5, 9, 0)


def invent_database(
    url: str, data: Dataset, *, runs: int, kinds: Sequence[str] = tuple(KINDS), per_run: int = 2, epochs: int = 12
) -> None:
    """Enter runs with invented results into a database, one run a day.

    Args:
        url: the database.
        data: the images that they claim to have been tested on.
        runs: how many.
        kinds: names of :data:`KINDS`, in turn.
        per_run: networks in each run.
        epochs: rows in each curve.
    """
    rng = np.random.default_rng(0)
    machine = {"processor": "none: invented numbers", "cores": 2}
    with ExperimentStore(url) as store:
        for number in range(runs):
            run_id = store.start_run(
                f"invented-{number}", name=f"invented {number}", seed=number, data=data.provenance,
                class_names=data.class_names, test_labels=data.test.labels, train_images=900, validation_images=100,
                hardware=machine, versions={"python": "3.11"}, profile="quick", command="cifar-teach run",
            )  # fmt: skip
            for place in range(per_run):
                kind = kinds[(number * per_run + place) % len(kinds)]
                _invent_model(store, run_id, kind, number, data, epochs, rng)
            store.finish_run(run_id, seconds=100.0, cpu_seconds=190.0)
        _date_back(store)


def _invent_model(
    store: ExperimentStore, run_id: int, kind: str, seed: int, data: Dataset, epochs: int, rng: np.random.Generator
) -> None:
    parameters, macs, skill = KINDS[kind]
    model_id = store.start_model(run_id, kind, seed, planned_epochs=epochs)
    for epoch in range(1, epochs + 1):
        learned = 1 - np.exp(-3 * epoch / epochs)
        noise = rng.normal(0, 0.01, 3)
        accuracy, held = 0.1 + (skill + 0.05) * learned + noise[0], 0.1 + (skill - 0.1) * learned + noise[1]
        store.log_epoch(model_id, {
            "epoch": epoch, "loss": 2.3 * (1 - 0.8 * learned) + abs(noise[2]),
            "accuracy": float(np.clip(accuracy, 0, 1)),
            "val_loss": 2.3 * (1 - 0.65 * learned) + abs(noise[1]), "val_accuracy": float(np.clip(held, 0, 1)),
            "learning_rate": 1e-3, "seconds": 3.0,
        })  # fmt: skip
    probabilities = _invent_probabilities(data.test.labels, skill + rng.normal(0, 0.01), len(data.class_names), rng)
    store.log_predictions(model_id, probabilities, calibrated=apply_temperature(probabilities, 1.5))
    seconds = float(rng.uniform(0.8, 1.25)) * (40 if kind == "baseline" else 160)
    store.finish_model(
        model_id, parameters=parameters, macs=macs, train_seconds=seconds, train_cpu_seconds=1.9 * seconds,
        temperature=1.5, ece=0.05, number_format="float32",
    )  # fmt: skip


def _invent_probabilities(labels: np.ndarray, skill: float, classes: int, rng: np.random.Generator) -> np.ndarray:
    """Return probabilities that are right about ``skill`` of the time and take some classes for others."""
    logits = rng.normal(0, 1, (len(labels), classes))
    right = rng.random(len(labels)) < skill
    neighbour = (labels + rng.choice([1, 2, 5, 9], len(labels), p=[0.1, 0.55, 0.15, 0.2])) % classes
    logits[np.arange(len(labels)), np.where(right, labels, neighbour)] += np.where(right, 5, 3.6)
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _date_back(store: ExperimentStore) -> None:
    """Give each run a day of its own; the store itself only knows today."""
    from cifar_teach.tracking.connecting import writing
    from cifar_teach.tracking.schema import table

    with writing(store.engine) as connection:
        for name in ("Runs", "Model_Info"):
            found = table(name)
            for (run_id,) in connection.execute(found.select().with_only_columns(found.c.run_id).distinct()).all():
                day = FIRST_DAY + timedelta(days=run_id - 1)
                connection.execute(found.update().where(found.c.run_id == run_id).values(started_utc=day))


def openings(path: Path, times: int) -> dict[str, list[float]]:
    """Open the page in Chromium, each time as if it were the first.

    Returns:
        ``numbers``: seconds until the key figures and tables are there. ``charts``: until the first chart is drawn too.
        ``processor``: processor seconds of the page's main thread until then, which other work on the machine does not
        lengthen as it does the other two.
    """
    from tests.book.chromium import Chromium, find_program

    program = find_program()
    if program is None:
        raise SystemExit("There is no Chromium or Chrome on the PATH to measure with.")
    browser = Chromium(program)
    found: dict[str, list[float]] = {"numbers": [], "charts": [], "processor": []}
    try:
        for _ in range(times):
            page = browser.new_page()
            page.send("Performance.enable", timeDomain="threadTicks")
            started = time.perf_counter()
            page.send("Page.navigate", url=path.resolve().as_uri())
            page.wait("Boolean(document.documentElement?.dataset.ready)", 120)
            found["numbers"].append(round(time.perf_counter() - started, 2))
            page.wait("Boolean(document.documentElement.dataset.charts)", 120)
            found["charts"].append(round(time.perf_counter() - started, 2))
            metrics = {each["name"]: each["value"] for each in page.send("Performance.getMetrics")["metrics"]}
            found["processor"].append(round(metrics["TaskDuration"], 2))
            page.close()
    finally:
        browser.close()
    return found


def main() -> int:
    """Run the measurement and write its results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    load_keras_quietly()
    with tempfile.TemporaryDirectory(prefix="cifar-teach-dashboard-") as folder:
        database, page = Path(folder, "experiments.db"), Path(folder, "dashboard.html")
        pictures = Path(folder, "pictures.npz")  # as many as CIFAR-10 has test images; the drawn set ends at 2,000
        (x_train, y_train), (x_test, y_test) = synthetic.draw(1_000, 0), synthetic.draw(TEST_IMAGES, 1)
        np.savez(pictures, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
        data = load_cifar10(None, source=pictures, cache=False, quiet=True)
        started = time.perf_counter()
        invent_database(str(database), data, runs=RUNS)
        entered = time.perf_counter() - started
        started = time.perf_counter()
        findings = write_dashboard(page, str(database), images=pictures)
        written = time.perf_counter() - started
        report: dict[str, Any] = {
            "schema": 1,
            "benchmark": "dashboard",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "what": "invented runs on drawn pictures: the numbers are about the page, not about networks",
            "data": {**data.provenance.to_dict(), "name": "drawn pictures", "is_synthetic": True},
            "seeds": [0],
            "runs": RUNS,
            "models": len(findings.models),
            "predictions": len(findings.models) * TEST_IMAGES,
            "page_megabytes": round(page.stat().st_size / 1e6, 2),
            "pictures": page.read_text(encoding="utf-8").count('":"data:image/png;base64,'),
            "seconds_to_enter": round(entered, 1),
            "seconds_to_write": round(written, 1),
            "seconds_to_open": openings(page, OPENINGS),
            "load_average": round(os.getloadavg()[0], 1),
            "hardware": hardware(),
            "versions": versions(),
        }
    report["median_seconds_to_open"] = {
        kind: statistics.median(all_) for kind, all_ in report["seconds_to_open"].items()
    }
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: value for name, value in report.items() if name not in ("hardware", "versions")}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
