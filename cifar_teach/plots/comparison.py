"""Figures that set several models side by side: accuracy with its uncertainty, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import finish, single
from .theme import MARKERS, current_theme, percent, percent_axis, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COSTS = {
    "train_seconds": "training time in seconds",
    "predict_seconds": "prediction time in seconds",
    "params": "parameters",
    "macs": "multiply-adds per image",
}
"""Columns of a result that can stand on the cost axis, with the label they get."""


@styled
def model_comparison(
    results: Sequence[Mapping[str, Any]], *, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the accuracy of every model as a dot with its 95 % interval, the best on top.

    Args:
        results: mappings with ``model``, ``accuracy`` and ``interval`` (low, high), all in 0-1; the entries
            under ``models`` in ``report.json`` fit.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: no result, or one without its model, accuracy or interval.
    """
    theme = current_theme()
    ranked = sorted(_checked(results, ()), key=lambda result: -result["accuracy"])
    ax = single(ax, height=1.35 + 0.42 * len(ranked))
    accuracy, errors = _intervals(ranked)
    rows = np.arange(len(ranked))
    ax.errorbar(accuracy, rows, xerr=errors, fmt="o", color=theme.colors[0], capsize=3, markersize=6)
    for row, result in enumerate(ranked):
        end = (result["interval"][1], row)
        ax.annotate(percent(result["accuracy"]), end, (7, 0), textcoords="offset points", va="center")
    ax.set_yticks(rows, labels=[result["model"] for result in ranked])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.margins(x=0.18)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_formatter(percent_axis)
    ax.set_xlabel("test accuracy")
    ax.grid(axis="x")
    alt = f"Accuracy of {len(ranked)} models with 95 % intervals, best first: {_listed(ranked)}."
    return finish(ax, title="Test accuracy of each model (line: 95 % interval)", alt=alt, footer=footer)


@styled
def cost_vs_accuracy(
    results: Sequence[Mapping[str, Any]],
    *,
    cost: str = "train_seconds",
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw accuracy against cost: up is better, left is cheaper.

    Args:
        results: mappings with ``model``, ``accuracy``, ``interval`` (low, high) and the cost; the entries
            under ``models`` in ``report.json`` fit.
        cost: which column is the cost: ``train_seconds``, ``predict_seconds``, ``params`` or ``macs``.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: no result, an unknown cost, or a result without it.
    """
    if cost not in COSTS:
        raise DataError(f"There is no cost '{cost}' to draw. Known: {', '.join(COSTS)}.")
    results = _checked(results, (cost,))
    theme = current_theme()
    ax = single(ax, height=4.0)
    costs = np.array([result[cost] for result in results], dtype=float)
    accuracy, errors = _intervals(results)
    for index, (x, y) in enumerate(zip(costs, accuracy, strict=True)):
        look = {"color": theme.colors[index % len(theme.colors)], "fmt": MARKERS[index % len(MARKERS)]}
        ax.errorbar(x, y, yerr=errors[:, index : index + 1], capsize=3, markersize=7, **look)
    if costs.min() > 0 and costs.max() / costs.min() > 8:
        ax.set_xscale("log")
    ax.margins(x=0.22, y=0.14)
    if ax.get_xscale() == "linear":
        ax.set_xlim(left=max(0.0, ax.get_xlim()[0]))
    ax.yaxis.set_major_formatter(percent_axis)
    ax.xaxis.set_major_formatter(_short_number)
    ax.xaxis.set_minor_formatter("")
    ax.set_xlabel(COSTS[cost] + (", logarithmic" if ax.get_xscale() == "log" else ""))
    ax.set_ylabel("test accuracy")
    ax.grid()
    place_labels(ax, costs, accuracy, [result["model"] for result in results])
    listed = "; ".join(f"{r['model']} {percent(r['accuracy'])} at {_short_number(r[cost])}" for r in results)
    alt = f"Accuracy against {COSTS[cost]} of {len(results)} models: {listed}."
    title = f"Accuracy against {COSTS[cost].split(' in ')[0]} (bar: 95 % interval)"
    return finish(ax, title=title, alt=alt, footer=footer)


def place_labels(ax: Axes, x: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
    """Write a name beside each point, on the first side where it touches no point and no other name.

    Args:
        ax: a panel whose limits and scales are final.
        x: ``(n,)`` positions in data units.
        y: ``(n,)`` positions in data units.
        names: one for each point.
    """
    points = ax.transData.transform(np.column_stack([x, y])) * 72 / ax.figure.dpi
    taken = [(px - 5, py - 5, px + 5, py + 5) for px, py in points]
    for (px, py), xy, name in zip(points, zip(x, y, strict=True), names, strict=True):
        width, height = 6.2 * len(name), 12.0
        boxes = {}
        for ha, va, dx, dy in _SIDES:
            left = px + dx - {"left": 0, "center": width / 2, "right": width}[ha]
            bottom = py + dy - {"bottom": 0, "center": height / 2, "top": height}[va]
            boxes[ha, va, dx, dy] = (left, bottom, left + width, bottom + height)
        side = min(boxes, key=lambda s: sum(_overlap(boxes[s], other) for other in taken))
        taken.append(boxes[side])
        ax.annotate(name, xy, side[2:], textcoords="offset points", ha=side[0], va=side[1], fontsize=9.5)


_SIDES = (
    ("left", "center", 9, 0),
    ("right", "center", -9, 0),
    ("left", "bottom", 7, 6),
    ("left", "top", 7, -6),
    ("right", "bottom", -7, 6),
    ("right", "top", -7, -6),
)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def _checked(results: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> list[Mapping[str, Any]]:
    results = list(results)
    if not results:
        raise DataError("There is no model to compare: the list of results is empty.")
    for result in results:
        missing = [key for key in ("model", "accuracy", "interval", *keys) if result.get(key) is None]
        if missing:
            name = result.get("model", "without a name")
            raise DataError(f"The result of model '{name}' lacks {', '.join(missing)}.")
    return results


def _intervals(results: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracies ``(n,)`` and the distances ``(2, n)`` down and up to the ends of their intervals."""
    accuracy = np.array([result["accuracy"] for result in results], dtype=float)
    low, high = np.array([result["interval"] for result in results], dtype=float).T
    return accuracy, np.maximum(0, np.stack([accuracy - low, high - accuracy]))


def _listed(results: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(
        f"{r['model']} {percent(r['accuracy'])} ({percent(r['interval'][0])} to {percent(r['interval'][1])})"
        for r in results
    )


def _short_number(value: float, position: int | None = None) -> str:
    """Write 393586 as 394 k and 41200000 as 41.2 M (``position`` is what a tick formatter passes)."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}\N{NO-BREAK SPACE}{letter}"
    return f"{value:.3g}"
