"""What a pruning order is: its words, what it needs measured, and how it puts channels into order; no Keras.

An order is one object in a file of its own in `core/order/orders/`, and one line in the registry there. The command,
the window and the report read all that they say of it from the object.
"""

from abc import ABC
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.network.inputs import EvaluationInputs
from core.order.anp_settings import AnpSettings

if TYPE_CHECKING:  # Keras comes with these; an order is listed without.
    from core.monitor import Monitor

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class SweepInputs(Protocol):
    """What an order gets before channels are measured."""

    @property
    def inputs(self) -> EvaluationInputs:
        """The network, its sets and the pixel range; only clean validation images may be looked at."""

    @property
    def layer(self) -> PrunableLayer:
        """Whose channels are pruned."""

    @property
    def memory_bytes(self) -> int:
        """How much of the layers' outputs is kept in memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PruningOrder(ABC):
    """In which order channels are pruned; over several layers activations are shares of the layer's most active one.

    Attributes:
        name: what it is called in commands and files, as "ascending"; never changes.
        title: what goes first, as a choice: "least active first".
        help: what it goes by, in a sentence without a full stop.
        detail: what the panel of channels says of it, in a few words.
        is_oracle: whether it looks at poisoned images, which a defender does not have.
        is_by_layer: whether one layer ends before the next begins, whatever the channels do.
        is_for_comparison: whether it only shows what other orders gain, so that no conclusion can be drawn from it.
        phase: what the time of `prepare` is told as; empty where it takes none.
    """

    name: str
    title: str
    help: str
    detail: str
    is_oracle: bool = False
    is_by_layer: bool = False
    is_for_comparison: bool = False
    phase: str = ""

    def mask_settings(self, asked: AnpSettings | None) -> AnpSettings | None:
        """How masks are optimized; None where it goes by none.

        Args:
            asked: what was asked for; None is the usual way.
        """
        del asked
        return None

    def prepare(self, sweep: SweepInputs, settings: AnpSettings | None, monitor: "Monitor") -> FloatArray | None:
        """What is found out of each channel before any is measured, shape (C,), float64; None where it is nothing.

        Args:
            sweep: the network, the clean images, and whose channels are pruned.
            settings: what `mask_settings` answered.
            monitor: progress and cancel.

        Raises:
            DatasetError: it needs more validation images.
            Cancelled: asked to stop.
        """
        del sweep, settings, monitor
        return None

    def scores(
        self, layer: PrunableLayer, prepared: FloatArray | None, *, means: FloatArray, poisoned_means: FloatArray | None
    ) -> FloatArray | None:
        """What it goes by where that is not the activation, shape (C,), float64; None while that is not known.

        Args:
            layer: whose channels.
            prepared: what `prepare` answered.
            means: mean activation of each channel on clean images, shape (C,).
            poisoned_means: the same on poisoned ones; None where none were measured, as without `is_oracle`.
        """
        del layer, prepared, means, poisoned_means
        return None

    def arrange(self, layer: PrunableLayer, activations: FloatArray, scores: FloatArray | None) -> IntArray:
        """Channel indices, first pruned first; ties by index, which is the deepest layer first.

        As usual the highest score goes first, and without scores the least active channel.

        Args:
            layer: whose channels.
            activations: of each channel, shape (C,); over several layers shares of their layer's most active one.
            scores: what `scores` answered, shape (C,).
        """
        del layer
        return np.argsort(activations if scores is None else -scores, kind="stable")

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"
