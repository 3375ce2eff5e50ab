"""The scores of all classes that a detector examined, as a small SVG histogram."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.detect.records import ClassScores

WIDTH, HEIGHT = 420.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 12.0, 14.0, 24.0
BIN_COUNT = 32
MOST_MARKS = 3

_TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000, 1_000_000)
_LEAST_RANGE = 3.0
_LARGEST = 1e6  # scores beyond are drawn at the edge
_TICK_DISTANCE = 26.0
_MARK_HEIGHT = 13.0
_LEAST_HEIGHT = 2.0  # a single class among many stays visible


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the histogram: its place and size in drawing units, and the number of classes."""

    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line or a tick: its x, its text, where the text stands, and on which side of the line."""

    x: float
    text: str
    y: float
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class NullChart:
    """A drawing of WIDTH × HEIGHT units.

    Attributes:
        bars: the histogram of the scores.
        ticks: below the axis; scores are spaced like asinh, so that a far outlier leaves room for the others.
        marks: the classes that are named, with a line each.
        largest_count: number of classes in the highest bar.
    """

    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    largest_count: int


def draw_null(scores: ClassScores, labels: Sequence[int]) -> NullChart | None:
    """Draw where the examined classes lie, and mark some of them.

    Args:
        scores: what a detector found.
        labels: the classes to mark, most important first; those that were not examined are left out.

    Returns:
        None if no class was examined.
    """
    examined = scores.examined
    if not len(examined):
        return None
    spaced = _spaced(scores.scores[examined])
    low, high = min(float(spaced.min()), -math.asinh(_LEAST_RANGE)), max(float(spaced.max()), math.asinh(_LEAST_RANGE))
    floor, room = HEIGHT - BOTTOM, WIDTH - LEFT - RIGHT

    def x(value: float) -> float:
        return round(LEFT + room * (value - low) / (high - low), 1)

    counts, edges = np.histogram(spaced, bins=BIN_COUNT, range=(low, high))
    largest = int(counts.max())
    width = round(room / BIN_COUNT - 1, 1)
    bars = []
    for count, edge in zip(counts.tolist(), edges.tolist(), strict=False):
        if count:
            height = round(max(_LEAST_HEIGHT, (floor - TOP - MOST_MARKS * _MARK_HEIGHT) * count / largest), 1)
            bars.append(Bar(x(edge), round(floor - height, 1), width, height, count))
    marked = [label for label in labels if label in examined][:MOST_MARKS]
    marks = []
    for place, label in enumerate(marked):
        position = x(float(_spaced(scores.scores[label])))
        anchor = "end" if position > LEFT + room / 2 else "start"
        marks.append(Mark(position, f"class {label}", TOP + place * _MARK_HEIGHT, anchor))
    return NullChart(tuple(bars), _ticks(low, high, x), tuple(marks), largest)


def _spaced(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.arcsinh(np.clip(scores, -_LARGEST, _LARGEST)))


def _ticks(low: float, high: float, x: Callable[[float], float]) -> tuple[Mark, ...]:
    ticks: list[Mark] = []
    for tick in sorted({sign * each for each in _TICKS for sign in (-1, 1)}, key=lambda each: (abs(each), each)):
        value = math.asinh(tick)
        if low <= value <= high and all(abs(each.x - x(value)) >= _TICK_DISTANCE for each in ticks):
            ticks.append(Mark(x(value), f"{tick:,}".replace("-", "−"), HEIGHT - 8))
    return tuple(sorted(ticks, key=lambda each: each.x))
