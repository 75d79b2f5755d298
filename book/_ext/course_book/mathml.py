r"""Formulas as MathML, which browsers show by themselves: no script, no fonts, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

LOGGER = logging.getLogger(__name__)
FUNCTION_APPLICATION = "\N{FUNCTION APPLICATION}"
ALIGN = re.compile(r"\\(begin|end)\{align\*?\}")
ACCENTS = set("ˆˉ~˙¨→ˇ˘´`")


def to_mathml(formula: str, *, block: bool) -> str:
    """Return a formula in LaTeX as a ``<math>`` element.

    Raises:
        MathError: it contains something that is not known here.
    """
    formula = ALIGN.sub(r"\\\1{aligned}", formula)
    if r"\\" in formula and r"\begin" not in formula:
        formula = rf"\begin{{aligned}}{formula}\end{{aligned}}"
    written = latex2mathml.tex2mathml(formula, as_block=block)
    tree = ElementTree.fromstring(written.replace("&ApplyFunction;", FUNCTION_APPLICATION))
    _raise_accents(tree)
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    tree.set("xmlns", "http://www.w3.org/1998/Math/MathML")
    _strip(tree)
    return ElementTree.tostring(tree, encoding="unicode")


def _raise_accents(tree: ElementTree.Element) -> None:
    r"""Write ``\hat{p}_i`` as an accented letter with an index; docutils sets the index below the letter."""
    for element in tree.iter():
        parts = list(element)
        if not element.tag.endswith("munderover") or (parts[2].text or "").strip() not in ACCENTS:
            continue
        space = element.tag.removesuffix("munderover")
        letter, index, accent = parts
        element.clear()
        element.tag = f"{space}msub"
        over = ElementTree.SubElement(element, f"{space}mover", {"accent": "true"})
        over.extend([letter, accent])
        element.append(index)


def _strip(tree: ElementTree.Element) -> None:
    """Remove the line breaks between elements, which would show as spaces where the page is copied as text."""
    for element in tree.iter():
        if len(element):
            element.text = None
        element.tail = None


def _written(node: nodes.Node, *, block: bool) -> str:
    try:
        return to_mathml(node.astext(), block=block)
    except (MathError, ElementTree.ParseError) as problem:
        LOGGER.warning(f"This formula cannot be shown: {node.astext()}: {problem}", location=node)
        return ""


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    translator.body.append(_written(node, block=False))
    raise nodes.SkipNode


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    translator.body.append(translator.starttag(node, "div", CLASS="math-block"))
    translator.body.append(f"{number}{_written(node, block=True)}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer; ``html_math_renderer: mathml`` of ``_config.yml`` chooses it."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
