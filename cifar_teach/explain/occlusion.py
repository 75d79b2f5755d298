"""Occlusion: cover a part of the image and see how much of the probability is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..exceptions import ModelError
from ..models import predict
from .gradcam import check_classes, check_images_for

if TYPE_CHECKING:
    import keras


def occlusion_map(
    model: keras.Model,
    images: np.ndarray,
    *,
    patch: int = 8,
    stride: int = 4,
    class_index: int | Sequence[int] | np.ndarray | None = None,
) -> np.ndarray:
    """Return how much of a class's probability is lost when each place of the image is covered.

    A square in the mean colour of the image is moved across it. Each pixel gets the mean loss over all squares
    that covered it. This needs no gradient and no knowledge of what is inside the model, only many predictions: 50
    for every image of 32 x 32 with the default patch and stride, one of them without a square.

    Args:
        model: a functional or Sequential classifier that returns probabilities.
        images: ``(n, height, width, 3)``, uint8 or float, values 0-255.
        patch: side of the square in pixels, at most the side of the image.
        stride: pixels between two squares, 1 to ``patch``; smaller is finer and slower.
        class_index: class to explain, one for all images or one per image; None takes the predicted one.

    Returns:
        float32 ``(n, height, width)`` in -1..1: positive where covering hurts the class, negative where it helps.
        Use ``np.clip(maps, 0, 1)`` to draw it as a heatmap.

    Raises:
        ModelError: another kind of model, such as a subclass of ``keras.Model``; images of another shape; a class
            that does not exist; or a patch or stride out of range.

    Source:
        Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2.
    """
    images = check_images_for(model, images).astype(np.float32)
    n, height, width = images.shape[:3]
    if not 1 <= stride <= patch <= min(height, width):
        raise ModelError(
            f"Occlusion needs 1 <= stride <= patch <= {min(height, width)}, but stride is {stride} and patch {patch}."
        )
    probabilities = predict(model, images)
    classes = check_classes(class_index, n, probabilities.shape[1])
    chosen = (np.arange(n), probabilities.argmax(axis=1) if classes is None else classes)
    grey = images.mean(axis=(1, 2), keepdims=True)
    loss, covered = np.zeros((n, height, width)), np.zeros((height, width))
    for top in _starts(height, patch, stride):
        for left in _starts(width, patch, stride):
            window = np.s_[top : top + patch, left : left + patch]
            occluded = images.copy()
            occluded[:, *window] = grey
            difference = probabilities[chosen] - predict(model, occluded)[chosen]
            loss[:, *window] += difference[:, None, None]
            covered[window] += 1
    return (loss / covered).astype(np.float32)


def _starts(size: int, patch: int, stride: int) -> list[int]:
    """Return where the squares begin; the last one ends at the edge, so that every pixel is covered."""
    return sorted({*range(0, size - patch + 1, stride), size - patch})
