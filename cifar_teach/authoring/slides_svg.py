"""Pieces of the charts on the slides: text, axes, rows. Colours are CSS variables of ``book/slides/deck.css``.

Every chart is 620 units wide with letters of 19: it can be read beside text on a projector, and alone on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH = 620
LETTER = 19
"""Height of the letters; a letter of the fonts in use is on average no wider than 0.56 of it."""
LOW_ROW, HIGH_ROW, ROOM = 44, 92, 400
"""Least and most height of a row, its label and value and the mark below them; and of all rows together."""
MINUS = "\N{MINUS SIGN}"


class Mark(NamedTuple):
    """One row of a chart of rows.

    Attributes:
        label: what was measured.
        value: where the mark is, on the axis.
        words: the value as it is written at the right.
        low, high: ends of the interval, or None where there is none.
        start: where a bar or an arrow to ``value`` begins, or None for a mark alone.
        strong: drawn in the second colour.
    """

    label: str
    value: float
    words: str
    low: float | None = None
    high: float | None = None
    start: float | None = None
    strong: bool = False


class Axis:
    """Places on a line: calling it turns a number into a coordinate."""

    def __init__(self, low: float, high: float, start: float, end: float, *, log: bool = False) -> None:
        self._change = math.log10 if log else float
        self.low, self.high, self._start, self._end = low, high, start, end

    def __call__(self, value: float) -> float:
        """Return the coordinate of ``value``."""
        low, high = self._change(self.low), self._change(self.high)
        share = (self._change(value) - low) / (high - low)
        return round(self._start + share * (self._end - self._start), 1)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start", more: str = "") -> str:
    """Return words whose baseline begins (or ends, or is centred) at a point."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{kind}"/>'


def dot(x: float, y: float, kind: str, radius: float = 7) -> str:
    """Return a filled circle."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" class="{kind}"/>'


def box(x: float, y: float, width: float, height: float, kind: str, more: str = "") -> str:
    """Return a rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{kind}"{more}/>'


def drawing(height: float, description: str, parts: Iterable[str]) -> str:
    """Return a whole chart, which a screen reader reads as its description."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(description)}">'
        f"{''.join(parts)}</svg>"
    )


def rows_chart(
    marks: Sequence[Mark], axis: Axis, ticks: Sequence[tuple[float, str]], description: str, unit: str
) -> str:
    """Return a chart with a row for each mark, above an axis.

    Args:
        marks: from top to bottom.
        axis: along x.
        ticks: places on the axis and what is written there.
        description: for people who do not see the chart; the values of all rows are added to it.
        unit: what the axis shows.
    """
    row = max(LOW_ROW, min(HIGH_ROW, ROOM // len(marks)))
    bottom = len(marks) * row + 6
    parts = [line(axis(place), 8, axis(place), bottom, "zero" if place == 0 else "grid") for place, _ in ticks]
    for number, mark in enumerate(marks):
        y = number * row + row / 2 - 6
        kind = "second" if mark.strong else "first"
        parts += [
            text(axis(ticks[0][0]) + 8, y, mark.label, "label halo"),
            text(WIDTH, y, mark.words, "value halo", "end"),
        ]
        parts += _mark(mark, axis, y + 20, kind)
    for place, words in ticks:
        anchor = "end" if axis(place) > WIDTH - 20 else "start" if axis(place) < 20 else "middle"
        parts.append(text(axis(place), bottom + 22, words, "tick", anchor))
    parts.append(text(WIDTH, bottom + 46, unit, "tick", "end"))
    spoken = "; ".join(f"{mark.label}: {mark.words}" for mark in marks)
    return drawing(bottom + 54, f"{description} {spoken}.", parts)


def _mark(mark: Mark, axis: Axis, y: float, kind: str) -> list[str]:
    parts = []
    if mark.start is not None:
        parts.append(line(axis(mark.start), y, axis(mark.value), y, f"bar {kind}"))
    if mark.low is not None:
        parts += [line(axis(mark.low), y, axis(mark.high), y, f"whisker {kind}")]
        parts += [line(axis(end), y - 8, axis(end), y + 8, f"whisker {kind}") for end in (mark.low, mark.high)]
    return [*parts, dot(axis(mark.value), y, kind)]


def even_ticks(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of ``step`` from ``low`` or below to ``high`` or above."""
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def place_labels(
    points: Sequence[tuple[float, float, str]], right: float, taken: Iterable[tuple[float, float, float, float]] = ()
) -> list[tuple[float, float, str]]:
    """Find a place beside each point for its label, where it covers neither a point nor another label.

    Args:
        points: x, y and label of each.
        right: labels end left of this.
        taken: boxes (left, top, right, bottom) that must stay free.

    Returns:
        For each point x and y of its label and the anchor of the text.
    """
    boxes = [*taken, *((x - 9, y - 12, x + 9, y + 12) for x, y, _ in points)]
    result = []
    for x, y, words in points:
        width = 0.56 * LETTER * len(words)
        tries = [(x + 14, y + 6, "start"), (x - 14, y + 6, "end")]
        for far in (0, 24, 48, 72, 96):
            above, below = y - 20 - far, y + 34 + far
            tries += [
                (x, above, "middle"),
                (x, below, "middle"),
                (x + 10, above + 4, "start"),
                (x + 10, below - 4, "start"),
            ]
            tries += [(x - 10, above + 4, "end"), (x - 10, below - 4, "end")]
        found = [(each, _box(each, width)) for each in tries]
        inside = [each for each in found if each[1][0] >= 0 and each[1][2] <= right and each[1][1] >= 0]
        free = [each for each in inside if not any(_overlap(each[1], other) for other in boxes)]
        chosen, covered = (free or inside or found)[0]
        boxes.append(covered)
        result.append(chosen)
    return result


def _box(place: tuple[float, float, str], width: float) -> tuple[float, float, float, float]:
    x, y, anchor = place
    left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
    return left, y - LETTER + 3, left + width, y + 5


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
