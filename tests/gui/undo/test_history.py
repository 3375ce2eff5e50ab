"""What is undone shows again exactly, by real keys and clicks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.records import Side
from core.repair.methods.finetune import FINETUNE
from gui.keys.bindings import bindings
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.undo.history import BUSY
from tests.gui.mouse import drag
from tests.gui.prune_page import click_bar, click_curve, let_cursor_rest, press, redo, shown, undo
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def test_a_click_on_the_curve_does_not_lose_what_was_pruned_by_hand(pruned: WindowWiring, driver: Driver) -> None:
    click_bar(pruned, 5)
    driver.settle()
    click_bar(pruned, 0)
    driver.settle()
    by_hand = shown(pruned)
    assert pruned.session.is_by_hand
    click_curve(pruned, 4)
    at_four = shown(pruned)
    assert not pruned.session.is_by_hand and pruned.session.step == 4
    undo(pruned)
    assert shown(pruned) == by_hand
    redo(pruned)
    assert shown(pruned) == at_four
    undo(pruned)
    undo(pruned)
    undo(pruned)
    driver.settle()
    assert not pruned.session.is_by_hand and pruned.session.step == 2
    assert pruned.history.index == 0
    assert pruned.history.labels == (
        "Prune channel 5 by hand",
        "Restore channel 0 by hand",
        "Move the cursor to 4 pruned",
    )
    for _ in range(2):
        press(pruned, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert shown(pruned) == by_hand


def test_a_drag_and_a_run_of_arrow_keys_is_one_step(pruned: WindowWiring) -> None:
    chart = pruned.pages["prune"].curves.chart
    drag(chart.viewport(), [chart.widget_position(step, 50).toPoint() for step in (3, 4, 5, 6)])
    let_cursor_rest(pruned)
    assert pruned.session.step == 6
    assert pruned.history.labels == ("Move the cursor to 6 pruned",)
    chart.setFocus()
    for _ in range(3):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    let_cursor_rest(pruned)
    assert pruned.session.step == 3
    assert pruned.history.labels == ("Move the cursor to 3 pruned",)
    undo(pruned)
    assert pruned.session.step == 2


def test_moves_that_end_where_they_began_leave_nothing_to_undo(pruned: WindowWiring) -> None:
    click_curve(pruned, 5)
    click_curve(pruned, 2)
    assert pruned.history.labels == ()
    assert not pruned.edit_menu.undo.isEnabled()


def test_the_way_back_to_the_order_can_be_undone(pruned: WindowWiring, driver: Driver) -> None:
    click_bar(pruned, 5)
    driver.settle()
    by_hand = shown(pruned)
    QTest.mouseClick(pruned.pages["prune"].channels.restore_button, Qt.MouseButton.LeftButton)
    assert not pruned.session.is_by_hand
    assert pruned.edit_menu.undo.text() == "&Undo “Back to the order”"
    undo(pruned)
    assert shown(pruned) == by_hand


def test_thresholds_and_the_side_are_steps(pruned: WindowWiring) -> None:
    form = pruned.pages["prune"].form
    field = form.thresholds_edit
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "5, 20")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert pruned.session.thresholds == (0.05, 0.2)
    assert pruned.edit_menu.undo.text() == "&Undo “Set the thresholds to 5 and 20 points”"
    undo(pruned)  # the focus is still in the field, in which nothing is being typed
    assert pruned.session.thresholds == (0.02, 0.04, 0.1)
    assert field.text() == "2, 4, 10"
    redo(pruned)
    assert field.text() == "5, 20"
    form.side_combo.setCurrentIndex(1)
    form.side_combo.activated.emit(1)
    assert pruned.session.side is Side.AFTER
    step = pruned.session.step
    pruned.edit_menu.undo.trigger()
    assert (pruned.session.side, pruned.session.step) == (Side.BEFORE, 2)
    assert form.side_combo.currentIndex() == 0
    pruned.edit_menu.redo.trigger()
    assert (pruned.session.side, pruned.session.step) == (Side.AFTER, step)


def test_while_somebody_types_ctrl_z_belongs_to_the_field(pruned: WindowWiring) -> None:
    click_curve(pruned, 5)
    field = pruned.pages["prune"].form.thresholds_edit
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "7")
    undo(pruned)
    assert field.text() == "2, 4, 10"
    assert pruned.session.step == 5


def test_the_trigger_is_a_step(pruned: WindowWiring, driver: Driver, dialog: Any, engine: FakeEngine) -> None:
    pruned.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    panel = pruned.panels.classifier
    panel.trigger_box.click()
    driver.settle()
    assert engine.classified[-1][1] is True
    dialog.prepare("ask_trigger", Path("corner.png"))
    panel.trigger_open_button.click()
    driver.settle()
    assert pruned.history.labels == ("Put the trigger on", "Put corner.png on the image")
    assert panel.trigger_name.text() == "corner.png"
    undo(pruned)
    driver.settle()
    assert panel.trigger_name.text() == "sunglasses" and panel.trigger_box.isChecked()
    undo(pruned)
    driver.settle()
    assert not panel.trigger_box.isChecked()
    assert engine.classified[-1][1] is False
    redo(pruned)
    assert panel.trigger_box.isChecked()


def test_other_settings_and_another_run_can_be_undone(pruned: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    click_bar(pruned, 5)
    driver.settle()
    by_hand, run = shown(pruned), pruned.session.run
    form = pruned.pages["prune"].form
    form.reader_combo.setCurrentIndex(1)
    form.reader_combo.activated.emit(1)
    assert pruned.session.run is None
    pruned.pages["prune"].control.start()
    driver.settle()
    second = pruned.session.run
    assert second is not None and second is not run
    pruned.pages["prune"].control.start()
    driver.settle()
    assert pruned.session.run is not second
    assert pruned.history.labels == ("Prune channel 5 by hand", "Change the settings of pruning", "Run")
    undo(pruned)
    assert pruned.session.run is second
    undo(pruned)
    assert pruned.session.run is run
    assert form.reader_combo.currentIndex() == 0
    assert shown(pruned) == by_hand
    redo(pruned)
    assert pruned.session.settings.reader == form.reader_combo.currentData() is not None


def test_a_run_that_is_stopped_gives_back_what_was_pruned_by_hand(
    pruned: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    click_bar(pruned, 5)
    driver.settle()
    by_hand = shown(pruned)
    driver.start_run_that_waits(engine, 1)
    pruned.status.cancel_requested.emit()
    driver.settle()
    assert shown(pruned) == by_hand


def test_during_a_run_the_cursor_is_free_and_files_and_curves_stay(
    pruned: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    pruned.panels.classifier.trigger_toggled.emit(True)
    click_curve(pruned, 5)
    engine.stop_repair_at = 1
    driver.start_repair(FINETUNE)
    driver.wait_until(lambda: pruned.session.is_running)
    assert pruned.edit_menu.undo.isEnabled()  # the same curve
    undo(pruned)
    assert pruned.session.step == 2
    pruned.status.cancel_requested.emit()
    driver.settle()
    pruned.panels.show_page("prune")
    engine.stop_repair_at = None
    pruned.panels.files.slots[Role.POISONED].clear_button(0).click()
    driver.start_run_that_waits(engine, 1)
    assert not pruned.edit_menu.undo.isEnabled()
    assert pruned.edit_menu.undo.toolTip() == bindings.told(BUSY, "run.cancel")
    undo(pruned)
    assert pruned.session.poisoned == ()
    pruned.status.cancel_requested.emit()
    driver.settle()
    assert pruned.edit_menu.undo.isEnabled()


def test_a_mask_that_comes_back_without_figures_is_scored(
    pruned: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    engine.is_score_held = True
    click_bar(pruned, 5)
    driver.wait_until(lambda: pruned.session.is_by_hand)
    click_curve(pruned, 4)
    engine.is_score_held = False
    driver.settle()
    undo(pruned)
    driver.settle()
    assert pruned.session.is_by_hand
    assert pruned.session.point is not None
    assert engine.scored[-1] == [False, False, True, True, True, False]


def test_the_state_that_a_step_holds_cannot_be_changed(pruned: WindowWiring, driver: Driver) -> None:
    click_bar(pruned, 5)
    driver.settle()
    view = pruned.session.view
    assert view.hand_mask is not None
    with pytest.raises(ValueError, match="read-only"):
        view.hand_mask[0] = True
    assert pruned.session.hand_mask is not None
    assert np.array_equal(view.hand_mask, pruned.session.hand_mask)
