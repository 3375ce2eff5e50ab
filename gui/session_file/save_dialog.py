"""Asks how a session is saved: as one file or a folder, with or without the files that are open."""

from dataclasses import dataclass

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from gui.guide.window_help import DialogHelp
from gui.theme import theme

INCLUDE = "&Include the open files"


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a session is saved.

    Attributes:
        is_folder: as a folder, instead of one file.
        has_copies: with copies of the files that are open.
    """

    is_folder: bool = False
    has_copies: bool = False


class SaveSessionDialog(QDialog):
    """Asks how a session is saved.

    Args:
        options: what is proposed.
        size_bytes: the size of the files that are open.
        parent: the window.
    """

    def __init__(self, options: SaveOptions, *, size_bytes: int, parent: QWidget) -> None:
        super().__init__(parent)
        DialogHelp(self, "save-session")
        self.setWindowTitle("Save session")
        self.archive = QRadioButton("As one &file (.zip)")
        self.folder = QRadioButton("As a f&older (.session)")
        (self.folder if options.is_folder else self.archive).setChecked(True)
        self.copies = QCheckBox(f"{INCLUDE} ({QLocale.c().formattedDataSize(size_bytes, 1)})")
        self.copies.setChecked(options.has_copies)
        self.copies.setToolTip("With copies of them the session can be opened on another computer")
        about = QLabel(
            "The session holds runs, repairs with their weights, masks, comparison, detection, image, trigger and "
            "layout. The open files are named by path and hash; with copies of them the session can be opened on "
            "another computer."
        )
        about.setWordWrap(True)
        about.setProperty("role", "muted")
        about.setMinimumWidth(380)
        buttons = QDialogButtonBox()
        self.save_button = buttons.addButton("Choose a name…", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        for part in (about, self.archive, self.folder, self.copies, buttons):
            column.addWidget(part)
        self.archive.setFocus() if not options.is_folder else self.folder.setFocus()

    @property
    def options(self) -> SaveOptions:
        """What was chosen."""
        return SaveOptions(self.folder.isChecked(), self.copies.isChecked())
