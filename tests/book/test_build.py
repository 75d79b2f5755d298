"""A book of two pages, built with the course's own configuration and extensions, and what becomes of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jupyter_book", reason="the book's tools are not installed")

from course_book import execution

from cifar_teach.authoring.repository import read_repository
from cifar_teach.exceptions import DataError

ROOT = Path(__file__).resolve().parents[2]

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
CHAPTER = (
    HEADER
    + """# A chapter

A first paragraph that is long enough to describe the page to others.

```{code-cell} ipython3
from cifar_teach.book import start

data = start(train_size=60, test_size=20)
```

```{source} cifar_teach.preprocess.scaling.scale
```

```{code-cell} ipython3
from cifar_teach import plots

plots.image_grid(data.train.images[:4])
```

```{code-cell} ipython3
:tags: [remove-cell]
secret_claim = True
assert secret_claim
```

```{code-cell} ipython3
print("network    right\\nbaseline   0.590\\nfastnet    0.809")
```

Formula: $\\hat{p}_i$.

```{quiz}
- ask: How many *classes*?
  options:
    - text: Ten
      why: Count them.
      right: true
    - text: Nine
      why: One is missing.
```
"""
)
START = """# The start

See {doc}`chapters/01-one`, {exercise}`03` and {result}`transfer/tinynet:frozen/params`.

```{results-table} checks
```
"""
BROKEN = """# Broken

![](picture.png) {result}`transfer/nothing` {exercise}`99` $\\nosuchcommand{x}$

```{source} cifar_teach.plots.nothing
```

```{quiz}
- ask: No right answer
  options:
    - {text: a, why: b}
    - {text: c, why: d}
```
"""


def build(folder: Path, pages: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Build a book of ``pages``, of which the first is the start page, into ``folder``."""
    book = folder / "book"
    names = list(pages)
    toc = ["format: jb-book", f"root: {names[0]}"]
    toc += ["chapters:", *(f"  - file: {name}" for name in names[1:])] if names[1:] else []
    for name, text in {**{f"{name}.md": text for name, text in pages.items()}, "_toc.yml": "\n".join(toc)}.items():
        path = book / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (book / "references.bib").touch()
    (book / "live").mkdir()
    (book / "_static").symlink_to(ROOT / "book" / "_static")
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", book, "--config", ROOT / "_config.yml", "--path-output", folder, "-W", "-n"]
    environment = {**os.environ, "CIFAR_TEACH_DATA": "synthetic", "NO_COLOR": "1"}
    return subprocess.run([*command, "--keep-going"], capture_output=True, text=True, env=environment, cwd=ROOT)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    done = build(folder, {"index": START, "chapters/01-one": CHAPTER})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build" / "html"


def pages_of(site: Path) -> list[Path]:
    """Return the pages, without what the theme leaves among its scripts."""
    return [page for page in site.rglob("*.html") if "_static" not in page.parts]


@pytest.fixture(scope="module")
def chapter(site: Path) -> str:
    return (site / "chapters/01-one.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_below_the_title_stands_what_the_page_takes_and_ran_on(chapter: str) -> None:
    facts = re.search(r'<p class="page-facts">(.*?)</p>', chapter)[1]
    assert re.match(r"1 minute to read · ran in \d+\Ws on drawn pictures · ", facts)
    assert read_repository(ROOT).colab_link("book/chapters/01-one.ipynb") in facts


@pytest.mark.slow
def test_the_figure_is_there_in_both_themes_as_files_with_descriptions(site: Path, chapter: str) -> None:
    found = re.findall(r'<img class="course-figure (only-\w+)" src="([^"]+)" alt="4 images[^"]*" width="\d+"', chapter)
    assert [theme for theme, _ in found] == ["only-light", "only-dark"]
    for _, path in found:
        assert (site / "chapters" / path).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_every_picture_has_a_description(site: Path) -> None:
    for page in pages_of(site):
        tags = re.findall(r"<img\b[^>]*>", page.read_text(encoding="utf-8"))
        assert [tag for tag in tags if not re.search(r'\balt="[^"]*\S', tag)] == []


@pytest.mark.slow
def test_code_of_the_package_is_shown_with_its_file(chapter: str) -> None:
    text = re.sub(r"<[^>]+>", "", chapter)
    assert "def scale(images: np.ndarray)" in text
    assert 'href="https://github.com' in chapter and "cifar_teach/preprocess/scaling.py#L" in chapter


@pytest.mark.slow
def test_a_quiz_can_be_used_by_keyboard_and_read_without_a_script(chapter: str) -> None:
    question = re.search(r'<fieldset class="quiz-question">.*?</fieldset>', chapter, re.DOTALL)[0]
    assert "<legend>" in question and "<em>classes</em>" in question
    radios = re.findall(r'<input type="radio" name="([^"]+)" id="([^"]+)"', question)
    assert len(radios) == 2 and len({name for name, _ in radios}) == 1
    assert re.findall(r'<label for="([^"]+)"', question) == [id for _, id in radios]
    assert 'aria-live="polite"' in question
    assert re.search(r"<details.*<strong>Right\.</strong>.*Count them.*One is missing.*</details>", question, re.DOTALL)


@pytest.mark.slow
def test_claims_are_run_but_not_shown(chapter: str) -> None:
    assert "secret_claim" not in chapter


@pytest.mark.slow
def test_printed_columns_are_not_broken_on_a_phone_and_sentences_are(chapter: str) -> None:
    printed = re.findall(r'<div class="([^"]*highlight-myst-ansi[^"]*)">.*?<pre>(.*?)</pre>', chapter, re.DOTALL)
    in_columns = {text: "in-columns" in classes.split() for classes, text in printed}
    assert [marked for text, marked in in_columns.items() if "baseline   0.590" in text] == [True]
    assert [marked for text, marked in in_columns.items() if "CIFAR Teach" in text] == [False]


@pytest.mark.slow
def test_numbers_tables_and_links_come_from_the_repository(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    params = re.search(r"\| tinynet:frozen \| ([\d,]+) \|", readme)[1]
    assert f'<span class="result">{params}</span>' in start
    assert re.search(r'href="https://colab[^"]+exercises/ex03[^"]+">Exercise 3: [^<]+</a>', start)
    assert re.search(r'<table.*href="https://github\.com/[^"]+/exercises/ex01[^"]+\.ipynb"', start, re.DOTALL)


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in pages_of(site):
        html = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=\"([^\"]+)\"", html)
        loaded += re.findall(r'<link\b[^>]*rel="(?:stylesheet|preload|icon)"[^>]*href="([^"]+)"', html)
        assert [address for address in loaded if re.match(r"(https?:)?//", address)] == []
        assert not re.search(r"unpkg\.com|jsdelivr|cdnjs|require\.js", html)


@pytest.mark.slow
def test_pages_have_one_title_and_a_description_for_other_sites(site: Path, chapter: str) -> None:
    for page in pages_of(site):
        assert len(re.findall(r"<h1\b", page.read_text(encoding="utf-8"))) == 1, page
    assert '<meta property="og:title" content="A chapter">' in chapter
    assert '<meta name="description" content="A first paragraph that is' in chapter
    assert "chapters/01-one.html" in (site / "sitemap.xml").read_text(encoding="utf-8")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"><msub><mover' in chapter


@pytest.mark.slow
def test_what_is_wrong_in_a_page_fails_the_build(tmp_path: Path) -> None:
    done = build(tmp_path, {"broken": BROKEN})
    assert done.returncode != 0
    for words in (
        "picture has no alt text",
        "there is no 'nothing'",
        "There is no exercise '99'",
        "formula cannot be shown",
        "'nothing' is not defined in cifar_teach/plots/__init__.py",
        "exactly one option has 'right: true'",
    ):
        assert words in done.stderr, words


@pytest.mark.slow
def test_a_failing_cell_fails_the_build(tmp_path: Path) -> None:
    code = "\n```{code-cell} ipython3\nassert 1 > 2, 'the claim is wrong'\n```\n"
    done = build(tmp_path, {"index": HEADER + "# Wrong\n" + code})
    assert done.returncode != 0
    assert "the claim is wrong" in done.stdout + done.stderr


@pytest.mark.slow
def test_pages_run_side_by_side_and_are_stored(tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    pages = {}
    for name, other in (("index", "second"), ("second", "index")):
        code = (
            f"from pathlib import Path; import time\nPath({str(meeting)!r}, {name!r}).touch()\n"
            f"while not Path({str(meeting)!r}, {other!r}).exists():\n    time.sleep(0.05)\nprint('we', 'met')"
        )
        pages[name] = HEADER + f"# {name}\n\n```{{code-cell}} ipython3\n{code}\n```\n"
    done = build(tmp_path, pages)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Executing notebook" not in done.stdout, "Sphinx has found all outputs"
    assert "WARNING" not in done.stdout + done.stderr, "neither do kernels warn"
    for name in pages:
        assert "we met" in (tmp_path / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")


def test_without_data_pages_run_on_drawn_pictures_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_here(*args: object, offline: bool = False, **kwargs: object) -> None:
        assert offline, "a build must not wait for a download"
        raise DataError("nothing")

    monkeypatch.setattr(execution, "load_cifar10", nothing_here)
    monkeypatch.setenv("CIFAR_TEACH_DATA", "")
    assert execution.data_at_hand() == "synthetic"
    assert os.environ["CIFAR_TEACH_DATA"] == "synthetic"


def test_data_that_is_named_but_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR_TEACH_DATA", "/no/such/file")
    with pytest.raises(DataError, match="does not exist"):
        execution.data_at_hand()


def test_stored_outputs_depend_on_package_versions_and_data(tmp_path: Path) -> None:
    def digest(data: str = "synthetic") -> str:
        return execution.digest_of(tmp_path, data)

    (tmp_path / "cifar_teach").mkdir()
    (tmp_path / "requirements.lock").write_text("a==1")
    (tmp_path / "cifar_teach" / "weights.npz").write_bytes(b"1")
    seen = [digest(), digest("other data")]
    (tmp_path / "cifar_teach" / "weights.npz").write_bytes(b"2")
    seen.append(digest())
    (tmp_path / "requirements.lock").write_text("a==2")
    seen.append(digest())
    (tmp_path / "cifar_teach" / "new.py").touch()
    seen.append(digest())
    assert len(set(seen)) == 5
    (tmp_path / "cifar_teach" / "new.pyc").touch()
    assert digest() == seen[-1]
