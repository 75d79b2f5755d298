"""From the bytes of a file to the contents of a notebook, through the damage that files suffer on their way.

What is no notebook at all gets a sentence that says what it is and what to hand in instead.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .records import Repair

AGAIN = "Hand in the notebook itself: in Colab File → Download → Download .ipynb, in Jupyter File → Download."
MAX_TRIES = 1_500
"""How many places of a damaged file are tried as the beginning of a cell."""

STRING_OR_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=\s*[\]}])', re.DOTALL)
CELL_START = re.compile(
    r'\{(?=\s*"(?:cell_type|attachments|execution_count|id|metadata|outputs|source|input|level|collapsed)")'
)

MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PK\x03\x04", "an archive or an Office document"),
    (b"7z\xbc\xaf", "an archive (7z)"),
    (b"Rar!", "an archive (rar)"),
    (b"\x1f\x8b", "an archive (gz)"),
    (b"\x89HDF", "a saved model (HDF5)"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"{\\rtf", "a text document (RTF)"),
)


@dataclass(frozen=True)
class Decoded:
    """What a file holds.

    Attributes:
        content: the notebook as plain data; None when it is no notebook.
        repairs: damage that was put right.
        problem: what the file is instead, and what to do; None when there is a notebook.
    """

    content: dict[str, Any] | None
    repairs: tuple[Repair, ...] = ()
    problem: Repair | None = None


def decode(data: bytes, name: str) -> Decoded:
    """Return the notebook in ``data``. Never raises for what the file holds.

    Args:
        data: the file.
        name: how people call it, for messages.
    """
    if not data.strip(b" \t\r\n\0"):
        return _refused("empty-file", f"'{name}' is empty. {AGAIN}")
    for start, what in MAGIC:
        if data.startswith(start):
            return _refused("no-notebook", f"'{name}' is {what}, not a notebook. {AGAIN}")
    text, repairs = _text(data)
    start = text.lstrip()[:200]
    if start[:1] == "<" and not start.startswith("<<<<<<<"):
        return _refused("no-notebook", f"'{name}' is a web page, perhaps a page to log in, not a notebook. {AGAIN}")
    content = _load(text)
    if content is None:
        content, how = _repaired(text)
        repairs += how
    if isinstance(content, dict) and _has_cells(content):
        return Decoded(content, tuple(repairs))
    return _refused("no-notebook", f"{_what_else(content, text, name)} {AGAIN}")


def _text(data: bytes) -> tuple[str, list[Repair]]:
    """Decode the bytes: UTF-8, with or without a mark in front, else UTF-16, else what of it can be read."""
    encoding = "utf-8-sig"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif data[:200].count(0) > len(data[:200]) // 4:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        count = text.count("\ufffd")
        what = (
            "A character of the file is damaged and was" if count == 1 else f"{count} characters are damaged and were"
        )
        message = f"{what} replaced by '\ufffd'. Save the notebook again before you hand it in."
        return text, [Repair("unreadable-characters", message)]


def _load(text: str) -> Any:
    """Parse JSON, also with NaN and bare line ends in texts; None when it is not JSON."""
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None, parse_int=_whole)
    except (ValueError, RecursionError, MemoryError):
        return None


def _whole(digits: str) -> int:
    return int(digits) if len(digits) < 20 else 0


def _repaired(text: str) -> tuple[Any, list[Repair]]:
    """Parse damaged JSON; return what could be saved and what was done."""
    if "<<<<<<<" in text and "\n>>>>>>>" in text:
        for side in ("ours", "theirs"):
            content = _load(_one_side(text, side))
            if isinstance(content, dict):
                which = "first" if side == "ours" else "second"
                message = (
                    "The file holds marks of a conflict that Git left (<<<<<<<). Of each two versions the "
                    f"{which} was taken. Solve the conflict, then open and save the notebook once."
                )
                return content, [Repair("merge-conflict", message)]
    without_commas = STRING_OR_COMMA.sub(lambda match: "" if match[0] == "," else match[0], text)
    content = _load(without_commas)
    if isinstance(content, dict):
        return content, [Repair("file-repaired", "The file had commas too many; they were left out.")]
    cells = _whole_cells(without_commas)
    if not cells:
        return None, []
    count = "one cell" if len(cells) == 1 else f"{len(cells)} cells"
    message = (
        f"The file is damaged or cut off, as after a download that was interrupted. {count.capitalize()} could be "
        "read; what is missing counts as not attempted. Save the notebook again and hand it in again."
    )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, [Repair("file-damaged", message)]


def _one_side(text: str, side: str) -> str:
    """Return a file with ``"ours"`` or ``"theirs"`` of every two versions between Git's marks of a conflict."""
    kept, now = [], ""
    for line in text.split("\n"):
        if not now and line.startswith("<<<<<<<"):
            now = "ours"
        elif now == "ours" and line.startswith("|||||||"):
            now = "base"
        elif now in ("ours", "base") and line.rstrip("\r") == "=======":
            now = "theirs"
        elif now == "theirs" and line.startswith(">>>>>>>"):
            now = ""
        elif now in ("", side):
            kept.append(line)
    return "\n".join(kept)


def _whole_cells(text: str) -> list[dict[str, Any]]:
    """Return every cell of a damaged file that is whole."""
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_int=_whole)
    found, position, tries = [], 0, 0
    while tries < MAX_TRIES and (start := CELL_START.search(text, position)):
        tries += 1
        position = start.end()
        try:
            cell, end = decoder.raw_decode(text, start.start())
        except (RecursionError, MemoryError):
            tries += MAX_TRIES // 10  # brackets in brackets without end, which no notebook has
            continue
        except ValueError:
            continue
        if isinstance(cell, dict) and ("cell_type" in cell or {"source", "metadata"} <= set(cell)):
            found.append(cell)
            position = end
    return found


def _has_cells(content: dict[str, Any]) -> bool:
    sheets = content.get("worksheets")
    in_sheets = isinstance(sheets, list) and any(
        isinstance(each, dict) and isinstance(each.get("cells"), list) for each in sheets
    )
    return isinstance(content.get("cells"), list) or in_sheets


def _what_else(content: Any, text: str, name: str) -> str:
    """Say what a file is that is no notebook."""
    if isinstance(content, dict):
        if "doc_id" in content or "docs.google.com" in str(content.get("url", "")):
            return f"'{name}' is a shortcut to a file in Google Drive; it holds nothing of the notebook."
        return f"'{name}' is JSON, but it has no cells, so it is no notebook."
    if text.lstrip()[:1] == "{":
        return f"'{name}' is too damaged: no cell of a notebook can be read in it."
    if re.search(r"^(?:import |from \w|def \w|# -\*- coding|# %%)", text[:5_000], re.MULTILINE):
        return f"'{name}' is a Python file, not a notebook: the cells and their marks are lost in it."
    return f"'{name}' is no notebook: a notebook file begins with '{{'."


def _refused(kind: str, message: str) -> Decoded:
    return Decoded(None, (), Repair(kind, message))
