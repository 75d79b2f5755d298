"""Pixels to a feature map, and pixels to classes: flat networks that know their own input contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..config import DEFAULT_SEED, IMAGE_SIZE, NUM_CLASSES, check_seed
from ..exceptions import ModelError, unknown_name
from .contract import Backbone, InputContract
from .graph import FEATURES, copy_onto, copy_weights
from .registry import get_backbone
from .weights import pretrained_trunk

if TYPE_CHECKING:
    import keras

HEADS = ("linear", "dense")
NAMES_OF_HEAD = (FEATURES, "hidden", "dropout", "head", "probabilities")
HIDDEN_UNITS = 256
DROPOUT = 0.5


def build_backbone(
    name: str | Path,
    *,
    image_size: int = IMAGE_SIZE,
    size: int | None = None,
    weights: str | Path | None = "auto",
) -> keras.Model:
    """Build a pretrained network up to its feature layer.

    The result is flat: input, enlarging, scaling and the layers of the network are all at the top level.

    Args:
        name: as for :func:`get_backbone`.
        image_size: side of the images it will be given, in pixels.
        size: side to which they are enlarged (bilinear) before the network looks at them; None: the backbone's own,
            or no enlarging for ``tinynet``. A stride-32 network leaves 1x1 of a 32x32 image, which is why small images
            are enlarged; the cost grows with the square.
        weights: ``"auto"``: as :func:`find_weights` finds them; None: fresh ones; otherwise the path of a file.

    Returns:
        A network from raw pixel values 0-255, ``(n, image_size, image_size, 3)``, to a feature map
        ``(n, height, width, channels)``. Its weights may be trained; nothing is frozen.

    Raises:
        ModelError: unknown name, a size the network is too deep for, or weights that cannot be found or do not fit.
    """
    backbone = get_backbone(name)
    size = _checked_size(backbone, image_size, size)
    trunk = pretrained_trunk(backbone, weights, size)
    model = on_raw_pixels(backbone, trunk, image_size=image_size, size=size)
    if weights is not None:
        copy_weights(trunk, model)
    return model


def build_transfer_model(
    name: str | Path,
    *,
    num_classes: int = NUM_CLASSES,
    image_size: int = IMAGE_SIZE,
    size: int | None = None,
    weights: str | Path | None = "auto",
    head: str = "linear",
    seed: int = DEFAULT_SEED,
) -> keras.Model:
    """Build a classifier on a pretrained network: its averaged features, then a fresh head.

    The averages are the layer ``features``, the last weights the layer ``head``. Where the backbone names earlier
    blocks whose averages are features ``also``, they come first, one block after the other.

    Args:
        name: as for :func:`get_backbone`.
        num_classes: number of outputs, at least 2.
        image_size: as for :func:`build_backbone`.
        size: as for :func:`build_backbone`.
        weights: as for :func:`build_backbone`.
        head: ``linear``: one dense layer; ``dense``: 256 hidden units with ReLU and dropout 0.5 before it, the
            head of many tutorials.
        seed: of the head, and of the whole network when ``weights`` is None.

    Returns:
        A network from raw pixel values 0-255 to probabilities ``(n, num_classes)``, named like the backbone.

    Raises:
        ModelError: as for :func:`build_backbone`, fewer than two classes or an unknown head.
        CifarTeachError: the seed is out of range.
    """
    import keras
    from keras import layers

    check_seed(seed)
    if num_classes < 2:
        raise ModelError(f"A classifier needs at least 2 classes, not {num_classes}.")
    if head not in HEADS:
        raise ModelError(unknown_name("head", head, HEADS))
    keras.utils.set_random_seed(seed)
    trunk = build_backbone(name, image_size=image_size, size=size, weights=weights)
    # Again, because how much was drawn for the trunk depends on where its weights came from.
    keras.utils.set_random_seed(seed)
    taken = sorted({layer.name for layer in trunk.layers} & set(NAMES_OF_HEAD))
    if taken:
        raise ModelError(
            f"The network '{trunk.name}' has a layer called '{taken[0]}', a name that the head needs. Rename that "
            "layer and save the network again."
        )
    x = _average_maps(trunk, get_backbone(name).also)
    if head == "dense":
        x = layers.Dense(HIDDEN_UNITS, activation="relu", name="hidden")(x)
        x = layers.Dropout(DROPOUT, name="dropout")(x)
    x = layers.Dense(num_classes, name="head")(x)
    outputs = layers.Softmax(name="probabilities")(x)
    return keras.Model(trunk.inputs[0], outputs, name=trunk.name)


def _average_maps(trunk: keras.Model, also: tuple[str, ...]) -> keras.KerasTensor:
    """Return the averages of each channel over the map, of the layers ``also`` and of the last one: ``(n, d)``."""
    from keras import layers

    if not also:
        return layers.GlobalAveragePooling2D(name=FEATURES)(trunk.output)
    maps = [(layer, trunk.get_layer(layer).output) for layer in also] + [("last_map", trunk.output)]
    averages = [layers.GlobalAveragePooling2D(name=f"average_{layer}")(each) for layer, each in maps]
    return layers.Concatenate(name=FEATURES)(averages)


def on_raw_pixels(backbone: Backbone, trunk: keras.Model, *, image_size: int, size: int) -> keras.Model:
    """Return a copy of ``trunk``, with fresh weights, that takes pixel values 0-255 and meets the input contract."""
    import keras
    from keras import layers

    def prepare(x: keras.KerasTensor) -> keras.KerasTensor:
        if size != image_size:
            x = layers.Resizing(size, size, interpolation="bilinear", name=f"enlarge_{image_size}_to_{size}")(x)
        return _apply_contract(backbone.contract, x)

    def constant_standardisation(layer: keras.layers.Layer) -> keras.layers.Layer | None:
        if backbone.standardise is None or not isinstance(layer, layers.Normalization):
            return None
        mean, deviation = backbone.standardise
        return layers.Normalization(mean=list(mean), variance=[d**2 for d in deviation], name="standardise")

    try:
        inputs = keras.Input((image_size, image_size, 3), name="pixels")
        return copy_onto(inputs, trunk, before=prepare, replace=constant_standardisation, name=backbone.name)
    except ValueError as problem:
        raise ModelError(
            f"'{backbone.name}' cannot look at images of {size}x{size} pixels: {str(problem).splitlines()[0][:200]}"
        ) from problem


def _apply_contract(contract: InputContract, x: keras.KerasTensor) -> keras.KerasTensor:
    """Bring pixel values 0-255 into the range the network was trained with."""
    import keras
    from keras import layers

    if contract.inside:
        return x
    if contract.channels == "BGR":
        x = keras.ops.flip(x, axis=-1)
    if contract.mean is not None:
        return layers.Rescaling(1.0, offset=[-mean for mean in contract.mean], name="subtract_mean")(x)
    return layers.Rescaling((contract.high - contract.low) / 255, offset=contract.low, name="scale")(x)


def _checked_size(backbone: Backbone, image_size: int, size: int | None) -> int:
    chosen = size if size is not None else backbone.size or image_size
    for what, value in (("image_size", image_size), ("size", chosen)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ModelError(
                f"{what}={value!r} is not possible: give the side of a square image in pixels, such as 96."
            )
    if chosen < backbone.min_size:
        raise ModelError(
            f"{chosen}x{chosen} pixels are too few for '{backbone.name}': it needs at least {backbone.min_size}. "
            f"Give size={backbone.size or backbone.min_size}, and small images are enlarged to it."
        )
    return chosen
