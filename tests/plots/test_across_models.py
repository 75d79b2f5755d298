"""Charts that follow several models at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cifar_teach import plots
from cifar_teach.exceptions import DataError
from cifar_teach.plots.across_models import _spread


def row(model: str, size: int, accuracy: float, **values: object) -> dict[str, object]:
    return {"model": model, "size": size, "accuracy": accuracy, **values}


def test_lines_have_the_accuracies_by_increasing_size() -> None:
    rows = [row("a", 1000, 0.5), row("b", 100, 0.4), row("a", 100, 0.2), row("a", 10_000, 0.8), row("b", 1000, 0.6)]
    figure = plots.data_efficiency(rows)
    ax = figure.axes[0]
    a, b = [container.lines[0] for container in ax.containers]
    assert a.get_ydata().tolist() == [0.2, 0.5, 0.8]
    assert b.get_ydata().tolist() == [0.4, 0.6]
    np.testing.assert_allclose(a.get_xdata(), [100, 1000, 10_000], rtol=0.05)
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["100", "1,000", "10,000"]
    assert len({line.get_marker() for line in (a, b)}) == 2  # not by colour alone
    assert "a from 20.0 % at 100 to 80.0 % at 10,000" in plots.alt_text(figure)


def test_bars_are_the_intervals() -> None:
    rows = [row("a", 100, 0.2, interval=[0.15, 0.3]), row("a", 1000, 0.5)]
    ax = plots.data_efficiency(rows).axes[0]
    segments = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose([segment[:, 1] for segment in segments], [[0.15, 0.3], [0.5, 0.5]])
    assert "95 % interval" in ax.get_title(loc="left")
    assert "interval" not in plots.data_efficiency([row("a", 100, 0.2)]).axes[0].get_title(loc="left")


def test_names_never_touch_however_close_the_lines_end() -> None:
    rows = [row(f"model {i}", size, 0.8 + i / 1000) for i in range(7) for size in (100, 10_000)]
    figure = plots.data_efficiency(rows)
    figure.draw_without_rendering()
    texts = figure.axes[0].texts
    boxes = sorted((super(type(text), text).get_window_extent() for text in texts), key=lambda box: box.y0)
    assert len(boxes) == 7
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))
    assert len({round(box.x0) for box in boxes}) == 1
    styles = [(c.lines[0].get_color(), c.lines[0].get_linestyle()) for c in figure.axes[0].containers]
    assert len(set(styles)) == 7


def test_sizes_too_close_to_write_keep_their_tick() -> None:
    ax = plots.data_efficiency([row("a", size, 0.5) for size in (100, 8000, 9000, 10_000)]).axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["100", "", "", "10,000"]
    assert len(ax.get_xticks()) == 4


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([0, 50], [0, 50]),
        ([0, 0], [-5, 5]),
        ([0, 2, 4], [-8, 2, 12]),
        ([0, 9, 30], [-0.5, 9.5, 30]),
        ([0, 4, 13], [-13 / 3, 17 / 3, 47 / 3]),
    ],
)
def test_names_move_as_little_as_needed(positions, expected) -> None:
    np.testing.assert_allclose(_spread(np.array(positions, dtype=float), 10), expected)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "the list of results is empty"),
        ([{"model": "a", "size": 100}], "'a' lacks accuracy"),
        ([row("a", 0, 0.5)], "has the size 0"),
        ([row("a", 100, 0.5), row("a", 100, 0.6)], "two results of the same size"),
    ],
)
def test_bad_results_are_refused(rows, message) -> None:
    with pytest.raises(DataError, match=message):
        plots.data_efficiency(rows)


A = np.array([[5, 4, 1], [0, 9, 1], [2, 0, 8]])
B = np.array([[8, 1, 1], [3, 7, 0], [2, 3, 5]])
CLASSES = ["cat", "dog", "ship"]


def test_rows_are_the_most_frequent_mistakes_of_all_models_together() -> None:
    figure = plots.confusions_by_model([A, B], ["first", "second"], CLASSES, top=3)
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat → dog", "ship → cat", "dog → cat"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["first", "second"]
    assert [text.get_text() for text in ax.texts] == ["4", "1", "2", "2", "0", "3"]
    assert "Most frequent over all: cat taken for dog with 5." in plots.alt_text(figure)
    assert "4 by first for cat taken for dog" in plots.alt_text(figure)


def test_pairs_that_never_happened_are_not_drawn() -> None:
    ax = plots.confusions_by_model([A], ["first"], CLASSES, top=20).axes[0]
    assert len(ax.get_yticks()) == 4


@pytest.mark.parametrize(
    ("confusions", "names", "top", "message"),
    [
        ([], [], 8, "0 confusion matrices"),
        ([A], ["a", "b"], 8, "1 confusion matrices but 2 names"),
        ([A, A[:2, :2]], ["a", "b"], 8, "of 'b' must have shape"),
        ([A, 2 * A], ["a", "b"], 8, "different images"),
        ([np.diag([3, 3, 3])], ["a"], 8, "no model made a mistake"),
        ([A], ["a"], 0, "top is below 1"),
    ],
)
def test_bad_matrices_are_refused(confusions, names, top, message) -> None:
    with pytest.raises(DataError, match=message):
        plots.confusions_by_model(confusions, names, CLASSES, top=top)
