"""From raw images to what a network is trained on: scaling, splits, augmentation, and users' photos.

The order matters. Split first; fit a :class:`Standardizer` on the training part only; augment only the
training part, anew in each epoch. A user's photo goes through :func:`photo_to_image` and nothing else:
the networks of this package scale their input themselves.
"""

from __future__ import annotations

# Training pictures are read by the same function, so it lives with the data.
from ..data.photo import MAX_PIXELS, photo_to_image, photo_to_images
from .augment import (
    alternating_flip,
    cutout,
    pad_and_crop,
    random_brightness,
    random_contrast,
    random_flip,
)
from .draws import ImageDraws
from .geometry import affine, random_affine, random_rotation, random_shift, random_zoom
from .recipe import AUGMENTATIONS, Augmentation, get_augmentation
from .scaling import Standardizer, one_hot, scale
from .splits import stratified_split

__all__ = [
    "AUGMENTATIONS",
    "MAX_PIXELS",
    "Augmentation",
    "ImageDraws",
    "Standardizer",
    "affine",
    "alternating_flip",
    "cutout",
    "get_augmentation",
    "one_hot",
    "pad_and_crop",
    "photo_to_image",
    "photo_to_images",
    "random_affine",
    "random_brightness",
    "random_contrast",
    "random_flip",
    "random_rotation",
    "random_shift",
    "random_zoom",
    "scale",
    "stratified_split",
]
