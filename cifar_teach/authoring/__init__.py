"""From the source of an exercise to the notebooks of instructor and student.

``solutions/exNN_slug.py`` is all that an author writes. :func:`build` makes two notebooks from it:

=========================================  =============================================================
``solutions/exNN_slug/exNN_slug.ipynb``    with the reference answers; what nbgrader starts from
``exercises/exNN_slug/exNN_slug.ipynb``    without them; what a student opens
=========================================  =============================================================

Points, titles, minutes and rubrics come from the registry of checks, the address from ``_config.yml``. Building the
same source twice gives the same bytes, so a comparison shows whether what is committed is up to date.
"""

from .build import Drift, build, find_root
from .errors import AuthoringError

__all__ = ["AuthoringError", "Drift", "build", "find_root"]
