"""While the student's code is called: hold its output back, stop it in time, and leave everything as it was."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .verdict import StudentError

KEPT_CHARACTERS = 20_000
REPEAT_SECONDS = 1.0
"""Code that swallows the first interruption gets another one after this long."""


class TimeIsUp(BaseException):
    """Not an Exception, so that ``except Exception`` in a student's loop does not swallow it."""


class Output(io.TextIOBase):
    """Keeps the beginning of what is printed and counts the lines; the rest is dropped."""

    def __init__(self) -> None:
        self.kept = ""
        self.lines = 0

    def writable(self) -> bool:
        """Return True: print may write here."""
        return True

    def write(self, text: str) -> int:
        """Take ``text`` and return its length, as every text stream does."""
        self.lines += text.count("\n")
        if len(self.kept) < KEPT_CHARACTERS:
            self.kept += text[: KEPT_CHARACTERS - len(self.kept)]
        return len(text)


@contextlib.contextmanager
def held_output() -> Iterator[Output]:
    """Send what is printed to an :class:`Output`, and what C++ code writes to nowhere.

    nbgrader gives no points to a test cell that writes to standard error, and TensorFlow does write there.
    """
    output = Output()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), _closed_descriptors():
            yield output


@contextlib.contextmanager
def _closed_descriptors() -> Iterator[None]:
    saved = []
    for descriptor in (1, 2):
        try:
            saved.append((descriptor, os.dup(descriptor)))
        except OSError:  # a program without a terminal has none
            continue
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor, _ in saved:
            os.dup2(nowhere, descriptor)
        yield
    finally:
        for descriptor, copy in saved:
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(nowhere)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`StudentError` when the body has not ended after ``seconds``.

    A signal interrupts Python code wherever it is. Where there is none (Windows, another thread than the main one), a
    timer raises the exception in this thread instead, which is noticed at the next Python instruction.
    """
    try:
        with _alarm(seconds) if _signals_work() else _timer(seconds):
            yield
    except TimeIsUp:
        raise too_slow(seconds) from None


def too_slow(seconds: float) -> StudentError:
    """Return what is said about code that did not finish within ``seconds``."""
    return StudentError(
        f"Your code did not finish within {seconds:g} seconds and was stopped.",
        hint="Look for a loop whose condition never becomes false, or for a loop over pixels that one NumPy "
        "expression can replace.",
    )


def _signals_work() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeIsUp

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, stop)
    outer_left, outer_repeat = signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if outer_left:  # a limit around this one goes on; one that has passed meanwhile acts at once
            left = max(outer_left - (time.monotonic() - began), 1e-6)
            signal.setitimer(signal.ITIMER_REAL, left, outer_repeat)


@contextlib.contextmanager
def _timer(seconds: float) -> Iterator[None]:
    thread = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()

    def watch() -> None:
        pause = seconds
        while not done.wait(pause):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))
            pause = REPEAT_SECONDS

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


@contextlib.contextmanager
def unchanged_state() -> Iterator[None]:
    """Put back what the body may move: random generators, folder, environment, NumPy and Keras settings, figures."""
    folder, environment = os.getcwd(), dict(os.environ)
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - students use it
    numpy_errors, numpy_printing = np.geterr(), np.get_printoptions()
    keras_state = _keras_state()
    figures = _figure_numbers()
    try:
        yield
    finally:
        os.chdir(folder)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        np.seterr(**numpy_errors)
        np.set_printoptions(**{key: value for key, value in numpy_printing.items() if key != "override_repr"})
        _restore_keras(keras_state)
        for number in _figure_numbers() - figures:
            sys.modules["matplotlib.pyplot"].close(number)


def _figure_numbers() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def _keras_state() -> dict[str, Any]:
    """Return the settings and seeds of Keras and TensorFlow, or nothing when they are not loaded."""
    keras, tensorflow = sys.modules.get("keras"), sys.modules.get("tensorflow")
    state: dict[str, Any] = {}
    if keras is not None and hasattr(keras, "config"):
        state["floatx"] = keras.config.floatx()
        state["policy"] = keras.config.dtype_policy()
        generator, seed = _keras_seed()
        position = None if generator is None else keras.ops.convert_to_numpy(generator.state)
        state["keras seed"] = (generator, seed, position)
    if tensorflow is not None and hasattr(tensorflow, "random"):
        state["tensorflow"] = _tensorflow_seed()
        state["eager"] = tensorflow.config.functions_run_eagerly()
    return state


def _restore_keras(state: dict[str, Any]) -> None:
    if "floatx" in state:
        import keras

        keras.config.set_floatx(state["floatx"])
        keras.config.set_dtype_policy(state["policy"])
    if "keras seed" in state:
        _set_keras_seed(*state["keras seed"])
    if "tensorflow" in state:
        import tensorflow

        if _tensorflow_seed() != state["tensorflow"]:
            seed, rng = state["tensorflow"]
            tensorflow.random.set_seed(seed)
            if rng is not None:
                _tensorflow_context()._rng.setstate(rng)
        tensorflow.config.run_functions_eagerly(state["eager"])


KERAS_SEED_ATTRIBUTES = ("global_seed_generator", "global_random_seed")
"""Where Keras keeps the generator behind ``keras.random`` without a seed, and its seed; they have no public names."""


def _keras_seed() -> tuple[Any, Any]:
    from keras.src.backend.common import global_state

    generator, seed = (global_state.get_global_attribute(name) for name in KERAS_SEED_ATTRIBUTES)
    return generator, seed


def _set_keras_seed(generator: Any, seed: Any, position: np.ndarray | None) -> None:
    from keras.src.backend.common import global_state

    if generator is not None:
        generator.state.assign(position)
    for name, value in zip(KERAS_SEED_ATTRIBUTES, (generator, seed), strict=True):
        global_state.set_global_attribute(name, value)


def _tensorflow_seed() -> tuple[int | None, Any]:
    """Return TensorFlow's global seed and the state of the generator that hands out the seeds of its operations."""
    context = _tensorflow_context()
    rng = getattr(context, "_rng", None)
    return context._seed, rng.getstate() if rng else None


def _tensorflow_context() -> Any:
    """Return the object that holds TensorFlow's seed; it has no public name."""
    from tensorflow.python.eager import context

    return context.context()
