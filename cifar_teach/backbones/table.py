"""What each pretrained network costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..models import count_macs
from .building import on_raw_pixels
from .registry import BACKBONES, get_backbone
from .weights import pretrained_trunk

SIZES = (96, 128, 160, 224)


def describe_backbones(names: Iterable[str] = tuple(BACKBONES), sizes: Iterable[int] = SIZES) -> list[dict[str, Any]]:
    """Return one row for each backbone; no weights are needed.

    Args:
        names: as for :func:`get_backbone`.
        sizes: sides in pixels at which the cost is counted, besides the backbone's own size.

    Returns:
        Rows with ``name``, ``summary``, ``source``, ``parameters`` (up to the feature layer), ``features`` (their
        number), ``blocks`` (number), ``size`` (side in pixels unless told otherwise), ``low``, ``high``, ``channels``
        and ``scaling_inside`` of the input contract, and ``macs``: multiply-adds for one image by side in pixels.
    """
    rows = []
    for name in names:
        backbone = get_backbone(name)
        trunk = pretrained_trunk(backbone, None, None)
        own = backbone.size or trunk.input_shape[1]
        # A network without enlarging is meant for images as they come.
        sides = sorted({own, *sizes}) if backbone.size else [own]
        macs = {side: count_macs(on_raw_pixels(backbone, trunk, image_size=side, size=side)) for side in sides}
        rows.append(
            {
                "name": backbone.name,
                "summary": backbone.summary,
                "source": backbone.source,
                "parameters": trunk.count_params(),
                "features": sum(
                    trunk.get_layer(layer).output.shape[-1] for layer in (*backbone.also, trunk.layers[-1].name)
                ),
                "blocks": len(backbone.blocks),
                "size": own,
                "low": backbone.contract.low,
                "high": backbone.contract.high,
                "channels": backbone.contract.channels,
                "scaling_inside": backbone.contract.inside,
                "macs": macs,
            }
        )
    return rows
