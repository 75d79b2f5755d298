"""How the learning rate moves during a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

    from .recipe import Recipe

START_FRACTION = 0.2  # warm-up starts here, not at zero, where the first steps would do nothing


def learning_rate_at(recipe: Recipe, progress: float) -> float:
    """Return the learning rate after the share ``progress`` (0 to 1) of the run."""
    peak, warmup = recipe.learning_rate, recipe.warmup
    if recipe.schedule == "constant":
        return peak
    if recipe.schedule == "step":
        return peak * (1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01)
    if progress < warmup:
        return peak * (START_FRACTION + (1 - START_FRACTION) * progress / warmup)
    rest = (progress - warmup) / (1 - warmup)
    return peak * ((1 - rest) if recipe.schedule == "triangular" else (1 + math.cos(math.pi * rest)) / 2)


def learning_rates(recipe: Recipe, steps: int) -> np.ndarray:
    """Return the learning rate of each of ``steps`` optimiser steps, float32 ``(steps,)``."""
    return np.array([learning_rate_at(recipe, step / steps) for step in range(steps)], "float32")


def keras_schedule(recipe: Recipe, steps: int) -> keras.optimizers.schedules.LearningRateSchedule | float:
    """Return what a Keras optimiser takes as ``learning_rate`` for a run of ``steps`` steps.

    A table with one entry per step: the figure in the book, the tests and the training read the same numbers.
    """
    import keras
    from keras import ops

    if recipe.schedule == "constant":
        return recipe.learning_rate
    table = learning_rates(recipe, steps)

    class Table(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            index = ops.minimum(ops.cast(step, "int32"), steps - 1)
            return ops.take(ops.convert_to_tensor(table), index)

        def get_config(self) -> dict:
            return {"schedule": recipe.schedule, "steps": steps}

    return Table()
