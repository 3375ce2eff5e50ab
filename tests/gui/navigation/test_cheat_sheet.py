"""The list of shortcuts is made from the commands and topics themselves."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPageSize, QPdfWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.guide.topics import TOPICS
from gui.navigation.cheat_sheet import CheatSheet, as_html, find_groups
from gui.shell.wiring import WindowWiring


@pytest.fixture
def sheet(wiring: WindowWiring, qtbot: QtBot) -> CheatSheet:
    """The list of a window, on the screen."""
    box = CheatSheet(wiring.view_control.navigation.commands)
    qtbot.addWidget(box)
    box.show()
    return box


def test_every_key_of_the_window_is_listed_with_its_action(wiring: WindowWiring, sheet: CheatSheet) -> None:
    listed = {(keys, text) for _, rows in find_groups(wiring.view_control.navigation.commands) for keys, text in rows}
    for page in wiring.panels.pages:
        for offer in (*page.actions, *page.saves, *page.exports):
            if offer.shortcut:
                assert (offer.shortcut, offer.text.replace("&", "").removesuffix("…")) in listed
    for keys, text in (
        ("Ctrl+O", "Open"),
        ("Ctrl+Shift+O", "Open model"),
        ("Ctrl+L", "Log"),
        ("Ctrl+K", "Find a command"),
        ("F9", "Files and settings"),
    ):
        assert (keys, text) in listed
    for topic in TOPICS:
        assert set(topic.present_keys) <= listed
    assert {("P, Shift+click", "pin the figures of the step"), ("Ctrl+F", "find a class")} <= listed
    assert all(keys in sheet.text for keys, _ in listed)


def test_the_question_mark_opens_it(wiring: WindowWiring, qtbot: QtBot) -> None:
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    seen: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, CheatSheet)
        seen.append(box.browser.toPlainText())
        QTest.keyClick(box, Qt.Key.Key_Escape)

    QTimer.singleShot(0, look)
    QTest.keyClick(wiring.window, Qt.Key.Key_Question)
    assert len(seen) == 1
    assert "Open model" in seen[0] and "Ctrl+O" in seen[0]


def test_it_can_be_filtered_and_copied_whole(sheet: CheatSheet) -> None:
    QTest.keyClicks(sheet.search_field, "open")
    text = sheet.browser.toPlainText()
    assert "Ctrl+O" in text and "Ctrl+R" not in text
    QTest.mouseClick(sheet.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert "Ctrl+O" in copied and "Ctrl+R" in copied
    QTest.keyClicks(sheet.search_field, "nonsense")
    assert sheet.browser.toPlainText() == "No shortcut fits."


def test_it_is_printed_whole(sheet: CheatSheet, tmp_path: Path) -> None:
    path = tmp_path / "keys.pdf"
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    sheet.print_on(writer)
    del writer
    assert path.read_bytes().startswith(b"%PDF") and path.stat().st_size > 5000


def test_names_are_not_taken_for_markup() -> None:
    page = as_html([("a<b>", (("Ctrl+<", "x & y"),))])
    assert "a&lt;b&gt;" in page and "Ctrl+&lt;" in page and "x &amp; y" in page
