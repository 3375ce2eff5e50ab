"""The clean images of a class that a detection examined."""

import numpy as np
from numpy.typing import NDArray

from core.images.answers import Who
from core.images.confusions import AskedConfusion
from core.metrics.network_scores import SetRole
from core.network.inputs import EvaluationInputs
from gui.images.request import ImagesRequest, NetworkSource
from gui.state.detections import KeptDetection


def class_images(kept: KeptDetection | None, label: int) -> ImagesRequest | None:
    """Return a request for the clean images of a class, with the answers of B.

    Args:
        kept: the detection.
        label: the class.

    Returns:
        None if the images have no labels, or none is of this class.
    """
    counts = image_counts(kept)
    count = int(counts[label]) if 0 <= label < len(counts) else 0
    if kept is None or kept.inputs.dataset is None or not count:
        return None
    inputs = EvaluationInputs(kept.inputs.network, kept.inputs.dataset, scale=kept.inputs.scale)
    asked = AskedConfusion(SetRole.VALIDATION, Who.BASE, label, None, count, kept.inputs.image_count)
    return ImagesRequest(asked, NetworkSource(inputs, None, None, "nothing changed"))


def image_counts(kept: KeptDetection | None) -> NDArray[np.int64]:
    """Return how many clean images of each class can be shown, shape (K,); empty for none."""
    if kept is None or kept.inputs.dataset is None or not kept.inputs.has_labels or kept.inputs.scale is None:
        return np.zeros(0, dtype=np.int64)
    return np.bincount(kept.inputs.dataset.labels)
