"""What is undone shows again exactly, by real keys and clicks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.records import Side
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.undo import history as history_module
from gui.undo.history import BUSY
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def press(wiring: WindowWiring, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Press a shortcut of the window, wherever the focus is."""
    QTest.keyClick(QApplication.focusWidget() or wiring.window, key, modifiers)


def undo(wiring: WindowWiring) -> None:
    press(wiring, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def redo(wiring: WindowWiring) -> None:
    press(wiring, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)


def shown(wiring: WindowWiring) -> Any:
    """What the Prune page shows: mask, step, figures, and the cells of the row of the cursor."""
    session, page = wiring.session, wiring.pages["prune"]
    mask = session.channel_mask
    return (
        None if mask is None else mask.tolist(),
        session.step,
        session.is_by_hand,
        session.point,
        [page.results.model.index(0, column).data() for column in range(page.results.model.columnCount())],
        page.channels.legend.text(),
        page.channels.restore_button.isHidden(),
    )


def click_curve(wiring: WindowWiring, step: int) -> None:
    chart = wiring.pages["prune"].curves.chart
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=chart.widget_position(step, 50).toPoint())


def click_bar(wiring: WindowWiring, channel: int) -> None:
    channels = wiring.pages["prune"].channels
    at = channels.chart.widget_position(channels.place_of(channel), 0).toPoint()
    QTest.mouseClick(channels.chart.viewport(), Qt.MouseButton.LeftButton, pos=at)


@pytest.fixture
def pruned(wiring: WindowWiring, driver: Driver) -> WindowWiring:
    """A window that shows the Prune page with a complete run."""
    wiring.window.activateWindow()
    driver.run_all()
    wiring.panels.show_page("prune")
    QApplication.processEvents()
    return wiring


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
    QTest.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=chart.widget_position(3, 50).toPoint())
    for step in (4, 5, 6):
        QTest.mouseMove(chart.viewport(), chart.widget_position(step, 50).toPoint())
        at = chart.widget_position(step, 50)
        _drag(chart.viewport(), at.toPoint())
    QTest.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=chart.widget_position(6, 50).toPoint())
    assert pruned.session.step == 6
    assert pruned.history.labels == ("Move the cursor to 6 pruned",)
    chart.setFocus()
    for _ in range(3):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    assert pruned.session.step == 3
    assert pruned.history.labels == ("Move the cursor to 3 pruned",)
    undo(pruned)
    assert pruned.session.step == 2


def _drag(widget: Any, at: QPoint) -> None:
    from PySide6.QtCore import QEvent, QPointF  # noqa: PLC0415
    from PySide6.QtGui import QMouseEvent  # noqa: PLC0415

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


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


def test_a_closed_file_comes_back_with_its_curve(pruned: WindowWiring, driver: Driver) -> None:
    click_bar(pruned, 5)
    driver.settle()
    before, poisoned, run = shown(pruned), pruned.session.poisoned, pruned.session.run
    slot = pruned.panels.files.slots[Role.POISONED]
    slot.clear_button(0).click()
    driver.settle()
    assert pruned.session.poisoned == () and pruned.session.run is None
    assert pruned.edit_menu.undo.text() == "&Undo “Close p.h5”"
    undo(pruned)
    driver.settle()
    assert pruned.session.poisoned[0] is poisoned[0]
    assert pruned.session.run is run
    assert shown(pruned) == before
    redo(pruned)
    driver.settle()
    assert pruned.session.poisoned == () and pruned.session.run is None
    undo(pruned)
    assert shown(pruned) == before


def test_a_closed_model_comes_back_with_all_that_was_made_of_it(
    pruned: WindowWiring, driver: Driver, dialog: Any
) -> None:
    driver.repair(OCCLUSION)
    network, before = pruned.session.network, shown(pruned)
    dialog.prepare("ask_unsaved", "discard")
    pruned.panels.files.slots[Role.MODEL].clear_button(0).click()
    driver.settle()
    assert pruned.session.network is None and pruned.session.compared == ()
    undo(pruned)
    driver.settle()
    assert pruned.session.network is network
    assert [each.name for each in pruned.session.repairs] == ["Occlusion"]
    assert [each.name for each in pruned.session.compared] == ["Occlusion"]
    assert pruned.session.classified is pruned.session.compared[0]
    assert shown(pruned) == before


def test_closing_the_model_again_asks_about_what_was_made_since(
    pruned: WindowWiring, driver: Driver, dialog: Any
) -> None:
    pruned.panels.files.slots[Role.MODEL].clear_button(0).click()
    driver.settle()
    undo(pruned)
    driver.repair(OCCLUSION)
    dialog.prepare("ask_unsaved", "cancel")
    redo(pruned)
    assert pruned.session.network is not None
    dialog.prepare("ask_unsaved", "discard")
    redo(pruned)
    assert pruned.session.network is None
    undo(pruned)
    assert [each.name for each in pruned.session.repairs] == ["Occlusion"]


def test_a_removed_network_comes_back_to_its_place_and_later_ones_stay(pruned: WindowWiring, driver: Driver) -> None:
    driver.repair(OCCLUSION)
    driver.repair(FINETUNE)
    pruned.panels.show_page("compare")
    panel = pruned.pages["compare"].panel
    panel.choose(1)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert [each.name for each in pruned.session.compared] == ["Fine-tuning"]
    assert [each.name for each in pruned.session.repairs] == ["Fine-tuning"]
    driver.repair(FINETUNE)
    assert pruned.edit_menu.undo.text() == "&Undo “Remove Occlusion from the comparison”"
    undo(pruned)
    assert [each.name for each in pruned.session.compared] == ["Occlusion", "Fine-tuning", "Fine-tuning (2)"]
    assert [each.name for each in pruned.session.repairs] == ["Occlusion", "Fine-tuning", "Fine-tuning (2)"]
    redo(pruned)
    assert [each.name for each in pruned.session.repairs] == ["Fine-tuning", "Fine-tuning (2)"]


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
    assert pruned.edit_menu.undo.toolTip() == BUSY
    undo(pruned)
    assert pruned.session.poisoned == ()
    pruned.status.cancel_requested.emit()
    driver.settle()
    assert pruned.edit_menu.undo.isEnabled()


def test_another_model_begins_a_new_history(pruned: WindowWiring, driver: Driver) -> None:
    click_curve(pruned, 5)
    pruned.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert pruned.history.labels == ()
    assert pruned.edit_menu.undo.text() == "&Undo"
    assert not pruned.edit_menu.undo.isEnabled()
    undo(pruned)
    assert pruned.session.summary is not None
    assert pruned.session.summary.path.name == "other.h5"


def test_opening_files_at_the_start_is_nothing_to_undo_but_replacing_one_is(
    pruned: WindowWiring, driver: Driver
) -> None:
    assert pruned.history.labels == ()
    before = shown(pruned)
    pruned.open_file(Role.VALIDATION, Path("v2.h5"))
    driver.settle()
    assert pruned.session.run is None
    assert pruned.history.labels == ("Open v2.h5",)
    undo(pruned)
    driver.settle()
    assert pruned.session.validation is not None
    assert pruned.session.validation.name == "v.h5"
    assert shown(pruned) == before


def test_a_pixel_range_that_is_not_known_yet_is_found_when_files_come_back(
    pruned: WindowWiring, driver: Driver
) -> None:
    pruned.open_file(Role.VALIDATION, Path("v2.h5"))
    driver.settle()
    assert pruned.session.scale_finding is not None
    undo(pruned)
    redo(pruned)
    driver.settle()
    assert pruned.session.validation is not None and pruned.session.validation.name == "v2.h5"
    assert pruned.session.scale_finding is not None


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


def test_closed_sets_do_not_fill_the_memory(
    pruned: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned.panels.files.slots[Role.POISONED].clear_button(0).click()
    assert len(pruned.history.labels) == 1
    monkeypatch.setattr(history_module, "MOST_BYTES", 10)
    pruned.panels.files.slots[Role.VALIDATION].clear_button(0).click()
    assert pruned.history.labels == ("Close v.h5",)
    undo(pruned)
    assert pruned.session.validation is not None
