"""Fine-tuning starts from the fitted head, moves what it should, and can be interrupted between and within stages."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.backbones import BACKBONES, build_transfer_model, get_backbone, split_points
from cifar_teach.backbones.features import extract
from cifar_teach.backbones.graph import clean_layers
from cifar_teach.data import LabelledImages
from cifar_teach.exceptions import ModelError, TrainingError
from cifar_teach.models import build_model, predict, save_model
from cifar_teach.train import Recipe, Stage, attach, fine_tune, fit_linear_head, get_stages, rates_by_block
from cifar_teach.train.finetuning import ALL, FINETUNING_SIZES, STAGES, finetuning_size

TRAIN = LabelledImages(*synthetic.draw(120, seed=1))
VALIDATION = LabelledImages(*synthetic.draw(60, seed=2))
RECIPE = Recipe(epochs=1, batch_size=40, learning_rate=1e-3, freeze_batchnorm=True, stored_variants=2)
LAST_BLOCK, WHOLE = Stage("block2", RECIPE, stored=True), Stage(ALL, RECIPE)


@pytest.fixture
def with_head():
    """Return ``tinynet`` with its pretrained weights and a head that fits the training images."""
    model = build_transfer_model("tinynet", seed=0)
    features = extract(model, TRAIN.images, folder=False)
    attach(model, fit_linear_head(features, TRAIN.labels, num_classes=10, penalties=(0.01,)))
    return model


def convolutions(model) -> dict[str, np.ndarray]:
    return {layer.name: layer.get_weights()[0] for layer in model.layers if layer.name.endswith("_conv")}


def moved(before, model) -> set[str]:
    return {name for name, kernel in convolutions(model).items() if not np.array_equal(kernel, before[name])}


def test_rates_fall_from_the_head_to_the_input():
    model = build_transfer_model("tinynet", weights=None)
    rates = rates_by_block(model, "block1", rate_decay=0.5)
    assert rates["head"] == 1.0
    assert rates["block3_widen_conv"] == 0.5
    assert rates["block2_widen_conv"] == 0.25
    assert rates["block1_widen_conv"] == rates["stem_conv"] == 0.0
    assert set(rates) == {layer.name for layer in model.layers}


def test_only_what_lies_behind_the_split_point_moves(with_head):
    before = convolutions(with_head)
    fine_tune(with_head, TRAIN, [LAST_BLOCK])
    assert moved(before, with_head) == {name for name in before if name.startswith("block3")}


def test_stages_unfreeze_more_and_the_history_says_when(with_head, tmp_path):
    before = convolutions(with_head)
    history = fine_tune(with_head, TRAIN, [LAST_BLOCK, WHOLE], validation=VALIDATION)
    assert moved(before, with_head) == set(before)
    assert history.column("epoch") == [1, 2]
    frozen = {group["first_epoch"]: group["parameters"] for group in history.groups if group["rate_factor"] == 0}
    assert frozen[1] > frozen[2]
    assert history.seconds > sum(history.column("seconds"))


def test_it_begins_where_the_head_left_off(with_head):
    before = predict(with_head, TRAIN.images)
    fine_tune(with_head, TRAIN, [Stage("block2", RECIPE.with_changes(learning_rate=1e-9), stored=True)])
    np.testing.assert_allclose(predict(with_head, TRAIN.images), before, atol=1e-3)


def test_an_interruption_in_the_second_stage_repeats_nothing(with_head, tmp_path, monkeypatch):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None) -> None:
            if "stem_conv" in {layer.name for layer in self.model.layers}:  # the second stage, in which all learns
                raise KeyboardInterrupt

    stages = [LAST_BLOCK, Stage(ALL, RECIPE.with_changes(epochs=2))]
    start = with_head.get_weights()
    fine_tune(with_head, TRAIN, stages, seed=3)
    expected = with_head.get_weights()

    with_head.set_weights(start)
    file = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        fine_tune(with_head, TRAIN, stages, seed=3, resume_file=file, callbacks=(Interrupt(),))
    with_head.set_weights(start)
    with monkeypatch.context() as watched:
        watched.setattr("cifar_teach.train.split.SplitNetwork.variants", lambda *_, **__: pytest.fail("ran stage 1"))
        history = fine_tune(with_head, TRAIN, stages, seed=3, resume_file=file)
    assert history.column("epoch") == [1, 2, 3]
    for a, b in zip(expected, with_head.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_has_stages_that_leave_something_to_learn(name):
    points = split_points(name)
    for stage in get_stages(name):
        if stage.stored:
            model = build_transfer_model(name, weights=None, size=None if name == "tinynet" else 64)
            assert stage.after in {layer.name for layer in clean_layers(model)}
        assert stage.after in (*points[:-1], ALL)
        assert stage.recipe.freeze_batchnorm or stage.recipe.batch_size >= 128  # small batches spoil the statistics


def test_the_stages_of_the_course_are_those_of_known_backbones():
    assert set(STAGES) | set(FINETUNING_SIZES) <= set(BACKBONES)


def test_a_backbone_is_fine_tuned_at_its_own_size_unless_that_costs_too_much():
    assert finetuning_size("mobilenet") == 96 < get_backbone("mobilenet").size
    assert finetuning_size("mobilenet_v2") == get_backbone("mobilenet_v2").size
    assert finetuning_size("tinynet") is None
    with pytest.raises(ModelError, match="mobilenet"):
        finetuning_size("mobilnet")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: fine_tune(model, TRAIN, []), "at least one Stage"),
        (lambda model: rates_by_block(model, "blok2"), "Did you mean 'block2'"),
        (lambda model: Stage("block2", RECIPE, rate_decay=0), "above 0 and at most 1"),
        (lambda model: Stage(ALL, RECIPE, stored=True), "nothing can be stored"),
    ],
)
def test_impossible_stages_are_refused(call, message):
    with pytest.raises(TrainingError, match=message):
        call(build_transfer_model("tinynet", weights=None))


def test_blocks_that_are_read_beside_the_last_one_can_be_trained_from_stored_activations():
    model = build_transfer_model("mobilenet", weights=None, size=32)
    kernels = [f"conv_{kind}_{number}" for kind in ("dw", "pw") for number in range(1, 13)]
    before = {name: model.get_layer(name).get_weights()[0] for name in kernels}
    after = "conv_pw_6_relu"
    moving = RECIPE.with_changes(freeze_batchnorm=False)  # fresh weights let nothing through with stored statistics
    fine_tune(model, TRAIN, [Stage(after, moving, stored=True)])
    still = {name for name in kernels if np.array_equal(before[name], model.get_layer(name).get_weights()[0])}
    assert still == {f"conv_{kind}_{number}" for kind in ("dw", "pw") for number in range(1, 7)}


def test_a_file_with_such_features_or_with_few_blocks_gets_stages_that_work(tmp_path):
    path = save_model(build_transfer_model("mobilenet", weights=None, size=32), tmp_path / "mine.keras")
    assert get_backbone(path).also and not get_stages(path)[0].stored
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, name="only")(inputs)
    small = keras.Model(inputs, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x)))
    assert [stage.after for stage in get_stages(save_model(small, tmp_path / "small.keras"))] == [ALL]


def test_a_file_named_like_a_backbone_can_be_fine_tuned(tmp_path):
    path = save_model(build_model("tinynet"), tmp_path / "tinynet.keras")
    model = build_transfer_model(path)
    stages = [Stage(stage.after, RECIPE, stored=stage.stored) for stage in get_stages(path)]
    before = convolutions(model)
    fine_tune(model, TRAIN, stages)
    assert moved(before, model)
