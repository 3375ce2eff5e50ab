"""Weights that several layers of the opened network have: one array in the scratch folder, one copy each in memory."""

import math

import numpy as np

from core.intake.limits import Limits
from core.intake.readers.scratch import Stored
from core.intake.refusal import Refusal


class Repeats:
    """Adds up what further copies of weights take, which the file's own size does not bound.

    Args:
        limits: limits of the reading.
    """

    def __init__(self, limits: Limits) -> None:
        self._most_bytes = limits.memory_bytes // 3
        self._bytes = 0

    def add(self, stored: Stored) -> None:
        """Count another copy of an array.

        Raises:
            Refusal: `file-too-large`.
        """
        self._bytes += math.prod(stored.shape) * np.dtype(stored.dtype).itemsize
        if self._bytes > self._most_bytes:
            raise Refusal(
                "file-too-large",
                f"the weights of its layers that are called several times take more than {self._most_bytes:,} bytes",
            )
