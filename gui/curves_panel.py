"""The pruning curve: accuracy and ASR against the channels pruned, and the cursor that picks a step."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core import words
from core.records import Bypass, Side, Stop, SweepPoint
from gui import formatting, theme
from gui.curve_chart import CurveChart, Line, Threshold
from gui.curve_series import CurvesOf, Series, series_of
from gui.labels import ElidedLabel, Notice, PanelHeader, ScaledLabel

EMPTY_TEXT = "Run, and watch clean accuracy and ASR as one channel after the other is pruned"
X_TEXT = "channels pruned"
WIDEST_EVIDENCE = "12830 of 12830 · 99.99–99.99 %"


class CurvesPanel(QWidget):
    """Curves of B′ or of G over the steps, filled while they are computed, with one cursor."""

    cursor_moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._points: dict[int, SweepPoint] = {}
        self._stops: tuple[Stop, ...] = ()
        self._poisoned_names: tuple[str, ...] = ()
        self._channel_count = 0
        self._series: tuple[Series, ...] = ()
        self._shown_step = -1

        self._header = PanelHeader("Curves")
        self.pruned_button = _segment("B′", "The pruned network's curves")
        self.repaired_button = _segment("G", "The repaired network's curves: it answers where B and B′ agree")
        self._group = QButtonGroup(self)
        self._switch = QWidget()
        switch_row = QHBoxLayout(self._switch)
        switch_row.setContentsMargins(0, 0, 0, 0)
        switch_row.setSpacing(theme.GRID // 2)
        for button in (self.pruned_button, self.repaired_button):
            self._group.addButton(button)
            switch_row.addWidget(button)
        self.pruned_button.setChecked(True)
        self._header.add(self._switch)

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
        self.chart.step_hovered.connect(self._update_readout)
        self._group.buttonToggled.connect(self._on_network_switched)
        theme.signals.theme_changed.connect(self._restyle)
        self.clear()

    @property
    def shows_repaired(self) -> bool:
        """Whether the curves are those of G."""
        return self.repaired_button.isChecked()

    @property
    def cursor_step(self) -> int:
        """The step the cursor is at; -1 for none."""
        return self.chart.cursor_step

    def clear(self) -> None:
        """Forget everything."""
        self.begin(0, ())
        self._header.detail.setText("")
        self._switch.setEnabled(False)
        self._stack.setCurrentIndex(0)

    def begin(self, channel_count: int, poisoned_names: Sequence[str]) -> None:
        """Fix the axes for a sweep whose points are about to come.

        Args:
            channel_count: channels of the layer; the last step prunes all of them.
            poisoned_names: the poisoned sets, in the order of `SweepPoint.poisoned`.
        """
        self._points = {}
        self._stops = ()
        self._channel_count = channel_count
        self._poisoned_names = tuple(poisoned_names)
        self._shown_step = -1
        self.chart.begin(channel_count)
        self.show_bypass(None)
        self._restyle()
        self._switch.setEnabled(True)
        self._stack.setCurrentIndex(1)

    def add_point(self, point: SweepPoint) -> None:
        """Draw one more step."""
        is_first = not self._points
        self._points[point.pruned_count] = point
        if is_first:
            self._restyle()
        for series in self._series:
            share = series.share(point)
            if share is not None and share.total:
                self.chart.add_point(series.key, point.pruned_count, share.rate * 100)
        self.chart.set_reachable(max(self._points))
        self._update_readout()

    def show_stops(self, stops: Sequence[Stop]) -> None:
        """Draw the thresholds and where validation accuracy crosses them."""
        self._stops = tuple(stops)
        self._draw_thresholds()

    def show_bypass(self, bypass: Bypass | None) -> None:
        """Say that the trigger goes round what was pruned."""
        self.bypass_notice.show_text(formatting.bypass_text(bypass) if bypass else "")

    def set_cursor(self, pruned_count: int) -> None:
        """Put the cursor at a step without telling anybody."""
        self.chart.set_cursor(pruned_count)
        self._update_readout()

    def _build_body(self) -> QStackedLayout:
        self.empty_label = ScaledLabel(EMPTY_TEXT, role="muted")
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty_label.setWordWrap(True)
        self._axis_label = ElidedLabel(X_TEXT, role="muted", factor=theme.SMALL)
        scroll = QScrollArea()
        scroll.setWidget(self.readout)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.viewport().setAutoFillBackground(False)
        self.readout.setAutoFillBackground(False)
        scroll.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._scroll = scroll
        self._fit_readout()
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.GRID)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.chart, 0, 0)
        grid.addWidget(self._axis_label, 1, 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(scroll, 0, 1, 2, 1)
        grid.setColumnStretch(0, 1)
        stack = QStackedLayout()
        stack.addWidget(self.empty_label)
        stack.addWidget(body)
        return stack

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit_readout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the curves at least half of the room."""
        super().resizeEvent(event)
        self._fit_readout()

    def _fit_readout(self) -> None:
        width = QFontMetrics(theme.scaled_font(QApplication.font(), 0.8)).horizontalAdvance(WIDEST_EVIDENCE) + 44
        self._scroll.setFixedWidth(max(80, min(width, self.width() // 2)))

    def _on_cursor_moved(self, step: int) -> None:
        self._update_readout()
        self.cursor_moved.emit(step)

    def _on_network_switched(self, _button: object, is_checked: bool) -> None:
        if is_checked:
            self.chart.set_lines({})
            self._restyle()

    def _restyle(self) -> None:
        """Draw the curves of the chosen network in the theme's colours, from the points there are."""
        has_test = not self._points or next(iter(self._points.values())).test is not None
        network: CurvesOf = "repaired" if self.shows_repaired else "pruned"
        self._series = series_of(network, poisoned_names=self._poisoned_names, has_test=has_test)
        self.chart.set_lines({s.key: Line(s.colour(), is_dashed=s.is_dashed) for s in self._series})
        for series in self._series:
            shares = [(step, series.share(point)) for step, point in self._points.items()]
            known = [(step, share.rate * 100) for step, share in shares if share is not None and share.total]
            self.chart.set_points(series.key, [step for step, _ in known], [value for _, value in known])
        self.readout.set_series(self._series)
        self._draw_thresholds()
        self._update_readout()

    def _draw_thresholds(self) -> None:
        owners = [series for series in self._series if series.has_thresholds]
        thresholds = _thresholds(self._stops) if owners else ()
        self.chart.set_thresholds(thresholds)
        self.readout.marks.setVisible(bool(thresholds))

    def _update_readout(self, hovered: int = -1) -> None:
        step = hovered if hovered >= 0 else self.chart.cursor_step
        if step not in self._points:
            step = max(self._points, default=-1)
        point = self._points.get(step)
        self.readout.show_point(point, channels_left=self._channel_count - max(step, 0))
        if self._points and hovered < 0:
            network = "the repaired network G" if self.shows_repaired else "the pruned network B′"
            self._header.detail.setText(f"of {network} · drag the cursor, or use the arrow keys")


class Readout(QWidget):
    """The legend of the curves, with exact figures of one step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(is_bold=True, factor=theme.SMALL)
        self.rows: list[ReadoutRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, theme.GRID // 2, 0)
        self._column.setSpacing(theme.GRID // 2)
        self._column.addWidget(self.title)
        self.marks = ElidedLabel("○ before, ● after crossing", role="muted", factor=0.8)
        self.marks.setVisible(False)
        self._column.addWidget(self.marks)
        self._column.addStretch(1)

    def set_series(self, series: Sequence[Series]) -> None:
        """Make a row for each curve."""
        while len(self.rows) > len(series):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < len(series):
            row = ReadoutRow()
            self._column.insertWidget(self._column.count() - 2, row)
            self.rows.append(row)
        for row, one in zip(self.rows, series, strict=True):
            row.set_series(one)

    def show_point(self, point: SweepPoint | None, *, channels_left: int) -> None:
        """Fill in a step's figures; None empties them."""
        if point is None:
            self.title.setText("")
        elif point.pruned_count == 0:
            self.title.setText("Unpruned")
        else:
            self.title.setText(formatting.step_text(point.pruned_count, channels_left))
        for row in self.rows:
            row.show_point(point)


class ReadoutRow(QWidget):
    """One curve's swatch, name and figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: Series | None = None
        self.name = ElidedLabel(factor=theme.SMALL)
        self.value = ScaledLabel(is_bold=True, factor=theme.SMALL)
        self.evidence = ElidedLabel(role="muted", factor=0.8)
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.value, 0, 1)
        grid.addWidget(self.evidence, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)

    def set_series(self, series: Series) -> None:
        """Stand for this curve."""
        self._series = series
        self.name.setText(series.name)
        self.update()

    def show_point(self, point: SweepPoint | None) -> None:
        """Fill in a step's figures."""
        share = self._series.share(point) if self._series and point else None
        if share is None or not share.total:
            self.value.setText(words.NOTHING)
            self.evidence.setText("" if point is None else "not loaded")
            return
        self.value.setText(words.percent(share))
        self.evidence.setText(f"{share} · {formatting.bounds_text(share)}")
        self.setToolTip(f"{self.name.text()}: {formatting.evidence_text(share)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the piece of line at the left."""
        del event
        if self._series is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._series.colour()), 2.5)
        if self._series.is_dashed:
            pen.setDashPattern([2.0, 1.4])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        y = self.name.geometry().center().y()
        painter.drawLine(0, y, 16, y)
        painter.end()


def _segment(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("boxed", True)
    return button


def _thresholds(stops: Sequence[Stop]) -> tuple[Threshold, ...]:
    """A level for each threshold, below the unpruned network's validation accuracy."""
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
