"""Making, describing and saving figures without touching pyplot's list of open figures."""

from __future__ import annotations

import base64
import functools
import io
import os
import textwrap
from html import escape
from typing import TYPE_CHECKING, Any

from ..exceptions import CifarTeachError
from .theme import BOOK, DARK, current_drawing, current_theme, style, styled

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 6.6
"""Width of a figure in inches. At 96 pixels per inch it fills the text column of the book."""

DPI = 144
"""Dots per inch of saved figures: 1.5 pixels for each pixel of a page, so that text stays sharp."""


@functools.cache
def _figure_class() -> type[Figure]:
    # A class made on demand: its base lives in matplotlib, which must not be loaded at import.
    from matplotlib.figure import Figure

    class CourseFigure(Figure):
        """A figure that no list holds open and that shows itself, with its description, in a notebook."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.dark = current_theme() is DARK
            self.drawn_by = current_drawing()

        def draw(self, renderer: Any) -> None:
            # Axes make their ticks only now, so the theme must be that of the figure again.
            with style(dark=self.dark):
                super().draw(renderer)

        def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
            if BOOK in os.environ:
                return {"text/html": _html_for_book(self), "text/plain": repr(self)}, {}
            png = to_png(self)
            width, height = _pixels(self)
            size_and_text = {"width": width, "height": height}
            if _descriptions(self):
                size_and_text["alt"] = alt_text(self)
            data = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": repr(self)}
            return data, {"image/png": size_and_text}

    return CourseFigure


@styled
def panels(rows: int = 1, columns: int = 1, *, width: float = WIDTH, height: float = 3.8) -> tuple[Figure, np.ndarray]:
    """Make an empty figure in the course's style.

    The figure is not registered with pyplot, so a program may make thousands without closing any, and
    ``plt.show()`` does not know it. A notebook shows it when it is the value of a cell's last line; a
    program saves it with ``figure.savefig`` or :func:`to_png`. To put several plots side by side, pass one
    of the panels as ``ax=`` to each.

    Args:
        rows: rows of panels.
        columns: columns of panels.
        width: of the whole figure, in inches.
        height: of the whole figure, in inches.

    Returns:
        The figure and an array of its Axes, shape ``(rows, columns)``.
    """
    figure = _figure_class()(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    return figure, figure.subplots(rows, columns, squeeze=False)


def single(ax: Axes | None, height: float = 3.8, width: float = WIDTH) -> Axes:
    """Return ``ax``, or the only panel of a new figure when the caller gave none."""
    return panels(width=width, height=height)[1][0, 0] if ax is None else ax


def finish(ax: Axes, *, title: str, alt: str, footer: str | None) -> Figure:
    """Give a panel its title and its description, its figure a footer, and return the figure."""
    # A title may reach a little beyond its panel: layout will make the panel wider than it is now.
    ax.set_title(wrap(title, 1.1 * ax.get_window_extent().width * 72 / ax.figure.dpi, 12))
    describe(ax, alt)
    figure = figure_of(ax)
    if footer:
        add_footer(figure, footer)
    return figure


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that ``ax`` belongs to, also when it lies in a subfigure."""
    return ax.figure.figure


def wrap(text: str, width: float, size: float) -> str:
    """Break ``text`` into lines of at most ``width`` points when set in letters of ``size`` points."""
    letters = max(20, int(width / (0.56 * size)))  # an average letter is a little over half its size wide
    return "\n".join(textwrap.wrap(text, letters)) or text


def add_footer(figure: Figure, text: str) -> None:
    """Write ``text`` small and left-aligned below the figure: where the data come from.

    A figure made by :func:`panels` grows by the height of the footer, so that its panels keep their size.
    """
    width, height = figure.get_size_inches()
    footer = wrap(text, width * 72, 7.5)
    if isinstance(figure, _figure_class()) and not figure.get_supxlabel():
        figure.set_size_inches(width, height + 0.1 + 0.14 * len(footer.split("\n")))
    figure.supxlabel(footer, x=0.012, ha="left", fontsize=8, color=current_theme().muted)


def describe(ax: Axes, text: str) -> None:
    """Attach a description for readers who cannot see the panel; :func:`alt_text` reads it back.

    It is kept as matplotlib's own label of the Axes, which nothing draws.
    """
    ax.set_label(" ".join(text.split()))


def _descriptions(figure: Figure) -> list[str]:
    labels = (str(ax.get_label()) for ax in figure.axes)
    return [label for label in labels if label and label[0] not in "<_"]  # "<colorbar>" is matplotlib's


def alt_text(figure: Figure) -> str:
    """Return the description of a figure drawn by this package: its panels' descriptions in a row.

    Raises:
        CifarTeachError: no panel of the figure has a description.
    """
    texts = _descriptions(figure)
    if not texts:
        raise CifarTeachError(
            "This figure has no description. Draw it with a function of cifar_teach.plots, "
            'or give its Axes one: plots.describe(ax, "What a reader should see").'
        )
    return " ".join(texts)


def _pixels(figure: Figure) -> tuple[int, int]:
    """Return the width and height at which a page shows the figure."""
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return width, height


def _html_for_book(figure: Figure) -> str:
    """Return the figure as HTML: twice, for readers in the light and in the dark, if one call can draw it again.

    A figure that was put together by hand, or changed after it was drawn, is shown once, on a light card.

    Raises:
        CifarTeachError: the figure has no description.
    """
    light = to_png(figure)
    draw_again = getattr(figure, "draw_again", None)
    # Drawing it again shows whether anything has been added since, or was drawn by chance.
    if draw_again is None or to_png(draw_again()) != light:
        return _image(figure, light, "dark-light figure-card")
    with style(dark=True):
        dark = draw_again()
    return _image(figure, light, "only-light") + _image(dark, to_png(dark), "only-dark")


def _image(figure: Figure, png: bytes, kind: str) -> str:
    width, height = _pixels(figure)
    source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return (
        f'<img class="course-figure {kind}" src="{source}" alt="{escape(alt_text(figure))}" '
        f'width="{width}" height="{height}" loading="lazy">'
    )


@styled
def to_png(figure: Figure, *, dpi: int = DPI, transparent: bool = False) -> bytes:
    """Return the figure as a PNG file in memory, with its description stored inside.

    Args:
        figure: any matplotlib figure.
        dpi: pixels per inch.
        transparent: leave the background out. The text keeps the theme's colour, so show a light figure
            on a light page and a dark one on a dark page.
    """
    buffer = io.BytesIO()
    metadata = {"Software": None, "Description": " ".join(_descriptions(figure)) or None}
    colors = {} if transparent else {"facecolor": figure.get_facecolor()}
    figure.savefig(buffer, format="png", dpi=dpi, transparent=transparent, metadata=metadata, **colors)
    return buffer.getvalue()
