"""The most similar clean image of each image of a poisoned set: its label is usually the true label."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.monitor import Monitor
from core.scale import Scale

IMAGE_COUNT = 128
VALUE_COUNT = 256
BATCH = 512

FURTHEST = 48.0
"""Values of 0–255 count as at most this far apart, so that a trigger on a part of the image hardly matters."""

SEED = 0
STAGE = "Comparing with clean images"

Labels = NDArray[np.int64]


def nearest_labels(
    poisoned: Dataset, clean: Sequence[Dataset], *, scale: Scale, monitor: Monitor
) -> tuple[Labels, Labels]:
    """Return the labels of some images of a poisoned set, and those of the most similar clean images.

    At most 128 images are compared, drawn with a fixed seed, by the 256 values that vary most among them.

    Args:
        poisoned: a poisoned set.
        clean: clean sets.
        scale: what B reads for a pixel, by which both are compared.
        monitor: receives progress, and can cancel.

    Returns:
        The labels in the poisoned set and those of the nearest clean images, both shape (n,), int64; empty without
        clean images.

    Raises:
        Cancelled: the job was cancelled.
    """
    rows = np.sort(np.random.default_rng(SEED).permutation(poisoned.image_count)[:IMAGE_COUNT])
    wanted = _flat(poisoned.rows(rows, scale=scale), scale)
    columns = np.sort(np.argsort(-wanted.std(axis=0), kind="stable")[:VALUE_COUNT])
    wanted = wanted[:, columns]
    best = np.full(len(rows), np.inf)
    labels = np.full(len(rows), -1, dtype=np.int64)
    for images, found in _batches(clean, scale, monitor):
        values = images[:, columns]
        for place, image in enumerate(wanted):
            distances = np.minimum(np.abs(values - image), np.float32(FURTHEST)).mean(axis=1)
            nearest = int(distances.argmin())
            if distances[nearest] < best[place]:
                best[place], labels[place] = distances[nearest], found[nearest]
    return poisoned.labels[rows][labels >= 0], labels[labels >= 0]


def _batches(clean: Sequence[Dataset], scale: Scale, monitor: Monitor) -> Iterator[tuple[NDArray[np.float32], Labels]]:
    total_count = sum(each.image_count for each in clean)
    done_count = 0
    for dataset in clean:
        for start in range(0, dataset.image_count, BATCH):
            monitor.checkpoint(STAGE, done_count=done_count, total_count=total_count)
            images = _flat(dataset.batch(start, start + BATCH, scale=scale), scale)
            yield images, dataset.labels[start : start + BATCH]
            done_count += len(images)
    monitor.checkpoint(STAGE, done_count=done_count, total_count=total_count)


def _flat(images: NDArray[np.float32], scale: Scale) -> NDArray[np.float32]:
    """Return what B reads (N, H, W, C) as pixel values but for a constant, shape (N, H · W · C)."""
    return (images * np.asarray(scale.deviation, dtype=np.float32)).reshape(len(images), -1)
