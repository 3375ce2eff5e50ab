"""The log at the foot of the window."""

import logging

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from gui.theme import theme

LINE_COUNT = 2000
_OURS = __name__.rpartition("gui.")[0]  # empty, or the package that both are in where they are installed
_LOGGERS = (f"{_OURS}core", f"{_OURS}gui")


class _Relay(QObject):
    """Carries lines from whichever thread logged them to the GUI thread."""

    line_logged = Signal(str)


class _Handler(logging.Handler):
    """Sends every record's text through a signal."""

    def __init__(self, relay: _Relay) -> None:
        super().__init__(logging.INFO)
        self._relay = relay
        self.setFormatter(logging.Formatter("%(asctime)s  %(levelname)-7s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record on."""
        try:
            text = self.format(record)
        except (TypeError, ValueError):
            self.handleError(record)
            return
        self._relay.line_logged.emit(text)


class LogView(QPlainTextEdit):
    """Shows what this application logs, newest last, from the moment `attach` is called until `detach`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setMaximumBlockCount(LINE_COUNT)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Log")
        self.setProperty("panel", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlaceholderText("What is opened, run, saved or refused is noted here.")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.setFont(theme.scaled_font(font, theme.SMALL))
        self._relay = _Relay()
        self._relay.line_logged.connect(self._on_line_logged, Qt.ConnectionType.QueuedConnection)
        self._handler = _Handler(self._relay)

    def attach(self) -> None:
        """Begin to listen."""
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            if logger.getEffectiveLevel() > logging.INFO:
                logger.setLevel(logging.INFO)
            logger.addHandler(self._handler)

    def detach(self) -> None:
        """Stop listening."""
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._handler)

    @Slot(str)
    def _on_line_logged(self, text: str) -> None:
        self.appendPlainText(text)
