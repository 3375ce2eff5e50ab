"""Starts the window: application object, theme, exception hooks, event loop."""

import logging
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from core.intake.room.freed import share_malloc_arenas
from core.version import NAME, VERSION
from gui.shell.garbage import GarbageCollector
from gui.shell.main_window import MainWindow
from gui.state.preferences import load_preferences
from gui.theme import theme
from gui.theme.text_size import apply_text_size

if TYPE_CHECKING:
    from gui.state.session import StartFiles

logger = logging.getLogger(__name__)


class _CrashGuard(QObject):
    """Logs unexpected exceptions of all threads and shows them, one dialog at a time; the window stays open."""

    caught = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._is_shown = False
        self.caught.connect(self._on_caught, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Install the exception hooks."""
        self._previous = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Restore the earlier hooks."""
        sys.excepthook, threading.excepthook = self._previous

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        logger.critical("Unforeseen: %s", error, exc_info=(kind, error, trace))
        details = "".join(traceback.format_exception(kind, error, trace))
        self.caught.emit(f"{kind.__name__}: {error}", details)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(str, str)
    def _on_caught(self, summary: str, details: str) -> None:
        if self._is_shown:
            return  # one dialog at a time; the log has all of them
        self._is_shown = True
        from gui.files import dialogs  # noqa: PLC0415 - not needed before the window paints

        try:
            dialogs.show_unforeseen(QApplication.activeWindow(), summary=summary, details=details)
        finally:
            self._is_shown = False


def start_window(*, demo: bool = False, files: "StartFiles | None" = None) -> int:
    """Open the window and run until it is closed.

    Args:
        demo: whether to open the embedded demo and run it.
        files: the files to open at the start.

    Returns:
        The exit status.
    """
    share_malloc_arenas()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("backdoor-inspector")
    app.setApplicationDisplayName(NAME)
    app.setApplicationVersion(VERSION)
    preferences = load_preferences()
    theme.apply_theme(app, preferences.theme)
    apply_text_size(app, preferences.text_size)
    guard = _CrashGuard()
    guard.install()
    try:
        window = MainWindow(preferences)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        opener = _Opener(window, demo=demo, files=files)
        window.furnished.connect(opener.open)
        collector = GarbageCollector(
            is_busy=lambda: window.wiring is not None and window.wiring.runner.is_busy, parent=window
        )
        collector.start()
        window.show()
        try:
            with _closing_on_interrupt(window) as interrupted:
                status = app.exec()
        finally:
            collector.stop()
        return 130 if interrupted else status
    finally:
        guard.remove()


class _Opener(QObject):
    """Opens the files given at the start once the window is shown."""

    def __init__(self, window: MainWindow, *, demo: bool, files: "StartFiles | None") -> None:
        super().__init__(window)
        self._window = window
        self._is_demo = demo
        self._files = files

    @Slot()
    def open(self) -> None:
        wiring = self._window.wiring
        assert wiring is not None
        if self._is_demo:
            wiring.open_demo()
        elif self._files is not None:
            wiring.open_start_files(self._files)
        else:
            wiring.view_control.start_tour_if_wanted()


@contextmanager
def _closing_on_interrupt(window: MainWindow) -> Iterator[list[int]]:
    """Let Ctrl-C in the terminal close the window, a second one without asking; yields the received signals."""
    interrupted: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        interrupted.append(number)
        if QApplication.activeModalWidget() is not None:  # perhaps the question that the first one brought
            window.close_without_asking()
        else:
            window.close()

    timer = QTimer()
    timer.timeout.connect(_let_python_handle_signals)  # Python handles signals only while Python code runs
    timer.start(200)
    previous = signal.signal(signal.SIGINT, on_signal)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, previous)
        timer.stop()


def _let_python_handle_signals() -> None:
    """Do nothing; the call lets Python handle pending signals."""
