"""A few images with a trigger, and what B and B′ answer: what a repair has changed, to look at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.image import as_seen
from core.detect.estimated_set import estimated_poisoned_set
from core.detect.records import NEXT_CLASS
from core.errors import DatasetError
from core.metrics.evaluation import predict_labels
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.repair.suspected_triggers import SuspectedTriggers
from core.scale import Scale

EXAMPLE_COUNT = 3
LOOKED_AT = 96  # images that the examples are chosen from


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One image and its answers.

    Attributes:
        pixels: shape (H, W, C), uint8, 0–255, read-only, with the trigger.
        base: what B answers.
        pruned: what B′ answers.
    """

    pixels: NDArray[np.uint8]
    base: int
    pruned: int


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Images with a trigger.

    Attributes:
        images: up to three; those whose answer changes come first, with different answers of B′ where there are some.
        source: the name of the poisoned set, or "reconstructed trigger of class 0" and the like.
        is_estimated: whether the trigger was reconstructed.
    """

    images: tuple[Example, ...]
    source: str
    is_estimated: bool


def find_examples(
    inputs: EvaluationInputs, pruned: Network, *, suspects: tuple[int, ...], seed: int, monitor: Monitor
) -> Examples | None:
    """Choose images with a trigger from the first poisoned set, or make some with a reconstructed trigger.

    Args:
        inputs: B, the sets and the pixel range.
        pruned: B′.
        suspects: classes that a trigger is reconstructed for if no poisoned set is open; empty for none.
        seed: seed of the choice and of the reconstruction.
        monitor: receives progress, and can cancel.

    Returns:
        None if there is neither a poisoned set nor a suspect whose trigger draws images to it.
    """
    scale = inputs.known_scale
    if inputs.poisoned:
        dataset = inputs.poisoned[0]
        return _chosen(dataset, inputs.network, pruned, scale=scale, seed=seed, monitor=monitor)
    if not suspects:
        return None
    finder = SuspectedTriggers(
        inputs.network.model,
        network=inputs.network,
        dataset=inputs.validation,
        scale=scale,
        seed=seed,
        suspects=suspects,
    )
    trigger = finder.smallest(monitor)
    if trigger is None:
        return None
    try:
        dataset = estimated_poisoned_set(inputs.validation, trigger, scale=scale)
    except DatasetError:  # all images are of the trigger's class
        return None
    return _chosen(dataset, inputs.network, pruned, scale=scale, seed=seed, monitor=monitor, wanted=trigger.label)


def _chosen(
    dataset: Dataset,
    base: Network,
    pruned: Network,
    *,
    scale: Scale,
    seed: int,
    monitor: Monitor,
    wanted: int | None = None,
) -> Examples | None:
    """Choose; `wanted` is the trigger's class where the labels are the true ones, as with a reconstructed trigger."""
    count = dataset.image_count
    drawn = np.random.default_rng([seed, 0xE8]).permutation(count)[:LOOKED_AT]
    rows = np.sort(drawn).astype(np.int64)
    before, after = (predict_labels(each, dataset, scale=scale, monitor=monitor, rows=rows) for each in (base, pruned))
    # First those that B answers as the attacker wants, whose answer changes, to a class that is not shown yet.
    is_first_of_its_kind = np.zeros(len(rows), dtype=np.bool_)
    is_first_of_its_kind[np.unique(after, return_index=True)[1]] = True
    labels = dataset.labels[rows]
    if wanted == NEXT_CLASS:
        labels = (labels + 1) % base.class_count
    elif wanted is not None:
        labels = np.full(len(rows), wanted)
    is_led = before == labels
    if dataset.is_estimated and not is_led.any():  # no trigger then
        return None
    places = np.lexsort((~is_first_of_its_kind, before == after, ~is_led))[:EXAMPLE_COUNT]
    pixels = as_seen(dataset.rows(rows[places], scale=scale), scale)
    images = tuple(
        Example(each, int(before[place]), int(after[place])) for each, place in zip(pixels, places, strict=True)
    )
    return Examples(images, dataset.name, dataset.is_estimated)
