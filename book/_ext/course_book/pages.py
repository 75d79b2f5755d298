"""Round every page: the line below its title, printed tables, its description for other sites, wrong addresses."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from xml.sax.saxutils import escape as xml_escape

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

from .place import repository

WORDS_PER_MINUTE = 200
CODE_LINES_PER_MINUTE = 20
STATUS_LINE = re.compile(r"CIFAR Teach .* images: (.*)")
COLUMNS = re.compile(r"\S(?: {2,}| +: )\S")


def add_facts(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write below the title of a page that runs code: how long it takes, what it ran on, where to run it."""
    ran = NbMetadataCollector.get_exec_data(app.env, docname)
    title = next(doctree.findall(nodes.title), None)
    if app.builder.format != "html" or ran is None or title is None:
        return
    minutes = minutes_to_read(doctree)
    facts = [f"{minutes} minute{'s' * (minutes > 1)} to read"]
    if ran.get("runtime") is not None:
        facts.append(f"ran in {ran['runtime']:.0f}\N{NO-BREAK SPACE}s{_on_what(doctree)}")
    link = repository().colab_link(f"book/{docname}.ipynb")
    if link is not None:
        facts.append(f'<a class="page-colab" href="{escape(link)}">Open in Colab</a>')
    title.parent.insert(
        title.parent.index(title) + 1,
        nodes.raw("", f'<p class="page-facts">{" · ".join(facts)}</p>', format="html"),
    )


def minutes_to_read(doctree: nodes.document) -> int:
    """Return how long a page takes, at 200 words and 20 lines of code a minute."""
    words = sum(len(node.astext().split()) for node in doctree.findall(nodes.paragraph))
    lines = sum(
        len(node.astext().splitlines())
        for node in doctree.findall(nodes.literal_block)
        if node.get("language") not in ("none", "myst-ansi")
    )
    return max(1, round(words / WORDS_PER_MINUTE + lines / CODE_LINES_PER_MINUTE))


def mark_columns(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give printed lines with columns a class of their own: they must not be broken where a phone ends.

    Sentences are broken, because reading them should not need scrolling; a table that is broken cannot be read.
    """
    for block in doctree.findall(nodes.literal_block):
        if block.get("language") == "myst-ansi" and len(COLUMNS.findall(block.astext())) > 1:
            block["classes"].append("in-columns")


def _on_what(doctree: nodes.document) -> str:
    for block in doctree.findall(nodes.literal_block):
        found = STATUS_LINE.search(block.astext())
        if found:
            return " on drawn pictures" if "NOT CIFAR-10" in found[1] else " on real CIFAR-10"
    return ""


def describe_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add what search engines and other sites show of the page."""
    if doctree is None:
        return
    text = next((node.astext() for node in doctree.findall(nodes.paragraph) if len(node.astext()) > 40), "")
    text = " ".join(text.split())
    short = text if len(text) <= 200 else text[:197].rsplit(" ", 1)[0] + " …"
    title = nodes.Element.astext(app.env.titles[pagename])
    tags = {"og:title": title, "og:type": "website", "og:site_name": app.config.project, "og:description": short}
    if app.config.html_baseurl:
        tags["og:url"] = app.config.html_baseurl + app.builder.get_target_uri(pagename)
    lines = [f'<meta property="{key}" content="{escape(value)}">' for key, value in tags.items() if value]
    lines += [f'<meta name="description" content="{escape(short)}">'] * bool(short)
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


def write_not_found_page(app: Sphinx, problem: Exception | None) -> None:
    """Write the page that a server shows for a wrong address, whatever folder that address seems to lie in."""
    if problem is None and app.builder.format == "html":
        template = Template(Path(__file__).with_name("not_found.html").read_text(encoding="utf-8"))
        page = template.substitute(
            title=escape(app.config.project), home=app.config.html_baseurl, issues=f"{repository().url}/issues"
        )
        (Path(app.outdir) / "404.html").write_text(page, encoding="utf-8")


def write_sitemap(app: Sphinx, problem: Exception | None) -> None:
    """List the addresses of all pages for search engines."""
    if problem is not None or app.builder.format != "html" or not app.config.html_baseurl:
        return
    addresses = (app.config.html_baseurl + app.builder.get_target_uri(name) for name in sorted(app.env.found_docs))
    entries = "\n".join(f"<url><loc>{xml_escape(address)}</loc></url>" for address in addresses)
    (Path(app.outdir) / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}\n</urlset>\n',
        encoding="utf-8",
    )


def setup(app: Sphinx) -> None:
    """Register the steps."""
    app.connect("doctree-resolved", add_facts, priority=900)
    app.connect("doctree-resolved", mark_columns)
    app.connect("html-page-context", describe_page)
    app.connect("build-finished", write_not_found_page)
    app.connect("build-finished", write_sitemap)
