from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.data import LabelledImages
from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import stratified_split


@pytest.fixture
def labelled() -> LabelledImages:
    """Unequal classes; the first pixel of each image is its position."""
    labels = np.repeat(np.arange(4), [100, 50, 40, 10])
    np.random.default_rng(0).shuffle(labels)
    images = np.zeros((200, 8, 8, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(200)
    return LabelledImages(images, labels)


def positions(part: LabelledImages) -> list[int]:
    return part.images[:, 0, 0, 0].tolist()


def test_every_image_is_in_exactly_one_part(labelled: LabelledImages) -> None:
    train, validation = stratified_split(*labelled, fraction=0.25)
    assert sorted(positions(train) + positions(validation)) == list(range(200))
    assert len(validation.images) == 50


def test_labels_stay_with_their_images(labelled: LabelledImages) -> None:
    for part in stratified_split(*labelled, fraction=0.25):
        np.testing.assert_array_equal(part.labels, labelled.labels[positions(part)])


def test_both_parts_keep_the_shares_of_the_classes(labelled: LabelledImages) -> None:
    train, validation = stratified_split(*labelled, fraction=0.1)
    np.testing.assert_allclose(np.bincount(validation.labels), [10, 5, 4, 1], atol=1)
    np.testing.assert_allclose(np.bincount(train.labels), [90, 45, 36, 9], atol=1)


def test_the_training_part_keeps_its_order_and_validation_is_mixed(labelled: LabelledImages) -> None:
    train, validation = stratified_split(*labelled, fraction=0.25)
    assert positions(train) == sorted(positions(train))
    assert positions(validation) != sorted(positions(validation))


def test_the_seed_decides(labelled: LabelledImages) -> None:
    first, again, other = (stratified_split(*labelled, seed=seed)[1] for seed in (1, 1, 2))
    assert positions(first) == positions(again)
    assert sorted(positions(first)) != sorted(positions(other))


def test_the_parts_are_copies(labelled: LabelledImages) -> None:
    for part in stratified_split(*labelled):
        assert not np.shares_memory(part.images, labelled.images)
        assert not np.shares_memory(part.labels, labelled.labels)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 10, float("nan")])
def test_fraction_must_be_a_share(labelled: LabelledImages, fraction: float) -> None:
    with pytest.raises(DataError, match="fraction"):
        stratified_split(*labelled, fraction=fraction)


@pytest.mark.parametrize("fraction", [0.01, 0.99])
def test_both_parts_must_hold_every_class(labelled: LabelledImages, fraction: float) -> None:
    with pytest.raises(DataError, match="one per class"):
        stratified_split(*labelled, fraction=fraction)


def test_labels_must_belong_to_the_images(labelled: LabelledImages) -> None:
    with pytest.raises(DataError):
        stratified_split(labelled.images, labelled.labels[:-1])
