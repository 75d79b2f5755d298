"""Going on after Ctrl-C or a crash: the whole state of a run in one file, replaced after every epoch."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..exceptions import TrainingError
from ..files import replacing

STATE_FIELDS = {
    # What Keras's callbacks remember between epochs; they forget it when training starts again.
    "EarlyStopping": ("wait", "best", "best_epoch"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
    "ModelCheckpoint": ("best",),
}


@dataclass
class TrainingState:
    """Everything a run needs to go on after epoch ``len(rows)``.

    Attributes:
        rows: the finished epochs, as in :class:`~cifar_teach.train.History`.
        seconds: time spent so far.
        cpu_seconds: processor time spent so far, summed over the cores.
        weights, optimizer, average, best: arrays of the model, the optimiser, the weight average and the best epoch;
            ``average`` and ``best`` may be empty.
        steps: optimiser steps taken.
        callbacks: what the callbacks remember, by class name.
        best_loss, best_epoch: of the epoch with the lowest validation loss.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    weights: list[np.ndarray] = field(default_factory=list)
    optimizer: list[np.ndarray] = field(default_factory=list)
    average: list[np.ndarray] = field(default_factory=list)
    best: list[np.ndarray] = field(default_factory=list)
    steps: int = 0
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    best_loss: float | None = None
    best_epoch: int | None = None


ARRAY_GROUPS = ("weights", "optimizer", "average", "best")
PLAIN_FIELDS = ("rows", "seconds", "cpu_seconds", "steps", "callbacks", "best_loss", "best_epoch")


def fingerprint(*parts: Any) -> str:
    """Return a short digest of arrays and JSON-ready values: equal only for the same run."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(str((part.shape, part.dtype)).encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            digest.update(json.dumps(part, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


def save_state(path: Path, state: TrainingState, run: str) -> None:
    """Replace the file ``path`` by the state of the run with the fingerprint ``run``."""
    arrays = {
        f"{group}/{index:04d}": array for group in ARRAY_GROUPS for index, array in enumerate(getattr(state, group))
    }
    plain = {"run": run, **{name: getattr(state, name) for name in PLAIN_FIELDS}}
    with replacing(path) as draft, draft.open("wb") as file:
        np.savez(file, plain=np.array(json.dumps(plain)), **arrays)


def load_state(path: Path, run: str) -> TrainingState | None:
    """Return the state saved in ``path``, or None when there is none.

    Raises:
        TrainingError: the file belongs to another run (other network, recipe, seed or data) or is damaged.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(str(file["plain"]))
            groups = {
                group: [file[key] for key in sorted(file.files) if key.startswith(f"{group}/")]
                for group in ARRAY_GROUPS
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise TrainingError(
            f"The saved state '{path}' is damaged ({problem}). Delete it to train from the beginning."
        ) from problem
    if plain.pop("run") != run:
        raise TrainingError(
            f"The saved state '{path}' belongs to a run with another network, recipe, seed or data. "
            "To go on with it, make the model again as it was (a pretrained one with its weights and its head). "
            "Delete the file, or choose another one, to train from the beginning."
        )
    return TrainingState(**plain, **groups)
