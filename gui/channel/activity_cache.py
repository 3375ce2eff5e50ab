"""What was measured of layers on sets so far, kept for a few of them. No widgets."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.activity.records import ActivityBlock, ChannelWeights
from core.activity.sampling import measured_rows
from core.scale import Scale

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network

KEPT_ACTIVITIES = 8
KEPT_WEIGHTS = 256


@dataclass(frozen=True, slots=True)
class ActivityKey:
    """What an activity belongs to; networks and sets are told apart by identity.

    Attributes:
        network: the network, with its choice of the tensor.
        layer: the convolution.
        dataset: the set.
        scale: what the network reads for a pixel.
    """

    network: "Network"
    layer: str
    dataset: "Dataset"
    scale: Scale


@dataclass(slots=True, eq=False)
class Activity:
    """What was measured so far.

    Attributes:
        order: indices of the images that are measured, in that order, (n,).
        block: of the first of them; None before the first block.
    """

    order: NDArray[np.int64]
    block: ActivityBlock | None = None

    @property
    def done_count(self) -> int:
        """How many images are measured."""
        return self.block.image_count if self.block is not None else 0

    @property
    def rest(self) -> NDArray[np.int64]:
        """The images that are not measured yet."""
        return self.order[self.done_count :]

    def take(self, block: ActivityBlock) -> None:
        """Add the next images."""
        self.block = block if self.block is None else self.block.joined(block)


class ActivityCache:
    """Keeps the activities and weights that were used last."""

    def __init__(self) -> None:
        self._activities: OrderedDict[ActivityKey, Activity] = OrderedDict()
        self._weights: OrderedDict[tuple[Network, str, int], ChannelWeights] = OrderedDict()

    def activity(self, key: ActivityKey, *, channel_count: int) -> Activity:
        """Return what was measured; an empty one is made where there is none yet."""
        if key not in self._activities:
            order = measured_rows(key.dataset.image_count, channel_count=channel_count)
            self._activities[key] = Activity(order)
        self._activities.move_to_end(key)
        while len(self._activities) > KEPT_ACTIVITIES:
            self._activities.popitem(last=False)
        return self._activities[key]

    def weights(self, network: "Network", layer: str, channel: int) -> ChannelWeights | None:
        """Return the weights of a channel; None if they are not known."""
        return self._weights.get((network, layer, channel))

    def put_weights(self, network: "Network", layer: str, channel: int, weights: ChannelWeights) -> None:
        """Keep the weights of a channel."""
        self._weights[network, layer, channel] = weights
        while len(self._weights) > KEPT_WEIGHTS:
            self._weights.popitem(last=False)

    def clear(self) -> None:
        """Keep nothing."""
        self._activities.clear()
        self._weights.clear()
