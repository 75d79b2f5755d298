"""Recipes refuse what cannot work, and schedules move the rate as described."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cifar_teach.exceptions import TrainingError
from cifar_teach.models import MODELS
from cifar_teach.train import RECIPES, Recipe, get_recipe
from cifar_teach.train.schedules import learning_rates


def test_every_network_has_a_recipe_and_the_other_way_round():
    assert set(RECIPES) == set(MODELS)


def test_baseline_keeps_the_recipe_it_came_with():
    recipe = get_recipe("baseline")
    assert (recipe.optimizer, recipe.batch_size, recipe.epochs, recipe.learning_rate) == ("adam", 64, 15, 1e-3)
    assert recipe == Recipe()


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_json_ready(name):
    assert json.loads(json.dumps(RECIPES[name].to_dict()))["optimizer"] == RECIPES[name].optimizer


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer": "adan"}, "Did you mean 'adam'"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"precision": "float16"}, "There is no precision 'float16'"),
        ({"epochs": 0}, "epochs=0"),
        ({"epochs": 1.5}, "epochs=1.5 cannot be used: it must be a whole number"),
        ({"epochs": "3"}, "epochs='3'"),
        ({"epochs": True}, "epochs=True"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"early_stopping": None}, "early_stopping=None"),
        ({"learning_rate": 0}, "above 0"),
        ({"learning_rate": float("nan")}, "above 0"),
        ({"learning_rate": "fast"}, "a number above 0"),
        ({"label_smoothing": 1.0}, "below 1"),
        ({"momentum": None}, "momentum=None"),
        ({"keep_best": 1}, "True or False"),
        ({"test_views": 3}, "1, 2 or 6"),
        ({"augmentation": "strong"}, "must be an Augmentation"),
        ({"weight_decay": -1}, "0 or more"),
        ({"learning_rat": 0.1}, "Did you mean 'learning_rate'"),
        ({"reduce_on_plateau": 2, "schedule": "cosine"}, "both move the learning rate"),
        ({"average_decay": 0.9, "early_stopping": 3}, "would be thrown away"),
        ({"average_decay": 0.9, "keep_best": True}, "would be thrown away"),
    ],
)
def test_bad_values_are_refused(changes, words):
    with pytest.raises(TrainingError, match=words):
        Recipe().with_changes(**changes)


def test_triangle_rises_to_the_peak_and_falls_to_zero():
    rates = learning_rates(Recipe(schedule="triangular", learning_rate=0.5, warmup=0.2), 100)
    assert rates.argmax() == 20
    assert rates.max() == pytest.approx(0.5)
    assert rates[0] == pytest.approx(0.1)
    assert rates[-1] < 0.01
    assert (np.diff(rates[:21]) > 0).all() and (np.diff(rates[20:]) < 0).all()


def test_cosine_is_at_half_height_halfway_down():
    rates = learning_rates(Recipe(schedule="cosine", learning_rate=1.0, warmup=0.0), 100)
    assert rates[50] == pytest.approx(0.5, abs=1e-6)


def test_step_drops_to_a_tenth_twice():
    rates = learning_rates(Recipe(schedule="step", learning_rate=1.0), 100)
    np.testing.assert_allclose([rates[49], rates[50], rates[75]], [1, 0.1, 0.01])
