"""What strangers upload: every honest picture is read, every hostile one refused with a sentence."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from cifar_teach.apps.uploads import MAX_BYTES, clean_name, read_upload
from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import photo_to_image

from .conftest import drawing, encoded


def refused(payload: bytes, name: str = "picture.png") -> str:
    with pytest.raises(DataError) as caught:
        read_upload(payload, name)
    message = str(caught.value)
    assert name.rsplit("/", 1)[-1] in message
    return message


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG that claims to be as large as this, and holds as many zeros."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join([packer.compress(bytes(1_000_000)) for _ in range(20)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# ---- honest pictures


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF"])
def test_every_kind_of_picture_is_known_by_its_content(kind):
    payload = encoded(drawing(5, (60, 80)), kind)
    picture = read_upload(payload, "looks-like.txt")
    assert (picture.kind, picture.width, picture.height) == (kind, 60, 80)
    assert (picture.images[32] == photo_to_image(payload)).all()


def photo_16_bit() -> Image.Image:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype("uint16")
    return Image.fromarray(ramp)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (encoded(photo_16_bit(), "PNG"), (0, 255)),
        (encoded(drawing(1).convert("CMYK"), "JPEG"), None),
        (encoded(drawing(1).convert("P"), "PNG"), None),
        (encoded(drawing(1).convert("L"), "PNG"), None),
        (encoded(drawing(1).convert("1"), "PNG"), None),
        (encoded(Image.new("RGBA", (64, 64), (200, 0, 0, 0)), "PNG"), (255, 255)),
        (encoded(Image.new("LA", (64, 64), (0, 0)), "PNG"), (255, 255)),
    ],
    ids=["16 bit", "CMYK", "palette", "grey", "black and white", "transparent", "grey and transparent"],
)
def test_every_mode_is_read_as_in_training(payload, expected):
    picture = read_upload(payload, "p")
    assert (picture.images[32] == photo_to_image(payload)).all()
    assert picture.preview.dtype == np.uint8 and picture.preview.shape[2] == 3
    if expected:
        assert abs(int(picture.images[32].min()) - expected[0]) < 9 and picture.images[32].max() >= expected[1] - 9


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF"])
@pytest.mark.parametrize(("orientation", "size"), [(1, (90, 60)), (3, (90, 60)), (6, (60, 90)), (8, (60, 90))])
def test_photos_are_turned_as_the_camera_was_held(orientation, size, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"tiffinfo": {0x0112: orientation}} if kind == "TIFF" else {"exif": exif}
    picture = read_upload(encoded(drawing(1, (90, 60)), kind, **options), "phone.jpg")
    assert (picture.width, picture.height) == size
    assert picture.preview.shape[:2] == size[::-1]


def test_the_first_frame_of_an_animation_counts():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    payload = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_upload(payload, "film.gif").images[32][16, 16].tolist() == [255, 0, 0]


def test_a_picture_is_read_at_every_size_that_a_model_needs():
    payload = encoded(drawing(1, (300, 300)), "PNG")
    images = read_upload(payload, "p", (32, 96)).images
    assert {size: image.shape for size, image in images.items()} == {32: (32, 32, 3), 96: (96, 96, 3)}
    assert (images[96] == photo_to_image(payload, 96)).all()


def test_a_large_photo_is_fine():
    payload = encoded(Image.new("RGB", (7000, 5000), (9, 99, 199)), "JPEG")
    assert np.abs(read_upload(payload, "p").images[32].astype(int) - [9, 99, 199]).max() <= 2


# ---- files that are none, or mean harm


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "is empty"),
        (b"hello, world", "Expected is JPEG, PNG, WebP, GIF, BMP or TIFF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "may hold a program"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "drawing (SVG)"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
        (b"%PDF-1.7", "PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file", "PostScript"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "film"),
        (encoded(drawing(1), "JPEG2000"), "JPEG 2000 picture"),
        (b"P6 9000 9000 255 ", "Expected is JPEG"),
        (encoded(drawing(1), "PNG")[:300], "damaged or incomplete"),
        (encoded(drawing(1), "JPEG")[:200], "damaged or incomplete"),
        (b"\x89PNG\r\n\x1a\nbroken", "not a picture|damaged"),
        (b"II*\0" + b"\xff" * 500, "not a picture|damaged"),
    ],
)
def test_what_is_no_picture_is_explained(payload, words):
    message = refused(payload)
    assert any(word in message for word in words.split("|")), message


def test_a_file_of_50_mb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.write(b"\xff\xd8\xff\xe0")
        file.truncate(50 * 2**20)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"'huge.jpg' is too large: 50 MB, and at most 20 MB"):
        read_upload(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert MAX_BYTES == 20 * 2**20
    assert "too large" in refused(b"\xff\xd8\xff" + bytes(MAX_BYTES))


@pytest.mark.parametrize("size", [(20_000, 20_000), (8_000, 5_001), (2_000_000, 1_000_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_from_its_header(size):
    payload = bomb(*size)
    assert len(payload) < 100_000
    tracemalloc.start()
    message = refused(payload)
    assert tracemalloc.get_traced_memory()[1] < 4 * 2**20, "nothing was decoded"
    tracemalloc.stop()
    assert "million" in message or "damaged" in message, message


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        whole.writestr("evil.py", "print('hello')")
    return file.getvalue()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (encoded(drawing(1), "PNG") + b"<script>alert(1)</script>", "a program"),
        (encoded(drawing(1), "JPEG", comment=b"<ScRiPt src=//evil></script>"), "a program"),
        (encoded(drawing(1), "GIF") + b"<?php system($_GET['c']); ?>", "a program"),
        (encoded(drawing(1), "GIF", comment=b"<html><body onload=alert(1)>"), "a program"),
        (b"GIF89a/*" + encoded(drawing(1), "GIF")[8:] + b"*/=1;alert(1)", "a program"),
        (encoded(drawing(1), "PNG") + archive(), "an archive"),
        (encoded(drawing(1), "JPEG", comment=b"%PDF-1.4 1 0 obj"), "a PDF document"),
    ],
    ids=[
        "PNG and HTML",
        "JPEG comment",
        "GIF and PHP",
        "GIF comment",
        "GIF and JavaScript",
        "PNG and ZIP",
        "JPEG and PDF",
    ],
)
def test_a_file_that_is_two_things_is_refused(payload, words):
    message = refused(payload)
    assert words in message and "It is not opened" in message


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("/etc/shadow", "shadow"),
        ("..", "picture"),
        ("", "picture"),
        ("a\0b\n\x1b[31mc.png", "ab[31mc.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 300 + ".png", "x" * 44 + "…" + "x" * 11 + ".png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
    ],
)
def test_a_name_is_only_shown_and_never_opened(name, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert clean_name(name) == shown
    assert read_upload(encoded(drawing(1), "PNG"), name).name == shown
    assert not list(tmp_path.iterdir())


def test_random_pixels_are_not_taken_for_a_program():
    """Ten megabytes of noise hold every short sequence of bytes; the marks must be longer than that."""
    noise = np.random.default_rng(0).integers(0, 256, (1800, 1800, 3), dtype=np.uint8)
    payload = encoded(Image.fromarray(noise), "PNG")
    assert len(payload) > 9_000_000
    assert read_upload(payload, "noise.png").kind == "PNG"
