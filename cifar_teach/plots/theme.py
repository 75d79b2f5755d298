"""One look for every figure: colours, type and the light and dark theme."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Theme:
    """The colours of one theme, as ``#RRGGBB``.

    Attributes:
        name: ``light`` or ``dark``.
        surface: background of the figure.
        ink: titles and values (contrast to ``surface`` above 7).
        muted: axis text and footers (contrast above 4.5).
        grid: helper lines.
        colors: lines, dots and bars, in order of use. Contrast to ``surface`` is above 3, and any two stay
            apart for readers with protanopia, deuteranopia or tritanopia (tested with the matrices of
            Machado, Oliveira and Fernandes, 2009). They also differ in marker and line style.
        good: strong end of the scale for right answers.
        bad: strong end of the scale for wrong answers.
    """

    name: str
    surface: str
    ink: str
    muted: str
    grid: str
    colors: tuple[str, ...]
    good: str
    bad: str


LIGHT = Theme(
    name="light",
    surface="#FFFFFF",
    ink="#20242A",
    muted="#5C636D",
    grid="#DDDFE2",
    colors=("#1464B4", "#B5400A", "#119C86", "#4C1D66", "#B78A05"),
    good="#0B4F94",
    bad="#B5400A",
)
DARK = Theme(
    name="dark",
    surface="#1C2026",
    ink="#E6E8EB",
    muted="#A3ABB5",
    grid="#3A414A",
    colors=("#4A93E6", "#F2813A", "#3CC9A6", "#E59BE0", "#FFE58A"),
    good="#7FB8F5",
    bad="#F59B5E",
)

MARKERS = ("o", "s", "^", "D", "v")
"""Second signal beside the colour, so that no figure depends on colour alone."""

BOOK = "CIFAR_TEACH_BOOK"
"""The environment variable that is set while the book is built: there, figures show themselves in both themes."""

_THEME: ContextVar[Theme] = ContextVar("cifar_teach_plots_theme", default=LIGHT)
_DRAWING: ContextVar[object | None] = ContextVar("cifar_teach_plots_drawing", default=None)


def current_drawing() -> object | None:
    """Return what stands for the outermost call of a plotting function that is running, None outside of any."""
    return _DRAWING.get()


def current_theme() -> Theme:
    """Return the theme in which the next figure is drawn: light unless inside ``style(dark=True)``.

    Returns:
        An object with ``name`` (``light`` or ``dark``), the colours ``surface``, ``ink``, ``muted``, ``grid``, ``good``
        and ``bad`` as ``#RRGGBB``, and ``colors``, five more of them for lines, dots and bars.
    """
    return _THEME.get()


def _settings(theme: Theme) -> dict[str, Any]:
    from matplotlib import cycler

    return {
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
        "font.size": 10.5,
        "text.parse_math": False,  # a class called "US$" is a name, not the start of a formula
        "text.color": theme.ink,
        "figure.facecolor": theme.surface,
        "savefig.facecolor": theme.surface,
        "axes.facecolor": theme.surface,
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.ink,
        "axes.labelsize": 10.5,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=theme.colors, marker=MARKERS[: len(theme.colors)]),
        "grid.color": theme.grid,
        "grid.linewidth": 0.8,
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "xtick.labelsize": 9.5,
        "ytick.labelsize": 9.5,
        "legend.frameon": False,
        "legend.fontsize": 9.5,
        "lines.linewidth": 1.8,
        "lines.markersize": 4.5,
    }


@contextmanager
def style(dark: bool = False) -> Iterator[Theme]:
    """Draw everything inside the ``with`` block in the light or the dark theme.

    The functions of this package use the light theme on their own; the block is needed for the dark one
    and to give figures made with matplotlib directly the same look. Afterwards matplotlib's settings are
    what they were.

    Args:
        dark: True for light text on a dark ground.

    Yields:
        The theme, for code that needs one of its colours; see :func:`current_theme`.
    """
    import matplotlib.style

    theme = DARK if dark else LIGHT
    token = _THEME.set(theme)
    try:
        # From matplotlib's defaults, so that nothing the caller has set (by seaborn, say) shows through.
        with matplotlib.style.context(["default", _settings(theme)]):
            yield theme
    finally:
        _THEME.reset(token)


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorate a plotting function so that it draws in the current theme, not in the caller's settings.

    In the book, a figure that one call has made remembers that call as ``draw_again``, and is shown in the
    light and in the dark. The function is then called once more for each, so it must only draw: it prints
    nothing, and what it draws does not depend on chance. Colours come from :func:`current_theme`::

        @plots.styled
        def widths_by_size():
            figure, axes = plots.panels(height=3.4)
            axes[0, 0].plot(sizes, widths, color=plots.current_theme().colors[0])
            plots.describe(axes[0, 0], f"The width falls from {widths[0]:.2f} to {widths[-1]:.2f}.")
            return figure

    Args:
        draw: a function that returns a figure.

    Returns:
        A function with the same arguments that draws the same figure.
    """

    @functools.wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = _DRAWING.get() is None
        token = _DRAWING.set(object()) if outermost else None
        try:
            with style(dark=current_theme() is DARK):
                result = draw(*args, **kwargs)
            if BOOK in os.environ and outermost and getattr(result, "drawn_by", None) is _DRAWING.get():
                result.draw_again = functools.partial(in_style, *args, **kwargs)
            return result
        finally:
            if token is not None:
                _DRAWING.reset(token)

    return in_style


def percent(share: float, digits: int = 1) -> str:
    """Write a share (0 to 1) as text: ``percent(0.8312)`` is ``83.1 %``."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def percent_axis(value: float, position: int | None = None) -> str:
    """Write a tick at a share (0 to 1) as a percentage; ``position`` is what matplotlib passes along."""
    return f"{100 * value:.4g}\N{NO-BREAK SPACE}%"
