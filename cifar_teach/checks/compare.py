"""Compare what came with what was expected, and say it so that the student knows where to look.

Every function takes plain data, returns nothing when it is right, and raises
:class:`~cifar_teach.checks.verdict.CheckFailed` otherwise. ``mistakes`` maps a hint to the value that a known
misconception leads to: when the student's value is that one, the hint names the misconception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .values import show
from .verdict import CheckFailed

RTOL = 1e-4
ATOL = 1e-5


def require(condition: object, message: str, *, got: Any = None, expected: Any = None, hint: str = "") -> None:
    """Raise CheckFailed with this message unless ``condition`` holds; values that are no text are described."""
    if not condition:
        raise CheckFailed(message, got=_text(got), expected=_text(expected), hint=hint)


def expect_array(
    result: Any,
    correct: np.ndarray,
    *,
    what: str = "the result",
    dtype: str = "",
    rtol: float = RTOL,
    atol: float = ATOL,
    mistakes: Mapping[str, Any] | None = None,
    hint: str = "",
) -> None:
    """Expect an array with the shape and values of ``correct``; lists are accepted as arrays.

    Args:
        result: what came.
        correct: what is right, any shape.
        what: how to call it in a message.
        dtype: name of the dtype that the question asks for, such as ``"float32"``; empty accepts any.
        rtol, atol: tolerance, relative and absolute.
        mistakes: hint -> the array that this misconception leads to. Checked before the shape is.
        hint: used when no misconception fits.
    """
    correct = np.asarray(correct)
    array = _as_array(result, what, correct)
    for named, wrong in (mistakes or {}).items():
        wrong = np.asarray(wrong)
        is_wrong = _close(array, wrong, rtol, atol)
        if is_wrong and not _close(wrong, correct, rtol, atol):
            got, expected = show(array), _expected(correct)
            if got == expected and not _close(array, correct, rtol, atol):  # described alike, so one place is shown
                got = _difference(array, correct, rtol, atol)
            raise CheckFailed(f"{_upper(what)} is not right.", got=got, expected=expected, hint=named)
    if array.shape != correct.shape:
        raise CheckFailed(
            f"{_upper(what)} has the wrong shape.",
            got=f"shape {array.shape}",
            expected=f"shape {correct.shape}",
            hint=hint,
        )
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise CheckFailed(
            f"{_upper(what)} holds values that are not numbers (nan or inf): {count:,} of {array.size:,}.",
            got=show(array),
            hint=hint or "A division by zero or the logarithm of zero gives these.",
        )
    if not _close(array, correct, rtol, atol):
        raise CheckFailed(
            f"{_upper(what)} is not right.",
            got=_difference(array, correct, rtol, atol),
            expected=_expected(correct),
            hint=hint,
        )
    if dtype and array.dtype.name != dtype:
        raise CheckFailed(
            f"The values are right, but {what} has the wrong dtype.",
            got=array.dtype.name,
            expected=dtype,
            hint=f"`.astype({dtype!r})` converts an array.",
        )


def expect_number(
    result: Any,
    correct: float,
    *,
    what: str = "the result",
    rtol: float = RTOL,
    atol: float = ATOL,
    mistakes: Mapping[str, float] | None = None,
    hint: str = "",
) -> None:
    """Expect one number; an array that holds a single number is accepted. Arguments as in :func:`expect_array`."""
    number = _as_number(result, what)
    for named, wrong in (mistakes or {}).items():
        if np.isclose(number, wrong, rtol, atol) and not np.isclose(wrong, correct, rtol, atol):
            raise CheckFailed(f"{_upper(what)} is not right.", got=show(number), expected=show(correct), hint=named)
    if np.isnan(number):
        raise CheckFailed(f"{_upper(what)} is not a number (nan).", expected=show(correct), hint=hint)
    if not np.isclose(number, correct, rtol, atol):
        raise CheckFailed(f"{_upper(what)} is not right.", got=show(number), expected=show(correct), hint=hint)


def expect_equal(
    result: Any,
    correct: Any,
    *,
    what: str = "the result",
    mistakes: Mapping[str, Any] | None = None,
    hint: str = "",
) -> None:
    """Expect exactly ``correct``: text, whole numbers, True or False, or lists, tuples and dicts of them."""
    if result is None:
        raise _nothing(what, correct)
    for named, wrong in (mistakes or {}).items():
        if _equal(result, wrong) and not _equal(wrong, correct):
            raise CheckFailed(f"{_upper(what)} is not right.", got=show(result), expected=show(correct), hint=named)
    if not _equal(result, correct):
        raise CheckFailed(f"{_upper(what)} is not right.", got=show(result), expected=show(correct), hint=hint)


def expect_choice(
    value: Any, right: str | Sequence[str], *, options: Sequence[str], why_not: Mapping[str, str], what: str
) -> None:
    """Expect one of the letters of a multiple-choice question, without telling which.

    Args:
        value: the student's choice; case and surrounding spaces do not matter.
        right: the right option, or several that are all right.
        options: all options.
        why_not: wrong option -> what it overlooks, worded so that it makes the student think again.
        what: name of the answer, for messages.
    """
    choice = value.strip().lower() if isinstance(value, str) else value
    if not isinstance(choice, str) or choice not in options:
        raise CheckFailed(
            f"{_upper(what)} should be one of the options.",
            got=show(value),
            expected=" or ".join(repr(each) for each in options),
        )
    if choice not in ((right,) if isinstance(right, str) else right):
        raise CheckFailed(f"{_upper(what)} is not right.", got=show(value), hint=why_not[choice])


def expect_columns(result: Any, count: int, *, names: Sequence[str], what: str = "the result") -> None:
    """Expect a tuple or list of ``count`` things, as a function with several results returns them."""
    if result is None:
        raise _nothing(what, None)
    if not isinstance(result, tuple | list) or len(result) != count:
        raise CheckFailed(
            f"{_upper(what)} should be {count} things: {', '.join(names)}.",
            got=show(result),
            expected=f"return {', '.join(names)}",
        )


def _as_array(result: Any, what: str, correct: np.ndarray) -> np.ndarray:
    if result is None:
        raise _nothing(what, correct)
    if isinstance(result, str | dict):
        raise CheckFailed(f"{_upper(what)} should be an array.", got=show(result), expected=_expected(correct))
    try:
        array = np.asarray(result)
    except ValueError:
        raise CheckFailed(
            f"{_upper(what)} has rows of different lengths, so it is no array.",
            got=show(result),
            expected=_expected(correct),
        ) from None
    if array.dtype.kind not in "biufc" and array.dtype.kind != correct.dtype.kind:
        raise CheckFailed(f"{_upper(what)} should hold numbers.", got=show(result), expected=_expected(correct))
    return array


def _as_number(result: Any, what: str) -> float:
    if result is None:
        raise _nothing(what, None)
    array = result if isinstance(result, np.ndarray) else None
    if array is not None and array.size == 1 and array.dtype.kind in "biuf":
        return float(array.ravel()[0])
    if isinstance(result, bool) or not isinstance(result, int | float):
        raise CheckFailed(f"{_upper(what)} should be one number.", got=show(result))
    try:
        return float(result)
    except OverflowError:
        raise CheckFailed(f"{_upper(what)} is far too large.", got=show(result)) from None


def _nothing(what: str, correct: Any) -> CheckFailed:
    return CheckFailed(
        f"Nothing came back where {what} should be.",
        got="None",
        expected="" if correct is None else _text(correct),
        hint="Does the function end with `return`? A printed value is seen by you, but not by the code that calls it.",
    )


def _close(array: np.ndarray, other: np.ndarray, rtol: float, atol: float) -> bool:
    if array.shape != other.shape:
        return False
    if "U" in (array.dtype.kind, other.dtype.kind):
        return array.dtype.kind == other.dtype.kind and bool((array == other).all())
    return bool(np.allclose(array, other, rtol=rtol, atol=atol))


def _difference(array: np.ndarray, correct: np.ndarray, rtol: float, atol: float) -> str:
    """Describe the array that came and the first place where it differs."""
    if array.dtype.kind == "U" or correct.dtype.kind == "U":
        return show(array)
    if array.ndim == 0:
        return show(array.item())
    wrong = ~np.isclose(array, correct, rtol=rtol, atol=atol)
    place = tuple(int(each) for each in np.argwhere(wrong)[0])
    index = ", ".join(map(str, place))
    return (
        f"{show(array)}; {int(wrong.sum()):,} of {wrong.size:,} values differ, the first at [{index}]: "
        f"{show(array[place].item())} instead of {show(correct[place].item())}"
    )


def _equal(result: Any, correct: Any) -> bool:
    """Compare plain data; lists equal tuples and arrays, and 1.0 equals 1, but True does not equal 1."""
    if isinstance(result, np.ndarray):
        result = result.tolist()
    if isinstance(correct, np.ndarray):
        correct = correct.tolist()
    if isinstance(result, list | tuple) and isinstance(correct, list | tuple):
        return len(result) == len(correct) and all(_equal(one, other) for one, other in zip(result, correct))
    if isinstance(result, dict) and isinstance(correct, dict):
        return result.keys() == correct.keys() and all(_equal(result[key], correct[key]) for key in correct)
    if isinstance(result, bool) != isinstance(correct, bool):
        return False
    return bool(result == correct)


def _expected(correct: np.ndarray) -> str:
    return show(correct.item()) if correct.ndim == 0 else show(correct)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else show(value)


def _upper(text: str) -> str:
    """Begin a sentence with ``text``; a name of Python stays as it is."""
    return f"`{text}`" if "_" in text and text.isidentifier() else text[:1].upper() + text[1:]
