"""Shuffled, augmented batches, the same for the same seed and epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

    from .recipe import Recipe


def make_batches(
    images: np.ndarray,
    targets: np.ndarray,
    recipe: Recipe,
    *,
    seed: int,
    first_epoch: int = 0,
    stored: Callable[[np.ndarray, int], np.ndarray] | None = None,
) -> keras.utils.PyDataset:
    """Return a Keras dataset of ``(float32 inputs, targets)`` batches.

    Order and augmentation are drawn anew for each epoch from ``(seed, epoch)`` alone, so a resumed run sees
    exactly the batches the uninterrupted run would have seen. Images that do not fill the last batch are left out of
    that epoch; the next epoch's order leaves out others.

    Args:
        images: uint8 ``(n, height, width, 3)``.
        targets: float32 ``(n, classes)``, one-hot or soft.
        recipe: batch size and augmentation.
        seed: of order and augmentation.
        first_epoch: number of the epoch that comes first.
        stored: where inputs come from instead of augmented images: a function of image indices and epoch.
    """
    import keras

    batch_size = min(recipe.batch_size, len(images))

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self.epoch = first_epoch
            self._prepare()

        def _prepare(self) -> None:
            self.order = order = np.random.default_rng([seed, self.epoch]).permutation(len(images))
            if stored is None:
                # The augmentation must know which image it looks at: "alternating" remembers the last flip of each.
                self.images = recipe.augmentation.apply(images[order], epoch=self.epoch, seed=seed, indices=order)

        def __len__(self) -> int:
            return len(images) // batch_size

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            part = slice(index * batch_size, (index + 1) * batch_size)
            rows = self.order[part]
            inputs = self.images[part].astype("float32") if stored is None else stored(rows, self.epoch)
            return inputs, targets[rows]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            if self.epoch < recipe.epochs:  # nothing is prepared for an epoch that does not come
                self._prepare()

    return Batches()
