"""Exercise 1: look at the data before anything is trained."""

from __future__ import annotations

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, expect_number, require
from .draw import Draw
from .registry import check, exercise, manual
from .student import Student

exercise(
    "ex01_explore",
    title="Explore the data",
    goal="Describe a set of images in numbers, measure the two baselines that need no network, and find the traps "
    "in the data before a model falls into them.",
    minutes=75,
)


@check(
    "ex01.pixel",
    points=1,
    needs="answer_pixel",
    hints=(
        "Read the shape from left to right and give each of the four axes a name of its own.",
        "Which axis of an image array runs from top to bottom, and which from left to right? And which number has "
        "the first of the three colours?",
    ),
)
def reads_an_index(student: Student, draw: Draw) -> None:
    """What is images[0, 5, 7, 2]?"""
    expect_choice(
        student.value("answer_pixel"),
        "c",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "Plots write (x, y), arrays do not. Which of the two middle axes did you take to run from left to "
            "right? The cell below paints a pixel: run it and compare.",
            "b": "Which colour has the number 0? Count the three of them from there.",
            "d": "Some libraries (OpenCV is one) load images in another order of colours. Look at the text again: "
            "in which order are they here?",
        },
        what="the answer",
    )


@check(
    "ex01.count_classes",
    points=2,
    needs="count_classes",
    hints=(
        "The result has one place for each class, also for classes that have no image at all.",
        "Try your function by hand on `np.array([2, 2, 0])` with four classes. There are four numbers to return.",
        "Either go through the classes 0, 1, 2, … and count how often each occurs, or look up what the argument "
        "`minlength` of a NumPy function for counting does.",
    ),
)
def counts_each_class(student: Student, draw: Draw) -> None:
    """Count the images of each class."""
    classes = draw.integer(5, 7)
    with student.part("every class occurs"):
        labels = draw.rng.permutation(np.repeat(np.arange(classes), draw.rng.permutation(classes) + 2))
        _expect_counts(student.call("count_classes", labels, classes), labels, classes)
    with student.part("some classes have no images"):
        amounts = draw.rng.permutation(classes) + 2
        amounts[[0, 2, classes - 1]] = 0
        labels = draw.rng.permutation(np.repeat(np.arange(classes), amounts))
        _expect_counts(student.call("count_classes", labels, classes), labels, classes)


def _expect_counts(result: object, labels: np.ndarray, classes: int) -> None:
    correct = np.bincount(labels, minlength=classes)
    expect_array(
        result,
        correct,
        what="the list of counts",
        mistakes={
            "Only the classes that occur are in the result. A class without images has a count as well: which?": (
                correct[correct > 0]
            ),
            "The counts end at the last class that occurs. What about the classes behind it?": (np.bincount(labels)),
            "The result has ten places. Does your code use `num_classes`?": np.bincount(labels, minlength=10),
            "Everything stands one place too far to the left: labels start at 0, not at 1.": (
                np.array([np.sum(labels == label) for label in range(1, classes + 1)])
            ),
            "These are the right numbers in another order. Place 0 belongs to class 0, not to the largest class.": (
                np.sort(correct)[::-1]
            ),
            "The numbers are sorted by size. Place 0 belongs to class 0.": np.sort(correct),
            "These are shares. The question asks for the number of images.": correct / len(labels),
            "These are the labels that occur. How often does each of them occur?": np.unique(labels),
        },
        hint="Place `c` of the result says how often the label `c` occurs.",
    )


@check(
    "ex01.majority_accuracy",
    points=3,
    needs="majority_accuracy",
    hints=(
        "There are two steps, and each uses another one of the two arguments: choosing an answer, and marking it.",
        "Which label does this classifier give to every image? It learned that from the training labels.",
        "An accuracy is the mean of right (1) and wrong (0) over all test images.",
    ),
)
def measures_the_majority_baseline(student: Student, draw: Draw) -> None:
    """How good is a classifier that never looks?"""
    top = draw.integer(1, 2)
    other = 3 - top
    hits = int(draw.rng.choice([2, 3] if top == 1 else [3]))
    train = draw.rng.permutation([0, 1, 2, 3, top, top, top, other, other])
    # The largest label stands last: the place where it stands is then no label, in case someone answers it.
    train = np.concatenate([train[train < 3], train[train == 3]])
    test = draw.rng.permutation([0, 1, 2, 3, *[top] * (hits - 1), *[other] * draw.integer(4, 5)])
    share = float(np.mean(test == top))
    train_share = float(np.mean(train == top))
    expect_number(
        student.call("majority_accuracy", train, test),
        share,
        what="the accuracy",
        mistakes={
            "This is the share of the class that is most frequent in the *test* labels. The classifier chose its "
            "answer before it saw them.": float(np.mean(test == other)),
            "This is the share of the class in the training labels. How often is the same answer right in the test "
            "set?": train_share,
            "This is the number of right answers, not their share.": float(np.sum(test == top)),
            "This looks like a percentage. An accuracy here lies between 0 and 1.": 100 * share,
            "This is the share of wrong answers.": 1 - share,
            "This is what guessing at random gets: one in so many classes. This classifier does not guess, it gives "
            "the most frequent label every time.": 1 / 4,
            "No test image has the label that is answered here. Is it a label, or how often one occurs, or a place in "
            "an array?": 0.0,
            "This is the label that the classifier would answer. How often is that right?": float(top),
            "This is what a *rare* class gets. The label to answer is the most frequent one, not the rarest, the "
            "largest or the smallest.": float(np.mean(test == 3)),
        },
        hint="First find the most frequent label among the training labels, then look how often it occurs among the "
        "test labels.",
    )
    without = test[test != top]
    expect_number(
        student.call("majority_accuracy", train, without),
        0.0,
        what="the accuracy",
        hint="Here the most frequent training class does not occur in the test set at all.",
    )


@check(
    "ex01.channel_mean_std",
    points=4,
    needs="channel_mean_std",
    hints=(
        "Three numbers for the mean, three for the standard deviation. Which of the four axes of `images` is the one "
        "that must remain?",
        "`axis=` may be a tuple of several axes: all of those disappear.",
        "Scale to 0–1 first, or scale the results at the end. Both work, as long as mean and standard deviation get "
        "the same.",
    ),
)
def measures_the_channels(student: Student, draw: Draw) -> None:
    """Mean and standard deviation of each colour."""
    images = draw.images(6, 9)[:, :7]
    scaled = images / 255
    with student.part("the mean"):
        _expect_mean(_pair(student.call("channel_mean_std", images))[0], scaled)
    with student.part("the standard deviation"):
        _expect_std(_pair(student.call("channel_mean_std", images))[1], scaled)


def _pair(result: object) -> list | tuple:
    """Return the two results; an array of two rows unpacks like a tuple, so it is one."""
    if isinstance(result, np.ndarray) and result.shape == (2, 3):
        return list(result)
    expect_columns(result, 2, names=("mean", "std"))
    return result


def _expect_mean(result: object, scaled: np.ndarray) -> None:
    mean = scaled.mean(axis=(0, 1, 2))
    expect_array(
        result,
        mean,
        what="the mean",
        mistakes={
            "These are values between 0 and 255. The question asks for the scale from 0 to 1.": 255 * mean,
            "The values are tiny: it looks as if you divided by 255 twice.": mean / 255,
            "Nearly. On your scale the brightest pixel, 255, becomes a little less than 1.": mean * 255 / 256,
            "There is one mean for each *image* and colour. Which axis still stands there that should be gone?": (
                scaled.mean(axis=(1, 2))
            ),
            "There is one mean for each *place* in the image: only the images were averaged.": scaled.mean(axis=0),
            "This is one number for all three colours together.": scaled.mean(),
            "There is one mean for each image, over all its colours.": scaled.mean(axis=(1, 2, 3)),
            "These are the right numbers in the reverse order. Which colour has the number 0?": mean[::-1],
            "This looks like the standard deviation. The mean comes first.": scaled.std(axis=(0, 1, 2)),
        },
        hint="Three numbers are asked for: red, green, blue, each over all pixels of all images.",
    )


def _expect_std(result: object, scaled: np.ndarray) -> None:
    std = scaled.std(axis=(0, 1, 2))
    expect_array(
        result,
        std,
        what="the standard deviation",
        mistakes={
            "This is on the scale from 0 to 255. The standard deviation is scaled like the pixels.": 255 * std,
            "The values are tiny: it looks as if you divided by 255 twice.": std / 255,
            "Nearly. On your scale the brightest pixel, 255, becomes a little less than 1.": std * 255 / 256,
            "This is the mean of the standard deviations of the single images. It leaves out that some images are "
            "brighter than others, so it is too small.": scaled.std(axis=(1, 2)).mean(axis=0),
            "This is the mean of the standard deviations at each place of the image. It leaves out that the places "
            "differ.": (scaled.std(axis=0).mean(axis=(0, 1))),
            "This is the standard deviation of the images' mean colours. The pixels inside an image differ as well.": (
                scaled.mean(axis=(1, 2)).std(axis=0)
            ),
            "There is one standard deviation for each *image* and colour. Which axis should be gone?": scaled.std(
                axis=(1, 2)
            ),
            "There is one standard deviation for each *place* in the image: only the images were gone through.": (
                scaled.std(axis=0)
            ),
            "This is one number for all three colours together.": scaled.std(),
            "This is the variance, the square of the standard deviation.": std**2,
            "Nearly. You divide by the number of pixels minus one; the question says: by the number of pixels.": (
                scaled.std(axis=(0, 1, 2), ddof=1)
            ),
            "These are the right numbers in the reverse order. Which colour has the number 0?": std[::-1],
            "This looks like the mean. The standard deviation comes second.": scaled.mean(axis=(0, 1, 2)),
        },
        hint="Three numbers are asked for: red, green, blue, each over all pixels of all images at once.",
    )


@check(
    "ex01.channel_histogram",
    points=3,
    needs="channel_histogram",
    hints=(
        "Do it for one colour first: `images[..., 0]` are all red values of all images.",
        "Where does the first bin begin and where does the last one end when you do not say it? Look into the help: "
        "`np.histogram?`",
        "The bins have to cover 256 values, 0 to 255. Add up your counts: is every pixel in there?",
    ),
)
def counts_pixel_values(student: Student, draw: Draw) -> None:
    """A histogram of each colour."""
    with student.part("values from 0 to 255"):
        images = draw.rng.integers(0, 256, (3, 8, 7, 3)).astype(np.uint8)
        images[0, 0] = 0
        images[0, 1:3] = 255
        _expect_histogram(student.call("channel_histogram", images, 2), images, 2)
    with student.part("dark images"):
        images = draw.rng.integers(20, 150, (2, 6, 7, 3)).astype(np.uint8)
        images[..., 1] += 80
        images[0, :2, :, 1] = 225
        _expect_histogram(student.call("channel_histogram", images, 4), images, 4)


def _expect_histogram(result: object, images: np.ndarray, bins: int) -> None:
    channels = images.reshape(-1, 3).T
    correct = np.array([np.histogram(each, bins, (0, 256))[0] for each in channels])
    require(
        not _holds_edges(result, bins),
        "The result holds the edges of the bins as well.",
        got="counts and edges",
        expected=f"only the counts, shape (3, {bins})",
        hint="How many things does `np.histogram` return?",
    )
    lengths = {np.size(each) for each in result} if _is_list_of_rows(result) else set()
    require(
        len(lengths) < 2,
        "The rows of the histogram have different lengths.",
        got=f"rows of {' and '.join(map(str, sorted(lengths)))} bins",
        expected=f"shape (3, {bins})",
        hint="A bin into which no pixel falls has a place as well.",
    )
    width = 256 // bins
    edges = np.arange(0, 256, width)
    expect_array(
        result,
        correct,
        what="the histogram",
        mistakes={
            "The bins begin at the darkest and end at the brightest pixel of these images. Two sets of images "
            "could then not be compared.": np.array([np.histogram(each, bins)[0] for each in channels]),
            "One bin is missing, and with it the brightest pixels. Where does your last bin end?": (
                np.array([np.histogram(each, edges)[0] for each in channels])
            ),
            "All pixels are in the first bin. Are the values still 0 to 255 when you count them? Scaled values are too "
            "small, and `uint8` values wrap around when they are multiplied.": np.eye(bins)[[0] * 3] * len(channels[0]),
            "There is one row for each bin. The question asks for one row for each colour.": correct.T,
            "This is one histogram of all three colours together.": correct.sum(axis=0),
            "These are shares of the pixels. The question asks for how many there are.": correct / len(channels[0]),
            "These are densities, shares by width of the bin. The question asks for how many pixels there are.": (
                correct / len(channels[0]) / width
            ),
            "These are the right rows in the reverse order. Which colour has the number 0?": correct[::-1],
        },
        hint="Row 0 is red. All bins are equally wide and cover the values 0 to 255, whatever the images hold.",
    )


def _is_list_of_rows(result: object) -> bool:
    return isinstance(result, list) and all(isinstance(each, np.ndarray) and each.ndim == 1 for each in result)


def _holds_edges(result: object, bins: int) -> bool:
    """Say whether the result is what ``np.histogram`` returns, or a list of those."""
    if not isinstance(result, list | tuple):
        return False
    if len(result) == 2 and all(isinstance(each, np.ndarray) for each in result):
        return result[1].shape == (bins + 1,)
    return any(isinstance(each, tuple) and _holds_edges(each, bins) for each in result)


@check(
    "ex01.class_means",
    points=3,
    needs="class_means",
    hints=(
        "Start with one class: which images belong to it? `labels == 3` answers for every image at once.",
        "The mean *image* is as tall and wide as an image. So which single axis is averaged over?",
        "Begin with an array of zeros in the final shape. Then only the classes that have images need work.",
    ),
)
def averages_each_class(student: Student, draw: Draw) -> None:
    """The mean image of each class."""
    classes = draw.integer(3, 5)
    with student.part("classes of different size", 2):
        images, labels = _bright_images(draw, np.arange(classes) + 1)
        _expect_means(student.call("class_means", images, labels, classes), images, labels, classes)
    with student.part("classes without images", 1):
        images, labels = _bright_images(draw, np.array([3, 0, 2, 4]))
        _expect_means(student.call("class_means", images, labels, 5), images, labels, 5)


def _bright_images(draw: Draw, amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 6, 5, 3) whose sums overflow uint8, and labels with so many of each class."""
    labels = draw.rng.permutation(np.repeat(np.arange(len(amounts)), amounts))
    return np.maximum(draw.images(len(labels), 6)[:, :, :5], 90), labels


def _expect_means(result: object, images: np.ndarray, labels: np.ndarray, classes: int) -> None:
    groups = [images[labels == label] for label in range(classes)]
    blank = np.zeros((classes, *images.shape[1:]))
    correct, sums, wrapped, medians = blank.copy(), blank.copy(), blank.copy(), blank.copy()
    for label, group in enumerate(groups):
        if len(group):
            correct[label] = group.mean(axis=0)
            sums[label] = group.sum(axis=0)
            wrapped[label] = group.sum(axis=0, dtype=np.uint8) / len(group)
            medians[label] = np.median(group, axis=0)
    expect_array(
        result,
        correct,
        what="the array of mean images",
        mistakes={
            "These are sums of the images, not means.": sums,
            "The sum of each class was divided by the number of *all* images.": sums / len(images),
            "The sum of each class was divided by the number of classes.": sums / classes,
            "The sums were added up in `uint8`, which wraps around at 256. Which dtype can hold a larger sum?": wrapped,
            "The values were cut to whole numbers. A mean of whole numbers is seldom one itself.": np.floor(correct),
            "The values were rounded. Keep the fractions: the difference between two classes can be small.": (
                np.round(correct)
            ),
            "These are means on the scale from 0 to 1. The question asks for 0 to 255.": correct / 255,
            "There is one mean colour for each class. A mean *image* keeps its height and width.": (
                correct.mean(axis=(1, 2))
            ),
            "This is the same image for every class: the mean of all images.": np.repeat(
                images.mean(axis=0)[None], classes, axis=0
            ),
            "The colours are lost: there is one grey value for each place.": correct.mean(axis=3),
            "This is the median. The question asks for the mean.": medians,
            "A class without images is missing, so that the classes behind it have moved up. What belongs there?": (
                correct[[len(group) > 0 for group in groups]]
            ),
            "The classes behind the last one that occurs are missing. Does your code use `num_classes`?": (
                correct[: labels.max() + 1]
            ),
        },
        hint=""
        if all(len(group) for group in groups)
        else "One of the classes has no images: NumPy's mean of nothing is `nan`. What should stand there instead?",
    )


@check(
    "ex01.nearest_mean",
    points=3,
    needs="nearest_mean",
    hints=(
        "Begin with one image and one mean image. The distance between them is a single number.",
        "Then put the distances of all images to all means into one table. Which way does the table have to be "
        "searched: for each image, or for each class?",
        "You want the *place* of the smallest number, not the number.",
    ),
)
def answers_by_the_nearest_mean(student: Student, draw: Draw) -> None:
    """A first classifier: the nearest mean image."""
    images, means = _images_near_means(draw)
    distances = _distances(images, means, 2)
    correct = distances.argmin(axis=0)
    wrapped = (images[None] - means[:, None].astype(np.uint8)) ** 2
    brightness = np.abs(images.mean(axis=(1, 2, 3)) - means.mean(axis=(1, 2, 3))[:, None])
    colours = ((images.mean(axis=(1, 2)) - means.mean(axis=(1, 2))[:, None]) ** 2).sum(axis=2)
    signed = (images[None] - means[:, None]).sum(axis=(2, 3, 4))
    expect_array(
        student.call("nearest_mean", images, means),
        correct,
        what="the list of labels",
        mistakes={
            "These are the means that are *farthest* away.": distances.argmax(axis=0),
            "These labels fit the *absolute* differences. The question asks for squares, in which one large difference "
            "weighs more than many small ones.": _distances(images, means, 1).argmin(axis=0),
            "These labels come out when positive and negative differences cancel each other.": signed.argmin(axis=0),
            "These labels come out when positive and negative differences cancel before anything is squared.": (
                np.abs(signed).argmin(axis=0)
            ),
            "It looks as if only the brightness was compared. Compare place by place.": brightness.argmin(axis=0),
            "It looks as if only the mean colours were compared. Compare place by place.": colours.argmin(axis=0),
            "It looks as if the means were turned into `uint8` first, so that the differences wrapped around.": (
                wrapped.sum(axis=(2, 3, 4)).argmin(axis=0)
            ),
            "For each *class* you looked for the nearest image. The question asks the other way round: for each "
            "image, the nearest class.": distances.argmin(axis=1),
            "These are the smallest distances. The question asks for the class they belong to.": distances.min(axis=0),
            "This is the whole table of distances. Which class has the smallest one?": distances.T,
            "This is the table of distances. Which class has the smallest one?": distances,
            "The classes are counted from 1. Labels start at 0.": correct + 1,
        },
        hint="For each image: the number of the mean image with the smallest sum of squared differences.",
    )


def _distances(images: np.ndarray, means: np.ndarray, power: int) -> np.ndarray:
    """Return (classes, n): the sum over all places of the absolute differences to this power."""
    return (np.abs(images[None] - means[:, None]) ** power).sum(axis=(2, 3, 4))


def _images_near_means(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 6, 5, 3) and four means, so that each usual mistake answers something else.

    The second mean is the first upside down, so that neither colour nor brightness tells them apart. The third is the
    first, a little brighter everywhere and much brighter in five places; images that have only those five places are
    nearer to it by squares, but nearer to the first by absolute differences. The fourth is 26 above the second; images
    10 above the second are 16 below the fourth, and in uint8 the square of 16 is 0.
    """
    base = draw.rng.integers(30, 90, (6, 5, 3)).astype(float)
    base[:3] += 25
    spikes = np.zeros(base.size)
    spikes[draw.rng.permutation(base.size)[:5]] = 120
    spikes = spikes.reshape(base.shape)
    means = np.stack([base, base[::-1], base + 12 + spikes, base[::-1] + 26])
    near = means[[0, 0, 1, 1, 2, 3, 3]]
    near = near + draw.rng.normal(0, 3, near.shape)
    images = draw.rng.permutation(np.concatenate([near, [base + spikes] * 2, [base[::-1] + 10] * 2]))
    return np.rint(images).astype(np.uint8), means


@check(
    "ex01.subtraction",
    points=1,
    needs="answer_subtraction",
    hints=(
        "A `uint8` has 8 bits: 256 different values, and none of them has a sign.",
        "Think of the counter of kilometres in an old car that stands at 000 and is turned back by one.",
    ),
)
def predicts_the_wrap_around(student: Student, draw: Draw) -> None:
    """What is 100 − 103 in uint8?"""
    expect_choice(
        student.value("answer_subtraction"),
        "d",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "Which numbers can a `uint8` hold? Is this one of them?",
            "b": "A subtraction does not take the absolute value by itself.",
            "c": "Stopping at the end of the range is called saturation. Some imaging libraries do that. Does NumPy?",
        },
        what="the answer",
    )


@check(
    "ex01.find_copies",
    points=4,
    needs="find_copies",
    hints=(
        "First think of one test image. Its distances to all training images are one array; what do you need "
        "from that array?",
        "Which dtype do the images have, and what did the question before this one say about differences in it?",
        "The distance is a *mean of absolute* differences. Only when the smallest one is within the tolerance is it a "
        "copy.",
    ),
)
def finds_copies(student: Student, draw: Draw) -> None:
    """Find test images that are in the training set."""
    with student.part("exact copies, and images without a copy", 1):
        train = draw.images(7, 8)[:, :, :6]
        places = draw.rng.permutation(7)
        test = np.concatenate([train[places[:4]], train[places[4:]][:, ::-1], draw.images(2, 8)[:, :, :6]])
        test = draw.rng.permutation(test)
        _expect_copies(student.call("find_copies", train, test, 1.0), train, test, 1.0)
    with student.part("copies that were changed a little", 3):
        train, test = _changed_copies(draw)
        _expect_copies(student.call("find_copies", train, test, 4.0), train, test, 4.0)


def _changed_copies(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test images: brighter and darker copies, noisy ones, one at the limit, some beyond it.

    Two training images lie within the tolerance of the same test image; the one that comes later is nearer. One test
    image is a training image upside down: equally bright, but no copy.
    """
    train = np.clip(draw.images(9, 8)[:, :, :6], 30, 220).astype(np.int16)
    train[5] = train[2] + 3
    noise = draw.rng.choice([-3, -2, 2, 3], train.shape)
    few, many = np.zeros((2, train[0].size), np.int16)
    few[draw.rng.permutation(few.size)[:3]] = 20
    many[draw.rng.permutation(many.size)[:12]] = 20
    test = [
        train[0] + noise[0],
        train[1] - 2,
        train[5] - 1,
        train[6] + 4,
        train[7] + 5,
        train[3] - 4,
        train[4] + many.reshape(train[0].shape),
        train[8] + few.reshape(train[0].shape),
        train[8] - 6,
        train[0][::-1],
    ]
    order = draw.rng.permutation(len(test))
    return train.astype(np.uint8), np.stack(test)[order].astype(np.uint8)


def _expect_copies(result: object, train: np.ndarray, test: np.ndarray, tolerance: float) -> None:
    differences = train.astype(float)[None] - test.astype(float)[:, None]
    axes = (2, 3, 4)
    distances = np.abs(differences).mean(axis=axes)
    wrapped = train[None] - test[:, None]
    wrapped_back = test[:, None] - train[None]
    within = distances <= tolerance
    expect_array(
        result,
        _nearest(distances, tolerance),
        what="the list of copies",
        mistakes={
            "Copies that were changed a little are missing. What does your subtraction give where the test image is "
            "a little brighter than the training image, or a little darker? Look at the dtype.": (
                _nearest(wrapped.mean(axis=axes), tolerance)
            ),
            "Copies that were changed a little are missing. What does your subtraction give where the training image "
            "is a little brighter than the test image, or a little darker? Look at the dtype.": (
                _nearest(wrapped_back.mean(axis=axes), tolerance)
            ),
            "Every image has a nearest one, but not every image has a copy. What about the tolerance?": (
                distances.argmin(axis=1)
            ),
            "Copies are missing. A copy whose distance is exactly the tolerance counts as well.": (
                _nearest(distances, np.nextafter(tolerance, 0))
            ),
            "This is the first training image within the tolerance. Another one may be nearer.": (
                np.where(within.any(axis=1), within.argmax(axis=1), -1)
            ),
            "Only exact copies are found. Do you ask whether images are equal, or compare the *sum* of the differences "
            "with the tolerance? It is meant for their mean.": _nearest(np.abs(differences).sum(axis=axes), tolerance),
            "This looks like the *squares* of the differences. The tolerance is for absolute differences.": (
                _nearest((differences**2).mean(axis=axes), tolerance)
            ),
            "This looks like the root of the mean square. The tolerance is for the mean of absolute differences.": (
                _nearest(np.sqrt((differences**2).mean(axis=axes)), tolerance)
            ),
            "This looks like the *largest* difference of each pair. The tolerance is for the mean.": (
                _nearest(np.abs(differences).max(axis=axes), tolerance)
            ),
            "Differences of both signs cancelled each other: an image can be brighter here and darker there.": (
                _nearest(differences.mean(axis=axes), tolerance)
            ),
            "Differences of both signs cancelled each other before the absolute value was taken.": (
                _nearest(np.abs(differences.mean(axis=axes)), tolerance)
            ),
            "There is one answer for each *training* image. The question asks for one for each test image.": (
                _nearest(distances.T, tolerance)
            ),
            "These are yes and no. The question asks *which* training image it is.": within.any(axis=1),
            "These are the places of the test images that have a copy. The question asks for one number for each "
            "test image.": np.flatnonzero(within.any(axis=1)),
        },
        hint="For each test image: the index of the nearest training image if their distance is at most the "
        "tolerance, otherwise -1.",
    )


def _nearest(distances: np.ndarray, tolerance: float) -> np.ndarray:
    """Return (m,): for each row of the distances the place of the smallest one, or -1 when it is above tolerance."""
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)


manual(
    "ex01.reflect",
    points=4,
    title="What a model could learn from colour",
    rubric=(
        "1 point: names two classes whose mean images differ clearly and says what the difference shows: mostly the "
        "usual background or lighting, not the shape of the object.",
        "1 point: uses at least two of the three printed accuracies to say how far colour alone goes, compared with "
        "chance.",
        "1 point: says why this is a risk, with a concrete image for which a model that learned the background "
        "would be wrong although a person has no doubt.",
        "1 point: names the higher of the two measured baselines as the one that a network must beat on these data, "
        "and one thing that accuracy on a test set of the same kind cannot show (such as: the background, copies, an "
        "uneven number of images).",
    ),
)
