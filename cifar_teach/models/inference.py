"""Images to probabilities, and which networks this is possible with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..exceptions import ModelError

if TYPE_CHECKING:
    import keras

VIEWS = (1, 2, 6)


def check_classifier(model: keras.Model) -> None:
    """Raise :class:`ModelError` unless ``model`` maps square colour images to the probabilities of two or more classes.

    A network that takes images of any size, ``(None, None, None, 3)``, is welcome.
    """
    # A network that was never called, or with several inputs or outputs, has no single tuple here.
    takes, returns = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    takes_images = isinstance(takes, tuple) and len(takes) == 4 and takes[1] == takes[2] and takes[3] == 3
    returns_classes = isinstance(returns, tuple) and len(returns) == 2 and (returns[1] or 0) >= 2
    if not (takes_images and returns_classes):
        raise ModelError(
            f"The model '{model.name}' takes {_in_words(takes)} and returns {_in_words(returns)}. Expected is one that "
            "takes square colour images (n, size, size, 3) and returns one row of probabilities (n, classes) for each."
        )


def _in_words(shape: tuple[int | None, ...] | list | None) -> str:
    if shape is None:
        return "an unknown shape"
    if not isinstance(shape, tuple):
        return f"{len(shape)} arrays"
    return f"({', '.join(['n', *('any' if length is None else str(length) for length in shape[1:])])})"


def predict(model: keras.Model, images: np.ndarray, *, views: int = 1, batch_size: int = 500) -> np.ndarray:
    """Return the class probabilities of ``images``.

    With more than one view the network looks at variants of each image that show the same thing (test-time
    augmentation), and the log-probabilities are averaged: each look is another, partly independent opinion. The
    price is that many times the prediction time; training is not touched. Jordan, 2024 ("multi-crop");
    Shanmugam et al., 2021, study when it helps.

    Args:
        model: a network of this package, or any Keras classifier that takes pixel values 0-255 and ends in
            a softmax.
        images: ``(n, height, width, 3)``, uint8 or float, values 0-255.
        views: 1: the image; 2: also its mirror image; 6: also both shifted by one pixel towards either corner (the
            four shifted views together count as much as the two others).
        batch_size: images per forward pass; it changes the memory needed, not the result.

    Returns:
        float32 ``(n, classes)``; every row sums to 1.

    Raises:
        ModelError: the model is no classifier of colour images, the images do not have the shape it takes, or
            ``views`` is another number.
    """
    check_classifier(model)
    images = np.asarray(images)
    expected = model.input_shape
    if images.ndim != 4 or any(e not in (None, got) for e, got in zip(expected, images.shape, strict=True)):
        raise ModelError(
            f"This model takes images of shape {_in_words(expected)}, but these have shape "
            f"{images.shape}. Resize them with cifar_teach.preprocess.photo_to_image first; a single image "
            "needs a batch axis: images[None]."
        )
    if views not in VIEWS:
        raise ModelError(f"views={views!r} is not possible: use 1, 2 or 6 views of each image.")
    if views == 1:
        return _forward(model, images, batch_size)
    looks = [(images, 1.0)]
    if views == 6:
        framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
        looks += [(framed[:, :-2, :-2], 0.5), (framed[:, 2:, 2:], 0.5)]
    logits = sum(
        weight * (_log(_forward(model, view, batch_size)) + _log(_forward(model, view[:, :, ::-1], batch_size)))
        for view, weight in looks
    )
    logits /= 2 * sum(weight for _, weight in looks)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype("float32")


def _forward(model: keras.Model, images: np.ndarray, batch_size: int) -> np.ndarray:
    # predict_on_batch instead of predict: no data pipeline is set up, which matters for one photo in an app.
    rows = [
        np.asarray(model.predict_on_batch(images[start : start + batch_size].astype("float32")))
        for start in range(0, len(images), batch_size)
    ]
    if not rows:
        return np.empty((0, model.output_shape[-1]), "float32")
    return np.concatenate(rows).astype("float32")


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, np.finfo("float32").tiny))
