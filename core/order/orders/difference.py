"""Largest difference between poisoned and clean images first; a defender cannot compute it."""

from dataclasses import dataclass

import numpy as np

from core.channels import PrunableLayer
from core.order.order import FloatArray, PruningOrder
from core.order.ranking import standardized


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ByDifference(PruningOrder):
    """Orders channels by the difference of mean activations."""

    def scores(
        self, layer: PrunableLayer, prepared: FloatArray | None, *, means: FloatArray, poisoned_means: FloatArray | None
    ) -> FloatArray | None:
        """Return the differences, `standardized` over several layers."""
        del prepared
        return None if poisoned_means is None else standardized(layer, np.abs(poisoned_means - means))


DIFFERENCE = ByDifference(
    name="difference",
    title="by the trigger's effect",
    help="For comparison only: needs poisoned images, which a defender does not have",
    detail="pruned by the trigger's effect",
    is_oracle=True,
)
