"""Pages as notebooks: every construct in plain Markdown, the cells of code, the links, the pages of the real book."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="for authors only; not installed with the oldest supported versions")
pytest.importorskip("nbgrader", reason="for authors only; not installed with the oldest supported versions")
pytest.importorskip("pybtex", reason="for authors only; not installed with the oldest supported versions")

import jupytext
import nbformat

from cifar_teach.authoring import AuthoringError, Drift, build
from cifar_teach.authoring.api_pages import STEPS, api_files
from cifar_teach.authoring.cells import INSTALL
from cifar_teach.authoring.repository import read_repository
from cifar_teach.authoring.results import format_result
from cifar_teach.authoring.twins import book_files
from cifar_teach.authoring.twins_book import named_pages, read_book, term_anchor
from cifar_teach.authoring.twins_page import headings
from cifar_teach.checks.magics import to_python
from cifar_teach.models import MODELS
from cifar_teach.preprocess import MAX_PIXELS

ROOT = Path(__file__).resolve().parents[2]
HUB = "https://github.com/a-school/its-course"
COLAB = "https://colab.research.google.com/github/a-school/its-course/blob/v2.1"
RAW = "https://raw.githubusercontent.com/a-school/its-course/v2.1"

HEADER = """\
---
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
START = """\
```{code-cell} ipython3
from cifar_teach.book import start

data = start(train_size=100, test_size=100)
```
"""
MODULE = '''\
"""A module of the copy."""


def double(number):
    """Return twice the number.

    Args:
        number: any.
    """
    # by adding
    return number + number
'''
REFERENCES = r"""
@techreport{krizhevsky2009, author = {Krizhevsky, Alex}, title = {Tiny Images}, year = {2009}, url = {https://a.org/t}}
@inproceedings{godel2001, author = {G{\"o}del, K. and Wu, Y.}, title = {On}, year = {2001}, doi = {10.1000/1}}
@article{many2020, author = {Abel, A. and Bell, B. and Cord, C.}, title = {Many}, year = {2020}}
"""
GLOSSARY = """\
# Words

```{glossary}
Soft label
  A label that is not sure.

naïve guess
  The most frequent class.
```
"""
README = """\
# The course

<!-- scratch:begin -->
| network | accuracy |
|---|--:|
| baseline | 60 % |

From [`scratch.json`](benchmarks/results/scratch.json).
<!-- scratch:end -->
"""


@pytest.fixture
def book(course: Path) -> Path:
    """A copy of the course whose book has one page that runs code, one that does not, and a glossary."""
    config = course / "_config.yml"
    config.write_text(
        f"title: Our Course\n{config.read_text(encoding='utf-8')}bibtex_bibfiles: [references.bib]\n", encoding="utf-8"
    )
    (course / "README.md").write_text(README, encoding="utf-8")
    (course / "cifar_teach").mkdir()
    (course / "cifar_teach" / "tools.py").write_text(MODULE, encoding="utf-8")
    shutil.copytree(ROOT / "benchmarks" / "results", course / "benchmarks" / "results")
    pages = course / "book"
    (pages / "chapters").mkdir(parents=True)
    (pages / "picture.png").write_bytes(b"")
    (pages / "references.bib").write_text(REFERENCES, encoding="utf-8")
    (pages / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    (pages / "index.md").write_text("# Welcome\n\n(sec-why)=\n## Why *this* course\n", encoding="utf-8")
    (pages / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nparts:\n  - caption: A\n    chapters:\n      - file: chapters/01-explore\n"
        "        sections:\n          - file: glossary.md\n      - url: https://a.org\n        title: Elsewhere\n",
        encoding="utf-8",
    )
    write(course, "")
    return course


def write(course: Path, body: str, start: str = START) -> Path:
    page = course / "book" / "chapters" / "01-explore.md"
    page.write_text(f"{HEADER}# Explore\n\n{start}\n{body}\n", encoding="utf-8")
    return page


def twin(course: Path) -> list[dict]:
    """Return the cells of the only twin."""
    files, problems = book_files(course)
    assert problems == []
    (content,) = files.values()
    cells = json.loads(content)["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def flat(course: Path, body: str) -> str:
    """Return what becomes of text below the first cell of code."""
    write(course, body)
    return "\n\n".join(cell["source"] for cell in twin(course)[2:])


def problem(course: Path, body: str) -> str:
    write(course, body)
    files, problems = book_files(course)
    assert files == {}
    (text,) = problems
    return text


# Text

INLINE = {
    "plain *text* with `code` and \\$5": None,
    "math $a_{i} \\in \\{1, 2\\}$ and $$\\frac{1}{2}$$ stay": None,
    "``code with {term}`x` inside``": None,
    "[a](https://a.org/x_(y)) <https://b.org> and [c](mailto:a@b.org)": None,
    "| a | b |\n|---|---|\n| `x` | $y$ |": None,
    "- one\n  ```python\n  {x}\n  ```\n- two": None,
    "```text\n{term}`x`\n:::{note}\n```": None,
    "{term}`soft label` and {term}`Labels <Soft label>`": "soft label and Labels",
    "{doc}`../glossary` or {doc}`start <../index>`, {doc}`/index`": (
        f"[Words]({HUB}/blob/v2.1/book/glossary.md) or [start]({HUB}/blob/v2.1/book/index.md), "
        f"[Welcome]({HUB}/blob/v2.1/book/index.md)"
    ),
    "{ref}`sec-why`, {ref}`because <sec-why>`, [](sec-why), [](../glossary.md)": (
        f"[Why this course]({HUB}/blob/v2.1/book/index.md), [because]({HUB}/blob/v2.1/book/index.md), "
        f"[Why this course]({HUB}/blob/v2.1/book/index.md), [Words]({HUB}/blob/v2.1/book/glossary.md)"
    ),
    "[words](../glossary.md#words), [`here`](#explore), [data](../../benchmarks/results/scratch.json)": (
        f"[words]({HUB}/blob/v2.1/book/glossary.md#words), "
        f"[`here`]({HUB}/blob/v2.1/book/chapters/01-explore.md#explore), "
        f"[data]({HUB}/blob/v2.1/benchmarks/results/scratch.json)"
    ),
    "{cite:t}`krizhevsky2009` {cite:p}`godel2001,many2020`": (
        "[Krizhevsky (2009)](https://a.org/t) ([Gödel and Wu, 2001](https://doi.org/10.1000/1); Abel et al., 2020)"
    ),
    "see {exercise}`01`.": (f"see [Exercise 1: Explore the data]({COLAB}/exercises/ex01_explore/ex01_explore.ipynb)."),
    "![A cat.](../picture.png) ![A dog.](https://a.org/dog.png)": (
        f"![A cat.]({RAW}/book/picture.png) ![A dog.](https://a.org/dog.png)"
    ),
    "% a comment\n\n(a-label)=\n## Heading": "## Heading",
    "two\nlines {term}`soft\nlabel`": "two\nlines soft label",
}


@pytest.mark.parametrize("text", INLINE)
def test_text(book: Path, text: str):
    assert flat(book, text) == (INLINE[text] or text)


def test_measured_numbers_are_written_out(book: Path):
    words = format_result("scratch/baseline/params", ROOT / "benchmarks" / "results")
    assert re.fullmatch(r"[\d,]+", words)
    assert flat(book, "It has {result}`scratch/baseline/params` parameters.") == f"It has {words} parameters."


def test_published_pages_are_linked_where_the_configuration_names_them(book: Path):
    config = book / "_config.yml"
    config.write_text(config.read_text(encoding="utf-8") + "html:\n  baseurl: https://pages.org/c/\n", encoding="utf-8")
    assert flat(book, "{term}`Soft label`, {term}`naïve guess`, {ref}`sec-why`, {doc}`../index`") == (
        "[Soft label](https://pages.org/c/glossary.html#term-Soft-label), "
        "[naïve guess](https://pages.org/c/glossary.html#term-naive-guess), "
        "[Why this course](https://pages.org/c/index.html#sec-why), [Welcome](https://pages.org/c/index.html)"
    )
    assert "[Read this page](https://pages.org/c/chapters/01-explore.html)" in twin(book)[0]["source"]


def test_anchors_of_terms_are_those_of_sphinx():
    nodes = pytest.importorskip("sphinx.util.nodes")
    for term in ("soft label", "Soft-label (KD)", "naïve guess", "F1", "L2 penalty!", "Grad-CAM", "top-5"):
        assert term_anchor(term) == nodes._make_id(f"term-{term}")


# Directives

BLOCKS = {
    ":::{admonition} What happens?\n:class: predict\n\nThink, {term}`soft label`.\n\n- a\n- b\n:::": (
        "> **Predict first: What happens?**\n>\n> Think, soft label.\n>\n> - a\n> - b"
    ),
    ":::{admonition} Misconception: bigger is better\n:class: misconception\nNo.\n:::": (
        "> **Misconception: bigger is better**\n>\n> No."
    ),
    ":::{admonition} What you will be able to do\n:class: goals\n- a\n:::": (
        "> **What you will be able to do**\n>\n> - a"
    ),
    ":::{admonition} What it costs\n:class: cost\nMuch.\n:::": "> **What it costs**\n>\n> Much.",
    ":::{admonition} `code` in a title\nText.\n:::": "> **`code` in a title**\n>\n> Text.",
    ":::{admonition} Why `x < y`?\n:class: dropdown\n\nBecause.\n\n```python\nx\n\n\ny\n```\n:::": (
        "<details><summary><b>Why <code>x &lt; y</code>?</b></summary>\n\nBecause.\n\n```python\nx\n\n\ny\n```\n\n"
        "</details>"
    ),
    ":::{note}\nOne.\n\nTwo.\n:::": "> **Note**\n>\n> One.\n>\n> Two.",
    ":::{tip} Begins here\nand goes on.\n:::": "> **Tip**\n>\n> Begins here\n> and goes on.",
    "```{warning}\nHot.\n```": "> **Warning**\n>\n> Hot.",
    ":::{important}\n:class: dropdown\nMuch.\n:::": (
        "<details><summary><b>Important</b></summary>\n\nMuch.\n\n</details>"
    ),
    "::::{note}\n:::{tip}\nInner.\n:::\n::::": "> **Note**\n>\n> > **Tip**\n> >\n> > Inner.",
    "```{figure} ../picture.png\n:alt: A cat on a mat.\n:width: 300px\n\nThe cat, see {doc}`../index`.\n```": (
        f"![A cat on a mat.]({RAW}/book/picture.png)\n\n*The cat, see [Welcome]({HUB}/blob/v2.1/book/index.md).*"
    ),
    "```{math}\na = b\n```": "$$\na = b\n$$",
    "```{source} cifar_teach.tools.double\n```": (
        f"`double` in [cifar_teach/tools.py]({HUB}/blob/v2.1/cifar_teach/tools.py):\n\n"
        "```python\ndef double(number):\n    # by adding\n    return number + number\n```"
    ),
    "```{results-table} scratch\n```": (
        "| network | accuracy |\n|---|--:|\n| baseline | 60 % |\n\n"
        f"From [`scratch.json`]({HUB}/blob/v2.1/benchmarks/results/scratch.json)."
    ),
    "Before.\n```{math}\na\n```\nAfter.": "Before.\n\n$$\na\n$$\n\nAfter.",
}

QUIZ = """\
```{quiz}
- ask: "Which {term}`soft label` is it: `a` or `b`?"
  options:
    - text: The first.
      why: Too early.
    - text: "$x$"
      why: Right so.
      right: true
- ask: Yes?
  options:
    - {text: yes, why: It is., right: true}
    - {text: no, why: It is not.}
```"""
QUIZ_FLAT = """\
**1. Which soft label is it: `a` or `b`?**

- **A**: The first.
- **B**: $x$

<details><summary><b>Answer</b></summary>

**B** is right.

- **A**: Too early.
- **B**: Right so.

</details>

**2. Yes?**

- **A**: yes
- **B**: no

<details><summary><b>Answer</b></summary>

**A** is right.

- **A**: It is.
- **B**: It is not.

</details>"""


@pytest.mark.parametrize("text", BLOCKS)
def test_directives(book: Path, text: str):
    assert flat(book, text) == BLOCKS[text]


def test_quiz(book: Path):
    assert flat(book, QUIZ) == QUIZ_FLAT


# What is refused, with the line: the body begins in line 19 of the page

WRONG = {
    "{term}`strange`": "does not explain 'strange'",
    "a\n\nb {numref}`x`": ":21: the role {numref} is not translated",
    "{doc}`nowhere`": "no page 'nowhere'",
    "{ref}`nowhere`": "label 'nowhere'",
    "{cite:p}`nobody`": "no 'nobody'",
    "{result}`scratch/nothing`": "nothing",
    "{exercise}`88`": "ex88",
    "[a](gone.md)": "'gone.md' is no page",
    "[a](../../../../etc/passwd)": "is no page",
    "![](../picture.png)": "no text alternative",
    "```{figure} ../picture.png\nCaption.\n```": "no text alternative",
    "![A cat.](gone.png)": "'gone.png' is no page",
    "text {{ value }}": "'{{ value }}' is not translated",
    "a note[^1]": "'[^1]' is not translated",
    "[^1]: a note": "a footnote is not translated",
    "![A cat.](../picture.png){width=100px}": "'{width=100px}' is not translated",
    "{.wide}\n": "attributes in a line",
    "Term\n: its meaning": ":20: a definition list",
    "\\begin{align}\na\n\\end{align}": "a formula",
    "```{list-table}\n```": ":19: the directive {list-table} is not translated",
    "::::{grid}\n:::{note}\na\n:::\n::::": "{grid}",
    ":::{note}\n```{code-cell}\n1\n```\n:::": ":20: the directive {code-cell} is not translated",
    "- one\n  ```{math}\n  a\n  ```": ":20: '```{math}' is indented",
    ":::{note}\nnever closed": ":19: the block that begins here with ':::' has no end",
    ":::{admonition}\nText.\n:::": "needs a title",
    ":::{admonition} A\n:class: purple\nText.\n:::": "the class 'purple' has no translation",
    "::: note\nText.\n:::": "names no directive",
    "+++ {\"tags\": []}": "'+++' with settings",
    "```{source} cifar_teach.tools.triple\n```": "'triple' is not defined",
    "```{results-table} nothing\n```": "no table 'nothing'",
    "```{quiz}\n- ask: Why?\n```": "lacks options",
    "```{code-cell} ipython3\n```": "an empty cell",
    "```{code-cell} ipython3\n:tags: hide-input\n1\n```": "tags of a cell are a list",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(book: Path, text: str):
    message = problem(book, text)
    assert message.startswith("book/chapters/01-explore.md:")
    assert WRONG[text] in message


def test_a_page_begins_with_its_title(book: Path):
    page = write(book, "")
    page.write_text(page.read_text(encoding="utf-8").replace("# Explore", "Explore"), encoding="utf-8")
    assert "a page begins with its title" in book_files(book)[1][0]


def test_all_wrong_pages_are_named_and_the_others_built(book: Path, exercise):
    write(book, "{term}`strange`")
    with pytest.raises(AuthoringError, match=r"01-explore.md:19: .*strange"):
        build(book, exercises=[exercise])
    assert (book / "solutions" / "ex90_doubling" / "ex90_doubling.ipynb").is_file()
    (book / "book" / "glossary.md").unlink()
    with pytest.raises(AuthoringError, match=r"_toc.yml names 'glossary', but there is no book/glossary.md"):
        build(book, exercises=[exercise])


# Cells


def test_the_cells_and_their_ids(book: Path):
    write(
        book,
        "Text.\n\n## More\n\nText.\n\n+++\n\nApart.\n\n```{code-cell} ipython3\n:tags: [hide-input]\n\n1 + 1\n```\n\n"
        "```{code-cell} ipython3\n---\ntags: [remove-cell]\n---\nassert 1\n```\n\n```{code-cell} ipython3\n2\n```\n",
    )
    cells = twin(book)
    assert [cell["id"] for cell in cells] == [
        "text-01", "code-01", "text-02", "text-03", "text-04", "code-02", "code-03",
    ]  # fmt: skip
    assert [cell["source"] for cell in cells] == [
        f"# Explore\n\nFrom the book [Our Course]({HUB}/blob/v2.1/book/index.md) · "
        f"[Read this page]({HUB}/blob/v2.1/book/chapters/01-explore.md) · "
        f"[Open in Colab]({COLAB}/book/chapters/01-explore.ipynb)",
        "# Set-up: run this cell first. Running it again does no harm.\nimport importlib.util\n\n"
        'if importlib.util.find_spec("cifar_teach") is None:\n'
        f'    %pip install --quiet --no-deps "cifar-teach @ git+{HUB}@v2.1"\n\n'
        "from cifar_teach.book import start\n\ndata = start(train_size=100, test_size=100)",
        "Text.",
        "## More\n\nText.",
        "Apart.",
        "1 + 1",
        "2",
    ]
    assert cells[5]["metadata"] == {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    assert [cell["metadata"] for cell in cells if cell["id"] != "code-02"] == [{}] * 6
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if "outputs" in cell)


def test_headings_in_code_and_boxes_begin_no_cell(book: Path):
    assert len([cell for cell in twin(book) if cell["cell_type"] == "markdown"]) == 1
    flat(book, "Text.\n\n```python\n# a comment\n```\n\n:::{note}\n# Loud\n:::\n")
    assert [cell["id"] for cell in twin(book)] == ["text-01", "code-01", "text-02"]
    assert headings(["```", "# no", "```", "(a)=", "", "## yes", "# also"]) == [("yes", "a"), ("also", "")]


def test_a_page_that_runs_nothing_has_no_twin(book: Path):
    assert list(book_files(book)[0]) == ["book/chapters/01-explore.ipynb"]


def test_building_the_same_page_again_gives_the_same_bytes(book: Path):
    write(book, QUIZ)
    assert book_files(book) == book_files(book)


# Building and comparing

TWIN = "book/chapters/01-explore.ipynb"


def test_drift_of_twins_is_found_and_put_right(book: Path, exercise):
    drift = build(book, exercises=[exercise])
    assert Drift(TWIN, "missing") in drift
    assert build(book, check=True, exercises=[exercise]) == []
    write(book, "More text.")
    assert build(book, check=True, exercises=[exercise]) == [Drift(TWIN, "changed")]
    assert build(book, exercises=[exercise]) == [Drift(TWIN, "changed")]
    stray = book / "book" / "chapters" / "02-gone.ipynb"
    stray.write_text("{}")
    checkpoint = book / "book" / ".ipynb_checkpoints" / "a.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text("{}")
    assert build(book, check=True, exercises=[exercise]) == [Drift("book/chapters/02-gone.ipynb", "unexpected")]
    assert stray.exists()


def test_without_a_table_of_contents_there_are_no_twins(book: Path, exercise):
    build(book, exercises=[exercise])
    (book / "book" / "_toc.yml").unlink()
    assert book_files(book) == ({}, [])
    assert build(book, check=True, exercises=[exercise]) == []


def test_a_tag_changes_every_link(book: Path):
    write(book, "{exercise}`01` {doc}`../index` ![A cat.](../picture.png)\n\n```{source} cifar_teach.tools.double\n```")
    before = book_files(book)[0][TWIN].decode()
    config = book / "_config.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("v2.1", "v3.0"), encoding="utf-8")
    after = book_files(book)[0][TWIN].decode()
    assert before.count("v2.1") == after.count("v3.0") > 6
    assert "v2.1" not in after


# The real book

FILES, REAL_PROBLEMS = book_files(ROOT)
REAL = {path: content for path, content in FILES.items() if path.endswith(".ipynb")}
RAW_MYST = re.compile(r"\{[A-Za-z][\w:.+-]*\}`|^\s*(?:>\s*)*(?::{3,}|[`~]{3,}\s*\{)|^---$|\)=$", re.MULTILINE)


def test_every_page_of_the_book_can_be_translated():
    assert REAL_PROBLEMS == []
    assert len(REAL) >= 8  # seven chapters and the set-up page; without them the tests below would not run


@pytest.fixture(params=list(REAL))
def path(request) -> str:
    return request.param


def test_real_twins_are_valid_and_plain(path: str):
    notebook = nbformat.reads(REAL[path].decode(), as_version=4)
    nbformat.validate(notebook)
    assert nbformat.writes(notebook).encode() + b"\n" == REAL[path]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            shown = re.sub(r"^(`{3,}).*?^\1", "", cell.source, flags=re.MULTILINE | re.DOTALL)
            assert not RAW_MYST.search(shown), cell.source


def test_real_twins_have_the_code_of_their_page(path: str):
    page = jupytext.read((ROOT / path).with_suffix(".md"), fmt="md:myst")
    wanted = [
        cell.source
        for cell in page.cells
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", [])
    ]
    sources = [cell.source for cell in nbformat.reads(REAL[path].decode(), as_version=4).cells if "outputs" in cell]
    install = INSTALL.format(requirement=read_repository(ROOT).requirement)
    assert [sources[0].removeprefix(install), *sources[1:]] == wanted
    assert sources[0].startswith(install)
    for source in sources:
        ast.parse(to_python(source))


def test_links_of_real_twins_lead_to_files(path: str):
    book = read_book(ROOT)
    text = "\n".join(
        cell.source for cell in nbformat.reads(REAL[path].decode(), as_version=4).cells if cell.cell_type == "markdown"
    )
    targets = re.findall(r"\]\(([^()\s]+)\)", text)
    bases = [
        book.file_link(""),
        book.image_link(""),
        book.repository.colab_link("") or "no Colab",
    ]
    inside = [target for target in targets if target.startswith(book.repository.url) or "/blob/" in target]
    assert inside
    for target in inside:
        base = next((base for base in bases if target.startswith(base)), None)
        assert base is not None, target
        linked = target.removeprefix(base).partition("#")[0]
        assert (ROOT / linked).exists() or linked in REAL, target
    assert all(target.startswith(("https://", "http://", "mailto:")) for target in targets)


# The pages about the package


def test_every_public_name_is_on_a_page():
    pages = api_files()
    for step in STEPS:
        module = importlib.import_module(f"cifar_teach.{step}")
        listed = re.findall(rf":: cifar_teach\.{step}\.(\w+)$", pages[f"api/{step}"], re.MULTILINE)
        assert sorted(listed) == sorted(module.__all__)
        assert f"(api/{step}.md)" in pages["api"]


def test_constants_say_what_they_hold():
    pages = api_files()
    assert f"``{', ``'.join(f'{name}``' for name in MODELS)}." in pages["api/models"]
    assert "A dictionary, each a :class:`ModelSpec`." in pages["api/models"]
    assert "The values are ``adam``, ``adamw``, ``rmsprop``, ``sgd``." in pages["api/train"]
    assert "   Larger pictures are refused" in pages["api/preprocess"]
    assert f"   The value is {MAX_PIXELS:,}." in pages["api/preprocess"]


def test_fields_of_named_tuples_are_described_once():
    assert "SavedModel\n   :members:\n   :exclude-members: model, class_names, notes\n" in api_files()["api/models"]


def test_members_of_enumerations_are_shown_without_a_docstring():
    pages = api_files()
    assert "State\n   :members:\n   :undoc-members:\n" in pages["api/checks"]
    assert "Outcome\n   :members:\n   :undoc-members:\n" in pages["api/grading"]


def test_pages_about_the_package_are_kept_up_to_date(book: Path, exercise):
    toc = book / "book" / "_toc.yml"
    toc.write_text(toc.read_text(encoding="utf-8") + "      - file: api\n", encoding="utf-8")
    assert Drift("book/api/data.md", "missing") in build(book, exercises=[exercise])
    assert build(book, check=True, exercises=[exercise]) == []
    (book / "book" / "api" / "gone.md").write_text("# Gone\n")
    assert build(book, check=True, exercises=[exercise]) == [Drift("book/api/gone.md", "unexpected")]


def test_the_table_of_contents_names_all_pages_about_the_package():
    named = named_pages(ROOT)
    if "api" not in named:
        pytest.skip("the book has no pages about the package yet")
    assert not set(api_files()) - set(named)


# Running them as Colab does (make colab)


@pytest.mark.parametrize(
    ("code", "ran"), [("%pip --version\nx = 1", True), ("assert x == 2, 'no, x is 1'", False), ("Figure()", False)]
)
def test_notebooks_are_run_like_in_colab(tmp_path: Path, code: str, ran: bool):
    define = "class Figure:\n    def _repr_html_(self):\n        raise ValueError('cannot be shown')\nx = 1"
    notebook = {"cells": [{"cell_type": "code", "id": each[:5], "source": each} for each in (define, code)]}
    path = tmp_path / "page.ipynb"
    path.write_text(json.dumps(notebook))
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "colab" / "run_twins.py", path], capture_output=True, text=True
    )
    assert (done.returncode == 0) == ran, done.stdout
    assert done.stdout.startswith("ran in" if ran else "failed in")
    for words, cell in (("no, x is 1", "assert"), ("cannot be shown", "Figure()")):
        assert (words in done.stdout) == (cell in code)
