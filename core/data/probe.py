"""A few images of each set, used to compare the outputs of two networks."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.records import Scale

PROBE_COUNT = 32


class HasSets(Protocol):
    """An object with the sets of a run."""

    @property
    def validation(self) -> Dataset:
        """Clean validation images."""

    @property
    def test(self) -> Dataset | None:
        """Clean test images; None if not loaded."""

    @property
    def poisoned(self) -> tuple[Dataset, ...]:
        """Poisoned sets."""


def probe_of(request: HasSets, scale: Scale) -> NDArray[np.float32]:
    """Return the first images of each set; (n, H, W, C) in the network's pixel range."""
    sets = [request.validation, *([request.test] if request.test else []), *request.poisoned]
    return np.concatenate([each.batch(0, PROBE_COUNT, scale=scale) for each in sets])
