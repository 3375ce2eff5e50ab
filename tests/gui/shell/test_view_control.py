"""Theme, log and help, and what the window remembers of its looks."""

from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from core.records import Side
from gui.prune.channels_panel import Sort
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences, load_preferences
from gui.state.session import Role


def test_help_theme_and_log(wiring: WindowWiring, dialog: Any) -> None:
    dialog.prepare("show_about", None)
    dialog.prepare("show_method", None)
    wiring.menus.about.trigger()
    wiring.menus.method.trigger()
    wiring.menus.theme_chosen.emit("dark")
    wiring.menus.theme_chosen.emit("light")
    assert wiring.preferences.theme == "light"
    assert not wiring.panels.log.isVisible()
    wiring.log_button.click()
    assert wiring.panels.log.isVisible()
    assert wiring.menus.log.isChecked()
    wiring.menus.log.trigger()
    assert not wiring.panels.log.isVisible()


def test_the_log_shows_what_was_refused(wiring: WindowWiring, driver: Any, log_guard: list[Any], qtbot: QtBot) -> None:
    wiring.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    qtbot.waitUntil(lambda: "not-a-model" in wiring.panels.log.toPlainText())
    log_guard.clear()


def test_what_was_remembered_comes_back(qtbot: QtBot, open_window: Any) -> None:
    first = open_window(Preferences())
    first.window.resize(1010, 640)
    first.open_file(Role.MODEL, Path("net.h5"))
    qtbot.waitUntil(lambda: not first.runner.is_busy)
    first.menus.theme_chosen.emit("dark")
    form = first.pages["prune"].form
    form.thresholds_edit.setText("12.5, 3")
    form.thresholds_edit.editingFinished.emit()
    first.pages["prune"].control.choose_side(Side.AFTER)
    first.pages["prune"].channels.set_sort(Sort.INDEX)
    first.pages["prune"].results.detail_changed.emit("counts")
    first.window.close()
    preferences = load_preferences()
    assert preferences.theme == "dark"
    assert preferences.detail == "counts"
    second = open_window(preferences)
    assert second.session.thresholds == (0.03, 0.125)
    assert second.pages["prune"].form.thresholds_edit.text() == "3, 12.5"
    assert second.pages["prune"].form.side_combo.currentData() == Side.AFTER
    assert second.pages["prune"].channels.sort is Sort.INDEX
    assert second.window.height() == 640
    assert len(second.menus.recent.files) == 1
    second.menus.theme_chosen.emit("light")
    second.window.close()
