"""A report of a fault as text, for any tracker: versions, open files by their hashes, the last log lines."""

import getpass
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.data.dataset import Dataset
from gui.guide.about import version_facts
from gui.guide.window_help import DialogHelp
from gui.keys.bindings import bind
from gui.state.session import Session
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

TITLE = "Report a fault"
WIDTH, HEIGHT = 680, 560
LOG_LINES = 60
HINT = (
    "Nothing is sent. Read the text, write what you did, and copy it to where you report. It names no folder and no "
    "user; the files are there by their SHA-256, and the log by the names of files."
)
COPIED = "Copied."
QUESTIONS = "What I did:\n\n\nWhat I expected:\n\n\nWhat happened:\n\n\n"
_FOLDERS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^/\\\n'\"<>|:*?]+[/\\])+")


def without_folders(text: str, *, user: str = "") -> str:
    """Return a text in which each path is its last part alone, and the name of the user is left out."""
    found = _FOLDERS.sub("…/", text.replace(str(Path.home()), "~"))
    return re.sub(rf"(?<!\w){re.escape(user)}(?!\w)", "user", found) if len(user) > 2 else found


def open_files(session: Session) -> list[str]:
    """Return a line for each open file: its role, its shape and its SHA-256."""
    lines = []
    if session.summary is not None:
        summary = session.summary
        shape = " × ".join(map(str, summary.input_shape))
        lines.append(f"model: {summary.source_format}, reads {shape}, {summary.class_count} classes, {summary.sha256}")
    sets: list[tuple[str, Dataset | None]] = [
        ("clean validation", session.validation),
        ("clean test", session.test),
        *(("poisoned", each) for each in session.poisoned),
        ("more clean images", session.unlabelled),
    ]
    for role, data in sets:
        if data is not None:
            shape = " × ".join(map(str, data.image_shape))
            lines.append(f"{role}: {data.image_count:,} images of {shape}, {data.sha256 or 'no file'}")
    return lines or ["none"]


def report_text(session: Session, *, log: str) -> str:
    """Return the report.

    Args:
        session: the open files.
        log: the log, newest last.
    """
    facts = [f"{name}: {value}" for name, value in version_facts().items()]
    lines = log.splitlines()[-LOG_LINES:]
    parts = (
        QUESTIONS + "Versions",
        *facts,
        "\nOpen files (SHA-256)",
        *open_files(session),
        f"\nLast {len(lines)} lines of the log",
        *lines,
    )
    return without_folders("\n".join(parts), user=_user()) + "\n"


class FaultDialog(QDialog):
    """Shows the report, which can be changed before it is copied."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "fault")
        self.setWindowTitle(TITLE)
        hint = ScaledLabel(HINT, role="muted", factor=theme.SMALL)
        hint.setWordWrap(True)
        self.text = QPlainTextEdit(text)
        self.text.setAccessibleName("Report")
        self.text.setTabChangesFocus(True)
        self.copy_button = QPushButton("&Copy")
        theme.dress(self.copy_button, "copy")
        self.told = ScaledLabel("", role="ok", factor=theme.SMALL)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.copy_button)
        foot.addWidget(self.told)
        foot.addStretch(1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(hint)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        self.copy_button.clicked.connect(self._copy)
        self.resize(WIDTH, HEIGHT)
        self.text.setFocus()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.told.setText(COPIED)


class FaultReport(QObject):
    """Offers the report in a menu.

    Args:
        menu: gets the entry, before its last one.
        session: the open files.
        log: returns the log.
        window: parent of the dialog.
    """

    def __init__(self, *, menu: QMenu, session: Session, log: Callable[[], str], window: QWidget) -> None:
        super().__init__(window)
        self._session, self._log, self._window = session, log, window
        self.action = QAction("&Report a fault…", self)
        bind(self.action, "help.report", "Help")
        self.action.triggered.connect(self.open)
        menu.insertAction(menu.actions()[-1], self.action)  # "About" stays the last one

    @Slot()
    def open(self) -> None:
        """Show the report."""
        box = FaultDialog(report_text(self._session, log=self._log()), self._window)
        box.exec()
        box.deleteLater()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
