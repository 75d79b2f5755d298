"""Every kind of pixel a picture can have, turned into 8-bit RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..exceptions import DataError

BACKGROUND = "white"
"""What shows through transparent parts: the paper on which most cut-out pictures are drawn."""


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Return the Pillow image ``image``, of any mode, as 8-bit RGB.

    Transparent parts become white. One-channel modes with more than 8 bits (``I;16``, ``I``, ``F``) are
    scaled as :func:`array_to_rgb` says; Pillow's own conversion would clip them to white.

    Args:
        image: any mode that Pillow converts to RGB.
        name: what to call it in an error.

    Raises:
        DataError: float values that no picture has.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode[0] in "IF":
        return array_to_rgb(np.asarray(image), name)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, BACKGROUND), image).convert("RGB")
    return image.convert("RGB")


def array_to_rgb(array: np.ndarray, name: str) -> Image.Image:
    """Return an array of pixels as an 8-bit RGB image.

    The range of the values is taken from the type and, where the type leaves it open, from the values:
    uint8 is 0-255, uint16 is 0-65535, bool is black and white. Other whole numbers are 0-255 or, when one
    is larger, 0-65535. Float values are 0-1 or, when one is larger, 0-255 or 0-65535. Whatever is larger
    still is divided by its own maximum.

    Args:
        array: (height, width), (height, width, 1), (height, width, 3) or (height, width, 4) with alpha.
        name: what to call it in an error.

    Raises:
        DataError: another shape, no pixels, a value below 0 or not finite, or a type that is no number.
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim != 2 and not (array.ndim == 3 and array.shape[2] in (3, 4)):
        raise DataError(f"{name} has shape {array.shape}; expected (height, width, 3).{_shape_hint(array)}")
    if array.size == 0:
        raise DataError(f"{name} has no pixels: its shape is {array.shape}.")
    return to_rgb(Image.fromarray(np.ascontiguousarray(_to_bytes(array, name))), name)


def _shape_hint(array: np.ndarray) -> str:
    if array.ndim == 4:
        return " It is a batch; pass one picture at a time, as batch[0]."
    if array.ndim == 3 and array.shape[0] in (1, 3, 4):
        return " The channels come first; move them with array.transpose(1, 2, 0)."
    return ""


def _to_bytes(array: np.ndarray, name: str) -> np.ndarray:
    """Return ``array`` as uint8 of the same shape, its full range stretched to 0-255."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array * np.uint8(255)
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise DataError(f"{name} has values of type {array.dtype}; expected uint8, 0-255.")
    values = array.astype(np.float64)  # eight bytes a pixel: from here on it is changed in place
    largest = float(values.max())
    if not np.isfinite(values).all() or values.min() < 0:
        raise DataError(f"{name} has values below 0 or not finite. Expected pixel values 0-255: not standardised ones.")
    if array.dtype == np.uint16 or array.dtype == np.dtype(">u2"):
        full = 65535.0
    else:
        ranges = (255.0, 65535.0) if np.issubdtype(array.dtype, np.integer) else (1.0, 255.0, 65535.0)
        full = next((end for end in ranges if largest <= end), largest)
    values *= 255 / full
    return np.rint(values, out=values).astype(np.uint8)
