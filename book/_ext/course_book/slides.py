"""The slides behind the page ``slides``: written into the built book from ``book/slides/deck.md``, as one file."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from cifar_teach.authoring.errors import AuthoringError
from cifar_teach.authoring.slides import deck_html

from .place import ROOT

PAGE = "slides"
"""The page of the book that shows them. A book without this page gets no slides."""
PLACE = "slides/index.html"
"""Where they lie in the built book."""


def write_slides(app: Sphinx, problem: Exception | None) -> None:
    """Put the slides beside the pages.

    Raises:
        ExtensionError: a number is missing, or does not say what a slide claims. The build fails with this text.
    """
    if problem is not None or app.builder.format != "html" or PAGE not in app.env.found_docs:
        return
    try:
        deck = deck_html(ROOT)
    except AuthoringError as wrong:
        raise ExtensionError(f"The slides could not be made: {wrong}") from None
    place = Path(app.outdir) / PLACE
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(deck, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the step."""
    app.connect("build-finished", write_slides)
