"""A network and its channel mask, as jobs take it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.scale import Scale

if TYPE_CHECKING:
    from core.network.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class MaskedNetwork:
    """A network and its channel mask.

    Attributes:
        network: B.
        scale: the pixel range of its inputs.
        layer: the layer whose channels are pruned; None while none is chosen.
        channel_mask: (C,) bool, True = kept; None prunes nothing.
        reader: the only reader that the channels are pruned for; None prunes them for all readers.
    """

    network: "Network"
    scale: Scale
    layer: LayerSet | None
    channel_mask: NDArray[np.bool_] | None
    reader: str | None

    def __post_init__(self) -> None:
        if self.channel_mask is not None:
            channel_mask = self.channel_mask.copy()
            channel_mask.flags.writeable = False
            object.__setattr__(self, "channel_mask", channel_mask)
