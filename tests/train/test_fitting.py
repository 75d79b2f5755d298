"""``fit`` learns, repeats itself exactly, goes on after an interruption, and refuses what cannot work."""

from __future__ import annotations

import csv
import json

import keras
import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.data import LabelledImages
from cifar_teach.exceptions import CifarTeachError, DataError, ModelError, TrainingError
from cifar_teach.models import build_model, predict
from cifar_teach.preprocess import Augmentation
from cifar_teach.train import OPTIMIZERS, Recipe, fit
from cifar_teach.train.averaging import EVERY
from cifar_teach.train.history import COLUMNS
from cifar_teach.train.precision import training_copy

TRAIN = LabelledImages(*synthetic.draw(160, seed=1))
VALIDATION = LabelledImages(*synthetic.draw(60, seed=2))
SHORT = Recipe(epochs=3, batch_size=32, augmentation=Augmentation(flip="alternating", crop=2))


class InterruptAfter(keras.callbacks.Callback):
    """Press Ctrl-C at the end of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None) -> None:
        if epoch + 1 == self.epoch:
            raise KeyboardInterrupt


def weights_after(recipe: Recipe, name: str = "baseline", seed: int = 0, **options) -> list[np.ndarray]:
    model = build_model(name, seed=0)
    fit(model, TRAIN, recipe, seed=seed, **options)
    return model.get_weights()


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_sixteen_images_are_learned_by_heart():
    few = LabelledImages(TRAIN.images[:16], TRAIN.labels[:16])
    model = build_model("baseline", seed=0)
    fit(model, few, Recipe(epochs=120, batch_size=16))
    assert (predict(model, few.images).argmax(axis=1) == few.labels).mean() == 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss(optimizer):
    rate = 0.02 if optimizer == "sgd" else 1e-3
    recipe = Recipe(epochs=5, batch_size=32, optimizer=optimizer, learning_rate=rate)
    history = fit(build_model("bn-small"), TRAIN, recipe)
    losses = history.column("loss")
    assert losses[-1] < losses[0] - 0.1


def test_history_has_one_complete_row_per_epoch(tmp_path):
    history = fit(build_model("baseline"), TRAIN, SHORT, validation=VALIDATION)
    assert history.column("epoch") == [1, 2, 3]
    assert all(tuple(row) == COLUMNS and None not in row.values() for row in history.rows)
    assert history.seconds >= sum(history.column("seconds"))
    with history.to_csv(tmp_path / "history.csv").open() as file:
        read = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in read] == history.column("loss")


def test_same_seed_same_weights_and_other_seed_other_weights():
    assert same(weights_after(SHORT, seed=1), weights_after(SHORT, seed=1))
    assert not same(weights_after(SHORT, seed=1), weights_after(SHORT, seed=2))


RESUMED = {
    "dropout and Adam": ("baseline", SHORT.with_changes(epochs=4)),
    "everything in fastnet": (
        "fastnet",
        SHORT.with_changes(
            epochs=4, optimizer="sgd", learning_rate=0.05, schedule="triangular", average_decay=0.9, average_from=0.3
        ),
    ),
    "decisions by validation": (
        "bn-small",
        SHORT.with_changes(epochs=4, early_stopping=3, reduce_on_plateau=1, keep_best=True),
    ),
}


@pytest.mark.parametrize(("name", "recipe"), RESUMED.values(), ids=RESUMED)
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(name, recipe, tmp_path):
    state = tmp_path / "state.npz"
    straight = weights_after(recipe, name, validation=VALIDATION)
    with pytest.raises(KeyboardInterrupt):
        weights_after(recipe, name, validation=VALIDATION, resume_file=state, callbacks=(InterruptAfter(2),))
    assert state.exists()
    model = build_model(name, seed=99)  # its own weights do not matter: the state brings them
    history = fit(model, TRAIN, recipe, validation=VALIDATION, resume_file=state)
    assert history.column("epoch") == [1, 2, 3, 4]
    assert same(straight, model.get_weights())
    assert not state.exists()


class NeverTrain(keras.callbacks.Callback):
    """Fail when there is anything left to train."""

    def on_train_begin(self, logs=None) -> None:
        raise AssertionError("trained again")


KEPT = {
    "all epochs": SHORT.with_changes(epochs=2, average_decay=0.9),
    "stopped early": Recipe(epochs=60, batch_size=32, learning_rate=0.01, early_stopping=1),
}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", KEPT.values(), ids=KEPT)
def test_a_kept_state_brings_the_finished_weights_back_without_training(recipe, tmp_path):
    state = tmp_path / "state.npz"
    first, again = build_model("baseline", seed=0), build_model("baseline", seed=9)
    trained = fit(first, TRAIN, recipe, validation=VALIDATION, resume_file=state, keep_state=True)
    read = fit(
        again, TRAIN, recipe, validation=VALIDATION, resume_file=state, keep_state=True, callbacks=(NeverTrain(),)
    )
    assert same(first.get_weights(), again.get_weights())
    assert (read.rows, read.best_epoch, read.stopped_early) == (
        trained.rows,
        trained.best_epoch,
        trained.stopped_early,
    )
    assert trained.stopped_early == bool(recipe.early_stopping)
    assert state.exists()


def test_the_images_that_decide_belong_to_the_run(tmp_path):
    recipe, state = SHORT.with_changes(epochs=2, keep_best=True), tmp_path / "state.npz"
    weights_after(recipe, validation=VALIDATION, resume_file=state, keep_state=True)
    with pytest.raises(TrainingError, match="another network, recipe, seed or data"):
        weights_after(recipe, validation=TRAIN, resume_file=state)


class SpoilAfter(keras.callbacks.Callback):
    """Blow the weights up at the beginning of every later epoch, so that none of them is the best."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None) -> None:
        if epoch >= self.epoch:
            self.model.set_weights([10 * weight for weight in self.model.get_weights()])


def validation_loss(model: keras.Model) -> float:
    rows = np.arange(len(VALIDATION.labels))
    return float(-np.log(predict(model, VALIDATION.images)[rows, VALIDATION.labels]).mean())


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_best_weights_stay_on_disk(interrupted, tmp_path):
    best = tmp_path / "best.weights.h5"
    options = {"validation": VALIDATION, "resume_file": tmp_path / "state.npz", "best_file": best}
    if interrupted:
        with pytest.raises(KeyboardInterrupt):
            weights_after(SHORT, **options, callbacks=(InterruptAfter(1),))
        assert best.exists()
    model = build_model("baseline", seed=0)
    losses = fit(model, TRAIN, SHORT, **options, callbacks=(SpoilAfter(1),)).column("val_loss")
    assert int(np.argmin(losses)) == 0
    model.load_weights(best)
    assert validation_loss(model) == pytest.approx(losses[0], rel=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"best_file": "best.h5", "validation": VALIDATION}, "must end in .weights.h5"),
        ({"best_file": "b.weights.h5"}, "stratified_split"),
    ],
)
def test_a_best_file_needs_its_ending_and_validation_images(options, words):
    with pytest.raises(TrainingError, match=words):
        fit(build_model("baseline"), TRAIN, SHORT, **options)


def test_ctrl_c_leaves_no_progress_bar_behind(capsys):
    with pytest.raises(KeyboardInterrupt):
        weights_after(SHORT, progress=True, callbacks=(InterruptAfter(1),))
    shown = capsys.readouterr().err
    assert "1/3" in shown
    assert shown.endswith("\r") and not shown.split("\r")[-2].strip()


def test_the_state_of_another_run_is_refused(tmp_path):
    state = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        weights_after(SHORT, resume_file=state, callbacks=(InterruptAfter(1),))
    with pytest.raises(TrainingError, match="another network, recipe, seed or data"):
        weights_after(SHORT, seed=5, resume_file=state)
    assert state.exists()


def test_a_damaged_state_says_so(tmp_path):
    (tmp_path / "state.npz").write_bytes(b"PK half a file")
    with pytest.raises(TrainingError, match="damaged"):
        weights_after(SHORT, resume_file=tmp_path / "state.npz")


@pytest.mark.slow
def test_early_stopping_goes_back_to_the_best_epoch():
    # Labels that have nothing to do with the images: validation can only get worse once the noise is learned.
    shuffled = LabelledImages(TRAIN.images, np.random.default_rng(0).permutation(TRAIN.labels))
    model = build_model("bn-small", seed=0)
    history = fit(model, shuffled, Recipe(epochs=40, early_stopping=3), validation=VALIDATION)
    losses = history.column("val_loss")
    assert history.stopped_early and len(losses) < 40
    assert history.best_epoch == int(np.argmin(losses)) + 1 == len(losses) - 3
    assert validation_loss(model) == pytest.approx(min(losses), rel=1e-3)


@pytest.mark.slow
def test_plateau_halves_the_rate():
    shuffled = LabelledImages(TRAIN.images, np.random.default_rng(0).permutation(TRAIN.labels))
    history = fit(build_model("bn-small"), shuffled, Recipe(epochs=10, reduce_on_plateau=1), validation=VALIDATION)
    rate, best, expected = 1e-3, np.inf, []
    for loss in history.column("val_loss"):
        expected.append(rate)  # what this epoch trained with; its loss decides about the next one
        if loss < best - 1e-4:  # Keras's min_delta
            best = loss
        else:
            rate /= 2
    assert history.column("learning_rate") == pytest.approx(expected)
    assert expected[-1] <= expected[0] / 2


@pytest.mark.parametrize(("average_from", "start"), [(0.0, 1), (0.33, 13), (0.99, 39)])
def test_average_of_weights_is_what_the_model_ends_with(average_from, start):
    # 40 steps; with a start at step 39 there is no multiple of five left, and the average is that one snapshot
    recipe = SHORT.with_changes(epochs=4, batch_size=16, average_decay=0.9, average_from=average_from)
    seen: list[list[np.ndarray]] = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None) -> None:
            seen.append(self.model.get_weights())

    model = build_model("baseline")
    fit(model, TRAIN, recipe, callbacks=(Watch(),))
    assert len(seen) == 40
    first, *others = seen[start - 1 :: EVERY]
    expected, keep = first, 0.9**EVERY
    for weights in others:
        expected = [keep * old + (1 - keep) * new for old, new in zip(expected, weights, strict=True)]
    for got, wanted in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_bfloat16_copy_keeps_weights_and_softmax_in_float32():
    model = build_model("fastnet", seed=3)
    copy = training_copy(model, "bfloat16")
    assert same(model.get_weights(), copy.get_weights())
    assert copy.layers[2].compute_dtype == "bfloat16"
    assert copy.layers[-1].compute_dtype == "float32"
    assert all(weight.dtype == "float32" for weight in copy.trainable_weights)
    np.testing.assert_allclose(predict(copy, TRAIN.images[:8]), predict(model, TRAIN.images[:8]), atol=0.02)


@pytest.mark.slow
def test_bfloat16_training_learns_like_float32():
    results = {}
    for precision in ("float32", "bfloat16"):
        model = build_model("baseline", seed=0)
        history = fit(model, TRAIN, Recipe(epochs=5, precision=precision))
        results[precision] = history.column("loss")[-1]
        assert history.precision == precision
        assert model.layers[1].compute_dtype == "float32"
    assert results["bfloat16"] == pytest.approx(results["float32"], rel=0.15)


def test_decisions_need_validation_images():
    with pytest.raises(TrainingError, match="stratified_split"):
        fit(build_model("baseline"), TRAIN, Recipe(keep_best=True))


@pytest.mark.parametrize("part", ["train", "validation"])
def test_images_of_another_size_than_the_network_takes(part):
    large = LabelledImages(np.zeros((8, 48, 48, 3), np.uint8), np.zeros(8, np.int64))
    with pytest.raises(DataError, match=r"shape \(n, 32, 32, 3\), not \(8, 48, 48, 3\)"):
        fit(build_model("fastnet"), **{"train": TRAIN, "validation": VALIDATION, "recipe": SHORT, part: large})


def test_a_plain_pair_will_do_and_something_else_is_refused():
    history = fit(build_model("baseline"), tuple(TRAIN), SHORT.with_changes(epochs=1), validation=tuple(VALIDATION))
    assert len(history.rows) == 1
    with pytest.raises(DataError, match="as a pair"):
        fit(build_model("baseline"), TRAIN.images, SHORT)


def test_a_network_with_two_outputs_is_refused():
    inputs = keras.Input((32, 32, 3))
    flat = keras.layers.Flatten()(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(10)(flat), keras.layers.Dense(10)(flat)])
    with pytest.raises(ModelError, match="returns 2 arrays"):
        fit(model, TRAIN, SHORT)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_impossible_seeds_are_refused(seed):
    with pytest.raises(CifarTeachError, match="choose a whole number from 0"):
        fit(build_model("baseline"), TRAIN, SHORT, seed=seed)


def test_labels_out_of_range():
    with pytest.raises(DataError, match="out of range"):
        fit(build_model("baseline", num_classes=5), TRAIN, SHORT)


def test_float_images_are_refused():
    with pytest.raises(DataError, match="uint8"):
        fit(build_model("baseline"), LabelledImages(TRAIN.images / 255, TRAIN.labels), SHORT)


def test_an_exploding_loss_says_what_to_change():
    with pytest.raises(TrainingError, match="Divide learning_rate"):
        fit(build_model("baseline"), TRAIN, Recipe(epochs=5, optimizer="sgd", learning_rate=1e12))


def test_a_bare_operation_between_the_layers_survives_the_copy_in_16_bits():
    pixels = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.ops.flip(pixels, axis=-1))
    model = keras.Model(pixels, keras.layers.Dense(10, activation="softmax")(x))
    copy = training_copy(model, "bfloat16")
    images = TRAIN.images[:4].astype("float32") / 255
    np.testing.assert_allclose(copy.predict_on_batch(images), model.predict_on_batch(images), atol=0.02)


def normalising(activation: str = "relu") -> keras.Model:
    """Return a small network with a Normalization layer that knows the images, as an own network may have."""
    keras.utils.set_random_seed(3)
    adapted = keras.layers.Normalization()
    adapted.adapt(TRAIN.images.astype("float32"))
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            adapted,
            keras.layers.Conv2D(4, 3, strides=4, activation=activation),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def test_the_copy_in_16_bits_normalises_as_the_network_does():
    model, images = normalising(), TRAIN.images[:8].astype("float32")
    np.testing.assert_allclose(
        training_copy(model, "bfloat16").predict_on_batch(images), model.predict_on_batch(images), atol=0.05
    )


def test_the_average_of_weights_copes_with_a_counter_among_them():
    model = normalising()
    fit(model, TRAIN, Recipe(epochs=6, batch_size=32, average_decay=0.9, average_from=0.2))
    fresh = normalising()
    for name in ("mean", "variance", "count"):
        np.testing.assert_array_equal(getattr(model.layers[0], name), getattr(fresh.layers[0], name))


def test_a_network_that_is_built_again_is_the_same_run_and_another_one_is_not(tmp_path):
    # As in a notebook: the cell that builds is run again, and Keras counts "sequential_1" instead of "sequential".
    file = tmp_path / "state.npz"
    recipe = SHORT.with_changes(epochs=2)
    first = normalising()
    with pytest.raises(KeyboardInterrupt):
        fit(first, TRAIN, recipe, resume_file=file, callbacks=(InterruptAfter(1),))
    again = normalising()
    assert again.name != first.name
    with pytest.raises(TrainingError, match="another network"):
        fit(normalising("tanh"), TRAIN, recipe, resume_file=file)
    assert fit(again, TRAIN, recipe, resume_file=file).column("epoch") == [1, 2]


def test_time_before_an_interruption_counts(tmp_path):
    file = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        fit(build_model("baseline"), TRAIN, SHORT, resume_file=file, callbacks=(InterruptAfter(2),))
    with np.load(file) as state:
        before = json.loads(str(state["plain"]))
    history = fit(build_model("baseline"), TRAIN, SHORT, resume_file=file)
    assert history.seconds > before["seconds"] > 0
    assert history.cpu_seconds > before["cpu_seconds"] > 0
