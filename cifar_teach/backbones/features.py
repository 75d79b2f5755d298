"""Features: what a frozen network makes of the images, computed once and kept.

Training a head on a frozen network runs the same images through the same weights in every epoch, and gets the same
numbers every time. Here they are computed once, with the mirror image of each picture if wanted, stored as float16 and
read back as a memory map. Donahue et al., 2014 (DeCAF); Kornblith, Shlens and Le, 2019, compare heads on such features.

An entry's name is the SHA-256 of everything its content depends on: the images, the layers up to the one that is read,
their weights, and whether there are mirror images. Whatever changes gets another name, so an old entry cannot be
taken for a new one, and a new head, other labels or another learning rate find the old one.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..config import cache_dir
from ..data import check_images
from ..data.reporting import say
from ..exceptions import ModelError
from .entries import Entry, in_memory
from .graph import cut

if TYPE_CHECKING:
    import keras

FORMAT = 1
"""Raised whenever the computation or the layout of an entry changes: older entries are then ignored."""


def extract(
    model: keras.Model,
    images: np.ndarray,
    *,
    layer: str = "features",
    mirror: bool = False,
    folder: str | Path | Literal[False] | None = None,
    batch_size: int = 250,
    progress: bool | None = None,
) -> np.ndarray:
    """Return the output of one layer for every image, from the cache if it has been computed before.

    The network runs in inference mode: batch normalisation uses its stored statistics, dropout passes everything.
    float16 keeps three significant digits, which a head does not notice (a test holds it to that).

    Args:
        model: a flat functional network that takes pixel values 0-255.
        images: uint8 ``(n, size, size, 3)`` of the size the network takes.
        layer: the layer whose output is wanted: the feature vector, or the end of a block to split the network at.
        mirror: also for each picture's mirror image.
        folder: where entries are kept; None is ``features`` in the cache of the package, False computes in memory
            and writes nothing.
        batch_size: images per forward pass; it changes the memory needed, not the result.
        progress: show a progress bar on stderr; None means only when stderr is a terminal.

    Returns:
        float16 ``(n, *shape of the layer)``, or ``(2, n, ...)`` with ``mirror``: first the images, then their mirror
        images. Read-only; from the cache a memory map, so that only what is used is read.

    Raises:
        DataError: the images cannot be used or do not have the size the network takes.
        ModelError: no such layer, a network that is not functional, or activations that float16 cannot hold.
        CifarTeachError: too little space on the disk or in memory (estimated before anything is computed).
    """
    trunk = _trunk(model, layer)
    check_images(images, size=trunk.input_shape[1])
    shape = _shape(trunk, len(images), layer, mirror)

    def compute() -> Iterator[tuple[int, np.ndarray]]:
        return _compute(trunk, images, layer, mirror, batch_size, progress)

    if folder is False:
        return in_memory(shape, compute)
    folder = cache_dir() / "features" if folder is None else Path(folder)
    entry = Entry(folder / f"{_key(trunk, images, layer, mirror)}.npy", shape)
    found = entry.read()
    if found is not None:
        return found
    problem = entry.why_not_writable()
    if problem:
        say(
            f"The features cannot be kept in {folder} ({problem}); they are computed in memory. "
            "CIFAR_TEACH_CACHE names another folder.",
            quiet=False,
        )
        return in_memory(shape, compute)
    return entry.make(compute)


def estimate_bytes(model: keras.Model, n: int, layer: str = "features", mirror: bool = False) -> int:
    """Return how many bytes the features of ``n`` images take, on the disk or in memory.

    Raises:
        ModelError: no such layer, or a network that is not functional.
    """
    return 2 * math.prod(_shape(_trunk(model, layer), n, layer, mirror))


def _trunk(model: keras.Model, layer: str) -> keras.Model:
    """Return the network from the input to ``layer``; it shares the weights of ``model``."""
    takes = getattr(model, "input_shape", None)
    if not isinstance(takes, tuple) or len(takes) != 4 or not getattr(model, "inputs", None):
        raise ModelError(
            f"Features need a functional Keras network with one image input, which '{getattr(model, 'name', model)}' "
            "is not. Build it with keras.Model(inputs, outputs)."
        )
    try:
        return cut(model, layer)
    except ModelError:
        raise
    except (ValueError, AttributeError) as problem:
        raise ModelError(
            f"The network '{model.name}' cannot be cut at '{layer}': it does not lead from this network's input to "
            "a single output. Name a layer at the top level that has one output."
        ) from problem


def _shape(trunk: keras.Model, n: int, layer: str, mirror: bool) -> tuple[int, ...]:
    one = trunk.output_shape[1:]
    if not isinstance(one, tuple) or None in one:
        raise ModelError(
            f"The size of the output of '{layer}' is not known before an image is seen ({one}). Build the network with "
            "a fixed image size."
        )
    return (2, n, *one) if mirror else (n, *one)


def _key(trunk: keras.Model, images: np.ndarray, layer: str, mirror: bool) -> str:
    """Return 64 hex digits that change with everything the features depend on."""
    facts = [FORMAT, _architecture(trunk), layer, bool(mirror), images.shape]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for weight in trunk.get_weights():
        digest.update(f"{weight.dtype}{weight.shape}".encode())
        digest.update(weight.tobytes())  # not the buffer: bfloat16 has none
    digest.update(np.ascontiguousarray(images))
    return digest.hexdigest()


def _architecture(trunk: keras.Model) -> list[dict[str, Any]]:
    """Return what the layers are and how they are connected, without what does not change the result.

    Keras numbers layers without a name (``conv2d_7``) by how many were built before in the same process. Equal
    networks must not differ by that, so layers are named by their position. ``trainable`` is left out, too:
    freezing and unfreezing changes no activation.
    """
    try:
        config = trunk.get_config()
        position = {layer["name"]: index for index, layer in enumerate(config["layers"])}
        described = [
            {
                "class": [layer["module"], layer["class_name"], layer.get("registered_name")],
                "config": {key: value for key, value in layer["config"].items() if key not in ("name", "trainable")},
                "inputs": _renamed(layer["inbound_nodes"], position),
            }
            for layer in config["layers"]
        ]
        return json.loads(json.dumps(described))
    except (NotImplementedError, TypeError, KeyError) as problem:
        raise ModelError(
            f"The network has a layer that cannot be described ({problem}), so its features cannot be told from "
            "those of another. Give the layer a get_config, or use folder=False."
        ) from problem


def _renamed(value: Any, position: dict[str, int]) -> Any:
    """Replace layer names by positions in the histories of tensors, and nowhere else ("relu" may be both)."""
    if isinstance(value, dict):
        return {
            key: [position[part[0]], *part[1:]] if key == "keras_history" else _renamed(part, position)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(part, position) for part in value]
    return value


def _compute(
    trunk: keras.Model,
    images: np.ndarray,
    layer: str,
    mirror: bool,
    batch_size: int,
    progress: bool | None,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield float16 rows, each part with the position of its first; mirror images come after all images."""
    from tqdm import tqdm

    with tqdm(
        total=len(images) * (2 if mirror else 1),
        unit="image",
        desc=f"{trunk.name}: {layer}",
        disable=not (sys.stderr.isatty() if progress is None else progress),
        file=sys.stderr,
        leave=False,
    ) as bar:
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size].astype("float32")
            for view, looked_at in enumerate((batch, batch[:, :, ::-1])[: 2 if mirror else 1]):
                yield view * len(images) + start, _as_half(np.asarray(trunk.predict_on_batch(looked_at)), layer)
                bar.update(len(batch))


def _as_half(values: np.ndarray, layer: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    if np.isfinite(half).all():
        return half
    finite = values[np.isfinite(values)].astype("float32")
    largest = f"{np.abs(finite).max():,.0f}" if finite.size == values.size else "not finite"
    raise ModelError(
        f"The output of the layer '{layer}' cannot be kept as float16: its largest value is {largest}, and float16 "
        "ends at 65,504. Check that the network gets the pixel values it was trained with, or take a layer after a "
        "normalisation."
    )
