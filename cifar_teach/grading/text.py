"""Text from strangers, made safe to look at: in a page, in a spreadsheet, in a terminal."""

from __future__ import annotations

import hashlib
import re

from ..checks.rendering import ROWS

ROW_NAMES = tuple(name for _, name in ROWS)
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,79}")
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters of terminals; tab and line feed stay
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # no width, or turn the line
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of characters, which no file can hold; tags that carry hidden text
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection")."""


def visible(text: str) -> str:
    r"""Return ``text`` with everything in sight: what is hidden, or turns the order of a line, is written out.

    ``"\x1b[31m"`` becomes ``"␛[31m"``, a right-to-left override ``"⟨U+202E⟩"``. Line ends become line feeds. Letters
    of every script stay as they are, and so does the joiner that many emoji need.
    """
    return INVISIBLE.sub(_written_out, text.replace("\r\n", "\n").replace("\r", "\n"))


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else f"⟨U+{code:04X}⟩"


def one_line(text: str) -> str:
    """Return ``text`` as :func:`visible` shows it, in one line."""
    return " ".join(visible(text).split())


def short(text: str, limit: int = 80) -> str:
    """Return ``text`` in one line of at most ``limit`` characters."""
    line = one_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def apart(message: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the sentences of a message, and apart from them what was called, what came and what was expected."""
    lines, rows = [], []
    for line in message.split("\n"):
        name, colon, value = line.partition(": ")
        if colon and name in ROW_NAMES:
            rows.append((name, value))
        else:
            lines.append(line)
    return "\n".join(lines), rows


def cell(text: str) -> str:
    """Return ``text`` for a cell of a spreadsheet: in one line, and never a formula.

    A text that would be taken for a formula gets ``'`` in front, which spreadsheets read as "this is text".
    """
    shown = one_line(text)
    return f"'{shown}" if text.startswith(FORMULA) or shown.startswith(FORMULA) else shown


def file_name(name: str) -> str:
    """Return a name for a file or folder: ``name`` itself when it is safe, else a safe one that no other name gets."""
    if SAFE_NAME.fullmatch(name):
        return name
    kept = re.sub(r"[^A-Za-z0-9_.@-]+", "-", name).strip("-._@")[:40]
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{kept or 'unnamed'}-{digest}"


def number(value: float) -> str:
    """Write points: ``2``, ``1.5``, ``0.33``; never an exponent, at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
