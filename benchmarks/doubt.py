"""Measure when a bundled model should say "this may be none of my classes": ``python -m benchmarks.doubt``.

The threshold is the calibrated confidence that 95 % of the right answers on the 1,000 validation images reach; these
images are those that ``transfer.py`` set aside, so no model was trained on them. What the threshold is worth is then
measured on images that decided nothing: how many right and wrong answers on the CIFAR-10 test set fall below it, and,
with ``--strangers``, how many images of things that are in none of the ten classes. Test images of CIFAR-10 do not
change the threshold.

Writes ``results/doubt.json``, and the entry ``doubt`` of each model card in the package. Needs real CIFAR-10
(CIFAR_TEACH_DATA). ``--strangers`` takes any image source with class folders; classes of Tiny ImageNet that show
something of CIFAR-10 are left out by name.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.transfer import SPLIT_SEED
from cifar_teach.backbones import BUNDLED, load_bundled
from cifar_teach.backbones.bundled import WEIGHTS_FOLDER, card_path
from cifar_teach.config import VALIDATION_FRACTION
from cifar_teach.data import Dataset, load_cifar10
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.evaluate import apply_temperature, confidence_threshold, wilson_interval
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.files import replacing
from cifar_teach.models import SavedModel, predict
from cifar_teach.preprocess import stratified_split

RESULTS_FILE = Path(__file__).parent / "results" / "doubt.json"
KEEP = 0.95
"""Share of the right answers on validation images that stay above the threshold."""

RELATED = {
    "airplane": (),
    "automobile": ("beach wagon", "convertible", "limousine", "sports car", "police van"),
    "bird": ("albatross", "black stork", "goose", "king penguin"),
    "cat": ("Egyptian cat", "Persian cat", "tabby", "cougar", "lion"),
    "deer": ("gazelle",),
    "dog": (
        "Chihuahua", "German shepherd", "golden retriever", "Labrador retriever", "standard poodle",
        "Yorkshire terrier",
    ),
    "frog": ("bullfrog", "tailed frog"),
    "horse": (),
    "ship": ("lifeboat", "gondola"),
    "truck": ("moving van", "school bus", "trolleybus", "tractor", "police van"),
}  # fmt: skip
"""Classes of Tiny ImageNet that belong to a class of CIFAR-10, or look so much like one that doubt would be wrong."""


def main() -> int:
    """Run the measurement and write the results file and the cards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strangers", type=Path, metavar="SRC", help="images of other things, in class folders")
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    try:
        data = load_cifar10()
        strangers = load_cifar10(source=options.strangers, quiet=True) if options.strangers else None
    except CifarTeachError as problem:
        print(problem, file=sys.stderr)
        return 2
    if data.provenance.kind not in ("cifar10", "cifar10-jpeg"):
        print("This benchmark is about CIFAR-10. Let CIFAR_TEACH_DATA name a copy of it.", file=sys.stderr)
        return 2
    load_keras_quietly()
    _, validation = stratified_split(*data.train, fraction=VALIDATION_FRACTION, seed=SPLIT_SEED)
    pictures = None if strangers is None else _unrelated(strangers)
    report: dict[str, Any] = {
        "benchmark": "doubt",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data.provenance.to_dict(),
        "protocol": f"threshold: the calibrated confidence that {KEEP:.0%} of the right answers on "
        f"{len(validation.labels):,} validation images reach; rates: on images that decided nothing",
        "strangers": None if strangers is None else _describe(strangers, pictures),
        "hardware": hardware(),
        "versions": versions(),
        "models": {},
    }
    for name in BUNDLED:
        saved = load_bundled(name)
        doubt = _measure(saved, validation, data.test, pictures)
        report["models"][name] = doubt
        print(f"{name:<9} {json.dumps(doubt)}", flush=True)
        _into_card(name, doubt)
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written: {options.out}")
    return 0


def _measure(saved: SavedModel, validation: Any, test: Any, strangers: np.ndarray | None) -> dict[str, Any]:
    calibrated = _calibrated(saved, validation.images)
    threshold = confidence_threshold(validation.labels, calibrated, KEEP)
    on_test = _calibrated(saved, test.images)
    right = on_test.argmax(axis=1) == test.labels
    below = on_test.max(axis=1) < threshold
    found: dict[str, Any] = {
        "threshold": threshold,
        "keep": KEEP,
        "validation_images": len(validation.labels),
        "weights_sha256": saved.notes["sha256"],
        "right_below": _rate(below[right]),
        "wrong_below": _rate(below[~right]),
    }
    if strangers is not None:
        found["strangers_below"] = _rate(_calibrated(saved, strangers).max(axis=1) < threshold)
    return found


def _rate(doubted: np.ndarray) -> dict[str, Any]:
    """Return a share with its Wilson interval and the number of images."""
    low, high = wilson_interval(int(doubted.sum()), len(doubted))
    return {"share": float(doubted.mean()), "interval": [low, high], "n": len(doubted)}


def _calibrated(saved: SavedModel, images: np.ndarray) -> np.ndarray:
    probabilities = predict(saved.model, images, views=saved.notes.get("test_views", 1))
    return apply_temperature(probabilities, saved.notes.get("temperature", 1.0))


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")


def _left_out(strangers: Dataset) -> list[str]:
    related = {_plain(name) for names in RELATED.values() for name in names}
    return [name for name in strangers.class_names if _plain(name) in related]


def _unrelated(strangers: Dataset) -> np.ndarray:
    keep = [name not in _left_out(strangers) for name in strangers.class_names]
    return strangers.test.images[np.array(keep)[strangers.test.labels]]


def _describe(strangers: Dataset, pictures: np.ndarray) -> dict[str, Any]:
    left_out = _left_out(strangers)
    return {
        "data": strangers.provenance.to_dict(),
        "images": len(pictures),
        "classes": len(strangers.class_names) - len(left_out),
        "left_out": left_out,
    }


def _into_card(name: str, doubt: dict[str, Any]) -> None:
    path = card_path(WEIGHTS_FOLDER / f"cifar10-{name}.npz")
    card = json.loads(path.read_text(encoding="utf-8"))
    with replacing(path) as draft:
        draft.write_text(json.dumps(card | {"doubt": doubt}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
