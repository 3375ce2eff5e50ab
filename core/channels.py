"""Prunable layers, their readers, and rankings of their channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_ALL = "all"  # what text says of all convolutions


@dataclass(frozen=True, slots=True)
class LayerSet:
    """Convolutions by name, or all convolutions of a network; false where none is named.

    Attributes:
        names: in the given order; empty where all are meant.
        is_all: whether all convolutions are meant, whatever their names are.

    Raises:
        ValueError: names are given beside `is_all`.
    """

    names: tuple[str, ...] = ()
    is_all: bool = False

    def __post_init__(self) -> None:
        if self.is_all and self.names:
            raise ValueError(f"all layers need no names, got {self.names}")

    def __bool__(self) -> bool:
        return self.is_all or bool(self.names)

    @classmethod
    def of(cls, *names: str) -> "LayerSet":
        """Return the set of these convolutions."""
        return cls(names)

    @classmethod
    def parse(cls, text: str, known: Sequence[str]) -> "LayerSet":
        """Read "conv_3", "conv_1, conv_3" or "all".

        A name that the network has is taken first, even if it is "all" or contains commas.

        Args:
            text: what was typed.
            known: names of the network's convolutions; the network refuses others later.
        """
        if text in known:
            return cls.of(text)
        if text.strip() == _ALL and _ALL not in known:
            return ALL_LAYERS
        words, names = text.split(","), []
        while words:
            count = next((n for n in range(len(words), 0, -1) if ",".join(words[:n]).strip() in known), 1)
            names.append(",".join(words[:count]).strip())
            words = words[count:]
        return cls(tuple(names))

    @property
    def words(self) -> tuple[str, ...]:
        """The names, or "all" alone."""
        return (_ALL,) if self.is_all else self.names

    @property
    def text(self) -> str:
        """What `parse` reads: "conv_3", "conv_1,conv_3" or "all"; empty where none is named."""
        return ",".join(self.words)

    @property
    def has_all_beside_names(self) -> bool:
        """Whether "all" was typed together with names."""
        return len(self.names) > 1 and _ALL in self.names


ALL_LAYERS = LayerSet(is_all=True)
NO_LAYERS = LayerSet()


class Order(StrEnum):
    """The pruning order; over several layers, activations are relative to the layer's most active channel."""

    ASCENDING = "ascending"  # least active first
    DESCENDING = "descending"  # most active first
    INDEX = "index"  # by index in the layer, the deepest layer first
    LAYERS = "layers"  # the deepest layer first, within a layer the least active first
    LIPSCHITZ = "lipschitz"  # the most sensitive first, by the weights only
    ANP = "anp"  # smallest mask value first; masks are optimized on clean images under adversarial noise
    DIFFERENCE = "difference"  # largest difference on poisoned images first; a defender does not have these

    @property
    def is_oracle(self) -> bool:
        """Whether the order uses data that a defender does not have."""
        return self is Order.DIFFERENCE


@dataclass(frozen=True, slots=True)
class Reader:
    """A layer that reads the channels of another layer.

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
        readers: the layers that read that output (layers that only flatten it are skipped).
        parts: the convolutions that this one combines, the deepest first; empty for a single convolution.
        is_all: whether the parts are all convolutions of the network.
    """

    name: str
    measured_at: str
    channel_count: int
    readers: tuple[Reader, ...]
    parts: tuple["PrunableLayer", ...] = ()
    is_all: bool = False

    @classmethod
    def together(cls, layers: Sequence["PrunableLayer"], *, is_all: bool) -> "PrunableLayer":
        """Combine several convolutions into one layer, deepest first, so that ties are pruned where it costs least.

        Args:
            layers: single convolutions, input side first.
            is_all: whether the network has no others.
        """
        names = [each.name for each in layers]
        # That text means a convolution of that name if there is one.
        name = _ALL if is_all and _ALL not in names else ",".join(names)
        return cls(name, "", sum(each.channel_count for each in layers), (), tuple(reversed(layers)), is_all)

    @property
    def layer_set(self) -> LayerSet:
        """The convolutions that it stands for, input side first."""
        if self.is_all:
            return ALL_LAYERS
        return LayerSet(tuple(part.name for part in reversed(self.parts)) or (self.name,))

    def locate(self, channel: int) -> tuple[str, int]:
        """Return the convolution that a channel belongs to, and its index there; -1 means no channel."""
        for part in self.parts if channel >= 0 else ():
            if channel < part.channel_count:
                return part.name, channel
            channel -= part.channel_count
        return self.name, channel


def takes_several(layers: Sequence[PrunableLayer]) -> bool:
    """Whether a set of several of these layers, but not all, can be pruned together.

    Args:
        layers: the prunable layers, including the one that combines all.
    """
    names = [layer.name for layer in layers if not layer.parts]
    # A set is named by its layers' names, separated by commas.
    have_plain_names = all(name and name == name.strip() and "," not in name for name in names)
    return len(names) > 2 and len(names) < len(layers) and have_plain_names


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The activation of each channel of a layer, and their pruning order.

    Attributes:
        layer: the layer.
        activations: mean of each channel over images and space, shape (C,), float64, read-only; over all layers,
            relative to the most active channel of its own layer.
        peaks: largest value of each channel, shape (C,), float64, read-only.
        order: channel indices in pruning order, shape (C,), int64, read-only.
        kind: the kind of order.
        image_count: number of images measured; smaller than `image_total` during measuring.
        image_total: number of images.
        scores: the values that define an order not by activation, shape (C,), float64, read-only: the channel's
            Lipschitz bound or the difference of activations, highest first, over several layers as `standardized`; or
            the channel's mask value in [0, 1], lowest first.
    """

    layer: PrunableLayer
    activations: NDArray[np.float64]
    peaks: NDArray[np.float64]
    order: NDArray[np.int64]
    kind: Order
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
        """True for each channel that is zero on every image, shape (C,)."""
        return (self.activations == 0) & (self.peaks == 0)

    @property
    def dead_count(self) -> int:
        """Number of channels that are zero on every image."""
        return int(self.dead.sum())

    def channel_mask(self, pruned_count: int) -> NDArray[np.bool_]:
        """Return the mask after `pruned_count` steps, shape (C,), True = kept."""
        channel_mask = np.ones(self.layer.channel_count, dtype=bool)
        channel_mask[self.order[:pruned_count]] = False
        return channel_mask

    def __repr__(self) -> str:
        return f"Ranking({self.layer.name}, {self.kind}, {self.image_count} of {self.image_total} images)"
