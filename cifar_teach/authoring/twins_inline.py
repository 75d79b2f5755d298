"""Roles and links inside a paragraph, as plain Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from ..checks.registry import get_exercise
from ..exceptions import CifarTeachError
from .results import format_result
from .twins_book import Book, citation
from .twins_page import PageError

ADDRESS = r"[^()\s]+(?:\([^()\s]*\)[^()\s]*)*"
TOKEN = re.compile(
    r"(?P<escaped>\\[^\w\s])"
    r"|\{(?P<role>[A-Za-z][\w:.+-]*)\}(?P<ticks>`+)(?P<content>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?P<code>(?P<fence>`+).+?(?<!`)(?P=fence)(?!`))"
    r"|(?P<math>\$\$.+?\$\$|\$(?![\s$])(?:[^$\\]|\\.)*?[^\s\\$]\$(?!\d))"
    rf"|!\[(?P<alt>[^\]]*)\]\((?P<picture>{ADDRESS})(?P<hover>\s+\"[^\"]*\")?\)"
    rf"|\[\]\((?P<named>{ADDRESS})\)"
    rf"|(?P<before>\]\(|^\[[^\]^]+\]:\s+)(?P<target>{ADDRESS})"
    r"|(?P<foreign>\{\{.+?\}\}|\[\^[^\]]+\]|(?<=[)\]`])\{[^}\n]*\}|\{[A-Za-z][\w:.+-]*\}(?=`))",
    re.DOTALL | re.MULTILINE,
)
"""What is looked at in a paragraph, in the order in which it is recognised."""

SHOWN_AND_MEANT = re.compile(r"(?P<shown>.*\S)\s*<(?P<meant>[^<>]+)>", re.DOTALL)


class Inline:
    """Translates the paragraphs of one page.

    Args:
        book: what the page may refer to.
        page: its name, ``"chapters/01-explore"``.
    """

    def __init__(self, book: Book, page: str) -> None:
        self._book = book
        self._page = page
        self._roles: dict[str, Callable[[str], str]] = {
            "term": self._term,
            "doc": self._doc,
            "ref": self._ref,
            "result": lambda path: format_result(path, book.root / "benchmarks" / "results"),
            "exercise": self._exercise,
            "cite:t": lambda keys: self._cite(keys, textual=True),
            "cite:p": lambda keys: self._cite(keys, textual=False),
        }

    def convert(self, text: str, line: int) -> str:
        """Return a paragraph as plain Markdown.

        Args:
            text: its lines.
            line: where its first line stands in the page, for messages.

        Raises:
            PageError: a role or link that is unknown or leads nowhere, or markup that is not translated.
        """

        def replace(found: re.Match[str]) -> str:
            try:
                return self._replace(found)
            except CifarTeachError as problem:
                raise PageError(line + text.count("\n", 0, found.start()), str(problem)) from None

        return TOKEN.sub(replace, text)

    def link(self, target: str) -> str:
        """Return the address that the target of a link means on this page.

        Raises:
            CifarTeachError: it leads nowhere.
        """
        if urlsplit(target).scheme in ("http", "https", "mailto"):
            return target
        path, _, anchor = target.partition("#")
        if target in self._book.labels or (not path and anchor in self._book.labels):
            return self._book.place_link(self._book.labels[target if path else anchor])
        page = self._book.find_page(self._page, path) if path else self._page
        if page is not None:
            return self._book.page_link(page, anchor)
        return self._book.file_link(self._file(path)) + (f"#{anchor}" if anchor else "")

    def image(self, alt: str, source: str) -> str:
        """Return an image that is found from anywhere.

        Raises:
            CifarTeachError: it has no text alternative, or there is no such file.
        """
        if not alt.strip():
            raise CifarTeachError(f"the image '{source}' has no text alternative.")
        external = urlsplit(source).scheme in ("http", "https")
        return f"![{alt.strip()}]({source if external else self._book.image_link(self._file(source))})"

    def _file(self, target: str) -> str:
        path = self._book.find_file(self._page, target)
        if path is None:
            raise CifarTeachError(f"'{target}' is no page of the book, no label, and no file of the repository.")
        return path

    def _replace(self, found: re.Match[str]) -> str:
        if found["role"]:
            if found["role"] not in self._roles:
                known = ", ".join(f"{{{name}}}" for name in self._roles)
                raise CifarTeachError(f"the role {{{found['role']}}} is not translated for notebooks. Known: {known}.")
            return self._roles[found["role"]](" ".join(found["content"].split()))
        if found["picture"]:
            return self.image(found["alt"], found["picture"])
        if found["named"]:
            label = found["named"].removeprefix("#")
            return self._ref(label) if label in self._book.labels else self._doc(found["named"])
        if found["target"]:
            return found["before"] + self.link(found["target"])
        if found["foreign"]:
            raise CifarTeachError(f"'{found['foreign']}' is not translated for notebooks.")
        return found[0]

    def _term(self, content: str) -> str:
        shown, meant = _shown_and_meant(content)
        place = self._book.terms.get(meant.lower())
        if place is None:
            raise CifarTeachError(f"the glossary does not explain '{meant}'.")
        return f"[{shown}]({self._book.place_link(place)})" if self._book.published else shown

    def _doc(self, content: str) -> str:
        shown, meant = _shown_and_meant(content)
        page = self._book.find_page(self._page, meant)
        if page is None:
            raise CifarTeachError(f"the book has no page '{meant}'.")
        return f"[{self._book.titles.get(page, page) if shown == meant else shown}]({self._book.page_link(page)})"

    def _ref(self, content: str) -> str:
        shown, meant = _shown_and_meant(content)
        place = self._book.labels.get(meant)
        if place is None:
            raise CifarTeachError(f"no heading of the book has the label '{meant}'.")
        return f"[{place.text if shown == meant else shown}]({self._book.place_link(place)})"

    def _exercise(self, content: str) -> str:
        exercise = get_exercise(f"ex{content}")
        path = f"exercises/{exercise.slug}/{exercise.slug}.ipynb"
        link = self._book.repository.colab_link(path) or self._book.file_link(path)
        return f"[Exercise {int(content)}: {exercise.title}]({link})"

    def _cite(self, content: str, *, textual: bool) -> str:
        keys = [key.strip() for key in content.split(",")]
        words = [citation(self._book, key, textual=textual) for key in keys]
        return ", ".join(words) if textual else f"({'; '.join(words)})"


def _shown_and_meant(content: str) -> tuple[str, str]:
    """Return the two parts of ``shown <meant>``, or the same twice."""
    found = SHOWN_AND_MEANT.fullmatch(content)
    return (found["shown"], found["meant"].strip()) if found else (content, content)
