"""The coloured cells under a bar chart: one for each bar, in one row or in several named rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from gui.charts import chart as charts
from gui.charts.bar_groups import BarGroups
from gui.charts.chart import Chart
from gui.theme import theme

ROW, GAP = 0.07, 0.026  # height of a single row and its distance from the bars, as shares of the chart's height
NAMED_GAP = 6.0  # that distance in logical pixels if the rows have names; such rows are as high as a line of text
MAX_ROWS_SHARE = 0.5  # of the chart's height that named rows may take
MIN_OUTLINED = 6.0  # rows lower than this touch each other


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Where the rows of cells lie below the bars.

    Attributes:
        gap: distance between the bars and the first row, in logical pixels.
        row: height of a row, in logical pixels.
        count: number of rows.
        unit: height of one logical pixel, in the chart's own units.
    """

    gap: float
    row: float
    count: int
    unit: float

    @property
    def bottom(self) -> float:
        """The lower end of the last row, in the chart's own units; negative."""
        return -(self.gap + self.count * self.row + 1) * self.unit

    @property
    def centres(self) -> tuple[float, ...]:
        """The middle of each row, in the chart's own units, the uppermost first."""
        return tuple(-(self.gap + (n + 0.5) * self.row) * self.unit for n in range(self.count))


def lay_out_rows(*, row_count: int, height: float, line_height: float, top: float) -> RowLayout:
    """Divide a chart's height between bars and rows of cells.

    Args:
        row_count: number of named rows; 0 for a single row without a name.
        height: of the chart, in logical pixels.
        line_height: of a line of text, in logical pixels.
        top: value at the upper end of the y axis.
    """
    gap, row, count = GAP * height, ROW * height, max(row_count, 1)
    if row_count:
        gap, row = NAMED_GAP, min(line_height, MAX_ROWS_SHARE * height / count)
    return RowLayout(gap, row, count, unit=top / max(height - (gap + count * row + 1), 1.0))


class CellRows:
    """Draws the cells, and a band behind every second named row.

    Attributes:
        rows: the row of each cell, 0 for the uppermost, shape (C,).
        names: the rows' names, the uppermost first; empty for a single row.
        item: draws the cells.
        bands: draws the bands.
    """

    def __init__(self) -> None:
        self.rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.names: Sequence[str] = ()
        self.hollow: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.item: Any = charts.bar_item()
        self.bands: Any = charts.bar_item()

    def set_cells(
        self, hollow: NDArray[np.bool_], rows: NDArray[np.int64] | None = None, names: Sequence[str] = ()
    ) -> None:
        """Replace the cells, without drawing them.

        Args:
            hollow: True for each cell that is only an outline, shape (C,).
            rows: the row of each cell; None puts all of them in one row.
            names: one for each row; none for a single row.
        """
        self.hollow = hollow
        self.rows = np.zeros(len(hollow), dtype=np.int64) if rows is None else rows
        self.names = names

    def draw(
        self,
        chart: Chart,
        layout: RowLayout,
        groups: BarGroups,
        fills: Sequence[str],
        brushes: Mapping[str, QBrush],
        *,
        width: float,
        is_narrow: bool,
    ) -> None:
        """Draw the cells; where columns are narrow, a hollow cell is a low one instead of an outline.

        Args:
            chart: makes the pens.
            layout: where the rows lie.
            groups: which cells are drawn.
            fills: the colour of each of them.
            brushes: a brush for each colour.
            width: of a cell, as a share of its column.
            is_narrow: whether columns are too narrow for outlines.
        """
        count, row, unit = len(fills), layout.row, layout.unit
        inset = 1.0 if self.names and row >= MIN_OUTLINED else 0.0
        tall = np.full(count, row - inset)
        if is_narrow:
            tall[groups.hollow] = np.ceil(row / 3)
        middle = -(layout.gap + (self.rows[groups.shown] + 0.5) * row) * unit
        empty = QBrush(Qt.BrushStyle.NoBrush)
        pens = {fill: QPen(Qt.PenStyle.NoPen) if is_narrow else chart.item_pen(fill) for fill in brushes}
        self.item.setOpts(
            x=groups.middles,
            y0=middle - tall / 2 * unit,
            height=tall * unit,
            width=width,
            brushes=[
                empty if is_hollow and not is_narrow else brushes[fill]
                for fill, is_hollow in zip(fills, groups.hollow, strict=True)
            ],
            pens=[pens[fill] for fill in fills],
        )
        shaded = np.arange(0, len(self.names), 2, dtype=np.float64)
        if len(shaded):
            self.bands.setOpts(
                x=np.full(len(shaded), (len(self.hollow) - 1) / 2),
                y0=-(layout.gap + (shaded + 1) * row) * unit,
                height=np.full(len(shaded), row * unit),
                width=float(len(self.hollow)),
                brush=QColor(theme.current().raised),
                pen=QPen(Qt.PenStyle.NoPen),
            )
