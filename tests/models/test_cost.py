"""Multiply-adds, counted by hand for one layer of each kind."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from cifar_teach.models import build_model, count_macs


def single(layer: keras.layers.Layer, shape=(8, 8, 4)) -> int:
    inputs = keras.Input(shape)
    return count_macs(keras.Model(inputs, layer(inputs)))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Conv2D(5, 3, padding="same"), 8 * 8 * 5 * 9 * 4),
        (layers.Conv2D(5, 3), 6 * 6 * 5 * 9 * 4),
        (layers.Conv2D(5, 3, strides=2, padding="same"), 4 * 4 * 5 * 9 * 4),
        (layers.Conv2D(6, 3, padding="same", groups=2), 8 * 8 * 6 * 9 * 2),
        (layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2), 8 * 8 * 8 * 9),
        (layers.SeparableConv2D(5, 3, padding="same"), 8 * 8 * 4 * 9 + 8 * 8 * 4 * 5),
        (layers.Dense(7), 8 * 8 * 4 * 7),
        (layers.MaxPooling2D(2), 0),
    ],
)
def test_one_layer(layer, expected):
    assert single(layer) == expected


def test_baseline_by_hand():
    by_hand = 30 * 30 * 32 * 27 + 13 * 13 * 64 * 9 * 32 + 4 * 4 * 128 * 9 * 64 + 2048 * 128 + 128 * 10
    assert count_macs(build_model("baseline")) == by_hand


def test_a_nested_model_counts_like_its_layers():
    inner = build_model("baseline")
    inputs = keras.Input((32, 32, 3))
    outer = keras.Model(inputs, inner(inputs))
    assert count_macs(outer) == count_macs(inner)
