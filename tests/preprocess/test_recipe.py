from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import AUGMENTATIONS, Augmentation, get_augmentation

ALL_STEPS = Augmentation("random", rotation=10, zoom=0.1, shift=0.1, crop=4, brightness=0.1, contrast=0.1, cutout=8)
recipes = pytest.mark.parametrize("recipe", [*AUGMENTATIONS.values(), ALL_STEPS], ids=[*AUGMENTATIONS, "all steps"])


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (90, 32, 32, 3), np.uint8)


@recipes
def test_new_uint8_images_from_unchanged_ones(recipe: Augmentation, images: np.ndarray) -> None:
    before = images.copy()
    result = recipe.apply(images)
    assert result.dtype == np.uint8 and result.shape == images.shape
    assert not np.shares_memory(result, images)
    np.testing.assert_array_equal(images, before)


@recipes
def test_an_image_is_augmented_alike_in_any_batch(recipe: Augmentation, images: np.ndarray) -> None:
    whole = recipe.apply(images, epoch=2, seed=5)
    order = np.random.default_rng(1).permutation(90)[:13]
    batch = recipe.apply(images[order], epoch=2, seed=5, indices=order)
    np.testing.assert_array_equal(batch, whole[order])


@recipes
def test_epochs_and_seeds_differ_unless_nothing_is_done(recipe: Augmentation, images: np.ndarray) -> None:
    results = [recipe.apply(images, epoch=epoch, seed=seed) for epoch, seed in ((0, 0), (1, 0), (0, 1))]
    same = [np.array_equal(results[0], other) for other in results[1:]]
    assert same == [recipe == Augmentation()] * 2


@recipes
def test_copies_of_one_image_become_different(recipe: Augmentation, images: np.ndarray) -> None:
    result = recipe.apply(np.repeat(images[:1], 90, axis=0))
    different = len({image.tobytes() for image in result})
    expected = {Augmentation(): 1, AUGMENTATIONS["flip"]: 2}
    assert different == expected[recipe] if recipe in expected else different > 50


def test_a_further_step_leaves_the_draws_of_the_others(images: np.ndarray) -> None:
    plain = Augmentation(flip="random", crop=3).apply(images, epoch=1)
    covered = Augmentation(flip="random", crop=3, cutout=6).apply(images, epoch=1)
    changed = (plain != covered).any(axis=-1)
    assert changed.any(axis=(1, 2)).all()
    assert changed.sum(axis=(1, 2)).max() <= 36


def test_alternating_flip_shows_both_sides_in_two_epochs(images: np.ndarray) -> None:
    recipe = Augmentation(flip="alternating")
    np.testing.assert_array_equal(recipe.apply(images, epoch=4), recipe.apply(images, epoch=5)[:, :, ::-1])


def test_none_returns_the_same_pixels(images: np.ndarray) -> None:
    np.testing.assert_array_equal(AUGMENTATIONS["none"].apply(images), images)


@pytest.mark.parametrize(
    "values",
    [
        {"flip": "both"},
        {"crop": -1},
        {"crop": 2.5},
        {"rotation": 200},
        {"zoom": 1},
        {"shift": -0.1},
        {"brightness": 2},
        {"contrast": float("nan")},
        {"cutout": -3},
        {"cutout": "8"},
    ],
    ids=str,
)
def test_values_out_of_range_are_refused_at_once_and_named(values: dict) -> None:
    with pytest.raises(DataError, match=next(iter(values))):
        Augmentation(**values)


@pytest.mark.parametrize("recipe", [Augmentation(crop=40), Augmentation(cutout=40)])
def test_too_large_for_these_images(recipe: Augmentation, images: np.ndarray) -> None:
    with pytest.raises(DataError, match="0 to 3"):
        recipe.apply(images)


def test_scaled_images_are_refused(images: np.ndarray) -> None:
    with pytest.raises(DataError, match="uint8"):
        AUGMENTATIONS["none"].apply(images / 255)


def test_get_augmentation() -> None:
    assert get_augmentation("standard") is AUGMENTATIONS["standard"]
    with pytest.raises(DataError, match="Did you mean 'strong'"):
        get_augmentation("stron")
