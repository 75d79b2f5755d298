"""Training only the end of a network, from stored activations of its frozen beginning.

A frozen beginning gives the same answer for the same image in every epoch. So it is run once, and what leaves it is
stored; an epoch then costs only what the rest of the network costs. What this gives up is fresh augmentation: an image
comes back in a fixed number of stored variants, instead of a new one in every epoch.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import config
from ..backbones import extract, split_points
from ..backbones.graph import clean_layers, output_in
from ..exceptions import TrainingError, unknown_name
from ..preprocess import Augmentation

if TYPE_CHECKING:
    import keras


PREFIX = "split-"
FORGOTTEN_AFTER = 24 * 3600
"""Seconds without a new file after which a folder of activations is taken to be that of a killed run."""


def _remove_forgotten(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another run has just finished, and removed its own
            if time.time() - folder.stat().st_mtime > FORGOTTEN_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


class SplitNetwork:
    """A network cut behind one of its layers, and the folder that holds the stored activations.

    Use it as a context manager: the folder is deleted at the end, because augmented variants are of no use to any
    other run.

    Attributes:
        tail: the layers behind the cut, sharing their weights with the whole network.
    """

    def __init__(self, model: keras.Model, layer: str) -> None:
        """Cut ``model`` behind ``layer``; raise :class:`TrainingError` where it cannot be cut in two."""
        import keras

        names = [each.name for each in model.layers]
        if layer not in names:
            raise TrainingError(unknown_name("layer to split at", layer, names))
        self.model, self.layer = model, layer
        # Keras would cut through a residual block without a word, and leave a tail that computes something else.
        clean = {each.name for each in clean_layers(model)}
        if layer not in clean:
            possible = [point for point in split_points(model) if point in clean]
            raise TrainingError(
                f"'{model.name}' cannot be cut behind '{layer}': a connection leads past it. Choose the end of a block "
                f"that nothing passes by: {', '.join(possible) or 'it has none'}."
            )
        self.tail = keras.Model(output_in(model, model.get_layer(layer)), model.output, name=model.name)
        before = names[: names.index(layer) + 1]
        moving = [name for name in before if model.get_layer(name).trainable_weights]
        if moving:
            raise TrainingError(
                f"'{moving[0]}' lies before the split at '{layer}' and is trained, so stored activations would be out "
                "of date after one step. Freeze it, or split before it."
            )

    def __enter__(self) -> SplitNetwork:
        parent = config.cache_dir()
        try:
            parent.mkdir(parents=True, exist_ok=True)
            _remove_forgotten(parent)
            self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent, ignore_cleanup_errors=True)
        except OSError as problem:
            raise TrainingError(
                f"Activations cannot be stored in '{parent}' ({problem.strerror}). Name another folder with "
                "CIFAR_TEACH_CACHE, or train without split_at."
            ) from problem
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def activations(self, images: np.ndarray, *, progress: bool | None = None) -> np.ndarray:
        """Return what leaves the frozen beginning for ``images``: float16, memory-mapped ``(n, ...)``."""
        return extract(
            self.model, images, layer=self.layer, folder=Path(self._folder.name), progress=progress,
        )  # fmt: skip

    def variants(
        self, images: np.ndarray, augmentation: Augmentation, count: int, *, seed: int, progress: bool | None = None
    ) -> list[np.ndarray]:
        """Return the activations of ``count`` augmented variants of every image, drawn from ``seed``."""
        everything = np.arange(len(images))
        return [
            self.activations(augmentation.apply(images, epoch=k, seed=seed, indices=everything), progress=progress)
            for k in range(count)
        ]


def draw_variants(variants: list[np.ndarray]) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return a function ``(indices, epoch) -> inputs`` that takes each image's next variant in every epoch."""

    def draw(indices: np.ndarray, epoch: int) -> np.ndarray:
        inputs = np.empty((len(indices), *variants[0].shape[1:]), "float32")
        chosen = (indices + epoch) % len(variants)
        for number, variant in enumerate(variants):
            rows = chosen == number
            inputs[rows] = variant[indices[rows]]
        return inputs

    return draw
