"""Backgrounds: sky, open country, forest, water, road and room. Each fills the whole canvas."""

from __future__ import annotations

import numpy as np

from ..config import IMAGE_SIZE
from .canvas import Canvas, smooth_noise

SKY = ((0.45, 0.65, 0.92), (0.62, 0.78, 0.95), (0.80, 0.86, 0.92), (0.30, 0.50, 0.82), (0.88, 0.90, 0.93))
GRASS = ((0.34, 0.52, 0.20), (0.45, 0.58, 0.26), (0.56, 0.56, 0.30), (0.25, 0.40, 0.16))
EARTH = ((0.60, 0.50, 0.36), (0.72, 0.64, 0.50), (0.45, 0.38, 0.28))
SNOW = ((0.90, 0.92, 0.95),)
LEAVES = ((0.16, 0.30, 0.12), (0.26, 0.36, 0.16), (0.36, 0.34, 0.18), (0.12, 0.20, 0.10))
WATER = ((0.16, 0.34, 0.50), (0.28, 0.46, 0.58), (0.38, 0.50, 0.52), (0.12, 0.24, 0.36))
ASPHALT = ((0.42, 0.42, 0.43), (0.55, 0.54, 0.53), (0.33, 0.33, 0.35))
WALLS = ((0.82, 0.78, 0.70), (0.60, 0.52, 0.46), (0.70, 0.74, 0.76), (0.45, 0.30, 0.26), (0.92, 0.91, 0.88))
FLOORS = ((0.55, 0.38, 0.24), (0.70, 0.58, 0.44), (0.50, 0.48, 0.46), (0.38, 0.18, 0.18), (0.80, 0.78, 0.74))

_DOWN = np.linspace(-1.0, 1.0, IMAGE_SIZE, dtype=np.float32)[None, :, None]


def sky(canvas: Canvas) -> None:
    """Fill with air: lighter towards the bottom, with soft clouds in some pictures."""
    canvas.wash(np.ones((1, 1, 1)), canvas.pick(SKY))
    canvas.wash((_DOWN + 1.0) * 0.22, (0.95, 0.96, 0.97))
    clouds = smooth_noise(canvas.rng, canvas.n, 4, 5) + 0.4 * smooth_noise(canvas.rng, canvas.n, 9, 9)
    cloudy = canvas.between(0.0, 1.1)[:, None, None]
    canvas.wash(np.clip(clouds * cloudy - 0.15, 0.0, 0.8), (0.94, 0.94, 0.96))


def country(canvas: Canvas, horizon: np.ndarray, ground: tuple, *, trees: float = 0.5) -> None:
    """Ground below the horizon (y in -1 to 1), sky above, and in some pictures a line of trees between."""
    sky(canvas)
    below = _below(horizon)
    wooded = canvas.chance(trees)[:, None, None]
    crowns = smooth_noise(canvas.rng, canvas.n, 2, 9) * 0.18
    height = canvas.between(0.15, 0.9)[:, None, None]
    treeline = np.clip((_DOWN + horizon[:, None, None] + height + crowns) * 10.0, 0.0, 1.0)
    canvas.wash(treeline * wooded * 0.95, canvas.pick(LEAVES))
    canvas.wash(below, canvas.pick(ground))
    _speckle(canvas, below, 0.10)


def forest(canvas: Canvas) -> None:
    """Fill with foliage and a few trunks."""
    canvas.wash(np.ones((1, 1, 1)), canvas.pick(LEAVES, 0.08))
    dapple = smooth_noise(canvas.rng, canvas.n, 8, 8)
    canvas.wash(np.clip(dapple, 0.0, 0.6), canvas.pick(GRASS, 0.10))
    for _ in range(2):
        x = canvas.between(-1.0, 1.0)
        canvas.limb(x, -1.2, x + canvas.between(-0.1, 0.1), 1.2, 0.08, 0.06, (0.24, 0.18, 0.12), canvas.chance(0.6))
    floor = _below(canvas.between(-0.9, -0.2))
    canvas.wash(floor * 0.9, canvas.pick(GRASS + EARTH))
    _speckle(canvas, floor, 0.12)


def sea(canvas: Canvas, horizon: np.ndarray) -> None:
    """Water below the horizon with waves, sky and in some pictures a far shore above."""
    sky(canvas)
    shore = np.clip((_DOWN + (horizon + canvas.between(0.04, 0.25))[:, None, None]) * 12.0, 0.0, 1.0)
    canvas.wash(shore * canvas.chance(0.35)[:, None, None] * 0.8, canvas.pick(((0.35, 0.42, 0.40), (0.50, 0.52, 0.55))))
    below = _below(horizon)
    canvas.wash(below, canvas.pick(WATER))
    waves = smooth_noise(canvas.rng, canvas.n, 16, 5)
    canvas.wash(below * np.clip(waves * 0.35, 0.0, 1.0), (0.80, 0.86, 0.90))


def street(canvas: Canvas, horizon: np.ndarray) -> None:
    """A road in front of houses, trees or open sky."""
    country(canvas, horizon, ASPHALT + EARTH[:1] + GRASS[:1], trees=0.35)
    for _ in range(2):
        left, top = canvas.between(-1.2, 0.8), horizon + canvas.between(0.3, 1.2)
        canvas.box(left, horizon, left + canvas.between(0.4, 1.1), top, canvas.pick(WALLS), canvas.chance(0.4))
    line = horizon - canvas.between(0.35, 0.7)
    canvas.box(-1.2, line - 0.03, 1.2, line + 0.03, (0.85, 0.84, 0.75), canvas.chance(0.35) * 0.8)


def room(canvas: Canvas, horizon: np.ndarray) -> None:
    """A wall, a floor, and in some pictures a window, a cushion or a blanket."""
    canvas.wash(np.ones((1, 1, 1)), canvas.pick(WALLS))
    canvas.wash(_below(horizon), canvas.pick(FLOORS))
    left, bottom = canvas.between(-1.1, 0.5), canvas.between(0.0, 0.4)
    size = canvas.between(0.4, 0.9)
    canvas.box(left, bottom, left + size, bottom + size, canvas.pick(SKY + WALLS), canvas.chance(0.4))
    canvas.ellipse(
        canvas.between(-0.8, 0.8),
        -1.0,
        canvas.between(0.6, 1.3),
        canvas.between(0.3, 0.6),
        canvas.pick(((0.70, 0.25, 0.22), (0.25, 0.32, 0.55), (0.85, 0.82, 0.75), (0.30, 0.45, 0.32))),
        visible=canvas.chance(0.5),
    )
    _speckle(canvas, np.float32(1.0), 0.04)


def plain(canvas: Canvas) -> None:
    """A nearly even studio background."""
    canvas.wash(np.ones((1, 1, 1)), canvas.pick(((0.95, 0.95, 0.95), (0.88, 0.88, 0.86), (0.75, 0.77, 0.80))))
    canvas.wash((_DOWN + 1.0) * 0.1, (0.5, 0.5, 0.5))


def _below(horizon: np.ndarray) -> np.ndarray:
    """Return 1 below the horizon and 0 above, (n, 32, 32) up to broadcasting."""
    return np.clip((_DOWN + np.asarray(horizon, dtype=np.float32)[:, None, None]) * 16.0 + 0.5, 0.0, 1.0)


def _speckle(canvas: Canvas, where: np.ndarray, strength: float) -> None:
    """Add the grain of grass, gravel or cloth."""
    grain = smooth_noise(canvas.rng, canvas.n, 18, 12) * strength
    canvas.pixels += (grain * where)[:, None]
