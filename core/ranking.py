"""How active each channel is on clean images, and in which order channels are pruned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.records import Order, PrunableLayer, Ranking

IntArray = NDArray[np.int64]

STAGE = "Measuring activations"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
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


def sum_up(layers: Sequence[NDArray[np.float32]]) -> Measured:
    """What some images add to the ranking, from the tensors (n, ..., C) of one layer or several."""
    values = [tensor.reshape(-1, tensor.shape[-1]) for tensor in layers]
    return Measured(
        sums=np.concatenate([each.sum(axis=0, dtype=np.float64) for each in values]),
        peaks=np.concatenate([each.max(axis=0) for each in values]).astype(np.float64),
        image_count=len(layers[0]),
        value_counts=np.concatenate([np.full(each.shape[1], len(each)) for each in values]),
    )


class ActivationMeter:
    """Adds up a layer's activations, slab after slab.

    Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks",
    2018, section 4.1 (average activation of each channel over clean inputs, least active pruned first).
    """

    def __init__(self, layer: PrunableLayer, *, kind: Order, image_total: int) -> None:
        self._layer = layer
        self._kind = kind
        self._image_total = image_total
        self._image_count = 0
        self._value_counts = np.zeros(layer.channel_count, dtype=np.int64)
        self._sums = np.zeros(layer.channel_count, dtype=np.float64)
        self._peaks = np.full(layer.channel_count, -np.inf)

    def add(self, measured: Measured) -> None:
        """Add what some images measured."""
        self._image_count += measured.image_count
        self._value_counts += measured.value_counts
        self._sums += measured.sums
        self._peaks = np.maximum(self._peaks, measured.peaks)

    def ranking(self) -> Ranking:
        """The ranking by what was added so far."""
        activations = self._sums / np.maximum(self._value_counts, 1)
        start = 0
        for part in self._layer.parts:
            within = activations[start : start + part.channel_count]
            within /= np.abs(within).max() or 1.0
            start += part.channel_count
        return Ranking(
            layer=self._layer,
            activations=activations,
            peaks=self._peaks.copy(),
            order=order_channels(activations, kind=self._kind),
            kind=self._kind,
            image_count=self._image_count,
            image_total=self._image_total,
        )


def order_channels(activations: NDArray[np.float64], *, kind: Order) -> NDArray[np.int64]:
    """Channel indices, first pruned first; ties by index.

    Args:
        activations: mean activation of each channel, shape (C,).
        kind: what to go by.
    """
    if kind is Order.INDEX:
        return np.arange(len(activations))
    return np.argsort(activations if kind is Order.ASCENDING else -activations, kind="stable")
