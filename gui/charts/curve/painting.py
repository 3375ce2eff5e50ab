"""What is painted over the curves in logical pixels: the fold, the cursor, and the dots at one step."""

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.charts.curve.line import Curve
from gui.charts.curve.step_axis import StepAxis
from gui.theme import theme

HANDLE = 5.0  # half the side of the cursor's handle, in logical pixels
FLAG = 9.0  # side of the flag of a pinned step, in logical pixels
ZIGZAG = 4.0  # half the height of the sign where the axis is folded


def paint_fold(painter: QPainter, chart: Chart, axis: StepAxis) -> None:
    """Paint what is folded as a hatched strip, with a word in it if there is room, and a zigzag on the axis."""
    if not axis.folded:
        return
    box = chart.plot_rect()
    left, right = chart.widget_position(0, 0).x(), chart.widget_position(axis.fold_end, 0).x()
    strip = QRectF(QPointF(max(left, box.left()), box.top()), QPointF(min(right, box.right()), box.bottom()))
    if strip.width() <= 0:
        return
    colours = theme.current()
    ground = QColor(colours.muted)
    ground.setAlphaF(0.06)
    painter.fillRect(strip, ground)
    painter.setPen(charts.line_pen(colours.border))
    painter.drawLines(_hatching(strip))
    painter.setPen(charts.line_pen(colours.text, width=1.5))
    middle, floor = strip.center().x(), strip.bottom()
    corners = [QPointF(middle + x, floor + y) for x, y in ((-6, 0), (-2, -ZIGZAG), (2, ZIGZAG), (6, 0))]
    painter.drawPolyline(corners)
    font = theme.scaled_font(QApplication.font(), theme.SMALL)
    metrics = QFontMetricsF(font)
    word = f"{axis.folded} steps folded"
    if metrics.height() + 4 <= strip.width() and metrics.horizontalAdvance(word) + 8 <= strip.height():
        painter.save()
        painter.translate(middle, strip.center().y())
        painter.rotate(-90)
        room = QRectF(-strip.height() / 2, -metrics.height() / 2, strip.height(), metrics.height())
        width = metrics.horizontalAdvance(word) + 8
        painter.fillRect(QRectF(-width / 2, room.top(), width, room.height()), QColor(colours.raised))
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, word)
        painter.restore()


def _hatching(box: QRectF, *, distance: float = 8.0) -> list[QLineF]:
    """Return parallel lines that fill a box; a brush's own hatching does not scale, and not every file format clips."""
    lines = []
    offset = distance
    while offset < box.width() + box.height():
        start = QPointF(box.left() + max(offset - box.height(), 0.0), box.bottom() - min(offset, box.height()))
        end = QPointF(box.left() + min(offset, box.width()), box.bottom() - max(offset - box.width(), 0.0))
        lines.append(QLineF(start, end))
        offset += distance
    return lines


def paint_vertical(painter: QPainter, chart: Chart, place: float, pen: QPen, *, handle: QColor | None = None) -> None:
    """Paint a vertical line through the whole height, and a handle on it if a colour is given for one."""
    box = chart.plot_rect()
    x = chart.widget_position(place, 0).x()
    if not box.left() - 1 <= x <= box.right() + 1:
        return  # out of view
    bottom = min(chart.widget_position(place, 0).y(), box.bottom())
    top = box.top() + HANDLE + 2
    painter.setPen(pen)
    painter.drawLine(QPointF(x, max(bottom, top)), QPointF(x, top))
    if handle is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(handle)
        painter.drawRoundedRect(QRectF(x - HANDLE, top - HANDLE, 2 * HANDLE, 2 * HANDLE), 3, 3)


def paint_pins(painter: QPainter, chart: Chart, places: Iterable[float]) -> None:
    """Paint a small flag at the top of each pinned step."""
    box = chart.plot_rect()
    colour = QColor(theme.current().accent)
    for place in places:
        x = chart.widget_position(place, 0).x()
        if box.left() - 1 <= x <= box.right() + 1:
            painter.setPen(charts.line_pen(theme.current().accent, dashes=(1.0, 3.0)))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(
                [QPointF(x, box.top()), QPointF(x + FLAG, box.top() + FLAG / 2), QPointF(x, box.top() + FLAG)]
            )


def paint_dots(painter: QPainter, chart: Chart, curves: Iterable[Curve], step: int, place: float) -> None:
    """Paint a dot on each curve at a step, where it is in view."""
    box = chart.plot_rect().adjusted(-1, -1, 1, 1)
    for curve in curves:
        if step not in curve.points:
            continue
        at = chart.widget_position(place, curve.points[step].y)
        if box.contains(at):
            painter.setPen(charts.line_pen(theme.current().surface, width=1.5))
            painter.setBrush(QColor(curve.line.colour))
            painter.drawEllipse(at, 4.5, 4.5)
