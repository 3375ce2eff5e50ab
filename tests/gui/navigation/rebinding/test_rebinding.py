"""Keys are changed in the dialog by real keys: the old ones are dead, all places show the new, a start keeps them."""

import json
import logging
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.keys.bindings import bindings
from gui.navigation.cheat_sheet import CheatSheet
from gui.navigation.rebinding.dialog import ASSIGN, TAKE, ShortcutsDialog
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences, load_preferences, preferences_path

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def change(wiring: WindowWiring, qtbot: QtBot) -> Callable[[Callable[[ShortcutsDialog], None]], None]:
    """Open the dialog by its menu entry, work in it, and close it."""

    def work(what: Callable[[ShortcutsDialog], None]) -> None:
        problems: list[Exception] = []

        def begin() -> None:
            box = QApplication.activeModalWidget()
            assert isinstance(box, ShortcutsDialog)
            try:
                what(box)
            except (AssertionError, RuntimeError) as error:  # it would be lost in the dialog's own event loop
                problems.append(error)
            box.reject()

        QTimer.singleShot(0, begin)
        wiring.view_control.navigation.rebinding.open()
        if problems:
            raise problems[0]
        wiring.window.activateWindow()
        qtbot.waitUntil(wiring.window.isActiveWindow)

    return work


def give(box: ShortcutsDialog, words: str, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Find an action by its words and press new keys for it, all with the keyboard."""
    box.search_field.setFocus()
    box.search_field.selectAll()
    QTest.keyClicks(box.search_field, words)
    QTest.keyClick(box.list, Qt.Key.Key_Return)
    QTest.keyClick(box.keys_field, key, modifiers)


def assign(box: ShortcutsDialog) -> None:
    """Press the button with the keyboard."""
    QTest.keyClick(box.assign_button, Qt.Key.Key_Space)


def test_a_new_key_works_at_once_the_old_one_is_dead_and_every_place_says_so(
    wiring: WindowWiring, change: Callable[[Callable[[ShortcutsDialog], None]], None]
) -> None:
    log, window = wiring.menus.log, wiring.window

    def work(box: ShortcutsDialog) -> None:
        give(box, "view log", Qt.Key.Key_J, CTRL)
        assert box.assign_button.text() == ASSIGN and "free" in box.notice.text()
        assign(box)
        assert "Ctrl+J is now “View: Log”" in box.notice.text()
        assert box.list.currentItem().text(1) == "Ctrl+J" and box.list.currentItem().font(1).bold()

    change(work)
    was_shown = log.isChecked()
    QTest.keyClick(window, Qt.Key.Key_L, CTRL)
    assert log.isChecked() is was_shown
    QTest.keyClick(window, Qt.Key.Key_J, CTRL)
    assert log.isChecked() is not was_shown
    assert log.shortcut().toString() == "Ctrl+J"
    assert wiring.log_button.toolTip() == "Show or hide the log (Ctrl+J)"
    commands = wiring.view_control.navigation.commands
    assert [each.shortcut for each in commands if each.search_text == "View: Log"] == ["Ctrl+J"]
    sheet = CheatSheet(commands)
    assert "Ctrl+J" in sheet.text and "Ctrl+L" not in sheet.text


def test_keys_of_pages_and_hints_in_texts_follow(
    wiring: WindowWiring, change: Callable[[Callable[[ShortcutsDialog], None]], None]
) -> None:
    form, menus = wiring.pages["prune"].form, wiring.menus

    def work(box: ShortcutsDialog) -> None:
        give(box, "prune run", Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier)
        assign(box)
        give(box, "run cancel", Qt.Key.Key_F8, Qt.KeyboardModifier.NoModifier)
        assign(box)
        give(box, "view prune", Qt.Key.Key_1, CTRL | SHIFT)
        assign(box)

    change(work)
    assert menus.actions["prune", "run"].shortcut().toString() == "F7"
    assert form.cancel_button.toolTip() == "Stop the running job (F8)"
    tabs = wiring.panels.tabs
    assert any(tabs.tabToolTip(place).endswith("(Ctrl+Shift+1)") for place in range(tabs.count()))
    wiring.panels.show_page("repair")
    assert menus.actions["prune", "run"].toolTip() == "Show “Prune” first (Ctrl+Shift+1)."
    QTest.keyClick(wiring.window, Qt.Key.Key_1, CTRL)
    assert wiring.panels.page.key == "repair"
    QTest.keyClick(wiring.window, Qt.Key.Key_1, CTRL | SHIFT)
    assert wiring.panels.page.key == "prune"


def test_a_conflict_is_said_and_resolved(
    wiring: WindowWiring, change: Callable[[Callable[[ShortcutsDialog], None]], None]
) -> None:
    def work(box: ShortcutsDialog) -> None:
        give(box, "glossary", Qt.Key.Key_L, CTRL)
        assert "belongs to “View: Log”" in box.notice.text() and box.assign_button.text() == TAKE
        assert bindings.keys("view.log") == ("Ctrl+L",)  # nothing yet
        assign(box)
        give(box, "glossary", Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier)
        assert "typed into fields" in box.notice.text() and not box.assign_button.isEnabled()

    change(work)
    assert bindings.keys("help.glossary") == ("Ctrl+L",) and bindings.keys("view.log") == ()
    was_shown = wiring.menus.log.isChecked()
    seen = []
    QTimer.singleShot(0, lambda: (seen.append(QApplication.activeModalWidget()), seen[-1].close()))
    QTest.keyClick(wiring.window, Qt.Key.Key_L, CTRL)
    assert seen[0].windowTitle() == "Glossary" and wiring.menus.log.isChecked() is was_shown

    def back(box: ShortcutsDialog) -> None:
        box.choose("view.log")
        QTest.mouseClick(box.reset_button, Qt.MouseButton.LeftButton)
        assert bindings.keys("help.glossary") == ()
        assert not box.reset_button.isEnabled()

    change(back)
    assert bindings.own == {}


def test_a_start_keeps_them_and_reset_all_forgets_them(
    wiring: WindowWiring,
    open_window: Callable[[Preferences], WindowWiring],
    change: Callable[[Callable[[ShortcutsDialog], None]], None],
) -> None:
    def work(box: ShortcutsDialog) -> None:
        give(box, "view log", Qt.Key.Key_J, CTRL)
        assign(box)
        box.choose("file.demo")
        QTest.mouseClick(box.remove_button, Qt.MouseButton.LeftButton)

    change(work)
    stored = load_preferences()
    assert stored.shortcuts == {"view.log": ["Ctrl+J"], "file.demo": []}
    bindings.take({})
    second = open_window(stored)
    assert second.menus.log.shortcut().toString() == "Ctrl+J"
    second.window.close()
    change(lambda box: QTest.mouseClick(box.reset_all_button, Qt.MouseButton.LeftButton))
    assert wiring.menus.log.shortcut().toString() == "Ctrl+L" and load_preferences().shortcuts == {}


def test_a_broken_entry_costs_no_other_setting(log_guard: list[logging.LogRecord]) -> None:
    path = preferences_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    broken = {"text_size": 120, "shortcuts": {"view.log": 5, "file.open": ["F6"]}}
    path.write_text(json.dumps(broken), "utf-8")
    stored = load_preferences()
    assert stored.text_size == 120 and stored.shortcuts == {"file.open": ["F6"]}
    assert ["'view.log' is ignored" in each.getMessage() for each in log_guard] == [True]
    log_guard.clear()


def test_a_chosen_key_works_in_a_text_field(
    wiring: WindowWiring, change: Callable[[Callable[[ShortcutsDialog], None]], None]
) -> None:
    def work(box: ShortcutsDialog) -> None:
        give(box, "view log", Qt.Key.Key_E, CTRL)  # text fields go to the end of the line with it on some systems
        assign(box)

    change(work)
    wiring.panels.show_page("prune")
    field = wiring.pages["prune"].form.thresholds_edit
    field.setFocus()
    was_shown = wiring.menus.log.isChecked()
    QTest.keyClick(field, Qt.Key.Key_E, CTRL)
    assert wiring.menus.log.isChecked() is not was_shown


def test_all_menu_entries_with_keys_are_in_the_table(wiring: WindowWiring) -> None:
    known = {keys for each in bindings.table for keys in bindings.keys(each.key)}
    commands = wiring.view_control.navigation.commands
    assert {each.shortcut for each in commands if each.shortcut} <= known
    for page in wiring.panels.pages:
        for offer in (*page.saves, *page.exports, *page.actions):
            assert bindings.find(page.binding_key(offer)) is not None
