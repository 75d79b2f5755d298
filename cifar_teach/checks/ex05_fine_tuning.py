"""The checks of exercise 05: batch norm, clean cuts, unfreezing, a stored trunk, learning rates, averaged weights."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, expect_equal, require
from .draw import Draw
from .registry import check, exercise, manual
from .student import Handle, Student
from .verdict import CheckFailed

exercise(
    "ex05_fine_tuning",
    title="Fine-tuning",
    goal="Let the last block of a pretrained network learn too, without losing what it knew: what to unfreeze, at "
    "which learning rate, and what to do with batch normalisation.",
    minutes=90,
    train_size=1_300,
    test_size=500,
)

EPSILON = 1e-3
LAYERS = ["layers, not names"]
PLAIN_VARIANCE = (
    "Nearly. The variance is the plain mean of the squared distances; here one was subtracted from the count (`ddof`)."
)


@check(
    "ex05.batch_norm",
    points=4,
    needs="batch_norm",
    hints=(
        "Write the two cases one below the other: `if training:` and what follows when it is not so. In one of them "
        "the statistics come back as they were.",
        "A statistic has one number for each channel. So the average goes over three of the four axes: over pictures, "
        "rows and columns.",
        "The new stored mean lies between the old one and that of the batch. With `momentum=1` nothing would ever "
        "change, with `momentum=0` only the last batch would count. Which of the two is weighted with `momentum`?",
    ),
)
def normalises_in_both_modes(student: Student, draw: Draw) -> None:
    """Batch normalisation in both modes."""
    momentum = draw.number(0.6, 0.85)
    # One channel hardly varies, so that the constant in the root can be seen.
    spread = draw.rng.permutation([0.03, 1.2, 2.2])
    # The means stay small: far from zero, such a channel would lose digits in float32, which Keras computes in.
    x = draw.rng.normal(draw.rng.permutation([-1.0, 0.5, 1.4]), spread, (4, 3, 2, 3))
    x[0] += 0.5 * spread
    mean, variance = draw.rng.uniform(-2, 2, 3), draw.rng.uniform(0.02, 3, 3)
    with student.part("in use: training=False", 1):
        _expect_in_use(student, x, mean, variance, momentum)
    came = None
    with student.part("in training: the normalised values", 1.5):
        came = _normalised(student, x, mean, variance, True, momentum)
        _expect_values_in_training(came[0], x, mean, variance, momentum)
    with student.part("in training: the stored statistics", 1.5):
        if came is None:
            came = _normalised(student, x, mean, variance, True, momentum)
        _expect_moved(came, x, mean, variance, momentum)


def _normalised(
    student: Student, x: np.ndarray, mean: np.ndarray, variance: np.ndarray, training: bool, momentum: float
) -> Any:
    result = student.call("batch_norm", x, mean, variance, training, momentum)
    expect_columns(result, 3, names=("the normalised values", "the stored mean", "the stored variance"))
    return result


def _scaled(x: np.ndarray, mean: Any, variance: Any, epsilon: float = EPSILON) -> np.ndarray:
    return (x - mean) / np.sqrt(variance + epsilon)


def _slips(x: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> dict[str, np.ndarray]:
    """Return slips that can happen with any statistics."""
    return {
        "These are the values as they came.": x,
        "The mean was subtracted, but nothing was divided.": x - mean,
        "It was divided by the variance. The spread of the values is its square root.": (
            (x - mean) / (variance + EPSILON)
        ),
        "The small constant 0.001 is missing. Without it, a channel that never varies would be divided by zero.": (
            _scaled(x, mean, variance, 0)
        ),
        "Nearly. The small constant was added to the root; it belongs to the variance, under the root.": (
            (x - mean) / (np.sqrt(variance) + EPSILON)
        ),
    }


def _expect_in_use(student: Student, x: np.ndarray, mean: np.ndarray, variance: np.ndarray, momentum: float) -> None:
    came = _normalised(student, x, mean, variance, False, momentum)
    own_mean, own_variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    expect_array(
        came[0],
        _scaled(x, mean, variance),
        what="the array of normalised values",
        mistakes={
            "`training` is False, but the batch was normalised with its own statistics. Then the answer for a picture "
            "would depend on the pictures beside it.": _scaled(x, own_mean, own_variance),
            **_slips(x, mean, variance),
        },
        hint="In use, the stored statistics are taken: minus the mean, divided by the root of variance plus 0.001.",
    )
    for name, after, before, moved in (
        ("mean", came[1], mean, _moved(mean, own_mean, momentum)),
        ("variance", came[2], variance, _moved(variance, own_variance, momentum)),
    ):
        expect_array(
            after,
            before,
            what=f"the stored {name} afterwards",
            mistakes={
                "It moved, though `training` is False. A network in use does not learn from the pictures that it is "
                "shown.": moved,
                "This is the statistic of the batch. In use, nothing is stored.": (
                    own_mean if name == "mean" else own_variance
                ),
            },
            hint="In use, the stored statistics come back as they were given, the mean first.",
        )


def _moved(old: np.ndarray, new: np.ndarray, momentum: float) -> np.ndarray:
    return momentum * old + (1 - momentum) * new


def _expect_values_in_training(
    result: Any, x: np.ndarray, mean: np.ndarray, variance: np.ndarray, momentum: float
) -> None:
    own_mean, own_variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    expect_array(
        result,
        _scaled(x, own_mean, own_variance),
        what="the array of normalised values",
        atol=1e-4,
        mistakes={
            "The stored statistics were used. In training, a batch is normalised with its own.": (
                _scaled(x, mean, variance)
            ),
            "The stored statistics were moved first and then used. In training, a batch is normalised with its own "
            "mean and variance alone.": (
                _scaled(x, _moved(mean, own_mean, momentum), _moved(variance, own_variance, momentum))
            ),
            "Each picture was normalised by itself. The statistics of a *batch* go over all of its pictures.": (
                _scaled(x, x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True))
            ),
            "Every place has statistics of its own. A channel is one feature wherever it is found: average over rows "
            "and columns, too.": _scaled(x, x.mean(axis=0), x.var(axis=0)),
            "All channels share one mean and one variance. Each channel has its own.": _scaled(x, x.mean(), x.var()),
            "The statistics were taken over the channels. Which axis holds them?": (
                _scaled(x, x.mean(-1, keepdims=True), x.var(-1, keepdims=True))
            ),
            PLAIN_VARIANCE: _scaled(x, own_mean, x.var(axis=(0, 1, 2), ddof=1)),
            **_slips(x, own_mean, own_variance),
        },
        hint="Afterwards, every channel of this batch should have the mean 0 and (nearly) the deviation 1.",
    )


def _expect_moved(came: Any, x: np.ndarray, mean: np.ndarray, variance: np.ndarray, momentum: float) -> None:
    deviation = x.std(axis=(0, 1, 2))
    for name, after, old, new in (
        ("mean", came[1], mean, x.mean(axis=(0, 1, 2))),
        ("variance", came[2], variance, x.var(axis=(0, 1, 2))),
    ):
        others = {
            "It did not move. In training, every batch leaves a trace in the stored statistics.": old,
            "It was replaced by that of the batch. Everything that earlier batches had taught is forgotten.": new,
            "It moved too far. `momentum` is the share of the *old* value that is kept.": _moved(new, old, momentum),
            "Half and half, whatever `momentum` says.": (old + new) / 2,
            "The batch's share was added, but the old value was not made smaller.": old + (1 - momentum) * new,
            "The old value was made smaller, but nothing of the batch was added.": momentum * old,
        }
        if name == "variance":
            others["The batch's standard deviation was mixed in. The stored number is a variance."] = _moved(
                old, deviation, momentum
            )
            others[PLAIN_VARIANCE] = _moved(old, x.var(axis=(0, 1, 2), ddof=1), momentum)
        expect_array(
            after,
            _moved(old, new, momentum),
            what=f"the stored {name} afterwards",
            mistakes=others,
            hint="One number for each channel, between the old value and that of the batch: `momentum` tells how much "
            "of the old one is kept.",
        )


@check(
    "ex05.frozen_norm",
    points=1,
    needs="prediction_frozen",
    hints=(
        "There are two pairs of numbers in the layer: scale and shift are learned by gradients, mean and variance are "
        "measured. `trainable=False` certainly stops the first pair. And the second?",
        "Suppose this layer went on using the statistics of each batch. Would the same picture get the same answer in "
        "every step, although no weight of the layer changes? Would you call such a layer frozen?",
    ),
)
def predicts_frozen_norm(student: Student, draw: Draw) -> None:
    """What does a frozen batch norm do in training?"""
    expect_choice(
        student.value("prediction_frozen"),
        "c",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "That is how PyTorch does it, where `requires_grad=False` and `eval()` are two switches. Would you "
            "call a layer frozen whose answers drift from batch to batch?",
            "b": "Then a network would give other answers while it trains than when it is used, though nothing in it "
            "changes. Which statistics were the frozen weights made for?",
            "d": "Scale and shift are weights that gradients change. What does `trainable=False` say about those?",
        },
        what="your prediction",
    )


@check(
    "ex05.clean_cuts",
    points=3,
    needs="clean_cuts",
    hints=(
        "Draw the example on paper and cut it with a straight line behind one layer. How many connections does the "
        "line cross, and where do they begin?",
        "For one layer, split the order in three: the layers before it, the layer, the layers behind it. Which kind of "
        "connection must not exist?",
        "Go through *all* layers behind, not only the next one: a connection can lead past many layers. "
        "`list(inputs_of)` gives the names in order.",
    ),
)
def finds_clean_cuts(student: Student, draw: Draw) -> None:
    """Where can a network be cut?"""
    for links in (
        # A residual block, and a connection over a single layer.
        ((), (0,), (1,), (2,), (1, 3), (4,), (4, 5), (6,)),
        # One connection leads past another one.
        ((), (0,), (1,), (2,), (1, 3), (4, 0), (5,), (6,), (7, 6), (8,)),
        # Two branches that meet; their layers have one reader each.
        ((), (0,), (1,), (1,), (2, 3), (4,), (5,)),
        ((), (0,), (1,), (2,)),
    ):
        numbers = draw.rng.permutation(90)[: len(links)] + 10
        names = [f"layer{number}" for number in numbers]
        inputs_of = {name: [names[source] for source in sources] for name, sources in zip(names, links, strict=True)}
        _expect_cuts(student.call("clean_cuts", inputs_of), inputs_of)


def _expect_cuts(result: Any, inputs_of: dict[str, list[str]]) -> None:
    names = list(inputs_of)
    readers = {name: [each for each in names if name in inputs_of[each]] for name in names}
    place = {name: number for number, name in enumerate(names)}

    def passed_by(name: str) -> bool:
        return any(place[source] < place[name] for each in names[place[name] + 1 :] for source in inputs_of[each])

    correct = [name for name in names[:-1] if not passed_by(name)]
    following = dict(pairwise(names))
    if isinstance(result, list | tuple | np.ndarray) and sorted(map(str, result)) == sorted(correct):
        require(
            list(result) == correct,
            "These are the right layers, but not in the order of the network.",
            got=result,
            expected=correct,
        )
    expect_equal(
        result,
        correct,
        what="the list of layers",
        mistakes={
            "The last layer is among them. Nothing is behind it, so there is nothing to cut off.": [
                *correct,
                names[-1],
            ],
            "These are all layers. Is there no connection that leads past one of them?": names,
            "These are all layers but the last. Is there no connection that leads past one of them?": names[:-1],
            "These are the layers that are passed by: just those where the network can *not* be cut.": (
                [name for name in names if name not in correct]
            ),
            "The first layer is missing. Everything flows through it, so one can cut behind it.": correct[1:],
            "It looks as if the *next* layer was named each time. The cut is behind the layer, not behind the one that "
            "follows.": [following[name] for name in correct],
            "These are the layers that read from one layer only. But inside a block there are such layers as well, and "
            "a connection leads past them.": [name for name in names if len(inputs_of[name]) == 1],
            "These are the layers that are read by exactly one other. But a layer inside a block has one reader, too: "
            "ask what leads *past* it.": [name for name in names if len(readers[name]) == 1],
            "Only the next layer was asked what it reads. A connection can lead past many layers.": (
                [name for name in names[:-1] if inputs_of[following[name]] == [name]]
            ),
            "Here every connection counts that begins before the layer, also the one that ends in it. What flows "
            "*into* the layer does no harm.": (
                [
                    name
                    for name in names[:-1]
                    if not any(
                        place[source] < place[name] for each in names[place[name] :] for source in inputs_of[each]
                    )
                ]
            ),
        },
        hint="Behind a clean cut no layer reads from a layer before it: all that comes behind can be computed from "
        "this one output.",
    )


def small_network(width: int, seed: int, frozen: bool) -> Any:
    """Return a network from images 8x8 to 3 classes: ``stem``, two residual blocks, ``head``; all of it flat.

    Its splits are layers with weights of their own. ``frozen``: everything but the head is frozen already.
    """
    from keras import Input, Model, initializers, layers

    def convolution(x: Any, name: str, size: int = 3) -> Any:
        start = initializers.HeNormal(seed=seed)
        return layers.Conv2D(width, size, padding="same", kernel_initializer=start, name=name)(x)

    inputs = Input((8, 8, 3), name="pixels")
    x = layers.Rescaling(1 / 255, name="scaling")(inputs)
    x = layers.BatchNormalization(name="stem_norm")(convolution(x, "stem_conv"))
    x = convolution(x, "stem", 1)
    for number in (1, 2):
        inside = layers.BatchNormalization(name=f"block{number}_norm")(convolution(x, f"block{number}_conv"))
        x = layers.Add(name=f"block{number}_add")([x, layers.ReLU(name=f"block{number}_relu")(inside)])
        x = convolution(x, f"block{number}", 1)
    outputs = layers.Dense(3, name="head")(layers.GlobalAveragePooling2D(name="features")(x))
    model = Model(inputs, outputs)
    if frozen:
        for layer in model.layers[:-1]:
            layer.trainable = False
    return model


def learning_names(model: Any) -> list[str]:
    """Return the layers that training would change: those with weights among the network's trainable ones."""
    ids = {id(weight) for weight in model.trainable_weights}
    return [layer.name for layer in model.layers if any(id(weight) in ids for weight in layer.weights)]


def switched_on_names(model: Any) -> list[str]:
    """Return the layers whose own switch says that they learn, even when the network's says that nothing does."""
    return [layer.name for layer in model.layers if layer.weights and layer.trainable]


def drifting_norms(model: Any, images: np.ndarray) -> list[str]:
    """Return the batch normalisations whose statistics one pass in training mode moves."""
    before = {layer.name: layer.get_weights() for layer in model.layers}
    model(images, training=True)
    return [
        layer.name
        for layer in model.layers
        if any(not np.array_equal(old, new) for old, new in zip(before[layer.name], layer.get_weights(), strict=True))
    ]


@check(
    "ex05.unfreeze",
    points=4,
    needs="unfreeze_after",
    keras=True,
    hints=(
        "Go through `model.layers` in order and remember whether you have come past the split yet. Every layer has a "
        "name (`layer.name`) and a switch (`layer.trainable`).",
        "Set the switch of *every* layer, to True or to False: nobody knows how the last stage left them.",
        "`isinstance(layer, keras.layers.BatchNormalization)` tells a batch normalisation by its kind. "
        "`layer.trainable_weights` is an empty list when the layer has nothing to learn.",
    ),
)
def unfreezes_behind_the_split(student: Student, draw: Draw) -> None:
    """Unfreeze what lies behind a split."""
    images = draw.images(4, size=8).astype(np.float32)
    width, seed = draw.integer(3, 5), draw.integer(1, 1000)
    whole = student.make(small_network, width, seed, False)
    closed = student.make(small_network, width, seed, True)
    stem, one, two = ["stem_conv", "stem"], ["block1_conv", "block1"], ["block2_conv", "block2"]
    named: list[tuple[Any, list[str]]] = []
    with student.part("the right layers learn", 2):
        for model, split, learning in (
            (whole, "block1", [*two, "head"]),
            (whole, "block2", ["head"]),
            (closed, "stem", [*one, *two, "head"]),
        ):
            names = _names(student, model, split)
            _expect_learning(student, model, split, learning, [*stem, *one, *two, "head"])
            # The names are judged by what learns, so that one mistake does not count twice.
            named.append((names, student.probe(model, learning_names)))
    with student.part("batch normalisation stays as it is", 1):
        _only_after(student)
        for model in (whole, closed):
            learning = [each for each in student.probe(model, learning_names) if each.endswith("_norm")]
            drifting = student.probe(model, drifting_norms, images)
            require(
                not learning,
                f"Batch normalisation would be trained: {_listed(learning)}.",
                got=f"trainable: {_listed(learning)}",
                expected="every batch normalisation frozen, before and behind the split",
                hint="Unfrozen, it would normalise with the statistics of small batches, and the stored ones would "
                "drift.",
            )
            require(not drifting, f"One pass in training mode moved the statistics of {_listed(drifting)}.")
    with student.part("their names are returned", 1):
        _only_after(student)
        for names, learning in named:
            expect_equal(
                names,
                learning,
                what="the list of names",
                mistakes={"These are the layers themselves. Their names are asked for, as text.": LAYERS},
                hint="The names of the layers that have something to learn now, from input to output: no activation, "
                "no addition and no frozen layer is among them.",
            )


def _names(student: Student, model: Handle, split: str) -> Any:
    """Return what came back; layers instead of names must not cost the points for what was done to the model."""
    try:
        return student.call("unfreeze_after", model, split)
    except CheckFailed as failure:
        if "cannot be compared" not in failure.message:
            raise
        return LAYERS


def _expect_learning(student: Student, model: Handle, split: str, learning: list[str], every: list[str]) -> None:
    """Expect these layers to learn; batch normalisation is looked at elsewhere."""
    came = [each for each in student.probe(model, learning_names) if not each.endswith("_norm")]
    switched_on = [each for each in student.probe(model, switched_on_names) if not each.endswith("_norm")]
    too_many = [each for each in came if each not in learning]
    if not came and switched_on:
        hint = (
            "The switch of the whole network (`model.trainable`) says that nothing learns. Then the switches of its "
            "layers count for nothing."
        )
    elif came == [each for each in every if each not in learning]:
        hint = "It is the other way round: what lies *behind* the split learns."
    elif came == [split, *learning]:
        hint = "The split itself belongs to the frozen part."
    elif came == [split]:
        hint = "Only the layer of this name learns. What about all those behind it?"
    elif came == every:
        hint = "All of it learns. Which layers have been switched off?"
    elif too_many and set(learning) <= set(came):
        hint = (
            "Too many layers learn. Was a switch left as it was before? Earlier stages may have left any layer on or "
            "off."
        )
    elif not too_many:
        hint = (
            "Too few layers learn. Did an earlier stage leave switches off? (`model.trainable = True` does nothing "
            "when it is True already.) And the name of the split decides, not a number of layers."
        )
    else:
        hint = "What decides is whether a layer comes before or behind the split in `model.layers`."
    require(
        came == learning,
        f"After `unfreeze_after(model, {split!r})` the wrong layers would be trained.",
        got=_listed(came) or "nothing",
        expected=_listed(learning),
        hint=hint,
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names)


def _only_after(student: Student) -> None:
    """Fail unless the first part was right: leaving everything as it came earns nothing."""
    require(student.findings[0].passed, "This is looked at when the part above is right.")


class Counted:
    """A function that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0


class Layer(Counted):
    """Stands for a frozen layer: a change of the numbers that cannot change places with another one."""

    def __init__(self, factor: float, shift: float) -> None:
        super().__init__()
        self.factor, self.shift = factor, shift

    def __call__(self, batch: Any) -> np.ndarray:
        """Return an array of the same shape."""
        self.calls += 1
        return np.tanh(self.factor * np.asarray(batch, float) + self.shift)


class TrainEpoch(Counted):
    """Stands for a pass of training: the loss depends on the activations and falls from call to call."""

    def __call__(self, activations: Any) -> float:
        """Return the loss of this epoch."""
        self.calls += 1
        values = np.asarray(activations, float)
        places = np.linspace(0.5, 1.5, values.size).reshape(values.shape)
        return float(np.sum((values + 2) * places)) / self.calls


def make_trunk(settings: np.ndarray) -> tuple[Layer, ...]:
    """Return one layer for each row (factor, shift)."""
    return tuple(Layer(*row) for row in settings)


def calls_of(thing: Any) -> list[int]:
    """Return how often each of these functions was called."""
    return [each.calls for each in (thing if isinstance(thing, tuple) else (thing,))]


@check(
    "ex05.train_tail",
    points=2,
    needs="train_tail",
    hints=(
        "Two loops, one after the other, not one inside the other. Which of them goes over the layers, which over the "
        "epochs?",
        "What comes out of one layer goes into the next. Begin with the pictures.",
        "What `train_epoch` returns is the loss of that epoch. Collect them in a list.",
    ),
)
def runs_the_trunk_once(student: Student, draw: Draw) -> None:
    """Run the frozen part once."""
    for depth, epochs in ((3, draw.integer(4, 6)), (2, 1), (0, 2)):
        # Far enough from each other that every other order gives another loss.
        factors, shifts = draw.rng.permutation([0.5, 1.0, 1.6]), draw.rng.permutation([-0.7, 0.1, 0.8])
        settings = np.stack([factors, shifts], axis=1)[:depth]
        images = draw.rng.uniform(0, 1, (2, 3, 3))
        trunk, train_epoch = student.make(make_trunk, settings), student.make(TrainEpoch)
        result = student.call("train_tail", trunk, train_epoch, images, epochs)
        _expect_trained_once(student, trunk, train_epoch, depth, epochs)
        _expect_losses(result, settings, images, epochs)


def _expect_trained_once(student: Student, trunk: Handle, train_epoch: Handle, depth: int, epochs: int) -> None:
    (trained,) = student.probe(train_epoch, calls_of)
    require(
        trained == epochs,
        f"`train_epoch` was called {trained} times for {epochs} epochs.",
        hint="The tail changes in every epoch, so it has to run each time. One call is one epoch.",
    )
    ran = student.probe(trunk, calls_of)
    if not ran:
        return
    hint = "A frozen layer gives the same answer every time. Where does its call stand: inside the loop over epochs?"
    if min(ran) == 0:
        hint = "Every layer of the trunk takes part: what comes out of one goes into the next."
    require(
        max(ran) == 1 and min(ran) == 1,
        "Not every layer of the trunk ran exactly once.",
        got=f"calls of the {depth} layers in {epochs} epochs: {ran}",
        expected=f"{[1] * depth}",
        hint=hint,
    )


def _expect_losses(result: Any, settings: np.ndarray, images: np.ndarray, epochs: int) -> None:
    def through(rows: Any) -> np.ndarray:
        values = images
        for layer in make_trunk(rows):
            values = layer(values)
        return values

    def losses(values: np.ndarray) -> np.ndarray:
        train_epoch = TrainEpoch()
        return np.array([train_epoch(values) for _ in range(epochs)])

    correct = losses(through(settings))
    expect_array(
        result,
        correct,
        what="the list of losses",
        rtol=1e-5,
        atol=1e-6,
        mistakes={
            "The tail was trained on the pictures. It takes what comes out of the trunk.": losses(images),
            "Only the last layer of the trunk counted. It takes what comes out of the layer before it, not the "
            "pictures.": losses(through(settings[-1:])),
            "Only the first layer of the trunk counted.": losses(through(settings[:1])),
            "The last layer was run first. The order is that of the trunk.": losses(through(settings[::-1])),
            "This is the loss of the last epoch alone. One loss for each epoch is asked for.": correct[-1],
            "This is the loss of the first epoch alone. One loss for each epoch is asked for.": correct[0],
            "This is the average over the epochs. One loss for each epoch is asked for.": correct.mean(),
            "This is the sum over the epochs. One loss for each epoch is asked for.": correct.sum(),
            "The losses come last epoch first.": correct[::-1],
            "These are the activations. What does `train_epoch` return?": through(settings),
        },
        hint="One number for each epoch: what `train_epoch` returned, in this order.",
    )


@check(
    "ex05.rates",
    points=2,
    needs="rates_by_block",
    hints=(
        "Write down the list for 4 blocks, 0 of them frozen, with decay 0.5 and head rate 16. Then for 2 frozen ones.",
        "How far is block number b (counted from 0) from the head? That many times its rate is multiplied by `decay`.",
        "Frozen blocks come first in the list, with the rate 0. They do not change the rates of the others.",
    ),
)
def lowers_rates_towards_the_input(student: Student, draw: Draw) -> None:
    """A learning rate for each block."""
    head_rate, decay = draw.number(0.01, 0.1), draw.number(0.3, 0.45)
    for blocks, frozen, factor in ((5, 2, decay), (3, 0, decay), (4, 4, decay), (4, 1, 1.0)):
        result = student.call("rates_by_block", blocks, frozen, head_rate, factor)
        _expect_rates(result, blocks, frozen, head_rate, factor)


def _expect_rates(result: Any, blocks: int, frozen: int, head_rate: float, decay: float) -> None:
    distance = blocks - np.arange(blocks + 1)
    all_learn = head_rate * decay**distance
    learns = np.arange(blocks + 1) >= frozen
    correct = all_learn * learns
    expect_array(
        result,
        correct,
        what="the list of rates",
        rtol=1e-3,
        atol=1e-12,
        mistakes={
            "The frozen blocks have a rate, too. A rate above 0 moves weights.": all_learn,
            "The list begins with the head. It should begin with the first block, the one at the input.": correct[::-1],
            "The blocks at the input learn fastest. They hold what is most general, and should move least.": (
                head_rate * decay ** np.arange(blocks + 1) * learns
            ),
            "The first block that learns has the highest rate. It is the one nearest to the *head* that may move "
            "most.": (head_rate * decay ** np.maximum(0, np.arange(blocks + 1) - frozen) * learns),
            "The head is missing: a list for the blocks and the head has one number more than there are blocks.": (
                correct[:-1]
            ),
            "The frozen blocks were left out. They have a place in the list, with the rate 0.": correct[frozen:],
            "All rates are one `decay` too small: the head has the rate `head_rate` itself.": correct * decay,
            "All blocks behind the frozen ones have the same rate. What is `decay` for?": head_rate * learns,
            "All blocks have the same rate, and only the head another. From block to block the rate is multiplied once "
            "more.": np.where(distance == 0, head_rate, head_rate * decay) * learns,
            "The last blocks are frozen. Blocks are frozen from the input on.": (
                np.where(distance <= frozen, 0, all_learn)
            ),
            "One block too many is frozen.": all_learn * (np.arange(blocks + 1) >= frozen + 1),
            "One block too few is frozen.": all_learn * (np.arange(blocks + 1) >= frozen - 1),
            "The rates fall by equal steps. `decay` is a factor: each rate is that share of the next one.": (
                head_rate * (1 - (1 - decay) * distance) * learns
            ),
            "Each rate was divided by `decay`: they grow towards the input.": head_rate / decay**distance * learns,
        },
        hint="From the head backwards: `head_rate`, then each block has `decay` times the rate of the one behind it.",
    )


@check(
    "ex05.schedule",
    points=3,
    needs="rate_at",
    hints=(
        "Two cases: the step is still in the warm-up, or it is not. Begin with the first. With `warmup=4` the rates "
        "should be one, two, three and four quarters of the peak.",
        "For the second case compute the share s of the way from the end of the warm-up to the end of training. It is "
        "0 at step `warmup`. What would it be at step `total`?",
        "`np.cos(np.pi * s)` falls from 1 to -1 while s goes from 0 to 1. You need something that falls from 1 to 0.",
    ),
)
def warms_up_and_cools_down(student: Student, draw: Draw) -> None:
    """Warm-up and cosine."""
    peak = draw.number(0.02, 0.09)
    warmup = draw.integer(3, 5)
    for total, warm in ((2 * warmup + draw.integer(3, 6), warmup), (draw.integer(5, 8), 0), (7, 1)):
        rates = []
        for step in range(total):
            rate = student.call("rate_at", step, total, peak, warm)
            single = rate.item() if isinstance(rate, np.ndarray) and rate.size == 1 else rate
            require(
                isinstance(single, int | float) and not isinstance(single, bool),
                "The rate of one step should be one number.",
                got=rate if rate is not None else "None",
                hint="Does the function return in both cases?",
            )
            rates.append(single)
        _expect_schedule(np.array(rates), total, peak, warm)


def _expect_schedule(rates: np.ndarray, total: int, peak: float, warmup: int) -> None:
    step = np.arange(total)
    warm = step < warmup
    share = np.where(warm, 0, (step - warmup) / (total - warmup))

    def schedule(rise: Any, fall: Any) -> np.ndarray:
        return peak * np.where(warm, rise, fall)

    rise, fall = (step + 1) / max(1, warmup), (1 + np.cos(np.pi * share)) / 2
    last = np.where(warm, 0, (step - warmup) / max(1, total - 1 - warmup))
    expect_array(
        rates,
        schedule(rise, fall),
        what=f"the series of rates for step 0 to {total - 1} (total {total}, warmup {warmup}, peak {peak:.4f})",
        rtol=1e-3,
        atol=1e-6,
        mistakes={
            "The rate is the same all the time.": np.full(total, peak),
            "There is no warm-up: the cosine begins at step 0.": peak * (1 + np.cos(np.pi * step / total)) / 2,
            "The warm-up begins at 0, so the very first step does nothing. Its first rate should be one `warmup`-th of "
            "the peak.": schedule(step / max(1, warmup), fall),
            "The warm-up is right. But the cosine began to fall at step 0: at the end of the warm-up the rate drops. "
            "Which share of the *rest* has passed?": schedule(rise, (1 + np.cos(np.pi * step / total)) / 2),
            "After the warm-up the rate falls along a straight line.": schedule(rise, 1 - share),
            "After the warm-up the rate stays at the peak.": schedule(rise, 1),
            "The rate falls below zero: the weights would walk uphill. A cosine goes from 1 to -1.": (
                schedule(rise, np.cos(np.pi * share))
            ),
            "The cosine runs through a quarter of its period (`pi / 2`): slow at first, and fast at the end.": (
                schedule(rise, np.cos(np.pi * share / 2))
            ),
            "The rate comes back to the peak at the end: that is a whole period of the cosine, not half of one.": (
                schedule(rise, (1 + np.cos(2 * np.pi * share)) / 2)
            ),
            "After the warm-up the rate begins at 0 and rises.": schedule(rise, (1 - np.cos(np.pi * share)) / 2),
            "The rate is at twice the peak after the warm-up.": schedule(rise, 1 + np.cos(np.pi * share)),
            "`np.cos` takes radians: half a period is `np.pi`, not 180.": (
                schedule(rise, (1 + np.cos(180 * share)) / 2)
            ),
            "The rate is 0 at the last step already. By the question's formula it would be 0 one step later, at "
            "`total`.": schedule(rise, (1 + np.cos(np.pi * last)) / 2),
            "The share of the way is measured in steps since the warm-up, but divided by all steps.": (
                schedule(rise, (1 + np.cos(np.pi * (step - warmup) / total)) / 2)
            ),
        },
        hint="Draw your rates with the cell below: up in equal steps to the peak, then down along half a cosine.",
    )


def make_arrays(*arrays: np.ndarray) -> list[np.ndarray]:
    """Return copies of the arrays in a list, as a network's weights come."""
    return [np.array(each) for each in arrays]


def overwrite(arrays: Any) -> None:
    """Write into every array, as a training step does."""
    for array in arrays:
        array += 1


def arrays_of(things: Any) -> list[np.ndarray]:
    """Return what a list holds as arrays."""
    return [np.asarray(each) for each in things]


@check(
    "ex05.average",
    points=3,
    needs="update_average",
    hints=(
        "The first time there is no average yet (`average is None`). The best guess is then the weights themselves.",
        "`zip(average, weights)` gives the arrays of both in pairs. Arrays are combined number by number.",
        "Is a list that you return the same object as the list that you were given? Then whoever changes one changes "
        "the other. `array.copy()` makes a new one.",
    ),
)
def averages_weights(student: Student, draw: Draw) -> None:
    """A running average of the weights."""
    decay = draw.number(0.7, 0.9)
    old, new = ([draw.rng.normal(0, 2, shape) for shape in ((2, 3), (3,), (1, 2, 2))] for _ in range(2))
    right = False
    with student.part("the average moves", 2):
        result = student.call("update_average", old, new, decay)
        _expect_average(result, old, new, decay)
        right = True
    with student.part("the first call", 1):
        require(right, "This is looked at when the part above is right.")
        weights = student.make(make_arrays, *new)
        first = student.keep("update_average", None, weights, decay)
        values = student.probe(first, arrays_of)
        require(len(values) == len(new), "Not every array of weights has an average.", got=f"{len(values)} arrays")
        for came, correct in zip(values, new, strict=True):
            expect_array(
                came,
                correct,
                what="the average after the first call",
                mistakes={
                    "It is too small: the average began at 0. With nothing before them, the weights themselves are the "
                    "average.": (1 - decay) * correct,
                    "It is too small: with nothing before them, the weights themselves are the average.": (
                        decay * correct
                    ),
                    "All values are 0. With nothing before them, the weights themselves are the average.": 0 * correct,
                },
            )
        student.probe(weights, overwrite)
        for came, correct in zip(student.probe(first, arrays_of), new, strict=True):
            require(
                np.allclose(came, correct),
                "When the weights were changed in place afterwards, the average changed with them.",
                got="an average that shares its memory with the weights",
                hint="`=` and `list(...)` make no new arrays: both names then stand for the same numbers.",
            )


def _expect_average(result: Any, old: list[np.ndarray], new: list[np.ndarray], decay: float) -> None:
    require(
        isinstance(result, list | tuple),
        "The result should be a list of arrays, like the weights.",
        got=result if result is not None else "None",
        hint="Does the function end with `return`?",
    )
    require(
        len(result) == len(new),
        "The list has another length than the list of weights.",
        got=f"{len(result)} items",
        expected=f"{len(new)} arrays",
        hint="Every array of weights has an average of its own. Is the list filled in a loop over all of them?",
    )
    for number, (came, before, now) in enumerate(zip(result, old, new, strict=True)):
        expect_array(
            came,
            decay * before + (1 - decay) * now,
            what=f"array number {number} of the average",
            mistakes={
                "It did not move.": before,
                "These are the new weights. What became of the average so far?": now,
                "It moved too far. `decay` is the share of the *old* average that is kept.": (
                    (1 - decay) * before + decay * now
                ),
                "Half and half, whatever `decay` says.": (before + now) / 2,
                "The new weights were added in full: the average would grow and grow.": decay * before + now,
                "The old average was kept in full: it would grow and grow.": before + (1 - decay) * now,
                "The old average was made smaller, but nothing was added.": decay * before,
                "The difference was taken the wrong way round: the average moves away from the weights.": (
                    before - (1 - decay) * (now - before)
                ),
            },
            hint="Each number lies between its old average and the new weight: `decay` tells how near to the old one.",
        )


@check(
    "ex05.predict_runs",
    points=2,
    needs=("prediction_fresh", "prediction_large"),
    hints=(
        "Run 2: at the start, are the answers of the head any better than chance? And what do the blocks learn from a "
        "head whose weights are random?",
        "Run 3: Adam moves every weight by about the learning rate at each step, whatever the gradient. A typical "
        "pretrained weight of the last block is about 0.05. How long do they stay what they were?",
    ),
)
def predicts_the_runs(student: Student, draw: Draw) -> None:
    """Predict the two other runs."""
    with student.part("run 2, the fresh head"):
        expect_choice(
            student.value("prediction_fresh"),
            "b",
            options=("a", "b", "c", "d"),
            why_not={
                "a": "There is nothing to unlearn: the old head was fitted to these very classes. What does a fresh "
                "head know?",
                "c": "The blocks are the same in both, that is true. But the answer comes from the head: how good is "
                "it after one pass over the pictures, compared with one that was fitted until nothing could be "
                "gained?",
                "d": "Even a random head gets better in every step, and the features it works with are good. Is one "
                "pass over the pictures no use at all?",
            },
            what="your prediction for run 2",
        )
    with student.part("run 3, the large rate"):
        expect_choice(
            student.value("prediction_large"),
            "d",
            options=("a", "b", "c", "d"),
            why_not={
                "a": "Further, yes. But in which direction? The start is a good place already, and one step is more "
                "than half as large as a typical weight.",
                "b": "The schedule does bring the rate down in the end. What is left of the pretrained weights by "
                "then, and can they come back?",
                "c": "Frozen batch normalisation keeps its statistics. The convolutions between them are not frozen: "
                "what protects those?",
            },
            what="your prediction for run 3",
        )


manual(
    "ex05.reflect",
    points=4,
    title="What did fine-tuning buy?",
    rubric=(
        "1 point: compares run 1 with the frozen backbone by numbers: the gain in points, and its uncertainty: the "
        "pictures that became right against those that became wrong, or the interval of the test accuracy, or a "
        "standard error; and says whether the gain could be chance.",
        "1 point: explains run 3: the accuracy collapses in the first epoch because steps nearly as large as the "
        "weights overwrite what was pretrained; the falling rate cannot bring it back, because nothing in the run "
        "remembers it.",
        "1 point: judges run 2 fairly: how far behind it is after the first epoch and at the end, that the blocks were "
        "trained against a random head at first, and that this one run does not prove the head must always come first.",
        "1 point: reads overfitting off training against validation curves (or says why there is none), and names one "
        "next step with what the curves would show if it helped: an earlier split, augmentation, another rate, more "
        "images, fewer epochs.",
    ),
)
