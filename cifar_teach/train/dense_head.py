"""The head with a hidden layer, as the original projects had it, trained on cached features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..config import check_seed
from ..exceptions import TrainingError
from .head_parts import HEAD, check_features, dense_layer, mean_view, write_dense

if TYPE_CHECKING:
    import keras

HIDDEN = "hidden"
"""The name of the hidden layer in a transfer model with a dense head."""


def fit_dense_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    num_classes: int,
    validation: tuple[np.ndarray, np.ndarray],
    hidden: int = 256,
    dropout: float = 0.5,
    epochs: int = 100,
    patience: int = 5,
    learning_rate: float = 1e-3,
    batch_size: int = 128,
    seed: int = 0,
) -> keras.Model:
    """Train Dense(hidden, relu), Dropout, softmax with Adam; stop early and keep the best epoch's weights.

    Features are read batch by batch, so a memory map larger than the memory will do. Early stopping: Prechelt, 1998.

    Args:
        features: (n, d), or (views, n, d): every view is a training row with the label of its image.
        labels: int (n,).
        num_classes: number of classes.
        validation: features and labels that decide when to stop; the views of an image are averaged.
        hidden: units of the hidden layer; a transfer model of this package has 256.
        dropout: share of hidden units left out at each step, 0 to below 1.
        epochs: at most this many.
        patience: epochs without a lower validation loss before it stops.
        learning_rate: of Adam.
        batch_size: rows per step.
        seed: of initial weights, order and dropout. Keras's global generator is not touched.

    Returns:
        A network from raw features (n, d) to probabilities, with layers ``hidden`` and ``head``; its ``history`` is
        Keras's record of the epochs.

    Raises:
        DataError: features or labels that cannot be used.
        TrainingError: a number out of range, or the loss became infinite.
        CifarTeachError: the seed is out of range.
    """
    import keras
    from keras import layers

    check_seed(seed)
    _check_numbers(hidden, dropout, epochs, patience, learning_rate, batch_size)
    features, labels = check_features(features, labels, num_classes)
    held_out, held_out_labels = check_features(*validation, num_classes, width=features.shape[-1])
    seeds = [int(word) for word in np.random.SeedSequence(seed).generate_state(3) >> 1]

    inputs = keras.Input((features.shape[-1],), name="features")
    glorot = [keras.initializers.GlorotUniform(seed=word) for word in seeds[:2]]
    x = layers.Dense(hidden, activation="relu", kernel_initializer=glorot[0], name=HIDDEN)(inputs)
    x = layers.Dropout(dropout, seed=seeds[2], name="dropout")(x)
    x = layers.Dense(num_classes, kernel_initializer=glorot[1], name=HEAD)(x)
    model = keras.Model(inputs, layers.Softmax(name="probabilities")(x), name="dense_head")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    model.fit(
        _batches(features, labels, batch_size, seed),
        epochs=epochs,
        validation_data=(mean_view(held_out), held_out_labels),
        validation_batch_size=500,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True),
        ],
        verbose=0,
        shuffle=False,
    )
    # Early stopping may have gone back to the weights of an epoch before the loss became infinite.
    if not np.isfinite(model.history.history["loss"]).all():
        raise TrainingError(
            f"The loss became infinite: the steps are too large. Divide learning_rate ({learning_rate}) by ten."
        )
    return model


def attach_dense(model: keras.Model, head_model: keras.Model) -> None:
    """Copy a trained head into the layers ``hidden`` and ``head`` of a transfer model built with ``head="dense"``.

    Raises:
        ModelError: one of the two lacks a layer, or the shapes differ; the model is then unchanged.
    """
    pairs = [(dense_layer(model, name), dense_layer(head_model, name)) for name in (HIDDEN, HEAD)]
    before = [layer.get_weights() for layer, _ in pairs]
    try:
        for layer, source in pairs:
            write_dense(model, layer, *source.get_weights())
    except Exception:
        for (layer, _), weights in zip(pairs, before, strict=True):
            layer.set_weights(weights)
        raise


def _batches(features: np.ndarray, labels: np.ndarray, batch_size: int, seed: int) -> keras.utils.PyDataset:
    """Return batches in an order drawn from (seed, epoch) alone; every view of every image comes once per epoch."""
    import keras

    images = len(labels)
    rows = features.reshape(-1, features.shape[-1])  # of a memory map, this reads nothing

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self.epoch = 0
            self._draw()

        def _draw(self) -> None:
            self.order = np.random.default_rng([seed, self.epoch]).permutation(len(rows))

        def __len__(self) -> int:
            return -(-len(rows) // batch_size)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            # Sorted, because a disk reads forwards; the order within a batch does not matter.
            chosen = np.sort(self.order[index * batch_size : (index + 1) * batch_size])
            return rows[chosen].astype("float32"), labels[chosen % images]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self._draw()

    return Batches()


def _check_numbers(
    hidden: int, dropout: float, epochs: int, patience: int, learning_rate: float, batch_size: int
) -> None:
    counts = {"hidden": hidden, "epochs": epochs, "patience": patience, "batch_size": batch_size}
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise TrainingError(f"{name}={value!r} must be a whole number of at least 1.")
    if not 0 <= dropout < 1:
        raise TrainingError(f"dropout={dropout} must be at least 0 and below 1.")
    if not 0 < learning_rate < np.inf:
        raise TrainingError(f"learning_rate={learning_rate} must be above 0.")
