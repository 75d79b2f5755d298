"""From a user's picture, of any size and kind, to the input of a model.

One function for training images, the app and ``cifar-teach predict``: when training and prediction prepare
a picture differently, a model is worse in use than in its report and nobody sees why.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..config import IMAGE_SIZE
from ..exceptions import DataError
from .pixels import array_to_rgb, to_rgb

MAX_PIXELS = 64_000_000
"""Larger pictures are refused from their header: a file of a few kilobytes can claim to hold gigabytes."""

# Formats that are pictures and nothing else. Pillow can open more, among them EPS, which runs a program.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF", "ICO", "MPO")

# How files begin that are often mistaken for pictures, and what to do with them.
_LOOKALIKES = {
    b"<svg": "It is a drawing (SVG), not pixels. Export it as PNG.",
    b"%PDF": "It is a PDF document. Export the page as PNG.",
    b"%!PS": "It is a PostScript drawing, not pixels. Export it as PNG.",
    b"ftypheic": "It is an HEIC photo. Save it as JPEG.",
    b"ftypmif1": "It is an HEIF photo. Save it as JPEG.",
    b"<html": "It is a web page. Save the picture itself.",
}

Source = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | np.ndarray


def photo_to_image(source: Source, size: int = IMAGE_SIZE) -> np.ndarray:
    """Turn one picture into what every network of this package takes.

    In this order: the first frame is taken; the camera's orientation (EXIF) is applied; 16-bit, float,
    CMYK, grey and palette values become 8-bit RGB; transparent parts become white; the largest centred
    square is cut out, because squeezing would distort the object; the square is resized by bicubic
    interpolation, which averages over all pixels when it shrinks (antialiasing: without it, fine patterns
    turn into false ones). Large JPEGs are decoded at a reduced size first, which is several times faster and
    cannot be seen at 32 pixels. Colour profiles are ignored.

    An RGB picture that already has the right size comes out unchanged, bit by bit.

    Args:
        source: a path, the bytes of a file, an open binary file, a Pillow image, or an array
            (height, width), (height, width, 1), (height, width, 3) or (height, width, 4) of uint8 0-255,
            uint16 0-65535, bool or float 0-1. Floats above 1 are taken, too: the range, 0-255 or 0-65535, is
            guessed from the largest value. A black picture in 0-255 can be taken for one in 0-1: give it as uint8.
        size: width and height of the result in pixels.

    Returns:
        uint8 (size, size, 3), RGB. ``photo_to_image(source)[None]`` is a batch of one.

    Raises:
        DataError: the source does not exist, is no picture, is damaged or empty, or has more than 64 million
            pixels; an array has another shape, or values below 0 or not finite. The message names the file.
    """
    if not isinstance(size, int | np.integer) or size < 1:
        raise DataError(f"size must be a whole number of pixels from 1, not {size!r}.")
    if isinstance(source, np.ndarray):
        return _square(array_to_rgb(source, "The array"), size)
    if isinstance(source, Image.Image):
        name = _name(source, "filename", "The image")
        _check_pixel_count(source, name)
        with _readable(name):
            # A copy: neither the caller's image nor the frame it stands at is changed.
            return _square(to_rgb(ImageOps.exif_transpose(source.copy()), name), size)
    if isinstance(source, bytes | bytearray | memoryview):
        return _decode(io.BytesIO(source), "The picture", size)
    if isinstance(source, str | os.PathLike):
        return _decode_path(Path(source), size)
    if hasattr(source, "read"):
        name = _name(source, "name", "The picture")
        return _decode(_rewound(source, name), name, size)
    raise DataError(f"A picture must be a path, bytes, an open file, an image or an array, not {source!r:.40}.")


def photo_to_images(sources: Iterable[Source], size: int = IMAGE_SIZE) -> np.ndarray:
    """Turn several pictures into one batch, uint8 (n, size, size, 3); see :func:`photo_to_image`.

    Raises:
        DataError: one of them cannot be used, or there is none.
    """
    if isinstance(sources, str | os.PathLike | bytes | Image.Image):
        raise DataError("photo_to_images takes a list of pictures; for a single one use photo_to_image.")
    images = [photo_to_image(source, size) for source in sources]
    if not images:
        raise DataError("There are no pictures: the list is empty.")
    return np.stack(images)


def _name(source: object, attribute: str, otherwise: str) -> str:
    """Return the name of the file behind ``source``, in quotes, if it has one."""
    name = getattr(source, attribute, None)
    return f"'{Path(name).name}'" if isinstance(name, str | os.PathLike) and name else otherwise


def _decode_path(path: Path, size: int) -> np.ndarray:
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"'{path}' cannot be opened: {reason}. Check the path.") from error
    with file:
        return _decode(file, f"'{path.name}'", size)


def _rewound(file: BinaryIO, name: str) -> BinaryIO:
    """Return everything in an open file from its start, wherever earlier readers left it."""
    try:
        if file.seekable():
            file.seek(0)
        return io.BytesIO(file.read())
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{name} cannot be read: {error}. Open the file in binary mode ('rb').") from error


def decode_image(payload: bytes, size: int, name: str) -> np.ndarray:
    """Return the picture in ``payload``, a file of a training set, exactly as :func:`photo_to_image` does.

    Args:
        payload: the bytes of an image file.
        size: width and height of the result in pixels.
        name: what to call the file in an error.

    Raises:
        DataError: the bytes are not a picture, damaged, or more than :data:`MAX_PIXELS`.
    """
    return _decode(io.BytesIO(payload), f"'{name}'", size)


def _decode(file: BinaryIO, name: str, size: int) -> np.ndarray:
    start = file.read(1024)
    if not start:
        raise DataError(f"{name} is empty.")
    with warnings.catch_warnings(), _readable(name, start):
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return _open_and_cut(file, name, size)


def _open_and_cut(file: BinaryIO, name: str, size: int) -> np.ndarray:
    with Image.open(file, formats=_known_formats()) as image:
        _check_pixel_count(image, name)
        if image.format in ("JPEG", "MPO"):
            image.draft("RGB", (4 * size, 4 * size))
        return _square(to_rgb(ImageOps.exif_transpose(image), name), size)


def _known_formats() -> list[str]:
    """Return the names in ``_FORMATS`` that this Pillow was built with."""
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


@contextmanager
def _readable(name: str, start: bytes = b"") -> Iterator[None]:
    """Turn whatever a decoder raises into one sentence; ``start`` is how the file begins."""
    try:
        yield
    except DataError:
        raise
    except UnidentifiedImageError as error:
        hints = (hint for mark, hint in _LOOKALIKES.items() if mark in start)
        hint = next(hints, "Expected JPEG, PNG, WebP, GIF, BMP or TIFF.")
        raise DataError(f"{name} is not a picture that can be read. {hint}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(_too_large(name)) from error
    except Exception as error:  # a damaged file can make a decoder raise nearly anything
        raise DataError(f"{name} is damaged or incomplete: {error}. Save or download it again.") from error


def _check_pixel_count(image: Image.Image, name: str) -> None:
    """Raise before anything is decoded: width and height stand in the header."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise DataError(_too_large(name, f" ({width} × {height})"))
    if width * height == 0:
        raise DataError(f"{name} has no pixels: its size is {width} × {height}.")


def _too_large(name: str, measured: str = "") -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"{name} is too large{measured}: at most {limit} million pixels. Make it smaller first."


def _square(image: Image.Image, size: int) -> np.ndarray:
    """Return the largest centred square of an RGB image as uint8 (size, size, 3)."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Cut first: resizing a box of a larger picture would mix in pixels from outside the box. The reducing gap
    # averages whole blocks, down to three times the size wanted, before the bicubic step.
    square = image.crop((left, top, left + side, top + side))
    return np.array(square.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0))
