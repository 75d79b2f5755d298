"""One network, trained once with one seed: its predictions, its costs, its files."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data import Dataset, LabelledImages
from ..environment import hardware, versions
from ..evaluate import apply_temperature, confidence_threshold, fit_temperature, wilson_interval
from ..files import replacing
from ..models import count_macs, load_model, parameter_counts, predict, save_model
from ..train import History
from ..train.resume import fingerprint
from .contenders import HEAD_TIME_FILE, Plan, slug_of, train_contender

if TYPE_CHECKING:
    import keras

RESULT_FILE = "result.json"
PREDICTIONS_FILE = "predictions.npz"
MODEL_FILE = "model.keras"
HISTORY_FILE = "history.csv"
KEPT = 0.95
"""Share of the right answers on validation images that stay above the threshold of doubt."""


@dataclass(frozen=True)
class Member:
    """What is known about one trained network.

    Attributes:
        model: label of the contender: a network, or a pretrained one and the way it was trained.
        seed: training seed.
        parameters, parameters_not_trainable, macs: what it costs to store and to run.
        recipe: how it was trained, as JSON-ready values.
        history: rows of the training history; none for a head that is fitted directly.
        groups: what was trainable, at which share of the learning rate, from which epoch on.
        chosen: what was decided on validation images on the way.
        train_seconds: wall-clock seconds of training.
        train_cpu_seconds: processor seconds of training, summed over cores, also before an interruption.
        predict_seconds: wall-clock seconds for the whole test set.
        precision: number format of the convolutions during training.
        temperature: fitted on the validation images (Guo et al., 2017).
        validation_probabilities, test_probabilities: float32 ``(n, classes)``, before the temperature.
        hardware, versions: what it was trained on; a finished training may be older than the report it is in.
        folder: where its files are; None for a vote, which has none.
    """

    model: str
    seed: int
    parameters: int
    parameters_not_trainable: int
    macs: int
    recipe: dict[str, Any]
    history: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    chosen: dict[str, Any]
    train_seconds: float
    train_cpu_seconds: float
    predict_seconds: float
    precision: str
    temperature: float
    validation_probabilities: np.ndarray
    test_probabilities: np.ndarray
    hardware: dict[str, Any]
    versions: dict[str, str]
    folder: Path | None

    @property
    def slug(self) -> str:
        """The label as part of a file name."""
        return slug_of(self.model)

    @property
    def calibrated_test_probabilities(self) -> np.ndarray:
        """The test probabilities after temperature scaling."""
        return apply_temperature(self.test_probabilities, self.temperature)

    @property
    def calibrated_validation_probabilities(self) -> np.ndarray:
        """The validation probabilities after temperature scaling, which was fitted on these same images."""
        return apply_temperature(self.validation_probabilities, self.temperature)

    def load(self) -> keras.Model:
        """Load the trained network from its file."""
        return load_model(self.folder / MODEL_FILE).model


PLAIN_FIELDS = (
    "model", "seed", "parameters", "parameters_not_trainable", "macs", "recipe", "history", "groups", "chosen",
    "train_seconds", "train_cpu_seconds", "predict_seconds", "precision", "temperature",
    "hardware", "versions",
)  # fmt: skip


def train_member(
    plan: Plan,
    data: Dataset,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    seed: int,
    runs: Path,
    targets: np.ndarray | None = None,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
    progress: bool | None = None,
) -> Member:
    """Train one network, measure it, and keep everything in a folder of its own below ``runs``.

    The folder's name ends in a fingerprint of network, recipe, seed, data and versions. So a finished training is read
    instead of repeated, an interrupted one goes on where it stopped, and a different one overwrites neither.

    Args:
        plan: what is trained, and how.
        data: supplies the test images (predicted once, at the end), class names and provenance.
        train: images to train on.
        validation: images that decide and calibrate; never trained on.
        seed: of initial weights, order, augmentation and dropout.
        runs: folder of all trainings.
        targets: what a network from scratch learns instead of the labels, float32 ``(n, classes)``.
        callbacks: further Keras callbacks; they see the epochs that are trained now.
        progress: show a progress bar; None means when stderr is a terminal.
    """
    label = plan.contender.label
    run = fingerprint(
        versions(), label, seed, plan.to_dict(), data.provenance.to_dict() | {"origin": None},
        train.labels, validation.labels, *(() if targets is None else (targets,)),
    )  # fmt: skip
    folder = runs / f"{plan.contender.slug}-seed{seed}-{run[:8]}"
    finished = _read(folder, run)
    if finished is not None:
        return finished
    state = folder / "training-state.npz"

    model, history, chosen = train_contender(
        plan,
        train,
        validation,
        num_classes=len(data.class_names),
        seed=seed,
        state=state,  # kept until everything below is on disk
        features=folder / "features",  # its own, so that the time of extracting them is in every result
        targets=targets,
        callbacks=callbacks,
        progress=progress,
    )

    validation_probabilities = predict(model, validation.images, views=plan.test_views)
    started = time.perf_counter()
    test_probabilities = predict(model, data.test.images, views=plan.test_views)
    predict_seconds = time.perf_counter() - started
    counts = parameter_counts(model)
    member = Member(
        model=label,
        seed=seed,
        parameters=counts.total,
        parameters_not_trainable=counts.not_trainable,
        macs=count_macs(model),
        recipe=plan.to_dict(),
        history=history.rows,
        groups=history.groups,
        chosen=dict(chosen),
        train_seconds=history.seconds,
        train_cpu_seconds=history.cpu_seconds,
        predict_seconds=predict_seconds,
        precision=history.precision,
        temperature=fit_temperature(validation.labels, validation_probabilities),
        validation_probabilities=validation_probabilities,
        test_probabilities=test_probabilities,
        hardware=hardware(),
        versions=versions(),
        folder=folder,
    )
    _write(member, model, history, data, validation.labels, run)
    for leftover in folder.glob(f"{state.stem}*{state.suffix}"):
        leftover.unlink(missing_ok=True)
    (folder / HEAD_TIME_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / "features", ignore_errors=True)
    return member


def _write(
    member: Member, model: keras.Model, history: History, data: Dataset, validation_labels: np.ndarray, run: str
) -> None:
    """Write all files of a member; the result file comes last and says that the others are complete."""
    folder = member.folder
    history.to_csv(folder / HISTORY_FILE)
    save_model(
        model,
        folder / MODEL_FILE,
        class_names=data.class_names,
        notes={
            "model": member.model,
            "seed": member.seed,
            "recipe": member.recipe,
            "test_views": member.recipe["test_views"],
            "temperature": member.temperature,
            **_measured(member, data.test.labels),
            **_doubt(member, validation_labels),
            "data": data.provenance.to_dict(),
            "versions": member.versions,
        },
    )
    with replacing(folder / PREDICTIONS_FILE) as draft, draft.open("wb") as file:
        np.savez(file, validation=member.validation_probabilities, test=member.test_probabilities)
    plain = {"run": run, **{name: getattr(member, name) for name in PLAIN_FIELDS}}
    with replacing(folder / RESULT_FILE) as draft:
        draft.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def _measured(member: Member, labels: np.ndarray) -> dict[str, Any]:
    """Return what a model card says about the test images."""
    hits = int((member.test_probabilities.argmax(axis=1) == labels).sum())
    return {
        "accuracy": hits / len(labels),
        "interval": [float(end) for end in wilson_interval(hits, len(labels))],
        "n_test": len(labels),
    }


def _doubt(member: Member, labels: np.ndarray) -> dict[str, Any]:
    """Return the confidence below which an app says "this may be none of the classes", from validation images.

    Nothing when not one answer is right: such a network has no confidence of right answers.
    """
    calibrated = apply_temperature(member.validation_probabilities, member.temperature)
    if not (calibrated.argmax(axis=1) == labels).any():
        return {}
    threshold = confidence_threshold(labels, calibrated, KEPT)
    return {"doubt": {"threshold": threshold, "keep": KEPT, "validation_images": len(labels)}}


def _read(folder: Path, run: str) -> Member | None:
    """Return the finished member kept in ``folder`` if it belongs to this very run."""
    try:
        plain = json.loads((folder / RESULT_FILE).read_text(encoding="utf-8"))
        if plain.pop("run") != run or not (folder / MODEL_FILE).is_file():
            return None
        with np.load(folder / PREDICTIONS_FILE, allow_pickle=False) as arrays:
            return Member(
                **plain,
                validation_probabilities=arrays["validation"],
                test_probabilities=arrays["test"],
                folder=folder,
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None  # damaged, or written by another version: train again rather than trust it
