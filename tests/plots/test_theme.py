"""The two themes: readable, and apart for every kind of colour vision."""

from __future__ import annotations

import itertools

import matplotlib
import numpy as np
import pytest

from cifar_teach import plots
from cifar_teach.plots.theme import DARK, LIGHT, MARKERS, Theme, percent, percent_axis

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)

# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision
# deficiency", severity 1; applied to linear RGB.
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(color: str) -> np.ndarray:
    rgb = np.array(matplotlib.colors.to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
    xyz = to_xyz @ rgb / [0.9505, 1.0, 1.0888]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@THEMES
def test_text_and_marks_stand_out_from_the_surface(theme: Theme) -> None:
    assert contrast(theme.ink, theme.surface) > 7
    assert contrast(theme.muted, theme.surface) > 4.5
    assert min(contrast(color, theme.surface) for color in theme.colors) > 3


@THEMES
@pytest.mark.parametrize("vision", VISION)
def test_any_two_colours_can_be_told_apart(theme: Theme, vision: str) -> None:
    seen = [lab(np.clip(VISION[vision] @ linear(color), 0, 1)) for color in theme.colors]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


@THEMES
def test_every_colour_has_a_marker_of_its_own(theme: Theme) -> None:
    assert len(set(MARKERS)) == len(MARKERS) >= len(theme.colors)


def test_the_block_changes_settings_and_puts_them_back() -> None:
    before = dict(matplotlib.rcParams)
    with plots.style(dark=True) as theme:
        assert theme is DARK is plots.current_theme()
        assert matplotlib.rcParams["figure.facecolor"] == DARK.surface
        with plots.style():
            assert plots.current_theme() is LIGHT
        assert plots.current_theme() is DARK
    assert plots.current_theme() is LIGHT
    assert dict(matplotlib.rcParams) == before


def test_the_block_puts_settings_back_after_an_error() -> None:
    before = dict(matplotlib.rcParams)
    with pytest.raises(RuntimeError), plots.style(dark=True):
        raise RuntimeError("inside")
    assert plots.current_theme() is LIGHT
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(("share", "digits", "text"), [(0.8312, 1, "83.1 %"), (1, 0, "100 %"), (0, 1, "0.0 %")])
def test_percent(share: float, digits: int, text: str) -> None:
    assert percent(share, digits) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(("share", "text"), [(0.85, "85 %"), (0.825, "82.5 %"), (0.30000000000000004, "30 %")])
def test_ticks_show_no_digits_that_say_nothing(share: float, text: str) -> None:
    assert percent_axis(share) == text.replace(" ", "\N{NO-BREAK SPACE}")
