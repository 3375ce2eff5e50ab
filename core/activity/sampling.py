"""Which images of a set are measured."""

import numpy as np
from numpy.typing import NDArray

LARGEST_VALUES = 1 << 24
"""The most values that are kept of one layer on one set, 64 MiB; of more images a random sample is measured."""


def measured_rows(image_count: int, *, channel_count: int, seed: int = 0) -> NDArray[np.int64]:
    """Return which images of a set are measured, in random order, so that the first of them are a sample.

    Args:
        image_count: number of images in the set.
        channel_count: number of channels, which limits how many images are measured.
        seed: of the random order.
    """
    most = max(1, LARGEST_VALUES // max(channel_count, 1))
    order = np.random.default_rng(seed).permutation(image_count)[:most].astype(np.int64)
    order.flags.writeable = False
    return order
