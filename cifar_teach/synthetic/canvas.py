"""Draw shapes on many small pictures at once.

A shape is a signed distance: for every pixel, how far it lies outside (positive) or inside (negative) the
outline. A pixel is covered fully, partly or not at all according to that distance, which gives smooth edges
without drawing at a larger size. (Quilez, "2D distance functions", iquilezles.org/articles/distfunctions2d)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..config import IMAGE_SIZE

Number = float | np.ndarray
"""One value for all pictures, or an array (n,) with one for each."""
Colour = tuple[float, float, float] | np.ndarray
"""Red, green, blue in 0-1: one for all pictures, or an array (n, 3)."""

_CENTRES = (np.arange(IMAGE_SIZE, dtype=np.float32) + 0.5) / (IMAGE_SIZE / 2) - 1.0


class Canvas:
    """n pictures being drawn, and the dice for whatever differs between them.

    Shapes are given in the object's own coordinates: x to the right (the way it faces), y up, and about
    -1 to 1 for the whole object. :meth:`place` says where in the picture that is, anew for every picture.

    Attributes:
        n: number of pictures.
        pixels: float32 (n, 3, 32, 32), 0-1.
    """

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.n = n
        self.rng = rng
        self.pixels = np.zeros((n, 3, IMAGE_SIZE, IMAGE_SIZE), dtype=np.float32)
        self.place()

    # Dice: one throw for every picture.

    def between(self, low: Number, high: Number) -> np.ndarray:
        """Return a uniform value (n,) for every picture."""
        return self.rng.uniform(low, high, self.n)

    def chance(self, probability: float) -> np.ndarray:
        """Return True with this probability, bool (n,)."""
        return self.rng.random(self.n) < probability

    def pick(self, colours: Sequence[Colour], spread: float = 0.06) -> np.ndarray:
        """Return one of the colours for every picture, a little brighter or darker and of another hue, (n, 3)."""
        chosen = np.array(colours)[self.rng.integers(len(colours), size=self.n)]
        brightness = self.rng.normal(0.0, spread, (self.n, 1))
        hue = self.rng.normal(0.0, spread / 3, (self.n, 3))
        return np.clip(chosen + brightness + hue, 0.0, 1.0)

    # Where the object is.

    def place(
        self, x: Number = 0.0, y: Number = 0.0, scale: Number = 1.0, angle: Number = 0.0, mirror: Number = False
    ) -> None:
        """Set the object's frame: its centre (-1 to 1 across the picture), size, turn in radians, and facing."""
        right = _CENTRES[None, None, :] - _each(x)
        up = -_CENTRES[None, :, None] - _each(y)
        cos, sin, scale = np.cos(_each(angle)), np.sin(_each(angle)), _each(scale)
        u = (right * cos + up * sin) / scale
        self._u = np.where(_each(mirror).astype(bool), -u, u) * np.ones((self.n, 1, 1), dtype=np.float32)
        self._v = (up * cos - right * sin) / scale * np.ones((self.n, 1, 1), dtype=np.float32)
        self._pixels_per_unit = scale * np.float32(IMAGE_SIZE / 2)

    # Shapes, from the back to the front. ``visible`` leaves a shape out of some pictures (0 or False), or makes
    # it transparent (between 0 and 1).

    def ellipse(
        self,
        x: Number,
        y: Number,
        width: Number,
        height: Number,
        colour: Colour,
        angle: Number = 0.0,
        visible: Number = 1.0,
        shade: float = 0.0,
    ) -> None:
        """Draw an ellipse by its centre and half-axes; ``shade`` lightens its top and darkens its underside."""
        u, v = self._u - _each(x), self._v - _each(y)
        if not _is_zero(angle):
            cos, sin = np.cos(_each(angle)), np.sin(_each(angle))
            u, v = u * cos + v * sin, v * cos - u * sin
        a, b = u / _each(width), v / _each(height)
        distance = (np.sqrt(a * a + b * b) - 1.0) * np.minimum(_each(width), _each(height))
        self._paint(distance, colour, visible, 1.0 + shade * b if shade else None)

    def limb(
        self,
        x0: Number,
        y0: Number,
        x1: Number,
        y1: Number,
        width0: Number,
        width1: Number,
        colour: Colour,
        visible: Number = 1.0,
    ) -> None:
        """Draw a rounded stroke from one point to another whose half-width changes on the way."""
        u, v = self._u - _each(x0), self._v - _each(y0)
        du, dv = _each(x1) - _each(x0), _each(y1) - _each(y0)
        along = np.clip((u * du + v * dv) / (du * du + dv * dv + 1e-6), 0.0, 1.0)
        u, v = u - along * du, v - along * dv
        width = _each(width0) + along * (_each(width1) - _each(width0))
        self._paint(np.sqrt(u * u + v * v) - width, colour, visible)

    def polygon(self, points: Sequence[tuple[Number, Number]], colour: Colour, visible: Number = 1.0) -> None:
        """Draw a convex polygon from its corners in anticlockwise order."""
        distance = None
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
            du, dv = _each(x1) - _each(x0), _each(y1) - _each(y0)
            length = np.sqrt(du * du + dv * dv) + 1e-6
            outside = (self._u - _each(x0)) * (dv / length) - (self._v - _each(y0)) * (du / length)
            distance = outside if distance is None else np.maximum(distance, outside)
        self._paint(distance, colour, visible)

    def box(
        self, left: Number, bottom: Number, right: Number, top: Number, colour: Colour, visible: Number = 1.0
    ) -> None:
        """Draw an upright rectangle."""
        half_width, half_height = (_each(right) - _each(left)) / 2, (_each(top) - _each(bottom)) / 2
        u = np.abs(self._u - _each(left) - half_width) - half_width
        v = np.abs(self._v - _each(bottom) - half_height) - half_height
        self._paint(np.maximum(u, v), colour, visible)

    def wash(self, amount: np.ndarray, colour: Colour) -> None:
        """Mix a colour in everywhere, by an amount 0-1 of shape (n, 32, 32) or one that broadcasts to it."""
        self._blend(np.broadcast_to(amount, self._u.shape).astype(np.float32), colour, None)

    def _paint(self, distance: np.ndarray, colour: Colour, visible: Number, light: np.ndarray | None = None) -> None:
        cover = np.clip(0.5 - distance * self._pixels_per_unit, 0.0, 1.0)
        if not isinstance(visible, float) or visible != 1.0:
            cover *= _each(visible)
        self._blend(cover, colour, light)

    def _blend(self, cover: np.ndarray, colour: Colour, light: np.ndarray | None) -> None:
        colour = np.broadcast_to(np.asarray(colour, dtype=np.float32), (self.n, 3))
        for channel in range(3):
            value = colour[:, channel, None, None]
            target = self.pixels[:, channel]
            target += cover * ((value if light is None else value * light) - target)


def smooth_noise(rng: np.random.Generator, n: int, rows: int, columns: int) -> np.ndarray:
    """Return n noise fields, float32 (n, 32, 32) in -1 to 1, that vary over ``rows`` x ``columns`` cells."""
    coarse = rng.uniform(-1.0, 1.0, (n, rows, columns)).astype(np.float32)
    return _stretch(rows) @ coarse @ _stretch(columns).T


def _stretch(cells: int) -> np.ndarray:
    """Return the matrix (32, cells) that interpolates linearly between cells."""
    position = np.linspace(0.0, cells - 1.0, IMAGE_SIZE)
    return np.clip(1.0 - np.abs(position[:, None] - np.arange(cells)), 0.0, 1.0).astype(np.float32)


def _each(value: Number) -> np.ndarray:
    """Return the value with shape (n, 1, 1) or (), ready to meet whole pictures."""
    array = np.asarray(value, dtype=np.float32)
    return array[:, None, None] if array.ndim else array


def _is_zero(value: Number) -> bool:
    return isinstance(value, float) and value == 0.0
