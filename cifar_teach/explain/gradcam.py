"""Grad-CAM: which places of the last feature map raise the score of a class?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import ModelError
from .walk import Step, call, find_feature_map, record, walk

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 64
"""Images per backward pass; it changes the memory needed, not the result."""

Score = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
"""Called as ``score(last_layer, inputs, options)``; returns the scores ``(n, classes)``."""


def grad_cam(
    model: keras.Model,
    images: np.ndarray,
    *,
    class_index: int | Sequence[int] | np.ndarray | None = None,
    layer: str | None = None,
) -> np.ndarray:
    """Return one heatmap per image: where the evidence for a class lies.

    The channels of a feature map are added up, each weighted by the mean gradient of the class score with
    respect to it; what speaks against the class is cut off; the result is enlarged to the image.

    The score is the logit. A final softmax is left out, because its gradient vanishes where the model is sure.
    Where no softmax can be taken off (an average of several models, say), the score is the logarithm of the
    probability, whose heatmap also counts evidence against the other classes.

    Args:
        model: a functional or Sequential classifier, such as those of ``build_model``; it may hold other
            models as layers. Works on the TensorFlow, JAX and Torch backends.
        images: ``(n, height, width, 3)``, uint8 or float, as the model takes them.
        class_index: class to explain, one for all images or one per image; None takes the predicted one.
        layer: name of the layer whose feature map is looked at, also inside a nested model. None takes the
            last one with a height and a width, apart from pooling and dropout. An earlier layer gives finer
            and less meaningful maps.

    Returns:
        float32 ``(n, height, width)`` in 0..1, the maximum of each map being 1; all 0 where nothing speaks for
        the class. The maps of two images cannot be compared in strength, only in place.

    Raises:
        ModelError: a model that cannot be followed layer by layer, without a feature map or with several
            outputs; images of another shape; a class or a layer that does not exist.

    Source:
        Selvaraju et al. (2017), "Grad-CAM: Visual explanations from deep networks via gradient-based
        localization".
    """
    images = check_images_for(model, images)
    steps, output = record(model, _tensor(images[:1], model))
    if len(getattr(output, "shape", ())) != 2:
        raise ModelError("Grad-CAM needs a model with one output (n, classes).")
    target = find_feature_map(steps, layer)
    classes = check_classes(class_index, len(images), output.shape[1])
    score = _score_function(steps, output)

    maps = []
    for start in range(0, len(images), BATCH_SIZE):
        part = slice(start, start + BATCH_SIZE)
        wanted = None if classes is None else classes[part]
        features, gradient = _features_and_gradient(model, images[part], wanted, steps, target, score)
        weights = gradient.mean(axis=(1, 2), keepdims=True)
        maps.append(np.maximum((weights * features).sum(axis=-1), 0))
    return _to_unit(_enlarge(np.concatenate(maps), *images.shape[1:3])).astype(np.float32)


def _score_function(steps: list[Step], output: Any) -> Score:
    """Return how to compute the class scores from the last layer and its inputs."""
    import keras
    from keras import ops

    def before_softmax(layer: Any, inputs: tuple[Any, ...], _: dict[str, Any]) -> Any:
        return inputs[0]

    def dense_without_softmax(layer: Any, inputs: tuple[Any, ...], _: dict[str, Any]) -> Any:
        logits = ops.matmul(ops.cast(inputs[0], "float32"), ops.cast(layer.kernel, "float32"))
        return logits if layer.bias is None else logits + ops.cast(layer.bias, "float32")

    def as_it_is(layer: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return call(layer, *inputs, **options)

    def logarithm(layer: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return ops.log(ops.maximum(call(layer, *inputs, **options), float(np.finfo(np.float32).tiny)))

    last = steps[-1].layer
    is_softmax = getattr(last, "activation", None) is keras.activations.softmax
    if isinstance(last, keras.layers.Softmax) or (is_softmax and isinstance(last, keras.layers.Activation)):
        return before_softmax
    if is_softmax and isinstance(last, keras.layers.Dense):
        return dense_without_softmax
    example = ops.convert_to_numpy(ops.cast(output, "float32"))
    are_probabilities = example.min() >= 0 and abs(example.sum() - 1) < 1e-3
    return logarithm if are_probabilities else as_it_is


def _features_and_gradient(
    model: keras.Model,
    images: np.ndarray,
    classes: np.ndarray | None,
    steps: list[Step],
    target: int,
    score: Score,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the feature map of step ``target`` and the gradient of the class score with respect to it.

    A change that is zero is added to the feature map. The gradient with respect to the change is the gradient
    with respect to the feature map, and the change, unlike the feature map, is an input one can derive by.
    """
    from keras import ops

    inputs = _tensor(images, model)
    last = len(steps) - 1

    def class_score(change: Any) -> tuple[Any, Any]:
        position = count()
        features = []

        def visit(layer: Any, *args: Any, **options: Any) -> Any:
            here = next(position)
            if here == last:
                return score(layer, args, options)
            result = call(layer, *args, **options)
            if here != target:
                return result
            features.append(result)
            return result + change

        scores = walk(model, inputs, visit)
        chosen = ops.argmax(scores, axis=-1) if classes is None else ops.convert_to_tensor(classes, "int32")
        of_class = ops.sum(scores * ops.one_hot(chosen, scores.shape[-1], dtype=scores.dtype))
        return of_class, features[0]  # images do not mix in prediction, so their sum keeps them apart

    example = steps[target].output
    change = ops.zeros((len(images), *example.shape[1:]), dtype=example.dtype)
    gradient, features = _gradient(class_score, change)
    as_array = [ops.convert_to_numpy(ops.cast(x, "float32")) for x in (features, gradient)]
    return as_array[0], as_array[1]


def _gradient(function: Callable[[Any], tuple[Any, Any]], at: Any) -> tuple[Any, Any]:
    """Return the gradient of the first result of ``function``, and its second result, on any backend."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            value, other = function(at)
        return tape.gradient(value, at), other
    if backend == "jax":
        import jax

        return jax.grad(function, has_aux=True)(at)
    if backend == "torch":
        import torch

        at = at.detach().requires_grad_(True)
        with torch.enable_grad():
            value, other = function(at)
        return torch.autograd.grad(value, at)[0], other.detach()
    raise ModelError(
        f"The Keras backend '{backend}' computes no gradients. Set KERAS_BACKEND to tensorflow, jax or torch."
    )


def _enlarge(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear interpolation of ``(n, h, w)`` to ``(n, height, width)``."""
    rows, columns = _interpolation(maps.shape[1], height), _interpolation(maps.shape[2], width)
    return rows @ maps @ columns.T


def _interpolation(size: int, wanted: int) -> np.ndarray:
    """Return the matrix ``(wanted, size)`` that interpolates linearly between pixel centres."""
    centres = (np.arange(wanted) + 0.5) * size / wanted - 0.5
    distance = np.abs(np.clip(centres, 0, size - 1)[:, None] - np.arange(size))
    return np.maximum(0, 1 - distance)


def _to_unit(maps: np.ndarray) -> np.ndarray:
    """Divide each map by its maximum; a map of zeros stays one."""
    peak = maps.max(axis=(1, 2), keepdims=True)
    return np.divide(maps, peak, out=np.zeros_like(maps), where=peak > 0)


def _tensor(images: np.ndarray, model: keras.Model) -> Any:
    from keras import ops

    return ops.convert_to_tensor(images.astype(np.float32), dtype=model.inputs[0].dtype)


def check_images_for(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return ``images`` as an array, or raise ModelError when ``model`` does not take them."""
    if len(getattr(model, "inputs", None) or ()) != 1:
        raise ModelError(
            f"'{model.name}' cannot be explained: its layers must be wired with the functional API or "
            "keras.Sequential, with one input, and a subclass of keras.Model is not."
        )
    images = np.asarray(images)
    expected = tuple(model.inputs[0].shape[1:])
    pairs = zip(expected, images.shape[1:])
    fits = images.ndim == len(expected) + 1 == 4 and all(wanted in (None, got) for wanted, got in pairs)
    if not fits or len(images) == 0:
        raise ModelError(
            f"This model takes images of shape (n, {', '.join(map(str, expected))}), n at least 1, but these have "
            f"shape {images.shape}. A single image needs a batch axis: images[None]."
        )
    return images


def check_classes(class_index: int | Sequence[int] | np.ndarray | None, n: int, num_classes: int) -> np.ndarray | None:
    """Return one class index per image, int64 ``(n,)``, or None when None was asked for."""
    if class_index is None:
        return None
    classes = np.asarray(class_index)
    if not np.issubdtype(classes.dtype, np.integer) or classes.shape not in ((), (n,)):
        raise ModelError(f"class_index must be one whole number or one for each of the {n} images.")
    if classes.min() < 0 or classes.max() >= num_classes:
        raise ModelError(f"class_index must lie in 0..{num_classes - 1}: the model knows {num_classes} classes.")
    return np.broadcast_to(classes, (n,)).astype(np.int64)
