"""Which layers learn, and how fast: freezing, and learning rates that differ from layer to layer.

Two rules of fine-tuning live here, because both are easy to get wrong in silence:

* A frozen layer has the rate factor 0. Its weights do not move, and neither do the running statistics of a frozen
  batch normalisation: ``trainable = False`` also switches that layer to inference mode (Keras's transfer guide).
* Layers far from the head hold general features and should move less than layers near it (Howard and Ruder, 2018,
  "discriminative learning rates").
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..backbones.graph import all_layers
from ..exceptions import TrainingError, unknown_name
from .recipe import Recipe
from .schedules import keras_schedule

if TYPE_CHECKING:
    import keras


@contextmanager
def layer_rates_applied(
    model: keras.Model, layer_rates: Mapping[str, float] | None, *, freeze_batchnorm: bool
) -> Iterator[None]:
    """Freeze what :func:`apply_layer_rates` freezes, and leave every ``trainable`` flag as it was found.

    Otherwise a later training of the same model would leave layers frozen that nobody froze for it.
    """
    flags = [(layer, layer.trainable) for layer in all_layers(model)]  # setting a network's flag sets those inside it
    try:
        apply_layer_rates(model, layer_rates, freeze_batchnorm=freeze_batchnorm)
        yield
    finally:
        for layer, flag in flags:
            layer.trainable = flag


def apply_layer_rates(model: keras.Model, layer_rates: Mapping[str, float] | None, *, freeze_batchnorm: bool) -> None:
    """Set ``trainable`` of the layers of ``model``; call it before compiling, or it has no effect.

    Args:
        model: a flat network; ``layer_rates`` names its layers.
        layer_rates: factor of the learning rate for each layer, 0 for a frozen one; layers that are not named
            have the factor 1. None leaves the flags as they are.
        freeze_batchnorm: keep every batch normalisation in inference mode, also in layers that learn. Small batches
            of a new task would otherwise overwrite the statistics that the pretrained weights were made for.

    Raises:
        TrainingError: an unknown layer, a factor that is no number of at least 0, or nothing left to train.
    """
    from keras import layers

    if layer_rates is not None:
        known = [layer.name for layer in model.layers]
        for name, factor in layer_rates.items():
            if name not in known:
                raise TrainingError(unknown_name("layer", name, known))
            if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 <= factor < math.inf:
                raise TrainingError(f"The rate factor {factor!r} of layer '{name}' must be a number, 0 or more.")
        for layer in model.layers:
            layer.trainable = layer_rates.get(layer.name, 1.0) > 0
    if freeze_batchnorm:
        for layer in all_layers(model):
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
    if not model.trainable_weights:
        raise TrainingError(
            f"Every layer of '{model.name}' is frozen, so there is nothing to train. Unfreeze the head at least."
        )


def make_optimizer(
    model: keras.Model, recipe: Recipe, *, total_steps: int, layer_rates: Mapping[str, float] | None
) -> keras.optimizers.Optimizer:
    """Return the recipe's optimiser; where ``layer_rates`` differ, one that steps each layer at its own rate."""
    import keras

    rate = keras_schedule(recipe, total_steps)
    factors = _factor_per_variable(model, layer_rates or {})
    kinds = {
        "adam": (keras.optimizers.Adam, {}),
        "adamw": (keras.optimizers.AdamW, {}),
        "rmsprop": (keras.optimizers.RMSprop, {}),
        "sgd": (keras.optimizers.SGD, {"momentum": recipe.momentum, "nesterov": recipe.momentum > 0}),
    }
    kind, options = kinds[recipe.optimizer]
    if all(factor == 1 for factor in factors):
        # AdamW insists on a number, the others take None for no decay.
        decay = recipe.weight_decay if recipe.optimizer == "adamw" else recipe.weight_decay or None
        return kind(rate, weight_decay=decay, **options)
    plain = keras.optimizers.Adam if kind is keras.optimizers.AdamW else kind  # the decay is done below
    return _with_factors(plain, factors, recipe.weight_decay)(rate, **options)


def _factor_per_variable(model: keras.Model, layer_rates: Mapping[str, float]) -> list[float]:
    factor_of = {
        id(variable): layer_rates.get(layer.name, 1.0) for layer in model.layers for variable in layer.trainable_weights
    }
    return [factor_of.get(id(variable), 1.0) for variable in model.trainable_variables]


def _with_factors(
    kind: type[keras.optimizers.Optimizer], factors: Sequence[float], weight_decay: float
) -> type[keras.optimizers.Optimizer]:
    """Return a subclass of ``kind`` whose steps are multiplied by one factor per trainable variable.

    Scaling the gradients instead would do nothing for Adam, which divides each gradient by its own size.
    """

    class WithFactors(kind):
        def update_step(self, gradient, variable, learning_rate):
            rate = learning_rate * factors[self._get_variable_index(variable)]
            if weight_decay:
                self.assign_sub(variable, variable * (rate * weight_decay))
            super().update_step(gradient, variable, rate)

    WithFactors.__name__ = kind.__name__
    return WithFactors


def describe_groups(model: keras.Model, layer_rates: Mapping[str, float] | None) -> list[dict[str, Any]]:
    """Return what may be trained, as rows ``rate_factor``, ``layers``, ``parameters``: one for each rate.

    Frozen layers make a row with the factor 0; layers without weights are not counted.
    """
    rows: dict[float, dict[str, Any]] = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        factor = (layer_rates or {}).get(layer.name, 1.0) if layer.trainable else 0.0
        row = rows.setdefault(float(factor), {"rate_factor": float(factor), "layers": [], "parameters": 0})
        row["layers"].append(layer.name)
        row["parameters"] += int(layer.count_params())
    return [rows[factor] for factor in sorted(rows)]
