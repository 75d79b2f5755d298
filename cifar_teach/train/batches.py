"""Shuffled, augmented batches, the same for the same seed and epoch."""

from __future__ import annotations

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
) -> keras.utils.PyDataset:
    """Return a Keras dataset of ``(float32 images, targets)`` batches.

    Order and augmentation are drawn anew for each epoch from ``(seed, epoch)`` alone, so a resumed run sees
    exactly the batches the uninterrupted run would have seen. Images that do not fill the last batch are left out of
    that epoch; the next epoch's order leaves out others.

    Args:
        images: uint8 ``(n, height, width, 3)``.
        targets: one-hot float32 ``(n, classes)``.
        recipe: batch size and augmentation.
        seed: of order and augmentation.
        first_epoch: number of the epoch that comes first.
    """
    import keras

    batch_size = min(recipe.batch_size, len(images))

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self.epoch = first_epoch
            self._prepare()

        def _prepare(self) -> None:
            order = np.random.default_rng([seed, self.epoch]).permutation(len(images))
            # The augmentation must know which image it looks at: "alternating" remembers the last flip of each.
            self.images = recipe.augmentation.apply(images[order], epoch=self.epoch, seed=seed, indices=order)
            self.targets = targets[order]

        def __len__(self) -> int:
            return len(images) // batch_size

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            part = slice(index * batch_size, (index + 1) * batch_size)
            return self.images[part].astype("float32"), self.targets[part]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self._prepare()

    return Batches()
