"""A network and what is pruned in it, as a job takes it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.records import Scale

if TYPE_CHECKING:
    from core.network.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class MaskedNetwork:
    """A network and what is pruned in it.

    Attributes:
        network: B.
        scale: the pixel range that it is fed.
        layer: whose channels are pruned; None while nothing can be.
        channel_mask: (C,) bool, True = kept; None prunes nothing.
        reader: the one reader that stops reading; None prunes the output.
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
