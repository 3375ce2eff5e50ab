"""The dialog that chooses any number of files and folders at once."""

from pathlib import Path

from PySide6.QtCore import QItemSelection, QStandardPaths, Qt, QTimer, QUrl, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFileSystemModel,
    QListView,
    QTreeView,
    QWidget,
)

from gui.files.opening.file_box import FileBox

TITLE = "Open files and folders: models, images, triggers and names of classes are told apart by their content"
_WIDTH, _HEIGHT = 880, 540
_COLUMN_WIDTHS = (360, 90, 110, 150)  # name, size, type, time


class OpenDialog(FileBox):
    """Chooses files and folders together, which the dialogs of the systems cannot.

    "Open" opens what is selected, folders as well; a double click or Enter in the list shows a folder's content.

    Args:
        parent: the window.
        folder: the folder that is shown first.
    """

    def __init__(self, parent: QWidget | None, folder: str) -> None:
        super().__init__(parent, TITLE, folder)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._chosen: tuple[Path, ...] = ()
        self.resize(_WIDTH, _HEIGHT)
        self.setSidebarUrls([QUrl.fromLocalFile(each) for each in _places()])
        tree = self.findChild(QTreeView, "treeView")
        if tree is not None:
            for column, width in enumerate(_COLUMN_WIDTHS):
                tree.setColumnWidth(column, width)
        for view in self._views:
            view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
            view.selectionModel().selectionChanged.connect(self._on_selected)

    @property
    def chosen(self) -> tuple[Path, ...]:
        """The files and folders; empty until the dialog is accepted."""
        return self._chosen

    def accept(self) -> None:
        """Open the selected files and folders together."""
        selected = self._selected()
        if any(path.is_dir() for path in selected):
            self._chosen = selected
            QDialog.done(self, QDialog.DialogCode.Accepted)
            return
        super().accept()
        if self.result() == QDialog.DialogCode.Accepted:
            self._chosen = tuple(Path(name) for name in self.selectedFiles())

    @property
    def _views(self) -> tuple[QAbstractItemView, ...]:
        views = (self.findChild(QListView, "listView"), self.findChild(QTreeView, "treeView"))
        return tuple(view for view in views if view is not None)

    def _selected(self) -> tuple[Path, ...]:
        for view in self._views:
            if view.isVisible():
                rows = view.selectionModel().selectedRows(0)
                paths = [row.data(QFileSystemModel.Roles.FilePathRole) for row in rows]
                return tuple(Path(path) for path in paths if path)
        return ()

    @Slot(QItemSelection, QItemSelection)
    def _on_selected(self, _now: QItemSelection, _before: QItemSelection) -> None:
        QTimer.singleShot(0, self._enable_open)  # after the dialog itself has looked at the selection

    @Slot()
    def _enable_open(self) -> None:
        box = self.findChild(QDialogButtonBox)
        button = box.button(QDialogButtonBox.StandardButton.Open) if box is not None else None
        if button is not None and self._selected():
            button.setEnabled(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _places() -> list[str]:
    """Return the folders at the side: the usual ones that exist, each once."""
    places = QStandardPaths.StandardLocation
    wanted = (places.HomeLocation, places.DesktopLocation, places.DocumentsLocation, places.DownloadLocation)
    found = [QStandardPaths.writableLocation(place) for place in wanted]
    return [each for each in dict.fromkeys(found) if each and Path(each).is_dir()]
