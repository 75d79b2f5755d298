"""The running average of the weights: often better than any single moment of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

EVERY = 5
"""Steps from one look at the weights to the next (Page 2019): looking costs time, and neighbours hardly differ."""


def weight_average(decay: float, start_step: int) -> keras.callbacks.Callback:
    """Return a callback that keeps an exponential moving average of all weights.

    The statistics of batch normalisation are averaged with the rest, because the averaged convolutions would not
    match the statistics of the last step. Polyak and Juditsky, 1992; Page 2019 for image networks.

    Args:
        decay: weight of the past at each step, 0 to 1.
        start_step: the average starts with the weights after this step (counted from 1).

    Returns:
        A callback with an ``average``: a list of arrays like ``model.get_weights()``, or None before the start.
    """
    import keras

    first = max(1, start_step)

    class WeightAverage(keras.callbacks.Callback):
        average: list[np.ndarray] | None = None
        step = 0

        def on_train_batch_end(self, batch, logs=None) -> None:
            self.step += 1
            if self.step < first or (self.step - first) % EVERY:
                return
            weights = self.model.get_weights()
            if self.average is None:
                self.average = [np.array(weight) for weight in weights]
                return
            keep = decay**EVERY
            for kept, weight in zip(self.average, weights, strict=True):
                if not np.issubdtype(kept.dtype, np.floating):  # a counter, such as that of a Normalization layer
                    kept[...] = weight
                    continue
                kept *= keep
                kept += (1 - keep) * weight

    return WeightAverage()
