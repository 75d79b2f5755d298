# %% [markdown]
# # A baseline CNN
#
# A convolutional network is a short list of simple steps. When you can do each step by hand, a network is no longer a
# black box: you know what comes out of every layer, what it costs, and where to look when training goes wrong.
#
# **Goal.** You build a small CNN from a table, know its sizes and parameter counts before Keras tells you, and read its
# training curves.
#
# **At the end you can**
#
# - compute one filter by hand, the size of its output, its parameters, and how many pixels it sees;
# - build a network from a table and prove that it is the one you meant;
# - match the loss to the labels and to the last layer;
# - test a training loop on 16 images, and say what that test does *not* show;
# - tell overfitting, underfitting and a learning rate that is too high apart, and stop at the right epoch.
#
# Chapter 03 explains the ideas. After each question run the cell with `check(…)`. `hint("ex03.convolve")` helps a
# little; call it again and it helps more.

# %% tags=["setup"]

# %%
import keras
import numpy as np

from cifar_teach import plots

# %% [markdown]
# ## 1 · One filter, by hand
#
# A filter is a small box of numbers. It is laid on the top left corner of the image. Every number of the box is
# multiplied by the pixel value under it, all products are added, the bias is added: that gives **one** number. Then the
# box moves one pixel to the right, and at the end of the row one pixel down. It never leaves the image.
#
# The box is as deep as the image: it reaches through all channels at once.
#
# Write `convolve(image, kernel, bias=0.0)`.
#
# - `image`: `(height, width, channels)`, uint8 or float
# - `kernel`: float `(kernel_height, kernel_width, channels)`, not always square
# - returns: float `(height - kernel_height + 1, width - kernel_width + 1)`
#
# Example: an image of ones, `(4, 5, 3)`, and a kernel of ones, `(2, 2, 3)`, give twelves, `(3, 4)`.
#
# In mathematics a convolution turns the kernel by 180° first. Networks do not: their kernels are learned, so turning
# them would change nothing. Loops are fine here.


# %% question="convolve"
def convolve(image, kernel, bias=0.0):
    """Return the output of one filter with stride 1 and without padding."""
    ### BEGIN SOLUTION
    rows, columns = kernel.shape[:2]
    result = np.zeros((image.shape[0] - rows + 1, image.shape[1] - columns + 1))
    for row in range(result.shape[0]):
        for column in range(result.shape[1]):
            window = image[row : row + rows, column : column + columns]
            result[row, column] = np.sum(window * kernel) + bias
    return result
    ### END SOLUTION


# %% [markdown]
# What does a filter see? This one subtracts the pixel on the left from the pixel on the right. Where the picture is
# even, it answers 0 (grey). At an upright edge it answers with a large number, positive (white) or negative (black).

# %%
edge_filter = np.repeat(np.array([[-1.0, 0.0, 1.0]] * 3)[:, :, None], 3, axis=2)
pictures = data.train.images[:6]
maps = [convolve(picture, edge_filter) for picture in pictures]
if maps[0] is not None:
    shown = [np.clip(128 + each / 8, 0, 255)[:, :, None].repeat(3, axis=2).astype(np.uint8) for each in maps]
    cropped = list(pictures[:, 1:-1, 1:-1])  # the output is two pixels smaller
    figure = plots.image_grid(
        np.stack(cropped + shown), columns=6, title="Pictures and upright edges", footer=data.provenance.describe()
    )
else:
    figure = "Write convolve first."
figure

# %% [markdown]
# A layer `Conv2D(4, 3)` holds four such filters. Its kernel has the shape `(height, width, channels, filters)`. Compare
# your loop with Keras:

# %%
layer = keras.layers.Conv2D(4, 3, bias_initializer="random_normal")
pixels = data.train.images[:1].astype(np.float32)
by_keras = keras.ops.convert_to_numpy(layer(pixels))[0]
kernels, biases = layer.get_weights()
print("kernel", kernels.shape, "bias", biases.shape, "output", by_keras.shape)
for number in range(4):
    by_hand = convolve(pixels[0], kernels[:, :, :, number], biases[number])
    if by_hand is not None:
        print(f"filter {number}: largest difference to Keras {np.abs(by_hand - by_keras[:, :, number]).max():.5f}")

# %% [markdown]
# ## 2 · How large is the output?
#
# Three settings decide it, for height and width alike. The **kernel** is that many pixels wide. The **stride** says how
# many pixels it moves at a time. The **padding** is one of two:
#
# - `"valid"`: the kernel never leaves the image. Pixels at the end that it cannot reach with a full step are left out.
# - `"same"`: the image gets a border of zeros. With stride 1 the output is as large as the image. With stride `s` there
#   is one output for every `s` pixels begun: 7 pixels with stride 2 give 4.
#
# Pooling layers follow the same rules for the size. (Their border does not count as zeros: it is left out.)
#
# Write `output_size(size, kernel, stride=1, padding="valid")`.
#
# - `size`, `kernel`, `stride`: whole numbers; the kernel fits into the image
# - returns: the size of the output, a whole number
#
# Examples: `output_size(32, 5)` is 28; `output_size(7, 2, stride=2)` is 3.


# %% question="output_size"
def output_size(size, kernel, stride=1, padding="valid"):
    """Return the height (or width) that a convolution or pooling makes of ``size`` pixels."""
    ### BEGIN SOLUTION
    if padding == "same":
        return (size + stride - 1) // stride
    return (size - kernel) // stride + 1
    ### END SOLUTION


# %% [markdown]
# Here is the way through the network that you will build below.

# %%
size = 32
for name, kernel, stride, padding in [
    ("Conv2D 3×3, same", 3, 1, "same"),
    ("MaxPooling2D 2", 2, 2, "valid"),
    ("Conv2D 3×3, valid", 3, 1, "valid"),
    ("MaxPooling2D 2", 2, 2, "valid"),
]:
    before, size = size, output_size(size, kernel, stride, padding)
    if size is None:
        break
    print(f"{name:<18} {before:>2} → {size:>2}")

# %% [markdown]
# ## 3 · How far does it see?
#
# A number deep in the network depends on a whole patch of the input: its **receptive field**. After one 3×3 convolution
# the patch is 3 pixels wide. A second one looks at 3 neighbouring numbers, and each of those saw 3 pixels: together 5.
#
# A stride makes later layers see more: after a pooling with stride 2, neighbouring numbers are 2 input pixels apart, so
# each further step reaches twice as far. The stride of a layer acts on the layers *behind* it, not on itself.
#
# Write `receptive_field(layers)`.
#
# - `layers`: a list of `(kernel, stride)`, from the input to the output
# - returns: the width of the patch in input pixels, a whole number. Without any layer a number sees 1 pixel: itself.
#
# Examples: `receptive_field([(3, 1), (3, 1)])` is 5; `receptive_field([(2, 2), (3, 1)])` is 6.


# %% question="receptive_field"
def receptive_field(layers):
    """Return how many input pixels wide the patch is that one output number depends on."""
    ### BEGIN SOLUTION
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field
    ### END SOLUTION


# %% [markdown]
# An object often fills most of a 32×32 picture. How much of it does each layer of our network see? And why are three
# 3×3 convolutions preferred to one 7×7? Count the weights for one input and one output channel.

# %%
stack = [(3, 1), (2, 2), (3, 1), (2, 2)]
if receptive_field(stack) is not None:
    print("after each layer of the network:", [receptive_field(stack[:depth]) for depth in range(1, 5)], "pixels")
    print("three 3×3:", receptive_field([(3, 1)] * 3), "pixels wide with", 3 * 3 * 3, "weights")
    print("one 7×7  :", receptive_field([(7, 1)]), "pixels wide with", 7 * 7, "weights")

# %% [markdown]
# ## 4 · Count the parameters
#
# A parameter is a number that belongs to the network. Count before you build: it tells you the size of the file, and
# it finds most mistakes in a network at once.
#
# Write three functions.
#
# - `conv_parameters(kernel_size, channels_in, filters, use_bias=True)`: `kernel_size` is `(height, width)`. Each filter
#   reaches through all input channels; each filter has one bias, unless `use_bias=False`.
# - `dense_parameters(inputs, units)`: every unit is connected to every input and has a bias.
# - `batchnorm_parameters(channels)`: a batch normalisation has a scale and a shift for each channel, which are trained,
#   and a running mean and a running variance for each channel, which are measured. It returns
#   `(trainable, not_trainable)`.
#
# Examples: `conv_parameters((5, 5), 1, 6)` is 156; `dense_parameters(4, 3)` is 15.


# %% question="parameters"
def conv_parameters(kernel_size, channels_in, filters, use_bias=True):
    """Return the number of parameters of a convolution."""
    ### BEGIN SOLUTION
    height, width = kernel_size
    weights = height * width * channels_in * filters
    return weights + filters if use_bias else weights
    ### END SOLUTION


def dense_parameters(inputs, units):
    """Return the number of parameters of a dense layer with biases."""
    ### BEGIN SOLUTION
    return (inputs + 1) * units
    ### END SOLUTION


def batchnorm_parameters(channels):
    """Return how many parameters of a batch normalisation are trained, and how many are not."""
    ### BEGIN SOLUTION
    return 2 * channels, 2 * channels
    ### END SOLUTION


# %% [markdown]
# **Guess first.** Here is the network for pictures of 32×32 and for pictures of 64×64, twice as wide and high. Which of
# its layers get more parameters? Write your guess down, then run the cell.


# %%
def count_by_hand(picture_size):
    """Return the parameters of each layer of the network below, for square pictures of this size."""
    side = (picture_size // 2 - 2) // 2
    return {
        "Conv2D 16": conv_parameters((3, 3), 3, 16),
        "Conv2D 32": conv_parameters((3, 3), 16, 32),
        "Dense 64": dense_parameters(side * side * 32, 64),
        "Dense 10": dense_parameters(64, 10),
    }


small, large = count_by_hand(32), count_by_hand(64)
if None not in small.values():
    for name in small:
        print(f"{name:<10} {small[name]:>8,} {large[name]:>10,}")
    print(f"{'all':<10} {sum(small.values()):>8,} {sum(large.values()):>10,}")
    print(f"share of Dense 64: {small['Dense 64'] / sum(small.values()):.0%}")

# %% [markdown]
# A filter is used at every place of the picture, so its parameters do not depend on the picture's size. The dense layer
# behind `Flatten` has a weight for every place. Most small networks hold nearly all their parameters there.
#
# ## 5 · Build a network from a table
#
# | layer | settings |
# |---|---|
# | Rescaling | pixels 0–255 become 0–1 |
# | Conv2D | 16 filters, 3×3, padding `"same"`, ReLU |
# | MaxPooling2D | 2 |
# | Conv2D | 32 filters, 3×3, padding `"valid"`, ReLU |
# | MaxPooling2D | 2 |
# | Flatten | |
# | Dense | 64 units, ReLU |
# | Dropout | 0.5 |
# | Dense | one unit for each class, softmax |
#
# Write `build_cnn(num_classes, input_shape=(32, 32, 3))`.
#
# - `num_classes`: how many classes there are, not always 10
# - `input_shape`: `(height, width, channels)`, not always square
# - returns: a Keras model, not compiled. It takes raw pixel values 0–255 as float32, `(n, height, width, channels)`,
#   and gives probabilities, `(n, num_classes)`: every row sums to 1.
#
# `keras.Sequential`, the functional style and a class of your own are all fine. The layers are in `keras.layers`. The
# scaling is a part of the network, so nobody can forget it later.


# %% question="build_cnn"
def build_cnn(num_classes, input_shape=(32, 32, 3)):
    """Return the network of the table, untrained."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(num_classes, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% [markdown]
# Two quick tests that you can make with any new network. First: does Keras count what you counted by hand? Second: a
# network that knows nothing should give each of ten classes about 1/10. Its loss is then about ln 10 = 2.30. A loss far
# above that, before training, is a warning.

# %%
num_classes = len(data.class_names)
keras.utils.set_random_seed(0)
model = build_cnn(num_classes)
if model is not None:
    probabilities = keras.ops.convert_to_numpy(model(data.train.images[:200].astype(np.float32)))
    own = probabilities[np.arange(200), data.train.labels[:200]]
    print("parameters, Keras  :", f"{model.count_params():,}")
    if None not in small.values():
        print("parameters, by hand:", f"{sum(small.values()):,}")
    print(f"loss before training: {-np.log(own).mean():.2f}, ln {num_classes} = {np.log(num_classes):.2f}")

# %% [markdown]
# ## 6 · A loss that fits
#
# The cross-entropy exists in several forms. Two things decide which one is right.
#
# - **The labels.** Class numbers `(n,)` need the *sparse* form; one-hot rows `(n, classes)` need the other.
# - **The last layer.** With softmax the network gives probabilities. Without it, it gives any numbers, called *logits*,
#   and the loss has to apply the softmax: `from_logits=True`.
#
# The dangerous thing about the second: a wrong setting raises no error.
#
# Write `choose_loss(one_hot, softmax)`.
#
# - `one_hot`: True when the labels are one-hot rows, False when they are class numbers
# - `softmax`: True when the network ends with softmax, False when it gives logits
# - returns: a loss that `model.compile(loss=…)` takes, such as an object from `keras.losses`


# %% question="choose_loss"
def choose_loss(one_hot, softmax):
    """Return the cross-entropy that fits the labels and the last layer."""
    ### BEGIN SOLUTION
    if one_hot:
        return keras.losses.CategoricalCrossentropy(from_logits=not softmax)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=not softmax)
    ### END SOLUTION


# %% [markdown]
# What does the wrong setting do? Below is an answer that is right and almost sure. Its loss must be near 0. Every row
# computes the loss of the same answer, once with the loss that fits and once with the other one.

# %%
label = np.array([0])
logits = np.array([[12.0] + [3.0] * 9], np.float32)
sure = np.exp(logits) / np.exp(logits).sum()
if choose_loss(one_hot=False, softmax=True) is not None:
    for name, answer, softmax in [("probabilities", sure, True), ("logits", logits, False)]:
        right = choose_loss(one_hot=False, softmax=softmax)
        wrong = choose_loss(one_hot=False, softmax=not softmax)
        right, wrong = (float(keras.losses.get(each)(label, answer)) for each in (right, wrong))
        print(f"{name:<13}  fitting loss {right:6.3f}   other loss {wrong:6.3f}")

# %% [markdown]
# Probabilities that go through a second softmax become almost equal, because they all lie between 0 and 1. With ten
# classes this loss never falls below 1.46, however good the probabilities are. When you train, Keras with TensorFlow
# notices a softmax at the end of the network: it prints a warning and takes the numbers before the softmax. Do not rely
# on that. Other backends, and probabilities handed over as an array as here, get the second softmax in silence.
#
# In the other row no softmax is applied at all. Numbers that are no probabilities are cut to the range from 0 to 1: the
# 12 of the right class and the 3 of each wrong one all become 1. The sure answer counts as a pure guess, and since a
# number that was cut off has no gradient, training cannot improve it.
#
# ## 7 · Overfit 16 images
#
# Before a long training, make a short one: 16 images, again and again. A network that cannot learn even those by heart
# has a fault: labels in the wrong order, the wrong loss, a learning rate that is far off.
#
# Write `overfit(model, images, labels, epochs)`.
#
# - `model`: a Keras model that ends with softmax and scales its pixels itself, not compiled
# - `images`: float32 `(16, height, width, 3)`, values 0–255; `labels`: class numbers, int `(16,)`
# - what it does: compile this model and train it on all 16 images for `epochs` epochs, so that at the end it is right
#   for all of them. The check gives 10 epochs, and asks for more than 95 % in the record of the last one, too.
# - returns: a list with the training accuracy of each epoch, values 0 to 1
#
# The learning rate is yours to choose. Ten times too small, and 10 epochs are not enough; far too large and nothing is
# learned. Adam is a good optimizer to begin with. `verbose=0` keeps `fit` quiet.


# %% question="overfit"
def overfit(model, images, labels, epochs):
    """Train the model on these few images; return the accuracy of each epoch."""
    ### BEGIN SOLUTION
    optimizer = keras.optimizers.Adam(0.003)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(images, labels, epochs=epochs, verbose=0).history["accuracy"]
    ### END SOLUTION


# %% [markdown]
# Now your network. Dropout switches half of its units off while it trains, so learning by heart takes longer: 60
# epochs. Then the same again with **random labels**: every picture gets a class by lot.
#
# **Guess first.** A cat may now be called a ship. What will the accuracy on these 16 pictures be?

# %%
few = data.train.images[:16].astype(np.float32)
few_labels = data.train.labels[:16]
random_labels = np.random.default_rng(0).integers(0, num_classes, 16)
others, other_labels = data.test.images.astype(np.float32), data.test.labels
for name, its_labels in [("true labels", few_labels), ("random labels", random_labels)]:
    keras.utils.set_random_seed(0)
    model = build_cnn(num_classes)
    accuracies = overfit(model, few, its_labels, epochs=60) if model is not None else None
    if accuracies is not None:
        known = np.mean(keras.ops.argmax(model(few), axis=1) == its_labels)
        new = np.mean(keras.ops.argmax(model(others), axis=1) == other_labels)
        print(f"{name:<13}  right on the 16 pictures: {known:.0%}   right on {len(others)} other pictures: {new:.0%}")

# %% [markdown]
# **The misconception:** "100 % on the training images means that the network has learned to see." With random labels
# there is nothing to see, and it learns them as well. The test on 16 images shows that the *parts are connected*:
# pixels, labels, loss, optimizer. It says nothing about new pictures. Only images that were kept apart do.
#
# ## Three runs, twelve epochs each
#
# Three records of training follow. They are sketched, not measured, so that each shows one thing. Dashed is training,
# solid is validation. The figure stops at epoch 12.

# %%
knots = [1, 4, 8, 12, 30]
noise = np.random.default_rng(3)


def record(loss, val_loss, accuracy, val_accuracy, jumps):
    """Return the rows of a training record: lines between the knots, with jumps."""
    epochs = np.arange(1, 31)
    columns = {"epoch": epochs}
    for name, values, scale in [
        ("loss", loss, jumps),
        ("val_loss", val_loss, jumps),
        ("accuracy", accuracy, jumps / 5),
        ("val_accuracy", val_accuracy, jumps / 5),
    ]:
        columns[name] = np.clip(np.interp(epochs, knots, values) + noise.normal(0, scale, 30), 0.02, None)
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


runs = [
    record(
        loss=[2.2, 2.0, 1.93, 1.92, 1.91],
        val_loss=[2.2, 2.02, 1.95, 1.94, 1.93],
        accuracy=[0.18, 0.26, 0.29, 0.29, 0.3],
        val_accuracy=[0.18, 0.25, 0.28, 0.29, 0.29],
        jumps=0.012,
    ),
    record(
        loss=[3.4, 2.6, 2.7, 2.6, 2.6],
        val_loss=[3.2, 2.8, 2.7, 2.8, 2.7],
        accuracy=[0.12, 0.14, 0.13, 0.15, 0.14],
        val_accuracy=[0.13, 0.12, 0.15, 0.13, 0.14],
        jumps=0.3,
    ),
    record(
        loss=[2.0, 1.2, 0.6, 0.25, 0.04],
        val_loss=[1.8, 1.35, 1.4, 1.75, 2.9],
        accuracy=[0.3, 0.58, 0.8, 0.93, 0.99],
        val_accuracy=[0.36, 0.52, 0.54, 0.53, 0.53],
        jumps=0.02,
    ),
]


def draw_runs(last):
    """Return a figure of the three runs up to the epoch ``last``."""
    figure, panels = plots.panels(3, 2, height=8.5)
    for number, (rows, pair) in enumerate(zip(runs, panels), start=1):
        plots.learning_curves(rows[:last], axes=pair)
        pair[0].set_title(f"Run {number}: loss", loc="left")
        pair[1].set_title(f"Run {number}: accuracy", loc="left")
        pair[1].set_ylim(0, 1)
    return figure


draw_runs(12)

# %% [markdown]
# ## 8 · Read learning curves
#
# For each run choose what it shows:
#
# - **"a"** overfitting: it gets better and better on its training images, and no better on others
# - **"b"** underfitting: it cannot even fit its training images, and has nearly stopped learning
# - **"c"** the learning rate is too high: every step overshoots
# - **"d"** all is well: training and validation still improve together; go on
#
# Decide **before** you run the cell that goes on to epoch 30. All three answers must be right for the points.

# %% question="curves"
diagnosis_1 = None  # "a", "b", "c" or "d"
diagnosis_2 = None
diagnosis_3 = None
### BEGIN SOLUTION
diagnosis_1 = "b"
diagnosis_2 = "c"
diagnosis_3 = "a"
### END SOLUTION

# %% [markdown]
# Now let the runs go on. Does each go on as you thought?

# %%
draw_runs(30)

# %% [markdown]
# ## 9 · Stop in time
#
# **Early stopping** watches the validation loss. Training goes on as long as it finds a new lowest value now and then,
# and ends when it has found none for `patience` epochs in a row. The weights of the best epoch are then put back.
#
# Write `best_epoch(val_losses, patience)` in plain Python.
#
# - `val_losses`: a list with the validation loss of each epoch, as far as one *could* train; `patience`: 1 or more
# - returns: `(best, last)`. `best` is the epoch whose weights are kept; `last` is the last epoch that is trained.
#   Epochs count from 1.
# - A value equal to the lowest so far is no improvement. If the list ends before the patience does, `last` is the end.
#
# Example: `best_epoch([1.0, 0.8, 0.9, 0.85, 0.7], patience=2)` is `(2, 4)`. Training never gets to see the 0.7.


# %% question="best_epoch"
def best_epoch(val_losses, patience):
    """Return the epoch that early stopping keeps, and the last one that it trains."""
    ### BEGIN SOLUTION
    best = 1
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < val_losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return best, epoch
    return best, len(val_losses)
    ### END SOLUTION


# %%
for patience in (2, 5, 10):
    stopped = best_epoch([row["val_loss"] for row in runs[2]], patience)
    if stopped is not None:
        print(f"run 3, patience {patience:>2}: keep epoch {stopped[0]}, stop after epoch {stopped[1]} of 30")

# %% [markdown]
# ## Your own curves
#
# Now for real: your network is trained twice, for 10 epochs. Once on 300 pictures, once on 1,500. For a fair comparison
# both make equally many steps: an epoch of the small run shows each of its pictures five times. Both are validated on
# the same 500 pictures, which neither has trained on. (The test images stay out of it: what you choose by looking at
# curves must not be chosen on them.)

# %%
validation = (data.train.images[1500:2000].astype(np.float32), data.train.labels[1500:2000])
own_runs = {}
for count in (300, 1500):
    keras.utils.set_random_seed(1)
    model = build_cnn(num_classes)
    if model is None:
        break
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    chosen = np.tile(np.arange(count), 1500 // count)
    images, labels = data.train.images[chosen].astype(np.float32), data.train.labels[chosen]
    history = model.fit(images, labels, batch_size=50, epochs=10, validation_data=validation, verbose=0).history
    own_runs[f"{count:,} pictures"] = [
        {"epoch": epoch, **dict(zip(history, values))} for epoch, values in enumerate(zip(*history.values()), start=1)
    ]
for name, rows in own_runs.items():
    lowest = min(rows, key=lambda row: row["val_loss"])
    print(
        f"{name:>14}: lowest validation loss {lowest['val_loss']:.2f} in epoch {lowest['epoch']}; at the end "
        f"training {rows[-1]['accuracy']:.0%}, validation {rows[-1]['val_accuracy']:.0%}"
    )
    stopped = best_epoch([row["val_loss"] for row in rows], patience=3)
    if stopped is not None:
        print(f"{'':>16}early stopping with patience 3: keep epoch {stopped[0]}, stop after epoch {stopped[1]}")
plots.learning_curves(own_runs, footer=data.provenance.describe()) if own_runs else "Write build_cnn first."

# %% [markdown]
# ## 10 · What do your curves show?
#
# Interpret this figure in about 150 words.
#
# 1. What does each run show, and how do the two differ? Quote at least three numbers from the figure or the text above
#    it.
# 2. Is there overfitting in either run, and since about which epoch? Say what you read it from.
# 3. Name one change that you would try next and what the curves would look like if it helped.
# 4. How sure are you? The validation accuracy comes from 500 pictures and from one training each.
#
# One thing to keep in mind: the training accuracy is measured while dropout is on and while the weights still move, the
# validation accuracy at the end of the epoch and without dropout. Early on validation may be the better of the two.

# %% [markdown] question="interpret"
# ### BEGIN SOLUTION
# (The numbers depend on the pictures and on the computer; yours will differ. What counts is that they are quoted and
# used.)
#
# The run with 1,500 pictures ends with the lower validation loss and the higher validation accuracy. I quote both
# final accuracies of both runs and the epoch of the lowest validation loss. Both runs made equally many steps, so the
# difference comes from the pictures: the small run saw each of its own five times as often.
#
# The run with 300 pictures has the larger gap between training and validation. I read overfitting from the gap and
# from the validation loss: where the training loss keeps falling and the validation loss has stopped falling or rises,
# the network learns its pictures by heart. In the epochs before that, both fall together: no overfitting yet. A gap
# alone, with a validation loss that still falls, is no reason to stop.
#
# Next I would train on mirrored pictures as well (augmentation). If it helped, the training accuracy would rise more
# slowly, the gap would be smaller, and the validation loss would reach a lower value, later.
#
# With 500 pictures the standard error of an accuracy is about 2 points, so two or three points between two epochs mean
# nothing. A difference between the runs that is much larger than that is believable; to be sure I would repeat both
# with other seeds.
# ### END SOLUTION

# %% [markdown]
# ## Can you tick these?
#
# - I can say for every layer which shape comes out and how many parameters it has, before I run it.
# - I know why a convolution's parameters do not depend on the size of the picture, and a dense layer's do.
# - The scaling of the pixels is inside my network.
# - My loss fits the labels and the last layer. I know what the loss should be before training.
# - Before a long training I overfit 16 images, and I do not take that for a success.
# - I look at training and validation together before I change anything.
# - I keep the weights of the best epoch, chosen on validation images, never on test images.
#
# The package has networks and training ready: `cifar_teach.models` and `cifar_teach.train`. Its network `baseline` is a
# larger relative of yours.
