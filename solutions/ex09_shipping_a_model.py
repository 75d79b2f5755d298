# %% [markdown]
# # Shipping a model
#
# **Goal.** In your notebook the model is right most of the time. Then somebody gives it a photo from a phone. The photo
# lies on its side, has twelve million pixels, and shows a teapot. Here you write what stands between a trained
# network and the people who use it: the way from their photo to its input, the way from its numbers to an answer they
# can read, and the tests that tell you whether it is still the same model after it was saved, shrunk and moved.
#
# **At the end you can**
#
# - turn any photo into the input of a network, and test that app and training prepare it alike;
# - choose on validation images when a model should say that it is in doubt, and measure what that catches;
# - store weights in a quarter of the space, and say what it cost;
# - compare a model before and after an export, so that a broken one cannot slip through;
# - save a network so that it can be loaded again, and write a model card whose numbers are right.
#
# **Two beliefs to test on the way.** *"Same weights, same answers"* (section 2), and *"for a picture of something it
# has never seen, a model will not be sure"* (section 4). Both sound right. You will see an experiment against each.

# %% tags=["setup"]

# %%
import json
import math
import tempfile
from pathlib import Path

import numpy as np

from cifar_teach import plots
from cifar_teach.backbones import build_transfer_model, extract
from cifar_teach.environment import load_keras_quietly
from cifar_teach.evaluate import apply_temperature, fit_temperature, wilson_interval
from cifar_teach.models import predict
from cifar_teach.train import attach, fit_linear_head

load_keras_quietly()

# %% [markdown]
# ## The model to ship
#
# `tinynet`, a small network that was pretrained on other pictures, with a linear head for your ten classes. The head
# learned from two thirds of `data.train`; the rest is for validation: temperature and threshold are chosen there. The
# test images are for the numbers on the model card.

# %%
fitted = 2 * len(data.train.labels) // 3
val_images, val_labels = data.train.images[fitted:], data.train.labels[fitted:]
test_images, test_labels = data.test.images, data.test.labels
class_names = data.class_names
source = "drawn pictures, not CIFAR-10" if data.provenance.is_synthetic else data.provenance.name

model = build_transfer_model("tinynet", num_classes=len(class_names))
features = extract(model, data.train.images[:fitted], progress=False)
attach(model, fit_linear_head(features, data.train.labels[:fitted], num_classes=len(class_names), penalties=(0.1,)))
val_probabilities, test_probabilities = predict(model, val_images), predict(model, test_images)
right = test_probabilities.argmax(axis=1) == test_labels
print(f"{model.count_params():,} parameters; right on {right.mean():.1%} of {len(right):,} test images")

# %% [markdown]
# ## 1 · From a photo to the input
#
# A phone stores the picture as its sensor saw it and adds a note (EXIF) about how the phone was held. Pictures from the
# web may be grey, or have a fourth channel that says how opaque each pixel is: 0 lets everything behind it through,
# 255 nothing. The network knows none of this. It wants a small upright colour square.
#
# Write `prepare_photo(pixels, orientation, size)`:
#
# - `pixels`: uint8 `(height, width)` when it is grey, `(height, width, 3)` or `(height, width, 4)`;
# - `orientation`: the number in the EXIF note. **1**: upright as it is. **3**: has to be turned by a half. **6**: by a
#   quarter **clockwise**. **8**: by a quarter **counter-clockwise**;
# - return uint8 `(size, size, 3)`.
#
# Four steps: make three channels, transparent parts on **white**
# ($\text{colour} \cdot \frac{\alpha}{255} + 255 \cdot (1 - \frac{\alpha}{255})$); turn it upright; cut out the
# **largest square in the middle**; shrink it by taking the **mean of each block** of pixels, rounded to the nearest
# whole number. You may rely on two things: the side of the square is a multiple of `size`, and what is left over beside
# it is an even number of pixels.
#
# Example: a square of side 96 and `size` 32 → each pixel of the result is the mean of 3 × 3 pixels.
# `np.rot90(image)` turns counter-clockwise, `np.rot90(image, -1)` clockwise.


# %% question="photo"
def prepare_photo(pixels, orientation, size):
    """Return a photo as the network wants it: upright, in colour, the middle square, uint8 (size, size, 3)."""
    ### BEGIN SOLUTION
    image = pixels.astype(float)
    if image.ndim == 2:
        image = np.stack([image, image, image], axis=-1)
    if image.shape[-1] == 4:
        opaque = image[..., 3:] / 255
        image = image[..., :3] * opaque + 255 * (1 - opaque)
    image = np.rot90(image, {1: 0, 3: 2, 6: -1, 8: 1}[orientation])
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    block = side // size
    means = square.reshape(size, block, size, block, 3).mean(axis=(1, 3))
    return np.rint(means).astype(np.uint8)
    ### END SOLUTION


# %% [markdown]
# Test images, made into "photos": enlarged, with a wide margin, and stored lying on their side, as a phone does it.
# The second row shows what a network gets from an app whose author forgot the note, and the third from one that
# squeezes the photo into a square.


# %%
def as_photo(image):
    """Return a wide picture with the image in its middle, stored on its side (orientation 6)."""
    wide = np.pad(image, ((0, 0), (16, 16), (0, 0)), mode="edge")
    return np.rot90(wide.repeat(6, axis=0).repeat(6, axis=1))


def squeezed(photo, orientation, size):
    """Return the whole photo upright in `size` x `size` pixels, without cutting anything off."""
    upright = np.rot90(photo, {1: 0, 3: 2, 6: -1, 8: 1}[orientation]).astype(float)
    rows, columns = upright.shape[0] // size, upright.shape[1] // size
    return np.rint(upright.reshape(size, rows, size, columns, 3).mean(axis=(1, 3))).astype(np.uint8)


size = test_images.shape[1]
photos = [as_photo(image) for image in test_images]
prepared = [prepare_photo(photo, 6, size) for photo in photos[:5]]
figure = None
if prepared[0] is not None:
    forgotten = [prepare_photo(photo, 1, size) for photo in photos[:5]]
    thin = [squeezed(photo, 6, size) for photo in photos[:5]]
    figure = plots.image_grid(
        np.stack([*prepared, *forgotten, *thin]),
        ["as it should be"] * 5 + ["note forgotten"] * 5 + ["squeezed"] * 5,
        columns=5,
        footer=source,
    )
figure

# %% [markdown]
# ## 2 · One path, and a test that proves it
#
# The images of training were prepared by one program, the photos in the app by another. Are the two the same? Nobody
# will notice if they are not: every array has the right shape, and the network answers each time. So one lets both
# programs prepare the same photos, and compares.
#
# Write `compare_preparation(in_training, in_app)` for two arrays `(n, height, width, 3)` of the same shape, of uint8 or
# of float. Return `(largest, image, share)`:
#
# - `largest`: the largest absolute difference of two values;
# - `image`: the number of the image in which it is; the first one if there are several; **None** when nothing differs;
# - `share`: the share of the **images**, 0 to 1, in which anything differs.
#
# ```
# compare_preparation(training, app)      # app = training, but two values of image 4 are larger by 3
# →  (3, 4, 0.1)                          # of 10 images
# ```
#
# Mind the kind of number: in uint8, `3 - 5` is 254.


# %% question="parity"
def compare_preparation(in_training, in_app):
    """Return the largest difference of two preparations, the image it is in, and the share of images that differ."""
    ### BEGIN SOLUTION
    apart = np.abs(in_training.astype(float) - in_app.astype(float))
    worst = apart.max(axis=(1, 2, 3))
    image = int(worst.argmax()) if worst.any() else None
    return float(worst.max()), image, float((worst > 0).mean())
    ### END SOLUTION


# %% [markdown]
# **The experiment: "same weights, same answers".** One network, the same photos, three apps. Before you run it: how
# many of the answers will the squeezing app change?

# %%
paths = {}
if prepared[0] is not None:
    paths = {
        "your app": np.stack([prepare_photo(photo, 6, size) for photo in photos]),
        "squeezing app": np.stack([squeezed(photo, 6, size) for photo in photos]),
        "forgetful app": np.stack([prepare_photo(photo, 1, size) for photo in photos]),
    }
for name, images in paths.items():
    answers = predict(model, images).argmax(axis=1)
    changed = (answers != test_probabilities.argmax(axis=1)).mean()
    print(f"{name:14} right {(answers == test_labels).mean():.1%}, other answers than in training: {changed:.1%}")
    print(f"{'':14} compare_preparation says {compare_preparation(test_images, images)}")

# %% [markdown]
# ## 3 · Before you run it: a picture of nothing it knows
#
# The network ends in a softmax over ten classes, and somebody shows it a teapot. What do its construction and its
# training guarantee about the largest of the ten probabilities?
#
# - **a**: it lies below one half, because no class fits
# - **b**: it is lower than for every picture that does show one of the ten classes
# - **c**: only that it is at least 0.1; it may be close to 1
# - **d**: all ten are about 0.1, because the network knows nothing
#
# Decide before you go on, and write the letter.

# %% question="stranger"
stranger_confidence = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
stranger_confidence = "c"
### END SOLUTION

# %% [markdown]
# ## 4 · When should it say that it is in doubt?
#
# An app can answer "this may be none of the ten" when the model is less sure than it usually is when it is right. How
# sure is that? One measures it, on **validation** images.
#
# **`doubt_threshold(labels, probabilities, keep)`** for `labels` int `(n,)`, `probabilities` float `(n, classes)` and
# `keep` between 0 and 1. Take the confidences (the largest of each row) of the **right answers** only. Return the value
# that the share `keep` of them reaches: their quantile `1 - keep`. `np.quantile(values, share)` gives the quantile.
#
# **`share_in_doubt(probabilities, threshold)`** returns the share of the rows, 0 to 1, whose confidence is **below**
# the threshold.
#
# ```
# confidences   0.9 right   0.8 right   0.7 right   0.6 wrong   0.5 right
# keep = 0.75  →  the quantile 0.25 of (0.5, 0.7, 0.8, 0.9): 0.65; and share_in_doubt of all five is 0.4
# ```
#
# (A quantile between two values may be computed in several ways; any of those NumPy knows is fine.)


# %% question="doubt"
def doubt_threshold(labels, probabilities, keep):
    """Return the confidence that the share `keep` of the right answers reaches."""
    ### BEGIN SOLUTION
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    return np.quantile(confidence[is_right], 1 - keep)
    ### END SOLUTION


def share_in_doubt(probabilities, threshold):
    """Return the share of the answers whose confidence is below the threshold."""
    ### BEGIN SOLUTION
    return (probabilities.max(axis=1) < threshold).mean()
    ### END SOLUTION


# %% [markdown]
# **The experiment: "for a picture of something it has never seen, a model will not be sure".** Below are four kinds of
# pictures that show none of the ten classes. The temperature (exercise 07) and the threshold come from the
# validation images. Before you run it: which kind will the model be surest about?

# %%
rng = np.random.default_rng(0)
few = 200
y, x = np.mgrid[0:size, 0:size] / size
one, other = rng.integers(0, 256, (2, few, 1, 1, 3))
waves = (x * rng.uniform(1, 6, (few, 1, 1)) + y * rng.uniform(1, 6, (few, 1, 1)))[..., None] % 1 < 0.5
tiles = test_images[:few].reshape(few, 4, size // 4, 4, size // 4, 3).swapaxes(2, 3).reshape(few, 16, -1)
places = rng.permuted(np.tile(np.arange(16), (few, 1)), axis=1)[..., None]
puzzles = np.take_along_axis(tiles, places, axis=1).reshape(few, 4, 4, size // 4, size // 4, 3).swapaxes(2, 3)
strangers = {
    "noise": rng.integers(0, 256, (few, size, size, 3)).astype(np.uint8),
    "one colour": np.broadcast_to(one, (few, size, size, 3)).astype(np.uint8),
    "stripes": np.where(waves, one, other).astype(np.uint8),
    "puzzles": puzzles.reshape(few, size, size, 3),
}

temperature = fit_temperature(val_labels, val_probabilities)
calibrated = {"test images": apply_temperature(test_probabilities, temperature)}
calibrated |= {name: apply_temperature(predict(model, images), temperature) for name, images in strangers.items()}
threshold = doubt_threshold(val_labels, apply_temperature(val_probabilities, temperature), 0.95)
if threshold is not None:
    print(f"temperature {temperature:.2f}, threshold {threshold:.2f}")
    for name, each in calibrated.items():
        confidence = each.max(axis=1)
        in_doubt = share_in_doubt(each, threshold)
        print(f"{name:12} mean confidence {confidence.mean():.2f}, surest {confidence.max():.2f}, in doubt:", in_doubt)

plots.image_grid(
    np.concatenate([images[:4] for images in strangers.values()]),
    [name for name in strangers for _ in range(4)],
    columns=8,
    footer="pictures of none of the classes",
)

# %% [markdown]
# Whatever is not "in doubt" gets the name of one of the ten classes. The threshold is worth having, because it costs
# few right answers. But it is no detector of strangers, and a model card must not claim one.
#
# ## 5 · An answer that people can read
#
# Write `answer_text(probabilities, class_names, threshold, k=3)` for the probabilities `(classes,)` of **one** picture:
#
# - the `k` most likely classes, the most likely first; of equal ones the one that stands first in `class_names`; all of
#   them when there are fewer than `k`;
# - each as name and whole percent: `cat 62%`, joined by a comma and a space;
# - nothing is certain and nothing impossible: what would round to 0 is written `<1%`, what would round to 100 is
#   `>99%`;
# - when the largest probability is **below** the threshold, `not sure: ` comes first.
#
# ```
# answer_text([0.31, 0.62, 0.07], ["dog", "cat", "frog"], 0.5)        →  "cat 62%, dog 31%, frog 7%"
# answer_text([0.31, 0.62, 0.07], ["dog", "cat", "frog"], 0.7, k=1)   →  "not sure: cat 62%"
# answer_text([0.003, 0.997], ["dog", "cat"], 0.5)                    →  "cat >99%, dog <1%"
# ```
#
# In the example lists stand for arrays, to save space. `round(62.4)` gives 62; `f"{share:.0%}"` writes percent.


# %% question="answer"
def answer_text(probabilities, class_names, threshold, k=3):
    """Return the most likely classes of one picture as a line of text."""
    ### BEGIN SOLUTION
    parts = []
    for index in np.argsort(-probabilities, kind="stable")[:k]:
        percent = round(100 * float(probabilities[index]))
        shown = "<1%" if percent < 1 else ">99%" if percent > 99 else f"{percent}%"
        parts.append(f"{class_names[index]} {shown}")
    start = "not sure: " if probabilities.max() < threshold else ""
    return start + ", ".join(parts)
    ### END SOLUTION


# %%
if threshold is not None:
    for number in range(4):
        line = answer_text(calibrated["test images"][number], class_names, threshold)
        print(f"a test image of class {class_names[test_labels[number]]:10} → {line}")
    for name in strangers:
        print(f"{name:32} → {answer_text(calibrated[name][0], class_names, threshold)}")

# %% [markdown]
# ## 6 · A quarter of the space
#
# Weights are float32: four bytes each. **Quantising** stores whole numbers from −127 to 127 in one byte each, and a
# `scale` by which they have to be multiplied. Kernels differ from one output channel to the next, so each channel gets
# a scale of its own. The **last axis** of a kernel counts the output channels.
#
# **`quantize(kernel)`** for float32 `(..., channels)` returns `(whole, scale)`:
#
# - `scale`: float32 `(channels,)`: the largest absolute weight of the channel, divided by 127. A channel of zeros gets
#   the scale 1;
# - `whole`: int8, the shape of the kernel: weight / scale, rounded to the nearest whole number.
#
# **`restore(whole, scale)`** returns the float32 kernel that the program will compute with.
#
# **`stored_bytes(shapes, dtype)`** returns how many bytes the weights of these shapes take, for `dtype` `"float32"` (4
# bytes), `"float16"` (2) or `"int8"` (1). Only arrays of **two or more axes** are stored in that dtype; those with one
# axis (biases, normalisation) are few and delicate and stay float32. With `"int8"`, each array that was quantised also
# needs its scales: one float32 for each channel.
#
# ```
# quantize(np.array([[0.4, -2.0], [-1.0, 0.8]], "float32"))
# →  whole [[51, -127], [-127, 51]], scale [0.00787, 0.01575]
# stored_bytes([(3, 3, 16), (16,)], "int8")   →  144 + 64 + 64 = 272
# ```


# %% question="quantize"
def quantize(kernel):
    """Return a kernel as int8, and the scale of each output channel."""
    ### BEGIN SOLUTION
    largest = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(kernel / scale).astype(np.int8), scale
    ### END SOLUTION


def restore(whole, scale):
    """Return the float32 kernel that int8 weights and scales stand for."""
    ### BEGIN SOLUTION
    return whole.astype(np.float32) * scale
    ### END SOLUTION


def stored_bytes(shapes, dtype):
    """Return how many bytes weights of these shapes take when their kernels are stored in `dtype`."""
    ### BEGIN SOLUTION
    width = {"float32": 4, "float16": 2, "int8": 1}[dtype]
    total = 0
    for shape in shapes:
        if len(shape) < 2:
            total += 4 * math.prod(shape)
        else:
            total += width * math.prod(shape) + (4 * shape[-1] if dtype == "int8" else 0)
    return total
    ### END SOLUTION


# %% [markdown]
# Now the whole network. Before you run the cell: the kernels lose three quarters of their bits. How many points of
# accuracy will that cost?

# %%
weights = model.get_weights()
smaller = None
first = quantize(weights[0])
if first is not None and restore(*first) is not None:
    pairs = [quantize(each) if each.ndim > 1 else None for each in weights]
    smaller = [each if pair is None else restore(*pair) for each, pair in zip(weights, pairs)]
    model.set_weights(smaller)
    int8_probabilities = predict(model, test_images)
    model.set_weights(weights)
    for title, rows in (("float32", test_probabilities), ("int8", int8_probabilities)):
        size_in_bytes = stored_bytes([each.shape for each in weights], title)
        size_text = "?" if size_in_bytes is None else f"{size_in_bytes / 1e6:.2f} MB"
        print(
            f"{title:8} {size_text:>8}, right on {(rows.argmax(axis=1) == test_labels).mean():.1%} of the test images"
        )

# %% [markdown]
# ## 7 · Is it still the same model?
#
# After an export, a conversion or an update one lets the old and the new program answer about the same images, and
# compares the probabilities.
#
# Write `compare_answers(before, after, tolerance)` for two float arrays `(n, classes)`. Return
# `(difference, same_class, ok)`:
#
# - `difference`: the largest absolute difference of two probabilities;
# - `same_class`: the share of the images, 0 to 1, for which the most likely class is the same;
# - `ok`: True when the difference is **at most** the tolerance.
#
# A comparison that cannot be made must never look like success. If the **shapes differ**, or if there is a value that
# is **no number (nan) or infinite** in either array, return `(math.inf, 0.0, False)`.
#
# Three traps: NumPy stretches `(1, 10)` to `(n, 10)` without a word. A comparison with nan is always False, so
# `difference > tolerance` lets nan pass. And a broken exporter may write the *same* nan as the original.


# %% question="export"
def compare_answers(before, after, tolerance):
    """Return the largest difference of two sets of probabilities, the share of equal answers, and a verdict."""
    ### BEGIN SOLUTION
    if before.shape != after.shape or not np.isfinite(before).all() or not np.isfinite(after).all():
        return math.inf, 0.0, False
    difference = float(np.abs(before - after).max())
    same_class = float((before.argmax(axis=1) == after.argmax(axis=1)).mean())
    return difference, same_class, difference <= tolerance
    ### END SOLUTION


# %% [markdown]
# What tolerance? A program that computes with the same float32 weights in another order rounds differently, and 0.001
# is generous for that. A quantised network computes something else **on purpose**: there the difference is reported,
# and the question is what happens to the accuracy on test images.

# %%
if smaller is not None:
    print("the same network twice:", compare_answers(test_probabilities, predict(model, test_images), 1e-3))
    print("int8:                  ", compare_answers(test_probabilities, int8_probabilities, 1e-3))

# %% [markdown]
# ## 8 · Save it, load it
#
# A file with a whole network in it ties you to one version of one library. For years to come, the plainest form is the
# bare **weights**, beside a **note** in JSON; the code that builds the network stands in a repository.
#
# - **`save_network(folder, weights, note)`** writes a list of arrays, in the order of `model.get_weights()`, and a dict
#   of text, numbers and lists, into a folder that exists. File names are up to you; more than one save into different
#   folders must not get in each other's way.
# - **`load_network(folder)`** returns `(weights, note)`: the same arrays, **in the same order**, with their shapes and
#   dtypes, and the same dict.
#
# `np.savez(path, name=array, ...)` writes several arrays into one file; `np.savez(path, **arrays)` does it for a dict.
# `np.load(path)` gives them back by name. A network has more than ten arrays: in which order stand `"w10"` and `"w2"`
# when names are sorted? Do not use pickle: a pickle file can run any program on the machine that loads it.


# %% question="save"
def save_network(folder, weights, note):
    """Write weights and note into a folder."""
    ### BEGIN SOLUTION
    np.savez(Path(folder) / "weights.npz", **{f"w{number:04d}": each for number, each in enumerate(weights)})
    (Path(folder) / "note.json").write_text(json.dumps(note), encoding="utf-8")
    ### END SOLUTION


def load_network(folder):
    """Return weights and note from a folder."""
    ### BEGIN SOLUTION
    with np.load(Path(folder) / "weights.npz") as file:
        weights = [file[name] for name in sorted(file.files)]
    return weights, json.loads((Path(folder) / "note.json").read_text(encoding="utf-8"))
    ### END SOLUTION


# %% [markdown]
# The proof: a network that is built anew gets the weights from the file, and answers as before.

# %%
note = {"builder": "tinynet", "class_names": list(class_names), "temperature": temperature}
with tempfile.TemporaryDirectory() as folder:
    save_network(folder, model.get_weights(), note)
    found = load_network(folder) if list(Path(folder).iterdir()) else None
    if found is not None:
        print({file.name: f"{file.stat().st_size / 1e6:.2f} MB" for file in Path(folder).iterdir()})
if found is not None:
    again = build_transfer_model("tinynet", num_classes=len(found[1]["class_names"]))
    again.set_weights(found[0])
    print("compare_answers:", compare_answers(test_probabilities, predict(again, test_images), 1e-6))

# %% [markdown]
# ## 9 · The model card
#
# A model card travels with the weights and says what a stranger has to know: data, recipe, numbers, limits. A card with
# a hole is worse than none, because people trust it.
#
# **`missing_fields(facts)`** for a dict. Return the list of those names of `REQUIRED` that are not in it, or whose
# value is **empty**: `None`, or a text without anything but spaces. Keep the order of `REQUIRED`. A seed of 0 is a
# seed, not a hole.
#
# **`model_card(facts, labels, probabilities)`** returns a **new** dict: all of `facts`, and three entries that are
# computed from the answers to the test images (labels int `(n,)`, probabilities float `(n, classes)`):
#
# - `"test_images"`: how many there are, a whole number;
# - `"accuracy"`: the share of right answers, 0 to 1;
# - `"interval"`: `[low, high]`, its Wilson interval. `wilson_interval(correct, n)` was imported above; both arguments
#   are whole numbers.
#
# If `facts` brings an accuracy of its own, the computed one replaces it: numbers on a card are measured, not copied.


# %% question="card"
REQUIRED = ("model", "data", "recipe", "seed", "limits")


def missing_fields(facts):
    """Return the required names that are absent or empty."""
    ### BEGIN SOLUTION
    missing = []
    for name in REQUIRED:
        value = facts.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            missing.append(name)
    return missing
    ### END SOLUTION


def model_card(facts, labels, probabilities):
    """Return the facts together with the accuracy that was measured, and its interval."""
    ### BEGIN SOLUTION
    n = len(labels)
    correct = int((probabilities.argmax(axis=1) == labels).sum())
    return {**facts, "test_images": n, "accuracy": correct / n, "interval": list(wilson_interval(correct, n))}
    ### END SOLUTION


# %%
facts = {
    "model": "tinynet with a linear head",
    "data": source,
    "recipe": f"features frozen, logistic regression on {fitted:,} images",
    "seed": 0,
    "limits": "",
}
print("missing:", missing_fields(facts))
card = model_card(facts, test_labels, test_probabilities)
if card is not None:
    for name, value in card.items():
        print(f"{name:12} {value}")

# %% [markdown]
# ## 10 · The limits
#
# One field is still empty, and no program can fill it. Write the section "Limits" of this model's card, in 100 to 200
# words, for somebody who wants to use the model in an app and has not read your notebook. It needs
#
# 1. **what it was measured on**, and for which pictures the accuracy therefore says little, with an example;
# 2. **what happens with pictures of none of the ten classes**, with a number that *you measured* above;
# 3. **what its confidence means**, and for which pictures that was measured;
# 4. **what it must not be used for**, and what an app should do so that nobody is misled.

# %% [markdown] question="limits"
# ### BEGIN SOLUTION
# *The numbers in angle brackets come from your own run; they differ between real and drawn pictures.*
#
# **Limits.** The accuracy of ⟨accuracy⟩ (95 % interval ⟨low⟩ to ⟨high⟩, one training) was measured on ⟨n⟩ test images
# from the same collection as the training images: one object, in the middle, 32 × 32 pixels. For photos from a phone,
# in which the object is small, at the edge or lit from behind, we have no number; expect it to be lower. The photo has
# to be prepared as in training: upright, the middle square, shrunk by averaging. A squeezed photo changed ⟨share⟩ of
# the answers.
#
# The model always names one of ten classes. Below a confidence of ⟨threshold⟩ the app says "not sure". That costs
# about one right answer in twenty and does not detect strangers: of stripes, ⟨share⟩ stayed above it. Real objects
# outside the ten classes were not measured.
#
# Confidence was calibrated with one temperature on ⟨number⟩ validation images. For other kinds of pictures "0.9" does
# not mean nine in ten.
#
# Made for teaching. Do not let it decide anything about people, safety or money. An app should show the three most
# likely classes with their percentages and this section, and let the user say "wrong".
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# - [ ] I can turn any photo into the input of a network, and I know four ways to do it wrong without an error.
# - [ ] I test that app and training prepare the same picture alike.
# - [ ] I can choose a threshold of doubt on validation images, and I do not take it for a detector of strangers.
# - [ ] I can say what a smaller file costs, because I measured it.
# - [ ] My comparison of two models fails when it cannot be made.
# - [ ] I can save weights and note so that they load again, and I know why not with pickle.
# - [ ] My model card has no hole, and its numbers have an interval.
