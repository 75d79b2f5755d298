"""Right and wrong answers to exercise 05, each wrong one from a misconception that students really have."""

from __future__ import annotations

from tests.exercises.harness import Right, Wrong

SIGNATURES = {
    "batch_norm": "batch_norm(x, mean, variance, training, momentum)",
    "clean_cuts": "clean_cuts(inputs_of)",
    "unfreeze": "unfreeze_after(model, split)",
    "train_tail": "train_tail(trunk, train_epoch, images, epochs)",
    "rates": "rates_by_block(blocks, frozen, head_rate, decay)",
    "schedule": "rate_at(step, total, peak, warmup)",
    "average": "update_average(average, weights, decay)",
}


def function(question: str, body: str) -> str:
    lines = "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").splitlines())
    return f"def {SIGNATURES[question]}:\n{lines}"


def wrong(question: str, why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong(question, why, says, function(question, body), **more)


def right(question: str, why: str, body: str) -> Right:
    return Right(question, why, function(question, body))


def norm(
    why: str,
    says: str,
    *,
    values: str = "(x - m) / np.sqrt(v + 1e-3)",
    own: str = "x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))",
    new_mean: str = "momentum * mean + (1 - momentum) * m",
    new_variance: str = "momentum * variance + (1 - momentum) * v",
    partly: bool = True,
) -> Wrong:
    """The right answer with one slip; what is not touched by it earns its share of the points."""
    body = f"""
def scaled(m, v):
    return {values}
if not training:
    return scaled(mean, variance), mean, variance
m, v = {own}
return scaled(m, v), {new_mean}, {new_variance}
"""
    return wrong("batch_norm", why, says, body, partly=partly)


def cuts(why: str, says: str, condition: str) -> Wrong:
    body = f"""
names = list(inputs_of)
place = {{name: number for number, name in enumerate(names)}}
following = dict(zip(names, names[1:]))
return [name for name in names if {condition}]
"""
    return wrong("clean_cuts", why, says, body)


FIRST = "if average is None:\n    return [w.copy() for w in weights]\n"
MIXED = "return [decay * a + (1 - decay) * w for a, w in zip(average, weights)]"
CLEAN = "all(place[s] >= place[name] for later in names[place[name] + 1:] for s in inputs_of[later])"
NORM = "isinstance(layer, keras.layers.BatchNormalization)"


def unfreeze(why: str, says: str, body: str, **more: object) -> Wrong:
    body = f"names = [layer.name for layer in model.layers]\nat = names.index(split)\n{body.strip()}\n"
    if "return" not in body:
        body += "return [layer.name for layer in model.layers if layer.trainable_weights]\n"
    return wrong("unfreeze", why, says, body, **more)


def schedule(why: str, says: str, *, rise: str = "peak * (step + 1) / warmup", fall: str = "", **more: object) -> Wrong:
    fall = fall or "peak * (1 + np.cos(np.pi * (step - warmup) / (total - warmup))) / 2"
    return wrong("schedule", why, says, f"if step < warmup:\n    return {rise}\nreturn {fall}", **more)


def choose(question: str, why: str, says: str, code: str, **more: object) -> Wrong:
    return Wrong(question, why, says, code, **more)


def runs(why: str, says: str, fresh: str, large: str, **more: object) -> Wrong:
    code = f"prediction_fresh = {fresh}\nprediction_large = {large}\n"
    return Wrong("predict_runs", why, says, code, **more)


WRONG = [
    # 1 batch normalisation
    wrong("batch_norm", "returned as it came", "values as they came", "return x, mean, variance"),
    wrong(
        "batch_norm",
        "the mode is ignored, always the batch",
        "normalised with its own statistics. Then the answer",
        "m, v = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))\n"
        "return (x - m) / np.sqrt(v + 1e-3), momentum * mean + (1 - momentum) * m, "
        "momentum * variance + (1 - momentum) * v",
        partly=True,
    ),
    wrong(
        "batch_norm",
        "the mode is ignored, always what is stored",
        "The stored statistics were used. In training",
        "return (x - mean) / np.sqrt(variance + 1e-3), mean, variance",
        partly=True,
    ),
    wrong(
        "batch_norm",
        "moves in use as well",
        "does not learn from the pictures that it is shown",
        "m, v = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))\n"
        "used = (m, v) if training else (mean, variance)\n"
        "return (x - used[0]) / np.sqrt(used[1] + 1e-3), momentum * mean + (1 - momentum) * m, "
        "momentum * variance + (1 - momentum) * v",
        partly=True,
    ),
    wrong(
        "batch_norm",
        "moved first, then used",
        "moved first and then used",
        "if training:\n"
        "    mean = momentum * mean + (1 - momentum) * x.mean(axis=(0, 1, 2))\n"
        "    variance = momentum * variance + (1 - momentum) * x.var(axis=(0, 1, 2))\n"
        "return (x - mean) / np.sqrt(variance + 1e-3), mean, variance",
        partly=True,
    ),
    wrong(
        "batch_norm",
        "writes into the stored statistics",
        "changed what it was given",
        "if training:\n"
        "    m, v = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))\n"
        "    mean *= momentum\n    mean += (1 - momentum) * m\n"
        "    return (x - m) / np.sqrt(v + 1e-3), mean, momentum * variance + (1 - momentum) * v\n"
        "return (x - mean) / np.sqrt(variance + 1e-3), mean, variance",
        partly=True,
    ),
    wrong(
        "batch_norm",
        "modes exchanged",
        "normalised with its own statistics",
        "if training:\n    return (x - mean) / np.sqrt(variance + 1e-3), mean, variance\n"
        "m, v = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))\n"
        "return (x - m) / np.sqrt(v + 1e-3), momentum * mean + (1 - momentum) * m, "
        "momentum * variance + (1 - momentum) * v",
    ),
    wrong(
        "batch_norm",
        "only the values returned",
        "should be 3 things",
        "m, v = (x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))) if training else (mean, variance)\n"
        "return (x - m) / np.sqrt(v + 1e-3)",
    ),
    norm(
        "momentum the wrong way round",
        "`momentum` is the share of the *old* value",
        new_mean="momentum * m + (1 - momentum) * mean",
        new_variance="momentum * v + (1 - momentum) * variance",
    ),
    norm("replaced by the batch", "earlier batches had taught is forgotten", new_mean="m", new_variance="v"),
    norm("nothing is stored", "leaves a trace", new_mean="mean", new_variance="variance"),
    norm("only the mean is stored", "leaves a trace", new_variance="variance"),
    norm(
        "deviation stored",
        "standard deviation was mixed in",
        new_variance="momentum * variance + (1 - momentum) * np.sqrt(v)",
    ),
    norm("old value not made smaller", "was not made smaller", new_mean="mean + (1 - momentum) * m"),
    norm(
        "picture by picture",
        "Each picture was normalised by itself",
        own="x.mean(axis=(1, 2), keepdims=True), x.var(axis=(1, 2), keepdims=True)",
    ),
    norm("place by place", "Every place has statistics of its own", own="x.mean(axis=0), x.var(axis=0)"),
    norm("all channels together", "All channels share", own="x.mean(), x.var()"),
    norm("unbiased variance", "`ddof`", own="x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2), ddof=1)"),
    norm("no root", "divided by the variance", values="(x - m) / (v + 1e-3)"),
    norm("no epsilon", "0.001 is missing", values="(x - m) / np.sqrt(v)"),
    norm("epsilon outside of the root", "added to the root", values="(x - m) / (np.sqrt(v) + 1e-3)"),
    norm("only centred", "nothing was divided", values="x - m"),
    Wrong(
        "batch_norm",
        "another signature",
        "cannot be called",
        "def batch_norm(x, mean, variance):\n    return x, mean, variance\n",
    ),
    # 2 a frozen batch normalisation
    choose("frozen_norm", "statistics move on", "requires_grad", 'prediction_frozen = "a"\n'),
    choose(
        "frozen_norm",
        "own statistics of the batch",
        "while it trains than when it is used",
        'prediction_frozen = "b"\n',
    ),
    choose("frozen_norm", "scale and shift learn", "weights that gradients change", 'prediction_frozen = "d"\n'),
    choose("frozen_norm", "no such option", "one of the options", 'prediction_frozen = "e"\n'),
    choose("frozen_norm", "a number", "one of the options", "prediction_frozen = 3\n"),
    choose("frozen_norm", "two at once", "one of the options", 'prediction_frozen = "a or c"\n'),
    # 3 clean cuts
    cuts("the last one as well", "last layer is among them", CLEAN),
    cuts("all layers", "These are all layers. Is there", "True"),
    cuts("all but the last", "all layers but the last", "name != names[-1]"),
    cuts("those that are passed by", "can *not* be cut", f"not (name != names[-1] and {CLEAN})"),
    cuts("without the first", "The first layer is missing", f"name not in (names[0], names[-1]) and {CLEAN}"),
    cuts("one input", "read from one layer only", "len(inputs_of[name]) == 1"),
    cuts("one reader", "read by exactly one other", "sum(name in each for each in inputs_of.values()) == 1"),
    cuts(
        "only the next layer asked",
        "can lead past many layers",
        "name != names[-1] and inputs_of[following[name]] == [name]",
    ),
    cuts(
        "what flows in counts as well",
        "does no harm",
        "name != names[-1] and all(place[s] >= place[name] for each in names[place[name]:] for s in inputs_of[each])",
    ),
    wrong(
        "clean_cuts",
        "the layer behind the cut",
        "*next* layer was named",
        f"""
names = list(inputs_of)
place = {{name: number for number, name in enumerate(names)}}
return [names[place[name] + 1] for name in names[:-1] if {CLEAN}]
""",
    ),
    wrong(
        "clean_cuts",
        "sorted by name",
        "not in the order of the network",
        f"""
names = list(inputs_of)
place = {{name: number for number, name in enumerate(names)}}
return sorted((name for name in names[:-1] if {CLEAN}), key=lambda name: (len(inputs_of[name]), name), reverse=True)
""",
    ),
    wrong("clean_cuts", "nothing comes back", "end with `return`", "print(list(inputs_of))"),
    # 4 unfreeze
    unfreeze("nothing is done", "All of it learns", "pass"),
    unfreeze(
        "the other way round",
        "other way round",
        f"for k, layer in enumerate(model.layers):\n    layer.trainable = k <= at and not {NORM}",
    ),
    unfreeze(
        "the split learns as well",
        "belongs to the frozen part",
        f"for k, layer in enumerate(model.layers):\n    layer.trainable = k >= at and not {NORM}",
    ),
    unfreeze(
        "only freezes",
        "Too few layers learn",
        f"for k, layer in enumerate(model.layers):\n    if k <= at or {NORM}:\n        layer.trainable = False",
    ),
    unfreeze(
        "only unfreezes",
        "All of it learns",
        f"for k, layer in enumerate(model.layers):\n    if k > at and not {NORM}:\n        layer.trainable = True",
    ),
    unfreeze(
        "the whole network stays switched off",
        "switch of the whole network",
        f"model.trainable = False\nfor layer in model.layers[at + 1:]:\n    layer.trainable = not {NORM}",
    ),
    unfreeze(
        "the last layers by number",
        "not a number of layers",
        f"for layer in model.layers:\n    layer.trainable = False\n"
        f"for layer in model.layers[-4:]:\n    layer.trainable = not {NORM}",
    ),
    unfreeze(
        "the whole network switched on",
        "All of it learns",
        f"model.trainable = True\nfor layer in model.layers:\n    if {NORM}:\n        layer.trainable = False",
    ),
    unfreeze(
        "only the layer of that name",
        "Only the layer of this name",
        "for layer in model.layers:\n    layer.trainable = layer.name == split",
    ),
    unfreeze(
        "batch normalisation learns",
        "would be trained",
        "for k, layer in enumerate(model.layers):\n    layer.trainable = k > at",
        partly=True,
    ),
    unfreeze(
        "batch normalisation known by its name",
        "would be trained",
        "for k, layer in enumerate(model.layers):\n    layer.trainable = k > at and '_bn' not in layer.name",
        partly=True,
    ),
    unfreeze(
        "returns nothing",
        "end with `return`",
        f"for k, layer in enumerate(model.layers):\n    layer.trainable = k > at and not {NORM}\nreturn None",
        partly=True,
    ),
    unfreeze(
        "names of layers without weights",
        "no activation",
        f"for k, layer in enumerate(model.layers):\n    layer.trainable = k > at and not {NORM}\n"
        "return [layer.name for layer in model.layers if layer.trainable]",
        partly=True,
    ),
    unfreeze(
        "returns the layers themselves",
        "the layers themselves",
        f"for k, layer in enumerate(model.layers):\n    layer.trainable = k > at and not {NORM}\n"
        "return [layer for layer in model.layers if layer.trainable_weights]",
        partly=True,
    ),
    unfreeze(
        "the whole network switched on at once, then off from the front",
        "does nothing when it is True already",
        f"model.trainable = True\nfor k, layer in enumerate(model.layers):\n"
        f"    if k <= at or {NORM}:\n        layer.trainable = False",
    ),
    # 5 train the tail
    wrong(
        "train_tail",
        "the trunk in every epoch",
        "inside the loop over epochs",
        """
losses = []
for _ in range(epochs):
    activations = images
    for layer in trunk:
        activations = layer(activations)
    losses.append(train_epoch(activations))
return losses
""",
    ),
    wrong(
        "train_tail",
        "every layer sees the pictures",
        "Only the last layer of the trunk counted",
        """
activations = images
for layer in trunk:
    activations = layer(images)
return [train_epoch(activations) for _ in range(epochs)]
""",
    ),
    wrong(
        "train_tail",
        "trained on the pictures",
        "trained on the pictures",
        """
activations = images
for layer in trunk:
    activations = layer(activations)
return [train_epoch(images) for _ in range(epochs)]
""",
    ),
    wrong(
        "train_tail",
        "no trunk",
        "every layer of the trunk takes part",
        "return [train_epoch(images) for _ in range(epochs)]",
    ),
    wrong(
        "train_tail",
        "last layer first",
        "The last layer was run first",
        """
activations = images
for layer in trunk[::-1]:
    activations = layer(activations)
return [train_epoch(activations) for _ in range(epochs)]
""",
    ),
    wrong(
        "train_tail",
        "one epoch only",
        "was called 1 times",
        """
activations = images
for layer in trunk:
    activations = layer(activations)
return [train_epoch(activations)] * epochs
""",
    ),
    wrong(
        "train_tail",
        "only the last loss",
        "last epoch alone",
        """
activations = images
for layer in trunk:
    activations = layer(activations)
for _ in range(epochs):
    loss = train_epoch(activations)
return loss
""",
    ),
    wrong(
        "train_tail",
        "the average of the losses",
        "average over the epochs",
        """
activations = images
for layer in trunk:
    activations = layer(activations)
return np.mean([train_epoch(activations) for _ in range(epochs)])
""",
    ),
    wrong(
        "train_tail",
        "an empty trunk forgotten",
        "raised",
        """
activations = trunk[0](images)
for layer in trunk[1:]:
    activations = layer(activations)
return [train_epoch(activations) for _ in range(epochs)]
""",
    ),
    wrong(
        "train_tail",
        "the losses are printed",
        "end with `return`",
        """
activations = images
for layer in trunk:
    activations = layer(activations)
for _ in range(epochs):
    print(train_epoch(activations))
""",
    ),
    # 6 rates by block
    wrong(
        "rates",
        "frozen blocks have a rate",
        "frozen blocks have a rate, too",
        "return [head_rate * decay ** (blocks - k) for k in range(blocks + 1)]",
    ),
    wrong(
        "rates",
        "the head first",
        "begins with the head",
        "return [head_rate * decay**k for k in range(blocks - frozen + 1)] + [0.0] * frozen",
    ),
    wrong(
        "rates",
        "the input learns fastest",
        "blocks at the input learn fastest",
        "return [head_rate * decay**k if k >= frozen else 0.0 for k in range(blocks + 1)]",
    ),
    wrong(
        "rates",
        "counted from the first block that learns",
        "nearest to the *head*",
        "return [0.0] * frozen + [head_rate * decay**k for k in range(blocks - frozen + 1)]",
    ),
    wrong(
        "rates",
        "no rate for the head",
        "The head is missing",
        "return [0.0] * frozen + [head_rate * decay ** (blocks - k) for k in range(frozen, blocks)]",
    ),
    wrong(
        "rates",
        "frozen blocks left out",
        "left out",
        "return [head_rate * decay ** (blocks - k) for k in range(frozen, blocks + 1)]",
    ),
    wrong(
        "rates",
        "the head is lowered, too",
        "one `decay` too small",
        "return [0.0] * frozen + [head_rate * decay ** (blocks + 1 - k) for k in range(frozen, blocks + 1)]",
    ),
    wrong(
        "rates",
        "decay ignored",
        "What is `decay` for",
        "return [0.0] * frozen + [head_rate] * (blocks + 1 - frozen)",
    ),
    wrong(
        "rates",
        "one rate for all blocks",
        "multiplied once more",
        "return [0.0] * frozen + [head_rate * decay] * (blocks - frozen) + [head_rate]",
    ),
    wrong(
        "rates",
        "multiplied instead of raised",
        "",
        "return [0.0] * frozen + [head_rate * decay * (blocks - k) for k in range(frozen, blocks)] + [head_rate]",
    ),
    wrong(
        "rates",
        "equal steps",
        "equal steps",
        "return [0.0] * frozen + [head_rate * (1 - (1 - decay) * (blocks - k)) for k in range(frozen, blocks + 1)]",
    ),
    wrong(
        "rates",
        "divided",
        "grow towards the input",
        "return [0.0] * frozen + [head_rate / decay ** (blocks - k) for k in range(frozen, blocks + 1)]",
    ),
    wrong(
        "rates",
        "frozen at the end",
        "Blocks are frozen from the input on",
        "rates = [head_rate * decay ** (blocks - k) for k in range(blocks + 1)]\n"
        "return [0.0 if blocks - k <= frozen else rate for k, rate in enumerate(rates)]",
    ),
    # 7 schedule
    wrong("schedule", "always the peak", "same all the time", "return peak"),
    wrong(
        "schedule",
        "no warm-up",
        "There is no warm-up",
        "return peak * (1 + np.cos(np.pi * step / total)) / 2",
    ),
    schedule("the warm-up begins at 0", "begins at 0", rise="peak * step / warmup"),
    schedule("cosine from step 0", "began to fall at step 0", fall="peak * (1 + np.cos(np.pi * step / total)) / 2"),
    schedule("straight down", "straight line", fall="peak * (1 - (step - warmup) / (total - warmup))"),
    schedule("no end", "stays at the peak", fall="peak"),
    schedule("below zero", "below zero", fall="peak * np.cos(np.pi * (step - warmup) / (total - warmup))"),
    schedule(
        "a quarter of the period", "quarter", fall="peak * np.cos(np.pi / 2 * (step - warmup) / (total - warmup))"
    ),
    schedule(
        "a whole period", "whole period", fall="peak * (1 + np.cos(2 * np.pi * (step - warmup) / (total - warmup))) / 2"
    ),
    schedule(
        "the cosine rises",
        "begins at 0 and rises",
        fall="peak * (1 - np.cos(np.pi * (step - warmup) / (total - warmup))) / 2",
    ),
    schedule("not halved", "twice the peak", fall="peak * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))"),
    schedule("degrees", "radians", fall="peak * (1 + np.cos(180 * (step - warmup) / (total - warmup))) / 2"),
    schedule(
        "zero at the last step",
        "0 at the last step already",
        fall="peak * (1 + np.cos(np.pi * (step - warmup) / max(1, total - 1 - warmup))) / 2",
    ),
    schedule(
        "share of all steps", "divided by all steps", fall="peak * (1 + np.cos(np.pi * (step - warmup) / total)) / 2"
    ),
    wrong(
        "schedule",
        "fails without warm-up",
        "ZeroDivisionError",
        "rise = peak * (step + 1) / warmup\n"
        "return rise if step < warmup else peak * (1 + np.cos(np.pi * (step - warmup) / (total - warmup))) / 2",
    ),
    wrong(
        "schedule",
        "nothing after the warm-up",
        "return in both cases",
        "if step < warmup:\n    return peak * (step + 1) / warmup",
    ),
    # 8 average
    wrong(
        "average",
        "decay the wrong way round",
        "share of the *old* average",
        FIRST + "return [(1 - decay) * a + decay * w for a, w in zip(average, weights)]",
    ),
    wrong(
        "average", "half and half", "Half and half", FIRST + "return [(a + w) / 2 for a, w in zip(average, weights)]"
    ),
    wrong("average", "the newest weights", "new weights", "return [w.copy() for w in weights]"),
    wrong(
        "average",
        "never moves",
        "It did not move",
        "return [w.copy() for w in (weights if average is None else average)]",
    ),
    wrong(
        "average", "added in full", "grow and grow", FIRST + "return [decay * a + w for a, w in zip(average, weights)]"
    ),
    wrong(
        "average",
        "only the first array",
        "another length",
        "if average is None:\n    return [weights[0].copy()]\nreturn [decay * average[0] + (1 - decay) * weights[0]]",
    ),
    wrong(
        "average",
        "in place",
        "changed what it was given",
        FIRST + "for a, w in zip(average, weights):\n    a *= decay\n    a += (1 - decay) * w\nreturn average",
    ),
    wrong(
        "average",
        "shares its memory",
        "changed with them",
        "if average is None:\n    return weights\n" + MIXED,
        partly=True,
    ),
    wrong(
        "average",
        "a new list of the same arrays",
        "changed with them",
        "if average is None:\n    return list(weights)\n" + MIXED,
        partly=True,
    ),
    wrong(
        "average",
        "begins at zero",
        "began at 0",
        "if average is None:\n    average = [0 * w for w in weights]\n" + MIXED,
        partly=True,
    ),
    wrong(
        "average",
        "no first call",
        "raised TypeError",
        MIXED,
        partly=True,
    ),
    wrong("average", "lists are not arrays", "raised", FIRST + "return decay * average + (1 - decay) * weights"),
    # 9 the three runs
    runs("an old head to unlearn", "nothing to unlearn", '"a"', '"d"', partly=True),
    runs("a head is learned at once", "the answer comes from the head", '"c"', '"d"', partly=True),
    runs("one epoch is nothing", "Even a random head", '"d"', '"d"', partly=True),
    runs("larger steps get further", "in which direction", '"b"', '"a"', partly=True),
    runs("the schedule repairs it", "can they come back", '"b"', '"b"', partly=True),
    runs("frozen statistics protect", "what protects those", '"b"', '"c"', partly=True),
    runs("both wrong", "nothing to unlearn", '"a"', '"a"'),
    runs("no such option", "one of the options", '"e"', '"f"'),
]

BN_RIGHT = "keras.layers.BatchNormalization"

RIGHT = [
    right(
        "batch_norm",
        "loop over the channels",
        """
out = np.empty(x.shape)
new_mean, new_variance = [], []
for c in range(x.shape[-1]):
    channel = x[..., c].astype(float)
    m, v = (np.mean(channel), np.var(channel)) if training else (mean[c], variance[c])
    out[..., c] = (channel - m) / (v + 0.001) ** 0.5
    new_mean.append(mean[c] * momentum + m * (1 - momentum))
    new_variance.append(variance[c] * momentum + v * (1 - momentum))
return out, np.array(new_mean), np.array(new_variance)
""",
    ),
    right(
        "batch_norm",
        "flat rows, moved by the difference",
        """
if not training:
    return [(x - mean) * (variance + 1e-3) ** -0.5, mean, variance]
rows = x.reshape(-1, x.shape[-1])
m = rows.sum(axis=0) / len(rows)
v = ((rows - m) ** 2).mean(axis=0)
return [(x - m) * (v + 1e-3) ** -0.5, mean + (1 - momentum) * (m - mean), variance + (1 - momentum) * (v - variance)]
""",
    ),
    right(
        "batch_norm",
        "Keras",
        """
layer = keras.layers.BatchNormalization(momentum=float(momentum), center=False, scale=False)
layer.build(x.shape)
layer.set_weights([mean, variance])
out = layer(x.astype("float32"), training=training)
return out, layer.moving_mean, layer.moving_variance
""",
    ),
    Right("frozen_norm", "upper case", 'prediction_frozen = "C"\n'),
    Right("frozen_norm", "with spaces", 'prediction_frozen = " c "\n'),
    right(
        "clean_cuts",
        "how far back is still needed",
        """
names = list(inputs_of)
last_reader = {name: name for name in names}
for name, sources in inputs_of.items():
    for source in sources:
        last_reader[source] = name
cuts = []
furthest = 0
for position, name in enumerate(names[:-1]):
    if furthest <= position:
        cuts.append(name)
    furthest = max(furthest, names.index(last_reader[name]))
return cuts
""",
    ),
    right(
        "clean_cuts",
        "sets",
        """
names = list(inputs_of)
found = []
for k in range(len(names) - 1):
    needed = {source for later in names[k + 1:] for source in inputs_of[later]}
    if needed <= set(names[k:]):
        found += [names[k]]
return tuple(found)
""",
    ),
    right(
        "unfreeze",
        "positions",
        f"""
position = model.layers.index(model.get_layer(split))
for layer in model.layers[: position + 1]:
    layer.trainable = False
for layer in model.layers[position + 1 :]:
    layer.trainable = not isinstance(layer, {BN_RIGHT})
return [layer.name for layer in model.layers if layer.trainable and layer.weights]
""",
    ),
    right(
        "unfreeze",
        "everything on, then off from the front",
        """
for layer in model.layers:
    layer.trainable = True
for layer in model.layers:
    layer.trainable = False
    if layer.name == split:
        break
for layer in model.layers:
    if type(layer).__name__ == "BatchNormalization":
        layer.trainable = False
trained = {id(variable) for variable in model.trainable_variables}
return [layer.name for layer in model.layers if any(id(each) in trained for each in layer.variables)]
""",
    ),
    right(
        "train_tail",
        "a loop that collects",
        """
for layer in trunk:
    images = layer(images)
losses = []
while len(losses) < epochs:
    losses.append(train_epoch(images))
return np.array(losses)
""",
    ),
    right(
        "train_tail",
        "reduce",
        """
import functools
activations = functools.reduce(lambda x, layer: layer(x), trunk, images)
return tuple(train_epoch(activations) for _ in range(epochs))
""",
    ),
    right(
        "rates",
        "from the head backwards",
        """
rates = [head_rate]
for number in range(blocks):
    rates.insert(0, rates[0] * decay)
for number in range(frozen):
    rates[number] = 0
return rates
""",
    ),
    right(
        "rates",
        "NumPy",
        """
block = np.arange(blocks + 1)
return np.where(block < frozen, 0.0, head_rate * decay ** (blocks - block.astype(float)))
""",
    ),
    right(
        "schedule",
        "math",
        """
import math
if step >= warmup:
    return peak * math.cos(math.pi / 2 * (step - warmup) / (total - warmup)) ** 2
return (step + 1) * (peak / warmup)
""",
    ),
    right(
        "schedule",
        "one line, an array of one number",
        """
share = (step - warmup) / (total - warmup)
return np.array(peak * (step + 1) / warmup if step < warmup else peak * 0.5 * (1 + np.cos(np.pi * share)))
""",
    ),
    right(
        "average",
        "a loop, moved by the difference",
        """
if average is None:
    average = weights
result = []
for old, new in zip(average, weights):
    result.append(old + (1 - decay) * (new - old))
return result
""",
    ),
    right(
        "average",
        "a tuple",
        """
if average is None:
    return tuple(np.array(w) for w in weights)
return tuple(np.average([a, w], axis=0, weights=[decay, 1 - decay]) for a, w in zip(average, weights))
""",
    ),
    Right("predict_runs", "upper case", 'prediction_fresh = "B"\nprediction_large = "D"\n'),
    Right("predict_runs", "with spaces", 'prediction_fresh = " b"\nprediction_large = "d "\n'),
]

HARMLESS: dict[str, dict[str, str]] = {}
