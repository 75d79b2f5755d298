"""The exercises are proven on drawn pictures: the same on every machine, and there without a data set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def drawn_pictures() -> Iterator[None]:
    """Let ``start`` take drawn pictures, also in the notebooks that these tests run in other processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIFAR_TEACH_DATA", "synthetic")
        yield
