"""What the whole course agrees on: class names, image shape, seeds, budgets and profiles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .exceptions import CifarTeachError, unknown_name

CLASS_NAMES: tuple[str, ...] = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
"""The ten CIFAR-10 classes in the order of their labels 0-9 (Krizhevsky, 2009)."""

NUM_CLASSES = len(CLASS_NAMES)
IMAGE_SIZE = 32
IMAGE_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, 3)

DEFAULT_SEED = 0
SUBSET_SEED = 10
"""Seed that chooses *which* training images belong to the budget. It is not the training seed:
two runs with different seeds must see the same images, or the difference between them means nothing."""

TRAIN_SIZE = 10_000
"""The training budget of the course: images whose labels may be used, validation included."""
VALIDATION_FRACTION = 0.1


@dataclass(frozen=True)
class Profile:
    """How much work a run does.

    Attributes:
        name: ``smoke``, ``quick`` or ``full``.
        purpose: one line for the help text.
        train_size: training images, validation included.
        test_size: test images used, or None for all of them.
        models: contenders trained when the caller names none: networks, and pretrained ones with the way they are
            trained, such as ``tinynet:frozen``.
        sizes: smaller numbers of training images, for the learning curve.
        epoch_factor: every recipe's epochs are multiplied by this and rounded up (at least 1).
        seeds: training seeds used when the caller gives none.
    """

    name: str
    purpose: str
    train_size: int
    test_size: int | None
    models: tuple[str, ...]
    sizes: tuple[int, ...]
    epoch_factor: float
    seeds: tuple[int, ...]


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "smoke",
            "seconds; proves that every step runs",
            train_size=500,
            test_size=200,
            models=("baseline", "fastnet"),
            sizes=(),
            epoch_factor=0.05,
            seeds=(0,),
        ),
        Profile(
            "quick",
            "a few minutes on two cores; small budgets, honest numbers",
            train_size=2_500,
            test_size=2_000,
            models=("baseline", "fastnet", "tinynet:frozen", "tinynet:finetuned"),
            sizes=(),
            epoch_factor=0.3,
            seeds=(0,),
        ),
        Profile(
            "full",
            "the recipes behind the published numbers",
            train_size=TRAIN_SIZE,
            test_size=None,
            models=("baseline", "fastnet", "tinynet:frozen", "tinynet:finetuned"),
            sizes=(100, 1_000, 2_000, 5_000),
            epoch_factor=1.0,
            seeds=(0, 1, 2),
        ),
    )
}


def get_profile(name: str) -> Profile:
    """Return the profile called ``name``; raise :class:`CifarTeachError` when there is none."""
    if name not in PROFILES:
        raise CifarTeachError(unknown_name("profile", name, PROFILES))
    return PROFILES[name]


def check_seed(seed: object) -> None:
    """Raise :class:`CifarTeachError` unless ``seed`` is a whole number that NumPy and Keras both take."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise CifarTeachError(f"The seed {seed!r} cannot be used: choose a whole number from 0 to {2**32 - 1}.")


def cache_dir() -> Path:
    """Return the folder for downloads and decoded data (not created here).

    ``CIFAR_TEACH_CACHE`` wins; otherwise ``$XDG_CACHE_HOME/cifar_teach`` or ``~/.cache/cifar_teach``.
    """
    explicit = os.environ.get("CIFAR_TEACH_CACHE")
    if explicit:
        return Path(explicit).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base).expanduser() if base else Path.home() / ".cache") / "cifar_teach"
