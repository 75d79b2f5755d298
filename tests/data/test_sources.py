from __future__ import annotations

import re
import zipfile

import numpy as np
import pytest

from cifar_teach.config import CLASS_NAMES
from cifar_teach.data import LabelledImages
from cifar_teach.data.sources import _CIFAR10_CHANNEL_SUMS, NPZ_KEYS, read_source, recognise
from cifar_teach.exceptions import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 32, 32, 3), np.uint8)
LABELS = np.arange(20) % 10


def save(path, **arrays: np.ndarray):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_keras_style_npz(tmp_path, compressed) -> None:
    path = tmp_path / "c10.npz"
    writer = np.savez_compressed if compressed else np.savez
    writer(path, x_train=IMAGES, y_train=LABELS.astype(np.uint8)[:, None], x_test=IMAGES[:5], y_test=LABELS[:5, None])
    decoded = read_source(path)
    np.testing.assert_array_equal(decoded.train.images, IMAGES)
    assert decoded.train.labels.dtype == np.int64
    assert decoded.test.labels.tolist() == [0, 1, 2, 3, 4]
    assert decoded.class_names == CLASS_NAMES


def test_other_names_of_the_arrays(tmp_path) -> None:
    named = save(
        tmp_path / "a.npz", train_images=IMAGES, train_labels=LABELS, test_images=IMAGES[:3], test_labels=LABELS[:3]
    )
    assert len(read_source(named).test.images) == 3
    unsplit = read_source(save(tmp_path / "b.npz", images=IMAGES, labels=LABELS))
    assert (len(unsplit.train.images), len(unsplit.test.images)) == (20, 0)


def test_other_classes_need_names(tmp_path) -> None:
    labels = np.arange(20) % 12
    with pytest.raises(DataError, match=r"labels up to 11\. Add an array 'class_names'"):
        read_source(save(tmp_path / "a.npz", images=IMAGES, labels=labels))
    names = [f"kind {k}" for k in range(12)]
    named = read_source(save(tmp_path / "b.npz", images=IMAGES, labels=labels, class_names=np.array(names)))
    assert named.class_names == tuple(names)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": IMAGES}, "holds the arrays x. Expected x_train, y_train, x_test, y_test; or "),
        ({"images": IMAGES, "labels": LABELS[:7]}, "There are 20 images, so labels must have shape (20,)"),
        ({"images": IMAGES / 255.0, "labels": LABELS}, "must be uint8 with values 0-255, not float64"),
        ({"images": IMAGES[:, :8, :8], "labels": LABELS}, "must have shape (n, 32, 32, 3), not (20, 8, 8, 3)"),
        ({"images": IMAGES, "labels": LABELS - 1}, "Label -1 is out of range"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "There are no images"),
        (
            {"images": IMAGES, "labels": LABELS, "class_names": np.array(["a", "b"])},
            "Label 2 is out of range: 2 classes",
        ),
        ({"images": np.array([{}], dtype=object), "labels": LABELS}, "not a readable .npz of plain arrays"),
    ],
)
def test_npz_with_other_content_is_explained(tmp_path, arrays, message) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        read_source(save(tmp_path / "a.npz", **arrays))


def test_damaged_npz_and_foreign_zip(tmp_path) -> None:
    path = save(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    content = bytearray(path.read_bytes())
    path.write_bytes(content[:5000])
    with pytest.raises(DataError, match=r"not a readable \.npz"):
        read_source(path)
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"not a readable \.npz"):
        read_source(path)
    other = tmp_path / "pictures.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("train/cat/1.png", b"x")
    with pytest.raises(DataError, match="Unpack it and name the folder"):
        read_source(other)


def test_nothing_there(tmp_path) -> None:
    with pytest.raises(DataError, match=r"There is no data at '.*nowhere'"):
        read_source(tmp_path / "nowhere")


def test_npz_keys_are_what_the_documentation_lists() -> None:
    assert NPZ_KEYS[0] == (("x_train", "y_train"), ("x_test", "y_test"))


def whole_set(offset: int) -> tuple[LabelledImages, LabelledImages]:
    """Images with CIFAR-10's shapes, labels and (for offset 0) channel sums, all else invented."""
    per_image = [divmod(total, 50_000) for total in _CIFAR10_CHANNEL_SUMS]
    images = np.empty((50_000, 32, 32, 3), np.uint8)
    for channel, (each, rest) in enumerate(per_image):
        base, more = divmod(each, 1024)
        plane = np.full(1024, base, np.uint8)
        plane[:more] += 1
        images[..., channel] = plane.reshape(32, 32)
        images[:rest, 31, 31, channel] += 1
    images[:offset, 0, 0, 0] += 1
    labels = np.repeat(np.arange(10), 5_000)
    test = LabelledImages(np.zeros((10_000, 32, 32, 3), np.uint8), np.repeat(np.arange(10), 1_000))
    return LabelledImages(images, labels), test


def test_cifar10_is_recognised_by_its_content_only() -> None:
    train, test = whole_set(offset=0)
    assert recognise(train, test, CLASS_NAMES, "anything") == ("CIFAR-10", "cifar10")
    order = np.random.default_rng(1).permutation(50_000)
    shuffled = LabelledImages(train.images[order], train.labels[order])
    assert recognise(shuffled, test, CLASS_NAMES, "anything")[1] == "cifar10"
    assert recognise(whole_set(offset=1)[0], test, CLASS_NAMES, "x") == ("CIFAR-10 (JPEG copy)", "cifar10-jpeg")
    brighter = LabelledImages(train.images + 1, train.labels)
    assert recognise(brighter, test, CLASS_NAMES, "mine") == ("image folder mine", "image-folder")
    assert recognise(train, test, tuple("abcdefghij"), "mine")[1] == "image-folder"


def test_a_part_of_cifar10_is_not_called_cifar10(picture_files, write_tar) -> None:
    decoded = read_source(write_tar(picture_files(), "cifar10.tar.gz"), quiet=True)
    assert (decoded.name, decoded.kind) == ("image folder cifar10.tar.gz", "image-folder")
