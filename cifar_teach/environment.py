"""What the program runs on: hardware and versions, as every result records them."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import __version__

CPU_QUOTA_FILE = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux (cgroup v2) tells a container its microseconds of processor time per period."""
RECORDED_PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn", "matplotlib", "pillow")


def hardware() -> dict[str, Any]:
    """Return processor, cores, memory in GiB, and the accelerators Keras's backend sees."""
    return {
        "processor": _processor_name(),
        "cores": _usable_cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "accelerators": _accelerators(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, this package and the libraries that decide a result."""
    import keras

    found = {"python": platform.python_version(), "cifar-teach": __version__}
    for package in RECORDED_PACKAGES:
        version = package_version(package)
        if version is not None:
            found[package] = version
    found["keras backend"] = keras.backend.backend()
    return found


def package_version(name: str) -> str | None:
    """Return the installed version of a distribution, or None. Knows TensorFlow's CPU-only distribution too."""
    for candidate in (name, f"{name}-cpu"):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


@contextmanager
def quiet_start() -> Iterator[None]:
    """Keep TensorFlow's start-up notices (oneDNN, CUDA drivers) off the terminal.

    They are written by C++ code, so only the file descriptor can be held back. Python's own messages and
    errors raised inside still arrive.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def load_keras_quietly() -> None:
    """Import Keras and run one operation, so that the backend's notices are over before anything is printed."""
    with quiet_start():
        import keras

        keras.ops.convert_to_numpy(keras.ops.ones((1,)) + 1)


def _processor_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="ignore").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _usable_cores() -> int:
    """Return how many cores this process may keep busy, which in a container can be fewer than the machine has."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, _core_quota() or allowed)


def _core_quota(file: Path = CPU_QUOTA_FILE) -> int | None:
    """Return the container's share of processor time in cores, rounded up, or None when there is no limit."""
    try:
        quota, period = file.read_text(encoding="ascii").split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):  # no such file on this system, or "max"
        return None


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def _accelerators() -> list[str]:
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        devices = [device for device in tf.config.list_physical_devices() if device.device_type != "CPU"]
        details = [tf.config.experimental.get_device_details(device) for device in devices]
        return [known.get("device_name", device.name) for known, device in zip(details, devices)]
    if backend == "jax":
        import jax

        return [str(device) for device in jax.devices() if device.platform != "cpu"]
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return []
