"""What a page of the book, and the set-up cell of an exercise, begin with: the data, and one line about it."""

from __future__ import annotations

import logging
import os
import sys
import warnings

from . import __version__
from .data import AtMost, Dataset, load_cifar10
from .environment import package_version
from .exceptions import DataError


def start(train_size: int = 10_000, test_size: int = 10_000) -> Dataset:
    """Load the data of a page and print one line about what it runs on.

    Real CIFAR-10 is taken where it is found or can be downloaded; otherwise stand-in pictures are drawn, and the line
    says so. The choice of images is always the same.

    Args:
        train_size: training images, or all there are if the source holds fewer.
        test_size: test images, likewise. There are 2,000 drawn ones.

    Returns:
        uint8 images (n, 32, 32, 3) with int64 labels for training and test, and where they come from.

    Raises:
        DataError: ``CIFAR_TEACH_DATA`` names something that cannot be read, or a size is not positive.
    """
    if "CIFAR_TEACH_BOOK" in os.environ:
        _stop_at_warnings()
    _expect_many_networks()
    sizes = {"train_size": AtMost(train_size), "test_size": AtMost(test_size)}
    try:
        data = load_cifar10(**sizes, offline=True, quiet=True)
    except DataError:  # not on this machine yet: show the download
        data = load_cifar10(**sizes, allow_synthetic=True)
    print(status_line(data))
    return data


def status_line(data: Dataset) -> str:
    """Return one line: the versions in use, how many images there are, and whether they are real or drawn."""
    origin = data.provenance
    pictures = (
        "drawn stand-in pictures, NOT CIFAR-10 (none was found)" if origin.is_synthetic else f"{origin.name}, real"
    )
    return (
        f"CIFAR Teach {__version__} · Python {sys.version.split()[0]} · Keras {package_version('keras')} · "
        f"{_device()} · {origin.train_size:,} + {origin.test_size:,} images: {pictures}"
    )


def _stop_at_warnings() -> None:
    """Make a warning that this package or the page's own code causes an error, so that the book is not built with it.

    Readers would not see it: pages leave out what is written to standard error.
    """
    for kind in (UserWarning, RuntimeWarning):
        warnings.filterwarnings("error", category=kind, module=r"(cifar_teach|__main__)\b")


def _expect_many_networks() -> None:
    """Keep TensorFlow from printing, among the results of a page, that one function is compiled again and again.

    It counts the networks of a page, each of which is compiled once, as one. In a notebook the message goes to standard
    output. TensorFlow sets the level of its logger when it is loaded, which may be later; a filter stays.
    """
    logging.getLogger("tensorflow").addFilter(_is_not_of_retracing)


def _is_not_of_retracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


def _device() -> str:
    """Name the accelerator when TensorFlow is loaded already; loading it only for this line would take seconds."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not hasattr(tensorflow, "config"):
        return "CPU is enough"
    return "GPU" if tensorflow.config.list_physical_devices("GPU") else "CPU"
