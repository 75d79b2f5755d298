"""A recipe: everything about a training run that is not the network, the data or the seed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..exceptions import TrainingError, unknown_name
from ..models.inference import VIEWS
from ..preprocess import Augmentation

OPTIMIZERS = ("adam", "adamw", "rmsprop", "sgd")
SCHEDULES = ("constant", "cosine", "step", "triangular")
PRECISIONS = ("float32", "bfloat16", "auto")

WHOLE_NUMBERS = {  # with the smallest allowed
    "epochs": 1,
    "batch_size": 1,
    "early_stopping": 0,
    "reduce_on_plateau": 0,
    "stored_variants": 1,
}
SHARES = ("warmup", "average_from", "label_smoothing", "momentum", "average_decay")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        epochs: passes over the training images.
        batch_size: images per step.
        optimizer: ``adam`` (Kingma and Ba, 2015), ``adamw`` (Loshchilov and Hutter, 2019), ``rmsprop``
            (Hinton, 2012) or ``sgd`` with Nesterov momentum (Sutskever et al., 2013).
        learning_rate: the highest rate of the schedule.
        momentum: of ``sgd``, at least 0 and below 1; the other optimisers ignore it.
        weight_decay: decoupled; each step shrinks the weights by ``learning_rate * weight_decay``.
        schedule: ``constant``; ``triangular``: up from a fifth of the rate for ``warmup`` of the run, then straight
            down to zero (Smith, 2018); ``cosine``: up in the same way, then half a cosine down to zero (Loshchilov
            and Hutter, 2017); ``step``: a tenth of the rate after one half and again after three quarters of the run.
        warmup: share of the run in which ``triangular`` and ``cosine`` rise, at least 0 and below 1.
        label_smoothing: probability mass taken from the true class and spread over all (Szegedy et al., 2016), at
            least 0 and below 1.
        augmentation: what happens to each training image each time it is seen.
        average_decay: 0 for none; otherwise, below 1, the trained weights are replaced by their exponential moving
            average with this decay per step (Polyak and Juditsky, 1992; 0.99 looks back about a hundred steps).
        average_from: share of the run after which the average starts, at least 0 and below 1.
        early_stopping: stop after this many epochs without a lower validation loss, and go back to the best
            weights; 0 for never.
        reduce_on_plateau: halve the rate after this many epochs without a lower validation loss; 0 for never.
        keep_best: train all epochs, then go back to the weights of the one with the lowest validation loss. (To have
            the best weights in a file while training runs, give :func:`fit` a ``best_file``.)
        precision: ``float32``; ``bfloat16`` computes convolutions in 16 bits while the weights stay in 32;
            ``auto`` takes bfloat16 where the processor has instructions for it, and float32 elsewhere, where
            bfloat16 would be slower.
        freeze_batchnorm: keep every batch normalisation in inference mode, its statistics and weights as they are.
            Right for fine-tuning a pretrained network, wrong for a fresh one.
        stored_variants: with ``split_at`` in :func:`fit`: how many augmented variants of each image are run through
            the frozen beginning and stored. More is closer to fresh augmentation and costs more time and space.
        test_views: how many views of each image :func:`cifar_teach.models.predict` averages: 1, 2 or 6.

    Raises:
        TrainingError: a value is out of its range or of another type, ``reduce_on_plateau`` comes with another
            schedule than ``constant``, or ``average_decay`` with ``early_stopping`` or ``keep_best``.
    """

    epochs: int = 15
    batch_size: int = 64
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: float = 0.2
    label_smoothing: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    average_decay: float = 0.0
    average_from: float = 0.5
    early_stopping: int = 0
    reduce_on_plateau: int = 0
    keep_best: bool = False
    precision: str = "float32"
    freeze_batchnorm: bool = False
    stored_variants: int = 4
    test_views: int = 1

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("optimizer", self.optimizer, OPTIMIZERS),
            ("schedule", self.schedule, SCHEDULES),
            ("precision", self.precision, PRECISIONS),
        ):
            if name not in known:
                raise TrainingError(unknown_name(kind, name, known))
        for name, least in WHOLE_NUMBERS.items():
            value = getattr(self, name)
            _require(type(value) is int and value >= least, name, value, f"a whole number (int), {least} or more")
        for name in SHARES:
            value = getattr(self, name)
            _require(_is_number(value) and 0 <= value < 1, name, value, "a number, at least 0 and below 1")
        rate, decay = self.learning_rate, self.weight_decay
        _require(_is_number(rate) and 0 < rate < math.inf, "learning_rate", rate, "a number above 0")
        _require(_is_number(decay) and 0 <= decay < math.inf, "weight_decay", decay, "a number, 0 or more")
        for name in ("keep_best", "freeze_batchnorm"):
            value = getattr(self, name)
            _require(type(value) is bool, name, value, "True or False")
        _require(type(self.test_views) is int and self.test_views in VIEWS, "test_views", self.test_views, "1, 2 or 6")
        _require(
            isinstance(self.augmentation, Augmentation),
            "augmentation",
            self.augmentation,
            "an Augmentation, for example Augmentation(flip='random')",
        )
        if self.reduce_on_plateau and self.schedule != "constant":
            raise TrainingError(
                f"reduce_on_plateau and the '{self.schedule}' schedule would both move the learning rate. "
                "Use schedule='constant' with reduce_on_plateau, or drop one of them."
            )
        if self.average_decay and (self.early_stopping or self.keep_best):
            raise TrainingError(
                "average_decay ends with the average of many steps, early_stopping and keep_best with the weights of "
                "one epoch: the average would be thrown away. Use average_decay=0, or drop the other two."
            )

    @property
    def needs_validation(self) -> bool:
        """Whether the recipe decides anything by looking at validation images."""
        return bool(self.early_stopping or self.reduce_on_plateau or self.keep_best)

    def with_changes(self, **changes: Any) -> Recipe:
        """Return a copy with some fields changed; unknown fields raise :class:`TrainingError`."""
        for name in changes:
            if name not in self.__dataclass_fields__:
                raise TrainingError(unknown_name("recipe field", name, self.__dataclass_fields__))
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON-ready values."""
        return asdict(self)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require(good: bool, name: str, value: object, expected: str) -> None:
    if not good:
        raise TrainingError(f"{name}={value!r} cannot be used: it must be {expected}.")


_PLAIN = Recipe()

_FAST = Recipe(
    epochs=46,
    batch_size=128,
    optimizer="sgd",
    learning_rate=0.2,
    momentum=0.85,
    weight_decay=0.01,
    schedule="triangular",
    warmup=0.2,
    label_smoothing=0.2,
    augmentation=Augmentation(flip="alternating", crop=4, cutout=8, brightness=0.15, contrast=0.2),
    average_decay=0.98,
    average_from=0.6,
    precision="auto",
    test_views=6,
)

RECIPES: dict[str, Recipe] = {
    # The recipe the network came with: Adam, batches of 64, 15 epochs, nothing else.
    "baseline": _PLAIN,
    "bn-small": _PLAIN,
    "three-block": _PLAIN.with_changes(
        epochs=25, augmentation=Augmentation(flip="random"), early_stopping=6, reduce_on_plateau=3
    ),
    "regularized": _PLAIN.with_changes(
        epochs=40, augmentation=Augmentation(flip="random", shift=0.1), early_stopping=10, reduce_on_plateau=4
    ),
    "vgg-style": _PLAIN.with_changes(epochs=20, optimizer="rmsprop", learning_rate=5e-4),
    "fastnet": _FAST,
    # Its batch normalisation follows more slowly than fastnet's, and so does its optimiser.
    "tinynet": _FAST.with_changes(momentum=0.9),
}
"""The recipe that belongs to each network of :data:`cifar_teach.models.MODELS`."""


def get_recipe(name: str) -> Recipe:
    """Return the recipe of the network ``name``; raise :class:`TrainingError` when there is none."""
    if name not in RECIPES:
        raise TrainingError(unknown_name("recipe", name, RECIPES))
    return RECIPES[name]
