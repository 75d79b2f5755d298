"""Figures of how far a model's confidence can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import finish, single
from .theme import current_theme, percent, percent_axis, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def reliability_diagram(
    bins: Any, ece: float, *, title: str | None = None, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw how often the model is right against how sure it says it is (Guo et al., 2017).

    Dots on the diagonal are honest; below it the model is surer than it may be. The bars on top show how
    many answers fall into each bin: a dot that rests on few answers says little.

    Args:
        bins: an object with ``edges`` ``(bins + 1,)`` and ``confidence``, ``accuracy`` and ``count``, each
            ``(bins,)``, from ``evaluate.reliability_bins``.
        ece: expected calibration error, 0-1.
        title: of the figure.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: no bin holds an answer.
    """
    edges, count = np.asarray(bins.edges, dtype=float), np.asarray(bins.count)
    filled = count > 0
    if not filled.any():
        raise DataError("All bins are empty, so nothing can be said about calibration.")
    confidence = np.asarray(bins.confidence, dtype=float)[filled]
    accuracy = np.asarray(bins.accuracy, dtype=float)[filled]
    heading = title or f"Confidence against accuracy (ECE {percent(ece)})"
    too_sure = float(np.dot(count[filled], confidence - accuracy)) > 0
    alt = (
        f"Reliability diagram of {int(count.sum()):,} answers: expected calibration error {percent(ece)}; "
        f"on average the model is {'surer' if too_sure else 'less sure'} than it is right."
    )
    ax = single(ax, height=4.6)
    _gaps(ax, confidence, accuracy)
    figure = finish(ax, title="", alt=alt, footer=footer)
    _bin_counts(ax, edges, count).set_title(heading)
    return figure


@styled
def accuracy_vs_coverage(
    coverage: np.ndarray, accuracy: np.ndarray, *, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the accuracy among the answers the model is most sure of, against their share of all answers.

    It answers: if a person looked at the unsure images, how good would the rest be?

    Args:
        coverage: ``(n,)`` shares of answers kept, rising to 1, from ``evaluate.accuracy_coverage``.
        accuracy: ``(n,)`` accuracy among the answers kept.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: lists that are empty or of different lengths.
    """
    coverage, accuracy = np.asarray(coverage, dtype=float), np.asarray(accuracy, dtype=float)
    if coverage.shape != accuracy.shape or coverage.ndim != 1 or not len(coverage):
        raise DataError(f"Coverage {coverage.shape} and accuracy {accuracy.shape} must be lists of the same length.")
    theme = current_theme()
    ax = single(ax, height=3.6)
    ax.plot(coverage, accuracy, color=theme.colors[0], marker="")
    marks = {share: int(np.argmin(np.abs(coverage - share))) for share in (0.5, 0.8, 1.0)}
    place = {"textcoords": "offset points", "ha": "right", "va": "top"}
    for index in marks.values():
        ax.plot(coverage[index], accuracy[index], "o", color=theme.colors[0])
        ax.annotate(percent(accuracy[index]), (coverage[index], accuracy[index]), (-4, -7), **place)
    stable = accuracy[coverage >= 0.05]  # the first few answers jump between 0 and 1
    low = float(stable.min() if len(stable) else accuracy.min())
    ax.set_ylim(max(0.0, low - 0.2 * (1 - low) - 0.03), 1.01)
    ax.set_xlim(0, 1.02)
    ax.xaxis.set_major_formatter(percent_axis)
    ax.yaxis.set_major_formatter(percent_axis)
    ax.set_xlabel("share of images answered, the surest first")
    ax.set_ylabel("right answers")
    ax.grid()
    listed = ", ".join(f"{percent(accuracy[i])} at {percent(share, 0)}" for share, i in marks.items())
    alt = f"Line of accuracy against the share of images answered, the surest first: {listed}."
    return finish(ax, title="Accuracy when the unsure images are left out", alt=alt, footer=footer)


def _gaps(ax: Axes, confidence: np.ndarray, accuracy: np.ndarray) -> None:
    theme = current_theme()
    ax.plot([0, 1], [0, 1], color=theme.muted, linestyle="--", linewidth=1.2, marker="", label="honest")
    ax.vlines(confidence, accuracy, confidence, color=theme.colors[1], linewidth=5, alpha=0.35, label="gap")
    ax.plot(confidence, accuracy, "o-", color=theme.colors[0], label="this model")
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence of the answer", ylabel="right answers")
    ax.xaxis.set_major_formatter(percent_axis)
    ax.yaxis.set_major_formatter(percent_axis)
    ax.grid()
    ax.legend(loc="upper left", labelcolor=theme.ink)


def _bin_counts(ax: Axes, edges: np.ndarray, count: np.ndarray) -> Axes:
    theme = current_theme()
    top = ax.inset_axes([0, 1.03, 1, 0.18], sharex=ax)
    top.stairs(count / count.sum(), edges, fill=True, color=theme.colors[0], alpha=0.55)
    top.spines["left"].set_visible(False)
    top.tick_params(labelbottom=False, length=0)
    top.set_yticks([])
    note = {"transform": top.transAxes, "va": "top", "fontsize": 9, "color": theme.muted}
    top.text(0.01, 0.9, "answers in each bin", **note)
    return top
