"""Both apps as a visitor meets them, in Chromium: two models, pictures of every kind, files that are refused."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from cifar_teach.apps.recogniser import Recogniser
from cifar_teach.apps.session import answer_uploads
from tests.book.chromium import Page

from .conftest import drawing, encoded

pytest.importorskip("gradio")
pytest.importorskip("streamlit")
pytestmark = pytest.mark.slow

CARDS = "document.querySelectorAll('.ct-card').length"


class GradioPage:
    """How to use the Gradio app."""

    kind = "gradio"
    files = "#ct-files input[type=file]"

    @staticmethod
    def ready(page: Page) -> None:
        page.wait("!!document.querySelector('#ct-files input[type=file]') && !!document.querySelector('.ct-empty')", 90)

    @staticmethod
    def also_ask(page: Page, model: str) -> None:
        page.click(f"#ct-models input[name='{model}']")
        page.wait(f"document.querySelector(\"#ct-models input[name='{model}']\").checked")

    @staticmethod
    def example(page: Page, name: str) -> None:
        button = f"[...document.querySelectorAll('#ct-examples button')].find(b => b.textContent.trim() === '{name}')"
        page.wait(f"!!{button}")  # parts of the page come one after the other
        page.evaluate(f"{button}.click()")

    @staticmethod
    def table(page: Page) -> str:
        link = page.evaluate("document.querySelector('a.ct-save').href")
        return base64.b64decode(link.split("base64,")[1]).decode("utf-8-sig")


class StreamlitPage:
    """How to use the Streamlit app."""

    kind = "streamlit"
    files = "[data-testid=stFileUploader] input[type=file]"

    @staticmethod
    def ready(page: Page) -> None:
        page.wait(
            "!!document.querySelector('[data-testid=stFileUploader] input[type=file]')"
            " && !!document.querySelector('.ct-empty')", 120,
        )  # fmt: skip

    @staticmethod
    def also_ask(page: Page, model: str) -> None:
        pill = (
            f"[...document.querySelectorAll('[data-testid=stButtonGroup] button')].find(b => b.innerText === '{model}')"
        )
        page.evaluate(f"{pill}.click()")
        page.wait(f"({pill}.getAttribute('aria-checked') ?? {pill}.getAttribute('aria-pressed')"
                  f" ?? String({pill}.dataset.testid.includes('Active'))) === 'true'")  # fmt: skip
        # A file that comes faster than any hand can meet an input that is just being replaced: wait until all is drawn.
        page.evaluate("new Promise((done) => setTimeout(done, 300))")
        page.wait("document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'", 60)

    @staticmethod
    def example(page: Page, name: str) -> None:
        button = f"[...document.querySelectorAll('.st-key-examples button')].find(b => b.innerText === '{name}')"
        page.wait(f"!!{button}")
        page.evaluate(f"{button}.click()")

    @staticmethod
    def table(page: Page) -> str:
        page.wait("!!document.querySelector('[data-testid=stDownloadButton] button')")
        rows = page.evaluate(
            "[...document.querySelectorAll('table.ct-facts tr')].map(r => [...r.cells].map(c => c.innerText).join(','))"
        )
        return "\n".join(rows)


@pytest.fixture(scope="module", params=[GradioPage, StreamlitPage], ids=["gradio", "streamlit"])
def app(request, run_app):
    """The app's way of use, and its address."""
    return request.param, run_app(request.param.kind)


@pytest.fixture(scope="module")
def uploads(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("uploads")
    contents = {
        "holiday.jpg": encoded(drawing(9, (640, 480)), "JPEG"),
        "drawing.png": encoded(drawing(6, (90, 200)).convert("RGBA"), "PNG"),
        "web.webp": encoded(drawing(8, (300, 300)), "WebP"),
        "notes.txt": b"just some words",
        "evil.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>document.title = 'taken'</script></svg>",
        "<img src=x onerror=document.title=1>.gif": encoded(drawing(3), "GIF"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with (folder / "huge.png").open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(50 * 2**20)
    return {path.name: path for path in folder.iterdir()}


def expected(paths: list[Path], models: list[str], recogniser: Recogniser) -> list[tuple[str, str, float]]:
    outcome = answer_uploads(recogniser, [(path.read_bytes(), path.name) for path in paths], models, evidence=False)
    return [
        (result.picture.name, answer.best, answer.confidence) for result in outcome.results for answer in result.answers
    ]


def seen(page: Page) -> list[tuple[str, str, float]]:
    """Return what the page says: picture, class and probability of every answer."""
    rows = page.evaluate(
        "[...document.querySelectorAll('.ct-card')].flatMap(card => [...card.querySelectorAll('.ct-model')].map(m => ["
        "card.querySelector('h3').textContent, m.querySelector('.ct-bars li span').textContent,"
        "parseFloat(m.querySelector('.ct-bars i').style.getPropertyValue('--share')) / 100]))"
    )
    return [tuple(row) for row in rows]


def test_two_models_three_pictures_and_two_files_that_are_refused(app, uploads, open_page, recogniser):
    use, address = app
    page = open_page(address)
    use.ready(page)
    use.also_ask(page, "baseline")
    good = [uploads[name] for name in ("holiday.jpg", "drawing.png", "web.webp")]
    page.choose_files(use.files, *good, uploads["notes.txt"], uploads["huge.png"])
    page.wait(f"{CARDS} === 3 && document.querySelectorAll('.ct-model').length === 6", 90)
    wanted = expected(good, ["baseline", "tinynet"], recogniser)
    for (name, best, share), (shown, said, bar) in zip(wanted, seen(page), strict=True):
        assert (shown, said) == (name, best)
        assert bar == pytest.approx(share, abs=2e-3)
    text = page.evaluate("document.body.innerText")
    assert "'notes.txt' is not a picture. Expected is JPEG, PNG, WebP, GIF, BMP or TIFF." in text
    assert re.search(r"'huge.png' is too large: 50 MB|huge.png[\s\S]{0,80}(must be|exceeds|20\.?0? ?MB)", text), text
    assert "models say" in text or "The models disagree" in text
    table = use.table(page)
    assert table.count("holiday.jpg") == 2 and table.splitlines()[0].startswith("picture,model,answer")
    images = page.evaluate(
        "[...document.querySelectorAll('.ct-card img')].map(i => i.complete && i.naturalWidth > 0 && !!i.alt)"
    )
    assert len(images) == 15 and all(images), "preview, what the model sees, evidence"
    foreign = [
        url for url in page.requests if not url.startswith((address, "data:", "blob:", address.replace("http", "ws")))
    ]
    assert foreign == []


def test_a_drawing_and_a_hostile_name_and_file(app, uploads, open_page):
    use, address = app
    page = open_page(address, width=390, height=800, touch=True, dark=True)
    use.ready(page)
    use.example(page, "ship")
    page.wait(f"{CARDS} === 1 && document.querySelector('.ct-card h3').textContent === 'drawing of a ship'", 60)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    use.also_ask(page, "baseline")
    page.wait("document.querySelectorAll('.ct-model').length === 2", 60)
    assert page.text(".ct-card h3") == "drawing of a ship", "another model is asked about what is on the page"
    page.choose_files(use.files, uploads["evil.svg"], uploads["<img src=x onerror=document.title=1>.gif"])
    page.wait("document.querySelectorAll('.ct-problem').length === 1", 60)
    page.wait("document.querySelector('.ct-card h3')?.textContent.includes('.gif')", 60)
    assert "may hold a program" in page.text(".ct-problem")
    assert "What does the network see" in page.evaluate("document.title"), "no program of a visitor has run"
    assert page.evaluate("document.querySelectorAll('.ct img[src=x]').length") == 0
    use.example(page, "frog")
    page.wait("document.querySelector('.ct-card h3')?.textContent === 'drawing of a frog'", 60)
    page.evaluate("new Promise((done) => setTimeout(done, 1500))")
    assert page.text(".ct-card h3") == "drawing of a frog", "the files that it took the place of do not clear the page"


def test_a_pasted_picture_is_answered(app, uploads, open_page):
    use, address = app
    page = open_page(address)
    use.ready(page)
    page.wait("document.documentElement.dataset.paste === 'listening'")  # it begins after everything else is drawn
    coded = base64.b64encode(uploads["holiday.jpg"].read_bytes()).decode()
    page.evaluate(
        f"(() => {{ const bytes = Uint8Array.from(atob('{coded}'), (c) => c.charCodeAt(0));"
        "const data = new DataTransfer(); data.items.add(new File([bytes], 'image.jpg', {type: 'image/jpeg'}));"
        "document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); })()"
    )
    page.wait(f"{CARDS} === 1", 60)
    assert page.text(".ct-card h3") == "image.jpg"
