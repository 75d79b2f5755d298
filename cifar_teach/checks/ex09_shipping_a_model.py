"""Exercise 09: what stands between a trained network and the people who use it."""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..evaluate import wilson_interval
from .compare import expect_array, expect_choice, expect_columns, expect_equal, expect_number, require
from .draw import Draw
from .registry import check, exercise, manual
from .student import Handle, Student
from .values import show
from .verdict import CheckFailed, StudentError

Case = TypeVar("Case")

exercise(
    "ex09_shipping_a_model",
    title="Shipping a model",
    goal="Bring a model to the people who will use it, and notice when it is no longer the same model.",
    minutes=90,
    train_size=2_000,
    test_size=500,
)

TRIES = 500


def _drawn(make: Callable[[], Case], suits: Callable[[Case], bool]) -> Case:
    """Draw until the case separates the right answer from the misconceptions."""
    for _ in range(TRIES):
        case = make()
        if suits(case):
            return case
    raise RuntimeError("no case was found that separates the answers")


# From a photo to the input --------------------------------------------------------------------------------------

QUARTERS = {1: 0, 3: 2, 6: -1, 8: 1}
"""Orientation in the EXIF note -> quarter turns counter-clockwise that make the picture upright."""


def _coloured(pixels: np.ndarray, ground: float = 255.0) -> np.ndarray:
    image = pixels.astype(float)
    if image.ndim == 2:
        image = np.stack([image] * 3, axis=-1)
    if image.shape[-1] == 4:
        opaque = image[..., 3:] / 255
        image = image[..., :3] * opaque + ground * (1 - opaque)
    return image


def _middle(image: np.ndarray) -> np.ndarray:
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return image[top : top + side, left : left + side]


def _means(image: np.ndarray, size: int) -> np.ndarray:
    """Return the means of blocks; they need not be square."""
    rows, columns = image.shape[0] // size, image.shape[1] // size
    cut = image[: rows * size, : columns * size]
    return cut.reshape(size, rows, size, columns, 3).mean(axis=(1, 3))


def _prepared(pixels: np.ndarray, orientation: int, size: int) -> np.ndarray:
    return np.rint(_means(_middle(np.rot90(_coloured(pixels), QUARTERS[orientation])), size))


def _photo_mistakes(pixels: np.ndarray, orientation: int, size: int) -> dict[str, np.ndarray]:
    upright = np.rot90(_coloured(pixels), QUARTERS[orientation])
    side = min(upright.shape[:2])
    other_way = np.rot90(_coloured(pixels), -QUARTERS[orientation])
    first = upright[:side, :side]
    last = upright[upright.shape[0] - side :, upright.shape[1] - side :]
    step = side // size
    square = _middle(upright)
    mistakes = {
        "The photo is not turned. What does this orientation ask for?": _means(_middle(_coloured(pixels)), size),
        "The photo is turned the other way round. `np.rot90(image)` turns counter-clockwise; is that what this "
        "orientation asks for?": _means(_middle(other_way), size),
        "The photo is turned by a half. Orientation 3 asks for that, and this is another one.": _means(
            _middle(np.rot90(_coloured(pixels), 2)), size
        ),
        "The photo is mirrored. A turn by a half changes left and right *and* top and bottom.": _means(
            _middle(_coloured(pixels))[:, ::-1], size
        ),
        "The photo is mirrored top to bottom. A turn by a half changes left and right as well.": _means(
            _middle(_coloured(pixels))[::-1], size
        ),
        "Rows and columns have changed places. That mirrors the photo; a quarter turn does not.": _means(
            _middle(_coloured(pixels).swapaxes(0, 1)), size
        ),
        "The square is cut at the upper or left end. Half of what is left over should go on either side.": _means(
            first, size
        ),
        "The square is cut at the lower or right end. Half of what is left over should go on either side.": _means(
            last, size
        ),
        "The whole photo is squeezed into a square. The largest square in the middle is asked for.": _means(
            upright, size
        )
        if min(upright.shape[:2]) >= size
        else square,
        "One pixel of each block is taken, the others are skipped. Take the mean of the block.": square[::step, ::step],
        "One pixel in the middle of each block is taken, the others are skipped. Take the mean of the block.": square[
            step // 2 :: step, step // 2 :: step
        ],
        "The largest value of each block is taken. Its mean is asked for.": square.reshape(
            size, step, size, step, 3
        ).max(axis=(1, 3)),
        "The middle of the square is cut out without shrinking anything.": _centre(square, size),
        "The values go from 0 to 1. This network scales its input itself and wants 0 to 255.": _means(square, size)
        / 255,
        "Red and blue have changed places. The channels keep their order.": _means(square, size)[..., ::-1],
    }
    if pixels.ndim == 3 and pixels.shape[-1] == 4:
        mistakes |= {
            "The fourth channel was dropped. What stood behind a transparent pixel is then some leftover colour, and "
            "not white.": _means(_middle(np.rot90(pixels[..., :3].astype(float), QUARTERS[orientation])), size),
            "Transparent parts are black. They should become white.": _means(
                _middle(np.rot90(_coloured(pixels, 0.0), QUARTERS[orientation])), size
            ),
            "The opacity works the wrong way round: 255 hides everything behind it, 0 lets it through.": _means(
                _middle(np.rot90(_coloured(_turned_alpha(pixels)), QUARTERS[orientation])), size
            ),
            "A pixel is either shown or white here. What about one that is half transparent?": _means(
                _middle(np.rot90(_coloured(_hard_alpha(pixels)), QUARTERS[orientation])), size
            ),
        }
    return mistakes


def _centre(square: np.ndarray, size: int) -> np.ndarray:
    start = (len(square) - size) // 2
    return square[start : start + size, start : start + size]


def _turned_alpha(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[..., :3], 255 - pixels[..., 3:]], axis=-1)


def _hard_alpha(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[..., :3], np.where(pixels[..., 3:] > 0, 255, 0)], axis=-1)


def _expect_photo(student: Student, pixels: np.ndarray, orientation: int, size: int, hint: str) -> None:
    try:
        result = student.call("prepare_photo", pixels, orientation, size)
    except StudentError as failure:
        if pixels.shape[2:] != (3,):  # of grey and transparent photos the hint says what is special
            failure.hint = failure.hint or hint
        raise
    correct = _prepared(pixels, orientation, size)
    if isinstance(result, np.ndarray) and result.shape == correct.shape and result.dtype.kind in "iuf":
        apart = result.astype(float) - correct
        if np.abs(apart).max() <= 1 and apart.mean() < -0.2:
            raise CheckFailed(
                "Most values are one too low.",
                got=show(result),
                expected=show(correct.astype(np.uint8)),
                hint="Converting to uint8 cuts off what stands after the point. Round first.",
            )
    if isinstance(result, np.ndarray) and result.shape == (1, *correct.shape):
        raise CheckFailed(
            "The photo has the wrong shape.",
            got=f"shape {result.shape}",
            expected=f"shape {correct.shape}",
            hint="One image is asked for, without a batch axis.",
        )
    fractions = isinstance(result, np.ndarray) and result.dtype.kind == "f" and result.max(initial=0) <= 1.5
    mistakes = _photo_mistakes(pixels, orientation, size)
    expect_array(
        result,
        correct.astype(np.uint8),
        what="the photo",
        dtype="uint8",
        rtol=0,
        atol=0.01 if fractions else 1.01,  # libraries that compute in uint8 round more than once
        mistakes={named: wrong if wrong.max() <= 1 else np.rint(wrong) for named, wrong in mistakes.items()},
        hint=hint,
    )


@check(
    "ex09.photo",
    points=4,
    needs="prepare_photo",
    hints=(
        "Convert to float first: uint8 overflows, and truncates what stands after the point. Convert back at the end.",
        "`pixels.ndim` is 2 for a grey photo; `np.stack([...], axis=-1)` makes three channels. For the fourth channel, "
        "`image[..., 3:]` keeps the axis, so that it fits beside three colours.",
        "For the means: reshape the square to `(size, block, size, block, 3)` and take the mean over the two axes of "
        "length `block`. The last step before uint8 is rounding.",
    ),
)
def prepares_a_photo(student: Student, draw: Draw) -> None:
    """Turn a photo into the input of a network."""

    def photo(height: int, width: int, channels: int) -> np.ndarray:
        # A coarse pattern under noise: no symmetry, and every place has a colour of its own.
        coarse = draw.rng.integers(20, 236, (-(-height // 4), -(-width // 4), channels)).repeat(4, 0).repeat(4, 1)
        noise = draw.rng.integers(-20, 20, (height, width, channels))
        return (coarse[:height, :width] + noise).astype(np.uint8)

    block, size = draw.integer(1, 2) * 2 + 1, draw.integer(4, 6)  # odd blocks: no mean ends in one half
    side = block * size
    with student.part("a square photo, made smaller"):
        hint = "Compute the first pixel by hand: the mean of the first block in the upper left corner."
        _expect_photo(student, photo(side, side, 3), 1, size, hint)

    with student.part("the middle of a wide and of a tall photo"):
        over = 2 * draw.integer(4, 7)
        hint = "Nothing has to be turned here: the middle square is cut out and made smaller."
        _expect_photo(student, photo(side, side + over, 3), 1, size, hint)
        _expect_photo(student, photo(side + over, side, 3), 1, size, hint)

    with student.part("upright, as the note says"):
        for orientation in (3, 6, 8):
            # Shrunk only where the size says so: here what matters is which way is up.
            hint = f"The orientation is {orientation}. Turn a small array such as [[1, 2], [3, 4]] and look at it."
            _expect_photo(student, photo(size, size + 2 * draw.integer(1, 3), 3), orientation, size, hint)

    with student.part("grey, and partly transparent"):
        hint = "Here the photo is grey, so it has no axis for the channels. The network wants three."
        _expect_photo(student, photo(side, side, 1)[..., 0], 1, size, hint)
        pixels = photo(size, size, 4)
        pixels[..., 3] = draw.rng.permutation(np.resize([0, 51, 102, 204, 255], (size, size)).ravel()).reshape(size, -1)
        hint = "The fourth channel says how opaque a pixel is. Put one half-transparent pixel into the formula by hand."
        _expect_photo(student, pixels, 1, size, hint)


# The parity of two preparations ---------------------------------------------------------------------------------


def _parity(first: np.ndarray, second: np.ndarray) -> tuple[float, int | None, float]:
    apart = np.abs(first.astype(float) - second.astype(float))
    worst = apart.max(axis=(1, 2, 3))
    return float(worst.max()), int(worst.argmax()) if worst.any() else None, float((worst > 0).mean())


def _parity_mistakes(first: np.ndarray, second: np.ndarray) -> tuple[dict, dict, dict]:
    signed = first.astype(float) - second.astype(float)
    apart = np.abs(signed)
    worst = apart.max(axis=(1, 2, 3))
    most = apart.mean(axis=(1, 2, 3))
    largest = {
        "A negative difference is no small one. Take the absolute value before the largest.": float(signed.max()),
        "A negative difference is no small one: take the absolute value before the largest.": float((-signed).max()),
        "This is the mean of the differences. A single wrong pixel drowns in it.": float(apart.mean()),
        "This is the sum of the differences. The largest one is asked for.": float(apart.sum()),
    }
    if first.dtype == np.uint8:
        wrapped = float((first - second).max())
        largest["In uint8, 3 - 5 is 254, and converting or taking the absolute value afterwards is too late."] = wrapped
    image = {
        "This is the position in the flattened array. Which image does it belong to?": int(apart.argmax()),
        "This is the last image with the largest difference. The first one is asked for.": int(
            len(worst) - 1 - worst[::-1].argmax()
        ),
        "This is the first image in which anything differs, not the one with the largest difference.": int(
            (worst > 0).argmax()
        ),
        "This is the image with the largest mean difference, not the one with the largest single one.": int(
            most.argmax()
        ),
        "Images are counted from 0.": int(worst.argmax()) + 1,
    }
    share = {
        "This is the share of the values that differ. The share of the *images* is asked for.": float(
            (apart > 0).mean()
        ),
        "This is the share of the pixels that differ. The share of the *images* is asked for.": float(
            (apart > 0).any(axis=-1).mean()
        ),
        "This is the share of the images that are equal.": float((worst == 0).mean()),
        "This is how many images differ. A share from 0 to 1 is asked for.": float((worst > 0).sum()),
        "These are percent. A share from 0 to 1 is asked for.": 100 * float((worst > 0).mean()),
    }
    return largest, image, share


def _expect_parity(student: Student, first: np.ndarray, second: np.ndarray, hint: str) -> None:
    result = student.call("compare_preparation", first, second)
    expect_columns(result, 3, names=("largest", "image", "share"), what="the result of `compare_preparation`")
    largest, image, share = _parity(first, second)
    wrong = _parity_mistakes(first, second)
    expect_number(result[0], largest, what="the largest difference", mistakes=wrong[0], hint=hint)
    if image is None:
        require(
            result[1] is None,
            "Nothing differs, so there is no image with the largest difference.",
            got=show(result[1]),
            expected="None",
        )
    else:
        expect_equal(_number(result[1]), image, what="the number of the image", mistakes=wrong[1], hint=hint)
    expect_number(result[2], share, what="the share", mistakes=wrong[2], hint=hint)


@check(
    "ex09.parity",
    points=2,
    needs="compare_preparation",
    hints=(
        "Convert both arrays to float (or int) before you subtract. Then the absolute value, and nothing can wrap.",
        "Reduce the differences to one number per image: `.max(axis=(1, 2, 3))`. All three answers follow from it.",
        "`argmax` gives the first position of the largest value, and 0 when all are equal: when does that mislead?",
    ),
)
def compares_two_preparations(student: Student, draw: Draw) -> None:
    """Test that app and training prepare a picture alike."""

    def case(dtype: type) -> tuple[np.ndarray, np.ndarray]:
        training = draw.rng.integers(40, 200, (8, 4, 4, 3)).astype(dtype)
        app = training.copy()
        # The two with the largest difference are no neighbours: counting from 1 must not give the second of them.
        early, first, last = np.sort(draw.rng.choice(np.arange(6), 3, replace=False)) + (0, 0, 1)
        app[early] = app[early] + 2  # the largest mean, and too small to be the largest
        app[first, 1, 2, 0] += 9
        app[last, 3, 0, 1] += 9
        app[last, 0, 0, 2] -= 4
        return training, app

    with student.part("pixels of uint8"):
        hint = "Print the differences of one image that is not the same in both."
        training, app = case(np.uint8)
        _expect_parity(student, training, app, hint)
        _expect_parity(student, app, training, hint)  # now the other one has the larger values

    with student.part("fractions, and no difference at all"):
        training, app = (each / 256 for each in case(np.float32))
        _expect_parity(student, training, app, "The arrays hold fractions here. Does a conversion cut them off?")
        _expect_parity(student, training, training.copy(), "Here nothing differs.")


def _number(value: Any) -> Any:
    """Return an array that holds one number as this number, and a whole float as int."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value


# A stranger -----------------------------------------------------------------------------------------------------


@check(
    "ex09.stranger",
    points=1,
    needs="stranger_confidence",
    hints=(
        "A softmax turns any ten numbers into ten probabilities that add up to 1. Which values can the largest take?",
        "Training has shown the network pictures of ten classes only. Which of the options speak of other pictures, "
        "and where could the network have learned that?",
    ),
)
def confidence_for_a_stranger(student: Student, draw: Draw) -> None:
    """Predict the confidence for a picture of none of the classes."""
    value = student.value("stranger_confidence")
    require(
        isinstance(value, str),
        "`stranger_confidence` should be one of the letters, as text.",
        got=value,
        expected="'a', 'b', 'c' or 'd'",
    )
    expect_choice(
        value,
        "c",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "No class fits, but the ten numbers still add up to 1. What in a softmax would keep one of them from "
            "taking most of it?",
            "b": "That would be a useful network. Has training ever shown it a picture of something else, so that it "
            "could have learned to be less sure there?",
            "d": "Equal probabilities need equal logits. Why should a picture that the network does not know lead to "
            "the same number for each class?",
        },
        what="`stranger_confidence`",
    )


# The threshold of doubt -----------------------------------------------------------------------------------------


def _threshold_mistakes(labels: np.ndarray, probabilities: np.ndarray, keep: float) -> dict[str, float]:
    confidence = probabilities.max(axis=1).astype(float)
    right = probabilities.argmax(axis=1) == labels
    of_true = probabilities[np.arange(len(labels)), labels].astype(float)
    return {
        "This is the quantile `keep`: only few of the right answers reach it. Most of them should lie above.": (
            np.quantile(confidence[right], keep)
        ),
        "All answers were taken. What a right answer looks like can be learned from the right ones only.": np.quantile(
            confidence, 1 - keep
        ),
        "The wrong answers were taken. Keep the right ones.": np.quantile(confidence[~right], 1 - keep),
        "The probabilities of the *true* class were taken. An app does not know the true class; it has the confidence "
        "only.": np.quantile(of_true, 1 - keep),
        "This is the smallest confidence of a right answer: one odd image decides it.": confidence[right].min(),
        "This is the mean confidence of the right answers. Only about half of them reach it.": confidence[right].mean(),
        "`keep` itself is no confidence: how sure the model is when it is right has to be looked up in the answers.": (
            keep
        ),
        "1 - keep is no confidence: the quantile of the confidences is asked for.": 1 - keep,
        "All numbers of the rows were taken, not the largest of each row.": np.quantile(probabilities[right], 1 - keep),
    }


@check(
    "ex09.doubt",
    points=3,
    needs=("doubt_threshold", "share_in_doubt"),
    hints=(
        "Two arrays of the length of the labels help: the confidence of each answer, and whether it is right.",
        "`np.quantile(values, 0.25)` is the value that a quarter of the values lie below. You want most of the right "
        "answers to lie *above* the threshold.",
        "The mean of an array of True and False is the share of True.",
    ),
)
def measures_the_doubt(student: Student, draw: Draw) -> None:
    """Choose a threshold of doubt on validation images."""

    def make() -> tuple[np.ndarray, np.ndarray, float]:
        labels = draw.labels(120, 5)
        return labels, draw.predictions(labels, 0.6, 5), draw.integer(80, 93) / 100

    def between(labels: np.ndarray, probabilities: np.ndarray, keep: float) -> tuple[float, float]:
        right = probabilities.argmax(axis=1) == labels
        values = probabilities.max(axis=1)[right].astype(float)
        low, high = (float(np.quantile(values, 1 - keep, method=method)) for method in ("lower", "higher"))
        return low - 1e-5, high + 1e-5

    def suits(case: tuple[np.ndarray, np.ndarray, float]) -> bool:
        low, high = between(*case)
        margin = 0.01
        return not any(low - margin <= wrong <= high + margin for wrong in _threshold_mistakes(*case).values())

    with student.part("the threshold", 2):
        for _ in range(2):
            labels, probabilities, keep = _drawn(make, suits)
            result = student.call("doubt_threshold", labels, probabilities, keep)
            low, high = between(labels, probabilities, keep)
            middle = float(np.quantile(probabilities.max(axis=1)[probabilities.argmax(axis=1) == labels], 1 - keep))
            if not (isinstance(result, float) and low <= result <= high):
                expect_number(
                    result,
                    middle,
                    what="the threshold",
                    mistakes=_threshold_mistakes(labels, probabilities, keep),
                    hint=f"Here {keep:.0%} of the right answers should reach it. Count how many do.",
                )

    with student.part("what it catches", 1):
        probabilities = draw.probabilities(16, 4)
        confidence = np.sort(probabilities.max(axis=1))
        threshold = float(confidence[draw.integer(4, 6)])  # one answer lies on the threshold
        below = float((probabilities.max(axis=1) < threshold).mean())
        expect_number(
            student.call("share_in_doubt", probabilities, threshold),
            below,
            what="the share",
            mistakes={
                "This is the share of the answers that are *not* in doubt.": 1 - below,
                "One answer lies exactly on the threshold. In doubt is what lies *below* it.": below + 1 / 16,
                "This is how many answers are in doubt. A share from 0 to 1 is asked for.": 16 * below,
                "These are percent. A share from 0 to 1 is asked for.": 100 * below,
                "All numbers of the rows were compared with the threshold, not the largest of each row.": float(
                    (probabilities < threshold).mean()
                ),
            },
            hint="Count by hand: the confidence of each row is its largest number.",
        )


# An answer for people -------------------------------------------------------------------------------------------


def _percent(share: float) -> str:
    whole = round(100 * share)
    return "<1%" if whole < 1 else ">99%" if whole > 99 else f"{whole}%"


def _line(
    probabilities: np.ndarray,
    names: Sequence[str],
    threshold: float,
    k: int,
    *,
    order: np.ndarray | None = None,
    shown: Callable[[float], str] = _percent,
    glue: str = ", ",
    unsure: bool | None = None,
) -> str:
    order = np.argsort(-probabilities, kind="stable") if order is None else order
    parts = [f"{names[index]} {shown(float(probabilities[index]))}" for index in order[:k]]
    in_doubt = probabilities.max() < threshold if unsure is None else unsure
    return ("not sure: " if in_doubt else "") + glue.join(parts)


def _line_mistakes(probabilities: np.ndarray, names: Sequence[str], threshold: float, k: int) -> dict[str, str]:
    def line(**changes: Any) -> str:
        return _line(probabilities, names, threshold, k, **changes)

    in_doubt = bool(probabilities.max() < threshold)
    return {
        "The least likely classes come first.": line(order=np.argsort(probabilities, kind="stable")),
        "Equal probabilities stand in the wrong order: the class that is first in `class_names` comes first. A sorted "
        "list that is turned around turns them around as well.": line(
            order=np.argsort(probabilities, kind="stable")[::-1]
        ),
        "The classes stand in the order of `class_names`. The most likely one comes first.": line(
            order=np.arange(len(names))
        ),
        "The percent are cut off, not rounded.": line(shown=lambda share: _percent(math.floor(100 * share) / 100)),
        "Something rounds to 0% or to 100%. What does the question write there?": line(
            shown=lambda share: f"{round(100 * share)}%"
        ),
        "What rounds to 100% should not be written as certain.": line(
            shown=lambda share: "<1%" if round(100 * share) < 1 else f"{round(100 * share)}%"
        ),
        "What rounds to 0% should not be written as impossible.": line(
            shown=lambda share: ">99%" if round(100 * share) > 99 else f"{round(100 * share)}%"
        ),
        "`<1%` is for what *rounds* to 0, and `>99%` for what rounds to 100. Round first.": line(
            shown=lambda share: "<1%" if share < 0.01 else ">99%" if share > 0.99 else f"{round(100 * share)}%"
        ),
        "These are shares. Whole percent are asked for.": line(shown=lambda share: f"{share:.2f}"),
        "Percent with a digit after the point. Whole percent are asked for.": line(
            shown=lambda share: f"{100 * share:.1f}%"
        ),
        "There is a space between number and percent sign that the question does not have.": line(
            shown=lambda share: _percent(share).replace("%", " %")
        ),
        "There is a space before the percent sign, and something rounds to 0 or to 100.": line(
            shown=lambda share: f"{round(100 * share)} %"
        ),
        "The parts are not joined as in the example: a comma *and* a space.": line(glue=","),
        "Every class stands on a line of its own. One line is asked for.": line(glue="\n"),
        "The doubt is missing: the largest probability lies below the threshold.": line(unsure=False)
        if in_doubt
        else line(),
        "It says that it is not sure, although the largest probability is not below the threshold.": line(unsure=True)
        if not in_doubt
        else line(),
        "Only the most likely class is there.": _line(probabilities, names, threshold, 1),
        "All classes are there, although only `k` were asked for.": _line(probabilities, names, threshold, len(names)),
        "Three classes are there. How many were asked for?": _line(probabilities, names, threshold, 3),
    }


def _expect_line(
    student: Student,
    probabilities: np.ndarray,
    names: list[str],
    threshold: float,
    *k: int,
    hint: str = "Compare the two lines character by character.",
) -> None:
    count = k[0] if k else 3
    correct = _line(probabilities, names, threshold, count)
    expect_equal(
        student.call("answer_text", probabilities, names, threshold, *k),
        correct,
        what="the answer",
        mistakes=_line_mistakes(probabilities, names, threshold, count),
        hint=hint,
    )


@check(
    "ex09.answer",
    points=3,
    needs="answer_text",
    hints=(
        "Begin with the order: the positions of the classes, the most likely first. `np.argsort` sorts upwards; "
        'sorting the *negative* probabilities with `kind="stable"` keeps equal ones in their order.',
        'Make one text for each class and collect them in a list; `", ".join(texts)` puts them together.',
        "Round first, then look at the whole number: only 0 and 100 need special care.",
    ),
)
def writes_an_answer(student: Student, draw: Draw) -> None:
    """Write an answer that people can read."""
    animals = ["bird", "cat", "deer", "dog", "frog", "horse"]

    def names(count: int) -> list[str]:
        return [str(each) for each in draw.rng.permutation(animals)[:count]]

    def shares(*percents: float) -> np.ndarray:
        def is_unsorted(row: np.ndarray) -> bool:
            """Neither the right order nor its opposite is the order of the names."""
            return all((np.argsort(way, kind="stable") != np.arange(len(row))).any() for way in (row, -row))

        return _drawn(lambda: draw.rng.permutation(np.array(percents) / 100), is_unsorted)

    with student.part("the most likely classes, in whole percent"):
        for k in ((), (2,)):
            high = draw.integer(52, 60) + 0.7
            row = shares(high, 21.7, 11.2, 96.3 - high - 21.7 - 11.2, 3.7)
            _expect_line(student, row, names(5), 0.4, *k)

    with student.part("equal ones, and fewer classes than asked for"):
        low = draw.integer(15, 18)
        row = shares(100 - 3 * low, low, low, low)
        _expect_line(student, row, names(4), 0.3)
        _expect_line(student, np.array([0.31, 0.69]), names(2), 0.3, 5)
        many = [f"kind {number}" for number in range(1, 61)]
        for _ in range(6):  # sorting that is not stable gets some of them right by luck
            row = draw.rng.permutation(np.repeat([4, 0.5], [20, 40])) / 100
            _expect_line(student, row, many, 0.01, hint="Here 20 of the 60 classes are equally likely, 4% each.")

    with student.part("nothing is certain, nothing impossible"):
        rest = draw.number(0.1, 0.3)
        for percents in ((99.55, 0.45 - rest / 2, rest / 2), (99.3, 0.62, 0.08)):
            _expect_line(student, shares(*percents), names(3), 0.5)

    with student.part("in doubt"):
        row = shares(48, 30, 20, 2)
        _expect_line(student, row, names(4), draw.integer(52, 70) / 100)
        _expect_line(student, row, names(4), float(row.max()))  # on the threshold: not below it


# A quarter of the space -----------------------------------------------------------------------------------------


def _quantized(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    largest = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(kernel / scale).astype(np.int8), scale


def _scale_mistakes(kernel: np.ndarray) -> dict[str, Any]:
    flat = kernel.reshape(-1, kernel.shape[-1]).astype(float)
    largest = np.abs(flat).max(axis=0)
    mistakes = {
        "One scale serves the whole kernel. Each output channel gets one of its own.": np.full(
            kernel.shape[-1], largest.max() / 127
        ),
        "One scale serves the whole kernel: each output channel gets one of its own.": largest.max() / 127,
        "The largest positive weight decides. A negative one can be larger in absolute value.": flat.max(axis=0) / 127,
        "The largest absolute weight is divided by 128. The numbers go up to 127.": largest / 128,
        "The largest absolute weight is divided by 255. The numbers go from -127 to 127.": largest / 255,
        "The span from the smallest to the largest weight is divided by 255: that is quantisation with an offset. Here "
        "0 stays 0.": (flat.max(axis=0) - flat.min(axis=0)) / 255,
        "These are the largest absolute weights, not yet divided by 127.": largest,
        "The scales are upside down: weight / scale should give numbers up to 127.": 127 / np.maximum(largest, 1e-30),
        "The standard deviation decides here. The largest absolute weight is asked for.": flat.std(axis=0) / 127,
    }
    first = np.abs(kernel).reshape(kernel.shape[0], -1).max(axis=1) / 127
    mistakes["Each entry of the *first* axis has a scale here. The output channels stand on the last axis."] = first
    inner = np.abs(kernel).max(axis=0) / 127
    if inner.ndim > 1:
        mistakes["The largest was taken over the first axis only. All axes but the last belong to a channel."] = inner
    return mistakes


def _expect_quantized(student: Student, kernel: np.ndarray, hint: str) -> None:
    result = student.call("quantize", kernel)
    expect_columns(result, 2, names=("whole", "scale"), what="the result of `quantize`")
    whole, scale = _quantized(kernel)
    came = result[1].reshape(-1) if isinstance(result[1], np.ndarray) and result[1].size == scale.size else result[1]
    mistakes = _scale_mistakes(kernel)
    if isinstance(came, np.ndarray) and came.shape == scale.shape:
        empty = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) == 0
        others = np.allclose(came[~empty], scale[~empty], rtol=1e-4, atol=1e-7)
        if others and not (came[empty] == 1).all():
            raise CheckFailed(
                "The scale of a channel of zeros is not right.",
                got=show(came),
                expected="1 where a channel has no other weights than 0",
                hint="Dividing by the scale must be possible for every channel.",
            )
        # A known mistake is named whatever the scale of an empty channel is.
        mistakes = {
            named: np.where(empty, came, wrong) if np.shape(wrong) == came.shape else wrong
            for named, wrong in mistakes.items()
        }
    expect_array(came, scale, what="the scale", rtol=1e-4, atol=1e-7, mistakes=mistakes, hint=hint)
    exact = kernel / scale
    expect_array(
        result[0],
        whole,
        what="the array of whole numbers",
        dtype="int8",
        rtol=0,
        atol=0.01,
        mistakes={
            "They are cut off, not rounded.": np.trunc(exact),
            "They are rounded down, not to the nearest.": np.floor(exact),
            "They are rounded up, not to the nearest.": np.ceil(exact),
            "They are not rounded. int8 holds whole numbers only.": exact,
            "They go from 0 on: an offset was added. Here 0 stays 0.": whole.astype(int) + 127,
            "They go from 0 on: an offset was added. Here 0 stays 0. ": whole.astype(int) + 128,
            "The weights were multiplied by the scale.": np.rint(kernel * scale),
        },
        hint=hint,
    )


BYTES = {"float32": 4, "float16": 2, "int8": 1}


def _stored(shapes: Sequence[tuple[int, ...]], dtype: str, *, scales: bool = True, small: bool = True) -> int:
    total = 0
    for shape in shapes:
        if len(shape) < 2 and small:
            total += 4 * math.prod(shape)
            continue
        total += BYTES[dtype] * math.prod(shape)
        total += 4 * shape[-1] if dtype == "int8" and scales and len(shape) > 1 else 0
    return total


def _stored_mistakes(shapes: Sequence[tuple[int, ...]], dtype: str) -> dict[str, float]:
    count = sum(math.prod(shape) for shape in shapes)
    kernels = [shape for shape in shapes if len(shape) > 1]
    rest = count - sum(math.prod(shape) for shape in kernels)
    mistakes = {
        "This is the number of weights. How many bytes does each take?": count,
        "This is the size in bits. A byte has eight.": 8 * _stored(shapes, dtype),
        "Every array is stored in this dtype here. Those with one axis stay float32.": BYTES[dtype] * count,
        "The lengths of the axes were added up. The number of weights is their product.": BYTES[dtype]
        * sum(sum(shape) for shape in shapes),
        "The arrays with one axis are missing.": _stored(kernels, dtype),
    }
    if dtype == "int8":
        mistakes |= {
            "The scales are missing: with int8, each kernel needs one float32 for each channel.": _stored(
                shapes, dtype, scales=False
            ),
            "One scale for each kernel is counted. Each *channel* has one.": _stored(shapes, dtype, scales=False)
            + 4 * len(kernels),
            "A scale is a float32: it takes 4 bytes, not 1.": _stored(shapes, dtype, scales=False)
            + sum(shape[-1] for shape in kernels),
            "The arrays with one axis got scales, too. They stay float32 and need none.": _stored(shapes, dtype)
            + 4 * rest,
            "The scales are counted by the first axis. The output channels stand on the last one.": _stored(
                shapes, dtype, scales=False
            )
            + 4 * sum(shape[0] for shape in kernels),
        }
    else:
        mistakes["Scales are counted here, too. Only int8 needs them."] = _stored(shapes, dtype) + 4 * sum(
            shape[-1] for shape in kernels
        )
    return mistakes


@check(
    "ex09.quantize",
    points=4,
    needs=("quantize", "restore", "stored_bytes"),
    hints=(
        "The largest absolute weight of each channel: `np.abs(kernel)`, then the maximum over all axes but the last. "
        "`kernel.reshape(-1, kernel.shape[-1])` makes two axes of any number.",
        "Mind a channel of zeros: it must not lead to a division by 0. `np.where(condition, a, b)` chooses, number by "
        "number.",
        "For `restore`, convert to float32 before multiplying: a product in int8 overflows.",
        "For `stored_bytes`, `math.prod(shape)` is the number of weights, `shape[-1]` the number of channels.",
    ),
)
def stores_weights_in_a_byte(student: Student, draw: Draw) -> None:
    """Store weights in a quarter of the space."""

    def kernel(*shape: int) -> np.ndarray:
        def make() -> np.ndarray:
            spread = draw.rng.permutation(np.geomspace(0.02, 2.0, shape[-1]))
            return (draw.rng.normal(0, 1, shape) * spread).astype(np.float32)

        def suits(weights: np.ndarray) -> bool:
            flat = weights.reshape(-1, shape[-1])
            exact = weights / _quantized(weights)[1]
            tie = np.abs(np.abs(exact % 1) - 0.5).min() < 1e-3
            return not tie and (-flat.min(axis=0) > 1.02 * flat.max(axis=0)).sum() >= 2

        return _drawn(make, suits)

    with student.part("scales and whole numbers", 2):
        _expect_quantized(student, kernel(3, 4), "Compute the first column by hand: it is one output channel.")
        _expect_quantized(student, kernel(2, 3, 2, 3), "This kernel has four axes, as that of a convolution.")

    with student.part("a channel of zeros", 1):
        weights = kernel(4, 3)
        weights[:, draw.integer(0, 2)] = 0
        _expect_quantized(student, weights, "One channel holds nothing but 0.")

    with student.part("back to float32", 1):
        for shape in ((3, 4), (2, 2, 2, 3)):
            weights = kernel(*shape)
            whole, scale = _quantized(weights)
            with np.errstate(over="ignore"):
                overflow = whole * scale.astype(np.int8)
            expect_array(
                student.call("restore", whole, scale),
                whole.astype(np.float32) * scale,
                what="the kernel",
                dtype="float32",
                atol=1e-6,
                mistakes={
                    "It was divided by the scale. Which way did `quantize` go?": whole / scale,
                    "These are still the whole numbers. Multiply them by their scale.": whole.astype(float),
                    "The scale became int8 on the way, and cannot hold fractions there.": overflow,
                    "One scale was used for all channels.": whole * scale[0],
                },
                hint="Each channel, on the last axis, has a scale of its own.",
            )

    with student.part("bytes", 2):
        channels = draw.integer(5, 9)
        shapes = [(3, 3, 3, channels), (channels,), (channels,), (channels, 10), (10,)]
        for dtype in BYTES:
            expect_number(
                student.call("stored_bytes", shapes, dtype),
                _stored(shapes, dtype),
                what="the number of bytes",
                mistakes=_stored_mistakes(shapes, dtype),
                hint="Work it out by hand, array by array, and compare.",
            )


# Is it still the same model? ------------------------------------------------------------------------------------

NOT_COMPARABLE = (math.inf, 0.0, False)


def _answer_of(student: Student, before: np.ndarray, after: np.ndarray, tolerance: float) -> Sequence[Any]:
    result = student.call("compare_answers", before, after, tolerance)
    expect_columns(result, 3, names=("difference", "same_class", "ok"), what="the result of `compare_answers`")
    return result


def _expect_verdict(value: Any, correct: bool, hint: str) -> None:
    value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    require(
        isinstance(value, bool),
        "The last of the three should be True or False.",
        got=show(value),
        expected="True or False",
    )
    require(value is correct, "The verdict `ok` is not right.", got=show(value), expected=show(correct), hint=hint)


def _expect_refusal(student: Student, before: np.ndarray, after: np.ndarray, hint: str) -> None:
    difference, same_class, ok = _answer_of(student, before, after, 0.5)
    _expect_verdict(ok, False, hint)
    require(
        isinstance(difference, float) and math.isinf(difference) and difference > 0,
        "The difference is not right.",
        got=show(difference),
        expected="math.inf",
        hint=hint,
    )
    expect_number(same_class, 0.0, what="`same_class`", hint=hint)


@check(
    "ex09.export",
    points=3,
    needs="compare_answers",
    hints=(
        "Look at what cannot be compared first, and return at once. Then the rest is short.",
        "`np.isfinite(array).all()` is True when there is neither nan nor inf. Both arrays have to be looked at.",
        "`array.argmax(axis=1)` is the most likely class of each row; the mean of a comparison is a share.",
    ),
)
def compares_before_and_after(student: Student, draw: Draw) -> None:
    """Test that an exported model is the same one."""

    def pair() -> tuple[np.ndarray, np.ndarray]:
        before = draw.probabilities(11, 4)
        after = before.copy()
        rows = draw.rng.permutation(11)
        for row in rows[:3]:  # the two most likely change places
            first, second = np.argsort(-after[row])[:2]
            after[row, [first, second]] = after[row, [second, first]]
        for row in rows[3:6]:  # sure and still the same class
            after[row] = after[row] * 0.9 + 0.1 * np.eye(4, dtype=np.float32)[after[row].argmax()]
        return before, after

    def measures(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
        same = float((before.argmax(axis=1) == after.argmax(axis=1)).mean())
        return float(np.abs(before.astype(float) - after).max()), same

    def suits(case: tuple[np.ndarray, np.ndarray]) -> bool:
        signed = case[0].astype(float) - case[1]
        biggest = np.abs(case[0].max(axis=1) - case[1].max(axis=1)).max()
        return measures(*case)[0] > max(0.15, 1.5 * biggest) and abs(signed.max() + signed.min()) < 1e-6

    def one_sided(case: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Make the largest difference one that goes up."""
        before, after = case
        after = after.copy()
        row, column = np.unravel_index((after - before).argmax(), after.shape)
        after[row, column] += 0.05
        return before, after

    with student.part("difference, classes, verdict"):
        for _ in range(2):
            before, after = one_sided(_drawn(pair, suits))
            difference, same = measures(before, after)
            signed = before.astype(float) - after
            came = _answer_of(student, before, after, difference * 0.5)
            expect_number(
                came[0],
                difference,
                what="the difference",
                mistakes={
                    "A negative difference is no small one. Take the absolute value before the largest.": signed.max(),
                    "This is the mean of the differences. One image that is answered quite differently drowns in it.": (
                        np.abs(signed).mean()
                    ),
                    "This is the sum of the differences. The largest one is asked for.": np.abs(signed).sum(),
                    "The mean of differences with a sign is near 0 whatever happens.": signed.mean(),
                    "Only the confidences were compared, the largest of each row. Compare all probabilities.": np.abs(
                        before.max(axis=1) - after.max(axis=1)
                    ).max(),
                },
                hint="Look at the row that changed most.",
            )
            expect_number(
                came[1],
                same,
                what="`same_class`",
                mistakes={
                    "This is the share of the images whose class has *changed*.": 1 - same,
                    "This is how many images keep their class. A share from 0 to 1 is asked for.": 11 * same,
                    "These are percent. A share from 0 to 1 is asked for.": 100 * same,
                    "This is the share of the rows that are exactly equal. Only the most likely class counts.": float(
                        (before == after).all(axis=1).mean()
                    ),
                    "This is the share of the *columns* with the same largest row. The classes of an image stand in a "
                    "row.": float((before.argmax(axis=0) == after.argmax(axis=0)).mean()),
                },
                hint="The most likely class is where the largest probability of the row stands.",
            )
            _expect_verdict(came[2], False, "The largest difference lies above the tolerance.")
            came = _answer_of(student, before, after, difference * 1.5)
            _expect_verdict(
                came[2], True, "The largest difference lies below the tolerance. The classes do not decide here."
            )
        exact = np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([[0.5, 0.5], [0.5, 0.5]])
        _expect_verdict(
            _answer_of(student, *exact, 0.25)[2], True, "The difference is exactly the tolerance: at most means ≤."
        )

    with student.part("a comparison that cannot be made: shapes"):
        before = draw.probabilities(5, 3)
        hint = "The shapes differ, and NumPy stretches one of the arrays without a word."
        _expect_refusal(student, before, before[:1], hint)
        _expect_refusal(student, before, draw.probabilities(4, 3), "The shapes differ.")

    with student.part("a comparison that cannot be made: no numbers"):
        for broken in ("after", "before", "both", "infinite"):
            before, after = draw.probabilities(5, 3), draw.probabilities(5, 3)
            row = draw.integer(0, 4)
            if broken in ("before", "both"):
                before[row] = np.nan
            if broken in ("after", "both"):
                after[row] = np.nan
            if broken == "infinite":
                before[row, 0] = after[row, 0] = np.inf
            where = {
                "after": "There is a nan in `after`. Any comparison with nan is False, and leaving it out or putting a "
                "number in its place hides it. Look for it first.",
                "before": "There is a nan in `before`. Look at both arrays.",
                "both": "The same row is nan in both arrays. That is no agreement.",
                "infinite": "The same value is infinite in both arrays. That is no agreement, and inf - inf is nan.",
            }
            _expect_refusal(student, before, after, where[broken])


# Save it, load it -----------------------------------------------------------------------------------------------


class Room:
    """A new folder beside the student's work, which the student gets the path of.

    Attributes:
        path: of the folder.
    """

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="cifar-teach-")

    @property
    def files(self) -> list[Path]:
        """All files in it, those in folders inside included, sorted."""
        return sorted(path for path in Path(self.path).rglob("*") if path.is_file())


class Folder(str):
    """The path as text; its class is what a message calls it."""


def path_of(room: Room) -> Folder:
    """Return the path of the folder."""
    return Folder(room.path)


def remove(room: Room) -> None:
    """Delete the folder and all that is in it."""
    shutil.rmtree(room.path, ignore_errors=True)


def beginnings(room: Room) -> list[str]:
    """Return how each file begins: two bytes, in hexadecimal."""
    return [path.read_bytes()[:2].hex() for path in room.files]


def has_pickled_arrays(room: Room) -> bool:
    """Say whether an ``.npy`` or ``.npz`` file holds pickled objects."""
    for path in room.files:
        if path.suffix not in (".npy", ".npz"):
            continue
        try:
            found = np.load(path, allow_pickle=False)
            for name in getattr(found, "files", ()):
                found[name]
        except ValueError:
            return True
    return False


def _expect_weights(came: Any, weights: list[np.ndarray]) -> None:
    require(
        isinstance(came, list | tuple),
        "The weights should be a list of arrays.",
        got=show(came),
        expected=f"a list of {len(weights)} arrays",
    )
    require(
        len(came) == len(weights),
        "The number of arrays is not right.",
        got=f"{len(came)}",
        expected=f"{len(weights)}",
        hint="Is every array written, under a name of its own, and is every one of them read?",
    )
    by_name = sorted(range(len(weights)), key=str)
    if len(weights) > 10 and all(_equal_arrays(one, weights[number]) for one, number in zip(came, by_name)):
        raise CheckFailed(
            "The arrays come back in another order.",
            got=f"arrays {', '.join(map(str, by_name[:6]))}, …",
            expected="arrays 0, 1, 2, 3, 4, 5, …",
            hint="Sorted as text, the name with 10 stands before the one with 2.",
        )
    if all(_equal_arrays(one, other) for one, other in zip(came, weights[::-1])):
        raise CheckFailed("The arrays come back in reverse order.")
    for number, (one, other) in enumerate(zip(came, weights)):
        what = f"array {number}"
        require(
            isinstance(one, np.ndarray),
            f"Array {number} is no array.",
            got=show(one),
            expected=show(other),
            hint="JSON turns arrays into lists, and forgets their dtype.",
        )
        require(
            one.dtype == other.dtype or not _equal_arrays(one, other),
            f"The values are right, but {what} has the wrong dtype.",
            got=one.dtype.name,
            expected=other.dtype.name,
            hint="Save each array as it is, and leave it so when you load it.",
        )
        expect_array(one, other, what=what, dtype=other.dtype.name, rtol=0, atol=0, hint="Something else was saved.")


def _equal_arrays(one: Any, other: np.ndarray) -> bool:
    return isinstance(one, np.ndarray) and one.shape == other.shape and np.array_equal(one, other)


def _round_trip(
    student: Student,
    folder: Handle,
    weights: list[np.ndarray],
    note: dict[str, Any],
    others: Sequence[list[np.ndarray]] = (),
) -> None:
    """Load what was saved into this folder, and expect it; ``others`` are the weights in other folders."""
    result = student.call("load_network", folder)
    expect_columns(result, 2, names=("weights", "note"), what="the result of `load_network`")
    for other in others:
        require(
            not (
                isinstance(result[0], list | tuple)
                and len(result[0]) == len(other)
                and all(map(_equal_arrays, result[0], other))
            ),
            "The weights that came are those of another folder.",
            hint="Each call may write to, and read from, only the folder that it is given.",
        )
    _expect_weights(result[0], weights)
    expect_equal(
        result[1],
        note,
        what="the note",
        mistakes={
            "The note comes back as text. `json.loads` turns text into a dict.": str(note),
            "The numbers of the note have become text.": {
                name: value if isinstance(value, list) else str(value) for name, value in note.items()
            },
        },
        hint="`json.dumps` and `json.loads` are a pair.",
    )


@check(
    "ex09.save",
    points=3,
    needs=("save_network", "load_network"),
    hints=(
        "Give each array a name that says its place. With a dict, `np.savez(path, **{name: array, ...})` takes them "
        "all.",
        'Names sort as text. Either give all of them equally many digits (`f"{number:04d}"`), or do not sort, and '
        "build the names again from 0 on when you load.",
        "Everything must come from the folder: what is kept in a variable is gone when the program ends.",
    ),
)
def saves_and_loads(student: Student, draw: Draw) -> None:
    """Save a network so that it can be loaded again."""

    def network(count: int) -> tuple[list[np.ndarray], dict[str, Any]]:
        shapes = [(3, 3, 3, 4), (4,), (4, 5), (5,)]
        arrays = [draw.rng.normal(size=shapes[number % 4]).astype(np.float32) for number in range(count)]
        arrays[2] = arrays[2].astype(np.float16)
        arrays[-1] = draw.rng.integers(-127, 128, (6, 2)).astype(np.int8)
        names = [str(each) for each in draw.rng.permutation(["cat", "dog", "frog"])]
        note = {"builder": "naïve network", "class_names": names, "temperature": draw.integer(5, 15) / 8, "seed": 0}
        return arrays, note

    rooms: list[Handle] = []

    def new_folder() -> Handle:
        rooms.append(student.make(Room))
        return student.make(path_of, rooms[-1])

    try:
        with student.part("the same weights and note come back"):
            folder = new_folder()
            weights, note = network(13)
            student.call("save_network", folder, weights, note)
            begins = student.probe(rooms[0], beginnings)
            require(
                begins,
                "There is no file in the folder.",
                hint="Write into `folder`. What is kept in a variable is gone when the program ends, and a file "
                "elsewhere does not travel with the folder.",
            )
            require(
                not any(each in ("8003", "8004", "8005") for each in begins)
                and not student.probe(rooms[0], has_pickled_arrays),
                "There is a pickle in the folder.",
                hint="A pickle can run any program on the machine that loads it. Plain arrays need none: "
                "`np.savez` writes them when it is given several arrays, and not one list.",
            )
            _round_trip(student, folder, weights, note)

        with student.part("each folder keeps its own"):
            networks = [network(3), network(5)]
            folders = [new_folder() for _ in networks]
            for folder, each in zip(folders, networks):
                student.call("save_network", folder, *each)
            for folder, each, other in zip(folders, networks, networks[::-1]):
                _round_trip(student, folder, *each, others=[other[0]])
    finally:
        with contextlib.suppress(CheckFailed):  # when the time is up, the verdict is there already
            for room in rooms:
                student.probe(room, remove)


# The model card -------------------------------------------------------------------------------------------------

REQUIRED = ("model", "data", "recipe", "seed", "limits")


@check(
    "ex09.card",
    points=3,
    needs=("missing_fields", "model_card"),
    uses=("wilson_interval",),
    hints=(
        "`facts.get(name)` gives None for a name that is not there. `text.strip()` is empty when there is nothing but "
        "spaces.",
        "In Python, `not 0` is True: what does that do to the seed 0?",
        '`{**facts, "accuracy": value}` is a new dict; what stands further right wins.',
    ),
)
def writes_a_card(student: Student, draw: Draw) -> None:
    """Write a model card whose numbers are right."""

    def facts() -> dict[str, Any]:
        return {
            "model": "tinynet",
            "data": f"{draw.integer(1000, 9000)} photos",
            "recipe": "a linear head",
            "seed": 0,
            "limits": "one object, in the middle",
            "contact": "somebody@example.org",
        }

    def expect_missing(given: dict[str, Any], correct: list[str], hint: str) -> None:
        try:
            came = student.call("missing_fields", given)
        except StudentError as failure:
            failure.hint = failure.hint or hint
            raise
        expect_equal(
            came,
            correct,
            what="the list of missing fields",
            mistakes={
                "A seed of 0 is a seed. `not 0` is True in Python, so ask for what is empty in another way.": [
                    name for name in REQUIRED if name in correct or name == "seed"
                ],
                "These are the fields that are there. Those that are missing are asked for.": [
                    name for name in REQUIRED if name not in correct
                ],
                "The order is that of the alphabet. Keep the order of `REQUIRED`.": sorted(correct),
            },
            hint=hint,
        )

    with student.part("holes"):
        # Two that do not stand in the order of the alphabet.
        pairs = (("model", "data"), ("model", "limits"), ("recipe", "limits"), ("seed", "limits"))
        gone = pairs[draw.integer(0, len(pairs) - 1)]
        present = [(name, value) for name, value in facts().items() if name not in gone]
        expect_missing(
            dict(present[::-1]),
            list(gone),
            "Two of the required names are not in the dict.",
        )
        expect_missing(facts(), [], "Nothing is missing here.")
        for empty, words in ((None, "None"), ("", "an empty text"), (" \n ", "a text of spaces")):
            name = str(draw.rng.choice([each for each in REQUIRED if each != "seed"]))
            expect_missing({**facts(), name: empty}, [name], f"The value of {name!r} is {words}.")
        expect_missing({**facts(), "seed": None}, ["seed"], "The seed is None.")

    with student.part("numbers that were measured", 2):
        for copied in (False, True):
            given = facts() | ({"accuracy": 0.99, "interval": [0.98, 1.0], "test_images": 7} if copied else {})
            labels = draw.labels(draw.integer(30, 60), 5)
            probabilities = draw.predictions(labels, 0.7, 5)
            correct = int((probabilities.argmax(axis=1) == labels).sum())
            _expect_card(student, given, labels, probabilities, correct)


def _expect_card(
    student: Student, given: dict[str, Any], labels: np.ndarray, probabilities: np.ndarray, correct: int
) -> None:
    result = student.call("model_card", given, labels, probabilities)
    n = len(labels)
    names = [*given, *(name for name in ("test_images", "accuracy", "interval") if name not in given)]
    require(
        isinstance(result, dict),
        "The card should be a dict.",
        got=show(result),
        expected=f"a dict with {', '.join(names)}",
        hint="Does the function end with `return`?" if result is None else "",
    )
    absent = [name for name in names if name not in result]
    require(
        not absent,
        f"The card has no {absent[0] if absent else ''!r}.",
        got=f"{', '.join(map(str, result))}",
        expected=f"{', '.join(names)}",
        hint="All of `facts` belongs on the card, beside the three entries that are computed.",
    )
    kept = {name: value for name, value in given.items() if name not in ("test_images", "accuracy", "interval")}
    for name, value in kept.items():
        expect_equal(result[name], value, what=f"the entry {name!r}", hint="The facts stay as they are.")
    copied = "accuracy" in given
    expect_equal(
        _number(result["test_images"]),
        n,
        what="the number of test images",
        mistakes={
            "This is the number of right answers.": correct,
            "This is the number of classes.": 5,
            "This is the number that was in the facts. How many labels are there?": 7,
        },
        hint="One label belongs to each test image.",
    )
    expect_number(
        result["accuracy"],
        correct / n,
        what="the accuracy",
        mistakes={
            "These are percent. A share from 0 to 1 is asked for.": 100 * correct / n,
            "This is the number of right answers.": correct,
            "This is the share of the wrong answers.": 1 - correct / n,
            "This is the mean confidence: how sure the model was, not how often it was right.": float(
                probabilities.max(axis=1).mean()
            ),
            **({"This is the number that was in the facts. It has to be measured.": 0.99} if copied else {}),
        },
        hint=f"{correct} of the {n} answers are right.",
    )
    wrong = n - correct
    expect_array(
        result["interval"],
        np.array(wilson_interval(correct, n)),
        what="the interval",
        mistakes={
            "This is the interval of the wrong answers.": np.array(wilson_interval(wrong, n)),
            "The larger end comes first.": np.array(wilson_interval(correct, n))[::-1],
            "This is the interval that was in the facts. It has to be computed.": np.array([0.98, 1.0]),
            "These are percent.": 100 * np.array(wilson_interval(correct, n)),
            "This is accuracy ± 1.96 standard errors, the textbook interval. The Wilson interval is asked for.": (
                correct / n + np.array([-1.96, 1.96]) * math.sqrt(correct * wrong / n**3)
            ),
        },
        hint=f"`wilson_interval` takes how many are right, {correct}, and of how many, {n}.",
    )


manual(
    "ex09.limits",
    points=4,
    title="Write the limits of a model card",
    rubric=(
        "1 point: says on which images the accuracy was measured and names at least one kind of photo for which it "
        "therefore says little, with the reason (half a point without an example or reason).",
        "1 point: says that a picture of none of the classes gets the name of one of them, with a number measured in "
        "the notebook, and does not call the threshold a detector (half a point without the number).",
        "1 point: says what the confidence means, that it was calibrated on validation images, and that this holds for "
        "pictures like those only.",
        "1 point: names a use that is out of bounds, and one thing an app should do so that nobody is misled; 'use "
        "with care' earns nothing.",
    ),
)
