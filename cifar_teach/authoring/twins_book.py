"""What a page refers to: the other pages, their labels, the glossary, the bibliography, and the addresses of all."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from .errors import AuthoringError, missing_tool
from .repository import Repository, read_repository
from .twins_page import PageError, headings, read_pieces, read_yaml, split_header

BOOK = "book"
TOC = f"{BOOK}/_toc.yml"
ENDING = ".md"


@dataclass(frozen=True)
class Place:
    """Where a label or a term is explained: page, words to show, and its name in the published page."""

    page: str
    text: str
    anchor: str


@dataclass
class Book:
    """The pages of the table of contents and what they define.

    Attributes:
        root: the root of the course.
        repository: its address and branch.
        title: of the book.
        published: address of the published pages without a slash at the end; empty if ``_config.yml`` names none.
        pages: the texts of the pages by their name, ``"chapters/01-explore"``, in the order of the book.
        titles: first heading of each page.
        labels, terms: what can be referred to; terms by their lower-case spelling.
        bibliography: the file of the references, or None.
        problems: pages that are missing or cannot be read.
    """

    root: Path
    repository: Repository
    title: str
    published: str
    pages: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Place] = field(default_factory=dict)
    terms: dict[str, Place] = field(default_factory=dict)
    bibliography: Path | None = None
    problems: list[str] = field(default_factory=list)

    def page_link(self, page: str, anchor: str = "") -> str:
        """Return where a page is read: published, or else its source."""
        address = f"{self.published}/{page}.html" if self.published else self.file_link(f"{BOOK}/{page}{ENDING}")
        return f"{address}#{anchor}" if anchor else address

    def place_link(self, place: Place) -> str:
        """Return where a label or term is explained. Only published pages know its name."""
        return self.page_link(place.page, place.anchor if self.published else "")

    def file_link(self, path: str) -> str:
        """Return where a file of the repository is read."""
        return f"{self.repository.url}/blob/{self.repository.branch}/{path}"

    def image_link(self, path: str) -> str:
        """Return where the bytes of a file of the repository are found."""
        address = urlsplit(self.repository.url)
        if address.hostname == "github.com":
            return f"https://raw.githubusercontent.com{address.path}/{self.repository.branch}/{path}"
        return f"{self.repository.url}/raw/{self.repository.branch}/{path}"

    def find_page(self, page: str, target: str) -> str | None:
        """Return the name of the page that ``target`` means on ``page``, with or without ``.md``; None if none."""
        beside = posixpath.join(posixpath.dirname(page), target) if not target.startswith("/") else target[1:]
        name = posixpath.normpath(beside).removesuffix(ENDING)
        return name if name in self.pages else None

    def find_file(self, page: str, target: str) -> str | None:
        """Return the path, from the root, of the file or folder that ``target`` means on ``page``; None if none."""
        beside = posixpath.join(BOOK, posixpath.dirname(page), target) if not target.startswith("/") else target[1:]
        path = posixpath.normpath(beside)
        return path if not path.startswith("..") and (self.root / path).exists() else None


def named_pages(root: Path) -> list[str]:
    """Return the pages that the table of contents names, in its order; none as long as there is no such file.

    Raises:
        AuthoringError: it is not YAML.
    """
    return _pages_of(_yaml(root / TOC)) if (root / TOC).is_file() else []


def read_book(root: Path, generated: Mapping[str, str] = MappingProxyType({})) -> Book:
    """Return the book below ``root``; without a table of contents it has no pages.

    Args:
        root: the root of the course.
        generated: pages whose text does not come from a file, by their name.

    Raises:
        AuthoringError: table of contents or configuration are wrong.
    """
    config = _yaml(root / "_config.yml")
    published = str((config.get("html") or {}).get("baseurl") or "").rstrip("/")
    book = Book(root, read_repository(root), str(config.get("title") or "this course"), published)
    for page in named_pages(root):
        path = root / BOOK / f"{page}{ENDING}"
        if page not in generated and not path.is_file():
            book.problems.append(f"{TOC} names '{page}', but there is no {path.relative_to(root).as_posix()}.")
            continue
        book.pages[page] = generated[page] if page in generated else path.read_text(encoding="utf-8")
    for page, text in book.pages.items():
        try:
            _index(book, page, text)
        except PageError as problem:
            book.problems.append(f"{BOOK}/{page}{ENDING}:{problem.line}: {problem}")
    files = config.get("bibtex_bibfiles") or []
    book.bibliography = root / BOOK / files[0] if files else None
    return book


def _yaml(path: Path) -> dict[str, Any]:
    try:
        found = read_yaml(path.read_text(encoding="utf-8"), 1)
    except PageError as problem:
        raise AuthoringError(f"{path.name}: {problem}") from None
    return found if isinstance(found, dict) else {}


def _pages_of(entry: Any) -> list[str]:
    """Return every page that a table of contents names, at any depth."""
    if isinstance(entry, list):
        return [page for each in entry for page in _pages_of(each)]
    if not isinstance(entry, dict):
        return []
    own = [str(entry[key]).removesuffix(ENDING) for key in ("root", "file") if key in entry]
    return own + [page for value in entry.values() for page in _pages_of(value)]


def _index(book: Book, page: str, text: str) -> None:
    """Enter title, labels and terms of a page."""
    _, lines, _ = split_header(text)
    for number, (words, label) in enumerate(headings(lines)):
        words = re.sub(r"[`*]", "", words)
        if number == 0:
            book.titles[page] = words
        if label:
            book.labels[label] = Place(page, words, re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-"))
    if "{glossary}" not in text:
        return
    for piece in read_pieces(lines):
        if piece.name == "glossary":
            for term in piece.lines:
                if term.strip() and not term[0].isspace():
                    book.terms[term.strip().lower()] = Place(page, term.strip(), term_anchor(term))


def term_anchor(term: str) -> str:
    """Return the name that Sphinx gives a term in the page of the glossary."""
    plain = unicodedata.normalize("NFKD", term).encode("ascii", "ignore").decode("ascii")
    return "term-" + re.sub(r"[^a-zA-Z0-9._]+", "-", plain.strip()).rstrip("-")


def citation(book: Book, key: str, *, textual: bool) -> str:
    """Return a reference as ``Krizhevsky (2009)`` or ``Krizhevsky, 2009``, linked where it has an address.

    Raises:
        AuthoringError: the bibliography lacks the key.
    """
    entries = _entries(book.bibliography)
    if key not in entries:
        raise AuthoringError(f"the bibliography has no '{key}'.")
    entry = entries[key]
    names = [_plain(" ".join(person.prelast_names + person.last_names)) for person in entry.persons.get("author", [])]
    who = _join(names) or _plain(entry.fields.get("title", key))
    year = entry.fields.get("year", "n.d.")
    words = f"{who} ({year})" if textual else f"{who}, {year}"
    doi, url = entry.fields.get("doi"), entry.fields.get("url")
    address = f"https://doi.org/{doi}" if doi else url
    return f"[{words}]({address})" if address else words


def _entries(path: Path | None) -> Any:
    if path is None or not path.is_file():
        raise AuthoringError("a reference is cited, but there is no bibliography (bibtex_bibfiles in _config.yml).")
    try:
        from pybtex.database import parse_file
    except ImportError as problem:
        raise missing_tool(problem) from None
    return parse_file(str(path), bib_format="bibtex").entries


def _plain(latex: str) -> str:
    """Return LaTeX as plain text."""
    from pybtex.richtext import Text

    return str(Text.from_latex(latex))


def _join(names: list[str]) -> str:
    if len(names) > 2:
        return f"{names[0]} et al."
    return " and ".join(names)
