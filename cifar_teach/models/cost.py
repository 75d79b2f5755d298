"""What a network costs: parameters, and multiply-adds for one image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import keras


class ParameterCounts(NamedTuple):
    """How many numbers a network holds, and how many of them training may change."""

    total: int
    trainable: int
    not_trainable: int


def parameter_counts(model: keras.Model) -> ParameterCounts:
    """Count the parameters of ``model``.

    Returns:
        A named tuple ``(total, trainable, not_trainable)``.
    """
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    total = model.count_params()
    return ParameterCounts(int(total), int(trainable), int(total - trainable))


def count_macs(model: keras.Model) -> int:
    """Return the multiply-adds that one image costs in a forward pass.

    Counted are convolutions (ordinary, depthwise, separable) and dense layers, also inside nested models; the
    additions, poolings and normalisations between them cost a few per cent more and are left out, as is usual.

    Args:
        model: a built Keras model with a fixed input size.

    Returns:
        Multiply-adds per image. Training costs about three times as many (forward, and backward to the
        inputs and to the weights).
    """
    return sum(_layer_macs(layer) for layer in _leaf_layers(model))


def _leaf_layers(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """Yield the layers that compute something, looking inside nested models."""
    children = getattr(layer, "layers", None)
    if not children:
        yield layer
        return
    for child in children:
        yield from _leaf_layers(child)


def _layer_macs(layer: keras.layers.Layer) -> int:
    from keras import layers

    if isinstance(layer, layers.Dense):
        positions = math.prod(layer.output.shape[1:-1])
        return positions * layer.input.shape[-1] * layer.units
    if not isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.SeparableConv2D):
        return 0
    # Each output value is one dot product with a window of the input: kernel height x width x channels.
    height, width, outputs = layer.output.shape[1:]
    inputs = layer.input.shape[-1]
    window = math.prod(layer.kernel_size)
    if isinstance(layer, layers.DepthwiseConv2D):
        return height * width * outputs * window
    if isinstance(layer, layers.SeparableConv2D):
        between = inputs * layer.depth_multiplier
        return height * width * between * (window + outputs)
    return height * width * outputs * window * (inputs // layer.groups)
