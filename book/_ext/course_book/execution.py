"""On what the pages are run, and when their stored outputs are out of date.

``jupyter-cache`` keeps outputs as long as the code cells of a page stay the same. They also depend on the package, on
the versions of the libraries, and on the data; so these are part of the name of the folder that it uses.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from cifar_teach.data import load_cifar10
from cifar_teach.exceptions import DataError

from .place import ROOT

LOGGER = logging.getLogger(__name__)
KERNEL = {"CIFAR_TEACH_BOOK": "1", "MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "2"}
"""What every page is run with. The first lets figures show themselves in light and dark."""
CACHE = ".jupyter_cache-"


def prepare(app: Sphinx, config: Config) -> None:
    """Set up what kernels inherit, and choose the folder of stored outputs."""
    os.environ.update(KERNEL)
    config.course_digest = digest_of(ROOT, data_at_hand())
    config.nb_execution_cache_path = str(Path(app.outdir).resolve().parent / f"{CACHE}{config.course_digest}")


def digest_of(root: Path, data: str) -> str:
    """Return what changes with the package below ``root``, its locked versions, and the checksum of the data."""
    digest = hashlib.sha256(data.encode())
    package = [path for path in (root / "cifar_teach").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in [*sorted(package), root / "requirements.lock"]:
        digest.update(f"\n{path.relative_to(root).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def data_at_hand() -> str:
    """Return the checksum of the data. Without any, pages are run on drawn pictures; none is downloaded.

    Raises:
        DataError: ``CIFAR_TEACH_DATA`` names something that cannot be read.
    """
    if os.environ.get("CIFAR_TEACH_DATA") == "synthetic":
        return "synthetic"
    try:
        provenance = load_cifar10(100, test_size=100, offline=True, quiet=True).provenance
    except DataError:
        if os.environ.get("CIFAR_TEACH_DATA"):
            raise
        LOGGER.info("There is no CIFAR-10 here and no download while building: pages are run on drawn pictures.")
        os.environ["CIFAR_TEACH_DATA"] = "synthetic"
        return "synthetic"
    LOGGER.info(f"Pages are run on {provenance.name} ({provenance.origin}).")
    return provenance.checksum


def forget_old_outputs(app: Sphinx) -> None:
    """Remove the outputs that belong to an earlier state of package, libraries or data."""
    current = Path(app.config.nb_execution_cache_path)
    for folder in current.parent.glob(f"{CACHE}*"):
        if folder != current:
            shutil.rmtree(folder)


def setup(app: Sphinx) -> None:
    """Register the value whose change makes Sphinx read every page again."""
    app.add_config_value("course_digest", "", "env")
    app.connect("config-inited", prepare)
    app.connect("builder-inited", forget_old_outputs)
