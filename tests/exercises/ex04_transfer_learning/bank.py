"""Wrong answers from real misconceptions, and right answers in other styles, for exercise 4."""

from __future__ import annotations

from tests.exercises.harness import Right, Wrong

WRONG = [
    # prepare
    Wrong(
        "prepare",
        "everything to 0-1",
        "scaled a second time",
        """
def prepare(images, contract):
    return images.astype(np.float32) / 255
""",
    ),
    Wrong(
        "prepare",
        "the contract is not looked at",
        "Does the function look at `contract`",
        """
def prepare(images, contract):
    return images.astype(np.float32)
""",
    ),
    Wrong(
        "prepare",
        "half of the range",
        "only half as wide",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 255 - 1
    if contract == "bgr":
        return pixels[..., ::-1] - MEAN_BGR
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "doubled in uint8",
        "what is 200 + 200 in a uint8",
        """
def prepare(images, contract):
    if contract == "-1..1":
        return (images * 2 / 255 - 1).astype(np.float32)
    if contract == "bgr":
        return images[..., ::-1] - MEAN_BGR
    return images.astype(np.float32)
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "128 instead of 127.5",
        "255 should become exactly 1",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 128 - 1
    if contract == "bgr":
        return pixels[..., ::-1] - MEAN_BGR
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "subtracted before reversing",
        "Which came first",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 127.5 - 1
    if contract == "bgr":
        return (pixels - MEAN_BGR)[..., ::-1]
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "red still first",
        "mean of blue was subtracted from red",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 127.5 - 1
    if contract == "bgr":
        return pixels - MEAN_BGR
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "columns reversed instead of channels",
        "came out mirrored",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 127.5 - 1
    if contract == "bgr":
        return pixels[:, :, ::-1] - MEAN_BGR
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "the mean of these images",
        "weights were trained with the mean of ImageNet",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return pixels / 127.5 - 1
    if contract == "bgr":
        blue_first = pixels[..., ::-1]
        return blue_first - blue_first.mean(axis=(0, 1, 2))
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "uint8 for 0..255",
        "no floating-point numbers",
        """
def prepare(images, contract):
    if contract == "-1..1":
        return images / 127.5 - 1
    if contract == "bgr":
        return images[..., ::-1] - MEAN_BGR
    return images
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "values cut to the range",
        "instead of",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        return np.clip(pixels, -1, 1)
    if contract == "bgr":
        return np.clip(pixels[..., ::-1] - MEAN_BGR, 0, 255)
    return pixels
""",
        partly=True,
    ),
    Wrong(
        "prepare",
        "nothing comes back",
        "Nothing came back",
        """
def prepare(images, contract):
    pixels = images.astype(np.float32)
    if contract == "-1..1":
        pixels = pixels / 127.5 - 1
    elif contract == "bgr":
        pixels = pixels[..., ::-1] - MEAN_BGR
    print(pixels.min(), pixels.max())
""",
    ),
    # twice
    Wrong("twice", "an error would come", "No layer looks at the range", 'prediction_twice = "a"'),
    Wrong("twice", "batch normalisation repairs it", "look at your pictures at all", 'prediction_twice = "b"'),
    Wrong("twice", "small numbers are always better", "These weights are finished", 'prediction_twice = "D"'),
    Wrong("twice", "an option that does not exist", "one of the options", 'prediction_twice = "e"'),
    Wrong("twice", "the number of the option", "one of the options", "prediction_twice = 3"),
    Wrong("twice", "several options at once", "one of the options", 'prediction_twice = "b or c"'),
    Wrong(
        "twice",
        "the sentence instead of the letter",
        "one of the options",
        'prediction_twice = "every picture looks almost black"',
    ),
    # enlarge
    Wrong(
        "enlarge",
        "tiles",
        "laid side by side",
        """
def enlarge(images, factor):
    return np.tile(images, (1, factor, factor, 1))
""",
    ),
    Wrong(
        "enlarge",
        "only the height",
        "grew in height, but not in width",
        """
def enlarge(images, factor):
    return np.repeat(images, factor, axis=1)
""",
    ),
    Wrong(
        "enlarge",
        "axes counted as for one image",
        "Axis 0 counts the pictures",
        """
def enlarge(images, factor):
    return images.repeat(factor, axis=0).repeat(factor, axis=1)
""",
    ),
    Wrong(
        "enlarge",
        "repeat without an axis",
        "without `axis`",
        """
def enlarge(images, factor):
    return np.repeat(images, factor)
""",
    ),
    Wrong(
        "enlarge",
        "np.resize",
        "only poured into it",
        """
def enlarge(images, factor):
    n, height, width, channels = images.shape
    return np.resize(images, (n, height * factor, width * factor, channels))
""",
    ),
    Wrong(
        "enlarge",
        "gaps between the pixels",
        "there is black",
        """
def enlarge(images, factor):
    n, height, width, channels = images.shape
    large = np.zeros((n, height * factor, width * factor, channels), np.uint8)
    large[:, ::factor, ::factor] = images
    return large
""",
    ),
    Wrong(
        "enlarge",
        "the factor is written in",
        "wrong shape",
        """
def enlarge(images, factor):
    return np.repeat(np.repeat(images, 3, axis=1), 3, axis=2)
""",
    ),
    Wrong(
        "enlarge",
        "height and width exchanged",
        "wrong shape",
        """
def enlarge(images, factor):
    return images.transpose(0, 2, 1, 3).repeat(factor, axis=1).repeat(factor, axis=2)
""",
    ),
    Wrong(
        "enlarge",
        "floats come out",
        "wrong dtype",
        """
def enlarge(images, factor):
    return np.kron(images, np.ones((1, factor, factor, 1)))
""",
    ),
    Wrong(
        "enlarge",
        "one image only",
        "raised",
        """
def enlarge(images, factor):
    height, width, channels = images.shape
    return images.repeat(factor, axis=0).repeat(factor, axis=1)
""",
    ),
    # pool_features
    Wrong(
        "pool_features",
        "channels averaged as well",
        "One number for each picture",
        """
def pool_features(maps):
    return maps.mean(axis=(1, 2, 3))
""",
    ),
    Wrong(
        "pool_features",
        "axes counted as for one map",
        "What does axis 0 count",
        """
def pool_features(maps):
    return maps.mean(axis=(0, 1))
""",
    ),
    Wrong(
        "pool_features",
        "channels first",
        "Which axis holds them",
        """
def pool_features(maps):
    return maps.mean(axis=(2, 3))
""",
    ),
    Wrong(
        "pool_features",
        "averaged over the pictures too",
        "never across pictures",
        """
def pool_features(maps):
    return maps.reshape(-1, maps.shape[-1]).mean(axis=0)
""",
    ),
    Wrong(
        "pool_features",
        "largest value",
        "max pooling",
        """
def pool_features(maps):
    return maps.max(axis=(1, 2))
""",
    ),
    Wrong(
        "pool_features",
        "sum",
        "sum over the places",
        """
def pool_features(maps):
    return maps.sum(axis=(1, 2))
""",
    ),
    Wrong(
        "pool_features",
        "the map of 4x4 is written in",
        "is not right",
        """
def pool_features(maps):
    return maps.sum(axis=(1, 2)) / 16
""",
    ),
    Wrong(
        "pool_features",
        "flattened",
        "Nothing was averaged",
        """
def pool_features(maps):
    return maps.reshape(len(maps), -1)
""",
    ),
    Wrong(
        "pool_features",
        "reshape to move an axis",
        "does not move an axis",
        """
def pool_features(maps):
    n, height, width, c = maps.shape
    return maps.reshape(n, c, height * width).mean(axis=2)
""",
    ),
    Wrong(
        "pool_features",
        "rows only",
        "the columns are still there",
        """
def pool_features(maps):
    return maps.mean(axis=1)
""",
    ),
    # extract_features
    Wrong(
        "extract_features",
        "the last batch is dropped",
        "images at the end are missing",
        """
def extract_features(network, images, batch_size):
    parts = []
    for number in range(len(images) // batch_size):
        parts.append(network(images[number * batch_size : (number + 1) * batch_size]))
    return np.concatenate(parts)
""",
    ),
    Wrong(
        "extract_features",
        "one round too many",
        "empty batch",
        """
def extract_features(network, images, batch_size):
    parts = []
    for number in range(len(images) // batch_size + 1):
        parts.append(network(images[number * batch_size : (number + 1) * batch_size]))
    return np.concatenate(parts)
""",
    ),
    Wrong(
        "extract_features",
        "all at once",
        "may not fit into the memory",
        """
def extract_features(network, images, batch_size):
    return network(images)
""",
    ),
    Wrong(
        "extract_features",
        "one by one",
        "one by one",
        """
def extract_features(network, images, batch_size):
    return np.concatenate([network(image[None]) for image in images])
""",
    ),
    Wrong(
        "extract_features",
        "an image without its batch axis",
        "takes a batch",
        """
def extract_features(network, images, batch_size):
    return np.stack([network(image) for image in images])
""",
    ),
    Wrong(
        "extract_features",
        "return inside the loop",
        "Is the `return` inside the loop",
        """
def extract_features(network, images, batch_size):
    for start in range(0, len(images), batch_size):
        features = network(images[start : start + batch_size])
        return features
""",
    ),
    Wrong(
        "extract_features",
        "only the last batch is kept",
        "overwritten in each round",
        """
def extract_features(network, images, batch_size):
    for start in range(0, len(images), batch_size):
        features = network(images[start : start + batch_size])
    return features
""",
    ),
    Wrong(
        "extract_features",
        "a list of batches",
        "still apart",
        """
def extract_features(network, images, batch_size):
    return [network(images[start : start + batch_size]) for start in range(0, len(images), batch_size)]
""",
    ),
    Wrong(
        "extract_features",
        "scaled on the way",
        "was something done to the images",
        """
def extract_features(network, images, batch_size):
    images = images / 255
    return np.concatenate(
        [network(images[start : start + batch_size]) for start in range(0, len(images), batch_size)]
    )
""",
    ),
    Wrong(
        "extract_features",
        "the last batch reaches back",
        "reaches back",
        """
def extract_features(network, images, batch_size):
    n = len(images)
    parts = [network(images[s : s + batch_size]) for s in range(0, n - n % batch_size, batch_size)]
    if n % batch_size:
        parts.append(network(images[-batch_size:]))
    return np.concatenate(parts)
""",
    ),
    Wrong(
        "extract_features",
        "joined along the features",
        "raised",
        """
def extract_features(network, images, batch_size):
    parts = [network(images[start : start + batch_size]) for start in range(0, len(images), batch_size)]
    return np.concatenate(parts, axis=1)
""",
    ),
    Wrong(
        "extract_features",
        "shuffled on the way",
        "in the order of the images",
        """
def extract_features(network, images, batch_size):
    images = images[np.random.default_rng(0).permutation(len(images))]
    return np.concatenate(
        [network(images[start : start + batch_size]) for start in range(0, len(images), batch_size)]
    )
""",
    ),
    # cache
    Wrong(
        "cache",
        "a fixed name as the key",
        "at least 32 hexadecimal digits",
        """
def cache_key(images, weights):
    return "train-features"


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "hash()",
        "another number in every session",
        """
def cache_key(images, weights):
    return hash((images.tobytes(), images.shape, *(each.tobytes() for each in weights)))


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "a random key",
        "Asked again with the same content",
        """
import uuid


def cache_key(images, weights):
    return uuid.uuid4().hex


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "a constant key of the right form",
        "Do they go into the key",
        """
def cache_key(images, weights):
    return hashlib.sha256(b"tinynet").hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "str(array)",
        "leaves out the middle",
        """
def cache_key(images, weights):
    return hashlib.sha256((str(images) + str(images.shape) + str(weights)).encode()).hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "sums as the content",
        "do not notice the order",
        """
def cache_key(images, weights):
    facts = (images.shape, images.sum(), [(each.shape, each.astype(float).sum()) for each in weights])
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "the weights are left out",
        "as after training",
        """
def cache_key(images, weights):
    return hashlib.sha256(str(images.shape).encode() + images.tobytes()).hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "only the first weight array",
        "Only the last of several weight arrays",
        """
def cache_key(images, weights):
    digest = hashlib.sha256(str([images.shape, *(each.shape for each in weights)]).encode())
    digest.update(images.tobytes())
    digest.update(weights[0].tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "rounded weights",
        "Rounded or shortened numbers",
        """
def cache_key(images, weights):
    digest = hashlib.sha256(images.tobytes())
    for array in weights:
        digest.update(np.round(array, 3).tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "bytes without shapes",
        "the shape is another",
        """
def cache_key(images, weights):
    return hashlib.sha256(images.tobytes() + b"".join(each.tobytes() for each in weights)).hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "setdefault computes each time",
        "computed too often",
        """
def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    return store.setdefault(key, compute())
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "never put into the store",
        "computed too often",
        """
def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key in store:
        return store[key]
    return compute()
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "nothing comes back the second time",
        "Nothing came back",
        """
def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute()
        return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "a store of its own",
        "the `store` that was handed in",
        """
kept = {}


def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key not in kept:
        kept[key] = compute()
    return kept[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "one entry for everything",
        "This key is a new one",
        """
def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if not store:
        store["features"] = compute()
    return store["features"]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "the store keeps only the newest",
        "in between",
        """
def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store.clear()
        store[key] = compute()
    return store[key]
""",
        partly=True,
    ),
    Wrong(
        "cache",
        "the function is kept instead of its result",
        "without calling it",
        """
def cache_key(images, weights):
    digest = hashlib.sha256()
    for array in (images, *weights):
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def get_features(key, compute, store):
    if key not in store:
        store[key] = compute
    return store[key]
""",
        partly=True,
    ),
    # fit_head
    Wrong(
        "fit_head",
        "labels repeated image by image",
        "carry the label of another image",
        """
def training_rows(views, labels):
    return views.reshape(-1, views.shape[-1]), np.repeat(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "views side by side",
        "side by side in one row",
        """
def training_rows(views, labels):
    return np.concatenate(views, axis=1), labels


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "views averaged",
        "left out, or averaged away",
        """
def training_rows(views, labels):
    return views.mean(axis=0), labels


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "labels not repeated",
        "one label for each row",
        """
def training_rows(views, labels):
    return np.concatenate(views), labels


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "reshape across the axes",
        "unchanged",
        """
def training_rows(views, labels):
    return views.transpose(2, 0, 1).reshape(-1, views.shape[-1]), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "nothing folded",
        "weights for standardised features",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    return model.coef_.T, model.intercept_
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "mean not folded",
        "nothing was done about the mean",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    return model.coef_.T / deviation[:, None], model.intercept_
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "sign of the folded mean",
        "wrong sign",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ + mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "mean folded with the wrong kernel",
        "Which kernel is the mean multiplied by",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    return model.coef_.T / deviation[:, None], model.intercept_ - mean @ model.coef_.T
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "never standardised",
        "features of very different size",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    model = LogisticRegression(C=C, max_iter=1000).fit(rows, labels)
    return model.coef_.T, model.intercept_
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "classes first",
        "the other way round",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_ / deviation
    return kernel, model.intercept_ - kernel @ mean
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "division by a deviation of 0",
        "a channel that never fires",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    m, s = rows.mean(axis=0), rows.std(axis=0)
    fitted = LogisticRegression(C=C, max_iter=1000).fit((rows - m) / s, labels)
    kernel = fitted.coef_.T / s[:, None]
    return kernel, fitted.intercept_ - m @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "division by 0 repaired too late",
        "values that are not numbers",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    model = LogisticRegression(C=C, max_iter=1000).fit(np.nan_to_num((rows - mean) / deviation), labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "variance instead of deviation",
        "divided by their variance",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, spread = rows.mean(axis=0), rows.var(axis=0)
    spread[spread == 0] = 1
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / spread, labels)
    kernel = model.coef_.T / spread[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "C is not handed on",
        "Is `C` handed on",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(max_iter=1000).fit((rows - mean) / deviation, labels)
    kernel = model.coef_.T / deviation[:, None]
    return kernel, model.intercept_ - mean @ kernel
""",
        partly=True,
    ),
    Wrong(
        "fit_head",
        "the fitted model comes back",
        "as two arrays",
        """
def training_rows(views, labels):
    return np.concatenate(views), np.tile(labels, 2)


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    return LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
""",
        partly=True,
    ),
    # add_head
    Wrong(
        "add_head",
        "nothing frozen",
        "arrays of the backbone's weights would be trained",
        """
def add_head(backbone, num_classes):
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "everything frozen",
        "the backbone or the whole model",
        """
def add_head(backbone, num_classes):
    pooled = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])
    model.trainable = False
    return model


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "only the convolutions frozen",
        "Batch normalisation has weights, too",
        """
def add_head(backbone, num_classes):
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "no softmax",
        "are not probabilities",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes)])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "sigmoid",
        "of which one is right",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="sigmoid")])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "flattened map",
        "a weight for every place of the map",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    return keras.Sequential(
        [backbone, keras.layers.Flatten(), keras.layers.Dense(num_classes, activation="softmax")]
    )


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "max pooling",
        "largest value of each channel",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalMaxPooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "scaled once more",
        "scales its input itself",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    inputs = keras.Input(backbone.input_shape[1:])
    x = backbone(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(num_classes, activation="softmax")(x))


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "a hidden layer",
        "more than one layer with weights",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    x = keras.layers.GlobalAveragePooling2D()(backbone.outputs[0])
    x = keras.layers.Dense(64, activation="relu")(x)
    return keras.Model(backbone.inputs, keras.layers.Dense(num_classes, activation="softmax")(x))


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "dropout in the head",
        "act only in training",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    x = keras.layers.GlobalAveragePooling2D()(backbone.outputs[0])
    x = keras.layers.Dropout(0.5)(x)
    return keras.Model(backbone.inputs, keras.layers.Dense(num_classes, activation="softmax")(x))


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "a copy of the backbone",
        "does not hold the backbone",
        """
def add_head(backbone, num_classes):
    backbone = keras.models.clone_model(backbone)
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "the backbone is not used",
        "does not hold the backbone",
        """
def add_head(backbone, num_classes):
    inputs = keras.Input(backbone.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    return keras.Model(inputs, keras.layers.Dense(num_classes, activation="softmax")(x))


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "always ten classes",
        "The shape of the answer is not right",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(10, activation="softmax")])


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "the backbone comes back",
        "Nothing was put behind the backbone",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    return backbone


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "the summary comes back",
        "returned nothing",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])
    return model.summary()


def count_trainable(model):
    return sum(np.prod(weight.shape) for weight in model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "arrays counted",
        "This is the number of arrays",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return len(model.trainable_weights)
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "all parameters counted",
        "the frozen ones included",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return model.count_params()
""",
        partly=True,
    ),
    Wrong(
        "add_head",
        "statistics counted as trained",
        "statistics that are never trained",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([backbone, pooled, keras.layers.Dense(num_classes, activation="softmax")])


def count_trainable(model):
    return sum(layer.count_params() for layer in model.layers if layer.trainable)
""",
        partly=True,
    ),
    # predict_views
    Wrong(
        "predict_views",
        "upside down",
        "upside down",
        """
def predict_views(predict, images):
    return (predict(images) + predict(images[:, ::-1])) / 2
""",
    ),
    Wrong(
        "predict_views",
        "order of the images reversed",
        "answers of different images",
        """
def predict_views(predict, images):
    return (predict(images) + predict(images[::-1])) / 2
""",
    ),
    Wrong(
        "predict_views",
        "colours reversed",
        "red and blue exchanged",
        """
def predict_views(predict, images):
    return (predict(images) + predict(images[..., ::-1])) / 2
""",
    ),
    Wrong(
        "predict_views",
        "np.flip without an axis",
        "has every axis reversed",
        """
def predict_views(predict, images):
    return (predict(images) + predict(np.flip(images))) / 2
""",
    ),
    Wrong(
        "predict_views",
        "sum instead of average",
        "Each row sums to 2",
        """
def predict_views(predict, images):
    return predict(images) + predict(images[:, :, ::-1])
""",
    ),
    Wrong(
        "predict_views",
        "one half only",
        "Only one of the two was halved",
        """
def predict_views(predict, images):
    return predict(images) + predict(images[:, :, ::-1]) / 2
""",
    ),
    Wrong(
        "predict_views",
        "only the mirror image",
        "mirror images alone",
        """
def predict_views(predict, images):
    return predict(images[:, :, ::-1])
""",
    ),
    Wrong(
        "predict_views",
        "the images are averaged",
        "saw two pictures in one",
        """
def predict_views(predict, images):
    return predict((images / 2 + images[:, :, ::-1] / 2))
""",
    ),
    Wrong(
        "predict_views",
        "probabilities mirrored back",
        "The first class stays the first",
        """
def predict_views(predict, images):
    return (predict(images) + predict(images[:, :, ::-1])[:, ::-1]) / 2
""",
    ),
    Wrong(
        "predict_views",
        "votes",
        "Two votes were counted",
        """
def predict_views(predict, images):
    views = np.stack([predict(images), predict(images[:, :, ::-1])])
    return np.eye(views.shape[2])[views.argmax(axis=2)].mean(axis=0)
""",
    ),
    Wrong(
        "predict_views",
        "the larger of the two",
        "larger of the two",
        """
def predict_views(predict, images):
    return np.maximum(predict(images), predict(images[:, :, ::-1]))
""",
    ),
    Wrong(
        "predict_views",
        "mean over everything but the classes",
        "average was taken over",
        """
def predict_views(predict, images):
    return np.concatenate([predict(images), predict(images[:, :, ::-1])]).mean(axis=0)
""",
    ),
    Wrong(
        "predict_views",
        "both views kept",
        "wrong shape",
        """
def predict_views(predict, images):
    return np.concatenate([predict(images), predict(images[:, :, ::-1])])
""",
    ),
]

RIGHT = [
    Right(
        "prepare",
        "a dictionary of functions",
        """
def prepare(images, contract):
    pixels = np.asarray(images, dtype="float64")
    ways = {
        "0..255": lambda: pixels,
        "-1..1": lambda: 2 * (pixels / 255) - 1,
        "bgr": lambda: pixels[:, :, :, [2, 1, 0]] - [103.939, 116.779, 123.68],
    }
    return ways[contract]().astype(np.float32)
""",
    ),
    Right(
        "prepare",
        "with Keras' own functions",
        """
def prepare(images, contract):
    pixels = images.astype("float32")
    if contract == "-1..1":
        return keras.applications.mobilenet_v2.preprocess_input(pixels)
    if contract == "bgr":
        return keras.applications.vgg16.preprocess_input(pixels)
    return keras.applications.efficientnet.preprocess_input(pixels)
""",
    ),
    Right(
        "prepare",
        "channel by channel",
        """
def prepare(images, contract):
    prepared = np.empty(images.shape, np.float32)
    for channel in range(3):
        if contract == "bgr":
            prepared[..., channel] = images[..., 2 - channel].astype(float) - MEAN_BGR[channel]
        elif contract == "-1..1":
            prepared[..., channel] = (images[..., channel] - 127.5) / 127.5
        else:
            prepared[..., channel] = images[..., channel]
    return prepared
""",
    ),
    Right("twice", "a capital letter", 'prediction_twice = "C"'),
    Right("twice", "with spaces", "prediction_twice = ' c '"),
    Right(
        "enlarge",
        "pixel by pixel",
        """
def enlarge(images, factor):
    n, height, width, channels = images.shape
    large = np.empty((n, height * factor, width * factor, channels), images.dtype)
    for row in range(height * factor):
        for column in range(width * factor):
            large[:, row, column] = images[:, row // factor, column // factor]
    return large
""",
    ),
    Right(
        "enlarge",
        "by index",
        """
def enlarge(images, factor):
    rows = np.arange(images.shape[1] * factor) // factor
    columns = np.arange(images.shape[2] * factor) // factor
    return images[:, rows][:, :, columns]
""",
    ),
    Right(
        "enlarge",
        "by broadcasting",
        """
def enlarge(images, factor):
    n, height, width, channels = images.shape
    blocks = np.broadcast_to(images[:, :, None, :, None], (n, height, factor, width, factor, channels))
    return blocks.reshape(n, height * factor, width * factor, channels)
""",
    ),
    Right(
        "enlarge",
        "with keras.ops",
        """
def enlarge(images, factor):
    return keras.ops.repeat(keras.ops.repeat(images, factor, axis=1), factor, axis=2)
""",
    ),
    Right(
        "pool_features",
        "with a loop",
        """
def pool_features(maps):
    features = []
    for one in maps:
        features.append([one[:, :, channel].mean() for channel in range(one.shape[-1])])
    return features
""",
    ),
    Right(
        "pool_features",
        "two means",
        """
def pool_features(maps):
    return np.mean(np.mean(maps, axis=2), axis=1)
""",
    ),
    Right(
        "pool_features",
        "with keras.ops",
        """
def pool_features(maps):
    return keras.ops.mean(maps, axis=[1, 2])
""",
    ),
    Right(
        "pool_features",
        "with einsum",
        """
def pool_features(maps):
    n, height, width, c = maps.shape
    return np.einsum("nhwc->nc", maps) / (height * width)
""",
    ),
    Right(
        "extract_features",
        "an array filled part by part",
        """
def extract_features(network, images, batch_size):
    features = None
    for start in range(0, len(images), batch_size):
        part = network(images[start : start + batch_size])
        if features is None:
            features = np.empty((len(images), part.shape[1]), part.dtype)
        features[start : start + len(part)] = part
    return features
""",
    ),
    Right(
        "extract_features",
        "a while loop and a list of rows",
        """
def extract_features(network, images, batch_size):
    rows, done = [], 0
    while done < len(images):
        rows.extend(network(images[done : done + batch_size]))
        done += batch_size
    return rows
""",
    ),
    Right(
        "extract_features",
        "np.split",
        """
def extract_features(network, images, batch_size):
    cuts = np.arange(batch_size, len(images), batch_size)
    return np.vstack([np.asarray(network(part)) for part in np.split(images, cuts)])
""",
    ),
    Right(
        "cache",
        "MD5, and try",
        """
def cache_key(images, weights):
    content = [repr([images.shape, *(each.shape for each in weights)]).encode(), images.tobytes()]
    content += [each.tobytes() for each in weights]
    return hashlib.md5(b"|".join(content)).hexdigest()


def get_features(key, compute, store):
    try:
        return store[key]
    except KeyError:
        store[key] = compute()
        return store[key]
""",
    ),
    Right(
        "cache",
        "lists, and get",
        """
def cache_key(images, weights):
    return hashlib.sha512(repr((images.tolist(), [each.tolist() for each in weights])).encode()).hexdigest().upper()


def get_features(key, compute, store):
    found = store.get(key)
    if found is None:
        found = compute()
        store[key] = found
    return found
""",
    ),
    Right(
        "cache",
        "a fingerprint of fingerprints",
        """
def fingerprint(array):
    array = np.ascontiguousarray(array)
    return hashlib.blake2b(array.data, salt=str(array.ndim).encode()).hexdigest() + str(array.shape)


def cache_key(images, weights):
    return hashlib.sha256("".join(map(fingerprint, [images, *weights])).encode()).hexdigest()


def get_features(key, compute, store):
    if key in store.keys():
        return store[key]
    features = compute()
    store.update({key: features})
    return features
""",
    ),
    Right(
        "fit_head",
        "image by image, StandardScaler",
        """
from sklearn.preprocessing import StandardScaler


def training_rows(views, labels):
    return views.transpose(1, 0, 2).reshape(-1, views.shape[2]), np.repeat(labels, 2)


def fit_head(rows, labels, C=0.01):
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=C, max_iter=1000).fit(scaler.transform(rows), labels)
    kernel = (model.coef_ / scaler.scale_).T
    return kernel, model.intercept_ - scaler.mean_ @ kernel
""",
    ),
    Right(
        "fit_head",
        "lists and loops",
        """
def training_rows(views, labels):
    rows, row_labels = [], []
    for view in views:
        for features, label in zip(view, labels):
            rows.append(features)
            row_labels.append(label)
    return [np.array(rows), row_labels]


def fit_head(rows, labels, C=0.01):
    rows = np.asarray(rows, np.float64)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1.0
    model = LogisticRegression(C=C, max_iter=1000)
    model.fit((rows - mean) / deviation, labels)
    bias = [b - sum(m * w / s for m, w, s in zip(mean, ws, deviation)) for ws, b in zip(model.coef_, model.intercept_)]
    return [[w / s for w in ws] for ws, s in zip(model.coef_.T, deviation)], bias
""",
    ),
    Right(
        "fit_head",
        "folded by asking the fitted model",
        """
def training_rows(views, labels):
    first, second = views
    return np.vstack([first, second]), np.hstack([labels, labels])


def fit_head(rows, labels, C=0.01):
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    model = LogisticRegression(C=C, max_iter=1000).fit((rows - mean) / deviation, labels)
    bias = model.decision_function((0 - mean[None]) / deviation)[0]
    return model.decision_function(np.diag(1 / deviation)) - model.intercept_, bias
""",
    ),
    Right(
        "add_head",
        "sequential, counted by hand",
        """
def add_head(backbone, num_classes):
    backbone.trainable = False
    return keras.Sequential(
        [
            backbone,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(num_classes),
            keras.layers.Softmax(),
        ]
    )


def count_trainable(model):
    total = 0
    for weight in model.trainable_variables:
        size = 1
        for side in weight.shape:
            size *= side
        total += size
    return total
""",
    ),
    Right(
        "add_head",
        "flat, layer by layer, training=False",
        """
def add_head(backbone, num_classes):
    for layer in backbone.layers:
        layer.trainable = False
    x = keras.ops.mean(backbone.outputs[0], axis=(1, 2))
    outputs = keras.layers.Dense(num_classes, activation=keras.activations.softmax)(x)
    return keras.Model(backbone.inputs, outputs)


def count_trainable(model):
    return model.count_params() - sum(weight.numpy().size for weight in model.non_trainable_weights)
""",
    ),
    Right(
        "add_head",
        "a class of its own",
        """
class OnBackbone(keras.Model):
    def __init__(self, backbone, num_classes):
        super().__init__()
        self.backbone = backbone
        self.backbone.trainable = False
        self.pool = keras.layers.GlobalAveragePooling2D()
        self.head = keras.layers.Dense(num_classes, activation="softmax")

    def call(self, images):
        return self.head(self.pool(self.backbone(images, training=False)))


def add_head(backbone, num_classes):
    return OnBackbone(backbone, num_classes)


def count_trainable(model):
    return float(sum(np.size(weight) for weight in model.trainable_weights))
""",
    ),
    Right(
        "predict_views",
        "both views in one batch",
        """
def predict_views(predict, images):
    answers = predict(np.concatenate([images, images[:, :, ::-1]]))
    return answers.reshape(2, len(images), -1).mean(axis=0)
""",
    ),
    Right(
        "predict_views",
        "image by image",
        """
def predict_views(predict, images):
    answers = []
    for image in images:
        views = np.array([image, np.fliplr(image)])
        answers.append(predict(views).mean(axis=0))
    return answers
""",
    ),
    Right(
        "predict_views",
        "np.flip and np.mean",
        """
def predict_views(predict, images):
    return np.mean([predict(images), predict(np.flip(images, axis=2))], axis=0)
""",
    ),
]

HARMLESS: dict[str, dict[str, str]] = {
    "fit_head": {
        "12:41 1 → 2": "a feature that never changes is 0 after its mean is subtracted, whatever it is divided by",
        "max_iter=1000) → LogisticRegression(C=C)": "the fit of the check's rows ends before the default of 100 steps",
        "1000 → ": "one step more or less is never reached",
    },
}
"""Mutants of the reference answers that are right in their own way."""
