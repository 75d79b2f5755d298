"""What Sphinx cannot do by itself for this course. ``_config.yml`` lists it as a local extension."""

from __future__ import annotations

from sphinx.application import Sphinx

from . import (
    addresses,
    ahead,
    dashboard,
    execution,
    figures,
    mathml,
    pages,
    quiz,
    results,
    signatures,
    slides,
    source,
    theme,
)

PARTS = (
    execution, ahead, addresses, source, quiz, results, mathml, figures, pages, dashboard, signatures, slides, theme,
)  # fmt: skip


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every part."""
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
