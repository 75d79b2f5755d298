"""The checks of exercise 04: preprocessing contracts, frozen features and their cache, a linear head, a second view."""

from __future__ import annotations

import contextlib
import re
from collections import UserDict
from typing import Any

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, expect_equal, require
from .draw import Draw
from .keras_probes import model_of, outputs, parameters
from .registry import check, exercise, manual
from .student import Handle, Student
from .values import show
from .verdict import CheckFailed

exercise(
    "ex04_transfer_learning",
    title="Transfer learning",
    goal="Use a pretrained network as it is: meet its input contract, compute its features once, and fit a linear head "
    "to them.",
    minutes=90,
)

MEAN_BGR = np.array([103.939, 116.779, 123.68])
"""Written again here: the check must not depend on what stands in the notebook."""


@check(
    "ex04.prepare",
    points=3,
    needs="prepare",
    hints=(
        "Convert to float32 first, whatever the contract. Then treat the contracts one by one, each with its `if`.",
        'For "-1..1": a straight line through two points. The pixel 0 becomes -1, the pixel 255 becomes 1. What does '
        "half of 255 become?",
        'For "bgr" there are two steps. `MEAN_BGR[0]` belongs to blue: at which place must blue stand when you '
        "subtract it?",
    ),
)
def meets_three_contracts(student: Student, draw: Draw) -> None:
    """Meet three input contracts."""
    images = draw.images(3, size=9)[:, :6]
    images[0, 0, 0], images[1, 2, 3] = 0, 255
    with student.part('"0..255"'):
        result = student.call("prepare", images, "0..255")
        expect_array(
            result,
            images.astype(np.float32),
            mistakes={
                "The network scales inside. Values from 0 to 1 would be scaled a second time.": images / 255,
                "Those are the values for another contract. Which one asks for them?": images / 127.5 - 1,
            },
            hint="This contract wants the pixel values as they are.",
        )
        _expect_float(result)
        other = None
        with contextlib.suppress(CheckFailed):
            other = student.call("prepare", images, "-1..1")
        require(
            not np.array_equal(other, result),
            "Every contract gives the same values.",
            got='the same array for "0..255" and for "-1..1"',
            hint="Does the function look at `contract`?",
        )
    with student.part('"-1..1"'):
        result = student.call("prepare", images, "-1..1")
        _expect_minus_one_to_one(result, images)
        _expect_float(result)
    with student.part('"bgr"'):
        result = student.call("prepare", images, "bgr")
        _expect_bgr(result, images)
        _expect_float(result)


def _expect_minus_one_to_one(result: Any, images: np.ndarray) -> None:
    doubled = images * np.uint8(2)
    expect_array(
        result,
        (images / 127.5 - 1).astype(np.float32),
        mistakes={
            "These are the pixels as they came.": images,
            "The values run from 0 to 1. This contract wants -1 to 1.": images / 255,
            "The values run from -1 to 0: the range is only half as wide as it should be.": images / 255 - 1,
            "The values run from -0.5 to 0.5: the range is only half as wide as it should be.": images / 255 - 0.5,
            "Nearly: 255 should become exactly 1. How far is it from 0 to 255, and how far from 0 to the middle?": (
                images / 128 - 1
            ),
            "Nearly: 0 becomes -1, but 255 becomes more than 1. Where is the middle between 0 and 255?": (
                images / 127 - 1
            ),
            "Bright pixels came out dark. The images are uint8: what is 200 + 200 in a uint8? Convert before you "
            "compute.": doubled / 255 - 1,
            "The values were shifted, but not scaled.": images - 127.5,
        },
        hint="The pixel 0 should become -1 and the pixel 255 should become 1.",
    )


def _expect_bgr(result: Any, images: np.ndarray) -> None:
    pixels = images.astype(float)
    reversed_channels = pixels[..., ::-1]
    wrapped = images[..., ::-1] - MEAN_BGR.astype(np.uint8)
    own_mean = reversed_channels - reversed_channels.mean(axis=(0, 1, 2))
    expect_array(
        result,
        (reversed_channels - MEAN_BGR).astype(np.float32),
        rtol=1e-3,
        atol=1e-3,
        mistakes={
            "These are the pixels as they came.": images,
            "The values run from 0 to 1. This contract stays with pixel values and only moves them.": pixels / 255,
            "The order of the channels is right, but nothing was subtracted.": reversed_channels,
            "Red still comes first, so the mean of blue was subtracted from red.": pixels - MEAN_BGR,
            "The channels are in the right order, but each lost the mean of another channel. Which came first, "
            "reversing or subtracting? `MEAN_BGR` begins with blue.": reversed_channels - MEAN_BGR[::-1],
            "The pictures came out mirrored. Which axis holds the colours?": pixels[:, :, ::-1] - MEAN_BGR,
            "The pictures came out upside down. Which axis holds the colours?": pixels[:, ::-1] - MEAN_BGR,
            "The order of the pictures was reversed, not that of the colours.": pixels[::-1] - MEAN_BGR,
            "The mean was added.": reversed_channels + MEAN_BGR,
            "Everything moved by one and the same number. The mean has three numbers, one for each channel.": (
                reversed_channels - MEAN_BGR.mean()
            ),
            "The mean of these very images was subtracted. The weights were trained with the mean of ImageNet's "
            "images, whatever yours look like.": own_mean,
            "The pixels were scaled to 0–1 before a mean in pixel values was subtracted.": (
                reversed_channels / 255 - MEAN_BGR
            ),
            "This contract only subtracts. The values stay as wide apart as pixel values.": (
                (reversed_channels - MEAN_BGR) / 255
            ),
            "The results wrapped around: a uint8 cannot hold a negative number. Convert before you subtract.": wrapped,
        },
        hint="For each pixel: blue first, then green, then red, each less its own mean.",
    )


def _expect_float(result: np.ndarray | list) -> None:
    dtype = np.asarray(result).dtype
    require(
        dtype in (np.float32, np.float64),
        "The values are right, but they are no floating-point numbers.",
        got=f"dtype {dtype}",
        expected="float32",
        hint="A network computes with float32.",
    )


@check(
    "ex04.twice",
    points=1,
    needs="prediction_twice",
    hints=(
        "Follow one bright pixel, 255, through both divisions. Which number does the first convolution see?",
        "And a dark pixel? How far apart are the two now, for a network that learned on numbers from 0 to 1?",
    ),
)
def predicts_scaling_twice(student: Student, draw: Draw) -> None:
    """What does scaling twice do?"""
    expect_choice(
        student.value("prediction_twice"),
        "c",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "No layer looks at the range of its input: any float32 array of the right shape passes through. That "
            "nothing complains is what makes this mistake expensive.",
            "b": "In training it would. In use, batch normalisation takes the mean and the deviation that it stored "
            "in training. Does it look at your pictures at all?",
            "d": "Small inputs help fresh weights to learn. These weights are finished: which range of input were they "
            "made for?",
        },
        what="your prediction",
    )


@check(
    "ex04.enlarge",
    points=2,
    needs="enlarge",
    hints=(
        "Take a row of two pixels, [a, b], and factor 3. Write down the row you want, and then the row you get.",
        "[a, a, a, b, b, b] is not [a, b, a, b, a, b]: NumPy has a function for each of the two.",
        "It has to happen along two of the four axes, one after the other. Which two?",
    ),
)
def enlarges_by_whole_factor(student: Student, draw: Draw) -> None:
    """Enlarge images by a whole factor."""
    for factor in (3, 2):
        images = draw.images(4, size=5)[:, :3]
        stuffed = np.zeros((4, 3 * factor, 5 * factor, 3), np.uint8)
        stuffed[:, ::factor, ::factor] = images
        rows = np.repeat(images, factor, axis=1)
        correct = np.repeat(rows, factor, axis=2)
        expect_array(
            student.call("enlarge", images, factor),
            correct,
            what="the array of enlarged images",
            dtype="uint8",
            mistakes={
                "These are the images as they came.": images,
                "The whole picture was laid side by side several times, like tiles. Each *pixel* should grow.": (
                    np.tile(images, (1, factor, factor, 1))
                ),
                "The pictures grew in height, but not in width.": rows,
                "The pictures grew in width, but not in height.": np.repeat(images, factor, axis=2),
                "There are more pictures now, and they are not wider. Axis 0 counts the pictures.": (
                    np.repeat(np.repeat(images, factor, axis=0), factor, axis=1)
                ),
                "The pictures grew twice in one direction.": np.repeat(rows, factor, axis=1),
                "There are more channels now. Axis 3 holds the colours.": (
                    np.repeat(np.repeat(images, factor, axis=2), factor, axis=3)
                ),
                "All numbers came in one long row: without `axis`, NumPy flattens the array first.": (
                    np.repeat(images, factor)
                ),
                "Between the pixels there is black. The copies of a pixel should fill its whole block.": stuffed,
                "The shape is right, but the numbers were only poured into it. Pixels must stay neighbours of their "
                "neighbours.": np.resize(images, correct.shape),
            },
            hint="Each pixel becomes a block of `factor` rows and `factor` columns, all of one colour.",
        )


@check(
    "ex04.pool_features",
    points=2,
    needs="pool_features",
    hints=(
        "Read the shape `(n, height, width, c)` from left to right. Which axes should be gone afterwards?",
        "`axis=` also takes a tuple of axes.",
    ),
)
def averages_over_places(student: Student, draw: Draw) -> None:
    """Pool a feature map."""
    height, channels = draw.integer(2, 4), draw.integer(6, 8)
    level = draw.rng.uniform(0.5, 4, channels)
    maps = np.maximum(0, draw.rng.normal(level, 1.5, (3, height, height + 1, channels))).astype(np.float32)
    correct = maps.mean(axis=(1, 2))
    expect_array(
        student.call("pool_features", maps),
        correct,
        what="the array of features",
        mistakes={
            "One number for each picture is left: the channels were averaged as well. Each channel is a feature of its "
            "own.": maps.mean(axis=(1, 2, 3)),
            "One vector is left for all pictures together. Averages are taken inside a picture, never across "
            "pictures.": maps.mean(axis=(0, 1, 2)),
            "The pictures were averaged together. What does axis 0 count?": maps.mean(axis=(0, 1)),
            "The channels were averaged. Which axis holds them?": maps.mean(axis=(2, 3)),
            "Only the rows were averaged; the columns are still there.": maps.mean(axis=1),
            "Only the columns were averaged; the rows are still there.": maps.mean(axis=2),
            "This is the largest value of each channel. That is pooling too (max pooling), but the question asks for "
            "the average.": maps.max(axis=(1, 2)),
            "This is the sum over the places. A larger map would give larger features.": maps.sum(axis=(1, 2)),
            "All values are still there, in one row for each picture. Nothing was averaged.": maps.reshape(3, -1),
            "The shape is right, but channels are mixed up. `reshape` does not move an axis: it reads the numbers in "
            "the order in memory, where the channels of one place are neighbours.": (
                maps.reshape(3, channels, -1).mean(axis=2)
            ),
        },
        hint="For each picture and each channel: the average over all rows and columns.",
    )


class Network:
    """Stands for a network: one feature vector for each image, in which every pixel counts by its place."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self.batches: list[int] = []

    def __call__(self, batch: Any) -> np.ndarray:
        """Return float32 (n, d)."""
        batch = np.asarray(batch)
        if batch.ndim != 4:
            raise ValueError(f"the network takes a batch (n, height, width, 3), not {batch.shape}")
        if len(batch) == 0:
            raise ValueError("the network was called with an empty batch")
        self.batches.append(len(batch))
        flat = batch.reshape(len(batch), -1).astype(float)
        return np.tanh(flat @ self.weights / 255).astype(np.float32)


class Classifier(Network):
    """Stands for a classifier: the same with probabilities."""

    def __call__(self, batch: Any) -> np.ndarray:
        """Return float32 (n, classes)."""
        return _softmax(3 * super().__call__(batch)).astype(np.float32)


def batches_of(network: Network) -> list[int]:
    """Return how many images each call of the network was given."""
    return network.batches


@check(
    "ex04.extract_features",
    points=3,
    needs="extract_features",
    hints=(
        "`range(0, n, batch_size)` gives the position at which each batch starts. Where does each end?",
        "A slice that reaches beyond the end of an array is simply shorter. So the last batch needs no special case.",
        "Collect what comes out of the network in a list and join the parts along axis 0 once, after the loop.",
    ),
)
def extracts_in_batches(student: Student, draw: Draw) -> None:
    """Extract features in batches."""
    weights = draw.rng.normal(0, 0.3, (4 * 5 * 3, 6))
    size = draw.integer(4, 6)
    for number in (2 * size + 3, 3 * size, size - 1):
        images = draw.images(number, size=5)[:, :4]
        network = student.make(Network, weights)
        result = student.call("extract_features", network, images, size)
        _expect_features(result, images, weights, size)
        _expect_batches(student.probe(network, batches_of), number, size)


def _expect_features(result: Any, images: np.ndarray, weights: np.ndarray, size: int) -> None:
    require(
        not (
            isinstance(result, list | tuple) and any(isinstance(part, np.ndarray) and part.ndim == 2 for part in result)
        ),
        "The batches are still apart.",
        got=result,
        expected="one array (n, d)",
        hint="Which NumPy function joins arrays along an axis that they have already?",
    )
    network, number = Network(weights), len(images)
    correct = network(images)
    mistakes: dict[str, Any] = {
        "The features are not those of these pixels: was something done to the images on the way? They go to the "
        "network as they are.": network(images / 255),
        "These are the images, not what the network makes of them.": images,
        "Only the first batch came back. Is the `return` inside the loop?": correct[:size],
        "Only the last batch came back. Is something overwritten in each round?": correct[
            (number - 1) // size * size :
        ],
        "The images at the end are missing. What happens to a last batch that is not full?": (
            correct[: number // size * size]
        ),
        "The batches came in the reverse order.": correct[::-1],
    }
    if number % size and number > size:
        overlapping = np.concatenate([correct[: number // size * size], correct[-size:]])
        mistakes["Some images were computed twice: the last batch reaches back into the one before."] = overlapping
    expect_array(
        result,
        correct,
        what="the array of features",
        mistakes=mistakes,
        hint="One row for each image, in the order of the images.",
    )


def _expect_batches(batches: list[int], number: int, size: int) -> None:
    expected = [min(size, number - start) for start in range(0, number, size)]
    hint = "Fill each batch before you begin the next one; only the last may be smaller."
    if sum(batches) > number:
        hint = "Each image costs a pass through the network. Some went through it more than once."
    elif max(batches) > size:
        hint = "A batch larger than `batch_size` may not fit into the memory. That is why there are batches."
    elif len(batches) == number:
        hint = "The images went through the network one by one. Batches are there because that is slow."
    require(
        sorted(batches) == sorted(expected),
        "The features are right, but the batches are not.",
        got=f"batches of {', '.join(map(str, batches))}",
        expected=f"batches of {', '.join(map(str, expected))}",
        hint=hint,
    )


class Store(UserDict):
    """Stands for the store of features; behaves like a dictionary."""


class Computation:
    """Stands for a long computation; counts how often it is done."""

    def __init__(self, result: np.ndarray) -> None:
        self.result = result
        self.calls = 0

    def __call__(self) -> np.ndarray:
        """Return the result."""
        self.calls += 1
        return self.result


def calls_of(computation: Computation) -> int:
    """Return how often the computation was done."""
    return computation.calls


@check(
    "ex04.cache",
    points=4,
    needs=("cache_key", "get_features"),
    hints=(
        "A fingerprint takes bytes piece by piece: `digest = hashlib.sha256()`, then `digest.update(…)` as often as "
        "you like, and `digest.hexdigest()` at the end.",
        "`array.tobytes()` is the content of an array and nothing else. Can arrays of different shape have the same "
        "bytes? What else could go into the fingerprint?",
        "In `get_features` the computation should only be called on one of two ways through the function.",
    ),
)
def caches_by_content(student: Student, draw: Draw) -> None:
    """Keep features in a cache."""
    images = draw.images(7, size=9)[:, :8]
    weights = [draw.rng.normal(0, 1, shape).astype(np.float32) for shape in ((3, 3, 3, 50), (50,), (50, 2))]
    with student.part("the key: content", 1.5):
        key = _stable_key(student, images, weights)
        for hint, (other_images, other_weights) in _other_contents(draw, images, weights).items():
            _expect_other_key(student, key, other_images, other_weights, hint)
    with student.part("the key: shapes", 0.5):
        key = _stable_key(student, images, weights)
        hint = "The bytes are the same, but the shape is another: these are other pictures."
        _expect_other_key(student, key, images.reshape(7, 9, 8, 3), weights, hint)
        hint = "The bytes of the weights are the same, but they are divided into arrays of other shapes: that is "
        hint += "another network."
        _expect_other_key(student, key, images, [weights[0], weights[1], weights[2].reshape(2, 50)], hint)
    with student.part("the look-up", 2):
        _expect_lookup(student, draw)


def _stable_key(student: Student, images: np.ndarray, weights: list[np.ndarray]) -> str:
    """Return the key of these contents, after checking that it is one and depends on nothing else."""
    key = student.call("cache_key", images, weights)
    if isinstance(key, int):
        hint = "Python's `hash()` of the same text is another number in every session, and two contents can share it."
    else:
        hint = "`hexdigest()` of a fingerprint such as SHA-256 gives such a text."
    require(
        isinstance(key, str) and re.fullmatch(r"[0-9a-fA-F]{32,}", key),
        "The key should be a text of at least 32 hexadecimal digits.",
        got=key if key is not None else "None",
        expected="a text such as '9f86d081884c7d65…'",
        hint=hint,
    )
    # Equal content, but the numbers lie in another order in memory.
    again = student.call("cache_key", np.asfortranarray(images), [np.asfortranarray(each) for each in weights])
    require(
        again == key,
        "Asked again with the same content, the key is another one.",
        got=again,
        expected=key,
        hint="Nothing would ever be found again. The key may depend on the content only: not on the time, on chance, "
        "or on where an array lies in memory.",
    )
    return key


def _other_contents(
    draw: Draw, images: np.ndarray, weights: list[np.ndarray]
) -> dict[str, tuple[np.ndarray, list[np.ndarray]]]:
    """Return hint -> images and weights that differ a little from those given, and so need another key."""
    brighter = images.copy()
    brighter[3, draw.integer(2, 5), draw.integer(2, 6), 1] ^= 1
    last = images.copy()
    last[-1, -1, -1, -1] ^= 1
    moved = images.copy()
    moved[2, 0, 0], moved[2, 5, 5] = images[2, 5, 5], images[2, 0, 0]
    trained = [each.copy() for each in weights]
    trained[0][1, 1, 1, draw.integer(10, 40)] += 1e-5
    shifted = [*weights[:2], weights[2].copy()]
    shifted[2][-1, -1] += 0.5
    return {
        "All images are others. Do they go into the key?": (255 - images // 2, weights),
        "The weights are others, as after training. Do they go into the key?": (images, [each + 1 for each in weights]),
        "One pixel in the middle of the images differs by 1. `str(array)` leaves out the middle of a large array, and "
        "a sample of the pixels leaves out the rest.": (brighter, weights),
        "Only the very last value differs. Does the key look at everything?": (last, weights),
        "Two pixels changed places. Sums, means and histograms do not notice the order.": (moved, weights),
        "The same images came in another order. Their features come in another order, too.": (images[::-1], weights),
        "A single weight changed a little, by 0.00001. Rounded or shortened numbers do not show it.": (images, trained),
        "Only the last of several weight arrays changed. Does the key look at all of them?": (images, shifted),
    }


def _expect_other_key(student: Student, key: str, images: np.ndarray, weights: list[np.ndarray], hint: str) -> None:
    other = student.call("cache_key", np.ascontiguousarray(images), weights)
    require(
        other != key,
        "Other content gives the same key, so old features would be taken for new ones.",
        got=other,
        expected="a key that differs",
        hint=hint,
    )


def _expect_lookup(student: Student, draw: Draw) -> None:
    first, second, third = (draw.rng.normal(0, 1, (4, 3)).astype(np.float32) for _ in range(3))
    store = student.make(Store)
    computation = student.make(Computation, first)

    def ask(key: str, computation: Handle, correct: np.ndarray, hint: str, store: Handle = store) -> None:
        result = student.call("get_features", key, computation, store)
        expect_array(result, correct, what="the array of features", hint=hint)

    ask("3fa9", computation, first, "The store is empty, so this must come from `compute()` and from nowhere else.")
    _expect_calls(student, computation, "once", 1)
    ask("3fa9", computation, first, "The key is in the store now. What is kept there is what should come back.")
    _expect_calls(student, computation, "once, although the same key was asked for twice", 1)
    other = student.make(Computation, second)
    ask("b07c", other, second, "This key is a new one, and so is what belongs to it.")
    ask("3fa9", computation, first, "The store should keep what belongs to the earlier keys as well.")
    _expect_calls(student, computation, "once, although another key was asked for in between", 1)
    elsewhere = "This store is another one, and empty. Is the result kept in the `store` that was handed in?"
    ask("3fa9", student.make(Computation, third), third, elsewhere, student.make(Store))


def _expect_calls(student: Student, computation: Handle, expected: str, correct: int) -> None:
    calls = student.probe(computation, calls_of)
    require(
        calls == correct,
        "The features are right, but they were computed too often.",
        got=f"`compute` was called {calls} times",
        expected=expected,
        hint="`compute()` is the expensive step: it should run only when the store does not have the key, and its "
        "result should be put into the store. Note that Python evaluates arguments before it calls a function.",
    )


@check(
    "ex04.fit_head",
    points=4,
    needs=("training_rows", "fit_head"),
    hints=(
        "Rows: print `views.reshape(-1, d)` for a tiny `views` of shape (2, 3, 1) with six different numbers. In which "
        "order do the images come, and then their mirror images? Which list of labels fits?",
        "Head: fit to `(rows - mean) / deviation`. A feature that never changes has the deviation 0; divide by 1 "
        "instead.",
        "Fold: write out the logit ((x - mean) / deviation) · w + b as a sum over the features. Collect what is "
        "multiplied by x, and then what is left over without x.",
    ),
)
def fits_a_linear_head(student: Student, draw: Draw) -> None:
    """Fit a linear head to both views."""
    with student.part("the rows of both views", 1.5):
        views = draw.rng.normal(0, 1, (2, 7, 4)).astype(np.float32)
        labels = np.array([2, 0, 1, 1, 2, 0, 0])[draw.rng.permutation(7)]
        result = student.call("training_rows", views, labels)
        expect_columns(result, 2, names=("rows", "row_labels"))
        rows, row_labels = _array(result[0], "rows"), _array(result[1], "row_labels")
        _expect_rows(rows, row_labels, views, labels)
    with student.part("the head", 2.5):
        rows, labels, test = _features(draw, draw.integer(3, 4))
        strength = draw.number(0.02, 0.05)
        result = _fit(student, rows, labels, strength)
        expect_columns(result, 2, names=("kernel", "bias"))
        kernel, bias = _array(result[0], "kernel"), _array(result[1], "bias")
        _expect_head(kernel, bias, rows, labels, test, strength)


def _array(value: Any, name: str) -> np.ndarray:
    """Return what should be an array as one."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise CheckFailed(f"`{name}` has rows of different lengths, so it is no array.", got=show(value)) from None
    require(array.dtype.kind in "biuf", f"`{name}` should be an array of numbers.", got=show(value))
    return array


DEAD_FEATURE = (
    "One feature is the same for all images, as a channel that never fires. What is its standard deviation, and what "
    "is divided by it?"
)


def _fit(student: Student, rows: np.ndarray, labels: np.ndarray, strength: float) -> Any:
    """Call the student's function; say more about two failures than their own text does."""
    try:
        return student.call("fit_head", rows, labels, C=strength)
    except CheckFailed as failure:
        if "NaN" in failure.message:
            failure.hint = DEAD_FEATURE
        elif "LogisticRegression came" in failure.message:
            failure.hint = "That is the fitted model. Its numbers are asked for, as two arrays, folded."
        raise


def _expect_rows(rows: np.ndarray, row_labels: np.ndarray, views: np.ndarray, labels: np.ndarray) -> None:
    count, width = views.shape[1:]
    hints = {
        (count, 2 * width): "Both views stand side by side in one row. Each view is an example of its own.",
        (count, width): "There is one row for each image. Where is the other view: left out, or averaged away?",
        views.shape: "The two views are still apart.",
        (2 * width, count): "Rows and columns are exchanged.",
    }
    require(
        rows.shape == (2 * count, width),
        "The rows have the wrong shape.",
        got=f"shape {rows.shape}",
        expected=f"shape {(2 * count, width)}",
        hint=hints.get(rows.shape, "One row for each view of each image."),
    )
    require(
        row_labels.shape == (2 * count,),
        "There should be one label for each row.",
        got=f"shape {row_labels.shape}",
        expected=f"shape {(2 * count,)}",
        hint="Each image has two rows now, and both show the same thing.",
    )
    originals = views.reshape(-1, width)
    distances = np.abs(rows[:, None] - originals[None]).max(axis=2)
    source = distances.argmin(axis=1)
    require(
        (distances.min(axis=1) < 1e-5).all() and len(set(source.tolist())) == len(rows),
        "The rows are not the feature vectors of the two views.",
        got=rows,
        hint="Each of the 14 feature vectors should occur once, unchanged: `views[view, image]`. `reshape` reads the "
        "numbers in the order of the axes; it does not move an axis.",
    )
    wrong = int((row_labels != labels[source % count]).sum())
    require(
        wrong == 0,
        f"{wrong} of {len(rows)} rows carry the label of another image.",
        got=row_labels,
        hint="In which order do the rows come: image by image, or view by view? The labels must come in the same "
        "order. NumPy can repeat a list in both ways.",
    )


def _features(draw: Draw, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return training rows, labels and test rows; features of very different size, and one that never changes."""
    width, count = 6, 60
    labels = draw.labels(count, classes)
    centres = draw.rng.normal(0, 1, (classes, width))
    size = draw.rng.permutation(np.geomspace(0.2, 5, width))
    offset = size * draw.rng.uniform(0.8, 1.6, width)
    dead = draw.integer(0, width - 1)

    def rows(labels: np.ndarray) -> np.ndarray:
        values = (centres[labels] + draw.rng.normal(0, 1, (len(labels), width))) * size + offset
        values[:, dead] = 0.25
        return values.astype(np.float32)

    return rows(labels), labels, rows(draw.labels(25, classes))


def _expect_head(
    kernel: np.ndarray, bias: np.ndarray, rows: np.ndarray, labels: np.ndarray, test: np.ndarray, strength: float
) -> None:
    width, classes = rows.shape[1], int(labels.max()) + 1
    require(
        kernel.shape == (width, classes),
        "`kernel` has the wrong shape.",
        got=f"shape {kernel.shape}",
        expected=f"shape {(width, classes)}: features, classes",
        hint="Logits are `features @ kernel + bias`. scikit-learn keeps its weights the other way round."
        if kernel.shape == (classes, width)
        else "One weight for each feature and each class.",
    )
    require(
        bias.shape == (classes,),
        "`bias` has the wrong shape.",
        got=f"shape {bias.shape}",
        expected=f"shape {(classes,)}",
        hint="One number for each class.",
    )
    require(
        np.isfinite(kernel).all() and np.isfinite(bias).all(),
        "The head holds values that are not numbers (nan or inf).",
        got=kernel,
        hint=DEAD_FEATURE,
    )
    probabilities = _softmax(test @ kernel + bias)
    mean, deviation, weights, intercept = _fitted(rows, labels, strength)
    folded = weights / deviation[:, None]
    correct = _softmax(test @ folded + intercept - mean @ folded)
    if np.allclose(probabilities, correct, rtol=0, atol=0.01):
        return
    mistakes = {
        "These are the weights for standardised features. The head will be given features as they come from the "
        "network, so the statistics have to be folded in.": _softmax(test @ weights + intercept),
        "The deviation is folded into the kernel, but nothing was done about the mean.": (
            _softmax(test @ folded + intercept)
        ),
        "The mean went into the bias with the wrong sign. What is the logit of an image whose features are all at "
        "their mean?": _softmax(test @ folded + intercept + mean @ folded),
        "The mean went into the bias by way of the weights for standardised features. Which kernel is the mean "
        "multiplied by?": _softmax(test @ folded + intercept - mean @ weights),
        "The bias that was fitted is missing.": _softmax(test @ folded - mean @ folded),
    }
    if not any(np.allclose(probabilities, wrong, rtol=0, atol=0.01) for wrong in mistakes.values()):
        mistakes |= _wrongly_fitted(rows.astype(float), labels, test, strength)
    expect_array(
        probabilities,
        correct,
        what="what the head answers for new images",
        rtol=0,
        atol=0.01,
        mistakes=mistakes,
        hint="The check computes softmax(features @ kernel + bias) for new images, with the features as they come "
        "from the network, and compares with a head that was fitted to standardised training rows.",
    )


def _wrongly_fitted(rows: np.ndarray, labels: np.ndarray, test: np.ndarray, strength: float) -> dict[str, np.ndarray]:
    """Return hint -> what a head answers that was fitted to other numbers, or with another penalty."""
    mean, deviation, default_weights, default_intercept = _fitted(rows, labels, 1.0)
    plain_weights, plain_intercept = _logistic(rows, labels, strength)
    variance = deviation**2
    variance_weights, variance_intercept = _logistic((rows - mean) / variance, labels, strength)
    standardised = (test - mean) / deviation
    return {
        "The head was fitted to features of very different size, so the penalty holds some back and hardly touches "
        "others. Standardise them first.": _softmax(test @ plain_weights + plain_intercept),
        "The penalty is not the one that was asked for. Is `C` handed on?": (
            _softmax(standardised @ default_weights + default_intercept)
        ),
        "The features were divided by their variance. Standardised features have the *standard deviation* 1.": (
            _softmax((test - mean) / variance @ variance_weights + variance_intercept)
        ),
    }


def _fitted(
    rows: np.ndarray, labels: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and deviation of the rows, and kernel and bias of the regression on standardised rows."""
    values = rows.astype(float)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return mean, deviation, *_logistic((values - mean) / deviation, labels, strength)


def _logistic(values: np.ndarray, labels: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=1000).fit(values, labels)
    return model.coef_.T, model.intercept_


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def small_backbone(channels: int, seed: int) -> Any:
    """Return a network from images 8x8 to a map 4x4, with batch normalisation that has seen data before."""
    from keras import Input, Model, initializers, layers

    inputs = Input((8, 8, 3))
    x = layers.Rescaling(1 / 128, offset=-1)(inputs)
    start = initializers.HeNormal(seed=seed)
    x = layers.Conv2D(channels, 3, strides=2, padding="same", use_bias=False, kernel_initializer=start)(x)
    normalised = layers.BatchNormalization()
    model = Model(inputs, layers.ReLU()(normalised(x)))
    rng = np.random.default_rng(seed)
    normalised.set_weights([rng.uniform(low, high, channels) for low, high in ((1, 3), (-1, 2), (-1, 1), (0.5, 2))])
    return model


def partly_frozen(units: int) -> Any:
    """Return a network in which one dense layer is frozen, and batch normalisation keeps what is never trained."""
    from keras import Input, Sequential, layers

    model = Sequential([Input((5,)), layers.Dense(units), layers.BatchNormalization(), layers.Dense(3)])
    model.layers[0].trainable = False
    return model


def trainable_arrays(model: Any) -> int:
    """Return how many arrays of weights can be trained."""
    return len(model.trainable_weights)


def parameters_by_layer(model: Any) -> int:
    """Return all parameters of the layers that are not frozen, those that are never trained included."""
    return sum(layer.count_params() for layer in model.layers if layer.trainable)


def head_report(model: Any, backbone: Any, images: np.ndarray) -> dict[str, Any]:
    """Return what a model on a backbone answers, what its head is and what in it can be trained.

    The weights of the head are drawn anew, so that answers do not depend on how the layer starts.
    """
    from keras import ops

    answers = outputs(model, images)  # builds a subclassed model
    borrowed = {id(weight) for weight in backbone.weights}
    head = [weight for weight in model.weights if id(weight) not in borrowed]
    before = backbone.get_weights()
    rng = np.random.default_rng(0)
    inside = borrowed <= {id(weight) for weight in model.weights}
    for weight in head if inside else ():
        weight.assign(rng.normal(0, 0.5, tuple(weight.shape)))
    trainable = {id(weight) for weight in model.trainable_weights}
    report = {
        "inside": inside,
        "head": [ops.convert_to_numpy(weight) for weight in head],
        "head_learns": bool(head) and all(id(weight) in trainable for weight in head),
        "backbone_learns": len(trainable & borrowed),
        "shape": answers.shape,
        "answers": outputs(model, images),
        "answers_in_training": outputs(model, images, training=True),
    }
    # Looked at last: the answers in training are what would move them.
    after = backbone.get_weights()
    report["moved"] = any(not np.array_equal(old, new) for old, new in zip(before, after, strict=True))
    return report


@check(
    "ex04.add_head",
    points=4,
    needs=("add_head", "count_trainable"),
    keras=True,
    hints=(
        "A layer or a whole network has an attribute `trainable`. Set to False on a network, it holds for all layers "
        "inside.",
        "Call the backbone on a `keras.Input` as if it were a layer, then a layer that averages the map over its "
        "places, then one dense layer. `keras.Model(inputs, outputs)` makes a network of them.",
        "`model.trainable_weights` is a list of arrays. An array of shape (192, 10) holds 1,920 parameters.",
    ),
)
def puts_a_head_on_a_frozen_backbone(student: Student, draw: Draw) -> None:
    """Put a head on a frozen backbone."""
    classes = draw.integer(3, 6)
    channels = classes + draw.integer(2, 4)
    images = draw.images(5, size=8).astype(np.float32)
    backbone = student.make(small_backbone, channels, draw.integer(1, 1000))
    maps = student.probe(backbone, outputs, images)
    try:
        report = student.probe(model_of(student, "add_head", backbone, classes), head_report, backbone, images)
        _expect_inside(report)
    except CheckFailed as failure:
        with student.part("the model", 3):
            raise failure
    else:
        with student.part("it answers with probabilities"):
            _expect_probabilities(report, classes)
        with student.part("the head is an average and one dense layer"):
            _expect_dense_on_average(report, maps, classes)
        with student.part("only the head learns"):
            _expect_frozen(report)
    with student.part("the trainable parameters are counted"):
        model = student.make(partly_frozen, draw.integer(4, 7))
        counts = student.probe(model, parameters)
        expect_equal(
            student.call("count_trainable", model),
            counts["trainable"],
            what="the number of trainable parameters",
            mistakes={
                "These are all parameters, the frozen ones included.": counts["total"],
                "These are the parameters that are *not* trained.": counts["total"] - counts["trainable"],
                "This is the number of arrays. How many numbers does each of them hold?": student.probe(
                    model, trainable_arrays
                ),
                "Batch normalisation has four arrays. Two of them are statistics that are never trained, though the "
                "layer is not frozen.": student.probe(model, parameters_by_layer),
            },
            hint="For each array that can be trained: how many numbers it holds. Then their sum, a whole number.",
        )


def _expect_probabilities(report: dict[str, Any], classes: int) -> None:
    require(
        report["shape"] == (5, classes),
        "The shape of the answer is not right.",
        got=f"shape {report['shape']} for 5 images",
        expected=f"shape (5, {classes})",
        hint="One number for each image and each class.",
    )
    answers = report["answers"]
    require(
        (answers >= 0).all() and np.allclose(answers.sum(axis=1), 1, atol=1e-4),
        "The answers of an image are not probabilities.",
        got=f"rows that sum to {', '.join(f'{each:.2f}' for each in answers.sum(axis=1)[:3])} …",
        expected="numbers of at least 0 that sum to 1",
        hint="Which activation turns the numbers for several classes, of which one is right, into probabilities?",
    )


def _expect_inside(report: dict[str, Any]) -> None:
    require(
        report["inside"],
        "The model does not hold the backbone that was handed in.",
        hint="Use the network that comes as the argument, with its weights. A copy or a new network of the same form "
        "has other weights.",
    )


def _expect_dense_on_average(report: dict[str, Any], maps: np.ndarray, classes: int) -> None:
    _, height, width, channels = maps.shape
    shapes = sorted((each.shape for each in report["head"]), key=len)
    if shapes == [(classes,), (height * width * channels, classes)]:
        hint = "The dense layer has a weight for every place of the map. Average over the places first."
    elif len(shapes) > 2:
        hint = "There is more than one layer with weights behind the backbone."
    else:
        hint = "One dense layer holds a weight for each feature and class, and a bias for each class."
    require(
        shapes == [(classes,), (channels, classes)],
        "The weights behind the backbone are not those of one dense layer on the averages.",
        got=f"arrays of shape {', '.join(map(str, shapes))}" if shapes else "no weights behind the backbone",
        expected=f"arrays of shape {(classes,)} and {(channels, classes)}",
        hint=hint,
    )
    bias, kernel = sorted(report["head"], key=np.ndim)
    poolings = {
        "": maps.mean(axis=(1, 2)),
        "The head looks at the largest value of each channel. The features of question 4 are averages.": (
            maps.max(axis=(1, 2))
        ),
    }
    for hint, features in poolings.items():
        logits = features @ kernel + bias
        # Whether these are probabilities is judged elsewhere.
        if any(
            np.allclose(report["answers"], each, atol=1e-3) for each in (_softmax(logits), logits, _sigmoid(logits))
        ):
            require(not hint, "The head does not work on averages.", hint=hint)
            return
    raise CheckFailed(
        "The answers are not those of one dense layer on the averages of the backbone's map.",
        hint="Follow a batch by hand: the map of the backbone, its average over the places, the dense layer. Is there "
        "an activation, a scaling or another layer in between? The backbone scales its input itself.",
    )


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def _expect_frozen(report: dict[str, Any]) -> None:
    require(report["head"], "Nothing was put behind the backbone, so there is nothing to learn.")
    require(
        report["head_learns"],
        "The head cannot learn: its weights are frozen.",
        hint="What was frozen, the backbone or the whole model?",
    )
    require(
        not report["backbone_learns"],
        f"{report['backbone_learns']} arrays of the backbone's weights would be trained.",
        expected="only the two arrays of the head",
        hint="Batch normalisation has weights, too. Freezing a whole network at once forgets none of its layers.",
    )
    require(
        not report["moved"] and np.allclose(report["answers"], report["answers_in_training"], atol=1e-4),
        "In training the model answers differently, or the backbone's statistics move.",
        hint="Does something in the head act only in training, as dropout does? The question asks for the dense layer "
        "alone.",
    )


@check(
    "ex04.predict_views",
    points=2,
    needs="predict_views",
    hints=(
        "Two calls of `predict`: one for the images, one for their mirror images.",
        "Left and right change places when the *columns* are reversed. Which of the four axes holds them?",
        "What comes out should be probabilities again: each row sums to 1.",
    ),
)
def averages_two_views(student: Student, draw: Draw) -> None:
    """Average two views."""
    images = draw.images(6, size=5)[:, :4]
    weights = draw.rng.normal(0, 0.25, (4 * 5 * 3, 4))
    predict = Classifier(weights)
    image, mirrored = predict(images), predict(images[:, :, ::-1])

    def mean_with(other: np.ndarray) -> np.ndarray:
        return (image + other) / 2

    votes = (np.eye(4)[image.argmax(axis=1)] + np.eye(4)[mirrored.argmax(axis=1)]) / 2
    product = image * mirrored
    expect_array(
        student.call("predict_views", student.make(Classifier, weights), images),
        mean_with(mirrored),
        what="the array of probabilities",
        mistakes={
            "These are the answers for the images alone.": image,
            "These are the answers for the mirror images alone.": mirrored,
            "Each row sums to 2. What is the average of two numbers?": image + mirrored,
            "Only one of the two was halved. Python divides before it adds.": image + mirrored / 2,
            "The pictures were averaged, so the network saw two pictures in one. Average its *answers*.": (
                predict(images / 2 + images[:, :, ::-1] / 2)
            ),
            "The second view has every axis reversed, the order of the pictures and the colours included. Name the "
            "axis that should be reversed.": mean_with(predict(images[::-1, ::-1, ::-1, ::-1])),
            "The second view is upside down. A car on its roof is not what the network has seen; a car that drives "
            "the other way is.": mean_with(predict(images[:, ::-1])),
            "The second view has red and blue exchanged. Which axis holds the columns?": (
                mean_with(predict(images[..., ::-1]))
            ),
            "The second view has the images in reverse order, so the answers of different images were averaged.": (
                mean_with(predict(images[::-1]))
            ),
            "The probabilities were mirrored, too. The first class stays the first, however the image is turned.": (
                mean_with(mirrored[:, ::-1])
            ),
            "The probabilities were mirrored instead of the images.": mean_with(image[:, ::-1]),
            "The second view is turned by half a turn: rows and columns are reversed.": (
                mean_with(predict(images[:, ::-1, ::-1]))
            ),
            "Two votes were counted. How sure the network is of each view got lost.": votes,
            "This is the larger of the two probabilities. Each row should sum to 1.": np.maximum(image, mirrored),
            "The two were multiplied. The question asks for their average.": product,
            "The average was taken over the classes or over all images.": mean_with(mirrored).mean(axis=0),
            "These are class numbers. The question asks for probabilities.": mean_with(mirrored).argmax(axis=1),
        },
        hint="For each image: the average of the probabilities of two views, the image and its mirror image.",
    )


manual(
    "ex04.reflect",
    points=3,
    title="When does transfer pay?",
    rubric=(
        "1 point: reads the table with its uncertainty: names for at least two numbers of labels which of the two is "
        "ahead and by how much, and says whether the intervals overlap, without taking an overlap for 'no "
        "difference'; sees how the lead changes with more labels.",
        "1 point: compares the cost: what has to be computed once and what again and again (features once, the head in "
        "moments, against every epoch), and that the pretraining itself is a cost that someone else has paid.",
        "1 point: names a concrete situation in which the frozen backbone would help little or lose, with the reason: "
        "pictures unlike those of the pretraining, another range or colour coding of the input, details that the "
        "features do not hold at this resolution, or so many labels that one's own network learns better features.",
    ),
)
