r"""The slides of the course: one Markdown file becomes one HTML file that needs nothing else.

``book/slides/deck.md`` is written in the MyST that the pages of the book use. A heading begins a slide; the line above
it may hold attributes. Below it stand text, and

- ``{result}`scratch/baseline``` -- a measured number (:mod:`.results`); no other number may be typed,
- ```` ```{chart} accuracy scratch ```` -- a chart of measured numbers (:mod:`.slides_charts`),
- ``:::{notes}`` -- what the speaker says,
- ``:::{unless} transfer/mobilenet:finetuned`` -- text that is left out once this result is there.

Attributes: ``{#name .class claim="scratch: fastnet - baseline >" optional="grading/class/seconds"}``. A claim that the
measurements do not support stops the build (:mod:`.slides_facts`), and so does a missing result; only a slide that
names it as ``optional`` is left out instead. What a slide's numbers were measured on is written below it.

``python -m cifar_teach.authoring.slides deck.html`` writes the deck without building the book.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .errors import AuthoringError, missing_tool
from .results import format_result
from .slides_charts import chart
from .slides_facts import check_claim, footer

SOURCE = Path("book", "slides")
"""Where the text, the look and the program of the deck lie below the root of the course."""
DECK = "deck.md"
VENDOR = "vendor/reveal"


@dataclass
class Slide:
    """One slide.

    Attributes:
        name: its address in the deck, after ``#/``.
        title: HTML of its heading.
        level: of the heading; 1 for the first slide.
        classes: for the style sheet.
        body, charts, notes: HTML of the text, of the charts and of what the speaker says.
        files: the files of results behind its numbers, in the order in which they are used.
    """

    name: str
    title: str
    level: int
    classes: str
    body: str = ""
    charts: list[str] = field(default_factory=list)
    notes: str = ""
    files: list[str] = field(default_factory=list)


def deck_html(root: Path, results_folder: Path | None = None) -> str:
    """Return the deck as one HTML page with everything in it.

    Args:
        root: the root of the course.
        results_folder: the files of results; by default ``benchmarks/results`` below ``root``.

    Raises:
        AuthoringError: a result is missing, a claim does not hold, or the source has a mistake. The message names the
            slide.
    """
    source = root / SOURCE
    text = (source / DECK).read_text(encoding="utf-8")
    slides = read_slides(text, results_folder or root / "benchmarks" / "results")
    parts = {name: (source / name).read_text(encoding="utf-8") for name in ("deck.css", "deck.js", "page.html")}
    vendor = {
        name: (source / VENDOR / name).read_text(encoding="utf-8") for name in ("reveal.css", "reveal.js", "notes.js")
    }
    return Template(parts["page.html"]).substitute(
        title=escape(_words_of(slides[0].title)),
        slides="\n".join(_section(slide, results_folder or root / "benchmarks" / "results") for slide in slides),
        own_style=parts["deck.css"],
        own_script=parts["deck.js"],
        reveal_style=vendor["reveal.css"],
        reveal_script=_inline(vendor["reveal.js"]),
        notes_script=_inline(vendor["notes.js"]),
    )


def read_slides(text: str, results_folder: Path) -> list[Slide]:
    """Return the slides of a source, without those that are optional and whose result is not there.

    Raises:
        AuthoringError: as :func:`deck_html`.
    """
    parser = _parser()
    slides: list[Slide] = []
    for heading, tokens in _parts(parser.parse(text)):
        attributes = {key: str(value) for key, value in heading[0].attrs.items()}
        name = attributes.get("id", "")
        try:
            if not name:
                raise AuthoringError("it has no name. Write {#name} in the line above its heading.")
            wanted = attributes.get("optional")
            if wanted and not _is_measured(wanted, results_folder):
                continue
            used = _Used(results_folder)
            if "claim" in attributes:
                check_claim(attributes["claim"], used.read)
            title = parser.renderer.render(heading[1:-1], parser.options, {"used": used})
            slide = Slide(name, title.strip(), int(heading[0].tag[1:]), attributes.get("class", ""))
            _fill(slide, tokens, parser, used)
        except AuthoringError as problem:
            line = (heading[0].map or [0])[0] + 1
            raise AuthoringError(f"{SOURCE.as_posix()}/{DECK}, line {line}, slide '{name}': {problem}") from None
        slide.files = used.files
        slides.append(slide)
    return slides


class _Used:
    """Reads files of results, and remembers which ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[str] = []

    def read(self, name: str) -> Mapping[str, Any]:
        path = self.folder / f"{name}.json"
        if not path.is_file():
            raise AuthoringError(f"there are no results '{name}'.")
        if name not in self.files:
            self.files.append(name)
        return json.loads(path.read_text(encoding="utf-8"))

    def words(self, path: str) -> str:
        self.read(path.partition("/")[0])
        return format_result(path, self.folder)


def _is_measured(path: str, folder: Path) -> bool:
    try:
        format_result(path, folder)
    except AuthoringError:
        return False
    return True


def _parser() -> Any:
    """Return a reader of Markdown that knows the few things of MyST that slides use."""
    try:
        from markdown_it import MarkdownIt
        from mdit_py_plugins.attrs import attrs_block_plugin
        from mdit_py_plugins.colon_fence import colon_fence_plugin
        from mdit_py_plugins.myst_role import myst_role_plugin
    except ImportError as problem:
        raise missing_tool(problem) from None
    parser = MarkdownIt("commonmark").enable("table")
    for plugin in (attrs_block_plugin, colon_fence_plugin, myst_role_plugin):
        parser.use(plugin)
    parser.add_render_rule("myst_role", _write_role)
    return parser


def _write_role(renderer: Any, tokens: list[Any], index: int, options: Any, env: dict[str, Any]) -> str:
    role, content = tokens[index].meta["name"], tokens[index].content
    if role != "result":
        raise AuthoringError(f"slides know no role {{{role}}}, only {{result}}.")
    return f'<span class="result">{escape(env["used"].words(content))}</span>'


def _parts(tokens: list[Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Split at the headings of the first two levels: the tokens of each, and those below it."""
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag in ("h1", "h2")]
    for start, end in zip(starts, [*starts[1:], len(tokens)]):
        yield tokens[start : start + 3], tokens[start + 3 : end]


def _fill(slide: Slide, tokens: list[Any], parser: Any, used: _Used) -> None:
    """Sort what stands below a heading into text, charts and notes."""
    text: list[Any] = []
    for token in tokens:
        name, _, about = token.info.strip().partition(" ")
        if token.type == "fence" and name == "{chart}":
            slide.charts.append(chart(about, used.read))
        elif token.type == "colon_fence" and name == "{notes}":
            slide.notes += parser.render(token.content, {"used": used})
        elif token.type == "colon_fence" and name == "{unless}":
            if not _is_measured(about, used.folder):
                text += parser.parse(token.content)
        elif token.type == "colon_fence" or name.startswith("{"):
            raise AuthoringError(f"slides know no {name}; there are {{chart}}, {{notes}} and {{unless}}.")
        else:
            text.append(token)
    slide.body = parser.renderer.render(text, parser.options, {"used": used})


def _section(slide: Slide, folder: Path) -> str:
    """Return a slide as HTML."""
    figure = f'<div class="charts">{"".join(slide.charts)}</div>' if slide.charts else ""
    used = _Used(folder)
    lines = "".join(f"<p>{escape(footer(name, used.read(name)))}</p>" for name in slide.files)
    return (
        f'<section id="{slide.name}" class="{slide.classes}" aria-labelledby="{slide.name}-title"><div class="slide">\n'
        f'<h{slide.level} id="{slide.name}-title">{slide.title}</h{slide.level}>\n'
        f'<div class="content"><div class="text">{slide.body}</div>{figure}</div>\n'
        f'<div class="measured">{lines}</div>\n</div>'
        f'<aside class="notes" aria-label="Notes">{slide.notes}</aside>\n</section>'
    )


def _words_of(html: str) -> str:
    from html.parser import HTMLParser

    words: list[str] = []
    reader = HTMLParser()
    reader.handle_data = words.append
    reader.feed(html)
    return "".join(words)


def _inline(script: str) -> str:
    """Return a script that can stand in a page: the end tag in one of its strings would end it."""
    return script.replace("</script", "<\\/script")


def main() -> None:
    """Write the deck of the course around the current folder to the file that is named."""
    from .build import find_root

    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m cifar_teach.authoring.slides DECK.html")
    try:
        Path(sys.argv[1]).write_text(deck_html(find_root()), encoding="utf-8")
    except AuthoringError as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    main()
