"""The About box: versions, licence, how files are read, and a copy of all that for a report of a fault."""

import html
import platform

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import Qt, Slot, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.version import NAME, versions
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

LARGE = 1.4
WIDTH = 460
TOLD = "Copied. Paste it into your report, with what you did, what you expected and what happened."
_TITLES = {
    "application": NAME,
    "python": "Python",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "h5py": "h5py",
    "pillow": "Pillow",
}


class AboutDialog(QDialog):
    """Shows what the application is and of which versions it consists.

    Args:
        sandbox: whether and how the process that reads files is locked in.
        parent: the window.
    """

    def __init__(self, *, sandbox: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "about")
        self.setWindowTitle(f"About {NAME}")
        self._sandbox = sandbox
        facts = version_facts()
        title = ScaledLabel(f"{NAME} {facts[NAME]}", factor=LARGE, is_bold=True)
        summary = ScaledLabel("Inspect, prune and repair backdoored image classifiers.")
        rows = "".join(
            f'<tr><td style="padding-right: 16px">{html.escape(name)}</td><td>{html.escape(value)}</td></tr>'
            for name, value in facts.items()
            if name != NAME
        )
        self.table = ScaledLabel(f"<table>{rows}</table>")
        self.table.setTextFormat(Qt.TextFormat.RichText)
        self.table.setAccessibleName("Versions")
        safety = ScaledLabel(
            f"Files are read in a separate process, sandbox: {sandbox.rstrip('.')}. The files you open never leave "
            "this computer. MIT licence.",
            role="muted",
            factor=theme.SMALL,
        )
        self.told = ScaledLabel(" ", role="ok", factor=theme.SMALL)
        for label in (summary, self.table, safety, self.told):
            label.setWordWrap(True)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the versions and the system, for a report of a fault")
        theme.dress(self.copy_button, "copy")
        self.copy_button.clicked.connect(self._copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.copy_button)
        foot.addStretch(1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(theme.GRID)
        for widget in (title, summary, self.table, safety, self.told):
            column.addWidget(widget)
        column.addLayout(foot)
        self.setMinimumWidth(WIDTH)

    @property
    def report_text(self) -> str:
        """What "Copy" puts on the clipboard."""
        lines = [f"{name}: {value}" for name, value in version_facts().items()]
        lines.append(f"Sandbox: {self._sandbox}")
        return "\n".join([*lines, "", "What I did:", "", "What I expected:", "", "What happened:", ""])

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report_text)
        self.told.setText(TOLD)


def version_facts() -> dict[str, str]:
    """Return the versions of the application, the libraries and the system, by their names; imports no library."""
    found = versions()
    facts = {_TITLES[key]: found[key] for key in _TITLES if key in found}
    facts |= {"Qt": qVersion(), "PySide6": pyside_version}
    facts["System"] = f"{platform.platform()}, {platform.machine()}"
    facts["Window system"] = QGuiApplication.platformName() or "none"
    return facts
