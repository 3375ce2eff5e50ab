"""The Edit menu and the list of steps."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.shell.wiring import WindowWiring
from gui.undo.history_dialog import START
from tests.gui.window_driver import Driver


def test_the_menu_comes_after_file_and_names_the_steps(wiring: WindowWiring, driver: Driver) -> None:
    titles = [action.text() for action in wiring.window.menuBar().actions()]
    assert titles[:3] == ["&File", "&Edit", "&Run"]
    menu = wiring.edit_menu
    assert (menu.undo.text(), menu.undo.isEnabled()) == ("&Undo", False)
    assert menu.undo.toolTip() == "There is nothing to undo."
    assert [each.toString() for each in menu.redo.shortcuts()] == ["Ctrl+Shift+Z", "Ctrl+Y"]
    driver.run_all()
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.settle()
    assert menu.undo.text() == "&Undo “Prune channel 5 by hand”"
    menu.undo.trigger()
    assert (menu.undo.text(), menu.undo.isEnabled()) == ("&Undo", False)
    assert menu.redo.text() == "&Redo “Prune channel 5 by hand”"


def test_the_list_goes_to_any_step_by_keys_and_mouse(wiring: WindowWiring, driver: Driver, engine: Any) -> None:
    driver.run_all()
    channels = wiring.pages["prune"].channels
    for channel in (5, 0, 4):
        channels.channel_toggled.emit(channel)
        driver.settle()
    wiring.edit_menu.show_history.trigger()
    dialog = wiring.edit_menu.dialog
    assert dialog is not None and dialog.isVisible() and not dialog.isModal()
    lines = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert lines == [START, "Prune channel 5 by hand", "Restore channel 0 by hand", "Prune channel 4 by hand"]
    assert dialog.list.currentRow() == 3
    QTest.keyClick(dialog.list, Qt.Key.Key_Up)
    QTest.keyClick(dialog.list, Qt.Key.Key_Up)
    mask = wiring.session.channel_mask
    assert mask is not None
    assert mask.tolist() == [False, False, True, True, True, False]
    assert [dialog.list.item(row).font().italic() for row in range(4)] == [False, False, True, True]
    row = dialog.list.visualItemRect(dialog.list.item(0)).center()
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert not wiring.session.is_by_hand
    assert wiring.history.index == 0
    dialog.list.setCurrentRow(3)
    mask = wiring.session.channel_mask
    assert mask is not None
    assert mask.tolist() == [True, False, True, True, False, False]
    channels.channel_toggled.emit(1)
    driver.settle()
    assert dialog.list.count() == 5 and dialog.list.currentRow() == 4
    dialog.close()


def test_the_list_does_not_go_where_a_run_forbids_it(wiring: WindowWiring, driver: Driver, engine: Any) -> None:
    driver.run_all()
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.settle()
    wiring.edit_menu.show_history.trigger()
    dialog = wiring.edit_menu.dialog
    assert dialog is not None
    driver.start_run_that_waits(engine, 1)
    dialog.list.setCurrentRow(0)
    assert dialog.list.currentRow() == 1
    assert "in progress" in dialog.note.text()
    wiring.runner.cancel()
    driver.settle()
    assert "in progress" not in dialog.note.text()
    dialog.close()
