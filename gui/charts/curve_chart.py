"""Curves of percentages over steps, with a cursor that can be dragged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsPathItem, QWidget

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.charts.threshold_lines import Threshold, paint_mark, paint_thresholds
from gui.theme import theme

TOP = 108  # the y value of the cursor's handle, above 100 %
DASHES = (2.6, 1.6)  # of a dashed curve, also in its legend, as multiples of its width
DOTS = (1.0, 2.0)
BAND_OPACITY = 0.25  # low, as overlapping bands and the grid must stay visible


@dataclass(frozen=True, slots=True)
class CurveLine:
    """The style of a curve.

    Attributes:
        colour: `#rrggbb`.
        is_dashed: whether it is drawn dashed.
        width: in logical pixels.
    """

    colour: str
    is_dashed: bool = False
    width: float = 2.0


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


class CurveChart(Chart):
    """Curves of percentages over steps, with bands around estimates, threshold lines and one cursor.

    Only curves, bands and axes are pyqtgraph items; cursor, dots and thresholds are painted over them in logical
    pixels. So marks stay round, labels upright, and moving the cursor takes one repaint.
    """

    cursor_moved = Signal(int)  # by the user, never by `set_cursor`
    step_hovered = Signal(int)  # -1 when the mouse has left

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last_step = 1
        self._reachable = -1
        self._cursor = -1
        self._is_greyed = False
        self._hovered = -1
        self._curves: dict[str, _Curve] = {}
        self._thresholds: tuple[Threshold, ...] = ()
        self._mark: tuple[int, str] | None = None
        self.plot.showGrid(x=False, y=True, alpha=0.2)
        self.plot.getAxis("left").setTicks([[(n, f"{n} %") for n in (0, 25, 50, 75, 100)]])
        self.plot.setYRange(-1, TOP + 6, padding=0)
        self.plot.vb.sigResized.connect(self._fit)
        self.recolour()
        self._fit()

    @property
    def cursor_step(self) -> int:
        """The cursor's step; -1 if there is no cursor."""
        return self._cursor

    @property
    def hovered_step(self) -> int:
        """The step below the mouse; -1 for none."""
        return self._hovered

    def begin(self, last_step: int) -> None:
        """Remove all curves and thresholds, and set the x axis to 0 … `last_step`."""
        self.set_lines({})
        self._last_step = max(1, last_step)
        self._reachable = -1
        self._cursor = -1
        self._is_greyed = False
        self._set_hovered(-1)
        self.set_mark(None)
        self.set_thresholds(())

    def set_mark(self, mark: tuple[int, str] | None) -> None:
        """Mark a step with a word, without moving the cursor; None removes the mark."""
        self._mark = mark
        self.viewport().update()

    @property
    def mark(self) -> tuple[int, str] | None:
        """The marked step and its word; None for none."""
        return self._mark

    def set_lines(self, lines: dict[str, CurveLine]) -> None:
        """Set the curves' styles by key; curves without a style are removed with their points."""
        for key in [key for key in self._curves if key not in lines]:
            for item in self._curves.pop(key).items:
                self.plot.removeItem(item)
        for key, line in lines.items():
            if key not in self._curves:
                self._curves[key] = _Curve(line)
                for item in self._curves[key].items:
                    self.plot.addItem(item, ignoreBounds=True)
            self._curves[key].line = line
        self._set_pens()
        self.viewport().update()

    def set_points(self, key: str, points: Sequence[Place]) -> None:
        """Replace the points of a curve and its band."""
        self._curves[key].set_points(points)
        self.viewport().update()

    def set_reachable(self, last_step: int) -> None:
        """Set the last step that the cursor may go to; -1 for none."""
        self._reachable = last_step

    def set_thresholds(self, thresholds: Sequence[Threshold]) -> None:
        """Replace the threshold lines."""
        self._thresholds = tuple(thresholds)
        self._fit()
        self.viewport().update()

    def set_cursor(self, step: int) -> None:
        """Move the cursor without emitting `cursor_moved`; -1 removes it. The hovered step is cleared."""
        if step != self._cursor:
            self._cursor = step
            self._set_hovered(-1)
        self.viewport().update()

    def set_cursor_greyed(self, is_greyed: bool) -> None:
        """Grey the cursor if the figures on the screen belong to no step.

        Moving a greyed cursor to its own step emits `cursor_moved` too.
        """
        self._is_greyed = is_greyed
        self.viewport().update()

    def recolour(self) -> None:
        """Apply the theme's colours, with pens for this screen."""
        super().recolour()
        self._set_pens()

    def points(self, key: str) -> list[Place]:
        """Return the points of a curve."""
        return list(self._curves[key].points.values())

    def keys(self) -> list[str]:
        """Return the keys of the curves."""
        return list(self._curves)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cursor, and update the hovered step."""
        step = self._step_at(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_cursor(step)
        self._set_hovered(step if self.is_inside(event) else -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the cursor to the mouse."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._move_cursor(self._step_at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Accept the event; the cursor stays where it is."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Handle the second click like the first."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hovered step."""
        self._set_hovered(-1)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor: Left and Right by one, PageUp and PageDown by ten, Home and End to the ends."""
        moves: dict[int, int] = {
            Qt.Key.Key_Left: self._cursor - 1,
            Qt.Key.Key_Right: self._cursor + 1,
            Qt.Key.Key_PageUp: self._cursor - 10,
            Qt.Key.Key_PageDown: self._cursor + 10,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._reachable,
        }
        move = moves.get(event.key())
        if move is None:
            event.ignore()
        else:
            self._set_hovered(-1)
            self._move_cursor(min(max(move, 0), self._reachable))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Repaint the cursor's handle in the accent colour."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Repaint the cursor's handle in its normal colour."""
        super().focusOutEvent(event)
        self.viewport().update()

    def drawForeground(self, painter: QPainter, _rect: QRectF) -> None:
        """Paint thresholds, hover line, cursor and dots."""
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        paint_thresholds(painter, self, self._thresholds, last_step=self._last_step)
        if self._mark is not None:
            paint_mark(painter, self, self._mark, top=TOP)
        if self._hovered >= 0 and self._hovered != self._cursor:
            self._draw_vertical(painter, self._hovered, charts.line_pen(colours.muted, dashes=DOTS))
        if self._cursor >= 0:
            colour = colours.disabled if self._is_greyed else colours.text
            self._draw_vertical(painter, self._cursor, charts.line_pen(colour, width=1.5))
            top = self.widget_position(self._cursor, TOP)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent if self.hasFocus() else colour))
            painter.drawRoundedRect(QRectF(top.x() - 5, top.y() - 5, 10, 10), 3, 3)
        step = self._hovered if self._hovered >= 0 or self._is_greyed else self._cursor
        for curve in self._curves.values():
            if step in curve.points:
                painter.setPen(charts.line_pen(colours.surface, width=1.5))
                painter.setBrush(QColor(curve.line.colour))
                painter.drawEllipse(self.widget_position(step, curve.points[step].y), 4.5, 4.5)
        painter.restore()

    def _draw_vertical(self, painter: QPainter, step: int, pen: QPen) -> None:
        painter.setPen(pen)
        painter.drawLine(self.widget_position(step, 0), self.widget_position(step, TOP))

    def _set_pens(self) -> None:
        for curve in self._curves.values():
            line = curve.line
            dashes = DASHES if line.is_dashed else ()
            curve.item.setPen(self.item_pen(line.colour, width=line.width, dashes=dashes))
            colour = QColor(line.colour)
            colour.setAlphaF(BAND_OPACITY)
            curve.band.setBrush(colour)

    def _move_cursor(self, step: int) -> None:
        if step >= 0 and (step != self._cursor or self._is_greyed):
            self.set_cursor(step)
            self.cursor_moved.emit(step)

    def _step_at(self, event: QMouseEvent) -> int:
        """Return the reachable step nearest to the mouse; -1 if there is none."""
        return min(max(round(self.data_at(event).x()), 0), self._reachable)

    def _set_hovered(self, step: int) -> None:
        if step != self._hovered:
            self._hovered = step
            self.viewport().update()
            self.step_hovered.emit(step)

    def _fit(self, _box: object = None) -> None:
        """Scale the x axis so that the threshold labels have room to the right of the last step."""
        metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
        label = max((metrics.horizontalAdvance(item.label) for item in self._thresholds), default=0.0)
        width = max(self.plot.vb.width(), 60.0)
        beside = metrics.horizontalAdvance(str(self._last_step)) / 2 + 2  # half of the last step's label
        margin = min(max(label + 16 if label else 8.0, beside), width * 0.4)
        low = -0.012 * self._last_step
        self.plot.setXRange(low, low + (self._last_step - low) * width / (width - margin), padding=0)
        widest = metrics.horizontalAdvance(str(self._last_step)) + 12
        stride = charts.stride(widest, (width - margin) / (self._last_step + 1), least=self._last_step / 12)
        self.plot.getAxis("bottom").setTicks([[(n, str(n)) for n in range(0, self._last_step + 1, stride)]])


class _Curve:
    """One curve: its style, its points by step, and the items that draw it and its band."""

    def __init__(self, line: CurveLine) -> None:
        self.points: dict[float, Place] = {}
        self.item = charts.curve_item()
        self.band = QGraphicsPathItem()
        self.band.setPen(QPen(Qt.PenStyle.NoPen))
        self.band.setZValue(-1)  # behind every curve
        self.items = (self.band, self.item)
        self.line = line

    def set_points(self, points: Sequence[Place]) -> None:
        self.points = {point.x: point for point in points}
        self.item.setData(np.array([point.x for point in points]), np.array([point.y for point in points]))
        ends = [(point.x, *point.band) for point in points if point.band is not None]
        xs, lows, highs = np.array(ends, dtype=np.float64).reshape(-1, 3).T
        self.band.setPath(charts.path(np.concatenate([xs, xs[::-1]]), np.concatenate([lows, highs[::-1]])))
