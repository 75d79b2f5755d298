"""Any network from a ``.keras`` file as a backbone."""

from __future__ import annotations

from pathlib import Path

from ..exceptions import ModelError
from .contract import RAW_PIXELS, Backbone
from .graph import automatic_blocks, cut, feature_maps


def network_from_file(path: Path) -> Backbone:
    """Return a ``.keras`` file as a backbone: its layers up to the last feature map.

    The network is taken to want pixel values 0-255, as all networks of this package do. Code inside the file is never
    run. A network used as a layer inside it stays one layer, so it can only be split around it.

    Raises:
        ModelError: no such file, not a Keras network, not one for square colour images, or without a feature map.
    """
    import keras

    if not path.is_file():
        raise ModelError(f"There is no model file '{path}'. Check the path, or name a backbone such as tinynet.")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as problem:  # Keras raises whatever zipfile, h5py or the layer raised
        reason = str(problem).strip().splitlines()[0][:200] if str(problem).strip() else type(problem).__name__
        raise ModelError(
            f"'{path.name}' could not be loaded as a Keras model ({reason}). It may be damaged, hold only weights or "
            "contain Python code. Save the whole model again with model.save('name.keras')."
        ) from problem
    takes = getattr(model, "input_shape", None)
    if not (isinstance(takes, tuple) and len(takes) == 4 and takes[1] == takes[2] and takes[3] == 3):
        raise ModelError(
            f"'{path.name}' takes {takes}; a backbone takes square colour images (n, size, size, 3) with one input."
        )
    from .registry import KNOWN_NAMES  # which knows this function

    # The blocks of a network called like a known one are taken to be those of that one.
    name = path.name if path.stem in KNOWN_NAMES else path.stem
    # A Sequential model becomes a functional one, which can be split.
    model = keras.Model(model.inputs[0], model.outputs[0], name=name)
    blocks = automatic_blocks(model)
    trunk = cut(model, blocks[-1])

    return Backbone(
        name,
        f"the network in {path.name}",
        str(path),
        RAW_PIXELS,
        size=takes[1],
        min_size=1,
        blocks=blocks,
        build=lambda size, weights: trunk,
        also=feature_maps(model)[:-1],
        file=path,
    )
