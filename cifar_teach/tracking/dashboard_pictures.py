"""The small pictures of misclassified images in the dashboard: which ones, and where they come from."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator

import numpy as np

from ..data import load_cifar10
from ..exceptions import DataError
from .connecting import open_engine, reading
from .dashboard_data import Findings, TestSet
from .predictions import png_of
from .problems import TrackingError
from .schema import table

MOST_PICTURES = 1_200
"""Pictures in one page: at about 3.5 kB each they take 4 MB."""


def chosen_indices(findings: Findings, most: int = MOST_PICTURES) -> dict[str, list[int]]:
    """Choose the images whose pictures the page holds.

    Each cell of each model's confusion matrix gets its first picture before any gets its second; models share them.

    Args:
        findings: what the page shows.
        most: how many pictures at most.

    Returns:
        For the key of each test set the positions of its images.
    """
    chosen: dict[str, dict[int, None]] = {test_set.key: {} for test_set in findings.test_sets}
    for key, index in _by_rank(findings):
        if sum(map(len, chosen.values())) >= most:
            break
        chosen[key][index] = None
    return {key: list(indices) for key, indices in chosen.items()}


def _by_rank(findings: Findings) -> Iterator[tuple[str, int]]:
    """Yield the first image of every cell, best models first, then every second one, and so on."""
    models = sorted(findings.models, key=lambda model: -model["accuracy"])
    cells = [(model["dataset"], cell) for model in models for cell in model["errors"].values()]
    for rank in range(max((len(cell) for _, cell in cells), default=0)):
        for key, cell in cells:
            if rank < len(cell):
                yield key, cell[rank][0]


def embedded_pictures(
    findings: Findings, url: str, source: str | os.PathLike[str] | None = None, most: int = MOST_PICTURES
) -> dict[str, str]:
    """Return the pictures for the page as addresses that hold them, by ``"test set:position"``.

    Pictures of a drawn test set are drawn again. Those of real images come from ``source``, or from the database where
    it keeps them, and from nowhere else: a page with them must not be published.

    Args:
        findings: what the page shows.
        url: the database.
        source: the data set itself, as for ``load_cifar10``: an archive, a folder, or ``cache`` for a copy that this
            package or Keras has stored.
        most: how many pictures at most.

    Raises:
        TrackingError: ``source`` is none of the data sets of this database that are not drawn.
        DataError: ``source`` cannot be read.
    """
    chosen = chosen_indices(findings, most)
    pictures: dict[str, str] = {}
    fitting = 0
    for test_set in findings.test_sets:
        images = _images_of(test_set, source)
        fitting += images is not None and not test_set.synthetic
        stored = {} if images is not None else _stored(url, test_set, chosen[test_set.key])
        for index in chosen[test_set.key]:
            png = png_of(images[index]) if images is not None else stored.get(index)
            if png is not None:
                pictures[f"{test_set.key}:{index}"] = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    if source is not None and not fitting and not all(test_set.synthetic for test_set in findings.test_sets):
        raise TrackingError(
            f"The images in '{os.fspath(source)}' are not those that these models were tested on: another checksum. "
            "Name the data set of the runs with --images, or leave the pictures out with --no-images."
        )
    return pictures


def _images_of(test_set: TestSet, source: str | os.PathLike[str] | None) -> np.ndarray | None:
    """Return the test images, uint8 ``(size, 32, 32, 3)``, or None where these are not to be had."""
    if test_set.synthetic:
        source = "synthetic"
    if source is None:
        return None
    stored = os.fspath(source) == "cache"
    try:
        data = load_cifar10(
            test_set.train_size,
            test_size=test_set.size,
            source=None if stored else source,
            seed=test_set.subset_seed,
            quiet=True,
            offline=True,
        )
    except DataError:
        if test_set.synthetic:  # drawn by another version of this package: smaller, perhaps
            return None
        raise
    same = data.provenance.checksum == test_set.checksum and np.array_equal(data.test.labels, test_set.labels)
    return data.test.images if same else None


def _stored(url: str, test_set: TestSet, indices: list[int]) -> dict[int, bytes]:
    """Return the pictures that the database itself keeps."""
    from sqlalchemy import select

    images = table("Test_Images")
    query = select(images.c.image_index, images.c.png)
    query = query.where(images.c.dataset_id.in_(test_set.dataset_ids), images.c.png.is_not(None))
    wanted = set(indices)
    engine = open_engine(url, must_exist=True)
    try:
        with reading(engine) as connection:
            return {index: bytes(png) for index, png in connection.execute(query) if index in wanted}
    finally:
        engine.dispose()
