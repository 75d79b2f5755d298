"""A Keras callback that enters each epoch in the store as it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from .store import ExperimentStore

if TYPE_CHECKING:
    import keras


def epoch_logger(store: ExperimentStore, model_id: int) -> keras.callbacks.Callback:
    """Return a callback for ``model.fit``, :func:`cifar_teach.train.fit` or :func:`cifar_teach.train.fine_tune`.

    The network must be compiled with the metric ``accuracy``. An epoch that is trained again, because the program was
    killed before its state was saved, replaces its row. A database that cannot be written ends the training with a
    clear error: what was trained is kept by ``resume_file``, and the same call goes on from there.

    Args:
        store: where to write.
        model_id: from :meth:`ExperimentStore.start_model`.
    """
    import keras

    class EpochLogger(keras.callbacks.Callback):
        """Has ``epochs_before``: epochs of earlier stages, which fine-tuning counts through."""

        epochs_before = 0

        def on_epoch_begin(self, epoch, logs=None) -> None:
            self.started = time.perf_counter()
            # At the end of the epoch, ReduceLROnPlateau may already have set the rate of the next one.
            self.learning_rate = float(np.asarray(self.model.optimizer.learning_rate))

        def on_epoch_end(self, epoch, logs=None) -> None:
            values = {name: None if value is None else float(value) for name, value in (logs or {}).items()}
            row = {
                "epoch": self.epochs_before + epoch + 1,
                "learning_rate": self.learning_rate,
                "seconds": time.perf_counter() - self.started,
                **{name: values.get(name) for name in ("loss", "accuracy", "val_loss", "val_accuracy")},
            }
            store.log_epoch(model_id, row)

    return EpochLogger()
