"""The weights that come with the package, and the format they are shipped in.

A pickled or serialised network ties its users to one version of its library. Shipped are the bare arrays, and the
builder in this package says where they go: ``name.npz`` holds them, ``name.json`` beside it is the model card (data,
recipe, seed, accuracy with its interval) and carries the checksum.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..config import CLASS_NAMES
from ..exceptions import ModelError, unknown_name
from ..files import replacing
from ..models import SavedModel, build_model
from .graph import all_layers, own_weights

if TYPE_CHECKING:
    import keras

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
BUNDLED = ("baseline", "fastnet", "tinynet")
"""Networks whose weights for CIFAR-10 come with the package, as ``weights/cifar10-<name>.npz``."""

HALF_PRECISION = 2.0**-10
"""Relative to an array's largest value, the largest rounding error allowed: float16 has ten bits after the point."""


def card_path(path: str | Path) -> Path:
    """Return where the model card of a weight file is kept: ``m.json`` for ``m.npz``."""
    return Path(path).with_suffix(".json")


def save_weights_file(model: keras.Model, path: str | Path, card: dict[str, Any]) -> Path:
    """Write the weights of ``model`` as ``.npz``, with its card beside them.

    Kernels are stored as float16, which halves the file; batch normalisation and biases stay float32, because their
    few numbers divide or shift everything. So does an array that float16 cannot hold.

    Args:
        model: a network that the same builder can build again.
        path: a name that ends in ``.npz``; the folder is created.
        card: JSON-ready facts: data, recipe, seed, accuracy with its interval, versions. ``format``, ``sha256`` and
            ``parameters`` are added.

    Returns:
        The path of the weight file.

    Raises:
        ModelError: another ending, weights that are not finite, or a card that JSON cannot hold.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ModelError(f"'{path.name}' should end in .npz: that is the format weights are shipped in.")
    arrays = _arrays(model)
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        raise ModelError(f"The weights {', '.join(broken[:3])} of '{model.name}' are not finite; train it again.")
    with replacing(path) as draft, replacing(card_path(path)) as card_draft:
        np.savez_compressed(draft, **{name: _shrunk(array) for name, array in arrays.items()})
        facts = {
            **card,
            "format": 1,
            "parameters": sum(array.size for array in arrays.values()),
            "sha256": _sha256(draft),
        }
        try:
            text = json.dumps(facts, indent=2, allow_nan=False) + "\n"
        except (TypeError, ValueError) as problem:
            raise ModelError(
                f"The card cannot be written as JSON ({problem}). Use text and Python numbers."
            ) from problem
        card_draft.write_text(text, encoding="utf-8")
    return path


def load_weights_file(model: keras.Model, path: str | Path, *, without_head: bool = False) -> dict[str, Any]:
    """Put the weights of a file into ``model`` and return the card.

    Everything is checked before the first weight is written: after an error the model is what it was.

    Args:
        model: built by the builder the file was written for.
        path: a file of :func:`save_weights_file`.
        without_head: the file may go on after the last layer of ``model``, with the head of the task it was
            trained for.

    Raises:
        ModelError: file or card are missing, damaged or not of the same moment, or belong to another network.
    """
    path = Path(path)
    card = read_card(path)
    if _sha256(path) != card["sha256"]:
        raise ModelError(
            f"'{path.name}' is not the file its card describes: the checksum differs. It is damaged or was replaced; "
            "get both files again (for those of the package: install it again)."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as problem:
        raise ModelError(f"'{path.name}' cannot be read ({problem}). Get the file again.") from problem
    wanted = {name: array.shape for name, array in _arrays(model).items()}
    held = {name: array.shape for name, array in arrays.items()}
    if without_head:
        held = dict(list(held.items())[: len(wanted)])
    if held != wanted:
        here = next(name for name in (*wanted, *held) if held.get(name) != wanted.get(name))
        raise ModelError(
            f"'{path.name}' does not fit '{model.name}': at {here} the file holds {held.get(here, 'nothing')}, the "
            f"network has {wanted.get(here, 'nothing')}. Load it into the network it was written for."
        )
    for layer, names in _layers_and_names(model):
        layer.load_own_variables({key: _full(arrays[name]) for key, name in names.items()})
    return card


def read_card(path: str | Path) -> dict[str, Any]:
    """Return the model card of a weight file.

    Raises:
        ModelError: the weight file or its card is missing, or the card cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"There is no weight file '{path}'. Check the path.")
    try:
        card = json.loads(card_path(path).read_text(encoding="utf-8"))
        if card["format"] != 1 or not isinstance(card["sha256"], str):
            raise ValueError(f"format {card['format']!r}")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ModelError(
            f"The card {card_path(path).name} of '{path.name}' is missing or cannot be read ({problem}). "
            "Without its checksum the weights are not used: get both files again."
        ) from problem
    return card


def load_bundled(name: str) -> SavedModel:
    """Return a network trained on CIFAR-10 that comes with the package.

    Args:
        name: one of :data:`BUNDLED`.

    Returns:
        The network, its class names and its card, which may hold ``temperature`` and ``test_views``.

    Raises:
        ModelError: no such network, or its file is missing or damaged.
    """
    if name not in BUNDLED:
        raise ModelError(unknown_name("bundled model", name, BUNDLED))
    path = WEIGHTS_FOLDER / f"cifar10-{name}.npz"
    if not path.is_file():
        raise ModelError(
            f"The weights {path.name} are not in this installation. Install the package again, or train the network: "
            f"cifar-teach run --models {name}"
        )
    card = read_card(path)
    class_names = tuple(card.get("class_names", CLASS_NAMES))
    model = build_model(name, num_classes=len(class_names))
    return SavedModel(model, class_names, load_weights_file(model, path))


def _layers_and_names(model: keras.Model) -> list[tuple[keras.layers.Layer, dict[str, str]]]:
    """Return the layers that hold weights; for each the names in the file by the keys of ``own_weights``."""
    owners = [(layer, own) for layer in all_layers(model) if (own := own_weights(layer))]
    # Not the layer's own name: Keras numbers unnamed layers through the whole session.
    return [
        (layer, {key: f"{position:03d}.{type(layer).__name__}.{weight.name}" for key, weight in own.items()})
        for position, (layer, own) in enumerate(owners)
    ]


def _arrays(model: keras.Model) -> dict[str, np.ndarray]:
    """Return all weights of ``model`` by their names in the file."""
    from keras import ops

    return {
        name: ops.convert_to_numpy(own_weights(layer)[key])
        for layer, names in _layers_and_names(model)
        for key, name in names.items()
    }


def _full(array: np.ndarray) -> np.ndarray:
    return array.astype("float32") if array.dtype == np.float16 else array


def _shrunk(array: np.ndarray) -> np.ndarray:
    if array.ndim < 2:
        return array
    with np.errstate(over="ignore"):
        half = array.astype("float16")
    largest = np.abs(array).max(initial=0.0)
    return half if np.abs(half.astype("float32") - array).max(initial=0.0) <= HALF_PRECISION * largest else array


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
