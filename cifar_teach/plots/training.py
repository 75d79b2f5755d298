"""Figures of a training run: the learning rate it used, what it learned, how much depends on the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import finish, panels, single
from .theme import MARKERS, current_theme, percent, percent_axis, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = Sequence[Mapping[str, Any]]


@styled
def learning_rate_schedule(
    rates: Sequence[float],
    *,
    unit: str = "step",
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the learning rate over the training.

    Args:
        rates: the learning rate of each step (or epoch), in order.
        unit: what one entry stands for: ``step`` or ``epoch``.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: ``rates`` is empty or no plain list.
    """
    rates = np.asarray(rates, dtype=float)
    if rates.ndim != 1 or not len(rates):
        raise DataError(f"Expected a list of learning rates, one for each {unit}; got shape {rates.shape}.")
    theme = current_theme()
    ax = single(ax, height=3.0)
    peak = int(rates.argmax())
    ax.plot(np.arange(1, len(rates) + 1), rates, color=theme.colors[0], marker="")
    ax.plot(peak + 1, rates[peak], "o", color=theme.colors[0])
    # Centred above the first step, the number would lie on the labels of the axis.
    side = "left" if peak == 0 else "center"
    ax.annotate(f"{rates[peak]:.3g}", (peak + 1, rates[peak]), (0, 6), textcoords="offset points", ha=side)
    ax.set_ylim(0, 1.18 * max(rates[peak], 1e-12))
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel(unit)
    ax.set_ylabel("learning rate")
    ax.grid(axis="y")
    alt = (
        f"Line of the learning rate over {len(rates):,} {unit}s: starts at {rates[0]:.3g}, "
        f"is highest at {unit} {peak + 1:,} with {rates[peak]:.3g}, ends at {rates[-1]:.3g}."
    )
    return finish(ax, title=f"Learning rate at each {unit}", alt=alt, footer=footer)


@styled
def learning_curves(
    history: Any,
    *,
    footer: str | None = None,
    axes: Sequence[Axes] | None = None,
) -> Figure:
    """Draw loss and accuracy over the epochs, for training and validation, with the gap between them shaded.

    A growing gap means that the network learns its training images by heart. With several histories only
    colours change: one for each run, dashed for training, solid for validation.

    Args:
        history: rows of a run (``train.History`` or its ``rows``), or a mapping from names to such runs.
            A row holds ``epoch``, ``loss``, ``accuracy`` and, where there was validation, ``val_loss`` and
            ``val_accuracy`` (accuracies in 0-1).
        footer: where the data come from.
        axes: two panels to draw into, for loss and accuracy.

    Raises:
        DataError: a run without epochs.
    """
    runs = {name: _rows(run) for name, run in _named(history).items()}
    if axes is None:
        axes = panels(1, 2, height=3.6)[1][0]
    loss, accuracy = axes
    many = len(runs) > 1
    for index, (name, rows) in enumerate(runs.items()):
        _curves(loss, rows, "loss", name if many else None, index)
        _curves(accuracy, rows, "accuracy", name if many else None, index)
    _dress(loss, accuracy)
    if many:
        _explain_lines(loss)
    figure = finish(loss, title="Loss", alt=_loss_text(runs), footer=footer)
    gap = "" if many else _gap(next(iter(runs.values())))
    finish(accuracy, title=f"Accuracy{gap}", alt=_accuracy_text(runs), footer=None)
    return figure


@styled
def seed_strip(
    accuracies: Mapping[str, Sequence[float]], *, footer: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the accuracy of every seed as a dot and the mean as a line, one row for each model.

    Two models whose dots overlap cannot be told apart by a single run each.

    Args:
        accuracies: for each model its accuracies (0-1), one for each seed.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: no model, or one without an accuracy.
    """
    if not accuracies or not all(len(values) for values in accuracies.values()):
        raise DataError("Every model needs the accuracy of at least one seed.")
    theme = current_theme()
    ax = single(ax, height=1.3 + 0.55 * len(accuracies))
    texts = []
    for row, (name, values) in enumerate(accuracies.items()):
        values = np.asarray(values, dtype=float)
        color = theme.colors[row % len(theme.colors)]
        shape = {"s": 48, "marker": MARKERS[row % len(MARKERS)], "zorder": 3}
        ax.scatter(values, np.full(len(values), row), color=color, alpha=0.8, **shape)
        ax.plot([values.mean()] * 2, [row - 0.26, row + 0.26], color=theme.ink, linewidth=2, marker="")
        spread = f" ± {100 * values.std(ddof=1):.1f}" if len(values) > 1 else ""
        text = f"mean {100 * values.mean():.1f}{spread}\N{NO-BREAK SPACE}%, n = {len(values)}"
        ax.text(values.mean(), row - 0.33, text, ha="center", va="bottom", fontsize=9, color=theme.ink)
        texts.append(f"{name} {text}")
    ax.set_yticks(range(len(accuracies)), labels=list(accuracies))
    ax.set_ylim(len(accuracies) - 0.5, -0.75)
    ax.margins(x=0.2)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_formatter(percent_axis)
    ax.set_xlabel("test accuracy (±: standard deviation over the seeds)")
    ax.grid(axis="x")
    alt = f"Dots of the accuracy of each training seed: {'; '.join(texts)}."
    return finish(ax, title="Accuracy of each seed (line: mean)", alt=alt, footer=footer)


def _named(history: Any) -> dict[str, Any]:
    return dict(history) if isinstance(history, Mapping) else {"training": history}


def _rows(run: Any) -> Rows:
    rows = list(getattr(run, "rows", run))
    if not rows:
        raise DataError("This history has no epochs, so there is no curve to draw. Train for at least one epoch.")
    return rows


def _column(rows: Rows, key: str) -> np.ndarray:
    values = (row.get(key) for row in rows)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _curves(ax: Axes, rows: Rows, key: str, name: str | None, index: int) -> None:
    colors = current_theme().colors
    epochs, train, validation = (_column(rows, k) for k in ("epoch", key, f"val_{key}"))
    own = colors[index % len(colors)]
    dot = "o" if len(rows) == 1 else ""
    one = name is None
    color, label = (colors[0], "training") if one else (own, None)
    ax.plot(epochs, train, color=color, linestyle="--", marker=dot, label=label)
    if np.isfinite(validation).any():
        color, label = (colors[1], "validation") if one else (own, name)
        ax.plot(epochs, validation, color=color, marker=dot, label=label)
        ax.fill_between(epochs, train, validation, color=color, alpha=0.12, linewidth=0)
    elif not one:
        ax.plot([], [], color=own, linestyle="--", marker=dot, label=name)


def _explain_lines(ax: Axes) -> None:
    look = {"color": current_theme().muted, "marker": ""}
    (training,) = ax.plot([], [], linestyle="--", **look)
    (validation,) = ax.plot([], [], linestyle="-", **look)
    ax.legend([training, validation], ["training", "validation"], labelcolor=current_theme().ink)


def _dress(loss: Axes, accuracy: Axes) -> None:
    for ax in (loss, accuracy):
        ax.set_xlabel("epoch")
        ax.locator_params(axis="x", integer=True, nbins=6)
        ax.grid(axis="y")
    loss.set_ylim(bottom=0)
    loss.set_ylabel("loss")
    accuracy.yaxis.set_major_formatter(percent_axis)
    accuracy.set_ylabel("right answers")
    accuracy.legend(loc="best", labelcolor=current_theme().ink)


def _gap(rows: Rows) -> str:
    train, validation = (_column(rows, key)[-1] for key in ("accuracy", "val_accuracy"))
    if not np.isfinite(validation):
        return ""
    return f", gap {100 * (train - validation):.1f} points".replace("-", "\N{MINUS SIGN}")


def _loss_text(runs: Mapping[str, Rows]) -> str:
    parts = []
    for name, rows in runs.items():
        train, validation = _column(rows, "loss"), _column(rows, "val_loss")
        text = f"{name}: {len(rows)} epochs, training loss from {train[0]:.2f} to {train[-1]:.2f}"
        if np.isfinite(validation).any():
            text += f", validation loss lowest at {np.nanmin(validation):.2f}"
        parts.append(text)
    return f"Lines of the loss over the epochs. {'; '.join(parts)}."


def _accuracy_text(runs: Mapping[str, Rows]) -> str:
    parts = []
    for name, rows in runs.items():
        train, validation = _column(rows, "accuracy"), _column(rows, "val_accuracy")
        text = f"{name}: training ends at {percent(train[-1])}"
        if np.isfinite(validation[-1]):
            text += f", validation at {percent(validation[-1])}"
        parts.append(text)
    return f"Lines of the accuracy over the epochs. {'; '.join(parts)}."
