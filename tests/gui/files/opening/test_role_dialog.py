"""The dialog that asks what files are, by real keys and clicks."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from core.recognition.records import FileRole, Found, Kind, Proposal, Recognition
from gui.files.opening.role_dialog import RoleDialog

FACE = np.full((9, 7, 3), 128, np.uint8)


def recognition() -> Recognition:
    def of(name: str, kind: Kind, role: FileRole, doubt: str = "", *, thumbnails: tuple = ()) -> Proposal:
        return Proposal(Found(Path(name), kind, "what was found", thumbnails=thumbnails), role, doubt)

    return Recognition(
        (
            of("v.h5", Kind.DATA, FileRole.VALIDATION, thumbnails=(FACE, FACE)),
            of("a.h5", Kind.MODEL, FileRole.MODEL, "several networks"),
            of("b.h5", Kind.MODEL, FileRole.NONE, "several networks"),
        ),
        ("'c.h5' is damaged.",),
    )


@pytest.fixture
def box(qtbot: QtBot) -> RoleDialog:
    box = RoleDialog(recognition(), parent=None)
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    return box


def texts(box: RoleDialog) -> list[str]:
    return [each.text() for each in box.findChildren(QLabel) if each.text()]


def test_each_file_has_its_images_name_finding_and_doubt(box: RoleDialog) -> None:
    shown = texts(box)
    assert "2 files are unclear: choose what to open as what" in shown
    assert {"v.h5", "a.h5", "b.h5", "what was found", "Several networks", "'c.h5' is damaged."} <= set(shown)
    assert len([each for each in box.findChildren(QLabel) if not each.pixmap().isNull()]) == 4  # two faces, two icons
    assert [combo.accessibleName() for combo in box.combos] == ["Open v.h5 as", "Open a.h5 as", "Open b.h5 as"]
    assert [box.combos[1].itemText(row) for row in range(box.combos[1].count())] == ["Model", "Do not open"]
    assert box.combos[1].y() < box.combos[0].y()  # what is unclear comes first
    assert box.focusWidget() is box.combos[1]


def test_a_role_of_one_file_goes_from_the_other(box: RoleDialog, qtbot: QtBot) -> None:
    assert box.roles == (FileRole.VALIDATION, FileRole.MODEL, FileRole.NONE)
    box.combos[2].setFocus()
    qtbot.keyClick(box.combos[2], Qt.Key.Key_Up)
    assert box.roles == (FileRole.VALIDATION, FileRole.NONE, FileRole.MODEL)


def test_there_must_be_something_to_open(box: RoleDialog, qtbot: QtBot) -> None:
    button = box.buttons.button(QDialogButtonBox.StandardButton.Open)
    for combo in box.combos:
        qtbot.keyClick(combo, Qt.Key.Key_End)
    assert box.roles == (FileRole.NONE,) * 3
    assert not button.isEnabled()
    qtbot.keyClick(box.combos[0], Qt.Key.Key_Home)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert box.result() == QDialog.DialogCode.Accepted


def test_escape_opens_nothing(box: RoleDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert (box.isVisible(), box.result()) == (False, QDialog.DialogCode.Rejected)


def test_many_files_scroll(qtbot: QtBot) -> None:
    one = recognition().proposals[0]
    box = RoleDialog(Recognition((one, *recognition().proposals[1:] * 30)), parent=None)
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    scroll = box.findChild(QScrollArea)
    assert box.height() <= 720
    assert scroll.verticalScrollBar().isVisible()


def test_a_few_files_need_no_scroll_bar(box: RoleDialog) -> None:
    assert not box.findChild(QScrollArea).verticalScrollBar().isVisible()
    assert box.height() < 400
