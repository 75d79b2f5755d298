"""What holds for every figure of the course, whatever it shows."""

from __future__ import annotations

import warnings

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from cifar_teach import plots
from cifar_teach.plots.theme import DARK, LIGHT


def texts(figure: Figure) -> list[str]:
    found = figure.findobj(matplotlib.text.Text)
    return [text.get_text() for text in found if text.get_text() and text.get_visible()]


def test_it_is_a_figure_that_pyplot_does_not_hold_open(drawing, footer) -> None:
    before = plt.get_fignums()
    figure = drawing(footer=footer)
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == before
    assert len(figure.axes) in (1, 2)


def test_it_has_a_title_and_repeats_where_the_data_come_from(drawing, footer) -> None:
    figure = drawing(footer=footer)
    shown = texts(figure)
    assert footer in " ".join(figure.get_supxlabel().split("\n"))
    children = [child for ax in figure.axes for child in (ax, *ax.child_axes)]
    assert any(ax.get_title(loc="left") for ax in children)
    assert len(shown) > 2
    assert footer not in " ".join(texts(drawing()))


def test_it_describes_itself_in_a_sentence(drawing) -> None:
    alt = plots.alt_text(drawing())
    assert 40 < len(alt) < 600
    assert alt.endswith(".")
    assert "\n" not in alt
    assert "nan" not in alt


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_off_and_nothing_warns(drawing, footer, dark) -> None:
    with plots.style(dark=dark), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = drawing(footer=footer)
        figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 > -0.01 and box.y0 > -0.01
    assert box.x1 < width + 0.01 and box.y1 < height + 0.01


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_it_takes_its_colours_from_the_theme(drawing, theme) -> None:
    with plots.style(dark=theme is DARK):
        figure = drawing()
    assert matplotlib.colors.to_hex(figure.get_facecolor()).upper() == theme.surface.upper()
    titles = [ax.title if ax.title.get_text() else ax._left_title for ax in figure.axes]
    assert {matplotlib.colors.to_hex(title.get_color()).upper() for title in titles} == {theme.ink.upper()}


def test_it_looks_the_same_whatever_the_callers_settings(drawing) -> None:
    expected = plots.to_png(drawing())
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "axes.grid": True}):
        assert plots.to_png(drawing()) == expected


def test_it_draws_into_a_given_panel(drawing, every_drawing, footer) -> None:
    figure, axes = plots.panels(1, 3, width=14, height=5)
    two = drawing in (every_drawing["learning_curves"], every_drawing["ensemble_gain"])
    place = {"axes": axes[0, :2]} if two else {"ax": axes[0, 0]}
    assert drawing(footer=footer, **place) is figure
    assert figure.axes == list(axes[0])
    assert not axes[0, 2].has_data()
    assert plots.alt_text(figure)
