"""A curve of a `CurveChart`: its style, its points, and the items that draw it and its band."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.charts.curve.step_axis import StepAxis

DASHES = (2.6, 1.6)  # of a dashed curve, also in its legend, as multiples of its width
BAND_OPACITY = 0.25  # low, as overlapping bands and the grid must stay visible


@dataclass(frozen=True, slots=True)
class CurveLine:
    """The style of a curve.

    Attributes:
        colour: `#rrggbb`.
        is_dashed: whether it is drawn dashed, by `DASHES` unless it has dashes of its own.
        width: in logical pixels.
        dashes: lengths of dash and gap as multiples of the width; empty for a solid line.
    """

    colour: str
    is_dashed: bool = False
    width: float = 2.0
    dashes: tuple[float, ...] = ()

    @property
    def pattern(self) -> tuple[float, ...]:
        """The dashes that are drawn."""
        return self.dashes or (DASHES if self.is_dashed else ())


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a curve.

    Attributes:
        x: the step.
        y: the percentage.
        band: the ends of its interval, in percent; None if the value is exact.
    """

    x: float
    y: float
    band: tuple[float, float] | None = None


class Curve:
    """One curve: its style, its points by step, and the items that draw it and its band."""

    def __init__(self, line: CurveLine) -> None:
        self.points: dict[float, Place] = {}
        self.item = charts.curve_item()
        self.band = QGraphicsPathItem()
        self.band.setPen(QPen(Qt.PenStyle.NoPen))
        self.band.setZValue(-1)  # behind every curve
        self.items = (self.band, self.item)
        self.line = line

    def set_points(self, points: Sequence[Place], axis: StepAxis) -> None:
        """Replace the points."""
        self.points = {point.x: point for point in points}
        self.draw(axis)

    def draw(self, axis: StepAxis) -> None:
        """Draw the points where the axis places them."""
        points = self.points.values()
        self.item.setData(
            axis.places(np.array([point.x for point in points], dtype=np.float64)),
            np.array([point.y for point in points], dtype=np.float64),
        )
        ends = [(axis.place(point.x), *point.band) for point in points if point.band is not None]
        xs, lows, highs = charts.thinned(*np.array(ends, dtype=np.float64).reshape(-1, 3).T)
        self.band.setPath(charts.path(np.concatenate([xs, xs[::-1]]), np.concatenate([lows, highs[::-1]])))
        self.band.setVisible(bool(ends))

    def dress(self, chart: Chart) -> None:
        """Take the pens of the style, for the chart's screen."""
        self.item.setPen(chart.item_pen(self.line.colour, width=self.line.width, dashes=self.line.pattern))
        colour = QColor(self.line.colour)
        colour.setAlphaF(BAND_OPACITY)
        self.band.setBrush(colour)
