"""Pretrain ``tinynet`` and write the weights the package ships: ``python -m benchmarks.pretrain_tinynet IMAGES``.

IMAGES is a folder or tar of class folders with train and test parts, such as Tiny ImageNet (200 classes, 100,000
training images) at 32x32. On two processor cores this takes an hour or more; Ctrl-C loses at most one epoch, and the
same command goes on. The classes of the pretraining are thrown away with the head; only the features are kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cifar_teach.backbones import save_weights_file
from cifar_teach.config import cache_dir
from cifar_teach.data import load_image_folder
from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.evaluate import wilson_interval
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.models import build_model, count_macs, parameter_counts, predict
from cifar_teach.preprocess import Augmentation
from cifar_teach.train import Recipe, fit

WEIGHTS_FILE = Path(__file__).parents[1] / "cifar_teach" / "backbones" / "weights" / "tinynet.npz"
SEED = 0

RECIPE = Recipe(
    epochs=30,
    batch_size=128,
    optimizer="sgd",
    learning_rate=0.2,
    momentum=0.9,
    weight_decay=0.001,
    schedule="triangular",
    warmup=0.15,
    # Smoothed labels help on these classes and make features worse for others (Kornblith, Shlens and Le, 2019).
    label_smoothing=0.0,
    augmentation=Augmentation(flip="random", crop=4, brightness=0.15, contrast=0.2),
    average_decay=0.998,
    average_from=0.85,
    precision="auto",
    test_views=2,
)


def main() -> int:
    """Train, measure on the test part, and write weights and card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path, help="folder or tar with train/<class>/* and test/<class>/*")
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs, help="passes over the images")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE, help="weights file to write (default: the package's)")
    parser.add_argument(
        "--state", type=Path, default=cache_dir() / "pretrain-tinynet.npz", help="where an interrupted run is kept"
    )
    options = parser.parse_args()
    try:
        write_weights(options.images, RECIPE.with_changes(epochs=options.epochs), options.out, options.state)
    except CifarTeachError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on after the last finished epoch.", file=sys.stderr)
        return 130
    return 0


def write_weights(images: Path, recipe: Recipe, out: Path, state: Path) -> None:
    """Pretrain on ``images`` by ``recipe`` and write the weights file ``out`` and its card."""
    data = load_image_folder(images)
    load_keras_quietly()
    model = build_model("tinynet", num_classes=len(data.class_names), seed=SEED)
    history = fit(model, data.train, recipe, seed=SEED, resume_file=state, keep_state=True, progress=True)
    right = int((predict(model, data.test.images, views=recipe.test_views).argmax(axis=1) == data.test.labels).sum())
    n_test = len(data.test.labels)
    card = {
        "name": "tinynet",
        "purpose": "features for transfer learning on 32x32 colour images",
        "data": data.provenance.to_dict(),
        "classes": len(data.class_names),
        "recipe": recipe.to_dict(),
        "seed": SEED,
        "params": parameter_counts(model).total,
        "macs": count_macs(model),
        "accuracy": right / n_test,
        "interval": list(wilson_interval(right, n_test)),
        "n_test": n_test,
        "train_seconds": history.seconds,
        "precision": history.precision,
        "hardware": hardware(),
        "versions": versions(),
    }
    save_weights_file(model, out, card)
    state.unlink(missing_ok=True)
    print(f"{right / n_test:.1%} of {n_test:,} test images right; written: {out}")


if __name__ == "__main__":
    sys.exit(main())
