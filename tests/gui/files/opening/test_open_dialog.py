"""The dialog that chooses files and folders together."""

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListView
from pytestqt.qtbot import QtBot

from gui.files.opening.open_dialog import OpenDialog


@pytest.fixture
def box(qtbot: QtBot, tmp_path: Path) -> OpenDialog:
    for name in ("a.h5", "b.h5"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "c.h5").write_bytes(b"x")
    box = OpenDialog(None, str(tmp_path))
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    return box


def select(qtbot: QtBot, box: OpenDialog, *names: str) -> None:
    view = next(each for each in box._views if each.isVisible())
    model = view.model()

    def places() -> dict[str, int]:
        return {model.index(row, 0, view.rootIndex()).data(): row for row in range(model.rowCount(view.rootIndex()))}

    qtbot.waitUntil(lambda: set(names) <= set(places()))
    view.clearSelection()
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for name in names:
        view.selectionModel().select(model.index(places()[name], 0, view.rootIndex()), rows)


def open_button(box: OpenDialog):
    return box.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Open)


def test_files_and_folders_are_opened_together(qtbot: QtBot, box: OpenDialog, tmp_path: Path) -> None:
    select(qtbot, box, "a.h5", "folder")
    qtbot.waitUntil(open_button(box).isEnabled)
    qtbot.mouseClick(open_button(box), Qt.MouseButton.LeftButton)
    assert box.result() == QDialog.DialogCode.Accepted
    assert set(box.chosen) == {tmp_path / "a.h5", tmp_path / "folder"}


def test_a_folder_alone_is_opened_by_the_button(qtbot: QtBot, box: OpenDialog, tmp_path: Path) -> None:
    select(qtbot, box, "folder")
    qtbot.waitUntil(open_button(box).isEnabled)
    qtbot.mouseClick(open_button(box), Qt.MouseButton.LeftButton)
    assert box.chosen == (tmp_path / "folder",)


def test_several_files(qtbot: QtBot, box: OpenDialog, tmp_path: Path) -> None:
    select(qtbot, box, "a.h5", "b.h5")
    qtbot.waitUntil(open_button(box).isEnabled)
    qtbot.mouseClick(open_button(box), Qt.MouseButton.LeftButton)
    assert set(box.chosen) == {tmp_path / "a.h5", tmp_path / "b.h5"}


def test_escape_chooses_nothing(qtbot: QtBot, box: OpenDialog) -> None:
    select(qtbot, box, "a.h5")
    qtbot.keyClick(box.findChild(QListView, "listView"), Qt.Key.Key_Escape)
    assert box.chosen == ()
    assert box.result() == QDialog.DialogCode.Rejected
