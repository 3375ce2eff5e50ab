"""Pictures of the patches and triggers that a repair finds."""

from collections.abc import Sequence

import numpy as np

from core.data.dataset import Dataset
from core.data.image import as_seen
from core.detect.fooling import FoolingPatches
from core.detect.records import ReconstructedTrigger
from core.refit.watched_images import FoundImages
from core.scale import Scale

MOST = 6
PATCHES = "Patches that draw B's answers to one class"
TRIGGERS = "Triggers of suspected classes, as found just now"
SEARCHED = "Triggers being searched, the smallest first: {}"


def patch_images(patches: FoolingPatches, dataset: Dataset, *, row: int, scale: Scale) -> FoundImages | None:
    """Lay patches over a clean image, of different classes first.

    Args:
        patches: patches that fool B.
        dataset: clean images.
        row: the row of the image.
        scale: the pixel range the network expects.

    Returns:
        None if no patch fools B.
    """
    places = _varied(patches.labels.tolist())
    if not places:
        return None
    image = dataset.rows([row], scale=scale)
    seen = image * (1 - patches.opacities[places]) + patches.covers[places]
    return FoundImages(PATCHES, as_seen(seen, scale), tuple(int(patches.labels[place]) for place in places))


def trigger_images(
    triggers: Sequence[ReconstructedTrigger], dataset: Dataset, *, scale: Scale, title: str = TRIGGERS
) -> FoundImages | None:
    """Lay triggers over the first image, of different classes first.

    Args:
        triggers: the best first.
        dataset: clean images.
        scale: the pixel range the network expects.
        title: what they are.

    Returns:
        None if there are no triggers.
    """
    places = _varied([each.label for each in triggers])
    if not places:
        return None
    image = as_seen(dataset.rows([0], scale=scale), scale)
    pictures = np.concatenate([triggers[place].apply(image) for place in places])
    return FoundImages(title, np.rint(pictures).astype(np.uint8), tuple(triggers[place].label for place in places))


def _varied(labels: Sequence[int]) -> list[int]:
    """Return up to `MOST` positions, the first of each class before the second of any."""
    seen: dict[int, int] = {}
    ranks = []
    for label in labels:
        ranks.append(seen.get(label, 0))
        seen[label] = ranks[-1] + 1
    return sorted(range(len(labels)), key=lambda place: (ranks[place], place))[:MOST]
