"""A poisoned set made with a reconstructed trigger, to see what pruning does where there are no triggered images."""

import numpy as np

from core.data.dataset import Dataset
from core.data.stamped import stamped_set
from core.data.trigger import Trigger
from core.detect.records import ReconstructedTrigger
from core.scale import Scale
from core.words import trigger_target


def as_trigger(found: ReconstructedTrigger, *, name: str = "") -> Trigger:
    """Return a reconstructed trigger as one that can be laid over any image.

    Args:
        found: what a detector found.
        name: display name; by default "reconstructed trigger of class 0".
    """
    return Trigger(
        name or f"reconstructed trigger{trigger_target(_label(found))}",
        np.concatenate([np.clip(found.pixels, 0, 255), np.clip(found.opacity, 0, 1)], axis=2),
        None if found.change is None else np.clip(found.change, -255, 255),
        found.moves,
    )


def estimated_poisoned_set(dataset: Dataset, trigger: ReconstructedTrigger, *, scale: Scale | None = None) -> Dataset:
    """Return clean images with a reconstructed trigger over them, as a poisoned set.

    The sweep, repair, the comparison and saving treat it as a poisoned set that was opened. Its name and
    `Dataset.is_estimated` say that its figures are estimates.

    Args:
        dataset: clean images with their true labels; those of the trigger's class are left out. An all-to-all
            trigger is laid over all of them.
        trigger: what a detector found.
        scale: what the network reads for a pixel; used if the images are no pixels, see `stamped_set`.

    Raises:
        DatasetError: `no-other-class`, if all images are of the trigger's class; `trigger-fit`, if they have other
            channels than the trigger.
    """
    return stamped_set(dataset, as_trigger(trigger), _label(trigger), scale=scale)


def _label(found: ReconstructedTrigger) -> int | None:
    return found.label if found.label >= 0 else None
