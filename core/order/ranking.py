"""The activation of each channel on clean images, and the pruning order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.order.order import IntArray, PruningOrder

STAGE = "Measuring activations"


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
    kind: PruningOrder
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
        return f"Ranking({self.layer.name}, {self.kind.name}, {self.image_count} of {self.image_total} images)"


@dataclass(frozen=True, slots=True, eq=False)
class ActivationSums:
    """The activations of some images, summed up.

    Attributes:
        sums: sum of each channel's values, (C,), float64.
        peaks: each channel's largest value, (C,), float64.
        image_count: number of images.
        value_counts: number of values of each channel, (C,).
    """

    sums: NDArray[np.float64]
    peaks: NDArray[np.float64]
    image_count: int
    value_counts: IntArray


def sum_up(layers: Sequence[NDArray[np.float32]]) -> ActivationSums:
    """Sum up the activations of some images, from the tensors (n, ..., C) of one layer or several."""
    values = [tensor.reshape(-1, tensor.shape[-1]) for tensor in layers]
    return ActivationSums(
        sums=np.concatenate([each.sum(axis=0, dtype=np.float64) for each in values]),
        peaks=np.concatenate([each.max(axis=0) for each in values]).astype(np.float64),
        image_count=len(layers[0]),
        value_counts=np.concatenate([np.full(each.shape[1], len(each)) for each in values]),
    )


class ActivationMeter:
    """Accumulates a layer's activations, block by block.

    Args:
        layer: the layer.
        kind: the order.
        image_total: number of all images.
        prepared: the result of the order's `prepare`, shape (C,).

    Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks",
    2018, section 4.1 (average activation of each channel over clean inputs, least active pruned first).
    """

    def __init__(
        self,
        layer: PrunableLayer,
        *,
        kind: PruningOrder,
        image_total: int,
        prepared: NDArray[np.float64] | None = None,
    ) -> None:
        self._layer = layer
        self._prepared = prepared
        self._poisoned_sums = np.zeros(layer.channel_count)
        self._poisoned_counts = np.zeros(layer.channel_count, dtype=np.int64)
        self._kind = kind
        self._image_total = image_total
        self._image_count = 0
        self._value_counts = np.zeros(layer.channel_count, dtype=np.int64)
        self._sums = np.zeros(layer.channel_count, dtype=np.float64)
        self._peaks = np.full(layer.channel_count, -np.inf)

    def add(self, measured: ActivationSums) -> None:
        """Add the activations of some images."""
        self._image_count += measured.image_count
        self._value_counts += measured.value_counts
        self._sums += measured.sums
        self._peaks = np.maximum(self._peaks, measured.peaks)

    def add_poisoned(self, measured: ActivationSums) -> None:
        """Add the activations of some poisoned images; only orders with `is_oracle` use them."""
        self._poisoned_counts += measured.value_counts
        self._poisoned_sums += measured.sums

    def ranking(self) -> Ranking:
        """Return the ranking by the images added so far."""
        means = self._sums / np.maximum(self._value_counts, 1)
        activations = means.copy()
        for part in part_slices(self._layer):
            if self._layer.parts:
                activations[part] /= np.abs(activations[part]).max() or 1.0
        poisoned_means = None
        if self._poisoned_counts.any():
            poisoned_means = self._poisoned_sums / np.maximum(self._poisoned_counts, 1)
        scores = self._kind.scores(self._layer, self._prepared, means=means, poisoned_means=poisoned_means)
        return Ranking(
            layer=self._layer,
            activations=activations,
            peaks=self._peaks.copy(),
            order=self._kind.arrange(self._layer, activations, scores),
            kind=self._kind,
            image_count=self._image_count,
            image_total=self._image_total,
            scores=scores,
        )


def standardized(layer: PrunableLayer, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make values (C,) of several layers comparable: standard deviations above the mean of their layer.

    Source: Zheng et al., "Data-free Backdoor Removal Based on Channel Lipschitzness", 2022, section 3: a channel is
    pruned when its bound lies more than u standard deviations above its layer's mean. The values of a single layer are
    returned unchanged.
    """
    result = values.astype(np.float64)
    if layer.parts:
        for part in part_slices(layer):
            result[part] = (result[part] - result[part].mean()) / (result[part].std() or 1.0)
    return result


def part_slices(layer: PrunableLayer) -> list[slice]:
    """Return the slice of each convolution's channels; one slice for a single convolution."""
    ends = np.cumsum([part.channel_count for part in layer.parts or (layer,)]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
