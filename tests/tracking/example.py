"""A small experiment to enter: no network is trained, its answers are drawn."""

from __future__ import annotations

import numpy as np

from cifar_teach.data.dataset import Provenance
from cifar_teach.tracking.store import ExperimentStore

CLASSES = ("airplane", "bird", "cat")
N_TEST = 60
LABELS = np.arange(N_TEST) % len(CLASSES)
IMAGES = np.random.default_rng(5).integers(0, 256, (N_TEST, 32, 32, 3), dtype=np.uint8)


def provenance(**changes) -> Provenance:
    values = {
        "name": "synthetic stand-in", "kind": "synthetic", "origin": "drawn", "checksum": "ab" * 32,
        "available_train": 500, "available_test": N_TEST, "train_size": 300, "test_size": N_TEST, "subset_seed": 10,
    }  # fmt: skip
    return Provenance(**values | changes)


def start_run(store: ExperimentStore, key: str = "key-1", **changes) -> int:
    values = {
        "name": "first try", "seed": 3, "data": provenance(), "class_names": CLASSES, "test_labels": LABELS,
        "train_images": 270, "validation_images": 30, "hardware": {"processor": "abacus", "cores": 2},
        "versions": {"python": "3.11"}, "profile": "smoke", "command": "cifar-teach run",
    }  # fmt: skip
    return store.start_run(key, **values | changes)


def answers(seed: int = 0) -> np.ndarray:
    """Return probabilities (n, classes) that are right more often than not."""
    scores = np.random.default_rng(seed).random((N_TEST, len(CLASSES))) + 0.8 * np.eye(len(CLASSES))[LABELS]
    return (scores / scores.sum(axis=1, keepdims=True)).astype("float32")


def epoch(number: int, **changes) -> dict:
    row = {
        "epoch": number, "loss": 2.0 / number, "accuracy": 0.4, "val_loss": 2.1 / number, "val_accuracy": 0.3,
        "learning_rate": 0.1, "seconds": 1.5,
    }  # fmt: skip
    return row | changes


def enter(store: ExperimentStore, key: str = "key-1", models: tuple[str, ...] = ("baseline", "fastnet")) -> int:
    """Enter a whole run with two epochs for each model, and return its id."""
    run_id = start_run(store, key)
    for seed, name in enumerate(models):
        model_id = store.start_model(run_id, name, 3, planned_epochs=2)
        for number in (1, 2):
            store.log_epoch(model_id, epoch(number))
        store.log_predictions(model_id, answers(seed), calibrated=answers(seed), images=IMAGES, keep_probabilities=True)
        store.finish_model(model_id, parameters=1000 + seed, macs=5, recipe={"epochs": 2}, train_seconds=3.0, nll=0.9)
    store.finish_run(run_id, seconds=12.0, cpu_seconds=20.0)
    return run_id
