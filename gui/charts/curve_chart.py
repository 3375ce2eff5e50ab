"""Curves of percentages over steps, with a cursor and thresholds that can be dragged."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.charts import chart as charts
from gui.charts.curve.line import DASHES, CurveLine, Place
from gui.charts.curve.painting import paint_dots, paint_fold, paint_vertical
from gui.charts.curve.plot import TOP, CurvePlot
from gui.charts.curve.threshold_handles import ThresholdHandles
from gui.charts.curve.zoom import ZoomGestures
from gui.charts.threshold_lines import Threshold, paint_mark, paint_thresholds
from gui.theme import theme

__all__ = ["DASHES", "CurveChart", "CurveLine", "Place"]

DOTS = (1.0, 2.0)


class CurveChart(CurvePlot):
    """Curves of percentages over steps, with bands around estimates, threshold lines and one cursor.

    Cursor, dots and thresholds are painted over the curves in logical pixels. So marks stay round, labels upright, and
    moving the cursor takes one repaint.
    """

    cursor_moved = Signal(int)  # by the user, never by `set_cursor`
    step_hovered = Signal(int)  # -1 when the mouse has left
    threshold_dragged = Signal(int, float)  # its index, and the level that it is wanted at
    threshold_released = Signal(bool)  # whether it stays where it was dragged to
    play_requested = Signal()  # Space

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zoom = ZoomGestures(self, self._view)
        self._handles = ThresholdHandles(self)
        self._reachable = -1
        self._cursor = -1
        self._is_greyed = False
        self._hovered = -1
        self._mark: tuple[int, str] | None = None
        self.setMouseTracking(True)

    @property
    def cursor_step(self) -> int:
        """The cursor's step; -1 if there is no cursor."""
        return self._cursor

    @property
    def hovered_step(self) -> int:
        """The step below the mouse; -1 for none."""
        return self._hovered

    @property
    def mark(self) -> tuple[int, str] | None:
        """The marked step and its word; None for none."""
        return self._mark

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """The threshold lines."""
        return self._handles.items

    def begin(self, last_step: int) -> None:
        """Remove all curves and thresholds, and set the x axis to 0 … `last_step`."""
        self.set_lines({})
        self._begin_axis(last_step)
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

    def set_reachable(self, last_step: int) -> None:
        """Set the last step that the cursor may go to; -1 for none."""
        self._reachable = last_step

    def set_thresholds(self, thresholds: Sequence[Threshold]) -> None:
        """Replace the threshold lines."""
        self._handles.set_items(thresholds)
        self._labels = tuple(item.label for item in thresholds)
        self._fit()
        self.viewport().update()

    def set_cursor(self, step: int) -> None:
        """Move the cursor without emitting `cursor_moved`; -1 removes it. The hovered step is cleared."""
        if step != self._cursor:
            self._cursor = step
            self._set_hovered(-1)
            if step >= 0 and self.is_zoomed:
                self._view.x.reveal(self._axis.place(step))
                self._show_view()
        self.viewport().update()

    def set_cursor_greyed(self, is_greyed: bool) -> None:
        """Grey the cursor if the figures on the screen belong to no step.

        Moving a greyed cursor to its own step emits `cursor_moved` too.
        """
        self._is_greyed = is_greyed
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or move what is in view; at the ends the wheel is left to a scroll area around the chart."""
        if self._zoom.wheel(event):
            event.accept()
            self._show_view()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag whatever was pressed, and update the hovered step."""
        step = self._step_at(event)
        if self._zoom.is_dragging:
            self._zoom.drag(event)
            self._show_view()
            return
        if self._handles.is_held:
            is_moving = self._handles.drag(event.position())
            if is_moving:
                self.threshold_dragged.emit(self._handles.held, self.data_at(event).y())
            if is_moving is not None:
                return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_cursor(step)
        elif self._handles.at(event.position()) >= 0:
            self.viewport().setCursor(Qt.CursorShape.SizeVerCursor)
        else:
            self.viewport().unsetCursor()
        self._set_hovered(step if self.is_inside(event) else -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to zoom or to move the view, take hold of a threshold, or move the cursor to the mouse."""
        event.accept()
        if self._zoom.press(event) or event.button() != Qt.MouseButton.LeftButton:
            return
        if not self._handles.press(event.position()):
            self._move_cursor(self._step_at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what was begun; a click on a threshold that did not move it moves the cursor."""
        event.accept()
        if self._zoom.is_dragging:
            self._zoom.release(event)
            self._show_view()
        elif self._handles.is_held:
            if self._handles.release():
                self.threshold_released.emit(True)
            else:
                self._move_cursor(self._step_at(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Bring everything into view again; without zoom the second click is like the first."""
        if self.is_zoomed:
            event.accept()
            self.reset_view()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hovered step."""
        self._set_hovered(-1)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor: Left and Right by one, PageUp and PageDown by ten, Home and End to the ends.

        Space plays; +, − and 0 zoom; T chooses a threshold, which Up and Down move; Escape gives a drag up.
        """
        moves: dict[int, int] = {
            Qt.Key.Key_Left: self._cursor - 1,
            Qt.Key.Key_Right: self._cursor + 1,
            Qt.Key.Key_PageUp: self._cursor - 10,
            Qt.Key.Key_PageDown: self._cursor + 10,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._reachable,
        }
        move = moves.get(event.key())
        if move is not None:
            self._set_hovered(-1)
            self._move_cursor(min(max(move, 0), self._reachable))
        elif event.key() == Qt.Key.Key_Space:
            self.play_requested.emit()
        elif self._zoom.key(event, self._axis.place(max(self._cursor, 0))):
            self._show_view()
        elif not self._threshold_key(event):
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Repaint the cursor's handle in the accent colour."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Repaint the cursor's handle in its normal colour."""
        super().focusOutEvent(event)
        self._handles.chosen = -1
        self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint fold, thresholds, hover line, cursor and dots."""
        super().drawForeground(painter, rect)
        painter.save()
        self.measure_in_pixels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, axis = theme.current(), self._axis
        last = axis.last_step
        hovered = self._hovered if self.is_on_screen else -1
        chosen = self._handles.chosen if self.is_on_screen else -1
        paint_fold(painter, self, axis)
        paint_thresholds(painter, self, self.thresholds, last_step=last, to_widget=self.position_of, chosen=chosen)
        if self._mark is not None:
            paint_mark(painter, self, (axis.place(self._mark[0]), self._mark[1]), top=TOP)
        if hovered >= 0 and hovered != self._cursor:
            pen = charts.line_pen(colours.muted, dashes=DOTS)
            paint_vertical(painter, self, axis.place(hovered), pen)
        if self._cursor >= 0:
            colour = colours.disabled if self._is_greyed else colours.text
            handle = QColor(colours.accent if self.hasFocus() and self.is_on_screen else colour)
            pen = charts.line_pen(colour, width=1.5)
            paint_vertical(painter, self, axis.place(self._cursor), pen, handle=handle)
        step = hovered if hovered >= 0 or self._is_greyed else self._cursor
        paint_dots(painter, self, self._curves.values(), step, axis.place(step))
        self._zoom.paint(painter)
        painter.restore()

    def _threshold_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            return self._give_up()
        points = self._handles.key(event)
        if points:
            item = self._handles.items[self._handles.chosen]
            self.threshold_dragged.emit(self._handles.chosen, item.level + points)
            self.threshold_released.emit(True)
        self.viewport().update()
        return points is not None

    def _give_up(self) -> bool:
        """Give up a drag, or the choice of a threshold; return whether there was one."""
        had_choice, self._handles.chosen = self._handles.chosen >= 0, -1
        was_zooming = self._zoom.cancel()
        was_moving = self._handles.release()
        if was_moving:
            self.threshold_released.emit(False)
        self.viewport().update()
        return had_choice or was_zooming or was_moving

    def _move_cursor(self, step: int) -> None:
        if step >= 0 and (step != self._cursor or self._is_greyed):
            self.set_cursor(step)
            self.cursor_moved.emit(step)

    def _step_at(self, event: QMouseEvent) -> int:
        """Return the reachable step nearest to the mouse; -1 if there is none."""
        return min(max(round(self._axis.step(self.data_at(event).x())), 0), self._reachable)

    def _set_hovered(self, step: int) -> None:
        if step != self._hovered:
            self._hovered = step
            self.viewport().update()
            self.step_hovered.emit(step)
