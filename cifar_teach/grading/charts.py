"""The few drawings on the pages of the grader, as SVG: numbers in, markup out, no text of anybody in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from .text import number

RADIUS = 42
BINS = 10
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 220, 34, 46


def ring(points: float, max_points: float) -> Any:
    """Return a ring that is filled by the share of the points, with the share in it; the text beside it says more."""
    share = min(1.0, max(0.0, points / max_points)) if max_points else 0.0
    around = 2 * math.pi * RADIUS
    common = f'cx="50" cy="50" r="{RADIUS}" fill="none" stroke-width="11"'
    filled = (
        f'<circle class="value" {common} stroke-linecap="round" transform="rotate(-90 50 50)" '
        f'stroke-dasharray="{share * around:.2f} {around:.2f}"/>'
        if share > 0
        else ""
    )
    # Rounding must not turn nearly everything into everything.
    percent = 100 if share == 1 else min(99, round(100 * share))
    return _markup(
        f'<svg viewBox="0 0 100 100" aria-hidden="true"><circle class="track" {common}/>{filled}'
        f'<text x="50" y="57.5" text-anchor="middle">{percent}%</text></svg>'
    )


def histogram(values: Sequence[float], maximum: float) -> Any:
    """Return how many of ``values`` (0 to ``maximum``) lie in each tenth, with a line at the median."""
    counts = tenths(values, maximum)
    top = max(1, *counts)
    step = (WIDTH - LEFT) / BINS
    height = HEIGHT - BOTTOM - 22
    parts = []
    for index, count in enumerate(counts):
        x, bar = LEFT + index * step, height * count / top
        y = HEIGHT - BOTTOM - bar
        if count:
            parts.append(
                f'<rect class="bar" x="{x + 3:.1f}" y="{y:.1f}" width="{step - 6:.1f}" height="{bar:.1f}" rx="3"/>'
            )
            parts.append(
                f'<text class="strong" x="{x + step / 2:.1f}" y="{y - 6:.1f}" text-anchor="middle">{count}</text>'
            )
    for index in range(0, BINS + 1, 2):
        x = LEFT + index * step
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{number(maximum * index / BINS)}</text>'
        )
    centre, lowest = (LEFT + WIDTH) / 2, HEIGHT - 6
    parts.append(f'<text class="title" x="{centre:.0f}" y="{lowest}" text-anchor="middle">points of the checks</text>')
    base = f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>'
    label = f"Students by points, in tenths from 0 to {number(maximum)}: {', '.join(map(str, counts))}"
    # The numbers at both ends are centred on the ends.
    return _markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH + 24} {HEIGHT}" role="img" aria-label="{label}">'
        f"{base}{''.join(parts)}{_median(values, maximum, height)}</svg>"
    )


def tenths(values: Sequence[float], maximum: float) -> list[int]:
    """Return how many values lie in each tenth of 0 to ``maximum``; the full score belongs to the last one."""
    counts = [0] * BINS
    for value in values:
        # The small number keeps 0.3 / 1.0 * 10 = 3.0000000000000004 and its relatives where they belong.
        counts[min(BINS - 1, max(0, int(BINS * value / maximum + 1e-9)))] += 1
    return counts


def _median(values: Sequence[float], maximum: float, height: float) -> str:
    if not values:
        return ""
    x, floor = LEFT + (WIDTH - LEFT) * min(1.0, median(values) / maximum), HEIGHT - BOTTOM
    return f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{floor - height - 18:.1f}" y2="{floor}"/>'


def stack(counts: Mapping[str, int]) -> Any:
    """Return a bar whose pieces are as long as ``counts``: class of the style sheet -> number."""
    total, x, parts = sum(counts.values()), 0.0, []
    for look, count in counts.items():
        if count:
            width = 100 * count / total
            parts.append(f'<rect class="f-{look}" x="{x:.3f}" y="0" width="{width:.3f}" height="10"/>')
            x += width
    return _markup(
        f'<svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'
    )


def swatch(look: str) -> Any:
    """Return a small square in the colour of a state, for a key."""
    return _markup(f'<svg viewBox="0 0 10 10" aria-hidden="true"><rect class="f-{look}" width="10" height="10"/></svg>')


def _markup(text: str) -> Any:
    import markupsafe

    return markupsafe.Markup(text)
