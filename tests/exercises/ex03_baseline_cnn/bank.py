"""Right and wrong answers to exercise 03, each wrong one from a misconception that students really have."""

from __future__ import annotations

from textwrap import dedent, indent

from tests.exercises.harness import Right, Wrong


def body(text: str) -> str:
    return indent(dedent(text).strip("\n"), "    ") + "\n"


def convolve(why: str, says: str, text: str, **more: object) -> Wrong:
    return Wrong("convolve", why, says, f"def convolve(image, kernel, bias=0.0):\n{body(text)}", **more)


def size(why: str, says: str, text: str, **more: object) -> Wrong:
    head = 'def output_size(size, kernel, stride=1, padding="valid"):\n'
    return Wrong("output_size", why, says, head + body(text), **more)


def field(why: str, says: str, text: str, **more: object) -> Wrong:
    return Wrong("receptive_field", why, says, f"def receptive_field(layers):\n{body(text)}", **more)


CONV = "(kernel_size[0] * kernel_size[1] * channels_in + int(use_bias)) * filters"
DENSE = "(inputs + 1) * units"
NORM = "2 * channels, 2 * channels"


def three(conv: str = CONV, dense: str = DENSE, norm: str = NORM) -> str:
    return (
        f"def conv_parameters(kernel_size, channels_in, filters, use_bias=True):\n    return {conv}\n"
        f"def dense_parameters(inputs, units):\n    return {dense}\n"
        f"def batchnorm_parameters(channels):\n    return {norm}\n"
    )


def parameters(why: str, says: str, partly: bool = True, **more: str) -> Wrong:
    return Wrong("parameters", why, says, three(**more), partly=partly)


TABLE = """\
keras.Input(input_shape)
keras.layers.Rescaling(1 / 255)
keras.layers.Conv2D(16, 3, padding="same", activation="relu")
keras.layers.MaxPooling2D(2)
keras.layers.Conv2D(32, 3, activation="relu")
keras.layers.MaxPooling2D(2)
keras.layers.Flatten()
keras.layers.Dense(64, activation="relu")
keras.layers.Dropout(0.5)
keras.layers.Dense(num_classes, activation="softmax")
"""


def network(*changes: tuple[str, str]) -> str:
    """Return the answer with the network of the table, in which these words are replaced."""
    table = TABLE
    for old, new in changes:
        assert old in table, old
        table = table.replace(old, new, 1)
    listed = indent(",\n".join(line for line in table.splitlines() if line), " " * 8)
    head = "def build_cnn(num_classes, input_shape=(32, 32, 3)):\n"
    return f"{head}    return keras.Sequential([\n{listed},\n    ])\n"


def cnn(why: str, says: str, *changes: tuple[str, str], partly: bool = True) -> Wrong:
    return Wrong("build_cnn", why, says, network(*changes), partly=partly)


def loss(why: str, says: str, text: str, **more: object) -> Wrong:
    return Wrong("choose_loss", why, says, f"def choose_loss(one_hot, softmax):\n{body(text)}", **more)


def overfit(why: str, says: str, text: str, **more: object) -> Wrong:
    return Wrong("overfit", why, says, f"def overfit(model, images, labels, epochs):\n{body(text)}", **more)


def train(rate: str = "keras.optimizers.Adam(0.003)", loss: str = "sparse_categorical_crossentropy") -> str:
    return f'model.compile({rate}, "{loss}", metrics=["accuracy"])\n'


FIT = "model.fit(images, labels, epochs=epochs, verbose=0)"


def curves(why: str, says: str, *letters: str, **more: object) -> Wrong:
    return Wrong("curves", why, says, diagnoses(*letters), **more)


def diagnoses(*letters: str) -> str:
    return "".join(f"diagnosis_{number} = {letter!r}\n" for number, letter in enumerate(letters, start=1))


def stop(why: str, says: str, text: str, **more: object) -> Wrong:
    return Wrong("best_epoch", why, says, f"def best_epoch(val_losses, patience):\n{body(text)}", **more)


def windows(inside: str, before: str = "", after: str = "return result") -> str:
    return f"""
rows, columns = kernel.shape[:2]
{before}
result = np.zeros((image.shape[0] - rows + 1, image.shape[1] - columns + 1))
for row in range(result.shape[0]):
    for column in range(result.shape[1]):
        window = image[row : row + rows, column : column + columns]
        result[row, column] = {inside}
{after}
"""


WRONG = [
    convolve("kernel turned as in mathematics", "turned around", windows("np.sum(window * kernel[::-1, ::-1]) + bias")),
    convolve(
        "kernel turned in all directions",
        "even its channels",
        windows("np.sum(window * kernel[::-1, ::-1, ::-1]) + bias"),
    ),
    convolve(
        "channels kept apart",
        "what happens to the channels",
        """
        rows, columns = kernel.shape[:2]
        shape = (image.shape[0] - rows + 1, image.shape[1] - columns + 1, image.shape[2])
        result = np.zeros(shape)
        for row in range(shape[0]):
            for column in range(shape[1]):
                window = image[row : row + rows, column : column + columns]
                result[row, column] = np.sum(window * kernel, axis=(0, 1)) + bias
        return result
        """,
    ),
    convolve("only the first channel", "how deep is the kernel", windows("np.sum((window * kernel)[..., 0]) + bias")),
    convolve("mean instead of sum", "adds its products up", windows("np.mean(window * kernel) + bias")),
    convolve(
        "zeros around the image",
        "stays inside",
        windows(
            "np.sum(window * kernel) + bias",
            before="border = [((side - 1) // 2, side // 2) for side in (rows, columns)]\n"
            "image = np.pad(image, [*border, (0, 0)])",
        ),
    ),
    convolve(
        "written into an array of pixels",
        "which dtype",
        windows("np.sum(window * kernel) + bias")
        .replace(" + 1))", " + 1), dtype=np.uint8)")
        # NumPy wraps negative numbers only when it is told to.
        .replace("= np.sum(window * kernel) + bias", "= int(np.sum(window * kernel) + bias) % 256"),
    ),
    convolve(
        "last row and column forgotten",
        "last place where the kernel still fits",
        windows("np.sum(window * kernel) + bias").replace("- rows + 1", "- rows").replace("- columns + 1", "- columns"),
    ),
    convolve("ReLU inside", "relu", windows("max(0, np.sum(window * kernel) + bias)"), partly=False),
    convolve("cut to pixel values", "may be negative", windows("np.clip(np.sum(window * kernel) + bias, 0, 255)")),
    convolve("pixels scaled", "divided by 255", windows("np.sum(window / 255 * kernel) + bias")),
    convolve(
        "kernel taken for 3x3",
        "convolve",
        """
        result = np.zeros((image.shape[0] - 2, image.shape[1] - 2))
        for row in range(result.shape[0]):
            for column in range(result.shape[1]):
                result[row, column] = np.sum(image[row : row + 3, column : column + 3] * kernel) + bias
        return result
        """,
    ),
    convolve(
        "kernel taken for square",
        "raised",
        # Another spelling than the reference answer, because the message quotes the line that raises.
        windows("(window * kernel).sum() + bias").replace(
            "rows, columns = kernel.shape[:2]", "rows = columns = kernel.shape[0]"
        ),
    ),
    convolve(
        "three channels built in",
        "five channels",
        windows("sum(np.sum(window[..., k] * kernel[..., k]) for k in range(3)) + bias"),
        partly=True,
    ),
    convolve("bias forgotten", "without the bias", windows("np.sum(window * kernel)"), partly=True),
    convolve(
        "bias once for each channel",
        "once for each channel",
        windows("sum(np.sum(window[..., k] * kernel[..., k]) + bias for k in range(kernel.shape[2]))"),
        partly=True,
    ),
    convolve(
        "bias inside the sum",
        "before or after the sum",
        windows("np.sum(window * kernel + bias)"),
        partly=True,
    ),
    convolve(
        "prints instead of returning",
        "nothing came back",
        windows("np.sum(window * kernel) + bias", after="print(result)"),
    ),
    size(
        "the 1 forgotten",
        "one too few",
        """
        if padding == "same":
            return -(-size // stride)
        return (size - kernel) // stride
        """,
        partly=True,
    ),
    size(
        "rounded up",
        "would leave the image",
        """
        if padding == "same":
            return -(-size // stride)
        return -(-(size - kernel) // stride) + 1
        """,
        partly=True,
    ),
    size(
        "1 added before the division",
        "before the division",
        """
        if padding == "same":
            return -(-size // stride)
        return (size - kernel + 1) // stride
        """,
        partly=True,
    ),
    size(
        "stride ignored",
        "the stride has no effect",
        """
        return size if padding == "same" else size - kernel + 1
        """,
    ),
    size(
        "stride only",
        "kernel takes away pixels",
        """
        return -(-size // stride) if padding == "same" else size // stride
        """,
        partly=True,
    ),
    size(
        "not a whole number",
        "whole number",
        """
        if padding == "same":
            return -(-size // stride)
        return (size - kernel) / stride + 1
        """,
        partly=True,
    ),
    size(
        "same means as large as before",
        "what does a stride do",
        """
        return size if padding == "same" else (size - kernel) // stride + 1
        """,
        partly=True,
    ),
    size(
        "padding ignored",
        "where is `padding` used",
        """
        return (size - kernel) // stride + 1
        """,
        partly=True,
    ),
    size(
        "same rounded down",
        "left over at the end",
        """
        return size // stride if padding == "same" else (size - kernel) // stride + 1
        """,
        partly=True,
    ),
    size(
        "padding of half a kernel on both sides",
        "even kernel",
        """
        border = kernel // 2 if padding == "same" else 0
        return (size + 2 * border - kernel) // stride + 1
        """,
        partly=True,
    ),
    field(
        "strides ignored", "as if its stride were 1", "return 1 + sum(kernel - 1 for kernel, _ in layers)", partly=True
    ),
    field(
        "own stride used at once",
        "used for this layer too",
        """
        field, step = 1, 1
        for kernel, stride in layers:
            step *= stride
            field += (kernel - 1) * step
        return field
        """,
        partly=True,
    ),
    field(
        "only the own stride",
        "its own stride only",
        """
        return 1 + sum((kernel - 1) * stride for kernel, stride in layers)
        """,
        partly=True,
    ),
    field("kernels added", "what does the second one add", "return sum(kernel for kernel, _ in layers)"),
    field(
        "kernels multiplied",
        "were multiplied",
        """
        field = 1
        for kernel, _ in layers:
            field *= kernel
        return field
        """,
    ),
    field(
        "from the last layer to the first",
        "from the last to the first",
        """
        field, step = 1, 1
        for kernel, stride in layers[::-1]:
            field += (kernel - 1) * step
            step *= stride
        return field
        """,
        partly=True,
    ),
    field(
        "starts at 0",
        "from which it starts",
        """
        field, step = 0, 1
        for kernel, stride in layers:
            field += (kernel - 1) * step
            step *= stride
        return field
        """,
    ),
    field(
        "stride instead of width",
        "distance between",
        """
        step = 1
        for _, stride in layers:
            step *= stride
        return step
        """,
    ),
    field(
        "only the last stride counts",
        "directly before",
        """
        field, step = 1, 1
        for kernel, stride in layers:
            field += (kernel - 1) * step
            step = stride
        return field
        """,
        partly=True,
    ),
    parameters(
        "no bias", "what else belongs to each filter", conv="kernel_size[0] * kernel_size[1] * channels_in * filters"
    ),
    parameters(
        "input channels forgotten",
        "reaches through all",
        conv="(kernel_size[0] * kernel_size[1] + int(use_bias)) * filters",
    ),
    parameters(
        "one bias for the layer",
        "how many does each filter have",
        conv="kernel_size[0] * kernel_size[1] * channels_in * filters + int(use_bias)",
    ),
    parameters(
        "one filter only", "count of one filter", conv="kernel_size[0] * kernel_size[1] * channels_in + int(use_bias)"
    ),
    parameters(
        "bias for each input channel",
        "at one place",
        conv="kernel_size[0] * kernel_size[1] * (channels_in + int(use_bias)) * filters",
    ),
    parameters(
        "bias belongs to the input",
        "what goes in or",
        conv="kernel_size[0] * kernel_size[1] * channels_in * filters + channels_in * int(use_bias)",
    ),
    parameters(
        "kernel taken for square",
        "only the height",
        conv="(kernel_size[0] ** 2 * channels_in + int(use_bias)) * filters",
    ),
    parameters(
        "use_bias ignored",
        "where is `use_bias` used",
        conv="(kernel_size[0] * kernel_size[1] * channels_in + 1) * filters",
    ),
    parameters("dense without bias", "what else does each unit have", dense="inputs * units"),
    parameters("dense bias for each input", "there is one bias for each input", dense="inputs * (units + 1)"),
    parameters("one dense bias", "for the whole layer", dense="inputs * units + 1"),
    parameters("all four trained", "come from a gradient", norm="4 * channels, 0"),
    parameters("running statistics forgotten", "saved with the network too", norm="2 * channels, 0"),
    parameters("one number of each kind", "the text names two", norm="channels, channels"),
    parameters("total as second number", "number of all parameters", norm="2 * channels, 4 * channels"),
    parameters("one number for batch normalisation", "should be 2 things", norm="4 * channels"),
    cnn("no scaling", "who scales them", ("keras.layers.Rescaling(1 / 255)\n", "")),
    cnn("scaled twice", "twice", ("Rescaling(1 / 255)", "Rescaling(1 / 255 ** 2)")),
    cnn("divided by 256", "nearly", ("Rescaling(1 / 255)", "Rescaling(1 / 256)")),
    cnn("scaled to -1 to 1", "-1 to 1", ("Rescaling(1 / 255)", "Rescaling(1 / 127.5, offset=-1)")),
    cnn("no softmax", "logits", (', activation="softmax"', "")),
    cnn("sigmoid", "share 1", ('activation="softmax"', 'activation="sigmoid"')),
    cnn("no ReLU in the first convolution", "first convolution has no relu", (', activation="relu"', "")),
    cnn("no ReLU in the second convolution", "second convolution has no relu", ('32, 3, activation="relu"', "32, 3")),
    cnn("no ReLU in the dense layer", "dense layer of 64 units has no relu", ('64, activation="relu"', "64")),
    cnn(
        "no ReLU at all",
        "one linear map",
        (', activation="relu"', ""),
        (', activation="relu"', ""),
        (', activation="relu"', ""),
    ),
    cnn("average pooling", "take the mean", ("MaxPooling2D", "AveragePooling2D"), ("MaxPooling2D", "AveragePooling2D")),
    cnn("valid everywhere", "which padding", (', padding="same"', "")),
    cnn("same everywhere", "which padding", ("32, 3, ", '32, 3, padding="same", ')),
    cnn(
        "filters the other way round",
        "how many filters",
        ("Conv2D(16", "Conv2D(32"),
        ("Conv2D(32, 3, a", "Conv2D(16, 3, a"),
    ),
    cnn("kernel of 5", "how large are their kernels", ("Conv2D(32, 3", "Conv2D(32, 5")),
    cnn("no flatten", "is there a flatten", ("keras.layers.Flatten()\n", ""), partly=False),
    cnn("global average", "one for each filter", ("Flatten()", "GlobalAveragePooling2D()")),
    cnn("ten classes built in", "10 units", ("Dense(num_classes", "Dense(10")),
    cnn("32 by 32 built in", "is `input_shape` used", ("Input(input_shape)", "Input((32, 32, 3))"), partly=False),
    cnn("no dropout", "nothing is random", ("keras.layers.Dropout(0.5)\n", "")),
    cnn("dropout of 0.25", "another rate", ("Dropout(0.5)", "Dropout(0.25)")),
    cnn(
        "dropout before the dense layer",
        "another place",
        ("keras.layers.Dropout(0.5)\n", ""),
        ("keras.layers.Flatten()\n", "keras.layers.Flatten()\nkeras.layers.Dropout(0.5)\n"),
    ),
    cnn(
        "dropout after the softmax",
        "another place",
        ("keras.layers.Dropout(0.5)\n", ""),
        ('"softmax")\n', '"softmax")\nkeras.layers.Dropout(0.5)\n'),
    ),
    cnn(
        "batch normalisation added",
        "a layer too many",
        ('32, 3, activation="relu")\n', '32, 3, activation="relu")\nkeras.layers.BatchNormalization()\n'),
    ),
    Wrong(
        "build_cnn",
        "dropout always on",
        "something random is always on",
        """
class Net(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        self.steps = [
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
        ]
        self.dropout = keras.layers.Dropout(0.5)
        self.last = keras.layers.Dense(num_classes, activation="softmax")

    def call(self, images):
        x = images
        for step in self.steps:
            x = step(x)
        return self.last(self.dropout(x, training=True))


def build_cnn(num_classes, input_shape=(32, 32, 3)):
    return Net(num_classes)
""",
        partly=True,
    ),
    Wrong(
        "build_cnn",
        "returns the summary",
        "returned nothing",
        network().replace("return keras", "model = keras") + "    return model.summary()\n",
    ),
    loss("always sparse and probabilities", "with such labels", 'return "sparse_categorical_crossentropy"'),
    loss(
        "last layer ignored",
        "probabilities or logits",
        """
        return "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
        """,
        partly=True,
    ),
    loss(
        "always logits",
        "applied a second time",
        """
        if one_hot:
            return keras.losses.CategoricalCrossentropy(from_logits=True)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        """,
        partly=True,
    ),
    loss(
        "from_logits the wrong way round",
        "applied a second time",
        """
        if one_hot:
            return keras.losses.CategoricalCrossentropy(from_logits=softmax)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=softmax)
        """,
    ),
    loss(
        "labels the wrong way round",
        "with such labels",
        """
        if one_hot:
            return keras.losses.SparseCategoricalCrossentropy(from_logits=not softmax)
        return keras.losses.CategoricalCrossentropy(from_logits=not softmax)
        """,
    ),
    loss(
        "squared error for one-hot labels",
        "mean squared error",
        """
        if one_hot:
            return "mse"
        return keras.losses.SparseCategoricalCrossentropy(from_logits=not softmax)
        """,
    ),
    loss(
        "binary cross-entropy for one-hot labels",
        "yes or no",
        """
        if one_hot:
            return keras.losses.BinaryCrossentropy(from_logits=not softmax)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=not softmax)
        """,
    ),
    loss(
        "sums the losses",
        "added up",
        """
        if one_hot:
            return keras.losses.CategoricalCrossentropy(from_logits=not softmax, reduction="sum")
        return keras.losses.SparseCategoricalCrossentropy(from_logits=not softmax, reduction="sum")
        """,
    ),
    loss(
        "the classes with their usual settings",
        "probabilities or logits",
        """
        if one_hot:
            return keras.losses.CategoricalCrossentropy
        return keras.losses.SparseCategoricalCrossentropy
        """,
        partly=True,
    ),
    overfit(
        "learning rate far too small",
        "is the learning rate far too small",
        train("keras.optimizers.Adam(0.00001)") + f'return {FIT}.history["accuracy"]',
    ),
    overfit(
        "learning rate far too large",
        "far too small or far too large",
        train("keras.optimizers.Adam(10.0)") + f'return {FIT}.history["accuracy"]',
    ),
    overfit(
        "SGD with its usual rate",
        "far too small or far too large",
        train('"sgd"') + f'return {FIT}.history["accuracy"]',
    ),
    overfit(
        "trains a copy",
        "the one that was given to you",
        "model = keras.models.clone_model(model)\n" + train() + f'return {FIT}.history["accuracy"]',
    ),
    overfit(
        "one epoch only",
        "trained for all 10 epochs",
        # A small step: one large one is enough to know 16 images, for some of the draws.
        train("keras.optimizers.Adam(0.0003)") + 'return model.fit(images, labels, verbose=0).history["accuracy"]',
    ),
    overfit("returns the loss", "is this the loss", train() + f'return {FIT}.history["loss"]', partly=True),
    overfit("returns the history object", "dictionary of lists", train() + f"return {FIT}", partly=True),
    overfit("returns nothing", "returned nothing", train() + FIT),
    overfit(
        "returns the last accuracy only",
        "list of 10 numbers",
        train() + f'return {FIT}.history["accuracy"][-1]',
        partly=True,
    ),
    overfit(
        "one-hot loss for class numbers",
        "raised",
        train(loss="categorical_crossentropy") + f'record = {FIT}\nreturn record.history["accuracy"]',
    ),
    overfit(
        "squared error on class numbers",
        "raised",
        train(loss="mse") + f'record = {FIT}\nreturn record.history["accuracy"]',
    ),
    overfit(
        "accuracy forgotten in compile",
        "KeyError",
        'model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")\n'
        + f'record = {FIT}\nreturn record.history["accuracy"]',
    ),
    overfit("claims without training", "the one that was given to you", "return [0.3] * (epochs - 1) + [1.0]"),
    curves("underfitting taken for overfitting", "how well does training go", "a", "c", "a"),
    curves("flat curves taken for a high rate", "how smooth are these", "c", "c", "a"),
    curves("flat curves taken for progress", "what still improves", "d", "c", "a"),
    curves("jumps taken for underfitting", "is it steady", "b", "b", "a"),
    curves("jumps taken for overfitting", "how well does training go", "b", "a", "a"),
    curves("jumps taken for progress", "what still improves", "b", "d", "a"),
    curves("overfitting taken for underfitting", "not even the training images", "b", "c", "b"),
    curves("overfitting taken for a high rate", "how smooth are these", "b", "c", "c"),
    curves("overfitting taken for progress", "and validation", "b", "c", "d"),
    curves("words instead of letters", "one of the options", "underfitting", "learning rate", "overfitting"),
    curves("one letter for all", "how well does training go", "a", "a", "a"),
    curves("numbers instead of letters", "one of the options", 2, 3, 1),
    stop(
        "lowest of the whole list",
        "does training get that far",
        """
        best = int(np.argmin(val_losses)) + 1
        return best, min(best + patience, len(val_losses))
        """,
    ),
    stop(
        "counts from 0",
        "epochs count from 1",
        """
        best = 0
        for epoch, loss in enumerate(val_losses):
            if loss < val_losses[best]:
                best = epoch
            if epoch - best >= patience:
                return best, epoch
        return best, len(val_losses) - 1
        """,
    ),
    stop(
        "stops one epoch late",
        "one too many",
        """
        best = 1
        for epoch, loss in enumerate(val_losses, start=1):
            if loss < val_losses[best - 1]:
                best = epoch
            if epoch - best > patience:
                return best, epoch
        return best, len(val_losses)
        """,
        partly=True,
    ),
    stop(
        "compares with the epoch before",
        "with the one before",
        """
        best, waited = 1, 0
        for epoch in range(2, len(val_losses) + 1):
            if val_losses[epoch - 1] < val_losses[epoch - 2]:
                best, waited = epoch, 0
            else:
                waited += 1
            if waited >= patience:
                return best, epoch
        return best, len(val_losses)
        """,
    ),
    stop(
        "never starts counting again",
        "when does the count begin again",
        """
        best, waited = 1, 0
        for epoch, loss in enumerate(val_losses, start=1):
            if loss < val_losses[best - 1]:
                best = epoch
            elif epoch > 1:
                waited += 1
            if waited >= patience:
                return best, epoch
        return best, len(val_losses)
        """,
    ),
    stop(
        "ties count as better",
        "equal value is no improvement",
        """
        best = 1
        for epoch, loss in enumerate(val_losses, start=1):
            if loss <= val_losses[best - 1]:
                best = epoch
            if epoch - best >= patience:
                return best, epoch
        return best, len(val_losses)
        """,
    ),
    stop(
        "keeps the last weights",
        "whose weights are put back",
        """
        best = 1
        for epoch, loss in enumerate(val_losses, start=1):
            if loss < val_losses[best - 1]:
                best = epoch
            if epoch - best >= patience:
                return epoch, epoch
        return len(val_losses), len(val_losses)
        """,
        partly=True,
    ),
    stop(
        "highest instead of lowest",
        "highest value",
        """
        best = 1
        for epoch, loss in enumerate(val_losses, start=1):
            if loss > val_losses[best - 1]:
                best = epoch
            if epoch - best >= patience:
                return best, epoch
        return best, len(val_losses)
        """,
    ),
    stop(
        "returns the loss",
        "this is a loss",
        """
        best = 1
        for epoch, loss in enumerate(val_losses, start=1):
            if loss < val_losses[best - 1]:
                best = epoch
            if epoch - best >= patience:
                return val_losses[best - 1], epoch
        return val_losses[best - 1], len(val_losses)
        """,
        partly=True,
    ),
    stop(
        "returns one number",
        "should be 2 things",
        "return int(np.argmin(val_losses)) + 1",
    ),
    stop(
        "last epoch is the best",
        "goes on for a while",
        """
        best = 1
        for epoch, loss in enumerate(val_losses, start=1):
            if loss < val_losses[best - 1]:
                best = epoch
            if epoch - best >= patience:
                break
        return best, best
        """,
        partly=True,
    ),
]

FUNCTIONAL = """
def build_cnn(num_classes, input_shape=(32, 32, 3)):
    from keras import layers

    inputs = keras.Input(shape=input_shape)
    x = inputs / 255.0
    x = layers.Conv2D(16, (3, 3), padding="same")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D((2, 2))(x)
    x = layers.Conv2D(32, (3, 3))(x)
    x = layers.Activation("relu")(x)
    x = layers.MaxPool2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(layers.Dense(64, activation=keras.activations.relu)(x))
    outputs = layers.Softmax()(layers.Dense(num_classes)(x))
    return keras.Model(inputs, outputs)
"""

SUBCLASSED = """
class Net(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        # The order of these lines is not that of the table.
        self.last = keras.layers.Dense(num_classes, activation="softmax")
        self.drop = keras.layers.Dropout(0.5)
        self.hidden = keras.layers.Dense(64, activation="relu")
        self.pool = keras.layers.MaxPooling2D(2)
        self.second = keras.layers.Conv2D(32, 3, activation="relu")
        self.first = keras.layers.Conv2D(16, 3, padding="same", activation="relu")
        self.flat = keras.layers.Flatten()

    def call(self, images, training=None):
        x = keras.ops.cast(images, "float32") / 255
        x = self.pool(self.first(x))
        x = self.pool(self.second(x))
        x = self.drop(self.hidden(self.flat(x)), training=training)
        return self.last(x)


def build_cnn(num_classes, input_shape=(32, 32, 3)):
    return Net(num_classes)
"""

ADDED = """
def build_cnn(num_classes, input_shape=(32, 32, 3)):
    features = keras.Sequential(name="features")
    features.add(keras.layers.Rescaling(1.0 / 255))
    for filters, padding in ((16, "same"), (32, "valid")):
        features.add(keras.layers.Conv2D(filters, 3, padding=padding, activation="relu"))
        features.add(keras.layers.MaxPooling2D(strides=2))
    model = keras.Sequential([keras.Input(input_shape), features, keras.layers.Flatten()])
    model.add(keras.layers.Dense(64, "relu"))
    model.add(keras.layers.Dropout(0.5))
    model.add(keras.layers.Dense(num_classes, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
"""

RIGHT = [
    Right(
        "convolve",
        "sliding windows",
        """
def convolve(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[:, :, 0]
    return (windows * kernel).sum(axis=(2, 3, 4)) + bias
""",
    ),
    Right(
        "convolve",
        "shifted images, no loop over pixels",
        """
def convolve(image, kernel, bias=0.0):
    image = np.asarray(image, dtype=np.float32)
    kh, kw, channels = kernel.shape
    height, width = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    total = np.full((height, width), bias, dtype=np.float64)
    for y in range(kh):
        for x in range(kw):
            for c in range(channels):
                total += kernel[y, x, c] * image[y : y + height, x : x + width, c]
    return total
""",
    ),
    Right(
        "convolve",
        "keras.ops, returns a tensor",
        """
def convolve(image, kernel, bias=0.0):
    batch = image[None].astype("float32")
    return keras.ops.conv(batch, kernel[..., None].astype("float32"), padding="valid")[0, :, :, 0] + float(bias)
""",
    ),
    Right(
        "convolve",
        "lists",
        """
def convolve(image, kernel, bias=0.0):
    height, width, _ = kernel.shape
    return [
        [float(np.vdot(image[r : r + height, c : c + width], kernel)) + bias for c in range(image.shape[1] - width + 1)]
        for r in range(image.shape[0] - height + 1)
    ]
""",
    ),
    Right(
        "output_size",
        "counts places",
        """
def output_size(size, kernel, stride=1, padding="valid"):
    last = size if padding == "same" else size - kernel + 1
    return len(range(0, last, stride))
""",
    ),
    Right(
        "output_size",
        "math.ceil and math.floor",
        """
import math

def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "valid":
        return math.floor((size - kernel) / stride + 1)
    return math.ceil(size / stride)
""",
    ),
    Right(
        "output_size",
        "NumPy numbers",
        """
def output_size(size, kernel, stride=1, padding="valid"):
    reach = kernel - 1 if padding == "valid" else 0
    return np.ceil((size - reach) / stride)
""",
    ),
    Right(
        "receptive_field",
        "from the last layer to the first",
        """
def receptive_field(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field
""",
    ),
    Right(
        "receptive_field",
        "recursive",
        """
def receptive_field(layers):
    if not layers:
        return 1
    (kernel, stride), *rest = layers
    return (receptive_field(rest) - 1) * stride + kernel
""",
    ),
    Right(
        "parameters",
        "sums of shapes",
        """
def conv_parameters(kernel_size, channels_in, filters, use_bias=True):
    kernel = int(np.prod([*kernel_size, channels_in, filters]))
    return kernel + filters if use_bias else kernel

def dense_parameters(inputs, units):
    return np.zeros((inputs, units)).size + np.zeros(units).size

def batchnorm_parameters(channels):
    return [channels + channels, channels + channels]
""",
    ),
    Right(
        "parameters",
        "asks Keras",
        """
def conv_parameters(kernel_size, channels_in, filters, use_bias=True):
    layer = keras.layers.Conv2D(filters, kernel_size, use_bias=use_bias)
    layer.build((None, 32, 32, channels_in))
    return layer.count_params()

def dense_parameters(inputs, units):
    layer = keras.layers.Dense(units)
    layer.build((None, inputs))
    return layer.count_params()

def batchnorm_parameters(channels):
    layer = keras.layers.BatchNormalization()
    layer.build((None, channels))
    return tuple(sum(np.prod(w.shape) for w in ws) for ws in (layer.trainable_weights, layer.non_trainable_weights))
""",
    ),
    Right("build_cnn", "functional, activations apart", FUNCTIONAL),
    Right("build_cnn", "a class of its own, layers in another order", SUBCLASSED),
    Right("build_cnn", "added one by one, nested, compiled", ADDED),
    Right("build_cnn", "without a declared input", network(("keras.Input(input_shape)\n", ""))),
    Right(
        "choose_loss",
        "names where a name is enough",
        """
def choose_loss(one_hot, softmax):
    if softmax:
        return "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    kind = keras.losses.CategoricalCrossentropy if one_hot else keras.losses.SparseCategoricalCrossentropy
    return kind(from_logits=True)
""",
    ),
    Right(
        "choose_loss",
        "a function of its own",
        """
def choose_loss(one_hot, softmax):
    def loss(labels, outputs):
        if one_hot:
            return keras.ops.categorical_crossentropy(labels, outputs, from_logits=not softmax)
        return keras.ops.sparse_categorical_crossentropy(labels, outputs, from_logits=not softmax)

    return loss
""",
    ),
    Right(
        "overfit",
        "batch by batch, SGD with momentum",
        """
def overfit(model, images, labels, epochs):
    optimizer = keras.optimizers.SGD(0.03, momentum=0.9)
    model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    accuracies = []
    for _ in range(epochs):
        model.train_on_batch(images, labels)
        accuracies.append(np.mean(np.argmax(model(images), axis=1) == labels))
    return np.array(accuracies)
""",
    ),
    Right(
        "overfit",
        "another rate, small batches",
        """
def overfit(model, images, labels, epochs):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    result = model.fit(images, labels, batch_size=4, epochs=epochs)
    return result.history["sparse_categorical_accuracy"]
""",
    ),
    Right("curves", "capital letters", diagnoses("B", "C", "A")),
    Right("curves", "with spaces", diagnoses(" b", "c ", "a ")),
    Right(
        "best_epoch",
        "counts the waiting",
        """
def best_epoch(val_losses, patience):
    lowest, best, waited = float("inf"), 0, 0
    for epoch, loss in enumerate(val_losses):
        waited += 1
        if loss < lowest:
            lowest, best, waited = loss, epoch, 0
        if waited == patience:
            break
    return best + 1, epoch + 1
""",
    ),
    Right(
        "best_epoch",
        "looks at windows",
        """
def best_epoch(val_losses, patience):
    for last in range(patience + 1, len(val_losses) + 1):
        before, recent = val_losses[: last - patience], val_losses[last - patience : last]
        if min(recent) >= min(before):
            return [before.index(min(before)) + 1, last]
    return [val_losses.index(min(val_losses)) + 1, len(val_losses)]
""",
    ),
]

HARMLESS = {
    "overfit": {
        "0.003 → 0.006": "the question leaves the learning rate to the student; this one works as well",
        "verbose=0) → model.fit(images, labels, epochs=epochs)": "only prints more, which is no fault",
        "0 → 1": "verbose only says how much is printed",
        "0 → -1": "verbose only says how much is printed",
    }
}
