"""Where the bars of the channels stand: from the left, and in which row."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.order.ranking import Ranking


class Sort(Enum):
    """The order of the bars from left to right; the value is shown to the user."""

    ORDER = "Pruning order"
    INDEX = "Channel index"
    ACTIVATION = "Activation, descending"
    DIFFERENCE = "Difference, descending"


def rows_of(layer: PrunableLayer) -> NDArray[np.int64]:
    """Return the index of the part that each channel belongs to, shape (C,)."""
    return np.repeat(np.arange(len(layer.parts)), [part.channel_count for part in layer.parts])


def kept_of_parts(layer: PrunableLayer, channel_mask: NDArray[np.bool_]) -> list[str]:
    """Return how many channels each part of a layer keeps: "conv_3: 27 of 60 kept"."""
    kept = np.bincount(rows_of(layer)[channel_mask], minlength=len(layer.parts)) if layer.parts else ()
    return [f"{part.name}: {one} of {part.channel_count} kept" for part, one in zip(layer.parts, kept, strict=True)]


def places_of(ranking: Ranking, sort: Sort, effects: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """Return the channel of each bar from the left, shape (C,); by the order while differences are not measured."""
    if sort is Sort.ORDER or (sort is Sort.DIFFERENCE and effects is None):
        return ranking.order
    if sort is Sort.DIFFERENCE and effects is not None:
        return np.argsort(-effects, kind="stable").astype(np.int64)
    if sort is Sort.INDEX:
        return np.arange(len(ranking.order), dtype=np.int64)
    return np.argsort(-ranking.activations, kind="stable").astype(np.int64)
