"""Figures that show the images themselves: grids, samples, means, duplicates, augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from .figure import finish, single
from .theme import current_theme, styled
from .tiles import draw_sheet, one_line, same_length, to_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def image_grid(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 10,
    title: str | None = None,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show images side by side, pixel for pixel.

    Args:
        images: ``(n, height, width, 3)``, uint8, or floats in 0-1 or 0-255; at most 400.
        titles: one short text for each image, written above it.
        columns: images in a row.
        title: of the figure.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: images of another shape or range, or not one title for each image.
    """
    same_length(images, "titles", titles)
    ax = draw_sheet(ax, images, columns=columns, captions=titles)
    count = len(images)
    heading = title or (f"{count} images" if count > 1 else "One image")
    shown = ", ".join(dict.fromkeys(map(one_line, titles))) if titles else ""
    alt = f"{heading}, in rows of {min(columns, count)}" + (f": {shown}." if shown else ".")
    return finish(ax, title=heading, alt=alt, footer=footer)


@styled
def class_samples(
    images: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    *,
    per_class: int = 8,
    seed: int = 0,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show randomly chosen images of every class, one row for each class.

    Chosen at random, not by hand: the figure must show what a class really looks like, odd ones included.

    Args:
        images: ``(n, height, width, 3)``.
        labels: ``(n,)`` integers; an index into ``class_names``.
        class_names: names of the rows; a class without images gets no row.
        per_class: images in a row; fewer where a class has fewer.
        seed: which images are chosen.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: images of another shape or range, not one label for each image, or no label that names a class.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    same_length(images, "labels", labels)
    rng = np.random.default_rng(seed)
    present = [index for index in range(len(class_names)) if np.any(labels == index)]
    if not present:
        raise DataError("None of the labels names one of the classes, so there is nothing to show.")
    chosen, places = [], []
    for row, index in enumerate(present):
        members = np.flatnonzero(labels == index)
        picked = rng.choice(members, size=min(per_class, len(members)), replace=False)
        chosen.extend(picked)
        places.extend(row * per_class + column for column in range(len(picked)))
    names = [class_names[index] for index in present]
    ax = draw_sheet(ax, images[chosen], columns=per_class, row_names=names, places=places)
    alt = f"{per_class} random images of each class, one row per class: {', '.join(names)}."
    return finish(ax, title=f"{per_class} random images of each class", alt=alt, footer=footer)


@styled
def mean_image_grid(
    mean_images: np.ndarray,
    class_names: Sequence[str],
    *,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show the mean image of every class.

    Args:
        mean_images: ``(classes, height, width, 3)``, in 0-255 or 0-1, from ``explore.mean_images``.
        class_names: one for each image.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: images of another shape or range, or not one class name for each.
    """
    same_length(mean_images, "class names", class_names)
    ax = draw_sheet(ax, mean_images, columns=5, captions=list(class_names))
    alt = (
        f"Mean image of each of {len(class_names)} classes: {', '.join(class_names)}. "
        "Only a blurred colour and rough shape are left; what differs is the usual background."
    )
    return finish(ax, title="Mean of all images of each class", alt=alt, footer=footer)


@styled
def duplicate_pairs(
    train_images: np.ndarray,
    test_images: np.ndarray,
    pairs: Sequence[Any],
    *,
    limit: int = 8,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show near-duplicates one above the other: the training image on top, the test image below.

    Args:
        train_images: ``(n, height, width, 3)``.
        test_images: ``(m, height, width, 3)``.
        pairs: from ``explore.near_duplicates``: objects with ``train_index``, ``test_index``,
            ``similarity`` (up to 1 for the same image) and, optionally, ``mirrored``. With none, the
            figure says so.
        limit: pairs shown.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: images of another shape or range.
    """
    if not pairs:
        ax = single(ax, height=1.3)
        ax.axis("off")
        ax.text(0, 0.5, "No near-duplicates were found.", color=current_theme().ink)
        alt = "No near-duplicates between training and test images were found."
        return finish(ax, title="Near-duplicates of training and test images", alt=alt, footer=footer)
    shown = list(pairs)[:limit]
    top = np.asarray(train_images)[[pair.train_index for pair in shown]]
    bottom = np.asarray(test_images)[[pair.test_index for pair in shown]]
    ax = draw_sheet(
        ax,
        np.concatenate([top, bottom]),
        columns=len(shown),
        row_names=["training", "test"],
        column_names=[_similarity(pair) for pair in shown],
    )
    found = f"{len(shown)} of {len(pairs)}" if len(pairs) > len(shown) else f"{len(shown)}"
    alt = (
        f"{found} pairs of near-duplicates, training image above test image, with their similarity "
        f"from {min(pair.similarity for pair in shown):.3f} to {max(pair.similarity for pair in shown):.3f}."
    )
    return finish(ax, title=f"Near-duplicates and their similarity: {found}", alt=alt, footer=footer)


@styled
def augmentation_sheet(
    originals: np.ndarray,
    rows: Sequence[tuple[str, np.ndarray]],
    *,
    footer: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show what each augmentation does: the originals in the first row, one augmentation in each further row.

    Eight images in a row also show whether every image got its *own* random draw.

    Args:
        originals: ``(n, height, width, 3)``.
        rows: name and augmented images (same shape as ``originals``) of each row.
        footer: where the data come from.
        ax: panel to draw into.

    Raises:
        DataError: a row whose images have another shape than the originals, or images of another shape or range.
    """
    originals = np.asarray(originals)
    for name, images in rows:
        if np.shape(images) != originals.shape:
            raise DataError(
                f"Row '{name}' has images of shape {np.shape(images)}; the originals have {originals.shape}. "
                "Every row must show the same images."
            )
    blocks = [to_unit(images) for images in (originals, *(images for _, images in rows))]
    names = ["original", *(name for name, _ in rows)]
    ax = draw_sheet(ax, np.concatenate(blocks), columns=len(originals), row_names=names)
    alt = (
        f"{len(originals)} images, unchanged in the first row and augmented in the rows below: "
        f"{', '.join(names[1:])}. Within a row every image is changed by its own random amount."
    )
    return finish(ax, title="The same images under each augmentation", alt=alt, footer=footer)


def _similarity(pair: Any) -> str:
    return f"{pair.similarity:.3f}" + ("\nmirrored" if getattr(pair, "mirrored", False) else "")
