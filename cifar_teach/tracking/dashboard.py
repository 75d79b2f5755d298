"""The dashboard of an experiment store: one HTML file that works without a server and without a network.

:mod:`.dashboard_data` reads the numbers, :mod:`.dashboard_pictures` the pictures; the page itself is in ``page/``: a
template, a style sheet, and scripts that filter and draw in the reader's browser. Plotly is written into the file.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..files import replacing
from .dashboard_data import Findings, read_findings
from .dashboard_pictures import MOST_PICTURES, embedded_pictures
from .problems import TrackingError

PAGE = Path(__file__).parent / "page"
TEMPLATE = "dashboard.html"
SCRIPTS = ("words", "statistics", "state", "charts", "overview", "detail", "confusion", "page")
"""In the order in which they are put together: each uses the names of those before it."""
DEFAULT_TITLE = "Experiments"
LEFT_OUT = "The pictures were left out of this copy; the numbers name them."
NOT_THERE = "The pictures are not in the database. To see them here: cifar-teach dashboard --images DATA."


def write_dashboard(
    path: str | os.PathLike[str],
    url: str,
    *,
    images: str | os.PathLike[str] | None = None,
    with_pictures: bool = True,
    title: str = DEFAULT_TITLE,
    most_pictures: int = MOST_PICTURES,
) -> Findings:
    """Write the dashboard of a database as one HTML file that loads nothing.

    Args:
        path: file to write; missing folders are created, an existing file is replaced in one step.
        url: address of the database, or path of an SQLite file.
        images: where the pictures of misclassified images come from, as for ``load_cifar10``, or ``cache``; None takes
            those that the database keeps. Drawn pictures are always at hand: they are drawn again.
        with_pictures: False leaves all of them out. Images of CIFAR-10 may not be published, so a copy of the
            page that is to be published needs False, unless all its models were tested on drawn pictures.
        title: heading of the page.
        most_pictures: how many pictures at most; 1,200 take about 4 MB.

    Returns:
        What the page shows, as an object with ``test_sets`` (each with ``name``, ``size``, ``class_names`` and more;
        the one with the newest model first), ``models`` (one dict per finished model, oldest first) and
        ``unfinished`` (how many models have no results yet).

    Raises:
        TrackingError: no such database, nothing finished in it, ``images`` is another data set, no Plotly.
        CifarTeachError: the data set cannot be read, or the file cannot be written.
    """
    findings = read_findings(url)
    pictures = embedded_pictures(findings, url, images, most_pictures) if with_pictures else {}
    page = render(findings, pictures, title=title, why_no_pictures=NOT_THERE if with_pictures else LEFT_OUT)
    with replacing(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return findings


def render(
    findings: Findings, pictures: dict[str, str], *, title: str = DEFAULT_TITLE, why_no_pictures: str = NOT_THERE
) -> str:
    """Return the page that :func:`write_dashboard` writes.

    Args:
        findings: from :func:`~cifar_teach.tracking.dashboard_data.read_findings`.
        pictures: from :func:`~cifar_teach.tracking.dashboard_pictures.embedded_pictures`.
        title: heading of the page.
        why_no_pictures: what a reader is told where a picture is missing.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE),
        autoescape=True,  # titles are text, never markup
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    runs = {model["run"] for model in findings.models}
    days = sorted(model["day"] for model in findings.models)
    span = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    data = {
        "datasets": [test_set.to_dict() for test_set in findings.test_sets],
        "models": findings.models,
        "unfinished": findings.unfinished,
        "images": pictures,
        "no_images": why_no_pictures,
    }
    return environment.get_template(TEMPLATE).render(
        title=title,
        subtitle=f"{_counted(len(findings.models), 'trained model')} of {_counted(len(runs), 'run')}, {span}",
        synthetic=findings.test_sets[0].synthetic,
        footer=f"Written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by cifar-teach dashboard. This file loads nothing.",
        css=Markup((PAGE / "dashboard.css").read_text(encoding="utf-8")),
        scripts=Markup("\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)),
        plotly=Markup(_plotly()),
        data=Markup(_json(data)),
    )


def _json(data: Any) -> str:
    """Return JSON that may stand in a script element: ``<`` could end it, so it is written as an escape."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _plotly() -> str:
    """Return Plotly's JavaScript, as its Python package brings it."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as problem:
        raise TrackingError('The dashboard needs Plotly: pip install "cifar-teach[tracking]"') from problem
    return get_plotlyjs()


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
