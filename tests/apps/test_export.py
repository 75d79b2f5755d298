"""Models in other formats answer as the original does, in the runtime of that format."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from cifar_teach.apps import export
from cifar_teach.apps.export import export_model, run_litert, run_onnx
from cifar_teach.backbones import load_bundled
from cifar_teach.cli import main
from cifar_teach.exceptions import ModelError
from cifar_teach.models import SavedModel, build_model, load_model, predict
from cifar_teach.synthetic import draw


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return draw(12, seed=77)[0]


@pytest.fixture(scope="module")
def saved() -> SavedModel:
    """The quickest of the trained networks: LiteRT answers image by image, and each export is compared on 200."""
    return load_bundled("baseline")


def test_litert_answers_as_keras_does_and_says_nothing_of_its_own(saved, images, tmp_path, capfd, caplog):
    talkers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, "tensorflow"):  # as in a notebook
        with caplog.at_level(logging.INFO, "absl"):
            report = export_model(saved, tmp_path / "m.tflite", to="litert")
            assert [talker.level for talker in talkers] == [logging.INFO] * 2 and caplog.text == ""
    assert capfd.readouterr() == ("", "")
    assert report.difference < 1e-4 and report.same_class == 1 and report.images == 200
    np.testing.assert_allclose(run_litert(report.path, images), predict(saved.model, images), atol=1e-4)
    assert report.bytes == report.path.stat().st_size
    assert "largest difference of a probability" in report.describe()
    with pytest.raises(ModelError, match=r"takes images of shape \(n, 32, 32, 3\), but"):
        run_litert(report.path, images[:, :16])
    (tmp_path / "m.tflite").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be used as LiteRT"):
        run_litert(report.path, images)


@pytest.mark.slow
@pytest.mark.parametrize(("quantize", "part", "same"), [("float16", 0.55, 0.99), ("int8", 0.35, 0.9)])
def test_quantised_litert_is_smaller_and_says_what_it_costs(saved, tmp_path, quantize, part, same):
    whole = 4 * saved.model.count_params()
    report = export_model(saved, tmp_path / "m.tflite", to="litert", quantize=quantize)
    assert report.bytes < part * whole
    assert 1e-5 < report.difference < 0.3, "smaller weights change the answers"
    assert report.same_class > same
    assert quantize in report.describe()


@pytest.mark.parametrize("name", ["fastnet", "baseline"])
def test_onnx_answers_as_keras_does(name, images, tmp_path):
    pytest.importorskip("onnxruntime")
    saved = load_bundled(name)
    report = export_model(saved, tmp_path / "m.onnx", to="onnx")
    assert report.difference < 1e-4
    np.testing.assert_allclose(run_onnx(report.path, images), predict(saved.model, images), atol=1e-4)
    for path, pictures in ((report.path, images[:, :16]), (tmp_path / "none.onnx", images)):
        with pytest.raises(ModelError, match="cannot be used as ONNX for images of shape"):
            run_onnx(path, pictures)


@pytest.mark.parametrize("name", ["bn-small", "three-block", "regularized", "vgg-style", "tinynet"])
def test_every_network_of_the_course_can_be_written_as_onnx(name, images, tmp_path):
    pytest.importorskip("onnxruntime")
    from cifar_teach.apps.onnx_writer import write_onnx

    model = build_model(name)
    np.testing.assert_allclose(
        run_onnx(write_onnx(model, tmp_path / "m.onnx"), images), predict(model, images), atol=1e-4
    )


def layers_of_all_kinds():
    import keras
    from keras import layers

    inputs = keras.Input((20, 20, 3))
    x = layers.Resizing(30, 30, interpolation="bilinear")(inputs)
    x = layers.Normalization(mean=[100.0, 110, 120], variance=[900.0, 1000, 1100])(x)
    x = layers.ZeroPadding2D(((1, 0), (2, 1)))(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="silu")(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization(scale=False)(x))
    one = layers.Conv2D(4, 3, dilation_rate=2, padding="same", activation="tanh")(x)
    two = layers.ReLU(negative_slope=0.1)(layers.Conv2D(4, (1, 3), padding="same")(x))
    x = layers.Concatenate()([one, two, layers.Multiply()([one, two])])
    x = layers.AveragePooling2D(2, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    side = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    inner = keras.Sequential([keras.Input(x.shape[1:]), layers.Flatten(), layers.Dense(4, activation="relu6")])
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.Add()([side, inner(x)])))


def test_every_layer_that_the_onnx_writer_knows_computes_what_keras_computes(tmp_path):
    pytest.importorskip("onnxruntime")
    import keras

    from cifar_teach.apps.onnx_writer import write_onnx

    keras.utils.set_random_seed(1)
    model = layers_of_all_kinds()
    pictures = np.random.default_rng(0).integers(0, 256, (5, 20, 20, 3), dtype=np.uint8)
    expected = predict(model, pictures)
    assert np.ptp(expected, axis=0).max() > 0.01, "the pictures are told apart"
    np.testing.assert_allclose(run_onnx(write_onnx(model, tmp_path / "m.onnx"), pictures), expected, atol=1e-4)


def test_a_layer_that_cannot_be_written_as_onnx_is_named(tmp_path):
    pytest.importorskip("onnx")
    import keras
    from keras import layers

    from cifar_teach.apps.onnx_writer import write_onnx

    def model(layer):
        return keras.Sequential(
            [keras.Input((8, 8, 3)), layer, layers.Flatten(), layers.Dense(2, activation="softmax")]
        )

    for layer, words in (
        (layers.UnitNormalization(name="odd"), r"'odd' \(UnitNormalization\)"),
        (layers.Conv2D(3, 3, groups=3, name="odd"), "'odd' has groups=3"),
        (layers.Conv2D(3, 3, activation="mish", name="odd"), "'odd' ends in mish"),
        (layers.Resizing(4, 4, interpolation="bicubic", name="odd"), "only bilinear can"),
    ):
        with pytest.raises(ModelError, match=words):
            write_onnx(model(layer), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("to", ["keras", "h5"])
def test_a_keras_file_keeps_its_note(saved, images, tmp_path, to):
    report = export_model(saved, tmp_path / f"m.{to}", to=to)
    assert report.difference < 1e-6
    again = load_model(report.path)
    assert again.notes["temperature"] == saved.notes["temperature"] and again.notes["legacy"] is (to == "h5")
    assert again.notes["doubt"] == saved.notes["doubt"]
    np.testing.assert_allclose(predict(again.model, images), predict(saved.model, images), atol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"m.{to}", f"m.{to}.json"]


def test_an_export_that_answers_differently_is_not_kept(saved, tmp_path, monkeypatch):
    honest = export.run_litert
    monkeypatch.setattr(export, "run_litert", lambda path, images: np.roll(honest(path, images), 1, axis=1))
    with pytest.raises(ModelError, match="answers differently"):
        export_model(saved, tmp_path / "m.tflite", to="litert")
    assert not list(tmp_path.iterdir())


def test_accuracy_before_and_after_on_labelled_images(tmp_path, real_data_source):
    pytest.importorskip("onnxruntime")
    report = export_model("fastnet", tmp_path / "m.onnx", to="onnx", source=real_data_source)
    before, after = report.accuracy
    assert before == after > 0.7
    assert "CIFAR-10" in report.data and "accuracy on these images" in report.describe()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fastnet", "--to", "litert", "--out", "m.onnx"], "should end in .tflite"),
        (["fastnet", "--to", "onnx", "--out", "m.onnx", "--quantize", "int8"], "for LiteRT only"),
        (["fasnet", "--to", "onnx", "--out", "m.onnx"], "neither a .keras or .h5 file nor one of"),
        (["no.h5", "--to", "onnx", "--out", "m.onnx"], "There is no model file"),
    ],
)
def test_mistakes_on_the_command_line_get_one_sentence(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["app", "export-model", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_command_line_prints_the_difference(tmp_path, capsys):
    path = tmp_path / "small.keras"
    build_model("bn-small", num_classes=4).save(path)
    assert main(["app", "export-model", str(path), "--to", "h5", "--out", str(tmp_path / "small.h5")]) == 0
    output = capsys.readouterr().out
    assert "written: " in output and "largest difference of a probability 0, same class for 100.0%" in output
    assert json.loads((tmp_path / "small.h5.json").read_text())["legacy"] is True
