"""A bar chart whose bars can be hovered, clicked and reached by keyboard."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from gui.charts import chart as charts
from gui.charts.bar_groups import group_bars
from gui.charts.bar_selection import BarSelection
from gui.charts.cell_rows import CellRows, RowLayout, lay_out_rows
from gui.theme import theme

BARS_MIN_HEIGHT = 72.0  # of the bars above named rows, in logical pixels, where bars have labels too
BAR_WIDTH = 0.78  # as a share of the column
NARROW = 4.0  # columns narrower than this, in logical pixels, have neither gaps nor outlines
NAME_WIDTH = 84  # the maximum width of a row's name, in logical pixels


class BarChart(BarSelection):
    """Bars with coloured cells below them, so that bars of height 0 can be seen and clicked too.

    A bar is identified by its position from the left, starting at 0. The cells lie in one row, or each in the row of
    the group that its bar belongs to.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: NDArray[np.float64] = np.zeros(0)
        self._labels: Sequence[str] = ()
        self._fills: Sequence[str] = ()
        self._groups = group_bars(self._heights, np.zeros(0, dtype=bool), width=1.0)
        self._bars = charts.bar_item()
        self.cells = CellRows()
        for item in (self.cells.bands, *self.marks_behind, self._bars, self.cells.item, self.mark_in_front):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.getAxis("bottom").setStyle(tickLength=0)
        self.plot.vb.sigResized.connect(self._draw)
        self.recolour()
        self.set_bars(np.zeros(0), labels=(), fills=(), hollow=np.zeros(0, dtype=bool))

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
        self.keep_within(count)
        self.plot.setXRange(-0.7, max(count, 1) - 0.3, padding=0)
        self._draw()

    def set_tip(self, text: str) -> None:
        """Set the tooltip of the bars."""
        self.plot.vb.setToolTip(text)

    @property
    def note(self) -> str:
        """What is said of bars that stand for several; empty where each is drawn."""
        return self._groups.note

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint what is said of bars that stand for several."""
        super().drawForeground(painter, rect)
        if self.note:
            painter.save()
            self.measure_in_pixels(painter)
            painter.setFont(theme.scaled_font(QApplication.font(), theme.SMALL))
            painter.setPen(QColor(theme.current().muted))
            box = self.plot_rect().adjusted(4, 0, -4, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, self.note)
            painter.restore()

    def recolour(self) -> None:
        """Apply the theme's colours to axes and marks; the bars get theirs from `set_bars`."""
        super().recolour()
        self._draw()

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
            groups = self._groups = group_bars(self._heights, cells.hollow, width=float(self.plot.vb.width()))
            fills = groups.fills_of(self._fills)
            brushes = {fill: QBrush(QColor(fill)) for fill in set(fills)}
            width = self._bar_width() if groups.size == 1 else float(groups.size)
            self._bars.setOpts(
                x=groups.middles,
                y0=np.zeros(len(fills)),
                height=self._heights[groups.shown],
                width=width,
                brushes=[brushes[fill] for fill in fills],
                pens=[QPen(Qt.PenStyle.NoPen)] * len(fills),
            )
            is_narrow = self._column_width < NARROW
            cells.draw(self, layout, groups, fills, brushes, width=width, is_narrow=is_narrow)
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
        widest = metrics.horizontalAdvance(max(self._labels, key=len)) + 6
        stride = charts.stride(widest, self._column_width)
        bottom.setTicks([[(n, self._labels[n]) for n in range(0, self.count, stride)]])
