"""What the pages of the grader share: templates that escape everything, one style, a policy that forbids all the rest.

A page is one file that loads nothing and runs nothing. Its Content-Security-Policy allows exactly one style sheet, by
its hash: even markup that slipped through the escaping could neither run, load, nor restyle anything.
"""

from __future__ import annotations

import base64
import hashlib
import math
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ..checks.verdict import State
from ..files import replacing
from .late import in_words
from .records import Outcome
from .text import apart, number, short, visible

TEMPLATES = Path(__file__).parent / "templates"
STATES = {
    State.PASSED: ("✓", "passed", "Passed"),
    State.PARTLY: ("◐", "partly", "Partly right"),
    State.NOT_YET: ("✗", "wrong", "Not yet"),
    State.ERROR: ("!", "wrong", "Error in your code"),
    State.NOT_ATTEMPTED: ("○", "empty", "Not attempted"),
    State.BROKEN: ("?", "broken", "Could not be judged"),
}
"""Sign, class of the style sheet and words of each state, from right to unknown; the words say it without colour."""
MANUAL = ("✎", "manual", "A person will read this")
OUTCOMES = {
    Outcome.GRADED: ("✓", "passed", "Graded"),
    Outcome.NEEDS_HUMAN: ("✎", "manual", "Needs a person"),
    Outcome.GRADER_ERROR: ("?", "broken", "Grader error"),
}


def write_page(path: Path, template: str, **values: Any) -> Path:
    """Fill a template of this package and write it; an existing file is replaced in one step.

    Raises:
        CifarTeachError: the file cannot be written.
    """
    page = render(template, **values)
    with replacing(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def render(template: str, **values: Any) -> str:
    """Return the page that :func:`write_page` writes."""
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return _environment().get_template(template).render(style=_markup(style), policy=policy(style), **values)


def policy(style: str) -> str:
    """Return the Content-Security-Policy of a page whose only style sheet is ``style``."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "points": number,
        "marked": marked,
        "moment": moment,
        "apart": apart,
        "short": short,
        "unbroken": lambda text: text.replace(" %", "\N{NO-BREAK SPACE}%"),
        "span": lambda seconds: in_words(timedelta(seconds=seconds)),
        "percent": lambda share: f"{100 * share:.0f}\N{NO-BREAK SPACE}%",
        "percent_up": lambda share: f"{math.floor(100 * share) + 1}\N{NO-BREAK SPACE}%",
    }
    environment.globals |= {"state_of": state_of, "outcome_of": OUTCOMES.__getitem__}
    return environment


def _finalize(value: Any) -> Any:
    """Make every text visible before it is escaped; what is markup already has been through this."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def state_of(question: Any) -> tuple[str, str, str]:
    """Return sign, class and words of a :class:`~cifar_teach.grading.records.QuestionResult`."""
    return MANUAL if question.manual else STATES[question.state]


def marked(text: str) -> Any:
    """Return ``text`` escaped, with what stands between backticks as code."""
    import markupsafe

    shown = visible(text)
    pieces = shown.split("`")
    if len(pieces) % 2 == 0:  # a backtick without a partner
        return markupsafe.escape(shown)
    tagged = [
        markupsafe.Markup("<code>{}</code>").format(piece) if index % 2 else markupsafe.escape(piece)
        for index, piece in enumerate(pieces)
        if piece
    ]
    return markupsafe.Markup("").join(tagged)


def moment(iso: str) -> str:
    """Write a date and time for people, in UTC: ``5 January 2026, 14:03:20 UTC``; what is no date stays as it is."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    when = when if when.tzinfo is None else when.astimezone(UTC)
    return f"{when.day} {when:%B %Y, %H:%M:%S}{'' if when.tzinfo is None else ' UTC'}"


def _markup(text: str) -> Any:
    import markupsafe

    return markupsafe.Markup(text)
