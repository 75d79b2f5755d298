"""Verdicts as text and as HTML. The HTML carries its own style, works in light and dark pages and without colour."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .verdict import Finding, State, Verdict

MARKS = {
    State.PASSED: ("✓", "#1a7f37", "Passed"),
    State.PARTLY: ("◐", "#9a6700", "Partly right"),
    State.NOT_YET: ("✗", "#cf222e", "Not yet"),
    State.NOT_ATTEMPTED: ("○", "#6e7781", "Not attempted"),
    State.ERROR: ("!", "#cf222e", "Error in your code"),
    State.BROKEN: ("?", "#8250df", "Could not be judged"),
}
"""Sign, colour and words of each state; the sign and the words say it without the colour."""

ROWS = (("called", "Called"), ("got", "Came"), ("expected", "Expected"))


def points_text(points: float, max_points: float) -> str:
    """Return ``"1.5 of 2 points"``."""
    return f"{points:g} of {max_points:g} point{'' if max_points == 1 else 's'}"


def as_text(verdict: Verdict) -> str:
    """Return the verdict as plain text, for terminals and test reports."""
    mark, _, words = MARKS[verdict.state]
    lines = [f"{mark} {words}: {verdict.title} [{verdict.id}] ({points_text(verdict.points, verdict.max_points)})"]
    for finding in verdict.findings:
        lines += _finding_lines(finding)
    if verdict.printed and not verdict.passed:
        lines += ["  Your code printed:", *(f"    {line}" for line in verdict.printed.splitlines())]
    return "\n".join(lines)


def _finding_lines(finding: Finding) -> list[str]:
    if finding.passed:
        return [f"  ✓ {finding.title}"] if finding.title else []
    lines = [f"  ✗ {finding.title}: {finding.message}" if finding.title else f"  {finding.message}"]
    lines += [f"    {name}: {getattr(finding, key)}" for key, name in ROWS if getattr(finding, key)]
    return [*lines, f"    Hint: {finding.hint}"] if finding.hint else lines


def as_html(verdict: Verdict) -> str:
    """Return the verdict as a box for a notebook."""
    mark, colour, words = MARKS[verdict.state]
    head = (
        f'<strong><span aria-hidden="true">{mark}</span> {words}</strong> — {escape(verdict.title)} '
        f'<span style="opacity:.75">({points_text(verdict.points, verdict.max_points)})</span>'
    )
    body = "".join(map(_finding_html, verdict.findings))
    if verdict.printed and not verdict.passed:
        body += f'<div style="margin-top:.4em">Your code printed:</div>{_code(verdict.printed)}'
    return box(head + body, colour)


def box(content: str, colour: str) -> str:
    """Return ``content`` (HTML) in a box with an edge of this colour; the text keeps the page's colour."""
    return (
        f'<div role="status" style="border-left:5px solid {colour};padding:.5em .9em;margin:.4em 0;'
        f'line-height:1.45;max-width:60em">{content}</div>'
    )


def _finding_html(finding: Finding) -> str:
    if finding.passed:
        return f'<div><span aria-hidden="true">✓</span> {escape(finding.title)}</div>' if finding.title else ""
    title = f'<span aria-hidden="true">✗</span> <em>{escape(finding.title)}</em>: ' if finding.title else ""
    rows = "".join(_row(name, getattr(finding, key)) for key, name in ROWS if getattr(finding, key))
    table = f'<table style="margin:.3em 0;border-collapse:collapse">{rows}</table>' if rows else ""
    hint = f"<div><strong>Hint:</strong> {_marked(finding.hint)}</div>" if finding.hint else ""
    return f'<div style="margin-top:.4em">{title}{_marked(finding.message)}{table}{hint}</div>'


def _row(name: str, text: str) -> str:
    cell = "text-align:left;vertical-align:top;padding:.1em .8em .1em 0;background:none;border:0"
    return (
        f'<tr style="background:none"><th scope="row" style="{cell};font-weight:600">{name}</th>'
        f'<td style="{cell}"><code>{escape(text)}</code></td></tr>'
    )


def _code(text: str) -> str:
    return f'<pre style="margin:.2em 0;white-space:pre-wrap">{escape(text)}</pre>'


def _marked(text: str) -> str:
    """Escape ``text`` and show what stands between backticks as code."""
    pieces = escape(text).split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))


def table_text(verdicts: Iterable[Verdict], rest: Iterable[tuple[str, str, float]] = ()) -> str:
    """Return one line per question; ``rest`` are questions that a person reads: id, title, points."""
    lines = []
    for verdict in verdicts:
        mark, _, words = MARKS[verdict.state]
        lines.append(
            f"{mark} {words:<20} {verdict.points:>5g} / {verdict.max_points:<5g} {verdict.id}  {verdict.title}"
        )
    lines += [f"✎ {'read by a person':<20} {'':>5} / {points:<5g} {id}  {title}" for id, title, points in rest]
    return "\n".join(lines)


def table_html(verdicts: Iterable[Verdict], rest: Iterable[tuple[str, str, float]] = (), caption: str = "") -> str:
    """Return the same table as HTML, with ``caption`` as its heading."""
    cell = "text-align:left;padding:.2em .8em .2em 0;background:none"
    rows = []
    for verdict in verdicts:
        mark, colour, words = MARKS[verdict.state]
        sign = f'<span aria-hidden="true" style="color:{colour}">{mark}</span> {words}'
        score = f"{verdict.points:g} / {verdict.max_points:g}"
        rows.append((sign, score, f"<code>{escape(verdict.id)}</code>", escape(verdict.title)))
    for id, title, points in rest:
        rows.append(("✎ Read by a person", f"– / {points:g}", f"<code>{escape(id)}</code>", escape(title)))
    head = "".join(f'<th scope="col" style="{cell}">{name}</th>' for name in ("State", "Points", "Check", "Question"))
    body = "".join("<tr>" + "".join(f'<td style="{cell}">{each}</td>' for each in row) + "</tr>" for row in rows)
    return (
        f'<table style="border-collapse:collapse;margin:.4em 0"><caption style="text-align:left;font-weight:600;'
        f'padding-bottom:.3em">{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
