"""Bars that can be pointed at and clicked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPen
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QWidget

from gui import charts, theme
from gui.charts import Chart

STRIP_LOW, STRIP_HIGH = -0.11, -0.03  # the strip of states under the bars, as shares of the tallest bar


class BarChart(Chart):
    """Bars with a strip of coloured cells under them, so that bars of no height can be seen and pointed at too.

    A bar is known by its place from the left, starting at 0.
    """

    bar_hovered = Signal(int)  # -1 when the mouse has left
    bar_clicked = Signal(int)
    bar_focused = Signal(int)  # moved to by keyboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: NDArray[np.float64] = np.zeros(0)
        self._labels: Sequence[str] = ()
        self._hovered = -1
        self._focused = -1
        self._column = QGraphicsRectItem()
        self._column.setPen(QPen(Qt.PenStyle.NoPen))
        self._focus = QGraphicsRectItem()
        self._bars = charts.bar_item()
        self._strip = charts.bar_item()
        for item in (self._column, self._bars, self._strip, self._focus):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.getAxis("bottom").setStyle(tickLength=0)
        self.plot.vb.sigResized.connect(self._set_ticks)
        self.recolour()
        self.set_bars(np.zeros(0), labels=(), fills=(), hollow=np.zeros(0, dtype=bool))

    @property
    def focused(self) -> int:
        """The bar that the keyboard acts on; -1 for none."""
        return self._focused

    @property
    def count(self) -> int:
        """How many bars there are."""
        return len(self._heights)

    def set_bars(
        self, heights: NDArray[np.float64], *, labels: Sequence[str], fills: Sequence[str], hollow: NDArray[np.bool_]
    ) -> None:
        """Draw these bars.

        Args:
            heights: one a bar, at least 0.
            labels: one a bar, for the axis.
            fills: one colour a bar and its cell.
            hollow: True for each cell that is an outline alone.
        """
        count = len(heights)
        self._heights = np.asarray(heights, dtype=np.float64)
        self._labels = labels
        self._hovered = self._hovered if self._hovered < count else -1
        self._focused = self._focused if self._focused < count else -1
        top = float(self._heights.max(initial=0.0)) or 1.0
        self.plot.setXRange(-0.7, max(count, 1) - 0.3, padding=0)
        self.plot.setYRange(STRIP_LOW * 1.15 * top, top * 1.04, padding=0)
        if count:
            self._draw_bars(top, fills, hollow)
        self._bars.setVisible(count > 0)
        self._strip.setVisible(count > 0)
        self._set_ticks()
        self._place_marks()

    def set_focused(self, place: int) -> None:
        """Mark the bar that the keyboard acts on; -1 for none."""
        if place != self._focused:
            self._focused = place
            self._place_marks()

    def bar_position(self, place: int) -> QPointF:
        """The middle of a bar's column, in the widget."""
        top = float(self._heights.max(initial=0.0)) or 1.0
        return self.widget_position(place, top / 2)

    def recolour(self) -> None:
        """Take the theme's colours for axes and marks; the bars' own come with `set_bars`."""
        super().recolour()
        colours = theme.current()
        column = QColor(colours.text)
        column.setAlpha(28)
        self._column.setBrush(QBrush(column))
        self._focus.setPen(self.item_pen(colours.accent, width=2))
        self._set_ticks()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which bar the mouse is at."""
        self._hover(self._place_at(event))

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse is at no bar."""
        self._hover(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Wait for the release."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A left click inside a bar's column is a click on the bar."""
        place = self._place_at(event)
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self.set_focused(place)
            self.bar_clicked.emit(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second quick click is one more click, not something else."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, Right, Home, End move; Space and Return click."""
        last = self.count - 1
        targets: dict[int, int] = {  # plain integers: not every key of every keyboard is a Qt.Key
            Qt.Key.Key_Left: max(self._focused - 1, 0),
            Qt.Key.Key_Right: min(self._focused + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = targets.get(event.key())
        if last < 0:
            event.ignore()
        elif target is not None:
            self.set_focused(target)
            self.bar_focused.emit(target)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._focused >= 0:
            self.bar_clicked.emit(self._focused)
        else:
            event.ignore()

    def _draw_bars(self, top: float, fills: Sequence[str], hollow: NDArray[np.bool_]) -> None:
        count = len(self._heights)
        places = np.arange(count, dtype=np.float64)
        brushes = [QBrush(QColor(fill)) for fill in fills]
        pens = [QPen(Qt.PenStyle.NoPen)] * count
        self._bars.setOpts(x=places, y0=np.zeros(count), height=self._heights, brushes=brushes, pens=pens)
        self._strip.setOpts(
            x=places,
            y0=np.full(count, STRIP_LOW * top),
            height=np.full(count, (STRIP_HIGH - STRIP_LOW) * top),
            brushes=[QBrush(Qt.BrushStyle.NoBrush) if h else b for h, b in zip(hollow, brushes, strict=True)],
            pens=[self.item_pen(fill) for fill in fills],
        )

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self._place_marks()
            self.bar_hovered.emit(place)

    def _place_at(self, event: QMouseEvent) -> int:
        if not self.is_inside(event):
            return -1
        place = round(self.data_at(event).x())
        return place if 0 <= place < self.count else -1

    def _place_marks(self) -> None:
        low, high = self.plot.vb.viewRange()[1]
        for item, place in ((self._column, self._hovered), (self._focus, self._focused)):
            item.setVisible(place >= 0)
            item.setRect(QRectF(place - 0.5, low, 1.0, high - low))

    def _set_ticks(self, _box: object = None) -> None:
        """Label as many bars as there is room for."""
        if not self._labels:
            self.plot.getAxis("bottom").setTicks([[]])
            return
        metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
        widest = max(metrics.horizontalAdvance(label) for label in self._labels) + 6
        column = max(1.0, self.plot.vb.width() / max(self.count, 1))
        stride = charts.stride(widest, column)
        self.plot.getAxis("bottom").setTicks([[(n, self._labels[n]) for n in range(0, self.count, stride)]])
