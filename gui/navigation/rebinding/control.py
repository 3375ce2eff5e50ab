"""Keeps the keyboard shortcuts that a person chose, and opens the dialog that changes them."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from gui.keys.bindings import bindings
from gui.navigation.rebinding.dialog import ShortcutsDialog
from gui.state.preferences import Preferences, save_preferences


class RebindingControl(QObject):
    """Takes the stored keys; created when all actions of the window are declared.

    Args:
        window: parent of the dialog.
        action: opens it.
        preferences: the stored preferences; kept up to date.
    """

    def __init__(self, *, window: QWidget, action: QAction, preferences: Preferences) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        bindings.take(preferences.shortcuts)
        bindings.log_unknown()
        action.triggered.connect(self.open)

    @Slot()
    def open(self) -> None:
        """Change keys in the dialog; each change is stored at once."""
        box = ShortcutsDialog(bindings, self._window)
        bindings.changed.connect(self._store)
        box.exec()
        bindings.changed.disconnect(self._store)
        box.deleteLater()

    @Slot()
    def _store(self) -> None:
        self._preferences.shortcuts = bindings.own
        save_preferences(self._preferences)
