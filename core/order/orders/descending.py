"""The most active channels first."""

from dataclasses import dataclass

import numpy as np

from core.channels import PrunableLayer
from core.order.order import FloatArray, IntArray, PruningOrder


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Descending(PruningOrder):
    """Orders channels by activation, in reverse."""

    def arrange(self, layer: PrunableLayer, activations: FloatArray, scores: FloatArray | None) -> IntArray:
        """Sort by activation, most active first."""
        del layer, scores
        return np.argsort(-activations, kind="stable")


DESCENDING = Descending(
    name="descending",
    title="most active first",
    help="By mean activation on clean validation images, largest first",
    detail="most active pruned first",
    is_for_comparison=True,
)
