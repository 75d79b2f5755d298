"""In the book, a figure shows itself in light and dark where one call can draw it again."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cifar_teach import plots
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.plots.theme import styled


@pytest.fixture
def in_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR_TEACH_BOOK", "1")


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype("uint8")


def shown(figure) -> list[str]:
    bundle, _ = figure._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    return re.findall(r"<img[^>]*>", bundle["text/html"])


def source(tag: str) -> str:
    return re.search(r'src="data:image/png;base64,([^"]+)"', tag)[1]


def test_one_call_is_shown_in_both_themes(in_book: None, images: np.ndarray) -> None:
    light, dark = shown(plots.image_grid(images))
    assert "only-light" in light and "only-dark" in dark
    assert source(light) != source(dark)
    for tag in (light, dark):
        assert re.search(r'alt="3 images[^"]*" width="\d+" height="\d+" loading="lazy"', tag)


def test_a_figure_changed_afterwards_keeps_the_change(in_book: None, images: np.ndarray) -> None:
    figure = plots.image_grid(images)
    figure.axes[0].set_title("my own title")
    (only,) = shown(figure)
    assert "figure-card" in only


def test_panels_put_together_by_hand_are_shown_once(in_book: None, images: np.ndarray) -> None:
    figure, axes = plots.panels(1, 2)
    for ax in axes[0]:
        ax.plot([1, 2])
        plots.describe(ax, 'A line "up".')
    (only,) = shown(figure)
    assert "dark-light" in only
    assert 'alt="A line &quot;up&quot;. A line &quot;up&quot;."' in only


def test_a_plot_in_a_panel_does_not_replace_the_whole_figure(in_book: None, images: np.ndarray) -> None:
    figure, axes = plots.panels(1, 2)
    plots.class_distribution({"cat": 3, "dog": 4}, ax=axes[0, 0])
    assert len(shown(figure)) == 1
    assert not hasattr(figure, "draw_again")


def test_a_figure_that_chance_draws_differently_is_not_paired(in_book: None) -> None:
    rng = np.random.default_rng(0)

    @styled
    def noise():
        figure, axes = plots.panels()
        axes[0, 0].plot(rng.random(5))
        plots.describe(axes[0, 0], "Noise.")
        return figure

    assert len(shown(noise())) == 1


def test_a_figure_without_description_is_an_error(in_book: None) -> None:
    with pytest.raises(CifarTeachError, match="no description"):
        shown(plots.panels()[0])


def test_outside_the_book_nothing_is_kept(images: np.ndarray) -> None:
    figure = plots.image_grid(images)
    assert not hasattr(figure, "draw_again")
    assert "image/png" in figure._repr_mimebundle_()[0]
