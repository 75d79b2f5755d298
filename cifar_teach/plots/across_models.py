"""Figures that follow several models at once: over the number of training images, and over what they confuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors.ranking import largest_errors
from ..exceptions import DataError
from .evaluation import _readable
from .figure import finish, single
from .theme import MARKERS, current_theme, percent, percent_axis, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = ("-", "--", ":")
"""Third signal: with more models than colours the next round of colours has another line."""

LABEL_HEIGHT = 13.5
"""Points from one name at the end of a line to the next."""


@styled
def data_efficiency(
    results: Sequence[Mapping[str, Any]], *, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the accuracy of several models against the number of training images.

    The axis of the images is logarithmic: each step to the right multiplies them. The horizontal distance
    between two lines says how many times more images one model needs to be as good as the other.

    Args:
        results: mappings with ``model``, ``size`` (training images), ``accuracy`` in 0-1 and, where there is one,
            ``interval`` (low, high); one for each model and size, in any order. Not every model needs every size.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: no result, one without its model, size or accuracy, or two of the same model and size.
    """
    curves = _curves(results)
    sizes = sorted({row["size"] for rows in curves.values() for row in rows})
    theme = current_theme()
    ax = single(ax, height=4.2)
    ends = []
    for index, (name, rows) in enumerate(curves.items()):
        color = theme.colors[index % len(theme.colors)]
        line = LINES[index // len(theme.colors) % len(LINES)]
        look = {"color": color, "marker": MARKERS[index % len(MARKERS)], "linestyle": line}
        # Moved apart a little, so that one bar does not hide the next.
        x = np.array([row["size"] for row in rows]) * 1.03 ** (index - (len(curves) - 1) / 2)
        accuracy = np.array([row["accuracy"] for row in rows], dtype=float)
        low, high = np.array([row.get("interval") or (row["accuracy"],) * 2 for row in rows], dtype=float).T
        errors = np.maximum(0, [accuracy - low, high - accuracy])
        ax.errorbar(x, accuracy, yerr=errors, capsize=2.5 * errors.any(), markersize=5.5, label=name, **look)
        ends.append((accuracy[-1], x[-1], name, color))
    ax.set_xscale("log")
    ax.set_xticks(sizes, labels=_size_labels(sizes))
    ax.set_xticks([], minor=True)
    ax.margins(y=0.07)
    ax.yaxis.set_major_formatter(percent_axis)
    ax.set_xlabel("training images, logarithmic")
    ax.set_ylabel("test accuracy")
    ax.grid()
    _name_ends(ax, ends)
    bars = " (bar: 95 % interval)" if any(row.get("interval") for rows in curves.values() for row in rows) else ""
    return finish(ax, title=f"Accuracy against training images{bars}", alt=_efficiency_text(curves), footer=footer)


@styled
def confusions_by_model(
    confusions: Sequence[np.ndarray],
    names: Sequence[str],
    class_names: Sequence[str],
    *,
    top: int = 8,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw who confuses what: how often each model makes the mistakes that all of them together make most.

    A row that is dark from end to end is hard for every model: no vote will cure it. A row that is dark in
    one place only is the weakness of that model.

    Args:
        confusions: for each model its matrix ``(classes, classes)`` of counts on the same images; rows are the
            true class.
        names: one for each model.
        class_names: one for each class.
        top: how many mistakes to show, at least 1. Cat taken for dog and dog for cat are two.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: no model, matrices that do not fit the names or were counted on different images, or no error.
    """
    stacked = _checked_confusions(confusions, names, class_names)
    worst = largest_errors(stacked.sum(axis=0), top) if top >= 1 else []
    if not worst:
        raise DataError("There is no confusion to draw: no model made a mistake, or top is below 1.")
    counts = np.array([[matrix[true, said] for matrix in stacked] for true, said, _ in worst])
    pairs = [f"{class_names[true]} → {class_names[said]}" for true, said, _ in worst]
    ax = single(ax, height=1.8 + 0.34 * len(pairs))
    colors = _count_colors(counts)
    ax.imshow(colors, aspect="auto")
    for row, column in np.ndindex(counts.shape):
        ax.text(
            column, row, f"{counts[row, column]:,}", ha="center", va="center", fontsize=9.5,
            color=_readable(colors[row, column]),
        )  # fmt: skip
    ax.set_xticks(range(len(names)), labels=names, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(pairs)), labels=pairs)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_ylabel("true class → predicted")
    alt = f"Number of images for the {len(pairs)} most frequent confusions of {len(names)} models. " + _confusions_text(
        counts, pairs, names
    )
    return finish(ax, title="Who confuses what, in images", alt=alt, footer=footer)


def _size_labels(sizes: Sequence[int]) -> list[str]:
    """Write the sizes, the largest first, and leave out those too near to one already written."""
    labels, written = [], np.inf
    for size in reversed(sizes):
        near = np.log(written / size) < np.log(sizes[-1] / sizes[0]) / 9
        labels.append("" if near else f"{size:,}")
        written = written if near else size
    return labels[::-1]


def _name_ends(ax: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each name right of the panel at the height of its line's end, moved where names would touch."""
    ax.autoscale_view()  # otherwise the limits are found only when the figure is drawn
    points = ax.transData.transform([(x, value) for value, x, *_ in ends]) * 72 / ax.figure.dpi
    order = np.argsort(points[:, 1], kind="stable")
    places = _spread(points[order, 1], LABEL_HEIGHT)
    for index, place in zip(order, places, strict=True):
        value, x, name, color = ends[index]
        line = {"arrowstyle": "-", "color": color, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 4}
        ax.annotate(
            name, (x, value), (1.03, place - points[index, 1]), textcoords=("axes fraction", "offset points"),
            va="center", fontsize=9.5, annotation_clip=False, arrowprops=line,
        )  # fmt: skip


def _spread(positions: np.ndarray, gap: float) -> np.ndarray:
    """Return increasing ``positions`` moved as little as needed to lie ``gap`` apart.

    Neighbours that are too close become a group centred on the mean of its members' own positions; groups that
    then touch are joined.
    """
    groups: list[list[float]] = []
    for position in positions:
        groups.append([float(position)])
        while len(groups) > 1 and _bottom(groups[-1], gap) - _top(groups[-2], gap) < gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    return np.concatenate([_bottom(group, gap) + gap * np.arange(len(group)) for group in groups])


def _bottom(group: Sequence[float], gap: float) -> float:
    return float(np.mean(group)) - gap * (len(group) - 1) / 2


def _top(group: Sequence[float], gap: float) -> float:
    return float(np.mean(group)) + gap * (len(group) - 1) / 2


def _count_colors(counts: np.ndarray) -> np.ndarray:
    from matplotlib.colors import to_rgb

    theme = current_theme()
    surface, bad = (np.array(to_rgb(color)) for color in (theme.surface, theme.bad))
    return surface + (0.85 * counts / max(counts.max(), 1))[..., None] * (bad - surface)


def _curves(results: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return for each model, in the order they first appear, its results by increasing size."""
    curves: dict[str, list[Mapping[str, Any]]] = {}
    for row in results:
        missing = [key for key in ("model", "size", "accuracy") if row.get(key) is None]
        if missing or row["size"] <= 0:
            fault = f"lacks {', '.join(missing)}" if missing else f"has the size {row['size']}"
            raise DataError(
                f"A result of model '{row.get('model', 'without a name')}' {fault}: each needs model, accuracy and "
                "size, a number of training images above 0."
            )
        curves.setdefault(row["model"], []).append(row)
    if not curves:
        raise DataError("There is no accuracy to draw: the list of results is empty.")
    for name, rows in curves.items():
        rows.sort(key=lambda row: row["size"])
        if len({row["size"] for row in rows}) < len(rows):
            raise DataError(f"Model '{name}' has two results of the same size. Average the seeds first, or name them.")
    return curves


def _checked_confusions(
    confusions: Sequence[np.ndarray], names: Sequence[str], class_names: Sequence[str]
) -> np.ndarray:
    matrices = [np.asarray(matrix) for matrix in confusions]
    classes = len(class_names)
    if not matrices or len(matrices) != len(names):
        raise DataError(f"There are {len(matrices)} confusion matrices but {len(names)} names; both must be 1 or more.")
    for name, matrix in zip(names, matrices, strict=True):
        if matrix.shape != (classes, classes):
            raise DataError(
                f"The confusion matrix of '{name}' must have shape {(classes, classes)}, but it has {matrix.shape}."
            )
        if not np.array_equal(matrix.sum(axis=1), matrices[0].sum(axis=1)):
            raise DataError(
                f"'{name}' and '{names[0]}' were counted on different images: their numbers of images per class differ."
            )
    return np.stack(matrices)


def _efficiency_text(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    parts = []
    for name, rows in curves.items():
        first, last = (f"{percent(row['accuracy'])} at {row['size']:,}" for row in (rows[0], rows[-1]))
        parts.append(f"{name} from {first} to {last}" if len(rows) > 1 else f"{name} {last}")
    return f"Accuracy of {len(curves)} models over the number of training images: {'; '.join(parts)}."


def _confusions_text(counts: np.ndarray, pairs: Sequence[str], names: Sequence[str]) -> str:
    row, column = np.unravel_index(counts.argmax(), counts.shape)
    return (
        f"Most frequent over all: {pairs[0].replace('→', 'taken for')} with {counts[0].sum():,}. "
        f"Largest single number: {counts[row, column]:,} by {names[column]} for "
        f"{pairs[row].replace('→', 'taken for')}."
    )
