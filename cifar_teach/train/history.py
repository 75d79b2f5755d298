"""What happened in a training run, one row per epoch."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import replacing

COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


@dataclass
class History:
    """The record of one call of ``fit``; its rows go into a CSV file or an SQL table as they are.

    Attributes:
        rows: one dict per epoch with the keys ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``,
            ``learning_rate`` and ``seconds``. ``epoch`` counts from 1; ``loss`` and ``accuracy`` are means over the
            epoch's augmented batches while the weights still moved; ``val_*`` are None without validation images, and
            belong to the weights at the end of that epoch: when the recipe averages weights, the model ends with the
            average, which is on no row; ``learning_rate`` is that of the epoch's first step; ``seconds`` is the
            duration of the epoch, validation included.
        seconds: time spent in training, all epochs and the work around them, also before an interruption.
        cpu_seconds: processor time of the same, summed over the cores.
        precision: the number format the convolutions used.
        stopped_early: whether early stopping ended the run.
        best_epoch: the epoch with the lowest validation loss, when the model went back to its weights; None when it
            has those of the last epoch, or their average, without a choice.
        groups: what was trainable, at which share of the learning rate, and from which epoch on: dicts with
            ``first_epoch``, ``rate_factor`` (0: frozen), ``layers`` (names) and ``parameters``.
        preparation_seconds: the part of ``seconds`` spent on storing activations before the first epoch.
    """

    rows: list[dict[str, float | int | None]] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    precision: str = "float32"
    stopped_early: bool = False
    best_epoch: int | None = None
    groups: list[dict[str, Any]] = field(default_factory=list)
    preparation_seconds: float = 0.0

    def column(self, name: str) -> list[float | int | None]:
        """Return one column as a list with one value per epoch."""
        return [row[name] for row in self.rows]

    def to_csv(self, path: str | Path) -> Path:
        """Write the rows as CSV with a header line; the file appears whole or not at all."""
        with replacing(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        return Path(path)
