"""The dialogs that choose files, which open no file themselves.

To draw an icon and a type, Qt reads the beginning of every file in the folder that its dialog shows, in the thread of
the window: a folder of thousands of files halts the window, and files that nobody chose are read outside the intake.
Here both follow from the name alone. Where the system has a dialog of its own, that one is shown.
"""

from pathlib import Path

from PySide6.QtCore import QFileInfo
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QStyle, QWidget


class NameIcons(QAbstractFileIconProvider):
    """Icons and types of files by their names."""

    def __init__(self) -> None:
        super().__init__()
        style = QApplication.style()
        self._folder = style.standardIcon(QStyle.StandardPixmap.SP_DirIcon)
        self._file = style.standardIcon(QStyle.StandardPixmap.SP_FileIcon)

    def icon(self, of: QAbstractFileIconProvider.IconType | QFileInfo, /) -> QIcon:
        """Return the icon of a folder or of a file."""
        kinds = QAbstractFileIconProvider.IconType
        is_file = of.isFile() if isinstance(of, QFileInfo) else of is kinds.File
        return self._file if is_file else self._folder

    def type(self, info: QFileInfo, /) -> str:
        """Return the words in the column of types."""
        if info.isDir():
            return "Folder"
        return f"{info.suffix().upper()} file" if info.suffix() else "File"


class FileBox(QFileDialog):
    """A dialog of files that reads none of them.

    Args:
        parent: the window.
        title: the title.
        place: the folder that is shown first, with the name of a file if one is suggested.
        filters: names of file types with their patterns, joined by `;;`.
    """

    def __init__(self, parent: QWidget | None, title: str, place: str, filters: str = "") -> None:
        super().__init__(parent, title)
        self._icons = NameIcons()  # the dialog does not own it
        self.setIconProvider(self._icons)
        self.setSupportedSchemes(["file"])
        if filters:
            self.setNameFilters(filters.split(";;"))
        path = Path(place)
        if place and not path.is_dir():
            self.setDirectory(str(path.parent))
            self.selectFile(path.name)
        elif place:
            self.setDirectory(place)


def open_file(parent: QWidget | None, title: str, folder: str, filters: str) -> str:
    """Ask for a file that exists; return an empty text if the user cancels."""
    return next(iter(_asked(FileBox(parent, title, folder, filters), QFileDialog.FileMode.ExistingFile)), "")


def open_files(parent: QWidget | None, title: str, folder: str, filters: str) -> list[str]:
    """Ask for files that exist; return none if the user cancels."""
    return _asked(FileBox(parent, title, folder, filters), QFileDialog.FileMode.ExistingFiles)


def open_folder(parent: QWidget | None, title: str, folder: str) -> str:
    """Ask for a folder; return an empty text if the user cancels."""
    box = FileBox(parent, title, folder)
    box.setOption(QFileDialog.Option.ShowDirsOnly)
    return next(iter(_asked(box, QFileDialog.FileMode.Directory)), "")


def save_file(parent: QWidget | None, title: str, suggestion: str, filters: str) -> tuple[str, str]:
    """Ask where to save a file; return its path and the chosen type, both empty if the user cancels."""
    box = FileBox(parent, title, suggestion, filters)
    box.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    names = _asked(box, QFileDialog.FileMode.AnyFile)
    return (names[0], box.selectedNameFilter()) if names else ("", "")


def _asked(box: FileBox, mode: QFileDialog.FileMode) -> list[str]:
    box.setFileMode(mode)
    is_accepted = box.exec() == QDialog.DialogCode.Accepted
    box.deleteLater()
    return box.selectedFiles() if is_accepted else []
