"""Set part of the training images aside for validation."""

from __future__ import annotations

import numpy as np

from ..config import VALIDATION_FRACTION
from ..data import LabelledImages, check_images, check_labels, stratified_indices
from ..exceptions import DataError


def stratified_split(
    images: np.ndarray, labels: np.ndarray, *, fraction: float = VALIDATION_FRACTION, seed: int = 0
) -> tuple[LabelledImages, LabelledImages]:
    """Split labelled images in two; both parts keep the share of each class, to within one image.

    Whatever is tuned, stopped or selected is tuned on the validation part. The test set is not touched.

    Args:
        images: uint8 (n, size, size, 3).
        labels: int (n,).
        fraction: share of the images that goes to validation, above 0 and below 1.
        seed: chooses which images.

    Returns:
        ``(train, validation)``: training images in their original order, validation images shuffled.
        Both are copies.

    Raises:
        DataError: ``fraction`` is out of range, or a part would be too small to hold every class.
    """
    check_images(images)
    check_labels(labels, len(images), int(np.max(labels, initial=0)) + 1)
    if not 0 < fraction < 1:
        raise DataError(f"fraction must lie between 0 and 1, not {fraction}: it is the share for validation.")
    size = round(len(images) * fraction)
    classes = len(np.unique(labels))
    if not classes <= size <= len(images) - classes:
        raise DataError(
            f"{fraction:g} of {len(images)} images is {size} for validation and {len(images) - size} for "
            f"training; each part needs at least {classes}, one per class. Change the fraction."
        )
    held_out = stratified_indices(labels, size, seed)
    kept = np.ones(len(images), bool)
    kept[held_out] = False
    return LabelledImages(images[kept], labels[kept]), LabelledImages(images[held_out], labels[held_out])
