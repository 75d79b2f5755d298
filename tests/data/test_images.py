from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image

from cifar_teach.config import CLASS_NAMES
from cifar_teach.data.images import IMAGE_SUFFIXES, arrange, is_image_name
from cifar_teach.data.photo import _known_formats, decode_image
from cifar_teach.data.sources import read_source
from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import photo_to_image


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A smooth picture whose corners differ."""
    rows, columns = np.mgrid[0:height, 0:width]
    red, green = 255 * columns / width, 255 * rows / height
    pixels = np.stack([red, green, 255 - red], axis=-1).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def sixteen_bit(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.asarray(photo(width, height, "L")).astype(np.uint16) * 257)


def rotated_by_the_camera() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(photo(90, 60), "JPEG", exif=exif)


PICTURES = {
    "right size": encode(photo(32, 32)),
    "small": encode(photo(20, 11)),
    "wide": encode(photo(300, 80)),
    "large jpeg": encode(photo(900, 700), "JPEG"),
    "grey": encode(photo(60, 60, "L")),
    "palette": encode(photo(60, 60, "P"), "GIF"),
    "transparent": encode(photo(60, 60, "RGBA")),
    "cmyk": encode(photo(60, 60, "CMYK"), "JPEG"),
    "16 bit": encode(sixteen_bit(60, 40)),
    "turned": rotated_by_the_camera(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_training_pictures_are_prepared_like_those_of_prediction(name: str) -> None:
    decoded = decode_image(PICTURES[name], 32, name)
    assert decoded.shape == (32, 32, 3)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, photo_to_image(PICTURES[name]))


def test_an_image_of_the_right_size_is_unchanged() -> None:
    np.testing.assert_array_equal(decode_image(PICTURES["right size"], 32, "x"), np.asarray(photo(32, 32)))


def test_a_wide_picture_is_cut_to_its_centre() -> None:
    decoded = decode_image(PICTURES["wide"], 32, "x").astype(int)
    assert 90 < decoded[16, 0, 0] < decoded[16, 31, 0] < 165  # the middle 80 of 300 columns of rising red


def test_transparent_parts_become_white() -> None:
    clear = encode(Image.new("RGBA", (40, 40), (200, 0, 0, 0)))
    assert (decode_image(clear, 32, "x") == 255).all()


def claims_to_be(width: int, height: int) -> bytes:
    """A PNG of one pixel whose header says otherwise."""
    content = bytearray(encode(Image.new("L", (1, 1))))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "'a/b.jpg' is empty"),
        (b"this is text", "'a/b.jpg' is not a picture that can be read"),
        (PICTURES["large jpeg"][:900], "'a/b.jpg' is damaged or incomplete"),
        (PICTURES["right size"][:-60], "'a/b.jpg' is damaged or incomplete"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage", "'a/b.jpg' is not a picture that can be read"),
    ],
)
def test_what_is_no_image_is_named(payload: bytes, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        decode_image(payload, 32, "a/b.jpg")


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_a_decompression_bomb_is_not_opened(side) -> None:
    with pytest.raises(DataError, match=r"'bomb\.png' is too large"):
        decode_image(claims_to_be(side, side), 32, "bomb.png")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat/1.jpg", True),
        ("cat/1.JPEG", True),
        ("cat/notes.txt", False),
        ("cat/._1.jpg", False),
        (".thumbnails/cat/1.jpg", False),
        ("__MACOSX/cat/1.jpg", False),
    ],
)
def test_which_names_are_images(name: str, expected: bool) -> None:
    assert is_image_name(PurePosixPath(name)) is expected


def arranged(*names: str, source: str = "set") -> tuple:
    """Arrange one-pixel images whose value is their place in ``names``."""
    decoded = [(PurePosixPath(name), np.full((1, 1, 3), k, np.uint8)) for k, name in enumerate(names)]
    return arrange(decoded, source)


def test_images_are_ordered_by_class_then_name_however_they_arrive() -> None:
    names = ["train/b/2.png", "test/a/1.png", "train/a/9.png", "train/b/1.png", "train/a/1.png", "test/b/1.png"]
    train, test, class_names = arranged(*names)
    assert class_names == ("a", "b")
    assert train.images[:, 0, 0, 0].tolist() == [4, 2, 3, 0]
    assert train.labels.tolist() == [0, 0, 1, 1]
    assert test.images[:, 0, 0, 0].tolist() == [1, 5]


def test_cifar_names_keep_their_own_order() -> None:
    assert arranged(*(f"{name}/1.png" for name in sorted(CLASS_NAMES, reverse=True)))[2] == CLASS_NAMES
    assert arranged("truck/1.png", "cat/1.png")[2] == ("cat", "truck")


def test_a_set_without_split_is_all_training() -> None:
    train, test, _ = arranged("a/1.png", "b/1.png", "b/2.png")
    assert len(train.images) == 3
    assert len(test.images) == 0


def test_folders_around_the_layout_do_not_matter() -> None:
    assert len(arranged("x/y/train/a/1.png", "x/y/test/a/1.png", "x/y/train/b/1.png")[1].images) == 1
    assert arranged("x/y/a/1.png", "x/y/b/1.png")[2] == ("a", "b")


def test_validation_stands_for_test_or_joins_training() -> None:
    train, test, _ = arranged("train/a/1.png", "val/a/1.png", "train/b/1.png")
    assert (len(train.images), len(test.images)) == (2, 1)
    train, test, _ = arranged("train/a/1.png", "val/a/1.png", "train/b/1.png", "test/b/1.png")
    assert (len(train.images), len(test.images)) == (3, 1)


def test_a_class_may_be_called_train() -> None:
    assert arranged("vehicles/train/1.png", "vehicles/car/1.png")[2] == ("car", "train")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "There are no images in 'set'"),
        (("1.png", "2.png"), "'1.png' is not in a class folder"),
        (("train/a/1.png", "train/b/1.png", "stray.png"), "'stray.png' is not in a class folder"),
        (("a/1.png", "a/more/2.png", "b/1.png"), "'a/1.png' is not in a class folder like the rest"),
        (("a/x/1.png", "b/y/2.png"), "has folders in class folders"),
        (("train/a/1.png", "train/b/1.png", "other/a/1.png"), "has folders in class folders"),
        (("test/a/1.png", "test/b/1.png"), "no folder 'train'"),
        (("a/1.png", "a/2.png"), "only one class folder, 'a'"),
        (("train/a/1.png", "test/b/1.png"), "no training images of: b"),
    ],
)
def test_other_layouts_are_explained(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        arranged(*names)


def test_a_folder_is_read_in_name_order(picture_files, write_folder) -> None:
    root = write_folder(picture_files(train=3, test=1) | {"README.txt": b"hello", "train/cat/.DS_Store": b"x"})
    decoded = read_source(root, quiet=True)
    assert decoded.train.images.shape == (30, 32, 32, 3)
    assert decoded.train.images[:, 0, 0, 0].tolist() == [10 * label for label in range(10) for _ in range(3)]
    assert decoded.train.images[:3, 0, 0, 1].tolist() == [0, 10, 20]
    assert (decoded.test.images[:, 0, 0, 2] == 200).all()


def test_an_empty_folder_and_an_empty_class_are_named(tmp_path, picture_files, write_folder) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"no images in '.*nothing'"):
        read_source(tmp_path / "nothing", quiet=True)
    root = write_folder(picture_files())
    (root / "train" / "unicorn").mkdir()
    with pytest.raises(DataError, match=r"'train.unicorn' holds no images"):
        read_source(root, quiet=True)


def test_a_file_that_is_no_image_is_named_with_its_folder(picture_files, write_folder) -> None:
    root = write_folder(picture_files(train=1, test=1) | {"train/frog/bad.jpg": b"GIF89a but not really"})
    with pytest.raises(DataError, match=re.escape("'train/frog/bad.jpg' is not a picture that can be read")):
        read_source(root, quiet=True)


def test_every_suffix_belongs_to_a_format_that_is_opened() -> None:
    extensions = Image.registered_extensions()
    assert {extensions[suffix] for suffix in IMAGE_SUFFIXES} <= set(_known_formats())
