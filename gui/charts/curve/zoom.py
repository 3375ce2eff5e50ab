"""How mouse and keys zoom and move a chart: wheel, rectangle, dragging, and back to everything."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QWheelEvent

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.charts.curve.view_range import ViewRange
from gui.theme import theme

STEP = 0.8  # what is in view after one notch of the wheel, as a share of before
LEAST_SIDE = 6.0  # a rectangle with smaller sides, in logical pixels, is no rectangle but a click that slipped

ZOOM_TIP = (
    "Wheel: zoom the steps, over the left axis or with Ctrl: the percentages; Shift and wheel: move. "
    "Shift and drag: zoom to a rectangle. Middle button or Ctrl and drag: move. "
    "Shift and click, or P: pin the figures. "
    "Double click or 0: everything again. + and −: zoom at the cursor."
)


class ZoomGestures:
    """Turns wheel, drags and keys into changes of what is in view. The chart draws it.

    Args:
        chart: the chart.
        view: what is in view; changed here.
    """

    def __init__(self, chart: Chart, view: ViewRange) -> None:
        self._chart = chart
        self._view = view
        self._corner: QPointF | None = None  # where a rectangle began, in the widget
        self._hand: QPointF | None = None  # where the hand that moves the view was last
        self._at = QPointF()

    @property
    def is_dragging(self) -> bool:
        """Whether a rectangle is being drawn or the view is being moved."""
        return self._corner is not None or self._hand is not None

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom or move by the wheel; return whether that changed what is in view."""
        turned = event.angleDelta()
        amount = (turned.y() or turned.x()) / 120
        if not amount:
            return False
        view, keys = self._view, event.modifiers()
        was = self._ends()
        at = self._chart.plot.vb.mapSceneToView(self._chart.mapToScene(event.position().toPoint()))
        is_sideways = bool(turned.x()) and not turned.y()
        if keys & Qt.KeyboardModifier.ShiftModifier or is_sideways:
            view.x.move(-amount * 0.15 * (view.x.high - view.x.low))
        elif keys & Qt.KeyboardModifier.ControlModifier or self._is_left_of_axes(event.position()):
            view.y.scale(STEP**amount, at.y())
        else:
            view.x.scale(STEP**amount, at.x())
        return self._ends() != was

    def press(self, event: QMouseEvent) -> bool:
        """Begin a rectangle or a move; return whether the event was one of these."""
        keys, button = event.modifiers(), event.button()
        self._at = event.position()
        if button == Qt.MouseButton.LeftButton and keys & Qt.KeyboardModifier.ShiftModifier:
            self._corner = event.position()
        elif button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and keys & Qt.KeyboardModifier.ControlModifier
        ):
            self._hand = event.position()
            self._chart.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        return self.is_dragging

    def drag(self, event: QMouseEvent) -> None:
        """Go on with the rectangle or the move."""
        self._at = event.position()
        if self._hand is not None:
            vb = self._chart.plot.vb
            (x_low, x_high), (y_low, y_high) = vb.viewRange()
            moved = event.position() - self._hand
            self._view.x.move(-moved.x() * (x_high - x_low) / max(vb.width(), 1.0))
            self._view.y.move(moved.y() * (y_high - y_low) / max(vb.height(), 1.0))
            self._hand = event.position()

    def release(self, event: QMouseEvent) -> None:
        """End the rectangle or the move; a rectangle's content comes into view."""
        corner, self._corner, self._hand = self._corner, None, None
        self._chart.viewport().unsetCursor()
        if corner is None:
            return
        box = QRectF(corner, event.position()).normalized()
        if max(box.width(), box.height()) < LEAST_SIDE:
            self._chart.click_with_shift(corner)
        if min(box.width(), box.height()) < LEAST_SIDE:
            return
        ends = [
            self._chart.plot.vb.mapSceneToView(self._chart.mapToScene(each.toPoint()))
            for each in (box.bottomLeft(), box.topRight())
        ]
        self._view.x.show(ends[0].x(), ends[1].x())
        self._view.y.show(ends[0].y(), ends[1].y())

    def cancel(self) -> bool:
        """Give a rectangle or a move up; return whether there was one."""
        was, self._corner, self._hand = self.is_dragging, None, None
        self._chart.viewport().unsetCursor()
        return was

    def key(self, event: QKeyEvent, at: float) -> bool:
        """Zoom with + and −, about a place on the x axis, and reset with 0; return whether the key was one of these."""
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        factors: dict[int, float] = {
            Qt.Key.Key_Plus: STEP,
            Qt.Key.Key_Equal: STEP,
            Qt.Key.Key_Minus: 1 / STEP,
            Qt.Key.Key_0: math.inf,
        }
        factor = factors.get(event.key())
        if factor is None:
            return False
        if math.isinf(factor):
            self._view.reset()
        else:
            self._view.x.scale(factor, at)
        return True

    def paint(self, painter: QPainter) -> None:
        """Paint the rectangle that is being drawn."""
        if self._corner is None:
            return
        colour = QColor(theme.current().accent)
        painter.setPen(charts.line_pen(theme.current().accent))
        colour.setAlphaF(0.15)
        painter.setBrush(colour)
        painter.drawRect(QRectF(self._corner, self._at).normalized())

    def _ends(self) -> tuple[float, ...]:
        return (self._view.x.low, self._view.x.high, self._view.y.low, self._view.y.high)

    def _is_left_of_axes(self, position: QPointF) -> bool:
        return position.x() < self._chart.plot_rect().left()
