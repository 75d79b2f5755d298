# %% [markdown]
# # Transfer learning with a frozen backbone
#
# **Goal.** Someone has trained a network on many pictures. You use what it has learned for ten classes of
# your own, with a few hundred labels and in seconds: the network stays as it is (*frozen*), and only a small *head*
# behind it is fitted.
#
# **What this is for.** With few labels this is the first thing to try, and the bar for everything that costs more.
# Most of the work is not in the fitting. It is in feeding the network what it expects, and in not computing the same
# thing twice.
#
# **At the end you can**
#
# - prepare images for any of the three common input contracts, and show what a wrong one does;
# - turn feature maps into feature vectors, in batches, and keep them in a cache that is never out of date;
# - fit a linear head to standardised features of two views, and put it into a network whose backbone is frozen;
# - say, from numbers you measured, when a pretrained backbone pays.
#
# **You need** NumPy, a little Keras, and chapter 04. No GPU is needed.

# %% tags=["setup"]

# %%
import hashlib
import time

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression

from cifar_teach import plots
from cifar_teach.backbones import build_backbone
from cifar_teach.data import stratified_indices
from cifar_teach.evaluate import wilson_interval
from cifar_teach.models import build_model

source = data.provenance.describe()
not_yet = "Not yet: write the function above, then run this cell again."
num_classes = len(data.class_names)
MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)  # of ImageNet: blue, green, red


def accuracy(probabilities, labels):
    """Return the share of images whose most probable class is the right one."""
    return float(np.mean(np.argmax(probabilities, axis=1) == labels))


plots.class_samples(data.train.images, data.train.labels, data.class_names, per_class=8, footer=source)

# %% [markdown]
# The backbone is `tinynet`. It comes with the course, so it works offline. It was trained on 200 classes of small
# pictures (Tiny ImageNet, 32×32 pixels). Its last layers, which named those 200 classes, have been cut off: what is
# left turns a picture into a *feature map*.

# %%
backbone = build_backbone("tinynet")
print(f"{backbone.name}: picture {backbone.input_shape[1:]} -> feature map {backbone.output_shape[1:]}")
print(f"{backbone.count_params():,} parameters")

# %% [markdown]
# ## 1 · Meet the input contract
#
# A pretrained network works on one condition: *give me numbers like those I was trained on*. This condition is its
# **input contract**. Three contracts are common.
#
# | `contract` | what the first layer expects | for example |
# |---|---|---|
# | `"0..255"` | pixel values as they are; the network scales inside | EfficientNet, tinynet |
# | `"-1..1"` | 0 becomes −1, 255 becomes 1, in a straight line | MobileNet, ResNet50V2 |
# | `"bgr"` | the channels in the order blue, green, red; from each the mean of ImageNet subtracted | VGG16, ResNet50 |
#
# Write `prepare(images, contract)`.
#
# - `images`: `uint8 (n, height, width, 3)`, red, green, blue, values 0–255
# - `contract`: one of the three texts above
# - returns: **float32** of the same shape
#
# Example: the pixel (255, 0, 0), pure red, becomes (1, −1, −1) under `"-1..1"`. Under `"bgr"` it becomes
# (−103.939, −116.779, 131.32): blue, green, red.
#
# `MEAN_BGR` from the first cell holds the three means in the order blue, green, red: 103.939, 116.779, 123.68.


# %% question="prepare"
def prepare(images, contract):
    """Return uint8 images as the float32 values that a contract asks for: "0..255", "-1..1" or "bgr"."""
    ### BEGIN SOLUTION
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 127.5 - 1
    if contract == "bgr":
        return pixels[..., ::-1] - MEAN_BGR
    return pixels
    ### END SOLUTION


# %% [markdown]
# The same pictures, three sets of numbers. A network that was made for one of them gets nothing useful out of another.

# %%
for contract in ("0..255", "-1..1", "bgr"):
    prepared = prepare(data.train.images[:500], contract)
    if prepared is not None:
        channels = ", ".join(f"{mean:7.2f}" for mean in np.mean(prepared, axis=(0, 1, 2)))
        print(f"{contract:>7}: values {np.min(prepared):8.2f} to {np.max(prepared):7.2f}   channel means {channels}")

# %% [markdown]
# ## 2 · Before you run it: scaled twice
#
# "Always divide the pixels by 255" is good advice for a network that you train yourself. Many people follow it with
# EfficientNet as well. But EfficientNet wants 0–255: its first layer divides by 255 itself.
#
# So the pixels are divided twice. What happens when the finished network is then used? Decide before you go on.
#
# - **a** – It stops with an error, because the numbers are outside the range that the first layer allows.
# - **b** – It runs, and the features hardly change, because batch normalisation brings any numbers back into range.
# - **c** – It runs, but every picture looks almost black to it, so the features of all pictures become much alike.
# - **d** – It runs, and the features get a little better, because networks work best on numbers near zero.

# %% question="twice"
prediction_twice = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
prediction_twice = "c"
### END SOLUTION

# %% [markdown]
# Now try it. `tinynet` scales inside, as EfficientNet does. `network` below gives 192 features for each picture. How
# far apart are the features of different pictures? The *spread* is the standard deviation of a feature over the
# pictures, averaged over all features.

# %%
with_average = keras.Model(backbone.input, keras.layers.GlobalAveragePooling2D()(backbone.output))


def network(batch):
    """Return 192 features for each image of a batch with values 0-255."""
    return with_average.predict_on_batch(np.asarray(batch, np.float32))


some = data.train.images[:100]
spread = {"as the contract says, 0-255": network(some), "divided by 255 first": network(some / 255)}
for how, features in spread.items():
    print(f"{how:28} spread of the features: {features.std(axis=0).mean():.4f}")

# %% [markdown]
# **A misconception with a name: "normalising never hurts".** It does when the network does it too, and no message tells
# you. You will see in question 8 what it costs in accuracy.

# %% [markdown]
# ## 3 · Enlarge
#
# Many backbones were trained on pictures of 224×224 pixels and halve the width and height five times. 32 pixels then
# become 32 / 2⁵ = 1: a map with a single place. So small pictures are enlarged first, say to 96×96.
#
# The simplest way repeats pixels. Write `enlarge(images, factor)`.
#
# - `images`: `uint8 (n, height, width, 3)`; `factor`: a whole number, 1 or more
# - returns: `uint8 (n, factor * height, factor * width, 3)`: each pixel becomes a block of `factor` × `factor` equal
#   pixels
#
# Example for one channel and factor 2:
#
# ```
# [[1, 2],        [[1, 1, 2, 2],
#  [3, 4]]   ->    [1, 1, 2, 2],
#                  [3, 3, 4, 4],
#                  [3, 3, 4, 4]]
# ```


# %% question="enlarge"
def enlarge(images, factor):
    """Return the images with every pixel repeated factor times in both directions."""
    ### BEGIN SOLUTION
    return np.repeat(np.repeat(images, factor, axis=1), factor, axis=2)
    ### END SOLUTION


# %%
larger = enlarge(data.train.images[:6], 3)
figure = not_yet
if larger is not None:
    print("side in pixels | map of a network that halves five times | relative cost")
    for side in (32, 96, 128, 224):
        print(f"{side:14} | {f'{side // 32} x {side // 32}':>39} | {(side / 32) ** 2:13.1f}")
    figure = plots.image_grid(larger, columns=6, title=f"Enlarged to {larger.shape[1]} x {larger.shape[2]} pixels")
figure

# %% [markdown]
# Enlarging adds no information: you see the same 32×32 pixels. It only brings the objects to a size that the filters
# know, and it costs: three times the side is nine times the work. The course's own backbones do it inside the network,
# with soft transitions between the pixels (*bilinear*). `tinynet` was trained at 32×32 and needs none of it.

# %% [markdown]
# ## 4 · From a map to a vector
#
# The backbone gives a map: at each of 4×4 places, 192 numbers that say what was found *there*. For naming a picture
# it matters little where something was found. **Global average pooling** takes the average of each channel over all
# places.
#
# Write `pool_features(maps)`.
#
# - `maps`: `float (n, height, width, c)`
# - returns: `float (n, c)`
#
# Example: a single channel with the values `[[1, 3], [0, 4]]` becomes the feature 2.


# %% question="pool_features"
def pool_features(maps):
    """Return the average of every channel over all places, shape (n, c)."""
    ### BEGIN SOLUTION
    return maps.mean(axis=(1, 2))
    ### END SOLUTION


# %%
maps = backbone.predict_on_batch(data.train.images[:3].astype(np.float32))
pooled = pool_features(maps)
if pooled is not None:
    gap = np.abs(np.asarray(pooled) - network(data.train.images[:3])).max()
    print(f"map {maps.shape} -> features {np.shape(pooled)}")
    print(f"{maps[0].size:,} numbers for a picture became {np.shape(pooled)[1]}")
    print(f"largest difference from Keras's GlobalAveragePooling2D: {gap:.0e}")

# %% [markdown]
# ## 5 · Extract in batches
#
# All images at once may not fit into the memory, one at a time is slow. So they go through the network in batches.
#
# Write `extract_features(network, images, batch_size)`.
#
# - `network`: a function. It takes a batch of images `(b, height, width, 3)` and returns features `float32 (b, d)`. It
#   does not accept an empty batch.
# - `images`: `uint8 (n, height, width, 3)`, n ≥ 1. Hand them to the network as they are.
# - `batch_size`: every batch has this many images, except the last one, which may have fewer
# - returns: `(n, d)`, one row for each image, in the order of the images. Each image goes through the network once.
#
# Example: 11 images and `batch_size=4` make batches of 4, 4 and 3.


# %% question="extract_features"
def extract_features(network, images, batch_size):
    """Return the features of all images, (n, d), computed batch by batch."""
    ### BEGIN SOLUTION
    parts = [network(images[start : start + batch_size]) for start in range(0, len(images), batch_size)]
    return np.concatenate(parts)
    ### END SOLUTION


# %% [markdown]
# Which pictures look alike *to the network*? Below, the first picture of each row is any picture; the others are the
# pictures with the most similar features. No label was used for this.

# %%
features = extract_features(network, data.train.images[:500], 250)
figure = not_yet
if features is not None:
    directions = np.asarray(features) - np.mean(features, axis=0)
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    nearest = np.argsort(-directions[:4] @ directions.T, axis=1)[:, :8]
    names = [data.class_names[data.train.labels[place]] for place in nearest.ravel()]
    figure = plots.image_grid(data.train.images[nearest.ravel()], names, columns=8, title="Nearest by their features")
figure

# %% [markdown]
# ## 6 · Compute once, then look it up
#
# The backbone is frozen, so the same picture gives the same features every time. Ten epochs through the network would
# compute the same numbers ten times. Instead they are computed once and kept in a *cache*.
#
# A cache is only as good as its key. If the key is a name such as `"train"`, you will one day change the images and get
# the features of the old ones. So the key is made from the **content**: of everything the features depend on.
#
# Write two functions.
#
# `cache_key(images, weights)` returns a fingerprint as text, at least 32 hexadecimal digits (SHA-256 gives 64).
#
# - `images`: an array; `weights`: the list of the network's weight arrays
# - equal arrays give the same key, whenever and wherever they are asked for, however they lie in memory
# - anything else gives another key: one pixel, one weight, another order, another shape of an array
#
# `get_features(key, compute, store)` returns the features that belong to `key`.
#
# - `compute`: a function without arguments. It takes long and returns the features.
# - `store`: behaves like a dictionary, from keys to features
# - if `store` has the key, return what it holds and do **not** call `compute`. Otherwise call it once, keep the result
#   in `store` and return it.


# %% question="cache"
def cache_key(images, weights):
    """Return a text that changes with the content and the shape of the images and of every weight array."""
    ### BEGIN SOLUTION
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
    ### END SOLUTION


def get_features(key, compute, store):
    """Return the features for the key: from the store, or computed once and then kept there."""
    ### BEGIN SOLUTION
    if key not in store:
        store[key] = compute()
    return store[key]
    ### END SOLUTION


# %% [markdown]
# With your three functions, this computes the features of a set of images, or looks them up. It does so for two *views*
# of each image: the image and its mirror image. A mirrored car is still a car, so the mirror image is a second example
# that needs no second label.
#
# Run the cell twice and compare the times. (`cifar_teach.backbones.extract` does the same and keeps the features on the
# disk.)

# %%
if "store" not in globals():
    store = {}
weights = backbone.get_weights()


def features_of(images):
    """Return the features of the images, from the cache if it has them."""
    return get_features(cache_key(images, weights), lambda: extract_features(network, images, 250), store)


def views_of(images):
    """Return the features of images and mirror images, (2, n, d), or None while functions are missing."""
    views = [features_of(images), features_of(images[:, :, ::-1])]
    return None if views[0] is None else np.stack(views)


begin = time.perf_counter()
train_views, test_views = views_of(data.train.images), views_of(data.test.images)
seconds = time.perf_counter() - begin
if train_views is not None:
    print(f"features: train {train_views.shape}, test {test_views.shape}; {seconds:.2f} seconds")
    print(f"entries in the store: {len(store)}, {sum(np.asarray(each).nbytes for each in store.values()) / 1e6:.1f} MB")

# %% [markdown]
# ## 7 · Fit a linear head
#
# The features are numbers in a table now, and the head is a logistic regression on them. Two steps.
#
# **The rows.** Write `training_rows(views, labels)`.
#
# - `views`: `float (2, n, d)`: the features of n images, then those of their mirror images; `labels`: `int (n,)`
# - returns: `(rows, row_labels)`, of shape `(2n, d)` and `(2n,)`: every view of every image is a row of its own, with
#   the label of its image. The order of the rows is yours to choose, if each label stays with its row.
#
# **The head.** Features differ in size, and the penalty of a logistic regression should treat them alike. So each
# feature is standardised: minus its mean, divided by its standard deviation, both taken from the *training* rows. New
# images must be treated with the same numbers. The safest way to guarantee that is to fold them into the head. Then the
# head takes features as they come from the network, and nobody can forget a step.
#
# Write `fit_head(rows, labels, C=0.01)`.
#
# - fit `LogisticRegression(C=C, max_iter=1000)` to the standardised rows. A feature that is the same in all rows has
#   the standard deviation 0: divide it by 1. (A small `C` is a strong penalty on large weights.)
# - returns: `(kernel, bias)`, of shape `(d, classes)` and `(classes,)`, such that `features @ kernel + bias` are the
#   logits for features that are **not** standardised
#
# To find the folded values, write out one logit, ((x − mean) / deviation) · w + b, and sort it into "something times x"
# and "the rest". After fitting, `coef_` of shape `(classes, d)` holds all w, and `intercept_` of shape `(classes,)`
# all b.


# %% question="fit_head"
def training_rows(views, labels):
    """Return the features of both views as rows (2n, d), and a label for each row (2n,)."""
    ### BEGIN SOLUTION
    return np.concatenate(views), np.concatenate([labels, labels])
    ### END SOLUTION


def fit_head(rows, labels, C=0.01):
    """Return kernel (d, classes) and bias (classes,) of a head for features that are not standardised."""
    ### BEGIN SOLUTION
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation = np.where(deviation == 0, 1, deviation)
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
    ### END SOLUTION


# %% [markdown]
# Fit it. `C` was given and nothing is chosen by looking at the test images, so they may judge.

# %%
pairs = training_rows(train_views, data.train.labels) if train_views is not None else None
head = fit_head(*pairs) if pairs is not None else None
if head is not None:
    kernel, bias = (np.asarray(each) for each in head)
    logits = test_views[0] @ kernel + bias
    low, high = wilson_interval(int(np.sum(logits.argmax(axis=1) == data.test.labels)), len(data.test.labels))
    print(f"{len(pairs[0]):,} rows, {kernel.size + bias.size:,} numbers fitted")
    print(f"test accuracy {accuracy(logits, data.test.labels):.1%} (95 % interval {low:.1%} to {high:.1%})")
else:
    print(not_yet)

# %% [markdown]
# ## 8 · Put the head on the backbone
#
# A head without its backbone is of no use to anyone. This step makes one network of both: pictures in, probabilities
# out.
#
# Write `add_head(backbone, num_classes)`.
#
# - `backbone`: a Keras network from images to a map `(height, width, c)`. It scales its input itself.
# - returns: a Keras network from the same images to probabilities `(n, num_classes)`. Behind the backbone come a global
#   average pooling and **one** dense layer, nothing else.
# - the backbone is frozen: in training, only the dense layer changes. Do not copy the backbone; use it.
#
# Write `count_trainable(model)`.
#
# - returns: how many parameters training would change, a whole number
#
# Work it out on paper first: how many are there for 192 features and 10 classes, and how many does the backbone have?
#
# The backbone holds batch normalisation, which can behave differently in training and in use. Freezing the backbone
# takes care of that here; exercise 05 shows how.


# %% question="add_head"
def add_head(backbone, num_classes):
    """Return a network from images to probabilities in which only a dense layer behind the backbone can learn."""
    ### BEGIN SOLUTION
    backbone.trainable = False
    inputs = keras.Input(backbone.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D()(backbone(inputs))
    outputs = keras.layers.Dense(num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


def count_trainable(model):
    """Return how many parameters of the model training would change."""
    ### BEGIN SOLUTION
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
    ### END SOLUTION


# %% [markdown]
# Now your fitted head goes into the dense layer. No training loop is needed. The last line shows the mistake of
# question 2 where it happens most often: everything was right in training, and then an app divides by 255.

# %%
model = add_head(backbone, num_classes)
if model is not None and head is not None:
    print(f"{count_trainable(model):,} of {model.count_params():,} parameters can be trained")
    for variable, values in zip(model.trainable_weights, head):
        variable.assign(values)


def predict(images):
    """Return the probabilities of your model for images with values 0-255."""
    return model.predict(np.asarray(images, np.float32), batch_size=250, verbose=0)


one_view = None
if model is not None and head is not None:
    one_view, scaled_twice = predict(data.test.images), predict(data.test.images / 255)
    print(f"test accuracy, pixels 0-255 as the contract says: {accuracy(one_view, data.test.labels):.1%}")
    print(f"test accuracy, pixels divided by 255 first      : {accuracy(scaled_twice, data.test.labels):.1%}")

# %% [markdown]
# The first number should be that of question 7: it is the same head, now inside a network. Compare the second with pure
# chance, one in ten.

# %% [markdown]
# ## 9 · Ask twice
#
# The head was fitted to images and mirror images. In use, you can ask for both views as well and average the answers.
#
# Write `predict_views(predict, images)`.
#
# - `predict`: a function from images `(n, height, width, 3)` to probabilities `(n, classes)`
# - `images`: `(n, height, width, 3)`; axis 1 goes from top to bottom, axis 2 from left to right
# - returns: probabilities `(n, classes)`: for each image the average of those of the image and of its mirror image,
#   left and right exchanged


# %% question="predict_views"
def predict_views(predict, images):
    """Return the average of the probabilities for the images and for their mirror images."""
    ### BEGIN SOLUTION
    return (predict(images) + predict(images[:, :, ::-1])) / 2
    ### END SOLUTION


# %%
two_views = predict_views(predict, data.test.images) if one_view is not None else None
if two_views is not None:
    changed = np.argmax(one_view, axis=1) != np.argmax(two_views, axis=1)
    better = changed & (np.argmax(two_views, axis=1) == data.test.labels)
    worse = changed & (np.argmax(one_view, axis=1) == data.test.labels)
    print(f"one view : {accuracy(one_view, data.test.labels):.1%}")
    print(f"two views: {accuracy(two_views, data.test.labels):.1%}")
    print(f"answers that changed: {changed.sum()}, of these {better.sum()} became right and {worse.sum()} became wrong")

# %% [markdown]
# Look at the last line before you believe in a gain or a loss: on a few hundred images it rests on a handful of
# answers. The price is certain, though: two passes through the network instead of one.

# %% [markdown]
# ## What labels are worth
#
# The cell below measures two ways to a classifier with 100, 500 and 2,000 labels:
#
# - **frozen tinynet**: your features, your rows, your head. The time is that of computing the features of these images
#   (both views, without the cache) and of fitting.
# - **from scratch**: a small network with fresh weights, ten epochs. That is little training. More epochs, augmentation
#   and a better recipe would help it, and cost more.
#
# It takes a while, because the networks are trained for real.

# %%
figure = not_yet
if head is not None:
    begin = time.perf_counter()
    extract_features(network, data.train.images[:250], 250)
    seconds_per_view = (time.perf_counter() - begin) / 250
    results = []
    for size in (100, 500, 2000):
        chosen = stratified_indices(data.train.labels, min(size, len(data.train.labels)), seed=0)
        images, labels = data.train.images[chosen].astype(np.float32), data.train.labels[chosen]

        begin = time.perf_counter()
        kernel, bias = fit_head(*training_rows(train_views[:, chosen], labels))
        answers = {"frozen tinynet": test_views.mean(axis=0) @ kernel + bias}  # logits do: the largest one decides
        spent = {"frozen tinynet": time.perf_counter() - begin + 2 * len(chosen) * seconds_per_view}

        begin = time.perf_counter()
        scratch = build_model("baseline", num_classes=num_classes, seed=0)
        scratch.compile("adam", "sparse_categorical_crossentropy")
        scratch.fit(images, labels, epochs=10, batch_size=50, verbose=0)
        answers["from scratch"] = scratch.predict(data.test.images.astype(np.float32), batch_size=250, verbose=0)
        spent["from scratch"] = time.perf_counter() - begin

        for name, scores in answers.items():
            right = int(np.sum(scores.argmax(axis=1) == data.test.labels))
            interval = wilson_interval(right, len(data.test.labels))
            share = right / len(data.test.labels)
            results.append({"model": name, "size": len(chosen), "accuracy": share, "interval": interval})
            low, high = interval
            print(f"{len(chosen):5} labels  {name:14}  {share:6.1%} ({low:.1%} to {high:.1%})  {spent[name]:5.1f} s")
    figure = plots.data_efficiency(results, footer=source)
figure

# %% [markdown]
# ## 10 · When does transfer pay?
#
# Read the table and the figure above. Answer in five to ten sentences, with the numbers you see:
#
# 1. Who is ahead at which number of labels, and by how much? Do the intervals overlap? (A 95 % interval says where the
#    true accuracy may well lie. If two do not overlap, the difference is hardly luck. If they do, the question is open:
#    exercise 06 shows how to decide it.) How does the lead change?
# 2. Compare the cost. What is computed once, and what again and again? Which cost is missing from the table altogether?
# 3. Describe one task in which you would *not* rely on a frozen `tinynet`, and say why. What would you do there?

# %% [markdown] question="reflect"
# ### BEGIN SOLUTION
# With 100 labels the frozen backbone is far ahead, and the two intervals do not overlap. With 2,000 labels the network
# from scratch has caught up by a good part. The lead shrinks because each label teaches the network from scratch
# something about edges, colours and shapes that the backbone already knew. With a few hundred test images each interval
# is several points wide, so a difference of one or two points would say nothing.
#
# For the head, each image passes through the backbone once for each view, and fitting takes moments; another head or
# another C would cost almost nothing more. The network from scratch passes over all images in each epoch, and backwards
# too, and all of it again for every setting one wants to try. One cost is missing: the pretraining, more
# than an hour of computing on 100,000 labelled images. Others have paid it once, and everybody can use the result.
#
# I would not rely on it for X-ray images or spectrograms. Its features were made for colour photographs of things and
# animals; grey textures in which a small detail decides hardly occur there, and at 32×32 pixels the detail may be
# lost. With very many labels I would not stop at a frozen backbone either, because a network that is trained on them
# can learn features that fit the task better. There I would fine-tune the backbone or train a network from scratch, and
# keep the frozen one as the bar to beat.
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# - [ ] name the three common input contracts, and prepare images for each
# - [ ] explain why scaling twice raises no error, and show what it costs
# - [ ] say what enlarging a picture gives to a backbone, and what it does not
# - [ ] pool a feature map into a vector without mixing up the axes
# - [ ] extract features in batches, complete and in order
# - [ ] make a cache key from content, and compute each thing once
# - [ ] fit a linear head to two views, with the statistics folded in
# - [ ] freeze a backbone, put a head on it and count what can be trained
# - [ ] read a table of accuracy by number of labels, with its uncertainty and its cost
