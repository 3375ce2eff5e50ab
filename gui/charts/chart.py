"""The base class of the charts, and the only file that imports pyqtgraph. It knows none of the engine's records.

Charts handle the mouse themselves (a chart that zooms does so by `gui.charts.curve.zoom`), so pyqtgraph's own mouse
handling (panning, menus) is switched off.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.theme import theme

LEAST_WIDTH, LEAST_HEIGHT = 120, 72  # in logical pixels; the height at the usual text size

pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")

MOST_ENDS = 4096  # of a band that are drawn


class Chart(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Base of every chart: takes the theme's colours, has no frame, and switches pyqtgraph's mouse handling off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self.plot = self.getPlotItem()
        self._dots_per_pixel = 0.0  # of a picture that is being drawn; 0 on the screen
        self.plot.setDownsampling(auto=True, mode="peak")  # the lowest and the highest of many points, of exact data
        self.plot.setClipToView(True)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setContentsMargins(0, 4, 0, 0)
        self.plot.vb.setDefaultPadding(0)
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, tickTextOffset=4, maxTickLevel=0, hideOverlappingLabels=False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setFocusProxy(None)  # otherwise it has the chart's focus policy
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)  # so that Tab stops at the chart once
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.setFrameStyle(0)
        theme.signals.theme_changed.connect(self._on_theme_changed)

    def recolour(self) -> None:
        """Apply the theme's colours and the application's font."""
        colours = theme.current()
        font = theme.figures_font(theme.scaled_font(QApplication.font(), theme.SMALL))
        self.setBackground(QColor(colours.surface))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(self.item_pen(colours.border))
            axis.setTextPen(self.item_pen(colours.muted))
            axis.setTickFont(font)

    def sizeHint(self) -> QSize:
        """Return a default size; the layout may give any other."""
        return QSize(320, 140)

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setMinimumHeight(round(LEAST_HEIGHT * max(1.0, theme.text_factor())))
            self._on_theme_changed()

    def event(self, event: QEvent) -> bool:
        """Adapt to a new device pixel ratio: the items' pens are measured in physical pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._on_theme_changed()
        return bool(super().event(event))

    def item_pen(self, colour: str, *, width: float = 1.0, dashes: Sequence[float] = ()) -> QPen:
        """Return a pen for pyqtgraph's items; its width does not depend on the chart's scale.

        Args:
            colour: `#rrggbb`.
            width: in logical pixels.
            dashes: lengths of dash and gap as multiples of the width; empty for a solid line.
        """
        pen = line_pen(colour, width=width * (self._dots_per_pixel or self.devicePixelRatioF()), dashes=dashes)
        pen.setCosmetic(True)  # measured in physical pixels
        return pen

    @property
    def is_on_screen(self) -> bool:
        """Whether the chart is drawn on the screen; in a picture nothing follows mouse or focus."""
        return not self._dots_per_pixel

    def draw_into(self, painter: QPainter, target: QRectF, *, dots_per_pixel: float) -> None:
        """Draw the chart as a part of a picture, in the current theme's colours.

        Args:
            painter: paints the picture.
            target: where, with the chart's own proportions.
            dots_per_pixel: the picture's dots for a logical pixel, in which lines are measured.
        """
        self._dots_per_pixel = dots_per_pixel
        self.recolour()
        curves = self._drawn_curves()
        for curve in curves:
            curve.setVisible(False)  # drawn by `drawForeground`: many programs cannot draw cosmetic pens
        try:
            self.render(painter, target, self.viewport().rect())
        finally:
            self._dots_per_pixel = 0.0
            for curve in curves:
                curve.setVisible(True)
            self.recolour()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the curves of a picture in logical pixels; on the screen pyqtgraph draws them."""
        del rect
        if not self._dots_per_pixel:
            return
        painter.save()
        self.measure_in_pixels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.plot_rect())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for curve in self._drawn_curves():
            if curve.getData()[0] is not None and len(curve.getData()[0]):
                pen = QPen(curve.opts["pen"])
                pen.setCosmetic(False)
                pen.setWidthF(pen.widthF() / self._dots_per_pixel)
                painter.setPen(pen)
                to_widget = curve.sceneTransform() * self.viewportTransform()
                painter.drawPath(to_widget.map(curve.getPath()))
        painter.restore()

    def _drawn_curves(self) -> list[pg.PlotCurveItem]:
        return [each.curve for each in self.plot.items if isinstance(each, pg.PlotDataItem)]

    def measure_in_pixels(self, painter: QPainter) -> None:
        """Let the painter of `drawForeground` measure in logical pixels, on the screen and in a picture."""
        inverse, _is_invertible = self.viewportTransform().inverted()
        painter.setWorldTransform(inverse * painter.worldTransform())

    def plot_rect(self) -> QRectF:
        """Return the rectangle inside the axes, in the widget's coordinates."""
        box: QRectF = self.viewportTransform().mapRect(self.plot.vb.sceneBoundingRect())
        return box

    def _on_theme_changed(self) -> None:
        if self.plotItem is not None:  # pyqtgraph deletes it when a chart is closed
            self.recolour()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel, so that a scroll area around the chart gets it."""
        event.ignore()

    def data_at(self, event: QMouseEvent) -> QPointF:
        """Return the mouse position in the chart's own units."""
        at: QPointF = self.plot.vb.mapSceneToView(self.mapToScene(event.position().toPoint()))
        return at

    def is_inside(self, event: QMouseEvent) -> bool:
        """Return whether the mouse is inside the axes."""
        return bool(self.plot.vb.sceneBoundingRect().contains(self.mapToScene(event.position().toPoint())))

    def widget_position(self, x: float, y: float) -> QPointF:
        """Convert a point from the chart's own units to the widget's coordinates."""
        at: QPointF = self.viewportTransform().map(self.plot.vb.mapViewToScene(QPointF(x, y)))
        return at


def bar_item() -> pg.BarGraphItem:
    """Return an item that draws bars, to be filled with `setOpts`."""
    return pg.BarGraphItem(x=[0.0], y0=[0.0], height=[0.0], width=0.78)


def curve_item() -> pg.PlotDataItem:
    """Return an item that draws a curve, to be filled with `setData`; a chart draws only as much as can be seen."""
    return pg.PlotDataItem(autoDownsampleFactor=1.0)  # two points for each pixel: strokes of more take seconds


def drawn_count(item: pg.PlotDataItem) -> int:
    """Return the number of points that an item of `curve_item` draws at the moment."""
    xs, _ = item.getData()
    return 0 if xs is None else len(xs)


def thinned(
    xs: NDArray[np.float64], lows: NDArray[np.float64], highs: NDArray[np.float64], *, most: int = MOST_ENDS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return a band with at most so many ends; each of many stands for several, the widest of them.

    Args:
        xs: where the ends are, ascending, shape (P,).
        lows: the lower ends, shape (P,).
        highs: the upper ends, shape (P,).
        most: how many there may be.
    """
    if len(xs) <= most:
        return xs, lows, highs
    starts = np.arange(0, len(xs), -(-len(xs) // most))
    return xs[starts], np.minimum.reduceat(lows, starts), np.maximum.reduceat(highs, starts)


def points_item(*, size: float) -> pg.ScatterPlotItem:
    """Return an item that draws discs `size` logical pixels wide, to be filled with `setData`."""
    return pg.ScatterPlotItem(size=size, pen=None)


def path(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> QPainterPath:
    """Return the path along points; both arrays have shape (P,)."""
    line: QPainterPath = pg.arrayToQPath(xs, ys)
    return line


def line_pen(colour: str, *, width: float = 1.0, dashes: Sequence[float] = ()) -> QPen:
    """Return a pen for painting in logical pixels; dashes are multiples of the width."""
    pen = QPen(QColor(colour), width)
    if dashes:
        pen.setDashPattern(list(dashes))
    return pen


def stride(label_width: float, place_width: float, *, least: float = 0.0) -> int:
    """Return n such that every n-th place has room for its label; at least `least`."""
    return next(
        (s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if s * place_width >= label_width and s >= least), 1000
    )
