"""Inputs for the checks, drawn anew for each check from a seed.

In a notebook the seed is public and always the same, so that a message can be understood by trying it out. A grader
adds a salt of its own: an answer that knows the public inputs by heart then fails.
"""

from __future__ import annotations

import hashlib

import numpy as np

from ..config import IMAGE_SIZE, NUM_CLASSES


class Draw:
    """Random inputs of the kinds that the checks need.

    Attributes:
        rng: the generator behind all of them, for anything that has no method here.
    """

    def __init__(self, id: str, salt: str = "") -> None:
        digest = hashlib.sha256(f"{salt}\n{id}".encode()).digest()
        self.rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))

    def images(self, n: int, size: int = IMAGE_SIZE) -> np.ndarray:
        """Return uint8 images (n, size, size, 3): smooth colour fields under noise, the channels differ in mean."""
        rng = self.rng
        level = rng.uniform(60, 190, (n, 1, 1, 3)) + np.array([18.0, 0.0, -22.0])
        y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
        slopes = rng.uniform(-45, 45, (2, n, 1, 1, 3))
        noise = rng.normal(0, 18, (n, size, size, 3))
        field = level + slopes[0] * x[None, :, :, None] + slopes[1] * y[None, :, :, None] + noise
        return np.clip(np.rint(field), 0, 255).astype(np.uint8)

    def labels(self, n: int, classes: int = NUM_CLASSES) -> np.ndarray:
        """Return int64 labels (n,); every class occurs when ``n`` allows it."""
        every = np.arange(classes)
        labels = np.concatenate([every, self.rng.integers(0, classes, max(0, n - classes))])[:n]
        return self.rng.permutation(labels).astype(np.int64)

    def probabilities(self, n: int, classes: int = NUM_CLASSES) -> np.ndarray:
        """Return float32 probabilities (n, classes) without ties; rows sum to 1."""
        return _softmax(self.rng.normal(0, 1.5, (n, classes))).astype(np.float32)

    def predictions(self, labels: np.ndarray, accuracy: float = 0.7, classes: int = NUM_CLASSES) -> np.ndarray:
        """Return float32 probabilities (n, classes) of a classifier that is right about so often."""
        n = len(labels)
        guess = np.where(self.rng.random(n) < accuracy, labels, self.rng.integers(0, classes, n))
        logits = self.rng.normal(0, 0.8, (n, classes))
        logits[np.arange(n), guess] += self.rng.uniform(1.5, 4.0, n)
        return _softmax(logits).astype(np.float32)

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def number(self, low: float, high: float) -> float:
        """Return a number from ``low`` to ``high``."""
        return float(self.rng.uniform(low, high))


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
