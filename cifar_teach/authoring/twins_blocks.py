"""Directives as plain Markdown, which Colab, Jupyter and editors show alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from ..exceptions import CifarTeachError
from .errors import AuthoringError
from .excerpt import excerpt
from .quiz import QuizQuestion, read_quiz
from .twins_book import Book
from .twins_inline import Inline
from .twins_page import PageError, Piece, convert_paragraphs, read_pieces

NOTES = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important"}
"""Boxes with a fixed title."""

CLASSES = {
    "goals": "",
    "predict": "Predict first",
    "misconception": "Misconception",
    "cost": "Cost",
    "checklist": "",
    "exercise": "Exercise",
}
"""The styles of the course, and what stands for their colour and icon where the title does not say it."""

FOLDED = "dropdown"
LETTERS = "ABCDEFGHIJ"


class Blocks:
    """Translates the pieces of one page.

    Args:
        book: what the page may refer to.
        page: its name, ``"chapters/01-explore"``.
    """

    def __init__(self, book: Book, page: str) -> None:
        self._book = book
        self._inline = Inline(book, page)
        self._directives = {
            "admonition": self._box,
            **dict.fromkeys(NOTES, self._box),
            "figure": self._figure,
            "math": self._math,
            "source": self._source,
            "quiz": self._quiz,
            "results-table": self._results_table,
        }

    def convert(self, piece: Piece) -> list[str]:
        """Return a piece as lines of plain Markdown.

        Raises:
            PageError: it cannot be translated; with the line.
        """
        if piece.kind == "shown":
            return list(piece.lines)
        if piece.kind == "text":
            return convert_paragraphs(piece.lines, piece.line, self._inline.convert)
        if piece.name not in self._directives:
            known = ", ".join(f"{{{name}}}" for name in self._directives)
            raise PageError(
                piece.line, f"the directive {{{piece.name}}} is not translated for notebooks. Known: {known}."
            )
        try:
            return ["", *self._directives[piece.name](piece), ""]
        except PageError:
            raise
        except CifarTeachError as problem:
            raise PageError(piece.line, str(problem)) from None

    def _box(self, piece: Piece) -> list[str]:
        classes = str(piece.options.get("class", "")).split()
        unknown = sorted({*classes} - {*CLASSES, *NOTES, FOLDED})
        if unknown:
            raise AuthoringError(
                f"the class '{unknown[0]}' has no translation. Known: {', '.join([*CLASSES, *NOTES, FOLDED])}."
            )
        title, lines, first = piece.argument, list(piece.lines), piece.body_line
        if piece.name in NOTES:
            if title:  # what stands behind the name is the beginning of the text
                lines, first = [title, *lines], first - 1
            title = NOTES[piece.name]
        elif not title:
            raise AuthoringError("an admonition needs a title: ':::{admonition} Title'.")
        body = self._convert_all(lines, first)
        word = next((CLASSES[name] for name in classes if name in CLASSES), "")
        if word and word.lower().split()[0] not in title.lower():
            title = f"{word}: {title}"
        title = self._inline.convert(title, piece.line)
        if FOLDED in classes:
            return _folded(title, body)
        return [f"> {line}".rstrip() for line in [f"**{title}**", "", *body]]

    def _convert_all(self, lines: Sequence[str], first: int) -> list[str]:
        """Return what stands in a box; boxes may hold others, but no cells."""
        return tidy([line for piece in read_pieces(lines, first) for line in self.convert(piece)])

    def _figure(self, piece: Piece) -> list[str]:
        image = self._inline.image(str(piece.options.get("alt", "")), piece.argument)
        caption = " ".join(tidy(convert_paragraphs(piece.lines, piece.body_line, self._inline.convert)))
        if not caption:
            return [image]
        return [image, "", caption if "*" in caption else f"*{caption}*"]

    def _math(self, piece: Piece) -> list[str]:
        return ["$$", *filter(str.strip, [piece.argument, *piece.lines]), "$$"]

    def _source(self, piece: Piece) -> list[str]:
        shown = excerpt(piece.argument, self._book.root)
        name = shown.name.rpartition(".")[2]
        # Without line numbers: a change elsewhere in the file would make every notebook out of date.
        caption = f"`{name}` in [{shown.path}]({self._book.file_link(shown.path)}):"
        return [caption, "", "```python", *shown.code.split("\n"), "```"]

    def _quiz(self, piece: Piece) -> list[str]:
        lines: list[str] = []
        for number, question in enumerate(read_quiz(piece.body), 1):
            lines += [*self._question(number, question, piece.body_line), ""]
        return lines[:-1]

    def _question(self, number: int, question: QuizQuestion, line: int) -> list[str]:
        def words(text: str) -> str:
            return self._inline.convert(text, line)

        options = list(zip(LETTERS, question.options, strict=False))
        right = next(letter for letter, option in options if option.right)
        answers = [f"- **{letter}**: {words(option.why)}" for letter, option in options]
        return [
            f"**{number}. {words(question.ask)}**",
            "",
            *(f"- **{letter}**: {words(option.text)}" for letter, option in options),
            "",
            *_folded("Answer", [f"**{right}** is right.", "", *answers]),
        ]

    def _results_table(self, piece: Piece) -> list[str]:
        name = piece.argument
        readme = (self._book.root / "README.md").read_text(encoding="utf-8")
        found = re.search(
            rf"<!-- {re.escape(name)}:begin -->\n(.*?)\n<!-- {re.escape(name)}:end -->", readme, re.DOTALL
        )
        if name == "" or found is None:
            raise AuthoringError(f"the README has no table '{name}'.")
        # Its links are relative to the root of the repository, like those of a page that lies there.
        return convert_paragraphs(found[1].split("\n"), piece.line, Inline(self._book, "../README").convert)


def tidy(lines: Sequence[str]) -> list[str]:
    """Return lines without blank ones at both ends and without several in a row, except in blocks of code."""
    result: list[str] = []
    fence = ""
    for line in lines:
        marks = re.match(r"[>\s]*(`{3,}|~{3,})", line)
        if marks:
            fence = marks[1] if not fence else "" if marks[1].startswith(fence) else fence
        if fence or line.strip() or (result and result[-1].strip()):
            result.append(line)
    while result and not result[-1].strip():
        result.pop()
    return result


def _folded(title: str, body: Sequence[str]) -> list[str]:
    """Return lines that are shown after a click on the title. Markdown between HTML needs blank lines around it."""
    words = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", title)  # no Markdown is read inside the HTML
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words, quote=False))
    return [f"<details><summary><b>{words}</b></summary>", "", *body, "", "</details>"]
