"""Automobile and truck: one function per class, one per view of it.

They share the street, the paint and the wheels. A pickup is a car up to the door, and from the front the two
differ mostly in height.
"""

from __future__ import annotations

import numpy as np

from . import scenes
from .canvas import Canvas
from .palette import GLASS, LAMP, METAL, PAINT, RIM, TYRE


def automobile(canvas: Canvas, view: int) -> None:
    """A passenger car from the side or from the front."""
    (_automobile_side, _automobile_front)[view](canvas)


def _on_the_road(canvas: Canvas, height: float) -> None:
    """Draw a street, and place on it an object whose wheels touch the ground at y = -height."""
    horizon = canvas.between(-0.15, 0.25)
    scenes.street(canvas, horizon)
    scale = canvas.between(0.78, 0.98)
    ground = canvas.between(-0.72, -0.45)
    canvas.place(
        canvas.between(-0.1, 0.1), ground + height * scale, scale, canvas.between(-0.05, 0.05), canvas.chance(0.5)
    )
    canvas.ellipse(0.0, -height, 1.0, 0.09, (0.08, 0.08, 0.08), visible=0.6)  # shadow


def _wheel(canvas: Canvas, x: float | np.ndarray, y: float | np.ndarray, radius: float | np.ndarray) -> None:
    canvas.ellipse(x, y, radius, radius, TYRE)
    canvas.ellipse(x, y, radius * 0.52, radius * 0.52, RIM)


def _automobile_side(canvas: Canvas) -> None:
    _on_the_road(canvas, 0.42)
    paint, glass = canvas.pick(PAINT), canvas.pick(GLASS)
    roof, slope = canvas.between(0.34, 0.46), canvas.between(0.12, 0.3)
    back, front = canvas.between(-0.85, -0.5), canvas.between(0.3, 0.5)
    canvas.polygon([(back, 0.0), (front, 0.0), (front - slope, roof), (back + slope * 0.6, roof)], paint)
    canvas.polygon(
        [
            (back + 0.08, 0.04),
            (front - 0.07, 0.04),
            (front - slope - 0.02, roof - 0.07),
            (back + slope * 0.6 + 0.03, roof - 0.07),
        ],
        glass,
    )
    pillar = (back + front) / 2
    canvas.box(pillar - 0.03, 0.0, pillar + 0.03, roof, paint)
    canvas.limb(-0.82, -0.13, 0.84, -0.15, 0.17, 0.14, paint)
    canvas.box(-0.85, -0.32, 0.86, -0.20, paint * 0.72)
    canvas.ellipse(0.92, -0.12, 0.06, 0.05, LAMP)
    canvas.ellipse(-0.95, -0.10, 0.05, 0.05, (0.75, 0.1, 0.08))
    for x in (-0.56, 0.58):
        _wheel(canvas, x, -0.26, canvas.between(0.17, 0.2))


def _automobile_front(canvas: Canvas) -> None:
    _on_the_road(canvas, 0.60)
    paint, glass = canvas.pick(PAINT), canvas.pick(GLASS)
    for x in (-0.58, 0.58):
        canvas.box(x - 0.12, -0.62, x + 0.12, -0.2, TYRE)
    roof = canvas.between(0.42, 0.55)
    canvas.polygon([(-0.66, 0.05), (0.66, 0.05), (0.48, roof), (-0.48, roof)], paint * 0.85)
    canvas.polygon([(-0.56, 0.06), (0.56, 0.06), (0.42, roof - 0.08), (-0.42, roof - 0.08)], glass)
    canvas.limb(-0.56, -0.14, 0.56, -0.14, 0.24, 0.24, paint)
    canvas.box(-0.76, -0.46, 0.76, -0.2, paint * 0.85)
    canvas.box(-0.34, -0.30, 0.34, -0.14, (0.10, 0.10, 0.11))  # grille
    canvas.box(-0.18, -0.44, 0.18, -0.34, (0.92, 0.92, 0.88), canvas.chance(0.7))  # number plate
    for x in (-0.56, 0.56):
        canvas.ellipse(x, -0.16, 0.14, 0.09, LAMP)


def truck(canvas: Canvas, view: int) -> None:
    """A lorry with a cargo box, a pickup (whose front half is a car's), or a lorry from the front."""
    (_truck_cargo, _truck_pickup, _truck_front)[view](canvas)


def _truck_cargo(canvas: Canvas) -> None:
    _on_the_road(canvas, 0.55)
    paint, cargo = canvas.pick(PAINT), canvas.pick(PAINT + METAL)
    top, join = canvas.between(0.45, 0.75), canvas.between(0.28, 0.42)
    cab = canvas.between(0.15, 0.42)
    canvas.box(-0.98, -0.36, 0.95, -0.24, (0.15, 0.15, 0.16))  # chassis
    canvas.box(-1.0, -0.24, join, top, cargo)
    canvas.box(-1.0, top - 0.07, join, top, cargo * 0.8)
    canvas.box(-0.9, 0.05, join - 0.1, 0.25, canvas.pick(PAINT), canvas.chance(0.4))  # lettering
    canvas.polygon([(join + 0.05, -0.30), (0.97, -0.30), (0.90, cab), (join + 0.05, cab)], paint)
    canvas.polygon([(0.62, 0.0), (0.94, 0.0), (0.88, cab - 0.07), (0.62, cab - 0.07)], canvas.pick(GLASS))
    canvas.ellipse(0.95, -0.22, 0.05, 0.05, LAMP)
    for x in (-0.72, -0.38, 0.68):
        _wheel(canvas, x, -0.38, canvas.between(0.15, 0.18))


def _truck_pickup(canvas: Canvas) -> None:
    _on_the_road(canvas, 0.46)
    paint, glass = canvas.pick(PAINT), canvas.pick(GLASS)
    roof, back = canvas.between(0.42, 0.54), canvas.between(-0.20, 0.0)
    canvas.polygon([(back, 0.0), (0.46, 0.0), (0.28, roof), (back + 0.04, roof)], paint)
    canvas.polygon([(back + 0.08, 0.05), (0.38, 0.05), (0.25, roof - 0.07), (back + 0.09, roof - 0.07)], glass)
    canvas.box(-0.98, -0.30, 0.94, 0.02, paint)
    canvas.box(-0.98, 0.02, back, 0.10, paint * 0.7)  # the bed's rim
    canvas.box(-0.9, 0.08, back - 0.1, 0.28, canvas.pick(scenes.EARTH + PAINT), canvas.chance(0.5))  # load
    canvas.box(-0.98, -0.32, 0.96, -0.22, paint * 0.65)
    canvas.ellipse(0.92, -0.08, 0.05, 0.06, LAMP)
    for x in (-0.60, 0.60):
        _wheel(canvas, x, -0.28, canvas.between(0.19, 0.22))


def _truck_front(canvas: Canvas) -> None:
    _on_the_road(canvas, 0.85)
    paint, cargo = canvas.pick(PAINT), canvas.pick(PAINT + METAL)
    top = canvas.between(0.60, 0.80)
    canvas.box(-0.66, -0.5, 0.66, top + 0.12, cargo * 0.9)  # the box behind
    for x in (-0.50, 0.50):
        canvas.box(x - 0.14, -0.88, x + 0.14, -0.5, TYRE)
    canvas.box(-0.60, -0.70, 0.60, top - 0.1, paint)
    canvas.box(-0.50, 0.08, 0.50, top - 0.2, canvas.pick(GLASS))
    canvas.box(-0.36, -0.46, 0.36, -0.04, (0.12, 0.12, 0.13))  # grille
    for y in (-0.36, -0.24, -0.12):
        canvas.box(-0.34, y - 0.02, 0.34, y + 0.02, (0.75, 0.76, 0.78))
    for x in (-0.49, 0.49):
        canvas.ellipse(x, -0.48, 0.10, 0.09, LAMP)
        canvas.box(x * 1.45 - 0.06, 0.1, x * 1.45 + 0.06, 0.4, (0.1, 0.1, 0.1))  # mirror
    canvas.box(-0.62, -0.72, 0.62, -0.60, (0.72, 0.73, 0.75))  # bumper
