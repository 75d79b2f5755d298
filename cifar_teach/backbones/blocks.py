"""Blocks: the units in which a pretrained network is unfrozen, and the places where it can be split."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import ModelError
from .contract import Backbone
from .graph import automatic_blocks, cut
from .registry import KNOWN_NAMES, get_backbone

if TYPE_CHECKING:
    import keras


def split_points(name_or_model: str | Path | keras.Model) -> tuple[str, ...]:
    """Return the layers at which the blocks of a backbone end, from input to output; the last is the feature layer.

    No residual connection crosses these layers: what comes before one can be computed once and cached, and what
    comes after it trained on the result. In a transfer model whose features come from several blocks, that goes for
    the points up to the first of these blocks; behind it, blocks can be frozen, but not cached.

    Args:
        name_or_model: as for :func:`get_backbone`, or a flat network. One that bears the name of a backbone and has
            its layers has its blocks; of any other, the last such layer of each resolution counts.

    Raises:
        ModelError: unknown name, or a network without a feature map.
    """
    if isinstance(name_or_model, str | Path):
        return get_backbone(name_or_model).blocks
    if name_or_model.name in KNOWN_NAMES:
        blocks = get_backbone(name_or_model.name).blocks
        if set(blocks) <= {layer.name for layer in name_or_model.layers}:
            return blocks
    return automatic_blocks(name_or_model)


def block_of(backbone: str | Path | Backbone | None, model: keras.Model) -> dict[str, int]:
    """Return for every layer of ``model`` the number of its block, counted from 0 at the input.

    Whole blocks are frozen and unfrozen, because half a residual block computes something its weights were never
    trained for. The numbers also order the learning rates: the nearer to the input, the smaller.

    Args:
        backbone: whose blocks they are; None: those of :func:`split_points` of ``model``.
        model: a flat network on this backbone. The part of one after a split point keeps the names of the layers,
            so the numbers of the whole hold for it, too.

    Returns:
        Block numbers by layer name. What comes after the feature layer, the head, has the number ``len(blocks)``;
        enlarging and scaling belong to block 0.

    Raises:
        ModelError: unknown backbone, or a network that lacks one of the layers where its blocks end.
    """
    if backbone is None:
        blocks = split_points(model)
    else:
        blocks = backbone.blocks if isinstance(backbone, Backbone) else get_backbone(backbone).blocks
    present = {layer.name for layer in model.layers}
    missing = [block for block in blocks if block not in present]
    if missing:
        raise ModelError(
            f"The network '{model.name}' has no layer '{missing[0]}', where a block should end. Is it built on another "
            "backbone? Use a network of build_transfer_model, whose layers are all at the top level."
        )
    numbers = dict.fromkeys((layer.name for layer in model.layers), len(blocks))
    for number in reversed(range(len(blocks))):
        numbers |= dict.fromkeys((layer.name for layer in cut(model, blocks[number]).layers), number)
    return numbers
