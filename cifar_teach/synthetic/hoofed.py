"""Deer and horse: one function per class, one per view of it.

They share their body plan and meadows, and differ in antlers, mane, tail and build. A doe at the edge of a
wood and a slim horse are hard to tell apart on purpose.
"""

from __future__ import annotations

import numpy as np

from . import scenes
from .anatomy import BLACK, PINK, WHITE, Build, four_legs, in_the_open, stand
from .canvas import Canvas, Number

DEER_COATS = ((0.56, 0.38, 0.22), (0.66, 0.46, 0.28), (0.46, 0.33, 0.22), (0.50, 0.42, 0.34))
HORSE_COATS = ((0.36, 0.20, 0.11), (0.50, 0.28, 0.14), (0.14, 0.11, 0.10), (0.84, 0.80, 0.76), (0.62, 0.44, 0.28))
HORN = (0.42, 0.32, 0.22)


def deer(canvas: Canvas, view: int) -> None:
    """A deer standing, or its head: thin legs, long neck, big ears, antlers on the bucks, pale rump."""
    in_the_open(canvas, scenes.GRASS + scenes.EARTH[:1] + scenes.SNOW, wooded=0.5)
    (_deer_standing, _deer_head)[view](canvas)


def _antlers(canvas: Canvas, x: Number, y: Number, size: Number, lean: float, visible: Number) -> None:
    """Two beams with two tines each, rising from (x, y)."""
    for side in (-1.0, 1.0):
        out = side * size * 0.5 + lean
        canvas.limb(x, y, x + out, y + size * 0.55, 0.035, 0.03, HORN, visible)
        canvas.limb(x + out, y + size * 0.55, x + out * 1.25, y + size * 1.1, 0.03, 0.022, HORN, visible)
        canvas.limb(x + out * 0.8, y + size * 0.45, x + out * 0.35, y + size * 0.95, 0.025, 0.02, HORN, visible)


def _deer_standing(canvas: Canvas) -> None:
    coat = canvas.pick(DEER_COATS)
    stand(canvas, 0.90, low=-0.95, high=-0.75)
    grazing = canvas.chance(0.15)
    head_y = np.where(grazing, canvas.between(-0.5, -0.3), canvas.between(0.52, 0.68))
    build = Build(
        canvas.between(0.22, 0.27),
        canvas.between(0.60, 0.68),
        0.045,
        np.where(grazing, 0.9, canvas.between(0.62, 0.76)),
        head_y,
        0.11,
        0.14,
        0.2,
        canvas.between(0.06, 0.14),
        0.06,
    )
    four_legs(canvas, build, coat, coat * 0.6 + 0.32)
    canvas.ellipse(-0.62, 0.05, 0.10, 0.15, WHITE, visible=canvas.chance(0.75))  # rump
    for x, y in ((-0.35, 0.12), (-0.1, 0.15), (0.15, 0.12), (-0.22, 0.0), (0.05, 0.02)):
        canvas.ellipse(x, y, 0.04, 0.04, WHITE, visible=canvas.chance(0.3) * 0.8)
    for lean in (-0.26, -0.02):
        canvas.limb(
            build.head_x - 0.08, head_y + 0.1, build.head_x - 0.08 + lean, head_y + 0.26, 0.055, 0.02, coat * 0.85
        )
    _antlers(
        canvas, build.head_x - 0.04, head_y + 0.12, canvas.between(0.3, 0.45), -0.06, canvas.chance(0.62) & ~grazing
    )


def _deer_head(canvas: Canvas) -> None:
    coat = canvas.pick(DEER_COATS)
    canvas.place(
        canvas.between(-0.15, 0.15), canvas.between(-0.35, -0.1), canvas.between(0.8, 1.0), canvas.between(-0.15, 0.15)
    )
    canvas.limb(0.0, -1.2, 0.0, 0.0, 0.42, 0.24, coat * 0.9)
    canvas.ellipse(0.0, -0.5, 0.16, 0.3, WHITE, visible=canvas.chance(0.5) * 0.7)
    for side in (-1.0, 1.0):
        canvas.limb(side * 0.2, 0.2, side * 0.55, 0.34, 0.10, 0.06, coat * 0.85)
        canvas.limb(side * 0.26, 0.21, side * 0.5, 0.32, 0.05, 0.03, PINK, 0.7)
    _antlers(canvas, 0.0, 0.22, canvas.between(0.6, 0.85), 0.0, canvas.chance(0.7))
    canvas.ellipse(0.0, 0.06, 0.26, 0.28, coat, shade=0.1)
    canvas.limb(0.0, 0.0, 0.0, -0.32, 0.2, 0.13, coat)
    canvas.ellipse(0.0, -0.38, 0.13, 0.1, (0.85, 0.80, 0.74), visible=0.8)
    canvas.ellipse(0.0, -0.34, 0.09, 0.06, BLACK)
    for side in (-1.0, 1.0):
        canvas.ellipse(side * 0.19, 0.08, 0.06, 0.06, BLACK)


def horse(canvas: Canvas, view: int) -> None:
    """A horse standing or its head from the side: strong neck with a mane, long face, tail of long hair."""
    in_the_open(canvas, scenes.GRASS + scenes.EARTH, wooded=0.15)
    (_horse_standing, _horse_head)[view](canvas)


def _horse_standing(canvas: Canvas) -> None:
    coat = canvas.pick(HORSE_COATS)
    mane = coat * canvas.between(0.25, 0.9)[:, None]
    stand(canvas, 0.88, low=-0.95, high=-0.75)
    canvas.limb(-0.62, 0.14, canvas.between(-0.9, -0.74), canvas.between(-0.55, -0.3), 0.08, 0.11, mane)
    grazing = canvas.chance(0.2)
    head_x, head_y = (
        np.where(grazing, 0.86, canvas.between(0.62, 0.76)),
        np.where(grazing, -0.42, canvas.between(0.46, 0.6)),
    )
    build = Build(
        canvas.between(0.28, 0.33), canvas.between(0.50, 0.58), 0.065, head_x, head_y, 0.16, 0.16, 0.26, 0.22, 0.09
    )
    four_legs(canvas, build, coat, coat * 0.85)
    for part in (0.0, 0.35, 0.7, 1.0):
        x, y = 0.34 + part * (head_x - 0.42), 0.16 + part * (head_y - 0.06)
        canvas.limb(x, y + 0.06, x - 0.10, y - 0.12, 0.065, 0.05, mane)
    canvas.limb(head_x - 0.06, head_y + 0.1, head_x - 0.08, head_y + 0.24, 0.05, 0.02, coat * 0.9)  # ear
    saddle = canvas.chance(0.3)
    canvas.ellipse(
        -0.02, 0.26, 0.24, 0.12, canvas.pick(((0.25, 0.14, 0.08), (0.6, 0.12, 0.12), (0.2, 0.25, 0.5))), visible=saddle
    )
    canvas.limb(
        0.0, 0.35, 0.05, 0.75, 0.13, 0.11, canvas.pick(((0.7, 0.2, 0.2), (0.2, 0.25, 0.4))), saddle & canvas.chance(0.4)
    )


def _horse_head(canvas: Canvas) -> None:
    coat = canvas.pick(HORSE_COATS)
    mane = coat * canvas.between(0.25, 0.8)[:, None]
    canvas.place(
        canvas.between(-0.15, 0.1),
        canvas.between(-0.15, 0.1),
        canvas.between(0.85, 1.05),
        canvas.between(-0.2, 0.2),
        canvas.chance(0.5),
    )
    canvas.limb(-0.55, -1.0, -0.1, 0.35, 0.5, 0.26, coat * 0.95)
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        canvas.limb(-0.80 + 0.6 * part, -0.5 + 1.05 * part, -0.95 + 0.6 * part, -0.75 + 1.05 * part, 0.15, 0.1, mane)
    for x in (-0.16, 0.04):
        canvas.limb(x, 0.52, x + 0.02, 0.78, 0.08, 0.03, coat * 0.9)
    canvas.limb(0.0, 0.38, 0.58, -0.22, 0.27, 0.17, coat)
    canvas.limb(0.12, 0.42, 0.62, -0.10, 0.05, 0.04, WHITE, canvas.chance(0.45))  # blaze
    canvas.ellipse(0.66, -0.26, 0.15, 0.14, coat * 0.6)
    canvas.ellipse(0.70, -0.22, 0.04, 0.03, BLACK)
    canvas.ellipse(0.10, 0.40, 0.065, 0.06, BLACK)
    canvas.limb(0.42, 0.12, 0.22, -0.15, 0.025, 0.025, (0.2, 0.1, 0.08), canvas.chance(0.4))  # halter
