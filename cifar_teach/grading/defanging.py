"""Text of students made harmless for nbgrader's pages, which take Markdown and HTML of a notebook as they are.

Formgrader and ``nbgrader generate_feedback`` would run a script that stands in an answer, in the browser of whoever
marks it. Zero-width spaces are put where a browser or a Markdown reader would see a tag, an entity, a script address or
a command of the formula reader. To the eye the text is the same.
"""

from __future__ import annotations

import re

__all__ = ["defanged"]

GAP = "\N{ZERO WIDTH SPACE}"
_RULES = (
    (re.compile(r"<(?=[A-Za-z/!?])"), f"<{GAP}"),
    (re.compile(r"&(?=[A-Za-z#])"), f"&{GAP}"),
    # A backslash before the colon is taken out by Markdown readers.
    (re.compile(r"(javascript|vbscript|data)(?=[\s\\]*:)", re.IGNORECASE), rf"\1{GAP}"),
    (re.compile(r"\\(?=(?:href|class|cssId|style|require|html\w*|unicode|def|let|newcommand)\b)"), rf"\\{GAP}"),
)


def defanged(text: str) -> str:
    """Return Markdown or HTML in which nothing is a tag, an entity, a script address or a dangerous command of TeX."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
