"""A small database of real experiments on drawn pictures, made in half a minute: something for a dashboard to show.

Three short runs: the same network from two seeds, the same with more images, and a pretrained network whose head alone
is fitted. Everything is measured; nothing of it says anything about CIFAR-10, and the data set in the database says so.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data import Dataset, LabelledImages, load_cifar10
from ..evaluate import apply_temperature, evaluate, fit_temperature
from .store import ExperimentStore

if TYPE_CHECKING:
    import keras

TEST_SIZE = 500
VALIDATION_SIZE = 150
EPOCHS = 7
FROZEN = ":frozen"


@dataclass(frozen=True)
class SampleRun:
    """One run of the sample.

    Attributes:
        name: what it asks.
        train_size: images to train on, validation not included.
        networks: names of networks and their seeds, in this order; ``:frozen`` fits the head of a pretrained one.
    """

    name: str
    train_size: int
    networks: tuple[tuple[str, int], ...]


SAMPLE = (
    SampleRun("how much the seed matters", 400, (("baseline", 0), ("baseline", 1))),
    SampleRun("more images", 1_000, (("baseline", 0),)),
    SampleRun("a pretrained network", 400, ((f"tinynet{FROZEN}", 0),)),
)


def write_sample(url: str) -> None:
    """Train small networks on drawn pictures and enter all that happens into a database.

    Args:
        url: the database; it is created, or the runs are added to those that are there.

    Raises:
        TrackingError: the database cannot be written.
    """
    from ..environment import hardware, load_keras_quietly, versions

    load_keras_quietly()
    most = max(run.train_size for run in SAMPLE)
    data = load_cifar10(most + VALIDATION_SIZE, test_size=TEST_SIZE, source="synthetic", quiet=True)
    with ExperimentStore(url) as store:
        for run in SAMPLE:
            clock = _Clock()
            run_id = store.start_run(
                uuid.uuid4().hex,
                name=run.name,
                seed=run.networks[0][1],
                data=data.provenance,
                class_names=data.class_names,
                test_labels=data.test.labels,
                train_images=run.train_size,
                validation_images=VALIDATION_SIZE,
                hardware=hardware(),
                versions=versions(),
                command="cifar-teach dashboard --sample",
            )
            for name, seed in run.networks:
                _enter(store, run_id, name, seed, data, run.train_size)
            seconds, cpu_seconds = clock.read()
            store.finish_run(run_id, seconds=seconds, cpu_seconds=cpu_seconds)


class _Clock:
    """Wall-clock and processor seconds since it was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._started[0], time.process_time() - self._started[1]


def _enter(store: ExperimentStore, run_id: int, name: str, seed: int, data: Dataset, train_size: int) -> None:
    """Train one network and enter its epochs, predictions and scores."""
    from ..models import count_macs, predict

    validation = LabelledImages(*(array[:VALIDATION_SIZE] for array in data.train))
    train = LabelledImages(*(array[VALIDATION_SIZE : VALIDATION_SIZE + train_size] for array in data.train))
    frozen = name.endswith(FROZEN)
    model_id = store.start_model(run_id, name, seed, planned_epochs=0 if frozen else EPOCHS)
    clock = _Clock()
    model = _fit_head(name, train) if frozen else _train(store, model_id, name, seed, train, validation)
    seconds, cpu_seconds = clock.read()
    temperature = fit_temperature(validation.labels, predict(model, validation.images))
    clock = _Clock()
    probabilities = predict(model, data.test.images)
    calibrated = apply_temperature(probabilities, temperature)
    measures: dict[str, Any] = {
        "parameters": model.count_params(),
        "macs": count_macs(model),
        "train_seconds": seconds,
        "train_cpu_seconds": cpu_seconds,
        "predict_seconds": clock.read()[0],
        "temperature": temperature,
        "ece_calibrated": evaluate(data.test.labels, calibrated, data.class_names).ece,
    }
    scores = evaluate(data.test.labels, probabilities, data.class_names)
    store.log_predictions(model_id, probabilities, calibrated=calibrated)
    store.finish_model(model_id, nll=scores.nll, brier=scores.brier, ece=scores.ece, **measures)


def _train(
    store: ExperimentStore, model_id: int, name: str, seed: int, train: LabelledImages, validation: LabelledImages
) -> keras.Model:
    from ..models import build_model
    from ..train import fit, get_recipe
    from .logging import epoch_logger

    model = build_model(name, seed=seed)
    recipe = get_recipe(name).with_changes(epochs=EPOCHS)
    fit(model, train, recipe, validation=validation, seed=seed, callbacks=(epoch_logger(store, model_id),))
    return model


def _fit_head(name: str, train: LabelledImages) -> keras.Model:
    from ..backbones import build_transfer_model, extract
    from ..train import attach, fit_linear_head

    model = build_transfer_model(name.removesuffix(FROZEN))
    features = extract(model, train.images, folder=False)
    attach(model, fit_linear_head(features, train.labels, num_classes=10))
    return model
