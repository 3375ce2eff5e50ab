"""Repaired networks side by side: a scatter of clean accuracy against ASR, a table, and the buttons."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import QPushButton, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from core.compare.comparison import ATTACK_BAR, CLEAN_BAR
from gui.charts.scatter_chart import ScatterChart, ScatterPoint
from gui.compare.rule_bar import RuleBar
from gui.compare.story import Story
from gui.guide.explain import ExplainButton
from gui.tables.detail import Detail
from gui.tables.network_table import NetworkColumn, NetworkRow, NetworkTable
from gui.tables.table_panel import TablePanel
from gui.tables.table_view import ResultsView
from gui.theme import theme
from gui.widgets.choice_menu import choice_menu
from gui.widgets.dropped_files import take_files
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import Notice, PanelHeader, ScaledLabel, centred_label
from gui.widgets.save_buttons import save_buttons

WHAT_TEXT = "Repaired networks side by side, counted on the same images."
EMPTY_TEXT = (
    "Repairs made here appear by themselves. Add a repaired network from a file, or drop it here, to compare it."
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
    ExportKind("pdf", "Report as PDF…", "Export the report as PDF", "comparison", ".pdf", "PDF document"),
)


class ComparePanel(TablePanel):
    """Shows a comparison; a line chosen in the table is marked in the scatter, and the other way round."""

    add_requested = Signal(str)  # "file" or "pruned"
    files_dropped = Signal(object)  # tuple[Path, ...]
    remove_requested = Signal(int)  # line, B is 0
    count_requested = Signal()
    export_requested = Signal(str)  # key of one of `EXPORTS`
    save_model_requested = Signal(str, int)  # "pruned", "repaired" or "by_confidence"; line
    line_chosen = Signal(int)
    line_picked = Signal(int)  # chosen by the person, also if it was chosen before

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._point_lines: tuple[int, ...] = ()  # the table line of each point
        self._is_exportable = self._is_drawing = False  # lines chosen while drawing are not picked by the person
        self._build_buttons()
        self.rule_bar = RuleBar()
        self.notice = Notice("warning", is_wrapped=True)
        self.count_button = QPushButton("Count")
        self.count_button.setToolTip("Count the networks that are not yet counted on the open files")
        self.count_button.clicked.connect(self.count_requested)
        self.notice.add(self.count_button)
        self.chart = ScatterChart()
        self.chart.setAccessibleName("Clean accuracy of B′ against its attack success rate")
        self.no_chart_label = centred_label("")
        self.axis_label = ScaledLabel(role="muted", factor=theme.SMALL)
        self.axis_label.setWordWrap(True)
        self.axis_label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.table = NetworkTable()
        self.view = ResultsView()
        self.view.setModel(self.table)
        self.view.setSelectionMode(ResultsView.SelectionMode.SingleSelection)
        self.view.setAccessibleName("Comparison")
        self.story = Story()
        self.empty_label = centred_label(EMPTY_TEXT)
        self._lay_out()
        self.chart.point_chosen.connect(self._on_point_chosen)
        self.view.verticalHeader().sectionClicked.connect(self.choose)
        self.view.verticalHeader().sectionClicked.connect(self.line_picked)
        self.view.clicked.connect(lambda index: self.line_picked.emit(index.row()))
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.clear()

    @property
    def chosen(self) -> int:
        """The chosen line, B is 0; -1 for none."""
        rows = self.view.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    def clear(self) -> None:
        """Show the empty panel."""
        self.table.set_table((), ())
        self.chart.set_points((), clean_bar=CLEAN_BAR, attack_bar=ATTACK_BAR)
        self.show_notice("")
        self._stack.setCurrentIndex(0)
        self._is_exportable = False
        self._update_buttons()

    def set_addable(self, *, files: str, pruned: str) -> None:
        """Set why networks from files and the pruned network cannot be added; empty when they can."""
        for kind, reason in (("file", files), ("pruned", pruned)):
            self.add_actions[kind].setEnabled(not reason)
            self.add_actions[kind].setToolTip(reason)
        self.empty_label.setText(f"{WHAT_TEXT}\n\n{files or EMPTY_TEXT}")

    def show_comparison(
        self,
        columns: Sequence[NetworkColumn],
        rows: Sequence[NetworkRow],
        *,
        scatter_points: Sequence[ScatterPoint],
        point_lines: Sequence[int],
        why_no_chart: str,
        axis_text: str,
    ) -> None:
        """Show a comparison; the chosen line stays chosen.

        Args:
            columns: the columns of the table.
            rows: the rows, B first.
            scatter_points: the points of the scatter.
            point_lines: the table line of each point.
            why_no_chart: the text in place of a chart without points.
            axis_text: the description of the axes.
        """
        chosen = min(self.chosen, len(rows) - 1)
        self.table.set_table(columns, rows)
        self._point_lines = tuple(point_lines)
        self.chart.set_points(scatter_points, clean_bar=CLEAN_BAR, attack_bar=ATTACK_BAR)
        self.no_chart_label.setText(why_no_chart)
        self._upper.setCurrentIndex(1 if scatter_points else 0)
        self.axis_label.setText(axis_text if scatter_points else "")
        self._is_exportable = any(any(row.shares) for row in rows[1:])
        self._stack.setCurrentIndex(1)
        self._fit()
        if chosen >= 0:
            self._is_drawing = True
            self.choose(chosen)
            self._is_drawing = False
        self._update_buttons()

    def show_notice(self, text: str, *, is_countable: bool = False) -> None:
        """Show a notice about the comparison; an empty text hides it."""
        self.count_button.setVisible(is_countable)
        self.notice.show_text(text)

    def show_story(self, text: str) -> None:
        """Show how the network of the chosen line was made."""
        self.story.setText(text)

    @Slot(int)
    def choose(self, line: int) -> None:
        """Choose a line; -1 for none."""
        if line < 0:
            self.view.clearSelection()
        elif line < self.table.rowCount():
            self.view.setCurrentIndex(self.table.index(line, 0))
            self.view.selectRow(line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove a network with Delete."""
        if event.matches(QKeySequence.StandardKey.Delete) and self.remove_button.isEnabled():
            self.remove_requested.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files."""
        self._set_drop_target(bool(take_files(event, is_open=self.add_actions["file"].isEnabled())))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The drag left the panel."""
        self._set_drop_target(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit the dropped files."""
        self._set_drop_target(False)
        paths = take_files(event)
        if paths:
            self.files_dropped.emit(paths)

    def _set_drop_target(self, is_target: bool) -> None:
        self._header.title.setText("Drop repaired networks here to compare them" if is_target else "Compare")

    def _build_buttons(self) -> None:
        self._header = PanelHeader("Compare")
        self.add_button = QPushButton("Add")
        add_menu, self.add_actions = choice_menu(self, _ADDITIONS, self.add_requested.emit)
        add_menu.setToolTipsVisible(True)  # the reason why an entry is disabled
        self.add_button.setMenu(add_menu)
        self.remove_button = QToolButton()
        self.remove_button.setAccessibleName("Remove the chosen network from the comparison")
        self.remove_button.setToolTip("Remove the chosen network from the comparison (Delete)")
        self.remove_button.setProperty("boxed", True)
        self.remove_button.clicked.connect(lambda: self.remove_requested.emit(self.chosen))
        self.export_button = QPushButton("Export")
        exports = [(kind.key, kind.text) for kind in EXPORTS]
        self.export_button.setMenu(choice_menu(self, exports, self.export_requested.emit)[0])
        self.save_pruned_button, self.save_repaired_button = save_buttons(
            self,
            lambda kind: self.save_model_requested.emit(kind, self.chosen),
            pruned_tip="Save B′, the chosen repaired network",
            repaired_tip="Save G, which gives B's answer or “backdoored”",
        )
        for widget in (
            ExplainButton("networks"),
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
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.GRID)
        rows.addWidget(upper, 1)
        rows.addWidget(self.rule_bar)
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
        """Show counts if the table keeps within its share of the height with them."""
        room = int(self.height() * LARGEST_TABLE)
        self.view.set_detail(Detail.COUNTS)
        if self.view.needed_height() > room:
            self.view.set_detail(Detail.RATES)
        bar = self.view.horizontalScrollBar().sizeHint().height()
        height = min(self.view.needed_height() + bar, max(room, LEAST_TABLE))
        self.view.setFixedHeight(height)
        self.view.resize(self.view.width(), height)  # at once, because the column widths depend on it
        self.view.fit()

    def _update_buttons(self) -> None:
        is_network = self.chosen > 0 and self._stack.currentIndex() == 1
        for button in (self.remove_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_network)
        self.export_button.setEnabled(self._is_exportable)
        self.rule_bar.button.setEnabled(self._is_exportable)

    @Slot(int)
    def _on_point_chosen(self, place: int) -> None:
        self.choose(self._point_lines[place])

    @Slot()
    def _on_selection_changed(self) -> None:
        chosen = self.chosen
        self.chart.choose(self._point_lines.index(chosen) if chosen in self._point_lines else -1)
        self._update_buttons()
        self.line_chosen.emit(chosen)
        if not self._is_drawing:
            self.line_picked.emit(chosen)

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.add_button, "add")
        theme.dress(self.remove_button, "remove")
        self.view.recolour()
