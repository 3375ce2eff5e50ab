"""The order of the channels' bars from left to right."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray


class BarOrder(Enum):
    """The order of the bars; the value is shown to the user."""

    PRUNING = "Pruning order"
    INDEX = "Channel index"
    DIFFERENCE = "Triggered − clean"
    CLEAN = "Clean, descending"
    TRIGGERED = "Triggered, descending"


def ordered_channels(
    order: BarOrder,
    clean: NDArray[np.float64],
    triggered: NDArray[np.float64] | None,
    pruning: NDArray[np.int64] | None,
) -> tuple[int, ...]:
    """Return the channel of each bar from the left.

    Args:
        order: the order.
        clean: mean activation of each channel on clean images, (C,).
        triggered: the same on triggered images; None without any, then the clean ones are taken.
        pruning: the channels in the order in which they are pruned; None if that is not known, then by index.
    """
    if order is BarOrder.PRUNING and pruning is not None and len(pruning) == len(clean):
        return tuple(int(channel) for channel in pruning)
    known = clean if triggered is None else triggered
    values = {
        BarOrder.DIFFERENCE: clean if triggered is None else triggered - clean,
        BarOrder.CLEAN: clean,
        BarOrder.TRIGGERED: known,
    }.get(order)
    if values is None:
        return tuple(range(len(clean)))
    return tuple(int(channel) for channel in np.argsort(-np.nan_to_num(values), kind="stable"))
