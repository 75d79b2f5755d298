"""What is frozen stays as it is, and what is trained moves at its own rate."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.data import LabelledImages
from cifar_teach.exceptions import TrainingError
from cifar_teach.models import build_model
from cifar_teach.train import OPTIMIZERS, Recipe, fit
from cifar_teach.train.groups import describe_groups

TRAIN = LabelledImages(*synthetic.draw(64, seed=1))
ONE_STEP = Recipe(epochs=1, batch_size=64)
EARLY = ("stem_conv", "stem_bn", "block1_widen_conv", "block1_widen_bn", "block1_residual1_conv", "block1_residual1_bn")


def weights_of(model: keras.Model) -> dict[str, list[np.ndarray]]:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def moved(before: dict[str, list[np.ndarray]], after: dict[str, list[np.ndarray]]) -> set[str]:
    return {
        name
        for name, arrays in before.items()
        if any(not np.array_equal(a, b) for a, b in zip(arrays, after[name], strict=True))
    }


def test_frozen_layers_do_not_move_and_neither_do_their_statistics():
    model = build_model("tinynet", seed=0)
    before = weights_of(model)
    fit(model, TRAIN, ONE_STEP.with_changes(epochs=2), layer_rates=dict.fromkeys(EARLY, 0.0))
    assert moved(before, weights_of(model)) == set(before) - set(EARLY)


def test_batch_normalisation_in_inference_mode_keeps_everything_while_the_convolutions_learn():
    model = build_model("tinynet", seed=0)
    before = weights_of(model)
    fit(model, TRAIN, ONE_STEP.with_changes(freeze_batchnorm=True), layer_rates={})
    assert moved(before, weights_of(model)) == {name for name in before if not name.endswith("_bn")}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_layer_steps_at_its_own_rate(optimizer):
    recipe = ONE_STEP.with_changes(optimizer=optimizer, learning_rate=1e-3, weight_decay=0.1)

    def step(factor: float) -> dict[str, np.ndarray]:
        model = build_model("tinynet", seed=0)
        start = weights_of(model)
        fit(model, TRAIN, recipe, layer_rates={"block3_widen_conv": factor})
        return {name: arrays[0] - start[name][0] for name, arrays in weights_of(model).items()}

    whole, half = step(1.0), step(0.5)
    np.testing.assert_allclose(half["block3_widen_conv"], whole["block3_widen_conv"] / 2, rtol=2e-2, atol=2e-7)
    np.testing.assert_allclose(half["head"], whole["head"], rtol=2e-2, atol=2e-7)
    assert np.abs(whole["block3_widen_conv"]).max() > 1e-5


def test_equal_factors_give_the_plain_optimizer():
    def trained(**options) -> list[np.ndarray]:
        model = build_model("tinynet", seed=0)
        fit(model, TRAIN, ONE_STEP.with_changes(optimizer="adamw", weight_decay=0.05), **options)
        return model.get_weights()

    for a, b in zip(trained(), trained(layer_rates={}), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_history_says_what_learned_at_which_rate():
    model = build_model("tinynet", seed=0)
    rates = {**dict.fromkeys(EARLY, 0.0), "block2_widen_conv": 0.25}
    history = fit(model, TRAIN, ONE_STEP, layer_rates=rates)
    groups = {group["rate_factor"]: group for group in history.groups}
    assert set(groups) == {0.0, 0.25, 1.0}
    assert set(groups[0.0]["layers"]) == set(EARLY)
    assert groups[0.25]["layers"] == ["block2_widen_conv"]
    assert groups[0.25]["parameters"] == model.get_layer("block2_widen_conv").count_params()
    assert all(group["first_epoch"] == 1 for group in history.groups)
    assert sum(group["parameters"] for group in describe_groups(model, rates)) == model.count_params()


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({"block2_widen_con": 0.0}, "Did you mean 'block2_widen_conv'"),
        ({"head": -1.0}, "must be a number, 0 or more"),
        ({"head": float("nan")}, "must be a number, 0 or more"),
    ],
)
def test_impossible_rates_are_refused(rates, message):
    with pytest.raises(TrainingError, match=message):
        fit(build_model("tinynet"), TRAIN, ONE_STEP, layer_rates=rates)


def test_nothing_left_to_train_is_refused():
    model = build_model("tinynet")
    with pytest.raises(TrainingError, match="nothing to train"):
        fit(model, TRAIN, ONE_STEP, layer_rates=dict.fromkeys([layer.name for layer in model.layers], 0.0))


def test_soft_targets_are_learned_instead_of_the_labels():
    targets = np.full((64, 10), 0.02, "float32")
    targets[:, 3] = 0.82  # whatever the label says
    model = build_model("baseline", seed=0)
    history = fit(model, TRAIN, Recipe(epochs=12, batch_size=16), targets=targets)
    assert history.column("loss")[-1] < history.column("loss")[0]
    assert (model.predict_on_batch(TRAIN.images.astype("float32")).argmax(axis=1) == 3).mean() > 0.9


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.full((63, 10), 0.1), "one row for each of the 64"),
        (np.full((64, 10), 0.2), "every row must sum to 1"),
        (np.full((64, 10), np.nan), "must be probabilities"),
    ],
)
def test_targets_that_are_no_probabilities_are_refused(targets, message):
    with pytest.raises(TrainingError, match=message):
        fit(build_model("baseline"), TRAIN, ONE_STEP, targets=targets)


def test_what_was_frozen_for_one_training_is_not_frozen_for_the_next():
    model = build_model("tinynet", seed=0)
    fit(model, TRAIN, ONE_STEP.with_changes(freeze_batchnorm=True), layer_rates=dict.fromkeys(EARLY, 0.0))
    with pytest.raises(TrainingError):
        fit(model, TRAIN, ONE_STEP, layer_rates=dict.fromkeys([layer.name for layer in model.layers], 0.0))
    before = weights_of(model)
    fit(model, TRAIN, ONE_STEP)
    assert moved(before, weights_of(model)) == set(before)


def nested() -> keras.Model:
    """Return a network with another one inside, of which one layer is frozen, as in many tutorials."""
    inner = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, strides=4, name="frozen")(inner)
    base = keras.Model(inner, keras.layers.BatchNormalization(name="norm")(x), name="base")
    base.get_layer("frozen").trainable = False
    inputs = keras.Input((32, 32, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(base(inputs))
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(pooled))


def test_flags_inside_a_network_used_as_a_layer_are_left_as_they_were_found():
    model = nested()
    base = model.get_layer("base")
    frozen, norm = base.get_layer("frozen").get_weights(), base.get_layer("norm").get_weights()
    fit(model, TRAIN, ONE_STEP.with_changes(freeze_batchnorm=True))
    assert [base.get_layer(name).trainable for name in ("frozen", "norm")] == [False, True]
    for before, layer in ((frozen, "frozen"), (norm, "norm")):
        assert all(np.array_equal(a, b) for a, b in zip(before, base.get_layer(layer).get_weights(), strict=True))
