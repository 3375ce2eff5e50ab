"""A bar chart whose bars can be hovered, clicked and reached by keyboard."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPen
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QWidget

from gui.charts import chart as charts
from gui.charts.cell_rows import CellRows, RowLayout, lay_out_rows
from gui.charts.chart import Chart
from gui.theme import theme

BARS_MIN_HEIGHT = 72.0  # of the bars above named rows, in logical pixels, where bars have labels too
BAR_WIDTH = 0.78  # as a share of the column
NARROW = 4.0  # columns narrower than this, in logical pixels, have neither gaps nor outlines
NAME_WIDTH = 84  # the maximum width of a row's name, in logical pixels
MIN_MARK = 3.0  # the minimum width of a bar's mark, in logical pixels


class BarChart(Chart):
    """Bars with coloured cells below them, so that bars of height 0 can be seen and clicked too.

    A bar is identified by its position from the left, starting at 0. The cells lie in one row, or each in the row of
    the group that its bar belongs to.
    """

    bar_hovered = Signal(int)  # -1 when the mouse has left
    bar_clicked = Signal(int)
    bar_focused = Signal(int)  # focus moved by keyboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: NDArray[np.float64] = np.zeros(0)
        self._labels: Sequence[str] = ()
        self._fills: Sequence[str] = ()
        self._hovered = -1
        self._focused = -1
        self._column = QGraphicsRectItem()
        self._column.setPen(QPen(Qt.PenStyle.NoPen))
        self._focus = QGraphicsRectItem()
        self._bars = charts.bar_item()
        self.cells = CellRows()
        for item in (self.cells.bands, self._column, self._bars, self.cells.item, self._focus):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.getAxis("bottom").setStyle(tickLength=0)
        self.plot.vb.sigResized.connect(self._draw)
        self.recolour()
        self.set_bars(np.zeros(0), labels=(), fills=(), hollow=np.zeros(0, dtype=bool))

    @property
    def focused(self) -> int:
        """The bar with the keyboard focus; -1 for none."""
        return self._focused

    @property
    def count(self) -> int:
        """The number of bars."""
        return len(self._heights)

    @property
    def row_names(self) -> Sequence[str]:
        """The names of the rows of cells, the uppermost first; empty for a single row."""
        return self.cells.names

    @property
    def tip(self) -> str:
        """The tooltip of the bars."""
        return str(self.plot.vb.toolTip())

    def set_bars(
        self,
        heights: NDArray[np.float64],
        *,
        labels: Sequence[str],
        fills: Sequence[str],
        hollow: NDArray[np.bool_],
        rows: NDArray[np.int64] | None = None,
        row_names: Sequence[str] = (),
    ) -> None:
        """Replace the bars.

        Args:
            heights: one for each bar, at least 0, shape (C,).
            labels: one for each bar, for the axis.
            fills: one colour for each bar and its cell.
            hollow: True for each cell that is only an outline, shape (C,).
            rows: the row of each cell, 0 for the uppermost, shape (C,); None puts all of them in one row.
            row_names: one for each row; none for a single row.
        """
        count = len(heights)
        self._heights = np.asarray(heights, dtype=np.float64)
        self._labels, self._fills = labels, fills
        self.cells.set_cells(hollow, rows, row_names)
        self._hovered = self._hovered if self._hovered < count else -1
        self._focused = self._focused if self._focused < count else -1
        self.plot.setXRange(-0.7, max(count, 1) - 0.3, padding=0)
        self._draw()

    def set_focused(self, place: int) -> None:
        """Move the keyboard focus to a bar; -1 for none."""
        if place != self._focused:
            self._focused = place
            self._place_marks()

    def set_tip(self, text: str) -> None:
        """Set the tooltip of the bars."""
        self.plot.vb.setToolTip(text)

    def recolour(self) -> None:
        """Apply the theme's colours to axes and marks; the bars get theirs from `set_bars`."""
        super().recolour()
        colours = theme.current()
        column = QColor(colours.text)
        column.setAlpha(28)
        self._column.setBrush(QBrush(column))
        self._focus.setPen(self.item_pen(colours.accent, width=2))
        self._draw()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit `bar_hovered` when the mouse moves to another bar."""
        self._hover(self._place_at(event))

    def leaveEvent(self, event: QEvent) -> None:
        """Emit `bar_hovered` with -1."""
        self._hover(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Accept the event; the release counts as the click."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `bar_clicked` for a left click inside a bar's column."""
        place = self._place_at(event)
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self.set_focused(place)
            self.bar_clicked.emit(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Accept the event; the second release counts as another click."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the focus with Left, Right, Home and End; click with Space and Return."""
        last = self.count - 1
        targets: dict[int, int] = {  # plain integers, as some keys are not a Qt.Key
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

    @property
    def _top(self) -> float:
        """The tallest bar's height; 1 if all heights are 0."""
        return float(self._heights.max(initial=0.0)) or 1.0

    @property
    def _is_short(self) -> bool:
        """Whether named rows leave too little height for the bars' labels."""
        return (
            len(self.cells.names) > 0 and self.height() < len(self.cells.names) * self._line_height() + BARS_MIN_HEIGHT
        )

    @property
    def _column_width(self) -> float:
        """The width of a bar's column, in logical pixels."""
        return max(float(self.plot.vb.width()), 1.0) / max(self.count, 1)

    def _draw(self, _box: object = None) -> None:
        """Draw everything for the current size."""
        cells = self.cells
        self.plot.getAxis("bottom").setStyle(showValues=not self._is_short)
        height = max(float(self.plot.vb.height()), 40.0)
        layout = lay_out_rows(
            row_count=len(cells.names), height=height, line_height=self._line_height(), top=1.04 * self._top
        )
        self.plot.setYRange(layout.bottom, 1.04 * self._top, padding=0)
        if self.count:
            brushes = {fill: QBrush(QColor(fill)) for fill in set(self._fills)}
            self._bars.setOpts(
                x=np.arange(self.count, dtype=np.float64),
                y0=np.zeros(self.count),
                height=self._heights,
                width=self._bar_width(),
                brushes=[brushes[fill] for fill in self._fills],
                pens=[QPen(Qt.PenStyle.NoPen)] * self.count,
            )
            is_narrow = self._column_width < NARROW
            cells.draw(self, layout, self._fills, brushes, width=self._bar_width(), is_narrow=is_narrow)
        for item in (self._bars, cells.item):
            item.setVisible(self.count > 0)
        cells.bands.setVisible(bool(cells.names))
        self._set_ticks(layout)
        self._place_marks()

    def _bar_width(self) -> float:
        """Return a bar's width as a share of its column: at least one pixel."""
        return max(1.0, 1 / self._column_width) if self._column_width < NARROW else BAR_WIDTH

    def _line_height(self) -> float:
        return QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL)).height()

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
        width = max(1.0, MIN_MARK / self._column_width)
        focused = self._focused if self._hovered in (-1, self._focused) else -1  # one mark while the mouse points
        for item, place in ((self._column, self._hovered), (self._focus, focused)):
            item.setVisible(place >= 0)
            item.setRect(QRectF(place - width / 2, low, width, high - low))

    def _set_ticks(self, layout: RowLayout) -> None:
        """Label as many bars and rows as there is room for."""
        left, bottom = self.plot.getAxis("left"), self.plot.getAxis("bottom")
        metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
        if self.cells.names:
            stride = charts.stride(0.8 * metrics.height(), layout.row)
            names = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, NAME_WIDTH) for name in self.cells.names]
            levels = [(share * self._top, f"{share * self._top:.3g}") for share in (0.5, 1.0)]
            left.setTicks([[*levels, *list(zip(layout.centres, names, strict=True))[::stride]]])
        else:
            left.setTicks(None)
        if not self._labels or self._is_short:
            bottom.setTicks([[]])
            return
        widest = max(metrics.horizontalAdvance(label) for label in self._labels) + 6
        stride = charts.stride(widest, self._column_width)
        bottom.setTicks([[(n, self._labels[n]) for n in range(0, self.count, stride)]])
