"""Look at what goes wrong: the most confident mistakes, the confused pairs, the groups of hard images.

An accuracy says how often a model is wrong; this module shows where. :func:`write_error_browser` puts
everything into one HTML file that opens anywhere.
"""

from __future__ import annotations

from .browser import write_error_browser
from .ranking import Confusion, hardest_images, top_confusions
from .slicing import SliceResult, image_properties, slices

__all__ = [
    "Confusion",
    "SliceResult",
    "hardest_images",
    "image_properties",
    "slices",
    "top_confusions",
    "write_error_browser",
]
