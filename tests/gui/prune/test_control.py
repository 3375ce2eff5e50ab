"""Runs from start to end, their settings and stops, and the cursor along a whole curve."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.channels import Order
from core.records import Scale, Side
from core.sweep.records import SweepEstimate
from gui.shell.wiring import Desk
from gui.state.run import Settings
from gui.state.session import Role


def test_a_run_is_estimated_and_ends_at_the_largest_threshold_before_crossing(
    desk: Desk, driver: Any, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    seen: list[Any] = []
    desk.runner.published.connect(seen.append)
    qtbot.mouseClick(desk.panels.files.form.run_button, Qt.MouseButton.LeftButton)
    assert not desk.panels.files.slots[Role.MODEL].isEnabled()
    driver.settle()
    desk.runner.published.disconnect(seen.append)
    assert sum(isinstance(each, SweepEstimate) for each in seen) == len(engine.estimates)
    assert desk.workspace.step == 2  # 10 points are 2 of 20 images: step 3 crosses
    assert desk.panels.curves.cursor_step == 2
    assert desk.panels.files.slots[Role.MODEL].isEnabled()
    assert desk.menus.save_repaired.isEnabled()


def test_the_end_of_a_run_is_told_in_words(desk: Desk, driver: Any, monkeypatch: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr(desk.panels.results, "show_verdict", lambda *words: told.append(words))
    driver.run_all()
    assert told[-1] == ("Seen in 7 steps.", ("a reason",))


def test_the_side_moves_the_cursor_and_thresholds_move_the_stops(desk: Desk, driver: Any) -> None:
    driver.run_all()
    form = desk.panels.files.form
    form.side_combo.setCurrentIndex(1)
    form.side_combo.activated.emit(1)
    assert desk.workspace.side is Side.AFTER
    assert desk.workspace.step == 3
    form.thresholds_edit.setText("5; 20 %")
    form.thresholds_edit.editingFinished.emit()
    assert desk.workspace.thresholds == (0.05, 0.2)
    assert [stop.threshold for stop in desk.run_control.stops] == [None, 0.05, 0.05, 0.2, 0.2]


def test_bad_thresholds_disable_run_everywhere(desk: Desk, driver: Any) -> None:
    driver.open_all()
    form = desk.panels.files.form
    form.thresholds_edit.setText("much")
    assert not desk.menus.run.isEnabled()
    form.thresholds_edit.setText("5")
    assert desk.menus.run.isEnabled()
    desk.menus.run.trigger()  # the field still has the focus
    driver.settle()
    assert desk.workspace.thresholds == (0.05,)


def test_settings_are_those_of_the_layer(desk: Desk, driver: Any) -> None:
    driver.open_all()
    desk.run_control.choose_settings(Settings(layer="conv_a", reader="dense", order=Order.DESCENDING, scale=Scale.UNIT))
    form = desk.panels.files.form
    assert form.reader_combo.currentData() == "dense"
    assert form.order_combo.currentData() == Order.DESCENDING
    assert form.scale_combo.currentData() == Scale.UNIT
    assert "you chose the worse one" in form.scale_note.text()
    index = form.layer_combo.findData("conv_b")
    form.layer_combo.setCurrentIndex(index)
    form.layer_combo.activated.emit(index)
    assert desk.workspace.settings == Settings(layer="conv_b", order=Order.DESCENDING, scale=Scale.UNIT)


def test_another_reader_empties_the_panels_and_flipping_back_restores_the_curve(
    desk: Desk, driver: Any, engine: Any
) -> None:
    driver.run_all()
    first = desk.workspace.run
    desk.run_control.go_to(4)
    form = desk.panels.files.form
    index = form.reader_combo.findData("conv_b")
    form.reader_combo.setCurrentIndex(index)
    form.reader_combo.activated.emit(index)
    assert desk.workspace.settings.reader == "conv_b"
    assert desk.workspace.run is None
    assert not desk.menus.save_pruned.isEnabled()
    desk.run_control.start()
    driver.settle()
    assert engine.started[-1] == "run conv_b ascending"
    assert "dense still reads" in desk.panels.curves.bypass_notice.text()
    desk.run_control.go_to(4)
    form.reader_combo.setCurrentIndex(0)
    form.reader_combo.activated.emit(0)
    assert desk.workspace.run is first
    assert desk.workspace.step == 4


def test_empty_panels_say_what_comes_next(desk: Desk, driver: Any) -> None:
    label = desk.panels.channels.empty_label
    assert label.text() == "Open a model and clean validation images, then press Run."
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert label.text() == desk.workspace.missing
    driver.run_all()
    desk.run_control.choose_settings(replace(desk.workspace.settings, reader="conv_b"))
    assert label.text() == "Settings changed: press Run."
    assert desk.panels.curves.empty_label.text() == label.text()
    assert desk.panels.results.empty_label.text() == label.text()


def test_the_cursor_moves_every_panel(desk: Desk, driver: Any, engine: Any) -> None:
    driver.run_all()
    desk.picture_control.open_picture(Path("face.png"))
    driver.settle()
    desk.panels.curves.cursor_moved.emit(5)
    driver.settle()
    assert desk.workspace.step == 5
    assert engine.classified[-1] == ([False] * 5 + [True], False)
    desk.panels.results.step_chosen.emit(0)
    driver.settle()
    assert engine.classified[-1] == ([True] * 6, False)


def test_a_run_cannot_be_started_twice_and_the_demo_stops_it(
    desk: Desk, driver: Any, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    assert not desk.menus.run.isEnabled()
    assert not desk.panels.files.form.run_button.isEnabled()
    engine.stop_at = None
    desk.open_demo()
    driver.settle()
    assert desk.panels.messages.text == ""
    assert desk.workspace.run is not None
    assert desk.workspace.run.inspection is not None
    assert desk.menus.run.isEnabled()


def test_cancelling_a_second_run_brings_the_first_one_back(desk: Desk, driver: Any, engine: Any) -> None:
    driver.run_all()
    first = desk.workspace.run
    driver.start_run_that_waits(engine, 1)
    desk.runner.cancel()
    driver.settle()
    assert desk.workspace.run is first
    assert desk.workspace.step == 2
    assert "earlier run is shown again" in desk.panels.messages.text


def test_something_unforeseen_in_a_run_is_said_once_and_work_goes_on(
    desk: Desk, driver: Any, engine: Any, dialog: Any, log_guard: list[Any]
) -> None:
    driver.run_all()
    first = desk.workspace.run
    engine.unforeseen = RuntimeError("the moon is full")
    dialog.prepare("show_unforeseen", None)
    desk.run_control.start()
    driver.settle()
    assert dialog.names() == ["show_unforeseen"]
    assert "the moon is full" in dialog.calls[0][1]["summary"]
    assert desk.workspace.run is first
    assert log_guard[0].exc_info is not None
    log_guard.clear()
    engine.unforeseen = None
    desk.run_control.start()
    driver.settle()
    assert desk.workspace.run is not first
