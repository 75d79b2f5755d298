# %% [markdown]
# # Fine-tuning: let the last block learn too
#
# A frozen backbone is a quick and strong start. But its features were made for other pictures. In **fine-tuning** a
# part of the backbone learns on, in small steps, on your pictures. Done with care, this gains a few points. Done
# without care, it destroys in seconds what took hours to learn, and no error message tells you.
#
# **Goal.** You fine-tune the last block of a pretrained network on 800 pictures, with tools that you write yourself,
# and you measure what it gains and what ruins it.
#
# **At the end you can**
#
# - compute a batch normalisation by hand, in both of its modes, and say what freezing it means;
# - find the places where a network can be cut, and unfreeze whole blocks behind such a place;
# - run the frozen part once instead of in every epoch;
# - give each block its learning rate, and the whole run a warm-up and a slow end;
# - average the weights of a run;
# - read from curves whether fine-tuning helped, did nothing, or broke the network.
#
# Chapter 05 explains the ideas. After each question run the cell with `check(…)`. `hint("ex05.batch_norm")` helps a
# little; call it again and it helps more. No GPU is needed.

# %% tags=["setup"]

# %%
import time

import keras
import numpy as np

from cifar_teach import plots
from cifar_teach.backbones import build_transfer_model, split_points
from cifar_teach.evaluate import wilson_interval
from cifar_teach.train import attach, fit_linear_head

source = data.provenance.describe()
num_classes = len(data.class_names)
train_images, train_labels = data.train.images[:800], data.train.labels[:800]
val_images, val_labels = data.train.images[800:], data.train.labels[800:]
not_yet = "Not yet: write the functions above, then run this cell again."


def run(network, images):
    """Return what a network answers to images (or to activations), as an array."""
    return network.predict(np.asarray(images, np.float32), batch_size=100, verbose=0)


def loss_and_accuracy(probabilities, labels):
    """Return the cross-entropy, and the share of images whose most probable class is the right one."""
    own = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(own + 1e-7).mean()), float(np.mean(probabilities.argmax(axis=1) == labels))


# %% [markdown]
# ## Where you start
#
# `tinynet` comes with the course. It was trained on 200 classes of other small pictures. Below it stays as it is, and a
# linear head is fitted to its features, as in exercise 04: that is the bar to beat. 800 pictures train; the others of
# the training set are for **validation**. The test pictures wait until the very end.

# %%
model = build_transfer_model("tinynet", num_classes=num_classes)
to_features = keras.Model(model.inputs, model.get_layer("features").output)
views = np.stack([run(to_features, images) for images in (train_images, train_images[:, :, ::-1])])
attach(model, fit_linear_head(views, train_labels, num_classes=num_classes, penalties=(0.01,)))

pretrained = model.get_weights()  # with the fitted head: every experiment below starts from these numbers
frozen_loss, frozen_accuracy = loss_and_accuracy(run(model, val_images), val_labels)
print("blocks:", ", ".join(split_points(model)), "and the head")
print(f"{model.count_params():,} parameters, {model.get_layer('head').count_params():,} of them in the head")
print(f"frozen backbone, fitted head: validation accuracy {frozen_accuracy:.1%}")

# %% [markdown]
# ## 1 · Batch normalisation by hand
#
# A batch normalisation brings every channel to the mean 0 and the deviation 1. With *which* mean and variance? That
# depends on the mode, and much of the trouble in fine-tuning comes from it.
#
# - **In use** (`training=False`): with the *stored* mean and variance. They stay as they are.
# - **In training** (`training=True`): with the mean and variance of **this batch**, over all its pictures, rows and
#   columns. After that, the stored ones move a little towards them:
#   new stored value = `momentum` · old stored value + (1 − `momentum`) · value of the batch.
#
# In both modes: minus the mean, divided by the square root of (variance + 0.001). The 0.001 guards against a division
# by zero. (The real layer then applies a learned scale and shift. They are left out here.)
#
# Write `batch_norm(x, mean, variance, training, momentum)`.
#
# - `x`: float `(n, height, width, c)`; `mean`, `variance`: the stored statistics, float `(c,)`
# - `training`: True or False; `momentum`: 0 to 1
# - returns: `(normalised, mean, variance)`: the normalised `x`, and the stored statistics as they are afterwards. The
#   arrays that were handed in stay as they are.
#
# Example: a stored mean of 10, a batch with the mean 20 and `momentum=0.9` make a stored mean of 11.


# %% question="batch_norm"
def batch_norm(x, mean, variance, training, momentum):
    """Return x normalised channel by channel, and the stored mean and variance afterwards."""
    ### BEGIN SOLUTION
    used_mean, used_variance = mean, variance
    if training:
        used_mean, used_variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
        mean = momentum * mean + (1 - momentum) * used_mean
        variance = momentum * variance + (1 - momentum) * used_variance
    return (x - used_mean) / np.sqrt(used_variance + 1e-3), mean, variance
    ### END SOLUTION


# %% [markdown]
# Compare with Keras, on the pixels of 8 pictures.

# %%
pixels = train_images[:8].astype(np.float32)
for training in (False, True):
    layer = keras.layers.BatchNormalization(momentum=0.9)
    by_keras = keras.ops.convert_to_numpy(layer(pixels, training=training))
    by_hand = batch_norm(pixels, np.zeros(3), np.ones(3), training, 0.9)
    if by_hand is not None:
        gap = np.abs(by_hand[0] - by_keras).max()
        moving = np.round(keras.ops.convert_to_numpy(layer.moving_mean), 2)
        stored = np.round(by_hand[1], 2)
        print(f"training={training!s:5}  largest difference {gap:.4f}   stored mean {stored}, by Keras {moving}")

# %% [markdown]
# **"If no weight is trained, nothing changes."** Try it. The cell below shows pictures to the network in training mode.
# There are no labels, no loss, no gradient and no optimiser. Then it measures the validation accuracy.

# %%
for layer in model.layers:
    layer.trainable = True  # as it was built; you may have frozen some further down
one_class = train_images[train_labels == train_labels[0]][:8]
print(f"{'nothing shown':33} validation accuracy {frozen_accuracy:.1%}")
for name, batches in {
    "12 batches of 8 pictures": [train_images[8 * k : 8 * k + 8] for k in range(12)],
    "12 times 8 pictures of one class": [one_class] * 12,
}.items():
    for batch in batches:
        model(batch.astype(np.float32), training=True)
    print(f"{name:33} validation accuracy {loss_and_accuracy(run(model, val_images), val_labels)[1]:.1%}")
    model.set_weights(pretrained)

# %% [markdown]
# Only the stored statistics have moved. The pretrained weights were made for the old ones. Small batches, or batches
# that all look alike, give poor new ones. So in fine-tuning, batch normalisation is usually kept frozen.
#
# ## 2 · Before you run it: a frozen batch normalisation
#
# In Keras 3 you set `layer.trainable = False` for a batch normalisation and train the rest of the network with `fit`.
# What happens in this layer while the network trains?
#
# - **a** – Scale and shift stay. But it normalises every batch with the batch's own statistics, and the stored ones
#   go on moving.
# - **b** – Scale, shift and the stored statistics all stay. But it normalises every batch with the batch's own
#   statistics.
# - **c** – Nothing in it changes, and it normalises with the stored statistics, as in use.
# - **d** – The stored statistics stay. Scale and shift go on learning, because they are weights.

# %% question="frozen_norm"
prediction_frozen = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
prediction_frozen = "c"
### END SOLUTION

# %% [markdown]
# Now look. There are two switches, and they are often taken for one: **`trainable`** is a property of a layer, *may
# its weights change?* **`training`** belongs to a single call, *are we training right now?* The cell tries all four
# combinations, with a batch normalisation and with a dropout.

# %%
print("trainable  training | batch normalisation uses   stored mean moves | dropout drops")
for trainable in (True, False):
    for training in (True, False):
        norm, dropout = keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)
        norm.build(pixels.shape)
        norm.trainable = dropout.trainable = trainable
        answer = keras.ops.convert_to_numpy(norm(pixels, training=training))
        uses = "the batch" if abs(answer.mean()) < 0.1 else "what is stored"
        moves = "yes" if keras.ops.convert_to_numpy(norm.moving_mean).any() else "no"
        drops = "yes" if (keras.ops.convert_to_numpy(dropout(pixels + 1, training=training)) == 0).any() else "no"
        print(f"{trainable!s:9}  {training!s:8} | {uses:26} {moves:17} | {drops}")

# %% [markdown]
# **A misconception with a name: "`trainable=False` means `training=False`".** For the dropout it does not: a frozen
# dropout still drops. The batch normalisation is the one exception in Keras: frozen, it behaves as in use. In PyTorch
# there is no such exception, so people who change from one to the other get it wrong in both directions.
#
# ## 3 · Where can a network be cut?
#
# You want to freeze the beginning and train the end. For this the network must fall into two parts: the second part may
# need **one** output of the first, and nothing else. In a plain chain every place will do. With residual connections it
# will not:
#
# ```
# stem ──▶ conv1 ──▶ conv2 ──▶ add ──▶ pool ──▶ head
#    └────────────────────────▶┘
# ```
#
# Behind `conv1` there is no clean cut: `add` needs `conv2`, but also `stem`. That is why blocks are frozen whole.
#
# Write `clean_cuts(inputs_of)`.
#
# - `inputs_of`: a dictionary, in the order from input to output. For each layer's name it holds the list of the layers
#   that it reads from. The first one reads from none.
# - returns: the list of layers behind which the network can be cut, in the same order: no layer behind the cut reads
#   from a layer *before* the one at the cut. The last layer does not count, because nothing is behind it.
#
# Example, the network above:
#
# ```
# {"stem": [], "conv1": ["stem"], "conv2": ["conv1"], "add": ["stem", "conv2"], "pool": ["add"], "head": ["pool"]}
# ```
#
# gives `["stem", "add", "pool"]`.


# %% question="clean_cuts"
def clean_cuts(inputs_of):
    """Return the names of the layers behind which the network falls into two parts."""
    ### BEGIN SOLUTION
    names = list(inputs_of)
    cuts = []
    for place, name in enumerate(names[:-1]):
        before, behind = names[:place], names[place + 1 :]
        if not any(source in before for later in behind for source in inputs_of[later]):
            cuts.append(name)
    return cuts
    ### END SOLUTION


# %% [markdown]
# The connections of `tinynet`, and what you find. The course's own split points, the ends of the blocks, should be
# among your cuts.

# %%
connections = {}
for layer in model.layers:
    sources = [] if isinstance(layer, keras.layers.InputLayer) else keras.tree.flatten(layer.input)
    connections[layer.name] = [tensor._keras_history.operation.name for tensor in sources]
cuts = clean_cuts(connections)
if cuts is not None:
    print(f"{len(connections)} layers, {len(cuts)} clean cuts")
    in_block = [name for name in connections if name.startswith("block3")]
    print("block 3:", ", ".join(f"{name} ✂" if name in cuts else name for name in in_block))
    print("split points of the course:", {name: name in cuts for name in split_points(model)})

# %% [markdown]
# ## 4 · Unfreeze what lies behind a split
#
# Fine-tuning goes in stages: first the head alone, then the last block, perhaps one more. So you need a function that
# puts a network into any such state, **whatever state it is in**.
#
# Write `unfreeze_after(model, split)`.
#
# - `model`: a Keras network; all its layers stand in `model.layers`, in the order from input to output. Some of them
#   may be frozen already, others not. `model.trainable` itself is True.
# - `split`: the name of a layer. Everything up to it, itself included, is frozen. Everything behind it learns.
# - Every batch normalisation is frozen, also behind the split.
# - returns: the list of the names of the layers that have something to learn now, from input to output. A layer without
#   weights, such as ReLU, has nothing to learn.
#
# The network is changed in place. Nothing is trained here, and nothing is compiled.


# %% question="unfreeze"
def unfreeze_after(model, split):
    """Let the layers behind the split learn, batch normalisation excepted; return the names of those that do."""
    ### BEGIN SOLUTION
    behind = False
    learning = []
    for layer in model.layers:
        layer.trainable = behind and not isinstance(layer, keras.layers.BatchNormalization)
        if layer.trainable_weights:
            learning.append(layer.name)
        if layer.name == split:
            behind = True
    return learning
    ### END SOLUTION


# %% [markdown]
# How much would learn behind each split?

# %%
for split in reversed(split_points(model)):
    names = unfreeze_after(model, split)
    if names is not None:
        count = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        print(f"behind {split:7}: {count:8,} of {model.count_params():,} parameters learn, in {len(names)} layers")

# %% [markdown]
# One more rule: Keras builds the training step at the first batch after `compile`, and asks for `trainable` only then.
# Whoever changes it after that and does not compile again trains with the old setting. So: set the switches, compile,
# train.
#
# The last block holds most of the parameters. That is true of most networks: the maps get smaller and the channels more
# numerous as one goes deeper.
#
# ## 5 · Run the frozen part once
#
# Call the frozen part the **trunk** and what learns the **tail**. In every epoch the trunk would compute the same
# numbers from the same pictures. So run it once and keep what comes out, its *activations*.
#
# Write `train_tail(trunk, train_epoch, images, epochs)`.
#
# - `trunk`: a tuple of functions, the frozen layers in their order. Each takes an array and returns an array. The tuple
#   may be empty: then the activations are the pictures.
# - `train_epoch`: a function. It takes the activations, trains the tail on them for one epoch, and returns the loss.
# - `images`: an array; `epochs`: a whole number, 1 or more
# - returns: a list with the loss of each epoch. Every function of the trunk is called exactly **once**.


# %% question="train_tail"
def train_tail(trunk, train_epoch, images, epochs):
    """Run the trunk once, train the tail for some epochs on what comes out, and return the losses."""
    ### BEGIN SOLUTION
    activations = images
    for layer in trunk:
        activations = layer(activations)
    return [train_epoch(activations) for _ in range(epochs)]
    ### END SOLUTION


# %% [markdown]
# What does it cost and save for `tinynet`, cut behind `block2`? (There is a price: pictures cannot be changed anew in
# each epoch. A few fixed variants of each picture are the usual way out. Below these are the picture and its mirror
# image.)

# %%
trunk_model = keras.Model(model.inputs, model.get_layer("block2").output)
run(trunk_model, val_images[:100])  # the first call takes longer
begin = time.perf_counter()
val_activations = run(trunk_model, val_images)
seconds = time.perf_counter() - begin
kilobytes = val_activations[0].nbytes / 1024
print(f"trunk: {1000 * seconds / len(val_images):.1f} ms for a picture, {kilobytes:.0f} KB of activations for it")
print(f"four epochs of 800 pictures: {4 * 800 * seconds / len(val_images):.1f} s in the trunk, if it ran every time")
print(f"800 pictures and their mirror images, run once: {1600 * seconds / len(val_images):.1f} s")

# %% [markdown]
# ## 6 · A learning rate for each block
#
# The first blocks hold what all pictures share: edges, colours, textures. The last ones hold what was special about the
# old classes. So the nearer to the input, the less should a block move (*discriminative learning rates*).
#
# Write `rates_by_block(blocks, frozen, head_rate, decay)`.
#
# - `blocks`: the number of blocks, not counting the head; `frozen`: how many of them, from the input on, are frozen
# - `head_rate`: the rate of the head; `decay`: above 0, at most 1
# - returns: a list of `blocks + 1` rates, from the first block to the head. The head has `head_rate`. Going towards the
#   input, each block has `decay` times the rate of the one behind it. Frozen blocks have the rate 0.
#
# Example: `rates_by_block(3, 1, 0.8, 0.5)` gives `[0, 0.2, 0.4, 0.8]`.


# %% question="rates"
def rates_by_block(blocks, frozen, head_rate, decay):
    """Return the learning rates of all blocks, from the input to the head."""
    ### BEGIN SOLUTION
    rates = [head_rate * decay ** (blocks - block) for block in range(blocks + 1)]
    return [0.0] * frozen + rates[frozen:]
    ### END SOLUTION


# %%
names = [*split_points(model), "head"]
for decay in (1.0, 0.5, 0.2):
    rates = rates_by_block(len(names) - 1, 1, 1e-3, decay)
    if rates is not None:
        print(f"decay {decay}: " + "   ".join(f"{name} {rate:.6f}" for name, rate in zip(names, rates)))

# %% [markdown]
# In a real run each rate goes to the weights of its block: `cifar_teach.train.fit(..., layer_rates=...)` does that.
# (Only multiplying the *gradients* would do nothing for Adam: it divides every gradient by its usual size.)
#
# ## 7 · Warm up, then slow down
#
# A rate should also change during the run. The optimiser begins without any experience of the gradients, so the first
# steps should be small: the **warm-up**. At the end small steps let the weights settle. Half a cosine goes down
# smoothly.
#
# Write `rate_at(step, total, peak, warmup)`.
#
# - `step`: a whole number from 0 to `total - 1`; `warmup`: how many steps warm up, 0 or more, fewer than `total`
# - while `step < warmup`: up in equal steps. The first rate, at step 0, is `peak / warmup`; the rate at step `warmup -
#   1` is `peak`.
# - from then on: `peak` · (1 + cos(π · s)) / 2, where s is the share of the **remaining** way that has passed: 0 at
#   step `warmup`, and it would be 1 at step `total`.
# - returns: the rate at this step, a number
#
# Example: `rate_at(step, 8, 1.0, 4)` gives 0.25, 0.5, 0.75, 1, 1, 0.854, 0.5, 0.146 for the steps 0 to 7.


# %% question="schedule"
def rate_at(step, total, peak, warmup):
    """Return the learning rate at a step: up in equal steps, then down along half a cosine."""
    ### BEGIN SOLUTION
    if step < warmup:
        return peak * (step + 1) / warmup
    share = (step - warmup) / (total - warmup)
    return peak * (1 + np.cos(np.pi * share)) / 2
    ### END SOLUTION


# %%
figure = not_yet
if rate_at(0, 80, 5e-4, 8) is not None:
    figure = plots.learning_rate_schedule([rate_at(step, 80, 5e-4, 8) for step in range(80)])
figure

# %% [markdown]
# ## 8 · Average the weights
#
# Batches differ, so the weights zigzag around a good place. An average over the last steps lies nearer to it than a
# single step usually does. It costs no training, only the memory for a second set of weights.
#
# Write `update_average(average, weights, decay)`, which is called after each step.
#
# - `weights`: a list of arrays of various shapes, as `model.get_weights()` returns it
# - `average`: the average so far, a list of arrays of the same shapes; or None at the first call
# - `decay`: 0 to 1
# - returns: the new average, a list of **new** arrays: `decay` · old average + (1 − `decay`) · weights. At the first
#   call it is a copy of the weights. What happens to `weights` later must not change it.
#
# Example: `update_average([np.array([10.0])], [np.array([20.0])], 0.9)` gives `[array([11.])]`. You have met this
# formula before.


# %% question="average"
def update_average(average, weights, decay):
    """Return the running average of the weights after one more step, as new arrays."""
    ### BEGIN SOLUTION
    if average is None:
        return [array.copy() for array in weights]
    return [decay * old + (1 - decay) * new for old, new in zip(average, weights)]
    ### END SOLUTION


# %% [markdown]
# A small experiment, without any pictures. The best place is the point (0, 0). In each step the gradient points there,
# but with noise. How far away is the walker, how far is the average?

# %%
print("mean distance over the last 200 steps:  last step   average")
for decay in (0.5, 0.9, 0.99):
    rng, place, average, distances = np.random.default_rng(0), [np.array([2.0, 2.0])], None, []
    for step in range(400):
        place = [place[0] - 0.1 * (place[0] + rng.normal(0, 2, 2))]
        average = update_average(average, place, decay)
        if average is not None and step >= 200:
            distances.append([np.linalg.norm(place[0]), np.linalg.norm(average[0])])
    if distances:
        walker, mean = np.mean(distances, axis=0)
        print(f"{f'decay {decay}':>36} {walker:12.2f} {mean:9.2f}")

# %% [markdown]
# A larger decay averages more steps, about 1 / (1 − `decay`) of them. It also remembers the beginning longer: with 0.99
# the first hundred steps would still be in it. *All* weights are averaged, the statistics of batch normalisation too.
# Here these are frozen, so nothing happens to them. Where they move, their average fits the averaged weights only
# roughly, and it is safer to measure them anew on training pictures.
#
# ## 9 · Before you run it: three runs
#
# All is ready. Three runs train what lies behind `block2`, for 4 epochs on 800 pictures and their mirror images. They
# use your functions: batch normalisation frozen, the trunk run once, a warm-up and a cosine.
#
# | run | head at the start | peak rate (Adam) |
# |---|---|---|
# | 1 | fitted to the frozen features | 0.0005 |
# | 2 | **fresh**: small random weights | 0.0005 |
# | 3 | fitted to the frozen features | **0.03**, sixty times as much |
#
# **Run 2, after its first epoch.** Its validation accuracy is …
#
# - **a** – higher than that of run 1: it has no old head to unlearn.
# - **b** – lower than that of run 1, and lower than that of the frozen backbone with its fitted head.
# - **c** – about that of run 1: the pretrained blocks are the same, and a head is learned quickly.
# - **d** – that of guessing.
#
# **Run 3, after its last epoch.** Its validation accuracy is …
#
# - **a** – the highest of the three: larger steps get further in the same number of epochs.
# - **b** – about that of run 1: it starts badly, but the schedule brings the rate down to nearly zero in the end.
# - **c** – about that of the frozen backbone: with batch normalisation frozen, nothing can break.
# - **d** – far below that of the frozen backbone.
#
# Decide before you run the cell below. Each answer counts for half of the points.

# %% question="predict_runs"
prediction_fresh = None  # "a", "b", "c" or "d"
prediction_large = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
prediction_fresh = "b"
prediction_large = "d"
### END SOLUTION

# %% [markdown]
# This is the longest cell: it trains three times. Read the function before you run it. Every step in it is one that you
# have written or seen.


# %%
def fine_tune(peak, fresh_head=False, epochs=4, decay=0.9):
    """Train what lies behind block2; return a row for each epoch, and the averaged weights of the whole network."""
    rng = np.random.default_rng(0)
    model.set_weights(pretrained)
    if fresh_head:
        kernel, bias = model.get_layer("head").get_weights()
        model.get_layer("head").set_weights([rng.normal(0, 0.05, kernel.shape), 0 * bias])
    unfreeze_after(model, "block2")
    tail = keras.Model(model.get_layer("block2").output, model.output)  # shares its layers with the network
    adam = keras.optimizers.Adam(peak)
    tail.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    count, size = len(train_images), 50
    total = epochs * (count // size)
    rows, average, step = [], None, 0

    def train_epoch(activations):
        nonlocal average, step
        batches = []
        for batch in rng.permutation(count)[: count // size * size].reshape(-1, size):
            adam.learning_rate = rate_at(step, total, peak, warmup=total // 10)
            chosen = batch + count * rng.integers(0, 2, size)  # the picture or its mirror image
            tail.reset_metrics()  # each batch is measured by itself
            batches.append(tail.train_on_batch(activations[chosen], train_labels[batch]))
            average = update_average(average, tail.get_weights(), decay)
            step += 1
        names = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
        measured = (*np.mean(batches, axis=0), *loss_and_accuracy(run(tail, val_activations), val_labels))
        rows.append(dict(zip(names, (len(rows) + 1, *map(float, measured)))))
        return rows[-1]["loss"]

    pictures = np.concatenate([train_images, train_images[:, :, ::-1]])
    train_tail((lambda images: run(trunk_model, images),), train_epoch, pictures, epochs)
    tail.set_weights(average)
    return rows, model.get_weights()


parts = (unfreeze_after(model, "block2"), rate_at(0, 8, 1.0, 4), update_average(None, [np.ones(1)], 0.9))
parts += (train_tail((), lambda activations: 1.0, val_images[:1], 1),)
figure, tuned = not_yet, None
if not any(part is None for part in parts):
    model.set_weights(pretrained)
    loss, right = loss_and_accuracy(run(model, train_images), train_labels)
    bar = {"loss": loss, "accuracy": right, "val_loss": frozen_loss, "val_accuracy": frozen_accuracy}
    runs = {"frozen": [{"epoch": epoch, **bar} for epoch in range(1, 5)]}
    runs["1: fitted head"], tuned = fine_tune(5e-4)
    runs["2: fresh head"], _ = fine_tune(5e-4, fresh_head=True)
    runs["3: large rate"], _ = fine_tune(0.03)
    print("validation accuracy    first epoch   last epoch")
    for name, rows in runs.items():
        print(f"{name:22} {rows[0]['val_accuracy']:11.1%} {rows[-1]['val_accuracy']:12.1%}")
    model.set_weights(tuned)
    print(f"run 1, averaged weights            {loss_and_accuracy(run(model, val_images), val_labels)[1]:12.1%}")
    figure = plots.learning_curves({name: runs[name] for name in list(runs)[:3]}, footer=source)
figure

# %% [markdown]
# Run 3 gets a figure of its own, because its loss is of another size. Look at the numbers on the axes.

# %%
if tuned is not None:
    figure = plots.learning_curves({name: runs[name] for name in ("frozen", "3: large rate")}, footer=source)
figure

# %% [markdown]
# The validation pictures have been looked at several times by now. So the last word belongs to the test pictures, which
# nothing has seen: **one** look, for the two candidates. The interval says where the true accuracy may well lie.

# %%
if tuned is not None:
    answers = {}
    for name, weights in {"frozen backbone": pretrained, "run 1, averaged": tuned}.items():
        model.set_weights(weights)
        answers[name] = run(model, data.test.images).argmax(axis=1) == data.test.labels
        low, high = wilson_interval(int(answers[name].sum()), len(data.test.labels))
        print(f"{name:16} test accuracy {answers[name].mean():.1%} (95 % interval {low:.1%} to {high:.1%})")
    before, after = answers.values()
    print(f"newly right: {np.sum(after & ~before)} pictures, newly wrong: {np.sum(before & ~after)}")

# %% [markdown]
# ## 10 · What did fine-tuning buy?
#
# Look at the two figures, the table and the last look at the test pictures. Write about 150 words, with the numbers
# you see.
#
# 1. Run 1 against the frozen backbone: what was gained? Is it more than the uncertainty? The last line helps: if both
#    were equally good, about as many pictures should become right as become wrong.
# 2. Run 3: what happened in the first epoch? Why does the low rate at the end not repair it?
# 3. Run 2: how far behind is it after the first epoch, and how far at the end? Does this one experiment prove that the
#    head must always be fitted first?
# 4. Is there overfitting in any run? What would you try next, and what would the curves show if it helped?

# %% [markdown] question="reflect"
# ### BEGIN SOLUTION
# (The numbers depend on the pictures and on the computer; yours will differ. What counts is that they are quoted and
# used.)
#
# Run 1 ends a few points above the frozen backbone on the validation pictures, and on the test pictures as well. The
# two intervals on the test pictures overlap, as each is several points wide. But the same pictures were asked twice, so
# the last line says more: clearly more became right than wrong, or, where the two counts are close, the gain is not
# proven.
#
# In run 3 the accuracy falls far below the frozen backbone in the very first epoch, and the loss jumps. Adam moves
# every weight by about the rate in each step, and 0.03 is more than half of a typical weight. After a few steps the
# pretrained weights are gone. A low rate later only means small steps from where the network is now. Nothing remembers
# the old place, and 800 pictures are too few to learn it all again.
#
# Run 2 is far behind after one epoch, because its head knows nothing, and the block was changed to suit that head. It
# catches up a good part later. One run with one seed shows that the fitted head saves time. It does not show that it is
# better in the end: for that I would train longer and repeat it with other seeds.
#
# In run 1 the training accuracy runs ahead of the validation accuracy: overfitting, but the validation loss has not
# risen much yet. Next I would store more variants of each picture (shifted ones). If that helped, the training accuracy
# would rise more slowly and the validation loss would end lower.
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# - [ ] say which statistics a batch normalisation uses in which mode, and how the stored ones move
# - [ ] tell `trainable` from `training`, and name the one layer of Keras where they meet
# - [ ] find the clean cuts of a network with residual connections
# - [ ] unfreeze whole blocks from any state, and keep batch normalisation frozen
# - [ ] run the frozen part once, and say what is given up for it
# - [ ] give smaller rates to blocks nearer to the input
# - [ ] write a schedule with a warm-up and a cosine, and check it by drawing it
# - [ ] average the weights of a run without sharing memory with them
# - [ ] tell a rate that is too large from overfitting, and a gain from chance
#
# The package does all of this for whole networks, with a progress bar and runs that can be resumed:
# `cifar_teach.train.fine_tune`.
