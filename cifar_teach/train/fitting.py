"""``fit``: the one training loop of the course, a thin and readable layer over ``model.fit``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.graph import all_layers
from ..config import check_seed
from ..data import LabelledImages, check_images, check_labels
from ..exceptions import DataError, TrainingError
from ..models import fit_whitening
from ..models.inference import check_classifier
from ..preprocess import one_hot
from .averaging import weight_average
from .batches import make_batches
from .callbacks import deciding_callbacks, dropout_reseeder, progress_bar, recorder
from .groups import describe_groups, layer_rates_applied, make_optimizer
from .history import History
from .precision import resolve_precision, training_copy
from .recipe import Recipe
from .resume import TrainingState, fingerprint, load_state
from .split import SplitNetwork, draw_variants

if TYPE_CHECKING:
    import keras

CHECKPOINT_SUFFIX = ".weights.h5"


def fit(
    model: keras.Model,
    train: LabelledImages,
    recipe: Recipe,
    *,
    validation: LabelledImages | None = None,
    seed: int = 0,
    targets: np.ndarray | None = None,
    layer_rates: Mapping[str, float] | None = None,
    split_at: str | None = None,
    resume_file: str | Path | None = None,
    keep_state: bool = False,
    best_file: str | Path | None = None,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
    progress: bool | None = None,
) -> History:
    """Train ``model`` in place and return what happened.

    Args:
        model: a network that takes pixel values 0-255 and returns probabilities. A whitened stem, if it has one,
            is set from the training images first, unless ``layer_rates`` say that the network was trained before.
        train: images uint8 ``(n, size, size, 3)`` and labels int ``(n,)``; a plain pair will do.
        recipe: how to train.
        validation: images that only *decide* (early stopping, plateau, best epoch) and are never trained on. Never
            give the test set here: what decides is no longer a test.
        seed: of order, augmentation and dropout, 0 to 2**32 - 1. The initial weights have their own seed in
            ``build_model``.
        targets: what to learn instead of the labels: float32 ``(n, classes)``, rows that sum to 1. A teacher's
            probabilities make this distillation (Hinton, Vinyals and Dean, 2015).
        layer_rates: for a pretrained network: factor of the learning rate for each layer by name, 0 for a frozen
            one, 1 for those not named. See :func:`cifar_teach.train.rates_by_block`.
        split_at: name of a layer up to which everything is frozen. Its activations are computed once, for
            ``recipe.stored_variants`` augmented variants of each image, and training starts from them.
        resume_file: when given, the state of the run is saved here after every epoch, a run that finds its own
            state goes on from it, and the file is deleted at the end.
        keep_state: leave the finished state in ``resume_file``, so that nothing is lost when what comes after the
            training fails: the same call then returns at once with the trained weights. Delete the file afterwards.
        best_file: when given, a name that ends in ``.weights.h5``. Keras's ModelCheckpoint writes the weights there
            whenever the validation loss is the lowest so far; ``model.load_weights`` reads them.
        callbacks: further Keras callbacks. Their ``on_epoch_end`` sees the logs of the epoch.
        progress: show a progress bar on stderr; None means only when stderr is a terminal.

    Returns:
        The :class:`History`, one row per epoch.

    Raises:
        DataError: images or labels that cannot be used, or that do not fit the model.
        ModelError: the model is no classifier of colour images.
        TrainingError: something decides by the validation loss and there are no validation images, the loss became
            infinite, ``resume_file`` belongs to another run, ``best_file`` has another ending or comes together with
            ``split_at``, ``targets`` are no probabilities, ``layer_rates`` name an unknown layer or leave nothing to
            train, the network cannot be cut at ``split_at``, or a layer before the cut is not frozen (give it a rate
            of 0 in ``layer_rates``).
        CifarTeachError: the seed is out of range.
    """
    check_seed(seed)
    check_classifier(model)
    train = _checked(train, model)
    validation = None if validation is None else _checked(validation, model)
    _check_decisions(recipe, validation, best_file, split_at)
    classes = model.output_shape[-1]
    if targets is None:
        targets = one_hot(train.labels, classes)
    targets = _checked_targets(targets, len(train.images), classes)
    run = _fingerprint(model, train, validation, recipe, seed, targets, layer_rates, split_at)
    resume_path = Path(resume_file) if resume_file else None
    state = (load_state(resume_path, run) if resume_path else None) or TrainingState()
    started, cpu_started = time.perf_counter() - state.seconds, time.process_time() - state.cpu_seconds

    def clock() -> tuple[float, float]:
        return time.perf_counter() - started, time.process_time() - cpu_started

    if not state.rows and layer_rates is None:
        fit_whitening(model, train.images)
    precision = resolve_precision(recipe.precision)
    history = History(state.rows, precision=precision)
    with ExitStack() as stack:
        stack.enter_context(layer_rates_applied(model, layer_rates, freeze_batchnorm=recipe.freeze_batchnorm))
        history.groups = [{"first_epoch": 1, **row} for row in describe_groups(model, layer_rates)]
        trained, stored, judge = model, None, None if validation is None else validation.images
        if split_at is not None:
            split = stack.enter_context(SplitNetwork(model, split_at))
            trained = split.tail
            if not _finished(state, recipe):
                variants = split.variants(
                    train.images, recipe.augmentation, recipe.stored_variants, seed=seed, progress=progress
                )
                stored = draw_variants(variants)
                judge = None if judge is None else split.activations(judge, progress=progress)
            history.preparation_seconds = time.perf_counter() - started - state.seconds
        worker = training_copy(trained, precision)
        batches = make_batches(train.images, targets, recipe, seed=seed, first_epoch=len(state.rows), stored=stored)
        _compile(worker, recipe, total_steps=recipe.epochs * len(batches), layer_rates=layer_rates)
        average = weight_average(recipe.average_decay, int(recipe.average_from * recipe.epochs * len(batches)))
        _restore(worker, average, state)

        watchers = [average] if recipe.average_decay else []
        deciding = deciding_callbacks(recipe, state, best_file)
        if not _finished(state, recipe):
            with progress_bar(model.name, recipe, state, progress) as bar:
                recording = recorder(state, recipe, average, clock, resume_path, run, bar)
                worker.fit(
                    batches,
                    epochs=recipe.epochs,
                    initial_epoch=len(state.rows),
                    validation_data=None
                    if judge is None
                    else (judge.astype("float32"), one_hot(validation.labels, classes)),
                    validation_batch_size=500,
                    callbacks=[dropout_reseeder(seed), *watchers, *deciding, recording, *callbacks],
                    verbose=0,
                    shuffle=False,
                )
    history.stopped_early = len(state.rows) < recipe.epochs
    weights = worker.get_weights()
    if recipe.average_decay and average.average is not None:
        weights = average.average
    if state.best and (recipe.keep_best or recipe.early_stopping):
        weights, history.best_epoch = state.best, state.best_epoch
    trained.set_weights(weights)
    history.seconds, history.cpu_seconds = clock()
    if resume_path and not keep_state:
        resume_path.unlink(missing_ok=True)
    return history


def _fingerprint(
    model: keras.Model,
    train: LabelledImages,
    validation: LabelledImages | None,
    recipe: Recipe,
    seed: int,
    targets: np.ndarray,
    layer_rates: Mapping[str, float] | None,
    split_at: str | None,
) -> str:
    """Return what tells this run from every other one, so that a saved state is never continued by another."""
    decisive = validation if validation is not None and recipe.needs_validation else ()
    # A fresh network is known by its layers; one that was trained before is known by its weights as well.
    start: tuple[Any, ...] = ()
    names = [layer.name for layer in model.layers]  # their order counts, because Keras numbers unnamed layers anew
    if layer_rates is not None:
        start = ([float(layer_rates.get(name, 1.0)) for name in names], *model.get_weights())
    cut = names.index(split_at) if split_at in names else split_at
    return fingerprint(recipe.to_dict(), int(seed), _construction(model), *train, targets, cut, *decisive, *start)


def _construction(model: keras.Model) -> list[Any]:
    """Return what a network is made of, without the names that Keras numbers anew each time it is built."""

    def plain(value: Any) -> bool:
        if isinstance(value, list | tuple):
            return all(map(plain, value))
        return value is None or isinstance(value, str | int | float)

    def settings(layer: keras.layers.Layer) -> dict[str, Any]:
        given = layer.get_config().items()
        return {key: value for key, value in given if key not in ("name", "trainable") and plain(value)}

    return [
        [type(layer).__name__, settings(layer), [list(weight.shape) for weight in layer.weights]]
        for layer in all_layers(model)
    ]


def _checked_targets(targets: np.ndarray, images: int, classes: int) -> np.ndarray:
    targets = np.asarray(targets, "float32")
    if targets.shape != (images, classes):
        raise TrainingError(
            f"The targets have shape {targets.shape}; expected is one row for each of the {images} training images "
            f"and one column for each of the {classes} classes."
        )
    if not (targets >= 0).all() or not np.allclose(targets.sum(axis=1), 1, atol=1e-3):
        raise TrainingError("The targets must be probabilities: none below 0, and every row must sum to 1.")
    return targets


def _checked(part: LabelledImages | tuple[np.ndarray, np.ndarray], model: keras.Model) -> LabelledImages:
    try:
        part = LabelledImages(*part)
    except TypeError as problem:
        raise DataError("Training and validation images must come as a pair (images, labels).") from problem
    check_images(part.images, size=model.input_shape[1])
    check_labels(part.labels, len(part.images), model.output_shape[-1])
    return part


def _check_decisions(
    recipe: Recipe, validation: LabelledImages | None, best_file: str | Path | None, split_at: str | None
) -> None:
    if best_file is not None and split_at is not None:
        raise TrainingError(
            "best_file would hold the weights behind the split only, which nothing could load. Use keep_best=True in "
            "the recipe to go back to the best epoch, or leave out split_at."
        )
    if best_file is not None and not str(best_file).endswith(CHECKPOINT_SUFFIX):
        raise TrainingError(f"best_file='{best_file}' must end in {CHECKPOINT_SUFFIX}: Keras chooses the format by it.")
    if validation is None and (recipe.needs_validation or best_file is not None):
        raise TrainingError(
            "Something decides by the validation loss (early_stopping, reduce_on_plateau, keep_best or best_file), but "
            "there are no validation images. Split some off with cifar_teach.preprocess.stratified_split."
        )


def _finished(state: TrainingState, recipe: Recipe) -> bool:
    """Whether the saved run had come to its end: all epochs, or early stopping."""
    waited = state.callbacks.get("EarlyStopping", {}).get("wait", 0)
    return len(state.rows) >= recipe.epochs or bool(recipe.early_stopping and waited >= recipe.early_stopping)


def _compile(model: keras.Model, recipe: Recipe, *, total_steps: int, layer_rates: Mapping[str, float] | None) -> None:
    import keras

    model.compile(
        optimizer=make_optimizer(model, recipe, total_steps=total_steps, layer_rates=layer_rates),
        # One-hot targets, because Keras's sparse loss has no label smoothing.
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,  # measured: XLA makes every network of the course slower on a CPU
    )


def _restore(model: keras.Model, average: keras.callbacks.Callback, state: TrainingState) -> None:
    if not state.rows:
        return
    model.set_weights(state.weights)
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, state.optimizer, strict=True):
        variable.assign(value)
    average.step = state.steps
    average.average = list(state.average) or None
