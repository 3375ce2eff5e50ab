"""A few images with a trigger, and what B and B′ answer: what a repair has changed, to look at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.refit.watched_images import WatchedImages
from core.repair.shown.watched import watched_with_trigger
from core.repair.suspected_triggers import SuspectedTriggers


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
        images: up to three.
        source: the name of the poisoned set, or "reconstructed trigger of class 0" and the like.
        is_estimated: whether the trigger was reconstructed.
    """

    images: tuple[Example, ...]
    source: str
    is_estimated: bool


def find_watched(
    inputs: EvaluationInputs, *, suspects: tuple[int, ...], seed: int, monitor: Monitor
) -> WatchedImages | None:
    """Make images with a trigger that is reconstructed for this purpose.

    Args:
        inputs: B, the sets and the pixel range.
        suspects: classes that a trigger is reconstructed for; empty for none.
        seed: seed of the choice and of the reconstruction.
        monitor: receives progress, and can cancel.

    Returns:
        None if there is no suspect whose trigger draws images to it.
    """
    if not suspects:
        return None
    scale = inputs.known_scale
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
    return watched_with_trigger(inputs.validation, inputs.network, trigger, scale=scale, seed=seed, monitor=monitor)


def examples_of(watched: WatchedImages, pruned: Network) -> Examples:
    """Return the images with the answers of B and of a repaired network."""
    labels = np.asarray(pruned.model(watched.pixels, training=False)).argmax(axis=-1)
    images = tuple(
        Example(shown, base, int(label)) for shown, base, label in zip(watched.shown, watched.base, labels, strict=True)
    )
    return Examples(images, watched.source, watched.is_estimated)
