"""Right and wrong answers to exercise 02, each wrong one from a misconception that students really have."""

from __future__ import annotations

from tests.exercises.harness import Right, Wrong


def wrong(question: str, why: str, says: str, code: str, **more: object) -> Wrong:
    return Wrong(question, why, says, code, **more)


def normalize(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("normalize", why, says, f"def normalize(images):\n    {body}\n", **more)


def one_hot(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("one_hot", why, says, f"def one_hot(labels, num_classes):\n    {body}\n", **more)


def flip(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("flip", why, says, f"def random_flip(images, rng):\n{indented(body)}", **more)


def crop(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("crop", why, says, f"def pad_and_crop(images, padding, rng):\n{indented(body)}", **more)


def shuffle(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("shuffle", why, says, f"def shuffle_together(images, labels, rng):\n{indented(body)}", **more)


def split(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("split", why, says, f"def stratified_split(labels, fraction, seed):\n{indented(body)}", **more)


def photo(why: str, says: str, body: str, **more: object) -> Wrong:
    return Wrong("photo", why, says, f"def photo_to_input(photo, size):\n{indented(body)}", **more)


def predict(why: str, says: str, value: str) -> Wrong:
    return Wrong("predict", why, says, f"prediction_copies = {value}\n")


def standardize(why: str, says: str, *, fit: str = "", apply: str = "", **more: object) -> Wrong:
    fit = fit or "return train_images.mean(axis=(0, 1, 2)), train_images.std(axis=(0, 1, 2))"
    apply = apply or "return (images - mean) / std"
    code = f"def fit_standardizer(train_images):\n    {fit}\n\n\ndef standardize(images, mean, std):\n    {apply}\n"
    return Wrong("standardize", why, says, code, **more)


def indented(body: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").splitlines())


WRONG = [
    # 1 normalize
    normalize("returned as they came", "pixels as they came", "return images"),
    normalize("prints instead of returning", "end with `return`", "print(images / 255)"),
    normalize("whole-number division", "All values are 0", "return images // 255"),
    normalize("fractions stored as uint8", "All values are 0", "return (images / 255).astype(np.uint8)"),
    normalize("divided twice", "happened twice", "return (images / 255 / 255).astype(np.float32)"),
    normalize(
        "divided by the maximum of the batch", "darker batch", "return (images / images.max()).astype('float32')"
    ),
    normalize(
        "minimum and maximum of the batch",
        "in another batch",
        "return ((images - images.min()) / (images.max() - images.min())).astype('float32')",
    ),
    normalize("divided by 256", "which is the largest", "return (images / 256).astype(np.float32)"),
    normalize("range -1 to 1", "from -1 to 1", "return (images / 127.5 - 1).astype(np.float32)"),
    normalize("standardised", "mean of the batch", "return (images - images.mean()) / images.std()"),
    normalize("float64", "wrong dtype", "return images / 255", partly=True),
    normalize("float16", "wrong dtype", "return (images / 255).astype(np.float16)", partly=True),
    normalize("writes into the argument", "changed what it was given", "images[:] = images / 255; return images / 255"),
    normalize("in place on uint8", "raised", "images /= 255; return images"),
    wrong("normalize", "another argument", "cannot be called", "def normalize(images, maximum):\n    return images\n"),
    wrong("normalize", "borrowed", "ready-made", "from cifar_teach.preprocess import scale as normalize\n"),
    # 2 one-hot
    one_hot("returns the labels", "still the class numbers", "return labels"),
    one_hot("transposed", "exchanged", "return np.eye(num_classes, dtype='float32')[:, labels]"),
    one_hot("width from the largest label", "one column for each label", "return np.eye(labels.max() + 1)[labels]"),
    one_hot(
        "width from the classes present",
        "one column for each class that occurs",
        "return (labels[:, None] == np.unique(labels)).astype('float32')",
    ),
    one_hot(
        "rank instead of class number",
        "lost its place",
        "return np.eye(num_classes, dtype='float32')[np.unique(labels, return_inverse=True)[1]]",
    ),
    one_hot("classes counted from 1", "too far to the left", "return np.eye(num_classes, dtype='f4')[labels - 1]"),
    one_hot(
        "a column left free for 0",
        "too far to the right",
        "return (labels[:, None] + 1 == np.arange(num_classes)).astype('float32')",
    ),
    one_hot("inverted", "changed places", "return (labels[:, None] != np.arange(num_classes)).astype('float32')"),
    one_hot("class number in the row", "number itself", "return np.diag(np.arange(num_classes, dtype='f4'))[labels]"),
    one_hot("never filled", "All values are 0", "return np.zeros((len(labels), num_classes), np.float32)"),
    one_hot("ten classes, always", "wrong shape", "return np.eye(10, dtype=np.float32)[labels]"),
    one_hot("whole numbers", "wrong dtype", "return np.eye(num_classes, dtype=int)[labels]", partly=True),
    one_hot("float64", "wrong dtype", "return np.eye(num_classes)[labels]", partly=True),
    wrong("one_hot", "borrowed", "ready-made", "from cifar_teach.preprocess import one_hot\n"),
    # 3 shuffle
    shuffle(
        "two orders",
        "lost their label",
        "return images[rng.permutation(len(images))], labels[rng.permutation(len(labels))]",
    ),
    shuffle("only the images", "stand where they stood", "return rng.permutation(images), labels"),
    shuffle("only the labels", "Did the images move", "return images, rng.permutation(labels)"),
    shuffle("nothing", "order in which they were given", "return images, labels"),
    shuffle("in place, one after the other", "changed what it was given", "rng.shuffle(images)\nreturn images, labels"),
    shuffle(
        "drawn with replacement",
        "came twice",
        "order = rng.integers(0, len(labels), len(labels))\nreturn images[order], labels[order]",
    ),
    shuffle(
        "global random numbers",
        "two different orders",
        "order = np.random.permutation(len(labels))\nreturn images[order], labels[order]",
    ),
    shuffle(
        "own generator, fixed seed",
        "the same every time",
        "order = np.random.default_rng(0).permutation(len(labels))\nreturn images[order], labels[order]",
    ),
    shuffle(
        "pixels shuffled",
        "none of those that were given",
        "order = rng.permutation(len(labels))\nreturn rng.permuted(images, axis=0)[order], labels[order]",
    ),
    shuffle(
        "rows of the images shuffled",
        "none of those that were given",
        "return rng.permutation(images, axis=1), labels",
    ),
    shuffle("backwards", "the same every time", "return images[::-1], labels[::-1]"),
    shuffle(
        "moved along in a circle",
        "old neighbours",
        "order = np.roll(np.arange(len(labels)), rng.integers(1, len(labels)))\nreturn images[order], labels[order]",
    ),
    shuffle("only images returned", "should be 2 things", "return images[rng.permutation(len(images))]"),
    shuffle(
        "labels first",
        "images first",
        "order = rng.permutation(len(labels))\nreturn labels[order], images[order]",
    ),
    shuffle(
        "a part is lost",
        "shapes changed",
        "order = rng.permutation(len(labels))[:-1]\nreturn images[order], labels[order]",
    ),
    # 4 split
    split(
        "not stratified",
        "same share of every class",
        """
order = np.random.default_rng(seed).permutation(len(labels))
size = round(fraction * len(labels))
return order[size:], order[:size]
""",
        partly=True,
    ),
    split(
        "first images, no chance",
        "same share of every class",
        "size = round(fraction * len(labels))\nreturn np.arange(size, len(labels)), np.arange(size)",
    ),
    split(
        "first images of every class",
        "Every seed gives the same",
        """
validation = []
for label in np.unique(labels):
    members = np.flatnonzero(labels == label)
    validation.extend(members[: round(fraction * len(members))])
rng = np.random.default_rng(seed)
return rng.permutation(np.setdiff1d(np.arange(len(labels)), validation)), rng.permutation(validation)
""",
        partly=True,
    ),
    split(
        "class by class",
        "come class by class",
        """
rng = np.random.default_rng(seed)
train, validation = [], []
for label in np.unique(labels):
    members = rng.permutation(np.flatnonzero(labels == label))
    size = round(fraction * len(members))
    validation.extend(members[:size])
    train.extend(members[size:])
return np.array(train), np.array(validation)
""",
        partly=True,
    ),
    split(
        "only validation is mixed",
        "training indices come class by class",
        """
rng = np.random.default_rng(seed)
validation = []
for label in np.unique(labels):
    members = rng.permutation(np.flatnonzero(labels == label))
    validation.extend(members[: round(fraction * len(members))])
return np.setdiff1d(np.arange(len(labels)), validation), rng.permutation(validation)
""",
        partly=True,
    ),
    split(
        "exchanged",
        "seem to be exchanged",
        """
rng = np.random.default_rng(seed)
order = rng.permutation(len(labels))
validation = []
for label in np.unique(labels):
    members = order[labels[order] == label]
    validation.extend(members[: round(fraction * len(members))])
chosen = np.isin(order, validation)
return order[chosen], order[~chosen]
""",
    ),
    split(
        "the same number of every class",
        "same number of images",
        """
rng = np.random.default_rng(seed)
order = rng.permutation(len(labels))
size = round(fraction * len(labels) / len(np.unique(labels)))
validation = np.concatenate([order[labels[order] == label][:size] for label in np.unique(labels)])
train = np.setdiff1d(order, validation)
return rng.permutation(train), rng.permutation(validation)
""",
        partly=True,
    ),
    split(
        "training keeps everything",
        "in both parts",
        """
rng = np.random.default_rng(seed)
order = rng.permutation(len(labels))
return order, order[: round(fraction * len(labels))]
""",
    ),
    split(
        "drawn with replacement",
        "same part more than once",
        """
rng = np.random.default_rng(seed)
validation = rng.integers(0, len(labels), round(fraction * len(labels)))
return np.setdiff1d(np.arange(len(labels)), validation), validation
""",
    ),
    split(
        "two independent draws",
        "in both parts",
        """
rng = np.random.default_rng(seed)
size = round(fraction * len(labels))
return rng.permutation(len(labels))[size:], rng.permutation(len(labels))[:size]
""",
    ),
    split(
        "seed not used",
        "two different splits",
        """
order = np.random.permutation(len(labels))
validation = []
for label in np.unique(labels):
    members = order[labels[order] == label]
    validation.extend(members[: round(fraction * len(members))])
chosen = np.isin(order, validation)
return order[~chosen], order[chosen]
""",
        partly=True,
    ),
    split(
        "seed fixed",
        "Every seed gives the same",
        """
order = np.random.default_rng(42).permutation(len(labels))
validation = []
for label in np.unique(labels):
    members = order[labels[order] == label]
    validation.extend(members[: round(fraction * len(members))])
chosen = np.isin(order, validation)
return order[~chosen], order[chosen]
""",
        partly=True,
    ),
    split(
        "masks instead of positions",
        "mask of True and False",
        """
order = np.random.default_rng(seed).permutation(len(labels))
chosen = np.isin(np.arange(len(labels)), order[: round(fraction * len(labels))])
return ~chosen, chosen
""",
    ),
    split(
        "labels instead of positions",
        "class numbers",
        """
order = np.random.default_rng(seed).permutation(len(labels))
size = round(fraction * len(labels))
return labels[order[size:]], labels[order[:size]]
""",
    ),
    split(
        "classes numbered without gaps",
        "neither part",
        """
rng = np.random.default_rng(seed)
train, validation = [], []
for label in range(len(np.unique(labels))):
    members = rng.permutation(np.flatnonzero(labels == label))
    size = round(fraction * len(members))
    validation.extend(members[:size])
    train.extend(members[size:])
return rng.permutation(train), rng.permutation(validation)
""",
    ),
    split("nothing for validation", "wrong size", "return np.arange(len(labels)), []"),
    # 5 standardize
    standardize(
        "one number for all colours",
        "Red, green and blue each need their own",
        fit="return train_images.mean(), train_images.std()",
        partly=True,
    ),
    standardize(
        "over images only",
        "every place of the image",
        fit="return train_images.mean(axis=0), train_images.std(axis=0)",
        partly=True,
    ),
    standardize(
        "over places only",
        "every single image",
        fit="return train_images.mean(axis=(1, 2)), train_images.std(axis=(1, 2))",
        partly=True,
    ),
    standardize(
        "over the colours",
        "axis of the colours",
        fit="return train_images.mean(axis=-1), train_images.std(axis=-1)",
        partly=True,
    ),
    standardize(
        "variance",
        "square root",
        fit="return train_images.mean(axis=(0, 1, 2)), train_images.var(axis=(0, 1, 2))",
        partly=True,
    ),
    standardize(
        "mean of the deviations of single images",
        "differences between images",
        fit="return train_images.mean(axis=(0, 1, 2)), train_images.std(axis=(1, 2)).mean(axis=0)",
        partly=True,
    ),
    standardize(
        "measures the images it is given",
        "own mean and deviation",
        apply="return (images - images.mean(axis=(0, 1, 2))) / images.std(axis=(0, 1, 2))",
        partly=True,
    ),
    standardize("mean not subtracted", "mean is still there", apply="return images / std", partly=True),
    standardize("not divided", "spread is unchanged", apply="return images - mean", partly=True),
    standardize("brackets forgotten", "what the brackets hold", apply="return images - mean / std", partly=True),
    standardize("exchanged", "changed places", apply="return (images - std) / mean", partly=True),
    standardize("multiplied", "are multiplied", apply="return (images - mean) * std", partly=True),
    standardize("in place", "changed what it was given", apply="images -= mean; return images / std", partly=True),
    standardize(
        "everything wrong at once",
        "square root",
        fit="return train_images.mean(axis=(0, 1, 2)), train_images.var(axis=(0, 1, 2))",
        apply="return images",
    ),
    # 6 flip
    flip(
        "one coin for the batch",
        "One coin was tossed",
        "return images[:, :, ::-1] if rng.random() < 0.5 else images",
        partly=True,
    ),
    flip("always", "Every image was mirrored", "return images[:, :, ::-1]", partly=True),
    flip("never", "Not one", "return images.copy()"),
    flip(
        "upside down",
        "on their heads",
        "chosen = rng.random(len(images)) < 0.5\nflipped = images.copy()\n"
        "flipped[chosen] = images[chosen, ::-1]\nreturn flipped",
    ),
    flip("np.fliplr on a batch", "on their heads", "return np.fliplr(images) if rng.random() < 0.5 else images"),
    flip(
        "np.flip without an axis",
        "neither unchanged nor mirrored",
        "return np.stack([np.flip(image) if rng.random() < 0.5 else image for image in images])",
    ),
    flip(
        "turned by 180°",
        "turned by 180°",
        "return np.stack([image[::-1, ::-1] if rng.random() < 0.5 else image for image in images])",
    ),
    flip(
        "colours reversed",
        "red and blue",
        "return np.stack([image[..., ::-1] if rng.random() < 0.5 else image for image in images])",
    ),
    flip("order of the images reversed", "another image of the batch", "return images[::-1]"),
    flip(
        "in place",
        "changed what it was given",
        "for image in images:\n    if rng.random() < 0.5:\n        image[:] = image[:, ::-1].copy()\nreturn images",
    ),
    flip(
        "own generator, fixed seed",
        "same coins each time",
        "chosen = np.random.default_rng(0).random(len(images)) < 0.5\n"
        "return np.where(chosen[:, None, None, None], images[:, :, ::-1], images)",
        partly=True,
    ),
    flip(
        "global random numbers",
        "mirrored different images",
        "chosen = np.random.random(len(images)) < 0.5\n"
        "return np.where(chosen[:, None, None, None], images[:, :, ::-1], images)",
        partly=True,
    ),
    flip(
        "every second image",
        "depends on its place",
        "flipped = images.copy()\nflipped[::2] = images[::2, :, ::-1]\nreturn flipped",
        partly=True,
    ),
    flip(
        "only the mirrored ones returned",
        "another shape",
        "return images[rng.random(len(images)) < 0.5, :, ::-1]",
    ),
    flip(
        "rarely",
        "About half",
        "chosen = rng.random(len(images)) < 0.1\n"
        "return np.where(chosen[:, None, None, None], images[:, :, ::-1], images)",
        partly=True,
    ),
    # 7 crop
    crop(
        "one place for the batch",
        "one place was drawn for the whole batch",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
row, column = rng.integers(0, 2 * padding + 1, 2)
return padded[:, row : row + h, column : column + w]
""",
        partly=True,
    ),
    crop(
        "upper end excluded",
        "upper end of the range",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
starts = rng.integers(0, 2 * padding, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
        partly=True,
    ),
    crop(
        "only up to the padding",
        "as far one way as the other",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
starts = rng.integers(0, padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
        partly=True,
    ),
    crop(
        "along the diagonal",
        "along the diagonal",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
starts = rng.integers(0, 2 * padding + 1, len(images))
return np.stack([p[s : s + h, s : s + w] for p, s in zip(padded, starts)])
""",
        partly=True,
    ),
    *(
        crop(
            f"padding mode {mode}",
            says,
            f"""
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="{mode}")
starts = rng.integers(0, 2 * padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
        )
        for mode, says in (
            ("constant", "Black pixels came in"),
            ("edge", "repeated outwards"),
            ("symmetric", "occurs twice"),
            ("wrap", "opposite side"),
        )
    ),
    crop(
        "the middle, always",
        "Not one",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
return padded[:, padding : padding + h, padding : padding + w]
""",
    ),
    crop("nothing", "Not one", "return images.copy()"),
    crop(
        "padded and not cut",
        "another shape",
        'return np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")',
    ),
    crop(
        "every axis padded",
        "the one of the colours",
        """
h, w = images.shape[1:3]
padded = [np.pad(image, padding, mode="reflect") for image in images]
starts = rng.integers(0, 2 * padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
    ),
    crop(
        "images change places",
        "no window",
        """
h, w = images.shape[1:3]
padded = np.pad(images, padding, mode="reflect")[..., padding:-padding]
starts = rng.integers(0, 2 * padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
    ),
    crop(
        "moved in a circle",
        "opposite side",
        """
moves = rng.integers(-padding, padding + 1, (len(images), 2))
return np.stack([np.roll(image, move, axis=(0, 1)) for image, move in zip(images, moves)])
""",
    ),
    crop(
        "height and width exchanged",
        "same shape",
        """
w, h = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
starts = rng.integers(0, 2 * padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
    ),
    crop(
        "padding of 4, always",
        "no window",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="reflect")
starts = rng.integers(0, 9, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
    ),
    crop(
        "own generator, fixed seed",
        "Every batch is cut",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
starts = np.random.default_rng(0).integers(0, 2 * padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
        partly=True,
    ),
    crop(
        "global random numbers",
        "cut at different places",
        """
h, w = images.shape[1:3]
padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="reflect")
starts = np.random.randint(0, 2 * padding + 1, (len(images), 2))
return np.stack([p[r : r + h, c : c + w] for p, (r, c) in zip(padded, starts)])
""",
        partly=True,
    ),
    # 8 predict
    predict("the same", "where are the other four", '"a"'),
    predict("harder", "how different is it", '"b"'),
    predict("better everywhere", "what helps Kim there", '"c"'),
    predict("no such option", "one of the options", '"e"'),
    predict("a number", "one of the options", "0.97"),
    predict("two options", "one of the options", '"c, d"'),
    predict("a sentence", "one of the options", '"much higher"'),
    # 9 photo
    photo(
        "squeezed",
        "squeezed into a square",
        'return np.asarray(Image.fromarray(photo).convert("RGB").resize((size, size)))[None]',
        partly=True,
    ),
    photo(
        "corner instead of middle",
        "corner at the top left",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
return np.asarray(image.crop((0, 0, side, side)).resize((size, size)))[None]
""",
        partly=True,
    ),
    photo(
        "middle without resizing",
        "not resized",
        """
image = Image.fromarray(photo).convert("RGB")
left, top = (image.width - size) // 2, (image.height - size) // 2
return np.asarray(image.crop((left, top, left + size, top + size)))[None]
""",
    ),
    photo(
        "no batch",
        "batch of one",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)))
""",
    ),
    photo(
        "grey stays grey",
        "the photo is grey",
        """
image = Image.fromarray(photo)
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)))[None]
""",
        partly=True,
    ),
    photo(
        "transparency stays",
        "fourth channel",
        """
if photo.ndim == 2:
    photo = np.stack([photo] * 3, axis=-1)
image = Image.fromarray(photo)
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)))[None]
""",
        partly=True,
    ),
    photo(
        "scaled as well",
        "reach from 0 to 1",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)))[None] / 255
""",
    ),
    photo(
        "32 pixels, always",
        "Where is it used",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((32, 32)))[None]
""",
    ),
    photo(
        "height and width exchanged",
        "image made from a photo",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
top, left = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)))[None]
""",
        partly=True,
    ),
    photo(
        "blue first, as OpenCV has it",
        "red and blue",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)))[None, ..., ::-1]
""",
    ),
    photo(
        "float values",
        "dtype is not",
        """
image = Image.fromarray(photo).convert("RGB")
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size)), np.float32)[None]
""",
    ),
    photo(
        "Pillow image returned",
        "an axis in front is missing",
        """
image = Image.fromarray(photo).convert("RGB")
return image.resize((size, size))
""",
    ),
    wrong(
        "photo",
        "borrowed",
        "ready-made",
        "from cifar_teach.preprocess import photo_to_image\n\n\n"
        "def photo_to_input(photo, size):\n    return photo_to_image(photo, size)[None]\n",
    ),
]

RIGHT = [
    Right("normalize", "float64 first", "def normalize(images):\n    return (images / 255).astype('float32')\n"),
    Right("normalize", "product", "def normalize(images):\n    return np.float32(images) * np.float32(1 / 255)\n"),
    Right(
        "normalize",
        "loop over the images",
        "def normalize(images):\n    return np.array([np.divide(image, 255, dtype=np.float32) for image in images])\n",
    ),
    Right(
        "normalize",
        "TensorFlow",
        "import tensorflow as tf\n\n\ndef normalize(images):\n    return tf.cast(images, tf.float32) / 255.0\n",
    ),
    Right(
        "one_hot",
        "loop",
        "def one_hot(labels, num_classes):\n    rows = np.zeros((len(labels), num_classes), np.float32)\n"
        "    for row, label in zip(rows, labels):\n        row[label] = 1\n    return rows\n",
    ),
    Right(
        "one_hot",
        "comparison",
        "def one_hot(labels, num_classes):\n    return (labels[:, None] == np.arange(num_classes)).astype('f4')\n",
    ),
    Right(
        "one_hot",
        "Keras",
        "import keras\n\n\ndef one_hot(labels, num_classes):\n"
        "    return keras.utils.to_categorical(labels, num_classes).astype('float32')\n",
    ),
    Right(
        "shuffle",
        "np.take",
        "def shuffle_together(images, labels, rng):\n    order = np.arange(len(images))\n    rng.shuffle(order)\n"
        "    return np.take(images, order, axis=0), labels.take(order)\n",
    ),
    Right(
        "shuffle",
        "sorted random numbers",
        "def shuffle_together(images, labels, rng):\n    order = np.argsort(rng.random(len(images)))\n"
        "    return images[order], labels[order]\n",
    ),
    Right(
        "shuffle",
        "list of pairs",
        "def shuffle_together(images, labels, rng):\n    order = rng.permutation(len(labels)).tolist()\n"
        "    pairs = [(images[i], labels[i]) for i in order]\n"
        "    return [image for image, _ in pairs], [label for _, label in pairs]\n",
    ),
    Right(
        "split",
        "lists, both mixed at the end",
        "def stratified_split(labels, fraction, seed):\n    rng = np.random.default_rng(seed)\n"
        "    train, validation = [], []\n    for c in range(labels.max() + 1):\n"
        "        members = [i for i, label in enumerate(labels) if label == c]\n        rng.shuffle(members)\n"
        "        size = int(len(members) * fraction)\n        validation += members[:size]\n"
        "        train += members[size:]\n    rng.shuffle(train)\n    rng.shuffle(validation)\n"
        "    return train, validation\n",
    ),
    Right(
        "split",
        "scikit-learn",
        "from sklearn.model_selection import train_test_split\n\n\ndef stratified_split(labels, fraction, seed):\n"
        "    return tuple(train_test_split(\n"
        "        np.arange(len(labels)), test_size=fraction, stratify=labels, random_state=seed % 2**32\n    ))\n",
    ),
    Right(
        "split",
        "random.Random",
        "import random\n\n\ndef stratified_split(labels, fraction, seed):\n    rng = random.Random(seed)\n"
        "    wanted = {c: round(fraction * (labels == c).sum()) for c in set(labels.tolist())}\n"
        "    order = list(range(len(labels)))\n    rng.shuffle(order)\n    train, validation = [], []\n"
        "    for i in order:\n        c = int(labels[i])\n        if wanted[c] > 0:\n            wanted[c] -= 1\n"
        "            validation.append(i)\n        else:\n            train.append(i)\n"
        "    return np.array(train), np.array(validation)\n",
    ),
    Right(
        "standardize",
        "one channel after the other",
        "def fit_standardizer(train_images):\n    channels = [train_images[..., c] for c in range(3)]\n"
        "    return [float(c.mean()) for c in channels], [float(c.std(ddof=1)) for c in channels]\n\n\n"
        "def standardize(images, mean, std):\n    result = np.empty_like(images)\n    for c in range(3):\n"
        "        result[..., c] = (images[..., c] - mean[c]) / std[c]\n    return result\n",
    ),
    Right(
        "standardize",
        "table of pixels, axes kept",
        "def fit_standardizer(train_images):\n    mean = train_images.mean(axis=(0, 1, 2), keepdims=True)\n"
        "    std = np.sqrt(((train_images - mean) ** 2).reshape(-1, 3).mean(axis=0))\n    return mean, std\n\n\n"
        "def standardize(images, mean, std):\n    return (images - np.reshape(mean, 3)) / (np.ravel(std) + 1e-7)\n",
    ),
    Right(
        "flip",
        "loop",
        "def random_flip(images, rng):\n    result = []\n    for image in images:\n"
        "        result.append(image[:, ::-1] if rng.random() < 0.5 else image)\n    return np.array(result)\n",
    ),
    Right(
        "flip",
        "np.where",
        "def random_flip(images, rng):\n    chosen = rng.integers(0, 2, len(images)).astype(bool)\n"
        "    return np.where(chosen[:, None, None, None], np.flip(images, axis=2), images)\n",
    ),
    Right(
        "flip",
        "np.fliplr of single images",
        "def random_flip(images, rng):\n"
        "    return np.stack([np.fliplr(i) if rng.choice([True, False]) else i for i in images])\n",
    ),
    Right(
        "crop",
        "loop, one image padded at a time",
        "def pad_and_crop(images, padding, rng):\n    result = np.zeros_like(images)\n"
        "    h, w = images.shape[1:3]\n    for i, image in enumerate(images):\n"
        "        big = np.pad(image, [(padding, padding), (padding, padding), (0, 0)], 'reflect')\n"
        "        r = rng.integers(2 * padding + 1)\n        c = rng.integers(2 * padding + 1)\n"
        "        result[i] = big[r:r + h, c:c + w]\n    return result\n",
    ),
    Right(
        "crop",
        "sliding windows",
        "def pad_and_crop(images, padding, rng):\n    n, h, w = images.shape[:3]\n"
        "    borders = ((0, 0), (padding, padding), (padding, padding), (0, 0))\n"
        "    padded = np.pad(images, borders, mode='reflect')\n"
        "    windows = np.lib.stride_tricks.sliding_window_view(padded, (h, w), axis=(1, 2))\n"
        "    rows, columns = (rng.random((2, n)) * (2 * padding + 1)).astype(int)\n"
        "    return np.moveaxis(windows[np.arange(n), rows, columns], 1, -1)\n",
    ),
    Right(
        "crop",
        "rows and columns by index",
        "def pad_and_crop(images, padding, rng):\n    n, h, w = images.shape[:3]\n"
        "    down = rng.integers(-padding, padding, n, endpoint=True)[:, None] + np.arange(h)\n"
        "    right = rng.integers(-padding, padding, n, endpoint=True)[:, None] + np.arange(w)\n"
        "    down = h - 1 - np.abs(h - 1 - np.abs(down))\n    right = w - 1 - np.abs(w - 1 - np.abs(right))\n"
        "    return images[np.arange(n)[:, None, None], down[:, :, None], right[:, None, :]]\n",
    ),
    Right("predict", "capital letter", 'prediction_copies = "D"\n'),
    Right("predict", "with a space", 'prediction_copies = " d "\n'),
    Right(
        "photo",
        "NumPy first, Pillow for the size",
        "def photo_to_input(photo, size):\n    if photo.ndim == 2:\n        photo = np.stack([photo] * 3, axis=-1)\n"
        "    photo = photo[:, :, :3]\n    h, w = photo.shape[:2]\n    s = min(h, w)\n"
        "    y, x = round((h - s) / 2), round((w - s) / 2)\n    square = photo[y : y + s, x : x + s]\n"
        "    resized = Image.fromarray(square).resize((size, size), Image.Resampling.LANCZOS)\n"
        "    return np.expand_dims(np.array(resized), 0)\n",
    ),
    Right(
        "photo",
        "NumPy alone, nearest pixels",
        "def photo_to_input(photo, size):\n    photo = np.atleast_3d(photo)\n"
        "    photo = photo.repeat(3, axis=2) if photo.shape[2] == 1 else photo[..., :3]\n"
        "    s = min(photo.shape[:2])\n    y, x = ((length - s) // 2 for length in photo.shape[:2])\n"
        "    index = ((np.arange(size) + 0.5) * s / size).astype(int)\n"
        "    return photo[y + index[:, None], x + index][np.newaxis]\n",
    ),
    Right(
        "photo",
        "ImageOps.fit",
        "from PIL import ImageOps\n\n\ndef photo_to_input(photo, size):\n"
        "    return np.array(ImageOps.fit(Image.fromarray(photo).convert('RGB'), (size, size)))[None]\n",
    ),
]

HARMLESS = {
    "split": {
        "np.unique(labels) → (labels)()": "the same classes again and again: slower, but the same validation part"
    },
    "standardize": {
        "→ train_images.mean(axis=axes)": "float32 sums lose digits on thousands of images, not on the few of a check",
        "→ train_images.std(axis=axes)": "float32 sums lose digits on thousands of images, not on the few of a check",
    },
    "flip": {"<= 0.5": "no draw is exactly 0.5"},
    "crop": {
        "5:33 0 → 1": "one more image at the end of the batch, which no window is cut from",
        "np.stack(windows) → (windows)()": "a list of windows is taken as an array",
    },
    "photo": {
        "side) // 2 → (image.width - side) / 2": "Pillow rounds the corners of the square, which is still the middle",
        "side) // 2 → (image.height - side) / 2": "Pillow rounds the corners of the square, which is still the middle",
    },
}
