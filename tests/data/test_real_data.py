"""The real images, wherever CIFAR_TEACH_DATA says they are; these tests skip where they are absent."""

from __future__ import annotations

import os

import numpy as np
import pytest

from cifar_teach.config import CLASS_NAMES
from cifar_teach.data import load_cifar10
from cifar_teach.data import loader as module

SESSION_CACHE = os.environ["CIFAR_TEACH_CACHE"]
"""Read before the other tests of this folder set their own: what one test of the session decodes, all share."""


@pytest.fixture
def session_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR_TEACH_CACHE", SESSION_CACHE)


@pytest.mark.slow
def test_the_real_set_is_complete_and_known(real_data_source, session_cache) -> None:
    dataset = load_cifar10(None, source=real_data_source, quiet=True)
    assert dataset.class_names == CLASS_NAMES
    assert dataset.train.images.shape == (50_000, 32, 32, 3)
    assert np.bincount(dataset.train.labels).tolist() == [5_000] * 10
    assert np.bincount(dataset.test.labels).tolist() == [1_000] * 10
    assert dataset.provenance.kind in ("cifar10", "cifar10-jpeg")
    assert dataset.provenance.name.startswith("CIFAR-10")


@pytest.mark.slow
def test_the_second_load_decodes_nothing(real_data_source, session_cache, monkeypatch) -> None:
    first = load_cifar10(source=real_data_source, quiet=True)
    if real_data_source.suffix != ".npz":  # which is read directly each time
        monkeypatch.setattr(module, "read_source", None)
    again = load_cifar10(source=real_data_source, quiet=True)
    assert len(again.train.images) == 10_000
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert first.provenance == again.provenance
