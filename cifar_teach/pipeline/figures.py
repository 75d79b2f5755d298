"""The figures of a run, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import plots
from ..data import Dataset, LabelledImages
from ..ensemble import EnsembleReport
from ..errors import hardest_images
from ..evaluate import (
    accuracy_coverage,
    classification_metrics,
    expected_calibration_error,
    reliability_bins,
)
from ..explain import grad_cam
from ..explore import DuplicatePair, channel_statistics, class_counts, mean_images, pixel_histogram
from ..preprocess import AUGMENTATIONS
from ..train import Recipe
from ..train.schedules import learning_rates
from .members import Member

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawing(NamedTuple):
    """A figure of the report before it is drawn, because it is drawn twice: for light and for dark pages.

    Attributes:
        name: of its file, without ending.
        section: of the report: ``data``, ``training``, ``results`` or ``errors``.
        title: heading above it.
        draw: returns the figure in the style that is current when it is called.
        caption: how to read it.
    """

    name: str
    section: str
    title: str
    draw: Callable[[], Figure]
    caption: str


def data_figures(data: Dataset, pairs: Sequence[DuplicatePair], footer: str) -> Iterator[Drawing]:
    """Draw what the course looks at before any training: classes, pixels, means, near-duplicates."""
    images, labels = data.train
    yield Drawing(
        "samples",
        "data",
        "What the images look like",
        partial(plots.class_samples, images, labels, data.class_names, footer=footer),
        "One row per class. Before reading on: which two rows would you confuse?",
    )
    yield Drawing(
        "classes",
        "data",
        "How many images each class has",
        partial(plots.class_distribution, class_counts(labels, data.class_names), footer=footer),
        "Equal bars mean that accuracy is a fair summary; with unequal ones a constant guess can look good.",
    )
    counts, edges = pixel_histogram(images)
    yield Drawing(
        "pixels",
        "data",
        "How bright the pixels are",
        partial(plots.channel_histogram, counts, edges, footer=footer),
        "Peaks at the ends are pure black and pure white: clipped skies, cut-out objects.",
    )
    yield Drawing(
        "channels",
        "data",
        "Mean and spread of each channel",
        partial(plots.channel_statistics, channel_statistics(images), footer=footer),
        "Standardisation uses these numbers. They come from training images only.",
    )
    yield Drawing(
        "means",
        "data",
        "The average image of each class",
        partial(
            plots.mean_image_grid, mean_images(images, labels, len(data.class_names)), data.class_names, footer=footer
        ),
        "What is left when everything that varies is averaged away: often the background, not the object.",
    )
    if pairs:
        yield Drawing(
            "duplicates",
            "data",
            "Training images that come back in the test set",
            partial(plots.duplicate_pairs, images, data.test.images, pairs, footer=footer),
            "A network can answer these from memory. A few do not matter; many would flatter every result.",
        )


def augmentation_figure(train: LabelledImages, footer: str) -> Drawing:
    """Draw the same images under every augmentation preset."""
    originals = train.images[:8]
    rows = [
        (name, preset.apply(originals, epoch=1, seed=1, indices=np.arange(len(originals))))
        for name, preset in AUGMENTATIONS.items()
        if name != "none"
    ]
    return Drawing(
        "augmentation",
        "data",
        "The same images, augmented",
        partial(plots.augmentation_sheet, originals, rows, footer=footer),
        "Ask of every variant: would a person still give it the same label? If not, it teaches a mistake.",
    )


def training_figures(
    histories: Mapping[str, Sequence[Mapping[str, Any]]],
    recipes: Mapping[str, Recipe],
    steps: Mapping[str, int],
    footer: str,
) -> Iterator[Drawing]:
    """Draw the learning curves of all networks and the learning rates of those that move them."""
    if not histories:
        return
    yield Drawing(
        "learning-curves",
        "training",
        "How the networks learned",
        partial(plots.learning_curves, histories, footer=footer),
        "Training accuracy is measured on augmented images while the weights still move, so it can lie below "
        "validation accuracy without anything being wrong.",
    )
    for name, recipe in recipes.items():
        if recipe.schedule != "constant":
            yield Drawing(
                f"learning-rate-{name}",
                "training",
                f"The learning rate of {name}",
                partial(plots.learning_rate_schedule, learning_rates(recipe, steps[name]), footer=footer),
                "Large steps find the region, small ones settle in it.",
            )


def model_figures(member: Member, data: Dataset, confusion: np.ndarray, footer: str) -> Iterator[Drawing]:
    """Draw what one network gets right and wrong on the test images."""
    labels, probabilities = data.test.labels, member.test_probabilities
    names, model, slug = data.class_names, member.model, member.slug
    yield Drawing(
        f"confusion-{slug}",
        "errors",
        f"What {model} takes for what",
        partial(plots.confusion_heatmap, confusion, names, footer=footer),
        "Rows are true classes. Look at the strongest orange cells: those pairs need more than accuracy.",
    )
    yield Drawing(
        f"classes-{slug}",
        "errors",
        f"Precision, recall and F1 of {model}",
        partial(plots.class_metrics, classification_metrics(confusion), names, footer=footer),
        "High recall with low precision: the class is the network's favourite guess.",
    )
    calibrated = member.calibrated_test_probabilities
    yield Drawing(
        f"reliability-{slug}",
        "errors",
        f"Whether {model} knows how sure it may be",
        partial(
            plots.reliability_diagram,
            reliability_bins(labels, calibrated),
            expected_calibration_error(labels, calibrated),
            footer=footer,
        ),
        "After temperature scaling fitted on validation images. On the diagonal, 80 % sure means right in "
        "80 of 100 cases.",
    )
    yield Drawing(
        f"coverage-{slug}",
        "errors",
        f"How accurate {model} is when it may decline to answer",
        partial(plots.accuracy_vs_coverage, *accuracy_coverage(labels, calibrated), footer=footer),
        "Answering only the surest half, how good would it be?",
    )
    hardest = hardest_images(labels, probabilities, count=18)
    if not len(hardest):
        return
    yield Drawing(
        f"hardest-{slug}",
        "errors",
        f"Where {model} is sure and wrong",
        partial(plots.hardest_images_grid, data.test.images, labels, calibrated, names, hardest, footer=footer),
        "For each image decide: is the network wrong, is the label wrong, or is the image hopeless?",
    )
    if member.folder is None:
        return  # a vote is no network that could be looked into
    shown = hardest[:8]
    guesses = probabilities[shown].argmax(axis=1)
    heatmaps = grad_cam(member.load(), data.test.images[shown], class_index=guesses)
    titles = [f"{names[labels[i]]} → {names[guess]}" for i, guess in zip(shown, guesses, strict=True)]
    yield Drawing(
        f"grad-cam-{slug}",
        "errors",
        f"Where {model} looked for its wrong answer",
        partial(plots.heatmap_overlay, data.test.images[shown], heatmaps, titles, footer=footer),
        "Grad-CAM: bright regions raised the score of the wrong class. Is it the object or the background?",
    )


def summary_figures(entries: Sequence[Mapping[str, Any]], footer: str) -> Iterator[Drawing]:
    """Draw all networks side by side: accuracy with interval, accuracy against cost, spread over seeds."""
    yield Drawing(
        "comparison",
        "results",
        "The networks side by side",
        partial(plots.model_comparison, entries, footer=footer),
        "Bars are 95 % intervals. Overlapping bars do not prove equality; use the paired comparison below.",
    )
    yield Drawing(
        "cost",
        "results",
        "What the accuracy cost",
        partial(plots.cost_vs_accuracy, entries, footer=footer),
        "Up and to the left is better. A network below and to the right of another one is simply worse.",
    )
    if any(len(entry["seeds"]) > 1 for entry in entries):
        yield Drawing(
            "seeds",
            "results",
            "The same recipe, other seeds",
            partial(plots.seed_strip, {entry["model"]: entry["accuracy_per_seed"] for entry in entries}, footer=footer),
            "A difference smaller than this spread is not a result.",
        )


def comparison_figures(
    entries: Sequence[Mapping[str, Any]],
    ensemble: EnsembleReport | None,
    curve: Sequence[Mapping[str, Any]],
    class_names: Sequence[str],
    footer: str,
) -> Iterator[Drawing]:
    """Draw what several networks show only together: who confuses what, what a vote gains, what labels are worth."""
    if len(entries) > 1:
        yield Drawing(
            "confusions-by-model",
            "results",
            "Who confuses what",
            partial(
                plots.confusions_by_model,
                [np.array(entry["confusion"]) for entry in entries],
                [entry["model"] for entry in entries],
                class_names,
                footer=footer,
            ),
            "A row in which all networks are dark is hard for everyone. A row in which they differ is where a vote "
            "can help.",
        )
    if len({row["size"] for row in curve}) > 1:
        yield Drawing(
            "accuracy-by-size",
            "results",
            "What more labels bring",
            partial(plots.data_efficiency, curve, footer=footer),
            "Before reading it: with how few labels does a pretrained network overtake one that starts from nothing?",
        )
    if ensemble is not None:
        yield Drawing(
            "ensemble-gain",
            "ensemble",
            "What the vote brings",
            partial(plots.ensemble_gain, ensemble, footer=footer),
            "The gain is measured on the same images as the best single network, so the two share their luck.",
        )
        yield Drawing(
            "error-correlation",
            "ensemble",
            "How alike the errors are",
            partial(plots.error_correlation_heatmap, ensemble.error_correlation, ensemble.names, footer=footer),
            "A vote repairs errors that its members do not share. Which two members add least to each other?",
        )
