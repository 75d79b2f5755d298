"""The pages in a real browser: on a phone, in the dark, read by axe, and with hostile text in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cifar_teach.grading.feedback import write_feedback
from cifar_teach.grading.late import LatePolicy
from cifar_teach.grading.overview import write_overview
from cifar_teach.grading.receipts import sign
from cifar_teach.grading.similarity import compare, write_similarity
from tests.book.chromium import Page
from tests.book.conftest import browser, open_page  # noqa: F401 - fixtures
from tests.exercises.harness import ROOT
from tests.grading.samples import (
    HOSTILE,
    LONG,
    class_of,
    grader_error,
    hostile_result,
    make_result,
    mixed,
    needs_human,
    submission,
)
from tests.grading.test_similarity import LOOP

axe_playwright_python = pytest.importorskip("axe_playwright_python")
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
NAMES = ("feedback", "full", "person", "error", "hostile", "overview", "similar")
WORST = "\n".join([HOSTILE["right to left"], HOSTILE["script"], LONG[:200], HOSTILE["ansi"], HOSTILE["emoji"]])
"""No policy stops what is not a script: width, direction and layout must hold by themselves."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    late = LatePolicy(timedelta(minutes=15), 10, 50, timedelta(days=7))
    student, hostile = mixed(), hostile_result(WORST)
    decision = late.decide(student.points, timedelta(hours=30))
    results = [*class_of(30), student, hostile, needs_human(), grader_error()]
    decisions = {
        (each.student, each.exercise): late.decide(each.points, timedelta(hours=9 * index - 90))
        for index, each in enumerate(results)
        if each.points is not None
    }
    links = {(each.student, each.exercise): write_feedback(each, folder / "feedback") for each in results}
    pairs = compare(
        [submission(name, {"normalize": LOOP + f"# {WORST}"}, name=WORST) for name in "abc"], ROOT / "exercises"
    )
    return {
        "feedback": write_feedback(student, folder, decision=decision, receipt=sign(student, b"k" * 32)),
        "full": write_feedback(make_result("grace"), folder),
        "person": write_feedback(needs_human(), folder),
        "error": write_feedback(grader_error(), folder),
        "hostile": write_feedback(hostile, folder),
        "overview": write_overview(results, folder / "class.html", decisions=decisions, feedback=links),
        "similar": write_similarity(pairs, folder / "similar.html"),
    }


def run_axe(tab: Page) -> list:
    # The page's own policy forbids scripts; the protocol of the browser is not bound by it.
    tab.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    found = tab.evaluate("axe.run({resultTypes: ['violations'], preload: false}).then(found => found.violations)")
    return [(each["id"], [(node["target"], node["html"][:120]) for node in each["nodes"]][:3]) for each in found]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_at_all(pages, name: str, mode: str, open_page) -> None:  # noqa: F811
    tab = open_page(pages[name], dark=mode == "dark")
    assert tab.complaints == []  # also: no style was refused by the policy
    assert [url for url in tab.requests if not url.startswith("file:")] == []
    assert tab.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") in ("736px", "1184px")
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 245, 241)"
    assert light == (mode == "light")
    assert run_axe(tab) == []


@pytest.mark.parametrize("name", NAMES)
def test_pages_fit_a_phone(pages, name: str, open_page) -> None:  # noqa: F811
    tab = open_page(pages[name], width=390, height=844, touch=True)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.evaluate("document.title") != ""
    assert tab.complaints == []


def test_the_page_forbids_what_it_does_not_hold(pages, open_page) -> None:  # noqa: F811
    tab = open_page(pages["hostile"])
    # Even markup that got into the page could neither run nor load nor restyle anything.
    injected = (
        '<script>window.harmed = 1</script><img src="x" onerror="window.harmed = 2">'
        '<div id="probe" style="color: rgb(1, 2, 3)">a</div><style>body { color: rgb(1, 2, 3) }</style>'
    )
    tab.evaluate(f"document.body.insertAdjacentHTML('beforeend', {injected!r}); null")
    tab.evaluate("new Promise(done => setTimeout(done, 200))")
    assert tab.evaluate("window.harmed === undefined")
    assert tab.evaluate("getComputedStyle(document.body).color") != "rgb(1, 2, 3)"
    assert tab.evaluate("getComputedStyle(document.getElementById('probe')).color") != "rgb(1, 2, 3)"
    assert any("Content Security Policy" in each for each in tab.complaints)


def test_the_links_of_the_overview_open(pages, open_page) -> None:  # noqa: F811
    tab = open_page(pages["overview"])
    tab.click("a[aria-label='Feedback for Ada Lovelace']")
    tab.wait("document.querySelector('h1')?.textContent === 'Feedback for Ada Lovelace'")


def test_on_paper_nothing_is_cut_off(pages, open_page) -> None:  # noqa: F811
    tab = open_page(pages["overview"])
    tab.send("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
