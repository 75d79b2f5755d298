"""The five networks that beginners meet first, each built as its source describes it.

Each is here for one thing to look at: ``baseline`` is three convolutions and a dense layer, the point of reference;
``bn_small`` has batch normalisation; ``three_block`` stacks blocks of two convolutions; ``regularized`` pools globally
before its dense layer and combines batch normalisation, L2 and dropout; ``vgg_style`` shows what a large dense layer
costs. They differ in more than that one thing, so a difference in accuracy between two of them has several causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def baseline(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Three 3x3 convolutions (32-64-128), two poolings, Dense 128, dropout: 356,810 parameters.

    The network of TensorFlow's CNN tutorial (32-64-64, Dense 64), with the third convolution and the dense layer
    twice as wide and dropout added. It is the reference point of the course; its weaknesses are left in on purpose.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax"),
        ],
        name="baseline",
    )


def bn_small(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two convolutions, each followed by batch normalisation and pooling, then Dense 128: 545,482 parameters.

    Batch normalisation: Ioffe and Szegedy, 2015.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax"),
        ],
        name="bn-small",
    )


def three_block(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Three blocks of two convolutions with batch normalisation, pooling and dropout, then Dense 128.

    552,874 parameters. The VGG block (Simonyan and Zisserman, 2015) with batch normalisation.
    """
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="three-block")
    for width in (32, 64, 128):
        for _ in range(2):
            model.add(layers.Conv2D(width, 3, padding="same", activation="relu"))
            model.add(layers.BatchNormalization())
        model.add(layers.MaxPooling2D(2))
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.BatchNormalization())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(num_classes, activation="softmax"))
    return model


def regularized(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two convolutions per block (32-64-128), L2, dropout rising from 0.2 to 0.5, global average pooling.

    323,946 parameters, 896 of them not trainable (the running statistics of batch normalisation).
    The convolutions have no bias, because the batch normalisation that follows would cancel it.
    Global average pooling in place of Flatten: Lin, Chen and Yan, 2014.
    """
    import keras
    from keras import layers, regularizers

    def l2() -> keras.regularizers.Regularizer:
        return regularizers.L2(1e-4)

    model = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255)], name="regularized")
    for width, dropout in ((32, 0.2), (64, 0.3), (128, 0.4)):
        for _ in range(2):
            model.add(layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_regularizer=l2()))
            model.add(layers.BatchNormalization())
            model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(2))
        model.add(layers.Dropout(dropout))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(256, activation="relu", kernel_regularizer=l2()))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(num_classes, activation="softmax"))
    return model


def vgg_style(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Convolutions 32-32-64-64 with two poolings, then Dense 512: 1,250,858 parameters, 94 % of them in Dense 512.

    The network of Keras's long-lived ``cifar10_cnn.py`` example.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax"),
        ],
        name="vgg-style",
    )
