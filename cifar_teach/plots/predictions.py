"""Figures of images together with what a model says about them: its worst errors and where it looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..exceptions import DataError
from .figure import finish
from .theme import percent, styled
from .tiles import draw_sheet, one_line, same_length, to_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def hardest_images_grid(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    indices: Sequence[int],
    *,
    columns: int = 6,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show images with what they are, what the model says, and how sure it is.

    Args:
        images: ``(n, height, width, 3)``, the whole set.
        labels: ``(n,)`` true classes.
        probabilities: ``(n, classes)``.
        class_names: names of the classes.
        indices: which images, in this order; from ``errors.hardest_images``.
        columns: images in a row.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: ``indices`` is empty, or images of another shape or range.
    """
    indices = np.asarray(indices, dtype=np.int64)
    if not len(indices):
        raise DataError("There is no image to show: the list of indices is empty.")
    predicted = np.asarray(probabilities)[indices].argmax(axis=1)
    sure = np.asarray(probabilities)[indices].max(axis=1)
    true = np.asarray(labels)[indices]
    captions = [
        f"is {class_names[t]}\nsaid {class_names[p]}\n{percent(s, 0)} sure"
        for t, p, s in zip(true, predicted, sure, strict=True)
    ]
    ax = draw_sheet(ax, np.asarray(images)[indices], columns=columns, captions=captions)
    t, p = class_names[true[0]], class_names[predicted[0]]
    alt = (
        f"{len(indices)} images that the model gets wrong, the most confident first. "
        f"The first shows the class {t} and was called {p} with {percent(sure[0], 0)} confidence."
        if np.all(true != predicted)
        else f"{len(indices)} images with true class, predicted class and confidence."
    )
    title = "Wrong, and sure of it" if np.all(true != predicted) else "Images and predictions"
    return finish(ax, title=title, alt=alt, footer=footer)


@styled
def heatmap_overlay(
    images: np.ndarray,
    heatmaps: np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show each image above the same image with a heatmap laid over it (Grad-CAM, for example).

    The hotter a place, the more of the heatmap's colour it gets; cold places show the image unchanged.

    Args:
        images: ``(n, height, width, 3)``; the first ``columns`` are shown.
        heatmaps: ``(n, height, width)`` in 0-1, from ``explain.grad_cam``.
        titles: one short text for each image.
        columns: pairs shown side by side, at most.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: heatmaps that do not fit the images or leave 0-1.
    """
    heatmaps = np.asarray(heatmaps, dtype=np.float32)
    if heatmaps.shape != np.shape(images)[:-1]:
        raise DataError(
            f"Heatmaps of shape {heatmaps.shape} do not fit images of shape {np.shape(images)}: "
            "expected one value for each pixel, (n, height, width)."
        )
    if not (heatmaps.min() >= 0 and heatmaps.max() <= 1):
        raise DataError("Heatmap values must lie between 0 and 1. Divide each map by its largest value.")
    same_length(images, "titles", titles)
    pixels = to_unit(np.asarray(images)[:columns])
    ax = draw_sheet(
        ax,
        np.concatenate([pixels, blend(pixels, heatmaps[:columns])]),
        columns=len(pixels),
        row_names=["image", "heatmap"],
        column_names=titles[:columns] if titles else None,
    )
    shown = f" The images: {', '.join(map(one_line, titles[:columns]))}." if titles else ""
    alt = (
        f"{len(pixels)} images above the same images with a heatmap: bright yellow marks the places "
        f"that raised the score of the class most.{shown}"
    )
    return finish(ax, title="Where the evidence for the class lies (bright: most)", alt=alt, footer=footer)


def blend(pixels: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Lay heatmaps over images: colour by ``inferno``, opacity growing with the heat up to 70 %.

    Args:
        pixels: ``(n, height, width, 3)`` in 0-1.
        heatmaps: ``(n, height, width)`` in 0-1.

    Returns:
        float32 ``(n, height, width, 3)`` in 0-1.
    """
    import matplotlib

    colors = matplotlib.colormaps["inferno"](heatmaps)[..., :3]
    opacity = 0.7 * heatmaps[..., None]
    return ((1 - opacity) * pixels + opacity * colors).astype(np.float32)
