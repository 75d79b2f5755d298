"""A figure as it stands in the report: drawn for light and for dark pages, with text for everyone."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exceptions import CifarTeachError
from ..plots import alt_text, to_png
from ..plots.figure import DPI

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SECTIONS = ("results", "ensemble", "data", "training", "errors")
"""The parts of the report that can hold figures."""

PNG_START = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class ReportFigure:
    """One figure of the report.

    Attributes:
        title: heading above the figure.
        image: a matplotlib figure, or the bytes of a PNG file.
        caption: how to read the figure.
        alt: what the figure shows, for readers who cannot see it. May be left out for figures drawn by
            :mod:`cifar_teach.plots`, which describe themselves.
        section: where it stands: ``results``, ``ensemble``, ``data``, ``training`` or ``errors``.
        dark_image: the same figure for dark pages (drawn under ``plots.style(dark=True)``); without it ``image``
            is shown there too, on white.

    Raises:
        CifarTeachError: an unknown section, an image that is no PNG, or no description.
    """

    title: str
    image: Figure | bytes
    caption: str = ""
    alt: str = ""
    section: str = "results"
    dark_image: Figure | bytes | None = None

    def __post_init__(self) -> None:
        if self.section not in SECTIONS:
            raise CifarTeachError(
                f"The report has no section '{self.section}' for figures. Known: {', '.join(SECTIONS)}."
            )
        for image in (self.image, self.dark_image):
            if isinstance(image, bytes) and not image.startswith(PNG_START):
                raise CifarTeachError(f"The image of figure '{self.title}' is not a PNG file.")
        if isinstance(self.image, bytes) and not self.alt.strip():
            raise CifarTeachError(f"Figure '{self.title}' needs alt=: a sentence for readers who cannot see the image.")

    @property
    def description(self) -> str:
        """The alternative text, ``alt`` or what the figure says about itself."""
        return self.alt.strip() or alt_text(self.image)

    def png(self, dark: bool = False) -> bytes:
        """Return the PNG for light pages or the one for dark pages; the light one where there is no other."""
        image = self.dark_image if dark and self.dark_image is not None else self.image
        return image if isinstance(image, bytes) else to_png(image)


def page_size(png: bytes) -> tuple[int, int]:
    """Return width and height in pixels of the page that a PNG saved by :mod:`cifar_teach.plots` takes."""
    width, height = struct.unpack(">II", png[16:24])  # the first block of every PNG starts with its size
    return round(width * 96 / DPI), round(height * 96 / DPI)


def data_uri(png: bytes) -> str:
    """Return the image as an address that holds the image itself, so that nothing has to be loaded."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
