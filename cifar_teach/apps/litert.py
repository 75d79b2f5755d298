"""LiteRT, once called TensorFlow Lite: a network as the content of its file, and what such a file answers.

TensorFlow's converter and interpreter report their work on the terminal, and so into every notebook that calls them.
What they say is held back here, unless something goes wrong.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import absl.logging
import numpy as np

from ..exceptions import ModelError

if TYPE_CHECKING:
    import keras


def litert_bytes(model: keras.Model, quantize: str | None, samples: np.ndarray) -> bytes:
    """Return a network as the content of a ``.tflite`` file.

    Args:
        model: a network that takes images 0-255.
        quantize: ``float16``, ``int8`` or None.
        samples: uint8 ``(n, size, size, 3)``, from which ``int8`` learns the range of every layer.

    Raises:
        ModelError: another backend than TensorFlow, or a network that the converter refuses.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError("LiteRT files are written by TensorFlow. Set KERAS_BACKEND=tensorflow and try again.")
    import tensorflow as tf

    def each_sample() -> Any:
        for image in samples:
            yield [image[None].astype("float32")]

    with _hushed():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if quantize:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if quantize == "int8":
            converter.representative_dataset = each_sample
        try:
            return converter.convert()
        except Exception as problem:  # the converter raises whatever its C++ part says
            raise ModelError(
                f"TensorFlow could not convert '{model.name}' to LiteRT ({first_line(problem)}). Try --to onnx, or "
                "leave --quantize out."
            ) from problem


def run_litert(path: str | Path, images: np.ndarray) -> np.ndarray:
    """Return what a LiteRT file answers: float32 ``(n, classes)`` for images 0-255, ``(n, size, size, 3)``.

    Raises:
        ModelError: no such file, no LiteRT file, or one that takes images of another shape.
    """
    with _hushed():
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            import tensorflow as tf

            Interpreter = tf.lite.Interpreter
        try:
            interpreter = Interpreter(model_path=str(path))
        except (ValueError, RuntimeError) as problem:
            raise ModelError(
                f"'{path}' cannot be used as LiteRT ({first_line(problem)}). Check the path, or export the network "
                "again."
            ) from problem
        entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]["index"]
        expected = entry["shape_signature"].tolist()  # -1: any
        # Images of another size are no exception for LiteRT: it ends the whole process.
        if len(expected) != images.ndim or any(e not in (-1, got) for e, got in zip(expected[1:], images.shape[1:])):
            raise ModelError(
                f"'{path}' takes images of shape (n, {', '.join(map(str, expected[1:]))}), but these have shape "
                f"{images.shape}. Resize them with cifar_teach.preprocess.photo_to_image first."
            )
        entry = entry["index"]
        interpreter.resize_tensor_input(entry, [1, *images.shape[1:]])
        interpreter.allocate_tensors()
        rows = []
        for image in images:
            interpreter.set_tensor(entry, image[None].astype("float32"))
            interpreter.invoke()
            rows.append(interpreter.get_tensor(exit_)[0].copy())
    return np.stack(rows)


@contextmanager
def _hushed() -> Iterator[None]:
    """Hold back what TensorFlow prints about its work: warnings, what its loggers say, and what its C++ part says.

    When the block fails, the words of the C++ part are shown after all: they may say more than the exception.
    """
    loggers = [logging.getLogger("tensorflow"), absl.logging.get_absl_logger()]
    levels = [logger.level for logger in loggers]
    sys.stderr.flush()
    shown = os.dup(2)  # C++ knows the file descriptor only
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), tempfile.TemporaryFile() as held:
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(shown, held.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)
            for logger, level in zip(loggers, levels):
                logger.setLevel(level)


def first_line(problem: Exception) -> str:
    """Return what an exception says, without the pages that may follow."""
    return str(problem).strip().splitlines()[0][:200] if str(problem).strip() else type(problem).__name__
