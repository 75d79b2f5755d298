"""Cat and dog: one function per class, one per view of it.

They share their body plan, coats and surroundings, and differ in ears, muzzle and tail. Where those details
are small or hidden, the picture is ambiguous on purpose.
"""

from __future__ import annotations

import numpy as np

from . import scenes
from .anatomy import BLACK, PINK, WHITE, Build, four_legs, pointed_ears, stand
from .canvas import Canvas, Colour, Number

FUR = (
    (0.20, 0.17, 0.15),
    (0.45, 0.42, 0.40),
    (0.62, 0.42, 0.22),
    (0.78, 0.60, 0.38),
    (0.88, 0.84, 0.78),
    (0.48, 0.33, 0.22),
    (0.66, 0.62, 0.58),
)


def _indoors_or_garden(canvas: Canvas) -> None:
    """Some pets are in a room, some in a garden."""
    outside = canvas.chance(0.45)
    inside = Canvas(canvas.n, canvas.rng)
    scenes.room(inside, canvas.between(-0.5, 0.1))
    scenes.country(canvas, canvas.between(-0.1, 0.6), scenes.GRASS + scenes.EARTH, trees=0.6)
    canvas.pixels[~outside] = inside.pixels[~outside]


def _stripes(canvas: Canvas, xs: tuple[float, ...], low: Number, high: Number, colour: Colour, visible: Number) -> None:
    for x in xs:
        canvas.limb(x, low, x + 0.03, high, 0.035, 0.03, colour, visible)


def cat(canvas: Canvas, view: int) -> None:
    """A cat's face, a cat sitting, or a cat walking: pointed ears, short muzzle, long tail, often stripes."""
    _indoors_or_garden(canvas)
    (_cat_face, _cat_sitting, _cat_walking)[view](canvas)


def _cat_face(canvas: Canvas) -> None:
    coat = canvas.pick(FUR)
    canvas.place(
        canvas.between(-0.15, 0.15), canvas.between(-0.2, 0.1), canvas.between(0.85, 1.15), canvas.between(-0.25, 0.25)
    )
    canvas.ellipse(0.0, -0.95, 0.75, 0.6, coat * 0.9)  # shoulders
    pointed_ears(canvas, 0.0, 0.38, canvas.between(0.42, 0.56), coat, np.where(canvas.chance(0.95), 1.0, 0.3))
    canvas.ellipse(0.0, 0.0, 0.66, 0.56, coat, shade=0.1)
    _stripes(canvas, (-0.18, 0.0, 0.18), 0.28, 0.5, coat * 0.5, canvas.chance(0.5))
    canvas.ellipse(0.0, -0.26, 0.28, 0.2, canvas.pick((WHITE, (0.8, 0.72, 0.62))), visible=0.75)  # muzzle
    iris = canvas.pick(((0.55, 0.70, 0.20), (0.80, 0.65, 0.20), (0.40, 0.62, 0.75), (0.16, 0.14, 0.10)))
    for side in (-1.0, 1.0):
        canvas.ellipse(side * 0.28, 0.06, 0.14, 0.11, iris)
        canvas.ellipse(side * 0.28, 0.06, 0.055, 0.10, BLACK)
        for tilt in (-0.12, 0.04):
            canvas.limb(side * 0.22, -0.24, side * 0.75, -0.24 + tilt, 0.012, 0.012, (0.9, 0.9, 0.9), 0.6)  # whiskers
    canvas.ellipse(0.0, -0.16, 0.07, 0.05, PINK)
    canvas.limb(0.0, -0.2, 0.0, -0.32, 0.02, 0.02, BLACK, 0.7)


def _cat_sitting(canvas: Canvas) -> None:
    coat = canvas.pick(FUR)
    stand(canvas, 0.85)
    canvas.limb(-0.35, -0.75, -0.75, canvas.between(-0.7, -0.1), 0.09, 0.06, coat * 0.8)  # tail
    canvas.limb(0.0, -0.55, 0.05, 0.0, 0.42, 0.25, coat)
    chest = canvas.chance(0.4)
    canvas.ellipse(0.1, -0.25, 0.16, 0.3, WHITE, visible=chest * 0.9)
    _stripes(canvas, (-0.32, -0.2, -0.08), -0.6, -0.25, coat * 0.5, canvas.chance(0.5))
    for x in (0.02, 0.26):
        canvas.limb(x, -0.4, x, -0.8, 0.1, 0.09, coat * 0.92)
    pointed_ears(canvas, 0.1, 0.62, canvas.between(0.26, 0.36), coat, np.where(canvas.chance(0.92), 1.0, 0.25))
    canvas.ellipse(0.1, 0.4, 0.36, 0.31, coat, shade=0.1)
    canvas.ellipse(0.1, 0.28, 0.15, 0.11, (0.85, 0.80, 0.74), visible=0.7)
    for x in (-0.05, 0.25):
        canvas.ellipse(x, 0.45, 0.07, 0.065, canvas.pick(((0.55, 0.70, 0.20), (0.78, 0.64, 0.2), BLACK)))
    canvas.ellipse(0.1, 0.33, 0.045, 0.035, PINK)


def _cat_walking(canvas: Canvas) -> None:
    coat = canvas.pick(FUR)
    stand(canvas, 0.62)
    canvas.limb(-0.55, 0.05, -0.85, canvas.between(-0.1, 0.3), 0.07, 0.06, coat * 0.85)
    canvas.limb(-0.85, 0.1, canvas.between(-1.0, -0.8), canvas.between(0.3, 0.7), 0.06, 0.045, coat * 0.85)
    build = Build(
        0.24, canvas.between(0.34, 0.42), 0.075, 0.68, canvas.between(0.18, 0.32), 0.17, 0.25, 0.15, 0.08, 0.1
    )
    four_legs(canvas, build, coat, coat * 0.8 + 0.15)
    _stripes(canvas, (-0.42, -0.22, -0.02, 0.18), -0.08, 0.2, coat * 0.5, canvas.chance(0.5))
    pointed_ears(
        canvas, 0.66, build.head_y + 0.18, canvas.between(0.18, 0.24), coat, np.where(canvas.chance(0.9), 1.0, 0.2)
    )


def dog(canvas: Canvas, view: int) -> None:
    """A dog's face, a dog sitting, or a dog standing: hanging ears (mostly), long muzzle, raised tail."""
    _indoors_or_garden(canvas)
    (_dog_face, _dog_sitting, _dog_standing)[view](canvas)


def _hanging_ears(
    canvas: Canvas, x: Number, y: Number, spread: Number, length: Number, coat: Colour, visible: Number
) -> None:
    for side in (-1.0, 1.0):
        canvas.limb(x + side * spread, y, x + side * (spread + 0.1), y - length, 0.1, 0.15, coat, visible)


def _dog_face(canvas: Canvas) -> None:
    coat = canvas.pick(FUR)
    canvas.place(
        canvas.between(-0.15, 0.15),
        canvas.between(-0.15, 0.15),
        canvas.between(0.85, 1.15),
        canvas.between(-0.25, 0.25),
    )
    canvas.ellipse(0.0, -1.0, 0.75, 0.55, coat * 0.9)
    hanging = canvas.chance(0.88)
    pointed_ears(canvas, 0.0, 0.38, 0.42, coat, ~hanging)
    canvas.ellipse(0.0, 0.02, 0.55, 0.60, coat, shade=0.1)
    _hanging_ears(canvas, 0.0, 0.36, 0.48, canvas.between(0.4, 0.7), coat * canvas.between(0.5, 0.9)[:, None], hanging)
    canvas.ellipse(0.0, 0.15, 0.12, 0.5, WHITE, visible=canvas.chance(0.3) * 0.8)  # blaze
    canvas.ellipse(0.0, -0.32, 0.32, 0.30, canvas.pick((WHITE, (0.82, 0.72, 0.58), (0.6, 0.48, 0.36))), visible=0.85)
    for side in (-1.0, 1.0):
        canvas.ellipse(side * 0.24, 0.12, 0.085, 0.085, BLACK)
    canvas.ellipse(0.0, -0.20, 0.14, 0.10, BLACK)  # nose
    canvas.limb(0.0, -0.25, 0.0, -0.42, 0.025, 0.025, BLACK)
    canvas.limb(0.0, -0.52, 0.0, -0.68, 0.09, 0.09, (0.86, 0.40, 0.42), canvas.chance(0.5))  # tongue


def _dog_sitting(canvas: Canvas) -> None:
    coat = canvas.pick(FUR)
    stand(canvas, 0.85)
    canvas.limb(-0.35, -0.65, -0.65, canvas.between(-0.45, 0.0), 0.09, 0.06, coat * 0.8)
    canvas.limb(-0.05, -0.5, 0.08, 0.05, 0.40, 0.25, coat)
    canvas.ellipse(0.16, -0.25, 0.17, 0.32, WHITE, visible=canvas.chance(0.35) * 0.9)
    for x in (0.06, 0.30):
        canvas.limb(x, -0.35, x, -0.8, 0.11, 0.09, coat * 0.92)
    canvas.box(-0.12, 0.1, 0.36, 0.18, canvas.pick(((0.75, 0.12, 0.12), (0.15, 0.3, 0.65))), canvas.chance(0.35))
    hanging = canvas.chance(0.88)
    pointed_ears(canvas, 0.12, 0.64, 0.26, coat, ~hanging)
    canvas.ellipse(0.12, 0.42, 0.31, 0.32, coat, shade=0.1)
    canvas.ellipse(0.16, 0.26, 0.19, 0.17, canvas.pick((WHITE, (0.82, 0.72, 0.58), (0.6, 0.48, 0.36))), visible=0.8)
    _hanging_ears(canvas, 0.12, 0.58, 0.27, canvas.between(0.24, 0.4), coat * 0.7, hanging)
    for x in (0.0, 0.26):
        canvas.ellipse(x, 0.48, 0.05, 0.05, BLACK)
    canvas.ellipse(0.17, 0.32, 0.085, 0.06, BLACK)
    canvas.limb(0.16, 0.12, 0.16, 0.04, 0.05, 0.05, (0.86, 0.40, 0.42), canvas.chance(0.4))


def _dog_standing(canvas: Canvas) -> None:
    coat = canvas.pick(FUR)
    stand(canvas, 0.78)
    canvas.limb(-0.58, 0.12, -0.88, canvas.between(0.2, 0.6), 0.075, 0.04, coat * 0.85)
    build = Build(
        canvas.between(0.24, 0.30),
        canvas.between(0.45, 0.54),
        0.08,
        canvas.between(0.64, 0.72),
        canvas.between(0.30, 0.5),
        0.19,
        0.23,
        canvas.between(0.2, 0.34),
        canvas.between(0.03, 0.12),
        0.095,
    )
    four_legs(canvas, build, coat, coat * 0.8 + 0.15)
    canvas.ellipse(canvas.between(-0.3, 0.2), 0.1, 0.22, 0.16, canvas.pick(FUR), visible=canvas.chance(0.4) * 0.9)
    hanging = canvas.chance(0.88)
    x, y = build.head_x - 0.08, build.head_y
    canvas.limb(x, y + 0.14, x - 0.06, y - canvas.between(0.12, 0.24), 0.085, 0.1, coat * 0.62, hanging)
    pointed_ears(canvas, build.head_x - 0.05, build.head_y + 0.17, 0.19, coat, ~hanging)
