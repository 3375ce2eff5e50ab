"""Whether validation images resemble each other so much that held-out ones cannot show what accuracy is lost.

Frames of one video or copies of one picture: a network that has learnt one of them by heart answers the other one, too.
Accuracy on held-out images then stays while that on new images falls.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.metrics.evaluation import predict_labels
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.repair.recipe_records import Resemblance
from core.scale import Scale
from core.thread_pool import run_aside

STAGE = "Comparing validation images"
IMAGE_COUNT = 2000  # images that are compared
FOLD_COUNT = 5  # each image is compared with those of the other folds, as many as are trained with
SIDE = 12  # an image is compared by the means of at most so many by so many blocks
BATCH = 256

FloatArray = NDArray[np.float32]


def find_resemblance(
    network: Network, validation: Dataset, *, scale: Scale, seed: int, monitor: Monitor
) -> Resemblance:
    """Compare B with a classifier that gives each image the label of the most similar other one.

    Images are compared by the correlation of their block means, so that brightness and contrast do not matter.

    Args:
        network: B.
        validation: clean images with their true labels.
        scale: the pixel range the network expects.
        seed: seed of the choice of images and of the folds.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    rng = np.random.default_rng([seed, 0x4E])
    rows = np.sort(rng.permutation(validation.image_count)[:IMAGE_COUNT])
    folds = rng.permutation(len(rows)) % FOLD_COUNT
    parts = []
    for start in range(0, len(rows), BATCH):
        monitor.checkpoint(STAGE, done_count=start, total_count=len(rows))
        parts.append(_block_means(validation.rows(rows[start : start + BATCH], scale=scale)))
    values, labels = np.concatenate(parts), validation.labels[rows]
    nearest = run_aside(partial(_nearest, values, labels, folds), while_waiting=monitor.stop_if_asked)
    answers = predict_labels(network, validation, scale=scale, monitor=monitor, rows=rows)
    return Resemblance(
        Share(int((nearest == labels).sum()), len(rows)), Share(int((answers == labels).sum()), len(rows))
    )


def _nearest(values: FloatArray, labels: NDArray[np.int64], folds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the label of each image's most similar image of another fold; -1 if there is none."""
    found = np.full(len(labels), -1, dtype=np.int64)
    for fold in np.unique(folds):
        is_here = folds == fold
        if not is_here.all():
            found[is_here] = labels[~is_here][(values[is_here] @ values[~is_here].T).argmax(axis=1)]
    return found


def _block_means(images: FloatArray) -> FloatArray:
    """Return the means of the blocks of images (N, H, W, C), of mean 0 and length 1, shape (N, B)."""
    count, height, width, _ = images.shape
    tops, lefts = (np.linspace(0, size, min(SIDE, size) + 1).astype(np.int64) for size in (height, width))
    sums = np.add.reduceat(np.add.reduceat(images, tops[:-1], axis=1), lefts[:-1], axis=2)
    means = sums / (np.diff(tops)[:, None, None] * np.diff(lefts)[:, None])
    flat = means.reshape(count, -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    unit: FloatArray = (flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return unit
