"""One repair: how it goes on, what came of it before and after, and the ways out."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QPushButton, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from core.metrics.measures import FOOLING
from core.refit.records import RefitEpoch
from core.report.repair.recipe_text import HELD_OUT_MEANING
from core.words import TARGET_NOTE
from gui.repair.history_view import HistoryView
from gui.repair.table import repair_table
from gui.state.repairs import NetworkFigures
from gui.tables.network_table import NetworkTable
from gui.tables.table_view import Detail, ResultsView
from gui.theme import theme
from gui.theme.formatting import paragraphs_html
from gui.widgets.choice_menu import choice_menu
from gui.widgets.combo import ElidedCombo
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import Notice, NoticeKind, PanelHeader, ScaledLabel, centred_label
from gui.widgets.save_buttons import save_buttons

EMPTY_TEXT = "Choose a method at the left and press Repair"
BUSY_TEXT = "The table of before and after appears when the repair is done."
EXPORTS = (
    ExportKind("csv", "Epochs as CSV…", "Export the epochs as CSV", "history", ".csv", "CSV table"),
    ExportKind("json", "Everything as JSON…", "Export the results as JSON", "results", ".json", "JSON"),
    ExportKind("report", "Report as one HTML page…", "Export the report", "report", ".html", "HTML page"),
)
LARGEST_TABLE = 0.4  # of the panel's height, before it gives up its counts


class RepairPanel(QWidget):
    """Shows the repair that goes on, or one of those that came to their end; it repairs nothing by itself."""

    repair_chosen = Signal(int)  # position among those that `show_names` was given
    export_requested = Signal(str)  # "csv", "json" or "report"
    save_model_requested = Signal(str)  # "pruned", "repaired" or "by_confidence"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header = PanelHeader("Repair")
        self._name = ""
        self._poisoned_names: tuple[str, ...] = ()
        self._build_buttons()
        self.empty_label = centred_label(EMPTY_TEXT)
        self.history = HistoryView()
        self.busy_label = centred_label(BUSY_TEXT)
        self.notice = Notice("quiet", is_wrapped=True)
        self.table = NetworkTable()
        self.view = ResultsView()
        self.view.setModel(self.table)
        self.view.setAccessibleName("Before and after the repair")
        self.tried = ScaledLabel(factor=theme.SMALL)
        self.tried.setWordWrap(True)
        self.tried.setAccessibleName("What was tried")
        self.tried.setToolTip(paragraphs_html([HELD_OUT_MEANING, FOOLING.sentence]))
        self.tried.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.story = ScaledLabel(role="muted", factor=theme.SMALL)
        self.story.setWordWrap(True)
        self.story.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.repair_combo.activated.connect(self.repair_chosen)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_names((), -1)
        self.clear()

    def clear(self) -> None:
        """Show no repair."""
        self._header.detail.setText("")
        self.notice.show_text("")
        self.set_export_enabled(False)
        self._stack.setCurrentIndex(0)

    def set_empty_text(self, text: str) -> None:
        """What is said while there is no repair."""
        self.empty_label.setText(text)

    def begin(self, name: str, way: str, *, epochs: int, poisoned_names: Sequence[str], has_test: bool) -> None:
        """Make ready for a repair.

        Args:
            name: what it is called.
            way: how it is made, in a few words.
            epochs: of the refit; 0 where nothing is refitted.
            poisoned_names: the poisoned sets.
            has_test: whether a clean test set is open.
        """
        self._poisoned_names = tuple(poisoned_names)
        self._name = name
        self.show_way(way)
        self.notice.show_text("")
        self.story.setText("")
        self.show_tried("")
        self.set_export_enabled(False)
        self.begin_refit(epochs, poisoned_names=poisoned_names, has_test=has_test)
        self._show_parts(has_upper=True, has_result=False)
        self._stack.setCurrentIndex(1)

    def begin_refit(self, epochs: int, *, poisoned_names: Sequence[str], has_test: bool) -> None:
        """Make ready for epochs; with 0 there are none to come."""
        self.history.begin(max(epochs, 1), poisoned_names=poisoned_names, has_test=has_test)
        self._upper_stack.setCurrentIndex(1 if epochs else 0)

    def show_tried(self, text: str) -> None:
        """Say what was tried so far, a line each; an empty text takes it away."""
        self.tried.setText(text)
        self.tried.setVisible(bool(text))

    def show_way(self, way: str) -> None:
        """Say how the repair is made, or what is done at the moment; its name where no choice shows it."""
        self._header.detail.setText(way if self.repair_combo.count() > 1 else f"{self._name} · {way}")

    def show_history(self, history: Sequence[RefitEpoch], *, kept_epoch: int, is_over: bool = False) -> None:
        """Draw the epochs so far, as in `HistoryView.show_history`."""
        self.history.show_history(history, kept_epoch=kept_epoch, is_over=is_over)

    def show_result(self, figures: Sequence[NetworkFigures], sentences: Sequence[str]) -> None:
        """Show what came of it.

        Args:
            figures: of B, B′ and G.
            sentences: how it came about.
        """
        self.table.set_table(*repair_table(figures, self._poisoned_names))
        self.story.setText(" ".join([*sentences, *([TARGET_NOTE] if self._poisoned_names else [])]))
        self._show_parts(has_upper=bool(self.history.history), has_result=True)
        self.set_export_enabled(True)
        self._fit()

    def show_notice(self, text: str, kind: NoticeKind = "quiet") -> None:
        """Say what is to be known of this repair; an empty text takes it away."""
        self.notice.show_text(text, kind=kind)

    def show_names(self, names: Sequence[str], chosen: int) -> None:
        """Offer the repairs there are.

        Args:
            names: of each.
            chosen: position of the one on the screen; -1 for none.
        """
        self.repair_combo.clear()
        self.repair_combo.addItems(list(names))
        self.repair_combo.setCurrentIndex(chosen)
        self.repair_combo.setVisible(len(names) > 1)

    def set_choosable(self, is_choosable: bool) -> None:
        """Whether another repair can be looked at; not while one goes on."""
        self.repair_combo.setEnabled(is_choosable)

    def set_export_enabled(self, is_enabled: bool) -> None:
        """Whether there is something to write."""
        for button in (self.copy_button, self.export_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_enabled)

    @Slot()
    def copy(self) -> None:
        """Put the whole table on the clipboard."""
        if self.table.rows:
            QGuiApplication.clipboard().setText(self.table.tsv(range(len(self.table.rows))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
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

    def _build_buttons(self) -> None:
        self.repair_combo = ElidedCombo("Which of the repairs is shown", letters=10)
        self.repair_combo.setAccessibleName("Repair that is shown")
        self.copy_button = QToolButton()
        self.copy_button.setToolTip("Copy the table with counts and intervals (Ctrl+C)")
        self.copy_button.setAccessibleName("Copy the table")
        self.copy_button.setProperty("boxed", True)
        self.export_button = QPushButton("Export")
        exports = [(kind.key, kind.text) for kind in EXPORTS]
        self.export_button.setMenu(choice_menu(self, exports, self.export_requested.emit)[0])
        self.save_pruned_button, self.save_repaired_button = save_buttons(
            self,
            self.save_model_requested.emit,
            pruned_tip="Save the network that was repaired",
            repaired_tip="Save the network that answers as B does, or else “backdoored”",
        )
        for widget in (
            self.repair_combo,
            self.copy_button,
            self.export_button,
            self.save_pruned_button,
            self.save_repaired_button,
        ):
            self._header.add(widget)
        self.copy_button.clicked.connect(self.copy)

    def _lay_out(self) -> None:
        self._upper = QWidget()
        self._upper_stack = QStackedLayout(self._upper)
        self._upper_stack.addWidget(self.busy_label)
        self._upper_stack.addWidget(self.history)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.GRID)
        rows.addWidget(self._upper, 1)
        rows.addWidget(self.tried)
        rows.addWidget(self.view)
        rows.addWidget(self.story)
        self._rest = QWidget()  # below a table that stands alone
        rows.addWidget(self._rest, 1)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.notice)
        column.addLayout(self._stack, 1)

    def _show_parts(self, *, has_upper: bool, has_result: bool) -> None:
        for widget, is_shown in (
            (self._upper, has_upper),
            (self.view, has_result),
            (self.story, has_result),
            (self._rest, has_result and not has_upper),
        ):
            widget.setVisible(is_shown)

    def _fit(self) -> None:
        """Counts show where the whole table has room for them, and the table is as high as its rows."""
        self.view.set_detail(Detail.COUNTS)
        if self.view.needed_height() > self.height() * LARGEST_TABLE:
            self.view.set_detail(Detail.RATES)
        height = self.view.needed_height() + self.view.horizontalScrollBar().sizeHint().height()
        self.view.setFixedHeight(height)
        self.view.resize(self.view.width(), height)  # at once: how wide columns are depends on it
        self.view.fit()

    def _recolour(self) -> None:
        theme.dress(self.copy_button, "copy")
        self.view.horizontalHeader().viewport().update()
        self.view.verticalHeader().viewport().update()
        self.view.viewport().update()
