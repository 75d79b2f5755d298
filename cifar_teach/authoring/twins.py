"""The Colab twin of a page: the notebook beside it, without outputs, that its Colab button opens.

Every page of ``book/_toc.yml`` whose header names a kernel gets one. Its cells of code are those of the page, apart
from cells tagged ``remove-cell``, which the reader of the page does not see either; the first begins with the set-up
code of the exercises. Its text is the page's in plain Markdown, see :mod:`~cifar_teach.authoring.twins_blocks`.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from .api_pages import OVERVIEW, api_files
from .cells import INSTALL
from .errors import AuthoringError
from .generate import Notebook, to_bytes
from .twins_blocks import Blocks, tidy
from .twins_book import BOOK, ENDING, Book, named_pages, read_book
from .twins_page import HEADING, PageError, Piece, read_pieces, read_yaml, split_header

CODE = "code-cell"
LEFT_OUT = "remove-cell"
HIDDEN = ("hide-input", "remove-input", "hide-cell")
"""Tags of cells whose code the page folds away. Jupyter and Colab do so by settings of their own."""


def book_files(root: Path) -> tuple[dict[str, bytes], list[str]]:
    """Return what is generated below ``book/`` by its path from ``root``, and what went wrong with the rest.

    That is a twin for every page that runs code, and the pages about the package if the table of contents names them.
    Without a table of contents there is nothing.
    """
    files: dict[str, bytes] = {}
    try:
        pages = api_files() if OVERVIEW in named_pages(root) else {}
        files = {f"{BOOK}/{page}{ENDING}": text.encode("utf-8") for page, text in pages.items()}
        book = read_book(root, pages)
    except AuthoringError as problem:
        return files, [str(problem)]
    problems = list(book.problems)
    for page in book.pages:
        try:
            notebook = twin_notebook(book, page)
        except AuthoringError as problem:
            problems.append(str(problem))
            continue
        if notebook is not None:
            files[twin_path(page)] = to_bytes(notebook)
    return files, list(dict.fromkeys(problems))


def twin_path(page: str) -> str:
    """Return where the twin of a page lies, from the root of the course."""
    return f"{BOOK}/{page}.ipynb"


def twin_notebook(book: Book, page: str) -> Notebook | None:
    """Return the twin of a page as nbformat 4.5; None for a page that runs nothing.

    Raises:
        AuthoringError: something in the page cannot be translated. The message begins with file and line.
    """
    try:
        header, lines, first = split_header(book.pages[page])
        if "kernelspec" not in header:
            return None
        cells = _cells(book, page, read_pieces(lines, first))
    except PageError as problem:
        raise AuthoringError(f"{BOOK}/{page}{ENDING}:{problem.line}: {problem}") from None
    return {
        "cells": cells,
        "metadata": {
            "cifar_teach": {"page": page},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cells(book: Book, page: str, pieces: list[Piece]) -> list[dict[str, Any]]:
    """Return the cells; ids are derived, not drawn, so that the same page gives the same bytes."""
    cells: list[dict[str, Any]] = []
    blocks = Blocks(book, page)
    kept = [piece for piece in _with_tags(pieces) if LEFT_OUT not in piece.options.get("tags", ())]
    codes = texts = 0
    for is_code, group in groupby(kept, key=lambda piece: piece.name == CODE):
        if is_code:
            for piece in group:
                codes += 1
                cells.append(_code_cell(f"code-{codes:02d}", piece, set_up=_set_up(book) if codes == 1 else ""))
            continue
        for text in _texts(blocks, list(group)):
            texts += 1
            cells.append(_text_cell(f"text-{texts:02d}", text if texts > 1 else _with_facts(text, book, page, kept)))
    return cells


def _with_tags(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with the tags of the cells of code as lists."""
    result = []
    for piece in pieces:
        tags = piece.options.get("tags") if piece.name == CODE else None
        if isinstance(tags, str):
            tags = read_yaml(tags, piece.line)
        if tags is not None and not isinstance(tags, list):
            raise PageError(piece.line, f"the tags of a cell are a list: ':tags: [hide-input]', not '{tags}'.")
        options = {"tags": tags} if tags else {}
        result.append(piece if piece.name != CODE else Piece(piece.kind, piece.line, piece.lines, CODE, "", options))
    return result


def _texts(blocks: Blocks, pieces: list[Piece]) -> list[str]:
    """Return the text between two cells of code, a part for each heading: Colab folds and lists cells by these."""
    parts: list[list[str]] = [[]]
    for piece in pieces:
        if piece.kind == "break":
            parts.append([])
            continue
        for line in blocks.convert(piece):
            if piece.kind == "text" and HEADING.fullmatch(line):
                parts.append([])
            parts[-1].append(line)
    return [text for text in ("\n".join(tidy(part)) for part in parts) if text]


def _with_facts(text: str, book: Book, page: str, pieces: list[Piece]) -> str:
    """Return the first cell with where it comes from below its title."""
    title, *rest = text.split("\n")
    if not title.startswith("# "):
        raise PageError(pieces[0].line, "a page begins with its title: '# Title'.")
    start = next(iter(book.pages))
    facts = [f"From the book [{book.title}]({book.page_link(start)})", f"[Read this page]({book.page_link(page)})"]
    colab = book.repository.colab_link(twin_path(page))
    if colab:
        facts.append(f"[Open in Colab]({colab})")
    return "\n".join([title, "", " · ".join(facts), *rest])


def _set_up(book: Book) -> str:
    return INSTALL.format(requirement=book.repository.requirement)


def _code_cell(id: str, piece: Piece, set_up: str) -> dict[str, Any]:
    source = "\n".join(tidy_code(piece.lines))
    if not source:
        raise PageError(piece.line, "an empty cell. Fill it or delete it.")
    tags = piece.options.get("tags", [])
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    if set(HIDDEN).intersection(tags) and not set_up:
        metadata |= {"cellView": "form", "jupyter": {"source_hidden": True}}
    cell = {"cell_type": "code", "execution_count": None, "id": id, "metadata": metadata, "outputs": []}
    return cell | {"source": set_up + source}


def tidy_code(lines: tuple[str, ...]) -> list[str]:
    """Return the lines of a cell without blank ones at its ends."""
    return "\n".join(lines).strip("\n").split("\n") if any(line.strip() for line in lines) else []


def _text_cell(id: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": text}
