"""The slides: every number from the files of results, claims that hold, and a deck that fits a screen and a phone."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from cifar_teach.authoring import AuthoringError, find_root
from cifar_teach.authoring.results import format_result
from cifar_teach.authoring.slides_svg import place_labels

if TYPE_CHECKING:
    from tests.book.chromium import Opener, Page

pytest.importorskip("markdown_it", reason="comes with the tools of the book")
pytest.importorskip("mdit_py_plugins")
from cifar_teach.authoring.slides import DECK, SOURCE, Slide, deck_html, read_slides

ROOT = find_root(Path(__file__).parent)
RESULTS = ROOT / "benchmarks" / "results"
TEXT = (ROOT / SOURCE / DECK).read_text(encoding="utf-8")
NOT_PROSE = re.compile(r"^```.*?^```$|^:::\{unless\}.*$|^\{#.*\}$|\{result\}`[^`]*`|`[^`]*`", re.MULTILINE | re.DOTALL)
NBSP = "\N{NO-BREAK SPACE}"
FACTS = {"CIFAR-10", "32 pixels"}
"""Numbers that are no measurements: a name, and the size of the pictures."""


@pytest.fixture(scope="module")
def slides() -> list[Slide]:
    return read_slides(TEXT, RESULTS)


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slides") / "index.html"
    path.write_text(deck_html(ROOT), encoding="utf-8")
    return path


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, Callable[[Any], Any]], Path]:
    """Return a function that changes a file in a copy of the results, and returns the folder of that copy."""
    folder = tmp_path / "results"
    shutil.copytree(RESULTS, folder)

    def change(name: str, edit: Callable[[Any], Any]) -> Path:
        path = folder / f"{name}.json"
        report = json.loads(path.read_text(encoding="utf-8"))
        edit(report)
        path.write_text(json.dumps(report), encoding="utf-8")
        return folder

    return change


def test_the_talk_is_complete(slides: list[Slide]) -> None:
    names = [slide.name for slide in slides]
    assert 14 <= len(slides) <= 20
    assert len(set(names)) == len(names)
    assert [slide.level for slide in slides] == [1] + [2] * (len(slides) - 1)
    assert all(len(re.sub("<.*?>", "", slide.notes).split()) > 15 for slide in slides)


def test_no_number_is_typed() -> None:
    prose = NOT_PROSE.sub(" ", TEXT)
    for fact in FACTS:
        prose = prose.replace(fact, "")
    assert re.findall(r".{0,20}\d.{0,20}", prose) == []


def test_what_numbers_were_measured_on_stands_below_them(slides: list[Slide], deck: Path) -> None:
    sections = dict(re.findall(r'<section id="(.*?)"(.*?)</section>', deck.read_text(encoding="utf-8"), re.DOTALL))
    assert list(sections) == [slide.name for slide in slides]
    for slide in slides:
        below = sections[slide.name].partition('class="measured"')[2]
        assert all(f"{name}.json" in below for name in slide.files)
        if 'class="result"' in slide.title + slide.body:
            assert slide.files
        for name in slide.files:
            data = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")).get("data")
            assert (data["name"].partition(";")[0] if data else "a made-up class") in below


def test_a_changed_measurement_changes_text_and_charts(changed: Callable) -> None:
    def lower(report: Any) -> None:
        row = report["rows"][0]
        row.update(accuracy=0.4321, interval=[0.4224, 0.4418])

    def other_answers(report: Any) -> None:
        report["exercises"][0]["checks"][0]["answers"] += 5000

    folder = changed("scratch", lower)
    changed("transfer", lower)
    changed("tracking", lambda report: report["measured"].update(predictions_seconds=777.0))
    changed("checks", other_answers)
    before, after = (html.replace(NBSP, " ") for html in (deck_html(ROOT), deck_html(ROOT, folder)))
    for path in ("scratch/baseline/accuracy", "tracking/predictions_seconds", "checks/answers"):
        old, new = (f">{format_result(path, folder_)}<".replace(NBSP, " ") for folder_ in (RESULTS, folder))
        assert (old in before, new in before) == (True, False), path
        assert (old in after, new in after) == (False, True), path
    assert after.count("43.2 %") >= 4, "each chart with that row says it in the drawing and in its description"


def test_a_result_that_is_missing_is_named(changed: Callable) -> None:
    def forget(report: Any) -> None:
        report["rows"] = [row for row in report["rows"] if row["label"] != "fastnet, sprint"]

    with pytest.raises(AuthoringError, match=r"deck.md, line \d+, slide 'recipes': .*fastnet, sprint"):
        read_slides(TEXT, changed("scratch", forget))


def test_a_claim_that_does_not_hold_stops_the_build(changed: Callable) -> None:
    def no_longer_clear(report: Any) -> None:
        for found in report["comparisons"]:
            if (found["a"], found["b"]) == ("tinynet:frozen", "tinynet:finetuned"):
                found.update(difference=-0.004, low=-0.018, high=0.01)

    folder = changed("transfer", no_longer_clear)
    with pytest.raises(AuthoringError, match=r"slide 'finetuning': it claims '.* tinynet:frozen >'.*-1\.0"):
        read_slides(TEXT, folder)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('{#a optional="scratch/nothing"}\n# A\n\n{#b}\n## B', ["b"]),
        ('{#a optional="scratch/baseline"}\n# A\n\n{#b}\n## B', ["a", "b"]),
        ('{#a optional="nothing/at/all"}\n# A\n\n{#b}\n## B', ["b"]),
    ],
)
def test_only_an_optional_slide_may_lack_its_result(source: str, names: list[str]) -> None:
    assert [slide.name for slide in read_slides(source, RESULTS)] == names


def test_text_is_left_out_once_its_result_is_there() -> None:
    source = "{#a}\n# A\n\n:::{unless} scratch/baseline\nOne\n:::\n\n:::{unless} scratch/nothing\nTwo\n:::\n"
    assert "One" not in read_slides(source, RESULTS)[0].body
    assert "Two" in read_slides(source, RESULTS)[0].body


@pytest.mark.parametrize(
    ("below", "message"),
    [
        ("{result}`scratch/nothing`", "there is no 'nothing'"),
        ("```{chart} pie scratch\n```", "there is no chart 'pie'"),
        ("```{chart} accuracy scratch nobody\n```", "the chart 'accuracy scratch nobody' needs 'nobody'"),
        ("{doc}`results`", "know no role {doc}"),
        (":::{box}\n:::", "know no {box}"),
    ],
)
def test_a_mistake_names_its_slide(below: str, message: str) -> None:
    with pytest.raises(AuthoringError, match=r"line 2, slide 'here'") as problem:
        read_slides(f"{{#here}}\n# Title\n\n{below}\n", RESULTS)
    assert message in str(problem.value)


def test_charts_are_drawings_that_are_also_told(slides: list[Slide]) -> None:
    charts = [chart for slide in slides for chart in slide.charts]
    assert len(charts) >= 10
    for chart in charts:
        svg = ElementTree.fromstring(chart)
        assert svg.get("role") == "img"
        told = svg.get("aria-label")
        shown = [text.text for text in svg.iter("text") if "value" in text.get("class", "")]
        assert len(told) > 60
        assert all(words in told for words in shown)


def test_labels_cover_neither_points_nor_each_other() -> None:
    points = [(100, 100, "one"), (106, 104, "another"), (112, 98, "a third"), (580, 100, "at the right end")]
    places = place_labels(points, right=600)
    boxes = []
    for (x, y, anchor), (_, _, words) in zip(places, points):
        width = 0.56 * 19 * len(words)
        left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
        boxes.append((left, y - 16, left + width, y + 5))
        assert left >= 0
        assert left + width <= 600
    for one in range(len(boxes)):
        for x, y, _ in points:
            assert not (boxes[one][0] < x < boxes[one][2] and boxes[one][1] < y < boxes[one][3])
        for two in range(one):
            a, b = boxes[one], boxes[two]
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def test_the_query_on_the_slide_runs_on_the_tables_of_the_course() -> None:
    query = re.search(r"^```sql\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1]
    with sqlite3.connect(":memory:") as database:
        database.executescript((ROOT / "cifar_teach/tracking/sql/create_tables.sqlite.sql").read_text(encoding="utf-8"))
        columns = [column[0] for column in database.execute(query).description]
        assert {"model_name", "accuracy", "accuracy_low", "accuracy_high"} <= set(columns)
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    assert set(re.findall(r"`([A-Z][a-z]+_[A-Z][a-z]+)`", TEXT)) <= names


def test_sphinx_writes_them_beside_their_page(tmp_path: Path, deck: Path) -> None:
    application = pytest.importorskip("sphinx.application")
    (tmp_path / "slides.rst").write_text("Slides\n======\n", encoding="utf-8")
    app = application.Sphinx(
        tmp_path, None, tmp_path / "html", tmp_path / "trees", "html", status=None, warning=None,
        confoverrides={"extensions": ["course_book.slides"], "root_doc": "slides"},
    )  # fmt: skip
    app.build()
    assert (tmp_path / "html/slides/index.html").read_bytes() == deck.read_bytes()


# In a browser

OUTSIDE = """(() => {
  const slide = Reveal.getCurrentSlide(), foot = slide.querySelector('.measured').getBoundingClientRect();
  return [...slide.querySelectorAll('h1, h2, .text > *, .text li, .text td, .charts > *, .measured p')].filter(part => {
    const box = part.getBoundingClientRect(), low = part.closest('.measured') ? innerHeight : foot.top + 1;
    const cut = part.localName !== 'svg' && part.scrollWidth > part.clientWidth + 1;
    return box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > low || cut;
  }).map(part => part.localName + ' ' + part.textContent.slice(0, 40));
})()"""
WIDER = """[...document.querySelectorAll('main *')].filter(part => !part.closest('svg')
  && part.getBoundingClientRect().right > innerWidth + 1).map(part => part.localName + part.textContent.slice(0, 40))"""
SEEN = "[...document.querySelectorAll('section h1, section h2, .notes')].filter(part => part.checkVisibility()).length"
SERIOUS = """(async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(each => ['serious', 'critical'].includes(each.impact))
  .map(each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 120)).join(' | ')))()"""


def axe() -> str:
    package = pytest.importorskip("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def nothing_was_loaded(page: Page, deck: Path) -> None:
    loaded = [url.partition("?")[0].partition("#")[0] for url in page.requests if not url.startswith("data:")]
    assert set(loaded) == {deck.resolve().as_uri()}
    assert page.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (844, 390)], ids=["projector", "phone on its side"])
def test_every_slide_fits(deck: Path, slides: list[Slide], open_page: Opener, width: int, height: int) -> None:
    page = open_page(deck, width=width, height=height)
    page.wait("window.Reveal && Reveal.isReady()")
    page.evaluate("Reveal.configure({transition: 'none'})")
    assert page.evaluate("Reveal.getTotalSlides()") == len(slides)
    for number, slide in enumerate(slides):
        assert page.evaluate("Reveal.getCurrentSlide().id") == slide.name
        assert page.evaluate(OUTSIDE) == [], slide.name
        if number < len(slides) - 1:
            page.press("ArrowRight")
            page.wait(f"Reveal.getIndices().h === {number + 1}")
    page.wait(f"location.hash === '#/{slides[-1].name}'")
    nothing_was_loaded(page, deck)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_a_page_to_read(deck: Path, slides: list[Slide], open_page: Opener, dark: bool) -> None:
    page = open_page(deck, width=360, height=740, dark=dark, touch=True)
    assert page.evaluate("document.documentElement.className") == "reading"
    assert page.evaluate(WIDER) == []
    assert page.evaluate(SEEN) == 2 * len(slides)
    page.evaluate(axe())
    assert page.evaluate(SERIOUS) == []
    nothing_was_loaded(page, deck)


def test_slides_are_accessible_and_print_one_to_a_page(deck: Path, slides: list[Slide], open_page: Opener) -> None:
    page = open_page(deck, width=1280, height=720, dark=True)
    page.wait("window.Reveal && Reveal.isReady()")
    page.evaluate("Reveal.configure({transition: 'none'}); Reveal.slide(4)")
    assert page.evaluate("Reveal.hasPlugin('notes') && Reveal.getSlideNotes().length > 50")
    page.evaluate(axe())
    assert page.evaluate(SERIOUS) == []

    page.open(f"{deck.resolve().as_uri()}?print-pdf")
    page.wait("document.querySelectorAll('.pdf-page').length > 0 && Reveal.isReady()")
    paper = page.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(paper))) == len(slides)


def test_they_show_in_a_frame_of_the_book_as_light_or_dark_as_the_page(deck: Path, open_page: Opener) -> None:
    around = deck.with_name("page.html")
    around.write_text(
        "<iframe id=frame src=index.html style='width: 700px; height: 394px'></iframe><script>"
        "frame.onload = () => frame.contentWindow.postMessage({theme: 'dark'}, '*')</script>",
        encoding="utf-8",
    )
    page = open_page(around)
    (frame,) = page.send("Page.getFrameTree")["frameTree"]["childFrames"]
    world = page.send("Page.createIsolatedWorld", frameId=frame["frame"]["id"])["executionContextId"]

    def inside(script: str) -> object:
        answer = page.send("Runtime.evaluate", expression=script, contextId=world, returnByValue=True)
        return answer["result"].get("value")

    page.wait("new Promise(done => setTimeout(() => done(true), 300))")
    title = "document.querySelector('section.present h1').getBoundingClientRect()"
    assert inside(f"{title}.width > 100 && {title}.top > 0 && {title}.bottom < 394")
    assert inside("getComputedStyle(document.body).colorScheme") == "dark"


def test_the_small_frames_of_the_speaker_show_slides(deck: Path, open_page: Opener) -> None:
    page = open_page(f"{deck.resolve().as_uri()}?receiver", width=480, height=540)
    page.wait("window.Reveal && Reveal.isReady()")
    assert page.evaluate("document.querySelector('section.present h1').getBoundingClientRect().width > 100")
