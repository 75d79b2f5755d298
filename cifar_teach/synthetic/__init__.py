"""A drawn stand-in for CIFAR-10, for work without the real images.

Ten recognisable classes in varied pose, colour, place, size and surroundings, drawn from signed distances
(:mod:`~cifar_teach.synthetic.canvas`) and then softened like small photographs. The confusions of the real set
are built in: cat and dog, automobile and truck, deer and horse, bird and airplane share body plans and
surroundings and differ in a few details. A score on these pictures says nothing about CIFAR-10.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..config import IMAGE_SHAPE, NUM_CLASSES
from ..exceptions import DataError
from . import craft, hoofed, pets, road, wildlife
from .canvas import Canvas, smooth_noise

_BLOCK = 500
"""Images drawn together. A block depends on the seed and its own number only."""

_DRAWINGS: tuple[tuple[Callable[[Canvas, int], None], tuple[float, ...]], ...] = (
    (craft.airplane, (0.45, 0.25, 0.30)),
    (road.automobile, (0.65, 0.35)),
    (wildlife.bird, (0.54, 0.28, 0.18)),
    (pets.cat, (0.45, 0.30, 0.25)),
    (hoofed.deer, (0.70, 0.30)),
    (pets.dog, (0.40, 0.30, 0.30)),
    (wildlife.frog, (0.55, 0.45)),
    (hoofed.horse, (0.70, 0.30)),
    (craft.ship, (0.60, 0.40)),
    (road.truck, (0.58, 0.20, 0.22)),
)
"""For every class, in the order of the labels, what draws it and the share of each of its views."""


def draw(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw n images with their labels.

    Image i depends on the seed and on i, not on n: a longer set begins with the shorter one. Every ten images
    from a multiple of ten on hold each class once, so any n are balanced to within one. The result is the
    same every time on one machine; another processor may round a few pixels to the neighbouring value.

    Args:
        n: how many images, at least 1.
        seed: chooses the pictures, at least 0.

    Returns:
        uint8 images (n, 32, 32, 3), int64 labels (n,) in the order of :data:`cifar_teach.config.CLASS_NAMES`.

    Raises:
        DataError: ``n`` is less than 1 or ``seed`` is negative.
    """
    if n < 1:
        raise DataError(f"{n} images cannot be drawn. Ask for at least 1.")
    if seed < 0:
        raise DataError(f"The seed {seed} is negative. Choose a whole number from 0 up.")
    blocks = [_draw_block(np.random.default_rng([seed, number])) for number in range(-(-n // _BLOCK))]
    images, labels = (np.concatenate(arrays)[:n] for arrays in zip(*blocks, strict=True))
    return images, labels


def _draw_block(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.concatenate([rng.permutation(NUM_CLASSES) for _ in range(_BLOCK // NUM_CLASSES)])
    images = np.empty((_BLOCK, *IMAGE_SHAPE), dtype=np.uint8)
    for label, (drawing, shares) in enumerate(_DRAWINGS):
        places = np.flatnonzero(labels == label)
        views = rng.choice(len(shares), size=len(places), p=shares)
        for view in np.unique(views):
            chosen = places[views == view]
            canvas = Canvas(len(chosen), rng)
            drawing(canvas, int(view))
            images[chosen] = _photograph(canvas)
    return images, labels.astype(np.int64)


def _photograph(canvas: Canvas) -> np.ndarray:
    """Return the drawn pictures as uint8 (n, 32, 32, 3): uneven light, soft focus, soft colour, grain."""
    rng, n, pixels = canvas.rng, canvas.n, canvas.pixels
    pixels *= (1.0 + 0.22 * smooth_noise(rng, n, 3, 3))[:, None]
    _soften(pixels, rng.uniform(0.0, 0.18, n))
    grey = pixels.mean(axis=1, keepdims=True)
    colour = pixels - grey
    colour[..., 1:, 1:] = (
        colour[..., 1:, 1:] + colour[..., :-1, 1:] + colour[..., 1:, :-1] + colour[..., :-1, :-1]
    ) / 4
    saturation, contrast, brightness = rng.uniform(0.55, 1.1, n), rng.uniform(0.78, 1.15, n), rng.normal(0.0, 0.05, n)
    pixels = grey + colour * _factor(saturation)
    pixels = (pixels - 0.5) * _factor(contrast) + _factor(0.5 + brightness)
    pixels += rng.standard_normal(pixels.shape, dtype=np.float32) * _factor(rng.uniform(0.005, 0.028, n))
    return (np.clip(pixels, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)


def _factor(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)[:, None, None, None]


def _soften(pixels: np.ndarray, strength: np.ndarray) -> None:
    """Blur in place: every pixel takes this share of each neighbour's value, first across, then down."""
    share = _factor(strength)
    for axis in (2, 3):
        before = np.concatenate([pixels.take([0], axis), pixels.take(range(31), axis)], axis)
        after = np.concatenate([pixels.take(range(1, 32), axis), pixels.take([31], axis)], axis)
        pixels += share * (before + after - 2.0 * pixels)
