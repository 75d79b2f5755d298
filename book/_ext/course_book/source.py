"""The directive ``source``: code of the package, with a link to its file."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from cifar_teach.authoring.errors import AuthoringError
from cifar_teach.authoring.excerpt import excerpt

from .place import ROOT, web_link


class SourceDirective(SphinxDirective):
    """Show a function, class or constant of the package; its argument is the dotted name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the caption and the code."""
        try:
            shown = excerpt(self.arguments[0], ROOT)
        except AuthoringError as problem:
            raise self.error(str(problem)) from None
        self.env.note_dependency(str(ROOT / shown.path))
        link = nodes.reference("", shown.path, refuri=web_link(shown.path, shown.first, shown.last), internal=False)
        caption = nodes.paragraph("", "", classes=["source-caption"])
        caption += [nodes.literal(text=shown.name.rpartition(".")[2]), nodes.Text(" in "), link]
        lines = f", line {shown.first}" if shown.first == shown.last else f", lines {shown.first} to {shown.last}"
        caption += nodes.Text(lines)
        code = nodes.literal_block(shown.code, shown.code, language="python")
        box = nodes.container("", caption, code, classes=["source"])
        self.set_source_info(code)
        return [box]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("source", SourceDirective)
