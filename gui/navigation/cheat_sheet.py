"""The list of keyboard shortcuts, made from the commands and topics themselves; it can be copied and printed."""

import html
from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication, QPagedPaintDevice, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from gui.guide.topics import TOPICS
from gui.guide.window_help import DialogHelp
from gui.navigation.commands import Command
from gui.theme import theme

Group = tuple[str, tuple[tuple[str, str], ...]]
WIDTH, HEIGHT = 560, 620
TITLE = "Keyboard shortcuts"
EVERYWHERE: Group = (
    "Everywhere",
    (("Tab, Shift+Tab", "go to the next field or button, or to the one before"), ("Alt", "open the menus")),
)


def find_groups(commands: Sequence[Command]) -> tuple[Group, ...]:
    """Return the commands with keys by menu and page, then the keys of single parts of the window.

    Args:
        commands: the commands of the window.
    """
    by_group: dict[str, dict[str, str]] = {}
    for command in commands:
        if command.shortcut:
            group = by_group.setdefault(command.group.split(" › ", maxsplit=1)[0], {})
            group.setdefault(command.text.removesuffix("…"), command.shortcut)
    named = [(name, tuple((keys, text) for text, keys in rows.items())) for name, rows in by_group.items()]
    parts = [(f"In “{topic.title}”", topic.present_keys) for topic in TOPICS if topic.keys]
    return (*named, EVERYWHERE, *parts)


def as_text(groups: Sequence[Group]) -> str:
    """Return the list as plain text, the keys in a column."""
    widest = max((len(keys) for _, rows in groups for keys, _ in rows), default=0)
    parts = ["\n".join([name, *(f"  {keys:<{widest}}  {text}" for keys, text in rows)]) for name, rows in groups]
    return f"{TITLE}\n\n" + "\n\n".join(parts) + "\n"


def as_html(groups: Sequence[Group], query: str = "") -> str:
    """Return the list as a page; with a query, only the rows that contain its words."""
    wanted = query.lower().split()
    parts: list[str] = []
    for name, rows in groups:
        fitting = [row for row in rows if all(word in f"{name} {row[0]} {row[1]}".lower() for word in wanted)]
        if not fitting:
            continue
        parts.append(f'<tr><td colspan="2" style="padding-top: 10px"><b>{html.escape(name)}</b></td></tr>')
        parts += [
            f'<tr><td style="padding-right: 24px; white-space: nowrap">{html.escape(keys)}</td>'
            f"<td>{html.escape(text)}</td></tr>"
            for keys, text in fitting
        ]
    return f'<table cellpadding="2">{"".join(parts)}</table>' if parts else "<p>No shortcut fits.</p>"


class CheatSheet(QDialog):
    """Shows the list; the field filters it."""

    change_requested = Signal()

    def __init__(self, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "shortcuts")
        self.setWindowTitle(TITLE)
        self._groups = find_groups(commands)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText("Find a key or an action")
        self.search_field.setAccessibleName("Find a key or an action")
        self.search_field.setClearButtonEnabled(True)
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(TITLE)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the whole list as text")
        self.print_button = QPushButton("Print…")
        self.print_button.setToolTip("Print the whole list, or save it as PDF")
        self.change_button = QPushButton("Change…")
        self.change_button.setToolTip("Give actions other keys")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in (self.copy_button, self.print_button, self.change_button):
            button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self.copy_button)
        foot.addWidget(self.print_button)
        foot.addWidget(self.change_button)
        foot.addStretch(1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search_field)
        column.addWidget(self.browser, 1)
        column.addLayout(foot)
        self.resize(WIDTH, HEIGHT)
        self.search_field.textChanged.connect(self._show)
        self.copy_button.clicked.connect(self._copy)
        self.print_button.clicked.connect(self._print)
        self.change_button.clicked.connect(self._on_change)
        self._show("")

    @property
    def text(self) -> str:
        """The whole list as plain text."""
        return as_text(self._groups)

    @Slot(str)
    def _show(self, query: str) -> None:
        self.browser.setHtml(as_html(self._groups, query))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)

    @Slot()
    def _on_change(self) -> None:
        self.reject()
        self.change_requested.emit()

    def print_on(self, device: QPagedPaintDevice) -> None:
        """Print the whole list."""
        document = QTextDocument()
        document.setHtml(f"<h2>{TITLE}</h2>{as_html(self._groups)}")
        document.print_(device)

    @Slot()
    def _print(self) -> None:
        """Ask for a printer, one of which writes a PDF, and print."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415 - slow to load and rarely used

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self).exec() == QDialog.DialogCode.Accepted:
            self.print_on(printer)
