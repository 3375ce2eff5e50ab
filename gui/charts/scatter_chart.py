"""Networks as points: clean accuracy against ASR, each with its 95 % intervals and a number beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from core.report.label_places import LabelRules, place_labels
from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.theme import theme

RADIUS = 5.0
REACH = 14.0  # how near the mouse must be to a point
ATTACK_TICKS = (0, 1, 5, 10, 25, 50, 75, 100)
DIRECTIONS = ((1, -1), (1, 1), (-1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1))  # beside the intervals first
DISTANCES = (9.5, 15.0, 24.0, 36.0)
END = math.sqrt(100)


@dataclass(frozen=True, slots=True)
class ScatterPoint:
    """A network.

    Attributes:
        mark: stands beside its point.
        tip: its name and figures.
        clean: clean accuracy in percent, and the ends of its interval.
        attack: ASR in percent, and the ends of its interval.
        is_base: whether it is B.
        is_best: whether no other beats it in both.
    """

    mark: str
    tip: str
    clean: tuple[float, float, float]
    attack: tuple[float, float, float]
    is_base: bool = False
    is_best: bool = False


class ScatterChart(Chart):
    """Clean accuracy goes up, ASR to the right on a square-root scale: it gives the few hundredths between good
    repairs a third of the width.
    """

    spot_chosen = Signal(int)  # by the person, never by `choose`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spots: tuple[ScatterPoint, ...] = ()
        self._chosen = -1
        self._bars: tuple[float, float] = (95.0, 1.0)
        self.setMouseTracking(True)
        self.plot.showGrid(x=False, y=True, alpha=0.2)
        self.plot.getAxis("bottom").setTicks([[(math.sqrt(n), f"{n} %") for n in ATTACK_TICKS]])
        self.plot.setXRange(-0.35, END + 0.35, padding=0)
        self.set_spots((), clean_bar=0.95, attack_bar=0.01)
        self.recolour()

    @property
    def spots(self) -> tuple[ScatterPoint, ...]:
        """The networks that are drawn."""
        return self._spots

    @property
    def chosen(self) -> int:
        """The position of the one that stands out; -1 for none."""
        return self._chosen

    def set_spots(self, spots: Sequence[ScatterPoint], *, clean_bar: float, attack_bar: float) -> None:
        """Draw these.

        Args:
            spots: the networks, B first.
            clean_bar: the clean accuracy that is asked of a repair, in [0, 1].
            attack_bar: the ASR that it may have, in [0, 1].
        """
        self._spots = tuple(spots)
        self._bars = (100 * clean_bar, 100 * attack_bar)
        self._chosen = min(self._chosen, len(self._spots) - 1)
        lows = [spot.clean[1] for spot in self._spots]
        low = 10 * math.floor(min([*lows, 90.0]) / 10)
        step = 2 if low >= 90 else 5 if low >= 70 else 10 if low >= 40 else 25
        self.plot.setYRange(low - (100 - low) * 0.03, 100 + (100 - low) * 0.05, padding=0)
        self.plot.getAxis("left").setTicks([[(n, f"{n} %") for n in range(low, 101, step)]])
        self.viewport().update()

    def choose(self, place: int) -> None:
        """Let one stand out, without telling anybody; -1 for none."""
        self._chosen = place
        self.viewport().update()

    def position_of(self, place: int) -> QPointF:
        """Where a point lies in the widget."""
        spot = self._spots[place]
        return self.widget_position(math.sqrt(spot.attack[0]), spot.clean[0])

    def spot_at(self, position: QPointF) -> int:
        """The point nearest to a place in the widget; -1 where none is near."""
        ways = [(self.position_of(place) - position).manhattanLength() for place in range(len(self._spots))]
        nearest = min(range(len(ways)), key=ways.__getitem__, default=-1)
        return nearest if nearest >= 0 and ways[nearest] <= REACH else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the point under the mouse."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.spot_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing more."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A point can be clicked."""
        is_near = self.spot_at(event.position()) >= 0
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_near else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go from one point to the next, by ASR."""
        moves: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        move = moves.get(event.key())
        if move is None or not self._spots:
            event.ignore()
            return
        order = sorted(range(len(self._spots)), key=lambda place: self._spots[place].attack[0])
        at = order.index(self._chosen) + move if self._chosen >= 0 else 0
        self._choose(order[min(max(at, 0), len(order) - 1)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the arrow keys go from point to point."""
        super().focusInEvent(event)
        if self._chosen < 0 and self._spots:
            self._choose(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they do not."""
        super().focusOutEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what a point is."""
        if isinstance(event, QHelpEvent):
            place = self.spot_at(QPointF(event.pos()))
            if place >= 0:
                QToolTip.showText(event.globalPos(), self._spots[place].tip, self)
            else:
                QToolTip.hideText()
            return True
        return bool(super().viewportEvent(event))

    def drawForeground(self, painter: QPainter, _rect: QRectF) -> None:
        """The corner that is asked for, intervals, points and marks, in pixels."""
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_corner(painter)
        for place, spot in enumerate(self._spots):
            self._draw_interval(painter, spot, is_chosen=place == self._chosen)
        places = [self.position_of(place) for place in range(len(self._spots))]
        for place in sorted(range(len(places)), key=lambda place: place == self._chosen):
            self._draw_point(painter, places[place], self._spots[place], is_chosen=place == self._chosen)
        self._draw_marks(painter, places)
        painter.restore()

    def _draw_corner(self, painter: QPainter) -> None:
        clean, attack = self._bars
        top_left = self.widget_position(-0.35, 100)
        corner = QRectF(top_left, self.widget_position(math.sqrt(attack), clean))
        colour = QColor(theme.current().ok_surface)
        painter.setPen(charts.line_pen(theme.current().ok, dashes=(3, 3)))
        painter.setBrush(colour)
        painter.drawRect(corner)

    def _draw_interval(self, painter: QPainter, spot: ScatterPoint, *, is_chosen: bool) -> None:
        colour = QColor(self._colour(spot))
        colour.setAlphaF(0.9 if is_chosen else 0.35)
        pen = charts.line_pen(theme.current().text, width=1.2)
        pen.setColor(colour)
        painter.setPen(pen)
        at, low, high = (math.sqrt(value) for value in spot.attack)
        painter.drawLine(self.widget_position(low, spot.clean[0]), self.widget_position(high, spot.clean[0]))
        painter.drawLine(self.widget_position(at, spot.clean[1]), self.widget_position(at, spot.clean[2]))

    def _draw_point(self, painter: QPainter, at: QPointF, spot: ScatterPoint, *, is_chosen: bool) -> None:
        """A square is B; a filled circle is beaten by no other repaired network, a ring is."""
        colours = theme.current()
        colour = QColor(self._colour(spot))
        if is_chosen:
            painter.setPen(charts.line_pen(colours.accent if self.hasFocus() else colours.text, width=2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, RADIUS + 5, RADIUS + 5)
        painter.setPen(charts.line_pen(colour.name(), width=2))
        painter.setBrush(colour if spot.is_base or spot.is_best else QColor(colours.surface))
        if spot.is_base:
            painter.drawRect(QRectF(at.x() - RADIUS, at.y() - RADIUS, 2 * RADIUS, 2 * RADIUS))
        else:
            painter.drawEllipse(at, RADIUS, RADIUS)

    def _draw_marks(self, painter: QPainter, places: Sequence[QPointF]) -> None:
        """Each where it hides neither a point nor another mark, if there is such a place near its point."""
        font = theme.scaled_font(QApplication.font(), theme.SMALL)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        half_sizes = [(metrics.horizontalAdvance(spot.mark) / 2, metrics.height() / 2) for spot in self._spots]
        rect = self.viewport().rect()
        inside = (rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1)
        rules = LabelRules(RADIUS, DISTANCES, DIRECTIONS, overlap=0, inside=inside)
        middles = place_labels(half_sizes, [(at.x(), at.y()) for at in places], lines=(), rules=rules)
        for place, (spot, (x, y), (half_width, half_height)) in enumerate(
            zip(self._spots, middles, half_sizes, strict=True)
        ):
            box = QRectF(x - half_width, y - half_height, 2 * half_width, 2 * half_height)
            painter.setPen(QColor(theme.current().text if place == self._chosen else theme.current().muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, spot.mark)

    def _colour(self, spot: ScatterPoint) -> str:
        return theme.current().base if spot.is_base else theme.current().pruned_network

    def _choose(self, place: int) -> None:
        if place >= 0 and place != self._chosen:
            self.choose(place)
            self.spot_chosen.emit(place)
