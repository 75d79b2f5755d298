"""Signatures and attributes of the API pages as a reader would write them, not as Python or Sphinx do."""

from __future__ import annotations

import enum
import re
from typing import Any

from sphinx.application import Sphinx

TILDE_PATH = re.compile(r"~(?:\w+\.)*(\w+)")
"""Sphinx marks long names so; in the defaults of a dataclass the mark itself would be shown."""
SEVERAL = re.compile(r":ivar (\w+(?:, \w+)+):(.*)")


def plain_signature(
    app: Sphinx, what: str, name: str, documented: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Return signature and result without what no caller writes: the constructor of an enumeration, long names."""
    if isinstance(documented, type) and issubclass(documented, enum.Enum):
        return "", None
    if signature is None:
        return None, returned
    return TILDE_PATH.sub(r"\1", signature).replace("<factory>", "..."), returned


def one_by_one(app: Sphinx, what: str, name: str, documented: Any, options: Any, lines: list[str]) -> None:
    """Give each attribute an entry of its own where a docstring describes several in one: Sphinx knows no such list."""
    fields: list[list[str]] = [[]]
    for line in lines:
        if not line.startswith(" ") or not fields[-1]:
            fields.append([])
        fields[-1].append(line)
    lines.clear()
    for field in fields:
        together = SEVERAL.match(field[0]) if field else None
        for single in together[1].split(", ") if together else [None]:
            first = field[:1] if single is None else [f":ivar {single}:{together[2]}"]
            lines += [*first, *field[1:]]


def setup(app: Sphinx) -> None:
    """Register the steps between reading a docstring and showing it."""
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-process-docstring", one_by_one, priority=600)  # behind Napoleon, which writes the fields
