"""An augmentation as a value: named, compared, stored with a run, and applied in one call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data import check_images
from ..exceptions import DataError, unknown_name
from .augment import (
    alternating_flip,
    check_pixels,
    check_range,
    cutout,
    pad_and_crop,
    random_brightness,
    random_contrast,
    random_flip,
)
from .draws import ImageDraws, image_indices
from .geometry import random_affine

FLIPS = ("none", "random", "alternating")
_MOST_PIXELS = 4096


@dataclass(frozen=True)
class Augmentation:
    """What is done to each training image, anew in each epoch. Validation and test images are left alone.

    The steps are taken in the order below; 0 and ``"none"`` leave a step out.

    Attributes:
        flip: ``"none"``, ``"random"`` or ``"alternating"``.
        rotation: largest angle in degrees, 0 to 180.
        zoom: largest change of scale as a fraction, 0 to 0.9.
        shift: largest displacement as a fraction of the width, 0 to 1.
        crop: pixels of padding before a random crop.
        brightness: largest change as a fraction of the range of values, 0 to 1.
        contrast: largest change as a fraction, 0 to 1.
        cutout: side of the covered square in pixels.

    Raises:
        DataError: a value is out of its range.
    """

    flip: str = "none"
    rotation: float = 0
    zoom: float = 0
    shift: float = 0
    crop: int = 0
    brightness: float = 0
    contrast: float = 0
    cutout: int = 0

    def __post_init__(self) -> None:
        if self.flip not in FLIPS:
            raise DataError(unknown_name("flip", self.flip, FLIPS))
        check_range("rotation", self.rotation, 0, 180)
        check_range("zoom", self.zoom, 0, 0.9)
        check_range("shift", self.shift, 0, 1)
        check_range("brightness", self.brightness, 0, 1)
        check_range("contrast", self.contrast, 0, 1)
        check_pixels("crop", self.crop, _MOST_PIXELS)
        check_pixels("cutout", self.cutout, _MOST_PIXELS)

    def apply(
        self, images: np.ndarray, *, epoch: int = 0, seed: int = 0, indices: np.ndarray | None = None
    ) -> np.ndarray:
        """Return a new batch in which each image is augmented on its own.

        What happens to an image depends only on ``seed``, ``epoch`` and the image's index: not on the
        batch size, not on its neighbours, and a step added to the recipe does not change the draws of the
        others. Pass ``indices`` whenever ``images`` is a batch or shuffled; without them the first image
        of every batch would be augmented alike.

        Args:
            images: uint8 (n, size, size, 3).
            epoch: counted from 0.
            seed: non-negative.
            indices: int (n,), each image's position in the training set; None means 0 to n - 1.

        Returns:
            uint8 (n, size, size, 3), never the input itself.

        Raises:
            DataError: images or indices have another shape or type, or ``crop`` or ``cutout`` is too
                large for these images.
        """
        check_images(images)
        indices = image_indices(indices, len(images))

        def draws(purpose: str) -> ImageDraws:
            return ImageDraws(seed, epoch, indices, purpose)

        result = images
        if self.flip == "random":
            result = random_flip(result, draws("flip"))
        if self.flip == "alternating":
            result = alternating_flip(result, epoch=epoch, seed=seed, indices=indices)
        if self.rotation or self.zoom or self.shift:
            amounts = {"rotation": self.rotation, "zoom": self.zoom, "shift": self.shift}
            result = random_affine(result, draws("affine"), **amounts)
        if self.crop:
            result = pad_and_crop(result, draws("crop"), self.crop)
        if self.brightness:
            result = random_brightness(result, draws("brightness"), self.brightness)
        if self.contrast:
            result = random_contrast(result, draws("contrast"), self.contrast)
        if self.cutout:
            result = cutout(result, draws("cutout"), self.cutout)
        return images.copy() if result is images else result


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    # An object seen from the other side is the same object: the one augmentation nearly everybody uses.
    "flip": Augmentation(flip="random"),
    # The CIFAR-10 standard since Lee et al. (2015, "Deeply-Supervised Nets") and He et al. (2016, "Deep
    # Residual Learning", section 4.2): a coin for the flip, a random window after padding by 4 pixels.
    "flip-crop": Augmentation(flip="random", crop=4),
    # The same with the alternating flip and reflected borders of Jordan (2024, "94 % on CIFAR-10 in 3.29
    # Seconds"), who pads by 2 pixels for runs of 10 to 15 epochs and by 4 for longer ones.
    "standard": Augmentation(flip="alternating", crop=4),
    # For many epochs on few images: adds the 8-pixel cutout of Page (2018, "How to Train Your ResNet", part
    # 3) and a mild change of light. In short runs it slows learning more than it helps.
    "strong": Augmentation(flip="alternating", crop=4, brightness=0.1, contrast=0.2, cutout=8),
    # ImageDataGenerator(rotation_range=15, zoom_range=0.1, width_shift_range=0.1, height_shift_range=0.1,
    # horizontal_flip=True), the recipe of most Keras tutorials, made in one pass of interpolation.
    "geometric": Augmentation(flip="random", rotation=15, zoom=0.1, shift=0.1),
}
"""Named recipes.

``none`` changes nothing. ``flip``: mirrored at random. ``flip-crop``: the same, and a crop after 4 pixels of padding
(He et al., 2016). ``standard``: mirrored in every other epoch, and the same crop (Jordan, 2024). ``strong``: the same,
and brightness 0.1, contrast 0.2 and a cutout of 8 pixels, for many epochs on few images. ``geometric``: mirrored at
random, rotation 15 degrees, zoom 0.1, shift 0.1, as in most Keras tutorials.
"""


def get_augmentation(name: str) -> Augmentation:
    """Return the recipe called ``name``.

    Raises:
        DataError: there is none; the message names those that exist.
    """
    if name not in AUGMENTATIONS:
        raise DataError(unknown_name("augmentation", name, AUGMENTATIONS))
    return AUGMENTATIONS[name]
