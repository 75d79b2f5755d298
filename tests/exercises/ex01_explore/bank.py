"""Wrong answers from real misconceptions, and right answers in other styles, for exercise 1."""

from __future__ import annotations

from tests.exercises.harness import Right, Wrong

WRONG = [
    Wrong("pixel", "x before y", "plots write (x, y)", 'answer_pixel = "a"'),
    Wrong("pixel", "colours counted from 1", "which colour has the number 0", 'answer_pixel = "b"'),
    Wrong("pixel", "blue comes first", "in which order are they here", 'answer_pixel = "d"'),
    Wrong("pixel", "an option that does not exist", "one of the options", 'answer_pixel = "e"'),
    Wrong(
        "pixel",
        "the value instead of the letter",
        "one of the options",
        "answer_pixel = int(data.train.images[0, 5, 7, 2])",
    ),
    Wrong("pixel", "all options at once", "one of the options", 'answer_pixel = ["a", "b", "c", "d"]'),
    Wrong(
        "count_classes",
        "only the classes that occur",
        "Only the classes that occur",
        """
def count_classes(labels, num_classes):
    return np.unique(labels, return_counts=True)[1]
""",
        partly=True,
    ),
    Wrong(
        "count_classes",
        "bincount without minlength",
        "What about the classes behind it",
        """
def count_classes(labels, num_classes):
    return np.bincount(labels)
""",
        partly=True,
    ),
    Wrong(
        "count_classes",
        "always ten classes",
        "ten places",
        """
def count_classes(labels, num_classes):
    return [int((labels == label).sum()) for label in range(10)]
""",
    ),
    Wrong(
        "count_classes",
        "labels counted from 1",
        "labels start at 0",
        """
def count_classes(labels, num_classes):
    return np.array([np.sum(labels == label) for label in range(1, num_classes + 1)])
""",
    ),
    Wrong(
        "count_classes",
        "sorted by size, largest first",
        "in another order",
        """
def count_classes(labels, num_classes):
    return sorted((list(labels).count(label) for label in range(num_classes)), reverse=True)
""",
    ),
    Wrong(
        "count_classes",
        "shares instead of counts",
        "these are shares",
        """
def count_classes(labels, num_classes):
    return np.bincount(labels, minlength=num_classes) / len(labels)
""",
    ),
    Wrong(
        "count_classes",
        "the labels that occur",
        "labels that occur",
        """
def count_classes(labels, num_classes):
    return np.unique(labels)
""",
    ),
    Wrong(
        "count_classes",
        "prints instead of returning",
        "end with `return`",
        """
def count_classes(labels, num_classes):
    print(np.bincount(labels, minlength=num_classes))
""",
    ),
    Wrong(
        "count_classes",
        "all images in every class",
        "place `c` of the result",
        """
def count_classes(labels, num_classes):
    return [len(labels)] * num_classes
""",
    ),
    Wrong(
        "majority_accuracy",
        "chooses the answer on the test labels",
        "before it saw them",
        """
def majority_accuracy(train_labels, test_labels):
    return np.bincount(test_labels).max() / len(test_labels)
""",
    ),
    Wrong(
        "majority_accuracy",
        "share in the training labels",
        "share of the class in the training labels",
        """
def majority_accuracy(train_labels, test_labels):
    return np.bincount(train_labels).max() / len(train_labels)
""",
    ),
    Wrong(
        "majority_accuracy",
        "number of right answers",
        "not their share",
        """
def majority_accuracy(train_labels, test_labels):
    return np.sum(test_labels == np.bincount(train_labels).argmax())
""",
    ),
    Wrong(
        "majority_accuracy",
        "a percentage",
        "looks like a percentage",
        """
def majority_accuracy(train_labels, test_labels):
    return 100 * np.mean(test_labels == np.bincount(train_labels).argmax())
""",
    ),
    Wrong(
        "majority_accuracy",
        "random guessing",
        "does not guess",
        """
def majority_accuracy(train_labels, test_labels):
    return 1 / len(np.unique(train_labels))
""",
    ),
    Wrong(
        "majority_accuracy",
        "the label itself",
        "the label that the classifier would answer",
        """
def majority_accuracy(train_labels, test_labels):
    return int(np.bincount(train_labels).argmax())
""",
    ),
    Wrong(
        "majority_accuracy",
        "the share of errors",
        "share of wrong answers",
        """
def majority_accuracy(train_labels, test_labels):
    return np.mean(test_labels != np.bincount(train_labels).argmax())
""",
    ),
    Wrong(
        "majority_accuracy",
        "rarest instead of most frequent class",
        "*rare* class",
        """
def majority_accuracy(train_labels, test_labels):
    return np.mean(test_labels == np.bincount(train_labels).argmin())
""",
    ),
    Wrong(
        "majority_accuracy",
        "the frequency as the answer",
        "how often one occurs",
        """
def majority_accuracy(train_labels, test_labels):
    return np.mean(test_labels == np.bincount(train_labels).max())
""",
    ),
    Wrong(
        "majority_accuracy",
        "argmax of the labels",
        "a place in an array",
        """
def majority_accuracy(train_labels, test_labels):
    return np.mean(test_labels == np.argmax(train_labels))
""",
    ),
    Wrong(
        "majority_accuracy",
        "the largest label",
        "the largest or the smallest",
        """
def majority_accuracy(train_labels, test_labels):
    return np.mean(test_labels == max(train_labels))
""",
    ),
    Wrong(
        "majority_accuracy",
        "fails when the class is missing from the test set",
        "does not occur in the test set",
        """
def majority_accuracy(train_labels, test_labels):
    top = np.bincount(train_labels).argmax()
    return np.bincount(test_labels, minlength=top + 1)[top] / len(test_labels) or 1 / len(test_labels)
""",
    ),
    Wrong(
        "channel_mean_std",
        "not scaled",
        "0 and 255",
        """
def channel_mean_std(images):
    return images.mean(axis=(0, 1, 2)), images.std(axis=(0, 1, 2))
""",
    ),
    Wrong(
        "channel_mean_std",
        "scaled twice",
        "divided by 255 twice",
        """
def channel_mean_std(images):
    scaled = images / 255
    return scaled.mean((0, 1, 2)) / 255, scaled.std((0, 1, 2)) / 255
""",
    ),
    Wrong(
        "channel_mean_std",
        "divided by 256",
        "a little less than 1",
        """
def channel_mean_std(images):
    scaled = images / 256
    return scaled.mean((0, 1, 2)), scaled.std((0, 1, 2))
""",
    ),
    Wrong(
        "channel_mean_std",
        "one result for each image",
        "one mean for each *image*",
        """
def channel_mean_std(images):
    scaled = images / 255
    return scaled.mean(axis=(1, 2)), scaled.std(axis=(1, 2))
""",
    ),
    Wrong(
        "channel_mean_std",
        "axis 0 only",
        "one mean for each *place*",
        """
def channel_mean_std(images):
    scaled = images / 255
    return scaled.mean(axis=0), scaled.std(axis=0)
""",
    ),
    Wrong(
        "channel_mean_std",
        "all colours together",
        "one number for all three colours",
        """
def channel_mean_std(images):
    return (images / 255).mean(), (images / 255).std()
""",
    ),
    Wrong(
        "channel_mean_std",
        "mean of the images' own standard deviations",
        "mean of the standard deviations of the single images",
        """
def channel_mean_std(images):
    scaled = images / 255
    return scaled.mean(axis=(0, 1, 2)), scaled.std(axis=(1, 2)).mean(axis=0)
""",
        partly=True,
    ),
    Wrong(
        "channel_mean_std",
        "standard deviation of the mean colours",
        "pixels inside an image differ as well",
        """
def channel_mean_std(images):
    colours = (images / 255).mean(axis=(1, 2))
    return colours.mean(axis=0), colours.std(axis=0)
""",
        partly=True,
    ),
    Wrong(
        "channel_mean_std",
        "variance",
        "this is the variance",
        """
def channel_mean_std(images):
    pixels = images.reshape(-1, 3) / 255
    return pixels.mean(axis=0), pixels.var(axis=0)
""",
        partly=True,
    ),
    Wrong(
        "channel_mean_std",
        "divisor n - 1",
        "pixels minus one",
        """
def channel_mean_std(images):
    pixels = images.reshape(-1, 3) / 255
    return pixels.mean(axis=0), pixels.std(axis=0, ddof=1)
""",
        partly=True,
    ),
    Wrong(
        "channel_mean_std",
        "standard deviation first",
        "mean comes first",
        """
def channel_mean_std(images):
    pixels = images.reshape(-1, 3) / 255
    return pixels.std(axis=0), pixels.mean(axis=0)
""",
    ),
    Wrong(
        "channel_mean_std",
        "reshaped with the colours in front",
        "red, green, blue, each over all pixels",
        """
def channel_mean_std(images):
    channels = images.reshape(3, -1) / 255
    return channels.mean(axis=1), channels.std(axis=1)
""",
    ),
    Wrong(
        "channel_mean_std",
        "writes into the caller's images",
        "changed what it was given",
        """
def channel_mean_std(images):
    images //= 2
    return images.mean(axis=(0, 1, 2)) / 255, images.std(axis=(0, 1, 2)) / 255
""",
    ),
    Wrong(
        "channel_mean_std",
        "only the mean",
        "should be 2 things",
        """
def channel_mean_std(images):
    return (images / 255).mean(axis=(0, 1, 2))
""",
    ),
    Wrong(
        "channel_histogram",
        "bins from the darkest to the brightest pixel",
        "end at the brightest pixel of these images",
        """
def channel_histogram(images, bins):
    return np.array([np.histogram(images[..., colour], bins=bins)[0] for colour in range(3)])
""",
        partly=True,
    ),
    Wrong(
        "channel_histogram",
        "the last edge is missing",
        "One bin is missing",
        """
def channel_histogram(images, bins):
    edges = np.arange(0, 256, 256 // bins)
    return np.array([np.histogram(images[..., colour], bins=edges)[0] for colour in range(3)])
""",
    ),
    Wrong(
        "channel_histogram",
        "uint8 multiplication wraps around",
        "wrap around when they are multiplied",
        """
def channel_histogram(images, bins):
    place = (images * bins / 256).astype(int)
    return np.array([np.bincount(place[..., colour].ravel(), minlength=bins) for colour in range(3)])
""",
    ),
    Wrong(
        "channel_histogram",
        "one row for each bin",
        "one row for each colour",
        """
def channel_histogram(images, bins):
    width = 256 // bins
    return np.stack([np.bincount(images[..., c].ravel() // width, minlength=bins) for c in range(3)], axis=1)
""",
    ),
    Wrong(
        "channel_histogram",
        "all colours together",
        "all three colours together",
        """
def channel_histogram(images, bins):
    return np.histogram(images, bins=bins, range=(0, 256))[0]
""",
    ),
    Wrong(
        "channel_histogram",
        "shares",
        "shares of the pixels",
        """
def channel_histogram(images, bins):
    width = 256 // bins
    pixels = images.reshape(-1, 3)
    return np.array([np.bincount(column // width, minlength=bins) / len(pixels) for column in pixels.T])
""",
    ),
    Wrong(
        "channel_histogram",
        "densities",
        "densities",
        """
def channel_histogram(images, bins):
    return np.array([
        np.histogram(images[..., colour], bins=bins, range=(0, 256), density=True)[0] for colour in range(3)
    ])
""",
    ),
    Wrong(
        "channel_histogram",
        "counts and edges",
        "how many things does `np.histogram` return",
        """
def channel_histogram(images, bins):
    return [np.histogram(images[..., colour], bins=bins, range=(0, 256)) for colour in range(3)]
""",
    ),
    Wrong(
        "channel_histogram",
        "empty bins at the end are left out",
        "rows of the histogram have different lengths",
        """
def channel_histogram(images, bins):
    width = 256 // bins
    return [np.bincount(images[..., colour].ravel() // width) for colour in range(3)]
""",
        partly=True,
    ),
    Wrong(
        "channel_histogram",
        "scaled images in bins up to 255",
        "scaled values are too small",
        """
def channel_histogram(images, bins):
    scaled = images / 255
    return np.array([np.histogram(scaled[..., c], bins=bins, range=(0, 256))[0] for c in range(3)])
""",
    ),
    Wrong(
        "channel_histogram",
        "the colours are taken from the rows",
        "wrong shape",
        """
def channel_histogram(images, bins):
    return np.array([np.histogram(rows, bins=bins, range=(0, 256))[0] for rows in images])
""",
    ),
    Wrong(
        "class_means",
        "divided by the number of all images",
        "number of *all* images",
        """
def class_means(images, labels, num_classes):
    return np.array([images[labels == c].sum(axis=0) / len(images) for c in range(num_classes)])
""",
    ),
    Wrong(
        "class_means",
        "divided by the number of classes",
        "divided by the number of classes",
        """
def class_means(images, labels, num_classes):
    return np.array([images[labels == c].sum(axis=0) / num_classes for c in range(num_classes)])
""",
    ),
    Wrong(
        "class_means",
        "sums in uint8",
        "added up in `uint8`",
        """
def class_means(images, labels, num_classes):
    means = np.zeros((num_classes, *images.shape[1:]))
    for label in range(num_classes):
        total = np.zeros(images.shape[1:], dtype=np.uint8)
        count = 0
        for image in images[labels == label]:
            total = total + image
            count += 1
        means[label] = total / max(count, 1)
    return means
""",
    ),
    Wrong(
        "class_means",
        "result in uint8",
        "cut to whole numbers",
        """
def class_means(images, labels, num_classes):
    means = np.zeros((num_classes, *images.shape[1:]), dtype=np.uint8)
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0)
    return means
""",
    ),
    Wrong(
        "class_means",
        "rounded",
        "the values were rounded",
        """
def class_means(images, labels, num_classes):
    means = np.zeros((num_classes, *images.shape[1:]))
    for label in np.unique(labels):
        means[label] = np.round(images[labels == label].mean(axis=0))
    return means
""",
    ),
    Wrong(
        "class_means",
        "one colour for each class",
        "keeps its height and width",
        """
def class_means(images, labels, num_classes):
    return np.array([images[labels == c].mean(axis=(0, 1, 2)) if c in labels else np.zeros(3)
                     for c in range(num_classes)])
""",
    ),
    Wrong(
        "class_means",
        "nan for an empty class",
        "mean of nothing is `nan`",
        """
def class_means(images, labels, num_classes):
    return np.array([images[labels == label].mean(axis=0) for label in range(num_classes)])
""",
        partly=True,
    ),
    Wrong(
        "class_means",
        "empty classes left out",
        "have moved up",
        """
def class_means(images, labels, num_classes):
    return np.array([images[labels == label].mean(axis=0) for label in np.unique(labels)])
""",
        partly=True,
    ),
    Wrong(
        "class_means",
        "as many classes as the largest label says",
        "does your code use `num_classes`",
        """
def class_means(images, labels, num_classes):
    means = np.zeros((labels.max() + 1, *images.shape[1:]))
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0)
    return means
""",
        partly=True,
    ),
    Wrong(
        "class_means",
        "sums",
        "these are sums",
        """
def class_means(images, labels, num_classes):
    return np.array([images[labels == label].sum(axis=0) for label in range(num_classes)])
""",
    ),
    Wrong(
        "class_means",
        "scaled to 0-1",
        "scale from 0 to 1",
        """
def class_means(images, labels, num_classes):
    means = np.zeros((num_classes, *images.shape[1:]))
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0) / 255
    return means
""",
    ),
    Wrong(
        "class_means",
        "mask forgotten",
        "same image for every class",
        """
def class_means(images, labels, num_classes):
    return np.array([images.mean(axis=0) for label in range(num_classes)])
""",
    ),
    Wrong(
        "class_means",
        "always 32 x 32",
        "(32,32,3)",
        """
def class_means(images, labels, num_classes):
    means = np.zeros((num_classes, 32, 32, 3))
    for label in np.unique(labels):
        means[label] += np.mean(images[labels == label], axis=0)
    return means
""",
    ),
    Wrong(
        "nearest_mean",
        "argmax of the distances",
        "*farthest* away",
        """
def nearest_mean(images, means):
    distances = ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4))
    return distances.argmax(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "absolute differences",
        "asks for squares",
        """
def nearest_mean(images, means):
    distances = np.abs(images[:, None] - means[None]).sum(axis=(2, 3, 4))
    return distances.argmin(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "signed differences",
        "cancel each other",
        """
def nearest_mean(images, means):
    return (images[:, None] - means[None]).sum(axis=(2, 3, 4)).argmin(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "sum before the square",
        "before anything is squared",
        """
def nearest_mean(images, means):
    return ((images[:, None] - means[None]).sum(axis=(2, 3, 4)) ** 2).argmin(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "mean colours only",
        "only the mean colours",
        """
def nearest_mean(images, means):
    colours, wanted = images.mean(axis=(1, 2)), means.mean(axis=(1, 2))
    return ((colours[:, None] - wanted[None]) ** 2).sum(axis=2).argmin(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "means turned into uint8",
        "wrapped around",
        """
def nearest_mean(images, means):
    whole = means.astype(np.uint8)
    return ((images[:, None] - whole[None]) ** 2).sum(axis=(2, 3, 4)).argmin(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "the nearest image for each class",
        "the other way round",
        """
def nearest_mean(images, means):
    return ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4)).argmin(axis=0)
""",
    ),
    Wrong(
        "nearest_mean",
        "the distance instead of the class",
        "smallest distances",
        """
def nearest_mean(images, means):
    return ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4)).min(axis=1)
""",
    ),
    Wrong(
        "nearest_mean",
        "classes counted from 1",
        "labels start at 0",
        """
def nearest_mean(images, means):
    return ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4)).argmin(axis=1) + 1
""",
    ),
    Wrong(
        "nearest_mean",
        "argmin over the whole table",
        "wrong shape",
        """
def nearest_mean(images, means):
    return ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4)).argmin()
""",
    ),
    Wrong("subtraction", "a negative number", "can a `uint8` hold", 'answer_subtraction = "a"'),
    Wrong("subtraction", "an absolute value", "does not take the absolute value", 'answer_subtraction = "b"'),
    Wrong("subtraction", "stops at zero", "called saturation", 'answer_subtraction = "c"'),
    Wrong("subtraction", "the number instead of the letter", "one of the options", "answer_subtraction = 253"),
    Wrong("subtraction", "the dtype's name", "one of the options", 'answer_subtraction = "uint8"'),
    Wrong(
        "find_copies",
        "subtracts in uint8",
        "look at the dtype",
        """
def find_copies(train_images, test_images, tolerance):
    copies = []
    for image in test_images:
        distances = np.abs(train_images - image).mean(axis=(1, 2, 3))
        copies.append(distances.argmin() if distances.min() <= tolerance else -1)
    return np.array(copies)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "subtracts in uint8 the other way round",
        "look at the dtype",
        """
def find_copies(train_images, test_images, tolerance):
    copies = []
    for image in test_images:
        distances = np.abs(image - train_images).mean(axis=(1, 2, 3))
        copies.append(distances.argmin() if distances.min() <= tolerance else -1)
    return np.array(copies)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "looks for equal images only",
        "ask whether images are equal",
        """
def find_copies(train_images, test_images, tolerance):
    copies = []
    for image in test_images:
        same = (train_images == image).all(axis=(1, 2, 3))
        copies.append(same.argmax() if same.any() else -1)
    return np.array(copies)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "tolerance ignored",
        "not every image has a copy",
        """
def find_copies(train_images, test_images, tolerance):
    train = train_images.astype(float)
    return np.array([np.abs(train - image).mean(axis=(1, 2, 3)).argmin() for image in test_images])
""",
    ),
    Wrong(
        "find_copies",
        "below instead of at most",
        "exactly the tolerance",
        """
def find_copies(train_images, test_images, tolerance):
    distances = np.abs(train_images.astype(int)[None] - test_images[:, None]).mean(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) < tolerance, distances.argmin(axis=1), -1)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "first one within the tolerance",
        "another one may be nearer",
        """
def find_copies(train_images, test_images, tolerance):
    copies = [-1] * len(test_images)
    for place, image in enumerate(test_images):
        for index, candidate in enumerate(train_images.astype(int)):
            if np.abs(candidate - image).mean() <= tolerance:
                copies[place] = index
                break
    return copies
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "sum instead of mean",
        "*sum* of the differences",
        """
def find_copies(train_images, test_images, tolerance):
    distances = np.abs(train_images.astype(int)[None] - test_images[:, None]).sum(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "mean of squares",
        "*squares* of the differences",
        """
def find_copies(train_images, test_images, tolerance):
    distances = ((train_images.astype(int)[None] - test_images[:, None]) ** 2).mean(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "largest difference",
        "*largest* difference",
        """
def find_copies(train_images, test_images, tolerance):
    distances = np.abs(train_images.astype(int)[None] - test_images[:, None]).max(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
        partly=True,
    ),
    Wrong(
        "find_copies",
        "no absolute value",
        "of both signs cancelled",
        """
def find_copies(train_images, test_images, tolerance):
    distances = (train_images.astype(int)[None] - test_images[:, None]).mean(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
    ),
    Wrong(
        "find_copies",
        "absolute value of the mean",
        "before the absolute value was taken",
        """
def find_copies(train_images, test_images, tolerance):
    distances = np.abs((train_images.astype(int)[None] - test_images[:, None]).mean(axis=(2, 3, 4)))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
    ),
    Wrong(
        "find_copies",
        "one answer for each training image",
        "each *training* image",
        """
def find_copies(train_images, test_images, tolerance):
    distances = np.abs(train_images.astype(int)[:, None] - test_images[None]).mean(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
    ),
    Wrong(
        "find_copies",
        "yes or no",
        "*which* training image",
        """
def find_copies(train_images, test_images, tolerance):
    distances = np.abs(train_images.astype(int)[None] - test_images[:, None]).mean(axis=(2, 3, 4))
    return distances.min(axis=1) <= tolerance
""",
    ),
    Wrong(
        "find_copies",
        "never a copy",
        "the nearest training image",
        """
def find_copies(train_images, test_images, tolerance):
    return np.full(len(test_images), -1)
""",
    ),
]

RIGHT = [
    Right("pixel", "an upper-case letter", 'answer_pixel = "C"'),
    Right("pixel", "with a space", 'answer_pixel = " c "'),
    Right(
        "count_classes",
        "a loop over the labels",
        """
def count_classes(labels, num_classes):
    counts = [0] * num_classes
    for label in labels:
        counts[label] += 1
    return counts
""",
    ),
    Right(
        "count_classes",
        "comparison by broadcasting",
        """
def count_classes(labels, num_classes):
    return (labels[:, None] == np.arange(num_classes)).sum(axis=0)
""",
    ),
    Right(
        "count_classes",
        "Counter",
        """
def count_classes(labels, num_classes):
    from collections import Counter

    counter = Counter(labels.tolist())
    return np.array([counter[label] for label in range(num_classes)])
""",
    ),
    Right(
        "count_classes",
        "histogram with edges at the halves",
        """
def count_classes(labels, num_classes):
    return np.histogram(labels, bins=np.arange(num_classes + 1) - 0.5)[0]
""",
    ),
    Right(
        "majority_accuracy",
        "Counter and a loop",
        """
def majority_accuracy(train_labels, test_labels):
    from collections import Counter

    answer = Counter(train_labels.tolist()).most_common(1)[0][0]
    hits = 0
    for label in test_labels:
        if label == answer:
            hits += 1
    return hits / len(test_labels)
""",
    ),
    Right(
        "majority_accuracy",
        "np.unique",
        """
def majority_accuracy(train_labels, test_labels):
    labels, counts = np.unique(train_labels, return_counts=True)
    return float((test_labels == labels[counts.argmax()]).mean())
""",
    ),
    Right(
        "majority_accuracy",
        "one-hot rows",
        """
def majority_accuracy(train_labels, test_labels):
    classes = max(train_labels.max(), test_labels.max()) + 1
    train, test = np.eye(classes)[train_labels], np.eye(classes)[test_labels]
    return test.mean(axis=0)[train.sum(axis=0).argmax()]
""",
    ),
    Right(
        "channel_mean_std",
        "scaled at the end",
        """
def channel_mean_std(images):
    pixels = images.reshape(-1, 3)
    return pixels.mean(axis=0) / 255, pixels.std(axis=0) / 255
""",
    ),
    Right(
        "channel_mean_std",
        "a loop over the colours, lists",
        """
def channel_mean_std(images):
    means, stds = [], []
    for colour in range(3):
        values = images[:, :, :, colour].astype("float64").ravel() / 255
        means.append(sum(values) / len(values))
        stds.append((sum((values - means[-1]) ** 2) / len(values)) ** 0.5)
    return [means, stds]
""",
    ),
    Right(
        "channel_mean_std",
        "mean of the squares, float32, one array",
        """
def channel_mean_std(images):
    x = images.astype(np.float32) / np.float32(255)
    mean = x.mean(axis=(0, 1, 2))
    return np.stack([mean, np.sqrt((x**2).mean(axis=(0, 1, 2)) - mean**2)])
""",
    ),
    Right(
        "channel_mean_std",
        "from a histogram of the 256 values",
        """
def channel_mean_std(images):
    values = np.arange(256) / 255
    share = [np.bincount(images[..., c].ravel(), minlength=256) / images[..., c].size for c in range(3)]
    mean = np.array([s @ values for s in share])
    return mean, np.array([np.sqrt(s @ (values - m) ** 2) for s, m in zip(share, mean)])
""",
    ),
    Right(
        "channel_histogram",
        "np.histogram with the range",
        """
def channel_histogram(images, bins):
    return np.array([np.histogram(images[..., colour], bins=bins, range=(0, 256))[0] for colour in range(3)])
""",
    ),
    Right(
        "channel_histogram",
        "np.histogram with the range to 255, which is the same for powers of two",
        """
def channel_histogram(images, bins):
    return [np.histogram(images[..., colour], bins, (0, 255))[0] for colour in range(3)]
""",
    ),
    Right(
        "channel_histogram",
        "edges",
        """
def channel_histogram(images, bins):
    edges = np.linspace(0, 256, bins + 1)
    rows = []
    for colour in range(3):
        values = images[..., colour]
        rows.append([((values >= low) & (values < high)).sum() for low, high in zip(edges[:-1], edges[1:])])
    return rows
""",
    ),
    Right(
        "channel_histogram",
        "multiplication in a wider dtype",
        """
def channel_histogram(images, bins):
    place = images.astype(np.int64) * bins // 256
    result = np.zeros((3, bins), dtype=int)
    for colour in range(3):
        np.add.at(result[colour], place[..., colour].ravel(), 1)
    return result
""",
    ),
    Right(
        "class_means",
        "a loop over the images",
        """
def class_means(images, labels, num_classes):
    sums = np.zeros((num_classes,) + images.shape[1:])
    counts = np.zeros(num_classes)
    for image, label in zip(images, labels):
        sums[label] += image
        counts[label] += 1
    return sums / np.maximum(counts, 1)[:, None, None, None]
""",
    ),
    Right(
        "class_means",
        "a product with one-hot labels",
        """
def class_means(images, labels, num_classes):
    one_hot = np.eye(num_classes)[labels]
    return np.einsum("nc,nhwk->chwk", one_hot, images) / np.maximum(one_hot.sum(axis=0), 1)[:, None, None, None]
""",
    ),
    Right(
        "class_means",
        "np.nan_to_num, float32",
        """
def class_means(images, labels, num_classes):
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        means = [images[labels == label].astype(np.float32).mean(axis=0) for label in range(num_classes)]
    return np.nan_to_num(means)
""",
    ),
    Right(
        "nearest_mean",
        "the whole table by broadcasting",
        """
def nearest_mean(images, means):
    return ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4)).argmin(axis=1)
""",
    ),
    Right(
        "nearest_mean",
        "two loops, with the root",
        """
def nearest_mean(images, means):
    answers = []
    for image in images:
        distances = [np.linalg.norm(image.astype(float) - mean) for mean in means]
        answers.append(distances.index(min(distances)))
    return answers
""",
    ),
    Right(
        "nearest_mean",
        "the binomial formula",
        """
def nearest_mean(images, means):
    x = images.reshape(len(images), -1).astype(np.float64)
    m = np.asarray(means).reshape(len(means), -1)
    return ((m**2).sum(axis=1) - 2 * x @ m.T).argmin(axis=1)
""",
    ),
    Right("subtraction", "an upper-case letter", 'answer_subtraction = "D"'),
    Right("subtraction", "with a line break", 'answer_subtraction = "d\\n"'),
    Right(
        "find_copies",
        "the whole table by broadcasting",
        """
def find_copies(train_images, test_images, tolerance):
    difference = train_images[None].astype(np.int16) - test_images[:, None].astype(np.int16)
    distances = np.abs(difference).mean(axis=(2, 3, 4))
    return np.where(distances.min(axis=1) <= tolerance, distances.argmin(axis=1), -1)
""",
    ),
    Right(
        "find_copies",
        "two loops and a running best",
        """
def find_copies(train_images, test_images, tolerance):
    copies = []
    for test_image in test_images.astype(float):
        best, best_distance = -1, None
        for index, train_image in enumerate(train_images.astype(float)):
            distance = np.mean(np.abs(train_image - test_image))
            if distance <= tolerance and (best_distance is None or distance < best_distance):
                best, best_distance = index, distance
        copies.append(best)
    return copies
""",
    ),
    Right(
        "find_copies",
        "uint8 throughout: the larger minus the smaller",
        """
def find_copies(train_images, test_images, tolerance):
    copies = np.full(len(test_images), -1)
    for place, image in enumerate(test_images):
        difference = np.maximum(train_images, image) - np.minimum(train_images, image)
        distances = difference.mean(axis=(1, 2, 3))
        if distances.min() <= tolerance:
            copies[place] = distances.argmin()
    return copies
""",
    ),
]

HARMLESS = {
    "channel_histogram": {
        "256 → 257": "a whole division: for every power of two from 2 to 256 the width is the same",
        "np.array([np.bincount": "a list of rows is as good as an array",
    },
    "class_means": {"np.unique(labels)": "the mean of a class is computed several times, with the same result"},
    "find_copies": {"np.array(copies)": "a list is as good as an array"},
}
