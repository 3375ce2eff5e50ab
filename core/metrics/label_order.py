"""The order of labels that a network's own answers give, found on all clean images."""

import numpy as np

from core.data.dataset import Dataset
from core.data.label_map import POOR_RATE, find_label_order
from core.errors import DatasetError
from core.findings.label_order import LabelOrder
from core.metrics.evaluation import predict_labels
from core.metrics.readings import SAMPLE_COUNT, SAMPLE_SEED, candidate_scales
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale


def find_order(network: Network, dataset: Dataset, *, scale: Scale | None, monitor: Monitor) -> LabelOrder | None:
    """Return the order of labels in which a network is right; None if they are right as they are.

    Args:
        network: the network.
        dataset: clean images; their labels may be outside the network's classes.
        scale: the pixel range the network expects; None tries all.
        monitor: receives progress, and can cancel.

    Raises:
        DatasetError: `wrong-labels`, if the network is right in no order.
        Cancelled: the job was cancelled.
    """
    plain = dataset.with_labels(None)
    scales = candidate_scales(plain) if scale is None else [scale]
    if len(scales) > 1:
        rows = np.random.default_rng(SAMPLE_SEED).permutation(plain.image_count)[:SAMPLE_COUNT]

        def promise(each: Scale) -> int:
            """Return how many of a sample are right, in the order that fits best."""
            predicted = predict_labels(network, plain, scale=each, monitor=monitor, rows=rows)
            labels = plain.labels[rows]
            order = find_label_order(labels, predicted, class_count=network.class_count)
            return max(int((predicted == labels).sum()), 0 if order is None else order.mapped.count)

        scales = [max(scales, key=promise)]
    predicted = predict_labels(network, plain, scale=scales[0], monitor=monitor)
    right_count = int((predicted == plain.labels).sum())
    best = find_label_order(plain.labels, predicted, class_count=network.class_count)
    if right_count >= POOR_RATE * plain.image_count and int(plain.labels.max()) < network.class_count:
        return None
    if best is None:
        raise DatasetError(
            f"the network answers no class of its own for nearly all images of each label in '{dataset.name}', so the "
            "order of the labels cannot be found: check that these images belong to it",
            code="wrong-labels",
        )
    return best
