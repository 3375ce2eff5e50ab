"""The results of B′ and G at the cursor, unpruned and on both sides of each threshold; copying, exporting, saving."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget

from core.records import PoisonedSet, SweepPoint
from core.sweep.records import Bypass
from core.sweep.stops import Stop
from gui.guide.explain import ExplainButton
from gui.layout.scrolling_rows import RowPanel
from gui.layout.table_height import TableHeight
from gui.prune.rows.fold import Fold
from gui.prune.rows.notes import NoteLabel, TableWithNotes
from gui.tables.detail import Detail, DetailButton
from gui.tables.results_table import ResultsModel, live_row
from gui.tables.table_view import ResultsView
from gui.theme import theme
from gui.widgets.choice_menu import choice_menu
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import PanelHeader, centred_label
from gui.widgets.verdict_line import VerdictLine

EMPTY_TEXT = "The table fills during a run"
TABLE_TEXT = "click a figure to see its images, a row to move the cursor there"
ESTIMATE_TEXT = "≈ estimates, not yet exact"
EXPORTS = (
    ExportKind("csv", "Curve and table as CSV…", "Export the curve as CSV", "curve", ".csv", "CSV table"),
    ExportKind("json", "Everything as JSON…", "Export the results as JSON", "results", ".json", "JSON"),
    ExportKind("png", "Chart as PNG…", "Export the chart as PNG", "curve", ".png", "PNG image"),
    ExportKind("svg", "Chart as SVG…", "Export the chart as SVG", "curve", ".svg", "SVG drawing"),
    ExportKind("report", "Report as one HTML page…", "Export the report", "report", ".html", "HTML page"),
    ExportKind("pdf", "Report as PDF…", "Export the report as PDF", "report", ".pdf", "PDF document"),
)


class ResultsPanel(RowPanel):
    """The results table; a click on a row moves the cursor to its step."""

    step_chosen = Signal(int)
    export_requested = Signal(str)  # "csv", "json", "png", "svg" or "report"
    save_model_requested = Signal(str)  # "pruned" or "repaired"
    detail_changed = Signal(str)  # a `Detail`, chosen by the user

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._has_chosen_detail = self._has_to_fit = False
        self._header = PanelHeader("Results")
        self._build_buttons()
        self.verdict_line = VerdictLine()
        self.verdict_line.add(ExplainButton("verdict"))
        self.bypass_note, self.target_note = NoteLabel("warning"), NoteLabel("muted")
        self.model = ResultsModel()
        self.view = ResultsView()
        self.view.setModel(self.model)
        self.view.setAccessibleName("Results")
        self.table_height = TableHeight(self.view, self.view.most_height, self.view.row_count)
        self.empty_label = centred_label(EMPTY_TEXT)
        self._body = TableWithNotes(self.view, self.empty_label, (self.bypass_note, self.target_note))
        self.fold = Fold(self, self._body, self._header)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.verdict_line)
        column.addWidget(self._body, 1)
        self.detail_button.clicked.connect(self._on_detail_clicked)
        self.view.clicked.connect(lambda index: self._choose(index.row()))
        self.view.verticalHeader().sectionClicked.connect(self._choose)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.clear()

    def clear(self) -> None:
        """Remove all results."""
        self.model.clear()
        self.view.expected_rows = 0
        self._header.detail.setText("")
        self.show_verdict("", ())
        self._body.show_notes((), None)
        self.set_export_enabled(False)
        self._show_view()

    def begin(self, thresholds: Sequence[float], poisoned_sets: Sequence[PoisonedSet], bypass: Bypass | None) -> None:
        """Show the notes of a run that begins, and keep the height for its table, so that the page keeps still.

        Args:
            thresholds: allowed drops; there are two rows for each, and those of the unpruned network and the cursor.
            poisoned_sets: the poisoned sets of the run.
            bypass: the layers that still read the pruned channels; None if there are none.
        """
        self.view.expected_rows = 2 + 2 * len(thresholds)
        self._body.show_notes(poisoned_sets, bypass)
        self._fit_soon()

    def show_table(
        self,
        stops: Sequence[Stop],
        poisoned_sets: Sequence[PoisonedSet],
        bypass: Bypass | None,
        *,
        is_estimate: bool = False,
    ) -> None:
        """Show the rows of a run.

        Args:
            stops: the unpruned network first, then both sides of each threshold.
            poisoned_sets: in the order of `SweepPoint.poisoned`.
            bypass: the layers that still read the pruned channels; None if there are none.
            is_estimate: whether the figures are estimated from a part of the images.
        """
        has_moved = self.model.set_table(stops, poisoned_sets, is_estimate=is_estimate)
        self._body.show_notes(poisoned_sets, bypass)
        self._header.detail.setText(ESTIMATE_TEXT if is_estimate else TABLE_TEXT)
        self._header.detail.set_role("warning" if is_estimate else "muted")
        if has_moved:
            self._show_view()

    def set_empty_text(self, text: str) -> None:
        """Set the text shown while there is nothing to draw."""
        self.empty_label.setText(text)

    def show_verdict(self, headline: str, sentences: Sequence[str]) -> None:
        """Show the verdict in one line, with the reasons in its tooltip; an empty headline hides it."""
        self.verdict_line.show_verdict(headline, sentences)
        self._fit_soon()

    @property
    def missing_height(self) -> int:
        """How much higher the table would have to be to show all rows, in logical pixels."""
        bar = self.view.horizontalScrollBar().sizeHint().height()
        return max(0, self.view.needed_height() + bar - self.view.height())

    @property
    def detail(self) -> Detail:
        """What the cells show."""
        return self.view.detail

    @detail.setter
    def detail(self, detail: Detail) -> None:
        self.set_detail(detail)

    def set_detail(self, detail: Detail | str) -> None:
        """Set what the cells show, even if there is no room for it, without emitting `detail_changed`.

        Raises:
            ValueError: there is no such `Detail`.
        """
        self._has_chosen_detail = True
        self._show_detail(Detail(detail))

    def show_point(
        self, point: SweepPoint | None, *, channels_left: int, by_hand: bool, is_estimate: bool = False
    ) -> None:
        """Show the figures at the cursor.

        Args:
            point: the figures; None if they are not known (if pruned by hand: not yet).
            channels_left: channels kept.
            by_hand: whether the mask was changed by hand.
            is_estimate: whether the figures are estimated from a part of the images.
        """
        row = live_row(point, channels_left=channels_left, by_hand=by_hand, is_estimate=is_estimate)
        if self.model.set_live(row):
            self._show_view()

    def set_export_enabled(self, is_enabled: bool) -> None:
        """Enable exporting and saving."""
        for button in (self.export_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_enabled)

    def copy(self) -> None:
        """Copy the selected rows, or all if none is selected, to the clipboard."""
        self._copy(sorted({index.row() for index in self.view.selectionModel().selectedIndexes()}))

    def copy_all(self) -> None:
        """Copy the whole table to the clipboard."""
        self._copy(())

    def _copy(self, rows: Sequence[int]) -> None:
        """Copy rows, or all, as tab-separated text."""
        if self.model.rows:
            QGuiApplication.clipboard().setText(self.model.tsv(rows or range(len(self.model.rows))))

    def event(self, event: QEvent) -> bool:
        """Fit once for all that has changed."""
        if event.type() == QEvent.Type.LayoutRequest and self._has_to_fit:
            self._fit()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()
            self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C; choose a row with Return."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.view.currentIndex().isValid():
            self._choose(self.view.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit columns and notes to the new size."""
        super().resizeEvent(event)
        self._fit()

    def _build_buttons(self) -> None:
        self.detail_button = DetailButton()
        self.copy_button = QToolButton()
        self.copy_button.setToolTip("Copy the whole table with counts and intervals (Ctrl+C copies the selected rows)")
        self.copy_button.setAccessibleName("Copy the whole table")
        self.copy_button.setProperty("boxed", True)
        self.export_button = QPushButton("Export")
        exports = [(kind.key, kind.text) for kind in EXPORTS]
        menu, self.export_actions = choice_menu(self, exports, self.export_requested.emit)
        self.export_button.setMenu(menu)
        self.save_pruned_button = QPushButton("Save B′…")
        self.save_pruned_button.setToolTip("Save B′, the pruned network at the cursor")
        self.save_repaired_button = QPushButton("Save G…")
        self.save_repaired_button.setToolTip(
            "Save G, the repaired network at the cursor, which answers “backdoored” where B and B′ disagree"
        )
        for button in (
            self.detail_button,
            self.copy_button,
            self.export_button,
            self.save_pruned_button,
            self.save_repaired_button,
        ):
            self._header.add(button)
        self.copy_button.clicked.connect(self.copy_all)
        self.save_pruned_button.clicked.connect(lambda: self.save_model_requested.emit("pruned"))
        self.save_repaired_button.clicked.connect(lambda: self.save_model_requested.emit("repaired"))

    def _choose(self, row: int) -> None:
        chosen = self.model.rows[row]
        if chosen.point is not None and not chosen.is_live:
            self.step_chosen.emit(chosen.point.pruned_count)

    def _show_view(self) -> None:
        has_rows = bool(self.model.rows) and bool(self.model.columns)
        self._body.show_table(has_rows=has_rows)
        self.copy_button.setEnabled(has_rows)
        self.detail_button.setEnabled(has_rows)
        self._fit_soon()

    def _fit_soon(self) -> None:
        """Fit in a later turn, once for all that changes until then."""
        self._has_to_fit = True
        self.updateGeometry()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def fit_now(self) -> None:
        """Fit this and lay out what has changed around it, before a painting that may be due already."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)

    def _fit(self) -> None:
        """Fit notes and columns; until the user chooses, counts are shown if the whole table fits with them."""
        self._has_to_fit = False
        self._body.place_notes()
        if self._has_chosen_detail:
            self._show_detail(self.view.detail)
        else:
            has_room = bool(self.model.rows) and self.view.has_room_for(Detail.COUNTS)
            self._show_detail(Detail.COUNTS if has_room else Detail.RATES)
        self.table_height.update()

    def _show_detail(self, detail: Detail) -> None:
        self.detail_button.show_detail(detail)
        self.view.set_detail(detail)

    def _on_detail_clicked(self) -> None:
        self.set_detail(self.view.detail.following)
        self.detail_changed.emit(str(self.view.detail))

    def _recolour(self) -> None:
        theme.dress(self.copy_button, "copy")
        self.view.recolour()
