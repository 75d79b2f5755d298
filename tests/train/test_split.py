"""Training from stored activations is the same training, only without running the frozen beginning again."""

from __future__ import annotations

import os

import keras
import numpy as np
import pytest

from cifar_teach import config, synthetic
from cifar_teach.data import LabelledImages
from cifar_teach.exceptions import TrainingError
from cifar_teach.models import build_model, predict
from cifar_teach.preprocess import Augmentation
from cifar_teach.train import Recipe, fit
from cifar_teach.train.split import SplitNetwork, draw_variants

TRAIN = LabelledImages(*synthetic.draw(96, seed=1))
VALIDATION = LabelledImages(*synthetic.draw(40, seed=2))
PLAIN = Recipe(epochs=2, batch_size=32, learning_rate=1e-3, stored_variants=1, freeze_batchnorm=True)


def frozen_up_to(model: keras.Model, layer: str) -> dict[str, float]:
    names = [each.name for each in model.layers]
    return dict.fromkeys(names[: names.index(layer) + 1], 0.0)


def trained(split_at: str | None, recipe: Recipe = PLAIN, **options) -> keras.Model:
    model = build_model("tinynet", seed=0)
    fit(model, TRAIN, recipe, layer_rates=frozen_up_to(model, "block2"), split_at=split_at, **options)
    return model


def test_stored_activations_train_the_network_as_running_all_of_it_does():
    stored, whole = trained("block2"), trained(None)
    fresh = predict(build_model("tinynet", seed=0), VALIDATION.images)
    a, b = predict(stored, VALIDATION.images), predict(whole, VALIDATION.images)
    learned = np.abs(a - fresh).max()
    assert learned > 0.02
    assert np.abs(a - b).max() < 0.2 * learned  # not equal, because activations are stored in 16 bits


def test_validation_passes_through_the_frozen_beginning_too():
    model = build_model("tinynet", seed=0)
    rates = frozen_up_to(model, "block2")
    history = fit(model, TRAIN, PLAIN, validation=VALIDATION, layer_rates=rates, split_at="block2")
    accuracy = (predict(model, VALIDATION.images).argmax(axis=1) == VALIDATION.labels).mean()
    assert history.rows[-1]["val_accuracy"] == pytest.approx(accuracy, abs=1 / 40)
    assert history.preparation_seconds > 0


def test_every_variant_has_its_turn():
    variants = [np.full((6, 2), k, "float16") for k in range(3)]
    draw = draw_variants(variants)
    seen = np.stack([draw(np.arange(6), epoch)[:, 0] for epoch in range(3)])
    assert (np.sort(seen, axis=0) == np.arange(3)[:, None]).all()


def test_variants_differ_as_the_augmentation_says():
    model = build_model("tinynet", seed=0)
    for layer in model.layers:
        layer.trainable = False
    with SplitNetwork(model, "block1") as split:
        first, second = split.variants(TRAIN.images[:8], Augmentation(flip="alternating"), 2, seed=0)
        mirrored = split.activations(TRAIN.images[:8, :, ::-1])
        plain = split.activations(TRAIN.images[:8])
        for i in range(8):
            pair = {bytes(np.array(first[i])), bytes(np.array(second[i]))}
            assert pair == {bytes(np.array(plain[i])), bytes(np.array(mirrored[i]))}


def test_nothing_stored_is_left_behind():
    trained("block2")
    assert not list(config.cache_dir().glob("split-*"))


class StopAfterOne(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            raise KeyboardInterrupt


def test_an_interrupted_run_goes_on_from_stored_activations(tmp_path):
    recipe = PLAIN.with_changes(epochs=3, augmentation=Augmentation(flip="random"), stored_variants=2)
    expected = trained("block2", recipe).get_weights()
    file = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        trained("block2", recipe, resume_file=file, callbacks=(StopAfterOne(),))
    got = trained("block2", recipe, resume_file=file).get_weights()
    for a, b in zip(expected, got, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_finished_run_is_read_without_running_anything(tmp_path):
    file = tmp_path / "state.npz"
    expected = trained("block2", resume_file=file, keep_state=True).get_weights()
    got = trained("block2", resume_file=file, keep_state=True).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(expected, got, strict=True))


def test_other_starting_weights_are_another_run(tmp_path):
    file = tmp_path / "state.npz"
    trained("block2", resume_file=file, keep_state=True)
    other = build_model("tinynet", seed=5)
    with pytest.raises(TrainingError, match="belongs to a run with another"):
        fit(other, TRAIN, PLAIN, layer_rates=frozen_up_to(other, "block2"), split_at="block2", resume_file=file)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("block22", "Did you mean 'block2'"),
        ("block2_residual1_conv", r"leads past it.* that nothing passes by: stem, block1, block2, block3\."),
        ("block3", "lies before the split"),
    ],
)
def test_a_cut_that_is_impossible_is_refused(layer, message):
    model = build_model("tinynet")
    with pytest.raises(TrainingError, match=message):
        fit(model, TRAIN, PLAIN, layer_rates=frozen_up_to(model, "block2"), split_at=layer)


def test_a_file_of_the_best_weights_is_refused_where_it_would_hold_half_a_network(tmp_path):
    model = build_model("tinynet")
    rates = frozen_up_to(model, "block2")
    with pytest.raises(TrainingError, match="behind the split only"):
        fit(
            model, TRAIN, PLAIN,
            validation=VALIDATION, layer_rates=rates, split_at="block2", best_file=tmp_path / "best.weights.h5",
        )  # fmt: skip


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path / "file"))
    with pytest.raises(TrainingError, match="CIFAR_TEACH_CACHE"):
        trained("block2")


def test_what_a_killed_run_left_is_removed_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path))
    old, young = tmp_path / "split-old", tmp_path / "split-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "activations.npy").touch()
    os.utime(old, (0, 0))
    trained("block2")
    assert not old.exists() and young.exists()


def test_a_network_used_as_a_layer_can_be_the_frozen_beginning():
    inner = keras.Input((32, 32, 3))
    base = keras.Model(inner, keras.layers.Conv2D(4, 3, strides=4)(inner), name="base")
    inputs = keras.Input((32, 32, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(base(keras.layers.Rescaling(1 / 255)(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(pooled))
    expected = predict(model, TRAIN.images[:5])
    base.trainable = False
    with SplitNetwork(model, "base") as split:
        answers = split.tail.predict_on_batch(split.activations(TRAIN.images[:5]).astype("float32"))
    np.testing.assert_allclose(answers, expected, atol=1e-3)
