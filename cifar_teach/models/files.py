"""Models on disk: ``.keras`` files, ``.h5`` as legacy, and a note beside each that says what it is."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..config import CLASS_NAMES
from ..exceptions import ModelError
from ..files import replacing
from .inference import VIEWS, check_classifier

if TYPE_CHECKING:
    import keras

SUFFIXES = (".keras", ".h5")

NOTE_CHECKS: dict[str, Callable[[Any], bool]] = {
    "class_names": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "temperature": lambda value: type(value) in (int, float) and 0 < value < math.inf,
    "test_views": lambda value: type(value) is int and value in VIEWS,
    "data": lambda value: isinstance(value, dict),
}
"""What the package itself reads in a note, which anyone may have edited, and whether a value can be used."""


class SavedModel(NamedTuple):
    """A model read from disk, with what its note says about it.

    Attributes:
        model: the network, ready for :func:`predict`.
        class_names: the names of its outputs, in order.
        notes: everything :func:`save_model` was given: recipe, data, seed, temperature, accuracy ... Empty when
            the file has no note beside it.
    """

    model: keras.Model
    class_names: tuple[str, ...]
    notes: dict[str, Any]


def save_model(
    model: keras.Model,
    path: str | Path,
    *,
    class_names: tuple[str, ...] = CLASS_NAMES,
    notes: dict[str, Any] | None = None,
) -> Path:
    """Save architecture and weights, and a note beside them (``name.keras.json``).

    The file appears whole or not at all. ``.keras`` is the format of Keras 3; ``.h5`` is kept for programs that
    still read it and is marked as legacy.

    Args:
        model: what to save.
        path: a name that ends in ``.keras`` or ``.h5``; the folder is created.
        class_names: names of the outputs, in order.
        notes: JSON-ready facts about the model, such as its recipe and its data.

    Returns:
        The path of the model file.

    Raises:
        ModelError: the name has another ending, the model is no image classifier, the number of names is not the
            number of outputs, or the notes hold something that JSON cannot.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ModelError(f"'{path.name}' should end in .keras (or .h5, legacy), so that other programs know it.")
    check_classifier(model)
    if len(class_names) != model.output_shape[-1]:
        raise ModelError(
            f"The model has {model.output_shape[-1]} outputs but {len(class_names)} class names were given."
        )
    note = {**(notes or {}), "class_names": list(class_names), "legacy": path.suffix == ".h5"}
    try:
        text = json.dumps(note, indent=2) + "\n"
    except (TypeError, ValueError) as problem:
        raise ModelError(
            f"The notes cannot be written as JSON ({problem}). Use text, Python numbers, lists and dicts: "
            "float(x) for a NumPy number, array.tolist() for an array."
        ) from problem
    with replacing(path) as draft:
        if path.suffix == ".h5":
            _save_h5(model, draft)
        else:
            model.save(draft)
    with replacing(note_path(path)) as draft:
        draft.write_text(text, encoding="utf-8")
    return path


def _save_h5(model: keras.Model, path: Path) -> None:
    # Keras logs a warning that HDF5 is legacy; the note beside the file already says so.
    from absl import logging

    level = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        model.save(path)
    finally:
        logging.set_verbosity(level)


def note_path(path: str | Path) -> Path:
    """Return where the note of the model file ``path`` is kept: ``m.keras.json`` for ``m.keras``."""
    path = Path(path)
    return path.with_name(f"{path.name}.json")


def load_model(path: str | Path) -> SavedModel:
    """Load a ``.keras`` or ``.h5`` file.

    Code inside the file is never run: Keras's safe mode stays on, so a model with a Lambda layer is refused.

    Args:
        path: a file written by :func:`save_model`, or any classifier of square colour images saved by Keras 3.

    Returns:
        The model, its class names (CIFAR-10's when it has ten outputs and no note) and its notes. Entries of the
        note that the package reads and that cannot be right are left out, with a line on stderr.

    Raises:
        ModelError: no such file, not a Keras model, a model with Python code inside, or one that takes or returns
            something else than :func:`predict` needs.
    """
    import keras

    path = Path(path)
    if not path.is_file():
        raise ModelError(f"There is no model file '{path}'. Check the path; it should end in .keras or .h5.")
    if path.suffix not in SUFFIXES:
        raise ModelError(f"'{path.name}' is not a .keras or .h5 file. Save models with cifar_teach's save_model.")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as problem:  # Keras raises whatever zipfile, h5py or the layer raised
        reason = str(problem).strip().splitlines()[0][:200] if str(problem).strip() else type(problem).__name__
        raise ModelError(
            f"'{path.name}' could not be loaded as a Keras model ({reason}). It may be damaged, "
            "or hold only weights, or come from Keras 2. Save the whole model again with model.save('name.keras')."
        ) from problem
    check_classifier(model)
    notes = _read_note(path)
    outputs = model.output_shape[-1]
    names = tuple(notes.get("class_names", ()))
    if len(names) != outputs:
        names = CLASS_NAMES if outputs == len(CLASS_NAMES) else tuple(f"class {i}" for i in range(outputs))
    return SavedModel(model, names, notes)


def _read_note(path: Path) -> dict[str, Any]:
    try:
        note = json.loads(note_path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        print(f"The note {note_path(path).name} beside the model cannot be read; going on without it.", file=sys.stderr)
        return {}
    if not isinstance(note, dict):
        return {}
    wrong = [name for name, usable in NOTE_CHECKS.items() if name in note and not usable(note[name])]
    for name in wrong:
        print(f"{note_path(path).name}: {name}={note.pop(name)!r} cannot be used; going on without.", file=sys.stderr)
    return note
