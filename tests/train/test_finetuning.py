"""Fine-tuning starts from the fitted head, moves what it should, and can be interrupted between and within stages."""

from __future__ import annotations

import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.backbones import BACKBONES, build_transfer_model, split_points
from cifar_teach.backbones.features import extract
from cifar_teach.data import LabelledImages
from cifar_teach.exceptions import TrainingError
from cifar_teach.models import predict
from cifar_teach.train import Recipe, Stage, attach, fine_tune, fit_linear_head, get_stages, rates_by_block
from cifar_teach.train.finetuning import ALL, STAGES

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
    start = with_head.get_weights()
    fine_tune(with_head, TRAIN, [LAST_BLOCK, WHOLE], seed=3)
    expected = with_head.get_weights()

    with_head.set_weights(start)
    file = tmp_path / "state.npz"
    fine_tune(with_head, TRAIN, [LAST_BLOCK], seed=3, resume_file=file, keep_state=True)
    with_head.set_weights(start)
    with monkeypatch.context() as watched:
        watched.setattr("cifar_teach.train.split.SplitNetwork.variants", lambda *_, **__: pytest.fail("ran stage 1"))
        fine_tune(with_head, TRAIN, [LAST_BLOCK, WHOLE], seed=3, resume_file=file)
    for a, b in zip(expected, with_head.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_has_stages_that_leave_something_to_learn(name):
    points = split_points(name)
    for stage in get_stages(name):
        assert stage.after in (*points[:-1], ALL)
        assert stage.recipe.freeze_batchnorm or stage.recipe.batch_size >= 128  # small batches spoil the statistics


def test_the_stages_of_the_course_are_those_of_known_backbones():
    assert set(STAGES) <= set(BACKBONES)


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
