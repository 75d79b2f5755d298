"""What both kinds of heads need: features that can be used, and the place in a model where a head goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data import check_labels
from ..exceptions import DataError, ModelError

if TYPE_CHECKING:
    import keras

HEAD = "head"
"""The name of the last Dense layer of a transfer model."""


def mean_view(features: np.ndarray) -> np.ndarray:
    """Return the average of the views of each image, float32 (n, d)."""
    features = np.asarray(features)  # a result must not look like the memory map it came from
    return features.astype("float32") if features.ndim == 2 else features.mean(axis=0, dtype="float32")


def check_features(
    features: np.ndarray, labels: np.ndarray, num_classes: int, *, width: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n, d) or (views, n, d) and their labels; raise :class:`DataError` when they cannot be used.

    Args:
        features: what should be features.
        labels: what should be their labels.
        num_classes: the number of classes.
        width: the d expected; None accepts any.
    """
    check_array(features)
    check_labels(labels, features.shape[-2], num_classes)
    if width is not None and features.shape[-1] != width:
        raise DataError(
            f"Training images have {width} features, validation images {features.shape[-1]}. Extract both with the "
            "same network and layer."
        )
    return features, labels


def check_array(features: np.ndarray) -> None:
    """Raise :class:`DataError` unless ``features`` is a finite float array (n, d) or (views, n, d)."""
    if not isinstance(features, np.ndarray) or features.ndim not in (2, 3) or 0 in features.shape:
        shape = getattr(features, "shape", type(features).__name__)
        raise DataError(
            f"Features must be an array (n, d) or (views, n, d), not {shape}. Extract a layer that gives one vector "
            'per image, such as layer="features".'
        )
    if not np.issubdtype(features.dtype, np.floating) or not np.isfinite(features).all():
        raise DataError("Features must be finite floating-point numbers. Extract them again.")


def dense_layer(model: keras.Model, name: str) -> keras.layers.Dense:
    """Return the Dense layer called ``name``; raise :class:`ModelError` when there is none."""
    import keras

    found = [layer for layer in model.layers if layer.name == name and isinstance(layer, keras.layers.Dense)]
    if not found:
        raise ModelError(
            f"The model '{model.name}' has no Dense layer '{name}'. Build it with build_transfer_model, and with "
            'head="dense" for a head with a hidden layer.'
        )
    return found[0]


def write_dense(model: keras.Model, layer: keras.layers.Dense, kernel: np.ndarray, bias: np.ndarray) -> None:
    """Set the weights of a Dense layer; raise :class:`ModelError` when they do not fit."""
    shapes = [tuple(weight.shape) for weight in layer.weights]
    if shapes != [kernel.shape, bias.shape]:
        raise ModelError(
            f"The head does not fit the model '{model.name}': its layer '{layer.name}' has weights of shape "
            f"{' and '.join(map(str, shapes))}, the head {kernel.shape} and {bias.shape}. Fit the head to features of "
            "this very network, with as many classes and the same kind of head."
        )
    layer.set_weights([kernel, bias])
