"""The checks of exercise 03: one filter by hand, sizes, parameters, a network from a table, losses, learning curves."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, expect_equal, expect_number, require
from .draw import Draw
from .keras_probes import layers, model_of, outputs
from .registry import check, exercise, manual
from .student import Student
from .values import show

exercise(
    "ex03_baseline_cnn",
    title="A baseline CNN",
    goal="Build a small CNN whose sizes and parameters you can count by hand, and read its training curves.",
    minutes=90,
)


@check(
    "ex03.convolve",
    points=3,
    needs="convolve",
    hints=(
        "Write the shape of the result first, and make an array of zeros of that shape. Then two loops, over its rows "
        "and its columns.",
        "The result at [row, column] needs the part of the image whose top left corner is at [row, column] and which "
        "is as high and wide as the kernel. All channels belong to it.",
        "Part of the image and kernel have the same shape. Multiply them number by number; one number must come out of "
        "all the products, and the bias is added to it once.",
    ),
)
def convolves_by_hand(student: Student, draw: Draw) -> None:
    """Compute the output of one filter by hand."""
    # Neither image nor kernel is square. Each channel of the kernel sums to 0, so that the result takes both signs; it
    # goes far below 0 and above 255.
    image = draw.images(1, size=9)[0][:, :7]
    kernel = draw.rng.normal(size=(3, 2, 3))
    kernel = 10 * (kernel - kernel.mean(axis=(0, 1)))
    correct = _correlate(image, kernel)
    with student.part("one filter", 2):
        result = student.call("convolve", image, kernel)
        _expect_no_whole_numbers(result, correct)
        expect_array(result, correct, atol=ROUNDING, mistakes=_convolution_mistakes(image, kernel, correct))
        deep = draw.rng.normal(size=(5, 6, 5))
        small = draw.rng.normal(size=(1, 4, 5))
        expect_array(
            student.call("convolve", deep, small),
            _correlate(deep, small),
            what="the result for an image of five channels",
            hint="Is there a number in your code that should be looked up in the shape of the image or the kernel?",
        )
    with student.part("the bias", 1):
        bias = draw.number(30, 60)
        expect_array(
            student.call("convolve", image, kernel, bias),
            correct + bias,
            what="the result with a bias",
            atol=ROUNDING,
            mistakes={
                "This is the result without the bias.": correct,
                "The bias came in once for each channel. How many biases has a filter?": correct + 3 * bias,
                "The bias came in once for each number of the kernel. Is it added before or after the sum?": correct
                + kernel.size * bias,
                "The bias was multiplied. What should a bias do where the filter itself answers 0?": correct * bias,
                "The bias was subtracted.": correct - bias,
            },
        )


ROUNDING = 0.01
"""What float32 may lose in sums of products of hundreds."""


def _correlate(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.einsum("rcxhwk,hwk->rc", windows, kernel)


def _expect_no_whole_numbers(result: Any, correct: np.ndarray) -> None:
    whole = isinstance(result, np.ndarray) and result.dtype.kind in "iu" and result.shape == correct.shape
    require(
        not whole,
        "The result holds whole numbers only.",
        got=result,
        expected=correct,
        hint="An array that was made for pixels cannot hold fractions or negative numbers. Which dtype does the "
        "array have into which you write?",
    )


def _convolution_mistakes(image: np.ndarray, kernel: np.ndarray, correct: np.ndarray) -> dict[str, np.ndarray]:
    height, width, channels = kernel.shape
    separate = np.stack([_correlate(image[..., k : k + 1], kernel[..., k : k + 1]) for k in range(channels)], axis=-1)
    padded = np.pad(image, (((height - 1) // 2, height // 2), ((width - 1) // 2, width // 2), (0, 0)))
    turned = "The kernel was turned around, as in mathematics. Where should its first number lie: on the top left or "
    turned += "on the bottom right of the window?"
    border = "The result is as large as the image: zeros were put around it. Here the kernel stays inside."
    missing = "The last {} missing. What is the last place where the kernel still fits? Count it for an image as "
    missing += "large as the kernel."
    return {
        turned: _correlate(image, kernel[::-1, ::-1]),
        "The kernel was turned around in all three directions, even its channels.": _correlate(
            image, kernel[::-1, ::-1, ::-1]
        ),
        "There is one map for each channel. A filter gives one number for each place: what happens to the channels?": (
            separate
        ),
        "Only one channel of the image was used. How deep is the kernel?": separate[..., 0],
        "This is the mean over the window. A filter adds its products up.": correct / kernel.size,
        "This is the mean over the channels. A filter adds its products up, over the channels too.": correct / channels,
        border: _correlate(padded, kernel),
        "Everything below 0 became 0. That is a ReLU, which comes after the filter.": np.maximum(correct, 0),
        "The values were cut to 0–255. The output of a filter is no picture; it may be negative.": np.clip(
            correct, 0, 255
        ),
        "The pixels were divided by 255. Here the image is taken as it comes.": correct / 255,
        missing.format("row and the last column are"): correct[:-1, :-1],
        missing.format("row is"): correct[:-1],
        missing.format("column is"): correct[:, :-1],
        "Rows and columns have changed places.": correct.T,
    }


@check(
    "ex03.output_size",
    points=2,
    needs="output_size",
    hints=(
        "Draw it: 7 boxes in a row, a kernel of 3 boxes, a stride of 2. At which boxes can the kernel begin?",
        'For "valid": the first place is always there. How many boxes are left behind the kernel, and how many whole '
        "steps fit into them?",
        'For "same" the kernel does not matter: count how many times you can take `stride` pixels until none is left. '
        "A rest counts as one more.",
    ),
)
def knows_the_output_size(student: Student, draw: Draw) -> None:
    """Compute the size of a layer's output."""
    with student.part("valid", 1):
        size, kernel = draw.integer(20, 40), draw.integer(3, 8)
        _expect_size(student, size, kernel)
        for stride, rest in ((2, 1), (3, 2), (4, 1), (3, 0)):
            kernel = draw.integer(2, 6)
            _expect_size(student, kernel + stride * draw.integer(5, 9) + rest, kernel, stride)
        _expect_size(student, kernel, kernel, 2)
    with student.part("same", 1):
        for stride, rest, kernel in ((3, 1, 5), (2, 1, 2), (4, 3, 4), (2, 0, 4), (1, 0, 2), (3, 0, 3)):
            _expect_size(student, stride * draw.integer(6, 12) + rest, kernel, stride, "same")


def _expect_size(student: Student, size: int, kernel: int, stride: int = 1, padding: str = "valid") -> None:
    same = padding == "same"
    correct = -(-size // stride) if same else (size - kernel) // stride + 1
    given = (size, kernel) if stride == 1 and not same else (size, kernel, stride, padding)
    mistakes: dict[str, int] = {}
    if same:
        mistakes = {
            "This is the size of the image. What does a stride do to it?": size,
            "This is the size without padding. Where is `padding` used?": (size - kernel) // stride + 1,
            "One too few: the pixels that are left over at the end count as well.": size // stride,
            "With an even kernel the border is not the same on both sides. The rule of the question (one output for "
            "every `stride` pixels begun) needs no kernel at all.": (size + 2 * (kernel // 2) - kernel) // stride + 1,
        }
    else:
        mistakes = {
            "The stride has no effect.": size - kernel + 1,
            "The stride was used, but the kernel takes away pixels too.": size // stride,
            "Rounded up: the kernel would leave the image in its last step.": -(-(size - kernel) // stride) + 1,
            "The 1 was added before the division. Count by drawing: where can the kernel begin?": (size - kernel + 1)
            // stride,
            "One too few. How many outputs are there when the kernel is as large as the image?": (size - kernel)
            // stride,
        }
    result = student.call("output_size", *given)
    rounded = isinstance(result, float) and result != int(result)
    require(
        not rounded,
        "A number of pixels is a whole number.",
        got=result,
        expected=correct,
        hint="What becomes of a last step for which there is no room?",
    )
    expect_number(
        result,
        correct,
        what="the size",
        mistakes=mistakes,
        hint="Draw a row of boxes and mark where the kernel can begin.",
    )


@check(
    "ex03.receptive_field",
    points=2,
    needs="receptive_field",
    hints=(
        "Begin with 1 pixel. How many pixels does one 3×3 convolution add? And a second one?",
        "Keep two numbers while you go through the layers: how wide the field is, and how many input pixels lie "
        "between two neighbouring numbers of the current layer.",
        "A layer makes the field wider by its kernel size minus 1, times the distance *before* this layer. After that "
        "its stride changes the distance.",
    ),
)
def knows_the_receptive_field(student: Student, draw: Draw) -> None:
    """Compute how many input pixels one number sees."""
    # First and last differ, so that the order of the layers matters.
    odd = [2 * draw.integer(2, 4) + 1, 3]
    odd.append(odd[0] + 2)
    with student.part("stride 1", 1):
        _expect_field(student, [(3, 1), (3, 1)])
        _expect_field(student, [(kernel, 1) for kernel in odd])
        _expect_field(student, [])
    with student.part("with strides", 1):
        _expect_field(student, [(odd[0], 1), (2, 2), (3, 1), (2, 2), (odd[2], 1)])
        _expect_field(student, [(5, 3), (3, 2), (odd[2], 2)])


def _expect_field(student: Student, stack: list[tuple[int, int]]) -> None:
    strides = [stride for _, stride in stack]
    kernels = [kernel for kernel, _ in stack]
    steps = np.cumprod([1, *strides]).tolist()
    reverse = np.cumprod([1, *strides[::-1]]).tolist()

    overlap: dict[str, int] = {}
    if set(strides) == {1}:
        overlap = {
            "The kernel sizes were added up. Neighbouring windows overlap: what does the second one add?": sum(kernels),
            "The kernel sizes were multiplied. Neighbouring windows overlap.": int(np.prod(kernels)),
        }

    def field(distances: list[int]) -> int:
        return 1 + sum((kernel - 1) * distance for kernel, distance in zip(kernels, distances))

    expect_number(
        student.call("receptive_field", stack),
        field(steps),
        what="the receptive field",
        mistakes={
            "Every layer was counted as if its stride were 1.": field([1] * len(stack)),
            "The stride of a layer was used for this layer too. On which layers does it act?": field(steps[1:]),
            "Only the stride of the layer directly before was used. What about the strides before that?": field(
                [1, *strides[:-1]]
            ),
            "Each layer was multiplied by its own stride only. What about the strides of the layers before it?": field(
                strides
            ),
            "It looks as if the layers were taken from the last to the first.": field(reverse[:-1][::-1]),
            "The 1 pixel from which it starts is missing.": field(steps) - 1,
            "This is the distance between neighbouring numbers, the product of the strides, and not the width of the "
            "patch.": steps[-1],
            **overlap,
        },
        hint="Go through the layers on paper: write the width of the field and the distance between neighbours after "
        "each.",
    )


@check(
    "ex03.parameters",
    points=3,
    needs=("conv_parameters", "dense_parameters", "batchnorm_parameters"),
    hints=(
        "A convolution: count the numbers of a single filter first, with everything that belongs to it. Then think of "
        "how many filters there are.",
        "A dense layer: one unit has a weight for every input, and one number more.",
        "A batch normalisation has four numbers for each channel. Which of them does the gradient change?",
    ),
)
def counts_parameters(student: Student, draw: Draw) -> None:
    """Count the parameters of three kinds of layers."""
    height, width = draw.integer(2, 4), draw.integer(5, 7)
    channels, filters = draw.integer(5, 9), draw.integer(10, 40)
    weights = height * width * channels * filters
    with student.part("convolution", 2):
        expect_number(
            student.call("conv_parameters", (height, width), channels, filters),
            weights + filters,
            what="the number of parameters",
            mistakes={
                "These are the weights. What else belongs to each filter?": weights,
                "A filter reaches through all input channels. Where do they come in?": (height * width + 1) * filters,
                "This is the count of one filter.": height * width * channels + 1,
                "One bias was counted for the whole layer. How many does each filter have?": weights + 1,
                "There is a bias for each input channel of each filter. How many numbers come out of a filter at one "
                "place?": height * width * (channels + 1) * filters,
                "One bias was counted for each pair of input channel and filter. How many numbers come out of a filter "
                "at one place?": weights + channels * filters,
                "One bias was counted for each input channel. Does the bias belong to what goes in or to what comes "
                "out?": weights + channels,
                "Only the height of the kernel was used.": (height * height * channels + 1) * filters,
                "Only the width of the kernel was used.": (width * width * channels + 1) * filters,
            },
        )
    with student.part("convolution without bias", 1):
        expect_number(
            student.call("conv_parameters", (height, width), channels, filters, use_bias=False),
            weights,
            what="the number of parameters with `use_bias=False`",
            mistakes={
                "This is the number with biases. Where is `use_bias` used?": weights + filters,
                "There is one number too many for each filter, or too few: what does `use_bias=False` leave out?": (
                    weights - filters
                ),
                "A filter reaches through all input channels. Where do they come in?": height * width * filters,
                "This is the count of one filter.": height * width * channels,
                "Only the height of the kernel was used.": height * height * channels * filters,
                "Only the width of the kernel was used.": width * width * channels * filters,
            },
        )
    with student.part("dense layer", 2):
        inputs, units = draw.integer(50, 90), draw.integer(5, 40)
        expect_number(
            student.call("dense_parameters", inputs, units),
            (inputs + 1) * units,
            what="the number of parameters",
            mistakes={
                "These are the weights. What else does each unit have?": inputs * units,
                "There is one bias for each input. Does it belong to what goes in or to what comes out?": inputs
                * (units + 1),
                "One bias was counted for the whole layer.": inputs * units + 1,
                "The numbers of inputs and units were added. How many weights does a single unit have?": inputs + units,
            },
        )
    with student.part("batch normalisation", 1):
        channels = draw.integer(5, 90)
        counts = student.call("batchnorm_parameters", channels)
        expect_columns(counts, 2, names=("trainable", "not_trainable"), what="the result of `batchnorm_parameters`")
        expect_equal(
            tuple(counts),
            (2 * channels, 2 * channels),
            what="the pair of counts",
            mistakes={
                "All four numbers of a channel were counted as trained. Which of them come from a gradient, and which "
                "are measured?": (4 * channels, 0),
                "The running mean and the running variance are missing. They are saved with the network too.": (
                    2 * channels,
                    0,
                ),
                "One number for each channel of either kind. The text names two of each.": (channels, channels),
                "The second number is the number of all parameters. It should be those that are not trained.": (
                    2 * channels,
                    4 * channels,
                ),
                "The numbers do not grow with the channels.": (2, 2),
            },
        )


FILTERS, UNITS, DROPOUT = (16, 32), 64, 0.5
"""The table of ex03.build_cnn."""


@check(
    "ex03.build_cnn",
    points=5,
    needs="build_cnn",
    keras=True,
    seconds=30,
    hints=(
        "Go down the table line by line; each line is one layer of `keras.layers`. `model.summary()` shows the sizes: "
        "compare them with those you computed.",
        "A convolution in Keras has no activation and stays inside the image, unless you say otherwise. A dense layer "
        "has no activation either, unless you name one.",
        "Look at the probabilities: `model(images)` for a few images with values 0–255. Do the rows sum to 1? Do they "
        "change when you divide the images by 255 first?",
    ),
)
def builds_the_network(student: Student, draw: Draw) -> None:
    """Build the network of the table."""
    classes = draw.integer(4, 8)
    images = draw.images(4, size=16)[:, :13].astype(np.float32)
    model = model_of(student, "build_cnn", classes, input_shape=images.shape[1:])
    seen = student.probe(model, behaviour, images)
    require(
        "problem" not in seen,
        f"The network for images of shape {images.shape[1:]} could not take such images.",
        got=seen.get("problem"),
        hint="Is `input_shape` used, or is a size written into the network?",
    )
    with student.part("the layers with weights", 2):
        _expect_weights(seen["shapes"], classes, images.shape[1:])
        standard = model_of(student, "build_cnn", 10)
        shapes = student.probe(standard, weight_shapes, (32, 32, 3))
        _expect_weights(shapes, 10, (32, 32, 3), "the network for 32×32 pictures and ten classes")
    with student.part("from pixels to probabilities", 2):
        _expect_answers(seen, images, classes)
    with student.part("dropout", 1):
        _expect_dropout(seen)


def behaviour(model: Any, images: np.ndarray) -> dict[str, Any]:
    """Probe: return what a network answers, its weights, and what its dropout does; or the problem it has."""
    try:
        answers = outputs(model, images)
    except (TypeError, ValueError, RuntimeError, ArithmeticError) as problem:
        return {"problem": _in_one_line(problem)}
    return {
        "answers": answers,
        "again": outputs(model, images),
        "training": [outputs(model, images, training=True) for _ in range(2)],
        "weights": [np.asarray(weight) for weight in model.get_weights()],
        "shapes": [list(weight.shape) for weight in model.get_weights()],
        "dropout": [
            {"rate": float(layer.get("rate", -1)), "shape": list(layer["output_shape"])}
            for layer in layers(model)
            if "Dropout" in layer["kind"]
        ],
    }


def _in_one_line(problem: Exception) -> str:
    """Return a message of Keras without its colours and line breaks, shortened."""
    return " ".join(re.sub(r"\x1b\[\d+m", "", str(problem)).split())[:300]


def weight_shapes(model: Any, shape: tuple[int, ...]) -> list[list[int]]:
    """Probe: return the shapes of all weights of a network, after one image."""
    outputs(model, np.zeros((1, *shape), np.float32))
    return [list(weight.shape) for weight in model.get_weights()]


def _flat_size(shape: tuple[int, ...], paddings: tuple[str, str] = ("same", "valid")) -> int:
    """Return how many numbers come out of Flatten for images of this shape."""
    sides = list(shape[:2])
    for padding in paddings:
        sides = [(side - 2 * (padding == "valid")) // 2 for side in sides]
    return sides[0] * sides[1] * FILTERS[1]


def _expect_weights(shapes: list[list[int]], classes: int, image: tuple[int, ...], what: str = "the network") -> None:
    flat = _flat_size(image)
    kernels = [[3, 3, 3, FILTERS[0]], [3, 3, *FILTERS], [flat, UNITS], [UNITS, classes]]
    correct = [each for kernel in kernels for each in (kernel, kernel[-1:])]
    if sorted(shapes) == sorted(correct):
        return
    matrices = [shape for shape in shapes if len(shape) == 2]
    convolutions = [shape for shape in shapes if len(shape) == 4]
    hint = "Compare your layers with the table, line by line."
    if len(shapes) > len(correct):
        hint = "There are more weights than the table has. Is there a layer too many?"
    elif sorted(shapes) == sorted(kernels):
        hint = "The biases are missing. Layers have them unless told otherwise."
    elif sorted(convolutions) != sorted(kernels[:2]):
        hint = (
            "Look at the convolutions: how many are there, how large are their kernels, and how many filters has each?"
        )
    elif len(matrices) == 2 and matrices[1][-1] != classes and matrices[1][:1] == [UNITS]:
        hint = f"The last layer has {matrices[1][-1]} units, but there are {classes} classes here."
    elif len(matrices) == 2 and matrices[0][0] != flat and matrices[0][-1] == UNITS:
        hint = _flat_hint(matrices[0][0], flat, image)
    require(
        False,
        f"The weights of {what} do not have the shapes that the table leads to.",
        got=_listed(shapes),
        expected=_listed(correct),
        hint=hint,
    )


def _flat_hint(came: int, flat: int, image: tuple[int, ...]) -> str:
    lead = f"The dense layer of {UNITS} units gets {came:,} numbers for each image instead of {flat:,}. "
    if came == FILTERS[1]:
        return lead + "That is one for each filter. Is there a Flatten before it, and not an average over all places?"
    if came in {_flat_size(image, pair) for pair in (("same", "same"), ("valid", "valid"), ("valid", "same"))}:
        return lead + "Which padding has each convolution in the table, and which one does Keras take by default?"
    return lead + "Look at the padding of the convolutions and at the poolings, and at the size after each."


def _listed(shapes: list[list[int]]) -> str:
    return ", ".join("×".join(map(str, shape)) for shape in shapes) or "none"


def _expect_answers(seen: dict[str, Any], images: np.ndarray, classes: int) -> None:
    answers = np.asarray(seen["answers"])
    require(
        answers.shape == (len(images), classes),
        "The network should give one number for each image and class.",
        got=f"shape {answers.shape}",
        expected=f"shape {(len(images), classes)} for {len(images)} images and {classes} classes",
        hint="Is `num_classes` used in the last layer? And is there a Flatten before the dense layers?",
    )
    require(
        np.allclose(answers, seen["again"], rtol=1e-3, atol=1e-5),
        "The same images got two different answers, without training.",
        got=f"{show(answers[0])} and {show(np.asarray(seen['again'])[0])}",
        hint="Something random is always on. Dropout should act while the network trains, and only then.",
    )
    variants = _variants(seen["weights"], images)
    require(
        variants,
        "This part compares numbers, and can do so only when the layers have the kernels of the table.",
        got=_listed(seen["shapes"]),
        hint="First bring the layers with weights in order.",
    )
    correct = variants.pop("")
    expect_array(
        answers,
        correct,
        what=f"what the network makes of {len(images)} images of shape {images.shape[1:]}",
        rtol=2e-3,
        atol=2e-4,
        mistakes=variants,
        hint="The weights fit, but something between the layers does not: scaling, activations, kind or order of the "
        "poolings.",
    )
    sums = answers.sum(axis=1)
    require(np.allclose(sums, 1, atol=1e-3), "Every row should sum to 1.", got=sums)
    scale = _scale(answers, correct)
    require(
        abs(scale - 1) < NEARLY,
        "Nearly: the pixels are scaled by a number that is a little too large or too small.",
        got=f"the brightest pixel, 255, becomes {scale:.3f}",
        expected="1",
        hint="Which is the largest value of a pixel?",
    )


NEARLY = 0.002
"""Half of what 256 instead of 255 makes; some graphics cards round products at 0.0005."""


def _scale(answers: np.ndarray, correct: np.ndarray) -> float:
    """Return by how much the logits behind ``answers`` are larger than the right ones.

    With biases of 0 they are as many times larger as the pixels are.
    """
    logs = [np.log(np.maximum(each, 1e-9)) for each in (answers, correct)]
    mine, right = (each - each.mean(axis=1, keepdims=True) for each in logs)
    return float((mine * right).sum() / (right * right).sum())


def _variants(weights: list[np.ndarray], images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the right answers under "" and those of each misconception under its hint; {} for other layers."""
    kernels = {weight.ndim: [] for weight in weights}
    for weight in weights:
        kernels[weight.ndim].append(weight)
    convolutions = sorted(kernels.get(4, []), key=lambda weight: weight.shape[2])
    dense = sorted(kernels.get(2, []), key=lambda weight: weight.shape[0] == UNITS)
    biases = {len(bias): bias for bias in kernels.get(1, [])}
    fitting = (
        [each.shape[2:] for each in convolutions] == [(3, FILTERS[0]), FILTERS]
        and [each.shape[1:] for each in dense[:1]] == [(UNITS,)]
        and len(dense) == 2
        and len(kernels.get(1, [])) <= len(convolutions) + len(dense)
        and dense[1].shape[0] == UNITS
    )
    pairs = [("same", "valid"), ("same", "same"), ("valid", "valid"), ("valid", "same")]
    paddings = next((pair for pair in pairs if fitting and _flat_size(images.shape[1:], pair) == len(dense[0])), None)
    if paddings is None or any(each.shape[:2] != (3, 3) for each in convolutions):
        return {}

    def forward(
        scaled: np.ndarray, last: str = "softmax", linear: tuple[int, ...] = (), pool: Any = np.max
    ) -> np.ndarray:
        numbers = scaled.astype(np.float64)
        for number, kernel in enumerate(convolutions):
            numbers = _convolution(numbers, kernel, paddings[number]) + biases.get(kernel.shape[-1], 0)
            numbers = numbers if number in linear else np.maximum(numbers, 0)
            numbers = _pooling(numbers, pool)
        numbers = numbers.reshape(len(numbers), -1) @ dense[0] + biases.get(UNITS, 0)
        numbers = numbers if 2 in linear else np.maximum(numbers, 0)
        numbers = numbers @ dense[1] + biases.get(dense[1].shape[1], 0)
        if last == "softmax":
            powers = np.exp(numbers - numbers.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)
        return {"sigmoid": 1 / (1 + np.exp(-numbers)), "relu": np.maximum(numbers, 0), "": numbers}[last]

    scaled = images / 255
    return {
        "": forward(scaled),
        "The pixels reach the first convolution as they come, 0 to 255. Who scales them?": forward(images),
        "It looks as if the pixels were divided by 255 twice.": forward(scaled / 255),
        "The pixels were brought to -1 to 1. The table says 0 to 1.": forward(images / 127.5 - 1),
        "The last layer gives any numbers (logits). Which activation makes probabilities of them?": forward(scaled, ""),
        "Each class got a probability of its own, and the rows do not sum to 1. Which activation makes the classes "
        "share 1?": forward(scaled, "sigmoid"),
        "The last layer has a ReLU. Its rows do not sum to 1.": forward(scaled, "relu"),
        "The first convolution has no ReLU. An activation has to be named.": forward(scaled, linear=(0,)),
        "The second convolution has no ReLU. An activation has to be named.": forward(scaled, linear=(1,)),
        "The convolutions have no ReLU. An activation has to be named.": forward(scaled, linear=(0, 1)),
        f"The dense layer of {UNITS} units has no ReLU. An activation has to be named.": forward(scaled, linear=(2,)),
        "No layer has a ReLU, so all of them together are one linear map. An activation has to be named.": forward(
            scaled, linear=(0, 1, 2)
        ),
        "The poolings take the mean. Which one stands in the table?": forward(scaled, pool=np.mean),
    }


def _convolution(images: np.ndarray, kernel: np.ndarray, padding: str) -> np.ndarray:
    if padding == "same":
        images = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    return np.tensordot(windows, kernel, axes=([4, 5, 3], [0, 1, 2]))


def _pooling(maps: np.ndarray, reduce: Any) -> np.ndarray:
    n, height, width, channels = maps.shape
    whole = maps[:, : height // 2 * 2, : width // 2 * 2]
    return reduce(whole.reshape(n, height // 2, 2, width // 2, 2, channels), axis=(2, 4))


def _expect_dropout(seen: dict[str, Any]) -> None:
    first, second = (np.asarray(each) for each in seen["training"])
    require(
        not np.allclose(first, second, atol=1e-6) or bool(seen["dropout"]),
        "Nothing is random while the network trains.",
        got="twice the same answers with `training=True`",
        expected="dropout: other units are off each time",
        hint="Is the line with the dropout in your network? In a class of your own, its layer must be told `training`.",
    )
    require(
        len(seen["dropout"]) < 2,
        "There is more than one dropout.",
        got=f"{len(seen['dropout'])} layers",
        expected="one, as in the table",
    )
    for layer in seen["dropout"]:
        require(
            layer["rate"] == DROPOUT,
            "The dropout has another rate than in the table.",
            got=layer["rate"],
            expected=str(DROPOUT),
        )
        require(
            layer["shape"] in ([], [UNITS]),
            "The dropout stands at another place than in the table.",
            got=f"it acts on numbers of shape {tuple(layer['shape'])} for each image",
            expected=f"shape ({UNITS},)",
            hint="Between which two layers is its line?",
        )
    require(
        not np.allclose(first, second, atol=1e-6),
        "The dropout does nothing while the network trains.",
        got="twice the same answers with `training=True`",
        hint="A layer that is made but not called has no effect. In a class of your own it must be told `training`.",
    )
    sums = first.sum(axis=1)
    require(
        np.allclose(sums, 1, atol=1e-3) or not np.allclose(np.sum(seen["answers"], axis=1), 1, atol=1e-3),
        "While the network trains, the rows do not sum to 1: some probabilities are switched off.",
        got=sums,
        hint="Does the dropout come before or after the last dense layer?",
    )


@check(
    "ex03.choose_loss",
    points=3,
    needs="choose_loss",
    keras=True,
    seconds=20,
    hints=(
        "Two questions with two answers each: four cases. Write down for each case which class of `keras.losses` it "
        "needs and with which setting.",
        "The names tell the labels: one of the two classes has `Sparse` in its name. The setting `from_logits` tells "
        "about the last layer.",
        "Try the loss on one answer of which you know the loss: a network that is right and sure must get nearly 0.",
    ),
)
def chooses_the_loss(student: Student, draw: Draw) -> None:
    """Choose the loss for labels and last layer."""
    classes = draw.integer(4, 8)
    labels = draw.labels(12, classes)
    logits = draw.rng.normal(0, 3, (12, classes)).astype(np.float32)
    with student.part("for probabilities", 1):
        for one_hot in (False, True):
            _expect_loss(student, labels, logits, one_hot=one_hot, softmax=True)
    with student.part("for logits", 1):
        for one_hot in (False, True):
            _expect_loss(student, labels, logits, one_hot=one_hot, softmax=False)


def _expect_loss(student: Student, labels: np.ndarray, logits: np.ndarray, *, one_hot: bool, softmax: bool) -> None:
    probabilities = _softmax(logits)
    outputs = probabilities if softmax else logits
    targets = np.eye(logits.shape[1], dtype=np.float32)[labels] if one_hot else labels
    loss = student.keep("choose_loss", one_hot=one_hot, softmax=softmax)
    result = student.probe(loss, loss_value, targets, outputs)
    form = "one-hot rows" if one_hot else "class numbers"
    end = "probabilities" if softmax else "logits"
    require(
        "problem" not in result,
        f"The loss for {form} and {end} cannot be computed with such labels.",
        got=result.get("problem"),
        hint=f"The labels are {form}, of shape {targets.shape}. Which form of the cross-entropy takes them?",
    )

    def entropy(shares: np.ndarray) -> float:
        return float(-np.log(shares[np.arange(len(labels)), labels]).mean())

    correct = entropy(probabilities)
    squared = float(((np.eye(logits.shape[1])[labels] - outputs) ** 2).mean())
    truth = np.eye(logits.shape[1])[labels]
    binary = float(-np.where(truth == 1, np.log(probabilities), np.log1p(-probabilities)).mean())
    mistakes = {
        "The softmax was applied a second time: these are probabilities already.": entropy(_softmax(probabilities)),
        "This is the mean squared error. It is no cross-entropy.": squared,
        "This treats every class as a question of its own, yes or no. Here exactly one class is right.": binary,
        "The losses of the images were added up. `fit` expects their mean.": correct * len(labels),
    }
    expect_number(
        result["value"],
        correct,
        what=f"the loss for {form} and {end}",
        rtol=1e-3,
        mistakes=mistakes if softmax else dict(list(mistakes.items())[1:]),
        hint="The labels are taken, but the value is not right. Does the loss know what the last layer gives: "
        "probabilities or logits?",
    )


def loss_value(loss: Any, labels: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    """Probe: return the mean loss that ``loss``, anything that ``compile`` takes, gives; or the problem it has."""
    import keras

    try:
        return {"value": float(keras.ops.mean(keras.losses.get(loss)(labels, answers)))}
    except Exception as problem:  # what TensorFlow raises for labels of another shape has many names
        return {"problem": _in_one_line(problem)}


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


EPOCHS = 10
ENOUGH = 0.95


@check(
    "ex03.overfit",
    points=3,
    needs="overfit",
    keras=True,
    seconds=90,
    hints=(
        "Two steps: `model.compile` with an optimizer, a loss and the accuracy as metric; then `model.fit`. It returns "
        "an object whose `history` holds the values of each epoch.",
        "The labels are class numbers and the model ends with softmax: you have just chosen the loss for that.",
        "Try learning rates that lie a factor of 10 apart, on a small model of your own and 16 images, and print the "
        "accuracies. Take one from the middle of those that work.",
    ),
)
def overfits_a_few_images(student: Student, draw: Draw) -> None:
    """Train a network until it knows 16 images by heart."""
    # Noise and labels by lot: nothing to see, so that only learning by heart helps.
    images = draw.rng.integers(0, 256, (16, 8, 8, 3)).astype(np.float32)
    labels = draw.labels(16, 4)
    model = student.make(small_network, draw.integer(0, 10_000))
    result = student.keep("overfit", model, images, labels, epochs=EPOCHS)
    kind, accuracies = student.probe(result, record)
    answers = student.probe(model, outputs, images)
    known = float(np.mean(answers.argmax(axis=1) == labels))
    with student.part("the 16 images", 2):
        _expect_known(known, accuracies)
    with student.part("the record", 1):
        _expect_record(kind, accuracies, known)


def small_network(seed: int) -> Any:
    """Fixture: return a small network for 8×8 images and four classes that begins with the same weights every time."""
    import keras

    def layer(kind: Any, *settings: Any, **more: Any) -> Any:
        start = keras.initializers.GlorotUniform(seed=seed + settings[0])
        # Few variables: the time goes into tracing the training step, not into computing it.
        return kind(*settings, kernel_initializer=start, use_bias=False, **more)

    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
            layer(keras.layers.Conv2D, 16, 3, activation="relu"),
            keras.layers.Flatten(),
            layer(keras.layers.Dense, 64, activation="relu"),
            layer(keras.layers.Dense, 4, activation="softmax"),
        ]
    )


def record(result: Any) -> tuple[str, list[float]]:
    """Probe: return the kind of thing that came, and its values when it is a list of numbers."""
    kind = type(result).__name__
    try:
        array = np.asarray(result, dtype=float)
    except (TypeError, ValueError):
        return kind, []
    return kind, array.tolist() if array.ndim == 1 else []


record.repeats_what_was_returned = True  # so a grader need not ask whether the process of the student lies


def _expect_known(known: float, accuracies: list[float]) -> None:
    hint = "The training runs, but it does not get there. Is the learning rate far too small or far too large?"
    if max(accuracies, default=0.0) > ENOUGH:
        hint = "Your record says that some network knows them. Is it the one that was given to you?"
    elif 0 < len(accuracies) < EPOCHS:
        hint = f"The record has {len(accuracies)} values. Was the model trained for all {EPOCHS} epochs?"
    elif accuracies and max(accuracies) - min(accuracies) < 0.1:
        hint = "The accuracy hardly changes from epoch to epoch. Is the learning rate far too small?"
    require(
        known > ENOUGH,
        f"After training, the model does not know the 16 images: more than {ENOUGH:.0%} should be right.",
        got=f"{known:.0%} right, of 16 images with 4 classes",
        expected=f"more than {ENOUGH:.0%} after {EPOCHS} epochs",
        hint=hint,
    )


def _expect_record(kind: str, accuracies: list[float], known: float) -> None:
    require(
        bool(accuracies),
        "The result should be a list with the training accuracy of each epoch.",
        got=f"a {kind}",
        expected=f"a list of {EPOCHS} numbers from 0 to 1",
        hint="`model.fit` returns an object. Its `history` is a dictionary of lists, one for each quantity.",
    )
    require(
        len(accuracies) == EPOCHS,
        "There should be one accuracy for each epoch.",
        got=f"{len(accuracies)} values",
        expected=f"{EPOCHS} values for epochs={EPOCHS}",
        hint="Is `epochs` used? And is it accuracies of epochs that are returned, and not those of batches?",
    )
    first, last = accuracies[0], accuracies[-1]
    require(
        all(0 <= each <= 1 for each in accuracies) and (first <= last or last > ENOUGH),
        "These are no accuracies of a network that learns: they lie between 0 and 1, and rise.",
        got=accuracies,
        hint="Is this the loss? The history of `fit` holds several lists.",
    )
    require(
        known > ENOUGH or last <= ENOUGH,
        "The record does not belong to the model that was given.",
        got=f"the record ends with {last:.3f}, but the model is right for {known:.0%} of the images",
        hint="Which model was trained?",
    )
    require(
        last > ENOUGH,
        f"The record should end above {ENOUGH:.0%}.",
        got=f"{last:.3f} in the last epoch",
        expected=f"more than {ENOUGH}",
        hint="The accuracy of an epoch is measured while the weights still move, so it lags behind. Get there a little "
        "earlier: with a somewhat larger learning rate, or with smaller batches.",
    )
    require(
        first < ENOUGH,
        "The record begins with an accuracy that no untrained network has.",
        got=accuracies,
        hint="It should be the accuracy of every epoch, from the first on.",
    )


@check(
    "ex03.curves",
    points=2,
    needs=("diagnosis_1", "diagnosis_2", "diagnosis_3"),
    hints=(
        "Look at the training curves (dashed) first. Does the network learn its training images? If not, it cannot be "
        "overfitting.",
        "Where training stays poor there are two cases: the curve is smooth and flat, or it jumps about.",
    ),
)
def reads_learning_curves(student: Student, draw: Draw) -> None:
    """Read three learning curves."""
    # All or nothing: one letter for all three would be right once.
    choices = [student.value(f"diagnosis_{number}") for number in (1, 2, 3)]
    heart = "Overfitting means that training goes well and validation does not follow. How well does training go here?"
    well = "Compare epoch 8 with epoch 12 in both panels. What still improves, and what does not?"
    wild = "A learning rate that is too high makes the curves jump, from the first epoch on. How smooth are these?"
    why_not = (
        {"a": heart, "c": wild, "d": well},
        {
            "a": heart,
            "b": "Training is poor, that is true. But look at the loss: is it steady, and is it near the 2.30 of pure "
            "guessing?",
            "d": well,
        },
        {
            "b": "Underfitting means that not even the training images are fitted. Look at the dashed curves.",
            "c": wild,
            "d": "Training improves. And validation? Look at its loss (solid) after epoch 4.",
        },
    )
    for number, (choice, right, reasons) in enumerate(zip(choices, "bca", why_not), start=1):
        expect_choice(choice, right, options=("a", "b", "c", "d"), why_not=reasons, what=f"`diagnosis_{number}`")


@check(
    "ex03.best_epoch",
    points=3,
    needs="best_epoch",
    hints=(
        "Walk through the list epoch by epoch, as if you trained. You do not know what comes later.",
        "Remember the best epoch so far. After each epoch, ask how many epochs ago that was.",
        "Compare with the lowest value so far, not with the epoch before. `enumerate(..., start=1)` counts from 1.",
    ),
)
def stops_early(student: Student, draw: Draw) -> None:
    """Find the epoch that early stopping keeps."""
    cases = _stopping_cases(draw)
    with student.part("the best epoch", 2):
        for losses, patience in cases:
            _expect_stop(student, losses, patience, 0)
    with student.part("the last epoch", 1):
        for losses, patience in cases:
            _expect_stop(student, losses, patience, 1)


def _stopping_cases(draw: Draw) -> list[tuple[list[float], int]]:
    def about(*values: float) -> list[float]:
        return [round(value + draw.number(-0.01, 0.01), 3) for value in values]

    first, second = about(1.5, 1.2)
    return [
        # Pauses between improvements, more in sum than the patience.
        (about(2.0, 1.8, 1.9, 1.7, 1.75, 1.6, 1.65, 1.5, 1.4), 2),
        # Falls again after a jump, but stays above the best.
        (about(2.0, 1.2, 1.9, 1.7, 1.5, 1.4, 1.6), 3),
        # An equal value is no improvement, also right at the start.
        ([first, second, second, *about(1.4, 1.3)], 3),
        ([first, first, *about(1.7, 1.8, 1.9)], 3),
        # The lowest value comes after the stop.
        (about(2.0, 1.6, 1.3, 1.4, 1.5, 1.45, 1.6, 1.0, 0.9, 1.1), 3),
        (about(1.0, 1.1, 1.2, 1.3, 0.8), 1),
        (about(2.0, 1.8, 1.6, 1.4), 2),
        (about(1.7), 2),
    ]


def _stop(
    losses: list[float], patience: int, *, ties: bool = False, before: bool = False, total: bool = False
) -> tuple:
    """Return best and last epoch; the switches are misconceptions.

    Args:
        losses: the validation loss of each epoch.
        patience: how many epochs without improvement.
        ties: an equal value counts as an improvement.
        before: each epoch is compared with the one before.
        total: all epochs without improvement are counted, not those in a row.
    """
    best = waited = 0
    for epoch, loss in enumerate(losses[1:], start=1):
        known = losses[epoch - 1 if before else best]
        better = loss < known or (ties and loss == known)
        best = epoch if better else best
        waited = (waited if total else 0) if better else waited + 1
        if waited >= patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


def _expect_stop(student: Student, losses: list[float], patience: int, which: int) -> None:
    result = student.call("best_epoch", losses, patience)
    expect_columns(result, 2, names=("best", "last"), what="the result of `best_epoch`")
    best, last = correct = _stop(losses, patience)
    mistakes = {
        "An equal value is no improvement; the first of them is kept.": _stop(losses, patience, ties=True)[which],
        "It looks as if all epochs without improvement were counted. When does the count begin again?": _stop(
            losses, patience, total=True
        )[which],
    }
    before = "It looks as if each epoch was compared with the one before. What should it be compared with?"
    if which == 0:
        mistakes |= {
            "This epoch has the lowest value of the whole list. Does training get that far?": int(np.argmin(losses))
            + 1,
            before: _stop(losses, patience, before=True)[0],
            "This is the last epoch that is trained. Whose weights are put back?": last,
            "One too few: epochs count from 1 here.": best - 1,
            "This is a loss. The number of the epoch is asked for.": losses[best - 1],
            "This is the highest value of the list. A loss should be low.": int(np.argmax(losses)) + 1,
        }
    else:
        mistakes |= {
            "One too many. After how many epochs without a new lowest value does training end?": last + 1,
            "Training stops later than it should, or not at all. How many epochs without a new lowest value does the "
            "patience allow?": len(losses),
            "One too few. Do epochs count from 1 here? And how many epochs without a new lowest value are allowed?": (
                last - 1
            ),
            "This is the best epoch. Training goes on for a while after it, to find out that it was the best.": best,
            "This is how many epochs were trained after the best one. The number of the last epoch is asked for.": (
                last - best
            ),
        }
    expect_number(
        result[which],
        correct[which],
        what=("the best epoch", "the last epoch")[which],
        mistakes=mistakes,
        hint="Go through this list with a pencil: write down the lowest value so far and how many epochs ago it was.",
    )


manual(
    "ex03.interpret",
    points=4,
    title="Your own curves",
    rubric=(
        "1 point: describes both runs and how they differ, with at least three numbers that are really in the figure "
        "or in the printed lines.",
        "1 point: says for each run whether and since when it overfits, and reads it from the right thing: validation "
        "loss that stops falling or rises while the training loss falls, or a gap that grows. A gap alone, or the "
        "training accuracy alone, gives half.",
        "1 point: names one change that fits the diagnosis (more pictures, augmentation, more dropout, earlier "
        "stopping; for a run that still improves: longer training) and says how the curves would look if it helped.",
        "1 point: says how sure the conclusion is: 500 pictures give a standard error of about two points, and "
        "there is one training of each kind. One of these with its consequence is enough.",
    ),
)
