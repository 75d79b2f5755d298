"""Say in plain sentences what the numbers of an ensemble mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evaluate import BootstrapResult

if TYPE_CHECKING:
    from .assessment import EnsembleReport

COST_WORDS = {"macs": "multiply-adds", "predict_seconds": "prediction time", "params": "parameters"}
"""Costs worth a word, the most telling first; training is paid once, prediction every time."""


def verdict(report: EnsembleReport) -> str:
    """Return one sentence with numbers: the vote helps, does not help measurably, or does harm."""
    gain, best = report.gain, report.best_single
    if gain.low > 0:
        finding = "helps"
    elif gain.high < 0:
        finding = "does harm"
    else:
        finding = "does not help measurably"
    p = "p < 0.001" if report.mcnemar.p_value < 0.001 else f"p = {report.mcnemar.p_value:.3f}"
    return (
        f"The ensemble {finding}: {_percent(report.accuracy)} on {report.n_test:,} images against "
        f"{_percent(best.accuracy)} for {best.name}, the best member on validation; "
        f"{_points(gain.difference)} points ({_interval(gain)}, McNemar {p}){_price(report)}."
    )


def remarks(report: EnsembleReport) -> tuple[str, ...]:
    """Return sentences about weights and members that make no measurable difference; often there is none."""
    found = []
    if report.fitted and _holds_zero(report.over_equal):
        found.append(
            f"Equal weights do as well: the fitted ones change the accuracy by "
            f"{_points(report.over_equal.difference)} points ({_interval(report.over_equal)})."
        )
    for member in report.members:
        if member.value.low <= 0:
            finding = "better" if member.value.high < 0 else "not measurably worse"
            found.append(
                f"Without {member.name} the vote is {finding}: it adds "
                f"{_points(member.value.difference)} points ({_interval(member.value)})."
            )
    return tuple(found)


def _price(report: EnsembleReport) -> str:
    for key, words in COST_WORDS.items():
        whole, single = report.cost[key], report.best_single.cost[key]
        if whole is not None and single:
            return f", at {whole / single:.1f} times its {words}"
    return ""


def _holds_zero(result: BootstrapResult) -> bool:
    return result.low <= 0 <= result.high


def _interval(result: BootstrapResult) -> str:
    return f"95 % interval {_points(result.low)} to {_points(result.high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(difference: float) -> str:
    """Write 0.026 as +2.6 and what rounds to nothing as 0.0, without a sign."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")
