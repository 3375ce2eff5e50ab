"""Placement of point labels in a drawing, so that they hide neither points nor each other."""

from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class LabelRules:
    """How labels are placed.

    Attributes:
        radius: radius of the points.
        distances: distances from a point to its label to try, nearest first.
        directions: directions (right, down), each -1, 0 or 1, to try at each distance, best first.
        overlap: how much closer than the distance a label beside a point may be.
        inside: the box that labels should stay in.
    """

    radius: float
    distances: tuple[float, ...]
    directions: tuple[tuple[int, int], ...]
    overlap: float
    inside: Box


def place_labels(
    half_sizes: Sequence[tuple[float, float]], points: Sequence[Place], *, lines: Sequence[Box], rules: LabelRules
) -> list[Place]:
    """Return the centre of each label: near its point, not on a point or another label, and if possible not on a line.

    Args:
        half_sizes: half the width and half the height of each label.
        points: the points, in the same order.
        lines: boxes of lines to avoid if possible.
        rules: how labels are placed.
    """
    dots = [_around(point, rules.radius, rules.radius) for point in points]
    taken: list[Box] = []
    found = []
    for (half_width, half_height), point in zip(half_sizes, points, strict=True):
        tried = []
        for distance in rules.distances:
            for sideways, down in rules.directions:
                across = distance + half_width - rules.overlap
                middle = (point[0] + sideways * across, point[1] + down * distance)
                box = _around(middle, half_width, half_height)
                hidden = sum(_overlaps(box, each) for each in (*dots, *taken)) + (not _contains(rules.inside, box))
                tried.append(
                    (100 * hidden + 3 * sum(_overlaps(box, each) for each in lines) + distance / 4, middle, box)
                )
        _, middle, box = min(tried, key=lambda each: each[0])
        taken.append(box)
        found.append(middle)
    return found


def _around(middle: Place, half_width: float, half_height: float) -> Box:
    return (middle[0] - half_width, middle[1] - half_height, middle[0] + half_width, middle[1] + half_height)


def _overlaps(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _contains(outer: Box, box: Box) -> bool:
    return box[0] >= outer[0] and box[1] >= outer[1] and box[2] <= outer[2] and box[3] <= outer[3]
