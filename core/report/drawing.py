"""The frame of an SVG chart: sizes, lines and marks."""

from dataclasses import dataclass

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
        position: where it stands, x or y, in drawing units.
        label: what it says.
        label_position: where the label stands, moved away from a label that is too close; None: at the line.
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
