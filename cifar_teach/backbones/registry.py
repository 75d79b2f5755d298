"""The pretrained networks by name: what each is, what it expects, where its blocks end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import NUM_CLASSES
from ..exceptions import ModelError, unknown_name
from .contract import MEAN_SUBTRACTED, MINUS_ONE_TO_ONE, RAW_PIXELS, Backbone
from .networks import network_from_file

if TYPE_CHECKING:
    import keras

MEASURED_SIZE = 128
"""Side to which small images are enlarged for networks that were trained on large ones.

Chosen on training images of CIFAR-10 outside the course's 10,000, no test image among them: the frozen MobileNet gets
more of them right at 128 pixels than at 96, for (128 / 96)² times the work.
"""

ALPHAS = ("0.35", "0.5", "0.75", "1.0", "1.3", "1.4")
"""Width multipliers for which ImageNet weights of MobileNetV2 exist."""


def _application(name: str, **options: float) -> Callable[[int, str | None], keras.Model]:
    """Return the builder of ``keras.applications.<name>`` without its classification head."""

    def build(size: int, weights: str | None) -> keras.Model:
        import keras

        constructor = getattr(keras.applications, name)
        return constructor(include_top=False, weights=weights, input_shape=(size, size, 3), **options)

    return build


def _tinynet(size: int, weights: str | None) -> keras.Model:
    from ..models.tinynet import tinynet

    if weights is not None:
        raise ModelError("Keras has no weights of tinynet to download: they come with this package.")
    return tinynet((size, size, 3), NUM_CLASSES)


def _mobilenet_v2(alpha: str, name: str) -> Backbone:
    keras_name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{{rows}}_no_top.h5"
    inner = (
        "expanded_conv_project_BN",
        *(f"block_{n}_{'project_BN' if n in _MOBILENET_V2_STARTS else 'add'}" for n in range(1, 17)),
    )
    return Backbone(
        name,
        f"17 inverted residual blocks, width x {alpha}",
        "Sandler et al. 2018 (MobileNetV2)",
        MINUS_ONE_TO_ONE,
        size=MEASURED_SIZE,
        min_size=32,
        blocks=("Conv1_relu", *inner, "out_relu"),
        build=_application("MobileNetV2", alpha=float(alpha)),
        trained_at=(96, 128, 160, 192, 224),
        files=(keras_name, *dict.fromkeys((f"{name}_no_top.weights.h5", f"mobilenet_v2_{alpha}_no_top.weights.h5"))),
    )


_MOBILENET_V2_STARTS = (1, 3, 6, 10, 13, 16)
"""The blocks of MobileNetV2 that change width or resolution, and so have no residual connection."""


def _stages(template: str, *depths: int) -> tuple[str, ...]:
    """Return the names of the last layers of residual blocks: ``template`` filled with stage and block."""
    return tuple(
        template.format(stage, block) for stage, depth in enumerate(depths, 2) for block in range(1, depth + 1)
    )


def _lettered(first: str, *depths: int) -> tuple[str, ...]:
    """Return where the blocks of an EfficientNet end: only the first of a stage has no residual connection."""
    inner = (
        f"block{stage}{letter}_{'project_bn' if letter == 'a' else 'add'}"
        for stage, depth in enumerate(depths, 2)
        for letter in "abcdefgh"[:depth]
    )
    return ("stem_activation", first, *inner, "top_activation")


BACKBONES: dict[str, Backbone] = {
    backbone.name: backbone
    for backbone in (
        Backbone(
            "tinynet",
            "the course's own residual network, pretrained at 32x32; comes with the package",
            "this course, after He et al. 2016 (ResNet) and Page 2018-19",
            RAW_PIXELS,
            size=None,
            min_size=16,
            blocks=("stem", "block1", "block2", "block3"),
            build=_tinynet,
            trained_at=(32,),
            files=("tinynet.npz",),
        ),
        Backbone(
            "mobilenet",
            "12 depthwise separable blocks; the 13th is left out, because it is specialised on ImageNet's classes",
            "Howard et al. 2017 (MobileNets)",
            MINUS_ONE_TO_ONE,
            size=MEASURED_SIZE,
            min_size=32,
            blocks=("conv1_relu", *(f"conv_pw_{number}_relu" for number in range(1, 13))),
            # Chosen like MEASURED_SIZE, on training images outside the course's 10,000: more are right than with block
            # 12 alone, for the same run of the network.
            also=("conv_pw_6_relu", "conv_pw_9_relu"),
            build=_application("MobileNet"),
            trained_at=(128, 160, 192, 224),
            files=(
                "mobilenet_1_0_{rows}_tf_no_top.h5",
                "mobilenet_no_top.weights.h5",
                "mobilenet_v1_1.0_block12.weights.h5",
            ),
        ),
        _mobilenet_v2("1.0", "mobilenet_v2"),
        _mobilenet_v2("0.35", "mobilenet_v2_0.35"),
        Backbone(
            "efficientnet_b0",
            "16 inverted residual blocks with channel attention",
            "Tan and Le 2019 (EfficientNet)",
            RAW_PIXELS,
            size=MEASURED_SIZE,
            min_size=32,
            blocks=_lettered("block1a_project_bn", 2, 2, 3, 3, 4, 1),
            build=_application("EfficientNetB0"),
            files=(
                "efficientnetb0_notop.h5",
                "efficientnet_b0_no_top.weights.h5",
                "efficientnetb0_no_top.weights.h5",
            ),
            standardise=((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ),
        Backbone(
            "efficientnet_v2_b0",
            "21 blocks, the first of them with full convolutions",
            "Tan and Le 2021 (EfficientNetV2)",
            RAW_PIXELS,
            size=MEASURED_SIZE,
            min_size=32,
            blocks=_lettered("block1a_project_activation", 2, 2, 3, 5, 8),
            build=_application("EfficientNetV2B0"),
            files=(
                "efficientnetv2-b0_notop.h5",
                "efficientnet_v2_b0_no_top.weights.h5",
                "efficientnetv2-b0_no_top.weights.h5",
            ),
        ),
        Backbone(
            "resnet50",
            "16 residual blocks of three convolutions",
            "He et al. 2016 (ResNet)",
            MEAN_SUBTRACTED,
            size=MEASURED_SIZE,
            min_size=32,
            blocks=("pool1_pool", *_stages("conv{}_block{}_out", 3, 4, 6, 3)),
            build=_application("ResNet50"),
            files=("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", "resnet50_no_top.weights.h5"),
        ),
        Backbone(
            "resnet50_v2",
            "16 residual blocks, normalised before each convolution",
            "He et al. 2016 (identity mappings)",
            MINUS_ONE_TO_ONE,
            size=MEASURED_SIZE,
            min_size=32,
            # What follows the last block is only its normalisation, so it belongs to it.
            blocks=("pool1_pool", *_stages("conv{}_block{}_out", 3, 4, 6, 2), "post_relu"),
            build=_application("ResNet50V2"),
            files=(
                "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "resnet50_v2_no_top.weights.h5",
                "resnet50v2_no_top.weights.h5",
            ),
        ),
        Backbone(
            "vgg16",
            "13 plain 3x3 convolutions in five blocks",
            "Simonyan and Zisserman 2015 (VGG)",
            MEAN_SUBTRACTED,
            size=96,  # at 128 one image costs five billion multiply-adds
            min_size=32,
            blocks=tuple(f"block{number}_pool" for number in range(1, 6)),
            build=_application("VGG16"),
            files=("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "vgg16_no_top.weights.h5"),
        ),
    )
}
"""The pretrained networks by name; :func:`get_backbone` knows MobileNetV2 of every width, and ``.keras`` files."""

_WIDTHS = {f"mobilenet_v2_{alpha}": alpha for alpha in ALPHAS}
KNOWN_NAMES = (*BACKBONES, *(name for name in _WIDTHS if name not in BACKBONES))
"""Every name that :func:`get_backbone` knows."""


def get_backbone(name: str | Path) -> Backbone:
    """Return the :class:`Backbone` called ``name``.

    Args:
        name: a key of :data:`BACKBONES`; ``mobilenet_v2_<alpha>`` with a width of 0.35, 0.5, 0.75, 1.0, 1.3 or 1.4; or
            the path of a ``.keras`` file that takes pixel values 0-255: its layers up to the last feature map are the
            backbone.

    Raises:
        ModelError: there is no such network, or the file cannot be used.
    """
    if str(name).endswith(".keras"):
        return network_from_file(Path(name).expanduser())
    if name in BACKBONES:
        return BACKBONES[name]
    if name in _WIDTHS:
        return _mobilenet_v2(_WIDTHS[name], name)
    raise ModelError(f"{unknown_name('backbone', name, KNOWN_NAMES)} The path of a .keras file works, too.")
