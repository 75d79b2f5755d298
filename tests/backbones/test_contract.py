"""The values that reach the first convolution of each network are those its weights were trained with."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cifar_teach.backbones import BACKBONES, describe_backbones, get_backbone
from cifar_teach.exceptions import ModelError

SMALL = 64  # as in conftest.py
APPLICATIONS = {
    "mobilenet": (keras.applications.mobilenet, "conv1"),
    "mobilenet_v2": (keras.applications.mobilenet_v2, "Conv1"),
    "mobilenet_v2_0.35": (keras.applications.mobilenet_v2, "Conv1"),
    "resnet50": (keras.applications.resnet50, "conv1_pad"),
    "resnet50_v2": (keras.applications.resnet_v2, "conv1_pad"),
    "vgg16": (keras.applications.vgg16, "block1_conv1"),
}
"""Networks whose scaling comes before the application, and the first layer inside it."""


def entering(model: keras.Model, layer: str, images: np.ndarray) -> np.ndarray:
    """Return what ``layer`` is given when ``model`` looks at ``images``."""
    return np.array(keras.Model(model.input, model.get_layer(layer).input)(images.astype("float32"), training=False))


def enlarged(images: np.ndarray) -> np.ndarray:
    return np.array(keras.ops.image.resize(images.astype("float32"), (SMALL, SMALL), interpolation="bilinear"))


def test_every_backbone_has_a_contract_test():
    assert set(BACKBONES) == {*APPLICATIONS, "tinynet", "efficientnet_b0", "efficientnet_v2_b0"}


@pytest.mark.parametrize("name", APPLICATIONS)
def test_values_are_those_of_preprocess_input(name, built, images):
    module, first = APPLICATIONS[name]
    expected = module.preprocess_input(enlarged(images))
    np.testing.assert_allclose(entering(built(name), first, images), expected, atol=1e-4)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_documented_range_is_reached_and_not_left(name, built, images):
    contract = get_backbone(name).contract
    values = entering(built(name), APPLICATIONS[name][1], images)
    assert values.min() == pytest.approx(contract.low, abs=1e-3)
    assert values.max() == pytest.approx(contract.high, abs=1e-3)
    assert not contract.inside


def test_efficientnet_b0_standardises_once(built, images):
    # The published preprocessing, and not the one of a Keras network that was given its weights from a file:
    # (x - 255 mean) / (255 std), tensorflow/tpu, models/official/efficientnet.
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = (enlarged(images) - 255 * mean) / (255 * deviation)
    np.testing.assert_allclose(entering(built("efficientnet_b0"), "stem_conv_pad", images), expected, atol=1e-4)


def test_efficientnet_b0_gives_its_stem_what_keras_does_with_downloaded_weights(built, images):
    alone = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(SMALL, SMALL, 3))
    normalization = next(layer for layer in alone.layers if isinstance(layer, keras.layers.Normalization))
    deviation = keras.src.applications.efficientnet.IMAGENET_STDDEV_RGB
    normalization.load_own_variables(  # what Keras's weight file holds: deviations where variances belong
        {"0": np.array([0.485, 0.456, 0.406]), "1": np.array(deviation), "2": np.array(0)}
    )
    # ... and the layer that Keras adds only when it downloads the weights itself.
    expected = entering(alone, "stem_conv_pad", enlarged(images)) / np.sqrt(deviation)
    np.testing.assert_allclose(entering(built("efficientnet_b0"), "stem_conv_pad", images), expected, atol=1e-4)


def test_efficientnet_v2_b0_gives_its_stem_what_the_application_alone_gives_it(built, images):
    alone = keras.applications.EfficientNetV2B0(include_top=False, weights=None, input_shape=(SMALL, SMALL, 3))
    expected = entering(alone, "stem_conv", enlarged(images))
    np.testing.assert_allclose(entering(built("efficientnet_v2_b0"), "stem_conv", images), expected, atol=1e-4)
    assert expected.std() > 0.5  # it does standardise


def test_tinynet_takes_the_pixels_as_they_are(built, images):
    np.testing.assert_allclose(entering(built("tinynet"), "stem_conv", images), images / 255, atol=1e-6)


def test_the_standardisation_of_efficientnet_b0_survives_copying_the_weights(built, images):
    # As the training in bfloat16 does it; a Normalization layer with weights would lose them here.
    copy = keras.models.clone_model(built("efficientnet_b0"))
    copy.set_weights(built("efficientnet_b0").get_weights())
    expected = entering(built("efficientnet_b0"), "stem_conv_pad", images)
    np.testing.assert_allclose(entering(copy, "stem_conv_pad", images), expected, atol=1e-5)


@pytest.mark.parametrize("alpha", ["0.5", "0.75", "1.3", "1.4"])
def test_mobilenet_v2_of_every_width_has_the_same_contract_and_blocks(alpha):
    backbone, known = get_backbone(f"mobilenet_v2_{alpha}"), BACKBONES["mobilenet_v2"]
    assert (backbone.contract, backbone.blocks) == (known.contract, known.blocks)
    assert alpha in backbone.files[0]


def test_unknown_names_get_a_suggestion():
    with pytest.raises(ModelError, match="Did you mean 'mobilenet_v2'"):
        get_backbone("mobilnet_v2")
    with pytest.raises(ModelError, match=r"There is no backbone 'mobilenet_v2_0\.4'.* Did you mean 'mobilenet_v2"):
        get_backbone("mobilenet_v2_0.4")


def test_the_table_counts_what_the_literature_counts():
    tiny, small, joined = describe_backbones(("tinynet", "mobilenet_v2_0.35", "mobilenet"), sizes=(224,))
    assert small["parameters"] == 410_208
    assert small["features"] == 1280
    assert joined["features"] == 512 + 512 + 1024
    assert set(small["macs"]) == {128, 224}
    assert small["macs"][224] / 1e6 == pytest.approx(59, abs=1.5)  # Keras's and TensorFlow's tables: 59 million
    assert list(tiny["macs"]) == [32]
    assert tiny["parameters"] == 959_610 - 1930
    assert tiny["features"] == 192
