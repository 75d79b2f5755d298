"""Figures of executed pages: stored as files instead of inside the page, and never without a description."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
FOLDER = "_images"
INLINE_PNG = re.compile(r'src="data:image/png;base64,([^"]+)"')
IMAGE = re.compile(r"<img\b[^>]*>")
MOST_COLOURS = 4095
"""Drawings have no more than that, anti-aliasing included; photographs do, and would show bands."""
DESCRIBED = re.compile(r'\balt="[^"]*\S[^"]*"')


def store_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Move the pictures in the page's HTML to files, and warn of every one that has no description."""
    if app.builder.format != "html":
        return
    to_root = "../" * docname.count("/")
    for node in doctree.findall(nodes.raw):
        if "html" not in node.get("format", ""):
            continue
        html = node.astext()
        for tag in IMAGE.findall(html):
            if not DESCRIBED.search(tag):
                LOGGER.warning(f"A picture has no alt text: {tag[:80]}", location=docname)
        if INLINE_PNG.search(html):
            written = INLINE_PNG.sub(lambda found: f'src="{to_root}{_store(app, base64.b64decode(found[1]))}"', html)
            replacement = nodes.raw("", written, format="html")
            node.replace_self(replacement)
    for node in doctree.findall(nodes.image):
        if not node.get("alt", "").strip():
            LOGGER.warning(f"A picture has no alt text: {node.get('uri', '')}", location=docname)


def _store(app: Sphinx, png: bytes) -> str:
    """Write a picture below the folder of the book, once, and return its path from there."""
    name = f"{FOLDER}/{hashlib.sha256(png).hexdigest()[:20]}.png"
    path = Path(app.outdir) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(smaller(png))
    return name


def smaller(png: bytes) -> bytes:
    """Return a picture with at most 256 colours if that is the smaller file and looks the same, or else as it is."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.getcolors(maxcolors=MOST_COLOURS) is not None:
        image = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")  # Pillow's optimize=True takes eight times as long for 4 % less
    return min(png, buffer.getvalue(), key=len)


def setup(app: Sphinx) -> None:
    """Register the step."""
    app.connect("doctree-resolved", store_figures)
