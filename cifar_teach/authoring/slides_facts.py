"""What stands below every slide that shows a measured number, and whether its claim holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import AuthoringError
from .slides_charts import find_difference

Report = Mapping[str, Any]
BUSY = "the machine did other work as well: read times as rough"
INTERVALS = "95 % intervals over test images"


def footer(name: str, report: Report) -> str:
    """Return in one line what a file of results was measured on: data, seeds, intervals, and where it lies."""
    facts = [_FOOTERS[name](report) if name in _FOOTERS else _name_of_data(report)]
    if report.get("shared_machine") or _load(report) > 2 * report["hardware"]["cores"]:
        facts.append(BUSY)
    return " · ".join([*facts, f"{name}.json"])


def _load(report: Report) -> float:
    """Return how many programs wanted to run at the same time, or 0 where nobody noted it."""
    load = report.get("load_average", (report.get("class") or {}).get("load_average", 0))
    return max(load) if isinstance(load, list) else load


def _name_of_data(report: Report) -> str:
    data = report["data"]
    return (data if isinstance(data, str) else data["name"]).partition(";")[0]


def _of_networks(report: Report) -> str:
    data, seeds = report["data"], len(report["seeds"])
    stand_in = " (drawn, NOT CIFAR-10)" if data["is_synthetic"] else ""
    return (
        f"{data['name']}{stand_in} · {data['train_size']:,} training and {data['test_size']:,} test images · "
        f"{seeds} seed{'s' * (seeds > 1)} · {INTERVALS}"
    )


def _of_doubt(report: Report) -> str:
    strangers = report["strangers"]
    return (
        f"{report['data']['name']}, {report['data']['test_size']:,} test images; {strangers['images']:,} images of "
        f"{strangers['classes']} other classes from Tiny ImageNet · one network · {INTERVALS}"
    )


def _of_checks(report: Report) -> str:
    return f"inputs drawn from {len(report['seeds'])} seeds, fewer where a check trains · {report['data']['name']}"


def _of_tracking(report: Report) -> str:
    return f"{report['database']} · {_name_of_data(report)}"


def _of_dashboard(report: Report) -> str:
    return f"invented runs on {report['data']['name']}"


def _of_apps(report: Report) -> str:
    hardware = report["hardware"]
    return f"{report['data']['name']}, {len(report['models'])} models with Grad-CAM · {hardware['cores']} cores"


def _of_grading(report: Report) -> str:
    return f"a made-up class, no real students · {report['hardware']['cores']} cores · {report['workers']} workers"


_FOOTERS: dict[str, Callable[[Report], str]] = {
    "scratch": _of_networks,
    "transfer": _of_networks,
    "doubt": _of_doubt,
    "checks": _of_checks,
    "tracking": _of_tracking,
    "dashboard": _of_dashboard,
    "apps": _of_apps,
    "grading": _of_grading,
}

RELATIONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    ">": ("is better", lambda low, high: low > 0),
    "<": ("is worse", lambda low, high: high < 0),
    "~": ("cannot be told apart", lambda low, high: low <= 0 <= high),
}
"""Sign in a claim -> what it means, and whether an interval of the difference says so."""


def check_claim(claim: str, read: Callable[[str], Report]) -> None:
    """Make sure that the measurements say what a slide claims.

    Args:
        claim: ``"scratch: fastnet - baseline >"``, that the interval of a difference lies above 0; with ``<``, below;
            with ``~``, that it holds 0. ``"transfer: ensemble >"`` is about the vote and its best member;
            ``"doubt: fastnet strangers_below <"`` about a share and one half. Several are separated by ``;``.
        read: gives the files of results.

    Raises:
        AuthoringError: they do not, or the two were not compared.
    """
    for each in claim.split(";"):
        file, _, rest = each.strip().partition(":")
        pair, sign = rest[:-1].strip(), rest[-1:]
        if sign not in RELATIONS:
            raise AuthoringError(f"the claim '{each.strip()}' ends in none of {' '.join(RELATIONS)}.")
        try:
            found = _from_half(read(file), pair) if file == "doubt" else find_difference(read(file), pair)
        except KeyError:
            raise AuthoringError(f"the claim '{each.strip()}' is about something that was not measured.") from None
        meaning, holds = RELATIONS[sign]
        if not holds(found["low"], found["high"]):
            low, high = 100 * found["low"], 100 * found["high"]
            raise AuthoringError(
                f"it claims '{each.strip()}' ({meaning}), but the 95 % interval of that difference is {low:+.1f} to "
                f"{high:+.1f} points. Change the words of the slide and its claim."
            )


def _from_half(report: Report, wanted: str) -> Report:
    model, _, share = wanted.partition(" ")
    low, high = report["models"][model][share]["interval"]
    return {"low": low - 0.5, "high": high - 0.5}
