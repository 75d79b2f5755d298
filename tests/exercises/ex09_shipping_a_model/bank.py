"""Answers to exercise 09: wrong ones from misconceptions, right ones in other styles."""

from tests.exercises.harness import Right, Wrong


def photo(**changes):
    """Return a right answer to ``photo`` with some of its steps replaced."""
    steps = {
        "colour": """
    image = np.asarray(pixels, float)
    if image.ndim == 2:
        image = image[..., None].repeat(3, axis=-1)
    if image.shape[2] == 4:
        alpha = image[..., 3:] / 255
        image = image[..., :3] * alpha + (1 - alpha) * 255""",
        "turn": "image = np.rot90(image, {1: 0, 3: 2, 6: 3, 8: 1}[orientation])",
        "cut": """
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    image = image[top:top + side, left:left + side]""",
        "shrink": """
    block = image.shape[0] // size
    image = image.reshape(size, block, size, block, 3).mean(axis=3).mean(axis=1)""",
        "round": "image = np.round(image).astype('uint8')",
    }
    lines = (steps | changes).values()
    return (
        "def prepare_photo(pixels, orientation, size):\n"
        + "\n".join("    " + each.strip() for each in lines)
        + ("\n    return image\n")
    )


PHOTO = [
    Wrong("photo", "does not turn it", "is not turned", photo(turn="pass"), partly=True),
    Wrong(
        "photo",
        "turns quarters the wrong way",
        "the other way round",
        photo(turn="image = np.rot90(image, {1: 0, 3: 2, 6: 1, 8: -1}[orientation])"),
        partly=True,
    ),
    Wrong(
        "photo",
        "takes 3 for a mirror",
        "mirrored",
        photo(turn="image = image[:, ::-1] if orientation == 3 else np.rot90(image, {1: 0, 6: -1, 8: 1}[orientation])"),
        partly=True,
    ),
    Wrong(
        "photo",
        "flips instead of turning by a half",
        "top to bottom",
        photo(turn="image = image[::-1] if orientation == 3 else np.rot90(image, {1: 0, 6: -1, 8: 1}[orientation])"),
        partly=True,
    ),
    Wrong(
        "photo",
        "transposes for a quarter turn",
        "rows and columns have changed places",
        photo(
            turn="image = image.swapaxes(0, 1) if orientation in (6, 8) else np.rot90(image, {1: 0, 3: 2}[orientation])"
        ),
        partly=True,
    ),
    Wrong(
        "photo",
        "uses the number as quarter turns",
        "other way round",
        photo(turn="image = np.rot90(image, orientation - 1)"),
        partly=True,
    ),
    Wrong(
        "photo",
        "cuts at the upper left",
        "half of what is left over",
        photo(cut="side = min(image.shape[:2]); image = image[:side, :side]"),
        partly=True,
    ),
    Wrong(
        "photo",
        "cuts at the lower right",
        "half of what is left over",
        photo(cut="side = min(image.shape[:2]); image = image[-side:, -side:]"),
        partly=True,
    ),
    Wrong(
        "photo",
        "cuts out what fits without shrinking",
        "without shrinking",
        photo(
            cut="top, left = (image.shape[0] - size) // 2, (image.shape[1] - size) // 2",
            shrink="image = image[top:top + size, left:left + size]",
        ),
        partly=True,
    ),
    Wrong(
        "photo",
        "skips pixels",
        "the others are skipped",
        photo(shrink="block = image.shape[0] // size; image = image[::block, ::block]"),
        partly=True,
    ),
    Wrong(
        "photo",
        "takes the middle pixel of each block",
        "in the middle of each block",
        photo(shrink="block = image.shape[0] // size; image = image[block // 2::block, block // 2::block]"),
        partly=True,
    ),
    Wrong(
        "photo",
        "takes the largest value of each block",
        "the largest value of each block",
        photo(
            shrink="block = image.shape[0] // size\n"
            "    image = image.reshape(size, block, size, block, 3).max(axis=(1, 3))"
        ),
        partly=True,
    ),
    Wrong("photo", "cuts off the fractions", "round first", photo(round="image = image.astype('uint8')"), partly=True),
    Wrong("photo", "scales to 0-1", "from 0 to 1", photo(round="image = np.round(image) / 255")),
    Wrong("photo", "keeps floats", "wrong dtype", photo(round="image = np.round(image)")),
    Wrong(
        "photo", "returns a batch", "without a batch axis", photo(round="image = np.rint(image).astype('uint8')[None]")
    ),
    Wrong(
        "photo",
        "drops the fourth channel",
        "some leftover colour",
        photo(
            colour="image = pixels.astype(float)\n    if image.ndim == 2:\n        image = np.stack([image] * 3, -1)\n"
            "    image = image[..., :3]"
        ),
        partly=True,
    ),
    Wrong(
        "photo",
        "puts transparent parts on black",
        "transparent parts are black",
        photo(
            colour="image = pixels.astype(float)\n    if image.ndim == 2:\n        image = np.stack([image] * 3, -1)\n"
            "    if image.shape[-1] == 4:\n        image = image[..., :3] * image[..., 3:] / 255"
        ),
        partly=True,
    ),
    Wrong(
        "photo",
        "takes alpha for transparency",
        "the wrong way round",
        photo(
            colour="image = pixels.astype(float)\n    if image.ndim == 2:\n        image = np.stack([image] * 3, -1)\n"
            "    if image.shape[-1] == 4:\n        a = 1 - image[..., 3:] / 255\n"
            "        image = image[..., :3] * a + 255 * (1 - a)"
        ),
        partly=True,
    ),
    Wrong(
        "photo",
        "knows only shown and not shown",
        "half transparent",
        photo(
            colour="image = pixels.astype(float)\n    if image.ndim == 2:\n        image = np.stack([image] * 3, -1)\n"
            "    if image.shape[-1] == 4:\n        image = np.where(image[..., 3:] > 0, image[..., :3], 255)"
        ),
        partly=True,
    ),
    Wrong(
        "photo",
        "forgets grey photos",
        "no axis for the channels",
        photo(
            colour="image = pixels.astype(float)\n    if image.shape[-1] == 4:\n        a = image[..., 3:] / 255\n"
            "        image = image[..., :3] * a + 255 * (1 - a)"
        ),
        partly=True,
    ),
]


def parity(largest="worst.max()", image="int(worst.argmax()) if worst.any() else None", share="(worst > 0).mean()"):
    """Return a right answer to ``parity`` with parts replaced."""
    return f"""
def compare_preparation(in_training, in_app):
    apart = np.abs(in_training.astype(float) - in_app)
    worst = apart.max(axis=(1, 2, 3))
    return {largest}, {image}, {share}
"""


PARITY = [
    Wrong(
        "parity",
        "subtracts in uint8",
        "3 - 5 is 254",
        """
def compare_preparation(in_training, in_app):
    apart = np.abs(in_training - in_app)
    worst = apart.max(axis=(1, 2, 3))
    return float(worst.max()), int(worst.argmax()) if worst.any() else None, (worst > 0).mean()
""",
        partly=True,
    ),
    Wrong(
        "parity",
        "converts after the subtraction",
        "is too late",
        """
def compare_preparation(in_training, in_app):
    apart = np.abs((in_training - in_app).astype(float))
    worst = apart.max(axis=(1, 2, 3))
    return worst.max(), int(worst.argmax()) if worst.any() else None, (worst > 0).mean()
""",
        partly=True,
    ),
    Wrong(
        "parity",
        "converts everything to int",
        "cut them off",
        """
def compare_preparation(in_training, in_app):
    apart = np.abs(in_training.astype(int) - in_app.astype(int))
    worst = apart.max(axis=(1, 2, 3))
    return worst.max(), int(worst.argmax()) if worst.any() else None, (worst > 0).mean()
""",
        partly=True,
    ),
    Wrong("parity", "takes the mean difference", "drowns in it", parity(largest="apart.mean()")),
    Wrong("parity", "adds up the differences", "this is the sum", parity(largest="apart.sum()")),
    Wrong(
        "parity",
        "leaves the sign on",
        "take the absolute value",
        """
def compare_preparation(in_training, in_app):
    worst = (in_training.astype(float) - in_app).max(axis=(1, 2, 3))
    return worst.max(), int(worst.argmax()) if worst.any() else None, (worst > 0).mean()
""",
    ),
    Wrong("parity", "position in the flattened array", "flattened", parity(image="int(apart.argmax()) or None")),
    Wrong(
        "parity",
        "the last of several",
        "the first one is asked for",
        parity(image="int(np.flatnonzero(worst == worst.max())[-1]) if worst.any() else None"),
    ),
    Wrong(
        "parity",
        "the first that differs at all",
        "in which anything differs",
        parity(image="int((worst > 0).argmax()) if worst.any() else None"),
    ),
    Wrong(
        "parity",
        "counts images from 1",
        "counted from 0",
        parity(image="int(worst.argmax()) + 1 if worst.any() else None"),
    ),
    Wrong("parity", "0 when nothing differs", "there is no image", parity(image="int(worst.argmax())"), partly=True),
    Wrong("parity", "share of the values", "share of the values", parity(share="(apart > 0).mean()")),
    Wrong("parity", "share of the pixels", "share of the pixels", parity(share="(apart > 0).any(axis=-1).mean()")),
    Wrong("parity", "share of equal images", "images that are equal", parity(share="(worst == 0).mean()")),
    Wrong("parity", "counts images", "how many images differ", parity(share="int((worst > 0).sum())")),
    Wrong("parity", "percent", "these are percent", parity(share="100 * (worst > 0).mean()")),
    Wrong(
        "parity",
        "returns only the largest",
        "3 things",
        "def compare_preparation(in_training, in_app):\n    return np.abs(in_training.astype(float) - in_app).max()\n",
    ),
]

STRANGER = [
    Wrong("stranger", "no class fits", "keep one of them from taking", 'stranger_confidence = "a"\n'),
    Wrong("stranger", "less sure than of the known", "useful network", 'stranger_confidence = "b"\n'),
    Wrong("stranger", "all equal", "equal logits", 'stranger_confidence = "D"\n'),
    Wrong("stranger", "an option that does not exist", "one of the options", 'stranger_confidence = "e"\n'),
    Wrong("stranger", "a number", "one of the letters", "stranger_confidence = 0.1\n"),
    Wrong("stranger", "two letters", "one of the letters", 'stranger_confidence = ["b", "c"]\n'),
]


def doubt(
    threshold="np.quantile(confidence[is_right], 1 - keep)", share="(probabilities.max(axis=1) < threshold).mean()"
):
    """Return a right answer to ``doubt`` with parts replaced."""
    return f"""
def doubt_threshold(labels, probabilities, keep):
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    return {threshold}


def share_in_doubt(probabilities, threshold):
    return {share}
"""


DOUBT = [
    Wrong(
        "doubt",
        "the wrong end",
        "most of them should lie above",
        doubt("np.quantile(confidence[is_right], keep)"),
        partly=True,
    ),
    Wrong("doubt", "all answers", "all answers were taken", doubt("np.quantile(confidence, 1 - keep)"), partly=True),
    Wrong(
        "doubt",
        "the wrong answers",
        "wrong answers were taken",
        doubt("np.quantile(confidence[~is_right], 1 - keep)"),
        partly=True,
    ),
    Wrong(
        "doubt",
        "probability of the true class",
        "*true* class",
        doubt("np.quantile(probabilities[np.arange(len(labels)), labels], 1 - keep)"),
        partly=True,
    ),
    Wrong("doubt", "the least sure of all", "one odd image", doubt("confidence[is_right].min()"), partly=True),
    Wrong("doubt", "the mean", "about half of them", doubt("confidence[is_right].mean()"), partly=True),
    Wrong("doubt", "keep is a confidence", "is no confidence", doubt("keep"), partly=True),
    Wrong(
        "doubt",
        "all numbers of the rows",
        "not the largest of each row",
        doubt("np.quantile(probabilities[is_right], 1 - keep)"),
        partly=True,
    ),
    Wrong(
        "doubt",
        "what is not in doubt",
        "*not* in doubt",
        doubt(share="(probabilities.max(axis=1) >= threshold).mean()"),
        partly=True,
    ),
    Wrong(
        "doubt",
        "on the threshold is in doubt",
        "exactly on the threshold",
        doubt(share="(probabilities.max(axis=1) <= threshold).mean()"),
        partly=True,
    ),
    Wrong(
        "doubt",
        "counts",
        "how many answers",
        doubt(share="int((probabilities.max(axis=1) < threshold).sum())"),
        partly=True,
    ),
    Wrong(
        "doubt",
        "compares every number",
        "all numbers of the rows",
        doubt(share="(probabilities < threshold).mean()"),
        partly=True,
    ),
    Wrong(
        "doubt",
        "takes it from the package",
        "ready-made",
        "from cifar_teach.evaluate import confidence_threshold\n\n\n"
        "def doubt_threshold(labels, probabilities, keep):\n"
        "    return confidence_threshold(labels, probabilities, keep)\n\n\n"
        "def share_in_doubt(probabilities, threshold):\n"
        "    return (probabilities.max(axis=1) < threshold).mean()\n",
        partly=True,
    ),
]


def answer(
    order='np.argsort(-probabilities, kind="stable")',
    shown=None,
    glue='", "',
    doubt="probabilities.max() < threshold",
    cut="[:k]",
):
    """Return a right answer to ``answer`` with parts replaced."""
    shown = shown or '"<1%" if whole < 1 else ">99%" if whole > 99 else f"{whole}%"'
    return f"""
def answer_text(probabilities, class_names, threshold, k=3):
    parts = []
    for index in ({order}){cut}:
        share = float(probabilities[index])
        whole = round(100 * share)
        parts.append(class_names[index] + " " + ({shown}))
    return ("not sure: " if {doubt} else "") + {glue}.join(parts)
"""


ANSWER = [
    Wrong("answer", "sorts upwards", "least likely", answer(order='np.argsort(probabilities, kind="stable")')),
    Wrong(
        "answer",
        "turns a sorted list around",
        "turns them around as well",
        answer(order='np.argsort(probabilities, kind="stable")[::-1]'),
        partly=True,
    ),
    Wrong("answer", "order of the names", "the order of `class_names`", answer(order="range(len(class_names))")),
    Wrong(
        "answer",
        "cuts off the percent",
        "cut off, not rounded",
        answer(shown='"<1%" if int(100 * share) < 1 else f"{int(100 * share)}%"'),
        partly=True,
    ),
    Wrong("answer", "0% and 100%", "rounds to 0% or to 100%", answer(shown='f"{whole}%"'), partly=True),
    Wrong(
        "answer",
        "certain",
        "should not be written as certain",
        answer(shown='"<1%" if whole < 1 else f"{whole}%"'),
        partly=True,
    ),
    Wrong(
        "answer",
        "impossible",
        "should not be written as impossible",
        answer(shown='">99%" if whole > 99 else f"{whole}%"'),
        partly=True,
    ),
    Wrong(
        "answer",
        "small before rounding",
        "round first",
        answer(shown='"<1%" if share < 0.01 else ">99%" if share > 0.99 else f"{whole}%"'),
        partly=True,
    ),
    Wrong("answer", "shares", "these are shares", answer(shown='f"{share:.2f}"')),
    Wrong("answer", "a digit too many", "a digit after the point", answer(shown='f"{100 * share:.1f}%"')),
    Wrong("answer", "space before the sign", "space between number and percent", answer(shown='f"{whole} %"')),
    Wrong("answer", "comma without space", "a comma *and* a space", answer(glue='","')),
    Wrong("answer", "one line each", "one line is asked for", answer(glue='"\\n"')),
    Wrong("answer", "never in doubt", "the doubt is missing", answer(doubt="False"), partly=True),
    Wrong("answer", "always in doubt", "although the largest", answer(doubt="True")),
    Wrong(
        "answer",
        "in doubt on the threshold",
        "although the largest",
        answer(doubt="probabilities.max() <= threshold"),
        partly=True,
    ),
    Wrong("answer", "all classes", "only `k` were asked for", answer(cut=""), partly=True),
    Wrong("answer", "always three", "how many were asked for", answer(cut="[:3]"), partly=True),
    Wrong(
        "answer",
        "prints",
        "nothing came back",
        answer()
        .replace("return (", "print(")
        .replace(".join(parts)\n", ".join(parts))\n")
        .replace('print("not', 'print(("not'),
    ),
]


def quantize(
    largest="np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0)",
    scale="np.where(largest > 0, largest / 127, 1)",
    whole="np.rint(kernel / scale).astype(np.int8)",
    back="whole.astype(np.float32) * scale",
):
    """Return right answers to ``quantize`` and ``restore`` with parts replaced."""
    return f"""
def quantize(kernel):
    largest = {largest}
    scale = np.asarray({scale}, np.float32)
    return {whole}, scale


def restore(whole, scale):
    return {back}
"""


def stored(small="4 * math.prod(shape)", scales='4 * shape[-1] * (dtype == "int8")', count="math.prod(shape)"):
    """Return a right answer to ``stored_bytes`` with parts replaced."""
    return f"""

def stored_bytes(shapes, dtype):
    width = {{"float32": 4, "float16": 2, "int8": 1}}[dtype]
    total = 0
    for shape in shapes:
        total += {small} if len(shape) == 1 else width * {count} + {scales}
    return total
"""


QUANTIZE = [
    Wrong(
        "quantize",
        "one scale for all",
        "one scale serves the whole kernel",
        quantize("np.full(kernel.shape[-1], np.abs(kernel).max())") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "one number as scale",
        "one scale serves the whole kernel",
        quantize("np.abs(kernel).max()") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "channels first",
        "the *first* axis",
        quantize(
            "np.abs(kernel).reshape(len(kernel), -1).max(axis=1)",
            whole="np.rint(kernel / scale.reshape(-1, *[1] * (kernel.ndim - 1))).astype(np.int8)",
        )
        + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "forgets negative weights",
        "largest positive weight",
        quantize(
            "kernel.reshape(-1, kernel.shape[-1]).max(axis=0)",
            whole="np.rint(kernel / scale).clip(-127, 127).astype(np.int8)",
        )
        + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "128 steps",
        "divided by 128",
        quantize(
            scale="np.where(largest > 0, largest / 128, 1)",
            whole="np.rint(kernel / scale).clip(-127, 127).astype(np.int8)",
        )
        + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "255 steps",
        "divided by 255",
        quantize(
            scale="np.where(largest > 0, largest / 255, 1)",
            whole="np.rint(kernel / scale).clip(-127, 127).astype(np.int8)",
        )
        + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "cuts off",
        "cut off, not rounded",
        quantize(whole="(kernel / scale).astype(np.int8)") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "rounds down",
        "rounded down",
        quantize(whole="np.floor(kernel / scale).astype(np.int8)") + stored(),
        partly=True,
    ),
    Wrong("quantize", "does not round", "not rounded", quantize(whole="kernel / scale") + stored(), partly=True),
    Wrong(
        "quantize",
        "other dtype",
        "wrong dtype",
        quantize(whole="np.rint(kernel / scale).astype(int)") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "with an offset",
        "an offset was added",
        quantize(whole="(np.rint(kernel / scale) + 127).astype(np.uint8)") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "divides by a channel of zeros",
        "channel of zeros",
        quantize(scale="largest / 127", whole="np.nan_to_num(np.divide(kernel, scale)).round().astype(np.int8)")
        + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "first axis only",
        "the first axis only",
        quantize("np.abs(kernel).max(axis=0)") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "restores by division",
        "divided by the scale",
        quantize(back="(whole / scale).astype('float32')") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "multiplies in int8",
        "int8 on the way",
        quantize(back="whole * scale.astype(np.int8)") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "restores whole numbers",
        "still the whole numbers",
        quantize(back="whole.astype('float32')") + stored(),
        partly=True,
    ),
    Wrong(
        "quantize",
        "restores float64",
        "wrong dtype",
        quantize(back="whole.astype(float) * scale") + stored(),
        partly=True,
    ),
    Wrong("quantize", "forgets the scales", "the scales are missing", quantize() + stored(scales="0"), partly=True),
    Wrong(
        "quantize",
        "one scale for each kernel",
        "for each kernel is counted",
        quantize() + stored(scales='4 * (dtype == "int8")'),
        partly=True,
    ),
    Wrong(
        "quantize",
        "scales of one byte",
        "takes 4 bytes, not 1",
        quantize() + stored(scales='shape[-1] * (dtype == "int8")'),
        partly=True,
    ),
    Wrong(
        "quantize",
        "scales for every dtype",
        "only int8 needs them",
        quantize() + stored(scales="4 * shape[-1]"),
        partly=True,
    ),
    Wrong(
        "quantize",
        "shrinks biases, too",
        "those with one axis stay float32",
        quantize() + stored(small="width * math.prod(shape)"),
        partly=True,
    ),
    Wrong("quantize", "forgets biases", "with one axis are missing", quantize() + stored(small="0"), partly=True),
    Wrong(
        "quantize",
        "adds up the axes",
        "lengths of the axes",
        quantize() + stored(count="sum(shape)"),
        partly=True,
    ),
]


def export(
    first=None,
    difference="np.abs(before - after).max()",
    same="(before.argmax(axis=1) == after.argmax(axis=1)).mean()",
    ok="difference <= tolerance",
):
    """Return a right answer to ``export`` with parts replaced."""
    if first is None:
        first = "before.shape != after.shape or not (np.isfinite(before).all() and np.isfinite(after).all())"
    return f"""
def compare_answers(before, after, tolerance):
    if {first}:
        return math.inf, 0.0, False
    difference = {difference}
    return difference, {same}, bool({ok})
"""


EXPORT = [
    Wrong("export", "no look at anything", "stretches one of the arrays", export(first="False"), partly=True),
    Wrong(
        "export",
        "shapes are taken as equal",
        "stretches one of the arrays",
        export(first="not np.isfinite(before).all() or not np.isfinite(after).all()"),
        partly=True,
    ),
    Wrong(
        "export",
        "nan is no number to look for",
        "nan in `after`",
        export(first="before.shape != after.shape"),
        partly=True,
    ),
    Wrong(
        "export",
        "looks at one of the two",
        "nan in `before`",
        export(first="before.shape != after.shape or not np.isfinite(after).all()"),
        partly=True,
    ),
    Wrong(
        "export",
        "passes over nan",
        "leaving it out",
        export(first="before.shape != after.shape", difference="float(np.nanmax(np.abs(before - after)))"),
        partly=True,
    ),
    Wrong(
        "export",
        "nan equals nan",
        "number in its place",
        export(
            first="before.shape != after.shape",
            difference="float(np.abs(np.nan_to_num(before) - np.nan_to_num(after)).max())",
        ),
        partly=True,
    ),
    Wrong(
        "export",
        "looks for nan only",
        "infinite in both",
        export(first="before.shape != after.shape or np.isnan(before).any() or np.isnan(after).any()"),
        partly=True,
    ),
    Wrong(
        "export",
        "leaves the sign on",
        "take the absolute value",
        export(difference="(before - after).max()"),
        partly=True,
    ),
    Wrong("export", "mean difference", "drowns in it", export(difference="np.abs(before - after).mean()"), partly=True),
    Wrong(
        "export",
        "sum of differences",
        "the sum of the differences",
        export(difference="np.abs(before - after).sum()"),
        partly=True,
    ),
    Wrong(
        "export",
        "confidences only",
        "only the confidences",
        export(difference="np.abs(before.max(axis=1) - after.max(axis=1)).max()"),
        partly=True,
    ),
    Wrong(
        "export",
        "share of changed classes",
        "has *changed*",
        export(same="(before.argmax(axis=1) != after.argmax(axis=1)).mean()"),
        partly=True,
    ),
    Wrong(
        "export",
        "counts",
        "how many images keep their class",
        export(same="int((before.argmax(axis=1) == after.argmax(axis=1)).sum())"),
        partly=True,
    ),
    Wrong(
        "export", "columns", "a row", export(same="(before.argmax(axis=0) == after.argmax(axis=0)).mean()"), partly=True
    ),
    Wrong("export", "equal rows", "exactly equal", export(same="(before == after).all(axis=1).mean()"), partly=True),
    Wrong("export", "less than the tolerance", "at most means", export(ok="difference < tolerance"), partly=True),
    Wrong(
        "export",
        "the classes decide",
        "the classes do not decide",
        export(
            same="(s := (before.argmax(axis=1) == after.argmax(axis=1)).mean())",
            ok="s == 1 and difference <= tolerance",
        ),
        partly=True,
    ),
    Wrong(
        "export",
        "verdict as text",
        "true or false",
        export().replace("bool(difference <= tolerance)", "'yes' if difference <= tolerance else 'no'"),
        partly=True,
    ),
]

LOAD = """

def load_network(folder):
    with np.load(Path(folder) / "weights.npz") as file:
        weights = [file[f"a{number}"] for number in range(len(file.files))]
    return weights, json.loads((Path(folder) / "note.json").read_text(encoding="utf-8"))
"""
SAVE = """
def save_network(folder, weights, note):
    np.savez(Path(folder) / "weights.npz", **{f"a{number}": each for number, each in enumerate(weights)})
    (Path(folder) / "note.json").write_text(json.dumps(note), encoding="utf-8")
"""

SAVING = [
    Wrong(
        "save",
        "sorts the names as text",
        "sorted as text",
        SAVE
        + """

def load_network(folder):
    file = np.load(Path(folder) / "weights.npz")
    return [file[name] for name in sorted(file.files)], json.loads((Path(folder) / "note.json").read_text())
""",
        partly=True,
    ),
    Wrong(
        "save",
        "loads in reverse order",
        "reverse order",
        SAVE + LOAD.replace("return weights,", "return weights[::-1],"),
    ),
    Wrong(
        "save",
        "keeps it in a variable",
        "kept in a variable",
        """
kept = {}


def save_network(folder, weights, note):
    kept[str(folder)] = weights, note


def load_network(folder):
    return kept[str(folder)]
""",
        partly=True,
    ),
    Wrong(
        "save",
        "pickles",
        "pickle can run any program",
        """
import pickle


def save_network(folder, weights, note):
    (Path(folder) / "network.pkl").write_bytes(pickle.dumps((weights, note)))


def load_network(folder):
    return pickle.loads((Path(folder) / "network.pkl").read_bytes())
""",
        partly=True,
    ),
    Wrong(
        "save",
        "saves one array of objects",
        "pickle can run any program",
        """
def save_network(folder, weights, note):
    holder = np.empty(len(weights), object)
    holder[:] = weights
    np.save(Path(folder) / "weights.npy", holder)
    (Path(folder) / "note.json").write_text(json.dumps(note), encoding="utf-8")


def load_network(folder):
    weights = list(np.load(Path(folder) / "weights.npy", allow_pickle=True))
    return weights, json.loads((Path(folder) / "note.json").read_text(encoding="utf-8"))
""",
        partly=True,
    ),
    Wrong(
        "save",
        "one name for all arrays",
        "a name of its own",
        SAVE.replace('**{f"a{number}": each for number, each in enumerate(weights)}', "a0=weights[0]") + LOAD,
    ),
    Wrong(
        "save",
        "one file for all folders",
        "those of another folder",
        """
HOME = tempfile.mkdtemp()


def save_network(folder, weights, note):
    np.savez(Path(HOME) / "weights.npz", **{f"a{number}": each for number, each in enumerate(weights)})
    (Path(HOME) / "note.json").write_text(json.dumps(note), encoding="utf-8")
"""
        + LOAD.replace("Path(folder)", "Path(HOME)"),
    ),
    Wrong(
        "save",
        "everything as JSON",
        "forgets their dtype",
        """
def save_network(folder, weights, note):
    text = json.dumps({"weights": [each.tolist() for each in weights], "note": note})
    (Path(folder) / "network.json").write_text(text, encoding="utf-8")


def load_network(folder):
    found = json.loads((Path(folder) / "network.json").read_text(encoding="utf-8"))
    return found["weights"], found["note"]
""",
    ),
    Wrong(
        "save",
        "turns everything into float32",
        "save each array as it is",
        SAVE.replace("each for number", "each.astype('float32') for number") + LOAD,
    ),
    Wrong(
        "save",
        "the note as text",
        "`json.loads` turns text",
        SAVE.replace("json.dumps(note)", "str(note)")
        + LOAD.replace(
            'json.loads((Path(folder) / "note.json").read_text(encoding="utf-8"))',
            '(Path(folder) / "note.json").read_text(encoding="utf-8")',
        ),
    ),
    Wrong("save", "returns only the weights", "2 things", SAVE + LOAD.replace("return weights,", "return weights  #")),
    Wrong(
        "save",
        "loses the last array",
        "is every one of them read",
        SAVE + LOAD.replace("range(len(file.files))", "range(len(file.files) - 1)"),
    ),
]


def card(missing=None, correct="int((probabilities.argmax(axis=1) == labels).sum())", entries=None):
    """Return right answers to ``card`` with parts replaced."""
    missing = missing or "facts.get(name) is None or str(facts[name]).strip() == ''"
    entries = entries or '{**facts, "test_images": n, "accuracy": correct / n, "interval": wilson_interval(correct, n)}'
    return f"""
REQUIRED = ("model", "data", "recipe", "seed", "limits")


def missing_fields(facts):
    return [name for name in REQUIRED if {missing}]


def model_card(facts, labels, probabilities):
    n = len(labels)
    correct = {correct}
    return {entries}
"""


CARD = [
    Wrong(
        "card",
        "a seed of 0 is empty",
        "a seed of 0",
        card("not facts.get(name) or not str(facts[name]).strip()"),
        partly=True,
    ),
    Wrong("card", "looks only for names", "the value of", card("name not in facts"), partly=True),
    Wrong("card", "spaces are a text", "a text of spaces", card("facts.get(name) in (None, '')"), partly=True),
    Wrong(
        "card",
        "what is there",
        "the fields that are there",
        card("facts.get(name) is not None and str(facts[name]).strip() != ''"),
        partly=True,
    ),
    Wrong(
        "card",
        "only empty texts",
        "not in the dict",
        card("facts[name] is None or str(facts[name]).strip() == ''"),
        partly=True,
    ),
    Wrong(
        "card",
        "sorts by the alphabet",
        "keep the order",
        card().replace("return [name for name in REQUIRED if", "return [name for name in sorted(REQUIRED) if"),
        partly=True,
    ),
    Wrong(
        "card",
        "percent",
        "these are percent",
        card(entries='{**facts, "test_images": n, "accuracy": 100 * correct / n, "interval": [0.5, 0.6]}'),
        partly=True,
    ),
    Wrong(
        "card",
        "counts the wrong answers",
        "share of the wrong answers",
        card(correct="int((probabilities.argmax(axis=1) != labels).sum())"),
        partly=True,
    ),
    Wrong(
        "card",
        "mean confidence",
        "how sure the model was",
        card(
            entries='{**facts, "test_images": n, "accuracy": float(probabilities.max(axis=1).mean()), '
            '"interval": wilson_interval(correct, n)}'
        ),
        partly=True,
    ),
    Wrong(
        "card",
        "copies the number in the facts",
        "has to be measured",
        card(
            entries='{"test_images": n, "accuracy": correct / n, "interval": wilson_interval(correct, n), **facts}'
            ' | {"test_images": n}'
        ),
        partly=True,
    ),
    Wrong(
        "card",
        "textbook interval",
        "textbook interval",
        card(
            entries='{**facts, "test_images": n, "accuracy": (p := correct / n), "interval": '
            "[p - 1.96 * math.sqrt(p * (1 - p) / n), p + 1.96 * math.sqrt(p * (1 - p) / n)]}"
        ),
        partly=True,
    ),
    Wrong(
        "card",
        "forgets the facts",
        "all of `facts` belongs",
        card(entries='{"test_images": n, "accuracy": correct / n, "interval": wilson_interval(correct, n)}'),
        partly=True,
    ),
    Wrong(
        "card",
        "writes into the facts",
        "`dict(x)` makes a new",
        card(
            entries="facts.update(test_images=n, accuracy=correct / n, interval=wilson_interval(correct, n)) or facts"
        ),
        partly=True,
    ),
    Wrong(
        "card",
        "number of right answers as size",
        "number of right answers",
        card(
            entries='{**facts, "test_images": correct, "accuracy": correct / n, '
            '"interval": wilson_interval(correct, n)}'
        ),
        partly=True,
    ),
]

WRONG = [*PHOTO, *PARITY, *STRANGER, *DOUBT, *ANSWER, *QUANTIZE, *EXPORT, *SAVING, *CARD]

RIGHT = [
    Right("photo", "other order of the steps", photo()),
    Right(
        "photo",
        "Pillow",
        """
from PIL import Image


def prepare_photo(pixels, orientation, size):
    photo = Image.fromarray(pixels)
    if photo.mode == "RGBA":
        photo = Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo)
    photo = photo.convert("RGB")
    turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}
    if orientation in turns:
        photo = photo.transpose(turns[orientation])
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side))
    return np.array(square.resize((size, size), Image.Resampling.BOX))
""",
    ),
    Right(
        "photo",
        "loops and slices with signs",
        """
def prepare_photo(pixels, orientation, size):
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis] * np.ones((1, 1, 3))
    pixels = pixels.astype(np.float64)
    if pixels.shape[2] == 4:
        pixels = 255 + (pixels[:, :, :3] - 255) * pixels[:, :, 3:4] / 255
    if orientation == 3:
        pixels = pixels[::-1, ::-1]
    elif orientation == 6:
        pixels = pixels.transpose(1, 0, 2)[:, ::-1]
    elif orientation == 8:
        pixels = pixels.transpose(1, 0, 2)[::-1]
    over = abs(pixels.shape[0] - pixels.shape[1]) // 2
    if over:
        pixels = pixels[over:-over] if pixels.shape[0] > pixels.shape[1] else pixels[:, over:-over]
    block = len(pixels) // size
    small = np.zeros((size, size, 3), np.uint8)
    for row in range(size):
        for column in range(size):
            part = pixels[row * block : (row + 1) * block, column * block : (column + 1) * block]
            small[row, column] = np.round(part.mean(axis=(0, 1)))
    return small
""",
    ),
    Right("parity", "one expression each", parity()),
    Right(
        "parity",
        "a loop over the images",
        """
def compare_preparation(in_training, in_app):
    largest, image, count = 0.0, None, 0
    for number, (one, other) in enumerate(zip(in_training, in_app)):
        apart = float(np.max(np.abs(np.subtract(one, other, dtype=np.float64))))
        count += apart != 0
        if apart > largest:
            largest, image = apart, number
    return largest, image, count / len(in_training)
""",
    ),
    Right("stranger", "capital letter", 'stranger_confidence = "C"\n'),
    Right("stranger", "with a space", 'stranger_confidence = " c"\n'),
    Right("doubt", "as asked", doubt()),
    Right(
        "doubt",
        "sorted by hand, counted in a loop",
        """
def doubt_threshold(labels, probabilities, keep):
    sure = sorted(row.max() for row, label in zip(probabilities, labels) if row.argmax() == label)
    return float(sure[int((1 - keep) * (len(sure) - 1))])


def share_in_doubt(probabilities, threshold):
    return sum(max(row) < threshold for row in probabilities.tolist()) / len(probabilities)
""",
    ),
    Right("answer", "as asked", answer()),
    Right(
        "answer",
        "sorted pairs, format of percent",
        """
def answer_text(probabilities, class_names, threshold, k=3):
    pairs = sorted(zip(class_names, probabilities), key=lambda pair: pair[1], reverse=True)[:k]
    texts = []
    for name, share in pairs:
        text = f"{share:.0%}"
        text = {"0%": "<1%", "100%": ">99%"}.get(text, text)
        texts.append(f"{name} {text}")
    line = ", ".join(texts)
    return line if pairs[0][1] >= threshold else f"not sure: {line}"
""",
    ),
    Right("quantize", "as asked", quantize() + stored()),
    Right(
        "quantize",
        "axes, copysign, nbytes of empty arrays",
        """
def quantize(kernel):
    largest = np.max(np.abs(kernel), axis=tuple(range(kernel.ndim - 1)))
    scale = largest / np.float32(127)
    scale[scale == 0] = 1
    steps = kernel / scale
    return np.trunc(steps + np.copysign(0.5, steps)).astype("int8"), scale


def restore(whole, scale):
    return np.multiply(whole, scale, dtype=np.float32)


def stored_bytes(shapes, dtype):
    total = 0
    for shape in shapes:
        is_kernel = len(shape) >= 2
        total += np.zeros(shape, dtype if is_kernel else "float32").nbytes
        if is_kernel and dtype == "int8":
            total += np.zeros(shape[-1], "float32").nbytes
    return total
""",
    ),
    Right("export", "as asked", export()),
    Right(
        "export",
        "tries, in float64",
        """
def compare_answers(before, after, tolerance):
    refused = (float("inf"), 0, False)
    if np.shape(before) != np.shape(after):
        return refused
    both = np.stack([before, after]).astype(float)
    if np.isnan(both).any() or np.isinf(both).any():
        return refused
    largest = np.max(np.abs(both[0] - both[1]))
    return largest, np.mean(both[0].argmax(-1) == both[1].argmax(-1)), not largest > tolerance
""",
    ),
    Right("save", "names without leading zeros", SAVE + LOAD),
    Right(
        "save",
        "one file for each array",
        """
import os


def save_network(folder, weights, note):
    for number, each in enumerate(weights):
        np.save(os.path.join(folder, f"{number}.npy"), each)
    with open(os.path.join(folder, "note.txt"), "w", encoding="utf-8") as file:
        json.dump({"count": len(weights), "note": note}, file)


def load_network(folder):
    with open(os.path.join(folder, "note.txt"), encoding="utf-8") as file:
        found = json.load(file)
    return [np.load(os.path.join(folder, f"{number}.npy")) for number in range(found["count"])], found["note"]
""",
    ),
    Right(
        "save",
        "arr_0, arr_1 as NumPy names them",
        """
def save_network(folder, weights, note):
    np.savez_compressed(Path(folder, "w"), *weights, note=json.dumps(note))


def load_network(folder):
    file = np.load(Path(folder, "w.npz"))
    return [file[f"arr_{i}"] for i in range(len(file.files) - 1)], json.loads(str(file["note"]))
""",
    ),
    Right("card", "as asked", card()),
    Right(
        "card",
        "in steps",
        """
REQUIRED = ("model", "data", "recipe", "seed", "limits")


def missing_fields(facts):
    def is_empty(value):
        return value is None or (type(value) is str and value.isspace()) or value == ""

    return [name for name in REQUIRED if is_empty(facts.get(name))]


def model_card(facts, labels, probabilities):
    right = probabilities.argmax(axis=1) == labels
    low, high = wilson_interval(int(right.sum()), len(right))
    new = dict(facts)
    new["test_images"] = right.size
    new["accuracy"] = right.mean()
    new["interval"] = (low, high)
    return new
""",
    ),
]

HARMLESS = {
    "photo": {
        "pixels.astype(float) →": "everything after it makes floats of its own, and means are floats",
        "255 → 256": "the white behind a pixel is off by one at most, as it is in libraries that compute in uint8",
    },
    "parity": {
        "in_training.astype(float) →": "uint8 minus float is float: one conversion is enough",
        "in_app.astype(float) →": "float minus uint8 is float: one conversion is enough",
        "float(worst.max()) →": "a float of NumPy equals the same float of Python",
        "float((worst > 0).mean()) →": "a float of NumPy equals the same float of Python",
        "int(worst.argmax()) →": "a whole number of NumPy equals the same number of Python",
    },
    "answer": {
        "float(probabilities[index]) →": "a float of NumPy is rounded and written like the same float of Python",
    },
    "quantize": {
        "4:38 1 → 2": "any negative length stands for the one that NumPy finds itself",
        ".astype(np.float32) →": "float32 divided by a number, and int8 times float32, are float32",
    },
    "export": {
        "float(": "a float of NumPy equals the same float of Python",
    },
    "save": {
        "encoding='utf-8')": "json.dumps writes ASCII only, so every encoding gives the same bytes",
        "sorted(file.files) →": "NumPy lists the names of a file in the order in which they were written",
    },
    "card": {
        "int((probabilities": "a whole number of NumPy equals the same number of Python",
        "list(wilson_interval": "a tuple of two numbers holds the same interval",
    },
}
