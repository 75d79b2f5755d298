"""Models for other programs, each compared with the original after it was written.

==========  ======================================================================================================
``litert``  phones and small devices (once called TensorFlow Lite). ``--quantize float16`` halves the weights;
            ``int8`` also computes with whole numbers, after looking at sample images. Written by TensorFlow's
            converter, which works with Keras 3.8 as with 3.15; Keras's own ``export(format="litert")`` came later
            and calls the same converter.
``onnx``    ONNX Runtime, browsers, C++, other languages; written by :mod:`cifar_teach.apps.onnx_writer`, because
            Keras's own export needs tf2onnx, which does not work with NumPy 2.
``keras``   Keras 3, with the note of :func:`~cifar_teach.models.save_model` beside it.
``h5``      programs that still read Keras's old format. Legacy.
==========  ======================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..backbones import BUNDLED, load_bundled
from ..data.photo import photo_to_images
from ..exceptions import ModelError
from ..files import replacing
from ..models import SavedModel, load_model, predict, save_model
from ..models.files import note_path
from ..synthetic import draw
from .litert import first_line, litert_bytes, run_litert
from .recogniser import input_size

ENDINGS = {"litert": ".tflite", "onnx": ".onnx", "keras": ".keras", "h5": ".h5"}
TOLERANCE = 1e-3
"""Largest difference of a probability at which an export without quantisation counts as the same network."""
COMPARED = 200
"""Images on which original and export are compared."""
SAMPLES = 200
"""Images from which ``int8`` learns the range of every layer; others than those it is compared on."""


@dataclass(frozen=True)
class ExportReport:
    """What was written and how it compares with the original.

    Attributes:
        path: the file.
        to: the format.
        quantize: how the weights were made smaller, or None.
        bytes: size of the file.
        images: how many images were compared.
        data: what they are.
        difference: largest difference of a probability, 0 to 1.
        same_class: share of the images for which the most likely class is the same.
        accuracy: of the original and of the export on these images; None when they have no true labels the network
            was trained for, as drawn pictures.
    """

    path: Path
    to: str
    quantize: str | None
    bytes: int
    images: int
    data: str
    difference: float
    same_class: float
    accuracy: tuple[float, float] | None

    def describe(self) -> str:
        """Return the report in words."""
        kind = f"{self.to}, {self.quantize}" if self.quantize else self.to
        lines = [
            f"written: {self.path} ({self.bytes / 2**20:.2f} MB, {kind})",
            f"compared with the original on {self.images} images ({self.data}): largest difference of a probability "
            f"{self.difference:.2g}, same class for {self.same_class:.1%}",
        ]
        if self.accuracy is not None:
            before, after = self.accuracy
            lines.append(f"accuracy on these images: {before:.1%} before, {after:.1%} after")
        return "\n".join(lines)


def export_model(
    model: str | Path | SavedModel,
    out: str | Path,
    *,
    to: str,
    quantize: str | None = None,
    source: str | Path | None = None,
) -> ExportReport:
    """Write a model in another format, read it back with that format's own runtime, and compare the answers.

    The file appears only when the comparison went well. What is compared is one view of each image and no
    temperature: these belong to the program that uses the network, and are in the note of the model.

    Args:
        model: the name of a bundled model, the path of a ``.keras`` or ``.h5`` file, or a loaded model.
        out: a name with the ending of the format: .tflite, .onnx, .keras, .h5.
        to: ``litert``, ``onnx``, ``keras`` or ``h5``.
        quantize: ``float16`` or ``int8``, LiteRT only; the difference is then reported, not judged.
        source: where the images are that the two are compared on, and from which ``int8`` learns its ranges, as for
            :func:`~cifar_teach.data.load_cifar10`. It must hold at least 200 training and 200 test images. None takes
            drawn pictures.

    Raises:
        DataError: ``source`` cannot be read or holds fewer images.
        ModelError: a format, an ending or an option that does not exist, a network that the format cannot hold, a
            runtime that is not installed, or an export that answers differently from the original.
    """
    out = Path(out)
    _check(to, out, quantize)
    saved = _load(model)
    compared, labels, samples, data = _images(source, input_size(saved))
    before = predict(saved.model, compared)
    with replacing(out) as draft:
        answer = _write(saved, draft, to, quantize, samples)
        after = answer(compared)
        difference = float(np.abs(before - after).max())
        if quantize is None and not difference <= TOLERANCE:  # also when it is not a number
            raise ModelError(
                f"The exported network answers differently: a probability is off by {difference:.2g}, and at most "
                f"{TOLERANCE:g} is rounding. Nothing was written. Try another format or other versions."
            )
        size = draft.stat().st_size
    if to in ("keras", "h5"):
        _write_note(saved, out)
    accuracy = None
    if labels is not None:
        accuracy = tuple(float((rows.argmax(axis=1) == labels).mean()) for rows in (before, after))
    same = float((before.argmax(axis=1) == after.argmax(axis=1)).mean())
    return ExportReport(out, to, quantize, size, len(compared), data, difference, same, accuracy)


def _check(to: str, out: Path, quantize: str | None) -> None:
    if to not in ENDINGS:
        raise ModelError(f"There is no format '{to}'. Known: {', '.join(ENDINGS)}.")
    if out.suffix != ENDINGS[to]:
        raise ModelError(f"'{out.name}' should end in {ENDINGS[to]}: that is how a {to} file is known.")
    if quantize not in (None, "float16", "int8"):
        raise ModelError(f"There is no quantisation '{quantize}'. Known: float16, int8.")
    if quantize and to != "litert":
        raise ModelError(f"Quantisation is there for LiteRT only. Use --to litert, or leave --quantize {quantize} out.")


def _load(model: str | Path | SavedModel) -> SavedModel:
    if isinstance(model, SavedModel):
        return model
    return load_bundled(str(model)) if str(model) in BUNDLED else load_model(model)


def _images(source: str | Path | None, size: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, str]:
    """Return images to compare on, their labels or None, images to learn ranges from, and what they are."""
    if source is None:
        images = draw(COMPARED + SAMPLES, seed=0)[0]
        compared, labels, samples, data = images[:COMPARED], None, images[COMPARED:], "drawn pictures"
    else:
        from ..data import load_cifar10

        dataset = load_cifar10(SAMPLES, test_size=COMPARED, source=source)
        compared, labels, samples = dataset.test.images, dataset.test.labels, dataset.train.images
        data = f"test images of {dataset.provenance.name}"
        if dataset.provenance.is_synthetic:
            labels = None
    if compared.shape[1] != size:
        compared, samples = photo_to_images(list(compared), size), photo_to_images(list(samples), size)
    return compared, labels, samples, data


def _write(
    saved: SavedModel, path: Path, to: str, quantize: str | None, samples: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Write the file and return the function that answers with it, read back from disk."""
    if to == "litert":
        path.write_bytes(litert_bytes(saved.model, quantize, samples))
        return lambda images: run_litert(path, images)
    if to == "onnx":
        from .onnx_writer import write_onnx

        write_onnx(saved.model, path)
        return lambda images: run_onnx(path, images)
    save_model(saved.model, path, class_names=saved.class_names)
    note_path(path).unlink()  # the note belongs to the name the file will have
    return lambda images: predict(load_model(path).model, images)


def _write_note(saved: SavedModel, out: Path) -> None:
    note = {**saved.notes, "class_names": list(saved.class_names), "legacy": out.suffix == ".h5"}
    with replacing(note_path(out)) as draft:
        draft.write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def run_onnx(path: str | Path, images: np.ndarray) -> np.ndarray:
    """Return what an ONNX file answers: float32 ``(n, classes)`` for images 0-255, ``(n, size, size, 3)``.

    Raises:
        ModelError: ONNX Runtime is not installed, or the file is missing, is no ONNX file, or takes other images.
    """
    try:
        import onnxruntime
    except ImportError as problem:
        raise ModelError("ONNX Runtime is not installed. Install it with: pip install 'cifar-teach[onnx]'") from problem
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: images.astype("float32")})[0]
    except Exception as problem:  # its errors have no common class of their own
        raise ModelError(
            f"'{path}' cannot be used as ONNX for images of shape {images.shape} ({first_line(problem)}). Check the "
            "path and the size of the images, or export the network again."
        ) from problem
