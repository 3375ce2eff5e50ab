"""The split of validation images into training and held-out images, stratified by class."""

import math

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError


def split_held_out(
    labels: NDArray[np.int64], *, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split images into training and held-out images, stratified by class.

    The images are sorted by class, with the classes and the images of a class in random order. Evenly spaced images are
    held out: of n images of a class, n · share rounded up or down.

    Args:
        labels: (N,) int64.
        share: share of the images to hold out, (0, 0.5].
        seed: random seed.

    Returns:
        Training indices and held-out indices, both int64, ascending, together 0 to N - 1.

    Raises:
        DatasetError: fewer than two images.
    """
    count = len(labels)
    if count < 2:
        raise DatasetError(
            f"at least 2 validation images are needed, one of which is held out, got {count}.", code="too-few-images"
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
