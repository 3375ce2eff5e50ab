"""The pruning curve: accuracy and ASR against the number of pruned channels, with a cursor that chooses a step."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core import words
from core.records import Share, Side, SweepPoint
from core.sweep.records import Bypass, SweepEstimate
from core.sweep.stops import Stop
from gui.charts.curve_chart import CurveChart, CurveLine, Place
from gui.charts.curve_readout import Readout, ReadoutArea
from gui.charts.curve_series import CurvesOf, Series, series_of
from gui.charts.threshold_lines import Threshold
from gui.guide.explain import ExplainButton
from gui.state.pruning_run import Curve
from gui.theme import formatting, theme
from gui.widgets.labels import ElidedLabel, Notice, PanelHeader, centred_label

EMPTY_TEXT = "Press Run to see how clean accuracy and ASR fall as channels are pruned one by one"
X_TEXT = "channels pruned"


class CurvesPanel(QWidget):
    """Curves of B′ or of G over the steps, with bands while they are estimated, and a cursor."""

    cursor_moved = Signal(int)
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._curve: Curve | None = None
        self._stops: tuple[Stop, ...] = ()
        self._poisoned_names: tuple[str, ...] = ()
        self._channel_count = 0
        self._series: tuple[Series, ...] = ()
        self._bypass: Bypass | None = None
        self._hand_count = -1  # channels pruned by hand; -1 while the cursor's step is shown
        self._hand_point: SweepPoint | None = None
        self._is_hand_estimate = False

        self._header = PanelHeader("Curves")
        self.pruned_button = _segment("B′", "Curves of B′, the pruned network")
        self.repaired_button = _segment(
            "G",
            "Curves of G, the repaired network: it answers where B and B′ agree, and “backdoored” where they do not",
        )
        self._group = QButtonGroup(self)
        self._switch = QWidget()
        switch_row = QHBoxLayout(self._switch)
        switch_row.setContentsMargins(0, 0, 0, 0)
        switch_row.setSpacing(theme.GRID // 2)
        for button in (self.pruned_button, self.repaired_button):
            self._group.addButton(button)
            switch_row.addWidget(button)
        self.pruned_button.setChecked(True)
        self._header.add(ExplainButton("networks"), self._switch)

        self.bypass_notice = Notice("warning")
        self.chart = CurveChart()
        self.chart.setAccessibleName("Accuracy and attack success rate against channels pruned")
        self.readout = Readout()
        self._stack = self._build_body()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.bypass_notice)
        column.addLayout(self._stack, 1)

        self.chart.cursor_moved.connect(self._on_cursor_moved)
        self.chart.step_hovered.connect(self._on_step_hovered)
        self._group.buttonToggled.connect(self._on_network_switched)
        theme.signals.theme_changed.connect(self._restyle)
        self.clear()

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
        """Forget everything."""
        self.begin(0, ())
        self._switch.setEnabled(False)
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
        self._curve, self._stops = None, ()
        self._axis_label.setText(f"{X_TEXT}{place}")
        self._channel_count = channel_count
        self._poisoned_names = tuple(poisoned_names)
        self._hand_count = -1
        self.chart.begin(channel_count)
        self.show_bypass(None)
        self._restyle()
        self._switch.setEnabled(True)
        self._stack.setCurrentIndex(1)

    def show_curve(self, curve: Curve, stops: Sequence[Stop]) -> None:
        """Draw a curve over all steps, an estimate with its bands.

        Args:
            curve: replaces the one that was drawn.
            stops: the thresholds, and the steps where validation accuracy crosses them.
        """
        had_test = self._has_test
        self._curve = curve
        self._stops = tuple(stops)
        self.chart.set_reachable(len(curve.points) - 1)
        if self._has_test == had_test:
            self._draw_curve()
            self._update_readout()
        else:
            self._restyle()

    def show_bypass(self, bypass: Bypass | None) -> None:
        """Warn that a trigger can get around the pruned channels; None removes the warning."""
        self._bypass = bypass
        self._update_bypass()

    def set_cursor(self, pruned_count: int) -> None:
        """Move the cursor without emitting `cursor_moved`; changes by hand are no longer shown."""
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
        self.chart.set_cursor_greyed(True)
        self._update_readout()

    def _build_body(self) -> QStackedLayout:
        self.empty_label = centred_label(EMPTY_TEXT)
        self.demo_button = QPushButton("Open the demo")
        self.demo_button.setToolTip("A small backdoored network that comes with the program, and its images")
        self.demo_button.clicked.connect(self.demo_requested)
        empty = QWidget()
        empty_column = QVBoxLayout(empty)
        empty_column.addStretch(1)
        empty_column.addWidget(self.empty_label)
        empty_column.addWidget(self.demo_button, 0, Qt.AlignmentFlag.AlignHCenter)
        empty_column.addStretch(1)
        self._axis_label = ElidedLabel(X_TEXT, role="muted", factor=theme.SMALL)
        self._readout_area = ReadoutArea(self.readout, parent=self)
        self._readout_area.fit(self.width() // 2)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.GRID)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.chart, 0, 0)
        grid.addWidget(self._axis_label, 1, 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self._readout_area, 0, 1, 2, 1)
        grid.setColumnStretch(0, 1)
        stack = QStackedLayout()
        stack.addWidget(empty)
        stack.addWidget(body)
        return stack

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave at least half of the width to the curves."""
        super().resizeEvent(event)
        self._readout_area.fit(self.width() // 2)

    def _on_cursor_moved(self, step: int) -> None:
        self._hand_count = -1
        self.chart.set_cursor_greyed(False)
        self._update_readout()
        self.cursor_moved.emit(step)

    def _on_step_hovered(self, _step: int) -> None:
        self._update_readout()

    def _on_network_switched(self, _button: object, is_checked: bool) -> None:
        if is_checked:
            self.chart.set_lines({})
            self._restyle()

    def _restyle(self) -> None:
        """Draw the curves of the chosen network in the theme's colours."""
        network: CurvesOf = "repaired" if self.shows_repaired else "pruned"
        self._series = series_of(network, poisoned_names=self._poisoned_names, has_test=self._has_test)
        self.chart.set_lines({s.key: CurveLine(s.colour(), is_dashed=s.is_dashed) for s in self._series})
        self.readout.set_series(self._series)
        self._draw_curve()
        self._update_readout()

    def _draw_curve(self) -> None:
        """Draw the points and the thresholds of the current curve."""
        for series in self._series:
            shares = [(point.pruned_count, series.share(point)) for point in self._points]
            self.chart.set_points(
                series.key,
                [_place(step, share, has_band=self._is_estimate) for step, share in shares if share and share.total],
            )
        owners = [series for series in self._series if series.has_thresholds]
        thresholds = _thresholds(self._stops) if owners else ()
        self.chart.set_thresholds(thresholds)
        self.readout.marks.setVisible(bool(thresholds))

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
        self._update_bypass()
        self._update_header()

    def _update_header(self) -> None:
        """Mark an estimate as one, or else say how to use the cursor."""
        curve = self._curve
        if isinstance(curve, SweepEstimate):
            text = formatting.estimate_note(curve)
        elif curve is not None:
            network = "the repaired network G" if self.shows_repaired else "the pruned network B′"
            is_by_hand = self._hand_count >= 0
            way = "back to the order: move the cursor" if is_by_hand else "drag the cursor, or use the arrow keys"
            text = f"of {network} · {way}"
        else:
            text = ""
        self._header.detail.setText(text)
        self._header.detail.set_role("warning" if self._is_estimate else "muted")

    def _update_bypass(self) -> None:
        pruned_count = self._hand_count if self._hand_count >= 0 else self.chart.cursor_step
        bypass = self._bypass
        text = formatting.bypass_text(bypass, is_pruned=pruned_count > 0) if bypass else ""
        if text != self.bypass_notice.text():
            self.bypass_notice.show_text(text)


def _segment(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("boxed", True)
    return button


def _place(step: int, share: Share, *, has_band: bool) -> Place:
    if not has_band:
        return Place(step, 100 * share.rate)
    low, high = share.interval
    return Place(step, 100 * share.rate, (100 * low, 100 * high))


def _thresholds(stops: Sequence[Stop]) -> tuple[Threshold, ...]:
    """Return a level for each threshold, below the unpruned network's validation accuracy."""
    base = next(
        (s.point.validation.pruned.rate for s in stops if s.threshold is None and s.point and s.point.validation), None
    )
    if base is None:
        return ()
    values = sorted({stop.threshold for stop in stops if stop.threshold is not None})
    return tuple(
        Threshold(
            level=(base - value) * 100,
            label=words.points_text(value),
            before=_crossing(stops, value, Side.BEFORE),
            after=_crossing(stops, value, Side.AFTER),
        )
        for value in values
    )


def _crossing(stops: Sequence[Stop], threshold: float, side: Side) -> tuple[float, float] | None:
    for stop in stops:
        if stop.threshold == threshold and stop.side is side and stop.point and stop.point.validation:
            return (stop.point.pruned_count, stop.point.validation.pruned.rate * 100)
    return None
