"""Channels by index, the deepest layer first."""

from dataclasses import dataclass

import numpy as np

from core.channels import PrunableLayer
from core.order.order import FloatArray, IntArray, PruningOrder


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ByIndex(PruningOrder):
    """Orders channels by index."""

    def arrange(self, layer: PrunableLayer, activations: FloatArray, scores: FloatArray | None) -> IntArray:
        """Return the indices, ascending."""
        del layer, scores
        return np.arange(len(activations))


INDEX = ByIndex(
    name="index",
    title="by index",
    help="In the layer's own channel order",
    detail="pruned by index",
    is_by_layer=True,
    is_for_comparison=True,
)
