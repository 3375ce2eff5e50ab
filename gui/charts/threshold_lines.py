"""The levels, crossings and marks that are painted over the curves, in logical pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.theme import theme

LEVEL_DASHES = (4.0, 2.0)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level, and the points on both sides of where a curve crosses it.

    Attributes:
        level: its value on the y axis.
        label: the text at its right end.
        before: the last point above it, (x, y); None if there is none.
        after: the first point below it, (x, y); None if there is none.
    """

    level: float
    label: str
    before: tuple[float, float] | None
    after: tuple[float, float] | None


def paint_thresholds(painter: QPainter, chart: Chart, thresholds: Sequence[Threshold], *, last_step: int) -> None:
    """Paint dashed levels with labels that do not overlap; a ring before and a disc after each crossing."""
    colours = theme.current()
    font = theme.scaled_font(QApplication.font(), theme.SMALL)
    height = QFontMetricsF(font).height()
    painter.setFont(font)
    text_y = -math.inf
    for item in sorted(thresholds, key=lambda item: -item.level):
        left, right = chart.widget_position(0, item.level), chart.widget_position(last_step, item.level)
        text_y = max(text_y + height, right.y())
        painter.setPen(charts.line_pen(colours.muted, dashes=LEVEL_DASHES))
        painter.drawLine(left, right)
        painter.setPen(charts.line_pen(colours.muted))
        painter.drawLine(right, QPointF(right.x() + 10, text_y))
        painter.setPen(QColor(colours.text))
        room = QRectF(right.x() + 13, text_y - height / 2, chart.width(), height)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, item.label)
        for point, is_ring in ((item.before, True), (item.after, False)):
            if point is None:
                continue
            at, floor = chart.widget_position(*point), chart.widget_position(point[0], 0)
            painter.setPen(charts.line_pen(colours.muted))
            painter.drawLine(QPointF(floor.x(), floor.y() - 6), floor)
            painter.setPen(charts.line_pen(colours.text, width=1.5))
            painter.setBrush(QColor(colours.surface if is_ring else colours.text))
            painter.drawEllipse(at, 3.5, 3.5)


def paint_mark(painter: QPainter, chart: Chart, mark: tuple[int, str], *, top: float) -> None:
    """Paint a dashed vertical line at a step, with a word beside its upper end, on the side with room for it.

    Args:
        painter: paints in logical pixels.
        chart: the chart below.
        mark: the step and the word.
        top: the upper end of the line, on the y axis.
    """
    step, word = mark
    upper = chart.widget_position(step, top)
    painter.setPen(charts.line_pen(theme.current().ok, width=1.5, dashes=LEVEL_DASHES))
    painter.drawLine(chart.widget_position(step, 0), upper)
    font = theme.scaled_font(QApplication.font(), theme.SMALL)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(word)
    left = upper.x() + 9 if upper.x() + 9 + width < chart.width() else upper.x() - 9 - width
    painter.setFont(font)
    painter.setPen(QColor(theme.current().ok))
    painter.drawText(QPointF(left, upper.y() + metrics.ascent() / 2 - 1), word)
