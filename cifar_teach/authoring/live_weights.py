"""The network and the pictures of the page "Classify your own picture", as JavaScript files.

``python -m cifar_teach.authoring.live_weights`` writes them, ``--check`` says whether they are up to date. A script
that assigns a global works where a page is opened from disk, which a browser does not let ``fetch`` do.

Weights are stored as two bytes each, but for those of the two smallest layers. Every output channel has a step of its
own, a 32,767th of its largest weight, so a channel of small weights is not lost beside one of large ones (per-channel
symmetric quantisation; Krishnamoorthi, 2018). Computed is with floating-point numbers, so only the weights are rounded:
the probabilities of the page are those of the app to a ten-thousandth. One byte would halve the file, and a probability
could be off by two hundredths.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.bundled import WEIGHTS_FOLDER, load_bundled, read_card
from ..config import CLASS_NAMES
from ..files import replacing
from ..models import SavedModel
from ..synthetic import draw
from .build import find_root
from .errors import AuthoringError
from .live_network import Step, steps_of

NETWORK = "fastnet"
FOLDER = Path("book/live/classify")
WEIGHTS_NAME, SAMPLES_NAME = "weights.js", "samples.js"

SAMPLE_SEED = 0
"""Seed of the drawings. It is the first one, not one chosen for the network's answers."""

LARGEST = 32_767
"""Stored weights go from -32,767 to 32,767: the same range on both sides of zero."""

FEW = 2_000
"""A layer with fewer weights keeps them as float32. These are the first and the last layer: together they have less
than a hundredth of all weights, and rounding them would change the answers more than rounding all the others."""

_CARD_FACTS = ("accuracy", "interval", "n_test", "seed", "protocol", "ece_calibrated", "params", "sha256")
_DATA_FACTS = ("name", "checksum", "train_size", "test_size", "is_synthetic")
_LINE = 120


def quantise(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round weights to two bytes each.

    Args:
        kernel: float ``(..., outputs)``.

    Returns:
        int16 of the same shape, and the float32 ``(outputs,)`` with which each channel is multiplied to get back
        the weights, with an error of at most half a step.
    """
    largest = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0)
    step = (np.where(largest > 0, largest, 1.0) / LARGEST).astype("float32")
    return np.clip(np.rint(kernel / step), -LARGEST, LARGEST).astype("int16"), step


def weights_script(saved: SavedModel, name: str, *, quantised: bool = True) -> str:
    """Return the script that holds a network.

    Args:
        saved: a network whose layers :func:`~cifar_teach.authoring.live_network.steps_of` understands, with its card.
        name: what to call it.
        quantised: two bytes a weight, small layers excepted; otherwise float32, twice as large, which is for tests.

    Returns:
        JavaScript that assigns the global ``CIFAR_TEACH_NETWORK``. The same network gives the same text.

    Raises:
        ModelError: the engine of the page cannot compute this network.
    """
    steps = steps_of(saved.model)
    payload, places = _pack(steps, quantised)
    card = saved.notes
    header = {
        "format": 1,
        "network": name,
        "class_names": list(saved.class_names),
        "views": card.get("test_views", 1),
        "temperature": card.get("temperature", 1.0),
        "card": {key: card[key] for key in _CARD_FACTS if key in card}
        | {"data": {key: card["data"][key] for key in _DATA_FACTS if key in card.get("data", {})}},
        "bytes": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "layers": [step.facts | place for step, place in zip(steps, places, strict=True)],
    }
    return _script("CIFAR_TEACH_NETWORK", header, payload)


def samples_script(images: np.ndarray, labels: np.ndarray) -> str:
    """Return the script that holds the drawings, uint8 ``(n, 32, 32, 3)``, as the global ``CIFAR_TEACH_SAMPLES``."""
    payload = np.ascontiguousarray(images).tobytes()
    header = {
        "format": 1,
        "size": images.shape[1],
        "seed": SAMPLE_SEED,
        "classes": [CLASS_NAMES[label] for label in labels],
        "bytes": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    return _script("CIFAR_TEACH_SAMPLES", header, payload)


def sample_images() -> tuple[np.ndarray, np.ndarray]:
    """Return one drawing of each class, uint8 ``(10, 32, 32, 3)``, and their labels, in the order of the classes."""
    images, labels = draw(len(CLASS_NAMES), seed=SAMPLE_SEED)
    order = np.argsort(labels)
    return images[order], labels[order]


def read_script(text: str) -> tuple[dict[str, Any], bytes]:
    """Return what a script of this module holds: its facts and its bytes.

    Raises:
        AuthoringError: it is not such a script, or its bytes are not those its checksum was made of.
    """
    try:
        _, declaration, data = text.split("\n//--\n")
        header = json.loads(declaration[declaration.index("{") : declaration.rindex("}") + 1])
        payload = base64.b64decode(data.split("`")[1])
    except (ValueError, IndexError) as problem:
        raise AuthoringError(f"This is not a script of live_weights ({problem}). Write it again.") from problem
    if hashlib.sha256(payload).hexdigest() != header["sha256"]:
        raise AuthoringError("The bytes in this script are not those that its checksum was made of. Write it again.")
    return header, payload


def _pack(steps: list[Step], quantised: bool) -> tuple[bytes, list[dict[str, Any]]]:
    """Return all numbers one after the other, little-endian, and for each step where its own begin, in bytes.

    All float32 come first, so that each begins at a multiple of four, as a browser's typed arrays need it.
    """
    floats, small = bytearray(), bytearray()
    places: list[dict[str, Any]] = []
    for step in steps:
        place: dict[str, Any] = {}
        if step.arrays:
            kernel = step.arrays["kernel"]
            place = {"kernel": list(kernel.shape), "bias_at": len(floats)}
            floats += step.arrays["bias"].astype("<f4").tobytes()
            if quantised and kernel.size >= FEW:
                weights, channel_steps = quantise(kernel)
                place |= {"steps_at": len(floats), "int16_at": len(small)}
                floats += channel_steps.astype("<f4").tobytes()
                small += weights.astype("<i2").tobytes()
            else:
                place |= {"float_at": len(floats)}
                floats += kernel.astype("<f4").tobytes()
        places.append(place)
    for place in places:
        if "int16_at" in place:
            place["int16_at"] += len(floats)
    return bytes(floats + small), places


def _script(name: str, header: dict[str, Any], payload: bytes) -> str:
    coded = base64.b64encode(payload).decode("ascii")
    lines = "\n".join(coded[start : start + _LINE] for start in range(0, len(coded), _LINE))
    facts = ",\n".join(f"{json.dumps(key)}: {_json(value)}" for key, value in header.items())
    return (
        "// Made by python -m cifar_teach.authoring.live_weights; do not edit.\n//--\n"
        f"globalThis.{name} = {{\n{facts}\n}};\n//--\n"
        f"globalThis.{name}.data = `\n{lines}\n`;\n"
    )


def _json(value: Any) -> str:
    """Return JSON with one line for each entry of a list of layers, so that a difference can be read."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(_json(entry) for entry in value) + "\n]"
    return json.dumps(value, allow_nan=False)


def wanted_files() -> dict[str, str]:
    """Return the texts of both files by name, made anew."""
    return {
        WEIGHTS_NAME: weights_script(load_bundled(NETWORK), NETWORK),
        SAMPLES_NAME: samples_script(*sample_images()),
    }


def up_to_date(folder: Path) -> list[str]:
    """Return what is wrong with the files in ``folder``, nothing if they are up to date.

    The weights must agree in every byte. The drawings may differ by one in the value of a pixel: another processor
    rounds a few of them to the neighbouring value.
    """
    wrong = []
    for name, text in wanted_files().items():
        path = folder / name
        found = path.read_text(encoding="utf-8") if path.is_file() else ""
        if found != text and not (name == SAMPLES_NAME and found and _nearly_equal(found, text)):
            wrong.append(f"{path} is missing or not up to date. Run python -m cifar_teach.authoring.live_weights")
    card = read_card(WEIGHTS_FOLDER / f"cifar10-{NETWORK}.npz")
    if not wrong and read_script((folder / WEIGHTS_NAME).read_text("utf-8"))[0]["card"]["sha256"] != card["sha256"]:
        wrong.append(f"{WEIGHTS_NAME} was made from other weights than those of the package.")
    return wrong


def _nearly_equal(found: str, text: str) -> bool:
    here, there = read_script(found), read_script(text)
    facts = [{key: value for key, value in header.items() if key != "sha256"} for header, _ in (here, there)]
    pixels = [np.frombuffer(payload, np.uint8).astype(int) for _, payload in (here, there)]
    return facts[0] == facts[1] and bool(np.abs(pixels[0] - pixels[1]).max() <= 1)


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with ``--check`` compare them; return 0 when all is well."""
    parser = argparse.ArgumentParser(prog="python -m cifar_teach.authoring.live_weights", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    folder = find_root() / FOLDER
    if parser.parse_args(arguments).check:
        wrong = up_to_date(folder)
        print("\n".join(wrong) or "The files of the live page are up to date.")
        return 1 if wrong else 0
    for name, text in wanted_files().items():
        with replacing(folder / name) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
        print(f"{folder / name}: {len(text.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
