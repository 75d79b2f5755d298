"""The dashboard on the page ``dashboard``: made while the book is built, from networks that are trained just then.

They are trained on drawn pictures, which may be published; it takes about half a minute. Like the outputs of the pages,
the result is kept beside the book until package, libraries or data change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
PAGE = "dashboard"
"""The page of the book that shows it. A book without this page gets no dashboard."""
PLACE = "_static/dashboard/experiments.html"
"""Where it lies in the built book."""
TITLE = "Four small networks on drawn pictures"
KEPT = ".dashboard-"


def is_shown(app: Sphinx) -> bool:
    """Whether this build has the page that shows the dashboard."""
    return app.builder.format == "html" and PAGE in app.env.found_docs


def kept_at(app: Sphinx) -> Path:
    """Return where the dashboard of this state of the course is kept, once it is made."""
    return Path(app.outdir).resolve().parent / f"{KEPT}{app.config.course_digest}.html"


def write_dashboard(app: Sphinx, problem: Exception | None) -> None:
    """Put the dashboard beside the pages, making it where there is none of this state of the course."""
    if problem is not None or not is_shown(app):
        return
    kept = kept_at(app)
    if not kept.is_file():
        LOGGER.info("Training four small networks on drawn pictures for the dashboard …")
        make(kept)
    place = Path(app.outdir) / PLACE
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, place)


def make(path: Path) -> None:
    """Write the dashboard of freshly trained networks, in a process of its own: Sphinx need not hold TensorFlow.

    Those of earlier states of the course, which lie beside it, are removed.

    Raises:
        RuntimeError: it could not be made; the text is what the command said.
    """
    for old in path.parent.glob(f"{KEPT}*.html"):
        old.unlink()
    command = [sys.executable, "-m", "cifar_teach.cli", "dashboard", "--sample", "--out", str(path), "--title", TITLE]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=os.environ)
    if done.returncode != 0:
        raise RuntimeError(f"The dashboard could not be made: {done.stderr[-2000:]}")


def setup(app: Sphinx) -> None:
    """Register the step."""
    app.connect("build-finished", write_dashboard)
