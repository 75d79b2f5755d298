"""Comparisons judge on the right images and do not mix what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.comparing import LEARNING_RATES, compare_files, compare_networks, compare_optimizers, kind_of, paired
from cifar_teach.data import LabelledImages, load_cifar10
from cifar_teach.exceptions import CifarTeachError, ModelError
from cifar_teach.models import build_model, save_model
from cifar_teach.train import OPTIMIZERS

TRAIN = LabelledImages(*synthetic.draw(200, seed=1))
DECIDE = LabelledImages(*synthetic.draw(100, seed=2))
JUDGE = LabelledImages(*synthetic.draw(80, seed=3))


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["baseline", "fastnet"], "networks"),
        (["adam", "sgd"], "optimizers"),
        (["a.keras", "b.h5"], "files"),
    ],
)
def test_what_the_names_are(names, kind):
    assert kind_of(names) == kind


@pytest.mark.parametrize(
    "names",
    [["baseline"], ["baseline", "baseline"], ["baseline", "adam"], ["x", "y"], ["m.keras", "./m.keras"]],
)
def test_what_cannot_be_compared(names):
    with pytest.raises(CifarTeachError):
        kind_of(names)


def test_every_optimizer_has_rates_to_try():
    assert set(LEARNING_RATES) == set(OPTIMIZERS)


@pytest.mark.slow
def test_the_best_rate_is_chosen_by_other_images_than_those_that_judge():
    for candidate in compare_optimizers(["adam", "sgd"], TRAIN, DECIDE, JUDGE, epoch_factor=0.2):
        assert set(candidate.tried) == set(LEARNING_RATES[candidate.name])
        assert candidate.tried[candidate.learning_rate] == max(candidate.tried.values())
        assert candidate.accuracy == candidate.right.mean()
        assert len(candidate.right) == len(JUDGE.labels)


def test_networks_are_paired_on_the_same_images():
    candidates = compare_networks(["baseline", "bn-small"], TRAIN, DECIDE, JUDGE, epoch_factor=0.1)
    (pair,) = paired(candidates)
    assert pair["difference"] == pytest.approx(candidates[0].accuracy - candidates[1].accuracy)
    assert pair["only_a"] - pair["only_b"] == round(pair["difference"] * len(JUDGE.labels))
    assert [candidate.parameters for candidate in candidates] == [356_810, 545_482]


def test_a_model_of_other_classes_is_refused(tmp_path):
    data = load_cifar10(200, test_size=50, source="synthetic", quiet=True)
    path = save_model(build_model("baseline", num_classes=2), tmp_path / "pets.keras", class_names=("cat", "dog"))
    with pytest.raises(ModelError, match="knows the classes cat, dog"):
        compare_files([path], data)


def test_a_model_compared_with_itself_differs_nowhere(tmp_path):
    data = load_cifar10(200, test_size=50, source="synthetic", quiet=True)
    model = build_model("baseline")
    first, second = compare_files([save_model(model, tmp_path / f"{name}.keras") for name in "ab"], data)
    assert np.array_equal(first.right, second.right)
    (pair,) = paired([first, second])
    assert (pair["difference"], pair["p_value"]) == (0, 1)
