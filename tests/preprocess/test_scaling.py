from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import Standardizer, one_hot, scale


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)


def test_scale_maps_the_whole_range_to_zero_to_one() -> None:
    image = np.zeros((1, 16, 16, 3), np.uint8)
    image[..., 0] = np.arange(256).reshape(16, 16)
    scaled = scale(image)
    assert scaled.dtype == np.float32
    assert scaled.min() == 0 and scaled.max() == 1
    np.testing.assert_allclose(scaled[0, ..., 0].ravel(), np.arange(256) / 255, rtol=1e-6)


def test_scaling_twice_is_refused(images: np.ndarray) -> None:
    with pytest.raises(DataError, match="float32"):
        scale(scale(images))


def test_standardized_training_images_have_mean_zero_and_deviation_one(images: np.ndarray) -> None:
    values = Standardizer.fit(images).transform(images)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values.mean(axis=(0, 1, 2), dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=(0, 1, 2), dtype=np.float64), 1, atol=1e-5)


def test_other_images_are_measured_with_the_training_statistics(images: np.ndarray) -> None:
    standardizer = Standardizer.fit(images)
    brighter = np.full((2, 32, 32, 3), 250, np.uint8)
    expected = (250 / 255 - np.array(standardizer.mean)) / np.array(standardizer.std)
    np.testing.assert_allclose(standardizer.transform(brighter)[1, 5, 7], expected, rtol=1e-5)


def test_inverse_gives_the_images_back_exactly(images: np.ndarray) -> None:
    standardizer = Standardizer.fit(images)
    restored = standardizer.inverse(standardizer.transform(images))
    assert restored.dtype == np.uint8
    np.testing.assert_array_equal(restored, images)


def test_inverse_clips_what_no_pixel_can_be() -> None:
    standardizer = Standardizer((0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    assert standardizer.inverse(np.array([[-9.0, 0, 9]])).tolist() == [[0, 128, 255]]


def test_a_channel_that_never_varies_stays_finite(images: np.ndarray) -> None:
    images[..., 2] = 51
    standardizer = Standardizer.fit(images)
    assert standardizer.std[2] == 1
    np.testing.assert_allclose(standardizer.transform(images)[..., 2], 0, atol=1e-6)


def test_standardizers_can_be_compared_and_stored(images: np.ndarray) -> None:
    assert Standardizer.fit(images) == Standardizer.fit(images.copy())
    assert all(type(value) is float for value in (*Standardizer.fit(images).mean, *Standardizer.fit(images).std))


@pytest.mark.parametrize("std", [(1.0, 0.0, 1.0), (1.0, 1.0), (1.0, 1.0, float("nan"))])
def test_a_standardizer_needs_three_positive_deviations(std: tuple) -> None:
    with pytest.raises(DataError, match="three"):
        Standardizer((0.5, 0.5, 0.5), std)


def test_inverse_refuses_images_without_channels() -> None:
    with pytest.raises(DataError, match="shape"):
        Standardizer((0, 0, 0), (1, 1, 1)).inverse(np.zeros((3, 32)))


def test_one_hot_rows() -> None:
    rows = one_hot(np.array([2, 0]), 3)
    assert rows.dtype == np.float32
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("labels", [np.array([0, 3]), np.array([-1, 0]), np.array([0.0, 1.0])])
def test_one_hot_refuses_labels_that_are_no_class(labels: np.ndarray) -> None:
    with pytest.raises(DataError):
        one_hot(labels, 3)
