"""Fine-tuning: a pretrained network learns a new task, the head first and then whole blocks from the end.

The order matters. A fresh head sends large, random gradients into the network, which spoil the features they pass
through; so the head is fitted first, on stored features (:mod:`.heads`), and only then are blocks unfrozen (Kumar et
al., 2022: "linear probing, then fine-tuning"). Blocks are unfrozen whole, because a residual connection ties the layers
of a block to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..backbones import block_of, get_backbone, split_points
from ..data import LabelledImages
from ..exceptions import TrainingError, unknown_name
from ..preprocess import Augmentation
from .fitting import fit
from .history import History
from .recipe import Recipe

if TYPE_CHECKING:
    import keras

ALL = "all"
"""The value of ``after`` that unfreezes the whole network."""


@dataclass(frozen=True)
class Stage:
    """One stage of fine-tuning.

    Attributes:
        after: name of a split point: everything behind it learns, everything up to it is frozen; ``"all"`` for the
            whole network. The last split point leaves only the head to learn.
        recipe: how this stage is trained.
        rate_decay: each block further from the head learns at this share of the next one's rate, above 0 to 1.
        stored: run the frozen beginning once and store its activations, instead of in every epoch. It is much
            quicker, and gives up fresh augmentation for ``recipe.stored_variants`` fixed variants of each image.
    """

    after: str
    recipe: Recipe
    rate_decay: float = 0.5
    stored: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.rate_decay <= 1:
            raise TrainingError(f"rate_decay={self.rate_decay!r} cannot be used: it must be above 0 and at most 1.")
        if self.stored and self.after == ALL:
            raise TrainingError("With after='all' nothing is frozen, so nothing can be stored. Use stored=False.")


_GENTLE = Recipe(
    epochs=6,
    batch_size=64,
    # With batch normalisation in inference mode the gradients of pretrained kernels differ in size by orders of
    # magnitude. Adam's steps do not depend on that; the same steps with SGD destroyed the features in one epoch.
    optimizer="adamw",
    learning_rate=3e-4,
    weight_decay=0.01,
    schedule="cosine",
    warmup=0.1,
    label_smoothing=0.1,
    augmentation=Augmentation(flip="alternating", crop=2),
    average_decay=0.98,
    average_from=0.6,
    freeze_batchnorm=True,
    stored_variants=4,
    test_views=2,
)
"""Small steps from a fitted head: what is there already is worth more than what ten thousand images can teach anew."""

STAGES: dict[str, tuple[Stage, ...]] = {
    # Images of 32x32 run through this network quickly, so all of it learns, on fresh augmentation. Its batch
    # normalisation learns too: batches of 128 describe the new images well enough.
    "tinynet": (
        Stage(
            ALL,
            _GENTLE.with_changes(
                epochs=30,
                batch_size=128,
                precision="auto",
                optimizer="sgd",
                learning_rate=0.05,
                weight_decay=0.002,
                augmentation=Augmentation(flip="alternating", crop=4, cutout=8),
                freeze_batchnorm=False,
                test_views=6,
            ),
            rate_decay=1.0,
        ),
    ),
    # All of it learns here too: the same network, trained from stored variants behind its sixth block, ended lower.
    "mobilenet": (
        Stage(
            ALL,
            _GENTLE.with_changes(
                epochs=12,
                precision="auto",
                learning_rate=0.001,
                augmentation=Augmentation(flip="alternating", crop=4),
                test_views=6,
            ),
            rate_decay=0.8,
        ),
    ),
}
"""How the backbones that the course measures are fine-tuned: for each a tuple of :class:`Stage`, in order.

For the others see :func:`get_stages`.
"""


FINETUNING_SIZES = {"mobilenet": 96}
"""Width and height at which a backbone is fine-tuned, where its own size would cost too much in every epoch."""


def finetuning_size(name: str | Path) -> int | None:
    """Return the width and height of the images that the backbone called ``name`` is fine-tuned at.

    None stands for that of the images themselves, as in :class:`cifar_teach.backbones.Backbone`.

    Raises:
        ModelError: there is no such backbone.
    """
    return FINETUNING_SIZES.get(str(name), get_backbone(name).size)


def get_stages(name: str) -> tuple[Stage, ...]:
    """Return the stages of fine-tuning for the backbone called ``name``.

    They are meant for images of the size that :func:`finetuning_size` returns. A backbone without stages of its own
    learns in one stage: the head and the two blocks before it, from stored activations where nothing passes them by.
    One that has no more than two blocks learns as a whole.

    Raises:
        ModelError: there is no such backbone.
    """
    points = split_points(name)
    if name in STAGES:
        return STAGES[name]
    if len(points) < 3:
        return (Stage(ALL, _GENTLE),)
    return (Stage(points[-3], _GENTLE, stored=not get_backbone(name).also),)


def rates_by_block(model: keras.Model, after: str, *, rate_decay: float = 0.5) -> dict[str, float]:
    """Return the factor of the learning rate for every layer of ``model``, as :func:`fit` takes it.

    The head has the factor 1, the block before it ``rate_decay``, the block before that ``rate_decay`` squared, and
    so on; layers up to the split point ``after`` have 0.

    Args:
        model: a network from :func:`cifar_teach.backbones.build_transfer_model`.
        after: a split point of the network, or ``"all"``.
        rate_decay: above 0 to 1 (Howard and Ruder, 2018, use 1 / 2.6).

    Raises:
        TrainingError: the network has no such split point.
    """
    points = split_points(model)
    if after != ALL and after not in points:
        raise TrainingError(unknown_name("split point", after, (*points, ALL)))
    frozen = 0 if after == ALL else points.index(after) + 1
    blocks = block_of(None, model)
    return {name: 0.0 if block < frozen else rate_decay ** (len(points) - block) for name, block in blocks.items()}


def fine_tune(
    model: keras.Model,
    train: LabelledImages,
    stages: Sequence[Stage],
    *,
    validation: LabelledImages | None = None,
    seed: int = 0,
    resume_file: str | Path | None = None,
    keep_state: bool = False,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
    progress: bool | None = None,
) -> History:
    """Train ``model`` in place through all ``stages`` and return one history of them all.

    Args:
        model: a pretrained network whose head has been fitted (:func:`cifar_teach.train.attach`).
        train, validation, seed, keep_state, progress: as in :func:`fit`.
        stages: in this order.
        resume_file: as in :func:`fit`; each stage keeps its state in a file of its own beside it.
        callbacks: as in :func:`fit`; ``epochs_before`` of one that has it is set to the epochs of earlier stages.

    Returns:
        The :class:`History`; its epochs are counted through, and ``groups`` say what learned from which epoch on.

    Raises:
        TrainingError: no stages, an unknown split point, or what :func:`fit` raises.
    """
    if not stages:
        raise TrainingError("Fine-tuning needs at least one Stage.")
    rates = [rates_by_block(model, stage.after, rate_decay=stage.rate_decay) for stage in stages]
    files = [_state_file(resume_file, number) for number in range(1, len(stages) + 1)]
    whole = History()
    for stage, layer_rates, file in zip(stages, rates, files, strict=True):
        for callback in callbacks:
            if hasattr(callback, "epochs_before"):
                callback.epochs_before = len(whole.rows)
        history = fit(
            model,
            train,
            stage.recipe,
            validation=validation,
            seed=seed,
            layer_rates=layer_rates,
            split_at=stage.after if stage.stored else None,
            resume_file=file,
            keep_state=True,
            callbacks=callbacks,
            progress=progress,
        )
        _append(whole, history)
    if not keep_state:
        for file in files:
            if file is not None:
                file.unlink(missing_ok=True)
    return whole


def _state_file(resume_file: str | Path | None, number: int) -> Path | None:
    if resume_file is None:
        return None
    path = Path(resume_file)
    return path.with_name(f"{path.stem}-stage{number}{path.suffix}")


def _append(whole: History, stage: History) -> None:
    before = len(whole.rows)
    whole.rows += [{**row, "epoch": row["epoch"] + before} for row in stage.rows]
    whole.groups += [{**group, "first_epoch": before + 1} for group in stage.groups]
    whole.seconds += stage.seconds
    whole.cpu_seconds += stage.cpu_seconds
    whole.preparation_seconds += stage.preparation_seconds
    whole.precision = stage.precision
    whole.stopped_early = stage.stopped_early
    whole.best_epoch = None if stage.best_epoch is None else before + stage.best_epoch
