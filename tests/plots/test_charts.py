"""Charts: the numbers that go in are the numbers that are drawn."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from cifar_teach import evaluate, plots
from cifar_teach.exceptions import DataError
from cifar_teach.plots.comparison import place_labels
from cifar_teach.plots.evaluation import _readable
from cifar_teach.plots.theme import LIGHT

NBSP = "\N{NO-BREAK SPACE}"


def panel_texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def line_named(ax: Axes, label: str):
    return next(line for line in ax.lines if line.get_label() == label)


def row(epoch: int, **values: float) -> dict[str, float]:
    return {"epoch": epoch, "loss": 1.0, "accuracy": 0.5, **values}


def test_bars_have_the_counts_in_the_given_order() -> None:
    ax = plots.class_distribution({"dog": 1500, "cat": 20}).axes[0]
    assert [bar.get_width() for bar in ax.patches] == [1500, 20]
    assert panel_texts(ax) == ["1,500", "20"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["dog", "cat"]
    assert ax.yaxis_inverted()


def test_equal_classes_are_described_as_equal() -> None:
    alt = plots.alt_text(plots.class_distribution({"a": 10, "b": 10}))
    assert alt == "Bar chart of the number of images in 2 classes: every class has 10 images, 20 in all."


def test_no_class_is_an_error() -> None:
    with pytest.raises(DataError, match="no classes"):
        plots.class_distribution({})


def test_histogram_shows_shares_of_each_channel() -> None:
    counts = np.array([[1, 3], [2, 2], [0, 8]])
    ax = plots.channel_histogram(counts, np.array([0, 128, 256])).axes[0]
    np.testing.assert_allclose([step.get_data().values for step in ax.patches], [[25, 75], [50, 50], [0, 100]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["red", "green", "blue"]
    assert len({step.get_linestyle() for step in ax.patches}) == 3  # not by colour alone


def test_histogram_refuses_wrong_shapes() -> None:
    with pytest.raises(DataError, match="bins \\+ 1 edges"):
        plots.channel_histogram(np.ones((3, 4)), np.arange(4))


def test_channel_bars_carry_mean_and_deviation() -> None:
    ax = plots.channel_statistics(SimpleNamespace(mean=(125.3, 123.0, 113.9), std=(63.0, 62.1, 66.7))).axes[0]
    assert [bar.get_width() for bar in ax.patches] == [125.3, 123.0, 113.9]
    assert panel_texts(ax) == ["125.3 ± 63.0", "123.0 ± 62.1", "113.9 ± 66.7"]


def test_schedule_counts_from_one_and_marks_the_peak() -> None:
    ax = plots.learning_rate_schedule([0.1, 0.4, 0.2], unit="epoch").axes[0]
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert panel_texts(ax) == ["0.4"]
    assert ax.get_xlabel() == "epoch"


@pytest.mark.parametrize("rates", [[], [[0.1, 0.2]]])
def test_schedule_needs_a_list_of_rates(rates: list) -> None:
    with pytest.raises(DataError, match="list of learning rates"):
        plots.learning_rate_schedule(rates)


def test_curves_show_the_gap() -> None:
    rows = [row(1, val_loss=1.2, val_accuracy=0.4), row(2, accuracy=0.9, val_loss=0.9, val_accuracy=0.7)]
    loss, accuracy = plots.learning_curves(rows).axes
    assert line_named(accuracy, "training").get_ydata().tolist() == [0.5, 0.9]
    assert line_named(accuracy, "validation").get_ydata().tolist() == [0.4, 0.7]
    assert line_named(loss, "validation").get_ydata().tolist() == [1.2, 0.9]
    assert accuracy.get_title(loc="left") == "Accuracy, gap 20.0 points"
    assert line_named(loss, "training").get_linestyle() != line_named(loss, "validation").get_linestyle()
    assert len(accuracy.collections) == 1


def test_validation_ahead_is_a_negative_gap() -> None:
    accuracy = plots.learning_curves([row(1, val_loss=0.9, val_accuracy=0.6)]).axes[1]
    assert accuracy.get_title(loc="left") == "Accuracy, gap \N{MINUS SIGN}10.0 points"


@pytest.mark.parametrize("missing", [{}, {"val_loss": None, "val_accuracy": None}])
def test_curves_without_validation(missing: dict) -> None:
    loss, accuracy = plots.learning_curves([row(1, **missing), row(2, **missing)]).axes
    assert len(loss.lines) == len(accuracy.lines) == 1
    assert accuracy.get_title(loc="left") == "Accuracy"


def test_curves_accept_a_history_object() -> None:
    history = SimpleNamespace(rows=[row(1), row(2)])
    assert len(plots.learning_curves(history).axes[0].lines) == 1


def test_one_epoch_is_a_dot() -> None:
    assert plots.learning_curves([row(1)]).axes[0].lines[0].get_marker() == "o"


def test_several_histories_share_the_panels() -> None:
    runs = {"fastnet": [row(1, val_loss=1, val_accuracy=0.5)], "baseline": [row(1)]}
    loss, accuracy = plots.learning_curves(runs).axes
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == ["fastnet", "baseline"]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]


def test_a_history_without_epochs_is_an_error() -> None:
    with pytest.raises(DataError, match="no epochs"):
        plots.learning_curves([])


def test_seeds_are_dots_with_mean_and_spread() -> None:
    ax = plots.seed_strip({"a": [0.80, 0.82], "b": [0.9]}).axes[0]
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[0.80, 0], [0.82, 0]])
    assert panel_texts(ax) == [f"mean 81.0 ± 1.4{NBSP}%, n = 2", f"mean 90.0{NBSP}%, n = 1"]


@pytest.mark.parametrize("accuracies", [{}, {"a": []}])
def test_seeds_need_accuracies(accuracies: dict) -> None:
    with pytest.raises(DataError, match="at least one seed"):
        plots.seed_strip(accuracies)


CONFUSION = np.array([[8, 2, 0], [1, 95, 104], [0, 0, 0]])


def test_confusions_in_percent_of_the_true_class() -> None:
    ax = plots.confusion_heatmap(CONFUSION, ["a", "b", "c"]).axes[0]
    assert panel_texts(ax) == ["80", "20", "<1", "48", "52"]  # zeros stay empty
    assert "52.0" in plots.alt_text(ax.figure)
    assert "class b are called c" in plots.alt_text(ax.figure)


def test_confusions_as_counts() -> None:
    ax = plots.confusion_heatmap(CONFUSION, ["a", "b", "c"], normalize=False).axes[0]
    assert panel_texts(ax) == ["8", "2", "1", "95", "104"]
    assert ax.get_title(loc="left") == "Confusion matrix, number of images"


def test_errors_and_right_answers_have_different_hues() -> None:
    colors = plots.confusion_heatmap(np.array([[9, 1], [0, 10]]), ["a", "b"]).axes[0].images[0].get_array()
    red, _, blue = colors[0, 1]
    assert red > blue
    assert to_hex(colors[1, 1]) == LIGHT.good.lower()
    assert to_hex(colors[1, 0]) == LIGHT.surface.lower()


def test_a_perfect_model_has_no_largest_error() -> None:
    assert "largest error" not in plots.alt_text(plots.confusion_heatmap(np.diag([3, 4]), ["a", "b"]))


def test_many_classes_get_colours_without_numbers() -> None:
    names = [f"class {i}" for i in range(40)]
    figure = plots.confusion_heatmap(np.eye(40, dtype=int), names)
    assert panel_texts(figure.axes[0]) == []
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == names[::2]


def test_confusions_must_fit_the_names() -> None:
    with pytest.raises(DataError, match=r"\(2, 2\); this one has \(3, 3\)"):
        plots.confusion_heatmap(CONFUSION, ["a", "b"])


@pytest.mark.parametrize(("background", "text"), [((1, 1, 1), "#000000"), ((0.05, 0.2, 0.5), "#FFFFFF")])
def test_numbers_in_cells_are_readable(background: tuple, text: str) -> None:
    assert _readable(np.array(background)) == text


def test_scores_are_sorted_with_the_best_on_top() -> None:
    metrics = evaluate.classification_metrics(np.array([[9, 1, 0], [0, 5, 5], [0, 2, 8]]))
    ax = plots.class_metrics(metrics, ["a", "b", "c"]).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "c", "b"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["precision", "recall", "F1"]
    precision = ax.collections[1].get_offsets()[:, 0]
    np.testing.assert_allclose(precision, np.asarray(metrics.precision)[[0, 2, 1]])


def test_scores_must_fit_the_names() -> None:
    metrics = evaluate.classification_metrics(np.eye(3, dtype=int))
    with pytest.raises(DataError, match="3 classes but 2 class names"):
        plots.class_metrics(metrics, ["a", "b"])


def bins(accuracy: list[float]) -> SimpleNamespace:
    edges, confidence = np.linspace(0, 1, 5), np.array([np.nan, 0.4, 0.7, 0.9])
    count = np.array([0, 10, 20, 70])
    return SimpleNamespace(edges=edges, confidence=confidence, accuracy=np.array(accuracy), count=count)


def test_empty_bins_have_no_dot() -> None:
    ax = plots.reliability_diagram(bins([np.nan, 0.3, 0.6, 0.7]), 0.17).axes[0]
    dots = line_named(ax, "this model")
    assert dots.get_xdata().tolist() == [0.4, 0.7, 0.9]
    assert dots.get_ydata().tolist() == [0.3, 0.6, 0.7]


@pytest.mark.parametrize(
    ("accuracy", "words"), [([np.nan, 0.3, 0.6, 0.7], "is surer than"), ([np.nan, 0.5, 0.8, 0.95], "is less sure than")]
)
def test_the_description_says_which_way_it_errs(accuracy: list[float], words: str) -> None:
    assert words in plots.alt_text(plots.reliability_diagram(bins(accuracy), 0.1))


def test_bins_without_answers_are_an_error() -> None:
    empty = SimpleNamespace(edges=[0, 1], confidence=[np.nan], accuracy=[np.nan], count=[0])
    with pytest.raises(DataError, match="empty"):
        plots.reliability_diagram(empty, 0.0)


def test_coverage_marks_the_accuracy_of_all_answers() -> None:
    coverage = np.arange(1, 101) / 100
    ax = plots.accuracy_vs_coverage(coverage, 1 - 0.4 * coverage).axes[0]
    assert panel_texts(ax) == [f"80.0{NBSP}%", f"68.0{NBSP}%", f"60.0{NBSP}%"]


def test_coverage_refuses_lists_of_different_lengths() -> None:
    with pytest.raises(DataError, match="same length"):
        plots.accuracy_vs_coverage(np.arange(3), np.arange(4))


def result(model: str, accuracy: float, **more: object) -> dict[str, object]:
    return {"model": model, "accuracy": accuracy, "interval": [accuracy - 0.01, accuracy + 0.02], **more}


def test_models_are_ranked_with_their_intervals() -> None:
    ax = plots.model_comparison([result("weak", 0.6), result("strong", 0.8)]).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["strong", "weak"]
    assert panel_texts(ax) == [f"80.0{NBSP}%", f"60.0{NBSP}%"]
    (left, _), (right, _) = ax.collections[0].get_segments()[0]
    assert (left, right) == pytest.approx((0.79, 0.82))


def test_cost_is_logarithmic_only_over_a_wide_range() -> None:
    near = [result("a", 0.6, train_seconds=50), result("b", 0.7, train_seconds=200)]
    wide = [*near, result("c", 0.8, train_seconds=2000)]
    assert plots.cost_vs_accuracy(near).axes[0].get_xscale() == "linear"
    ax = plots.cost_vs_accuracy(wide).axes[0]
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "training time in seconds, logarithmic"


def test_cost_labels_name_every_model() -> None:
    results = [result(f"model-{i}", 0.6 + i / 50, macs=10**7 * (i + 1)) for i in range(5)]
    figure = plots.cost_vs_accuracy(results, cost="macs")
    assert panel_texts(figure.axes[0]) == [f"model-{i}" for i in range(5)]
    assert "model-1 62.0 % at 20 M" in plots.alt_text(figure)


def test_labels_of_near_points_do_not_overlap() -> None:
    figure, axes = plots.panels()
    ax = axes[0, 0]
    ax.set(xlim=(0, 10), ylim=(0, 10))
    place_labels(ax, np.array([5.0, 5.1, 5.2]), np.array([5.0, 5.2, 5.0]), ["first", "second", "third"])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


@pytest.mark.parametrize(
    ("results", "cost", "message"),
    [
        ([], "macs", "no model to compare"),
        ([result("a", 0.5)], "macs", "'a' lacks macs"),
        ([{"model": "a"}], "macs", "'a' lacks accuracy, interval, macs"),
        ([result("a", 0.5)], "beauty", "no cost 'beauty'"),
    ],
)
def test_results_that_cannot_be_compared(results: list, cost: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        plots.cost_vs_accuracy(results, cost=cost)


def test_names_are_never_read_as_formulas() -> None:
    figure = plots.class_distribution({r"US$\nonsense{$": 3, "_hidden": 4})
    figure.draw_without_rendering()
    assert figure.axes[0].get_yticklabels()[0].get_text() == r"US$\nonsense{$"
