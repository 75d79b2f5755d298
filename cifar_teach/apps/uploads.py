"""From what a stranger uploads to pixels: opened safely, or refused with a sentence the visitor can use.

An app must expect files that were made to do harm: a few kilobytes that unpack to gigabytes, a web page with a script
that calls itself ``cat.png``, a picture that is an archive as well, a name with ``../`` in it. So the name is only ever
shown, the kind of file is read from its first bytes, only the decoder of that kind sees the file, size and number of
pixels are checked before anything is decoded, and what the answers show afterwards is drawn anew from the pixels: no
byte of the file is put into the page.

The pixels come from :func:`cifar_teach.preprocess.photo_to_image`, as in training.
"""

from __future__ import annotations

import io
import os
import re
import threading
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ..config import IMAGE_SIZE
from ..data.photo import photo_to_image
from ..data.pixels import to_rgb
from ..exceptions import DataError

MAX_BYTES = 20 * 2**20
"""Largest file that is taken: more than any phone's photo has."""
MAX_PIXELS = 40_000_000
"""Largest number of pixels that is decoded; 40 million need 400 MB of memory for a moment in colour, and 800 MB as
floats."""
PREVIEW_SIDE = 320
"""Longest side in pixels of the small copy that the apps show."""
LONGEST_NAME = 60

# How each kind of picture begins. Anything else is refused before a decoder sees it.
_BEGINNINGS = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "GIF": rb"GIF8[79]a",
    "WebP": rb"RIFF....WEBP",
    "BMP": rb"BM",
    "TIFF": rb"II\*\0|MM\0\*",
}
_KNOWN = "JPEG, PNG, WebP, GIF, BMP or TIFF"

# What is often taken for such a picture, and what to do with it.
_LOOKALIKES = (
    (rb"ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", "is an HEIC photo, which is not read here. Save or share it as JPEG."),
    (rb"ftypavif", "is an AVIF picture, which is not read here. Save it as JPEG or PNG."),
    (rb"ftypjp[2x]", "is a JPEG 2000 picture, which is not read here. Save it as JPEG or PNG."),
    (rb"ftyp|\x1aE\xdf\xa3", "is a film, not a picture. Pause it, take a screenshot, and use that."),
    (rb"%PDF", "is a PDF document, not a picture. Take a screenshot of the page and use that."),
    (rb"%!PS", "is a PostScript drawing, not pixels. Export it as PNG."),
    (rb"(?i)<svg|<\?xml", "is a drawing (SVG), not pixels, and may hold a program. Export it as PNG."),
    (rb"(?i)<html|<!doctype|<script", "is a web page, not a picture. Save the picture itself."),
    (rb"PK\x03\x04", "is an archive, not a picture. Unpack it and choose the pictures in it."),
)

# Programs inside a picture. Long enough not to appear by chance in compressed pixels.
_PROGRAMS = re.compile(rb"(?i)<script|<!doctype|<\?php|<html[\s>]|<iframe")
# "GIF89a/*" makes a GIF a JavaScript comment; so does "/*" as the length of a JPEG's first segment.
_COMMENT_AS_HEADER = re.compile(rb"(?:GIF8[79]a|\xff\xd8\xff\xe0|BM)/\*")

_one_at_a_time = threading.Lock()
"""Large pictures are decoded one after the other, so that several visitors do not fill the memory together."""


@dataclass(frozen=True)
class Picture:
    """One picture that was read.

    Attributes:
        name: what to call it: the last part of the file's name, safe to show as text (not as HTML).
        width: of the original in pixels, after turning it the way the camera was held.
        height: of the original in pixels.
        kind: JPEG, PNG, WebP, GIF, BMP or TIFF; "pixels" when it was no file.
        images: what networks see, uint8 ``(size, size, 3)``, RGB, by size.
        preview: a small copy of the whole picture for people, uint8 ``(height, width, 3)``.
    """

    name: str
    width: int
    height: int
    kind: str
    images: dict[int, np.ndarray]
    preview: np.ndarray


def read_upload(
    source: bytes | str | os.PathLike[str], name: str | None = None, sizes: Iterable[int] = (IMAGE_SIZE,)
) -> Picture:
    """Read one uploaded picture.

    Args:
        source: its bytes, or the path where a server has put them.
        name: the name the visitor's browser gave; folders in it are ignored, and nothing is ever opened by it. None
            takes the last part of the path.
        sizes: widths (and heights) in pixels of what the networks take.

    Raises:
        DataError: the file is empty, larger than 20 MB, no JPEG, PNG, WebP, GIF, BMP or TIFF by its content, also
            something else (a script, an archive, a document), damaged, or has more than 40 million pixels. The
            message is for the visitor.
    """
    is_path = not isinstance(source, bytes | bytearray | memoryview)
    shown = clean_name(name if name is not None else os.fspath(source) if is_path else "picture")
    payload = _bytes_of(Path(source), shown) if is_path else bytes(source)
    _check_size(len(payload), shown)
    kind = _check_content(payload, shown)
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of decoders, about what they could repair
        _check_pixels(payload, shown, kind)
        images = {size: photo_to_image(_named(payload, shown), size) for size in set(sizes)}
        preview, width, height = _preview(payload, shown, kind)
    return Picture(shown, width, height, kind, images, preview)


def from_pixels(image: np.ndarray, name: str, sizes: Iterable[int] = (IMAGE_SIZE,)) -> Picture:
    """Return a :class:`Picture` of pixels that are trusted, such as a drawing of :mod:`cifar_teach.synthetic`."""
    height, width = image.shape[:2]
    images = {size: photo_to_image(image, size) for size in set(sizes)}
    return Picture(clean_name(name), width, height, "pixels", images, image)


def clean_name(name: str) -> str:
    """Return the last part of a file's name, without control characters, shortened in the middle to 60 characters."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    last = "".join(character for character in last if character.isprintable()).strip(". ")
    if len(last) > LONGEST_NAME:
        last = f"{last[: LONGEST_NAME - 16]}…{last[-15:]}"
    return last or "picture"


class _Named(io.BytesIO):
    """Bytes with a name, by which errors call them."""

    name = ""


def _named(payload: bytes, name: str) -> _Named:
    file = _Named(payload)
    file.name = name
    return file


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        _check_size(path.stat().st_size, name)  # before it is read
        return path.read_bytes()
    except OSError as problem:
        raise DataError(f"'{name}' did not arrive ({problem.strerror}). Upload it again.") from problem


def _check_size(size: int, name: str) -> None:
    if size == 0:
        raise DataError(f"'{name}' is empty. Choose another file.")
    if size > MAX_BYTES:
        raise DataError(
            f"'{name}' is too large: {size / 2**20:.0f} MB, and at most {MAX_BYTES // 2**20} MB are taken. "
            "Make the picture smaller, or take a screenshot of it."
        )


def _check_content(payload: bytes, name: str) -> str:
    """Return the kind of picture, or raise when it is none or when it is something else as well."""
    start = payload[:1024]
    kind = next((kind for kind, pattern in _BEGINNINGS.items() if re.match(pattern, start, re.DOTALL)), None)
    if kind is None:
        known = (what for pattern, what in _LOOKALIKES if re.search(pattern, start))
        raise DataError(f"'{name}' {next(known, f'is not a picture. Expected is {_KNOWN}.')}")
    something_else = (
        "a program" if _PROGRAMS.search(payload) or _COMMENT_AS_HEADER.match(start)
        else "a PDF document" if b"%PDF-" in start
        else "an archive" if zipfile.is_zipfile(io.BytesIO(payload))
        else None
    )  # fmt: skip
    if something_else:
        raise DataError(
            f"'{name}' is a picture and {something_else} in one, which no camera makes. It is not opened. "
            "Take a screenshot of the picture and use that."
        )
    return kind


def _opened(payload: bytes, kind: str) -> Image.Image:
    """Return the picture as Pillow's decoder of its own kind opens it; no other decoder gets to see it."""
    return Image.open(io.BytesIO(payload), formats=["JPEG", "MPO"] if kind == "JPEG" else [kind.upper()])


def _check_pixels(payload: bytes, name: str, kind: str) -> None:
    """Raise when the header promises more pixels than are decoded. Whatever else is wrong, the decoder says later."""
    try:
        with _opened(payload, kind) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        width = height = 2**31
    except Exception:  # a damaged file can make a decoder raise nearly anything
        return
    if width * height > MAX_PIXELS:
        claim = "more pixels than any camera makes" if width == 2**31 else f"{width} × {height} pixels"
        raise DataError(
            f"'{name}' claims to have {claim}, and at most {MAX_PIXELS // 1_000_000} million are decoded. "
            "Make the picture smaller first."
        )


def _preview(payload: bytes, name: str, kind: str) -> tuple[np.ndarray, int, int]:
    """Return a small copy of the whole picture, and its width and height."""
    with _opened(payload, kind) as image:
        width, height = image.size
        if kind == "JPEG":  # only a fraction of its pixels is decoded, so its size must come from the header
            if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):
                width, height = height, width
            image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
        small = to_rgb(ImageOps.exif_transpose(image), name)
        if kind != "JPEG":
            width, height = small.size
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(small), width, height
