"""Where weights are found, and that a file is loaded whole and into the right network, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from cifar_teach.backbones import BACKBONES, build_backbone, find_weights, save_weights_file
from cifar_teach.backbones.weights import WEIGHTS_FOLDER, file_names
from cifar_teach.data import load_cifar10
from cifar_teach.exceptions import ModelError

SMALLEST = "mobilenet_v2_0.35"
KERAS_NAME = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_{}_no_top.h5"


@pytest.fixture(scope="module")
def application() -> keras.Model:
    """Return MobileNetV2 as Keras builds it, with weights that no other test has."""
    keras.utils.set_random_seed(11)
    model = keras.applications.MobileNetV2(alpha=0.35, include_top=False, weights=None, input_shape=(64, 64, 3))
    rng = np.random.default_rng(11)
    # Statistics unlike those of a fresh network, so that weights left out would show.
    model.set_weights([w + rng.uniform(0.1, 0.3, w.shape) if w.ndim == 1 else w for w in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def good_file(application, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("good") / f"{SMALLEST}_no_top.weights.h5"
    application.save_weights(path)
    return path


@pytest.fixture(scope="module")
def mobilenet() -> keras.Model:
    return keras.applications.MobileNet(include_top=False, weights=None, input_shape=(64, 64, 3))


def same_features(model: keras.Model, application: keras.Model, images: np.ndarray) -> None:
    large = np.array(keras.ops.image.resize(images.astype("float32"), (64, 64)))
    expected = np.array(application(keras.applications.mobilenet_v2.preprocess_input(large), training=False))
    assert expected.std() > 0
    np.testing.assert_allclose(model(images.astype("float32"), training=False), expected, atol=1e-4)


def test_a_file_of_keras_gives_the_features_of_keras(application, good_file, images):
    same_features(build_backbone(SMALLEST, size=64, weights=good_file), application, images)


def test_so_does_the_older_format(application, images, tmp_path):
    path = tmp_path / KERAS_NAME.format(96)
    application.save(path)
    same_features(build_backbone(SMALLEST, size=64, weights=path), application, images)


def test_so_does_a_folder_named_by_the_environment(application, good_file, images, monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(good_file.parent))
    same_features(build_backbone(SMALLEST, size=64), application, images)


def test_so_does_the_format_of_this_package(application, images, tmp_path):
    path = save_weights_file(application, tmp_path / "mine.npz", {})
    model = build_backbone(SMALLEST, size=64, weights=path)
    expected = application.get_layer("block_16_project").get_weights()[0]
    got = model.get_layer("block_16_project").get_weights()[0]
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-6)


def test_mobilenet_takes_the_whole_network_and_the_one_that_ends_at_block_12(mobilenet, tmp_path):
    cut = keras.Model(mobilenet.input, mobilenet.get_layer("conv_pw_12_relu").output)
    for model, name in ((mobilenet, "mobilenet_no_top.weights.h5"), (cut, "mobilenet_v1_1.0_block12.weights.h5")):
        model.save_weights(tmp_path / name)
        loaded = build_backbone("mobilenet", weights=tmp_path / name, size=32)
        assert loaded.output_shape == (None, 1, 1, 1024)
        for layer in cut.layers:
            for kept, weight in zip(loaded.get_layer(layer.name).get_weights() if layer.weights else [], layer.weights):
                np.testing.assert_array_equal(kept, weight)


def test_a_file_of_another_network_is_refused(mobilenet, good_file, tmp_path):
    mobilenet.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ModelError, match=r"holds 3,228,864 parameters, the network has 410,208"):
        build_backbone(SMALLEST, weights=tmp_path / "other.weights.h5")
    with pytest.raises(ModelError, match=r"holds 410,208 parameters"):
        build_backbone("mobilenet_v2_0.5", weights=good_file)


def test_a_truncated_file_is_refused(good_file, tmp_path):
    damaged = tmp_path / "cut.weights.h5"
    damaged.write_bytes(good_file.read_bytes()[:-20_000])
    with pytest.raises(ModelError, match="not copied whole"):
        build_backbone(SMALLEST, weights=damaged)


def test_a_file_that_misses_a_layer_is_refused(good_file, tmp_path):
    path = tmp_path / "less.weights.h5"
    path.write_bytes(good_file.read_bytes())
    with h5py.File(path, "a") as file:
        del file["layers/conv2d_3"]
    with pytest.raises(ModelError, match="does not fit"):
        build_backbone(SMALLEST, weights=path)


def test_the_right_number_of_weights_in_the_wrong_layers_is_refused(good_file, tmp_path):
    path = tmp_path / "moved.weights.h5"
    path.write_bytes(good_file.read_bytes())
    with h5py.File(path, "a") as file:
        file.move("layers/conv2d_3", "layers/elsewhere")
    with pytest.raises(ModelError, match="not in the same layers"):
        build_backbone(SMALLEST, weights=path)


@pytest.mark.parametrize(("name", "words"), [("none.h5", "There is no weight file"), ("w.pth", "not a weight file")])
def test_paths_that_are_no_weight_files(name, words, tmp_path):
    (tmp_path / "w.pth").write_bytes(b"")
    with pytest.raises(ModelError, match=words):
        build_backbone(SMALLEST, weights=tmp_path / name)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"only the name matters here")
    return path


def test_the_order_of_the_search(monkeypatch, tmp_path):
    assert find_weights(SMALLEST).path is None  # left to Keras's download
    cached = touch(tmp_path / "keras" / "models" / KERAS_NAME.format(96))
    assert find_weights(SMALLEST).path == cached
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(tmp_path / "own"))
    own = touch(tmp_path / "own" / f"{SMALLEST}_no_top.weights.h5")
    assert find_weights(SMALLEST).path == own
    assert "CIFAR_TEACH_WEIGHTS" in find_weights(SMALLEST).origin


def test_weights_trained_at_the_nearest_size_are_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(tmp_path))
    for rows in (96, 128, 160, 224):
        touch(tmp_path / KERAS_NAME.format(rows))
    found = {size: find_weights(SMALLEST, size=size).path.name for size in (None, 64, 150, 500)}
    expected = {None: 128, 64: 96, 150: 160, 500: 224}
    assert found == {size: KERAS_NAME.format(rows) for size, rows in expected.items()}


def test_a_single_file_is_left_for_the_network_whose_name_it_bears(monkeypatch, tmp_path):
    file = touch(tmp_path / "mobilenet_v1_1.0_block12.weights.h5")
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(file))
    assert find_weights("mobilenet").path == file
    assert find_weights(SMALLEST).path is None
    named_freely = touch(tmp_path / "experiment.weights.h5")
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(named_freely))
    assert find_weights(SMALLEST).path == named_freely


def test_a_setting_that_leads_nowhere_is_said_so(monkeypatch, tmp_path):
    monkeypatch.setenv("CIFAR_TEACH_WEIGHTS", str(tmp_path / "gone"))
    with pytest.raises(ModelError, match=r"CIFAR_TEACH_WEIGHTS names .*gone', which does not exist"):
        build_backbone(SMALLEST)


def three_ways_out(message: str) -> bool:
    return all(words in message for words in ("CIFAR_TEACH_WEIGHTS", "let Keras download", "use 'tinynet'"))


def test_offline_without_weights_names_three_ways_out(monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_OFFLINE", "1")
    with pytest.raises(ModelError, match="CIFAR_TEACH_OFFLINE is set") as caught:
        build_backbone(SMALLEST)
    assert three_ways_out(str(caught.value))


def test_a_download_that_fails_names_them_too():
    with pytest.raises(ModelError, match="the download failed") as caught:
        build_backbone(SMALLEST)
    assert three_ways_out(str(caught.value))


def test_every_imagenet_network_is_recognised_under_the_name_keras_downloads():
    # From the sources of keras.applications.
    names = {name: file_names(BACKBONES[name]) for name in BACKBONES}
    assert "mobilenet_1_0_224_tf_no_top.h5" in names["mobilenet"]
    assert "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5" in names["mobilenet_v2"]
    assert "efficientnetb0_notop.h5" in names["efficientnet_b0"]
    assert "efficientnetv2-b0_notop.h5" in names["efficientnet_v2_b0"]
    assert "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5" in names["resnet50"]
    assert "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5" in names["resnet50_v2"]
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in names["vgg16"]
    every = [file for files in names.values() for file in files]
    assert len(every) == len(set(every))


def test_the_weights_of_tinynet_come_with_the_package(images):
    if not (WEIGHTS_FOLDER / "tinynet.npz").exists():
        pytest.skip("the pretrained weights of tinynet are not in this checkout: benchmarks/pretrain_tinynet.py")
    assert find_weights("tinynet").path == WEIGHTS_FOLDER / "tinynet.npz"
    features = build_backbone("tinynet").predict_on_batch(images)
    assert np.isfinite(features).all()
    assert not np.allclose(features, build_backbone("tinynet", weights=None).predict_on_batch(images), atol=0.1)


@pytest.fixture(scope="module")
def real_weights() -> Path:
    place = os.environ.get("CIFAR_TEACH_WEIGHTS")
    if not place or not Path(place).expanduser().is_dir():
        pytest.skip("real weights absent: set CIFAR_TEACH_WEIGHTS to a folder with ImageNet weights")
    return Path(place).expanduser()


def ridge_accuracy(features: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy on the second half of a ridge classifier fitted on the first."""
    half = len(labels) // 2
    x = (features - features[:half].mean(axis=0)) / (features[:half].std(axis=0) + 1e-3)
    gram = x[:half] @ x[:half].T + 100 * np.eye(half)
    scores = x[half:] @ x[:half].T @ np.linalg.solve(gram, np.eye(10)[labels[:half]] - 0.1)
    return float((scores.argmax(axis=1) == labels[half:]).mean())


@pytest.mark.parametrize("name", ["mobilenet", SMALLEST])
def test_real_weights_tell_the_classes_apart(name, real_weights, real_data_source):
    if find_weights(name).path is None:
        pytest.skip(f"real weights absent: the folder CIFAR_TEACH_WEIGHTS has none of {name}")
    part = load_cifar10(train_size=500, source=real_data_source, quiet=True).train
    pixels = part.images.astype("float32")

    def accuracy(weights: str | None) -> float:
        network = build_backbone(name, size=64, weights=weights)
        features = np.concatenate([network.predict_on_batch(pixels[i : i + 100]) for i in range(0, len(pixels), 100)])
        return ridge_accuracy(features.mean(axis=(1, 2)), part.labels)

    pretrained = accuracy("auto")
    assert pretrained > 0.4
    assert pretrained > accuracy(None) + 0.15


def test_a_downloaded_efficientnet_b0_standardises_once(tmp_path, monkeypatch, built, images):
    # Keras adds a layer to this network when it loads the weights itself, and only then.
    module = keras.src.applications.efficientnet
    file = tmp_path / "keras" / "models" / "efficientnetb0_notop.h5"

    def get_file(*_, **__) -> str:
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(224, 224, 3))
        with h5py.File(file, "w") as target:
            legacy_h5_format.save_weights_to_hdf5_group(target, whole)  # the format of Keras's own files
        return str(file)

    monkeypatch.setattr(module.file_utils, "get_file", get_file)
    downloaded = build_backbone("efficientnet_b0", size=64)
    assert file.exists()

    def entering(model: keras.Model) -> np.ndarray:
        stem = keras.Model(model.input, model.get_layer("stem_conv_pad").input)
        return np.array(stem(images.astype("float32"), training=False))

    np.testing.assert_allclose(entering(downloaded), entering(built("efficientnet_b0")), atol=1e-4)
