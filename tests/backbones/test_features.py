"""Features are what the network computes, are computed once, and an old entry is never taken for a new one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from cifar_teach import synthetic
from cifar_teach.backbones import entries
from cifar_teach.backbones.features import estimate_bytes, extract
from cifar_teach.exceptions import CifarTeachError, DataError, ModelError

SIZE = 8
REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = np.ascontiguousarray(synthetic.draw(30, seed=1)[0][:, ::4, ::4])


def network(
    *, size: int = SIZE, activation: str = "relu", flip_axis: int = 1, scale: float = 1 / 255, name: str | None = None
) -> keras.Model:
    """Return the same weights in every call; most layers have the names Keras makes up."""
    rng = np.random.default_rng(0)
    inputs = keras.Input((size, size, 3))
    x = layers.Rescaling(scale)(inputs)
    x = keras.ops.flip(x, axis=flip_axis)
    x = layers.Conv2D(5, 3, activation=activation, name=name)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.5)(x)
    skip = layers.Conv2D(5, 1)(x)
    x = layers.Add(name="map")([x, skip])
    x = layers.GlobalAveragePooling2D(name="features")(x)
    x = layers.Dense(3, name="head")(x)
    model = keras.Model(inputs, layers.Softmax(name="probabilities")(x))
    model.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return network()


def by_hand(model: keras.Model, images: np.ndarray, layer: str) -> np.ndarray:
    inner = keras.Model(model.inputs[0], model.get_layer(layer).output)
    return np.asarray(inner(images.astype("float32"), training=False))


def entries_in(folder: Path) -> set[str]:
    return {file.name for file in folder.glob("[!.]*.npy")}


def change_last_value(folder: Path, value: float = 77.0) -> None:
    """Leave a mark in the only entry, so that what is read from it can be told from what is computed."""
    (file,) = folder.glob("*.npy")
    content = bytearray(file.read_bytes())
    content[-2:] = np.float16(value).tobytes()
    file.write_bytes(content)


@pytest.mark.parametrize(("layer", "shape"), [("features", (5,)), ("map", (6, 6, 5))])
@pytest.mark.parametrize("in_memory", [False, True])
def test_features_are_what_the_network_computes_in_inference_mode(model, tmp_path, layer, shape, in_memory):
    folder = False if in_memory else tmp_path
    features = extract(model, IMAGES, layer=layer, mirror=True, folder=folder, batch_size=7)
    assert features.shape == (2, 30, *shape)
    assert features.dtype == np.float16
    np.testing.assert_allclose(features[0], by_hand(model, IMAGES, layer), rtol=2e-3)
    np.testing.assert_allclose(features[1], by_hand(model, IMAGES[:, :, ::-1], layer), rtol=2e-3)
    assert bool(list(tmp_path.iterdir())) is not in_memory
    with pytest.raises(ValueError, match="read-only"):
        features[0, 0] = 0


def test_without_mirror_there_is_no_axis_of_views(model, tmp_path):
    features = extract(model, IMAGES, folder=tmp_path)
    assert isinstance(features, np.memmap)
    assert np.array_equal(features, extract(model, IMAGES, mirror=True, folder=False)[0])


def test_the_second_call_reads_and_does_not_compute(model, tmp_path):
    first = np.array(extract(model, IMAGES, folder=tmp_path))
    change_last_value(tmp_path)
    second = extract(model, IMAGES, folder=tmp_path)
    assert second[-1, -1] == 77
    assert np.array_equal(second[:-1], first[:-1])


def with_one_weight_changed(layer: int) -> keras.Model:
    model = network()
    weights = model.layers[layer].get_weights()
    weights[-1].flat[0] += 1e-3
    model.layers[layer].set_weights(weights)
    return model


def position_of(kind: type) -> int:
    return next(i for i, layer in enumerate(network().layers) if isinstance(layer, kind))


def one_pixel() -> np.ndarray:
    images = IMAGES.copy()
    images[-1, -1, -1, -1] ^= 1
    return images


ANOTHER_ENTRY = {
    "one pixel": lambda: {"images": one_pixel()},
    "order of the images": lambda: {"images": IMAGES[::-1]},
    "fewer images": lambda: {"images": IMAGES[:-1]},
    "size": lambda: {"model": network(size=6), "images": IMAGES[:, :6, :6]},
    "one weight": lambda: {"model": with_one_weight_changed(position_of(layers.Conv2D))},
    "one statistic": lambda: {"model": with_one_weight_changed(position_of(layers.BatchNormalization))},
    "activation": lambda: {"model": network(activation="tanh")},
    "activation, and a layer with the old one's name": lambda: {"model": network(activation="tanh", name="relu")},
    "scale of the input": lambda: {"model": network(scale=1 / 127.5)},
    "option of an operation": lambda: {"model": network(flip_axis=2)},
    "layer": lambda: {"layer": "map"},
    "mirror": lambda: {"mirror": True},
}


@pytest.mark.parametrize("change", ANOTHER_ENTRY)
def test_everything_the_features_depend_on_makes_another_entry(model, tmp_path, change):
    before = {"model": model, "images": IMAGES}
    extract(**before, folder=tmp_path)
    extract(**before | ANOTHER_ENTRY[change](), folder=tmp_path)
    assert len(entries_in(tmp_path)) == 2


def frozen() -> keras.Model:
    model = network()
    model.trainable = False
    return model


def reloaded(tmp_path: Path) -> keras.Model:
    network().save(tmp_path / "model.keras")
    return keras.saving.load_model(tmp_path / "model.keras")


SAME_ENTRY = {
    "built again": lambda tmp_path: {"model": network()},
    "a layer with another name": lambda tmp_path: {"model": network(name="convolution")},
    "a layer with the name of an activation": lambda tmp_path: {"model": network(name="relu")},
    "frozen": lambda tmp_path: {"model": frozen()},
    "another head": lambda tmp_path: {"model": with_one_weight_changed(-2)},
    "saved and loaded": lambda tmp_path: {"model": reloaded(tmp_path)},
    "batch size": lambda tmp_path: {"batch_size": 4},
    "memory layout": lambda tmp_path: {"images": np.asfortranarray(IMAGES)},
}


@pytest.mark.parametrize("change", SAME_ENTRY)
def test_what_the_features_do_not_depend_on_finds_the_entry(model, tmp_path, change):
    before = {"model": model, "images": IMAGES}
    folder = tmp_path / "cache"
    extract(**before, folder=folder)
    change_last_value(folder)
    assert extract(**before | SAME_ENTRY[change](tmp_path), folder=folder)[-1, -1] == 77
    assert len(entries_in(folder)) == 1


DAMAGE = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "another type": lambda content: content.replace(b"<f2", b"<i2"),
    "no header": lambda content: bytes(len(content)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_anew(model, tmp_path, damage):
    expected = np.array(extract(model, IMAGES, folder=tmp_path))
    (file,) = tmp_path.glob("*.npy")
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert np.array_equal(extract(model, IMAGES, folder=tmp_path), expected)
    assert np.array_equal(np.load(file, allow_pickle=False), expected)


SLOW_EXTRACTION = """
import sys, keras, numpy as np
from cifar_teach.backbones.features import extract
model, images, folder = keras.saving.load_model(sys.argv[1]), np.load(sys.argv[2]), sys.argv[3]
extract(model, images, folder=folder, batch_size=1)
"""


@pytest.fixture
def slow_process(model, tmp_path):
    """Yield another process in the middle of an extraction: its images, their folder, the draft and the process."""
    images = np.tile(IMAGES, (40, 1, 1, 1))
    folder = tmp_path / "cache"
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    arguments = [str(tmp_path / "model.keras"), str(tmp_path / "images.npy"), str(folder)]
    process = subprocess.Popen([sys.executable, "-c", SLOW_EXTRACTION, *arguments], cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + 120
        while not (drafts := list(folder.glob(".*.part.npy"))) or drafts[0].stat().st_size == 0:
            assert process.poll() is None, "the process ended before its draft was seen"
            assert time.monotonic() < deadline, "the process did not begin to write"
            time.sleep(0.005)
        yield images, folder, drafts[0], process
    finally:
        process.kill()
        process.wait()


def test_a_killed_process_leaves_no_entry_and_the_next_one_clears_up(model, slow_process):
    images, folder, draft, process = slow_process
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert draft.exists()
    assert entries_in(folder) == set()
    features = extract(model, images, folder=folder)
    assert np.array_equal(features, extract(model, images, folder=False))
    assert not draft.exists()


def test_a_second_process_waits_for_the_first_and_takes_its_entry(model, slow_process):
    images, folder, draft, process = slow_process
    made_by_the_other = draft.stat().st_ino
    features = extract(model, images, folder=folder)
    (file,) = folder.glob("*.npy")
    assert file.stat().st_ino == made_by_the_other
    assert process.wait(timeout=60) == 0
    np.testing.assert_allclose(features, extract(model, images, folder=False), rtol=2e-3)


def test_drafts_of_other_entries_are_removed_when_they_are_old(model, tmp_path):
    fresh, old = tmp_path / ".aa.1.part.npy", tmp_path / ".bb.1.part.npy"
    fresh.touch()
    old.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    extract(model, IMAGES, folder=tmp_path)
    assert fresh.exists()
    assert not old.exists()


def test_too_small_a_disk_is_noticed_before_anything_is_computed(model, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=2**20))
    with pytest.raises(CifarTeachError, match=r"need .* MiB, but only 1.0 MiB are free.*CIFAR_TEACH_CACHE"):
        extract(model, IMAGES, folder=tmp_path)
    assert not [file for file in tmp_path.iterdir() if file.suffix == ".npy"]


def test_a_disk_that_becomes_full_is_an_error_and_leaves_nothing(model, tmp_path):
    resource = pytest.importorskip("resource", reason="this system cannot limit the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        with pytest.raises(CifarTeachError, match="cannot be written"):
            extract(model, IMAGES, layer="map", folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not [file for file in tmp_path.iterdir() if file.suffix == ".npy"]
    assert len(extract(model, IMAGES, layer="map", folder=tmp_path)) == len(IMAGES)


def test_a_folder_that_cannot_be_written_is_reported_and_done_without(model, tmp_path, capfd):
    (tmp_path / "file").touch()
    features = extract(model, IMAGES, folder=tmp_path / "file" / "features")
    assert np.array_equal(features, extract(model, IMAGES, folder=False))
    assert "computed in memory" in capfd.readouterr().err


def test_too_little_memory_is_noticed_before_anything_is_computed(model, monkeypatch):
    monkeypatch.setattr(entries, "available_memory", lambda: 2**20)
    with pytest.raises(CifarTeachError, match=r"of memory, but only 1.0 MiB are available"):
        extract(model, IMAGES, folder=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory is available")
def test_available_memory_is_plausible():
    assert 2**20 < entries.available_memory() < 2**50


def test_entries_are_kept_in_the_cache_of_the_package(model, tmp_path, monkeypatch):
    monkeypatch.setenv("CIFAR_TEACH_CACHE", str(tmp_path))
    extract(model, IMAGES)
    assert len(entries_in(tmp_path / "features")) == 1


@pytest.mark.parametrize(("layer", "mirror"), [("features", False), ("map", True)])
def test_the_estimate_is_exact(model, layer, mirror):
    features = extract(model, IMAGES, layer=layer, mirror=mirror, folder=False)
    assert estimate_bytes(model, len(IMAGES), layer, mirror) == features.nbytes


def test_a_bar_is_shown_on_stderr_only(model, tmp_path, capfd):
    extract(model, IMAGES, folder=False, progress=True)
    shown = capfd.readouterr()
    assert "features" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(("scale", "largest"), [(1e5, r"largest value is [\d,]+"), (np.inf, "not finite")])
def test_values_float16_cannot_hold_are_refused_and_nothing_is_kept(tmp_path, scale, largest):
    inputs = keras.Input((SIZE, SIZE, 3))
    x = layers.Rescaling(scale)(inputs)
    huge = keras.Model(inputs, layers.GlobalAveragePooling2D(name="features")(x))
    with pytest.raises(ModelError, match=rf"'features' cannot be kept as float16.*{largest}"):
        extract(huge, IMAGES, folder=tmp_path)
    assert not [file for file in tmp_path.iterdir() if file.suffix == ".npy"]


def test_bad_input_is_refused(model):
    with pytest.raises(ModelError, match="no layer 'featurs'"):
        extract(model, IMAGES, layer="featurs")
    with pytest.raises(DataError, match=r"\(n, 8, 8, 3\)"):
        extract(model, IMAGES[:, :6, :6])
    with pytest.raises(DataError, match="uint8"):
        extract(model, IMAGES / 255)
    with pytest.raises(ModelError, match="functional"):
        extract(keras.Sequential([layers.Flatten(name="features")]), IMAGES)
    inputs = keras.Input((None, None, 3))
    with pytest.raises(ModelError, match="fixed image size"):
        extract(keras.Model(inputs, layers.Conv2D(2, 1, name="features")(inputs)), IMAGES)
