from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import affine, random_affine, random_rotation, random_shift, random_zoom


def moved(images: np.ndarray, *, angle=0.0, factor=1.0, right=0.0, down=0.0) -> np.ndarray:
    """Apply the same map, angle in degrees, to every image."""
    n = len(images)
    return affine(
        images,
        angle=np.full(n, np.deg2rad(angle)),
        factor=np.full(n, factor),
        right=np.full(n, right),
        down=np.full(n, down),
    )


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (70, 32, 32, 3), np.uint8)  # more than one chunk


@pytest.mark.parametrize("turns", [1, 2, 3, -1])
def test_quarter_turns_match_rot90(images: np.ndarray, turns: int) -> None:
    result = moved(images, angle=90 * turns)
    np.testing.assert_allclose(result.astype(int), np.rot90(images, turns, axes=(1, 2)), atol=1)


def test_the_identity_changes_nothing(images: np.ndarray) -> None:
    np.testing.assert_array_equal(moved(images), images)


def test_a_shift_by_whole_pixels_moves_right_and_down(images: np.ndarray) -> None:
    result = moved(images, right=5, down=-3)
    np.testing.assert_array_equal(result[:, :-3, 5:], images[:, 3:, :-5])
    # What enters from outside is the reflection, without the border pixel repeated.
    np.testing.assert_array_equal(result[:, :-3, :5], images[:, 3:, 5:0:-1])


def test_half_a_pixel_is_the_mean_of_two_neighbours(images: np.ndarray) -> None:
    result = moved(images, right=0.5)[:, :, 1:].astype(float)
    expected = (images[:, :, 1:].astype(float) + images[:, :, :-1]) / 2
    assert np.abs(result - expected).max() <= 0.5


def test_a_factor_above_one_enlarges() -> None:
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[:, 12:20, 12:20] = 200
    larger, smaller = (moved(image, factor=factor) > 100 for factor in (1.5, 0.5))
    assert larger[0, ..., 0].sum() == 12 * 12
    assert smaller[0, 8:24, 8:24, 0].sum() == 4 * 4


@pytest.mark.parametrize(
    "change",
    [
        {"angle": 20},
        {"angle": -77, "factor": 0.6},
        {"factor": 1.7, "right": 6.3, "down": -2.2},
        {"angle": 13, "factor": 0.4, "right": 20, "down": 31},
    ],
)
def test_agrees_with_scipy_everywhere(images: np.ndarray, change: dict) -> None:
    """An independent implementation of the same map, interpolation and reflection."""
    result = moved(images[:3], **change)
    turn = np.deg2rad(change.get("angle", 0))
    # SciPy counts (row, column); its matrix leads from the result to the source.
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / change.get("factor", 1)
    shift = np.array([change.get("down", 0), change.get("right", 0)])
    offset = 15.5 - matrix @ (shift + 15.5)
    for image, ours in zip(images, result):
        for channel in range(3):
            expected = ndimage.affine_transform(
                image[..., channel].astype(float), matrix, offset, order=1, mode="mirror"
            )
            np.testing.assert_allclose(ours[..., channel], expected, atol=0.6)


@pytest.mark.parametrize(
    ("step", "amount"),
    [(random_rotation, 25), (random_zoom, 0.3), (random_shift, 0.2)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_each_random_map_is_the_affine_one_with_a_single_amount(images: np.ndarray, step, amount) -> None:
    name = step.__name__.removeprefix("random_")
    expected = random_affine(images, np.random.default_rng(5), **{name: amount})
    np.testing.assert_array_equal(step(images, np.random.default_rng(5), amount), expected)


def test_shifts_stay_within_their_range_and_use_it() -> None:
    dot = np.zeros((400, 33, 33, 3), np.uint8)
    dot[:, 16, 16] = 255
    result = random_shift(dot, np.random.default_rng(0), 0.2)[..., 0].astype(float)
    grid = np.arange(33) - 16
    down = (result.sum(axis=2) * grid).sum(axis=1) / result.sum(axis=(1, 2))
    right = (result.sum(axis=1) * grid).sum(axis=1) / result.sum(axis=(1, 2))
    for distance in (down, right):
        assert -6.7 < distance.min() < -6.2 and 6.2 < distance.max() < 6.7
        assert abs(distance.mean()) < 0.6
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.15


def test_rotation_does_not_darken() -> None:
    """Interpolation that rounds down, as some libraries do, would lower the mean by half a grey level."""
    images = np.random.default_rng(0).integers(100, 156, (200, 32, 32, 3), np.uint8)
    result = random_rotation(images, np.random.default_rng(1), 30)
    assert abs(result.mean() - images.mean()) < 0.1


@pytest.mark.parametrize(
    "amounts",
    [{"rotation": 181}, {"rotation": -1}, {"zoom": 0.95}, {"zoom": float("nan")}, {"shift": 1.5}, {"shift": "0.1"}],
)
def test_amounts_out_of_range_are_named(images: np.ndarray, amounts: dict) -> None:
    with pytest.raises(DataError, match=next(iter(amounts))):
        random_affine(images, np.random.default_rng(0), **amounts)
