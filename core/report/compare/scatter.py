"""The scatter of clean accuracy against ASR in drawing units, used by the page and the image file.

The ASR axis has a square-root scale, so that the few hundredths between good repairs take a third of the width.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.compare.comparison import ATTACK_BAR, CLEAN_BAR, Comparison, attack_share, clean_share
from core.records import Share, SweepPoint
from core.report.compare.record import groups_of
from core.report.drawing import Mark
from core.report.label_places import Box, LabelRules, Place, place_labels
from core.words import attack_word, percent, printable

WIDTH, HEIGHT = 860.0, 460.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 16.0, 16.0, 52.0
INSET = 16.0
"""Distance of the smallest and largest share from the axes, so that points there are fully visible."""
RADIUS = 5.5
LETTER_WIDTH, LABEL_HEIGHT = 8.0, 13.0
ATTACK_TICKS = (0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
LARGEST_LOW = 0.9
DIRECTIONS = ((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1))
DISTANCES = (11.0, 22.0, 34.0, 48.0)
LABEL_RULES = LabelRules(RADIUS, DISTANCES, DIRECTIONS, overlap=4, inside=(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM))


@dataclass(frozen=True, slots=True)
class SvgPoint:
    """The point of a network.

    Attributes:
        mark: its label: "B", "1".
        name: name of the network.
        title: the name with the figures.
        figures: both shares as text.
        x, y: its position.
        cross: the ends of both 95 % intervals, by ASR from left to right and by clean accuracy from top to bottom.
        label_x, label_y: the centre of its mark.
        has_leader: whether a line connects the point with its mark, which is further away.
        is_base: whether it is B.
        is_best: whether no other repaired network beats it.
    """

    mark: str
    name: str
    title: str
    figures: str
    x: float
    y: float
    cross: Box
    label_x: float
    label_y: float
    has_leader: bool
    is_base: bool
    is_best: bool


@dataclass(frozen=True, slots=True)
class Scatter:
    """A drawing of WIDTH × HEIGHT units.

    Attributes:
        points: B first, then the repaired networks in their order.
        x_ticks: below the axis.
        y_ticks: left of the axis.
        corner: the region of repairs that reach the common target.
        corner_title: the common target.
        x_title: title of the ASR axis.
        y_title: title of the clean accuracy axis.
    """

    points: tuple[SvgPoint, ...]
    x_ticks: tuple[Mark, ...]
    y_ticks: tuple[Mark, ...]
    corner: Box
    corner_title: str
    x_title: str
    y_title: str


def draw_scatter(comparison: Comparison) -> Scatter | None:
    """Draw B and the repaired networks B′; None without poisoned sets, as there is no ASR then."""
    points = [comparison.base, *(row.by_agreement for row in comparison.rows)]
    attacks = [each for each in map(attack_share, points) if each is not None]
    if not attacks:
        return None
    low, step = _clean_axis(points)

    def x(rate: float) -> float:
        return round(LEFT + INSET + (WIDTH - LEFT - RIGHT - 2 * INSET) * math.sqrt(rate), 1)

    def y(rate: float) -> float:
        return round(TOP + INSET + (HEIGHT - TOP - BOTTOM - 2 * INSET) * (1 - rate) / (1 - low), 1)

    cleans = [clean_share(each) for each in points]
    places = [(x(attack.rate), y(clean.rate)) for attack, clean in zip(attacks, cleans, strict=True)]
    crosses = [
        (x(attack.interval[0]), y(clean.interval[1]), x(attack.interval[1]), y(clean.interval[0]))
        for attack, clean in zip(attacks, cleans, strict=True)
    ]
    groups = groups_of(comparison)
    labels = _labels([group.mark for group in groups], places, crosses)
    tick_count = round((1 - low) / step)
    return Scatter(
        points=tuple(
            SvgPoint(
                mark=group.mark,
                name=printable(group.name),
                title=f"{group.mark}: {printable(group.name)}, {_figures(clean, attack, comparison)}",
                figures=_figures(clean, attack, comparison),
                x=place[0],
                y=place[1],
                cross=cross,
                label_x=label[0],
                label_y=label[1],
                has_leader=math.dist(place, label) > 2 * DISTANCES[0],
                is_base=group.number == 0,
                is_best=group.is_best,
            )
            for group, place, cross, label, clean, attack in zip(
                groups, places, crosses, labels, cleans, attacks, strict=True
            )
        ),
        x_ticks=tuple(Mark(x(rate / 100), f"{rate} %") for rate in ATTACK_TICKS),
        y_ticks=tuple(Mark(y(1 - index * step), f"{100 * (1 - index * step):g} %") for index in range(tick_count + 1)),
        corner=(LEFT, TOP, x(ATTACK_BAR), y(CLEAN_BAR)),
        corner_title=_corner_title(comparison),
        x_title=f"{_attack_title(comparison)}, square-root scale",
        y_title=f"clean {'validation' if comparison.test_name is None else 'test'} accuracy",
    )


def _clean_axis(points: Sequence[SweepPoint]) -> tuple[float, float]:
    """Return the lowest clean accuracy shown, and the step between ticks."""
    least = min(LARGEST_LOW, *(clean_share(each).interval[0] for each in points))
    for step in (0.02, 0.05, 0.1):
        count = math.ceil((1 - least) / step - 1e-9)
        if count <= 10:
            return round(1 - count * step, 10), step
    raise AssertionError("ten steps of a tenth reach every share")


def _corner_title(comparison: Comparison) -> str:
    at_most = f"{100 * ATTACK_BAR:g} % {attack_word(comparison.poisoned_names)}"
    return f"at least {100 * CLEAN_BAR:g} % clean accuracy at no more than {at_most}"


def _attack_title(comparison: Comparison) -> str:
    names = comparison.poisoned_names
    if len(names) == 1:
        return f"attack success rate, {printable(names[0])}"
    return f"attack success rate{attack_word(names).removeprefix('ASR')}, the largest of {len(names)} poisoned sets"


def _figures(clean: Share, attack: Share, comparison: Comparison) -> str:
    return f"{percent(clean)} clean, {percent(attack)} {attack_word(comparison.poisoned_names)}"


def _labels(marks: Sequence[str], places: Sequence[Place], crosses: Sequence[Box]) -> list[Place]:
    """Return the positions of the marks: beside their points, and if possible not on an interval."""
    lines = [
        line
        for (x, y), (left, top, right, bottom) in zip(places, crosses, strict=True)
        for line in ((left, y - 1, right, y + 1), (x - 1, top, x + 1, bottom))
    ]
    half_sizes = [(LETTER_WIDTH * len(mark) / 2 + 1, LABEL_HEIGHT / 2) for mark in marks]
    return [(round(x, 1), round(y, 1)) for x, y in place_labels(half_sizes, places, lines=lines, rules=LABEL_RULES)]
