"""The command palette finds and runs what the menus and the pages offer, by keys alone."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.navigation.commands import UNAVAILABLE, Command, find_commands
from gui.navigation.palette import CommandPalette, find_hits
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences, load_preferences
from tests.gui.window_driver import Driver


def command(key: str, text: str, *, group: str = "File", reason: str = "") -> Command:
    return Command(key, group, text, "", reason, lambda: None)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifier)


def activate(wiring: WindowWiring, qtbot: QtBot) -> None:
    """Make the window the active one: only there its keys work."""
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    wiring.panels.tabs.setFocus()


@pytest.fixture
def palette(wiring: WindowWiring, qtbot: QtBot) -> CommandPalette:
    """The palette of a window, opened by its keys."""
    activate(wiring, qtbot)
    QTest.keyClick(wiring.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = wiring.view_control.navigation.palette
    assert palette.isVisible() and palette.field.hasFocus()
    return palette


def shown(palette: CommandPalette) -> list[str]:
    return [hit.command.search_text for hit in palette.hits.rows]


def test_all_menu_entries_and_all_pages_are_listed_once(wiring: WindowWiring, palette: CommandPalette) -> None:
    texts = shown(palette)
    assert len(texts) == len(set(texts))
    for text in ("File: Open model…", "View: Log", "View › Theme: Dark", "Help: Keyboard shortcuts…", "Prune: Run"):
        assert text in texts
    offers = [each for page in wiring.panels.pages for each in (*page.actions, *page.saves, *page.exports)]
    titles = ("Prune", "Detect", "Repair", "Compare", "Network", "Audit")
    assert sum(text.startswith(titles) for text in texts) == len(offers)


def test_enter_runs_what_was_found_and_remembers_it(
    wiring: WindowWiring, palette: CommandPalette, qtbot: QtBot
) -> None:
    QTest.keyClicks(palette.field, "log")
    assert shown(palette)[0] == "View: Log"
    press(Qt.Key.Key_Return)
    assert not palette.isVisible()
    qtbot.waitUntil(wiring.panels.log.isVisible)
    assert wiring.panels.tabs.hasFocus()  # where it was before
    QTest.keyClick(wiring.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    first = palette.hits.rows[0]
    assert (first.command.search_text, first.is_recent) == ("View: Log", True)
    press(Qt.Key.Key_Escape)
    wiring.window.close()
    assert load_preferences().recent_commands == ["View › Log"]


def test_what_cannot_be_chosen_says_why_and_does_not_run(palette: CommandPalette) -> None:
    QTest.keyClicks(palette.field, "prune run")
    hit = palette.current
    assert hit is not None
    assert (hit.command.search_text, hit.command.reason) == ("Prune: Run", "Open a model first.")
    press(Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.field.clear()
    reasons = {each.command.search_text: each.command.reason for each in palette.hits.rows}
    assert reasons["Run: Cancel"] == "Nothing runs that could be stopped."
    assert [text for text, reason in reasons.items() if reason == UNAVAILABLE] == []


def test_a_command_of_another_page_shows_the_page_first(
    wiring: WindowWiring, driver: Driver, qtbot: QtBot, engine: Any
) -> None:
    driver.open_all()
    wiring.panels.show_page("compare")
    activate(wiring, qtbot)
    QTest.keyClick(wiring.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = wiring.view_control.navigation.palette
    QTest.keyClicks(palette.field, "prune: run")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: wiring.panels.page.key == "prune" and wiring.session.run is not None)
    driver.settle()
    assert any(each.startswith("run ") for each in engine.started)


def test_the_arrow_keys_go_round_and_escape_ends_without_stopping_a_job(
    wiring: WindowWiring, driver: Driver, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    activate(wiring, qtbot)
    QTest.keyClick(wiring.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = wiring.view_control.navigation.palette
    press(Qt.Key.Key_Up)
    assert palette.current == palette.hits.rows[-1]
    press(Qt.Key.Key_Down)
    assert palette.current == palette.hits.rows[0]
    press(Qt.Key.Key_PageDown)
    assert palette.list.currentIndex().row() == 9
    press(Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert wiring.runner.is_busy and wiring.session.is_running
    wiring.runner.cancel()
    driver.settle()


def test_a_click_elsewhere_closes_it_and_the_same_keys_do(wiring: WindowWiring, palette: CommandPalette) -> None:
    wiring.panels.tabs.setFocus()
    assert not palette.isVisible()
    QTest.keyClick(wiring.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert palette.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert not palette.isVisible()


def test_it_opens_from_a_text_field_without_deleting_its_text(wiring: WindowWiring, qtbot: QtBot) -> None:
    wiring.panels.show_page("prune")
    field = wiring.pages["prune"].form.thresholds_edit
    activate(wiring, qtbot)
    field.setFocus()
    field.setCursorPosition(0)
    QTest.keyClick(field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert wiring.view_control.navigation.palette.isVisible()
    assert field.text() == "2, 4, 10"


def test_nothing_that_fits_is_said(palette: CommandPalette) -> None:
    QTest.keyClicks(palette.field, "no such thing")
    assert palette.nothing.isVisible() and not palette.list.isVisible()
    press(Qt.Key.Key_Return)
    assert palette.isVisible()


def test_the_order_of_the_hits() -> None:
    commands = [command("a", "Open model", reason="No."), command("b", "Open image"), command("c", "Quit")]
    assert [hit.command.key for hit in find_hits("", commands, ["c", "gone"])] == ["c", "b", "a"]
    assert [hit.command.key for hit in find_hits("open", commands, [])] == ["b", "a"]
    assert find_hits("quit", commands, ["c"])[0].is_recent


def test_a_long_name_is_not_remembered_and_the_oldest_are_forgotten() -> None:
    preferences = Preferences()
    for key in "abcdefghij":
        preferences.remember_command(key)
    preferences.remember_command("x" * 300)
    preferences.remember_command("e")
    assert preferences.recent_commands == ["e", "j", "i", "h", "g", "f", "d", "c"]


def test_a_page_action_is_not_listed_from_its_menu(wiring: WindowWiring) -> None:
    found = find_commands(
        wiring.window.menuBar(),
        wiring.panels.pages,
        shown=wiring.panels.page,
        show_page=wiring.panels.show_page,
        page_actions=list(wiring.menus.actions.values()),
    )
    assert not any(each.group == "Run" and each.text in ("Run", "Repair", "Detect") for each in found)


def test_rows_are_drawn_in_any_state(palette: CommandPalette, qtbot: QtBot) -> None:
    del qtbot
    QTest.keyClicks(palette.field, "csv")
    image = palette.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(60, image.height(), 3)}
    assert len(colours) > 3
