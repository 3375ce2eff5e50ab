"""The main window. It paints before the charts and the engine are imported; its content is created afterwards."""

# ruff: noqa: PLC0415 - what the content needs is imported after the first paint

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from core.version import NAME
from gui.state.preferences import Preferences, save_preferences

if TYPE_CHECKING:
    from gui.shell.wiring import WindowWiring

DEFAULT_WIDTH, DEFAULT_HEIGHT = 1440, 900
MINIMUM_WIDTH, MINIMUM_HEIGHT = 1000, 600


class MainWindow(QMainWindow):
    """The main window.

    Args:
        preferences: the stored preferences; saved when the window closes.

    Attributes:
        wiring: the content of the window; None until the first paint.
    """

    first_painted = Signal()
    furnished = Signal()

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.setWindowTitle(NAME)
        self.preferences = preferences
        self.wiring: WindowWiring | None = None
        self._has_painted = False
        self._is_settled = False  # nothing is left that closing would lose
        self._imports = _import_parts()
        greeting = QLabel(NAME)
        greeting.setProperty("role", "muted")
        greeting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setCentralWidget(greeting)
        self.setMinimumSize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
        self.resize(DEFAULT_WIDTH, DEFAULT_HEIGHT)
        if preferences.geometry:
            self.restoreGeometry(QByteArray.fromBase64(preferences.geometry.encode("ascii", errors="replace")))

    def paintEvent(self, event: QPaintEvent) -> None:
        """After the first paint, start to create the content."""
        super().paintEvent(event)
        if not self._has_painted:
            self._has_painted = True
            QTimer.singleShot(0, self._begin)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about what is not saved; then stop the running job, wait for it, and save the window's geometry."""
        if self.wiring is not None and not self._is_settled:
            is_allowed = self.wiring.guard.allows("Quitting", self.close) and all(
                page.allows_quitting() for page in self.wiring.panels.pages
            )
            self._is_settled = self._is_settled or is_allowed  # it may have been settled while the question was there
            if not self._is_settled:
                event.ignore()
                return
        self.preferences.geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.hide()  # the running job may take a moment to stop
        if self.wiring is not None:
            self.wiring.clear_up()
        save_preferences(self.preferences)
        super().closeEvent(event)

    def close_without_asking(self) -> None:
        """Close the window, whatever is not saved, and a question about that as well."""
        self._is_settled = True
        question = QApplication.activeModalWidget()
        if question is None:
            self.close()
        else:
            question.close()
            QTimer.singleShot(0, self.close)  # if it was another question

    def _fit_to_screen(self) -> None:
        """Keep the window, with its frame, within the screen."""
        screen = self.screen()
        if screen is None or self.isMaximized() or self.isFullScreen():
            return
        free, frame = screen.availableGeometry(), self.frameGeometry()
        room = free.size() - (frame.size() - self.size())
        if not free.contains(frame):
            self.resize(self.size().boundedTo(room))
            frame = self.frameGeometry()
            left = max(free.left(), min(frame.left(), free.right() + 1 - frame.width()))
            top = max(free.top(), min(frame.top(), free.bottom() + 1 - frame.height()))
            self.move(left, top)

    # The content is created in steps, so that the window stays responsive between them.

    @Slot()
    def _begin(self) -> None:
        self.first_painted.emit()
        self._fit_to_screen()
        QTimer.singleShot(0, self._import_next)

    @Slot()
    def _import_next(self) -> None:
        if next(self._imports, self) is self:
            QTimer.singleShot(0, self._make_panels)
        else:
            QTimer.singleShot(0, self._import_next)

    @Slot()
    def _make_panels(self) -> None:
        from gui.shell.window_frame import WindowFrame

        if self.isVisible():  # otherwise it was closed meanwhile
            self._panels = WindowFrame()
            QTimer.singleShot(0, self._furnish)

    @Slot()
    def _furnish(self) -> None:
        if not self.isVisible():
            self._panels.deleteLater()
            return
        from gui.shell.wiring import WindowWiring

        self.wiring = WindowWiring(self, self.preferences, self._panels)
        self.furnished.emit()
        QTimer.singleShot(0, self._fit_to_screen)


def _import_parts() -> Iterator[None]:
    """Import what the content needs, in steps; together they take far longer than all of what came before.

    Each module brings others that the later ones need as well.
    """
    import gui.charts.chart

    yield
    import gui.state.session

    yield
    import gui.files.dialogs

    yield
    import gui.repair.panel

    yield
    import gui.compare.page

    yield
    import gui.prune.page

    yield
    import gui.network.page

    yield
    import gui.classifier.panel

    yield
    import gui.session_file.wiring

    yield
    import gui.shell.wiring  # noqa: F401
