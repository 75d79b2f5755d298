"""Measure how long the parts take that a reader waits for most often: ``python -m benchmarks.speed``.

Decoding the source once, loading it from the cache, importing the package, drawing stand-in pictures, augmenting.
Importing and loading are timed in fresh processes. Needs real CIFAR-10 (CIFAR_TEACH_DATA).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from cifar_teach import synthetic
from cifar_teach.data import Dataset, load_cifar10
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.files import replacing
from cifar_teach.preprocess import get_augmentation

RESULTS_FILE = Path(__file__).parent / "results" / "speed.json"
SEED = 0
REPETITIONS = 5
PRESETS = ("standard", "strong")
AUGMENTED = 10_000
DRAWN = 2_000

IMPORT = """
import time
started = time.perf_counter()
import cifar_teach
print(time.perf_counter() - started)
"""
IMPORT_STEPS = IMPORT.replace(
    "import cifar_teach",
    "from cifar_teach import data, errors, evaluate, explain, explore, models, plots, preprocess, synthetic, train",
)
LOAD = """
import time
from cifar_teach.data import load_cifar10
started = time.perf_counter()
data = load_cifar10(None, quiet=True)
print(time.perf_counter() - started)
"""


def main() -> int:
    """Run the measurements and write their results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cifar-teach-speed-") as cache:
        try:
            started = time.perf_counter()
            data = load_cifar10(None, cache=cache)
            decode_seconds = time.perf_counter() - started
        except CifarTeachError as problem:
            print(problem, file=sys.stderr)
            return 2
        if data.provenance.kind not in ("cifar10", "cifar10-jpeg"):
            print("This benchmark is about CIFAR-10. Let CIFAR_TEACH_DATA name a copy of it.", file=sys.stderr)
            return 2
        seconds = {
            "import": [_fresh(IMPORT, cache) for _ in range(REPETITIONS)],
            "import_steps": [_fresh(IMPORT_STEPS, cache) for _ in range(REPETITIONS)],
            "decode_and_cache": [decode_seconds],
            "load_cached": [_fresh(LOAD, cache) for _ in range(REPETITIONS)],
            **{f"augment_{name}": _augment(name, data) for name in PRESETS},
            "draw": _repeated(lambda: synthetic.draw(DRAWN, SEED)),
        }
    report = _report(data, seconds)
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for name, row in report["rows"].items():
        print(f"{name:<18} {row['seconds']:.3f} s   {row['what']}")
    return 0


def _fresh(code: str, cache: str) -> float:
    """Return the seconds that ``code`` prints when a new Python process runs it."""
    environment = {**os.environ, "CIFAR_TEACH_CACHE": cache}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    return float(done.stdout)


def _augment(name: str, data: Dataset) -> list[float]:
    images, recipe = data.train.images[:AUGMENTED], get_augmentation(name)
    return _repeated(lambda: recipe.apply(images, seed=SEED))


def _repeated(work: Callable[[], Any]) -> list[float]:
    """Return the seconds of each repetition, the first included: that is the one a reader waits for."""
    times = []
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return times


def _report(data: Dataset, seconds: dict[str, list[float]]) -> dict[str, Any]:
    total = len(data.train.images) + len(data.test.images)
    what = {
        "import": ("import cifar_teach in a fresh process", None),
        "import_steps": ("import every step of the workflow, in a fresh process", None),
        "decode_and_cache": ("decode every image of the source and write the cache, once", total),
        "load_cached": ("load every image from the cache, in a fresh process", total),
        "augment_standard": ("augment a batch, preset 'standard'", AUGMENTED),
        "augment_strong": ("augment a batch, preset 'strong'", AUGMENTED),
        "draw": ("draw stand-in pictures", DRAWN),
    }
    load_keras_quietly()
    return {
        "benchmark": "speed",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data.provenance.to_dict(),
        "hardware": hardware(),
        "versions": versions(),
        "seeds": [SEED],
        "protocol": "seconds: the median of all repetitions, which are listed in the order they were made",
        "rows": {
            name: {
                "what": text,
                "images": images,
                "seconds": median(seconds[name]),
                "images_per_second": None if images is None else images / median(seconds[name]),
                "repetitions": seconds[name],
            }
            for name, (text, images) in what.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())
