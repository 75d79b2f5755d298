"""What is saved comes back: weights, predictions, class names, notes. What is not a model is refused."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.exceptions import ModelError
from cifar_teach.models import MODELS, build_model, fit_whitening, load_model, predict, save_model


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", MODELS)
def test_round_trip(name, suffix, tmp_path, capfd):
    images, _ = synthetic.draw(12, seed=0)
    model = build_model(name, seed=2)
    fit_whitening(model, images)
    path = save_model(model, tmp_path / f"deep/{name}{suffix}", notes={"temperature": 1.5})
    saved = load_model(path)
    np.testing.assert_allclose(predict(saved.model, images), predict(model, images), atol=1e-6)
    assert saved.notes["temperature"] == 1.5
    assert saved.notes["legacy"] is (suffix == ".h5")
    assert saved.class_names[3] == "cat"
    assert "legacy" not in capfd.readouterr().err
    assert sorted(file.name for file in path.parent.iterdir()) == sorted([path.name, f"{name}{suffix}.json"])


def test_other_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ModelError, match=r"should end in \.keras"):
        save_model(build_model("baseline"), tmp_path / "model.pkl")
    assert not list(tmp_path.iterdir())


def test_wrong_number_of_class_names(tmp_path):
    with pytest.raises(ModelError, match="10 outputs but 2 class names"):
        save_model(build_model("baseline"), tmp_path / "m.keras", class_names=("a", "b"))


def test_notes_do_not_replace_the_class_names(tmp_path):
    path = save_model(build_model("baseline"), tmp_path / "m.keras", notes={"class_names": ["a"], "legacy": True})
    saved = load_model(path)
    assert saved.class_names[0] == "airplane"
    assert saved.notes["legacy"] is False


def test_notes_that_json_cannot_hold_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ModelError, match="cannot be written as JSON"):
        save_model(build_model("baseline"), tmp_path / "m.keras", notes={"accuracy": np.float32(0.5)})
    assert not list(tmp_path.iterdir())


def test_the_two_formats_of_one_name_keep_their_own_notes(tmp_path):
    for suffix in (".keras", ".h5"):
        save_model(build_model("baseline"), tmp_path / f"m{suffix}")
    assert load_model(tmp_path / "m.keras").notes["legacy"] is False
    assert load_model(tmp_path / "m.h5").notes["legacy"] is True


def foreign(*shapes: tuple, outputs: int = 1) -> keras.Model:
    """A network of somebody else: inputs of these shapes, global averages, Dense 4."""
    inputs = [keras.Input(shape) for shape in shapes]
    flat = [keras.layers.GlobalAveragePooling2D()(x) if len(x.shape) == 4 else x for x in inputs]
    joined = keras.layers.Concatenate()(flat) if len(flat) > 1 else flat[0]
    return keras.Model(inputs, [keras.layers.Dense(4, activation="softmax")(joined) for _ in range(outputs)])


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: foreign((784,)), r"takes \(n, 784\)"),
        (lambda: foreign((28, 28, 1)), r"takes \(n, 28, 28, 1\)"),
        (lambda: foreign((32, 48, 3)), r"takes \(n, 32, 48, 3\)"),
        (lambda: foreign((32, 32, 3), (32, 32, 3)), "takes 2 arrays"),
        (lambda: foreign((32, 32, 3), outputs=2), "returns 2 arrays"),
        (lambda: keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(4, 3)]), r"returns \(n, 30, 30, 4\)"),
    ],
    ids=["flat", "grey", "not square", "two inputs", "two outputs", "maps"],
)
def test_a_model_for_something_else_says_what_it_takes_and_returns(model, words, tmp_path):
    model().save(tmp_path / "foreign.keras")
    with pytest.raises(ModelError, match=words) as caught:
        load_model(tmp_path / "foreign.keras")
    assert "(n, size, size, 3)" in str(caught.value)


def test_a_model_for_images_of_any_size_is_welcome(tmp_path):
    foreign((None, None, 3)).save(tmp_path / "any.keras")
    saved = load_model(tmp_path / "any.keras")
    assert saved.class_names == ("class 0", "class 1", "class 2", "class 3")
    for size in (32, 40):
        assert predict(saved.model, np.zeros((2, size, size, 3), np.uint8)).shape == (2, 4)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("class_names", 3),
        ("class_names", list(range(10))),
        ("temperature", None),
        ("temperature", 0),
        ("temperature", "warm"),
        ("test_views", 3),
        ("test_views", [1]),
        ("data", "CIFAR-10"),
    ],
)
def test_entries_of_a_note_that_cannot_be_used_are_left_out(entry, value, tmp_path, capsys):
    path = save_model(build_model("baseline"), tmp_path / "m.keras")
    (tmp_path / "m.keras.json").write_text(json.dumps({entry: value, "seed": 4}))
    saved = load_model(path)
    assert saved.notes == {"seed": 4}
    assert saved.class_names[0] == "airplane"
    assert f"m.keras.json: {entry}=" in capsys.readouterr().err


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match="There is no model file"):
        load_model(tmp_path / "nothing.keras")


@pytest.mark.parametrize("name", ["broken.keras", "broken.h5"])
def test_damaged_file(name, tmp_path):
    (tmp_path / name).write_bytes(b"not a model at all")
    with pytest.raises(ModelError, match="could not be loaded"):
        load_model(tmp_path / name)


def test_truncated_file(tmp_path):
    path = save_model(build_model("baseline"), tmp_path / "m.keras")
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ModelError, match="could not be loaded"):
        load_model(path)


def test_a_model_with_python_code_inside_is_not_run(tmp_path):
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Lambda(lambda t: t * 2, output_shape=(32, 32, 3))(inputs)
    outputs = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(x))
    keras.Model(inputs, outputs).save(tmp_path / "lambda.keras")
    with pytest.raises(ModelError, match="could not be loaded"):
        load_model(tmp_path / "lambda.keras")


def test_a_damaged_note_does_not_hide_the_model(tmp_path, capsys):
    path = save_model(build_model("baseline"), tmp_path / "m.keras")
    (tmp_path / "m.keras.json").write_text("{")
    assert load_model(path).class_names[0] == "airplane"
    assert "cannot be read" in capsys.readouterr().err
