"""Repaired networks side by side: a scatter of clean accuracy against ASR, one table, and the ways in and out."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from core.compare.comparison import ATTACK_BAR, CLEAN_BAR
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from gui.charts.scatter_chart import ScatterChart, ScatterPoint
from gui.tables.network_table import NetworkColumn, NetworkRow, NetworkTable
from gui.tables.table_view import Detail, ResultsView
from gui.theme import theme
from gui.theme.formatting import FALSE_ALARM_TIP
from gui.widgets.choice_menu import choice_menu
from gui.widgets.dropped_files import take_files
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import Notice, PanelHeader, ScaledLabel, centred_label
from gui.widgets.number_field import NumberField
from gui.widgets.save_buttons import save_buttons

EMPTY_TEXT = (
    "Repairs that you make come here by themselves. Add a repaired network from a file, or drop it here, to see how it "
    "compares."
)
LARGEST_TABLE = 0.6  # of the panel's height
LEAST_TABLE = 96
_ADDITIONS = (
    ("file", "Repaired network from a file…"),
    ("pruned", "Pruned network at the cursor"),
)
EXPORTS = (
    ExportKind("csv", "Table as CSV…", "Export the comparison as CSV", "comparison", ".csv", "CSV table"),
    ExportKind("json", "Everything as JSON…", "Export the comparison as JSON", "comparison", ".json", "JSON"),
    ExportKind("png", "Scatter as PNG…", "Export the scatter as PNG", "scatter", ".png", "PNG image"),
    ExportKind("svg", "Scatter as SVG…", "Export the scatter as SVG", "scatter", ".svg", "SVG drawing"),
    ExportKind(
        "report", "Report as one HTML page…", "Export the report of the comparison", "comparison", ".html", "HTML page"
    ),
)


class ComparePanel(QWidget):
    """Draws a comparison; the line that is chosen in the table stands out in the scatter, and the other way round."""

    add_requested = Signal(str)  # "file" or "pruned"
    files_dropped = Signal(object)  # tuple[Path, ...]
    remove_requested = Signal(int)  # line, B is 0
    count_requested = Signal()
    export_requested = Signal(str)  # "csv", "json", "png" or "svg"
    save_model_requested = Signal(str, int)  # "pruned", "repaired" or "by_confidence"; line
    line_chosen = Signal(int)
    rule_chosen = Signal(bool)  # whether G goes by confidence
    false_alarm_rate_chosen = Signal(float)  # in (0, 1)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._spot_lines: tuple[int, ...] = ()  # the line of each point
        self._is_exportable = False
        self._header = PanelHeader("Compare")
        self._build_buttons()
        self.notice = Notice("warning", is_wrapped=True)
        self.count_button = QPushButton("Count")
        self.count_button.setToolTip("Count what is not counted on the files that are open")
        self.count_button.clicked.connect(self.count_requested)
        self.notice.add(self.count_button)
        self.chart = ScatterChart()
        self.chart.setAccessibleName("Clean accuracy of B′ against its attack success rate")
        self.no_chart_label = centred_label("")
        self.axis_label = ScaledLabel(role="muted", factor=theme.SMALL)
        self.axis_label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.table = NetworkTable()
        self.view = ResultsView()
        self.view.setModel(self.table)
        self.view.setSelectionMode(ResultsView.SelectionMode.SingleSelection)
        self.view.setAccessibleName("Comparison")
        self.story = ScaledLabel(role="muted", factor=theme.SMALL)
        self.story.setWordWrap(True)
        self.story.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.empty_label = centred_label(EMPTY_TEXT)
        self._lay_out()
        self.chart.point_chosen.connect(self._on_spot_chosen)
        self.view.verticalHeader().sectionClicked.connect(self.choose)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.clear()

    @property
    def chosen(self) -> int:
        """The line that is chosen, B is 0; -1 for none."""
        rows = self.view.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    def clear(self) -> None:
        """Show nothing to compare."""
        self.table.set_table((), ())
        self.chart.set_points((), clean_bar=CLEAN_BAR, attack_bar=ATTACK_BAR)
        self.show_notice("")
        self._stack.setCurrentIndex(0)
        self._is_exportable = False
        self._update_buttons()

    def set_addable(self, *, files: str, pruned: str) -> None:
        """Whether networks can be added: why not, or nothing where they can."""
        for kind, reason in (("file", files), ("pruned", pruned)):
            self.add_actions[kind].setEnabled(not reason)
            self.add_actions[kind].setToolTip(reason)
        self.empty_label.setText(files or EMPTY_TEXT)

    def show_comparison(
        self,
        columns: Sequence[NetworkColumn],
        rows: Sequence[NetworkRow],
        *,
        spots: Sequence[ScatterPoint],
        spot_lines: Sequence[int],
        why_no_chart: str,
        axis_text: str,
    ) -> None:
        """Draw a comparison; what was chosen stays chosen.

        Args:
            columns: of the table.
            rows: B first.
            spots: the points.
            spot_lines: the line that each point belongs to.
            why_no_chart: said where there are no points.
            axis_text: what the chart's axes are.
        """
        chosen = min(self.chosen, len(rows) - 1)
        self.table.set_table(columns, rows)
        self._spot_lines = tuple(spot_lines)
        self.chart.set_points(spots, clean_bar=CLEAN_BAR, attack_bar=ATTACK_BAR)
        self.no_chart_label.setText(why_no_chart)
        self._upper.setCurrentIndex(1 if spots else 0)
        self.axis_label.setText(axis_text if spots else "")
        self._is_exportable = any(any(row.shares) for row in rows[1:])
        self._stack.setCurrentIndex(1)
        self._fit()
        if chosen >= 0:
            self.choose(chosen)
        self._update_buttons()

    def show_notice(self, text: str, *, is_countable: bool = False) -> None:
        """Say what is to be known of the whole; an empty text takes it away."""
        self.count_button.setVisible(is_countable)
        self.notice.show_text(text)

    def show_story(self, text: str) -> None:
        """Say what the chosen line is."""
        self.story.setText(text)

    @Slot(int)
    def choose(self, line: int) -> None:
        """Choose a line; -1 for none."""
        if line < 0:
            self.view.clearSelection()
        elif line < self.table.rowCount():
            self.view.setCurrentIndex(self.table.index(line, 0))
            self.view.selectRow(line)

    def copy(self) -> None:
        """Put the whole table on the clipboard."""
        if self.table.rows:
            QGuiApplication.clipboard().setText(self.table.tsv(range(len(self.table.rows))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C; take a network away with Delete."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Delete) and self.remove_button.isEnabled():
            self.remove_requested.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the room among the columns."""
        super().resizeEvent(event)
        self._fit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files."""
        self._set_hot(bool(take_files(event, is_open=self.add_actions["file"].isEnabled())))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The drag went elsewhere."""
        self._set_hot(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files on."""
        self._set_hot(False)
        paths = take_files(event)
        if paths:
            self.files_dropped.emit(paths)

    def _set_hot(self, is_hot: bool) -> None:
        self._header.title.setText("Drop repaired networks here to compare them" if is_hot else "Compare")

    def _build_buttons(self) -> None:
        self.add_button = QPushButton("Add")
        add_menu, self.add_actions = choice_menu(self, _ADDITIONS, self.add_requested.emit)
        add_menu.setToolTipsVisible(True)  # why a choice is closed
        self.add_button.setMenu(add_menu)
        self.rule_button = QToolButton()
        self.rule_button.setText("By confidence")
        self.rule_button.setCheckable(True)
        self.rule_button.setProperty("boxed", True)
        self.rule_button.setToolTip("Show G by the rule of confidence instead of that of agreement")
        self.rule_button.toggled.connect(self.rule_chosen)
        self.false_alarm_field = NumberField(0.1, 99, step=1, decimals=2, suffix=" %")
        self.false_alarm_field.setAccessibleName("False alarms that G by confidence may raise")
        self.false_alarm_field.setToolTip(f"{FALSE_ALARM_TIP}; a network that came with a level keeps it")
        self.false_alarm_field.setValue(100 * DEFAULT_FALSE_ALARM_RATE)
        self.false_alarm_field.setKeyboardTracking(False)  # counts once a number is typed, not at each digit
        self.false_alarm_field.valueChanged.connect(lambda value: self.false_alarm_rate_chosen.emit(value / 100))
        self.false_alarm_label = ScaledLabel("at most", factor=theme.SMALL, role="muted")
        self.false_alarm_unit = ScaledLabel("of clean images flagged", factor=theme.SMALL, role="muted")
        for part in (self.false_alarm_label, self.false_alarm_field, self.false_alarm_unit):
            part.setVisible(False)
            self.rule_button.toggled.connect(part.setVisible)
        self.remove_button = QToolButton()
        self.remove_button.setAccessibleName("Take the chosen network out of the comparison")
        self.remove_button.setToolTip("Take the chosen network out of the comparison (Delete)")
        self.remove_button.setProperty("boxed", True)
        self.remove_button.clicked.connect(lambda: self.remove_requested.emit(self.chosen))
        self.export_button = QPushButton("Export")
        exports = [(kind.key, kind.text) for kind in EXPORTS]
        self.export_button.setMenu(choice_menu(self, exports, self.export_requested.emit)[0])
        self.save_pruned_button, self.save_repaired_button = save_buttons(
            self,
            lambda kind: self.save_model_requested.emit(kind, self.chosen),
            pruned_tip="Save the chosen network",
            repaired_tip="Save the chosen network with its class “backdoored”",
        )
        for widget in (
            self.add_button,
            self.remove_button,
            self.export_button,
            self.save_pruned_button,
            self.save_repaired_button,
        ):
            self._header.add(widget)

    def _lay_out(self) -> None:
        chart = QWidget()
        with_axis = QVBoxLayout(chart)
        with_axis.setContentsMargins(0, 0, 0, 0)
        with_axis.setSpacing(2)
        with_axis.addWidget(self.chart, 1)
        with_axis.addWidget(self.axis_label)
        upper = QWidget()
        self._upper = QStackedLayout(upper)
        self._upper.addWidget(self.no_chart_label)
        self._upper.addWidget(chart)
        rule = QHBoxLayout()
        rule.setSpacing(theme.GRID)
        rule.addStretch(1)
        for part in (self.false_alarm_label, self.false_alarm_field, self.false_alarm_unit, self.rule_button):
            rule.addWidget(part)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.GRID)
        rows.addWidget(upper, 1)
        rows.addLayout(rule)
        rows.addWidget(self.view)
        rows.addWidget(self.story)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.notice)
        column.addLayout(self._stack, 1)

    def _fit(self) -> None:
        """Counts show where the table keeps its share of the room with them."""
        room = int(self.height() * LARGEST_TABLE)
        self.view.set_detail(Detail.COUNTS)
        if self.view.needed_height() > room:
            self.view.set_detail(Detail.RATES)
        bar = self.view.horizontalScrollBar().sizeHint().height()
        height = min(self.view.needed_height() + bar, max(room, LEAST_TABLE))
        self.view.setFixedHeight(height)
        self.view.resize(self.view.width(), height)  # at once: how wide columns are depends on it
        self.view.fit()

    def _update_buttons(self) -> None:
        is_network = self.chosen > 0 and self._stack.currentIndex() == 1
        for button in (self.remove_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_network)
        self.export_button.setEnabled(self._is_exportable)
        self.rule_button.setEnabled(self._is_exportable)

    @Slot(int)
    def _on_spot_chosen(self, place: int) -> None:
        self.choose(self._spot_lines[place])

    @Slot()
    def _on_selection_changed(self) -> None:
        chosen = self.chosen
        self.chart.choose(self._spot_lines.index(chosen) if chosen in self._spot_lines else -1)
        self._update_buttons()
        self.line_chosen.emit(chosen)

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.add_button, "add")
        theme.dress(self.remove_button, "remove")
        for part in (self.view.horizontalHeader(), self.view.verticalHeader(), self.view):
            part.viewport().update()
