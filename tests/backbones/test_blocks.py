"""Blocks end where nothing passes by, every layer belongs to one, and the parts make up the whole."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from cifar_teach.backbones import BACKBONES, block_of, get_backbone, split_points
from cifar_teach.backbones.graph import clean_layers, cut, feature_maps
from cifar_teach.exceptions import ModelError
from cifar_teach.models import build_model


def tail_after(model: keras.Model, layer: str) -> keras.Model:
    return keras.Model(model.get_layer(layer).output, model.output, name=model.name)


def cuts(name: str) -> tuple[str, ...]:
    """Return the block boundaries at which the transfer model can be cut in two."""
    blocks, also = BACKBONES[name].blocks, BACKBONES[name].also
    return blocks[: blocks.index(also[0]) + 1] if also else blocks


@pytest.mark.parametrize("name", BACKBONES)
def test_no_connection_passes_a_block_boundary(name, built):
    model = built(name)
    trunk = keras.Model(model.inputs[0], model.get_layer(BACKBONES[name].feature_layer).output)
    for whole, boundaries in ((trunk, BACKBONES[name].blocks), (model, cuts(name))):
        clean = [layer.name for layer in clean_layers(whole)]
        positions = [clean.index(block) for block in boundaries]
        assert positions == sorted(positions)


def test_features_of_earlier_blocks_pass_later_ones_by(built):
    clean = {layer.name for layer in clean_layers(built("mobilenet"))}
    assert BACKBONES["mobilenet"].also[0] == "conv_pw_6_relu"
    assert "conv_pw_6_relu" in clean
    assert not {"conv_pw_7_relu", "conv_pw_9_relu", "conv_pw_12_relu"} & clean


@pytest.mark.parametrize("name", BACKBONES)
def test_beginning_and_end_make_up_the_whole(name, built, images):
    model, pixels = built(name), images[:2].astype("float32")
    split = cuts(name)[-1] if BACKBONES[name].also else BACKBONES[name].blocks[-2]
    activations = keras.Model(model.input, model.get_layer(split).output)(pixels, training=False)
    pieced, whole = tail_after(model, split)(activations, training=False), model(pixels, training=False)
    np.testing.assert_allclose(pieced, whole, atol=1e-5)
    np.testing.assert_allclose(np.sum(whole, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["tinynet", "mobilenet_v2_0.35"])
def test_the_network_can_be_cut_at_every_boundary(name, built):
    for split in BACKBONES[name].blocks:
        assert tail_after(built(name), split).output_shape == (None, 10)


def test_places_inside_a_residual_block_are_not_clean(built):
    clean = [layer.name for layer in clean_layers(built("mobilenet_v2_0.35"))]
    assert "block_1_project_BN" in clean
    assert "block_2_add" in clean
    assert not {"block_2_expand", "block_2_depthwise_relu", "block_2_project_BN"} & set(clean)


@pytest.mark.parametrize("name", BACKBONES)
def test_features_are_the_averages_of_the_last_map_and_of_those_the_backbone_names_beside_it(name, built, images):
    model, backbone = built(name), get_backbone(name)
    layers_read = (*backbone.also, backbone.blocks[-1])
    assert feature_maps(model) == layers_read
    outputs = [model.get_layer(layer).output for layer in (*layers_read, "features")]
    *maps, features = (np.array(each) for each in keras.Model(model.input, outputs)(images[:2].astype("float32")))
    np.testing.assert_allclose(features, np.hstack([each.mean(axis=(1, 2)) for each in maps]), atol=1e-4)


def test_mobilenet_ends_before_its_last_block(built):
    names = [layer.name for layer in built("mobilenet").layers]
    assert "conv_pw_12_relu" in names
    assert not [name for name in names if "_13" in name]


@pytest.mark.parametrize("name", ["tinynet", "mobilenet", "mobilenet_v2_0.35", "resnet50", "efficientnet_b0"])
def test_block_numbers_rise_along_every_connection(name, built):
    model = built(name)
    numbers = block_of(name, model)
    assert set(numbers) == {layer.name for layer in model.layers}
    assert set(numbers.values()) == set(range(len(split_points(name)) + 1))
    for layer in model.layers[1:]:
        for tensor in keras.tree.flatten(layer.input):
            producer = tensor._keras_history.operation.name
            assert numbers.get(producer, 0) <= numbers[layer.name]
    for number, boundary in enumerate(split_points(name)):
        assert numbers[boundary] == number


def test_known_layers_are_in_the_blocks_one_expects(built):
    numbers = block_of("tinynet", built("tinynet"))
    assert numbers["pixels"] == numbers["stem_conv"] == 0
    assert numbers["block2_widen_conv"] == numbers["block2_add"] == numbers["block2"] == 2
    assert numbers["features"] == numbers["head"] == numbers["probabilities"] == 4
    assert block_of(None, built("tinynet")) == numbers


def test_a_network_of_another_make_is_refused(built):
    with pytest.raises(ModelError, match="'mobilenet' has no layer 'Conv1_relu'"):
        block_of("mobilenet_v2", built("mobilenet"))
    nested = keras.Sequential([keras.Input((32, 32, 3)), built("tinynet")])
    with pytest.raises(ModelError, match="all at the top level"):
        block_of("tinynet", nested)


def test_split_points_of_a_model_are_those_of_its_backbone(built):
    assert split_points(built("vgg16")) == split_points("vgg16") == tuple(f"block{n}_pool" for n in range(1, 6))


def residual() -> keras.Model:
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    y = layers.Conv2D(4, 3, padding="same", name="inner")(x)
    x = layers.Add(name="sum")([x, y])
    x = layers.MaxPooling2D(name="half")(x)
    x = layers.Conv2D(4, 3, padding="same", name="last")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(inputs, layers.Dense(2, name="out")(x))


def nested() -> keras.Model:
    """Return what many tutorials build: a network used as one layer, then pooling and a dense layer."""
    inner = keras.Input((16, 16, 3))
    base = keras.Model(inner, layers.Conv2D(4, 3, padding="same")(inner), name="base")
    base(keras.Input((16, 16, 3)))  # it has been called before, in another network
    inputs = keras.Input((16, 16, 3))
    x = base(layers.Rescaling(1 / 255, name="scale")(inputs))
    return keras.Model(inputs, layers.Dense(2, name="out")(layers.GlobalAveragePooling2D(name="mean")(x)))


def test_a_network_used_as_a_layer_can_be_split_around():
    model = nested()
    assert [layer.name for layer in clean_layers(model)] == ["scale", "base", "mean", "out"]
    assert split_points(model) == ("base",)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype("float32")
    expected = model.get_layer("base")(pixels / 255)
    np.testing.assert_allclose(cut(model, "base")(pixels), expected, atol=1e-5)


def test_a_layer_that_is_used_twice_is_no_place_to_split():
    inputs = keras.Input((16, 16, 3))
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="last")(shared(shared(inputs))))
    assert [layer.name for layer in clean_layers(model)] == ["last"]


def joined(*, last_first: bool) -> keras.Model:
    """Return a network whose features are the averages of two maps, in this order or the other."""
    inputs = keras.Input((16, 16, 3))
    middle = layers.Conv2D(4, 3, padding="same", name="middle")(inputs)
    last = layers.Conv2D(5, 3, padding="same", name="last")(middle)
    averages = [layers.GlobalAveragePooling2D()(each) for each in (middle, last)]
    features = layers.Concatenate(name="features")(averages[::-1] if last_first else averages)
    return keras.Model(inputs, layers.Dense(2, name="out")(features))


@pytest.mark.parametrize("last_first", [False, True])
def test_joined_features_are_found_from_input_to_output_whatever_their_order(last_first):
    assert feature_maps(joined(last_first=last_first)) == ("middle", "last")
    assert split_points(joined(last_first=last_first)) == ("last",)


def test_features_of_branches_or_of_a_bare_sum_are_not_taken_for_joined_ones():
    inputs = keras.Input((16, 16, 3))
    one, two = (layers.Conv2D(4, 3, padding="same", name=name)(inputs) for name in ("one", "two"))
    averages = [layers.GlobalAveragePooling2D()(each) for each in (one, two)]
    branches = keras.Model(inputs, layers.Dense(2)(layers.Concatenate(name="features")(averages)))
    bare = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D(name="features")(one + two)))
    assert feature_maps(branches) == feature_maps(bare) == ()


def test_layers_that_are_passed_by_are_found():
    assert [layer.name for layer in clean_layers(residual())] == ["first", "sum", "half", "last", "mean", "out"]


def test_a_connection_from_the_input_is_seen():
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(3, 3, padding="same", name="inner")(inputs)
    model = keras.Model(inputs, layers.Add(name="sum")([inputs, x]))
    assert [layer.name for layer in clean_layers(model)] == ["sum"]


def test_other_networks_are_split_before_each_halving():
    assert split_points(residual()) == ("sum", "last")
    points = split_points(build_model("fastnet"))
    assert len(points) >= 3


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: keras.Sequential([keras.Input((4,)), layers.Dense(2)]), "no layer that returns a feature map"),
        (type("Own", (keras.Model,), {}), "a subclass of keras.Model"),
    ],
)
def test_networks_that_cannot_be_split_are_refused(model, words):
    with pytest.raises(ModelError, match=words):
        split_points(model())
