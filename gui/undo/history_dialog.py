"""The list of steps that can be undone and done again."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.undo.history import History
from gui.widgets.labels import ScaledLabel

WIDTH, HEIGHT = 360, 420
START = "Start"
HINT = "Choose a step to show what there was after it. Steps below it are undone, and can be done again."


class HistoryDialog(QDialog):
    """Lists what was done, the earliest first; choosing a line goes to the state after that step.

    Args:
        history: the steps.
        parent: the window; the list stays open beside it.
    """

    index_requested = Signal(int)  # how many steps are to be done

    def __init__(self, history: History, parent: QWidget) -> None:
        super().__init__(parent)
        DialogHelp(self, "history")
        self._history = history
        self.setWindowTitle("History")
        self.setModal(False)
        self.resize(WIDTH, HEIGHT)
        self.list = QListWidget()
        self.list.setAccessibleName("Steps, the earliest first")
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.note = ScaledLabel(HINT, role="muted", factor=theme.SMALL)
        self.note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.list, 1)
        column.addWidget(self.note)
        column.addWidget(buttons)
        self.list.currentRowChanged.connect(self._on_row_changed)
        history.changed.connect(self.show_steps)
        theme.signals.theme_changed.connect(self.show_steps)
        self.show_steps()

    @Slot()
    def show_steps(self) -> None:
        """Show the steps, with the last one that is done chosen and those after it greyed."""
        history = self._history
        was_blocked = self.list.blockSignals(True)
        labels = (START, *history.labels)
        while self.list.count() > len(labels):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(labels):
            self.list.addItem(QListWidgetItem())
        colours = theme.current()
        for place, label in enumerate(labels):
            item = self.list.item(place)
            item.setText(label)
            item.setToolTip(label)
            is_done = place <= history.index
            item.setForeground(QColor(colours.text if is_done else colours.muted))
            font = item.font()
            font.setItalic(not is_done)
            item.setFont(font)
            item.setSizeHint(QSize(0, self.list.fontMetrics().height() + theme.GRID))
        self.list.setCurrentRow(history.index)
        self.list.blockSignals(was_blocked)
        reasons = (history.reason_against(history.index - 1), history.reason_against(history.index))
        busy = [each for place, each in zip((history.index - 1, history.index), reasons, strict=True) if each]
        has_steps = len(labels) > 1
        self.note.setText(next(iter(busy), HINT) if has_steps and len(busy) == 2 else HINT)

    @Slot(int)
    def _on_row_changed(self, row: int) -> None:
        if row >= 0:
            self.index_requested.emit(row)
            self.show_steps()  # it may have been refused
