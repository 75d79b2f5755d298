"""A first look at the images: how many of each class, how bright, how coloured, and which occur twice.

Everything here returns numbers or arrays; :mod:`cifar_teach.plots` draws them.
"""

from __future__ import annotations

from .duplicates import DuplicatePair, near_duplicates
from .statistics import ChannelStatistics, channel_statistics, class_counts, mean_images, pixel_histogram

__all__ = [
    "ChannelStatistics",
    "DuplicatePair",
    "channel_statistics",
    "class_counts",
    "mean_images",
    "near_duplicates",
    "pixel_histogram",
]
