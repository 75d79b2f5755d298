"""Names, parameter counts and the contract of every network: pixels 0-255 in, probabilities out."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cifar_teach.exceptions import CifarTeachError, ModelError
from cifar_teach.models import MODELS, build_model, parameter_counts, predict


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", MODELS)
def test_parameter_count_is_the_documented_one(name):
    assert parameter_counts(build_model(name)).total == MODELS[name].parameters


def test_regularized_has_896_parameters_that_are_not_trained():
    assert parameter_counts(build_model("regularized")).not_trainable == 896


@pytest.mark.parametrize("name", MODELS)
def test_takes_pixels_and_returns_probabilities(name, images):
    probabilities = predict(build_model(name), images)
    assert probabilities.shape == (6, 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_scaling_is_inside_the_network(name, images):
    first, *_ = (layer for layer in build_model(name).layers if not isinstance(layer, keras.layers.InputLayer))
    assert isinstance(first, keras.layers.Rescaling)
    scaled = keras.ops.convert_to_numpy(first(images.astype("float32")))
    np.testing.assert_allclose(scaled, images / 255, atol=1e-6)


def test_same_seed_same_weights_other_seed_other_weights():
    first, again, other = (build_model("fastnet", seed=seed).get_weights() for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_other_image_sizes_and_class_counts(name):
    model = build_model(name, input_shape=(48, 48, 3), num_classes=3)
    probabilities = predict(model, np.full((2, 48, 48, 3), 200, np.uint8))
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(ModelError, match="Did you mean 'fastnet'"):
        build_model("fasnet")


@pytest.mark.parametrize("shape", [(8, 8, 3), (32, 32, 1), (32, 32), (32, 48, 3)])
def test_images_too_small_or_grey_or_not_square_are_refused(shape):
    with pytest.raises(ModelError, match="at least 16x16"):
        build_model("fastnet", input_shape=shape)


@pytest.mark.parametrize("name", MODELS)
def test_the_smallest_images_work_and_smaller_ones_are_refused(name):
    size = MODELS[name].min_size
    assert size == (18 if name == "baseline" else 16)
    dark, bright = predict(
        build_model(name, input_shape=(size, size, 3)), np.stack([np.full((size, size, 3), each) for each in (0, 255)])
    )
    assert not np.array_equal(dark, bright)
    with pytest.raises(ModelError, match=f"'{name}' takes square colour images of at least {size}x{size} pixels"):
        build_model(name, input_shape=(size - 1, size - 1, 3))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5])
def test_impossible_seeds_are_refused(seed):
    with pytest.raises(CifarTeachError, match="choose a whole number from 0"):
        build_model("baseline", seed=seed)


def test_one_class_is_refused():
    with pytest.raises(ModelError, match="at least 2 classes"):
        build_model("baseline", num_classes=1)
