"""The frame of an SVG chart: sizes, lines and marks."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.figures import Figure
from core.metrics.network_scores import NetworkScores, SetRole
from core.records import Share

WIDTH, HEIGHT = 860.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 44.0, 22.0, 46.0
LABEL_HEIGHT = 13.0


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A curve: its legend, its style name, and "x,y x,y" for an SVG polyline."""

    label: str
    style: str
    points: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A straight line with a label.

    Attributes:
        position: its x or y in drawing units.
        label: its text.
        label_position: position of the label if it was moved away from another; None: at the line.
    """

    position: float
    label: str
    label_position: float | None = None


@dataclass(frozen=True, slots=True)
class SvgChart:
    """A drawing of WIDTH × HEIGHT units.

    Attributes:
        lines: the curves.
        x_ticks: below the axis.
        y_ticks: left of the axis.
        thresholds: horizontal lines, allowed clean validation accuracy.
        stops: vertical lines, last step before each crossing.
    """

    lines: tuple[ChartLine, ...]
    x_ticks: tuple[Mark, ...]
    y_ticks: tuple[Mark, ...]
    thresholds: tuple[Mark, ...]
    stops: tuple[Mark, ...]


def curves_of(
    figures: Sequence[Figure], scores: Sequence[NetworkScores], poisoned_names: Sequence[str]
) -> list[tuple[str, str, list[Share | None]]]:
    """Return the curves of figures: legend, style name, and the share at each step.

    Args:
        figures: the figures.
        scores: scores of the network, one per step.
        poisoned_names: names of the poisoned sets for the legend.
    """
    curves: list[tuple[str, str, list[Share | None]]] = []
    attack_count = 0
    for figure in figures:
        columns = [list(each) for each in zip(*(figure.shares(one) for one in scores), strict=True)]
        if not figure.is_of_many:
            style = "test" if figure.role is SetRole.TEST else "validation"
            curves.append((figure.curve_title, style, columns[0]))
            continue
        for name, column in zip(poisoned_names, columns, strict=True):
            curves.append((f"{figure.curve_title}, {name}", f"attack attack-{attack_count % 4}", column))
            attack_count += 1
    return curves
