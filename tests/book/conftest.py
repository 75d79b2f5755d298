"""What the tests of the book share: its Sphinx extension, and a browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.book.chromium import Chromium, Opener, Page, find_program

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "book" / "_ext"))  # the extension lies beside the book, not in the package

MISSING = (
    "There is no Chromium or Chrome on the PATH, and the pages of the book cannot be tested without a browser. "
    "Install one (Debian, Ubuntu: apt install chromium; macOS: brew install --cask chromium; GitHub's runners have "
    "google-chrome), or set CIFAR_TEACH_NO_BROWSER=1 to leave these tests out."
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """Return one running Chromium for all tests; take ``open_page`` for a page of it."""
    if os.environ.get("CIFAR_TEACH_NO_BROWSER"):
        pytest.skip("CIFAR_TEACH_NO_BROWSER is set")
    pytest.importorskip("websocket", reason="websocket-client, which comes with Jupyter, is not installed")
    program = find_program()
    if program is None:
        pytest.fail(MISSING)
    chromium = Chromium(program)
    yield chromium
    chromium.close()


@pytest.fixture
def open_page(browser: Chromium) -> Iterator[Opener]:
    """Return a function that opens an address or a file in a page of its own; the pages are closed after the test."""
    opened: list[Page] = []

    def open_in_new_page(address: str | Path, **options) -> Page:
        page = browser.new_page(**options)
        opened.append(page)
        page.open(address)
        return page

    yield open_in_new_page
    for page in opened:
        page.close()
