"""The results as HTML: one card a picture, the same in both apps, in light and dark.

Every text that comes from a visitor is escaped, and every picture is drawn anew from pixels. Colours derive from the
text colour of the page around it, so the cards follow its theme without knowing it.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from ..models import SavedModel
from .recogniser import Answer, doubt_of, input_size
from .session import COLUMNS, Outcome, Result

EVIDENCE_SIDE = 128
"""Width in pixels of the picture that shows where a model looks."""
WARM = np.array([255, 140, 0], np.float32)

STYLE = """
<style>
.ct { --ct-line: color-mix(in srgb, currentColor 20%, transparent);
  --ct-soft: color-mix(in srgb, currentColor 6%, transparent);
  --ct-track: color-mix(in srgb, currentColor 12%, transparent);
  --ct-other: color-mix(in srgb, currentColor 45%, transparent);
  --ct-best: #2f80d8; --ct-warn: #c76a00; --ct-bad: #cf3b3b; line-height: 1.45; }
.ct * { box-sizing: border-box; }
.ct :is(p, h3, h4, figure, ul) { margin: 0; padding: 0; }
.ct .ct-problem { border: 1px solid var(--ct-line); border-left: 5px solid var(--ct-bad); border-radius: 8px;
  padding: .6rem .9rem; margin: 0 0 .6rem; background: var(--ct-soft); overflow-wrap: anywhere; }
.ct-card { border: 1px solid var(--ct-line); border-radius: 12px; padding: 1rem; margin: 0 0 1rem; display: grid;
  grid-template-columns: 9.5rem minmax(0, 1fr); gap: .9rem 1.25rem; }
.ct .ct-card h3 { font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; line-height: 1.3;
  margin: .55rem 0 .15rem; }
.ct-preview { width: 100%; max-height: 11rem; object-fit: contain; border-radius: 8px; display: block;
  background: var(--ct-soft); margin: 0; }
.ct-small { font-size: .85rem; opacity: .8; }
.ct .ct-vote { grid-column: 1 / -1; padding: .55rem .8rem; background: var(--ct-soft); border-radius: 8px; }
.ct-models { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
  gap: .9rem 1.5rem; align-content: start; }
.ct-model { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .5rem .9rem; align-items: start;
  align-content: start; }
.ct-model h4 { grid-column: 1 / -1; font-size: 1rem; font-weight: 600; display: flex; flex-wrap: wrap;
  gap: .1rem .6rem; align-items: baseline; }
.ct-model h4 span { font-weight: 400; }
.ct-pictures { display: flex; gap: .5rem; }
.ct-pictures figure { width: 5.5rem; }
.ct-pictures img { width: 5.5rem; height: 5.5rem; border-radius: 6px; display: block; margin: 0; }
.ct-seen { image-rendering: pixelated; }
.ct-pictures figcaption { font-size: .75rem; opacity: .8; line-height: 1.25; padding-top: .25rem; text-align: left; }
.ct-bars { list-style: none; min-width: 9rem; }
.ct-bars li { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: .5rem; font-size: .92rem;
  margin: 0 0 .45rem; padding: 0; }
.ct-bars i { grid-column: 1 / -1; display: block; height: .5rem; border-radius: 4px; background: var(--ct-track);
  overflow: hidden; }
.ct-bars i::before { content: ""; display: block; height: 100%; width: var(--share); background: var(--ct-other);
  border-radius: 4px; }
.ct-bars li:first-child { font-weight: 600; }
.ct-bars li:first-child i::before { background: var(--ct-best); }
.ct :is(.ct-doubt, .ct-drawn) { grid-column: 1 / -1; border-left: 4px solid var(--ct-warn);
  padding: .15rem 0 .15rem .7rem;
  font-size: .92rem; }
.ct-facts { border-collapse: collapse; width: 100%; font-size: .92rem; border: 0 !important; margin: 0; }
.ct-facts th, .ct-facts td { text-align: left; padding: .35rem .6rem; border: 0 !important;
  border-bottom: 1px solid var(--ct-line) !important; vertical-align: top; }
.ct-scroll { overflow-x: auto; }
.ct-facts th { font-weight: 600; }
.ct-facts td:first-child { white-space: nowrap; max-width: 12rem; overflow: hidden; text-overflow: ellipsis; }
.ct-save { display: inline-block; margin-top: .9rem; padding: .5rem 1rem; border: 1px solid var(--ct-line);
  border-radius: 8px;
  color: inherit !important; text-decoration: none !important; font-weight: 600; background: var(--ct-soft); }
.ct-save:hover { background: var(--ct-track); }
.ct .ct-empty { border: 1px dashed var(--ct-line); border-radius: 12px; padding: 1.6rem 1rem;
  text-align: center; opacity: .85; }
@media (max-width: 640px) {
  .ct-card { grid-template-columns: minmax(0, 1fr); padding: .8rem; }
  .ct-card > div:first-child { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); column-gap: .9rem;
    align-content: start; }
  .ct-card > div:first-child img { grid-row: span 2; max-height: 5.5rem; }
  .ct .ct-card h3 { margin-top: 0; }
}
@media (max-width: 460px) { .ct-model { grid-template-columns: minmax(0, 1fr); } }
</style>
"""


def results_html(outcome: Outcome, top: int = 3) -> str:
    """Return problems and results as HTML with its own style.

    Args:
        outcome: what was found out.
        top: how many classes of each model to show.
    """
    parts = [f'<p class="ct-problem" role="alert">{html.escape(problem)}</p>' for problem in outcome.problems]
    parts += [_card(result, top) for result in outcome.results]
    if not parts:
        parts = ['<p class="ct-empty">The answers appear here. Choose pictures, or click an example.</p>']
    return f'{STYLE}<div class="ct">{"".join(parts)}</div>'


def models_html(models: dict[str, SavedModel]) -> str:
    """Return a table of what is known about the models, from the notes beside them."""
    rows = "".join(_facts(name, saved) for name, saved in models.items())
    return (
        f'{STYLE}<div class="ct ct-scroll"><table class="ct-facts"><thead><tr><th>model</th><th>accuracy</th>'
        f"<th>trained on</th><th>doubt</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def table_html(outcome: Outcome, *, link: bool = True) -> str:
    """Return the results table, or nothing when there are no results.

    Args:
        outcome: what was found out.
        link: add a link that saves the table as CSV; the file is in the link itself, so nothing is kept for it.
    """
    if not outcome.rows:
        return ""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in COLUMNS)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_cell(value))}</td>' for value in row)}</tr>" for row in outcome.rows
    )
    # The mark at the start is how Excel knows UTF-8.
    content = base64.b64encode(outcome.to_csv().encode("utf-8-sig")).decode("ascii")
    address = f"data:text/csv;charset=utf-8;base64,{content}"
    save = f'<a class="ct-save" download="answers.csv" href="{address}">Download as CSV</a>' if link else ""
    return (
        f'{STYLE}<div class="ct"><div class="ct-scroll"><table class="ct-facts"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{save}</div>"
    )


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1%}"


def _card(result: Result, top: int) -> str:
    picture = result.picture
    size = "" if picture.kind == "pixels" else f"{picture.width} × {picture.height} pixels, {picture.kind}"
    name = html.escape(picture.name)
    models = "".join(_model(result, answer, top) for answer in result.answers)
    return (
        f'<section class="ct-card"><div><img class="ct-preview" alt="{name}" src="{_jpeg(picture.preview)}">'
        f'<h3>{name}</h3><p class="ct-small">{size}</p></div><div class="ct-models">{models}</div>'
        f"{_vote(result.answers)}</section>"
    )


def _vote(answers: Sequence[Answer]) -> str:
    if len(answers) < 2:
        return ""
    said = {answer.best for answer in answers}
    if len(said) == 1:
        words = f"All {len(answers)} models say <b>{html.escape(said.pop())}</b>."
        words = words.replace("All 2", "Both")
    else:
        each = ", ".join(f"{html.escape(answer.model)} says <b>{html.escape(answer.best)}</b>" for answer in answers)
        words = f"The models disagree: {each}."
    return f'<p class="ct-vote">{words}</p>'


def _model(result: Result, answer: Answer, top: int) -> str:
    image = result.picture.images[answer.size]
    seen = (
        f'<figure><img class="ct-seen" alt="The picture as the model sees it" src="{_png(image)}">'
        f"<figcaption>sees {image.shape[0]} × {image.shape[1]}</figcaption></figure>"
    )
    heat = result.evidence.get(answer.model)
    if heat is not None:
        words = f"for {html.escape(answer.best)}" if heat.any() else "none found"
        alt = f"Where the model sees evidence for {html.escape(answer.best)}"
        overlay = _jpeg(evidence_overlay(image, heat))
        seen += f'<figure><img alt="{alt}" src="{overlay}"><figcaption>evidence {words}</figcaption></figure>'
    bars = "".join(
        f'<li><span>{html.escape(name)}</span><span>{_percent(share)}</span><i style="--share: {100 * share:.1f}%"></i>'
        "</li>"
        for name, share in answer.top(top)
    )
    return (
        f'<div class="ct-model"><h4>{html.escape(answer.best)} <span class="ct-small">says '
        f'{html.escape(answer.model)}</span></h4><div class="ct-pictures">{seen}</div>'
        f'<ul class="ct-bars">{bars}</ul>{_doubt(answer)}</div>'
    )


def _doubt(answer: Answer) -> str:
    notes = ""
    if answer.may_be_none:
        many = "ten" if len(answer.class_names) == 10 else str(len(answer.class_names))
        notes += (
            f'<p class="ct-doubt"><b>This may be none of the {many} classes.</b> The model is '
            f"{_percent(answer.confidence)} sure. When it was right about held-out photos, it was below "
            f"{_percent(answer.threshold or 0)} only {_percent(1 - answer.keep)} of the time.</p>"
        )
    if answer.is_synthetic:
        notes += '<p class="ct-drawn">Trained on drawn pictures: do not expect it to know photographs.</p>'
    return notes


def _percent(share: float) -> str:
    return "> 99\u00a0%" if share > 0.995 else "< 1\u00a0%" if share < 0.005 else f"{100 * share:.0f}\u00a0%"


def _facts(name: str, saved: SavedModel) -> str:
    notes = saved.notes
    accuracy, interval = notes.get("accuracy"), notes.get("interval")
    measured = f"{accuracy:.1%}" if isinstance(accuracy, float) else "not in its note"
    if isinstance(accuracy, float) and isinstance(interval, list) and [type(end) for end in interval] == [float] * 2:
        measured += f" ({interval[0]:.1%} to {interval[1]:.1%})"
    data = (notes.get("data") or {}).get("name", "not in its note")
    doubt = doubt_of(notes)
    words = "not measured"
    if doubt is not None:
        words = f"below {doubt[0]:.0%}"
        strangers = notes["doubt"].get("strangers_below")
        if isinstance(strangers, dict) and isinstance(strangers.get("share"), float):
            words += f"; notices {strangers['share']:.0%} of pictures of other things"
    cells = (name, measured, f"{data}, {input_size(saved)} × {input_size(saved)}", words)
    return f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in cells)}</tr>"


def evidence_overlay(image: np.ndarray, heat: np.ndarray, side: int = EVIDENCE_SIDE) -> np.ndarray:
    """Lay a map of evidence over a picture: the picture is dark where there is none and orange where there is much.

    Args:
        image: uint8 ``(size, size, 3)``.
        heat: float ``(size, size)`` in 0..1.
        side: width and height of the result in pixels.

    Returns:
        uint8 ``(side, side, 3)``.
    """
    large = np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC), np.float32)
    mask = np.asarray(Image.fromarray(heat.astype(np.float32)).resize((side, side), Image.Resampling.BILINEAR))
    mask = np.clip(mask, 0, 1)[..., None]
    grey = large.mean(axis=2, keepdims=True)
    lit = (0.35 + 0.4 * mask) * (0.5 * large + 0.5 * grey) + 0.55 * mask * WARM
    return np.clip(np.rint(lit), 0, 255).astype(np.uint8)


def _png(image: np.ndarray) -> str:
    return _address(image, "PNG", optimize=True)


def _jpeg(image: np.ndarray) -> str:
    return _address(image, "JPEG", quality=88)


def _address(image: np.ndarray, kind: str, **options: object) -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
