"""Smallest mask first; masks are optimized on clean images against adversarial noise, see `core.order.anp`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.channels import PrunableLayer
from core.order.anp_settings import AnpSettings
from core.order.order import FloatArray, IntArray, PruningOrder, SweepInputs

if TYPE_CHECKING:
    from core.monitor import Monitor


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ByMasks(PruningOrder):
    """Orders channels by their masks."""

    def mask_settings(self, requested: AnpSettings | None) -> AnpSettings:
        """Return the requested settings, or the defaults."""
        return requested or AnpSettings()

    def prepare(self, sweep: SweepInputs, settings: AnpSettings | None, monitor: "Monitor") -> FloatArray:
        """Return the masks, in [0, 1]."""
        from core.order.anp import optimize_masks  # noqa: PLC0415  # brings Keras

        layer = sweep.layer
        found = optimize_masks(
            sweep.inputs.network,
            layer,
            sweep.inputs.validation,
            self.mask_settings(settings),
            scale=sweep.inputs.known_scale,
            monitor=monitor,
            memory_bytes=sweep.memory_bytes,
        )
        return np.concatenate([found[part.name] for part in layer.parts or (layer,)]).astype(np.float64)

    def scores(
        self, layer: PrunableLayer, prepared: FloatArray | None, *, means: FloatArray, poisoned_means: FloatArray | None
    ) -> FloatArray | None:
        """Return the masks; they are in [0, 1] in every layer, so they are comparable as they are."""
        del layer, means, poisoned_means
        return None if prepared is None else prepared.copy()

    def arrange(self, layer: PrunableLayer, activations: FloatArray, scores: FloatArray | None) -> IntArray:
        """Sort by mask, smallest first; equal masks by activation."""
        return super().arrange(layer, activations, None) if scores is None else np.lexsort((activations, scores))


MASKS = ByMasks(
    name="anp",
    title="most sensitive to noise first",
    help="By masks that are first optimized on clean validation images (ANP, 2021)",
    detail="smallest masks first",
    phase="optimizing masks",
)
