"""bfloat16 where the processor has it.

bfloat16 has float32's range, but 8 significant bits instead of 24. Convolutions computed in it are faster on processors
with the right instructions (AVX512-BF16, AMX) and much slower on all others. The weights, the statistics
of batch normalisation and the softmax stay in float32. Micikevicius et al., 2018; Kalamkar et al., 2019.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..backbones.graph import copy_weights

if TYPE_CHECKING:
    import keras


@cache
def processor_has_bfloat16() -> bool:
    """Return whether this processor multiplies bfloat16 in hardware (known on Linux; False elsewhere)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def resolve_precision(wish: str) -> str:
    """Return ``float32`` or ``bfloat16`` for a recipe's ``precision``."""
    if wish != "auto":
        return wish
    import keras

    if keras.backend.backend() != "tensorflow":
        return "float32"  # measured only with TensorFlow's oneDNN kernels
    import tensorflow as tf

    on_cpu = not tf.config.list_physical_devices("GPU")
    return "bfloat16" if on_cpu and processor_has_bfloat16() else "float32"


def training_copy(model: keras.Model, precision: str) -> keras.Model:
    """Return ``model`` itself for float32, or a copy with the same weights that computes in bfloat16."""
    if precision == "float32":
        return model
    import keras
    from keras import layers

    float32_layers = (layers.Softmax,)

    def copy_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
        if not isinstance(layer, layers.Layer):  # a bare operation, such as the flip of channels before VGG16
            return layer
        config = layer.get_config()
        is_softmax = isinstance(layer, float32_layers) or config.get("activation") == "softmax"
        if not isinstance(layer, layers.InputLayer) and not is_softmax:
            config["dtype"] = "mixed_bfloat16"
        return layer.__class__.from_config(config)

    copy = keras.models.clone_model(model, clone_function=copy_layer)
    copy_weights(model, copy)  # unlike set_weights, it renews what a Normalization layer derives from its weights
    return copy
