"""``tinynet``: the network the course pretrains itself, small enough to ship and to run on a laptop.

It is of the family of ``fastnet`` (pool early, residual blocks, batch normalisation), changed for transfer:

* **A learned stem** instead of the whitened one: whitening filters describe one data set, and these weights are
  meant to be carried to another.
* **A deeper last block**, because what a later task builds on are the features at the end.
* **Average pooling.** A linear head on averages is what features are fitted to when they are reused.

Its pretrained weights come with the package (:mod:`cifar_teach.backbones`). Built from here, it has fresh ones, and
answers the question every pretrained network should be asked: what does the same network reach without pretraining?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

STEM_WIDTH = 16
BLOCKS = ((32, 1), (96, 1), (192, 2))
"""Width of each block, and the number of convolutions in its correction."""


def tinynet(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Build the network: 959,610 parameters and 41 million multiply-adds for 32x32 images and ten classes.

    The layers ``block1`` to ``block3`` are where its blocks end, ``features`` holds the 192 averages.
    """
    import keras
    from keras import layers

    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(STEM_WIDTH, 3, padding="same", use_bias=False, name="stem_conv")(x)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.ReLU(name="stem")(x)
    for number, (width, depth) in enumerate(BLOCKS, start=1):
        x = _block(x, width, depth, f"block{number}")
    x = layers.GlobalAveragePooling2D(name="features")(x)
    x = layers.Dense(num_classes, name="head")(x)
    outputs = layers.Softmax(name="probabilities")(x)
    return keras.Model(inputs, outputs, name="tinynet")


def _block(x: keras.KerasTensor, width: int, depth: int, name: str) -> keras.KerasTensor:
    """Widen and halve, then add a correction of ``depth`` convolutions (He et al., 2016)."""
    from keras import layers

    def convolution(x, part):
        return layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_{part}_conv")(x)

    def normalise(x, part):
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_{part}_bn")(x)

    x = layers.MaxPooling2D(2, name=f"{name}_pool")(convolution(x, "widen"))
    x = layers.ReLU(name=f"{name}_widen")(normalise(x, "widen"))
    correction = x
    for step in range(1, depth + 1):
        if step > 1:
            correction = layers.ReLU(name=f"{name}_relu{step - 1}")(correction)
        correction = normalise(convolution(correction, f"residual{step}"), f"residual{step}")
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, correction]))
