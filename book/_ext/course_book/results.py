"""The role ``result`` and the directive ``results-table``: measured numbers, never typed by hand."""

from __future__ import annotations

import importlib.util
import json
import re
from types import ModuleType

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from cifar_teach.authoring.errors import AuthoringError
from cifar_teach.authoring.results import format_result

from .place import RESULTS, ROOT, web_link

LOGGER = logging.getLogger(__name__)
TABLES = ROOT / "benchmarks" / "readme_table.py"
RELATIVE_LINK = re.compile(r"\]\((?!https?:|#)([^)]+)\)")


class ResultRole(SphinxRole):
    """Write a measured number as words; the forms are listed in :mod:`cifar_teach.authoring.results`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the words."""
        self.env.note_dependency(str(RESULTS / f"{self.text.partition('/')[0]}.json"))
        try:
            words = format_result(self.text, RESULTS)
        except AuthoringError as problem:
            LOGGER.warning(str(problem), location=self.get_location())
            words = "(no such result)"
        return [nodes.inline(words, words, classes=["result"])], []


class ResultsTableDirective(SphinxDirective):
    """Show a table of the README; its argument is ``scratch``, ``transfer`` or ``checks``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table and the sentences that say how it was measured."""
        tables, name = _tables(), self.arguments[0]
        if name not in tables.TABLES:
            raise self.error(f"There is no table '{name}'. There are: {', '.join(sorted(tables.TABLES))}.")
        file = RESULTS / f"{name}.json"
        for path in (file, TABLES):
            self.env.note_dependency(str(path))
        markdown = tables.TABLES[name](json.loads(file.read_text(encoding="utf-8")))
        markdown = RELATIVE_LINK.sub(lambda link: f"]({web_link(link[1])})", markdown)
        box = nodes.container("", classes=["results-table"])
        box += self.parse_text_to_nodes(markdown)
        return [box]


def _tables() -> ModuleType:
    """Return the program that writes the tables of the README. It is no part of an installed package."""
    spec = importlib.util.spec_from_file_location("course_readme_table", TABLES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def setup(app: Sphinx) -> None:
    """Register role and directive."""
    app.add_role("result", ResultRole())
    app.add_directive("results-table", ResultsTableDirective)
