"""A report of a fault says what a developer needs, and neither folders nor the user's name."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.version import VERSION
from gui.guide import fault_report
from gui.guide.fault_report import FaultDialog, without_folders
from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("saved as '/srv/ann/secret case/net.h5'", "saved as '…/net.h5'"),
        (r"saved as 'C:\Users\Ann\net.h5'", "saved as '…/net.h5'"),
        ("12 of 440, 3 × 55 and/or https://x", "12 of 440, 3 × 55 and/or https://x"),
        ("ann opened annual.h5", "user opened annual.h5"),
    ],
)
def test_folders_and_the_user_are_left_out(text: str, left: str) -> None:
    assert without_folders(text, user="ann") == left


def test_the_home_folder_is_left_out() -> None:
    assert str(Path.home()) not in without_folders(f"in {Path.home()}/a/b.h5 and {Path.home()}")


def test_the_menu_shows_it_and_the_button_copies_what_was_written(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    wiring.panels.log.appendPlainText("12:00:00  INFO    saved '/srv/cases/one/net.h5'")
    seen: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, FaultDialog)
        QTest.keyClicks(box.text, "I ran it. ")
        QTest.mouseClick(box.copy_button, Qt.MouseButton.LeftButton)
        seen.append(box.told.text())
        QTest.keyClick(box, Qt.Key.Key_Escape)

    QTimer.singleShot(0, look)
    entries = {each.text(): each for each in wiring.menus.help_menu.actions()}
    entries["&Report a fault…"].trigger()
    copied = QGuiApplication.clipboard().text()
    assert seen == [fault_report.COPIED]
    assert copied.startswith("I ran it. What I did:") and f"Backdoor Inspector: {VERSION}" in copied
    assert "saved '…/net.h5'" in copied and "/srv" not in copied
    summary, validation = wiring.session.summary, wiring.session.validation
    assert summary is not None and validation is not None
    assert f"classes, {summary.sha256}" in copied
    assert f"clean validation: {validation.image_count:,} images of" in copied
