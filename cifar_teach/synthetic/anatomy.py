"""What the animals share: their surroundings, a place to stand, four legs, ears, a few colours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import scenes
from .canvas import Canvas, Colour, Number

BLACK, WHITE, PINK = (0.05, 0.05, 0.05), (0.95, 0.95, 0.93), (0.85, 0.55, 0.55)


class Build(NamedTuple):
    """Proportions of a four-legged animal seen from the side; every entry is a number or one per picture."""

    girth: Number
    legs: Number
    leg_width: Number
    head_x: Number
    head_y: Number
    neck_width: Number
    head: Number
    muzzle: Number
    muzzle_drop: Number
    muzzle_width: Number


def four_legs(canvas: Canvas, build: Build, coat: np.ndarray, belly: Colour) -> None:
    """Legs in mid-stride, trunk, neck, head and muzzle; ears and tail are the species' own."""
    dark = coat * 0.68
    stride = canvas.between(-0.16, 0.16)
    foot = -build.girth - build.legs
    for x, step, colour in ((-0.42, -1, dark), (0.38, 1, dark), (-0.50, 1, coat * 0.9), (0.46, -1, coat * 0.9)):
        canvas.limb(x, -build.girth * 0.5, x + step * stride, foot, build.leg_width * 1.5, build.leg_width, colour)
    canvas.limb(-0.42, 0.0, 0.40, 0.02, build.girth, build.girth * 0.95, coat)
    canvas.ellipse(0.0, -build.girth * 0.6, 0.48, build.girth * 0.45, belly, visible=0.7)
    canvas.limb(0.42, 0.05, build.head_x, build.head_y, build.neck_width * 1.3, build.neck_width, coat)
    canvas.ellipse(build.head_x, build.head_y, build.head, build.head * 0.92, coat, shade=0.12)
    tip_x, tip_y = build.head_x + build.muzzle, build.head_y - build.muzzle_drop
    canvas.limb(build.head_x, build.head_y - 0.03, tip_x, tip_y, build.muzzle_width * 1.3, build.muzzle_width, coat)
    canvas.ellipse(tip_x + build.muzzle_width * 0.6, tip_y + 0.02, 0.055, 0.05, BLACK)
    canvas.ellipse(build.head_x + build.head * 0.35, build.head_y + build.head * 0.25, 0.05, 0.05, BLACK)


def stand(canvas: Canvas, height: Number, *, low: float = -0.85, high: float = -0.6) -> None:
    """Place an animal whose feet are at y = -height on the ground of the picture, with a shadow below."""
    scale = canvas.between(0.74, 0.98)
    canvas.place(
        canvas.between(-0.12, 0.12),
        canvas.between(low, high) + height * scale,
        scale,
        canvas.between(-0.06, 0.06),
        canvas.chance(0.5),
    )
    canvas.ellipse(0.0, -height, 0.7, 0.07, (0.05, 0.06, 0.04), visible=0.45)


def in_the_open(canvas: Canvas, ground: tuple, wooded: float) -> None:
    """Open country, or (with this probability) the inside of a forest."""
    inside = canvas.chance(wooded)
    forest = Canvas(canvas.n, canvas.rng)
    scenes.forest(forest)
    scenes.country(canvas, canvas.between(-0.2, 0.5), ground, trees=0.6)
    canvas.pixels[inside] = forest.pixels[inside]


def pointed_ears(canvas: Canvas, x: Number, y: Number, size: Number, coat: np.ndarray, visible: Number = 1.0) -> None:
    """Two upright ears on a head seen from the front, centred on x."""
    for side in (-1.0, 1.0):
        inner, outer, tip = x + side * size * 0.25, x + side * size * 1.1, x + side * size * 0.95
        corners = [(inner, y), (outer, y - size * 0.35), (tip, y + size * 0.95)]
        canvas.polygon(corners if side > 0 else corners[::-1], coat * 0.85, visible)
        inside = [
            (inner + side * size * 0.2, y),
            (outer - side * size * 0.12, y - size * 0.2),
            (tip - side * size * 0.05, y + size * 0.6),
        ]
        canvas.polygon(inside if side > 0 else inside[::-1], PINK, np.asarray(visible) * 0.55)
