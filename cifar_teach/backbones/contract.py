"""What is known about a pretrained network: the input it was trained on, its blocks, its weight files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean blue, green and red of ImageNet's training images, in pixel values (Simonyan and Zisserman, 2015)."""


@dataclass(frozen=True)
class InputContract:
    """Which values the first layer of a network was trained on.

    Attributes:
        low: what the pixel value 0 becomes (the lowest channel, where the channels differ).
        high: what the pixel value 255 becomes (the highest channel).
        channels: ``RGB`` or ``BGR``, the order of the channels.
        mean: what is subtracted from each channel, in the order of ``channels`` and in pixel values; None for nothing.
        inside: whether the network as published does its own scaling. Then it takes 0-255, and scaling before it
            would scale twice.
    """

    low: float
    high: float
    channels: str = "RGB"
    mean: tuple[float, float, float] | None = None
    inside: bool = False


RAW_PIXELS = InputContract(0.0, 255.0, inside=True)
MINUS_ONE_TO_ONE = InputContract(-1.0, 1.0)
MEAN_SUBTRACTED = InputContract(-max(IMAGENET_MEAN_BGR), 255.0 - min(IMAGENET_MEAN_BGR), "BGR", IMAGENET_MEAN_BGR)


@dataclass(frozen=True)
class Backbone:
    """One pretrained network, used as a feature extractor.

    Attributes:
        name: how it is called on the command line.
        summary: one line for tables.
        source: the paper.
        contract: the input its weights were trained on.
        size: side in pixels to which small images are enlarged unless told otherwise; None: they stay as they are.
        min_size: the smallest side that leaves anything of an image at the last layer.
        blocks: for each block, from input to output, the layer it ends at. Nothing bypasses these layers (no
            residual connection crosses them), so the network can be split there. The last is the feature layer.
        also: ends of earlier blocks, from input to output, whose averages are features as well: deep layers know
            what an object is, earlier ones more of what it looks like (Hariharan et al., 2015). A transfer model
            can then be cut in two only up to the first of them, because the others are read behind the cut.
        build: ``build(size, weights)`` returns the network as published, ``weights`` being None or ``"imagenet"``.
        trained_at: sizes for which Keras offers weights of their own; the nearest is taken.
        files: names of weight files that are recognised in a folder; ``{rows}`` stands for a size of ``trained_at``.
        standardise: mean and standard deviation of the channels (values 0-1) that become constants of the network.
            Keras keeps EfficientNetB0's among the weights, squares them wrongly unless it downloads the weights itself
            (tensorflow#49930), and leaves them out when weights are copied with ``set_weights``.
        file: the ``.keras`` file that network and weights come from; None for the networks known by name.
    """

    name: str
    summary: str
    source: str
    contract: InputContract
    size: int | None
    min_size: int
    blocks: tuple[str, ...]
    build: Callable[[int, str | None], keras.Model] = field(repr=False)
    also: tuple[str, ...] = ()
    trained_at: tuple[int, ...] = (224,)
    files: tuple[str, ...] = ()
    standardise: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    file: Path | None = None

    @property
    def feature_layer(self) -> str:
        """The layer whose output is the feature map."""
        return self.blocks[-1]

    def nearest_trained_size(self, size: int | None) -> int:
        """Return the size of ``trained_at`` that is nearest to ``size``, the larger of two."""
        wanted = size or self.size or max(self.trained_at)
        return min(self.trained_at, key=lambda rows: (abs(rows - wanted), -rows))
