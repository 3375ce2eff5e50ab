"""What can be pruned, and in which order: a layer's channels, who reads them, and how active they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # an order puts channels into order
    from core.order.order import PruningOrder

ALL_LAYERS = "all"  # in place of a name


@dataclass(frozen=True, slots=True)
class Reader:
    """A layer that reads the channels of another one.

    Attributes:
        layer: its name.
        class_name: its Keras class ("Conv2D", "Dense", "Add").
        is_cuttable: whether it can stop reading single channels (a convolution or dense layer);
            an addition cannot.
    """

    layer: str
    class_name: str
    is_cuttable: bool


@dataclass(frozen=True, slots=True)
class PrunableLayer:
    """A convolution whose channels can be pruned.

    Attributes:
        name: the convolution.
        measured_at: the layer after activation and pooling whose output is ranked and masked (`pool_3` for `conv_3`).
        channel_count: channels of that output.
        readers: who reads that output (flattening in between does not count).
        parts: the convolutions that stand together as this one; empty for a single one.
    """

    name: str
    measured_at: str
    channel_count: int
    readers: tuple[Reader, ...]
    parts: tuple["PrunableLayer", ...] = ()

    def locate(self, channel: int) -> tuple[str, int]:
        """The convolution that a channel belongs to, and its index there; -1 stands for no channel."""
        for part in self.parts if channel >= 0 else ():
            if channel < part.channel_count:
                return part.name, channel
            channel -= part.channel_count
        return self.name, channel


def takes_several(layers: Sequence[PrunableLayer]) -> bool:
    """Whether some of these layers can be chosen to stand as one, other than one of them and all of them.

    Args:
        layers: what can be pruned, all as one among them.
    """
    names = [layer.name for layer in layers if not layer.parts]
    # A set is called by its layers' names with commas between them.
    are_told_apart = all(name and name == name.strip() and "," not in name for name in names)
    return len(names) > 2 and len(names) < len(layers) and are_told_apart


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How active each channel of a layer is, and in which order they are pruned.

    Attributes:
        layer: which layer.
        activations: mean over images and space of each channel, shape (C,), float64, read-only; over all layers, as a
            share of the most active channel of its own layer.
        peaks: largest value each channel took, shape (C,), float64, read-only.
        order: channel indices, first pruned first, shape (C,), int64, read-only.
        kind: what the order goes by.
        image_count: images measured; smaller than `image_total` while measuring goes on.
        image_total: images there are.
        scores: what the order goes by where that is not the activation, shape (C,), float64, read-only: the channel's
            Lipschitz bound, or the difference of activations, highest first and over several layers as `standardized`;
            or the channel's mask in [0, 1], lowest first.
    """

    layer: PrunableLayer
    activations: NDArray[np.float64]
    peaks: NDArray[np.float64]
    order: NDArray[np.int64]
    kind: "PruningOrder"
    image_count: int
    image_total: int
    scores: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        shape = (self.layer.channel_count,)
        for name in ("activations", "peaks", "order", "scores"):
            array = getattr(self, name)
            if array is None:
                continue
            if array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
            array.flags.writeable = False

    @property
    def dead(self) -> NDArray[np.bool_]:
        """True for each channel that was zero on every image, shape (C,)."""
        return (self.activations == 0) & (self.peaks == 0)

    @property
    def dead_count(self) -> int:
        """How many channels were zero on every image."""
        return int(self.dead.sum())

    def channel_mask(self, pruned_count: int) -> NDArray[np.bool_]:
        """The mask after `pruned_count` steps, shape (C,), True = kept."""
        channel_mask = np.ones(self.layer.channel_count, dtype=bool)
        channel_mask[self.order[:pruned_count]] = False
        return channel_mask

    def __repr__(self) -> str:
        return f"Ranking({self.layer.name}, {self.kind.name}, {self.image_count} of {self.image_total} images)"
