# %% [markdown]
# # Explore the data
#
# **What this is for.** A network learns whatever helps it to be right on its training images. It does not matter to
# the network whether that is the shape of a ship or the blue of the sea. You can only notice the difference if you know
# what is in the data.
#
# **You need** NumPy: indexing, `axis=`, boolean masks. There is no network in this exercise, and no GPU is needed.

# %% tags=["setup"]

# %% [markdown]
# The set-up cell has loaded `data`. It says above whether these are images of CIFAR-10 or drawn stand-in pictures. Both
# have the same form, so every question is the same.
#
# | name | what it is |
# |---|---|
# | `data.train.images` | `uint8 (n, 32, 32, 3)`: image, row, column, colour; red, green, blue; 0–255 |
# | `data.train.labels` | `int64 (n,)`: 0 to 9, the class of each image |
# | `data.test` | the same for the test images |
# | `data.class_names` | the ten names, in the order of the labels |

# %%
import numpy as np

from cifar_teach import plots

source = data.provenance.describe()
not_yet = "Not yet: write the function above, then run this cell again."

print("training images:", data.train.images.shape, data.train.images.dtype)
print("training labels:", data.train.labels.shape, data.train.labels.dtype, "first five:", data.train.labels[:5])
plots.class_samples(data.train.images, data.train.labels, data.class_names, footer=source)

# %% [markdown]
# An image of 32×32 pixels has lost most details. Look at the rows above: which classes could you confuse yourself?
# You will see in a later exercise whether a network confuses the same ones.

# %% [markdown]
# ## 1 · Read an index
#
# `images` has the shape `(n, 32, 32, 3)`, in the order of the table above. Everything is counted from 0; row 0 is
# at the top and column 0 at the left. **Before you run anything:** what is `images[0, 5, 7, 2]`?
#
# - **a** – the blue value of the pixel in column 5 and row 7 of the first image
# - **b** – the green value of the pixel in row 5 and column 7 of the first image
# - **c** – the blue value of the pixel in row 5 and column 7 of the first image
# - **d** – the red value of the pixel in row 5 and column 7 of the first image
#
# Assign the letter as text, for example `answer_pixel = "a"`.

# %% question="pixel"
answer_pixel = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_pixel = "c"
### END SOLUTION

# %% [markdown]
# Now look. The cell paints one pixel of a copy, in one pure colour. Change the numbers and run it again until you can
# say beforehand where the point will be.

# %%
painted = data.train.images[0].copy()
painted[5, 7] = (255, 0, 0)
print("the three values of the pixel [5, 7]:", data.train.images[0, 5, 7])
plots.image_grid(
    np.stack([data.train.images[0], painted]), ["as it is", "[5, 7] painted"], columns=2, title="One pixel"
)

# %% [markdown]
# ## 2 · Count the classes
#
# The first question about any labelled data: how many examples of each class are there?
#
# Write `count_classes(labels, num_classes)`.
#
# - `labels`: `int (n,)`, values from 0 to `num_classes - 1`
# - `num_classes`: how many classes there are, also those that do not occur in `labels`
# - returns: whole numbers, shape `(num_classes,)`; place `c` says how many labels are `c`
#
# Example: `count_classes(np.array([2, 2, 0]), 4)` is `[1, 0, 2, 0]`.
#
# A class without images gets a 0. In real data this is what you want to be told: a class that is missing from a list is
# easily overlooked, a 0 is not.


# %% question="count_classes"
def count_classes(labels, num_classes):
    """Return how many labels there are of each class, shape (num_classes,)."""
    ### BEGIN SOLUTION
    return np.bincount(labels, minlength=num_classes)
    ### END SOLUTION


# %%
counts = count_classes(data.train.labels, len(data.class_names))
plots.class_distribution(dict(zip(data.class_names, counts)), footer=source) if counts is not None else not_yet

# %% [markdown]
# ## 3 · The classifier that never looks
#
# The data above is balanced on purpose. Data from outside seldom is. Think of a camera in a harbour: thousands of
# ships, hardly any deer.
#
# On such data there is a classifier that gets far without looking at a single image: it finds the most frequent class
# among the **training** labels and gives that answer every time. It is called the *majority baseline*. As
# long as a model's accuracy is not clearly better, that accuracy does not show that it has learned anything.
#
# Write `majority_accuracy(train_labels, test_labels)`.
#
# - both: `int` arrays, in general of different length
# - returns: one number from 0 to 1, the share of the test labels for which this answer is right
#
# Example: `majority_accuracy(np.array([1, 1, 0]), np.array([0, 1, 0, 2]))` is `0.25`: the answer is always 1.


# %% question="majority_accuracy"
def majority_accuracy(train_labels, test_labels):
    """Return the accuracy, 0-1, of always answering the most frequent training label."""
    ### BEGIN SOLUTION
    answer = np.bincount(train_labels).argmax()
    return np.mean(test_labels == answer)
    ### END SOLUTION


# %% [markdown]
# The cell measures it three times: on the data as it is, then with images thrown away so that each class keeps 0.8 or
# 0.6 times as many as the class before it. Guess first: how good will the classifier that never looks be when there is
# hardly a truck left?


# %%
def thinned(labels, factor):
    """Return the positions that stay when each class keeps factor times the share of the class before it."""
    members = [np.flatnonzero(labels == label) for label in range(len(data.class_names))]
    return np.concatenate([each[: max(1, round(len(each) * factor**label))] for label, each in enumerate(members)])


for name, factor in [("balanced", 1.0), ("a little uneven", 0.8), ("uneven", 0.6)]:
    train_labels = data.train.labels[thinned(data.train.labels, factor)]
    test_labels = data.test.labels[thinned(data.test.labels, factor)]
    baseline = majority_accuracy(train_labels, test_labels)
    if baseline is not None:
        amounts = np.unique(train_labels, return_counts=True)[1]
        print(f"{name:16} largest : smallest class = {amounts.max()} : {amounts.min():<4} accuracy {baseline:.3f}")

# %% [markdown]
# It is the same classifier each time, and it has not learned anything in between. An accuracy means nothing until you
# know how many images of each class there were.

# %% [markdown]
# ## 4 · Mean and standard deviation of each colour
#
# Networks learn more easily when their inputs are centred and of similar size. For that you need, for each of the three
# colours, the mean and the standard deviation of the pixel values. You will use them in the next exercise.
#
# Write `channel_mean_std(images)`.
#
# - `images`: `uint8 (n, height, width, 3)`, values 0–255; not always 32×32, not always square
# - returns: two things, `mean, std`, each of shape `(3,)` in the order red, green, blue, on the scale from **0 to 1**
#   (255 is 1)
#
# Both are taken over **all pixels of all images at once**. For the standard deviation, divide by the number of pixels,
# as `np.std` does by itself.
#
# Example: one image with two pixels, `np.array([[[[0, 255, 51], [255, 255, 51]]]], dtype=np.uint8)`, has the means
# `[0.5, 1.0, 0.2]` and the standard deviations `[0.5, 0.0, 0.0]`.


# %% question="channel_mean_std"
def channel_mean_std(images):
    """Return mean and standard deviation of red, green and blue, each of shape (3,), on the scale 0-1."""
    ### BEGIN SOLUTION
    scaled = images / 255
    return scaled.mean(axis=(0, 1, 2)), scaled.std(axis=(0, 1, 2))
    ### END SOLUTION


# %% [markdown]
# **A misconception to test: "The standard deviation of all images is the mean of their standard deviations."** It
# sounds right, and it is often done because it needs less memory. The cell computes both.

# %%
statistics = channel_mean_std(data.train.images)
if statistics is not None:
    mean, std = statistics
    single = np.mean([channel_mean_std(image[None])[1] for image in data.train.images], axis=0)
    print("                                 red    green  blue")
    print("mean                            ", "  ".join(f"{value:.3f}" for value in mean))
    print("standard deviation, all at once ", "  ".join(f"{value:.3f}" for value in std))
    print("mean of the images' own         ", "  ".join(f"{value:.3f}" for value in single))

# %% [markdown]
# The last row is too small. Within one image the pixels resemble each other; a photo taken at night is dark
# everywhere, one taken in snow is bright everywhere. How much the images differ *from each other* is lost when each is
# measured alone.

# %% [markdown]
# ## 5 · A histogram of each colour
#
# A mean of 0.5 may be a set of grey images, or a set of black and white ones. A histogram shows which.
#
# Write `channel_histogram(images, bins)`.
#
# - `images`: `uint8 (n, height, width, 3)`
# - `bins`: a power of two from 2 to 256
# - returns: whole numbers, shape `(3, bins)`; row 0 is red, row 1 green, row 2 blue
#
# The bins are equally wide and together cover the values 0 to 255, **whatever the images hold**: with 4 bins the first
# one counts the values 0–63, the last one 192–255. Every pixel is counted, the brightest ones too.
#
# Example: with 4 bins, the image with two pixels of question 4 gives `[[1, 0, 0, 1], [0, 0, 0, 2], [2, 0, 0, 0]]`.


# %% question="channel_histogram"
def channel_histogram(images, bins):
    """Return how many pixels fall into each of ``bins`` equal bins from 0 to 255, shape (3, bins)."""
    ### BEGIN SOLUTION
    width = 256 // bins
    return np.array([np.bincount(images[..., colour].ravel() // width, minlength=bins) for colour in range(3)])
    ### END SOLUTION


# %%
histogram = channel_histogram(data.train.images, 64)
edges = np.linspace(0, 256, 65)
plots.channel_histogram(histogram, edges, footer=source) if histogram is not None else not_yet

# %% [markdown]
# Look at both ends. A peak in the last bin comes from a white background, or from pixels that were too bright for the
# camera: what was there cannot be told any more. In the first bin the same is true of black.

# %% [markdown]
# ## 6 · The mean image of each class
#
# What do all images of a class have in common? Average them.
#
# Write `class_means(images, labels, num_classes)`.
#
# - `images`: `uint8 (n, height, width, 3)`; `labels`: `int (n,)`
# - returns: floats, shape `(num_classes, height, width, 3)`, on the scale from **0 to 255**; place `c` is the mean
#   of all images with the label `c`
# - a class without images becomes black (all zeros)
#
# Do not round: the differences between two classes can be small.


# %% question="class_means"
def class_means(images, labels, num_classes):
    """Return the mean image of each class, shape (num_classes, height, width, 3), on the scale 0-255."""
    ### BEGIN SOLUTION
    means = np.zeros((num_classes, *images.shape[1:]))
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0)
    return means
    ### END SOLUTION


# %%
means = class_means(data.train.images, data.train.labels, len(data.class_names))
plots.mean_image_grid(means, data.class_names, footer=source) if means is not None else not_yet

# %% [markdown]
# Before you go on: which of these ten would you recognise without its name? And what is it that you recognise: an
# object, or the place where it usually stands? Question 10 will ask you.

# %% [markdown]
# ## 7 · A first classifier
#
# A mean image is already a model. To classify a new image, compare it with the ten means and answer with the nearest
# one. This is the *nearest mean* classifier, your second baseline.
#
# Write `nearest_mean(images, means)`.
#
# - `images`: `uint8 (n, height, width, 3)`
# - `means`: floats `(classes, height, width, 3)`, on the scale from 0 to 255
# - returns: whole numbers, shape `(n,)`; for each image the number of the mean with the smallest distance
#
# The distance between an image and a mean is the **sum of the squared differences** over all rows, columns and colours.


# %% question="nearest_mean"
def nearest_mean(images, means):
    """Return for each image the number of the nearest mean image, shape (n,)."""
    ### BEGIN SOLUTION
    distances = [((images - mean) ** 2).sum(axis=(1, 2, 3)) for mean in means]
    return np.argmin(distances, axis=0)
    ### END SOLUTION


# %% [markdown]
# How good is it, and what does it look at? The cell makes three measurements on the test images:
#
# 1. as they are;
# 2. with only **one colour left**, the mean colour of each image, so that every shape is gone (an image of a single
#    pixel is an image, too: your functions do not mind);
# 3. with **red and blue exchanged**, so that every shape is still there and only the colours are wrong.
#
# Write down a guess for each before you run it. Chance is one in ten. (With 500 test images, a difference of one or two
# hundredths may be luck.)


# %%
def to_one_pixel(images):
    """Return uint8 (n, 1, 1, 3): each image reduced to its mean colour."""
    return images.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)


def fit_and_score(train_images, test_images):
    """Return the share of test images for which the nearest mean of the training images is the right class."""
    fitted = class_means(train_images, data.train.labels, len(data.class_names))
    answers = None if fitted is None else nearest_mean(test_images, fitted)
    return None if answers is None else np.mean(answers == data.test.labels)


for name, change_train, change_test in [
    ("1. as they are", np.array, np.array),
    ("2. one colour each", to_one_pixel, to_one_pixel),
    ("3. red and blue exchanged", np.array, lambda images: images[..., ::-1]),
]:
    accuracy = fit_and_score(change_train(data.train.images), change_test(data.test.images))
    print(f"{name:28}", "not yet" if accuracy is None else f"accuracy {accuracy:.3f}")
print(source)

# %% [markdown]
# ## 8 · What is 100 − 103?
#
# To find images that occur twice, you will subtract images from each other. **Before you run anything:** two pixels
# have the values 100 and 103, in arrays of dtype `uint8`.
#
# ```python
# np.array([100], dtype=np.uint8) - np.array([103], dtype=np.uint8)
# ```
#
# What comes out?
#
# - **a** – `-3`
# - **b** – `3`
# - **c** – `0`
# - **d** – `253`

# %% question="subtraction"
answer_subtraction = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_subtraction = "d"
### END SOLUTION

# %% [markdown]
# **A misconception to test: "The difference of two similar images is close to zero everywhere."** Below, the second
# image is the first one with a little noise, at most 3 steps up or down. The third shows their difference as `uint8`,
# the fourth the difference after one of them was turned into a dtype that has a sign (absolute values, black is 0).

# %%
print(np.array([100], dtype=np.uint8) - np.array([103], dtype=np.uint8))

rng = np.random.default_rng(1)
first = data.train.images[0]
noisy = np.clip(first.astype(int) + rng.integers(-3, 4, first.shape), 0, 255).astype(np.uint8)
in_uint8 = np.abs(first - noisy)
with_sign = np.abs(first.astype(int) - noisy).astype(np.uint8)
print(f"mean difference in uint8: {in_uint8.mean():.1f}, with a sign: {with_sign.mean():.1f}")
plots.image_grid(
    np.stack([first, noisy, in_uint8, with_sign]),
    ["image", "with noise", "difference in uint8", "with a sign"],
    columns=4,
    title="Two ways to subtract",
)

# %% [markdown]
# No error, no warning: only a wrong result. This is how it usually goes with `uint8`.

# %% [markdown]
# ## 9 · Find the copies
#
# A test image that is also among the training images is a question whose answer was handed out before. In CIFAR-10
# about 3 % of the test images have such a twin, exactly or nearly ([Barz
# and Denzler, 2020](https://arxiv.org/abs/1902.00423)).
#
# Write `find_copies(train_images, test_images, tolerance)`.
#
# - `train_images`, `test_images`: `uint8 (n, height, width, 3)` and `uint8 (m, height, width, 3)`
# - the distance of two images is the **mean of the absolute differences** over all rows, columns and colours, so that
#   it lies between 0 and 255
# - returns: whole numbers, shape `(m,)`. For each test image: the index of the nearest training image if its distance
#   is **at most** `tolerance`, otherwise `-1`
# - a loop over the test images is fine: the differences of all pairs at once would fill more than a gigabyte below
#
# Example: training images that are 10 and 50 everywhere, test images that are 12, 49 and 90 everywhere, tolerance 2:
# the result is `[0, 1, -1]`.


# %% question="find_copies"
def find_copies(train_images, test_images, tolerance):
    """Return for each test image the index of its copy among the training images, or -1; shape (m,)."""
    ### BEGIN SOLUTION
    copies = []
    for image in test_images.astype(int):
        distances = np.abs(train_images - image).mean(axis=(1, 2, 3))
        nearest = distances.argmin()
        copies.append(nearest if distances[nearest] <= tolerance else -1)
    return np.array(copies)
    ### END SOLUTION


# %% [markdown]
# A colleague has mixed up the folders: four training images, brightened or saved again with some noise, stand among the
# test images. Does your function find them?

# %%
some_train = data.train.images[:400]
mixed_in = some_train[[11, 59, 200, 333]].astype(int)
mixed_in[:2] += 4
mixed_in[2:] += rng.integers(-6, 7, mixed_in[2:].shape)
some_test = np.concatenate([data.test.images[:60], np.clip(mixed_in, 0, 255).astype(np.uint8)])

copies = find_copies(some_train, some_test, tolerance=6)
nothing = not_yet if copies is None else "No copy was found."
if copies is not None:
    found = np.flatnonzero(np.asarray(copies) >= 0)
    print(f"{len(found)} of {len(some_test)} test images have a copy:", {int(at): int(copies[at]) for at in found})
    pairs = [image for at in found for image in (some_train[copies[at]], some_test[at])]
    names = ["training", "test"] * len(found)
plots.image_grid(np.stack(pairs), names, title="Copies") if copies is not None and len(found) else nothing

# %% [markdown]
# Comparing pixel by pixel has its limits. A copy that was mirrored or moved by two pixels is far away; two images of a
# clear sky are near and yet not copies. `cifar_teach.explore.near_duplicates` is a search that copes with mirror images
# and small shifts; read it when you have written your own.

# %% [markdown]
# ## 10 · What could a model learn from colour?
#
# Look again at the mean images (question 6) and at the three accuracies (question 7). Answer in five to eight
# sentences:
#
# 1. Name two classes whose mean images differ clearly. What does the difference show?
# 2. How far does colour alone go? Use the numbers that you measured, and compare them with chance.
# 3. Why is this a risk? Describe one image that a model which learned the background would get wrong, although a
#    person would not hesitate.
# 4. Which of your baselines must a network beat on these data, and what would a good accuracy on this test set still
#    not tell you?

# %% [markdown] question="reflect"
# ### BEGIN SOLUTION
# The mean images of ship and frog differ clearly in colour: one is bluish, the other brown or green. The outline of the
# objects is blurred away almost entirely. What is left of so many images is where they were usually taken: water and
# sky, ground and leaves.
#
# With one mean colour for each image, so without any shape, the nearest mean is still clearly better than chance (one
# in ten). With red and blue exchanged, its accuracy falls although every shape is still there. Both measurements say
# that a part of what this classifier knows is colour and brightness.
#
# A network is trained to be right, and colour helps to be right on these images, so it will use it as well. That is a
# risk as soon as the background changes: a white ship in a dry dock before a green meadow, or a brown horse on a beach.
# The model would answer with the class that usually stands before such a background; a person would not hesitate.
#
# The classes are balanced, so the majority baseline is at one in ten, and the nearest mean is the higher bar: a network
# that does not clearly beat it has learned little more than colours and places. Even a good accuracy on this test set
# would not show whether the model looks at the object, because the test images come from the same kind of places. Nor
# would it show how much of it is memory, if test images have copies in the training set.
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# - [ ] say what every axis of an array of images means, and read a single pixel
# - [ ] count classes, empty ones too, and say what the most frequent class alone would score
# - [ ] compute the mean and the standard deviation of each colour over all pixels, and say why the mean of the images'
#       own standard deviations is too small
# - [ ] make a histogram whose bins do not depend on the images
# - [ ] build a classifier without any network and use it as a baseline
# - [ ] subtract `uint8` images without wrap-around, and find copies between training and test
# - [ ] name what a model could learn from colour alone, and an image that would expose it
