"""One call of every plotting function on small drawn data, so that what must hold for all is tested on all."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from cifar_teach import ensemble, evaluate, explore, plots, synthetic
from cifar_teach.config import CLASS_NAMES

FOOTER = "synthetic stand-in (drawn; drawn pictures, not CIFAR-10): 100 training and 60 test images"


def answers(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return probabilities of a made-up model that is right in about two of three answers."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(len(labels), 10)) + 2.2 * np.eye(10)[labels]
    powers = np.exp(scores)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def history(epochs: int, offset: float = 0.0) -> list[dict[str, float]]:
    fractions = [np.exp(-epoch / 4) for epoch in range(epochs)]
    return [
        {
            "epoch": epoch + 1,
            "loss": 0.3 + 2 * left + offset,
            "accuracy": 0.95 - 0.6 * left - offset / 4,
            "val_loss": 0.8 + 1.5 * left + offset,
            "val_accuracy": 0.8 - 0.45 * left - offset / 4,
        }
        for epoch, left in enumerate(fractions)
    ]


RESULTS = [
    {"model": "baseline", "accuracy": 0.605, "interval": [0.595, 0.615], "train_seconds": 75, "macs": 12.3e6},
    {"model": "fastnet", "accuracy": 0.836, "interval": [0.829, 0.843], "train_seconds": 281, "macs": 41.2e6},
]


def drawings() -> dict[str, Callable]:
    train, train_labels = synthetic.draw(100, seed=1)
    test, labels = synthetic.draw(60, seed=2)
    probabilities = answers(labels, seed=3)
    confusion = evaluate.confusion_matrix(labels, probabilities.argmax(axis=1), 10)
    bins = evaluate.reliability_bins(labels, probabilities)
    coverage, accuracy = evaluate.accuracy_coverage(labels, probabilities)
    maps = np.linspace(0, 1, 6 * 32 * 32).reshape(6, 32, 32)
    pairs = [SimpleNamespace(train_index=i, test_index=i, similarity=0.99 - i / 100) for i in range(3)]
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)[:7]
    counts, edges = explore.pixel_histogram(train)
    voters = [probabilities, answers(labels, seed=4), answers(labels, seed=5)]
    names = ["baseline", "fastnet", "tinynet"]
    confusions = [evaluate.confusion_matrix(labels, voter.argmax(axis=1), 10) for voter in voters]
    validation_labels = train_labels[:50]
    report = ensemble.assess(
        labels,
        voters,
        names,
        validation_labels=validation_labels,
        validation_members=[answers(validation_labels, seed=seed) for seed in (6, 7, 8)],
    )
    return {
        "image_grid": lambda **k: plots.image_grid(test[:12], [CLASS_NAMES[i] for i in labels[:12]], **k),
        "class_samples": lambda **k: plots.class_samples(train, train_labels, CLASS_NAMES, per_class=5, **k),
        "mean_image_grid": lambda **k: plots.mean_image_grid(
            explore.mean_images(train, train_labels, 10), CLASS_NAMES, **k
        ),
        "duplicate_pairs": lambda **k: plots.duplicate_pairs(train, test, pairs, **k),
        "augmentation_sheet": lambda **k: plots.augmentation_sheet(
            test[:6], [("flip", test[:6, :, ::-1]), ("darker", test[:6] // 2)], **k
        ),
        "hardest_images_grid": lambda **k: plots.hardest_images_grid(
            test, labels, probabilities, CLASS_NAMES, wrong, **k
        ),
        "heatmap_overlay": lambda **k: plots.heatmap_overlay(test[:6], maps, [CLASS_NAMES[i] for i in labels[:6]], **k),
        "class_distribution": lambda **k: plots.class_distribution(
            explore.class_counts(train_labels, CLASS_NAMES), **k
        ),
        "channel_histogram": lambda **k: plots.channel_histogram(counts, edges, **k),
        "channel_statistics": lambda **k: plots.channel_statistics(explore.channel_statistics(train), **k),
        "learning_rate_schedule": lambda **k: plots.learning_rate_schedule([0.1, 0.4, 0.2, 0.0], **k),
        "learning_curves": lambda **k: plots.learning_curves(history(8), **k),
        "seed_strip": lambda **k: plots.seed_strip({"baseline": [0.6, 0.61], "fastnet": [0.83, 0.84]}, **k),
        "confusion_heatmap": lambda **k: plots.confusion_heatmap(confusion, CLASS_NAMES, **k),
        "class_metrics": lambda **k: plots.class_metrics(evaluate.classification_metrics(confusion), CLASS_NAMES, **k),
        "reliability_diagram": lambda **k: plots.reliability_diagram(bins, 0.08, **k),
        "accuracy_vs_coverage": lambda **k: plots.accuracy_vs_coverage(coverage, accuracy, **k),
        "model_comparison": lambda **k: plots.model_comparison(RESULTS, **k),
        "cost_vs_accuracy": lambda **k: plots.cost_vs_accuracy(RESULTS, **k),
        "error_correlation_heatmap": lambda **k: plots.error_correlation_heatmap(report.error_correlation, names, **k),
        "ensemble_gain": lambda **k: plots.ensemble_gain(report, **k),
        "data_efficiency": lambda **k: plots.data_efficiency(
            [{"model": m, "size": s, "accuracy": a} for m in names for s, a in ((100, 0.2), (1000, 0.5))], **k
        ),
        "confusions_by_model": lambda **k: plots.confusions_by_model(confusions, names, CLASS_NAMES, **k),
    }


@pytest.fixture(scope="session")
def every_drawing() -> dict[str, Callable]:
    """Every plotting function by name, each ready to be called with footer= and ax=."""
    return drawings()


NOT_PLOTS = {"alt_text", "current_theme", "describe", "panels", "style", "styled", "to_png"}


@pytest.fixture(params=sorted(set(plots.__all__) - NOT_PLOTS))
def drawing(request: pytest.FixtureRequest, every_drawing: dict[str, Callable]) -> Callable:
    """Each plotting function in turn; a function without an example here is an error."""
    return every_drawing[request.param]


@pytest.fixture
def footer() -> str:
    return FOOTER
