"""The ground that charts are drawn on. The only file that knows pyqtgraph; no records here.

Charts take the mouse themselves: there is nothing to zoom or drag in them but the cursor, so pyqtgraph's own mouse
handling (panning, menus) is never asked.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.theme import theme

pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")


class Chart(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """What every chart shares: the theme's colours, a quiet frame, no mouse handling of pyqtgraph's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self.plot = self.getPlotItem()
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setContentsMargins(0, 4, 0, 0)
        self.plot.vb.setDefaultPadding(0)
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, tickTextOffset=4, maxTickLevel=0, hideOverlappingLabels=False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setFocusProxy(None)  # else its policy is the chart's own
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)  # one stop of the Tab key, not a nameless second one
        self.setMinimumSize(120, 72)
        self.setFrameStyle(0)
        theme.signals.theme_changed.connect(self._on_dress_changed)

    def recolour(self) -> None:
        """Take the theme's colours and the application's font."""
        colours = theme.current()
        font = theme.figures_font(theme.scaled_font(QApplication.font(), theme.SMALL))
        self.setBackground(QColor(colours.surface))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(self.item_pen(colours.border))
            axis.setTextPen(self.item_pen(colours.muted))
            axis.setTickFont(font)

    def sizeHint(self) -> QSize:
        """A chart takes what it gets."""
        return QSize(320, 140)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._on_dress_changed()

    def event(self, event: QEvent) -> bool:
        """Follow the screen's fineness: the pens of items are as wide as its dots."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._on_dress_changed()
        return bool(super().event(event))

    def item_pen(self, colour: str, *, width: float = 1.0, dashes: Sequence[float] = ()) -> QPen:
        """A pen for pyqtgraph's items, as wide on the screen as it says, however the chart is scaled.

        Args:
            colour: `#rrggbb`.
            width: in logical pixels.
            dashes: lengths of dash and gap as multiples of the width; none for a whole line.
        """
        pen = line_pen(colour, width=width * self.devicePixelRatioF(), dashes=dashes)
        pen.setCosmetic(True)  # measured in the screen's own dots
        return pen

    def _on_dress_changed(self) -> None:
        if self.plotItem is not None:  # pyqtgraph takes a chart apart when it is closed
            self.recolour()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to whoever scrolls around the chart."""
        event.ignore()

    def data_at(self, event: QMouseEvent) -> QPointF:
        """Where the mouse is, in the chart's own units."""
        at: QPointF = self.plot.vb.mapSceneToView(self.mapToScene(event.position().toPoint()))
        return at

    def is_inside(self, event: QMouseEvent) -> bool:
        """Whether the mouse is inside the axes."""
        return bool(self.plot.vb.sceneBoundingRect().contains(self.mapToScene(event.position().toPoint())))

    def widget_position(self, x: float, y: float) -> QPointF:
        """Where a point of the chart lies in the widget."""
        at: QPointF = self.viewportTransform().map(self.plot.vb.mapViewToScene(QPointF(x, y)))
        return at


def bar_item() -> pg.BarGraphItem:
    """Bars, to be filled with `setOpts`."""
    return pg.BarGraphItem(x=[0.0], y0=[0.0], height=[0.0], width=0.78)


def curve_item() -> pg.PlotCurveItem:
    """A curve, to be filled with `setData`."""
    return pg.PlotCurveItem()


def points_item(*, size: float) -> pg.ScatterPlotItem:
    """Round points without an outline, so many logical pixels wide, to be filled with `setData`."""
    return pg.ScatterPlotItem(size=size, pen=None)


def path(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> QPainterPath:
    """The way along points, both of shape (P,)."""
    way: QPainterPath = pg.arrayToQPath(xs, ys)
    return way


def line_pen(colour: str, *, width: float = 1.0, dashes: Sequence[float] = ()) -> QPen:
    """A pen for what is painted in logical pixels; dashes are multiples of the width."""
    pen = QPen(QColor(colour), width)
    if dashes:
        pen.setDashPattern(list(dashes))
    return pen


def stride(label_width: float, place_width: float, *, least: float = 0.0) -> int:
    """Every how many places a label has room."""
    return next(
        (s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if s * place_width >= label_width and s >= least), 1000
    )
