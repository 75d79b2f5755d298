"""Making, describing and saving figures."""

from __future__ import annotations

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from cifar_teach import plots
from cifar_teach.exceptions import CifarTeachError

COUNTS = {"cat": 3, "dog": 5}


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def test_panels_have_the_asked_shape_and_size() -> None:
    figure, axes = plots.panels(2, 3, width=9, height=4)
    assert axes.shape == (2, 3)
    assert tuple(figure.get_size_inches()) == (9, 4)


def test_many_figures_leave_none_open() -> None:
    before = plt.get_fignums()
    for _ in range(25):  # pyplot warns above 20 open figures
        plots.class_distribution(COUNTS)
    assert plt.get_fignums() == before


def test_a_figure_of_pyplot_can_be_drawn_into() -> None:
    figure, axes = plt.subplots(1, 2)
    try:
        size = tuple(figure.get_size_inches())
        assert plots.class_distribution(COUNTS, ax=axes[0], footer="drawn") is figure
        assert tuple(figure.get_size_inches()) == size
        assert figure.get_supxlabel() == "drawn"
    finally:
        plt.close(figure)


def test_the_whole_figure_comes_back_from_a_subfigure() -> None:
    figure, _ = plots.panels()
    figure.clear()
    inner = figure.subfigures(1, 2)[0].subfigures(2, 1)[1]
    assert plots.class_distribution(COUNTS, ax=inner.subplots()) is figure


def test_the_descriptions_of_panels_are_joined() -> None:
    figure, axes = plots.panels(1, 3)
    plots.describe(axes[0, 0], "First\n panel.")
    plots.describe(axes[0, 2], "Third panel.")
    figure.colorbar(axes[0, 1].imshow(np.eye(2)), ax=axes[0, 1])  # labels itself "<colorbar>"
    assert plots.alt_text(figure) == "First panel. Third panel."


def test_a_figure_without_description_says_what_to_do() -> None:
    figure, _ = plots.panels()
    with pytest.raises(CifarTeachError, match=r"no description.*plots\.describe"):
        plots.alt_text(figure)


def test_a_footer_makes_the_figure_taller_not_the_panel_smaller() -> None:
    bare, once = plots.class_distribution(COUNTS), plots.class_distribution(COUNTS, footer="drawn")
    long = plots.class_distribution(COUNTS, footer="a long word " * 20)
    heights = [figure.get_size_inches()[1] for figure in (bare, once, long)]
    assert heights == sorted(set(heights))
    assert long.get_supxlabel().count("\n") >= 1


def test_two_footers_count_once() -> None:
    figure, axes = plots.panels(1, 2)
    for ax in axes[0]:
        plots.class_distribution(COUNTS, ax=ax, footer="drawn")
    assert figure.get_size_inches()[1] < 3.8 + 0.3


def test_a_long_title_is_broken_into_lines() -> None:
    figure = plots.class_distribution(COUNTS, title="word " * 30)
    assert figure.axes[0].get_title(loc="left").count("\n") >= 2


def test_png_has_size_background_and_description() -> None:
    figure = plots.class_distribution(COUNTS)
    png = plots.to_png(figure, dpi=50)
    image = Image.open(io.BytesIO(png))
    assert image.size == tuple(int(50 * inches) for inches in figure.get_size_inches())
    assert image.text["Description"] == plots.alt_text(figure)
    assert pixels(png)[0, 0].tolist() == [255, 255, 255, 255]
    assert pixels(plots.to_png(figure, transparent=True))[0, 0, 3] == 0


def test_the_same_figure_gives_the_same_bytes() -> None:
    first, second = (plots.to_png(plots.class_distribution(COUNTS)) for _ in range(2))
    assert first == second


def test_dark_png_has_the_dark_background() -> None:
    with plots.style(dark=True):
        figure = plots.class_distribution(COUNTS)
    png = plots.to_png(figure)  # after the block: a figure keeps the colours it was drawn with
    assert pixels(png)[0, 0, :3].max() < 60


def test_a_notebook_gets_image_size_and_alternative_text() -> None:
    figure = plots.class_distribution(COUNTS)
    data, metadata = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == plots.to_png(figure)
    assert metadata["image/png"]["alt"] == plots.alt_text(figure)
    assert metadata["image/png"]["width"] == round(96 * figure.get_size_inches()[0])


def test_a_notebook_shows_a_figure_without_description_too() -> None:
    figure, _ = plots.panels()
    _, metadata = figure._repr_mimebundle_()
    assert "alt" not in metadata["image/png"]
