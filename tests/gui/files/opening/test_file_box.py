"""The dialogs that choose files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QFileDialog, QFileSystemModel, QLineEdit, QTreeView
from pytestqt.qtbot import QtBot

from gui.files.opening.file_box import FileBox, open_file, open_files, open_folder, save_file
from gui.files.opening.open_dialog import OpenDialog


@pytest.fixture
def folder(qtbot: QtBot, tmp_path: Path) -> Path:
    pixmap = QPixmap(4, 4)
    pixmap.fill(Qt.GlobalColor.red)
    assert pixmap.save(str(tmp_path / "without-suffix"), "PNG")
    (tmp_path / "net.keras").write_bytes(b"PK")
    (tmp_path / "sets").mkdir()
    return tmp_path


@pytest.mark.parametrize("make", [FileBox, OpenDialog])
def test_files_that_are_only_listed_are_not_read(
    qtbot: QtBot, folder: Path, make: type[FileBox] | type[OpenDialog]
) -> None:
    box = OpenDialog(None, str(folder)) if make is OpenDialog else FileBox(None, "Open", str(folder))
    qtbot.addWidget(box)
    box.setViewMode(QFileDialog.ViewMode.Detail)
    with qtbot.waitExposed(box):
        box.show()
    view = box.findChild(QTreeView, "treeView")
    assert view is not None

    def types() -> dict[str, str]:
        model, root = view.model(), view.rootIndex()
        rows = range(model.rowCount(root))
        return {model.index(row, 0, root).data(): model.index(row, 2, root).data() for row in rows}

    expected = {"without-suffix": "File", "net.keras": "KERAS file", "sets": "Folder"}
    qtbot.waitUntil(lambda: types() == expected)
    first = view.model().index(0, 0, view.rootIndex())
    assert not first.data(QFileSystemModel.Roles.FileIconRole).isNull()


def _answering(act: Callable[[FileBox], None]) -> None:
    """Let `act` answer the dialog that is shown next."""

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, FileBox):
            act(box)
        else:
            QTimer.singleShot(10, answer)

    QTimer.singleShot(0, answer)


def _type(text: str, key: Qt.Key = Qt.Key.Key_Return) -> Callable[[FileBox], None]:
    def act(box: FileBox) -> None:
        edit = box.findChild(QLineEdit, "fileNameEdit")
        assert edit is not None
        edit.setText(text)
        QTimer.singleShot(0, box.accept if key is Qt.Key.Key_Return else box.reject)

    return act


def test_files_and_folders_are_chosen_by_name(folder: Path) -> None:
    _answering(_type("net.keras"))
    assert open_file(None, "Open", str(folder), "Networks (*.keras);;All files (*)") == str(folder / "net.keras")
    _answering(_type('"net.keras" "without-suffix"'))
    found = open_files(None, "Open", str(folder), "All files (*)")
    assert set(found) == {str(folder / "net.keras"), str(folder / "without-suffix")}
    _answering(_type("sets"))
    assert open_folder(None, "Open", str(folder)) == str(folder / "sets")


def test_a_suggested_name_is_saved_to_as_the_chosen_type(folder: Path) -> None:
    suggested: list[str] = []

    def accept(box: FileBox) -> None:
        edit = box.findChild(QLineEdit, "fileNameEdit")
        assert edit is not None
        suggested.append(edit.text())
        box.selectNameFilter("HDF5 model (*.h5)")
        QTimer.singleShot(0, box.accept)

    _answering(accept)
    kinds = "Keras model (*.keras);;HDF5 model (*.h5)"
    assert save_file(None, "Save", str(folder / "g.h5"), kinds) == (str(folder / "g.h5"), "HDF5 model (*.h5)")
    assert suggested == ["g.h5"]


def test_cancelling_chooses_nothing(folder: Path) -> None:
    escape = Qt.Key.Key_Escape
    _answering(_type("net.keras", escape))
    assert open_file(None, "Open", str(folder), "All files (*)") == ""
    _answering(_type("net.keras", escape))
    assert open_files(None, "Open", str(folder), "All files (*)") == []
    _answering(_type("new.keras", escape))
    assert save_file(None, "Save", str(folder / "g.h5"), "HDF5 model (*.h5)") == ("", "")
