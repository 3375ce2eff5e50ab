"""Compares a channel's activation on clean and on triggered images: histograms, differences and its best images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.activity.records import ActivityBlock

BIN_COUNT = 24


@dataclass(frozen=True, slots=True, eq=False)
class Histograms:
    """How often a channel has which activation, in each of several sets.

    Attributes:
        edges: ends of the bins, shape (B + 1,), float64, read-only.
        shares: share of the images of each set in each bin, shape (S, B), float64 in [0, 1], read-only; zeros for a set
            without images.
        image_counts: number of images of each set.
    """

    edges: NDArray[np.float64]
    shares: NDArray[np.float64]
    image_counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.shares.shape != (len(self.image_counts), len(self.edges) - 1):
            raise ValueError(f"shares must have shape (sets, bins), got {self.shares.shape}")
        for array in (self.edges, self.shares):
            array.flags.writeable = False


def find_histograms(values: Sequence[NDArray[np.float32]], *, bin_count: int = BIN_COUNT) -> Histograms:
    """Return the histograms of one channel over several sets, with the same bins for all.

    Args:
        values: activations on the images of each set, shape (n,); those that are not finite are left out.
        bin_count: number of bins.
    """
    finite = [each[np.isfinite(each)].astype(np.float64) for each in values]
    everything = np.concatenate(finite) if finite else np.zeros(0)
    low, high = (float(everything.min()), float(everything.max())) if everything.size else (0.0, 1.0)
    if high <= low:
        low, high = min(low, 0.0), high if high > min(low, 0.0) else low + max(abs(low), 1.0)
    edges = np.linspace(low, high, bin_count + 1)
    counts = np.array([np.histogram(each, bins=edges)[0] for each in finite], dtype=np.float64)
    counts = counts.reshape(len(finite), bin_count)
    totals = np.array([max(each.size, 1) for each in finite], dtype=np.float64)
    return Histograms(edges, counts / totals[:, np.newaxis], tuple(int(each.size) for each in finite))


@dataclass(frozen=True, slots=True)
class RankedImage:
    """An image on which a channel is very active.

    Attributes:
        set_index: index of its set.
        row: its index in the set.
        activation: of the channel.
    """

    set_index: int
    row: int
    activation: float


def most_active_images(blocks: Sequence[ActivityBlock], channel: int, *, count: int = 9) -> tuple[RankedImage, ...]:
    """Return the images of several sets on which a channel is most active, the most active first.

    Images on which it is zero are left out. Ties go to the earlier set, then to the earlier row.
    """
    found = []
    for set_index, block in enumerate(blocks):
        values = np.nan_to_num(block.values[:, channel], nan=0.0)
        # Sorted by row first, so that the answer does not depend on the order of measuring.
        order = np.lexsort((block.rows, -values))[:count]
        found += [RankedImage(set_index, int(block.rows[at]), float(values[at])) for at in order if values[at] != 0]
    return tuple(sorted(found, key=lambda each: (-each.activation, each.set_index, each.row))[:count])
