"""A scatter chart of networks: clean accuracy against ASR, with 95 % intervals and a number beside each point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from core.report.label_places import LabelRules, place_labels
from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.theme import theme

RADIUS = 5.0
REACH = 14.0  # maximum distance between the mouse and a point, in logical pixels
ATTACK_TICKS = (0, 1, 5, 10, 25, 50, 75, 100)
DIRECTIONS = (
    (1, -1),
    (1, 1),
    (-1, -1),
    (-1, 1),
    (1, 0),
    (-1, 0),
    (0, -1),
    (0, 1),
)  # diagonals first, which avoid the intervals
DISTANCES = (9.5, 15.0, 24.0, 36.0)
END = math.sqrt(100)


@dataclass(frozen=True, slots=True)
class ScatterPoint:
    """A network.

    Attributes:
        mark: the text beside its point.
        tip: its name and figures, for the tooltip.
        clean: clean accuracy in percent, and the ends of its interval.
        attack: ASR in percent, and the ends of its interval.
        is_base: whether it is B.
        is_best: whether no other repaired network beats it.
    """

    mark: str
    tip: str
    clean: tuple[float, float, float]
    attack: tuple[float, float, float]
    is_base: bool = False
    is_best: bool = False


class ScatterChart(Chart):
    """Shows clean accuracy on the y axis and ASR on the x axis.

    The x axis has a square-root scale, which gives the small ASR of good repairs a third of the width.
    """

    point_chosen = Signal(int)  # by the user, never by `choose`
    images_wanted = Signal(QPoint)  # of the chosen point; where it is on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[ScatterPoint, ...] = ()
        self._chosen = -1
        self._bars: tuple[float, float] = (95.0, 1.0)
        self.setMouseTracking(True)
        self.plot.showGrid(x=False, y=True, alpha=0.2)
        self.plot.getAxis("bottom").setTicks([[(math.sqrt(n), f"{n} %") for n in ATTACK_TICKS]])
        self.plot.setXRange(-0.35, END + 0.35, padding=0)
        self.set_points((), clean_bar=0.95, attack_bar=0.01)
        self.recolour()

    @property
    def points(self) -> tuple[ScatterPoint, ...]:
        """The points that are drawn."""
        return self._points

    @property
    def chosen(self) -> int:
        """The index of the highlighted point; -1 for none."""
        return self._chosen

    def set_points(self, points: Sequence[ScatterPoint], *, clean_bar: float, attack_bar: float) -> None:
        """Replace the points.

        Args:
            points: the networks, B first.
            clean_bar: the clean accuracy that a repair must reach, in [0, 1].
            attack_bar: the ASR that a repair may have at most, in [0, 1].
        """
        self._points = tuple(points)
        self._bars = (100 * clean_bar, 100 * attack_bar)
        self._chosen = min(self._chosen, len(self._points) - 1)
        lows = [point.clean[1] for point in self._points]
        low = 10 * math.floor(min([*lows, 90.0]) / 10)
        step = 2 if low >= 90 else 5 if low >= 70 else 10 if low >= 40 else 25
        self.plot.setYRange(low - (100 - low) * 0.03, 100 + (100 - low) * 0.05, padding=0)
        self.plot.getAxis("left").setTicks([[(n, f"{n} %") for n in range(low, 101, step)]])
        self.viewport().update()

    def choose(self, place: int) -> None:
        """Highlight a point, without emitting `point_chosen`; -1 for none."""
        self._chosen = place
        self.viewport().update()

    def position_of(self, place: int) -> QPointF:
        """Return a point's position in the widget."""
        point = self._points[place]
        return self.widget_position(math.sqrt(point.attack[0]), point.clean[0])

    def point_at(self, position: QPointF) -> int:
        """Return the point nearest to a position in the widget; -1 if none is near."""
        distances = [(self.position_of(place) - position).manhattanLength() for place in range(len(self._points))]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=-1)
        return nearest if nearest >= 0 and distances[nearest] <= REACH else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the point under the mouse; if it is chosen already, ask for its images."""
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self.point_at(event.position())
        if place >= 0 and place == self._chosen:
            self._ask()
        else:
            self._choose(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the images of the point that the first click chose."""
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Accept the event; the press has chosen the point."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand cursor over a point."""
        is_near = self.point_at(event.position()) >= 0
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_near else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice with Left and Right, in the order of ASR; ask for the images of a point with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chosen >= 0:
            self._ask()
            return
        moves: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        move = moves.get(event.key())
        if move is None or not self._points:
            event.ignore()
            return
        order = sorted(range(len(self._points)), key=lambda place: self._points[place].attack[0])
        at = order.index(self._chosen) + move if self._chosen >= 0 else 0
        self._choose(order[min(max(at, 0), len(order) - 1)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose the first point if none is chosen, and repaint it in the accent colour."""
        super().focusInEvent(event)
        if self._chosen < 0 and self._points:
            self._choose(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Repaint the chosen point in its normal colour."""
        super().focusOutEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a point's tooltip."""
        if isinstance(event, QHelpEvent):
            place = self.point_at(QPointF(event.pos()))
            if place >= 0:
                QToolTip.showText(event.globalPos(), self._points[place].tip, self)
            else:
                QToolTip.hideText()
            return True
        return bool(super().viewportEvent(event))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the target area, intervals, points and marks, in logical pixels."""
        super().drawForeground(painter, rect)
        painter.save()
        self.measure_in_pixels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_corner(painter)
        for place, point in enumerate(self._points):
            self._draw_interval(painter, point, is_chosen=place == self._chosen)
        places = [self.position_of(place) for place in range(len(self._points))]
        for place in sorted(range(len(places)), key=lambda place: place == self._chosen):
            self._draw_point(painter, places[place], self._points[place], is_chosen=place == self._chosen)
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

    def _draw_interval(self, painter: QPainter, point: ScatterPoint, *, is_chosen: bool) -> None:
        colour = QColor(self._colour(point))
        colour.setAlphaF(0.9 if is_chosen else 0.35)
        pen = charts.line_pen(theme.current().text, width=1.2)
        pen.setColor(colour)
        painter.setPen(pen)
        at, low, high = (math.sqrt(value) for value in point.attack)
        painter.drawLine(self.widget_position(low, point.clean[0]), self.widget_position(high, point.clean[0]))
        painter.drawLine(self.widget_position(at, point.clean[1]), self.widget_position(at, point.clean[2]))

    def _draw_point(self, painter: QPainter, at: QPointF, point: ScatterPoint, *, is_chosen: bool) -> None:
        """Draw B as a square, a network that no other repaired network beats as a disc, and a beaten one as a ring."""
        colours = theme.current()
        colour = QColor(self._colour(point))
        if is_chosen:
            painter.setPen(charts.line_pen(colours.accent if self.hasFocus() else colours.text, width=2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, RADIUS + 5, RADIUS + 5)
        painter.setPen(charts.line_pen(colour.name(), width=2))
        painter.setBrush(colour if point.is_base or point.is_best else QColor(colours.surface))
        if point.is_base:
            painter.drawRect(QRectF(at.x() - RADIUS, at.y() - RADIUS, 2 * RADIUS, 2 * RADIUS))
        else:
            painter.drawEllipse(at, RADIUS, RADIUS)

    def _draw_marks(self, painter: QPainter, places: Sequence[QPointF]) -> None:
        """Draw each mark near its point, where it hides neither a point nor another mark if possible."""
        font = theme.scaled_font(QApplication.font(), theme.SMALL)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        half_sizes = [(metrics.horizontalAdvance(point.mark) / 2, metrics.height() / 2) for point in self._points]
        rect = self.viewport().rect()
        inside = (rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1)
        rules = LabelRules(RADIUS, DISTANCES, DIRECTIONS, overlap=0, inside=inside)
        middles = place_labels(half_sizes, [(at.x(), at.y()) for at in places], lines=(), rules=rules)
        for place, (point, (x, y), (half_width, half_height)) in enumerate(
            zip(self._points, middles, half_sizes, strict=True)
        ):
            box = QRectF(x - half_width, y - half_height, 2 * half_width, 2 * half_height)
            painter.setPen(QColor(theme.current().text if place == self._chosen else theme.current().muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, point.mark)

    def _colour(self, point: ScatterPoint) -> str:
        return theme.current().base if point.is_base else theme.current().pruned_network

    def _ask(self) -> None:
        self.images_wanted.emit(self.viewport().mapToGlobal(self.position_of(self._chosen).toPoint()))

    def _choose(self, place: int) -> None:
        if place >= 0 and place != self._chosen:
            self.choose(place)
            self.point_chosen.emit(place)
