"""From the source of an exercise to the notebooks of instructor and student, from a page of the book to its Colab twin.

``solutions/exNN_slug.py`` is all that an author of an exercise writes. :func:`build` makes two notebooks from it, and a
notebook from every page of the book that runs code:

=========================================  =============================================================
``solutions/exNN_slug/exNN_slug.ipynb``    with the reference answers; what nbgrader starts from
``exercises/exNN_slug/exNN_slug.ipynb``    without them; what a student opens
``book/chapters/NN-slug.ipynb``            the page ``NN-slug.md`` for Colab: its code, its text in plain Markdown
=========================================  =============================================================

Points, titles, minutes and rubrics come from the registry of checks, the address from ``_config.yml``. Building the
same source twice gives the same bytes, so a comparison shows whether what is committed is up to date.
"""

from .build import Drift, build, find_root
from .errors import AuthoringError

__all__ = ["AuthoringError", "Drift", "build", "find_root"]
