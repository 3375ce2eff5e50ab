"""The window with the pinned readings; it stays open beside the main window."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from core.report.tables.formats import table_text
from core.report.tables.plain_table import PlainTable
from gui.guide.window_help import WindowHelp
from gui.keys.bindings import bindings
from gui.pins.records import TITLE
from gui.tables.twin import TwinView
from gui.theme import theme
from gui.widgets.labels import centred_label

WIDTH, HEIGHT = 760, 320
EMPTY_TEXT = (
    "Nothing is pinned: press {prune.pin-here} on the curves, or click them with Shift, to pin the figures of a step"
)


class PinsWindow(QWidget):
    """Lists the readings in a table that can be sorted, copied and exported.

    Attributes:
        table: the readings.
        copy_button, export_button: of the table as it is shown.
        remove_button: removes the selected readings.
        clear_button: removes all.
        help: explains on F1 what has the focus.
    """

    removed = Signal(object)  # tuple[int, ...], the rows

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(TITLE)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.table = TwinView(TITLE)
        self.copy_button = QPushButton("&Copy")
        self.copy_button.setToolTip("Copy the table as it is shown; Ctrl+C in it copies the selected rows")
        self.export_button = QPushButton("&Export…")
        self.export_button.setToolTip("Export or copy the readings as CSV, JSON, Markdown or LaTeX")
        self.remove_button = QPushButton("&Remove")
        self.remove_button.setToolTip("Remove the selected readings (Delete)")
        self.clear_button = QPushButton("Remove &all")
        self._empty = centred_label("")
        self._lay_out()
        self.copy_button.clicked.connect(self._on_copy)
        self.export_button.clicked.connect(self._on_export)
        self.remove_button.clicked.connect(self._on_remove)
        self.clear_button.clicked.connect(self._on_clear)
        self.table.selectionModel().selectionChanged.connect(self._update)
        bindings.changed.connect(self._show_keys)
        self._show_keys()
        self._widest = WIDTH  # that the table has needed
        self.help = WindowHelp(self, "pins")
        self.resize(WIDTH, HEIGHT)
        self._update()

    def show_table(self, table: PlainTable) -> None:
        """Show the readings."""
        self.table.show_table(table)
        self._stack.setCurrentWidget(self.table if table.rows else self._empty)
        self._widen()
        self._update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove with Delete; close with Esc or Ctrl+W."""
        if event.matches(QKeySequence.StandardKey.Delete):
            self._on_remove()
        elif event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Close):
            self.close()
        else:
            super().keyPressEvent(event)

    def _widen(self) -> None:
        """Make room for columns that are wider than all earlier ones, as far as the screen has it."""
        margins = self.contentsMargins() + self._column.contentsMargins()
        needed = self.table.content_width + margins.left() + margins.right()
        if needed > self._widest:
            self._widest = needed
            room = self.screen().availableGeometry().width() - 2 * theme.GRID
            self.resize(max(self.width(), min(needed, room)), self.height())

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        for button in (self.copy_button, self.export_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        for button in (self.remove_button, self.clear_button):
            buttons.addWidget(button)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(self._stack, 1)
        column.addLayout(buttons)

    @Slot()
    def _update(self) -> None:
        has_rows = bool(self.table.table.rows)
        for button in (self.copy_button, self.export_button, self.clear_button):
            button.setEnabled(has_rows)
        self.remove_button.setEnabled(self.table.selectionModel().hasSelection())

    @Slot()
    def _show_keys(self) -> None:
        self._empty.setText(bindings.filled(EMPTY_TEXT))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(table_text(self.table.shown_table(), "tsv"))

    @Slot()
    def _on_export(self) -> None:
        """Open the menu that a right click on the table opens."""
        self.table.customContextMenuRequested.emit(QPoint(0, 0))

    @Slot()
    def _on_remove(self) -> None:
        if self.table.selectionModel().hasSelection():
            self.removed.emit(self.table.chosen_rows())

    @Slot()
    def _on_clear(self) -> None:
        self.removed.emit(tuple(range(len(self.table.table.rows))))
