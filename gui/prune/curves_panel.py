"""The pruning curve: accuracy and ASR against the number of pruned channels, with a cursor that chooses a step."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from core.records import SweepPoint
from core.report.tables.plain_table import PlainTable
from core.sweep.records import Bypass, SweepEstimate
from core.sweep.stops import Stop
from gui.charts.curve_series import CurvesOf, Series, series_of
from gui.layout.scrolling_rows import RowPanel
from gui.prune.curve.body import CurveBody
from gui.prune.curve.drawing import draw_series, fit_axis
from gui.prune.curve.header import BypassNotice, CurveHeader, EmptyCurves
from gui.prune.curve.overlay import OverlaidRun, overlay_series
from gui.prune.curve.table import curve_table
from gui.prune.curve.threshold_drag import ThresholdDrag
from gui.prune.curve.throttle import Throttle
from gui.state.pruning_run import Curve
from gui.theme import theme

EMPTY_TEXT = "Press Run to see how clean accuracy and ASR fall as channels are pruned one by one"


class CurvesPanel(RowPanel):
    """Curves of B′ or of G over the steps, with bands while they are estimated, and a cursor.

    Attributes:
        body, chart, readout: the curves, their legend, and what stands around them.
        thresholds: what happens while a threshold is dragged.
    """

    cursor_moved = Signal(int)
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._curve: Curve | None = None
        self._others: tuple[OverlaidRun, ...] = ()
        self._poisoned_names: tuple[str, ...] = ()
        self._channel_count = 0
        self._place = ""
        self._series: tuple[Series, ...] = ()
        self._hand_count = -1  # channels pruned by hand; -1 while the cursor's step is shown
        self._hand_point: SweepPoint | None = None
        self._is_hand_estimate = False
        self.body = CurveBody()
        self.chart, self.readout = self.body.chart, self.body.readout
        self._header = CurveHeader(self.body.tools)
        self.pruned_button, self.repaired_button = self._header.pruned_button, self._header.repaired_button
        self.bypass_notice = BypassNotice()
        self._empty = EmptyCurves(EMPTY_TEXT)
        self.empty_label, self.demo_button = self._empty.label, self._empty.demo_button
        self.thresholds = ThresholdDrag(self.body.chart, self)
        self._throttle = Throttle(self)
        self._lay_out()
        self._throttle.passed.connect(self.cursor_moved)
        self.chart.cursor_moved.connect(self._on_cursor_moved)
        self.chart.step_hovered.connect(self._on_step_hovered)
        self.chart.play_requested.connect(self.body.bar.toggle)
        self.body.bar.step_chosen.connect(self._on_step_chosen)
        self.body.twin.row_chosen.connect(self._on_step_chosen)
        self.body.fold_button.toggled.connect(self._fit_axis)
        self.body.table_button.toggled.connect(self._draw_curve)
        self._header.network_switched.connect(self._on_network_switched)
        self.demo_button.clicked.connect(self.demo_requested)
        theme.signals.theme_changed.connect(self.restyle)
        self.clear()

    @property
    def series(self) -> tuple[Series, ...]:
        """The curves that are drawn, those of other runs last."""
        return self._series

    @property
    def others(self) -> tuple[OverlaidRun, ...]:
        """The runs that are drawn beside the shown one."""
        return self._others

    @property
    def shows_repaired(self) -> bool:
        """Whether the curves are those of G."""
        return self.repaired_button.isChecked()

    @property
    def _points(self) -> tuple[SweepPoint, ...]:
        return self._curve.points if self._curve is not None else ()

    @property
    def _has_test(self) -> bool:
        """Whether there are figures of a clean test set; it is taken for granted while there is no curve."""
        return not self._points or self._points[0].test is not None

    @property
    def _is_estimate(self) -> bool:
        return isinstance(self._curve, SweepEstimate)

    def clear(self) -> None:
        """Forget the shown run."""
        self.begin(0, ())
        self._header.set_usable(False)
        self._stack.setCurrentIndex(0)

    def set_empty_text(self, text: str) -> None:
        """What is said while there is nothing to draw."""
        self.empty_label.setText(text)

    def begin(self, channel_count: int, poisoned_names: Sequence[str], *, place: str = "") -> None:
        """Fix the axes for a curve that is about to come.

        Args:
            channel_count: channels of the layer; the last step prunes all of them.
            poisoned_names: the poisoned sets, in the order of `SweepPoint.poisoned`.
            place: where channels are zeroed, if that is a choice: " behind the activation".
        """
        self._curve = None
        self._place = place
        self._channel_count = channel_count
        self._poisoned_names = tuple(poisoned_names)
        self._hand_count = -1
        self._throttle.forget()
        self.thresholds.show_stops(())
        self.chart.begin(channel_count)
        self.body.bar.set_last(0)
        self.show_bypass(None)
        self._fit_axis()
        self.restyle()
        self._header.set_usable(True)
        self._stack.setCurrentIndex(1)

    def show_curve(self, curve: Curve, stops: Sequence[Stop]) -> None:
        """Draw a curve over all steps, an estimate with its bands.

        Args:
            curve: replaces the one that was drawn.
            stops: the thresholds, and the steps where validation accuracy crosses them.
        """
        had_test = self._has_test
        self._curve = curve
        self.thresholds.show_stops(stops)
        self.chart.set_reachable(len(curve.points) - 1)
        self.body.bar.set_last(len(curve.points) - 1)
        self._fit_axis()
        if self._has_test == had_test:
            self._draw_curve()
            self._update_readout()
        else:
            self.restyle()

    def show_others(self, others: Sequence[OverlaidRun]) -> None:
        """Draw other runs beside the one that is shown."""
        if tuple(others) != self._others:
            self._others = tuple(others)
            self._fit_axis()
            self.restyle()

    def show_bypass(self, bypass: Bypass | None) -> None:
        """Warn that a trigger can get around the pruned channels; None removes the warning."""
        self.bypass_notice.show_bypass(bypass)

    def set_cursor(self, pruned_count: int) -> None:
        """Move the cursor without emitting `cursor_moved`; changes by hand are no longer shown.

        A step that the person chose a moment ago, and nobody has been told of yet, is newer and stays.
        """
        if self._throttle.is_waiting:
            return
        self._hand_count = -1
        self.chart.set_cursor_greyed(False)
        self.chart.set_cursor(pruned_count)
        self._update_readout()

    def show_by_hand(self, point: SweepPoint | None, *, pruned_count: int, is_estimate: bool = False) -> None:
        """Show figures with channels pruned by hand, and grey the cursor until it is set or moved again.

        Args:
            point: the figures; None while they are being computed.
            pruned_count: channels pruned.
            is_estimate: whether the figures are estimated from a part of the images.
        """
        self._hand_count = pruned_count
        self._is_hand_estimate = is_estimate
        self._hand_point = point
        self.body.bar.pause()
        self.chart.set_cursor_greyed(True)
        self._update_readout()

    def table(self) -> PlainTable:
        """Return the figures of the curves that are drawn."""
        return curve_table(self._curve, self._series, network="G" if self.shows_repaired else "B′")

    def restyle(self) -> None:
        """Draw the curves of the chosen network in the theme's colours."""
        network: CurvesOf = "repaired" if self.shows_repaired else "pruned"
        series = series_of(network, poisoned_names=self._poisoned_names, has_test=self._has_test)
        self._series = (*series, *(each for run in self._others for each in overlay_series(network, run)))
        self.chart.set_lines({each.key: each.line() for each in self._series})
        self.readout.set_series(self._series)
        self._draw_curve()
        self._update_readout()

    def _lay_out(self) -> None:
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.body)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.bypass_notice)
        column.addLayout(self._stack, 1)

    def _on_cursor_moved(self, step: int) -> None:
        self.body.bar.pause()
        self._take_step(step)

    def _on_step_chosen(self, step: int) -> None:
        """Take a step from the slider, the field, the table or the playing."""
        if step != self.chart.cursor_step or self._hand_count >= 0:
            self.chart.set_cursor(step)
            self._take_step(step)

    def _take_step(self, step: int) -> None:
        self._hand_count = -1
        self.chart.set_cursor_greyed(False)
        self._update_readout()
        self._throttle.take(step)

    def _on_step_hovered(self, _step: int) -> None:
        self._update_readout()

    def _on_network_switched(self) -> None:
        self.chart.set_lines({})
        self.restyle()

    def _fit_axis(self) -> None:
        fit_axis(self.body, self._curve, self._others, channel_count=self._channel_count, place=self._place)

    def _draw_curve(self) -> None:
        """Draw the points and the thresholds of the current curve, and fill the table if it is shown."""
        draw_series(self.chart, self._series, self._curve, self._others)
        self.thresholds.draw(is_shown=any(series.has_thresholds for series in self._series))
        self.readout.marks.setVisible(bool(self.chart.thresholds))
        if self.body.is_table:
            self.body.twin.show_table(self.table())
            self.body.twin.choose(self.chart.cursor_step)

    def _update_readout(self) -> None:
        """Show the figures of the hovered step, or else of the network on the screen."""
        hovered = self.chart.hovered_step
        if self._hand_count >= 0 and hovered < 0:
            self.readout.show_by_hand(
                self._hand_point, pruned_count=self._hand_count, is_estimate=self._is_hand_estimate
            )
        else:
            step = hovered if hovered >= 0 else self.chart.cursor_step
            point = self._points[step] if 0 <= step < len(self._points) else None
            left = self._channel_count - max(step, 0)
            self.readout.show_point(point, channels_left=left, is_estimate=self._is_estimate)
        self.body.bar.show_step(self.chart.cursor_step if self._hand_count < 0 else self._hand_count)
        self.body.twin.choose(self.chart.cursor_step if self._hand_count < 0 and self.body.is_table else -1)
        self.chart.setAccessibleDescription(self.readout.text())
        pruned_count = self._hand_count if self._hand_count >= 0 else self.chart.cursor_step
        self.bypass_notice.show_pruned(is_pruned=pruned_count > 0)
        self._header.show_state(self._curve, is_by_hand=self._hand_count >= 0)
