"""Every backbone is built once for all tests, with fresh weights: the large ones take seconds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cifar_teach.backbones import build_transfer_model

SMALL = 64
"""To which the tests enlarge images: enough for every network, cheap for the large ones."""


@cache
def fresh(name: str):
    """Return the transfer model of ``name`` with fresh weights; tests must not change it."""
    return build_transfer_model(name, weights=None, size=None if name == "tinynet" else SMALL)


@pytest.fixture
def built():
    return fresh


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """Six images: noise, all black, all white."""
    noise = np.random.default_rng(3).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    return np.concatenate([noise, np.zeros((1, 32, 32, 3), np.uint8), np.full((1, 32, 32, 3), 255, np.uint8)])


@pytest.fixture(autouse=True)
def no_weights_at_hand(monkeypatch, tmp_path, request):
    """Keep the reader's own weights and Keras's cache out of the tests, unless a test asks for the real files."""
    if "real_weights" not in request.fixturenames:
        monkeypatch.delenv("CIFAR_TEACH_WEIGHTS", raising=False)
    monkeypatch.delenv("CIFAR_TEACH_OFFLINE", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
