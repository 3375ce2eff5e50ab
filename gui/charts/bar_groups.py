"""Bars of which there are more than pixels, drawn in groups: each by its highest bar."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BARS_PER_PIXEL = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class BarGroups:
    """What is drawn.

    Attributes:
        size: the most bars that one stands for.
        shown: the highest bar of each group, shape (G,).
        middles: the middle of each group, in bars, shape (G,).
        hollow: whether all cells of a group are only outlines, shape (G,).
    """

    size: int
    shown: NDArray[np.int64]
    middles: NDArray[np.float64]
    hollow: NDArray[np.bool_]

    @property
    def note(self) -> str:
        """What is said of it; empty where each bar is drawn."""
        return f"each bar: the highest of {self.size} channels" if self.size > 1 else ""

    def fills_of(self, fills: Sequence[str]) -> list[str]:
        """Return the colours of what is drawn."""
        return list(fills) if self.size == 1 else [fills[place] for place in self.shown]


def group_bars(heights: NDArray[np.float64], hollow: NDArray[np.bool_], *, width: float) -> BarGroups:
    """Divide bars into groups that have a pixel each, where there are too many to be seen.

    Args:
        heights: one for each bar, shape (C,).
        hollow: True for each cell that is only an outline, shape (C,).
        width: of the chart, in logical pixels.
    """
    count = len(heights)
    size = 1 if count <= BARS_PER_PIXEL * max(width, 1.0) else -(-count // max(int(width), 1))
    if size == 1:
        every = np.arange(count)
        return BarGroups(1, every, every.astype(np.float64), hollow)
    starts = np.arange(0, count, size)
    ends = np.minimum(starts + size, count)
    highest = [start + int(np.argmax(heights[start:end])) for start, end in zip(starts, ends, strict=True)]
    return BarGroups(size, np.array(highest), (starts + ends - 1) / 2, np.logical_and.reduceat(hollow, starts))
