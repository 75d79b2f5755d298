"""The networks by name: what each is, where it comes from, how many parameters it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..config import DEFAULT_SEED, IMAGE_SHAPE, NUM_CLASSES, check_seed
from ..exceptions import ModelError, unknown_name
from . import classic, fastnet, tinynet

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ModelSpec:
    """One network of the course.

    Attributes:
        name: how it is called on the command line.
        summary: one line for tables.
        source: where the design comes from.
        parameters: number of parameters for 32x32 colour images and ten classes (a test counts them).
        build: the function that builds it from input shape and number of classes.
        min_size: the smallest width and height of the images it takes, in pixels.
    """

    name: str
    summary: str
    source: str
    parameters: int
    build: Callable[[tuple[int, int, int], int], keras.Model]
    min_size: int = 16


MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            "baseline",
            "three convolutions (32-64-128) and Dense 128 with dropout",
            "TensorFlow's CNN tutorial, widened; the reference point of the course",
            356_810,
            classic.baseline,
            min_size=18,  # below, its convolutions without padding leave nothing for the dense layer
        ),
        ModelSpec(
            "bn-small",
            "two convolutions with batch normalisation, Dense 128",
            "Ioffe and Szegedy 2015 (batch normalisation)",
            545_482,
            classic.bn_small,
        ),
        ModelSpec(
            "three-block",
            "three blocks of two convolutions with batch normalisation and dropout, Dense 128",
            "Simonyan and Zisserman 2015 (VGG block)",
            552_874,
            classic.three_block,
        ),
        ModelSpec(
            "regularized",
            "two convolutions per block, L2, rising dropout, global average pooling, Dense 256",
            "Lin, Chen and Yan 2014 (global average pooling)",
            323_946,
            classic.regularized,
        ),
        ModelSpec(
            "vgg-style",
            "convolutions 32-32-64-64, Dense 512",
            "Keras example cifar10_cnn.py",
            1_250_858,
            classic.vgg_style,
        ),
        ModelSpec(
            "fastnet",
            "whitened stem, early pooling, residual blocks",
            "Page 2018-19 (bag of tricks for ResNet), Jordan 2024 (airbench)",
            388_408,
            fastnet.fastnet,
        ),
        ModelSpec(
            "tinynet",
            "learned stem, early pooling, a deeper last residual block; its weights can be pretrained",
            "this course, after He et al. 2016 (ResNet) and Page 2018-19",
            959_610,
            tinynet.tinynet,
        ),
    )
}


def get_spec(name: str) -> ModelSpec:
    """Return the :class:`ModelSpec` called ``name``; raise :class:`ModelError` when there is none."""
    if name not in MODELS:
        raise ModelError(unknown_name("model", name, MODELS))
    return MODELS[name]


def build_model(
    name: str,
    *,
    input_shape: tuple[int, int, int] = IMAGE_SHAPE,
    num_classes: int = NUM_CLASSES,
    seed: int = DEFAULT_SEED,
) -> keras.Model:
    """Build the network called ``name`` with fresh weights.

    Args:
        name: a key of :data:`MODELS`.
        input_shape: height, width and channels; the networks are designed for 32x32 and take 16x16 and more,
            ``baseline`` 18x18 and more.
        num_classes: number of outputs, at least 2.
        seed: of the initial weights, 0 to 2**32 - 1. Keras's global generator is set to it, because the layers draw
            from there.

    Returns:
        An untrained model that maps pixel values 0-255 to probabilities.

    Raises:
        ModelError: unknown name, fewer than two classes, or images that are not square, not in colour or too small.
        CifarTeachError: the seed is out of range.
    """
    import keras

    spec = get_spec(name)
    check_seed(seed)
    if num_classes < 2:
        raise ModelError(f"A classifier needs at least 2 classes, not {num_classes}.")
    least = spec.min_size
    if len(input_shape) != 3 or input_shape[0] != input_shape[1] or input_shape[0] < least or input_shape[2] != 3:
        raise ModelError(
            f"'{name}' takes square colour images of at least {least}x{least} pixels, so input_shape must be like "
            f"(32, 32, 3), not {tuple(input_shape)}."
        )
    keras.utils.set_random_seed(seed)
    return spec.build(tuple(input_shape), num_classes)
