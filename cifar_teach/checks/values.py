"""Between the student's objects and the checks: only plain data passes.

Plain data are numbers, text, None, lists, tuples, dicts with text keys, and NumPy arrays of numbers. A check that sees
nothing else cannot be fooled by an object that claims to be equal to everything, and works the same when the student's
code runs in another process.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from .verdict import CheckFailed

MAX_ELEMENTS = 20_000_000
MAX_ITEMS = 200_000
MAX_TEXT = 100_000
MAX_DEPTH = 8
SHOWN_ELEMENTS = 12
SHOWN_TEXT = 160


def plain(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as plain data; tensors of any framework become arrays.

    Raises:
        CheckFailed: it is of a kind that cannot be looked at, or too large.
    """
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise CheckFailed(f"A text of {len(value):,} characters came, which is too long to look at.")
        return str(value)
    if depth > MAX_DEPTH:
        raise CheckFailed("The result is nested too deeply to look at: lists in lists in lists.")
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, list | tuple | set | frozenset | dict | range):
        return _container(value, depth)
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):  # the latter: images of Pillow
        return _array(_as_array(value))
    raise CheckFailed(
        f"A value of type {type(value).__name__} came, which cannot be compared.",
        expected="numbers, text, lists or arrays",
        hint=_hint_for(value),
    )


def _container(value: Any, depth: int) -> Any:
    if len(value) > MAX_ITEMS:
        raise CheckFailed(
            f"A {type(value).__name__} of {len(value):,} items came, which is too long to look at.",
            hint="Return a NumPy array when there are many numbers.",
        )
    if isinstance(value, dict):
        # Class numbers are often keys; text keys and number keys stay apart.
        return {
            (key if isinstance(key, str) else plain(key, depth + 1)): plain(each, depth + 1)
            for key, each in value.items()
            if isinstance(key, str | numbers.Number)
        }
    if isinstance(value, set | frozenset):
        return sorted((plain(each, depth + 1) for each in value), key=repr)
    items = [plain(each, depth + 1) for each in value]
    return tuple(items) if isinstance(value, tuple) else items


def _as_array(value: Any) -> np.ndarray:
    """Tensors of TensorFlow, JAX and Torch, and pandas columns, all know how to become an array."""
    detach = getattr(value, "detach", None)  # a Torch tensor with gradients refuses otherwise
    try:
        return np.asarray(detach() if callable(detach) else value)
    except Exception as problem:
        raise CheckFailed(
            f"A value of type {type(value).__name__} came, which could not be turned into an array.",
            hint=f"np.asarray(…) of it says: {shorten(str(problem), 100)}",
        ) from None


def _array(array: np.ndarray) -> np.ndarray:
    if array.size > MAX_ELEMENTS:
        raise CheckFailed(f"An array of {array.size:,} numbers came, which is too large to look at.")
    if array.dtype.kind in "biufc":
        return np.array(array, copy=True, subok=False)
    if array.dtype.kind in "US":
        return array.astype(str)
    if array.dtype == object:
        raise CheckFailed(
            "An array of dtype object came: its items are not numbers of one kind.",
            hint="Rows of different lengths, or None among the items, make NumPy give up on numbers.",
        )
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    raise CheckFailed(
        f"An array of dtype {array.dtype} came, which cannot be compared.", expected="an array of numbers"
    )


def _hint_for(value: Any) -> str:
    if callable(value):
        return "This is a function or a class: was it returned without calling it?"
    if hasattr(value, "__next__"):
        return "This is a generator: collect its items in a list or an array."
    return ""


def show(value: Any) -> str:
    """Return a short description of plain data for a message: small values whole, large ones by type and shape."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        if value.size <= SHOWN_ELEMENTS:
            return f"{_numbers(value)} ({value.dtype}, shape {value.shape})"
        return f"array {value.dtype} {value.shape}{_span(value)}"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return repr(shorten(value, SHOWN_TEXT))
    if isinstance(value, list | tuple):
        inside = ", ".join(show(each) for each in value[:SHOWN_ELEMENTS])
        more = f", … {len(value)} items" if len(value) > SHOWN_ELEMENTS else ""
        if isinstance(value, tuple) and len(value) == 1:
            more = ","  # without it, Python takes the parentheses for those of a formula
        left, right = "[]" if isinstance(value, list) else "()"
        return shorten(f"{left}{inside}{more}{right}", 2 * SHOWN_TEXT)
    if isinstance(value, dict):
        inside = ", ".join(f"{key!r}: {show(each)}" for key, each in list(value.items())[:SHOWN_ELEMENTS])
        return shorten("{" + inside + "}", 2 * SHOWN_TEXT)
    return shorten(repr(value), SHOWN_TEXT)


def _span(array: np.ndarray) -> str:
    """Describe from where to where the values go, those that are no numbers left out."""
    if array.dtype.kind not in "iuf":
        return ""
    finite = array[np.isfinite(array)]
    if not finite.size:
        return ", no value is a finite number"
    rest = array.size - finite.size
    return f", values {_number(finite.min())} to {_number(finite.max())}" + (f", {rest:,} not finite" if rest else "")


def _numbers(array: np.ndarray) -> str:
    return np.array2string(array, separator=", ", precision=4, suppress_small=True).replace("\n", "")


def _number(value: Any) -> str:
    return f"{float(value):.5g}" if isinstance(value, float | np.floating) else str(value)


def shorten(text: str, length: int) -> str:
    """Return ``text``, cut in the middle when it is longer than ``length``."""
    half = length // 2
    return text if len(text) <= length else f"{text[:half]} … {text[-half:]}"
