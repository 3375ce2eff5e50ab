"""Shows one repair: its progress, its figures before and after, and the buttons that save and export them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.metrics.measures import FOOLING
from core.refit.records import RefitEpoch
from core.report.repair.recipe_text import HELD_OUT_MEANING
from gui.guide.explain import ExplainButton
from gui.repair.examples_view import ExamplesView
from gui.repair.history_view import HistoryView
from gui.repair.table import repair_table
from gui.state.repairs import NetworkFigures
from gui.tables.network_table import NetworkTable
from gui.tables.table_panel import TablePanel
from gui.tables.table_view import Detail, ResultsView
from gui.theme import theme
from gui.theme.formatting import paragraphs_html
from gui.widgets.choice_menu import choice_menu
from gui.widgets.combo import ElidedCombo
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import Notice, NoticeKind, PanelHeader, ScaledLabel, centred_label
from gui.widgets.save_buttons import save_buttons

if TYPE_CHECKING:  # brings Keras
    from core.repair.examples import Examples

WHAT_TEXT = "The figures before and after a repair, and how each epoch changed them."
EMPTY_TEXT = "Choose a method on the left and press Repair."
BUSY_TEXT = "The table of figures before and after appears when the repair is done."
EXPORTS = (
    ExportKind("csv", "Epochs as CSV…", "Export the epochs as CSV", "history", ".csv", "CSV table"),
    ExportKind("json", "Everything as JSON…", "Export the results as JSON", "results", ".json", "JSON"),
    ExportKind("report", "Report as one HTML page…", "Export the report", "report", ".html", "HTML page"),
)
LARGEST_TABLE = 0.4  # of the panel's height; a taller table hides its counts
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
        self.notice = Notice("quiet", is_wrapped=True)
        self.table = NetworkTable()
        self.view = ResultsView()
        self.view.setModel(self.table)
        self.view.setAccessibleName("Before and after the repair")
        self.attempts_label = ScaledLabel(factor=theme.SMALL)
        self.attempts_label.setWordWrap(True)
        self.attempts_label.setAccessibleName("Plans that were tried")
        self.attempts_label.setToolTip(paragraphs_html([HELD_OUT_MEANING, FOOLING.sentence]))
        self.attempts_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.story = ScaledLabel(role="muted", factor=theme.SMALL)
        self.story.setWordWrap(True)
        self.story.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.story.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.story_area = QScrollArea()
        self.story_area.setAccessibleName("How the network was made")
        self.story_area.setWidget(self.story)
        self.story_area.setWidgetResizable(True)
        for widget in (self.story, self.story_area.viewport()):
            widget.setAutoFillBackground(False)  # the panel's own shows
        self.story_area.setFrameShape(QFrame.Shape.NoFrame)
        self.story_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.examples = ExamplesView()
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
        """Set what to do while there is no repair; above it stands what will be there."""
        self.empty_label.setText(f"{WHAT_TEXT}\n\n{text}")

    def begin(self, name: str, summary: str, *, epochs: int, poisoned_names: Sequence[str], has_test: bool) -> None:
        """Prepare for a repair.

        Args:
            name: the name of the repair.
            summary: its settings, in a few words.
            epochs: number of epochs of the refit; 0 if nothing is refitted.
            poisoned_names: names of the poisoned sets.
            has_test: whether a clean test set is open.
        """
        self._poisoned_names = tuple(poisoned_names)
        self._name = name
        self.show_summary(summary)
        self.notice.show_text("")
        self.story.setText("")
        self.show_attempts("")
        self.set_export_enabled(False)
        self.begin_refit(epochs, poisoned_names=poisoned_names, has_test=has_test)
        self._show_parts(has_upper=True, has_result=False)
        self._stack.setCurrentIndex(1)

    def begin_refit(self, epochs: int, *, poisoned_names: Sequence[str], has_test: bool) -> None:
        """Prepare for this many epochs; 0 means no refit."""
        self.history.begin(max(epochs, 1), poisoned_names=poisoned_names, has_test=has_test)
        self._upper_stack.setCurrentIndex(1 if epochs else 0)

    def show_attempts(self, text: str) -> None:
        """Show the plans tried so far, one per line; an empty text hides the label."""
        self.attempts_label.setText(text)
        self.attempts_label.setVisible(bool(text))

    def show_summary(self, summary: str) -> None:
        """Show the settings or the current step; with the repair's name if the choice of repairs is hidden."""
        self._header.detail.setText(summary if self.repair_combo.count() > 1 else f"{self._name} · {summary}")

    def show_history(self, history: Sequence[RefitEpoch], *, kept_epoch: int, is_over: bool = False) -> None:
        """Draw the epochs so far; see `HistoryView.show_history`."""
        self.history.show_history(history, kept_epoch=kept_epoch, is_over=is_over)

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
        self.story.setText(" ".join([*sentences, *notes]))
        self._show_parts(has_upper=bool(self.history.history), has_result=True)
        self.examples.show_examples(examples)
        self.set_export_enabled(True)
        self._fit()

    def show_notice(self, text: str, kind: NoticeKind = "quiet") -> None:
        """Show a notice about this repair; an empty text hides it."""
        self.notice.show_text(text, kind=kind)

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

    def set_choosable(self, is_choosable: bool) -> None:
        """Set whether another repair can be chosen; not while one is in progress."""
        self.repair_combo.setEnabled(is_choosable)

    def set_export_enabled(self, is_enabled: bool) -> None:
        """Set whether there are results to save and export."""
        for button in (self.copy_button, self.export_button, self.save_pruned_button, self.save_repaired_button):
            button.setEnabled(is_enabled)

    def _build_buttons(self) -> None:
        self.repair_combo = ElidedCombo("The repair that is shown", letters=10)
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
            pruned_tip="Save B′, the repaired network",
            repaired_tip="Save G, which gives B's answer or “backdoored”",
        )
        for widget in (
            ExplainButton("networks"),
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
        rows.addWidget(self.attempts_label)
        rows.addWidget(self.view)
        self._told = QWidget()
        self._beside = beside = QHBoxLayout(self._told)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(2 * theme.GRID)
        beside.addWidget(self.story_area, 1, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.examples, 0, Qt.AlignmentFlag.AlignTop)
        rows.addWidget(self._told)
        self._rest = QWidget()  # fills the space below a table without a chart
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
            (self._told, has_result),
            (self._rest, has_result and not has_upper),
        ):
            widget.setVisible(is_shown)

    def _fit(self) -> None:
        """Show counts if the whole table fits with them, and make the table as high as its rows."""
        self.view.set_detail(Detail.COUNTS)
        if self.view.needed_height() > self.height() * LARGEST_TABLE:
            self.view.set_detail(Detail.RATES)
        height = self.view.needed_height() + self.view.horizontalScrollBar().sizeHint().height()
        self.view.setFixedHeight(height)
        self.view.resize(self.view.width(), height)  # at once, because the column widths depend on it
        self.view.fit()
        self._fit_story()

    def _fit_story(self) -> None:
        """Make the sentences as high as they are, up to a part of the panel; the rest is scrolled to."""
        self._beside.activate()  # the examples take their width first
        room = self.story_area.viewport().width()
        most = int(self.height() * (LARGEST_STORY if self._upper.isVisibleTo(self) else 1))
        if self.examples.isVisibleTo(self):
            most = max(most, self.examples.sizeHint().height())
        self.story_area.setFixedHeight(max(1, min(self.story.heightForWidth(room), most)))

    def _recolour(self) -> None:
        theme.dress(self.copy_button, "copy")
        self.view.horizontalHeader().viewport().update()
        self.view.verticalHeader().viewport().update()
        self.view.viewport().update()
