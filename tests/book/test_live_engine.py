"""The JavaScript of the live page computes what Keras and the package compute."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.authoring import find_root, live_weights
from cifar_teach.authoring.errors import AuthoringError
from cifar_teach.authoring.live_network import steps_of
from cifar_teach.backbones.bundled import BUNDLED, load_bundled
from cifar_teach.evaluate import apply_temperature
from cifar_teach.exceptions import ModelError
from cifar_teach.explain import occlusion_map
from cifar_teach.models import SavedModel, predict
from cifar_teach.preprocess import photo_to_image
from cifar_teach.synthetic import draw

ROOT = find_root(Path(__file__).parent)
LIVE = ROOT / live_weights.FOLDER
PARITY = Path(__file__).with_name("parity.mjs")

Ask = Callable[..., np.ndarray]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return a function that lets the page's JavaScript compute something and returns its numbers, (n, ...)."""
    node = shutil.which("node")
    if node is None:
        pytest.fail("Node.js is not on the PATH; the page's JavaScript cannot be compared with Keras without it.")

    def compute(task: str, images: np.ndarray, **job) -> np.ndarray:
        (tmp_path / "in.raw").write_bytes(np.ascontiguousarray(images).tobytes())
        job = {"task": task, "folder": str(tmp_path), "count": len(images), **job}
        done = subprocess.run([node, PARITY], input=json.dumps(job), capture_output=True, text=True, timeout=500)
        assert done.returncode == 0, done.stderr
        values = np.frombuffer((tmp_path / "out.raw").read_bytes())
        return values.reshape(len(images), -1) if task != "square" else values

    return compute


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """A thousand test images of CIFAR-10 where CIFAR_TEACH_DATA names it, otherwise drawings."""
    source = os.environ.get("CIFAR_TEACH_DATA", "synthetic")
    if source == "synthetic":
        return draw(1_000, seed=41)[0]
    from cifar_teach.data import load_cifar10

    return load_cifar10(100, test_size=1_000, source=source).test.images


@pytest.fixture(scope="module")
def bundled() -> Callable[[str], SavedModel]:
    loaded: dict[str, SavedModel] = {}

    def load(name: str) -> SavedModel:
        if name not in loaded:
            loaded[name] = load_bundled(name)
        return loaded[name]

    return load


def keras_logits(model, images: np.ndarray) -> np.ndarray:
    """What goes into the softmax, up to a constant for each image: the logarithm of what comes out."""
    probabilities = np.concatenate(
        [model.predict_on_batch(images[i : i + 250].astype("float32")) for i in range(0, len(images), 250)]
    )
    return centred(np.log(np.maximum(probabilities, 1e-37)))


def centred(logits: np.ndarray) -> np.ndarray:
    return logits - logits.max(axis=1, keepdims=True)


def written(saved: SavedModel, path: Path, *, quantised: bool = False) -> str:
    path.write_text(live_weights.weights_script(saved, "test", quantised=quantised), encoding="utf-8")
    return str(path)


# ---- the same answers as Keras


@pytest.mark.slow
def test_unrounded_fastnet_gives_the_logits_of_keras(ask, bundled, images, tmp_path):
    saved = bundled("fastnet")
    here = ask("logits", images, script=written(saved, tmp_path / "float.js"))
    assert np.abs(centred(here) - keras_logits(saved.model, images)).max() < 1e-3


@pytest.mark.slow
def test_the_committed_rounded_weights_give_the_classes_of_keras(ask, bundled, images):
    here = ask("logits", images, script=str(LIVE / "weights.js"))
    there = keras_logits(bundled("fastnet").model, images)
    assert (here.argmax(1) == there.argmax(1)).mean() >= 0.999
    assert np.abs(centred(here) - there).max() < 0.01, "rounded, but hardly"


@pytest.mark.parametrize("name", [name for name in BUNDLED if name != "fastnet"])
def test_the_other_bundled_networks_give_the_logits_of_keras(ask, bundled, images, tmp_path, name):
    saved, some = bundled(name), images[:100]
    here = ask("logits", some, script=written(saved, tmp_path / "float.js"))
    assert np.abs(centred(here) - keras_logits(saved.model, some)).max() < 1e-3


def test_every_operation_of_the_engine_gives_the_logits_of_keras(ask, tmp_path):
    """Strides with "same" padding, uneven sizes, average pooling, dropout, activations of their own."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    inputs = keras.Input((32, 32, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = layers.Conv2D(5, 3, strides=2, padding="same", name="odd")(x)
    x = layers.BatchNormalization(name="shift")(x)
    x = layers.Activation("relu")(x)
    x = layers.Conv2D(6, (4, 2), strides=(3, 2), padding="same")(x)
    x = layers.BatchNormalization(center=False, scale=False)(x)
    correction = layers.Conv2D(6, 5, padding="same")(x)
    x = layers.ReLU()(layers.Add()([correction, x]))
    x = layers.MaxPooling2D((2, 3))(x)
    one = layers.Dense(4, activation="relu")(layers.Flatten()(x))
    two = layers.Dense(4)(layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x)))
    outputs = layers.Dense(7, activation="softmax")(layers.Add()([one, two]))
    model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(0)
    model.get_layer("shift").set_weights([rng.normal(1, 1, 5), *rng.normal(0, 1, (2, 5)), rng.uniform(0.5, 2, 5)])
    pictures = rng.integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    saved = SavedModel(model, tuple("abcdefg"), {})
    here = ask("logits", pictures, script=written(saved, tmp_path / "all.js"))
    assert np.abs(centred(here) - keras_logits(model, pictures)).max() < 1e-3


# ---- the same as the functions of the package


@pytest.mark.parametrize("views", [1, 2, 6])
def test_views_are_those_of_predict(ask, bundled, images, tmp_path, views):
    saved = bundled("fastnet")
    here = ask("predict", images[:20], script=written(saved, tmp_path / "float.js"), views=views)
    assert np.abs(here - predict(saved.model, images[:20], views=views)).max() < 1e-3


def test_the_page_shows_the_calibrated_probabilities_of_the_package(ask, bundled):
    pictures, _ = live_weights.sample_images()
    saved = bundled("fastnet")
    here = ask("calibrated", pictures, script=str(LIVE / "weights.js"))
    there = apply_temperature(predict(saved.model, pictures, views=6), saved.notes["temperature"])
    assert np.allclose(here.sum(axis=1), 1)
    assert (here.argmax(1) == there.argmax(1)).all()
    assert np.abs(here - there).max() < 1e-3, "what is left is the rounding of the weights"


@pytest.mark.parametrize(("patch", "stride", "steps"), [(8, 4, 49), (10, 7, 25)])
def test_the_map_of_what_matters_is_occlusion_map(ask, bundled, images, tmp_path, patch, stride, steps):
    saved = bundled("baseline")
    job = {"class_index": 3, "options": {"patch": patch, "stride": stride}, "steps": steps}
    here = ask("occlusion", images[:3], script=written(saved, tmp_path / "float.js"), **job)
    there = occlusion_map(saved.model, images[:3], patch=patch, stride=stride, class_index=3)
    assert np.abs(here.reshape(there.shape) - there).max() < 1e-4
    assert np.abs(there).max() > 0.01


def test_entropy_worked_examples(ask):
    rows = [[0.1] * 10, [1.0] + [0.0] * 9, [0.5, 0.25, 0.25]]
    found = ask("entropy", np.zeros((3, 1), np.uint8), probabilities=rows)
    assert found.ravel().tolist() == pytest.approx([np.log2(10), 0, 1.5])


def test_changes_of_the_picture_are_those_of_numpy(ask, images):
    some = images[:2]
    here = {name: ask(name, some, size=32).reshape(some.shape) for name in ("turned", "mirrored")}
    assert (here["turned"] == np.rot90(some, axes=(1, 2))).all()
    assert (here["mirrored"] == some[:, :, ::-1]).all()
    moved = ask("shifted", some, size=32, by=[4, 2]).reshape(some.shape)
    assert (moved[:, 2:, 4:] == some[:, :-2, :-4]).all()
    assert (moved[:, 2:, :4] == some[:, :-2, 4:0:-1]).all(), "mirrored at the edge"


@pytest.mark.parametrize(
    ("width", "height"),
    [(32, 32), (33, 40), (10, 20), (1, 1), (100, 64), (191, 192), (193, 400), (500, 401), (1000, 777), (97, 1000)],
)
def test_pictures_are_cut_and_shrunk_as_photo_to_image_does_it(ask, width, height):
    rng = np.random.default_rng(width)
    noise = rng.integers(0, 256, (height, width, 3))
    stripes = np.clip(np.cumsum(noise - 128, axis=1) % 511 - 128, 0, 255)  # long runs of black and white, too
    for picture in (noise.astype(np.uint8), stripes.astype(np.uint8)):
        here = ask("square", picture, width=width, height=height, size=32)
        assert (here == photo_to_image(picture).ravel()).all()


# ---- the files


def test_the_committed_files_are_those_that_the_program_writes():
    assert live_weights.up_to_date(LIVE) == []


def test_a_changed_or_missing_file_is_noticed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(live_weights, "FOLDER", tmp_path)
    text = (LIVE / "weights.js").read_text(encoding="utf-8")
    (tmp_path / "weights.js").write_text(text.replace('"temperature": 0.5', '"temperature": 0.6'), encoding="utf-8")
    assert live_weights.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "weights.js is missing or not up to date" in said
    assert "samples.js is missing or not up to date" in said
    assert live_weights.main([]) == 0
    assert (tmp_path / "weights.js").read_text(encoding="utf-8") == text
    assert live_weights.main(["--check"]) == 0


def test_drawings_may_differ_by_one_in_a_pixel_but_not_by_more():
    pictures, labels = live_weights.sample_images()
    text = live_weights.samples_script(pictures, labels)
    for difference, equal in ((1, True), (2, False)):
        other = pictures.copy()
        other[0, 0, 0, 0] ^= difference
        assert live_weights._nearly_equal(live_weights.samples_script(other, labels), text) is equal


def test_a_damaged_script_is_refused():
    text = live_weights.samples_script(*live_weights.sample_images())
    assert live_weights.read_script(text)[0]["classes"][3] == "cat"
    start = text.index("`\n") + 2
    broken = text[:start] + ("A" if text[start] != "A" else "B") + text[start + 1 :]
    with pytest.raises(AuthoringError, match="checksum"):
        live_weights.read_script(broken)
    with pytest.raises(AuthoringError, match="not a script of live_weights"):
        live_weights.read_script("something else")


def test_the_page_tells_what_the_card_says(bundled):
    header, payload = live_weights.read_script((LIVE / "weights.js").read_text(encoding="utf-8"))
    card = bundled("fastnet").notes
    assert header["card"]["accuracy"] == card["accuracy"]
    assert (header["views"], header["temperature"]) == (card["test_views"], card["temperature"])
    assert not header["card"]["data"]["is_synthetic"]
    assert len(payload) == header["bytes"]


def test_the_page_is_light():
    files = [path for path in LIVE.iterdir() if path.is_file()]
    assert {path.name for path in files} == {
        "classify.css", "drawing.js", "engine.js", "page.js", "picture.js", "samples.js", "weights.js",
    }  # fmt: skip
    assert sum(path.stat().st_size for path in files) < 1_200_000


def test_the_scripts_use_nothing_that_needs_a_server_or_another_host():
    for path in LIVE.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        if path.name in (live_weights.WEIGHTS_NAME, live_weights.SAMPLES_NAME):
            continue
        assert not re.findall(r"\b(fetch|XMLHttpRequest|Worker|eval|import|WebSocket|sendBeacon|localStorage)\(", text)
        assert "http" not in text, path.name


def test_rounding_is_off_by_half_a_step_at_most():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 4, 6)) * [1, 1e-3, 10, 1, 1, 0]
    weights, step = live_weights.quantise(kernel)
    assert weights.dtype == np.int16
    assert (np.abs(weights * step - kernel) <= step * 0.5001).all()
    assert np.abs(weights).reshape(-1, 6).max(axis=0).tolist() == [32_767] * 5 + [0]


# ---- networks that the engine does not have


def small(*middle, softmax: bool = True):
    import keras
    from keras import layers

    head = [layers.Flatten(), layers.Dense(3, activation="softmax" if softmax else None)]
    return keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), *middle, *head])


def unsupported(name: str):
    from keras import layers

    if name == "negative":
        after = layers.BatchNormalization()
        model = small(layers.MaxPooling2D(2), after)
        after.set_weights([np.array([1.0, -1, 1, 1]), *np.zeros((2, 4)), np.ones(4)])
        return model
    return {
        "activation": lambda: small(layers.Conv2D(4, 3, activation="gelu")),
        "layer": lambda: small(layers.AveragePooling2D(2)),
        "groups": lambda: small(layers.Conv2D(4, 3, groups=2)),
        "overlap": lambda: small(layers.MaxPooling2D(3, strides=2)),
        "leaky": lambda: small(layers.ReLU(negative_slope=0.1)),
        "late": lambda: small(layers.ReLU(), layers.BatchNormalization()),
        "head": lambda: small(softmax=False),
    }[name]()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("activation", "has no gelu"),
        ("layer", "has no AveragePooling2D"),
        ("groups", "plain convolutions only"),
        ("overlap", "without overlap"),
        ("leaky", "cannot compute the ReLU"),
        ("late", "cannot be folded"),
        ("negative", "upside down"),
        ("head", "does not end in a softmax"),
    ],
)
def test_a_network_that_the_engine_cannot_compute_is_refused(name, words):
    with pytest.raises(ModelError, match=words):
        steps_of(unsupported(name))
