"""Where pretrained weights are looked for, and how a file is loaded: all of it or nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..exceptions import ModelError
from .bundled import WEIGHTS_FOLDER, load_weights_file
from .contract import Backbone
from .graph import cut
from .registry import KNOWN_NAMES, get_backbone

if TYPE_CHECKING:
    import keras

SETTING = "CIFAR_TEACH_WEIGHTS"
SUFFIXES = (".npz", ".h5")


@dataclass(frozen=True)
class Weights:
    """Where the weights of a network were found.

    Attributes:
        path: the file; None when Keras has to download it.
        origin: in words, for messages and results.
    """

    path: Path | None
    origin: str


def file_names(backbone: Backbone, size: int | None = None) -> list[str]:
    """Return the names under which weights of ``backbone`` are recognised, those trained nearest to ``size`` first."""
    nearest = backbone.nearest_trained_size(size)
    rows = sorted(backbone.trained_at, key=lambda each: (abs(each - nearest), -each))
    return list(dict.fromkeys(name.format(rows=each) for name in backbone.files for each in rows))


def find_weights(name: str | Path | Backbone, *, size: int | None = None) -> Weights:
    """Say where the pretrained weights of a backbone come from, without loading them.

    Looked for in this order: what ``CIFAR_TEACH_WEIGHTS`` names, the weights that come with the package, Keras's cache,
    and Keras's download, unless ``CIFAR_TEACH_OFFLINE`` is set. When ``CIFAR_TEACH_WEIGHTS`` names a file, not a
    folder, and the file bears the name of another network's weights, it is left for that one.

    Args:
        name: as for :func:`get_backbone`.
        size: side in pixels at which it will look at images. Where Keras has weights for several, the nearest is taken.

    Raises:
        ModelError: ``CIFAR_TEACH_WEIGHTS`` names something that does not exist, or no weights can be reached.
    """
    backbone = name if isinstance(name, Backbone) else get_backbone(name)
    if backbone.file:
        return Weights(backbone.file, f"{backbone.file.name}, which holds network and weights")
    names = file_names(backbone, size)
    setting = os.environ.get(SETTING)
    if setting:
        place = Path(setting).expanduser()
        if not place.exists():
            raise ModelError(f"{SETTING} names '{place}', which does not exist. Correct it, or unset it.")
        found = _given_file(place, names) if place.is_file() else _first(place, names)
        if found:
            return Weights(found, f"{found.name}, named by {SETTING}")
    if found := _first(WEIGHTS_FOLDER, names):
        return Weights(found, f"{found.name}, which comes with the package")
    keras_home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    if found := _first(keras_home / "models", names):
        return Weights(found, f"{found.name} in Keras's cache")
    downloadable = any(name.endswith(".h5") for name in names)
    if downloadable and os.environ.get("CIFAR_TEACH_OFFLINE", "") in ("", "0"):
        return Weights(None, "Keras's download")
    why = "CIFAR_TEACH_OFFLINE is set" if downloadable else "nobody offers them for download"
    raise ModelError(_no_weights(backbone, why, names))


def _first(folder: Path, names: list[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _given_file(file: Path, names: list[str]) -> Path | None:
    known_elsewhere = any(file.name in file_names(other) for other in map(get_backbone, KNOWN_NAMES))
    return file if file.name in names or not known_elsewhere else None


def _no_weights(backbone: Backbone, why: str, names: list[str]) -> str:
    return (
        f"No pretrained weights of '{backbone.name}' can be reached ({why}). There are three ways out: "
        f"let {SETTING} name a weight file, or a folder with a file such as {names[0] if names else 'weights.h5'}; "
        "let Keras download them once while there is a network; or use 'tinynet', whose weights come with the package."
    )


def pretrained_trunk(backbone: Backbone, weights: str | Path | None, size: int | None) -> keras.Model:
    """Return the network as published, up to its feature layer, with its weights.

    Args:
        backbone: which network.
        weights: ``"auto"``: as :func:`find_weights` finds them; None: fresh ones; otherwise the path of a file.
        size: side in pixels at which it will look at images; the trunk itself may be built for another size.

    Raises:
        ModelError: no weights, or weights that cannot be read or belong to another network.
    """
    rows = backbone.nearest_trained_size(size)
    if weights is None or (backbone.file and weights == "auto"):
        return cut(backbone.build(rows, None), backbone.feature_layer)
    where = find_weights(backbone, size=size) if weights == "auto" else Weights(Path(weights), "")
    if where.path is None:
        return _download(backbone, rows)
    return load_weights(backbone, where.path.expanduser(), rows)


def _download(backbone: Backbone, rows: int) -> keras.Model:
    try:
        whole = backbone.build(rows, "imagenet")
    except Exception as problem:  # whatever the network, the disk or the check of the file raised
        first_line = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        names = file_names(backbone, rows)
        raise ModelError(_no_weights(backbone, f"the download failed: {first_line[:200]}", names)) from problem
    # EfficientNetB0 gets one layer more when Keras loads the weights itself, and would standardise twice. So the file
    # that now lies in Keras's cache is loaded like any other.
    downloaded = find_weights(backbone, size=rows).path
    return cut(whole, backbone.feature_layer) if downloaded is None else load_weights(backbone, downloaded, rows)


def load_weights(backbone: Backbone, path: Path, rows: int) -> keras.Model:
    """Return the trunk of ``backbone`` with the weights of one file.

    The file may hold the whole network without its classification head, as Keras's own files do, or end at the
    feature layer. The numbers it holds are counted first, so that a file of another network is never loaded.

    Raises:
        ModelError: no such file, not a weight file, a damaged one, or one of another network.
    """
    if not path.is_file():
        raise ModelError(f"There is no weight file '{path}'. Check the path.")
    if path.suffix not in SUFFIXES:
        raise ModelError(
            f"'{path.name}' is not a weight file: expected is .h5 or .weights.h5 (Keras) or .npz (this package). "
            "To use a whole .keras network as a backbone, give its path in place of the backbone's name."
        )
    whole = backbone.build(rows, None)
    trunk = cut(whole, backbone.feature_layer)
    if path.suffix == ".npz":
        load_weights_file(trunk, path, without_head=True)
        return trunk
    held = _numbers_in(path)
    target = next((model for model in (whole, trunk) if model.count_params() == held), None)
    if target is None:
        raise ModelError(
            f"'{path.name}' does not fit {backbone.name}: it holds {held:,} parameters, the network has "
            f"{whole.count_params():,} without its head and {trunk.count_params():,} up to {backbone.feature_layer}. "
            "It belongs to another network or width, has a classification head (take the file without top), or lacks a "
            "part."
        )
    try:
        target.load_weights(path)
    except Exception as problem:  # Keras raises whatever h5py or the layer raised
        reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        raise ModelError(
            f"'{path.name}' has as many parameters as {backbone.name}, but not in the same layers ({reason[:200]}). "
            "Take a file of exactly this network."
        ) from problem
    return trunk


def _numbers_in(path: Path) -> int:
    """Return how many weights an HDF5 file holds; states of optimisers and random generators do not count."""
    import h5py

    total = 0

    def add(name: str, item: object) -> None:
        nonlocal total
        if isinstance(item, h5py.Dataset) and "optimizer" not in name and "seed_generator" not in name:
            total += int(np.prod(item.shape))

    try:
        with h5py.File(path) as file:
            file.visititems(add)
    except (OSError, RuntimeError, KeyError) as problem:
        raise ModelError(
            f"'{path.name}' cannot be read as a weight file ({problem}). It is damaged or was not copied whole: "
            "delete it and get it again."
        ) from problem
    return total
