"""Definition of a pruning order: its texts, what it measures, and how it sorts channels; no Keras.

An order is one object in its own file in `core/order/orders/`, plus one line in the registry there. The command, the
window and the report take all texts about it from the object.
"""

from abc import ABC
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.network.inputs import EvaluationInputs
from core.order.anp_settings import AnpSettings

if TYPE_CHECKING:  # these import Keras; listing the orders does not need it
    from core.monitor import Monitor

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class SweepInputs(Protocol):
    """The inputs of an order before channels are measured."""

    @property
    def inputs(self) -> EvaluationInputs:
        """The network, its sets and the pixel range; an order may use only the clean validation images."""

    @property
    def layer(self) -> PrunableLayer:
        """The layer whose channels are pruned."""

    @property
    def memory_bytes(self) -> int:
        """How many bytes of the layers' outputs are kept in memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PruningOrder(ABC):
    """An order in which channels are pruned.

    Over several layers, activations are relative to the most active channel of their layer.

    Attributes:
        name: name in commands and files, such as "ascending"; never changes.
        title: what is pruned first, as a choice: "least active first".
        help: what the order is based on, a sentence without a full stop.
        detail: short description in the panel of channels.
        is_oracle: whether it uses poisoned images, which a defender does not have.
        is_by_layer: whether it finishes one layer before the next, regardless of the activations.
        is_for_comparison: whether it is only a baseline for other orders, so that no conclusion is drawn from it.
        phase: label of the time that `prepare` takes; empty if it takes none.
    """

    name: str
    title: str
    help: str
    detail: str
    is_oracle: bool = False
    is_by_layer: bool = False
    is_for_comparison: bool = False
    phase: str = ""

    def mask_settings(self, requested: AnpSettings | None) -> AnpSettings | None:
        """Return how masks are optimized; None if the order does not use masks.

        Args:
            requested: the requested settings; None uses the defaults.
        """
        del requested
        return None

    def prepare(self, sweep: SweepInputs, settings: AnpSettings | None, monitor: "Monitor") -> FloatArray | None:
        """Compute a value for each channel before any is measured, shape (C,), float64; None if the order needs none.

        Args:
            sweep: the network, the clean images, and the layer whose channels are pruned.
            settings: the result of `mask_settings`.
            monitor: receives progress, and can cancel.

        Raises:
            DatasetError: there are too few validation images.
            Cancelled: requested to stop.
        """
        del sweep, settings, monitor
        return None

    def scores(
        self, layer: PrunableLayer, prepared: FloatArray | None, *, means: FloatArray, poisoned_means: FloatArray | None
    ) -> FloatArray | None:
        """Return the values that define the order, shape (C,), float64; None if it is by activation, or not known yet.

        Args:
            layer: the layer.
            prepared: the result of `prepare`.
            means: mean activation of each channel on clean images, shape (C,).
            poisoned_means: the same on poisoned images; None if none were measured, as for orders without `is_oracle`.
        """
        del layer, prepared, means, poisoned_means
        return None

    def arrange(self, layer: PrunableLayer, activations: FloatArray, scores: FloatArray | None) -> IntArray:
        """Return channel indices in pruning order; ties go by index, so the deepest layer comes first.

        By default the highest score comes first, or the least active channel if there are no scores.

        Args:
            layer: the layer.
            activations: activation of each channel, shape (C,); over several layers, relative to the most active
                channel of each layer.
            scores: the result of `scores`, shape (C,).
        """
        del layer
        return np.argsort(activations if scores is None else -scores, kind="stable")

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"
