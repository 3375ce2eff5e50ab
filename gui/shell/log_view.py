"""The log at the bottom of the window."""

import logging

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QWidget

from gui.theme import theme

LINE_COUNT = 2000
_OURS = __name__.rpartition("gui.")[0]  # empty, or the package that contains both where they are installed
_LOGGERS = (f"{_OURS}core", f"{_OURS}gui")


class _Relay(QObject):
    """Passes log lines of any thread to the GUI thread."""

    line_logged = Signal(str)


class _Handler(logging.Handler):
    """Emits the text of each record as a signal."""

    def __init__(self, relay: _Relay) -> None:
        super().__init__(logging.INFO)
        self._relay = relay
        self.setFormatter(logging.Formatter("%(asctime)s  %(levelname)-7s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Emit one record."""
        try:
            text = self.format(record)
        except (TypeError, ValueError):
            self.handleError(record)
            return
        self._relay.line_logged.emit(text)


class LogView(QPlainTextEdit):
    """Shows the log of this application, newest last, between `attach` and `detach`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setMaximumBlockCount(LINE_COUNT)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Log")
        self.setProperty("panel", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlaceholderText("Opened files, runs, saved files and errors are logged here.")
        self._scale()
        self._relay = _Relay()
        self._relay.line_logged.connect(self._on_line_logged, Qt.ConnectionType.QueuedConnection)
        self._handler = _Handler(self._relay)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._scale()

    def _scale(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(max(QApplication.font().pointSizeF(), 1.0))
        self.setFont(theme.scaled_font(font, theme.SMALL))

    def attach(self) -> None:
        """Start receiving log records."""
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            if logger.getEffectiveLevel() > logging.INFO:
                logger.setLevel(logging.INFO)
            logger.addHandler(self._handler)

    def detach(self) -> None:
        """Stop receiving log records."""
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._handler)

    @Slot(str)
    def _on_line_logged(self, text: str) -> None:
        self.appendPlainText(text)
