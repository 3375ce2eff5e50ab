"""The Edit menu: undo, redo and the list of steps."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from gui.keys.bindings import bind
from gui.theme import theme
from gui.undo.history import History
from gui.undo.history_dialog import HistoryDialog

MOST_LETTERS = 60  # of a step's label in the menu


class EditMenu(QObject):
    """Offers to undo and to redo the steps of a history.

    Args:
        history: the steps.
        window: its menu bar gets the menu, after the first one.
        allows: asked before the model is closed by a step; see `FileControl.allows`.

    Attributes:
        menu: the menu.
        undo: undoes the last step; its text names it.
        redo: does the next step again.
        show_history: opens the list of steps.
        dialog: the list of steps; None until it is opened.
    """

    asked = Signal()  # the user goes to another step: what was said of the last ones is out of date

    def __init__(
        self, *, history: History, window: QMainWindow, allows: Callable[[str, Callable[[], None]], bool]
    ) -> None:
        super().__init__(window)
        self._history = history
        self._window = window
        self._allows = allows
        self.dialog: HistoryDialog | None = None
        self.menu = QMenu("&Edit", window)
        self.menu.setToolTipsVisible(True)
        self.undo = self._add("edit.undo", "&Undo", ["Ctrl+Z"], self._on_undo)
        self.redo = self._add("edit.redo", "&Redo", ["Ctrl+Shift+Z", "Ctrl+Y"], self._on_redo)
        self.menu.addSeparator()
        self.show_history = self._add("edit.history", "&History…", ["Ctrl+H"], self._on_show_history)
        bar = window.menuBar()
        bar.insertMenu(bar.actions()[1], self.menu)
        history.changed.connect(self.update)
        theme.signals.theme_changed.connect(self._recolour)
        self.update()
        self._recolour()

    @Slot()
    def update(self) -> None:
        """Name the steps in the menu, and disable what cannot be done now."""
        history = self._history
        for action, verb, place in (
            (self.undo, "&Undo", history.index - 1),
            (self.redo, "&Redo", history.index),
        ):
            labels = history.labels
            label = labels[place] if 0 <= place < len(labels) else ""
            short = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"
            reason = history.reason_against(place)
            action.setText(f"{verb} “{short.replace('&', '&&')}”" if label else verb)
            action.setEnabled(not reason)
            action.setToolTip(reason or label)

    @Slot(int)
    def go_to(self, index: int) -> None:
        """Undo or redo steps until so many are done."""
        if index != self._history.index:
            self.asked.emit()
        drops = self._history.drops_networks(index)
        if not drops or self._allows("Closing the model", lambda: self.go_to(index)):
            self._history.go_to(index)

    @Slot()
    def _on_undo(self) -> None:
        self.go_to(self._history.index - 1)

    @Slot()
    def _on_redo(self) -> None:
        self.go_to(self._history.index + 1)

    @Slot()
    def _on_show_history(self) -> None:
        if self.dialog is None:
            self.dialog = HistoryDialog(self._history, self._window)
            self.dialog.index_requested.connect(self.go_to)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.list.setFocus()

    @Slot()
    def _recolour(self) -> None:
        self.undo.setIcon(theme.icon("undo"))
        self.redo.setIcon(theme.icon("redo"))

    def _add(self, key: str, text: str, keys: list[str], slot: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        bind(action, key, "Edit", *keys)
        action.triggered.connect(slot)
        self.menu.addAction(action)
        return action
