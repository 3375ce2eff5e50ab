"""A trigger that is taken from pairs of images with and without it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.trigger import Trigger
from core.errors import DatasetError

NOISE = 2.0  # levels by which compression changes pixels that no trigger touches


@dataclass(frozen=True, slots=True, eq=False)
class PairsTrigger:
    """What was found.

    Attributes:
        trigger: the trigger.
        error: by how many levels the pairs differ from it on average, where it changes something.
        pair_count: the number of pairs.
    """

    trigger: Trigger
    error: float
    pair_count: int


def trigger_from_pairs(
    without: NDArray[np.float32], images: NDArray[np.float32], *, name: str = "trigger of pairs"
) -> PairsTrigger:
    """Find the trigger that makes one image of each pair of the other.

    At each pixel, image = a · without + b is fitted by least squares over the pairs, with one a for all channels and a
    b for each: 1 − a is the opacity, b the colours, and what no colour can express is added. A single pair cannot tell
    opacity from colour: what it changes is taken as opaque.

    Args:
        without: images without the trigger, (N, H, W, C), 0–255.
        images: the same ones with it.
        name: display name.

    Raises:
        DatasetError: `trigger-pairs`, if the images do not belong to each other or nothing differs.
    """
    if without.shape != images.shape or without.ndim != 4 or not len(without):
        raise DatasetError(
            f"a trigger needs as many images with it as without, of the same size, got {len(images)} and "
            f"{len(without)}.",
            code="trigger-pairs",
        )
    plain, worn = without.astype(np.float64), images.astype(np.float64)
    is_changed = np.abs(worn - plain).mean(axis=(0, 3)) > (NOISE if len(plain) > 1 else 2 * NOISE)
    if not is_changed.any():
        raise DatasetError("the images with the trigger are the same as those without.", code="trigger-pairs")
    mean_plain, mean_worn = plain.mean(axis=0), worn.mean(axis=0)
    if len(plain) == 1:
        kept = np.zeros(is_changed.shape)
    else:
        spread = ((plain - mean_plain) ** 2).sum(axis=(0, 3))
        together = ((plain - mean_plain) * (worn - mean_worn)).sum(axis=(0, 3))
        kept = np.where(spread > 1, np.clip(together / np.maximum(spread, 1), 0, 1), 0)
    kept = np.where(is_changed, kept, 1)[..., np.newaxis]
    kept[kept > 1 - 1 / 64] = 1
    rest = np.where(is_changed[..., np.newaxis], mean_worn - kept * mean_plain, 0)
    opacity = 1 - kept
    colours = np.where(opacity > 0, np.clip(rest / np.maximum(opacity, 1e-6), 0, 255), 0)
    change = rest - opacity * colours
    change[np.abs(change) < 0.5] = 0
    rgba = np.concatenate([colours, opacity], axis=2).astype(np.float32)
    trigger = Trigger(name, rgba, change.astype(np.float32) if change.any() else None)
    made = trigger.apply(without.astype(np.float32))
    error = float(np.abs(made - images)[:, is_changed].mean())
    return PairsTrigger(trigger, error, len(plain))
