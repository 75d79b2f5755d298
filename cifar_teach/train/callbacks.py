"""What happens around the epochs: decisions by the validation loss, dropout seeds, the record, the progress bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.graph import all_layers
from ..exceptions import TrainingError
from .recipe import Recipe
from .resume import STATE_FIELDS, TrainingState, save_state

if TYPE_CHECKING:
    import keras
    from tqdm import tqdm


def deciding_callbacks(
    recipe: Recipe, state: TrainingState, best_file: str | Path | None
) -> list[keras.callbacks.Callback]:
    """Return Keras's own EarlyStopping, ReduceLROnPlateau and ModelCheckpoint, as far as they are asked for.

    A run that goes on gives them back what they remembered.
    """
    import keras

    callbacks: list[keras.callbacks.Callback] = []
    if recipe.early_stopping:
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", patience=recipe.early_stopping))
    if recipe.reduce_on_plateau:
        callbacks.append(keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=recipe.reduce_on_plateau))
    if best_file is not None:
        callbacks.append(
            keras.callbacks.ModelCheckpoint(str(best_file), "val_loss", save_best_only=True, save_weights_only=True)
        )

    class Memory(keras.callbacks.Callback):
        """Comes after the others, so that what it sets is not reset by their own on_train_begin."""

        def on_train_begin(self, logs=None) -> None:
            for callback in callbacks:
                for name, value in state.callbacks.get(type(callback).__name__, {}).items():
                    setattr(callback, name, value)

        def on_epoch_end(self, epoch, logs=None) -> None:
            for callback in callbacks:
                fields = STATE_FIELDS[type(callback).__name__]
                state.callbacks[type(callback).__name__] = {
                    name: float(value) if isinstance(value := getattr(callback, name), np.floating) else value
                    for name in fields
                }

    return [*callbacks, Memory()] if callbacks else []


def dropout_reseeder(seed: int) -> keras.callbacks.Callback:
    """Return a callback that draws an epoch's dropout masks from (seed, epoch): a resumed run draws the same ones."""
    import keras

    class Reseeder(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None) -> None:
            for number, layer in enumerate(all_layers(self.model)):
                generator = getattr(layer, "seed_generator", None)
                if generator is not None:
                    generator.state.assign(np.random.SeedSequence([seed, epoch, number]).generate_state(2))

    return Reseeder()


def recorder(
    state: TrainingState,
    recipe: Recipe,
    average: keras.callbacks.Callback,
    clock: Callable[[], tuple[float, float]],
    resume_path: Path | None,
    run: str,
    bar: tqdm,
) -> keras.callbacks.Callback:
    """Return a callback that writes the history, remembers the best epoch, saves the state and moves the bar."""
    import keras

    class Recorder(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None) -> None:
            self.epoch_started = time.perf_counter()
            # At the end of the epoch, ReduceLROnPlateau may already have set the rate of the next one.
            self.learning_rate = float(np.asarray(self.model.optimizer.learning_rate))

        def on_epoch_end(self, epoch, logs=None) -> None:
            logs = logs or {}
            if not np.isfinite(logs["loss"]):
                raise TrainingError(
                    f"The loss became {logs['loss']} in epoch {epoch + 1}: the steps are too large. Divide "
                    f"learning_rate ({recipe.learning_rate}) by ten and try again."
                )
            row = _row(epoch, logs, self.learning_rate, time.perf_counter() - self.epoch_started)
            state.rows.append(row)
            state.seconds, state.cpu_seconds = clock()
            val_loss = row["val_loss"]
            if val_loss is not None and (state.best_loss is None or val_loss < state.best_loss):
                state.best_loss, state.best_epoch = val_loss, row["epoch"]
                state.best = self.model.get_weights() if recipe.needs_validation else []
            if resume_path:
                state.weights = self.model.get_weights()
                state.optimizer = [np.asarray(variable) for variable in self.model.optimizer.variables]
                state.average, state.steps = average.average or [], average.step
                save_state(resume_path, state, run)
            bar.update()
            bar.set_postfix_str(_summary(row), refresh=False)

    return Recorder()


def _row(epoch: int, logs: dict[str, float], learning_rate: float, seconds: float) -> dict[str, Any]:
    return {
        "epoch": epoch + 1,
        "loss": float(logs["loss"]),
        "accuracy": float(logs["accuracy"]),
        "val_loss": float(logs["val_loss"]) if "val_loss" in logs else None,
        "val_accuracy": float(logs["val_accuracy"]) if "val_accuracy" in logs else None,
        "learning_rate": learning_rate,
        "seconds": seconds,
    }


def _summary(row: dict[str, Any]) -> str:
    text = f"loss {row['loss']:.3f}, accuracy {row['accuracy']:.1%}"
    return text if row["val_accuracy"] is None else f"{text}, validation {row['val_accuracy']:.1%}"


def progress_bar(name: str, recipe: Recipe, state: TrainingState, progress: bool | None) -> tqdm:
    """Return a progress bar over epochs on stderr; use it as a context manager, so that Ctrl-C closes it, too."""
    from tqdm import tqdm

    return tqdm(
        total=recipe.epochs,
        initial=len(state.rows),
        unit="epoch",
        desc=name,
        disable=not (sys.stderr.isatty() if progress is None else progress),
        file=sys.stderr,
        leave=False,
    )
