"""The loss of a refit over its epochs, drawn below the curves with the same width."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.theme import theme

POINT_SIZE = 5  # logical pixels across
ROOM_ABOVE = 1.08  # upper end of the y axis, as a multiple of the largest loss


class LossChart(Chart):
    """One curve without a cursor; it takes its x range from the chart above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._losses: tuple[float, ...] = ()
        self._item = charts.curve_item()
        self._points = charts.points_item(size=POINT_SIZE)  # losses without a neighbour to draw a line to
        self.plot.addItem(self._item, ignoreBounds=True)
        self.plot.addItem(self._points, ignoreBounds=True)
        self.plot.showGrid(x=False, y=True, alpha=0.2)
        self.plot.getAxis("bottom").setTicks([[]])  # the chart above has them
        self.plot.vb.sigResized.connect(self._fit)
        self.setMinimumHeight(44)
        self.set_losses(())
        self.recolour()

    @property
    def losses(self) -> tuple[float, ...]:
        """The losses that are drawn, epoch 0 first."""
        return self._losses

    def set_losses(self, losses: Sequence[float]) -> None:
        """Draw losses, epoch 0 first; a NaN or infinity leaves a gap, and a loss between two gaps is a point."""
        self._losses = tuple(losses)
        epochs, values = np.arange(len(losses), dtype=float), np.array(losses, dtype=float)
        self._item.setData(epochs, values, connect="finite")
        is_number = np.pad(np.isfinite(values), 1)
        is_alone = is_number[1:-1] & ~is_number[:-2] & ~is_number[2:]
        self._points.setData(epochs[is_alone], values[is_alone])
        self._fit()

    def set_x_range(self, low: float, high: float) -> None:
        """Set the range of epochs on the x axis."""
        self.plot.setXRange(low, high, padding=0)

    def recolour(self) -> None:
        """Apply the theme's colours, with a pen for this screen."""
        super().recolour()
        self._item.setPen(self.item_pen(theme.current().muted, width=1.5))
        self._points.setBrush(theme.current().muted)

    def _fit(self, _box: object = None) -> None:
        """Scale the y axis from 0 to above the largest loss, with ticks at 0, in the middle and at the top."""
        largest = max((loss for loss in self._losses if math.isfinite(loss)), default=1.0) or 1.0
        step = _nice(largest / 2)
        self.plot.setYRange(0, ROOM_ABOVE * max(largest, 2 * step), padding=0)
        self.plot.getAxis("left").setTicks([[(n * step, f"{n * step:g}") for n in range(3)]])


def _nice(value: float) -> float:
    """Return the largest number of the form 1, 2 or 5 times a power of ten that does not exceed `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor for factor in (5, 2, 1) if factor * power <= value * (1 + 1e-9)) * power
