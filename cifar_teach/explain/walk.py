"""Run a network layer by layer, with a hand on every layer on the way.

A backbone used as a layer keeps a graph of its own, and a Keras model cannot be built from a tensor inside that
graph to the output of the outer model ("graph disconnected"). Walking avoids the question: nothing is built.
The layers are called one after another, and nested models are walked through in turn.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..exceptions import ModelError, unknown_name

Visit = Callable[..., Any]
"""Called as ``visit(layer, *inputs, **options)`` for each layer; returns the layer's output."""


@dataclass(frozen=True)
class Step:
    """One layer of a walk and what it returned."""

    layer: Any
    output: Any


def walk(model: Any, inputs: Any, visit: Visit) -> Any:
    """Run ``model`` on ``inputs``, handing every layer that is not itself a model to ``visit``.

    The layers come in the same order on every walk. Nothing in the model is changed. A nested model that is a
    subclass of ``keras.Model`` has layers of no known order and counts as one layer.
    """
    import keras

    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            inputs = _step(visit, layer, inputs)
        return inputs
    # The method behind Functional.call and keras.models.clone_model: layers in order, any wiring.
    return model._run_through_graph(inputs, operation_fn=lambda layer: partial(_step, visit, layer))


def _step(visit: Visit, layer: Any, *inputs: Any, **options: Any) -> Any:
    import keras

    if isinstance(layer, keras.Sequential) or _is_functional(layer):
        return walk(layer, inputs[0], visit)
    return visit(layer, *inputs, **options)


def _is_functional(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.Model) and hasattr(layer, "_run_through_graph")


def call(layer: Any, *inputs: Any, **options: Any) -> Any:
    """Call one layer as in prediction: no dropout, no augmentation, stored batch statistics."""
    # The graph remembers training=True for augmentation layers; predict() overrules it, and so must we.
    if "training" in inspect.signature(layer.call).parameters:
        options["training"] = False
    return layer(*inputs, **options)


def record(model: Any, inputs: Any) -> tuple[list[Step], Any]:
    """Run the model and return every step together with the final output."""
    steps: list[Step] = []

    def visit(layer: Any, *args: Any, **options: Any) -> Any:
        output = call(layer, *args, **options)
        steps.append(Step(layer, output))
        return output

    output = walk(model, inputs, visit)
    return steps, output


def find_feature_map(steps: list[Step], name: str | None) -> int:
    """Return the position of the step whose output Grad-CAM should look at.

    Args:
        steps: a recorded walk.
        name: of a layer with a spatial output; None takes the last one. Pooling and dropout layers are then
            passed over: what they return is a coarser copy of what went in.

    Raises:
        ModelError: no such layer, or no layer with a spatial output at all.
    """
    import keras

    spatial = [position for position, step in enumerate(steps) if _is_feature_map(step.output)]
    if not spatial:
        raise ModelError("No layer of this model returns a feature map (n, height, width, channels) to explain.")
    if name is not None:
        named = [position for position in spatial if steps[position].layer.name == name]
        if not named:
            known = [steps[position].layer.name for position in spatial]
            raise ModelError(unknown_name("layer with a feature map", name, known))
        return named[-1]
    copies = (
        keras.layers.MaxPooling2D,
        keras.layers.AveragePooling2D,
        keras.layers.Dropout,
        keras.layers.SpatialDropout2D,
    )
    original = [position for position in spatial if not isinstance(steps[position].layer, copies)]
    return (original or spatial)[-1]


def _is_feature_map(output: Any) -> bool:
    """Whether this is ``(n, height, width, channels)`` with more than one place to point at."""
    import keras

    shape = getattr(output, "shape", ())
    is_float = len(shape) == 4 and "float" in keras.backend.standardize_dtype(output.dtype)
    return is_float and shape[1] * shape[2] > 1
