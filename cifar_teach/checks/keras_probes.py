"""Probes for Keras models: functions that run beside a student's model and return plain data about it.

A check hands them to ``student.probe(model, layers)``. They are the only code that touches the model; what they return
is numbers, text and arrays, whatever classes the model is made of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .student import Handle, Student
from .verdict import CheckFailed

SHOWN_SETTINGS = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "units",
    "pool_size",
    "rate",
    "use_bias",
    "scale",
    "offset",
    "axis",
)


def model_of(student: Student, name: str, *arguments: Any, **keywords: Any) -> Handle:
    """Call the student's function and return a handle of the Keras model that it builds.

    Raises:
        CheckFailed: it returns something else.
    """
    handle = student.keep(name, *arguments, **keywords)
    if not student.probe(handle, is_model):
        raise CheckFailed(
            f"`{name}` should return a Keras model.",
            got=f"a {handle.type_name}",
            hint="`keras.Sequential([...])` and `keras.Model(inputs, outputs)` make one; `model.summary()`, "
            "`model.compile(...)` and `model.fit(...)` return something else.",
        )
    return handle


def is_model(thing: Any) -> bool:
    """Say whether ``thing`` is a Keras model."""
    import keras

    return isinstance(thing, keras.Model)


def layers(model: Any) -> list[dict[str, Any]]:
    """Describe every layer, those of nested models included, in order.

    Each has ``name``, ``kind`` (its class), ``output_shape`` (without the batch), ``parameters``, ``trainable``,
    ``activation`` (its name, or empty) and those of :data:`SHOWN_SETTINGS` that it has.
    """
    described = []
    for layer in _flat(model):
        record = {
            "name": layer.name,
            "kind": type(layer).__name__,
            "output_shape": _output_shape(layer),
            "parameters": layer.count_params() if layer.built else 0,
            "trainable": bool(layer.trainable),
            "activation": getattr(getattr(layer, "activation", None), "__name__", ""),
        }
        for setting in SHOWN_SETTINGS:
            value = getattr(layer, setting, None)
            if isinstance(value, bool | int | float | str | list | tuple):
                record[setting] = value
        described.append(record)
    return described


def _flat(model: Any) -> list[Any]:
    import keras

    found: list[Any] = []
    for layer in model.layers:
        found += _flat(layer) if isinstance(layer, keras.Model) else [layer]
    return found


def _output_shape(layer: Any) -> tuple[int | None, ...]:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # subclassed models record no shapes
        return ()
    return tuple(shape[1:]) if isinstance(shape, tuple) else ()


def parameters(model: Any) -> dict[str, int]:
    """Return the number of parameters: ``total`` and ``trainable``."""
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return {"total": int(model.count_params()), "trainable": trainable}


def input_shape(model: Any) -> tuple[int | None, ...]:
    """Return the shape of one input, without the batch."""
    return tuple(model.input_shape[1:])


def output_shape(model: Any) -> tuple[int | None, ...]:
    """Return the shape of one output, without the batch."""
    return tuple(model.output_shape[1:])


def outputs(model: Any, images: np.ndarray, training: bool = False) -> np.ndarray:
    """Return what the model answers, float32; ``training=True`` lets dropout and batch normalisation act."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(model(images, training=training)), np.float32)


def weights(model: Any) -> list[np.ndarray]:
    """Return all weights, in the order of the model."""
    return [np.asarray(each) for each in model.get_weights()]


def compiled(model: Any) -> dict[str, Any]:
    """Return ``optimizer``, ``learning_rate``, ``loss`` and ``from_logits`` of a compiled model; {} of any other."""
    if not getattr(model, "compiled", False):
        return {}
    import keras

    loss = model.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", type(loss).__name__))
    rate = model.optimizer.learning_rate
    return {
        "optimizer": type(model.optimizer).__name__,
        "learning_rate": float(keras.ops.convert_to_numpy(rate)),
        "loss": name,
        "from_logits": bool(getattr(loss, "from_logits", False) or getattr(loss, "_fn_kwargs", {}).get("from_logits")),
    }


def trainable_layers(model: Any) -> list[str]:
    """Return the names of the layers that have weights to train and will be trained."""
    return [layer.name for layer in _flat(model) if layer.trainable_weights]
