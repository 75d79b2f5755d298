# %% [markdown]
# # Preprocessing: from pixels to training batches
#
# A network never sees "an image". It sees numbers that you have prepared. Most disappointing results, and many results
# that are too good to be true, are made in this step and not in the network.
#
# In this notebook you write, in small, the whole way from stored pixels to a batch for training: scaling, labels, a
# split, statistics, augmentation, and a photo of your own.
#
# **At the end you can**
#
# - scale pixels and encode labels, and say what shape, range and dtype comes out;
# - split and shuffle without losing an image, a label or a rare class;
# - name two ways in which validation images leak into training, and show what one of them does;
# - augment a batch so that every image gets its own random change, and choose augmentations that fit the task.
#
# Chapter 02 explains the ideas. Here you need NumPy and, once, Pillow. After each question run the cell with
# `check(…)`. `hint("ex02.normalize")` helps a little; call it again and it helps more.

# %% tags=["setup"]

# %%
import numpy as np
from PIL import Image

from cifar_teach import plots

# %% [markdown]
# ## What you start from
#
# `data.train.images` holds the training images, `data.train.labels` their class numbers, `data.class_names` the names.
# Look before you compute.

# %%
print("images:", data.train.images.shape, data.train.images.dtype)
print("labels:", data.train.labels.shape, data.train.labels.dtype, "beginning with", data.train.labels[:8])
plots.class_samples(
    data.train.images, data.train.labels, data.class_names, per_class=8, footer=data.provenance.describe()
)

# %% [markdown]
# ## 1 · Scale the pixels
#
# A pixel is stored as a whole number from 0 to 255, in one byte (`uint8`). Networks learn best from small numbers, so
# we bring every pixel to the range from 0 to 1.
#
# Write `normalize(images)`.
#
# - `images`: uint8 `(n, height, width, 3)`, values 0 to 255
# - returns: **float32** of the same shape, values 0 to 1
#
# Example: the pixel 51 becomes 0.2, whatever else is in the batch. `images` itself stays as it is.


# %% question="normalize"
def normalize(images):
    """Return uint8 images as float32 values from 0 to 1."""
    ### BEGIN SOLUTION
    return images.astype(np.float32) / 255
    ### END SOLUTION


# %% [markdown]
# Why float32 and not float64? Compare what a thousand images need.

# %%
scaled = normalize(data.train.images[:1000])
if scaled is not None:
    print(f"as stored : {data.train.images[:1000].nbytes / 1e6:5.1f} MB, {data.train.images.dtype}")
    print(f"scaled    : {scaled.nbytes / 1e6:5.1f} MB, {scaled.dtype}, {scaled.min():.2f} to {scaled.max():.2f}")

# %% [markdown]
# ## 2 · One-hot labels
#
# The label 3 is a name, not a quantity: class 3 is not "three times class 1". Some losses, and tricks such as label
# smoothing and mixing two images, want a label as a row of zeros with a single 1.
#
# Write `one_hot(labels, num_classes)`.
#
# - `labels`: int `(n,)`, each from 0 to `num_classes - 1`
# - `num_classes`: how many classes there are, also when some do not occur in this batch
# - returns: float32 `(n, num_classes)`
#
# Example: `one_hot(np.array([2, 0]), 4)` gives `[[0, 0, 1, 0], [1, 0, 0, 0]]`.


# %% question="one_hot"
def one_hot(labels, num_classes):
    """Return a row of zeros with a single 1 for each label."""
    ### BEGIN SOLUTION
    return np.eye(num_classes, dtype=np.float32)[labels]
    ### END SOLUTION


# %%
rows = one_hot(data.train.labels[:5], len(data.class_names))
if rows is not None:
    for label, row in zip(data.train.labels[:5], rows):
        print(f"{data.class_names[label]:>11} = {label}  ->  {np.asarray(row).astype(int)}")

# %% [markdown]
# ## 3 · Shuffle images and labels
#
# Batches should differ from epoch to epoch, so the training images are shuffled. Nothing but the position ties an
# image to its label. If they part, the code still runs and the loss still falls a little: this fault hides well.
#
# Write `shuffle_together(images, labels, rng)`.
#
# - `images`: `(n, height, width, 3)`; `labels`: `(n,)`
# - `rng`: a `numpy.random.Generator`, such as `np.random.default_rng(0)`. Take your random numbers from it. The next
#   call with the same generator then gives another order, while a new generator with the same seed repeats it.
# - returns: `(images, labels)` in a new random order, each image with its label. The arrays handed in stay as they are.


# %% question="shuffle"
def shuffle_together(images, labels, rng):
    """Return images and labels in the same new random order."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(labels))
    return images[order], labels[order]
    ### END SOLUTION


# %% [markdown]
# Do the names still fit the pictures? Looking at ten is the cheapest test there is.

# %%
figure = None
shuffled = shuffle_together(data.train.images, data.train.labels, np.random.default_rng(1))
if shuffled is not None:
    some_images, some_labels = shuffled[0][:10], shuffled[1][:10]
    names = [data.class_names[label] for label in some_labels]
    figure = plots.image_grid(some_images, names, columns=5, title="After shuffling: do the names fit?")
figure

# %% [markdown]
# ## 4 · Split into training and validation
#
# You will try many settings and keep the best. The images that choose must not be those that train, so a part is set
# aside: the **validation** part. The test images stay untouched until the very end.
#
# Drawing from all images at once leaves the share of each class to chance, and a rare class may be missing. So draw
# within each class: a *stratified* split.
#
# Write `stratified_split(labels, fraction, seed)`.
#
# - `labels`: int `(n,)`, in any order, classes of any size
# - `fraction`: the share for validation, between 0 and 1, **of every class** (rounded to a whole number of images)
# - `seed`: the same seed gives the same split, another seed another one
# - returns: `(train_indices, validation_indices)`, two arrays of positions. Every position is in exactly one of them.
#   Both are in random order, not class by class.
#
# Example: of 40 cats and 8 ships, `fraction=0.25` puts 10 cats and 2 ships into validation.


# %% question="split"
def stratified_split(labels, fraction, seed):
    """Return the positions of the training and of the validation images."""
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    validation = []
    for label in np.unique(labels):
        members = order[labels[order] == label]
        validation.extend(members[: round(fraction * len(members))])
    is_validation = np.isin(order, validation)
    return order[~is_validation], order[is_validation]
    ### END SOLUTION


# %%
split = stratified_split(data.train.labels, 0.2, seed=0)
if split is not None:
    train, validation = split
    print(f"{'class':>11}  training  validation")
    for label, name in enumerate(data.class_names):
        counts = [np.count_nonzero(data.train.labels[part] == label) for part in (train, validation)]
        print(f"{name:>11}  {counts[0]:8}  {counts[1]:10}")

# %% [markdown]
# ## 5 · Standardise without leakage
#
# Many networks like inputs with mean 0 and standard deviation 1 in every colour channel. The mean and the deviation are
# *fitted*: they are learned from images. What is learned is learned from the **training part only** and then applied,
# unchanged, to validation, test and a user's photo. Otherwise the images that judge the model have had a hand in
# making it. That is called **leakage**.
#
# Hence two functions.
#
# `fit_standardizer(train_images)` measures.
#
# - `train_images`: float32 `(n, height, width, 3)`, values 0 to 1
# - returns: `(mean, std)`, two arrays of shape `(3,)`: one number for each colour, over all images and all places.
#   Tip: a sum of millions of float32 numbers loses digits; `mean` and `std` add up in float64 with `dtype=np.float64`.
#
# `standardize(images, mean, std)` applies, and measures nothing.
#
# - `images`: float32 `(n, height, width, 3)`; `mean`, `std`: shape `(3,)`
# - returns: an array of the same shape. With the mean 0.4 and the deviation 0.2, the value 0.8 becomes 2.


# %% question="standardize"
def fit_standardizer(train_images):
    """Return mean and standard deviation of each colour channel, both of shape (3,)."""
    ### BEGIN SOLUTION
    axes = (0, 1, 2)
    return train_images.mean(axis=axes, dtype=np.float64), train_images.std(axis=axes, dtype=np.float64)
    ### END SOLUTION


def standardize(images, mean, std):
    """Return the images with the given mean subtracted and divided by the given deviation."""
    ### BEGIN SOLUTION
    return (images - mean) / std
    ### END SOLUTION


# %% [markdown]
# Is the validation part exactly at mean 0 and deviation 1 afterwards? It should **not** be: it is measured with a ruler
# that was made from other images.

# %%
all_scaled = normalize(data.train.images)
if split is not None and all_scaled is not None and fit_standardizer(all_scaled) is not None:
    mean, std = fit_standardizer(all_scaled[train])
    print("                             red    green     blue")
    for name, part in (("training", train), ("validation", validation)):
        values = standardize(all_scaled[part], mean, std)
        if values is not None:
            print(f"{name:>10}, mean    ", *(f"{value:8.4f}" for value in values.mean(axis=(0, 1, 2), dtype=float)))
            print(f"{name:>10}, deviation", *(f"{value:8.4f}" for value in values.std(axis=(0, 1, 2), dtype=float)))
    everything = np.asarray(fit_standardizer(all_scaled)[0])
    print("If validation had taken part, the means would move by", *(f"{each:.4f}" for each in everything - mean))

# %% [markdown]
# The last line is honest: six numbers measured on this many pixels hardly move. Leakage is harmless here and ruinous
# elsewhere, and it looks the same in the code. Question 8 shows a case where it is ruinous.

# %% [markdown]
# ## 6 · Mirror each image by its own coin
#
# A horse that looks left is as much a horse as one that looks right. Mirroring shows the network more horses than you
# have photos of. This is **augmentation**: a random change that keeps the label true.
#
# Write `random_flip(images, rng)`.
#
# - `images`: uint8 `(n, height, width, 3)`
# - `rng`: a `numpy.random.Generator`; take your random numbers from it
# - returns: an array of the same shape in which each image is mirrored **left to right** with probability 1/2, on its
#   own, whatever happens to its neighbours. The others are unchanged. The array handed in stays as it is.
#
# Example, one row of one channel: `1 2 3` becomes `3 2 1` or stays `1 2 3`.


# %% question="flip"
def random_flip(images, rng):
    """Return the images, each mirrored left to right with probability 1/2."""
    ### BEGIN SOLUTION
    flipped = images.copy()
    chosen = rng.random(len(images)) < 0.5
    flipped[chosen] = images[chosen, :, ::-1]
    return flipped
    ### END SOLUTION


# %% [markdown]
# Run the next cell several times. Do single images change sides, and do they all stay on their feet?

# %%
rng = np.random.default_rng()
figure = None
eight = data.train.images[:8]
flips = [random_flip(eight, rng) for _ in range(3)]
if flips[0] is not None:
    figure = plots.augmentation_sheet(eight, [(f"epoch {number}", flip) for number, flip in enumerate(flips, start=1)])
figure

# %% [markdown]
# ## 7 · Shift each image by a random crop
#
# The other classic on CIFAR-10 is a small shift. Pad the image on all four sides, then cut a window of the old size at
# a random place. What lies outside the image? We **reflect** it at its border, without repeating the border pixel:
# `1 2 3` padded by 2 is `3 2 | 1 2 3 | 2 1`. That leaves no black edges for the network to learn.
#
# Write `pad_and_crop(images, padding, rng)`.
#
# - `images`: uint8 `(n, height, width, 3)`
# - `padding`: how many pixels are added on each side, at least 1 and less than height and width
# - `rng`: a `numpy.random.Generator`
# - returns: the same shape. For **each image** the window's first row and its first column are drawn independently,
#   each from `0, 1, …, 2 * padding` with equal chance.
#
# A loop over the images is fine.


# %% question="crop"
def pad_and_crop(images, padding, rng):
    """Return the images, each cut at its own random place out of its padded version."""
    ### BEGIN SOLUTION
    height, width = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
    starts = rng.integers(0, 2 * padding + 1, (len(images), 2))
    windows = [image[row : row + height, column : column + width] for image, (row, column) in zip(padded, starts)]
    return np.stack(windows)
    ### END SOLUTION


# %%
figure = None
crops = [pad_and_crop(eight, 4, rng) for _ in range(3)]
if crops[0] is not None:
    figure = plots.augmentation_sheet(eight, [(f"epoch {number}", crop) for number, crop in enumerate(crops, start=1)])
figure

# %% [markdown]
# ## 8 · Predict: copies before the split
#
# A common misconception: *"Augmentation makes more data, so I do it first. Then I have five times as many images to
# split."* Let us see.
#
# - **Kim** makes four shifted copies of every training image. Then Kim splits images and copies at random into training
#   and validation.
# - **You** split first. Then you make four shifted copies of the training part only.
#
# Both of you use the same simple classifier: it finds the most similar training image and answers with its label. How
# does Kim's result compare with yours? Decide **before** you run the experiment below.
#
# - **a** Validation accuracy is about the same: both have the same images and the same copies.
# - **b** Kim's validation accuracy is lower: shifted images are harder to recognise.
# - **c** Kim's validation accuracy is much higher, and on new images Kim's classifier is much better as well.
# - **d** Kim's validation accuracy is much higher, and on new images Kim's classifier is about as good as yours.

# %% question="predict"
prediction_copies = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
prediction_copies = "d"
### END SOLUTION


# %% [markdown]
# Now the experiment, with your own `stratified_split` and `pad_and_crop`. The test images play the part of new ones.


# %%
def accuracy_of_nearest(train_images, train_labels, images, labels):
    """Return how often the most similar training image has the right label."""
    known = train_images.reshape(len(train_images), -1).astype(np.float32) / 255
    asked = images.reshape(len(images), -1).astype(np.float32) / 255
    # |a - b|² = |a|² - 2ab + |b|²; the last term is the same for all training images.
    distances = (known**2).sum(axis=1) - 2 * asked @ known.T
    return np.mean(train_labels[distances.argmin(axis=1)] == labels)


def with_copies(images, labels):
    """Return the images followed by four shifted copies of all of them, and their labels."""
    rng = np.random.default_rng(0)
    return np.concatenate([images, *(pad_and_crop(images, 2, rng) for _ in range(4))]), np.tile(labels, 5)


# %%
images, labels = data.train.images[:800], data.train.labels[:800]
if stratified_split(labels, 0.25, 0) is not None and pad_and_crop(images[:2], 2, rng) is not None:
    many, many_labels = with_copies(images, labels)
    kim_train, kim_validation = stratified_split(many_labels, 0.25, seed=0)
    kim = many[kim_train], many_labels[kim_train]
    my_train, my_validation = stratified_split(labels, 0.25, seed=0)
    mine = with_copies(images[my_train], labels[my_train])
    print("                            validation   new images")
    for name, known, held_out in (
        ("Kim: copy, then split", kim, (many[kim_validation], many_labels[kim_validation])),
        ("you: split, then copy", mine, (images[my_validation], labels[my_validation])),
    ):
        on_validation, on_new = accuracy_of_nearest(*known, *held_out), accuracy_of_nearest(*known, *data.test)
        print(f"{name:>24}:  {on_validation:9.0%}  {on_new:11.0%}")

# %% [markdown]
# Kim's validation asks a question whose answer is in the training part: another version of the very same image. It
# measures memory. Nothing in the code looks wrong, no error appears, and the number is wonderful. When a result is much
# better than you expected, look for a leak before you celebrate.
#
# The order is always: **split first, fit on training, augment training only.**

# %% [markdown]
# ## 9 · From a photo to the input of a network
#
# Your network will be asked about photos that are not 32 × 32: wide, tall, grey, or with a transparent background. They
# must go through the same steps as the training images.
#
# Write `photo_to_input(photo, size)`.
#
# - `photo`: uint8, of shape `(height, width)` when it is grey, `(height, width, 3)` in colour, or `(height, width,
#   4)` when the fourth channel says how opaque a pixel is (leave that channel out)
# - `size`: width and height that the network expects
# - returns: uint8 `(1, size, size, 3)`: a batch of one image
#
# Cut out the **largest square in the middle**, then resize it to `size` × `size`. Squeezing a wide photo instead makes
# everything in it too thin. A grey photo gets three equal channels. Do not scale to 0–1 here: the networks of this
# course do that inside.
#
# `Image.fromarray(photo)` makes a Pillow image; it can `convert`, `crop((left, top, right, bottom))` and `resize`.
# NumPy alone, or another library, is welcome too.


# %% question="photo"
def photo_to_input(photo, size):
    """Return the middle square of a photo as a batch of one image, uint8 (1, size, size, 3)."""
    ### BEGIN SOLUTION
    image = Image.fromarray(photo).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((size, size)))[None]
    ### END SOLUTION


# %% [markdown]
# Four wide "photos", made from test images. Your function keeps the object as it is; squeezing makes it thin, and the
# network has never seen such thin objects.

# %%
figure = None
wide = np.pad(data.test.images[:4], ((0, 0), (0, 0), (16, 16), (0, 0)), mode="edge")
photos = wide.repeat(6, axis=1).repeat(6, axis=2)
prepared = [photo_to_input(photo, 32) for photo in photos]
if prepared[0] is not None:
    squeezed = [np.asarray(Image.fromarray(photo).resize((32, 32))) for photo in photos]
    figure = plots.image_grid(
        np.concatenate([*prepared, np.stack(squeezed)]),
        ["middle square"] * 4 + ["squeezed"] * 4,
        columns=4,
        title="What the network would see",
    )
figure

# %% [markdown]
# ## Before the last question: look at a sheet
#
# Each row below is one transformation of the same eight images.

# %%
turned = np.rot90(eight, 2, axes=(1, 2))
grey = eight.mean(axis=-1, keepdims=True).astype(np.uint8).repeat(3, axis=-1)
shifted = np.pad(eight, ((0, 0), (0, 0), (4, 0), (0, 0)), mode="reflect")[:, :, :-4]
plots.augmentation_sheet(
    eight,
    [
        ("mirrored", eight[:, :, ::-1]),
        ("shifted", shifted),
        ("upside down", eight[:, ::-1]),
        ("turned 180°", turned),
        ("grey", grey),
        ("other hue", np.roll(eight, 1, axis=-1)),
    ],
    footer=data.provenance.describe(),
)

# %% [markdown]
# ## 10 · Which of them would you use?
#
# Think of three tasks: **(1)** the ten classes of CIFAR-10; **(2)** handwritten digits, 0 to 9; **(3)** photos of
# tomatoes, taken from above, in the classes *ripe* and *unripe*.
#
# For each task, say which rows of the sheet you would use for training and which you would not. Give your reason with
# two questions in mind: *Is the label still true afterwards? Could such a picture turn up when the model is used?* Name
# at least one example where the label becomes wrong. About 150 words.

# %% [markdown] question="reflect"
# ### BEGIN SOLUTION
# There are two questions. If the label is no longer true, the augmentation teaches a mistake. If the label is true but
# such pictures never occur, it only costs capacity and time.
#
# (1) CIFAR-10: mirror and small shift. Both happen in real photos and keep the class. An upside-down or turned truck is
# still a truck, but the test set holds practically none, so I would leave that out. Grey and other hues keep the label;
# a mild change of colour may help, but a full change of hue takes away a real clue (frogs, sky, sea).
#
# (2) Digits: only the small shift; grey changes nothing. Turned by 180° a 6 becomes a 9: the label is wrong. A
# mirrored 2 or 3 is no digit at all.
#
# (3) Tomatoes from above: mirror, shift, upside down and turned are all fine, because there is no "up". Grey and
# another hue are fatal: colour *is* the label.
#
# So the choice belongs to the task. And none of them is applied to validation images.
# ### END SOLUTION

# %% [markdown]
# ## Can you tick these?
#
# - I know shape, dtype and range of images and labels after every step.
# - When I shuffle or select, one array of positions moves images *and* labels.
# - My split keeps the share of every class, can be repeated, and comes before anything is fitted or copied.
# - What is fitted, is fitted on training images. It is applied to all others unchanged.
# - I have looked at eight augmented images and seen that each got its own change.
# - For each augmentation I can say why the label stays true.
# - A photo of my own takes the same path as the training images.
#
# The package has all of this ready and faster: `cifar_teach.preprocess`. Reading it now is a good idea, because you
# know what it has to do.
