"""What storing saves: the work of a frozen network done once against the same work repeated in every epoch."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cifar_teach.backbones import build_transfer_model, extract, get_backbone, split_points
from cifar_teach.data import Dataset, LabelledImages
from cifar_teach.models import predict
from cifar_teach.train import (
    Recipe,
    attach,
    attach_dense,
    fit,
    fit_dense_head,
    fit_linear_head,
    get_stages,
    rates_by_block,
)

if TYPE_CHECKING:
    import keras

HEAD_BACKBONE, HEAD_EPOCHS = "mobilenet", 10
SPLIT_BACKBONE, SPLIT_EPOCHS = "mobilenet_v2_0.35", 3
"""The second is cut where the package cuts a network that has no stages of its own: two blocks and the head learn."""
SETTINGS = {
    "head": {"backbone": HEAD_BACKBONE, "epochs": HEAD_EPOCHS, "also": list(get_backbone(HEAD_BACKBONE).also)},
    "split": {"backbone": SPLIT_BACKBONE, "epochs": SPLIT_EPOCHS, "after": get_stages(SPLIT_BACKBONE)[0].after},
}
"""What is measured, for the results file: a part measured otherwise is measured again."""


@dataclass
class Clock:
    """Adds up what runs inside ``with clock.running():``.

    Attributes:
        seconds: by the clock on the wall.
        cpu_seconds: of the processor, all threads of this process together.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        started, cpu_started = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - started
        self.cpu_seconds += time.process_time() - cpu_started

    def __add__(self, other: Clock) -> Clock:
        return Clock(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def to_dict(self) -> dict[str, float]:
        """Return both times as JSON-ready values."""
        return asdict(self)


def stored_head(data: Dataset, train: LabelledImages, validation: LabelledImages) -> dict[str, Any]:
    """Time a head on stored features against the frozen network run in every epoch, as is often done."""
    name = HEAD_BACKBONE
    recipe = Recipe(epochs=HEAD_EPOCHS, batch_size=64, learning_rate=1e-3)
    run, storing, dense_fit, linear_fit = Clock(), Clock(), Clock(), Clock()

    running = build_transfer_model(name, head="dense", seed=0)
    rates = rates_by_block(running, split_points(name)[-1])
    with run.running():
        fit(running, train, recipe, seed=0, progress=False, layer_rates=rates)

    folder = Path(tempfile.mkdtemp(prefix="features-"))
    try:
        stored = build_transfer_model(name, head="dense", seed=0)
        with storing.running():
            features = extract(stored, train.images, folder=folder, progress=False)
            deciding = extract(stored, validation.images, folder=folder, progress=False), validation.labels
        with dense_fit.running():
            dense = fit_dense_head(
                features, train.labels,
                num_classes=10, validation=deciding, epochs=HEAD_EPOCHS, patience=HEAD_EPOCHS,
                batch_size=recipe.batch_size, seed=0,
            )  # fmt: skip
        attach_dense(stored, dense)
        linear = build_transfer_model(name, seed=0)
        with linear_fit.running():
            head = fit_linear_head(features, train.labels, num_classes=10, validation=deciding)
        attach(linear, head)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    def accuracy(model) -> float:
        return float((predict(model, data.test.images).argmax(axis=1) == data.test.labels).mean())

    with_dense, with_linear = storing + dense_fit, storing + linear_fit
    return {
        "backbone": name,
        "epochs": HEAD_EPOCHS,
        "running": {**run.to_dict(), "accuracy": accuracy(running), "head": "Dense 256, dropout, Adam"},
        "extract": storing.to_dict(),
        "stored_dense": {**with_dense.to_dict(), "accuracy": accuracy(stored)},
        "stored_linear": {**with_linear.to_dict(), "accuracy": accuracy(linear)},
        "times_faster_dense": run.cpu_seconds / with_dense.cpu_seconds,
        "times_faster_linear": run.cpu_seconds / with_linear.cpu_seconds,
    }


def stored_split(data: Dataset, train: LabelledImages, validation: LabelledImages) -> dict[str, Any]:
    """Time fine-tuning from stored activations against running the whole network, the same blocks in both."""
    name = SPLIT_BACKBONE
    stage = get_stages(name)[0]
    recipe = stage.recipe.with_changes(epochs=SPLIT_EPOCHS)
    result: dict[str, Any] = {"backbone": name, "after": stage.after, "epochs": SPLIT_EPOCHS}
    folder = Path(tempfile.mkdtemp(prefix="features-"))
    try:
        for label, split_at in (("whole", None), ("stored", stage.after)):
            model = build_transfer_model(name, seed=0)
            deciding = extract(model, validation.images, mirror=True, folder=folder), validation.labels
            features = extract(model, train.images, mirror=True, folder=folder, progress=False)
            attach(model, fit_linear_head(features, train.labels, num_classes=10, validation=deciding))
            rates = rates_by_block(model, stage.after, rate_decay=stage.rate_decay)
            whole, epochs = Clock(), _epoch_clock()
            with whole.running():
                history = fit(
                    model, train, recipe,
                    seed=0, layer_rates=rates, split_at=split_at, callbacks=(epochs,), progress=False,
                )  # fmt: skip
            guesses = predict(model, data.test.images, views=2).argmax(axis=1)
            result[label] = {
                # The first epoch also prepares the computation; of three the median leaves it out.
                "seconds_per_epoch": float(np.median(history.column("seconds"))),
                "cpu_seconds_per_epoch": float(np.median(epochs.cpu_seconds)),
                "preparation_seconds": history.preparation_seconds,
                "preparation_cpu_seconds": whole.cpu_seconds - sum(epochs.cpu_seconds),
                **whole.to_dict(),
                "accuracy": float((guesses == data.test.labels).mean()),
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result["times_faster"] = result["whole"]["cpu_seconds_per_epoch"] / result["stored"]["cpu_seconds_per_epoch"]
    return result


def _epoch_clock() -> keras.callbacks.Callback:
    """Return a callback whose ``cpu_seconds`` lists the processor seconds of each epoch."""
    import keras

    class EpochClock(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.cpu_seconds: list[float] = []

        def on_epoch_begin(self, epoch, logs=None) -> None:
            self.started = time.process_time()

        def on_epoch_end(self, epoch, logs=None) -> None:
            self.cpu_seconds.append(time.process_time() - self.started)

    return EpochClock()
