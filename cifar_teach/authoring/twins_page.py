"""A page of the book, cut into pieces: text, blocks of code that are only shown, and directives.

The pages use few constructs (CONTRIBUTING.md lists them), so they are read line by line. What is no such construct is
an error with its line: it would reach readers in Colab as raw markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import AuthoringError, missing_tool

FENCE = re.compile(r"(?P<indent>\s*)(?P<fence>`{3,}(?=[^`]*$)|~{3,}|:{3,})\s*(?P<info>.*)")
NAMED = re.compile(r"\{(?P<name>[A-Za-z][\w:.+-]*)\}\s*(?P<argument>.*)")
OPTION = re.compile(r":(?P<key>[A-Za-z][\w-]*):\s*(?P<value>.*)")
LABEL = re.compile(r"\((?P<label>[^()\s]+)\)=\s*")
HEADING = re.compile(r"(?P<marks>#{1,6})\s+(?P<text>.*\S)")
STRANGE = (
    (re.compile(r"\{[^}`]*\}\s*"), "attributes in a line of their own"),
    (re.compile(r":\s+\S.*"), "a definition list"),
    (re.compile(r"\[\^[^\]]+\]:.*"), "a footnote"),
    (re.compile(r"\\begin\{.*"), "a formula without ```{math} or $$ around it"),
)
"""Constructs of MyST Markdown that begin a line, that Colab does not know, and that are not translated."""


class PageError(AuthoringError):
    """Something in line ``line`` of a page, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class Piece:
    """A part of a page.

    Attributes:
        kind: ``"text"``, ``"shown"`` (a block of code, fences included), ``"directive"`` or ``"break"`` (``+++``).
        line: the line of the page at which it begins, counted from 1.
        lines: its text; of a directive, what stands below the options.
        name, argument, options: of a directive.
        body_line: of a directive, the line of the page at which ``lines`` begins.
    """

    kind: str
    line: int
    lines: tuple[str, ...]
    name: str = ""
    argument: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    body_line: int = 0

    @property
    def body(self) -> str:
        """The text as one string."""
        return "\n".join(self.lines)


def split_header(text: str) -> tuple[dict[str, Any], list[str], int]:
    """Return the header of a page as data, the lines below it, and the number of the first of these lines.

    Raises:
        PageError: the header does not end, or is not YAML.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, lines, 1
    end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise PageError(1, "the header has no end: a second line with '---' is missing.")
    header = read_yaml("\n".join(lines[1:end]), 1)
    return header if isinstance(header, dict) else {}, lines[end + 1 :], end + 2


def read_yaml(text: str, line: int) -> Any:
    """Return YAML as data.

    Raises:
        PageError: it is not YAML; ``line`` says where it stands.
    """
    try:
        import yaml
    except ImportError as problem:
        raise missing_tool(problem) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise PageError(line, f"not YAML: {' '.join(str(problem).split())}") from None


def read_pieces(lines: Sequence[str], first: int = 1) -> list[Piece]:
    """Return the pieces of ``lines``, the first of which is line ``first`` of the page.

    Labels and comments become blank lines.

    Raises:
        PageError: a block that does not end, a directive inside a list, or markup that is not translated.
    """
    pieces: list[Piece] = []
    text: list[str] = []
    began = first
    for index, end, fence in _walk(lines):
        number, line = first + index, lines[index]
        if fence is None and not line.startswith("+++"):
            began = began if text else number
            text.append(_plain(line, number))
            continue
        if any(each.strip() for each in text):
            pieces.append(Piece("text", began, tuple(text)))
        text = []
        if fence is not None:
            pieces.append(_block(fence, lines[index : end + 1], number, closed=end < len(lines)))
        elif line.strip("+ "):
            raise PageError(number, "'+++' with settings behind it is not translated. Write '+++' alone.")
        else:
            pieces.append(Piece("break", number, ()))
    if any(each.strip() for each in text):
        pieces.append(Piece("text", began, tuple(text)))
    return pieces


def headings(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return the text of each heading, with the label above it or an empty string."""
    found, label = [], ""
    for index, _, fence in _walk(lines):
        line = lines[index] if fence is None else "a block"
        if heading := HEADING.fullmatch(line):
            found.append((heading["text"], label))
        if line.strip():
            match = LABEL.fullmatch(line)
            label = match["label"] if match else ""
    return found


def convert_paragraphs(lines: Sequence[str], first: int, convert: Callable[[str, int], str]) -> list[str]:
    """Apply ``convert`` to each paragraph and the number of its first line; blank lines stay between them."""
    result: list[str] = []
    start = 0
    for index, line in enumerate([*lines, ""]):
        if line.strip():
            continue
        if start < index:
            result += convert("\n".join(lines[start:index]), first + start).split("\n")
        result.append("")
        start = index + 1
    return result[:-1]


def _walk(lines: Sequence[str]) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Yield each line outside blocks as (index, index, None), each block as (first index, last index, its fence).

    The last index of a block without an end is one too high.
    """
    index = 0
    while index < len(lines):
        fence = FENCE.fullmatch(lines[index])
        end = index
        if fence:
            closing = re.compile(rf"\s*{re.escape(fence['fence'][0])}{{{len(fence['fence'])},}}\s*")
            end = next((at for at in range(index + 1, len(lines)) if closing.fullmatch(lines[at])), len(lines))
        yield index, end, fence
        index = end + 1


def _plain(line: str, number: int) -> str:
    """Return a line of text, empty for a label or a comment."""
    if LABEL.fullmatch(line) or line.startswith("%"):
        return ""
    for pattern, what in STRANGE:
        if pattern.fullmatch(line):
            raise PageError(number, f"{what} is not translated for notebooks: '{line.strip()}'.")
    return line


def _block(fence: re.Match[str], lines: Sequence[str], number: int, closed: bool) -> Piece:
    """Return a block with its fences as a piece."""
    if not closed:
        raise PageError(number, f"the block that begins here with '{fence['fence']}' has no end.")
    named = NAMED.fullmatch(fence["info"].strip())
    if named is None:
        if fence["fence"][0] == ":":
            raise PageError(number, f"'{lines[0].strip()}' names no directive. Write ':::{{note}}', for example.")
        return Piece("shown", number, tuple(lines))
    if fence["indent"]:
        raise PageError(number, f"'{lines[0].strip()}' is indented; directives inside a list are not translated.")
    options, body, skipped = _options(list(lines[1:-1]), number + 1)
    return Piece(
        "directive", number, tuple(body), named["name"], named["argument"].strip(), options, number + 1 + skipped
    )


def _options(lines: list[str], number: int) -> tuple[dict[str, Any], list[str], int]:
    """Return the options of a directive, its other lines, and how many lines stand before these."""
    if lines and lines[0].rstrip() == "---":
        end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
        if end is None:
            raise PageError(number, "the settings that begin here with '---' have no end.")
        found = read_yaml("\n".join(lines[1:end]), number)
        return (found if isinstance(found, dict) else {}), lines[end + 1 :], end + 1
    count, options = 0, {}
    while count < len(lines) and (option := OPTION.fullmatch(lines[count])):
        options[option["key"]] = option["value"].strip()
        count += 1
    return options, lines[count:], count
