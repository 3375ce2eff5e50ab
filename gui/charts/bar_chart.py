"""Bars that can be pointed at and clicked."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPen
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QWidget

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.theme import theme

ROW, GAP = 0.07, 0.026  # the row of cells and its distance from the bars, as shares of the height
NAMED_GAP = 6.0  # the distance in logical pixels where rows have names, which are as high as a line
MOST_ROWS = 0.5  # of the height, for such rows
ENOUGH = 72.0  # for bars above such rows, where bars get labels too
LEAST_OUTLINED = 6.0  # rows below this touch each other
BAR_WIDTH = 0.78  # as a share of the column
NARROW = 4.0  # columns below this have neither gaps nor outlines
NAME_WIDTH = 84  # that the name of a row may have
LEAST_MARK = 3.0  # how wide the mark of a bar is at least


class BarChart(Chart):
    """Bars with coloured cells under them, so that bars of no height can be seen and pointed at too.

    A bar is known by its place from the left, starting at 0. Cells stand in one row, or each in the row of the group
    that its bar belongs to.
    """

    bar_hovered = Signal(int)  # -1 when the mouse has left
    bar_clicked = Signal(int)
    bar_focused = Signal(int)  # moved to by keyboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: NDArray[np.float64] = np.zeros(0)
        self._labels: Sequence[str] = ()
        self._fills: Sequence[str] = ()
        self._hollow: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._row_names: Sequence[str] = ()
        self._hovered = -1
        self._focused = -1
        self._column = QGraphicsRectItem()
        self._column.setPen(QPen(Qt.PenStyle.NoPen))
        self._focus = QGraphicsRectItem()
        self._bars = charts.bar_item()
        self._cells = charts.bar_item()
        self._bands = charts.bar_item()  # behind every second row
        for item in (self._bands, self._column, self._bars, self._cells, self._focus):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.getAxis("bottom").setStyle(tickLength=0)
        self.plot.vb.sigResized.connect(self._draw)
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

    @property
    def row_names(self) -> Sequence[str]:
        """What the rows of cells are called, the uppermost first; none where there is one row for all."""
        return self._row_names

    @property
    def tip(self) -> str:
        """What is said beside the mouse."""
        return str(self.plot.vb.toolTip())

    def row_of(self, place: int) -> int:
        """In which row a bar's cell stands."""
        return int(self._rows[place])

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
        """Draw these bars.

        Args:
            heights: one a bar, at least 0.
            labels: one a bar, for the axis.
            fills: one colour a bar and its cell.
            hollow: True for each cell that is an outline alone.
            rows: in which row each cell stands, 0 for the uppermost; None puts all of them in one.
            row_names: one a row; none for a row alone.
        """
        count = len(heights)
        self._heights = np.asarray(heights, dtype=np.float64)
        self._labels, self._fills, self._hollow = labels, fills, hollow
        self._rows = np.zeros(count, dtype=np.int64) if rows is None else rows
        self._row_names = row_names
        self._hovered = self._hovered if self._hovered < count else -1
        self._focused = self._focused if self._focused < count else -1
        self.plot.setXRange(-0.7, max(count, 1) - 0.3, padding=0)
        self._draw()

    def set_focused(self, place: int) -> None:
        """Mark the bar that the keyboard acts on; -1 for none."""
        if place != self._focused:
            self._focused = place
            self._place_marks()

    def set_tip(self, text: str) -> None:
        """What is said beside the mouse while it rests on the bars."""
        self.plot.vb.setToolTip(text)

    def bar_position(self, place: int) -> QPointF:
        """The middle of a bar's column, in the widget."""
        return self.widget_position(place, self._top / 2)

    def recolour(self) -> None:
        """Take the theme's colours for axes and marks; the bars' own come with `set_bars`."""
        super().recolour()
        colours = theme.current()
        column = QColor(colours.text)
        column.setAlpha(28)
        self._column.setBrush(QBrush(column))
        self._focus.setPen(self.item_pen(colours.accent, width=2))
        self._draw()

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

    @property
    def _top(self) -> float:
        """The tallest bar's height; 1 where all are of none."""
        return float(self._heights.max(initial=0.0)) or 1.0

    @property
    def _is_short(self) -> bool:
        """Whether named rows leave so little height that bars go without labels."""
        return len(self._row_names) > 0 and self.height() < len(self._row_names) * self._line_height() + ENOUGH

    @property
    def _column_width(self) -> float:
        """Room for a bar, in logical pixels."""
        return max(float(self.plot.vb.width()), 1.0) / max(self.count, 1)

    def _draw(self, _box: object = None) -> None:
        """Draw all of it for the size there is."""
        row_count = max(len(self._row_names), 1)
        self.plot.getAxis("bottom").setStyle(showValues=not self._is_short)
        height = max(float(self.plot.vb.height()), 40.0)
        gap, row = GAP * height, ROW * height
        if self._row_names:
            gap, row = NAMED_GAP, min(self._line_height(), MOST_ROWS * height / row_count)
        below = gap + row_count * row + 1
        unit = 1.04 * self._top / max(height - below, 1.0)  # of a bar's height, in a logical pixel
        self.plot.setYRange(-below * unit, 1.04 * self._top, padding=0)
        if self.count:
            brushes = {fill: QBrush(QColor(fill)) for fill in set(self._fills)}
            self._draw_bars(brushes)
            self._draw_cells(brushes, gap=gap, row=row, unit=unit)
        for item in (self._bars, self._cells):
            item.setVisible(self.count > 0)
        self._bands.setVisible(bool(self._row_names))
        self._set_ticks(centres=[-(gap + (n + 0.5) * row) * unit for n in range(row_count)], row=row)
        self._place_marks()

    def _draw_bars(self, brushes: Mapping[str, QBrush]) -> None:
        self._bars.setOpts(
            x=np.arange(self.count, dtype=np.float64),
            y0=np.zeros(self.count),
            height=self._heights,
            width=self._bar_width(),
            brushes=[brushes[fill] for fill in self._fills],
            pens=[QPen(Qt.PenStyle.NoPen)] * self.count,
        )

    def _draw_cells(self, brushes: Mapping[str, QBrush], *, gap: float, row: float, unit: float) -> None:
        """Outlines where there is room for them; else a hollow cell is a low one."""
        is_narrow = self._column_width < NARROW
        inset = 1.0 if self._row_names and row >= LEAST_OUTLINED else 0.0
        tall = np.full(self.count, row - inset)
        if is_narrow:
            tall[self._hollow] = np.ceil(row / 3)
        middle = -(gap + (self._rows + 0.5) * row) * unit
        empty = QBrush(Qt.BrushStyle.NoBrush)
        pens = {fill: QPen(Qt.PenStyle.NoPen) if is_narrow else self.item_pen(fill) for fill in brushes}
        self._cells.setOpts(
            x=np.arange(self.count, dtype=np.float64),
            y0=middle - tall / 2 * unit,
            height=tall * unit,
            width=self._bar_width(),
            brushes=[
                empty if is_hollow and not is_narrow else brushes[fill]
                for fill, is_hollow in zip(self._fills, self._hollow, strict=True)
            ],
            pens=[pens[fill] for fill in self._fills],
        )
        shaded = np.arange(0, len(self._row_names), 2, dtype=np.float64)
        if len(shaded):
            self._bands.setOpts(
                x=np.full(len(shaded), (self.count - 1) / 2),
                y0=-(gap + (shaded + 1) * row) * unit,
                height=np.full(len(shaded), row * unit),
                width=float(self.count),
                brush=QColor(theme.current().raised),
                pen=QPen(Qt.PenStyle.NoPen),
            )

    def _bar_width(self) -> float:
        """As a share of the column: at least one pixel, however many bars share it."""
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
        width = max(1.0, LEAST_MARK / self._column_width)
        for item, place in ((self._column, self._hovered), (self._focus, self._focused)):
            item.setVisible(place >= 0)
            item.setRect(QRectF(place - width / 2, low, width, high - low))

    def _set_ticks(self, *, centres: Sequence[float], row: float) -> None:
        """Label as many bars and rows as there is room for."""
        left, bottom = self.plot.getAxis("left"), self.plot.getAxis("bottom")
        metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
        if self._row_names:
            stride = charts.stride(0.8 * metrics.height(), row)
            names = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, NAME_WIDTH) for name in self._row_names]
            levels = [(share * self._top, f"{share * self._top:.3g}") for share in (0.5, 1.0)]
            left.setTicks([[*levels, *list(zip(centres, names, strict=True))[::stride]]])
        else:
            left.setTicks(None)
        if not self._labels or self._is_short:
            bottom.setTicks([[]])
            return
        widest = max(metrics.horizontalAdvance(label) for label in self._labels) + 6
        stride = charts.stride(widest, self._column_width)
        bottom.setTicks([[(n, self._labels[n]) for n in range(0, self.count, stride)]])
