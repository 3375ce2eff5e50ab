"""Images with a trigger that are looked at during a repair: from a poisoned set, or with a reconstructed trigger."""

import numpy as np

from core.data.dataset import Dataset
from core.data.image import as_seen
from core.detect.estimated_set import estimated_poisoned_set
from core.detect.records import NEXT_CLASS, ReconstructedTrigger
from core.errors import DatasetError
from core.metrics.evaluation import predict_labels
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.refit.watched_images import WatchedImages
from core.scale import Scale

EXAMPLE_COUNT = 3
LOOKED_AT = 96  # images that they are chosen from


def watched_of_set(inputs: EvaluationInputs, *, seed: int, monitor: Monitor) -> WatchedImages | None:
    """Choose images of the first poisoned set, before the repair, so that its result has no part in the choice.

    Args:
        inputs: B, the sets and the pixel range.
        seed: seed of the choice.
        monitor: receives progress, and can cancel.

    Returns:
        None if no poisoned set is open.
    """
    if not inputs.poisoned:
        return None
    return _chosen(inputs.poisoned[0], inputs.network, scale=inputs.known_scale, seed=seed, monitor=monitor)


def watched_with_trigger(
    dataset: Dataset, network: Network, trigger: ReconstructedTrigger, *, scale: Scale, seed: int, monitor: Monitor
) -> WatchedImages | None:
    """Lay a reconstructed trigger over clean images, and choose some that the network answers as the trigger wants.

    Args:
        dataset: clean images with their true labels.
        network: B.
        trigger: a trigger that does not move pixels.
        scale: the pixel range the network expects.
        seed: seed of the choice.
        monitor: receives progress, and can cancel.

    Returns:
        None if no image is answered as the trigger wants.
    """
    try:
        stamped = estimated_poisoned_set(dataset, trigger, scale=scale)
    except DatasetError:  # all images are of the trigger's class
        return None
    return _chosen(stamped, network, scale=scale, seed=seed, monitor=monitor, wanted=trigger.label)


def _chosen(
    dataset: Dataset, base: Network, *, scale: Scale, seed: int, monitor: Monitor, wanted: int | None = None
) -> WatchedImages | None:
    """Choose; `wanted` is the trigger's class where the labels are the true ones, as with a reconstructed trigger."""
    count = dataset.image_count
    drawn = np.random.default_rng([seed, 0xE8]).permutation(count)[:LOOKED_AT]
    rows = np.sort(drawn).astype(np.int64)
    answers = predict_labels(base, dataset, scale=scale, monitor=monitor, rows=rows)
    labels = dataset.labels[rows]
    if wanted == NEXT_CLASS:
        labels = (labels + 1) % base.class_count
    elif wanted is not None:
        labels = np.full(len(rows), wanted)
    is_led = answers == labels  # B answers as the attacker wants
    if dataset.is_stamped and not is_led.any():  # no trigger then
        return None
    places = np.argsort(~is_led, kind="stable")[:EXAMPLE_COUNT]
    pixels = dataset.rows(rows[places], scale=scale)
    return WatchedImages(
        as_seen(pixels, scale),
        pixels,
        tuple(int(each) for each in answers[places]),
        dataset.name,
        dataset.is_estimated,
    )
