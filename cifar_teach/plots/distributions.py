"""Figures of what is in the data: how many images of each class, how bright, in which channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import finish, single
from .theme import current_theme, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CHANNELS = ("red", "green", "blue")
CHANNEL_LINES = ("-", "--", ":")


@styled
def class_distribution(
    counts: Mapping[str, int],
    *,
    title: str = "Images of each class",
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw how many images each class has, with the number at the end of each bar.

    Args:
        counts: images by class name, from ``explore.class_counts``; drawn in this order.
        title: of the figure.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: ``counts`` is empty.
    """
    if not counts:
        raise DataError("There are no classes to count: the mapping of counts is empty.")
    theme = current_theme()
    names, values = list(counts), np.array(list(counts.values()))
    ax = single(ax, height=1.15 + 0.27 * len(names))
    bars = ax.barh(names, values, height=0.68, color=theme.colors[0])
    ax.bar_label(bars, [f"{value:,}" for value in values], padding=4, color=theme.ink, fontsize=9.5)
    ax.invert_yaxis()
    ax.set_xlabel("images")
    ax.set_xlim(0, max(1, 1.12 * values.max()))
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    low, high = names[int(values.argmin())], names[int(values.argmax())]
    spread = (
        f"every class has {values[0]:,} images"
        if values.min() == values.max()
        else f"from {values.min():,} ({low}) to {values.max():,} ({high})"
    )
    alt = f"Bar chart of the number of images in {len(names)} classes: {spread}, {values.sum():,} in all."
    return finish(ax, title=title, alt=alt, footer=footer)


@styled
def channel_histogram(
    counts: np.ndarray,
    edges: np.ndarray,
    *,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw how often each brightness occurs in the red, the green and the blue channel.

    Args:
        counts: ``(3, bins)`` pixels in each bin, from ``explore.pixel_histogram``.
        edges: ``(bins + 1,)`` borders of the bins, from 0 to 256.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: ``counts`` or ``edges`` has another shape.
    """
    counts, edges = np.asarray(counts, dtype=np.float64), np.asarray(edges)
    if counts.ndim != 2 or len(counts) != 3 or len(edges) != counts.shape[1] + 1:
        raise DataError(f"Expected counts of shape (3, bins) and bins + 1 edges; got {counts.shape} and {edges.shape}.")
    theme = current_theme()
    ax = single(ax)
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for row, name, color, line in zip(share, CHANNELS, _channel_colors(), CHANNEL_LINES, strict=True):
        ax.stairs(row, edges, baseline=None, color=color, linestyle=line, linewidth=1.8, label=name)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, None)
    ax.set_xlabel("pixel value (0 = dark, 255 = bright)")
    ax.set_ylabel("share of pixels in %")
    ax.grid(axis="y")
    ax.legend(title="channel", labelcolor=theme.ink)
    middle = (edges[:-1] + edges[1:]) / 2
    means = (share * middle).sum(axis=1) / np.maximum(share.sum(axis=1), 1e-12)
    listed = ", ".join(f"{name} {mean:.0f}" for name, mean in zip(CHANNELS, means, strict=True))
    full = " Many pixels are fully bright." if (share[:, -1] > 2 * np.median(share, axis=1)).any() else ""
    alt = f"Histogram of pixel values from 0 to 255 for three channels; mean values: {listed}.{full}"
    return finish(ax, title="Pixel values in each channel", alt=alt, footer=footer)


@styled
def channel_statistics(statistics: Any, *, footer: str | None = None, ax: Axes | None = None) -> Figure:
    """Draw the mean of each channel as a bar and its standard deviation as a line around the end.

    Args:
        statistics: an object with ``mean`` and ``std``, each ``(3,)`` in 0-255, from
            ``explore.channel_statistics``.
        footer: where the data come from.
        ax: panel to draw into.
    """
    theme = current_theme()
    mean, std = np.asarray(statistics.mean, dtype=float), np.asarray(statistics.std, dtype=float)
    ax = single(ax, height=2.3)
    whisker = {"ecolor": theme.ink, "capsize": 4, "elinewidth": 1.4}
    ax.barh(CHANNELS, mean, height=0.6, color=_channel_colors(), xerr=std, error_kw=whisker)
    for row, (m, s) in enumerate(zip(mean, std, strict=True)):
        ax.text(m + s + 4, row, f"{m:.1f} ± {s:.1f}", va="center", color=theme.ink, fontsize=9.5)
    ax.invert_yaxis()
    ax.set_xlim(0, 255)
    ax.set_xlabel("pixel value (0 = dark, 255 = bright)")
    ax.tick_params(axis="y", length=0)
    listed = ", ".join(f"{n} {m:.1f} ± {s:.1f}" for n, m, s in zip(CHANNELS, mean, std, strict=True))
    alt = f"Bar chart of the mean pixel value and standard deviation of each channel: {listed}."
    return finish(ax, title="Mean and standard deviation of each channel", alt=alt, footer=footer)


def _channel_colors() -> tuple[str, str, str]:
    # Orange-red, green and blue of the palette: pure red and green would look alike to one man in twelve.
    blue, red, green = current_theme().colors[:3]
    return red, green, blue
