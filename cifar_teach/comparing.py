"""Two or more things side by side: networks, optimisers, or trained model files.

Networks and optimisers are trained on the same images. What is decided on the way (a learning rate, when to stop) is
decided by one part of the held-out images, and the result is judged by another part, because images that took part in
a choice flatter what was chosen. The test set takes no part: choosing a network is a decision too. Model
files are finished; they are judged on the test images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .config import NUM_CLASSES
from .data import Dataset, LabelledImages
from .evaluate import evaluate, wilson_interval
from .exceptions import CifarTeachError, ModelError
from .models import MODELS, build_model, count_macs, load_model, parameter_counts, predict
from .pipeline.findings import compare_pair
from .pipeline.workflow import scaled
from .train import OPTIMIZERS, Recipe, fit, get_recipe

if TYPE_CHECKING:
    import keras

LEARNING_RATES: dict[str, tuple[float, ...]] = {
    "adam": (3e-4, 1e-3, 3e-3),
    "adamw": (3e-4, 1e-3, 3e-3),
    "rmsprop": (1e-4, 3e-4, 1e-3),
    "sgd": (0.01, 0.03, 0.1),
}
"""Rates tried for each optimiser. Comparing optimisers at one common rate compares the rate, not the optimisers
(Choi et al., 2019)."""


@dataclass(frozen=True)
class Candidate:
    """One row of a comparison.

    Attributes:
        name: network, optimiser or file.
        accuracy: share of right answers on the images that judge.
        interval: 95 % Wilson interval.
        parameters, macs: size of the network, and its multiply-adds per image.
        right: whether each image was classified correctly, bool ``(n,)``.
        seconds: of training, all learning rates that were tried together; None for model files.
        learning_rate: the rate that did best on the images that decide; None for model files.
        tried: accuracy on the images that decide for each rate tried; empty for model files.
    """

    name: str
    accuracy: float
    interval: tuple[float, float]
    parameters: int
    macs: int
    right: np.ndarray
    seconds: float | None = None
    learning_rate: float | None = None
    tried: dict[float, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the single answers, JSON-ready."""
        return {name: value for name, value in asdict(self).items() if name != "right"}


def kind_of(names: Sequence[str]) -> str:
    """Return ``networks``, ``optimizers`` or ``files``: what all of ``names`` are.

    Raises:
        CifarTeachError: fewer than two different names, unknown ones, or a mixture.
    """
    same = {str(Path(name).expanduser().resolve()) for name in names}
    if len(names) < 2 or len(same) < len(names):
        raise CifarTeachError(
            "A comparison needs two or more different names, for example: cifar-teach compare baseline fastnet"
        )
    if all(name in MODELS for name in names):
        return "networks"
    if all(name in OPTIMIZERS for name in names):
        return "optimizers"
    if all(Path(name).suffix in (".keras", ".h5") for name in names):
        return "files"
    raise CifarTeachError(
        f"Cannot compare {', '.join(names)}: give only networks ({', '.join(MODELS)}), only optimisers "
        f"({', '.join(OPTIMIZERS)}), or only model files ending in .keras or .h5."
    )


def compare_networks(
    names: Sequence[str],
    train: LabelledImages,
    decide: LabelledImages,
    judge: LabelledImages,
    *,
    num_classes: int = NUM_CLASSES,
    epoch_factor: float = 1.0,
    seed: int = 0,
    progress: bool | None = None,
) -> list[Candidate]:
    """Train each network by its own recipe and judge it.

    Args:
        names: keys of :data:`cifar_teach.models.MODELS`.
        train: images to train on.
        decide: images for early stopping and the like.
        judge: images that took no part in training or deciding.
        num_classes: number of classes.
        epoch_factor: multiplies every recipe's epochs.
        seed: training seed, the same for all.
        progress: progress bars; None means when stderr is a terminal.

    Returns:
        One candidate per name, in the order given.
    """
    trainer = _Trainer(train, decide, judge, num_classes, seed, progress)
    return [trainer.candidate(name, name, [scaled(get_recipe(name), epoch_factor)]) for name in names]


def compare_optimizers(
    optimizers: Sequence[str],
    train: LabelledImages,
    decide: LabelledImages,
    judge: LabelledImages,
    *,
    model: str = "baseline",
    num_classes: int = NUM_CLASSES,
    epoch_factor: float = 1.0,
    seed: int = 0,
    progress: bool | None = None,
) -> list[Candidate]:
    """Train one network with each optimiser at several learning rates and judge it at its best rate.

    Everything but the optimiser and its rate is the network's own recipe, with a constant rate.

    Args:
        optimizers: from :data:`cifar_teach.train.OPTIMIZERS`.
        train: images to train on.
        decide: images that choose the rate.
        judge: images that took no part in training or deciding.
        model: the network.
        num_classes, epoch_factor, seed, progress: as in :func:`compare_networks`.
    """
    base = scaled(get_recipe(model), epoch_factor).with_changes(schedule="constant", reduce_on_plateau=0)
    trainer = _Trainer(train, decide, judge, num_classes, seed, progress)
    return [
        trainer.candidate(
            optimizer,
            model,
            [base.with_changes(optimizer=optimizer, learning_rate=rate) for rate in LEARNING_RATES[optimizer]],
        )
        for optimizer in optimizers
    ]


def compare_files(paths: Sequence[str | Path], data: Dataset) -> list[Candidate]:
    """Judge finished models on the test images of ``data``.

    Raises:
        ModelError: a file cannot be loaded, or its classes are not those of the data.
    """
    candidates = []
    for path in paths:
        saved = load_model(path)
        if saved.class_names != data.class_names:
            raise ModelError(
                f"'{Path(path).name}' knows the classes {', '.join(saved.class_names)}, but the data has "
                f"{', '.join(data.class_names)}. Compare it on the data it was made for (--data)."
            )
        probabilities = predict(saved.model, data.test.images, views=saved.notes.get("test_views", 1))
        result = evaluate(data.test.labels, probabilities, data.class_names)
        candidates.append(
            Candidate(
                str(path),
                result.accuracy,
                result.interval,
                parameter_counts(saved.model).total,
                count_macs(saved.model),
                probabilities.argmax(axis=1) == data.test.labels,
            )
        )
    return candidates


def paired(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Compare the first candidate with each of the others on the same images."""
    first, *others = candidates
    return [{"a": first.name, "b": other.name, **compare_pair(first.right, other.right)} for other in others]


@dataclass(frozen=True)
class _Trainer:
    """What all candidates of a comparison share."""

    train: LabelledImages
    decide: LabelledImages
    judge: LabelledImages
    num_classes: int
    seed: int
    progress: bool | None

    def candidate(self, label: str, model_name: str, recipes: Sequence[Recipe]) -> Candidate:
        """Train by each recipe, keep the one that does best on ``decide``, judge that one."""
        shape = self.train.images.shape[1:]
        best, tried, seconds = None, {}, 0.0
        for recipe in recipes:
            model = build_model(model_name, seed=self.seed, input_shape=shape, num_classes=self.num_classes)
            history = fit(model, self.train, recipe, validation=self.decide, seed=self.seed, progress=self.progress)
            seconds += history.seconds
            accuracy = float(_right(model, self.decide, recipe).mean())
            if not tried or accuracy > max(tried.values()):
                best = (model, recipe)
            tried[recipe.learning_rate] = accuracy
        model, recipe = best
        right = _right(model, self.judge, recipe)
        return Candidate(
            label,
            float(right.mean()),
            wilson_interval(int(right.sum()), len(right)),
            parameter_counts(model).total,
            count_macs(model),
            right,
            seconds,
            recipe.learning_rate,
            tried,
        )


def _right(model: keras.Model, part: LabelledImages, recipe: Recipe) -> np.ndarray:
    return predict(model, part.images, views=recipe.test_views).argmax(axis=1) == part.labels
