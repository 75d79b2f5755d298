"""Sheets of small images: the one drawing routine behind every figure that shows pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import WIDTH, single
from .theme import current_theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_TILES = 400
GAP = 0.06  # between two images, in image widths
SMALL = 7.5  # points: captions are broken into lines rather than set smaller
LARGEST = 1.2  # inches: a 32-pixel image gains nothing beyond
LINE = 0.165  # inches from one line of a caption to the next
LETTER = 0.085  # inches that one letter of a row's name takes


def as_pixels(images: np.ndarray) -> np.ndarray:
    """Return images as matplotlib shows them: uint8 as they are, floats scaled to 0-1.

    Args:
        images: ``(n, height, width, 3)``; integers from 0 to 255, or floats that reach from 0 to 1 or
            from 0 to 255 (decided for the whole batch by its largest value).

    Raises:
        DataError: another shape, no image, or values outside the range (standardised images, say).
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3 or not len(images):
        raise DataError(
            f"A sheet needs images of shape (n, height, width, 3) with n at least 1; this array has shape "
            f"{images.shape}. For a single image write image[None]."
        )
    if len(images) > MAX_TILES:
        raise DataError(
            f"A sheet of {len(images):,} images cannot be read. Give at most {MAX_TILES}, for example images[:100]."
        )
    if images.dtype == np.uint8:
        return images
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 255):  # also true for NaN
        raise DataError(
            f"Pixels must lie in 0-255, or in 0-1 for floats; these reach from {low:.3g} to {high:.3g}. "
            "Show the images from before they were standardised."
        )
    return images.astype(np.float32) / np.float32(255 if high > 1 else 1)


def to_unit(images: np.ndarray) -> np.ndarray:
    """Return images as floats in 0-1, so that batches of different kinds can stand on one sheet."""
    pixels = as_pixels(images)
    return pixels / np.float32(255) if pixels.dtype == np.uint8 else pixels


def same_length(images: Any, what: str, values: Any) -> None:
    """Raise DataError unless there is one of ``values`` (called ``what``) for each image, or none at all."""
    if values is not None and len(values) != len(images):
        raise DataError(f"There are {len(images)} images but {len(values)} {what}; each image needs one.")


def one_line(text: str) -> str:
    """Return a caption without its line breaks."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Sheet:
    """Where the pieces of a sheet go. One unit is the width of an image; y grows downwards.

    Attributes:
        columns: images in a row.
        rows: number of rows.
        height: height of an image.
        caption: room above each image for its caption.
        tile: width of an image in inches.
    """

    columns: int
    rows: int
    height: float
    caption: float
    tile: float

    def corner(self, place: int) -> tuple[float, float]:
        """Return x and y of the upper left corner of image number ``place``."""
        row, column = divmod(place, self.columns)
        return column * (1 + GAP), row * self.pitch + self.caption

    @property
    def pitch(self) -> float:
        """Distance from one row to the next."""
        return self.height + GAP + self.caption


def draw_sheet(
    ax: Axes | None,
    images: np.ndarray,
    *,
    columns: int,
    captions: Sequence[str] | None = None,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    places: Sequence[int] | None = None,
) -> Axes:
    """Draw images in rows, with a caption above each or a name at the left of each row.

    Args:
        ax: panel to draw into; None makes a figure of the right height.
        images: see :func:`as_pixels`.
        columns: images in a row.
        captions: one for each image; may hold line breaks.
        row_names: one for each row.
        column_names: one for each column, written above the first row.
        places: position of each image on the sheet, row by row; None fills it without holes.
    """
    pixels = as_pixels(images)
    places = range(len(pixels)) if places is None else places
    columns = max(1, min(columns, max(places) + 1))
    rows = max(places) // columns + 1
    tile = _tile_width(ax, columns, row_names)
    captions = _broken(captions, tile)
    column_names = _broken(column_names, tile)
    sheet = Sheet(columns, rows, pixels.shape[1] / pixels.shape[2], _lines(captions) * LINE / tile, tile)
    if ax is None:
        ax = single(None, height=rows * sheet.pitch * tile + 0.6 + LINE * _lines(column_names))
    _frame(ax, sheet, row_names, column_names)
    size = _letter_size(captions, tile)
    for index, (place, image) in enumerate(zip(places, pixels, strict=True)):
        x, y = sheet.corner(place)
        ax.imshow(image, extent=(x, x + 1, y + sheet.height, y), interpolation="nearest")
        if captions:
            _write_caption(ax, sheet, (x + 0.5, y), captions[index], size)
    _limits(ax, sheet)
    return ax


def _tile_width(ax: Axes | None, columns: int, row_names: Sequence[str] | None) -> float:
    """Return the width in inches that is left for one image."""
    names = LETTER * max(map(len, row_names)) + 0.1 if row_names else 0.0
    room = WIDTH - 0.3 if ax is None else ax.get_window_extent().width / ax.figure.dpi
    return min(LARGEST, (room - names) / (columns * (1 + GAP)))


def _letters(tile: float, size: float) -> float:
    """Return how many letters of ``size`` points fit above an image that is ``tile`` inches wide."""
    return 72 * tile * (1 + GAP) / (0.6 * size)


def _broken(texts: Sequence[str] | None, tile: float) -> list[str] | None:
    """Break texts at spaces where a line would otherwise need letters that are hard to read."""
    if not texts:
        return None
    letters = max(1, int(_letters(tile, SMALL)))
    lines = ([textwrap.fill(line, letters, break_long_words=False) for line in text.split("\n")] for text in texts)
    return ["\n".join(parts) for parts in lines]


def _lines(texts: Sequence[str] | None) -> int:
    return 1 + max(text.count("\n") for text in texts) if texts else 0


def _letter_size(texts: Sequence[str] | None, tile: float) -> float:
    """Return the size in points at which every line of every text stays above its own image."""
    widest = max((len(line) for text in texts or () for line in text.split("\n")), default=0)
    return float(np.clip(_letters(tile, 1) / max(widest, 1), 5.5, 9))


def _write_caption(ax: Axes, sheet: Sheet, place: tuple[float, float], text: str, size: float) -> None:
    x, y = place
    for number, line in enumerate(reversed(text.split("\n"))):
        # One text for each line: only so do the baselines of neighbours meet, with or without a "g".
        above = y - (0.045 + number * LINE) / sheet.tile
        ax.text(x, above, line, ha="center", va="baseline", fontsize=size, color=current_theme().ink)


def _frame(ax: Axes, sheet: Sheet, rows: Sequence[str] | None, columns: Sequence[str] | None) -> None:
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, pad=6)
    ax.set_anchor("NW")
    middles = [row * sheet.pitch + sheet.caption + sheet.height / 2 for row in range(sheet.rows)]
    ax.set_yticks(middles if rows else [], labels=rows)
    centres = [column * (1 + GAP) + 0.5 for column in range(sheet.columns)]
    ax.set_xticks(centres if columns else [], labels=columns)
    if columns:
        ax.xaxis.tick_top()
        ax.tick_params(axis="x", length=0, pad=3, labelsize=_letter_size(columns, sheet.tile))


def _limits(ax: Axes, sheet: Sheet) -> None:
    # After the images: imshow moves the limits to the image it has just drawn.
    ax.set_aspect("equal")
    ax.set_xlim(0, sheet.columns * (1 + GAP) - GAP)
    ax.set_ylim(sheet.rows * sheet.pitch - GAP, 0)
