"""Shows one repair: its progress, its figures before and after, and the buttons that save and export them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.refit.records import RefitEpoch
from core.repair.recipe_records import RepairOutcome
from core.report.repair.verdict import RepairVerdict
from gui.guide.explain import ExplainButton
from gui.job_page.banner import Banner
from gui.repair.result.attempts_view import AttemptsView
from gui.repair.result.history_view import HistoryView
from gui.repair.result.live_view import LiveView
from gui.repair.result.story_view import StoryView
from gui.repair.result.table import repair_table
from gui.state.repairs import NetworkFigures
from gui.tables.detail import Detail
from gui.tables.network_table import NetworkTable
from gui.tables.table_panel import TablePanel
from gui.tables.table_view import ResultsView
from gui.theme import theme
from gui.widgets.choice_menu import choice_menu
from gui.widgets.combo import ElidedCombo
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import Notice, NoticeKind, PanelHeader, centred_label
from gui.widgets.save_buttons import save_buttons

if TYPE_CHECKING:  # brings Keras
    from core.repair.shown.examples import Examples

WHAT_TEXT = "The figures before and after a repair, and how each epoch changed them."
EMPTY_TEXT = "Choose a method on the left and press Repair."
BUSY_TEXT = "The table of figures before and after appears when the repair is done."
EXPORTS = (
    ExportKind("csv", "Epochs as CSV…", "Export the epochs as CSV", "history", ".csv", "CSV table"),
    ExportKind("json", "Everything as JSON…", "Export the results as JSON", "results", ".json", "JSON"),
    ExportKind("report", "Report as one HTML page…", "Export the report", "report", ".html", "HTML page"),
    ExportKind("pdf", "Report as PDF…", "Export the report as PDF", "report", ".pdf", "PDF document"),
)
_KINDS: dict[RepairOutcome | None, NoticeKind] = {
    RepairOutcome.REPAIRED: "ok",
    RepairOutcome.WEAKENED: "warning",
    RepairOutcome.NOT_REPAIRED: "error",
    None: "quiet",
}
LARGEST_TABLE = 0.4  # of the panel's height; a taller table hides its counts
LEAST_CHART = 180  # height of the chart of epochs, in logical pixels
LOSS_HEIGHT = 70
LARGEST_STORY = 0.25  # of the panel's height, beside a chart; the rest is scrolled to


class RepairPanel(TablePanel):
    """Shows the repair in progress or a finished one; it starts no repair itself."""

    repair_chosen = Signal(int)  # position in the names given to `show_names`
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
        self.empty_label = centred_label("")
        self.set_empty_text(EMPTY_TEXT)
        self.history = HistoryView()
        self.busy_label = centred_label(BUSY_TEXT)
        self.banner = Banner()
        self.told = StoryView()
        self.banner.add(self.told.button)
        self.notice = Notice("quiet", is_wrapped=True)
        self.table = NetworkTable()
        self.view = ResultsView()
        self.view.setModel(self.table)
        self.view.setAccessibleName("Before and after the repair")
        self.attempts = AttemptsView()
        self.live = LiveView()
        self._lay_out()
        self.repair_combo.activated.connect(self.repair_chosen)
        self.history.epoch_shown.connect(self._on_epoch_shown)
        self.told.folded.connect(self._fit)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_names((), -1)
        self.clear()

    def clear(self) -> None:
        """Show no repair."""
        self._header.detail.setText("")
        self._forget()
        self._stack.setCurrentIndex(0)

    def set_empty_text(self, text: str) -> None:
        """Set what to do while there is no repair; above it stands what will be there."""
        self.empty_label.setText(f"{WHAT_TEXT}\n\n{text}")

    def begin(
        self,
        name: str,
        summary: str,
        *,
        epochs: int,
        poisoned_names: Sequence[str],
        has_test: bool,
        is_over: bool = False,
    ) -> None:
        """Prepare for a repair.

        Args:
            name: the name of the repair.
            summary: its settings, in a few words.
            epochs: number of epochs of the refit; 0 if nothing is refitted.
            poisoned_names: names of the poisoned sets.
            has_test: whether a clean test set is open.
            is_over: whether its result and verdict follow at once; the earlier ones are not hidden first.
        """
        self._poisoned_names = tuple(poisoned_names)
        self._name = name
        self.show_summary(summary)
        self._forget(is_over=is_over)
        self.begin_refit(epochs, poisoned_names=poisoned_names, has_test=has_test)
        if not is_over:
            self._show_parts(has_upper=True, has_result=False)
        self._stack.setCurrentIndex(1)

    def _forget(self, *, is_over: bool = False) -> None:
        self.notice.show_text("")
        self.attempts.show_rows(())
        if not is_over:
            self.banner.show_words("", "")
            self.told.show_sentences(())
            self.live.clear()
            self.set_export_enabled(False)

    def begin_refit(self, epochs: int, *, poisoned_names: Sequence[str], has_test: bool) -> None:
        """Prepare for this many epochs; 0 means no refit."""
        self.history.begin(max(epochs, 1), poisoned_names=poisoned_names, has_test=has_test)
        self._upper_stack.setCurrentIndex(1 if epochs else 0)

    def show_summary(self, summary: str) -> None:
        """Show the settings or the current step; with the repair's name if the choice of repairs is hidden."""
        self._header.detail.setText(summary if self.repair_combo.count() > 1 else f"{self._name} · {summary}")

    def show_history(self, history: Sequence[RefitEpoch], *, kept_epoch: int, is_over: bool = False) -> None:
        """Draw the epochs so far; see `HistoryView.show_history`."""
        self.history.show_history(history, kept_epoch=kept_epoch, is_over=is_over)
        self._show_answers()

    def show_result(
        self,
        figures: Sequence[NetworkFigures],
        sentences: Sequence[str],
        *,
        notes: Sequence[str] = (),
        examples: "Examples | None" = None,
    ) -> None:
        """Show the results.

        Args:
            figures: the figures of B, B′ and G.
            sentences: how the network was made.
            notes: how the poisoned sets were understood.
            examples: images with a trigger, and their answers; None if there are none.
        """
        self.table.set_table(*repair_table(figures, self._poisoned_names))
        self.told.show_sentences([*sentences, *notes])
        self.live.clear()
        self._show_parts(has_upper=bool(self.history.history), has_result=True)
        self.told.examples.show_examples(examples)
        self._show_answers()
        self.set_export_enabled(True)
        self._fit()

    def show_verdict(self, verdict: RepairVerdict) -> None:
        """Show what the repair has reached."""
        words = " ".join([*verdict.reasons, verdict.figures]).strip()
        self.banner.show_words(verdict.heading, words, _KINDS[verdict.outcome])
        self._fit()

    def show_names(self, names: Sequence[str], chosen: int) -> None:
        """Offer the finished repairs.

        Args:
            names: their names.
            chosen: position of the shown repair; -1 for none.
        """
        self.repair_combo.clear()
        self.repair_combo.addItems(list(names))
        self.repair_combo.setCurrentIndex(chosen)
        self.repair_combo.setVisible(len(names) > 1)

    def set_export_enabled(self, is_enabled: bool) -> None:
        """Set whether there are results to save and export."""
        for button in (self.copy_button, self.export_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_enabled)

    def _build_buttons(self) -> None:
        self.repair_combo = ElidedCombo("The repair that is shown", letters=10)
        self.repair_combo.setAccessibleName("Repair that is shown")
        self.copy_button = _make_copy_button()
        self.export_button = QPushButton("Export")
        exports = [(kind.key, kind.text) for kind in EXPORTS]
        self.export_button.setMenu(choice_menu(self, exports, self.export_requested.emit)[0])
        self.save_pruned_button, self.save_repaired_button = save_buttons(
            self,
            self.save_model_requested.emit,
            pruned_tip="Save B′, the repaired network",
            repaired_tip="Save G, which gives B's answer or “backdoored”",
        )
        self._header.add(ExplainButton("networks"), self.repair_combo, self.copy_button)
        self._header.add(self.export_button, self.save_pruned_button, self.save_repaired_button)
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
        rows.addWidget(self.live)
        rows.addWidget(self._upper, 1)
        rows.addWidget(self.attempts)
        rows.addWidget(self.view)
        rows.addWidget(self.told)
        self._rest = QWidget()  # fills the space below a table without a chart
        rows.addWidget(self._rest, 1)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.banner)
        column.addWidget(self.notice)
        column.addLayout(self._stack, 1)

    def _show_parts(self, *, has_upper: bool, has_result: bool) -> None:
        self._upper.setVisible(has_upper)
        self.view.setVisible(has_result)
        self.told.setVisible(has_result)
        self._rest.setVisible(has_result and not has_upper)

    @Slot()
    def _fit(self) -> None:
        """Make the table as high as its rows, with as much beside it as leaves the chart its room.

        What there is no room for goes in this order: the counts in the table, the loss, what was tried.
        """
        has_chart, is_over = self._upper.isVisibleTo(self), self.view.isVisibleTo(self)
        has_attempts = bool(self.attempts.rows)
        self.view.set_detail(Detail.COUNTS)
        is_tight = has_chart and self._chart_room(has_attempts=has_attempts) < LEAST_CHART
        if is_tight or self.view.needed_height() > self.height() * LARGEST_TABLE:
            self.view.set_detail(Detail.RATES)
        if is_over and has_chart and not self.told.button.isChecked():
            has_attempts = has_attempts and self._chart_room(has_attempts=True) >= LEAST_CHART
        room = self._chart_room(has_attempts=has_attempts)
        self.attempts.setVisible(has_attempts)
        height = self._table_height()
        self.view.setFixedHeight(height)
        self.view.resize(self.view.width(), height)  # at once, because the column widths depend on it
        self.view.fit()
        self.history.set_loss_shown(not is_over or room >= LEAST_CHART + LOSS_HEIGHT)
        self.told.fit(int(self.height() * (LARGEST_STORY if has_chart else 1)))

    def _table_height(self) -> int:
        return self.view.needed_height() + self.view.horizontalScrollBar().sizeHint().height()

    def _chart_room(self, *, has_attempts: bool) -> int:
        """Return the height that is left for the charts."""
        parts = (self._header, self.banner, self.notice, self.live, self.told.examples)
        shown = [each.sizeHint().height() for each in parts if each.isVisibleTo(self)]
        shown += [self.attempts.sizeHint().height()] if has_attempts else []
        shown += [self._table_height()] if self.view.isVisibleTo(self) else []
        return self.height() - sum(shown) - theme.GRID * (len(shown) + 3)

    @Slot(int)
    def _on_epoch_shown(self, _step: int) -> None:
        self._show_answers()

    def _show_answers(self) -> None:
        """Show what B′ answers after the epoch that is shown; at the end after the kept one."""
        epoch = self.history.epoch
        labels = epoch.image_labels if epoch is not None else ()
        if epoch is None or not labels:
            return
        view = self.told.examples if self.view.isVisibleTo(self) else self.live.examples
        view.show_labels(labels, when=f"epoch {epoch.epoch}" if epoch.epoch else "before refitting")

    def _recolour(self) -> None:
        theme.dress(self.copy_button, "copy")
        self.view.recolour()


def _make_copy_button() -> QToolButton:
    button = QToolButton()
    button.setToolTip("Copy the table with counts and intervals (Ctrl+C)")
    button.setAccessibleName("Copy the table")
    button.setProperty("boxed", True)
    return button
