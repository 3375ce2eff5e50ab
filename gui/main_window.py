"""The window's shell: it is on the screen before the charts and the engine are even imported, then it is furnished."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QMainWindow

from core.version import NAME
from gui.preferences import Preferences, save_preferences

if TYPE_CHECKING:
    from gui.desk import Desk

DEFAULT_WIDTH, DEFAULT_HEIGHT = 1440, 900


class MainWindow(QMainWindow):
    """The one window.

    Args:
        preferences: what was remembered; written back when the window closes.

    Attributes:
        desk: all that is on the window; None until it has painted for the first time.
    """

    first_painted = Signal()
    furnished = Signal()

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.setWindowTitle(NAME)
        self.preferences = preferences
        self.desk: Desk | None = None
        self._has_painted = False
        greeting = QLabel(NAME)
        greeting.setProperty("role", "muted")
        greeting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setCentralWidget(greeting)
        self.resize(DEFAULT_WIDTH, DEFAULT_HEIGHT)
        screen = self.screen()
        if screen is not None:
            self.resize(self.size().boundedTo(screen.availableSize()))
        if preferences.geometry:
            self.restoreGeometry(QByteArray.fromBase64(preferences.geometry.encode("ascii", errors="replace")))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say when the window is there for the first time: now it may get busy."""
        super().paintEvent(event)
        if not self._has_painted:
            self._has_painted = True
            QTimer.singleShot(0, self._furnish)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what runs, wait for it, remember the window's shape."""
        self.preferences.geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.hide()  # what runs may take a moment to stop
        if self.desk is not None:
            self.desk.clear_up()
        save_preferences(self.preferences)
        super().closeEvent(event)

    @Slot()
    def _furnish(self) -> None:
        self.first_painted.emit()
        from gui.desk import Desk  # noqa: PLC0415 - takes as long as all of what came before, so the window paints first

        self.desk = Desk(self, self.preferences)
        self.furnished.emit()
