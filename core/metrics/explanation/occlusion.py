"""Occlusion maps: how far the lead of a class falls when a part of the image is hidden."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from core.network.losses import make_logits

FloatArray = NDArray[np.float32]
Lead = Callable[[FloatArray], FloatArray]
SHARE = 5  # a window is a fifth of the shorter side
STEPS = 3  # and moves by a third of itself


@dataclass(frozen=True, slots=True, eq=False)
class OcclusionPlan:
    """The windows that are hidden one after the other.

    Attributes:
        size: height and width of a window, in pixels.
        corners: its upper left corners, shape (n, 2), int64, row and column.
        shape: height and width of the image.
    """

    size: tuple[int, int]
    corners: NDArray[np.int64]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.corners)


@dataclass(frozen=True, slots=True, eq=False)
class OcclusionSums:
    """What was found so far; each call to `occlude` returns the next one.

    Attributes:
        done_count: number of windows that were hidden.
        falls: by how much the lead fell, added up over the windows at each pixel: (H, W) float64.
        counts: number of windows at each pixel, (H, W) int64.
        whole: the lead for the whole image.
    """

    done_count: int
    falls: NDArray[np.float64]
    counts: NDArray[np.int64]
    whole: float

    @property
    def map(self) -> FloatArray:
        """The mean fall at each pixel, (H, W) float32; 0 where no window was yet."""
        return (self.falls / np.maximum(self.counts, 1)).astype(np.float32)


def lead_of(model: keras.Model, label: int) -> Lead:
    """Return a function: images (n, H, W, C) as the network reads them -> leads of a class (n,) float32.

    The lead is the class's score before the softmax, less the best one of another class. Unlike the output of a softmax
    it still tells differences where the network is entirely sure.
    """
    logits = make_logits(model)

    def lead(images: FloatArray) -> FloatArray:
        scores = np.asarray(logits(images, False))
        others = np.delete(scores, label, axis=1).max(axis=1)
        return np.asarray(scores[:, label] - others, dtype=np.float32)

    return lead


def plan_occlusion(height: int, width: int) -> OcclusionPlan:
    """Return windows that cover an image, each pixel by several of them."""
    side = max(1, round(min(height, width) / SHARE))
    step = max(1, round(side / STEPS))
    rows, columns = (_starts(length, side, step) for length in (height, width))
    corners = np.array([(row, column) for row in rows for column in columns], np.int64)
    return OcclusionPlan((side, side), corners, (height, width))


def occlude(
    lead: Lead,
    pixels: FloatArray,
    plan: OcclusionPlan,
    *,
    so_far: OcclusionSums | None,
    count: int,
    fill: FloatArray | None = None,
) -> OcclusionSums:
    """Hide the next few windows of an image.

    Args:
        lead: images (n, H, W, C) -> what is watched of each, (n,); see `lead_of`.
        pixels: the image as the network reads it, (H, W, C) float32; not changed.
        plan: the windows.
        so_far: what was found of the windows before; None begins.
        count: number of windows to hide.
        fill: what hides them, (C,); None takes the mean of the image.

    Source:
        Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, 2014, section 4.2; they use a grey square.
    """
    if so_far is None:
        whole = float(lead(pixels[np.newaxis])[0])
        so_far = OcclusionSums(0, np.zeros(plan.shape), np.zeros(plan.shape, np.int64), whole)
    corners = plan.corners[so_far.done_count : so_far.done_count + count]
    if not len(corners):
        return so_far
    hidden = np.repeat(pixels[np.newaxis], len(corners), axis=0)
    colour = pixels.mean(axis=(0, 1)) if fill is None else fill
    height, width = plan.size
    for each, (row, column) in zip(hidden, corners, strict=True):
        each[row : row + height, column : column + width] = colour
    leads = lead(hidden)
    falls, counts = so_far.falls.copy(), so_far.counts.copy()
    for (row, column), left in zip(corners, leads, strict=True):
        falls[row : row + height, column : column + width] += so_far.whole - float(left)
        counts[row : row + height, column : column + width] += 1
    return OcclusionSums(so_far.done_count + len(corners), falls, counts, so_far.whole)


def _starts(length: int, side: int, step: int) -> list[int]:
    starts = list(range(0, max(1, length - side + 1), step))
    return starts if starts[-1] + side >= length else [*starts, length - side]
