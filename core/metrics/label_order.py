"""The order of labels that a network's own answers give, found on all clean images."""

from core.data.dataset import Dataset
from core.data.label_map import POOR_RATE, find_label_order
from core.errors import DatasetError
from core.metrics.evaluation import predict_labels
from core.monitor import Monitor
from core.network.network import Network
from core.records import LabelOrder, Scale


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
    best: LabelOrder | None = None
    right_count = 0
    for each in Scale if scale is None else (scale,):
        predicted = predict_labels(network, plain, scale=each, monitor=monitor)
        right_count = max(right_count, int((predicted == plain.labels).sum()))
        order = find_label_order(plain.labels, predicted, class_count=network.class_count)
        if order is not None and (best is None or order.mapped.count > best.mapped.count):
            best = order
    if right_count >= POOR_RATE * plain.image_count and int(plain.labels.max()) < network.class_count:
        return None
    if best is None:
        raise DatasetError(
            f"the network answers no class of its own for nearly all images of each label in '{dataset.name}', so the "
            "order of the labels cannot be found: check that these images belong to it",
            code="wrong-labels",
        )
    return best
