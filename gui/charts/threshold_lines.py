"""The levels, crossings and marks that are painted over the curves, in logical pixels."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.theme import theme

LEVEL_DASHES = (4.0, 2.0)
GRIP = 3.0  # half the height of the grip at the right end of a level that can be moved

ToWidget = Callable[[float, float], QPointF]
"""Converts a step and a percentage to a position in the widget."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level, and the points on both sides of where a curve crosses it.

    Attributes:
        level: its value on the y axis.
        label: the text at its right end.
        before: the last point above it, (x, y); None if there is none.
        after: the first point below it, (x, y); None if there is none.
        is_movable: whether it can be dragged.
    """

    level: float
    label: str
    before: tuple[float, float] | None
    after: tuple[float, float] | None
    is_movable: bool = False


def paint_thresholds(
    painter: QPainter,
    chart: Chart,
    thresholds: Sequence[Threshold],
    *,
    last_step: int,
    to_widget: ToWidget | None = None,
    chosen: int = -1,
) -> None:
    """Paint dashed levels with labels that do not overlap; a ring before and a disc after each crossing.

    Args:
        painter: paints in logical pixels.
        chart: the chart below.
        thresholds: the levels.
        last_step: where the levels end.
        to_widget: places steps in the widget; None where a step lies at its own number.
        chosen: the index of the level that keys move; -1 for none.
    """
    font = theme.scaled_font(QApplication.font(), theme.SMALL)
    metrics = QFontMetricsF(font)
    place = to_widget or chart.widget_position
    box = chart.plot_rect()
    painter.setFont(font)
    ends = {
        number: place(last_step, item.level)
        for number, item in sorted(enumerate(thresholds), key=lambda each: -each[1].level)
        if box.top() - 1 <= place(last_step, item.level).y() <= box.bottom() + 1
    }
    widest = max((_label_room(thresholds[number], metrics) for number in ends), default=0.0)
    for number, right in ends.items():
        right.setX(min(right.x(), box.right() - widest))
        left = max(place(0, 0).x(), box.left())
        _paint_level(painter, thresholds[number], right, left=left, is_chosen=number == chosen)
    for number in ends:
        _paint_crossing(painter, thresholds[number], place, box)
    heights = {number: right.y() for number, right in ends.items()}
    for number, y in label_places(
        heights, height=metrics.height(), room=(box.top(), box.bottom()), kept=chosen
    ).items():
        _paint_label(painter, thresholds[number].label, ends[number], y, is_chosen=number == chosen)


def label_places(
    wanted: Mapping[int, float], *, height: float, room: tuple[float, float], kept: int = -1
) -> dict[int, float]:
    """Return where the middles of labels are, so that none overlaps another or leaves the room.

    Where not all find room, those are left out that are nearest to the one above them.

    Args:
        wanted: where each of them would best be, from top to bottom.
        height: of a label.
        room: top and bottom.
        kept: the label that is never left out.
    """
    top, bottom = room[0] - height / 2, room[1] + height / 2  # half of a label may stand above or below
    left = dict(wanted)
    while len(left) > max(1, math.floor((bottom - top) / height)):
        numbers = list(left)
        gaps = {each: left[each] - left[before] for before, each in pairwise(numbers)}
        if kept in gaps:  # the one above it goes instead
            gaps[numbers[numbers.index(kept) - 1]] = gaps.pop(kept)
        del left[min(gaps, key=gaps.__getitem__)]
    places: dict[int, float] = {}
    lowest = top - height / 2
    for number, y in left.items():
        lowest = places[number] = max(y, lowest + height)
    highest = bottom + height / 2
    for number in reversed(list(places)):
        highest = places[number] = min(places[number], highest - height)
    return places


def _paint_level(painter: QPainter, item: Threshold, right: QPointF, *, left: float, is_chosen: bool) -> None:
    colour = theme.current().accent if is_chosen else theme.current().muted
    painter.setPen(charts.line_pen(colour, width=1.5 if is_chosen else 1, dashes=LEVEL_DASHES))
    painter.drawLine(QPointF(left, right.y()), right)
    if item.is_movable:
        painter.setPen(charts.line_pen(colour))
        painter.setBrush(QColor(colour))
        painter.drawRect(QRectF(right.x() - 2, right.y() - GRIP, 4, 2 * GRIP))


def _paint_label(painter: QPainter, text: str, right: QPointF, y: float, *, is_chosen: bool) -> None:
    colours = theme.current()
    painter.setPen(charts.line_pen(colours.accent if is_chosen else colours.muted))
    painter.drawLine(right, QPointF(right.x() + 10, y))
    metrics = QFontMetricsF(painter.font())
    room = QRectF(right.x() + 13, y - metrics.height() / 2, metrics.horizontalAdvance(text) + 2, metrics.height())
    painter.fillRect(room.adjusted(-2, 0, 0, 0), QColor(colours.surface))
    painter.setPen(QColor(colours.accent if is_chosen else colours.text))
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _label_room(item: Threshold, metrics: QFontMetricsF) -> float:
    return metrics.horizontalAdvance(item.label) + 16


def _paint_crossing(painter: QPainter, item: Threshold, place: ToWidget, box: QRectF) -> None:
    colours = theme.current()
    for point, is_ring in ((item.before, True), (item.after, False)):
        if point is None:
            continue
        at = place(*point)
        if not box.left() - 1 <= at.x() <= box.right() + 1:
            continue
        floor = QPointF(at.x(), min(place(point[0], 0).y(), box.bottom()))
        painter.setPen(charts.line_pen(colours.muted))
        painter.drawLine(QPointF(floor.x(), floor.y() - 6), floor)
        if box.top() <= at.y() <= box.bottom():
            painter.setPen(charts.line_pen(colours.text, width=1.5))
            painter.setBrush(QColor(colours.surface if is_ring else colours.text))
            painter.drawEllipse(at, 3.5, 3.5)


def paint_mark(painter: QPainter, chart: Chart, mark: tuple[float, str], *, top: float) -> None:
    """Paint a dashed vertical line at a step, with a word beside its upper end, on the side with room for it.

    Args:
        painter: paints in logical pixels.
        chart: the chart below.
        mark: the place on the x axis and the word.
        top: the upper end of the line, on the y axis.
    """
    step, word = mark
    upper, lower = chart.widget_position(step, top), chart.widget_position(step, 0)
    box = chart.plot_rect()
    if not box.left() - 1 <= upper.x() <= box.right() + 1:
        return  # out of view
    upper.setY(max(upper.y(), box.top() + 6))
    lower.setY(min(lower.y(), box.bottom()))
    painter.setPen(charts.line_pen(theme.current().ok, width=1.5, dashes=LEVEL_DASHES))
    painter.drawLine(lower, upper)
    font = theme.scaled_font(QApplication.font(), theme.SMALL)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(word)
    left = upper.x() + 9 if upper.x() + 9 + width < chart.width() else upper.x() - 9 - width
    painter.setFont(font)
    painter.setPen(QColor(theme.current().ok))
    painter.drawText(QPointF(left, upper.y() + metrics.ascent() / 2 - 1), word)
