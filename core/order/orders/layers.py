"""The deepest layer first, and in each the least active channel first."""

from dataclasses import dataclass

import numpy as np

from core.channels import PrunableLayer
from core.order.order import FloatArray, IntArray, PruningOrder
from core.order.ranking import part_slices


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LayerByLayer(PruningOrder):
    """Orders channels by layer, then by activation."""

    def arrange(self, layer: PrunableLayer, activations: FloatArray, scores: FloatArray | None) -> IntArray:
        """Sort the deepest layer's channels by activation, then the next layer's."""
        del scores
        ranks = np.concatenate([np.full(each.stop - each.start, k) for k, each in enumerate(part_slices(layer))])
        return np.lexsort((activations, ranks))


LAYERS = LayerByLayer(
    name="layers",
    title="layer by layer",
    help="The deepest layer first, and in each the least active channel first",
    detail="least active of the deepest first",
    is_by_layer=True,
)
