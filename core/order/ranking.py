"""How active each channel is on clean images, and in which order channels are pruned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.channels import Order, PrunableLayer, Ranking

IntArray = NDArray[np.int64]

STAGE = "Measuring activations"


@dataclass(frozen=True, slots=True, eq=False)
class ActivationSums:
    """What some images add to the ranking.

    Attributes:
        sums: of each channel's values, (C,), float64.
        peaks: each channel's largest value, (C,), float64.
        image_count: images.
        value_counts: how many values of each channel, (C,).
    """

    sums: NDArray[np.float64]
    peaks: NDArray[np.float64]
    image_count: int
    value_counts: IntArray


def sum_up(layers: Sequence[NDArray[np.float32]]) -> ActivationSums:
    """What some images add to the ranking, from the tensors (n, ..., C) of one layer or several."""
    values = [tensor.reshape(-1, tensor.shape[-1]) for tensor in layers]
    return ActivationSums(
        sums=np.concatenate([each.sum(axis=0, dtype=np.float64) for each in values]),
        peaks=np.concatenate([each.max(axis=0) for each in values]).astype(np.float64),
        image_count=len(layers[0]),
        value_counts=np.concatenate([np.full(each.shape[1], len(each)) for each in values]),
    )


class ActivationMeter:
    """Adds up a layer's activations, block after block.

    Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks",
    2018, section 4.1 (average activation of each channel over clean inputs, least active pruned first).
    """

    def __init__(
        self,
        layer: PrunableLayer,
        *,
        kind: Order,
        image_total: int,
        bounds: NDArray[np.float64] | None = None,
        masks: NDArray[np.float64] | None = None,
    ) -> None:
        self._layer = layer
        self._bounds = bounds
        self._masks = masks
        self._poisoned_sums = np.zeros(layer.channel_count)
        self._poisoned_counts = np.zeros(layer.channel_count, dtype=np.int64)
        self._kind = kind
        self._image_total = image_total
        self._image_count = 0
        self._value_counts = np.zeros(layer.channel_count, dtype=np.int64)
        self._sums = np.zeros(layer.channel_count, dtype=np.float64)
        self._peaks = np.full(layer.channel_count, -np.inf)

    def add(self, measured: ActivationSums) -> None:
        """Add what some images measured."""
        self._image_count += measured.image_count
        self._value_counts += measured.value_counts
        self._sums += measured.sums
        self._peaks = np.maximum(self._peaks, measured.peaks)

    def add_poisoned(self, measured: ActivationSums) -> None:
        """Add what some poisoned images measured; only `Order.DIFFERENCE` looks at it."""
        self._poisoned_counts += measured.value_counts
        self._poisoned_sums += measured.sums

    def ranking(self) -> Ranking:
        """The ranking by what was added so far."""
        means = self._sums / np.maximum(self._value_counts, 1)
        activations = means.copy()
        for part in part_slices(self._layer):
            if self._layer.parts:
                activations[part] /= np.abs(activations[part]).max() or 1.0
        scores = self._scores(means)
        return Ranking(
            layer=self._layer,
            activations=activations,
            peaks=self._peaks.copy(),
            order=order_channels(self._layer, activations, scores, kind=self._kind),
            kind=self._kind,
            image_count=self._image_count,
            image_total=self._image_total,
            scores=scores,
        )

    def _scores(self, means: NDArray[np.float64]) -> NDArray[np.float64] | None:
        if self._kind is Order.LIPSCHITZ and self._bounds is not None:
            return standardized(self._layer, self._bounds)
        if self._kind is Order.ANP and self._masks is not None:
            return self._masks.copy()  # in [0, 1] in every layer: they compare as they are
        if self._kind is Order.DIFFERENCE and self._poisoned_counts.any():
            poisoned = self._poisoned_sums / np.maximum(self._poisoned_counts, 1)
            return standardized(self._layer, np.abs(poisoned - means))
        return None


def order_channels(
    layer: PrunableLayer, activations: NDArray[np.float64], scores: NDArray[np.float64] | None, *, kind: Order
) -> IntArray:
    """Channel indices, first pruned first; ties by index, which is the deepest layer first.

    Equal masks go by activation first.

    Args:
        layer: whose channels.
        activations: of each channel, shape (C,).
        scores: what to go by for the orders that do not go by activation, shape (C,); None while that is not known,
            and the least active goes first.
        kind: what to go by.
    """
    if kind is Order.INDEX:
        return np.arange(len(activations))
    if kind is Order.LAYERS:
        ranks = np.concatenate([np.full(each.stop - each.start, k) for k, each in enumerate(part_slices(layer))])
        return np.lexsort((activations, ranks))
    if scores is not None and kind is Order.ANP:
        return np.lexsort((activations, scores))
    if scores is not None:
        return np.argsort(-scores, kind="stable")
    return np.argsort(-activations if kind is Order.DESCENDING else activations, kind="stable")


def standardized(layer: PrunableLayer, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of several layers (C,) made comparable: how many standard deviations above their layer's mean each lies.

    Source: Zheng et al., "Data-free Backdoor Removal Based on Channel Lipschitzness", 2022, section 3: a channel is
    pruned when its bound lies more than u standard deviations above its layer's mean. One layer's values stay as they
    are.
    """
    result = values.astype(np.float64)
    if layer.parts:
        for part in part_slices(layer):
            result[part] = (result[part] - result[part].mean()) / (result[part].std() or 1.0)
    return result


def part_slices(layer: PrunableLayer) -> list[slice]:
    """Where the channels of each convolution stand; one slice for a single one."""
    ends = np.cumsum([part.channel_count for part in layer.parts or (layer,)]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
