"""Measure the experiment store on SQLite: ``python -m benchmarks.tracking``.

Enters 100 models with 10,000 predictions each, drawn at random, as a run enters them, and reads the views again. Needs
no data set and no training; what is timed is the database.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cifar_teach.config import CLASS_NAMES
from cifar_teach.data.dataset import Provenance
from cifar_teach.environment import hardware, load_keras_quietly, package_version, versions
from cifar_teach.files import replacing
from cifar_teach.tracking import queries
from cifar_teach.tracking.export import export_experiments
from cifar_teach.tracking.store import ExperimentStore

RESULTS_FILE = Path(__file__).parent / "results" / "tracking.json"
MODELS, TEST_IMAGES, EPOCHS = 100, 10_000, 20
SEED = 0


def main() -> int:
    """Run the measurements and write their results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    load_keras_quietly()
    with tempfile.TemporaryDirectory(prefix="cifar-teach-tracking-") as folder:
        results = {
            "benchmark": "tracking",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {"name": "answers drawn at random", "is_synthetic": True},
            "hardware": hardware(),
            "versions": {**versions(), "sqlalchemy": package_version("sqlalchemy")},
            "load_average": os.getloadavg()[0],  # of a busy machine, believe the processor seconds
            "database": "SQLite",
            "measured": measure(Path(folder)),
        }
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results["measured"], indent=1))
    return 0


def measure(folder: Path) -> dict[str, Any]:
    """Return seconds and rows per second of entering, reading and exporting a million predictions."""
    rng = np.random.default_rng(SEED)
    labels = np.arange(TEST_IMAGES) % len(CLASS_NAMES)
    path = folder / "experiments.db"
    with ExperimentStore(str(path)) as store:
        run_id = start(store, labels)
        keys, epochs = [], [epoch(number) for number in range(1, EPOCHS + 1)]
        epoch_seconds = predictions_seconds = finish_seconds = cpu_seconds = 0.0
        for seed in range(MODELS):
            probabilities = rng.dirichlet(np.full(len(CLASS_NAMES), 0.3), TEST_IMAGES).astype("float32")
            model_id = store.start_model(run_id, "drawn", seed)
            keys.append(model_id)
            epoch_seconds += seconds(lambda at=model_id: [store.log_epoch(at, row) for row in epochs])
            cpu_started = time.process_time()
            predictions_seconds += seconds(
                lambda at=model_id, p=probabilities: store.log_predictions(at, p, calibrated=p)
            )
            cpu_seconds += time.process_time() - cpu_started
            finish_seconds += seconds(lambda at=model_id: store.finish_model(at))
        store.finish_run(run_id)
        rows = MODELS * TEST_IMAGES
        found = {
            "predictions": rows,
            "predictions_seconds": predictions_seconds,
            "predictions_cpu_seconds": cpu_seconds,
            "predictions_per_second": rows / predictions_seconds,
            "epoch_rows": MODELS * EPOCHS,
            "seconds_per_epoch_row": epoch_seconds / (MODELS * EPOCHS),
            "finish_model_seconds": finish_seconds / MODELS,
            "class_metrics_seconds": seconds(lambda: queries.class_metrics(store)),
            "confusion_matrix_seconds": seconds(lambda: queries.confusion_matrix(store)),
            "confidences_of_one_model_seconds": seconds(lambda: queries.confidences(store, keys[0])),
            "export_csv_seconds": seconds(lambda: export_experiments(store, folder / "csv")),
            "export_parquet_seconds": seconds(lambda: export_experiments(store, folder / "parquet", form="parquet")),
        }
        found["delete_run_seconds"] = seconds(lambda: store.delete_run(run_id))
    return found | {"database_bytes": path.stat().st_size}


def seconds(work) -> float:
    """Return the wall-clock seconds that ``work()`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def start(store: ExperimentStore, labels: np.ndarray) -> int:
    data = Provenance("drawn answers", "synthetic", "drawn", "0" * 64, 1, TEST_IMAGES, 1, TEST_IMAGES, SEED)
    return store.start_run(
        "benchmark", name="benchmark", seed=SEED, data=data, class_names=CLASS_NAMES, test_labels=labels,
        train_images=1, validation_images=0, hardware=hardware(), versions=versions(),
    )  # fmt: skip


def epoch(number: int) -> dict[str, Any]:
    return {
        "epoch": number, "loss": 2.0 / number, "accuracy": 0.5, "val_loss": 2.1 / number, "val_accuracy": 0.4,
        "learning_rate": 0.1, "seconds": 1.0,
    }  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
