"""Charts of measured numbers for the slides, drawn while the deck is built from ``benchmarks/results/*.json``.

A deck asks for one with ```` ```{chart} accuracy transfer ````: a name of :data:`CHARTS` and what follows it. A chart
says in words what it shows, with every number in it, for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import AuthoringError
from .slides_pictures import pictures, protocol
from .slides_svg import (
    MINUS,
    WIDTH,
    Axis,
    Mark,
    box,
    dot,
    drawing,
    even_ticks,
    line,
    place_labels,
    rows_chart,
    text,
)

Report = Mapping[str, Any]
Reader = Callable[[str], Report]
"""Returns the content of a file of results, by its name without suffix."""
FAINT = 0.03
"""Cells of a confusion matrix below this share of their class are left without a number."""


def chart(call: str, read: Reader) -> str:
    """Return a chart as SVG.

    Args:
        call: name of the chart and what it is about: ``"accuracy transfer"``.
        read: gives the files of results.

    Raises:
        AuthoringError: there is no such chart, or a number it needs was not measured; the message names it.
    """
    name, _, about = call.strip().partition(" ")
    if name not in CHARTS:
        raise AuthoringError(f"there is no chart '{name}'. There are: {', '.join(sorted(CHARTS))}.")
    try:
        return CHARTS[name](read, about.strip())
    except KeyError as missing:
        raise AuthoringError(f"the chart '{call}' needs {missing}, which is not in the files of results.") from None


def _rows(report: Report) -> dict[str, Report]:
    """Return all that was trained by its name; the vote is called ``ensemble``, and its cost is that of all members."""
    rows = {row.get("label", row["model"]): row for row in report["rows"]}
    if "ensemble" in report:
        vote = report["ensemble"]
        rows["ensemble"] = {
            "accuracy": vote["mean_accuracy"],
            "interval": vote["mean_interval"],
            "train_cpu_seconds": sum(row["train_cpu_seconds"] for row in report["rows"]),
        }
    return rows


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", MINUS)


def _accuracy(read: Reader, about: str) -> str:
    """Draw the accuracy of the rows of ``scratch`` or ``transfer``; further words choose rows, separated by ``|``."""
    file, _, chosen = about.partition(" ")
    rows = _rows(read(file))
    names = [each.strip() for each in chosen.split("|")] if chosen else list(rows)
    marks = [
        Mark(name, rows[name]["accuracy"], _percent(rows[name]["accuracy"]), *rows[name]["interval"]) for name in names
    ]
    return _accuracy_rows(marks, f"Test accuracy with 95 % intervals, {len(marks)} rows.")


def _accuracy_rows(marks: list[Mark], description: str) -> str:
    places = even_ticks(min(mark.low for mark in marks), max(mark.high for mark in marks), 0.1)
    axis = Axis(places[0], places[-1], 1, WIDTH - 10)
    return rows_chart(marks, axis, [(each, f"{100 * each:.0f} %") for each in places], description, "test accuracy")


def _differences(read: Reader, about: str) -> str:
    """Draw paired differences ``a - b`` of a file, separated by ``|``; ``ensemble`` alone is its gain."""
    file, _, pairs = about.partition(" ")
    report = read(file)
    marks = []
    for pair in pairs.split("|"):
        found = find_difference(report, pair.strip())
        label = pair.strip().replace(" - ", f" {MINUS} ")
        if pair.strip() == "ensemble":
            label = f"ensemble {MINUS} {report['ensemble']['best_single']}"
        marks.append(_difference_mark(label, found))
    return _difference_rows(marks, "Paired differences with 95 % intervals, in points.")


def _difference_mark(label: str, found: Report) -> Mark:
    words = f"{_points(found['difference'])} points"
    clear = found["low"] > 0 or found["high"] < 0
    return Mark(label, found["difference"], words, found["low"], found["high"], strong=not clear)


def _difference_rows(marks: list[Mark], description: str) -> str:
    low, high = min(0, *(mark.low for mark in marks)), max(0, *(mark.high for mark in marks))
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if (high - low) / step <= 7)
    places = even_ticks(low, high, step)
    decimals = 1 if step == 0.005 else 0
    ticks = [(each, f"{100 * each:+.{decimals}f}".replace("-", MINUS) if each else "0") for each in places]
    axis = Axis(places[0], places[-1], 1, WIDTH - 16)
    return rows_chart(marks, axis, ticks, description, "difference in points")


def find_difference(report: Report, pair: str) -> Report:
    """Return difference and interval of two rows, ``"a - b"``, or of the vote to its best member, ``"ensemble"``.

    Raises:
        KeyError: they were not compared.
    """
    if pair == "ensemble":
        return report["ensemble"]["gain"]
    first, second = (name.strip() for name in pair.split(" - "))
    for found in report["comparisons"]:
        if (found["a"], found["b"]) == (first, second):
            return found
        if (found["a"], found["b"]) == (second, first):
            return {"difference": -found["difference"], "low": -found["high"], "high": -found["low"]}
    raise KeyError(pair)


def _members(read: Reader, about: str) -> str:
    """Draw what the vote loses without each member."""
    marks = [_difference_mark(member["name"], member["value"]) for member in read(about)["ensemble"]["members"]]
    return _difference_rows(marks, "What the vote gains by each member, in points, with 95 % intervals.")


def _cost(read: Reader, about: str) -> str:
    """Draw accuracy against processor time of training, on a logarithmic axis."""
    rows = _rows(read(about))
    low, high = (pick(row["train_cpu_seconds"] for row in rows.values()) for pick in (min, max))
    places = even_ticks(min(row["interval"][0] for row in rows.values()), 0.01 + _highest(rows), 0.1)
    top, bottom = 16, 372
    x = Axis(low / 1.6, high * 1.9, 66, WIDTH - 10, log=True)
    y = Axis(places[0], places[-1], bottom, top)
    parts = []
    for place in places:
        parts += [
            line(66, y(place), WIDTH - 10, y(place), "grid"),
            text(58, y(place) + 6, f"{100 * place:.0f} %", "tick", "end"),
        ]
    for seconds, words in (
        (10, "10 s"),
        (60, "1 min"),
        (300, "5 min"),
        (1800, "30 min"),
        (7200, "2 h"),
        (43200, "12 h"),
    ):
        if x.low < seconds < x.high:
            parts += [
                line(x(seconds), top, x(seconds), bottom, "grid"),
                text(x(seconds), bottom + 26, words, "tick", "middle"),
            ]
    parts.append(text(WIDTH - 10, bottom + 52, "processor time of training, all cores together", "tick", "end"))
    points = [(x(row["train_cpu_seconds"]), y(row["accuracy"]), name) for name, row in rows.items()]
    for (px, py, name), row in zip(points, rows.values()):
        kind = "second" if name == "ensemble" else "first"
        parts += [line(px, y(row["interval"][0]), px, y(row["interval"][1]), f"whisker {kind}"), dot(px, py, kind)]
    places_of_labels = place_labels(points, WIDTH - 4, [(0, 0, 64, bottom)])
    for (lx, ly, anchor), (px, py, name) in zip(places_of_labels, points):
        if not -30 < ly - py < 40:  # too far away to belong to its point without a line
            parts.append(line(px, py, px, ly - 16 if ly > py else ly + 5, "flow"))
        parts.append(text(lx, ly, name, "label halo", anchor))
    spoken = "; ".join(
        f"{name}: {_percent(row['accuracy'])} for {row['train_cpu_seconds']:,.0f} s" for name, row in rows.items()
    )
    return drawing(bottom + 60, f"Test accuracy against processor time of training. {spoken}.", parts)


def _highest(rows: Mapping[str, Report]) -> float:
    return max(row["interval"][1] for row in rows.values())


def _confusion(read: Reader, about: str) -> str:
    """Draw the confusion matrix of a row of ``transfer``, each row of it divided by the images of its class."""
    from ..config import CLASS_NAMES

    file, _, name = about.partition(" ")
    matrix = {**{row["model"]: row for row in read(file)["rows"]}, "ensemble": read(file)["ensemble"]}[name][
        "confusion"
    ]
    shares = [[cell / sum(row) for cell in row] for row in matrix]
    left, top, width, height = 116, 84, 50, 36
    parts = [text(left - 10, 20, "true ↓  called →", "tick", "end")]
    for number, label in enumerate(CLASS_NAMES):
        parts.append(text(left - 10, top + number * height + 25, label, "small", "end"))
        x = left + number * width + 20
        parts.append(text(x, top - 10, label, "small", more=f' transform="rotate(-40 {x} {top - 10})"'))
        for other, share in enumerate(shares[number]):
            kind, strength = ("hit", 0.55 * share) if number == other else ("miss", min(0.7, 4.5 * share))
            place = (left + other * width, top + number * height)
            parts.append(box(*place, width - 2, height - 2, kind, f' fill-opacity="{strength:.2f}"'))
            if share >= FAINT:
                parts.append(text(place[0] + width / 2 - 1, place[1] + 24, f"{100 * share:.0f}", "cell", "middle"))
    pairs = sorted(((shares[i][j], i, j) for i in range(10) for j in range(10) if i != j), reverse=True)[:4]
    spoken = "; ".join(f"{100 * share:.0f} % of {CLASS_NAMES[i]} called {CLASS_NAMES[j]}" for share, i, j in pairs)
    return drawing(
        top + 10 * height + 6, f"Confusion matrix of {name}, in per cent of each class. Most often: {spoken}.", parts
    )


def _calibration(read: Reader, about: str) -> str:
    """Draw the calibration error of each row before and after temperature scaling."""
    report = read(about)
    rows = {**{row["model"]: row for row in report["rows"]}, "ensemble": report["ensemble"]}
    marks = [
        Mark(name, row["ece_calibrated"], f"{row['ece']:.3f} → {row['ece_calibrated']:.3f}", start=row["ece"])
        for name, row in rows.items()
    ]
    places = even_ticks(0, max(mark.start for mark in marks), 0.05)
    axis = Axis(0, places[-1], 1, WIDTH - 24)
    ticks = [(each, f"{each:.2f}" if each else "0") for each in places]
    description = "Calibration error before and after temperature scaling; the dot is the value after it."
    return rows_chart(marks, axis, ticks, description, "expected calibration error")


def _checks(read: Reader, about: str) -> str:
    """Draw how many answers each exercise's checks were tried on."""
    marks = []
    for row in read("checks")["exercises"]:
        answers = sum(each["answers"] for each in row["checks"])
        killed, mutants = (sum(each[key] for each in row["checks"]) for key in ("killed", "mutants"))
        short = row["title"].partition(" and ")[0]
        marks.append(Mark(short, answers, f"{answers} answers, {killed} of {mutants} faults", start=0))
    places = even_ticks(0, max(mark.value for mark in marks), 50)
    axis = Axis(0, places[-1], 1, WIDTH - 16)
    ticks = [(each, f"{each:g}") for each in places]
    description = "Answers, wrong and right, on which the checks of each exercise were tried, and small faults noticed."
    return rows_chart(marks, axis, ticks, description, "answers in the bank")


def _doubt(read: Reader, about: str) -> str:
    """Draw what share of right answers, wrong answers and strangers falls below a network's limit of confidence."""
    row = read("doubt")["models"][about]
    names = {
        "right_below": "right answers",
        "wrong_below": "wrong answers",
        "strangers_below": "pictures of other things",
    }
    marks = [
        Mark(
            words,
            row[key]["share"],
            f"{100 * row[key]['share']:.0f} %",
            *row[key]["interval"],
            strong=key == "right_below",
        )
        for key, words in names.items()
    ]
    places = even_ticks(0, max(mark.high for mark in marks), 0.1)
    axis = Axis(0, places[-1], 1, WIDTH - 16)
    ticks = [(each, f"{100 * each:.0f} %") for each in places]
    description = f"Share of answers of {about} that the limit of confidence sends to “none of the ten”."
    return rows_chart(marks, axis, ticks, description, "share below the limit")


CHARTS: dict[str, Callable[[Reader, str], str]] = {
    "accuracy": _accuracy,
    "calibration": _calibration,
    "checks": _checks,
    "confusion": _confusion,
    "cost": _cost,
    "differences": _differences,
    "doubt": _doubt,
    "members": _members,
    "pictures": pictures,
    "protocol": protocol,
}
"""Name of a chart -> what draws it."""
