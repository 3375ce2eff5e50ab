"""A refit epoch by epoch: curves of clean accuracy and ASR, the loss below them, and the figures of one epoch."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
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

from core.refit.records import RefitEpoch
from core.report.tables.plain_table import PlainTable
from gui.charts.curve_chart import CurveChart, Place
from gui.charts.curve_readout import Readout
from gui.charts.curve_series import Series, history_series
from gui.charts.loss_chart import LossChart
from gui.repair.result.table import history_table
from gui.tables.twin import TwinView
from gui.theme import theme
from gui.theme.formatting import number_text
from gui.widgets.labels import ElidedLabel, ScaledLabel

KEPT = "kept"
WIDEST_EVIDENCE = "12830 of 12830 · 99.99–99.99 %"


class HistoryView(QWidget):
    """Shows a refit while it runs; the cursor selects the epoch whose figures are shown."""

    epoch_shown = Signal(int)  # the cursor or the mouse rests on another epoch
    asked = Signal(object)  # AskedShare, of the kept epoch

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history: tuple[RefitEpoch, ...] = ()
        self._kept = 0
        self._is_over = False
        self._is_following = True  # the cursor follows the newest epoch until the user moves it
        self._series: tuple[Series, ...] = ()
        self._poisoned_names: tuple[str, ...] = ()
        self._has_test = False
        self.chart = CurveChart()
        self.chart.setAccessibleName("Clean accuracy and attack success rate against epochs")
        self.loss_chart = LossChart()
        self.loss_chart.setAccessibleName("Loss against epochs")
        self.loss_chart.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it has no cursor
        self.readout = Readout()
        self.readout.asked.connect(self.asked)
        self.loss_label = ScaledLabel(factor=theme.SMALL, role="muted")
        self.twin = TwinView("Clean accuracy, attack success rate and loss after each epoch")
        self.table_button = QToolButton()
        self.table_button.setProperty("boxed", True)
        self.table_button.setCheckable(True)
        self.table_button.setAccessibleName("Epochs as a table")
        self.table_button.setToolTip("Show the epochs as a table")
        self._lay_out()
        self.table_button.toggled.connect(self._on_table_toggled)
        self.twin.row_chosen.connect(self._on_row_chosen)
        self.chart.cursor_moved.connect(self._on_cursor_moved)
        self.chart.step_hovered.connect(self._on_step_hovered)
        self.chart.plot.vb.sigXRangeChanged.connect(self._on_x_range_changed)
        theme.signals.theme_changed.connect(self.restyle)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    @property
    def series(self) -> tuple[Series, ...]:
        """The curves that are drawn."""
        return self._series

    @property
    def epoch(self) -> RefitEpoch | None:
        """The epoch under the mouse, else at the cursor; None before the first."""
        step = self.chart.hovered_step if self.chart.hovered_step >= 0 else self.chart.cursor_step
        return self._history[step] if 0 <= step < len(self._history) else None

    @property
    def history(self) -> tuple[RefitEpoch, ...]:
        """The epochs that are shown."""
        return self._history

    def begin(self, epochs: int, *, poisoned_names: Sequence[str], has_test: bool) -> None:
        """Prepare for a refit of this many epochs."""
        self._history, self._kept, self._is_following, self._is_over = (), 0, True, False
        self._poisoned_names, self._has_test = tuple(poisoned_names), has_test
        self.chart.begin(epochs)
        self.loss_chart.set_losses(())
        self.restyle()

    def show_history(self, history: Sequence[RefitEpoch], *, kept_epoch: int, is_over: bool = False) -> None:
        """Draw the epochs so far.

        Args:
            history: epoch 0 first.
            kept_epoch: the epoch whose weights would be kept; 0 for none.
            is_over: whether the refit has ended; the cursor then moves to the kept epoch.
        """
        self._history, self._kept, self._is_over = tuple(history), kept_epoch, is_over
        self.chart.set_reachable(len(self._history) - 1)
        self.chart.set_mark((kept_epoch, KEPT) if self._history and (kept_epoch or is_over) else None)
        self._draw()
        if self._is_following and self._history:
            self.chart.set_cursor(kept_epoch if is_over else len(self._history) - 1)
        self._update_readout()

    def set_loss_shown(self, is_shown: bool) -> None:
        """Show or hide the chart of the loss, where there is little room."""
        for widget in (self.loss_chart, self.loss_label):
            widget.setVisible(is_shown)
        self._grid.setRowStretch(2, int(is_shown))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def table(self) -> PlainTable:
        """Return the figures of all epochs."""
        return history_table(self._history, self._series, kept_epoch=self._kept)

    def restyle(self) -> None:
        """Draw the curves in the theme's colours."""
        self._series = history_series(poisoned_names=self._poisoned_names, has_test=self._has_test)
        self.chart.set_lines({one.key: one.line() for one in self._series})
        self.readout.set_series(self._series)
        self._draw()
        self._update_readout()

    def _draw(self) -> None:
        for series in self._series:
            shares = [(epoch.epoch, series.share(epoch)) for epoch in self._history]
            places = [Place(step, 100 * share.rate) for step, share in shares if share and share.total]
            self.chart.set_points(series.key, places)
        self.loss_chart.set_losses([epoch.loss for epoch in self._history])
        if self.table_button.isChecked():
            self.twin.show_table(self.table())
            self.twin.choose(self.chart.cursor_step)

    def _update_readout(self) -> None:
        epoch = self.epoch
        is_kept = self._is_over and epoch is not None and epoch.epoch == self._kept
        self.readout.show_epoch(self._title(epoch), epoch, is_kept=is_kept)
        self.chart.setAccessibleDescription(self.readout.text())
        self.loss_label.setText(f"loss {number_text(epoch.loss)}" if epoch is not None and epoch.epoch else "loss")

    def _title(self, epoch: RefitEpoch | None) -> str:
        if epoch is None:
            return ""
        if not epoch.epoch:
            return "Before refitting"
        remark = ", kept" if epoch.epoch == self._kept else ", rolled back" if epoch.is_rolled_back else ""
        return f"Epoch {epoch.epoch}{remark}"

    @Slot(bool)
    def _on_table_toggled(self, is_table: bool) -> None:
        self._pictures.setCurrentIndex(1 if is_table else 0)
        self._draw()

    @Slot(int)
    def _on_row_chosen(self, row: int) -> None:
        self.chart.set_cursor(row)
        self._on_cursor_moved(row)

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.table_button, "table")

    @Slot(int)
    def _on_cursor_moved(self, step: int) -> None:
        self._is_following = False
        self._update_readout()
        self.epoch_shown.emit(step)

    @Slot(int)
    def _on_step_hovered(self, step: int) -> None:
        self._update_readout()
        self.epoch_shown.emit(step)

    def _on_x_range_changed(self, _box: object, limits: Sequence[float]) -> None:
        self.loss_chart.set_x_range(limits[0], limits[1])

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.readout)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName("Figures of the epoch")
        self._scroll.setWidget(side)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        side.setAutoFillBackground(False)
        self._scroll.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        epoch_title = ElidedLabel("epoch", role="muted", factor=theme.SMALL)
        charts = QWidget()
        self._grid = grid = QGridLayout(charts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.chart, 0, 0)
        grid.addWidget(epoch_title, 1, 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.loss_chart, 2, 0)
        grid.setRowStretch(0, 3)
        grid.setRowStretch(2, 1)
        left = QWidget()
        self._pictures = QStackedLayout(left)
        self._pictures.addWidget(charts)
        self._pictures.addWidget(self.twin)
        below = QHBoxLayout()
        below.addWidget(self.loss_label, 1)
        below.addWidget(self.table_button)
        right = QVBoxLayout()
        right.setSpacing(theme.GRID // 2)
        right.addWidget(self._scroll, 1)
        right.addLayout(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.GRID)
        row.addWidget(left, 1)
        row.addLayout(right)
        self._fit()

    def _fit(self) -> None:
        """Align the left edges of the two charts, and make room for the longest counts."""
        small = QFontMetrics(theme.scaled_font(QApplication.font(), theme.SMALL))
        for chart in (self.chart, self.loss_chart):
            chart.plot.getAxis("left").setWidth(small.horizontalAdvance("100 %") + 12)
        width = QFontMetrics(theme.scaled_font(QApplication.font(), 0.8)).horizontalAdvance(WIDEST_EVIDENCE) + 56
        self._scroll.setFixedWidth(width)
