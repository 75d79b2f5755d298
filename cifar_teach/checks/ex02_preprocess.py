"""The checks of exercise 02: scaling, one-hot, splits, statistics without leakage, augmentation per image, photos."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, require
from .draw import Draw
from .registry import check, exercise, manual
from .student import Handle, Student

exercise(
    "ex02_preprocess",
    title="Preprocessing",
    goal="Turn raw images into training batches that are scaled, split without leakage and augmented image by image.",
    minutes=80,
)


@check(
    "ex02.normalize",
    points=2,
    needs="normalize",
    hints=(
        "A pixel is stored as a whole number. What is the largest one that fits into a uint8?",
        "Dividing by a number that you look up in the images makes the result depend on the batch: the same image "
        "would look different in another batch. Divide by a constant.",
        "NumPy computes in float64 when it divides whole numbers. Convert to the smaller float type, and look at "
        "`result.dtype`.",
    ),
)
def scales_to_unit_interval(student: Student, draw: Draw) -> None:
    """Scale the pixels to 0–1."""
    # No pixel is 0 or 255, so that a scale taken from the batch is not the right one by chance.
    images = draw.images(3, size=8)[:, :6] // 2 + 20
    correct = (images / 255).astype(np.float32)
    low, high = images.min(), images.max()
    with student.part("the values", 3):
        result = student.call("normalize", images)
        expect_array(
            result,
            correct,
            rtol=1e-3,
            mistakes={
                "These are the pixels as they came. Is the scaled array the one that is returned?": images,
                "All values are 0. Whole-number division (`//`), or storing fractions in a uint8, cuts off "
                "everything behind the point.": np.zeros_like(correct),
                "The largest value is about 1/255: it looks as if the division happened twice.": correct / 255,
                "The brightest pixel of this batch became exactly 1. What happens to the same image in a darker "
                "batch?": images / high,
                "This batch was stretched until its darkest pixel was 0 and its brightest 1. What happens to the "
                "same image in another batch?": (images - low) / (high - low),
                "Nearly. How many different values does a uint8 have, and which is the largest?": images / 256,
                "These values reach from -1 to 1. Some pretrained networks want that; this question asks for 0 to "
                "1.": images / 127.5 - 1,
                "The mean of the batch was subtracted. Standardising comes later in this notebook; here the range "
                "is asked for.": (images - images.mean()) / images.std(),
            },
            hint="Compare one pixel by hand: 51 should become 0.2.",
        )
        extremes = np.array([[[[0, 51, 255]]]], np.uint8)
        expect_array(student.call("normalize", extremes), extremes / 255, rtol=1e-3)
    with student.part("the dtype", 1):
        _only_after(student)
        expect_array(result, correct, rtol=1e-3, dtype="float32")


@check(
    "ex02.one_hot",
    points=2,
    needs="one_hot",
    hints=(
        "Start with an array of zeros. Which shape must it have?",
        "In row i, one column becomes 1. Which number tells you the column?",
        "The identity matrix `np.eye(num_classes)` has a row for each class. An array of whole numbers can pick rows "
        "from it, the same row several times if need be.",
    ),
)
def encodes_labels(student: Student, draw: Draw) -> None:
    """One-hot labels."""
    # Small enough to be shown whole. Classes 1 and 3 do not occur: the width cannot be read off the labels.
    labels = draw.rng.permutation([0, 2, 2])
    eye = np.eye(4, dtype=np.float32)
    correct = eye[labels]
    ranks = np.unique(labels, return_inverse=True)[1]
    with student.part("the rows", 3):
        result = student.call("one_hot", labels, 4)
        expect_array(
            result,
            correct,
            mistakes={
                "Rows and columns are exchanged: one row for each image is asked for, not one for each "
                "class.": correct.T,
                "There is one column for each label up to the largest in this batch. A batch without trucks must get "
                "as many columns as any other; what is `num_classes` for?": eye[labels, :3],
                "There is one column for each class that occurs in this batch. A class that happens to be absent "
                "must keep its column; what is `num_classes` for?": eye[ranks, :2],
                "The columns count only the classes that occur in this batch, so class 2 has lost its place.": eye[
                    ranks
                ],
                "The 1 stands one column too far to the left. Class numbers begin at 0, and so do columns.": eye[
                    labels - 1
                ],
                "The 1 stands one column too far to the right. Class numbers begin at 0, and so do columns.": eye[
                    labels + 1
                ],
                "Zeros and ones have changed places.": 1 - correct,
                "The class number itself stands in the row. Every row should hold a single 1.": correct
                * labels[:, None],
                "These are still the class numbers.": labels,
                "All values are 0.": np.zeros_like(correct),
            },
        )
        labels, classes = draw.labels(12, classes=5), draw.integer(6, 9)
        expect_array(student.call("one_hot", labels, classes), np.eye(classes, dtype=np.float32)[labels])
    with student.part("the dtype", 1):
        _only_after(student)
        expect_array(result, correct, dtype="float32")


@check(
    "ex02.shuffle",
    points=2,
    needs="shuffle_together",
    hints=(
        "Which image belongs to which label is told by nothing but the position. Whatever moves an image must move "
        "its label to the same place.",
        "Do not shuffle two arrays. Draw one random order of the positions 0 to n - 1 first.",
        "`rng.permutation(n)` gives such an order. An array of positions can index both arrays.",
    ),
)
def shuffles_images_with_labels(student: Student, draw: Draw) -> None:
    """Shuffle images together with their labels."""
    n = 60
    images, labels = draw.images(n, size=6)[:, :4], draw.labels(n, classes=5)
    numbers = [draw.integer(0, 10**6) * 2 + odd for odd in (0, 1)]
    first = _shuffled(student, images, labels, student.make(generator, numbers[0]))
    require(
        not np.array_equal(first, np.arange(n)),
        "The images came back in the order in which they were given.",
        hint="Every epoch needs a new random order. Where is `rng` used?",
    )
    require(
        np.array_equal(first, _shuffled(student, images, labels, student.make(generator, numbers[0]))),
        "Two generators with the same seed gave two different orders.",
        hint="Take the random numbers from the `rng` that is handed in, not from `np.random` and not from a generator "
        "without a seed: then a run can be repeated.",
    )
    rng = student.make(generator, numbers[1])
    orders = [first, *(_shuffled(student, images, labels, rng) for _ in range(2))]
    require(
        not any(np.array_equal(one, other) for one, other in pairwise(orders)),
        "The order is the same every time, whatever generator is handed in.",
        hint="Is there any chance in the order? Or does the function make its own generator, with a fixed seed? Then "
        "every epoch has the same batches. Take the numbers from the `rng` that is handed in.",
    )
    moved = np.mean([np.mean(np.diff(order) != 1) for order in orders])
    require(
        moved > 0.8 and not np.array_equal(first, np.arange(n)[::-1]),
        "Most images still stand next to their old neighbours.",
        hint="The order should be drawn for all positions at once, not for a part of them or by moving them along.",
    )


def _shuffled(student: Student, images: np.ndarray, labels: np.ndarray, rng: Handle) -> np.ndarray:
    """Return the order in which the images came back, after checking that the labels came along."""
    result = student.call("shuffle_together", images, labels, rng)
    expect_columns(result, 2, names=("images", "labels"))
    new_images, new_labels = map(np.asarray, result)
    n = len(labels)
    require(
        new_images.shape == images.shape and new_labels.shape == labels.shape,
        "The shapes changed.",
        got=f"images {new_images.shape}, labels {new_labels.shape}",
        expected=f"images {images.shape}, labels {labels.shape}",
        hint="Return two arrays, images first. Only the first axis, the one of the images, is put in a new order.",
    )
    order = _positions(images, new_images)
    require(
        (order >= 0).all(),
        f"{int((order < 0).sum())} of {n} images are none of those that were given.",
        hint="Whole images change places. Pixels, rows and channels stay where they are inside their image.",
    )
    require(
        len(np.unique(order)) == n,
        f"Only {len(np.unique(order))} of {n} images came back; others came twice or more.",
        hint="Drawing positions one by one can draw the same one again. A random order holds each of them once.",
    )
    wrong = int((labels[order] != new_labels).sum())
    if np.array_equal(new_labels, labels):
        hint = "The labels stand where they stood before. Did they move with their images?"
    elif np.array_equal(order, np.arange(n)):
        hint = "Only the labels were shuffled. Did the images move with them?"
    else:
        hint = "Images and labels were each given an order of their own. How many random orders does one shuffle need?"
    require(
        wrong == 0,
        f"{wrong} of {n} images have lost their label: it stands next to another image now.",
        got=f"labels {new_labels[:8].tolist()} …",
        expected=f"labels {labels[order][:8].tolist()} … for the images in the order returned",
        hint=hint,
    )
    return order


@check(
    "ex02.split",
    points=4,
    needs="stratified_split",
    hints=(
        "Work class by class. `np.flatnonzero(labels == c)` gives the positions of all images of class c.",
        "For one class: put its positions in a random order, and send the first few to validation. How many is "
        "`fraction` of them?",
        "When validation is complete, everything else is for training; `np.isin` and `np.setdiff1d` can tell what is "
        "left. At the end, put both parts in random order.",
    ),
)
def splits_by_class(student: Student, draw: Draw) -> None:
    """Split into training and validation."""
    # Multiples of 4 and fractions of 1/4: no rounding, so every way to round is right. Sorted, as folders are read.
    counts = draw.rng.permutation([8, 24, 40, 80])
    labels = np.repeat([0, 1, 3, 4], counts)
    seed = draw.integer(0, 10**6)
    train, validation = _split(student, labels, 0.25, seed)
    with student.part("the share of every class", 5):
        for fraction, number in ((0.25, seed), (0.5, seed + 1), (0.75, seed + 2)):
            _expect_shares(labels, fraction, _split(student, labels, fraction, number)[1])
    with student.part("chance and order", 3):
        again = _split(student, labels, 0.25, seed)
        require(
            np.array_equal(train, again[0]) and np.array_equal(validation, again[1]),
            "The same seed gave two different splits.",
            hint="Two people who compare their models must have the same validation images. Where is `seed` used?",
        )
        others = [_split(student, labels, 0.25, seed + step)[1] for step in (1, 2, 3)]
        require(
            not all(np.array_equal(np.sort(validation), np.sort(other)) for other in others),
            "Every seed gives the same validation images.",
            got=f"seeds {seed} to {seed + 3}: the same split",
            hint="Are the images of a class taken in the order in which they are stored? Draw them, with `seed`.",
        )
        for name, part in (("training", train), ("validation", validation)):
            changes = int(np.count_nonzero(np.diff(labels[part])))
            require(
                changes > len(part) / 4,
                f"The {name} indices come class by class.",
                got=f"the class changes {changes} times along {len(part)} images: {_some(labels[part])}",
                hint="A batch would hold one class only, and the network would forget the others. Images read from "
                "folders are sorted like this; put both parts in random order at the end.",
            )


def _split(student: Student, labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both parts, after checking that they are indices and hold every image once."""
    result = student.call("stratified_split", labels, fraction, seed)
    expect_columns(result, 2, names=("train_indices", "validation_indices"))
    train, validation = (np.asarray(part) for part in result)
    n = len(labels)
    for name, part in (("train_indices", train), ("validation_indices", validation)):
        is_mask = part.dtype.kind == "b"
        require(
            part.ndim == 1 and (part.dtype.kind in "iu" or not part.size),
            f"`{name}` should be a flat array of positions (whole numbers).",
            got=f"{part.dtype} array of shape {part.shape}",
            hint="This is a mask of True and False. `np.flatnonzero(mask)` gives the positions of True."
            if is_mask
            else "Positions can index images and labels alike; shapes and dtypes tell what came instead.",
        )
        require(
            not part.size or (part.min() >= 0 and part.max() < n),
            f"`{name}` holds positions that do not exist.",
            got=f"positions {part.min(initial=0)} to {part.max(initial=0)}",
            expected=f"0 to {n - 1}",
        )
    require(
        np.setdiff1d(np.concatenate([train, validation]), labels).size,
        "These look like class numbers, not like positions.",
        got=f"no other values than {np.union1d(train, validation).tolist()}",
        expected=f"positions from 0 to {n - 1}",
        hint="The result is to index images and labels later. Which image stands at which position?",
    )
    both = np.intersect1d(train, validation).size
    require(
        not both,
        f"{both} images are in both parts.",
        hint="What the network has learned by heart tells nothing about images it has never seen. Training is what "
        "is left when validation has been taken away.",
    )
    twice = train.size + validation.size - np.union1d(train, validation).size
    require(
        not twice,
        f"Some images are in the same part more than once ({twice} extra).",
        hint="`rng.choice` and `rng.integers` can draw the same position again; a random order holds each once.",
    )
    require(
        train.size + validation.size == n,
        f"{n - train.size - validation.size} of {n} images are in neither part.",
        hint="Every image is for training or for validation. Are all classes treated? Their numbers may have gaps: "
        "here they are 0, 1, 3 and 4.",
    )
    expected = round(n * fraction)
    # A quarter of slack: shares are judged class by class later; here only what is plainly another size.
    require(
        abs(validation.size - expected) <= n / 8,
        "Validation has the wrong size.",
        got=f"{train.size} for training, {validation.size} for validation",
        expected=f"{n - expected} for training, {expected} for validation",
        hint="The two parts seem to be exchanged: training comes first, and `fraction` is the share of validation."
        if abs(train.size - expected) <= n / 8
        else "`fraction` is the share of validation: 0.25 of 100 images are 25.",
    )
    return train, validation


def _expect_shares(labels: np.ndarray, fraction: float, validation: np.ndarray) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    came = np.array([np.count_nonzero(labels[validation] == label) for label in classes])
    expected = np.round(counts * fraction).astype(int)
    if (came == 0).any():
        hint = "A class is missing in validation: nobody would notice that the network has never learned it."
    elif np.array_equal(came, np.minimum(counts, came.max())):
        hint = "Every class gives the same number of images, though the classes differ in size. Give the same share."
    else:
        hint = "The shares are near, but not right. If you draw from all images at once, draw within each class "
        hint += "instead. If you do that already, look at how `fraction` of a class becomes a whole number."
    require(
        np.array_equal(came, expected),
        "Validation does not hold the same share of every class.",
        got=f"{_by_class(classes, came)} in validation",
        expected=f"{_by_class(classes, expected)}: {fraction:g} of {_by_class(classes, counts)}",
        hint=hint,
    )


def _by_class(classes: np.ndarray, counts: np.ndarray) -> str:
    return ", ".join(f"{count} of class {label}" for label, count in zip(classes, counts))


def _some(labels: np.ndarray) -> str:
    return f"{' '.join(map(str, labels[:5]))} … {' '.join(map(str, labels[-5:]))}"


@check(
    "ex02.standardize",
    points=4,
    needs=("fit_standardizer", "standardize"),
    hints=(
        "There are three colours, so there are three means. Over which axes of (n, height, width, 3) does a mean run "
        "that leaves only the last one?",
        "`axis` takes a tuple of several axes.",
        "`standardize` measures nothing. It subtracts one of the numbers it is given and divides by the other; NumPy "
        "matches arrays of shape (3,) to the last axis by itself.",
    ),
)
def standardizes_without_leakage(student: Student, draw: Draw) -> None:
    """Standardise without leakage."""
    images = (draw.images(4, size=7)[:, :5] / 255).astype(np.float32)
    mean, std = images.mean(axis=(0, 1, 2)), images.std(axis=(0, 1, 2))
    with student.part("fit_standardizer", 1):
        result = student.call("fit_standardizer", images)
        expect_columns(result, 2, names=("mean", "std"))
        for what, came, correct, measure in (("mean", result[0], mean, np.mean), ("std", result[1], std, np.std)):
            came = np.asarray(came)
            flat = came.reshape(-1) if came.size == 3 else came
            mistakes = {
                "This is one number for all colours. Red, green and blue each need their own.": measure(images),
                "There is a number for every place of the image: this is an average over images only. Pixels of all "
                "places belong together.": measure(images, axis=0),
                "There are numbers for every single image. The training images belong together.": measure(
                    images, axis=(1, 2)
                ),
                "The axis of the colours has been averaged away. It is the one to keep.": measure(images, axis=-1),
                "There are numbers for every row of the image: one axis has been left out.": measure(
                    images, axis=(0, 2)
                ),
            }
            if what == "std":
                mistakes["This is the variance. The standard deviation is its square root."] = std**2
                mistakes[
                    "This is the mean of the deviations of single images. Differences between images count too."
                ] = images.std(axis=(1, 2)).mean(axis=0)
            expect_array(
                flat,
                correct,
                what=f"the {what}",
                rtol=0.01,
                mistakes=mistakes,
                hint=f"Expected is one number for each colour, measured over all images and places: shape (3,), "
                f"not {came.shape}."
                if came.size != 3
                else "",
            )
    with student.part("standardize", 1):
        others = (draw.images(2, size=6)[:, :, :4] / 255).astype(np.float32)
        own_mean, own_std = others.mean(axis=(0, 1, 2)), others.std(axis=(0, 1, 2))
        expect_array(
            student.call("standardize", others, mean, std),
            (others - mean) / std,
            what="the standardised batch",
            rtol=1e-3,
            atol=1e-4,
            mistakes={
                "These images were standardised with their own mean and deviation. Which statistics were handed in?": (
                    others - own_mean
                )
                / own_std,
                "These images were standardised with one mean and deviation of their own. Which statistics were "
                "handed in?": (others - others.mean()) / others.std(),
                "The mean has been subtracted, but the spread is unchanged.": others - mean,
                "The spread is right, but the mean is still there.": others / std,
                "The division came before the subtraction: look at what the brackets hold.": others - mean / std,
                "It looks as if mean and standard deviation had changed places.": (others - std) / mean,
                "The values are multiplied by the deviation: large deviations became larger.": (others - mean) * std,
                "The mean has been added.": (others + mean) / std,
                "The division is by the variance.": (others - mean) / std**2,
                "These are the images as they came.": others,
            },
        )


@check(
    "ex02.flip",
    points=3,
    needs="random_flip",
    hints=(
        "The axes are (n, height, width, 3). In a mirror, left and right change places: which axis runs from left to "
        "right?",
        "`x[::-1]` reads the first axis of x backwards, `x[:, ::-1]` the second. Count: which one do you need?",
        "Draw one number for each image: `rng.random(len(images))`. A comparison turns them into a mask, and a mask "
        "can choose images in a copy.",
    ),
)
def flips_each_image(student: Student, draw: Draw) -> None:
    """Mirror each image by its own coin."""
    rng = student.make(generator, draw.integer(0, 10**6))
    n, batches, calls = 12, [], 30
    with student.part("left to right", 1):
        for _ in range(calls):
            images = draw.images(n, size=6)[:, :4]
            batches.append(_flipped(student, images, rng))
        require(
            np.any(batches),
            f"Not one of {calls * n} images was mirrored.",
            hint="Is the array with the mirrored images the one that is returned?",
        )
    with student.part("a coin for each image", 1):
        _only_after(student)
        share = float(np.mean(batches))
        require(
            share < 1,
            "Every image was mirrored.",
            got=f"{calls * n} of {calls * n} images",
            expected="about half of them",
            hint="Then the network never sees the images as they are. What decides whether an image is mirrored?",
        )
        whole = sum(len(set(batch.tolist())) == 1 for batch in batches)
        require(
            whole < calls / 2,
            "The images of a batch are either all mirrored or all left alone.",
            got=f"{whole} of {calls} batches of {n} images: all alike",
            hint="One coin was tossed for the whole batch. Each image needs its own.",
        )
        per_place = np.mean(batches, axis=0)
        require(
            not np.isin(per_place, (0, 1)).all(),
            "Whether an image is mirrored depends on its place in the batch.",
            got=f"in {calls} batches, image 0 was {'always' if per_place[0] else 'never'} mirrored, and so on",
            hint="Does the function make its own generator? With a fixed seed it tosses the same coins each time. "
            "Take the numbers from the `rng` that is handed in.",
        )
        require(
            0.35 < share < 0.65,
            "About half of the images should be mirrored.",
            got=f"{share:.0%} of {calls * n} images",
            expected="about 50%",
            hint="How is the random number of an image turned into a yes or no?",
        )
        images = draw.images(40, size=4)
        number = draw.integer(0, 10**6)
        same = [_flipped(student, images, student.make(generator, number)) for _ in range(2)]
        require(
            np.array_equal(*same),
            "Two generators with the same seed mirrored different images.",
            hint="Take the random numbers from the `rng` that is handed in, not from `np.random` and not from a "
            "generator without a seed: then a run can be repeated.",
        )


def _flipped(student: Student, images: np.ndarray, rng: Handle) -> np.ndarray:
    """Return which images came back mirrored, after checking that each is mirrored or unchanged."""
    result = _images_like(student.call("random_flip", images, rng), images)
    mirrored = _alike(result, images[:, :, ::-1])
    wrong = ~(mirrored | _alike(result, images))
    if wrong.any():
        require(
            not _alike(result, images[:, ::-1])[wrong].all(),
            f"{int(wrong.sum())} of {len(images)} images stand on their heads.",
            hint="Top and bottom changed places. Which axis runs from left to right? Axis 0 counts the images.",
        )
        require(
            not _alike(result, images[:, ::-1, ::-1])[wrong].all(),
            f"{int(wrong.sum())} of {len(images)} images are turned by 180°.",
            hint="Two axes were read backwards. A mirror needs one.",
        )
        require(
            not _alike(result, images[..., ::-1])[wrong].all(),
            f"{int(wrong.sum())} of {len(images)} images have red and blue exchanged.",
            hint="The last axis is the one of the colours. Which axis runs from left to right?",
        )
        strangers = _positions(images, result) >= 0
        strangers |= _positions(images[:, :, ::-1], result) >= 0
        require(
            not strangers[wrong].all(),
            f"{int(wrong.sum())} of {len(images)} places hold another image of the batch.",
            hint="The order of the images must stay, because the labels stay. Axis 0 counts the images.",
        )
    require(
        not wrong.any(),
        f"{int(wrong.sum())} of {len(images)} images are neither unchanged nor mirrored.",
        got=_first_row(result[wrong][0]) if wrong.any() else "",
        expected=_first_row(images[wrong][0]) + ", or the same backwards" if wrong.any() else "",
        hint="A flip moves pixels and leaves their values alone. Try one image in a cell of your own.",
    )
    return mirrored


@check(
    "ex02.crop",
    points=4,
    needs="pad_and_crop",
    hints=(
        "`np.pad` wants the padding for each axis: the axis of the images and the axis of the colours get none.",
        "In the padded image, a window may start in the first row or column, or as far as 2 * padding further. "
        "`rng.integers(low, high)` never returns `high`.",
        "A loop over the images is fine: for each, draw a row and a column, and cut a window of the original height "
        "and width. `np.stack` makes one array of the windows.",
    ),
)
def crops_each_image(student: Student, draw: Draw) -> None:
    """Shift each image by a random crop."""
    padding, n, calls = 2, 25, 12
    rng = student.make(generator, draw.integer(0, 10**6))
    found: list[np.ndarray] = []
    with student.part("a window of the padded image", 1):
        for _ in range(calls):
            found.append(_cropped(student, draw.images(n, size=9)[:, :7], padding, rng))
        _cropped(student, draw.images(3, size=8), 1, rng)
        require(
            np.any(np.concatenate(found) != padding),
            f"Not one of {calls * n} images was moved.",
            hint="A window that starts at `padding` in both directions is the image itself. Where is `rng` used?",
        )
    with student.part("a place for each image", 1):
        _only_after(student)
        places = np.concatenate(found)
        require(
            any(len(np.unique(batch, axis=0)) > 1 for batch in found),
            "All images of a batch are cut at the same place.",
            got=f"{n} images, all cut at row {found[0][0, 0]}, column {found[0][0, 1]}",
            hint="One place was drawn for the whole batch, so the network sees one shift instead of many. Draw for "
            "each image.",
        )
        require(
            not any(np.array_equal(one, other) for one, other in pairwise(found)),
            "Every batch is cut at the same places.",
            hint="Does the function make its own generator? With a fixed seed it draws the same places each time. "
            "Take the numbers from the `rng` that is handed in.",
        )
        require(
            np.any(places[:, 0] != places[:, 1]),
            "All shifts go along the diagonal: row and column are always the same.",
            hint="The two directions should be drawn independently of each other.",
        )
        for axis, name in ((0, "row"), (1, "column")):
            seen = np.unique(places[:, axis])
            missing = sorted(set(range(2 * padding + 1)) - set(seen.tolist()))
            require(
                not missing,
                f"In {len(places)} crops with padding {padding}, some places never occurred.",
                got=f"first {name}s {seen.tolist()}",
                expected=f"{list(range(2 * padding + 1))}, each about as often",
                hint="Is the upper end of the range included? A window may also lie at the far border of the padded "
                "image, so that the image moves as far one way as the other.",
            )
        images = draw.images(20, size=6)
        number = draw.integer(0, 10**6)
        same = [_cropped(student, images, padding, student.make(generator, number)) for _ in range(2)]
        require(
            np.array_equal(*same),
            "Two generators with the same seed cut at different places.",
            hint="Take the random numbers from the `rng` that is handed in, not from `np.random` and not from a "
            "generator without a seed: then a run can be repeated.",
        )


PADDINGS = {
    "constant": "Black pixels came in at the border. The question asks for a reflection: `np.pad` has a mode for it.",
    "edge": "The border pixels are repeated outwards. The question asks for a reflection.",
    "symmetric": "The border pixel occurs twice in the reflection. NumPy has two modes that mirror; compare both on "
    "`[1, 2, 3]`.",
    "wrap": "The pixels of the opposite side came in at the border. The question asks for a reflection.",
}


def _cropped(student: Student, images: np.ndarray, padding: int, rng: Handle) -> np.ndarray:
    """Return (n, 2): first row and column of each window, after checking that all are windows of padded images."""
    result = _images_like(student.call("pad_and_crop", images, padding, rng), images)
    places = _windows(images, result, padding, "reflect")
    lost = (places < 0).any(axis=1)
    if lost.any():
        for mode, hint in PADDINGS.items():
            require(
                (_windows(images, result, padding, mode) < 0).any(),
                "The border is not the right one.",
                got=_first_row(result[lost][0]),
                hint=hint,
            )
    require(
        not lost.any(),
        f"{int(lost.sum())} of {len(images)} results are no window of their padded image.",
        got=_first_row(result[lost][0]) if lost.any() else "",
        expected=f"some {images.shape[1]} neighbouring rows and {images.shape[2]} neighbouring columns of the "
        f"reflected image, {images.shape[1] + 2 * padding} rows by {images.shape[2] + 2 * padding} columns",
        hint="Look at one image before and after: does the window belong to the right image, and are height and width "
        "in their order? The order of the images and of the colours must stay.",
    )
    return places


def _windows(images: np.ndarray, result: np.ndarray, padding: int, mode: str) -> np.ndarray:
    """Return the first row and column of each window within its padded image, -1 where it is none."""
    height, width = images.shape[1:3]
    borders = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    padded = np.pad(images, borders, mode=mode)
    places = np.full((len(images), 2), -1)
    for row in range(2 * padding + 1):
        for column in range(2 * padding + 1):
            places[_alike(result, padded[:, row : row + height, column : column + width])] = row, column
    return places


@check(
    "ex02.predict",
    points=1,
    needs="prediction_copies",
    hints=(
        "Follow one image and its four copies through Kim's split. Where can the five end up?",
        "Take a copy that landed in Kim's validation part. Which training image is the most similar to it? And for a "
        "new image, of which there are no copies?",
    ),
)
def predicts_the_leak(student: Student, draw: Draw) -> None:
    """Predict what copies before the split do."""
    expect_choice(
        student.value("prediction_copies"),
        "d",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "The images are the same, but what validation asks is not. In Kim's split, where are the other four "
            "versions of a validation image?",
            "b": "A shifted image is a little harder, that is true. But in Kim's split, how different is it from the "
            "most similar training image?",
            "c": "About validation you may be right. But a new image has no shifted copies among the training images: "
            "what helps Kim there?",
        },
        what="your prediction",
    )


@check(
    "ex02.photo",
    points=4,
    needs="photo_to_input",
    hints=(
        "Take it in steps: three channels first, then the square, then the size, then the batch. Print the shape after "
        "each.",
        "The side of the square is the shorter side of the photo. Half of what is left over is cut on either side. "
        "Mind the order: NumPy's shape is (height, width), Pillow's `size` is (width, height).",
        '`Image.fromarray(photo).convert("RGB")` makes three channels of grey, colour and transparent photos alike. '
        "`photo[None]` adds an axis in front.",
    ),
)
def prepares_a_photo(student: Student, draw: Draw) -> None:
    """From a photo to the input of a network."""
    with student.part("square and size of a colour photo", 2):
        for height, width, size in ((40, 76, 20), (84, 48, 16), (24, 36, 32)):
            _expect_photo(student, _photo(draw, height, width), size)
    with student.part("grey and transparent photos", 1):
        size = draw.integer(10, 14)
        colour = _photo(draw, 30, 30)
        _expect_photo(student, colour[..., 1], size)
        alpha = draw.rng.integers(60, 256, (30, 30, 1)).astype(np.uint8)
        _expect_photo(student, np.concatenate([colour, alpha], axis=-1), size)
        _expect_photo(student, colour, size)


def _photo(draw: Draw, height: int, width: int) -> np.ndarray:
    """Return a uint8 photo (height, width, 3): red grows to the right, green to the left and blue downwards."""
    across, down = np.arange(width) / (width - 1), np.arange(height)[:, None] / (height - 1)
    low, high = draw.number(10, 30), draw.number(220, 250)
    planes = np.broadcast_arrays(across + 0 * down, 0.9 - 0.8 * across + 0 * down, down + 0 * across)
    return np.rint(low + (high - low) * np.stack(planes, axis=-1)).astype(np.uint8)


def _expect_photo(student: Student, photo: np.ndarray, size: int) -> None:
    result = student.call("photo_to_input", photo, size)
    require(result is not None, "Nothing came back.", got="None", hint="Does the function end with `return`?")
    came = np.asarray(result)
    height, width = photo.shape[:2]
    channels = "grey" if photo.ndim == 2 else f"{photo.shape[2]} channels"
    expected_shape = (1, size, size, 3)
    if came.shape != expected_shape:
        hint = "Look at the shape after each step, and at the order of height and width."
        if came.shape == expected_shape[1:]:
            hint = "This is one image. A network takes batches, also a batch of one: an axis in front is missing."
        elif came.ndim in (2, 3) and photo.ndim == 2:
            hint = "The photo is grey: it has no axis for colours. The network expects three channels."
        elif came.shape[-1] == 4:
            hint = "The fourth channel is transparency. The network expects three."
        elif came.ndim == 4 and came.shape[0] == 1 and came.shape[1] != came.shape[2]:
            hint = "This is not square. Cut the square out before you resize."
        elif came.ndim == 4 and came.shape[0] == 1 and came.shape[3] == 3:
            hint = "The width and height of the result are told by `size`. Where is it used?"
        require(
            False,
            "The shape is not that of a batch of one image.",
            got=f"shape {came.shape} for a photo {height} high and {width} wide ({channels})",
            expected=f"shape {expected_shape}",
            hint=hint,
        )
    correct = _reference_photo(photo, size)
    scale = 1 if came.max(initial=0) > 1 else 255
    require(
        scale == 1,
        "The values reach from 0 to 1.",
        got=f"{came.dtype}, values {came.min():.3g} to {came.max():.3g}",
        expected="uint8, values 0 to 255",
        hint="The networks of this course scale their input themselves. Scaled twice, every photo is nearly black.",
    )
    others = {
        "The photo was squeezed into a square: everything in it is too thin or too flat. Cut first, then "
        "resize.": _resized(_rgb(photo), size),
        "This is the square in the corner at the top left. The middle is asked for.": _resized(_corner(photo), size),
        "Red and blue have changed places.": correct[..., ::-1],
        "The image is mirrored.": correct[:, ::-1],
        "Rows and columns have changed places.": correct.swapaxes(0, 1),
        "The middle was cut out in its full size, not resized: most of the photo is missing.": _middle(photo, size),
    }
    expect_array(
        came[0],
        correct,
        what=f"the image made from a photo {height} high and {width} wide ({channels})",
        rtol=0,
        atol=9,
        mistakes=others,
        hint="Show both with `plots.image_grid` and compare: is it the middle of the photo, complete and undistorted?",
    )
    require(
        came.dtype == np.uint8,
        "The values are right, but the dtype is not.",
        got=came.dtype.name,
        expected="uint8, as the training images have",
        hint="`np.asarray(image)` of a Pillow image is uint8; after a computation, round and convert back.",
    )


def _rgb(photo: np.ndarray) -> np.ndarray:
    return np.repeat(photo[..., None], 3, axis=-1) if photo.ndim == 2 else photo[..., :3]


def _resized(photo: np.ndarray, size: int) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(photo).resize((size, size), Image.Resampling.BICUBIC))


def _corner(photo: np.ndarray) -> np.ndarray:
    side = min(photo.shape[:2])
    return np.ascontiguousarray(_rgb(photo)[:side, :side])


def _middle(photo: np.ndarray, side: int) -> np.ndarray:
    top, left = ((length - side) // 2 for length in photo.shape[:2])
    return np.ascontiguousarray(_rgb(photo)[max(0, top) : top + side, max(0, left) : left + side])


def _reference_photo(photo: np.ndarray, size: int) -> np.ndarray:
    return _resized(_middle(photo, min(photo.shape[:2])), size)


manual(
    "ex02.reflect",
    points=4,
    title="Which augmentations keep the label true?",
    rubric=(
        "1 point: separates two questions: is the label still true, and could such a picture occur at prediction time? "
        "An upside-down truck is still a truck, but no photo in the test set looks like that.",
        "1 point: the CIFAR classes: the mirror and the small shift are safe and useful; upside-down and 180° keep "
        "the label but spend the network's capacity on pictures that hardly occur.",
        "1 point: the digits: at least one flip or turn that changes or destroys the label, with an example (a 6 "
        "turned by 180° is a 9; a mirrored 2 is no digit). A small shift is fine.",
        "1 point: the tomatoes: grey or a new hue destroys what the label is about, while flips and turns are "
        "harmless; concludes that the choice belongs to the task, not to the library.",
    ),
)


def generator(seed: int) -> np.random.Generator:
    """Return a new random generator, for functions that take one."""
    return np.random.default_rng(seed)


def _only_after(student: Student) -> None:
    """Fail unless the part before was right: a wrong result has no dtype and no chance worth points."""
    require(student.findings[-1].passed, "This is looked at when the part above is right.")


def _images_like(result: Any, images: np.ndarray) -> np.ndarray:
    """Return the result as an array, after checking that it has the shape of the images."""
    require(
        result is not None,
        "Nothing came back.",
        got="None",
        hint="Does the function end with `return`? A change to a copy that is not returned is lost.",
    )
    require(not isinstance(result, str | dict | float | int), "An array should come back.", got=result)
    result = np.asarray(result)
    hint = "Every image comes back in its old size. Only the array of images is returned."
    if result.ndim == 4 and len(result) != len(images):
        hint = "Images were lost or added. Every image comes back, changed or not, because every label stays."
    elif result.ndim == 4 and result.shape[3] != images.shape[3]:
        hint = "The last axis, the one of the colours, has another length. Does something happen to it that should not?"
    elif result.shape == images.swapaxes(1, 2).shape:
        hint = "Height and width have changed places. A shape is (n, height, width, 3): rows first."
    require(
        result.shape == images.shape,
        "The images came back with another shape.",
        got=f"shape {result.shape}",
        expected=f"shape {images.shape}: (n, height, width, 3)",
        hint=hint,
    )
    return result


def _alike(result: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Return which images of the two batches are the same."""
    return (result == images).all(axis=(1, 2, 3))


def _positions(images: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Return where each image of ``result`` stands among ``images``, -1 for one that is not among them."""
    known = {image.astype(float).tobytes(): index for index, image in enumerate(images)}
    return np.array([known.get(image.astype(float).tobytes(), -1) for image in result])


def _first_row(image: np.ndarray) -> str:
    return f"red values of the first row {image[0, :, 0].tolist()}"
