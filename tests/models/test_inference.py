"""Prediction: shapes, batches, test-time flips."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.exceptions import ModelError
from cifar_teach.models import build_model, predict


@pytest.fixture(scope="module")
def model():
    return build_model("baseline", seed=1)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return synthetic.draw(25, seed=1)[0]


def test_the_batch_size_does_not_change_the_result(model, images):
    np.testing.assert_allclose(predict(model, images, batch_size=7), predict(model, images), atol=1e-6)


def normalised(products: np.ndarray) -> np.ndarray:
    return products / products.sum(axis=1, keepdims=True)


def test_two_views_are_the_normalised_geometric_mean_of_image_and_mirror_image(model, images):
    both = np.sqrt(predict(model, images) * predict(model, images[:, :, ::-1]))
    np.testing.assert_allclose(predict(model, images, views=2), normalised(both), atol=1e-6)


def test_six_views_give_shifted_ones_half_of_the_weight(model, images):
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    shifted = predict(model, framed[:, :32, :32], views=2) * predict(model, framed[:, 2:, 2:], views=2)
    expected = normalised(np.sqrt(predict(model, images, views=2) * np.sqrt(shifted)))
    np.testing.assert_allclose(predict(model, images, views=6), expected, atol=1e-6)


def test_with_two_views_an_image_and_its_mirror_image_get_the_same_answer(model, images):
    np.testing.assert_allclose(predict(model, images, views=2), predict(model, images[:, :, ::-1], views=2), atol=1e-6)


def test_other_numbers_of_views_are_refused(model, images):
    with pytest.raises(ModelError, match="use 1, 2 or 6"):
        predict(model, images, views=3)


def test_no_images_no_rows(model):
    assert predict(model, np.empty((0, 32, 32, 3), np.uint8)).shape == (0, 10)


@pytest.mark.parametrize("shape", [(784,), (28, 28, 1)])
def test_a_model_for_other_images_is_named_as_the_reason(shape):
    other = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(ModelError, match="Expected is one that takes square colour images"):
        predict(other, np.zeros((2, *shape), np.uint8))


@pytest.mark.parametrize("shape", [(784,), (32, 32, 3), (2, 64, 64, 3), (2, 32, 32, 1)])
def test_wrong_shape_says_what_to_do(model, shape):
    with pytest.raises(ModelError, match="photo_to_image"):
        predict(model, np.zeros(shape, np.uint8))
