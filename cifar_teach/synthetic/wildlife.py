"""Bird and frog: one function per class, one per view of it.

A bird on the wing shares its sky and its outline with a distant airplane.
"""

from __future__ import annotations

import numpy as np

from . import scenes
from .anatomy import BLACK, WHITE, in_the_open
from .canvas import Canvas

FROG_SKIN = ((0.32, 0.55, 0.16), (0.48, 0.64, 0.20), (0.24, 0.42, 0.20), (0.48, 0.40, 0.22), (0.60, 0.52, 0.32))
PLUMAGE = (
    (0.36, 0.28, 0.20),
    (0.20, 0.32, 0.58),
    (0.72, 0.18, 0.16),
    (0.88, 0.76, 0.22),
    (0.30, 0.30, 0.32),
    (0.90, 0.89, 0.86),
    (0.52, 0.46, 0.38),
)


def bird(canvas: Canvas, view: int) -> None:
    """A perched songbird, or a bird on the wing against the sky."""
    (_bird_perched, _bird_flying, _bird_gliding)[view](canvas)


def _bird_perched(canvas: Canvas) -> None:
    in_the_open(canvas, scenes.GRASS + scenes.EARTH + scenes.SNOW, wooded=0.5)
    plumage, beak = canvas.pick(PLUMAGE), canvas.pick(((0.90, 0.65, 0.15), (0.20, 0.18, 0.16), (0.80, 0.35, 0.15)))
    canvas.place(
        canvas.between(-0.12, 0.12),
        canvas.between(-0.1, 0.15),
        canvas.between(0.7, 1.0),
        canvas.between(-0.15, 0.25),
        canvas.chance(0.5),
    )
    canvas.limb(-1.6, -0.80, 1.6, canvas.between(-0.85, -0.7), 0.07, 0.06, (0.30, 0.22, 0.15), canvas.chance(0.6))
    for x in (-0.02, 0.14):
        canvas.limb(x, -0.4, x + 0.03, -0.76, 0.025, 0.025, beak * 0.7)
    canvas.polygon([(-0.5, -0.25), (-0.35, -0.05), (-1.0, -0.05), (-1.05, -0.22)], plumage * 0.6)  # tail
    canvas.limb(-0.32, -0.16, 0.2, 0.05, 0.26, 0.34, plumage)
    canvas.ellipse(0.16, -0.16, 0.30, 0.26, canvas.pick((WHITE, (0.85, 0.55, 0.30), (0.8, 0.76, 0.66))), visible=0.75)
    canvas.polygon([(0.88, 0.36), (0.58, 0.50), (0.58, 0.30)], beak)
    canvas.ellipse(0.38, 0.40, 0.27, 0.26, plumage * canvas.between(0.6, 1.1)[:, None], shade=0.1)
    canvas.ellipse(0.46, 0.45, 0.05, 0.05, BLACK)
    canvas.ellipse(-0.12, -0.06, 0.42, 0.20, plumage * 0.7, angle=0.3)  # folded wing
    canvas.limb(-0.5, -0.18, 0.1, 0.0, 0.03, 0.03, plumage * 0.45, canvas.chance(0.5))


def _bird_flying(canvas: Canvas) -> None:
    scenes.sky(canvas)
    plumage = canvas.pick(PLUMAGE)
    canvas.place(
        canvas.between(-0.12, 0.12),
        canvas.between(-0.2, 0.2),
        canvas.between(0.7, 1.0),
        canvas.between(-0.3, 0.4),
        canvas.chance(0.5),
    )
    raised = canvas.between(0.5, 0.9) * np.where(canvas.chance(0.65), 1.0, -1.0)
    canvas.limb(0.1, 0.05, -0.15, raised * 0.9 + 0.1, 0.16, 0.10, plumage * 0.6)  # far wing
    canvas.polygon([(-0.5, -0.06), (-0.45, 0.06), (-0.95, 0.14), (-0.98, -0.16)], plumage * 0.75)
    canvas.limb(-0.45, 0.0, 0.45, 0.05, 0.12, 0.17, plumage)
    canvas.ellipse(0.1, -0.06, 0.4, 0.10, (0.9, 0.88, 0.82), visible=canvas.chance(0.6) * 0.8)
    canvas.polygon([(0.92, 0.10), (0.68, 0.20), (0.68, 0.04)], canvas.pick(((0.90, 0.65, 0.15), (0.25, 0.22, 0.2))))
    canvas.ellipse(0.58, 0.13, 0.16, 0.15, plumage)
    canvas.ellipse(0.64, 0.17, 0.04, 0.04, BLACK)
    canvas.limb(0.15, 0.05, -0.05, raised * 0.7, 0.17, 0.14, plumage * 0.85)  # near wing, in two joints
    canvas.limb(-0.05, raised * 0.7, -0.45, raised * 1.05, 0.14, 0.05, plumage * 0.7)


def _bird_gliding(canvas: Canvas) -> None:
    scenes.sky(canvas)
    plumage = canvas.pick(PLUMAGE)
    canvas.place(
        canvas.between(-0.12, 0.12),
        canvas.between(-0.12, 0.12),
        canvas.between(0.6, 0.95),
        canvas.between(-np.pi, np.pi),
    )
    bend, span = canvas.between(0.0, 0.3), canvas.between(0.8, 1.0)
    for side in (-1.0, 1.0):
        canvas.limb(0.15, 0.0, 0.15 + bend, side * span * 0.5, 0.17, 0.15, plumage * 0.85)
        canvas.limb(0.15 + bend, side * span * 0.5, -0.1, side * span, 0.15, 0.04, plumage * 0.7)
    canvas.polygon([(-0.4, -0.08), (-0.4, 0.08), (-0.85, 0.22), (-0.85, -0.22)][::-1], plumage * 0.75)  # fanned tail
    canvas.limb(-0.4, 0.0, 0.4, 0.0, 0.12, 0.14, plumage)
    canvas.ellipse(0.52, 0.0, 0.14, 0.13, canvas.pick((*PLUMAGE, WHITE)))
    canvas.polygon([(0.76, 0.0), (0.60, 0.07), (0.60, -0.07)], (0.9, 0.65, 0.15))


def frog(canvas: Canvas, view: int) -> None:
    """A frog from the front or from the side: wide flat body, eyes on top, folded legs."""
    ground = Canvas(canvas.n, canvas.rng)
    scenes.country(ground, np.full(canvas.n, 1.4), scenes.GRASS + scenes.EARTH + scenes.LEAVES + scenes.WATER[:1])
    scenes.plain(canvas)
    natural = canvas.chance(0.8)
    canvas.pixels[natural] = ground.pixels[natural]
    (_frog_front, _frog_side)[view](canvas)


def _frog_eye(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.ellipse(x, y, size, size, canvas.pick(((0.85, 0.72, 0.20), (0.75, 0.35, 0.15), (0.9, 0.88, 0.7))))
    canvas.ellipse(x, y, size * 0.55, size * 0.5, BLACK)


def _frog_front(canvas: Canvas) -> None:
    skin = canvas.pick(FROG_SKIN)
    canvas.place(
        canvas.between(-0.12, 0.12), canvas.between(-0.2, 0.1), canvas.between(0.75, 1.0), canvas.between(-0.2, 0.2)
    )
    canvas.ellipse(0.0, -0.62, 0.9, 0.12, (0.05, 0.06, 0.04), visible=0.45)
    for side in (-1.0, 1.0):
        canvas.ellipse(side * 0.66, -0.38, 0.30, 0.24, skin * 0.75, angle=side * 0.5)
        canvas.limb(side * 0.6, -0.58, side * 0.95, -0.62, 0.06, 0.05, skin * 0.8)
    canvas.ellipse(0.0, -0.22, 0.62, 0.44, skin, shade=0.15)
    canvas.ellipse(0.0, -0.38, 0.42, 0.24, skin * 0.5 + 0.42, visible=0.8)
    for side in (-1.0, 1.0):
        canvas.limb(side * 0.36, -0.35, side * 0.42, -0.66, 0.085, 0.06, skin * 0.9)
    canvas.ellipse(0.0, 0.12, 0.55, 0.30, skin, shade=0.15)
    canvas.limb(-0.42, 0.02, 0.0, -0.04, 0.02, 0.025, skin * 0.3)
    canvas.limb(0.0, -0.04, 0.42, 0.02, 0.025, 0.02, skin * 0.3)
    for x in (-0.34, 0.34):
        canvas.ellipse(x, 0.38, 0.19, 0.18, skin * 0.95)
        _frog_eye(canvas, x, 0.40, 0.135)


def _frog_side(canvas: Canvas) -> None:
    skin = canvas.pick(FROG_SKIN)
    canvas.place(
        canvas.between(-0.12, 0.12),
        canvas.between(-0.2, 0.1),
        canvas.between(0.8, 1.02),
        canvas.between(-0.25, 0.25),
        canvas.chance(0.5),
    )
    canvas.ellipse(0.0, -0.52, 0.9, 0.10, (0.05, 0.06, 0.04), visible=0.45)
    canvas.limb(-0.55, -0.30, 0.25, 0.10, 0.22, 0.30, skin)
    canvas.limb(-0.3, -0.38, 0.42, -0.12, 0.12, 0.16, skin * 0.5 + 0.42, 0.75)
    canvas.ellipse(0.45, 0.16, 0.34, 0.24, skin, shade=0.15)
    canvas.limb(0.42, 0.06, 0.76, 0.08, 0.018, 0.018, skin * 0.3)
    canvas.ellipse(0.42, 0.36, 0.17, 0.16, skin * 0.95)
    _frog_eye(canvas, 0.45, 0.38, 0.12)
    canvas.limb(0.3, -0.15, 0.42, -0.46, 0.08, 0.055, skin * 0.85)
    canvas.limb(0.42, -0.48, 0.62, -0.5, 0.045, 0.04, skin * 0.85)
    canvas.ellipse(-0.45, -0.24, 0.34, 0.20, skin * 0.82, angle=0.5)
    canvas.limb(-0.62, -0.42, -0.15, -0.48, 0.06, 0.05, skin * 0.75)
    for x, y in ((-0.35, 0.05), (-0.1, 0.18), (0.12, 0.2), (-0.5, -0.15)):
        canvas.ellipse(x, y, 0.07, 0.05, skin * 0.5, visible=canvas.chance(0.5) * 0.8)
