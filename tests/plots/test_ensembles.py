"""Charts of an ensemble: the numbers that go in are the numbers that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from cifar_teach import plots
from cifar_teach.exceptions import DataError
from cifar_teach.plots.theme import LIGHT

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def panel_texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def result(accuracy: float, **values: object) -> dict[str, object]:
    return {"accuracy": accuracy, "interval": [accuracy - 0.01, accuracy + 0.01], **values}


def report(*, vote: float = 0.9) -> dict[str, object]:
    members = [
        result(0.6, name="baseline", value={"difference": -0.001, "low": -0.003, "high": 0.001}),
        result(0.85, name="fastnet", value={"difference": 0.021, "low": 0.015, "high": 0.027}),
    ]
    gain = {"difference": vote - 0.85, "low": 0.03, "high": 0.07}
    return result(vote, members=members, best_single="fastnet", gain=gain)


def tick_names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_correlations_are_drawn_once_for_each_pair() -> None:
    matrix = np.array([[1, 0.61, -0.2], [0.61, 1, 0.345], [-0.2, 0.345, 1]])
    figure = plots.error_correlation_heatmap(matrix, ["a", "b", "c"])
    ax = figure.axes[0]
    assert panel_texts(ax) == ["0.61", f"{MINUS}0.20", "0.34"]
    assert tick_names(ax) == ["b", "c"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
    assert "Most alike: b and a with 0.61; least: c and a with -0.20." in plots.alt_text(figure)


def test_errors_in_common_and_opposite_errors_have_colours_of_their_own() -> None:
    matrix = np.array([[1, 1.0, -1.0], [1.0, 1, 0.0], [-1.0, 0.0, 1]])
    colors = plots.error_correlation_heatmap(matrix, ["a", "b", "c"]).axes[0].images[0].get_array()
    drawn = [to_hex(colors[cell]).upper() for cell in ((0, 0), (1, 0), (1, 1), (0, 1))]
    assert drawn == [LIGHT.bad, LIGHT.good, LIGHT.surface, LIGHT.surface]


def test_an_undefined_correlation_is_a_dash() -> None:
    matrix = np.array([[1, 0.5, np.nan], [0.5, 1, np.nan], [np.nan] * 3])
    figure = plots.error_correlation_heatmap(matrix, ["a", "b", "c"])
    assert panel_texts(figure.axes[0]) == ["0.50", "–", "–"]
    assert "Not defined for 2 pairs" in plots.alt_text(figure)


def test_no_defined_correlation_is_described() -> None:
    figure = plots.error_correlation_heatmap(np.full((2, 2), np.nan), ["a", "b"])
    assert "not defined for any pair" in plots.alt_text(figure)


@pytest.mark.parametrize(("matrix", "names"), [(np.eye(2), ["a", "b", "c"]), (np.eye(1), ["a"])])
def test_the_matrix_must_fit_the_names(matrix, names) -> None:
    with pytest.raises(DataError, match="at least 2 models"):
        plots.error_correlation_heatmap(matrix, names)


def test_members_are_drawn_below_the_vote_the_best_first() -> None:
    alone, adds = plots.ensemble_gain(report()).axes
    assert tick_names(alone) == ["vote", "fastnet", "baseline"]
    assert panel_texts(alone) == [f"90.0{NBSP}%", f"85.0{NBSP}%", f"60.0{NBSP}%"]
    assert panel_texts(adds) == ["+2.1", f"{MINUS}0.1"]
    assert alone.get_ylim() == adds.get_ylim()  # the rows of both panels belong together


def test_a_member_without_measurable_use_is_hollow() -> None:
    figure = plots.ensemble_gain(report())
    useful, hollow = [container.lines[0] for container in figure.axes[1].containers]
    assert to_hex(useful.get_markerfacecolor()).upper() == LIGHT.colors[0]
    assert to_hex(hollow.get_markerfacecolor()).upper() == LIGHT.surface
    assert "No measurable use: baseline." in plots.alt_text(figure)


def test_values_are_in_points() -> None:
    first = plots.ensemble_gain(report()).axes[1].containers[0]
    assert first.lines[0].get_xdata() == pytest.approx([2.1])
    ends = [cap.get_xdata()[0] for cap in first.lines[1]]
    assert ends == pytest.approx([1.5, 2.7])


@pytest.mark.parametrize("vote", [0.9, 0.83], ids=["best", "not the best"])
def test_no_number_lies_on_the_line_of_the_vote(vote) -> None:
    figure = plots.ensemble_gain(report(vote=vote))
    figure.draw_without_rendering()
    alone = figure.axes[0]
    line = alone.transData.transform((vote, 0))[0]
    left, right = alone.get_window_extent().intervalx
    for text in alone.texts:
        box = text.get_window_extent()
        assert box.x1 < line or box.x0 > line, text.get_text()
        assert left < box.x0 and box.x1 < right, text.get_text()
