"""The whole book, built with its pages run, and then read: its HTML by a parser, its pages by a browser.

Where CIFAR_TEACH_DATA names real CIFAR-10 the book is built on it, and what its chapters claim about CIFAR-10 is
asserted by their own cells while it is built; elsewhere on drawn pictures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from cifar_teach.authoring import find_root
from cifar_teach.authoring.repository import read_repository

if TYPE_CHECKING:
    from tests.book.chromium import Opener

pytest.importorskip("jupyter_book", reason="not installed with the oldest supported versions")
yaml = pytest.importorskip("yaml")
axe_playwright_python = pytest.importorskip("axe_playwright_python")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
"""Deque's checker of accessibility, as that package brings it."""

STILL = (
    "document.head.insertAdjacentHTML('beforeend', '<style>* { transition: none !important }</style>');"
    " new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
)
VISIBLE_TITLES = "[...document.querySelectorAll('h1')].filter(title => title.checkVisibility()).length"
ROOT = find_root(Path(__file__).parent)
REPOSITORY = read_repository(ROOT)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
RAW_MYST = re.compile(r":::|\{[a-z][a-z:-]*\}`|`{3}\{|^\s*:(class|alt|name|tags):", re.MULTILINE)
RAW_SIGNATURE = re.compile(r"~\w+\.|<factory>|names=None, \*")
"""What Python's own description of a call has, and no caller writes."""
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}


def pages_of_contents() -> list[str]:
    """Return the pages that `_toc.yml` lists, without suffix, the first one first."""
    contents = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))

    def walk(entry: dict) -> list[str]:
        own = [entry[key] for key in ("root", "file") if key in entry]
        below = [each for key in ("parts", "chapters", "sections") for each in entry.get(key, [])]
        return own + [page for each in below for page in walk(each)]

    return walk(contents)


PAGES = pages_of_contents()
EACH_PAGE = pytest.mark.parametrize("page", PAGES)


class Page(HTMLParser):
    """What the audit needs to know of one page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.images: list[dict[str, str]] = []
        self.headings: list[int] = []
        self.prose: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADING and LOADING[tag] in given:
            self.loaded.append(given[LOADING[tag]])
        if tag == "link" and {"stylesheet", "preload", "icon"} & set(given.get("rel", "").split()):
            self.loaded.append(given["href"])
        if tag == "img" and "article" in self._open:
            self.images.append(given)
        if re.fullmatch("h[1-6]", tag) and "article" in self._open:
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "article" in self._open and not {"pre", "code", "script", "style"} & set(self._open):
            self.prose.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the book as `make book` does, warnings being errors, and return the folder of its pages."""
    output = tmp_path_factory.mktemp("book")
    environment = os.environ | {"CIFAR_TEACH_DATA": os.environ.get("CIFAR_TEACH_DATA") or "synthetic"}
    program = str(Path(sys.executable).with_name("jupyter-book"))
    command = [program, "build", "book", "--config", "_config.yml", "--path-output", str(output), "-W", "-n"]
    done = subprocess.run(
        [*command, "--keep-going"], cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace"
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return output / "_build" / "html"


@cache
def parsed(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_every_page_of_the_contents_is_there_and_no_other(site: Path) -> None:
    made = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    made = {page for page in made if not page.startswith(("_static", "_sources", "live", "slides/"))}
    assert made - {"genindex", "search", "404", "py-modindex"} == set(PAGES)


@EACH_PAGE
def test_images_say_what_they_show(site: Path, page: str) -> None:
    images = parsed(site / f"{page}.html").images
    assert [image for image in images if len(image.get("alt", "")) < 15] == []
    cards = [image["alt"] for image in images if "figure-card" in image.get("class", "")]
    assert cards == []  # a figure that only readers in the light see as it was meant: its drawing is no function


@EACH_PAGE
def test_headings_are_in_order_and_ids_are_unique(site: Path, page: str) -> None:
    found = parsed(site / f"{page}.html")
    assert found.headings[:1] == [1] and found.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:])), found.headings
    assert [name for name, count in Counter(found.ids).items() if count > 1] == []


@EACH_PAGE
def test_pages_load_nothing_from_elsewhere(site: Path, page: str) -> None:
    elsewhere = [address for address in parsed(site / f"{page}.html").loaded if re.match(r"(https?:)?//", address)]
    assert elsewhere == []


@EACH_PAGE
def test_links_lead_somewhere(site: Path, page: str) -> None:
    here = site / f"{page}.html"
    dead = []
    for link in parsed(here).links:
        address, anchor = urldefrag(link)
        if urlsplit(address).scheme or address.startswith("//"):
            continue
        address = urlsplit(address).path  # what follows a "?" says how a page is shown
        target = (here.parent / unquote(address)).resolve() if address else here
        if not target.is_file() or (anchor and target.suffix == ".html" and unquote(anchor) not in parsed(target).ids):
            dead.append(link)
    assert dead == []


@EACH_PAGE
def test_links_into_the_repository_name_files_that_exist(site: Path, page: str) -> None:
    colab = f"https://colab.research.google.com/github{urlsplit(REPOSITORY.url).path}"
    dead = []
    for link in parsed(site / f"{page}.html").links:
        for start in (colab, REPOSITORY.url):
            found = re.match(rf"{re.escape(start)}/(?:blob|tree|edit|raw)/{REPOSITORY.branch}/([^#?]+)", link)
            if found and not (ROOT / unquote(found[1])).exists():
                dead.append(link)
    assert dead == []


def test_the_colab_button_of_every_page_with_code_opens_its_notebook(site: Path) -> None:
    sources = {page: (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8") for page in PAGES}
    run = [page for page, source in sources.items() if source.startswith("---\njupytext:")]
    assert len(run) >= 7
    for page in run:
        assert REPOSITORY.colab_link(f"book/{page}.ipynb") in parsed(site / f"{page}.html").links, page


@EACH_PAGE
def test_no_error_and_no_raw_markup_shows(site: Path, page: str) -> None:
    text = (site / f"{page}.html").read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" not in text
    if page != "for-authors":  # which explains the markup
        assert RAW_MYST.findall("".join(parsed(site / f"{page}.html").prose)) == []
    assert RAW_SIGNATURE.findall("".join(parsed(site / f"{page}.html").prose)) == []


@EACH_PAGE
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_serious(site: Path, page: str, mode: str, open_page: Opener) -> None:
    tab = open_page(site / f"{page}.html", dark=mode == "dark")
    assert tab.complaints == []
    assert [url for url in tab.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    tab.evaluate(STILL)  # colours on their way from light to dark are neither
    tab.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    # Without preload: axe may not read style sheets again from disk, and has no need to.
    violations = tab.evaluate("axe.run({resultTypes: ['violations'], preload: false}).then(found => found.violations)")
    serious = [
        (each["id"], each["help"], [(node["target"], node["html"][:120]) for node in each["nodes"]][:4])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert tab.evaluate(VISIBLE_TITLES) == 1


@EACH_PAGE
def test_pages_fit_a_phone(site: Path, page: str, open_page: Opener) -> None:
    tab = open_page(site / f"{page}.html", width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_search_works_from_disk(site: Path, open_page: Opener) -> None:
    tab = open_page((site / "search.html").as_uri() + "?q=convolution")
    tab.wait("document.querySelectorAll('#search-results li a').length > 0")
    found = tab.evaluate("[...document.querySelectorAll('#search-results li a')].map(link => link.href)")
    assert any("03-baseline-cnn" in link for link in found)


def test_the_dashboard_is_alive_and_its_page_shows_it(site: Path, open_page: Opener) -> None:
    assert "dashboard" in PAGES
    frame = open_page(site / "_static" / "dashboard" / "experiments.html")
    frame.wait("document.documentElement.dataset.ready")
    assert "4 trained models of 3 runs" in frame.text("header")
    assert frame.evaluate("document.getElementById('banner').checkVisibility()")  # drawn pictures, not CIFAR-10
    assert frame.evaluate("document.querySelectorAll('#gallery img').length") > 0
    assert frame.complaints == []

    tab = open_page(site / "dashboard.html", dark=True)
    tab.evaluate("document.getElementById('dashboard-frame').scrollIntoView()")
    assert tab.evaluate("document.getElementById('dashboard-frame').title").startswith("Dashboard of four")
    assert [url for url in tab.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert tab.complaints == []
