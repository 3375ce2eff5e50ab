"""A few images of each set, by which two networks' answers are compared."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.records import Scale

PROBE_COUNT = 32


class HasSets(Protocol):
    """Whatever has the images of a run."""

    @property
    def validation(self) -> Dataset:
        """Clean validation images."""

    @property
    def test(self) -> Dataset | None:
        """Clean test images; None when not loaded."""

    @property
    def poisoned(self) -> tuple[Dataset, ...]:
        """Poisoned sets."""


def probe_of(request: HasSets, scale: Scale) -> NDArray[np.float32]:
    """The first images of each set; (n, H, W, C) in the network's range."""
    sets = [request.validation, *([request.test] if request.test else []), *request.poisoned]
    return np.concatenate([each.batch(0, PROBE_COUNT, scale=scale) for each in sets])
