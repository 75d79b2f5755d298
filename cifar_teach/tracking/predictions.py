"""From arrays of probabilities to rows of ``Predictions_Log``, and pictures of the surest mistakes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .problems import TrackingError

DIGITS = 4
"""Decimals of the probabilities that are kept for all classes."""
PICTURES_PER_MODEL = 200
"""Pictures of mistakes that are kept for each model: enough to look at, about half a megabyte."""


def prediction_rows(
    probabilities: np.ndarray,
    labels: np.ndarray,
    calibrated: np.ndarray | None,
    known: Mapping[str, Any],
    *,
    keep_probabilities: bool,
    at_once: int,
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of one model in lists of at most ``at_once``, so that a million need not exist together.

    Args:
        probabilities: float ``(n, classes)``, every value in 0..1.
        labels: int ``(n,)``.
        calibrated: float ``(n, classes)`` or None.
        known: columns that are the same in every row.
        keep_probabilities: add those of all classes.
        at_once: rows in one list.

    Raises:
        TrackingError: values outside 0..1 or not finite, or ``calibrated`` of another shape.
    """
    if np.isnan(probabilities).any():
        raise TrackingError(
            "Some probabilities are nan, not a number: the training has diverged. Divide the learning rate by ten and "
            "train again."
        )
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-6)).all():
        raise TrackingError("Probabilities must lie between 0 and 1. Are these logits? Apply a softmax first.")
    if calibrated is not None and np.shape(calibrated) != probabilities.shape:
        raise TrackingError(
            f"calibrated has shape {np.shape(calibrated)}, but the probabilities have {probabilities.shape}."
        )
    for start in range(0, len(labels), at_once):
        part = slice(start, start + at_once)
        predicted = probabilities[part].argmax(axis=1)
        columns = {
            "image_index": range(start, start + len(predicted)),
            "label": labels[part].tolist(),
            "predicted": predicted.tolist(),
            "confidence": _confidence(probabilities[part], predicted),
            "calibrated_confidence": [None] * len(predicted)
            if calibrated is None
            else _confidence(np.asarray(calibrated)[part], predicted),
            "probabilities": [json.dumps(row) for row in np.round(probabilities[part].astype(float), DIGITS).tolist()]
            if keep_probabilities
            else [None] * len(predicted),
        }
        names = (*known, *columns)
        constants = tuple(known.values())
        yield [dict(zip(names, (*constants, *values))) for values in zip(*columns.values())]


def _confidence(probabilities: np.ndarray, predicted: np.ndarray) -> list[float]:
    chosen = probabilities[np.arange(len(predicted)), predicted].astype(float)
    return np.minimum(chosen, 1.0).round(7).tolist()  # float32 holds about seven digits


def wrong_pictures(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, limit: int = PICTURES_PER_MODEL
) -> Iterator[tuple[int, bytes]]:
    """Yield position and PNG of the misclassified images, the surest mistakes first.

    Args:
        images: uint8 ``(n, size, size, 3)``.
        labels: int ``(n,)``.
        probabilities: float ``(n, classes)``.
        limit: how many at most.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    surest = wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")][:limit]
    for index in surest.tolist():
        yield index, png_of(images[index])


def png_of(image: np.ndarray) -> bytes:
    """Return an image, uint8 ``(height, width, 3)``, as a small PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
