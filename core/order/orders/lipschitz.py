"""The most sensitive channels first, by the weights alone; see `core.order.lipschitz`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.channels import PrunableLayer
from core.order.anp_settings import AnpSettings
from core.order.order import FloatArray, PruningOrder, SweepInputs
from core.order.ranking import standardized

if TYPE_CHECKING:
    from core.monitor import Monitor


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ByLipschitzBound(PruningOrder):
    """Orders channels by their Lipschitz bounds."""

    def prepare(self, sweep: SweepInputs, settings: AnpSettings | None, monitor: "Monitor") -> FloatArray:
        """Return the bounds."""
        from core.order.lipschitz import channel_bounds  # noqa: PLC0415  # brings Keras

        del settings, monitor
        return channel_bounds(sweep.inputs.network.graph, sweep.layer)

    def scores(
        self, layer: PrunableLayer, prepared: FloatArray | None, *, means: FloatArray, poisoned_means: FloatArray | None
    ) -> FloatArray | None:
        """Return the bounds, `standardized` over several layers."""
        del means, poisoned_means
        return None if prepared is None else standardized(layer, prepared)


LIPSCHITZ = ByLipschitzBound(
    name="lipschitz",
    title="most sensitive first",
    help="By the channel's Lipschitz bound, from the weights alone (CLP, 2022)",
    detail="most sensitive weights first",
)
