"""Every figure of the course, drawn in one style.

Each drawing function takes arrays or plain results and returns a ``matplotlib.figure.Figure``. None calls
``show()`` and none leaves a figure open: a notebook displays the figure that a cell returns, a program saves it.
With ``ax=`` (for a figure of two panels: ``axes=``) the plot goes into a panel that exists already, see
:func:`panels`.

The other functions help to make and save figures: ``panels``, ``style``, ``styled``, ``current_theme``,
``describe``, ``alt_text`` and ``to_png``.

    with plots.style(dark=True):
        figure = plots.class_distribution(counts, footer=dataset.provenance.describe())
    figure.savefig("classes.png")
    print(plots.alt_text(figure))
"""

from __future__ import annotations

from .across_models import confusions_by_model, data_efficiency
from .calibration import accuracy_vs_coverage, reliability_diagram
from .comparison import cost_vs_accuracy, model_comparison
from .distributions import channel_histogram, channel_statistics, class_distribution
from .ensembles import ensemble_gain, error_correlation_heatmap
from .evaluation import class_metrics, confusion_heatmap
from .figure import alt_text, describe, panels, to_png
from .images import augmentation_sheet, class_samples, duplicate_pairs, image_grid, mean_image_grid
from .predictions import hardest_images_grid, heatmap_overlay
from .theme import current_theme, style, styled
from .training import learning_curves, learning_rate_schedule, seed_strip

__all__ = [
    "accuracy_vs_coverage",
    "alt_text",
    "augmentation_sheet",
    "channel_histogram",
    "channel_statistics",
    "class_distribution",
    "class_metrics",
    "class_samples",
    "confusion_heatmap",
    "confusions_by_model",
    "cost_vs_accuracy",
    "current_theme",
    "data_efficiency",
    "describe",
    "duplicate_pairs",
    "ensemble_gain",
    "error_correlation_heatmap",
    "hardest_images_grid",
    "heatmap_overlay",
    "image_grid",
    "learning_curves",
    "learning_rate_schedule",
    "mean_image_grid",
    "model_comparison",
    "panels",
    "reliability_diagram",
    "seed_strip",
    "style",
    "styled",
    "to_png",
]
