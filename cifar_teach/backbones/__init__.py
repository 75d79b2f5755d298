"""Pretrained networks by name: each with the input it was trained on, its blocks and its weights.

Every network takes raw pixel values 0-255, like those of :mod:`cifar_teach.models`. Enlarging the image and bringing
the values into the range the weights were trained with are layers *inside* the network, so neither can be forgotten.
Do not scale the pixels yourself: that would be done a second time, without an error, and the answers would be wrong.
All networks are flat: their layers are found by name, at the top level.

=============  =====================================================================================
``contract``   ``Backbone`` and ``InputContract``: what a network expects, where its blocks end
``registry``   ``BACKBONES``: the networks by name
``building``   ``build_backbone``: pixels to a feature map; ``build_transfer_model``: pixels to classes
``blocks``     which block a layer belongs to; where a network can be split
``weights``    where pretrained weights are looked for, and how they are loaded: all of them or none
``features``   ``extract``: the output of a layer for many images, computed once and kept
``bundled``    the weights that come with the package, and the format they are shipped in
``networks``   networks from ``.keras`` files as backbones
``graph``      copying and splitting flat networks
``table``      ``describe_backbones``: size and cost of each
=============  =====================================================================================
"""

from .blocks import block_of, split_points
from .building import build_backbone, build_transfer_model
from .bundled import BUNDLED, load_bundled, load_weights_file, save_weights_file
from .contract import Backbone, InputContract
from .features import estimate_bytes, extract
from .registry import BACKBONES, get_backbone
from .table import describe_backbones
from .weights import Weights, find_weights

__all__ = [
    "BACKBONES",
    "BUNDLED",
    "Backbone",
    "InputContract",
    "Weights",
    "block_of",
    "build_backbone",
    "build_transfer_model",
    "describe_backbones",
    "estimate_bytes",
    "extract",
    "find_weights",
    "get_backbone",
    "load_bundled",
    "load_weights_file",
    "save_weights_file",
    "split_points",
]
