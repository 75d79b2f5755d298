"""The format weights are shipped in: complete, checked, and close to what was saved."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from cifar_teach.backbones import BUNDLED, build_backbone, bundled, load_bundled, load_weights_file, save_weights_file
from cifar_teach.exceptions import ModelError
from cifar_teach.models import build_model, predict

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def trained() -> keras.Model:
    """Return tinynet with statistics as training leaves them, also very small and large ones."""
    model = build_model("tinynet", seed=3)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            spread = 10 ** rng.uniform(-7, 5, variance.shape)
            layer.set_weights([gamma, beta + rng.normal(size=beta.shape), mean, spread.astype("float32")])
    return model


@pytest.fixture
def file(trained, tmp_path) -> Path:
    return save_weights_file(trained, tmp_path / "deep" / "tinynet.npz", {"seed": 3, "accuracy": 0.5})


def test_round_trip(trained, file, images):
    fresh = build_model("tinynet", seed=9)
    card = load_weights_file(fresh, file)
    assert (card["seed"], card["accuracy"], card["parameters"]) == (3, 0.5, 959_610)
    np.testing.assert_allclose(predict(fresh, images), predict(trained, images), atol=0.01)
    for ours, theirs in zip(fresh.weights, trained.weights, strict=True):
        tolerance = 0 if len(ours.shape) == 1 else 1e-3 * np.abs(theirs).max()  # vectors are exact
        np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=0)


def test_the_file_is_half_as_large_as_the_weights(file):
    assert file.stat().st_size < 959_610 * 2.1
    assert sorted(path.name for path in file.parent.iterdir()) == ["tinynet.json", "tinynet.npz"]


def test_the_same_weights_give_the_same_file(trained, file, tmp_path):
    assert save_weights_file(trained, tmp_path / "again.npz", {}).read_bytes() == file.read_bytes()


def test_layers_that_are_numbered_through_the_session_are_no_obstacle(tmp_path):
    model = build_model("baseline")
    path = save_weights_file(model, tmp_path / "b.npz", {})
    load_weights_file(build_model("baseline"), path)


@pytest.mark.parametrize("scale", [1e-9, 1e6])
def test_what_float16_cannot_hold_stays_float32(scale, tmp_path):
    def small():
        return keras.Sequential([keras.Input((3,)), layers.Dense(4, use_bias=False)])

    model, other = small(), small()
    kernel = np.linspace(-scale, scale, 12, dtype="float32").reshape(3, 4)
    model.set_weights([kernel])
    load_weights_file(other, save_weights_file(model, tmp_path / "s.npz", {}))
    np.testing.assert_allclose(other.get_weights()[0], kernel, rtol=1e-3)


def test_constants_derived_from_weights_are_renewed(tmp_path):
    def standardising():
        return keras.Sequential([keras.Input((3,)), layers.Normalization()])

    model, other = standardising(), standardising()
    model.layers[0].adapt(np.array([[0.0, 10.0, 20.0], [2.0, 30.0, 60.0]]))
    load_weights_file(other, save_weights_file(model, tmp_path / "n.npz", {}))
    sample = np.array([[1.0, 2.0, 3.0]], "float32")
    np.testing.assert_allclose(other.predict_on_batch(sample), model.predict_on_batch(sample), atol=1e-5)


def test_a_head_of_another_task_is_left_out_on_request(trained, file):
    trunk = build_backbone("tinynet", weights=None)
    with pytest.raises(ModelError, match=r"Dense.*the network has nothing"):
        load_weights_file(trunk, file)
    load_weights_file(trunk, file, without_head=True)
    np.testing.assert_allclose(
        trunk.get_layer("stem_conv").get_weights()[0], trained.get_layer("stem_conv").get_weights()[0], atol=1e-3
    )


def unchanged(model: keras.Model, before: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(model.get_weights(), before, strict=True))


def test_a_changed_file_is_refused_and_the_model_stays_as_it_was(file):
    model = build_model("tinynet")
    before = model.get_weights()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="checksum differs"):
        load_weights_file(model, file)
    file.write_bytes(content[:1000])
    with pytest.raises(ModelError, match="checksum differs"):
        load_weights_file(model, file)
    assert unchanged(model, before)


def test_weights_of_another_network_are_refused_and_the_model_stays_as_it_was(file):
    model = build_model("tinynet", num_classes=7)
    before = model.get_weights()
    with pytest.raises(ModelError, match=r"Dense.kernel the file holds \(192, 10\), the network has \(192, 7\)"):
        load_weights_file(model, file)
    assert unchanged(model, before)


@pytest.mark.parametrize("card", [None, "{", "[]", '{"format": 2, "sha256": "0"}', '{"format": 1}'])
def test_without_a_good_card_nothing_is_loaded(card, file):
    path = file.with_suffix(".json")
    path.unlink() if card is None else path.write_text(card)
    with pytest.raises(ModelError, match=r"The card tinynet\.json"):
        load_weights_file(build_model("tinynet"), file)


def test_something_else_with_a_good_checksum_is_refused(file):
    file.write_bytes(b"no archive")
    card = json.loads(file.with_suffix(".json").read_text())
    file.with_suffix(".json").write_text(json.dumps({**card, "sha256": bundled._sha256(file)}))
    with pytest.raises(ModelError, match="cannot be read"):
        load_weights_file(build_model("tinynet"), file)


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match="There is no weight file"):
        load_weights_file(build_model("baseline"), tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("name", "card", "words"),
    [("m.h5", {}, "should end in .npz"), ("m.npz", {"x": {1}}, "JSON"), ("m.npz", {"x": float("nan")}, "JSON")],
)
def test_nothing_is_written_when_something_is_wrong(name, card, words, trained, tmp_path):
    with pytest.raises(ModelError, match=words):
        save_weights_file(trained, tmp_path / name, card)
    assert not list(tmp_path.iterdir())


def test_weights_that_are_not_finite_are_not_shipped(tmp_path):
    model = build_model("baseline")
    model.set_weights([np.full(w.shape, np.nan) for w in model.get_weights()])
    with pytest.raises(ModelError, match="not finite"):
        save_weights_file(model, tmp_path / "m.npz", {})


def test_a_bundled_model_is_built_and_described(trained, images, monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "WEIGHTS_FOLDER", tmp_path)
    card = {"class_names": [f"class {i}" for i in range(10)], "temperature": 1.5, "test_views": 6}
    save_weights_file(trained, tmp_path / "cifar10-tinynet.npz", card)
    saved = load_bundled("tinynet")
    assert saved.class_names == tuple(card["class_names"])
    assert (saved.notes["temperature"], saved.notes["test_views"]) == (1.5, 6)
    np.testing.assert_allclose(predict(saved.model, images), predict(trained, images), atol=0.01)
    with pytest.raises(ModelError, match=r"cifar10-baseline\.npz are not in this installation.*--models baseline"):
        load_bundled("baseline")


def test_unknown_bundled_model():
    with pytest.raises(ModelError, match="Did you mean 'fastnet'"):
        load_bundled("fasnet")


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_models_load(name, images):
    if not (bundled.WEIGHTS_FOLDER / f"cifar10-{name}.npz").exists():
        pytest.skip(f"cifar10-{name}.npz is not in this checkout: benchmarks/transfer.py writes it")
    saved = load_bundled(name)
    assert len(saved.class_names) == 10
    low, high = saved.notes["interval"]
    assert low < saved.notes["accuracy"] < high
    np.testing.assert_allclose(predict(saved.model, images).sum(axis=1), 1, atol=1e-4)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(("name", "ignored"), [("backbones/weights/tinynet.npz", False), ("backbones/x.npz", True)])
def test_git_keeps_the_shipped_weights_and_no_others(name, ignored):
    # What git ignores, the build of the wheel leaves out.
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a checkout")
    path = f"cifar_teach/{name}"
    answer = subprocess.run(["git", "check-ignore", "-q", path], cwd=REPOSITORY, check=False, timeout=60)
    assert answer.returncode == (0 if ignored else 1)
