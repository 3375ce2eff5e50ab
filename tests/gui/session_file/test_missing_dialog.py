"""Files of a session that are not where they were are found again."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.session_file.reading import MissingFile
from gui.files import dialogs
from gui.session_file.missing_dialog import MissingFilesDialog


def test_enter_opens_once_all_are_found(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    missing = [MissingFile(place, Path(f"/gone/{place}.h5"), "dataset", "there is no file") for place in (0, 1)]
    box = MissingFilesDialog(missing, ask=lambda path: Path("/here") / path.name, parent=parent)
    box.show()
    qtbot.waitExposed(box)
    assert box.open_button.text() == "Open what there is"
    for button in box.buttons:
        button.setFocus()
        assert box.focusWidget() is button
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert (box.focusWidget() is box.open_button) == (button is box.buttons[-1])
    assert box.found == {0: Path("/here/0.h5"), 1: Path("/here/1.h5")}
    assert box.focusWidget() is box.open_button
    with qtbot.waitSignal(box.accepted):
        QTest.keyClick(box.open_button, Qt.Key.Key_Return)


@pytest.mark.usefixtures("real_dialogs")
def test_the_dialog_opens_where_the_file_was_and_shows_all_of_its_kind(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    asked: list[tuple[str, str]] = []

    def answer(_parent: QWidget, _title: str, folder: str, filters: str) -> str:
        asked.append((folder, filters))
        return ""

    monkeypatch.setattr(dialogs, "open_file", answer)
    assert dialogs.ask_moved(parent, path=tmp_path / "a.h5", folder="/sessions") is None
    assert dialogs.ask_moved(parent, path=Path("/gone/for/good/b"), folder="/sessions") is None
    assert asked == [(str(tmp_path), "*.h5 (*.h5);;All files (*)"), ("/sessions", "All files (*)")]
