"""Transfer models: their parts, their seeds, saving and loading, and networks from files."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from cifar_teach.backbones import build_backbone, build_transfer_model, get_backbone, split_points
from cifar_teach.exceptions import CifarTeachError, ModelError
from cifar_teach.explain import grad_cam
from cifar_teach.models import build_model, load_model, predict, save_model


def run(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return np.array(model(images.astype("float32"), training=False))


def test_pixels_to_probabilities(built, images):
    probabilities = predict(built("mobilenet_v2_0.35"), images)
    assert probabilities.shape == (6, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


# One for each way of meeting the contract: flipped channels, scaling, constants.
@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2_0.35", "efficientnet_b0"])
def test_saved_and_loaded_in_safe_mode(name, built, images, tmp_path):
    saved = load_model(save_model(built(name), tmp_path / f"{name}.keras"))
    np.testing.assert_allclose(run(saved.model, images), run(built(name), images), atol=1e-5)
    assert built(name).name == name
    assert split_points(saved.model) == get_backbone(name).blocks


def test_a_saved_transfer_model_is_a_backbone_again(built, images, tmp_path):
    path = save_model(built("vgg16"), tmp_path / "mine.keras")
    trunk = build_backbone(path)
    whole = built("vgg16")
    expected = run(keras.Model(whole.input, whole.get_layer("block5_pool").output), images)
    np.testing.assert_allclose(run(trunk, images), expected, atol=1e-4)
    assert trunk.name == "mine"


def test_so_is_one_whose_features_come_from_several_blocks(built, images, tmp_path):
    path = save_model(built("mobilenet"), tmp_path / "mine.keras")
    again = build_transfer_model(path, num_classes=3)
    outputs = [keras.Model(model.input, model.get_layer("features").output) for model in (built("mobilenet"), again)]
    np.testing.assert_allclose(run(outputs[1], images), run(outputs[0], images), atol=1e-4)
    assert get_backbone(path).also == get_backbone("mobilenet").also
    assert split_points(again) == get_backbone(path).blocks


@pytest.mark.parametrize("name", ["vgg16", "tinynet", "mobilenet"])
def test_flat_enough_for_grad_cam(name, built, images):
    # VGG16's channels are flipped by an operation that is no layer.
    assert grad_cam(built(name), images[:1], class_index=np.array([0])).shape[0] == 1


def test_the_two_heads(built):
    linear = built("tinynet")
    assert [layer.name for layer in linear.layers[-3:]] == ["features", "head", "probabilities"]
    dense = build_transfer_model("tinynet", weights=None, head="dense", num_classes=3)
    assert [layer.name for layer in dense.layers[-5:]] == ["features", "hidden", "dropout", "head", "probabilities"]
    assert dense.get_layer("hidden").units == 256
    assert dense.get_layer("dropout").rate == 0.5
    assert dense.output_shape == (None, 3)


def test_tinynet_has_the_layers_of_the_from_scratch_network():
    ours, theirs = build_transfer_model("tinynet", weights=None), build_model("tinynet")
    named = [layer.name for layer in theirs.layers if layer.weights]
    assert [layer.name for layer in ours.layers if layer.weights] == named
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]


def test_the_seed_decides_the_weights():
    first, again, other = (build_transfer_model("tinynet", weights=None, seed=s).get_weights() for s in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[-2], other[-2])


def test_images_that_have_the_size_are_not_enlarged():
    model = build_backbone("mobilenet_v2_0.35", image_size=64, size=64, weights=None)
    assert not [layer for layer in model.layers if isinstance(layer, layers.Resizing)]
    assert model.output_shape == (None, 2, 2, 1280)
    larger = build_backbone("mobilenet_v2_0.35", weights=None)
    assert larger.input_shape == (None, 32, 32, 3)
    assert larger.output_shape == (None, 4, 4, 1280)  # its own size: 128


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 16}, "16x16 pixels are too few for 'mobilenet': it needs at least 32"),
        ({"size": 96.5}, "size=96.5 is not possible"),
        ({"size": 0}, "size=0 is not possible"),
        ({"image_size": 0}, "image_size=0 is not possible"),
        ({"num_classes": 1}, "at least 2 classes"),
        ({"head": "liner"}, "There is no head 'liner'. Did you mean 'linear'"),
    ],
)
def test_impossible_wishes_are_refused(options, words):
    with pytest.raises(ModelError, match=words):
        build_transfer_model("mobilenet", weights=None, **options)


def test_impossible_seeds_are_refused():
    with pytest.raises(CifarTeachError, match="seed"):
        build_transfer_model("tinynet", weights=None, seed=-1)


def test_too_small_for_tinynet_says_what_to_do():
    with pytest.raises(ModelError, match=r"8x8 pixels are too few for 'tinynet'.* size=16"):
        build_backbone("tinynet", image_size=8, weights=None)


def test_a_classifier_file_as_backbone(images, tmp_path):
    model = build_model("fastnet", seed=4)
    path = save_model(model, tmp_path / "own.keras")
    backbone = get_backbone(path)
    ours = build_transfer_model(path, num_classes=3)
    trunk = keras.Model(model.inputs[0], model.layers[model.layers.index(model.get_layer("head")) - 2].output)
    inner = keras.Model(ours.input, ours.get_layer(backbone.feature_layer).output)
    np.testing.assert_allclose(run(inner, images), run(trunk, images), atol=1e-5)
    assert ours.name == "own"
    assert ours.output_shape == (None, 3)


def test_a_feature_network_with_a_network_inside_keeps_its_weights(images, tmp_path):
    inner = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    outer = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), inner, layers.Conv2D(5, 3)])
    outer.save(tmp_path / "nested.keras")
    copy = build_backbone(tmp_path / "nested.keras")
    np.testing.assert_allclose(run(copy, images), run(outer, images), atol=1e-5)


def test_a_file_for_larger_images_gets_them_enlarged(images, tmp_path):
    keras.Sequential([keras.Input((48, 48, 3)), layers.Conv2D(4, 3, strides=2)]).save(tmp_path / "large.keras")
    assert build_backbone(tmp_path / "large.keras").output_shape == (None, 23, 23, 4)


def test_fresh_weights_for_the_network_of_a_file(tmp_path):
    model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(4, 3)])
    model.save(tmp_path / "m.keras")
    fresh, kept = (build_backbone(tmp_path / "m.keras", weights=weights).get_weights()[0] for weights in (None, "auto"))
    assert np.array_equal(kept, model.get_weights()[0])
    assert not np.array_equal(fresh, kept)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no model file"),
        (b"no zip at all", "could not be loaded as a Keras model"),
        ([keras.Input((784,)), layers.Dense(3)], "takes square colour images"),
        ([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(3)], "no layer that returns a feature map"),
    ],
    ids=["missing", "damaged", "flat", "no map"],
)
def test_files_that_are_no_backbone(content, words, tmp_path):
    path = tmp_path / "file.keras"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        keras.Sequential(content).save(path)
    with pytest.raises(ModelError, match=words):
        build_backbone(path)
