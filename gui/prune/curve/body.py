"""The curves with all that stands around them: step bar, readout, list of runs, and the table in place of the chart."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from gui.charts.curve.zoom import ZOOM_TIP
from gui.charts.curve_chart import CurveChart
from gui.charts.curve_readout import Readout, ReadoutArea
from gui.prune.curve.run_list import RunList
from gui.prune.curve.step_bar import StepBar
from gui.tables.twin import TwinView
from gui.theme import theme

FOLD_TIP = "Fold dead channels: the first steps, at which no figure changes, share a narrow strip"
NO_FOLD_TIP = "Nothing to fold: already the first steps change a figure"
TABLE_TIP = "Show the curves as a table"
RUNS_TIP = "Show the finished runs, and draw them in one picture"
NARROW = 420  # narrower than this, in logical pixels at the usual text size, the readout is below the curves
LEAST_CHART = 150  # height of the curves, likewise
WHOLE_TIP = f"Bring all of the curves into view (0).\n{ZOOM_TIP}"


class CurveBody(QWidget):
    """Lays the parts out; the panel fills them.

    Attributes:
        chart, twin: the curves, and their table in the same place.
        bar: slider, field and play button.
        readout: the legend with the figures at one step.
        runs: the finished runs, below the readout.
        tools: the buttons for the panel's header.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_stacked = False
        self.chart = CurveChart()
        self.chart.setAccessibleName("Accuracy and attack success rate against channels pruned")
        self.twin = TwinView("Accuracy and attack success rate at each number of pruned channels")
        self.bar = StepBar()
        self.readout = Readout()
        self.readout_area = ReadoutArea(self.readout, parent=self)
        self.runs = RunList()
        self.runs.setVisible(False)
        self.fold_button = _tool("Fold dead channels", FOLD_TIP)
        self.runs_button = _tool("Finished runs", RUNS_TIP)
        self.table_button = _tool("Curves as a table", TABLE_TIP)
        self.whole_button = _tool("All of the curves", WHOLE_TIP, is_checkable=False)
        self.tools = (self.whole_button, self.fold_button, self.table_button, self.runs_button)
        self._lay_out()
        self.table_button.toggled.connect(self._on_table_toggled)
        self.runs_button.toggled.connect(self.runs.setVisible)
        self.whole_button.clicked.connect(self.chart.reset_view)
        self.chart.view_changed.connect(self._on_view_changed)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self._on_view_changed()

    @property
    def is_table(self) -> bool:
        """Whether the table is shown in place of the chart."""
        return self.table_button.isChecked()

    def set_silent_steps(self, count: int) -> None:
        """Offer to fold this many steps; fewer than two are not worth it."""
        self.fold_button.setEnabled(count > 1)
        self.fold_button.setToolTip(FOLD_TIP if count > 1 else NO_FOLD_TIP)

    def _lay_out(self) -> None:
        self._place = QWidget()  # of the chart, or of its table
        self._stack = QStackedLayout(self._place)
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self.twin)
        side = QVBoxLayout()
        side.setSpacing(theme.GRID // 2)
        side.addWidget(self.readout_area, 1)
        side.addWidget(self.runs)
        self._side = side
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.GRID)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._place, 0, 0)
        grid.addWidget(self.bar, 1, 0)
        grid.addLayout(side, 0, 1, 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(0, 1)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the parts to another width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the parts to another size of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def _fit(self) -> None:
        """Leave at least half of the width to the curves; where that is too little, put the readout below them."""
        factor = theme.text_factor()
        self._place.setMinimumHeight(round(LEAST_CHART * max(1.0, factor)))
        is_stacked = self.width() < NARROW * factor
        if is_stacked != self._is_stacked:
            self._is_stacked = is_stacked
            self._grid.removeItem(self._side)
            self._grid.addLayout(self._side, *((2, 0, 1, 1) if is_stacked else (0, 1, 2, 1)))
        self.readout_area.fit(self.width() if is_stacked else self.width() // 2, is_whole=is_stacked)

    def _on_table_toggled(self, is_table: bool) -> None:
        self._stack.setCurrentIndex(1 if is_table else 0)
        self._on_view_changed()

    def _on_view_changed(self) -> None:
        self.whole_button.setEnabled(self.chart.is_zoomed and not self.is_table)

    def _recolour(self) -> None:
        for button, name in zip(self.tools, ("whole", "fold", "table", "runs"), strict=True):
            theme.dress(button, name)


def _tool(name: str, tip: str, *, is_checkable: bool = True) -> QToolButton:
    button = QToolButton()
    button.setProperty("boxed", True)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setCheckable(is_checkable)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
