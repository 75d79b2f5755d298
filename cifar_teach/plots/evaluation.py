"""Figures of what one model gets right and wrong: its confusions and its scores per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import finish, single
from .theme import MARKERS, current_theme, percent, percent_axis, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMES = 32  # along an axis; of more classes only every second, third ... is named
READABLE_CLASSES = 20  # with more classes a number no longer fits into its cell


@styled
def confusion_heatmap(
    confusion: np.ndarray,
    class_names: Sequence[str],
    *,
    normalize: bool = True,
    title: str | None = None,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw a confusion matrix with right answers and errors on colour scales of their own.

    On one common scale the diagonal outshines every error; the errors are what the figure is read for.

    Args:
        confusion: ``(classes, classes)`` counts, rows are the true class, columns the predicted one.
        class_names: one for each row.
        normalize: write percentages of each row; otherwise counts.
        title: of the figure.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: a matrix that is not square or does not fit the names.
    """
    confusion = np.asarray(confusion)
    classes = len(class_names)
    if confusion.shape != (classes, classes):
        raise DataError(
            f"A confusion matrix of {classes} classes has shape {(classes, classes)}; this one has {confusion.shape}."
        )
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    ax = single(ax, height=min(6.4, 1.9 + 0.42 * classes))
    ax.imshow(_confusion_colors(share), aspect="auto")
    named = range(0, classes, -(-classes // MOST_NAMES))
    names = [class_names[index] for index in named]
    ax.set_xticks(named, labels=names, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(named, labels=names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    if classes <= READABLE_CLASSES:
        _write_cells(ax, confusion, share, normalize)
    unit = "% of each true class" if normalize else "number of images"
    right = np.trace(confusion) / max(confusion.sum(), 1)
    alt = (
        f"Confusion matrix of {classes} classes, {int(confusion.sum()):,} images, "
        f"{percent(right)} on the diagonal.{_worst_text(confusion, share, class_names)}"
    )
    return finish(ax, title=title or f"Confusion matrix, {unit}", alt=alt, footer=footer)


@styled
def class_metrics(
    metrics: Any, class_names: Sequence[str], *, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw precision, recall and F1 of every class, the class with the highest F1 on top.

    Args:
        metrics: an object with arrays ``precision``, ``recall`` and ``f1``, each ``(classes,)`` in 0-1, from
            ``evaluate.classification_metrics``.
        class_names: one for each entry.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: the scores and the class names are not equally many.
    """
    theme = current_theme()
    scores = (getattr(metrics, name) for name in ("precision", "recall", "f1"))
    precision, recall, f1 = (np.asarray(score, dtype=float) for score in scores)
    if not len(precision) == len(recall) == len(f1) == len(class_names):
        raise DataError(f"There are scores of {len(f1)} classes but {len(class_names)} class names.")
    ax = single(ax, height=1.5 + 0.29 * len(class_names))
    order = np.argsort(-f1, kind="stable")
    rows = np.arange(len(order))
    ax.hlines(rows, precision[order], recall[order], color=theme.grid, linewidth=3)
    for values, name, color, marker in (
        (precision, "precision", theme.colors[0], MARKERS[0]),
        (recall, "recall", theme.colors[1], MARKERS[1]),
    ):
        ax.scatter(values[order], rows, color=color, marker=marker, s=42, label=name, zorder=3)
    ax.scatter(f1[order], rows, color=theme.ink, marker="|", s=110, linewidth=2, label="F1", zorder=4)
    ax.set_yticks(rows, labels=[class_names[index] for index in order])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    lowest = float(min(precision.min(), recall.min(), f1.min()))
    ax.set_xlim(max(0.0, lowest - 0.06), 1)
    ax.xaxis.set_major_formatter(percent_axis)
    ax.locator_params(axis="x", nbins=6)
    ax.grid(axis="x")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("precision: right among those called so\nrecall: found among those that are so")
    ax.legend(loc="lower right", labelcolor=theme.ink)
    best, worst = order[0], order[-1]
    alt = (
        f"Precision, recall and F1 of {len(order)} classes. Highest F1: {class_names[best]} with "
        f"{percent(f1[best])}; lowest: {class_names[worst]} with {percent(f1[worst])} "
        f"(precision {percent(precision[worst])}, recall {percent(recall[worst])})."
    )
    return finish(ax, title="Precision, recall and F1 of each class", alt=alt, footer=footer)


def _confusion_colors(share: np.ndarray) -> np.ndarray:
    """Return RGB ``(classes, classes, 3)``: the diagonal towards ``good``, the rest towards ``bad``."""
    from matplotlib.colors import to_rgb

    theme = current_theme()
    surface, good, bad = (np.array(to_rgb(color)) for color in (theme.surface, theme.good, theme.bad))
    diagonal = np.eye(len(share), dtype=bool)
    errors = np.where(diagonal, 0, share)
    strength = np.where(diagonal, share, 0.85 * errors / max(errors.max(), 1e-12))[..., None]
    target = np.where(diagonal[..., None], good, bad)
    return surface + strength * (target - surface)


def _write_cells(ax: Axes, confusion: np.ndarray, share: np.ndarray, normalize: bool) -> None:
    colors = _confusion_colors(share)
    for row, column in np.ndindex(confusion.shape):
        if not confusion[row, column]:
            continue
        value = 100 * share[row, column]
        text = ("<1" if value < 0.95 else f"{value:.0f}") if normalize else f"{confusion[row, column]:,}"
        weight = "bold" if row == column else "normal"
        ax.text(
            column, row, text, ha="center", va="center", fontsize=9, weight=weight,
            color=_readable(colors[row, column]),
        )  # fmt: skip


def _readable(background: np.ndarray) -> str:
    """Return black or white, whichever has the higher contrast to ``background`` (WCAG 2, RGB in 0-1)."""
    linear = np.where(background <= 0.04045, background / 12.92, ((background + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#FFFFFF"


def _worst_text(confusion: np.ndarray, share: np.ndarray, class_names: Sequence[str]) -> str:
    errors = np.where(np.eye(len(share), dtype=bool), 0, share)
    if not errors.any():
        return ""
    row, column = np.unravel_index(errors.argmax(), errors.shape)
    return (
        f" The largest error: {percent(share[row, column])} of the class {class_names[row]} "
        f"are called {class_names[column]}."
    )
