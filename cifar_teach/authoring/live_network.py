"""A Keras classifier as a list of plain steps, as the JavaScript engine of the book computes them.

Only what the from-scratch networks of this package consist of is understood. Batch normalisation disappears on the
way: it multiplies and shifts each channel by constants, so the convolution before it can do that with its own weights.
A ReLU becomes a mark on the step before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..exceptions import ModelError

if TYPE_CHECKING:
    import keras

POOLINGS = {
    "MaxPooling2D": "max_pool",
    "GlobalMaxPooling2D": "global_max",
    "GlobalAveragePooling2D": "global_average",
}
IDLE = ("Dropout",)
"""Layers that do nothing when a network is used."""


class Step(NamedTuple):
    """One thing to compute.

    Attributes:
        facts: JSON-ready: ``op``, ``inputs`` (numbers of earlier steps), ``shape`` of the result without
            the batch, ``relu``, and what the operation needs (``kernel``, ``strides``, ``padding``, ``pool``,
            ``factor``, ``offset``).
        arrays: ``kernel`` ``(..., outputs)`` and ``bias`` ``(outputs,)`` in float64, or nothing.
    """

    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]


def steps_of(model: keras.Model) -> list[Step]:
    """Return the steps from the pixels, 0-255, to the probabilities.

    Raises:
        ModelError: the network has a layer, or an arrangement of layers, that the engine does not have.
    """
    steps = [Step({"op": "input", "inputs": [], "shape": list(model.input_shape[1:])}, {})]
    # Sequential models do not list their input layer, so the first layer's source is unknown there: it is step 0.
    made_by: dict[str, int] = {}
    for layer in model.layers:
        kind = type(layer).__name__
        tensors = layer.input if isinstance(layer.input, list) else [layer.input]
        sources = [made_by.get(tensor._keras_history.operation.name, 0) for tensor in tensors]
        if kind == "InputLayer":
            made_by[layer.name] = 0
        elif kind in IDLE:
            made_by[layer.name] = sources[0]
        elif kind == "BatchNormalization":
            _fold(steps, sources[0], layer)
            made_by[layer.name] = sources[0]
        elif kind == "ReLU" or (kind == "Activation" and layer.activation.__name__ == "relu"):
            _mark_relu(steps, sources[0], layer)
            made_by[layer.name] = sources[0]
        else:
            steps.append(_step(layer, kind, sources))
            made_by[layer.name] = len(steps) - 1
            activation = getattr(layer, "activation", None)
            if activation is not None and activation.__name__ == "relu":
                steps[-1].facts["relu"] = True
            elif activation is not None and activation.__name__ == "softmax":
                steps.append(Step({"op": "softmax", "inputs": [len(steps) - 1], "shape": steps[-1].facts["shape"]}, {}))
            elif activation is not None and activation.__name__ != "linear":
                raise ModelError(f"The browser engine has no {activation.__name__}, which '{layer.name}' ends in.")
    if steps[-1].facts["op"] != "softmax":
        raise ModelError(f"'{model.name}' does not end in a softmax, so its outputs are no probabilities.")
    return steps


def _step(layer: keras.layers.Layer, kind: str, sources: list[int]) -> Step:
    facts = {"op": "", "inputs": sources, "shape": list(layer.output.shape[1:])}
    arrays: dict[str, np.ndarray] = {}
    if kind == "Rescaling":
        facts |= {"op": "scale", "factor": float(layer.scale), "offset": float(layer.offset)}
    elif kind == "Conv2D":
        if layer.groups != 1 or tuple(layer.dilation_rate) != (1, 1) or layer.data_format != "channels_last":
            raise ModelError(f"The browser engine has plain convolutions only; '{layer.name}' is another kind.")
        arrays = _kernel_and_bias(layer)
        facts |= {"op": "conv", "strides": list(layer.strides), "padding": layer.padding}
    elif kind == "Dense":
        arrays = _kernel_and_bias(layer)
        facts |= {"op": "dense"}
    elif kind == "MaxPooling2D":
        if layer.padding != "valid" or tuple(layer.strides) != tuple(layer.pool_size):
            raise ModelError(f"The browser engine pools without overlap or padding; '{layer.name}' does not.")
        facts |= {"op": "max_pool", "pool": list(layer.pool_size)}
    elif kind in POOLINGS:
        facts |= {"op": POOLINGS[kind]}
    elif kind == "Add" and len(sources) == 2:
        facts |= {"op": "add"}
    elif kind == "Flatten":
        facts |= {"op": "flatten"}
    elif kind == "Softmax":
        facts |= {"op": "softmax"}
    else:
        raise ModelError(f"The browser engine has no {kind}, which '{layer.name}' is. Choose a simpler network.")
    return Step(facts, arrays)


def _kernel_and_bias(layer: keras.layers.Layer) -> dict[str, np.ndarray]:
    kernel = _numbers(layer.kernel)
    return {"kernel": kernel, "bias": _numbers(layer.bias) if layer.use_bias else np.zeros(kernel.shape[-1])}


def _numbers(variable: keras.Variable) -> np.ndarray:
    from keras import ops

    return ops.convert_to_numpy(variable).astype("float64")


def _readers(steps: list[Step], number: int) -> int:
    return sum(step.facts["inputs"].count(number) for step in steps)


def _fold(steps: list[Step], number: int, layer: keras.layers.Layer) -> None:
    """Let the convolution do what batch normalisation does to its result, also through a max pooling.

    Of numbers that are multiplied by the same positive factor the largest stays the largest, so it does not matter
    whether the factor comes before or after the pooling.
    """
    factor = 1 / np.sqrt(_numbers(layer.moving_variance) + layer.epsilon)
    if layer.scale:
        factor = factor * _numbers(layer.gamma)
    shift = -_numbers(layer.moving_mean) * factor
    if layer.center:
        shift = shift + _numbers(layer.beta)
    source = steps[number]
    if _readers(steps, number) or source.facts.get("relu"):
        raise ModelError(f"'{layer.name}' does not directly follow a convolution, so it cannot be folded into one.")
    if source.facts["op"] == "max_pool":
        if not (factor > 0).all():
            raise ModelError(f"'{layer.name}' turns a channel upside down after a pooling; it cannot be folded.")
        source = steps[source.facts["inputs"][0]]
    if source.facts["op"] != "conv" or source.facts.get("relu"):
        raise ModelError(f"'{layer.name}' does not follow a convolution, so it cannot be folded into one.")
    source.arrays["kernel"] = source.arrays["kernel"] * factor
    source.arrays["bias"] = source.arrays["bias"] * factor + shift


def _mark_relu(steps: list[Step], number: int, layer: keras.layers.Layer) -> None:
    capped = getattr(layer, "max_value", None) is not None or getattr(layer, "negative_slope", 0.0)
    if capped or _readers(steps, number) or steps[number].facts["op"] not in ("conv", "dense", "max_pool", "add"):
        raise ModelError(f"The browser engine cannot compute the ReLU '{layer.name}' at its place.")
    steps[number].facts["relu"] = True
