"""The whitened stem does what its name says, and training leaves it alone."""

from __future__ import annotations

import keras
import numpy as np

from cifar_teach import synthetic
from cifar_teach.models import build_model, fit_whitening
from cifar_teach.models.fastnet import STEM_NAME


def stem_outputs(images: np.ndarray) -> np.ndarray:
    """Outputs of the stem before its ReLU, one row per patch."""
    model = build_model("fastnet")
    assert fit_whitening(model, images, epsilon=0)
    kernel, bias = model.get_layer(STEM_NAME).get_weights()
    outputs = keras.ops.conv(images.astype("float32") / 255, kernel, padding="valid") + bias
    return keras.ops.convert_to_numpy(outputs).reshape(-1, kernel.shape[-1])


def test_outputs_are_uncorrelated_with_mean_zero_and_variance_one():
    images, _ = synthetic.draw(300, seed=3)
    outputs = stem_outputs(images)[:, :12]
    np.testing.assert_allclose(outputs.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(outputs.T), np.eye(12), atol=0.03)


def test_second_half_is_the_first_with_the_sign_turned():
    outputs = stem_outputs(synthetic.draw(20, seed=3)[0])
    np.testing.assert_allclose(outputs[:, :12], -outputs[:, 12:], atol=1e-4)


def test_stem_is_not_trainable():
    model = build_model("fastnet")
    assert not model.get_layer(STEM_NAME).trainable_weights


def test_a_network_without_stem_is_left_as_it_is():
    model = build_model("baseline")
    before = model.get_weights()
    assert fit_whitening(model, synthetic.draw(10, seed=0)[0]) is False
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
