"""Mends what the theme gets wrong: titles twice, names that screen readers read wrongly, a script from another host."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from .place import ROOT


def use_own_templates(app: Sphinx, config: Config) -> None:
    """Let the templates of the course go before those of the theme."""
    config.templates_path = [str(ROOT / "book" / "_templates"), *config.templates_path]


def leave_thebe_out(app: Sphinx, config: Config) -> None:
    """Take sphinx_thebe out again, which Jupyter Book always loads: the book runs no code in the page."""
    for listeners in app.events.listeners.values():
        for listener in [each for each in listeners if each.handler.__module__ == "sphinx_thebe"]:
            app.disconnect(listener.id)
    app.registry.css_files = [(name, options) for name, options in app.registry.css_files if "thebe" not in name]


CORRECTIONS = {
    ' aria-label="Toggle hidden content"': "",  # folded code is called what is written on it
    ' role="list" class="citation-list"': ' class="citation-list"',  # its entries are no list items
    ' role="doc-biblioentry"': "",
    '<input class="task-list-item-checkbox"': '<input class="task-list-item-checkbox" aria-label="To do"',
}
"""What other extensions write into pages, and what screen readers can make sense of instead."""


def correct(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the page's HTML right."""
    for wrong, right in CORRECTIONS.items():
        context["body"] = context.get("body", "").replace(wrong, right)


def setup(app: Sphinx) -> None:
    """Register the changes."""
    app.connect("config-inited", use_own_templates)
    app.connect("config-inited", leave_thebe_out)
    app.connect("html-page-context", correct)
