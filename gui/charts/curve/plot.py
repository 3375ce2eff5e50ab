"""Curves of percentages over steps: their lines and bands, the axes, and what of them is in view."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from gui.charts.chart import Chart
from gui.charts.curve.line import Curve, CurveLine, Place
from gui.charts.curve.painting import paint_pins
from gui.charts.curve.step_axis import StepAxis
from gui.charts.curve.view_range import ViewRange
from gui.theme import theme

TOP = 108  # the y value of the upper end of marks, above 100 %
HOME_Y = (-1.0, TOP + 6.0)
_Y_STEPS = (25, 10, 5, 2, 1, 0.5, 0.2, 0.1)


class CurvePlot(Chart):
    """Curves over steps that can be zoomed and folded; a subclass lets people do so."""

    shift_clicked = Signal(int)  # the step nearest to a click with Shift
    view_changed = Signal()  # zoomed, moved, folded or reset

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = StepAxis()
        self._view = ViewRange((0.0, 1.0), HOME_Y)
        self._curves: dict[str, Curve] = {}
        self._pins: tuple[int, ...] = ()
        self._labels: tuple[str, ...] = ()  # at the right, which need room
        self.plot.showGrid(x=False, y=True, alpha=0.2)
        self.plot.vb.sigResized.connect(self._fit)
        self.recolour()
        self._fit()

    @property
    def is_zoomed(self) -> bool:
        """Whether a part of the curves is out of view."""
        return not self._view.is_whole

    @property
    def folded_steps(self) -> int:
        """The number of steps at the beginning that are folded; 0 for none."""
        return self._axis.folded

    def set_lines(self, lines: dict[str, CurveLine]) -> None:
        """Set the curves' styles by key; curves without a style are removed with their points."""
        for key in [key for key in self._curves if key not in lines]:
            for item in self._curves.pop(key).items:
                self.plot.removeItem(item)
        for key, line in lines.items():
            if key not in self._curves:
                self._curves[key] = Curve(line)
                for item in self._curves[key].items:
                    self.plot.addItem(item, ignoreBounds=True)
            self._curves[key].line = line
            self._curves[key].dress(self)
        self.viewport().update()

    def set_points(self, key: str, points: Sequence[Place]) -> None:
        """Replace the points of a curve and its band."""
        self._curves[key].set_points(points, self._axis)
        self.viewport().update()

    def set_axis(self, last_step: int, *, folded: int = 0) -> None:
        """Set the last step, and how many steps at the beginning share a narrow strip."""
        axis = StepAxis(last_step, folded)
        if (axis.last_step, axis.folded) == (self._axis.last_step, self._axis.folded):
            return
        self._axis = axis
        self._view.reset()
        for curve in self._curves.values():
            curve.draw(axis)
        self._show_view()

    def reset_view(self) -> None:
        """Bring all of the curves into view."""
        self._view.reset()
        self._show_view()

    @property
    def pins(self) -> tuple[int, ...]:
        """The steps whose figures are pinned."""
        return self._pins

    def set_pins(self, steps: Sequence[int]) -> None:
        """Mark the steps whose figures are pinned."""
        self._pins = tuple(dict.fromkeys(steps))
        self.viewport().update()

    def click_with_shift(self, position: QPointF) -> None:
        """Announce the step nearest to a place in the widget."""
        at = self.plot.vb.mapSceneToView(self.mapToScene(position.toPoint()))
        self.shift_clicked.emit(min(max(round(self._axis.step(at.x())), 0), self._axis.last_step))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the marks of the pinned steps."""
        super().drawForeground(painter, rect)
        painter.save()
        self.measure_in_pixels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pins(painter, self, [self._axis.place(step) for step in self._pins if step <= self._axis.last_step])
        painter.restore()

    def recolour(self) -> None:
        """Apply the theme's colours, with pens for this screen."""
        super().recolour()
        for curve in self._curves.values():
            curve.dress(self)

    def points(self, key: str) -> list[Place]:
        """Return the points of a curve."""
        return list(self._curves[key].points.values())

    def keys(self) -> list[str]:
        """Return the keys of the curves."""
        return list(self._curves)

    def position_of(self, step: float, percentage: float) -> QPointF:
        """Return where a step's percentage lies in the widget."""
        return self.widget_position(self._axis.place(step), percentage)

    def _begin_axis(self, last_step: int) -> None:
        """Set the x axis to 0 … `last_step`, all of it in view."""
        self._axis = StepAxis(last_step)
        self._view.reset()

    def _show_view(self) -> None:
        self._fit()
        self.viewport().update()
        self.view_changed.emit()

    def _fit(self, _box: object = None) -> None:
        """Show what is in view, with room for labels at the right."""
        metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
        label = max(map(metrics.horizontalAdvance, self._labels), default=0)
        width = max(self.plot.vb.width(), 60.0)
        last, end = str(self._axis.last_step), self._axis.end
        beside = metrics.horizontalAdvance(last) / 2 + 2  # half of the last step's label
        margin = min(max(label + 16 if label else 8.0, beside), width * 0.4)
        view = self._view
        view.x.set_home(-0.012 * end, end)
        low, high = view.x.low, view.x.high
        self.plot.setXRange(low, low + (high - low) * width / (width - margin), padding=0)
        self.plot.setYRange(view.y.low, view.y.high, padding=0)
        ticks = self._axis.ticks(low, high, width=width - margin, label_width=metrics.horizontalAdvance(last) + 12)
        self.plot.getAxis("bottom").setTicks([ticks])
        shown = min(view.y.high, 100.0) - max(view.y.low, 0.0)
        step = next((each for each in _Y_STEPS if shown / each >= 3.5), _Y_STEPS[-1])
        first, count = -(-max(view.y.low, 0.0) // step), int(shown / step) + 2
        levels = [(first + n) * step for n in range(count) if (first + n) * step <= 100]
        self.plot.getAxis("left").setTicks([[(each, f"{each:g} %") for each in levels]])
