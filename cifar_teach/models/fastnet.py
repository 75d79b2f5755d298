"""``fastnet``: a small residual network that learns fast, after Page (2018-19) and Jordan (2024).

Five ideas, each of which the book takes apart:

* **Whitened stem.** The first convolution is not trained. Its filters are the principal components of the training
  images' own 2x2 patches, scaled so that their outputs are uncorrelated and have equal variance.
  Every later layer then starts from well-conditioned inputs.
* **Early pooling.** Each block halves the image right after its first convolution, so most of the work happens
  on small maps.
* **Residual blocks.** The rest of a block only learns a correction to what it was given (He et al., 2016).
* **Batch normalisation** after every convolution (Ioffe and Szegedy, 2015).
* **Global max pooling and small logits.** The head asks "is there a wheel anywhere?", and its logits are divided by
  nine so that training starts with undecided probabilities.

The recipe that belongs to it is ``RECIPES["fastnet"]`` in :mod:`cifar_teach.train`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

STEM_NAME = "whitened_patches"
PATCH_SIZE = 2
WIDTHS = (32, 96, 128)
BATCHNORM_MOMENTUM = 0.8  # short runs have few steps, so the running statistics must follow quickly


def fastnet(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Build the network; :func:`fit_whitening` sets its stem from the training images."""
    import keras
    from keras import layers

    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    # Each component appears twice, with both signs, so that the ReLU throws nothing away.
    filters = 2 * PATCH_SIZE * PATCH_SIZE * input_shape[2]
    x = layers.Conv2D(filters, PATCH_SIZE, activation="relu", trainable=False, name=STEM_NAME)(x)
    for width in WIDTHS:
        x = _residual_block(x, width)
    x = layers.GlobalMaxPooling2D()(x)
    x = layers.Dense(num_classes, use_bias=False, name="head")(x)
    x = layers.Rescaling(1 / 9, name="logits")(x)
    outputs = layers.Softmax(name="probabilities")(x)
    return keras.Model(inputs, outputs, name="fastnet")


def _residual_block(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    from keras import layers

    def convolution(x):
        return layers.Conv2D(width, 3, padding="same", use_bias=False)(x)

    def normalise(x):
        return layers.BatchNormalization(momentum=BATCHNORM_MOMENTUM, epsilon=1e-5)(x)

    x = layers.MaxPooling2D(2)(convolution(x))
    x = layers.ReLU()(normalise(x))
    correction = normalise(convolution(x))
    return layers.ReLU()(layers.Add()([x, correction]))


def fit_whitening(model: keras.Model, images: np.ndarray, *, epsilon: float = 5e-4, max_images: int = 5_000) -> bool:
    """Set the whitened stem from training images (and from nothing else: these are statistics of the data).

    The filters are the eigenvectors of the patches' covariance, each divided by the root of its eigenvalue;
    the bias subtracts the mean patch. Page 2019, "patch whitening"; the algebra is PCA whitening.

    Args:
        model: any network; one without a whitened stem is left as it is.
        images: training images, uint8 ``(n, height, width, 3)``.
        epsilon: added to the eigenvalues (images scaled to 0-1), so that directions with hardly any variance
            are not blown up into noise.
        max_images: the first so many images are enough for a 12x12 covariance.

    Returns:
        Whether the model had such a stem.
    """
    stem = next((layer for layer in model.layers if layer.name == STEM_NAME), None)
    if stem is None:
        return False
    scaled = images[:max_images].astype("float32") / 255
    windows = np.lib.stride_tricks.sliding_window_view(scaled, (PATCH_SIZE, PATCH_SIZE), axis=(1, 2))
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, PATCH_SIZE * PATCH_SIZE * scaled.shape[-1])
    mean = patches.mean(axis=0, dtype="float64")
    covariance = patches.T.astype("float64") @ patches / len(patches) - np.outer(mean, mean)
    variances, components = np.linalg.eigh(covariance)
    filters = components[:, ::-1] / np.sqrt(variances[::-1] + epsilon)
    filters = np.concatenate([filters, -filters], axis=1)
    kernel = filters.reshape(PATCH_SIZE, PATCH_SIZE, scaled.shape[-1], -1)
    stem.set_weights([kernel.astype("float32"), (-mean @ filters).astype("float32")])
    return True
