"""Made-up members whose errors are partly their own: what an ensemble can and cannot repair."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest


def draw_answers(images: int, skills: tuple[float, ...], seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return labels ``(images,)`` and for each skill the probabilities of a member; more skill, fewer errors."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, images)
    shared = rng.normal(size=(images, 10))
    members = []
    for skill in skills:
        own = rng.normal(size=(images, 10))
        powers = np.exp(1.5 * (0.9 * shared + 0.8 * own + skill * np.eye(10)[labels]))
        members.append((powers / powers.sum(axis=1, keepdims=True)).astype(np.float32))
    return labels, members


@pytest.fixture
def draw() -> Callable[..., tuple[np.ndarray, list[np.ndarray]]]:
    """``draw(images, skills, seed)`` returns labels and members."""
    return draw_answers
