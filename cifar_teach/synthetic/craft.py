"""Airplane and ship: one function per class, one per view of it."""

from __future__ import annotations

import numpy as np

from . import scenes
from .canvas import Canvas, Colour
from .palette import METAL, PAINT, TYRE


def airplane(canvas: Canvas, view: int) -> None:
    """An airliner from the side, in the air or on the runway; or seen from below."""
    (_airplane_flying, _airplane_parked, _airplane_from_below)[view](canvas)


def _airplane_flying(canvas: Canvas) -> None:
    scenes.sky(canvas)
    canvas.place(
        canvas.between(-0.15, 0.15),
        canvas.between(-0.2, 0.2),
        canvas.between(0.75, 1.0),
        canvas.between(-0.35, 0.45),
        canvas.chance(0.5),
    )
    _airliner(canvas, wheels=canvas.chance(0.3))


def _airplane_parked(canvas: Canvas) -> None:
    horizon = canvas.between(-0.45, -0.05)
    scenes.country(canvas, horizon, scenes.ASPHALT + scenes.GRASS[:2], trees=0.3)
    canvas.place(
        canvas.between(-0.12, 0.12),
        horizon + canvas.between(-0.1, 0.12),
        canvas.between(0.8, 1.0),
        canvas.between(-0.04, 0.06),
        canvas.chance(0.5),
    )
    _airliner(canvas, wheels=np.ones(canvas.n))


def _airliner(canvas: Canvas, wheels: np.ndarray) -> None:
    """Fuselage, swept wings, tail fin, engine and windows, from the side."""
    body, trim = canvas.pick(METAL, 0.05), canvas.pick(PAINT)
    dark = body * 0.62
    girth = canvas.between(0.13, 0.19)
    lift = canvas.between(0.15, 0.45)
    canvas.polygon([(-0.05, 0.05), (0.22, 0.05), (-0.22, lift), (-0.38, lift)], dark)  # far wing
    for x in (-0.05, 0.5):
        canvas.limb(x, -girth, x, -girth - 0.16, 0.03, 0.03, (0.3, 0.3, 0.3), wheels)
        canvas.ellipse(x, -girth - 0.18, 0.06, 0.06, TYRE, visible=wheels)
    canvas.polygon([(-0.95, girth * 0.4), (-0.52, girth * 0.6), (-0.80, 0.55), (-1.0, 0.55)], trim)  # fin
    canvas.limb(-0.85, 0.06, 0.72, 0.0, girth * 0.45, girth, body)
    canvas.limb(-0.85, -0.02, 0.68, -girth * 0.55, girth * 0.2, girth * 0.4, dark)  # underside in shadow
    canvas.ellipse(0.86, 0.0, 0.10, girth * 0.6, body)  # nose
    canvas.limb(-0.65, girth * 0.35, 0.68, girth * 0.35, 0.028, 0.028, (0.20, 0.26, 0.36), canvas.chance(0.75))
    canvas.ellipse(0.80, girth * 0.4, 0.07, 0.045, (0.15, 0.2, 0.3))  # cockpit
    canvas.polygon([(-1.02, 0.02), (-0.70, 0.02), (-0.92, 0.20), (-1.08, 0.20)], dark)  # tailplane
    drop = canvas.between(0.18, 0.5)
    canvas.limb(0.12, -0.18, 0.26, -0.18, 0.07, 0.07, dark * 0.8)  # engine
    canvas.polygon([(-0.45, -drop), (-0.28, -drop), (0.25, -0.05), (-0.08, -0.05)], body * 0.82)  # near wing


def _airplane_from_below(canvas: Canvas) -> None:
    scenes.sky(canvas)
    canvas.place(
        canvas.between(-0.15, 0.15),
        canvas.between(-0.15, 0.15),
        canvas.between(0.6, 0.95),
        canvas.between(-np.pi, np.pi),
    )
    body = canvas.pick((*METAL, (0.22, 0.24, 0.28)), 0.05)
    sweep, span = canvas.between(0.1, 0.45), canvas.between(0.7, 0.95)
    for side in (1.0, -1.0):
        _mirrored_polygon(
            canvas, side, [(0.30, 0.0), (0.28 - sweep, span), (0.14 - sweep, span), (-0.08, 0.0)], body * 0.88
        )
        _mirrored_polygon(canvas, side, [(-0.68, 0.0), (-0.86, 0.33), (-0.95, 0.33), (-0.92, 0.0)], body * 0.8)
        canvas.limb(0.16 - sweep * 0.4, side * 0.34, 0.30 - sweep * 0.4, side * 0.34, 0.05, 0.05, body * 0.55)
    canvas.limb(-0.85, 0.0, 0.80, 0.0, 0.06, 0.11, body)
    canvas.limb(-0.95, 0.0, -0.68, 0.0, 0.02, 0.03, body * 0.5)


def _mirrored_polygon(canvas: Canvas, side: float, points: list, colour: Colour) -> None:
    """Draw a polygon above the axis (side 1) or its mirror image below it (side -1)."""
    turned = [(x, side * y) for x, y in points]
    canvas.polygon(turned if side > 0 else turned[::-1], colour)


def ship(canvas: Canvas, view: int) -> None:
    """A cargo or passenger ship, or a sailing boat."""
    (_ship_steamer, _ship_sailing)[view](canvas)


def _afloat(canvas: Canvas) -> None:
    """Draw the sea and place an object with its waterline at y = 0."""
    horizon = canvas.between(-0.3, 0.25)
    scenes.sea(canvas, horizon)
    waterline = horizon - canvas.between(0.05, 0.35)
    canvas.place(
        canvas.between(-0.12, 0.12),
        waterline,
        canvas.between(0.75, 1.0),
        canvas.between(-0.05, 0.05),
        canvas.chance(0.5),
    )


def _ship_steamer(canvas: Canvas) -> None:
    _afloat(canvas)
    hull, deck = canvas.pick(PAINT), canvas.pick((*METAL, (0.88, 0.80, 0.66)), 0.04)
    side = canvas.between(0.16, 0.3)
    house, tall = canvas.between(-0.75, -0.1), canvas.between(0.16, 0.34)
    cargo = canvas.chance(0.45)
    for x, y in ((-0.35, 0.0), (0.0, 0.0), (0.35, 0.0), (-0.15, 0.16), (0.2, 0.16)):
        canvas.box(x - 0.15, side + y, x + 0.15, side + y + 0.17, canvas.pick(PAINT), cargo)
    canvas.box(house, side, house + canvas.between(0.35, 0.8), side + tall, deck)
    canvas.box(house + 0.06, side + tall * 0.45, house + 0.4, side + tall * 0.45 + 0.06, (0.2, 0.26, 0.34))
    canvas.box(house + 0.05, side + tall, house + 0.35, side + tall + 0.15, deck * 0.92)
    canvas.box(house + 0.12, side + tall + 0.15, house + 0.26, side + tall + 0.42, canvas.pick(PAINT))  # funnel
    canvas.limb(0.55, side, 0.55, side + canvas.between(0.3, 0.7), 0.022, 0.015, (0.2, 0.2, 0.2))  # mast
    canvas.polygon([(-0.86, -0.04), (0.72, -0.04), (1.0, side + 0.05), (-0.95, side)], hull)
    canvas.box(-0.86, -0.05, 0.74, 0.03, hull * 0.55 + np.array([0.1, 0.02, 0.02]))
    canvas.limb(-0.92, side, 0.98, side + 0.04, 0.02, 0.02, (0.92, 0.92, 0.9), canvas.chance(0.6))
    _bow_wave(canvas)


def _ship_sailing(canvas: Canvas) -> None:
    _afloat(canvas)
    hull = canvas.pick(PAINT + ((0.45, 0.28, 0.16),))
    sail = canvas.pick(((0.96, 0.96, 0.94), (0.90, 0.86, 0.76), (0.80, 0.30, 0.22)), 0.04)
    top, mast = canvas.between(0.75, 1.15), canvas.between(-0.1, 0.1)
    canvas.polygon(
        [(mast + 0.05, 0.18), (mast + canvas.between(0.45, 0.7), 0.18), (mast + 0.05, top * 0.9)], sail * 0.92
    )
    canvas.polygon([(mast - canvas.between(0.4, 0.65), 0.22), (mast - 0.03, 0.22), (mast - 0.03, top)], sail)
    canvas.limb(mast, 0.1, mast, top + 0.05, 0.025, 0.018, (0.22, 0.17, 0.12))
    canvas.polygon([(-0.55, -0.05), (0.5, -0.05), (0.78, 0.15), (-0.7, 0.15)], hull)
    _bow_wave(canvas)


def _bow_wave(canvas: Canvas) -> None:
    canvas.limb(-0.95, -0.06, 0.85, -0.06, 0.02, 0.03, (0.88, 0.92, 0.94), canvas.chance(0.8) * 0.8)
    canvas.ellipse(0.0, -0.2, 0.85, 0.10, (0.10, 0.16, 0.22), visible=0.35)  # reflection
