"""Measure the from-scratch networks side by side: ``python -m benchmarks.scratch``.

For each seed, one after the other in one process: ``baseline`` by the recipe it came with, then ``fastnet`` at three
lengths of the same recipe. All of them train on the same 10,000 images; no image is set aside, because nothing is
decided during these runs. Each final model sees the test set once. Needs real CIFAR-10 (CIFAR_TEACH_DATA).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cifar_teach.data import Dataset, LabelledImages, load_cifar10
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.evaluate import evaluate, mcnemar, paired_bootstrap, wilson_interval
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.files import replacing
from cifar_teach.models import build_model, count_macs, parameter_counts, predict
from cifar_teach.train import Recipe, fit, get_recipe

MEANS = ("macro_f1", "ece", "nll", "train_seconds", "train_cpu_seconds", "predict_seconds")
RESULTS_FILE = Path(__file__).parent / "results" / "scratch.json"

CONTENDERS: dict[str, tuple[str, Recipe]] = {
    "baseline": ("baseline", get_recipe("baseline")),
    "fastnet, sprint": ("fastnet", get_recipe("fastnet").with_changes(epochs=3)),
    "fastnet, short": ("fastnet", get_recipe("fastnet").with_changes(epochs=24)),
    "fastnet": ("fastnet", get_recipe("fastnet")),
}
"""Row label → network and recipe; the lengths aim at half, three and six times the baseline's time."""


def main() -> int:
    """Run the benchmark and write its results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    try:
        data = load_cifar10()
    except CifarTeachError as problem:
        print(problem, file=sys.stderr)
        return 2
    if data.provenance.kind not in ("cifar10", "cifar10-jpeg"):
        print("This benchmark is about CIFAR-10. Let CIFAR_TEACH_DATA name a copy of it.", file=sys.stderr)
        return 2
    load_keras_quietly()
    _warm_up(data.train)
    seconds_per_epoch = _precision_timings(data.train)
    runs: dict[str, list[dict[str, Any]]] = {label: [] for label in CONTENDERS}
    answers: dict[str, list[np.ndarray]] = {label: [] for label in CONTENDERS}
    for seed in options.seeds:
        for label, (name, recipe) in CONTENDERS.items():
            result, predictions = _one_run(name, recipe, data, seed)
            runs[label].append(result)
            answers[label].append(predictions == data.test.labels)
            print(f"seed {seed}  {label:<16} {result['accuracy']:.2%}  {result['train_seconds']:.0f} s", flush=True)
        # After each seed, so that an interrupted benchmark leaves what is finished.
        report = _report(data, runs, answers, seconds_per_epoch)
        with replacing(options.out) as draft:
            draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written: {options.out}")
    return 0


def _report(
    data: Dataset,
    runs: dict[str, list[dict[str, Any]]],
    answers: dict[str, list[np.ndarray]],
    seconds_per_epoch: dict[str, float],
) -> dict[str, Any]:
    size = data.provenance.train_size
    return {
        "benchmark": "scratch",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data.provenance.to_dict(),
        "hardware": hardware(),
        "versions": versions(),
        "seeds": [run["seed"] for run in runs["baseline"]],
        "protocol": f"{size:,} training images, none set aside; the test set is seen once by each final model",
        "rows": [_summary(label, runs[label], runs["baseline"], len(data.test.labels)) for label in CONTENDERS],
        "comparisons": [_comparison(label, "baseline", answers) for label in CONTENDERS if label != "baseline"],
        "seconds_per_epoch": seconds_per_epoch,
    }


def _warm_up(train: LabelledImages) -> None:
    """Let the libraries load their kernels before anything is timed."""
    few = LabelledImages(train.images[:512], train.labels[:512])
    for name in ("baseline", "fastnet"):
        fit(build_model(name), few, get_recipe(name).with_changes(epochs=1))


def _one_run(name: str, recipe: Recipe, data: Dataset, seed: int) -> tuple[dict[str, Any], np.ndarray]:
    model = build_model(name, seed=seed)
    cpu_started = time.process_time()
    history = fit(model, data.train, recipe, seed=seed, progress=False)
    cpu_seconds = time.process_time() - cpu_started
    predict(model, data.test.images[:500], views=recipe.test_views)  # one batch: compiling is not predicting
    started = time.perf_counter()
    probabilities = predict(model, data.test.images, views=recipe.test_views)
    predict_seconds = time.perf_counter() - started
    result = evaluate(data.test.labels, probabilities, data.class_names)
    counts = parameter_counts(model)
    return {
        "seed": seed,
        "model": name,
        "params": counts.total,
        "macs": count_macs(model),
        "epochs": recipe.epochs,
        "precision": history.precision,
        "train_seconds": history.seconds,
        "train_cpu_seconds": cpu_seconds,
        "predict_seconds": predict_seconds,
        "accuracy": result.accuracy,
        "macro_f1": result.macro_f1,
        "ece": result.ece,
        "nll": result.nll,
        "final_train_accuracy": history.rows[-1]["accuracy"],
        "recipe": recipe.to_dict(),
    }, probabilities.argmax(axis=1)


def _summary(label: str, runs: list[dict[str, Any]], reference: list[dict[str, Any]], n_test: int) -> dict[str, Any]:
    def mean(key: str, rows: list[dict[str, Any]] = runs) -> float:
        return float(np.mean([row[key] for row in rows]))

    accuracy, first = mean("accuracy"), runs[0]
    return {
        "label": label,
        **{key: first[key] for key in ("model", "params", "macs", "epochs", "precision", "recipe")},
        "accuracy": accuracy,
        "accuracy_sd": float(np.std([row["accuracy"] for row in runs], ddof=1)) if len(runs) > 1 else None,
        "interval": list(wilson_interval(round(accuracy * n_test), n_test)),
        "n_test": n_test,
        **{key: mean(key) for key in MEANS},
        "times_baseline": mean("train_seconds") / mean("train_seconds", reference),
        "runs": [{key: value for key, value in row.items() if key != "recipe"} for row in runs],
    }


def _comparison(a: str, b: str, answers: dict[str, list[np.ndarray]]) -> dict[str, Any]:
    """Compare two rows image by image, with the first seed of each."""
    difference = paired_bootstrap(answers[a][0], answers[b][0])
    test = mcnemar(answers[a][0], answers[b][0])
    return {
        "a": a,
        "b": b,
        "difference": difference.difference,
        "low": difference.low,
        "high": difference.high,
        "p_value": test.p_value,
        "method": test.method,
    }


def _precision_timings(train: LabelledImages) -> dict[str, float]:
    """Seconds per epoch of ``fastnet`` in both number formats, so that the gain of bfloat16 is known."""
    timings = {}
    for precision in ("float32", "bfloat16"):
        recipe = get_recipe("fastnet").with_changes(epochs=3, precision=precision)
        history = fit(build_model("fastnet"), train, recipe, progress=False)
        timings[precision] = min(history.column("seconds"))
    return timings


if __name__ == "__main__":
    sys.exit(main())
