"""From pixel values and class numbers to what a network computes with, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data import check_images, check_labels
from ..exceptions import DataError
from ..explore import channel_statistics


def scale(images: np.ndarray) -> np.ndarray:
    """Divide pixel values by 255.

    Args:
        images: uint8 (n, size, size, 3), 0-255.

    Returns:
        float32 of the same shape, 0 to 1.

    Raises:
        DataError: ``images`` has another shape or type; float images may have been scaled already.
    """
    check_images(images)
    return np.divide(images, np.float32(255), dtype=np.float32)


@dataclass(frozen=True)
class Standardizer:
    """Brings each colour channel to mean 0 and standard deviation 1 (LeCun et al., 1998, Efficient BackProp).

    Fit it on the training images only and apply the same two numbers per channel to validation, test and
    user images. Statistics that include the test images let the model know something about them before
    the test: that is leakage. For three channel means over thousands of images the effect is tiny, but the
    habit is not: the same mistake with feature selection or oversampling ruins a result.

    Attributes:
        mean: mean of the scaled pixels (0 to 1) of each channel.
        std: standard deviation of the scaled pixels of each channel.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if len(self.mean) != 3 or len(self.std) != 3 or not all(value > 0 for value in self.std):
            raise DataError("A Standardizer needs three means and three standard deviations above 0.")

    @classmethod
    def fit(cls, train_images: np.ndarray) -> Standardizer:
        """Measure mean and standard deviation of ``train_images``, uint8 (n, size, size, 3).

        A channel that never varies keeps its scale (standard deviation 1), as in scikit-learn's
        ``StandardScaler``.

        Raises:
            DataError: the images have another shape or type.
        """
        statistics = channel_statistics(train_images)
        std = np.where(statistics.std > 0, statistics.std / 255, 1.0)
        return cls(tuple((statistics.mean / 255).tolist()), tuple(std.tolist()))

    def transform(self, images: np.ndarray) -> np.ndarray:
        """Return ``images``, uint8 (n, size, size, 3), scaled and standardised as float32.

        Raises:
            DataError: the images have another shape or type.
        """
        values = scale(images)
        values -= np.float32(self.mean)
        values /= np.float32(self.std)
        return values

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """Return the uint8 images that ``values``, float (n, size, size, 3), were made from.

        Values outside the range of a pixel are clipped.

        Raises:
            DataError: ``values`` has no last axis of three channels.
        """
        values = np.asarray(values, np.float32)
        if values.ndim == 0 or values.shape[-1] != 3:
            raise DataError(f"Expected standardised images of shape (n, size, size, 3), not {values.shape}.")
        pixels = (values * np.float32(self.std) + np.float32(self.mean)) * 255
        return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def one_hot(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Turn each label into a row of zeros with a single one.

    Args:
        labels: int (n,), 0 to ``num_classes - 1``.
        num_classes: length of a row.

    Returns:
        float32 (n, num_classes).

    Raises:
        DataError: the labels have another shape or type, or one is out of range.
    """
    check_labels(labels, len(labels), num_classes)
    return np.eye(num_classes, dtype=np.float32)[labels]
