"""What can be entered in a comparison: a network and the way it is trained.

==========================  =====================================================================================
``fastnet``                 a network of the course, from fresh weights
``tinynet:frozen``          a pretrained network whose features are extracted once and given to a linear head
``tinynet:finetuned``       the same, and then its last blocks are trained further
==========================  =====================================================================================
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import build_backbone, build_transfer_model, extract, find_weights, get_backbone
from ..backbones.registry import KNOWN_NAMES
from ..data import LabelledImages
from ..exceptions import CifarTeachError, unknown_name
from ..files import replacing
from ..models import MODELS, build_model, get_spec
from ..train import (
    History,
    Recipe,
    Stage,
    attach,
    fine_tune,
    finetuning_size,
    fit,
    fit_linear_head,
    get_recipe,
    get_stages,
)

if TYPE_CHECKING:
    import keras

FROM_SCRATCH, FROZEN, FINETUNED = "scratch", "frozen", "finetuned"
HEAD_TIME_FILE = "head-time.json"
FROZEN_VIEWS = 2
"""A head is fitted to the features of each image and its mirror image, and asked about both."""


@dataclass(frozen=True)
class Contender:
    """A network and the way it is trained.

    Attributes:
        label: how the user wrote it, ``tinynet:frozen``.
        network: name of the network.
        way: ``scratch``, ``frozen`` or ``finetuned``.
    """

    label: str
    network: str
    way: str

    @property
    def slug(self) -> str:
        """The label as part of a file name."""
        return slug_of(self.label)


def slug_of(label: str) -> str:
    """Return a label as part of a file name: ``tinynet:frozen`` as ``tinynet-frozen``, a path as its last part."""
    return re.sub(r"[^\w.-]+", "-", Path(label).name)


def parse_contender(text: str) -> Contender:
    """Return the contender that ``text`` names.

    Raises:
        CifarTeachError: an unknown network or way, or a pretrained network without one.
    """
    network, colon, way = text.rpartition(":")
    if not colon or "/" in way or "\\" in way:  # the colon may belong to a path
        network = text
        if (network in KNOWN_NAMES or network.endswith(".keras")) and network not in MODELS:
            raise CifarTeachError(
                f"'{network}' is a pretrained network: say '{network}:{FROZEN}' to train a head on its features, or "
                f"'{network}:{FINETUNED}' to train its last blocks too."
            )
        return Contender(text, get_spec(network).name, FROM_SCRATCH)
    if way not in (FROZEN, FINETUNED):
        raise CifarTeachError(unknown_name(f"way to train '{network}'", way, (FROZEN, FINETUNED)))
    get_backbone(network)
    return Contender(text, network, way)


@dataclass(frozen=True)
class Plan:
    """A contender with everything that decides how it is trained.

    Attributes:
        contender: what is trained.
        recipe: of a network from scratch; None for a pretrained one.
        stages: of fine-tuning; empty otherwise.
    """

    contender: Contender
    recipe: Recipe | None = None
    stages: tuple[Stage, ...] = ()

    @property
    def epochs(self) -> int:
        """Epochs in all; 0 for a head that is fitted directly."""
        return self.recipe.epochs if self.recipe else sum(stage.recipe.epochs for stage in self.stages)

    @property
    def test_views(self) -> int:
        """Views of each image that prediction averages."""
        if self.recipe:
            return self.recipe.test_views
        return self.stages[-1].recipe.test_views if self.stages else FROZEN_VIEWS

    @property
    def size(self) -> int | None:
        """Width and height at which a pretrained network sees the images; None for the images' own."""
        name = self.contender.network
        return finetuning_size(name) if self.stages else get_backbone(name).size

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON-ready values."""
        if self.recipe:
            return self.recipe.to_dict()
        stages = [
            {"after": stage.after, "rate_decay": stage.rate_decay, "stored": stage.stored, **stage.recipe.to_dict()}
            for stage in self.stages
        ]
        weights = find_weights(self.contender.network)
        backbone = get_backbone(self.contender.network)
        return {
            "head": "logistic regression",
            "features": [*backbone.also, backbone.feature_layer],
            "size": self.size,
            "test_views": self.test_views,
            "weights": weights.origin,
            # Other weights are another training, also under the same file name.
            "weights_sha256": None if weights.path is None else _sha256(weights.path),
            "stages": stages,
        }


def fetch_weights(contender: Contender) -> None:
    """Have the weights of a pretrained network on this machine, by Keras's download if need be.

    Before its plan is written down: the checksum of the weights is part of it, and of the name of its training.

    Raises:
        ModelError: they cannot be reached.
    """
    if contender.way != FROM_SCRATCH and find_weights(contender.network).path is None:
        build_backbone(contender.network)


def _sha256(path: Path) -> str:
    with path.expanduser().open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_plan(contender: Contender, scale) -> Plan:
    """Return how ``contender`` is trained, every recipe changed by ``scale`` (a function of a recipe)."""
    if contender.way == FROM_SCRATCH:
        return Plan(contender, scale(get_recipe(contender.network)))
    if contender.way == FROZEN:
        return Plan(contender)
    stages = tuple(
        Stage(stage.after, scale(stage.recipe), stage.rate_decay, stage.stored)
        for stage in get_stages(contender.network)
    )
    return Plan(contender, stages=stages)


def train_contender(
    plan: Plan,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    num_classes: int,
    seed: int,
    state: Path,
    features: Path,
    targets: np.ndarray | None = None,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
    progress: bool | None = None,
) -> tuple[keras.Model, History, Mapping[str, Any]]:
    """Train what ``plan`` says.

    Args:
        plan: contender and recipes.
        train: images to train on.
        validation: images that decide: the strength of a head's regularisation, early stopping.
        num_classes: number of classes.
        seed: of initial weights, order, augmentation and dropout.
        state: file in which the state of an interrupted training is kept.
        features: folder for extracted features; the file :data:`HEAD_TIME_FILE` is kept beside it.
        targets: soft targets, for a network from scratch.
        callbacks: further Keras callbacks for what is trained in epochs.
        progress: show progress bars; None means when stderr is a terminal.

    Returns:
        The trained network, its history (without rows for a head that is fitted directly), and what was chosen on
        the way.
    """
    size = train.images.shape[1]
    if plan.recipe is not None:
        model = build_model(plan.contender.network, num_classes=num_classes, seed=seed, input_shape=(size, size, 3))
        history = fit(
            model, train, plan.recipe,
            validation=validation, seed=seed, targets=targets,
            resume_file=state, keep_state=True, callbacks=callbacks, progress=progress,
        )  # fmt: skip
        return model, history, {}
    started, cpu_started = time.perf_counter(), time.process_time()
    model = build_transfer_model(
        plan.contender.network, num_classes=num_classes, image_size=size, size=plan.size, seed=seed
    )
    head = fit_linear_head(
        extract(model, train.images, mirror=True, folder=features, progress=progress),
        train.labels,
        num_classes=num_classes,
        validation=(
            extract(model, validation.images, mirror=True, folder=features, progress=progress),
            validation.labels,
        ),
        seed=seed,
    )
    attach(model, head)
    spent = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu_started}
    spent = _first_time(features.with_name(HEAD_TIME_FILE), spent)
    chosen = {"penalty": head.penalty, "head_seconds": spent["seconds"]}
    history = History()
    if plan.stages:
        history = fine_tune(
            model, train, plan.stages,
            validation=validation, seed=seed,
            resume_file=state, keep_state=True, callbacks=callbacks, progress=progress,
        )  # fmt: skip
    history.seconds += spent["seconds"]
    history.cpu_seconds += spent["cpu_seconds"]
    return model, history, chosen


def _first_time(file: Path, spent: dict[str, float]) -> dict[str, float]:
    """Return what the head took when its features were computed: a run that goes on only reads them."""
    if file.is_file():
        return json.loads(file.read_text(encoding="utf-8"))
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as draft:
        draft.write_text(json.dumps(spent), encoding="utf-8")
    return spent
