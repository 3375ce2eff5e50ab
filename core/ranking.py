"""How active each channel is on clean images, and in which order channels are pruned."""

import numpy as np
from numpy.typing import NDArray

from core.records import Order, PrunableLayer, Ranking

STAGE = "Measuring activations"


class ActivationMeter:
    """Adds up a layer's activations, batch after batch.

    Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks",
    2018, section 4.1 (average activation of each channel over clean inputs, least active pruned first).
    """

    def __init__(self, layer: PrunableLayer, *, kind: Order, image_total: int) -> None:
        self._layer = layer
        self._kind = kind
        self._image_total = image_total
        self._image_count = 0
        self._value_count = 0
        self._sums = np.zeros(layer.channel_count, dtype=np.float64)
        self._peaks = np.full(layer.channel_count, -np.inf)

    def add(self, measured: NDArray[np.float32]) -> None:
        """Add one batch of the layer's output, shape (n, ..., C), float32."""
        rows = measured.reshape(-1, measured.shape[-1])
        self._image_count += len(measured)
        self._value_count += len(rows)
        self._sums += rows.sum(axis=0, dtype=np.float64)
        self._peaks = np.maximum(self._peaks, rows.max(axis=0))

    def ranking(self) -> Ranking:
        """The ranking by what was added so far."""
        activations = self._sums / max(self._value_count, 1)
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
