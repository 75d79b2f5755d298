from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers
from scipy.ndimage import zoom
from scipy.special import softmax

from cifar_teach.exceptions import ModelError
from cifar_teach.explain import grad_cam, occlusion_map
from cifar_teach.explain.gradcam import _enlarge
from cifar_teach.models import MODELS, build_model

SIZE = 16


def set_colour_weights(convolution: layers.Conv2D, dense: layers.Dense) -> None:
    """Make class 0 mean red, class 1 green, class 2 blue: one channel each, one weight each."""
    colour_minus_others = 1.5 * np.eye(3) - 0.5
    convolution.set_weights([(colour_minus_others / 255)[None, None]])
    dense.set_weights([5 * np.eye(3)])


def colour_model(pooling: str = "average") -> keras.Model:
    """A network that names the main colour; its weights are set by hand."""
    pool = layers.GlobalAveragePooling2D if pooling == "average" else layers.GlobalMaxPooling2D
    convolution = layers.Conv2D(3, 1, use_bias=False, activation="relu", name="colour")
    dense = layers.Dense(3, use_bias=False, activation="softmax")
    inputs = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(inputs, dense(pool()(convolution(inputs))))
    set_colour_weights(convolution, dense)
    return model


def corner_images() -> np.ndarray:
    """Three black images: red at the top left, green at the top right, blue at the bottom left."""
    images = np.zeros((3, SIZE, SIZE, 3), np.uint8)
    images[0, :4, :4, 0] = images[1, :4, -4:, 1] = images[2, -4:, :4, 2] = 255
    return images


def corner_shares(maps: np.ndarray) -> np.ndarray:
    """Share of each map's heat in the top left, top right, bottom left and bottom right quarter."""
    half = maps.shape[1] // 2
    quarters = maps.reshape(len(maps), 2, half, 2, half).sum(axis=(2, 4)).reshape(len(maps), 4)
    return quarters / quarters.sum(axis=1, keepdims=True)


def random_images(n: int, size: int = SIZE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def small_body(inputs, width: int = 6):
    """Scaling, two convolutions with batch normalisation, a residual connection and pooling."""
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(width, 3, padding="same", name="first")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    y = layers.Conv2D(width, 3, padding="same", name="second")(x)
    x = layers.Add(name="sum")([x, y])
    return layers.MaxPooling2D(name="pool")(x)


def randomise(model: keras.Model, seed: int = 0) -> keras.Model:
    """Give every weight a random value; variances stay positive."""
    rng = np.random.default_rng(seed)
    model.set_weights([np.abs(rng.normal(0.3, 0.4, w.shape)) + 0.05 for w in model.get_weights()])
    return model


def small_model(head: str = "dense", seed: int = 0) -> keras.Model:
    inputs = keras.Input((SIZE, SIZE, 3))
    x = layers.GlobalAveragePooling2D()(small_body(inputs))
    if head == "dense":
        outputs = layers.Dense(4, activation="softmax", name="head")(x)
    elif head == "activation":
        outputs = layers.Activation("softmax")(layers.Dense(4, name="head")(x))
    elif head == "layer":
        outputs = layers.Softmax()(layers.Dense(4, name="head")(x))
    elif head == "logits":
        outputs = layers.Dense(4, name="head")(x)
    else:
        probabilities = layers.Dense(4, activation="softmax", name="head")(x)
        outputs = layers.Average()([probabilities, probabilities])
    return randomise(keras.Model(inputs, outputs), seed)


# ---- Grad-CAM: what the maps show


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_heat_lies_where_the_evidence_is(pooling):
    maps = grad_cam(colour_model(pooling), corner_images())
    assert maps.shape == (3, SIZE, SIZE) and maps.dtype == np.float32
    shares = corner_shares(maps)
    assert shares[0, 0] == shares[1, 1] == shares[2, 2] == 1
    assert (maps[0, :4, :4] == 1).all() and maps[0].sum() == 16


def test_the_class_can_be_chosen():
    two_colours = np.zeros((1, SIZE, SIZE, 3), np.uint8)
    two_colours[0, :6, :6, 0] = two_colours[0, -4:, -4:, 2] = 255  # red wins, blue is there too
    model = colour_model()
    assert corner_shares(grad_cam(model, two_colours))[0, 0] == 1
    assert corner_shares(grad_cam(model, two_colours, class_index=2))[0, 3] == 1
    each = grad_cam(model, np.repeat(two_colours, 2, axis=0), class_index=[2, 0])
    assert corner_shares(each)[0, 3] == corner_shares(each)[1, 0] == 1


def test_no_evidence_gives_an_empty_map():
    maps = grad_cam(colour_model(), corner_images(), class_index=1)  # green
    assert np.isfinite(maps).all()
    assert maps[0].max() == maps[2].max() == 0 and maps[1].max() == 1


def channel_maps(model: keras.Model, images: np.ndarray, name: str = "sum") -> np.ndarray:
    return np.asarray(keras.Model(model.inputs, model.get_layer(name).output).predict(images, verbose=0))


def to_unit(maps: np.ndarray) -> np.ndarray:
    maps = np.maximum(maps, 0)
    return maps / maps.max(axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("head", ["dense", "activation", "layer", "logits"])
def test_before_global_average_pooling_it_is_the_class_activation_map(head):
    # With average pooling and one dense layer the weights of the map are those of the dense layer (Zhou 2016),
    # if and only if the score is the logit. The 2x2 maximum in between is undone by looking at "pool".
    model, images = small_model(head), random_images(5).astype(np.float32)
    features, weights = channel_maps(model, images, "pool"), model.get_layer("head").get_weights()[0]
    found = grad_cam(model, images, class_index=2, layer="pool")
    expected = to_unit(_enlarge(np.maximum(features @ weights[:, 2], 0), SIZE, SIZE))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_where_no_softmax_can_be_taken_off_the_score_is_the_log_probability():
    model, images = small_model("average"), random_images(5).astype(np.float32)
    features = channel_maps(model, images, "pool")
    weights = np.random.default_rng(0).normal(0, 0.5, (6, 4)) / features.mean()  # nothing saturates
    model.get_layer("head").set_weights([weights, np.zeros(4)])
    probabilities = softmax(features.mean(axis=(1, 2)) @ weights, axis=1)
    chosen = probabilities.argmax(axis=1)
    of_log = weights[:, chosen].T - probabilities @ weights.T  # d log p_c = d z_c - sum_j p_j d z_j
    expected = np.maximum(np.einsum("nhwk,nk->nhw", features, of_log), 0)
    assert (expected.max(axis=(1, 2)) > 0).all()
    found = grad_cam(model, images, class_index=chosen, layer="pool")
    np.testing.assert_allclose(found, to_unit(_enlarge(expected, SIZE, SIZE)), atol=1e-4)


def test_a_sure_model_still_gets_a_map():
    model = colour_model()
    model.layers[-1].set_weights([5000 * np.eye(3)])  # softmax is exactly 1, its gradient exactly 0
    images = corner_images()
    assert model.predict(images.astype(np.float32), verbose=0).max() == 1
    assert corner_shares(grad_cam(model, images))[0, 0] == 1


# ---- Grad-CAM: which layer


def test_the_default_is_the_last_feature_map_that_pooling_has_not_blurred():
    model, images = small_model(), random_images(3)
    np.testing.assert_array_equal(grad_cam(model, images), grad_cam(model, images, layer="sum"))
    assert not np.array_equal(grad_cam(model, images), grad_cam(model, images, layer="pool"))


def nested_model(depth: int, sequential: bool) -> keras.Model:
    """The layers of ``small_model``, with the body wrapped in one or more models used as layers."""
    shape = (SIZE, SIZE, 3)
    inner_inputs = keras.Input(shape)
    body = keras.Model(inner_inputs, small_body(inner_inputs), name="backbone")
    for level in range(depth - 1):
        if sequential:
            body = keras.Sequential([keras.Input(shape), body], name=f"wrapped{level}")
        else:
            outer = keras.Input(shape)
            body = keras.Model(outer, body(outer), name=f"wrapped{level}")
    head = [layers.GlobalAveragePooling2D(), layers.Dense(4, activation="softmax", name="head")]
    if sequential:
        return randomise(keras.Sequential([keras.Input(shape), body, *head]))
    inputs = keras.Input(shape)
    return randomise(keras.Model(inputs, head[1](head[0](body(inputs, training=False)))))


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_nested_backbone_gives_the_same_map_as_the_flat_network(depth, sequential):
    images = random_images(4)
    for layer in (None, "first", "pool"):
        flat = grad_cam(small_model(), images, layer=layer)
        nested = grad_cam(nested_model(depth, sequential), images, layer=layer)
        np.testing.assert_allclose(nested, flat, atol=1e-5)


def test_a_plain_sequential_network():
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), *colour_model().layers[1:]])
    np.testing.assert_array_equal(grad_cam(model, corner_images()), grad_cam(colour_model(), corner_images()))


def test_branches_that_go_round_the_feature_map_do_no_harm():
    inputs = keras.Input((SIZE, SIZE, 3))
    features = layers.Conv2D(3, 1, use_bias=False, activation="relu")(inputs)
    beside = layers.GlobalMaxPooling2D()(inputs)
    both = layers.Concatenate()([layers.GlobalAveragePooling2D()(features), beside])
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(both))
    model.layers[1].set_weights([np.eye(3)[None, None]])
    model.layers[-1].set_weights([np.vstack([np.eye(3), np.zeros((3, 3))]), np.zeros(3)])
    assert corner_shares(grad_cam(model, corner_images()))[1, 1] == 1


def test_a_1x1_map_is_not_looked_at():
    inputs = keras.Input((SIZE, SIZE, 3))
    features = layers.Conv2D(3, 1, use_bias=False, activation="relu")(inputs)
    squeezed = layers.GlobalAveragePooling2D(keepdims=True)(features)
    dense = layers.Dense(3, use_bias=False, activation="softmax")
    model = keras.Model(inputs, dense(layers.Flatten()(layers.Dropout(0.5)(squeezed))))
    set_colour_weights(model.layers[1], dense)
    assert corner_shares(grad_cam(model, corner_images()))[1, 1] == 1


# ---- Grad-CAM: how it runs


def test_one_image_at_a_time_gives_the_same_as_many():
    model, images = small_model(), random_images(70)  # more than one batch
    together = grad_cam(model, images)
    for k in (0, 1, 63, 64, 69):
        np.testing.assert_allclose(together[k], grad_cam(model, images[k : k + 1])[0], atol=1e-5)


def test_augmentation_and_dropout_inside_the_model_are_off():
    inputs = keras.Input((SIZE, SIZE, 3))
    augmented = layers.RandomFlip("horizontal", seed=1)(inputs)
    colour = colour_model()
    features = layers.Dropout(0.5)(colour.get_layer("colour")(layers.RandomTranslation(0.3, 0.3)(augmented)))
    model = keras.Model(inputs, colour.layers[-1](layers.GlobalAveragePooling2D()(features)))
    images = corner_images()
    np.testing.assert_array_equal(grad_cam(model, images), grad_cam(colour, images))


def test_the_model_is_left_as_it_was():
    model, images = small_model(), random_images(4)
    before, weights = model.predict(images.astype("float32"), verbose=0), model.get_weights()
    grad_cam(model, images)
    np.testing.assert_array_equal(before, model.predict(images.astype("float32"), verbose=0))
    for old, new in zip(weights, model.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_uint8_and_float_images_give_the_same():
    model, images = small_model(), random_images(3)
    np.testing.assert_array_equal(grad_cam(model, images), grad_cam(model, images.astype(np.float64)))


def test_a_network_in_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = colour_model()
    finally:
        keras.config.set_dtype_policy("float32")
    assert corner_shares(grad_cam(model, corner_images()))[2, 2] == 1


@pytest.mark.parametrize("name", MODELS)
def test_every_network_of_the_package(name):
    images = random_images(2, size=32)
    maps = grad_cam(build_model(name), images)
    assert maps.shape == (2, 32, 32) and np.isfinite(maps).all()
    assert maps.min() >= 0 and set(maps.max(axis=(1, 2))) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("size", "wanted"), [((2, 3), (8, 12)), ((4, 4), (32, 32)), ((3, 5), (10, 12)), ((6, 6), (6, 6))]
)
def test_enlarging_is_bilinear_between_pixel_centres(size, wanted):
    maps = np.random.default_rng(0).random((2, *size))
    expected = [
        zoom(m, (wanted[0] / size[0], wanted[1] / size[1]), order=1, mode="nearest", grid_mode=True) for m in maps
    ]
    np.testing.assert_allclose(_enlarge(maps, *wanted), expected, atol=1e-12)


BACKEND_SCRIPT = """
import sys
import keras, numpy as np
from cifar_teach.explain import grad_cam
folder = sys.argv[1]
model = keras.models.load_model(folder + "/model.keras")
assert keras.backend.backend() == sys.argv[2]
np.save(folder + "/maps.npy", grad_cam(model, np.load(folder + "/images.npy")))
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_gives_the_same_maps(tmp_path, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    model, images = nested_model(2, sequential=False), random_images(3)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    path = os.pathsep.join(p for p in sys.path if p)
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", BACKEND_SCRIPT, str(tmp_path), backend]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "maps.npy"), grad_cam(model, images), atol=1e-4)


def test_importing_loads_no_framework():
    code = "import sys, cifar_teach.explain; print({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---- Grad-CAM: what goes wrong


def test_an_unknown_layer_is_named_with_the_nearest_one():
    with pytest.raises(ModelError, match=r"no layer with a feature map 'secnd'\. Did you mean 'second'\?"):
        grad_cam(nested_model(2, sequential=False), random_images(1), layer="secnd")


def test_a_layer_without_height_and_width_is_not_offered():
    with pytest.raises(ModelError, match="no layer with a feature map 'head'"):
        grad_cam(small_model(), random_images(1), layer="head")


def test_a_network_without_feature_maps():
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    with pytest.raises(ModelError, match="No layer of this model returns a feature map"):
        grad_cam(model, random_images(1))


def test_a_subclass_of_model():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ModelError, match=r"functional API or keras\.Sequential"):
        grad_cam(Own(name="own"), random_images(1))


def test_two_outputs():
    model = small_model()
    both = keras.Model(model.inputs, [model.output, model.get_layer("sum").output])
    with pytest.raises(ModelError, match="one output"):
        grad_cam(both, random_images(1))


@pytest.mark.parametrize("explain", [grad_cam, occlusion_map])
@pytest.mark.parametrize(
    ("images", "class_index", "message"),
    [
        (random_images(1)[0], None, r"images\[None\]"),
        (random_images(2, size=8), None, r"shape \(n, 16, 16, 3\)"),
        (random_images(0), None, "n at least 1"),
        (random_images(2), 4, r"0\.\.3"),
        (random_images(2), -1, r"0\.\.3"),
        (random_images(2), [0, 1, 2], "one for each of the 2 images"),
        (random_images(2), 1.5, "whole number"),
    ],
)
def test_bad_input_is_explained(explain, images, class_index, message):
    with pytest.raises(ModelError, match=message):
        explain(small_model(), images, class_index=class_index)


# ---- occlusion


def test_covering_the_evidence_costs_the_most():
    maps = occlusion_map(colour_model(), corner_images(), patch=4, stride=2)
    assert maps.shape == (3, SIZE, SIZE) and maps.dtype == np.float32
    peaks = [np.unravel_index(m.argmax(), m.shape) for m in maps]
    assert all(row < 4 and column < 4 for row, column in peaks[:1])
    assert peaks[1][0] < 4 and peaks[1][1] >= SIZE - 4
    assert peaks[2][0] >= SIZE - 4 and peaks[2][1] < 4
    assert abs(maps[0, 8:, 8:]).max() < 0.1 * maps[0].max()


def test_occlusion_agrees_with_covering_by_hand():
    model, image = small_model(), random_images(1).astype(np.float32)
    found = occlusion_map(model, image, patch=SIZE // 2, stride=SIZE // 2, class_index=3)
    before = model.predict(image, verbose=0)[0, 3]
    for top in (0, SIZE // 2):
        for left in (0, SIZE // 2):
            window = np.s_[top : top + SIZE // 2, left : left + SIZE // 2]
            covered = image.copy()
            covered[:, *window] = image.mean(axis=(1, 2), keepdims=True)
            lost = before - model.predict(covered, verbose=0)[0, 3]
            np.testing.assert_allclose(found[0][window], lost, atol=1e-6)


def test_evidence_for_another_class_is_negative():
    images = corner_images()[:1].copy()
    images[0, -4:, -4:, 2] = 255  # as much blue as red
    maps = occlusion_map(colour_model(), images, patch=4, stride=4, class_index=0)
    assert maps[0, 0, 0] > 0 > maps[0, -1, -1]


def test_every_pixel_is_covered_when_the_stride_does_not_fit():
    maps = occlusion_map(small_model(), random_images(2), patch=6, stride=5)
    assert np.isfinite(maps).all()


def test_occlusion_of_one_image_is_the_same_as_of_many():
    model, images = small_model(), random_images(3)
    together = occlusion_map(model, images)
    np.testing.assert_allclose(together[1:2], occlusion_map(model, images[1:2]), atol=1e-6)


@pytest.mark.parametrize(("patch", "stride"), [(0, 1), (17, 1), (4, 0), (4, 5)])
def test_impossible_patches(patch, stride):
    with pytest.raises(ModelError, match="1 <= stride <= patch <= 16"):
        occlusion_map(small_model(), random_images(1), patch=patch, stride=stride)
