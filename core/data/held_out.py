"""Which of the validation images are held out: as many of each class as its share, by seed."""

import math

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError


def split_held_out(
    labels: NDArray[np.int64], *, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide images into those to train with and those held out, stratified by class.

    The images, in random order within their class and the classes in random order, stand in a row of which evenly
    spaced ones are held out: of n images of a class, n · share rounded up or down.

    Args:
        labels: (N,) int64.
        share: of the images that is held out, (0, 0.5].
        seed: of the order and the places.

    Returns:
        Indices to train with and indices held out, both int64, ascending, together 0 to N - 1.

    Raises:
        DatasetError: fewer than two images.
    """
    count = len(labels)
    if count < 2:
        raise DatasetError(
            f"at least 2 validation images are needed, one of them held out, got {count}.", code="too-few-images"
        )
    rng = np.random.default_rng(seed)
    classes, class_indices = np.unique(labels, return_inverse=True)
    places = rng.permutation(len(classes))[class_indices]
    row = np.lexsort((rng.permutation(count), places))
    held_count = max(1, min(math.floor(share * count + 0.5), count - 1))
    step = count / held_count
    chosen = np.floor((np.arange(held_count) + rng.uniform()) * step).astype(np.int64)
    held_out = np.sort(row[chosen])
    return np.setdiff1d(np.arange(count), held_out), held_out
