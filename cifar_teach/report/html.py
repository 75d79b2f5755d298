"""Write the report of a run as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..files import replacing
from . import advice, words
from .figures import SECTIONS, ReportFigure, data_uri, page_size
from .schema import complete

TEMPLATE = "template.html"


def write_report(path: str | Path, report: Mapping[str, Any], figures: Sequence[ReportFigure] = ()) -> Path:
    """Write a run's report: one HTML page that loads nothing, for light and dark screens, phones and paper.

    Args:
        path: file to write; missing folders are created, an existing file is replaced in one step.
        report: what ``report.json`` holds, schema 1. Whether the numbers may be called CIFAR-10 numbers is
            decided by ``report["data"]["kind"]``: for ``synthetic`` the page opens with a warning.
        figures: shown in the section each one names, in this order, and numbered as they appear on the page.

    Returns:
        The path written.

    Raises:
        CifarTeachError: a report that lacks something, or a file that cannot be written.
    """
    page = render(report, figures)
    path = Path(path)
    with replacing(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def render(report: Mapping[str, Any], figures: Sequence[ReportFigure] = ()) -> str:
    """Return the page that :func:`write_report` writes."""
    report = complete(report)
    in_order = sorted(figures, key=lambda figure: SECTIONS.index(figure.section))
    numbered = [_figure(number, figure) for number, figure in enumerate(in_order, start=1)]
    template = _environment().get_template(TEMPLATE)
    return template.render(
        report=report,
        data=report["data"],
        models=report["models"],
        best=words.best_model(report["models"]),
        figures={name: [figure for figure in numbered if figure["section"] == name] for name in SECTIONS},
        words=words,
        advice=advice,
    )


def _figure(number: int, figure: ReportFigure) -> dict[str, Any]:
    light = figure.png()
    width, height = page_size(light)
    dark = None if figure.dark_image is None else data_uri(figure.png(dark=True))
    return {
        "number": number,
        "title": figure.title,
        "alt": figure.description,
        "caption": figure.caption,
        "section": figure.section,
        "light": data_uri(light),
        "dark": dark,
        "width": width,
        "height": height,
    }


def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        # Names of classes, models and files are text, never markup; only the style sheet is taken as it is.
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": words.percent,
        "points": words.points,
        "whole": lambda value: f"{value:,.0f}",
        "duration": duration,
        "large": large,
        "beside": beside,
        "moment": moment,
    }
    return environment


def duration(seconds: float) -> str:
    """Write a time for people: ``9.3 s``, ``4 min 40 s``, ``2 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def large(number: float) -> str:
    """Write a large number in millions: ``41.2 million``; below a million with commas."""
    return f"{number / 1e6:,.1f} million" if number >= 1e6 else f"{number:,.0f}"


def moment(iso: str) -> str:
    """Write a date and time for people: ``5 January 2026, 14:03 UTC``; what is no ISO date stays as it is."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{when.day} {when:%B %Y, %H:%M} {when.tzname() or ''}".rstrip()


def beside(name: object) -> str:
    """Return a link to a file in the folder of the report; the leading dot keeps it from being an address."""
    return "./" + quote(str(name).replace("\\", "/").lstrip("/"))
