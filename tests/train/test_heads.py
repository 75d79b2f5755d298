"""Heads are what they claim to be, are chosen by images they were not fitted to, and work the same inside a model."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cifar_teach import synthetic
from cifar_teach.backbones.features import extract
from cifar_teach.exceptions import CifarTeachError, DataError, ModelError, TrainingError
from cifar_teach.models import predict
from cifar_teach.train import heads
from cifar_teach.train.dense_head import attach_dense, fit_dense_head
from cifar_teach.train.heads import LinearHead, attach, fit_linear_head

CLASSES = 3
WIDTH = 6
DENSE = {"num_classes": CLASSES, "hidden": 16, "epochs": 30, "batch_size": 16}


def draw(n: int, seed: int, *, classes: int = CLASSES, views: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return overlapping clusters, on features of very different means and deviations."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = np.random.default_rng(99).normal(size=(classes, WIDTH)) * 0.8
    shape = (n, WIDTH) if views is None else (views, n, WIDTH)
    features = (centres[labels] + rng.normal(size=shape)) * [0.01, 0.1, 1, 1, 10, 100] + [0, 0, -3, 5, 0, 400]
    return features.astype("float32"), labels


TRAIN = draw(240, seed=1)
VALIDATION = draw(90, seed=2)
TEST = draw(150, seed=3)


def transfer_model(kind: str = "linear") -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = layers.Rescaling(1 / 64)(inputs)
    x = layers.Conv2D(12, 3, activation="relu")(x)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    if kind == "dense":
        x = layers.Dropout(0.5)(layers.Dense(16, activation="relu", name="hidden")(x))
    x = layers.Dense(10, name="head")(x)
    return keras.Model(inputs, layers.Softmax(name="probabilities")(x))


def pictures(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    images, labels = synthetic.draw(n, seed=seed)
    return np.ascontiguousarray(images[:, ::4, ::4]), labels


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


@pytest.mark.parametrize("classes", [2, CLASSES])
@pytest.mark.parametrize("penalty", [1e-3, 1.0])
def test_standardisation_is_folded_into_the_head(classes, penalty, monkeypatch):
    monkeypatch.setattr(heads, "TOLERANCE", 1e-6)  # both must arrive at the one solution to be compared
    features, labels = draw(240, seed=1, classes=classes)
    held_out, _ = draw(150, seed=3, classes=classes)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=penalty, tol=1e-6, max_iter=1000))
    expected = pipeline.fit(features.astype("float64"), labels).predict_proba(held_out.astype("float64"))
    head = fit_linear_head(features, labels, num_classes=classes, penalties=[penalty])
    assert head.penalty == penalty
    assert (head.kernel.shape, head.bias.shape) == ((WIDTH, classes), (classes,))
    assert {head.kernel.dtype, head.bias.dtype} == {np.dtype("float32")}
    np.testing.assert_allclose(head.probabilities(held_out), expected, atol=2e-3)


def test_a_feature_that_never_changes_has_no_say():
    features = TRAIN[0].copy()
    features[:, 2] = 7
    head = fit_linear_head(features, TRAIN[1], num_classes=CLASSES, penalties=[0.1])
    assert np.all(head.kernel[2] == 0)
    assert np.isfinite(head.bias).all()


def test_the_validation_images_alone_decide_on_the_penalty():
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(60, 40)).astype("float32"), np.arange(60) % CLASSES
    options = {"num_classes": CLASSES, "penalties": (1e-4, 1e-2, 1, 100)}
    by_heart = fit_linear_head(noise, labels, validation=(noise, labels), **options)
    new = rng.normal(size=(60, 40)).astype("float32"), labels
    honest = fit_linear_head(noise, labels, validation=new, **options)
    assert by_heart.penalty == 100
    assert honest.penalty == 1e-4
    assert np.array_equal(by_heart.kernel, fit_linear_head(noise, labels, validation=(noise, labels), **options).kernel)


def test_what_was_tried_is_the_loss_on_the_validation_images():
    head = fit_linear_head(*TRAIN, num_classes=CLASSES, validation=VALIDATION)
    features, labels = VALIDATION
    right = head.probabilities(features)[np.arange(len(labels)), labels]
    assert head.tried[head.penalty] == pytest.approx(-np.log(right).mean(), rel=1e-4)
    assert head.tried[head.penalty] == min(head.tried.values())


def test_trying_stops_at_the_first_penalty_that_does_worse():
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(60, 40)).astype("float32"), np.arange(60) % CLASSES
    head = fit_linear_head(noise, labels, num_classes=CLASSES, validation=(-noise, labels))
    assert list(head.tried) == list(heads.PENALTIES[:2])


def test_a_weaker_penalty_that_changes_nothing_is_not_chosen(monkeypatch):
    monkeypatch.setattr(heads, "TOLERANCE", 1.0)  # every start is good enough to stay
    head = fit_linear_head(*TRAIN, num_classes=CLASSES, validation=VALIDATION)
    assert head.penalty == heads.PENALTIES[0]
    assert list(head.tried) == list(heads.PENALTIES[:2])


def test_without_validation_images_folds_decide_and_all_images_are_fitted():
    head = fit_linear_head(*TRAIN, num_classes=CLASSES, seed=1)
    assert len(head.tried) > 1
    assert head.tried[head.penalty] == min(head.tried.values())
    alone = fit_linear_head(*TRAIN, num_classes=CLASSES, penalties=[head.penalty])
    np.testing.assert_allclose(head.kernel, alone.kernel)
    assert accuracy(head.probabilities(TEST[0]), TEST[1]) > 0.6
    again = fit_linear_head(*TRAIN, num_classes=CLASSES, seed=1)
    other = fit_linear_head(*TRAIN, num_classes=CLASSES, seed=2)
    assert again.tried == head.tried
    assert other.tried != head.tried


def test_the_views_of_an_image_are_never_on_both_sides_of_a_fold():
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(90, 60)).astype("float32"), np.arange(90) % CLASSES
    options = {"num_classes": CLASSES, "penalties": (1e-4, 1e-2, 1.0)}
    head = fit_linear_head(np.stack([noise, noise]), labels, **options)
    assert head.penalty == 1e-4
    assert min(head.tried.values()) > np.log(CLASSES) - 0.05
    # The same rows as separate images: now a head that knows one copy by heart does well on the other.
    leaking = fit_linear_head(np.concatenate([noise, noise]), np.tile(labels, 2), **options)
    assert leaking.penalty > 1e-4
    assert min(leaking.tried.values()) < np.log(CLASSES) - 0.05


def test_every_view_is_a_training_row_and_probabilities_average_the_features():
    features, labels = draw(120, seed=4, views=2)
    head = fit_linear_head(features, labels, num_classes=CLASSES, penalties=[0.1])
    as_rows = fit_linear_head(np.concatenate(features), np.tile(labels, 2), num_classes=CLASSES, penalties=[0.1])
    assert np.array_equal(head.kernel, as_rows.kernel)
    probabilities = head.probabilities(features)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, head.probabilities(features.mean(axis=0)), atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_refit_uses_the_validation_images_once_they_have_decided():
    options = {"num_classes": CLASSES, "validation": VALIDATION}
    chosen = fit_linear_head(*TRAIN, **options)
    refitted = fit_linear_head(*TRAIN, refit=True, **options)
    assert (refitted.penalty, refitted.tried) == (chosen.penalty, chosen.tried)
    both = [np.concatenate(pair) for pair in zip(TRAIN, VALIDATION, strict=True)]
    expected = fit_linear_head(*both, num_classes=CLASSES, penalties=[chosen.penalty])
    assert np.array_equal(refitted.kernel, expected.kernel)
    assert not np.array_equal(refitted.kernel, chosen.kernel)


@pytest.mark.parametrize("kind", ["linear", "dense"])
def test_a_head_from_the_cache_gives_the_same_inside_the_model(tmp_path, kind):
    model = transfer_model(kind)
    images, labels = pictures(120, seed=1)
    features = extract(model, images, mirror=True, folder=tmp_path)
    seen, seen_labels = pictures(50, seed=2)
    before = predict(model, seen)
    validation = extract(model, seen, folder=tmp_path), seen_labels
    if kind == "linear":
        head = fit_linear_head(features, labels, num_classes=10, validation=validation)
        expected = head.probabilities(validation[0])
        attach(model, head)
    else:
        head = fit_dense_head(features, labels, validation=validation, **DENSE | {"num_classes": 10, "epochs": 3})
        expected = head.predict_on_batch(validation[0].astype("float32"))
        attach_dense(model, head)
    assert type(expected) is np.ndarray
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(predict(model, seen), expected, atol=5e-3)
    assert np.abs(before - expected).max() > 0.05


def test_a_head_fitted_to_the_cache_equals_one_fitted_to_what_the_network_gives(tmp_path):
    model = transfer_model()
    images, labels = pictures(200, seed=1)
    cached = extract(model, images, folder=tmp_path)
    inner = keras.Model(model.inputs[0], model.get_layer("features").output)
    exact = np.asarray(inner(images.astype("float32")))
    options = {"num_classes": 10, "penalties": [0.01]}
    from_cache, from_network = (fit_linear_head(part, labels, **options) for part in (cached, exact))
    np.testing.assert_allclose(from_cache.probabilities(exact), from_network.probabilities(exact), atol=5e-3)


def test_a_head_that_does_not_fit_the_model_is_refused_and_the_model_stays_as_it_was():
    model = transfer_model("dense")
    before = model.get_weights()
    linear = LinearHead(np.zeros((12, 10), "float32"), np.zeros(10, "float32"), 1.0, {})
    with pytest.raises(ModelError, match=r"\(16, 10\).*\(12, 10\)"):
        attach(model, linear)
    features, labels = pictures(30, seed=1)[0].reshape(30, -1)[:, :12].astype("float32"), np.arange(30) % 9
    # The hidden layer fits, the last layer has nine classes instead of ten.
    nine = fit_dense_head(features, labels, validation=(features, labels), **DENSE | {"num_classes": 9, "epochs": 1})
    with pytest.raises(ModelError, match="does not fit"):
        attach_dense(model, nine)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    with pytest.raises(ModelError, match="no Dense layer 'hidden'"):
        attach_dense(transfer_model("linear"), nine)


def standardised(part: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return (part[0] - TRAIN[0].mean(axis=0)) / TRAIN[0].std(axis=0), part[1]


def test_the_dense_head_learns_from_a_memory_map_and_keeps_the_best_epoch(tmp_path):
    features, labels = standardised(TRAIN)
    np.save(tmp_path / "features.npy", np.stack([features, features]).astype("float16"))
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    validation = standardised(VALIDATION)
    model = fit_dense_head(mapped, labels, validation=validation, **DENSE | {"epochs": 40, "learning_rate": 0.02})
    losses = model.history.history["val_loss"]
    assert len(losses) < 40, "early stopping did not stop"
    assert model.evaluate(*validation, verbose=0)[0] == pytest.approx(min(losses), rel=1e-3)
    held_out, held_out_labels = standardised(TEST)
    assert accuracy(model.predict_on_batch(held_out), held_out_labels) > 0.6
    assert [layer.name for layer in model.layers][1:] == ["hidden", "dropout", "head", "probabilities"]


def test_the_best_epoch_is_kept_when_the_epochs_run_out():
    validation = standardised(VALIDATION)
    model = fit_dense_head(*standardised(TRAIN), validation=validation, patience=100, **DENSE | {"learning_rate": 0.1})
    losses = model.history.history["val_loss"]
    assert losses[-1] > min(losses)
    assert model.evaluate(*validation, verbose=0)[0] == pytest.approx(min(losses), rel=1e-3)


def test_the_dense_head_repeats_itself_and_leaves_the_global_generator_alone():
    def weights(seed):
        options = DENSE | {"epochs": 2, "seed": seed}
        return fit_dense_head(*TRAIN, validation=VALIDATION, **options).get_weights()

    state = random.getstate()  # where Keras takes the seeds that nobody gave
    first = weights(1)
    assert random.getstate() == state
    assert all(np.array_equal(a, b) for a, b in zip(first, weights(1), strict=True))
    assert not np.array_equal(first[0], weights(2)[0])


def test_bad_features_and_labels_are_refused():
    features, labels = TRAIN
    for wrong, message in (
        (features[:, None, None], r"\(n, d\) or \(views, n, d\)"),
        (features.tolist(), r"\(n, d\) or \(views, n, d\), not list"),
        (features.astype(int), "floating-point"),
        (np.where(features > 400, np.nan, features), "finite"),
        (features[:-1], "239 images"),
    ):
        with pytest.raises(DataError, match=message):
            fit_linear_head(wrong, labels, num_classes=CLASSES)
        with pytest.raises(DataError, match=message):
            fit_dense_head(wrong, labels, validation=VALIDATION, **DENSE)
    with pytest.raises(DataError, match="Class 3 has 0 training images"):
        fit_linear_head(features, labels, num_classes=4, validation=VALIDATION)
    with pytest.raises(DataError, match=r"Class 1 has 1 training images, but 2.*validation="):
        fit_linear_head(features[:5], labels[:5] % 2 * (np.arange(5) < 2), num_classes=2)
    for fit in (fit_linear_head, fit_dense_head):
        with pytest.raises(DataError, match="6 features, validation images 5"):
            fit(features, labels, num_classes=CLASSES, validation=(VALIDATION[0][:, :5], VALIDATION[1]))
    head = fit_linear_head(features, labels, num_classes=CLASSES, penalties=[1.0])
    with pytest.raises(DataError, match="takes 6 features per image, not 5"):
        head.probabilities(features[:, :5])


def test_bad_options_are_refused():
    for penalties in ((), (0.0,), (1.0, -1.0), (np.inf,)):
        with pytest.raises(TrainingError, match="above 0"):
            fit_linear_head(*TRAIN, num_classes=CLASSES, penalties=penalties)
    with pytest.raises(TrainingError, match="Give validation="):
        fit_linear_head(*TRAIN, num_classes=CLASSES, refit=True)
    with pytest.raises(CifarTeachError, match="seed"):
        fit_linear_head(*TRAIN, num_classes=CLASSES, seed=-1)
    for name, value in {"hidden": 0, "dropout": 1.0, "epochs": 0, "learning_rate": 0.0, "batch_size": 2.5}.items():
        with pytest.raises(TrainingError, match=f"{name}="):
            fit_dense_head(*TRAIN, validation=VALIDATION, **DENSE | {name: value})


def test_steps_that_are_too_large_are_an_error():
    with pytest.raises(TrainingError, match="Divide learning_rate"):
        fit_dense_head(*TRAIN, validation=VALIDATION, **DENSE | {"learning_rate": 1e38})
