"""The results table of B′ and G, at the cursor, unpruned, and on both sides of each threshold; and the ways out."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from core import words
from core.records import Bypass, PoisonedSet, Stop, SweepPoint
from gui import formatting, theme
from gui.labels import ElidedLabel, Notice, PanelHeader, ScaledLabel
from gui.results_table import ResultsModel, live_row
from gui.results_view import ResultsView

EMPTY_TEXT = "The table fills when a run has come to its end"
_EXPORTS = (
    ("csv", "Curve and table as CSV…"),
    ("json", "Everything as JSON…"),
    ("png", "Chart as PNG…"),
    ("svg", "Chart as SVG…"),
    ("report", "Report as one HTML page…"),
)


class ResultsPanel(QWidget):
    """The report's table; click a row to put the cursor at its step."""

    step_chosen = Signal(int)
    export_requested = Signal(str)  # "csv", "json", "png", "svg" or "report"
    save_model_requested = Signal(str)  # "pruned" or "repaired"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._has_chosen_counts = False
        self._header = PanelHeader("Results")
        self._build_buttons()
        self.bypass_notice = Notice("warning")
        self.model = ResultsModel()
        self.view = ResultsView()
        self.view.setModel(self.model)
        self.view.setAccessibleName("Results")
        self.target_note = ElidedLabel(role="muted", factor=theme.SMALL)
        self.empty_label = ScaledLabel(EMPTY_TEXT, role="muted")
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty_label.setWordWrap(True)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addLayout(self._stack, 1)
        notes = QHBoxLayout()
        notes.setSpacing(theme.GRID)
        notes.addWidget(self.bypass_notice)
        notes.addWidget(self.target_note, 1)
        column.addLayout(notes)
        self.counts_button.toggled.connect(self._on_counts_toggled)
        self.view.clicked.connect(lambda index: self._choose(index.row()))
        self.view.verticalHeader().sectionClicked.connect(self._choose)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.model.clear()
        self._header.detail.setText("")
        self.bypass_notice.show_text("")
        self._set_note("")
        self.set_export_enabled(False)
        self._show_view()

    def show_table(self, stops: Sequence[Stop], poisoned_sets: Sequence[PoisonedSet], bypass: Bypass | None) -> None:
        """Show the rows of a finished run.

        Args:
            stops: the unpruned network first, then both sides of each threshold.
            poisoned_sets: what `SweepPoint.poisoned` belongs to.
            bypass: who still reads the pruned channels.
        """
        self.model.set_table(stops, poisoned_sets)
        self.bypass_notice.show_text(formatting.bypass_text(bypass) if bypass else "")
        self._set_note(words.TARGET_NOTE if poisoned_sets else "")
        self._header.detail.setText("click a row to put the cursor there")
        self._show_view()

    def show_point(self, point: SweepPoint | None, *, channels_left: int, by_hand: bool) -> None:
        """Show what holds at the cursor.

        Args:
            point: the figures; None where they are not known.
            channels_left: channels kept.
            by_hand: whether the mask was changed by hand.
        """
        row = None if point is None else live_row(point, channels_left=channels_left, by_hand=by_hand)
        if self.model.set_live(row):
            self._show_view()

    def set_export_enabled(self, is_enabled: bool) -> None:
        """Whether there is something to write."""
        for button in (self.export_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_enabled)

    def copy(self) -> None:
        """Put the chosen rows, or all, on the clipboard as a table that a spreadsheet takes."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedIndexes()})
        if self.model.rows:
            QGuiApplication.clipboard().setText(self.model.tsv(rows or range(len(self.model.rows))))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
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
        """Share out the room among the columns."""
        super().resizeEvent(event)
        self._fit()

    def _build_buttons(self) -> None:
        self.counts_button = QToolButton()
        self.counts_button.setText("k of n")
        self.counts_button.setCheckable(True)
        self.counts_button.setChecked(True)
        self.counts_button.setToolTip("Show the count under each rate; the 95 % interval is in the tooltip")
        self.counts_button.setProperty("boxed", True)
        self.copy_button = QToolButton()
        self.copy_button.setToolTip("Copy the table with counts and intervals (Ctrl+C)")
        self.copy_button.setAccessibleName("Copy the table")
        self.copy_button.setProperty("boxed", True)
        self.export_button = QPushButton("Export")
        menu = QMenu(self.export_button)
        self.export_actions = {}
        for kind, text in _EXPORTS:
            action = menu.addAction(text)
            action.triggered.connect(lambda _checked=False, kind=kind: self.export_requested.emit(kind))
            self.export_actions[kind] = action
        self.export_button.setMenu(menu)
        self.save_pruned_button = QPushButton("Save B′…")
        self.save_pruned_button.setToolTip("Save the pruned network at the cursor")
        self.save_repaired_button = QPushButton("Save G…")
        self.save_repaired_button.setToolTip("Save the repaired network at the cursor, with its class “backdoored”")
        for button in (
            self.counts_button,
            self.copy_button,
            self.export_button,
            self.save_pruned_button,
            self.save_repaired_button,
        ):
            self._header.add(button)
        self.copy_button.clicked.connect(self.copy)
        self.save_pruned_button.clicked.connect(lambda: self.save_model_requested.emit("pruned"))
        self.save_repaired_button.clicked.connect(lambda: self.save_model_requested.emit("repaired"))

    def _choose(self, row: int) -> None:
        chosen = self.model.rows[row]
        if chosen.point is not None and not chosen.is_live:
            self.step_chosen.emit(chosen.point.pruned_count)

    def _show_view(self) -> None:
        has_rows = bool(self.model.rows) and bool(self.model.columns)
        self._stack.setCurrentIndex(1 if has_rows else 0)
        self.copy_button.setEnabled(has_rows)
        self.counts_button.setEnabled(has_rows)
        self._fit()

    def _fit(self) -> None:
        """Share out the room; until the person decides, counts show where the whole table has room for them."""
        if not self._has_chosen_counts:
            has_room = self.view.width() >= self.view.width_with_counts()
            blocker = QSignalBlocker(self.counts_button)
            self.counts_button.setChecked(has_room)
            blocker.unblock()
            self.view.set_shows_counts(has_room)
        self.view.fit()

    def _on_counts_toggled(self, is_on: bool) -> None:
        self._has_chosen_counts = True
        self.view.set_shows_counts(is_on)

    def _set_note(self, text: str) -> None:
        self.target_note.setText(text)
        self.target_note.setVisible(bool(text))

    def _recolour(self) -> None:
        theme.dress(self.copy_button, "copy")
        self.view.horizontalHeader().viewport().update()
        self.view.verticalHeader().viewport().update()
        self.view.viewport().update()
