"""Figures of an ensemble: whether its members fail together, and what voting gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .evaluation import _readable
from .figure import finish, panels, single
from .theme import MARKERS, current_theme, percent, percent_axis, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def error_correlation_heatmap(
    matrix: np.ndarray, names: Sequence[str], *, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw how strongly the errors of each two models go together, each pair once.

    Args:
        matrix: ``(models, models)`` in -1..1, symmetric, from ``ensemble.error_correlation``; NaN where a model
            makes no errors is drawn as a dash.
        names: one for each row.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: fewer than two models, or a matrix that does not fit the names.
    """
    matrix = np.asarray(matrix, dtype=float)
    count = len(names)
    if count < 2 or matrix.shape != (count, count):
        raise DataError(
            f"The error correlation of {count} models has shape {(count, count)} with at least 2 models; "
            f"this matrix has {matrix.shape}."
        )
    # The diagonal is always 1 and the upper half repeats the lower one: neither is worth its ink.
    lower = np.tri(count - 1, dtype=bool)
    values = np.where(lower, matrix[1:, :-1], np.nan)
    ax = single(ax, height=1.9 + 0.46 * count)
    colors = _correlation_colors(values)
    ax.imshow(colors, aspect="auto")
    for row, column in np.argwhere(lower):
        value = values[row, column]
        text = "–" if np.isnan(value) else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
        ax.text(column, row, text, ha="center", va="center", fontsize=10, color=_readable(colors[row, column]))
    ax.set_xticks(range(count - 1), labels=names[:-1], rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(count - 1), labels=names[1:])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("correlation of errors: 1 always together, 0 independently")
    return finish(
        ax,
        title="Do the models fail on the same images?",
        alt=_correlation_text(matrix, names),
        footer=footer,
    )


@styled
def ensemble_gain(report: Any, *, footer: str | None = None, axes: Sequence[Axes] | None = None) -> Figure:
    """Draw each member beside the vote of all, and what each member adds to the vote.

    Left: accuracy alone, with 95 % interval; the vote is the line through all rows. Right: how many points the
    vote loses without the member, with paired 95 % interval. An interval across 0 leaves open whether the
    member is of use.

    Args:
        report: from ``ensemble.assess``, or its ``to_dict()``.
        footer: where the data come from.
        axes: two panels to draw into, for accuracy and for what each member adds.
    """
    entry = report if isinstance(report, Mapping) else report.to_dict()
    members = sorted(entry["members"], key=lambda member: -member["accuracy"])
    if axes is None:
        axes = panels(1, 2, height=1.75 + 0.42 * (len(members) + 1))[1][0]
    alone, adds = axes
    _draw_accuracies(alone, entry, members)
    _draw_values(adds, members)
    figure = finish(alone, title="Alone, and voting", alt=_gain_text(entry, members), footer=footer)
    finish(adds, title="Added to the vote", alt=_values_text(members), footer=None)
    return figure


def _draw_accuracies(ax: Axes, entry: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> None:
    theme = current_theme()
    low, high = entry["interval"]
    ax.axvspan(low, high, color=theme.colors[1], alpha=0.15, linewidth=0)
    ax.axvline(entry["accuracy"], color=theme.colors[1], linewidth=1.2, marker="")
    rows = [("vote", entry, 1, 0)] + [(member["name"], member, 0, row + 1) for row, member in enumerate(members)]
    for _, result, look, row in rows:
        low, high = result["interval"]
        accuracy = result["accuracy"]
        ax.errorbar(
            accuracy, row, xerr=[[max(0, accuracy - low)], [max(0, high - accuracy)]], fmt=MARKERS[look],
            color=theme.colors[look], capsize=3, markersize=6,
        )  # fmt: skip
        # On the side away from the line of the vote, which would run through the number.
        end, shift, side = (high, 6, "left") if accuracy > entry["accuracy"] else (low, -6, "right")
        ax.annotate(percent(accuracy), (end, row), (shift, 0), textcoords="offset points", ha=side, va="center")
    ax.set_yticks([row for *_, row in rows], labels=[name for name, *_ in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    # Room for the numbers, which are set in points and unknown to the limits.
    lowest, highest = min(result["interval"][0] for _, result, *_ in rows), max(r["interval"][1] for _, r, *_ in rows)
    width = max(highest - lowest, 0.01)
    left, right = (0.9, 0.9) if members[0]["accuracy"] > entry["accuracy"] else (0.62, 0.08)
    ax.set_xlim(lowest - left * width, highest + right * width)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_formatter(percent_axis)
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("test accuracy")
    ax.grid(axis="x")


def _draw_values(ax: Axes, members: Sequence[Mapping[str, Any]]) -> None:
    theme = current_theme()
    ax.axvline(0, color=theme.muted, linewidth=1, marker="")
    for row, member in enumerate(members, start=1):
        difference, low, high = _value(member)
        useful = low > 0
        ax.errorbar(
            difference, row, xerr=[[max(0, difference - low)], [max(0, high - difference)]], fmt=MARKERS[0],
            color=theme.colors[0] if useful else theme.muted, capsize=3, markersize=6,
            markerfacecolor=theme.colors[0] if useful else theme.surface,
        )  # fmt: skip
        ax.annotate(_points(difference), (max(high, 0), row), (6, 0), textcoords="offset points", va="center")
    ax.set_ylim(len(members) + 0.5, -0.5)
    ax.set_yticks([])
    lowest, highest = min(_value(member)[1] for member in members), max(_value(member)[2] for member in members)
    width = max(highest - min(lowest, 0), 0.1)
    ax.set_xlim(min(lowest, 0) - 0.1 * width, highest + 0.3 * width)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("points of accuracy\n(hollow: no measurable use)")
    ax.grid(axis="x")


def _value(member: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return what a member adds and the ends of its interval, in points of accuracy."""
    value = member["value"]
    return 100 * value["difference"], 100 * value["low"], 100 * value["high"]


def _points(difference: float) -> str:
    text = f"{difference:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def _correlation_colors(values: np.ndarray) -> np.ndarray:
    """Return RGB ``(rows, columns, 3)``: towards ``bad`` for errors in common, ``good`` for opposite ones."""
    from matplotlib.colors import to_rgb

    theme = current_theme()
    surface, good, bad = (np.array(to_rgb(color)) for color in (theme.surface, theme.good, theme.bad))
    strength = np.nan_to_num(np.clip(values, -1, 1))[..., None]
    return surface + np.abs(strength) * (np.where(strength < 0, good, bad) - surface)


def _correlation_text(matrix: np.ndarray, names: Sequence[str]) -> str:
    start = f"Correlation of the errors of {len(names)} models, pair by pair"
    pairs = [(matrix[row, column], row, column) for row, column in np.argwhere(np.tri(len(names), k=-1))]
    known = [pair for pair in pairs if not np.isnan(pair[0])]
    if not known:
        return f"{start}: not defined for any pair, because a model that is always right has no errors."
    (most, a, b), (least, c, d) = max(known), min(known)
    undefined = f" Not defined for {len(pairs) - len(known)} pairs." if len(known) < len(pairs) else ""
    return (
        f"{start}. Most alike: {names[a]} and {names[b]} with {most:.2f}; "
        f"least: {names[c]} and {names[d]} with {least:.2f}.{undefined}"
    )


def _gain_text(entry: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> str:
    best, gain = entry["best_single"], entry["gain"]
    return (
        f"Accuracy of the vote of {len(members)} models: {percent(entry['accuracy'])}, "
        f"{_points(100 * gain['difference'])} points against {best}, the best member on validation. "
        f"Highest alone: {members[0]['name']} with {percent(members[0]['accuracy'])}; "
        f"lowest: {members[-1]['name']} with {percent(members[-1]['accuracy'])}."
    )


def _values_text(members: Sequence[Mapping[str, Any]]) -> str:
    ranked = sorted(members, key=lambda member: -_value(member)[0])
    most = ranked[0]
    open_ones = [member["name"] for member in members if _value(member)[1] <= 0]
    rest = f" No measurable use: {', '.join(open_ones[:4])}." if open_ones else " Every member is of measurable use."
    return f"{most['name']} adds most to the vote: {_points(_value(most)[0])} points.{rest}"
