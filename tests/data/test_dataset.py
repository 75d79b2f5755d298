from __future__ import annotations

import itertools
import json
import re

import numpy as np
import pytest

from cifar_teach.data import LabelledImages, Provenance, check_images, check_labels, stratified_indices
from cifar_teach.data.dataset import checksum_of
from cifar_teach.exceptions import DataError

BALANCED = np.repeat(np.arange(10), 100)
UNEVEN = np.repeat(np.arange(4), (500, 60, 37, 3))


@pytest.mark.parametrize("size", [10, 11, 50, 333, 999, 1000])
def test_subset_keeps_every_class_within_one_of_its_share(size: int) -> None:
    chosen = stratified_indices(BALANCED, size, seed=3)
    assert chosen.dtype == np.int64
    assert len(set(chosen.tolist())) == size
    counts = np.bincount(BALANCED[chosen], minlength=10)
    assert np.abs(counts - size / 10).max() < 1


@pytest.mark.parametrize("size", [4, 30, 100, 421, 600])
def test_uneven_classes_keep_their_share_and_none_is_lost(size: int) -> None:
    counts = np.bincount(UNEVEN[stratified_indices(UNEVEN, size, seed=0)], minlength=4)
    assert counts.min() >= 1
    # One image of each class is certain, which the largest class pays for when the subset is tiny.
    assert np.abs(counts - size * np.bincount(UNEVEN) / len(UNEVEN)).max() < 3


def test_subsets_of_one_seed_are_nested() -> None:
    for labels, sizes in ((BALANCED, (10, 25, 100, 700, 1000)), (UNEVEN, (4, 9, 100, 500))):
        chosen = [set(stratified_indices(labels, size, seed=7).tolist()) for size in sizes]
        assert all(small < large for small, large in itertools.pairwise(chosen))


def test_subset_depends_on_the_seed_alone() -> None:
    first = stratified_indices(BALANCED, 100, seed=1)
    np.random.default_rng(9).random(5)
    np.testing.assert_array_equal(first, stratified_indices(BALANCED, 100, seed=1))
    assert set(first.tolist()) != set(stratified_indices(BALANCED, 100, seed=2).tolist())


def test_subset_is_shuffled() -> None:
    labels = BALANCED[stratified_indices(BALANCED, 200, seed=0)]
    assert (np.diff(labels) < 0).sum() > 50
    assert any(len(set(labels[start : start + 10])) < 10 for start in range(0, 200, 10))


@pytest.mark.parametrize(
    ("size", "message"), [(1001, "asked for, but there are only 1,000"), (9, "cannot hold one of each of 10 classes")]
)
def test_impossible_sizes_are_refused(size: int, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        stratified_indices(BALANCED, size, seed=0)


GOOD_IMAGES = np.zeros((4, 32, 32, 3), np.uint8)


def test_good_images_and_labels_pass() -> None:
    check_images(GOOD_IMAGES)
    check_images(GOOD_IMAGES, size=32)
    check_labels(np.array([0, 1, 9, 0], np.uint8), 4, 10)


@pytest.mark.parametrize(
    ("images", "size", "message"),
    [
        ([[0]], None, "must be a NumPy array"),
        (GOOD_IMAGES[0], None, "becomes images[None]"),
        (GOOD_IMAGES[..., 0], None, "must have shape (n, size, size, 3), not (4, 32, 32)"),
        (GOOD_IMAGES.transpose(0, 3, 1, 2), None, "not (4, 3, 32, 32)"),
        (GOOD_IMAGES[:, :16], None, "not (4, 16, 32, 3)"),
        (GOOD_IMAGES, 64, "must have shape (n, 64, 64, 3), not (4, 32, 32, 3)"),
        (GOOD_IMAGES / np.float32(255), None, "must be uint8 with values 0-255, not float32"),
        (GOOD_IMAGES[:0], None, "There are no images"),
    ],
)
def test_bad_images_are_named_in_one_sentence(images: object, size: int | None, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        check_images(images, size=size)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, 2, 3], "must be a NumPy array"),
        (np.zeros((4, 1), int), "labels.ravel()"),
        (np.eye(10)[:4], "not one-hot rows"),
        (np.zeros(3, int), "There are 4 images, so labels must have shape (4,), not (3,)"),
        (np.zeros(4), "must be whole numbers, not float64"),
        (np.array([0, 1, 2, 10]), "Label 10 is out of range: 10 classes are 0 to 9"),
        (np.array([0, -1, 2, 3]), "Label -1 is out of range"),
    ],
)
def test_bad_labels_are_named_in_one_sentence(labels: object, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        check_labels(labels, 4, 10)


def provenance(kind: str) -> Provenance:
    return Provenance("a name", kind, "file.npz", "ab" * 32, 50_000, 10_000, 1_000, 200, 10)


def test_provenance_is_one_line_and_fits_json() -> None:
    facts = provenance("cifar10")
    assert facts.describe() == (
        "a name (file.npz): 1,000 of 50,000 training and 200 of 10,000 test images, checksum abababababab"
    )
    assert json.loads(json.dumps(facts.to_dict()))["train_size"] == 1_000
    assert facts.to_dict()["is_synthetic"] is False


def test_synthetic_data_says_so_in_every_form() -> None:
    facts = provenance("synthetic")
    assert facts.is_synthetic
    assert facts.to_dict()["is_synthetic"] is True
    assert "not CIFAR-10" in facts.describe()


def test_checksum_sees_pixels_labels_and_where_they_are_split() -> None:
    part = LabelledImages(GOOD_IMAGES, np.arange(4))
    other_pixels = LabelledImages(GOOD_IMAGES + 1, part.labels)
    other_labels = LabelledImages(GOOD_IMAGES, part.labels[::-1])
    checksums = {
        checksum_of(part, part),
        checksum_of(other_pixels, part),
        checksum_of(part, other_labels),
        checksum_of(LabelledImages(GOOD_IMAGES[:2], part.labels[:2]), part),
    }
    assert len(checksums) == 4
    assert checksum_of(part, part) == checksum_of(LabelledImages(*map(np.copy, part)), part)
