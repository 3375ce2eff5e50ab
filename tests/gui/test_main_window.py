"""The window with a stand-in for the engine: opening, running, moving along the curve, saving, closing."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.monitor import Progress
from core.records import Order, Scale, Side, SweepEstimate
from gui.channels_panel import Sort
from gui.desk import Desk
from gui.hand_control import RUNNING
from gui.job_runner import Request
from gui.job_status import JobStatus
from gui.main_window import MainWindow
from gui.preferences import Preferences, load_preferences
from gui.run import Settings
from gui.workspace import Role

LIMIT_MS = 5000
CHANNEL_COUNT = 6


def expect_refusal(log_guard: list[Any], code: str) -> None:
    """One line in the log, with the code."""
    assert [code in record.getMessage() for record in log_guard] == [True]
    log_guard.clear()


def _live_row(desk: Desk) -> list[str]:
    """What the table says of the cursor's step."""
    model = desk.panels.results.model
    return [model.index(0, column).data() for column in range(model.columnCount())]


def test_an_empty_window_says_what_to_do_first(desk: Desk) -> None:
    form = desk.panels.files.form
    assert not form.run_button.isEnabled()
    assert form.run_button.toolTip() == "Open a model first."
    assert not form.cancel_button.isEnabled()
    assert not desk.menus.save_pruned.isEnabled()
    assert not desk.menus.run.isEnabled()


@pytest.mark.parametrize("order", [(Role.MODEL, Role.VALIDATION), (Role.VALIDATION, Role.MODEL)])
def test_both_orders_of_opening_find_the_scale(desk: Desk, driver: Any, order: tuple[Role, Role]) -> None:
    names = {Role.MODEL: "net.h5", Role.VALIDATION: "v.h5"}
    for role in order:
        desk.open_file(role, Path(names[role]))
        driver.settle()
    files = desk.panels.files
    assert files.slots[Role.MODEL].names == ("net.h5",)
    assert files.slots[Role.VALIDATION].names == ("v.h5",)
    assert desk.workspace.scale is Scale.RAW
    assert files.form.scale_combo.currentText() == "auto (found: 0–255)"
    assert "95.00 %" in files.form.scale_note.text()
    assert files.form.layer_combo.currentData() == "conv_a"
    assert files.form.run_button.isEnabled()
    assert desk.window.windowTitle().startswith("net.h5")


def test_a_refused_model_leaves_everything_as_it_was(desk: Desk, driver: Any, log_guard: list[Any]) -> None:
    driver.run_all()
    before = (desk.workspace.network, desk.workspace.run, desk.workspace.step)
    desk.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    assert (desk.workspace.network, desk.workspace.run, desk.workspace.step) == before
    assert desk.panels.messages.text == ""  # it is said once, where the file was meant to go
    slot = desk.panels.files.slots[Role.MODEL]
    assert slot.error_text == "'bad.h5' is no model"
    assert slot.names == ("net.h5",)
    expect_refusal(log_guard, "not-a-model")


def test_data_that_do_not_fit_the_model_are_refused(desk: Desk, driver: Any, log_guard: list[Any]) -> None:
    driver.open_all()
    before = desk.workspace.validation
    desk.open_file(Role.VALIDATION, Path("small.h5"))
    driver.settle()
    assert desk.workspace.validation is before
    assert desk.panels.files.slots[Role.VALIDATION].error_text == "'small.h5' does not fit"
    expect_refusal(log_guard, "misfit-input")


@pytest.mark.parametrize("is_closing", [True, False])
def test_a_model_that_does_not_fit_the_open_data_asks(desk: Desk, driver: Any, dialog: Any, is_closing: bool) -> None:
    driver.open_all()
    dialog.prepare("ask_to_close_sets", is_closing)
    desk.open_file(Role.MODEL, Path("small.h5"))
    driver.settle()
    assert dialog.calls[-1][1]["sentences"] == ("'v.h5' does not fit", "'p.h5' does not fit")
    names = desk.panels.files.slots[Role.MODEL].names
    if is_closing:
        assert names == ("small.h5",)
        assert desk.workspace.sets == ()
        assert desk.panels.files.slots[Role.VALIDATION].names == ()
    else:
        assert names == ("net.h5",)
        assert len(desk.workspace.sets) == 2


def test_several_models_at_once_are_refused(desk: Desk, driver: Any, log_guard: list[Any]) -> None:
    desk.file_control.open_files(Role.MODEL, (Path("a.h5"), Path("b.h5")))
    assert "got 2" in desk.panels.files.slots[Role.MODEL].error_text
    expect_refusal(log_guard, "got 2")
    driver.settle()
    assert desk.workspace.network is None


def test_several_poisoned_sets_stand_beside_each_other_and_one_is_closed(desk: Desk, driver: Any) -> None:
    desk.file_control.open_files(Role.POISONED, (Path("a.h5"), Path("b.h5"), Path("c.h5")))
    driver.settle()
    slot = desk.panels.files.slots[Role.POISONED]
    assert slot.names == ("a.h5", "b.h5", "c.h5")
    slot.clear_button(1).click()
    assert slot.names == ("a.h5", "c.h5")
    assert [data.name for data in desk.workspace.poisoned] == ["a.h5", "c.h5"]
    desk.open_file(Role.POISONED, Path("a.h5"))  # again: no double
    driver.settle()
    assert slot.names == ("c.h5", "a.h5")


def test_closing_the_model_closes_what_was_found_with_it(desk: Desk, driver: Any) -> None:
    driver.run_all()
    desk.panels.files.slots[Role.MODEL].clear_button(0).click()
    assert desk.workspace.network is None
    assert desk.workspace.run is None
    assert not desk.panels.files.form.run_button.isEnabled()
    assert desk.workspace.validation is not None
    assert not desk.menus.save_pruned.isEnabled()


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


def test_while_a_run_goes_on_its_estimate_is_on_every_panel(desk: Desk, driver: Any, engine: Any, qtbot: QtBot) -> None:
    driver.open_all()
    panels = desk.panels
    driver.start_run_that_waits(engine, 0)
    assert panels.curves._header.detail.text() == "Estimate: 4 of 40 images, order provisional"
    assert panels.channels._ranking.order.tolist() == [5, 4, 3, 2, 1, 0]
    assert "measured on 2 of 20" in panels.channels._header.detail.text()
    engine.stop_at = 3
    driver.wait_for_estimate(3)
    assert panels.curves._header.detail.text() == "Estimate: 20 of 40 images (band: 95 %)"
    assert panels.channels._ranking.order.tolist() == [0, 1, 2, 3, 4, 5]
    assert all(each.band is not None for each in panels.curves.chart.points("asr-0"))
    assert _live_row(desk)[1] == "≈ 90 %"
    assert panels.results.verdict_line.text() == ""
    assert not panels.results.export_button.isEnabled()
    assert not desk.menus.save_pruned.isEnabled()
    desk.panels.channels.channel_toggled.emit(3)
    assert panels.messages.text == RUNNING
    assert not desk.workspace.is_by_hand
    engine.stop_at = None
    driver.settle()
    assert "Estimate" not in panels.curves._header.detail.text()
    assert all(each.band is None for each in panels.curves.chart.points("asr-0"))
    assert _live_row(desk)[1] == "90.00 %"
    assert panels.results.verdict_line.text() != ""
    assert desk.menus.save_pruned.isEnabled()


def test_of_many_estimates_at_once_the_newest_is_shown(desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    drawn: list[int] = []
    curves = desk.panels.curves
    show_curve = curves.show_curve
    curves.show_curve = lambda curve, stops: (drawn.append(curve.image_count), show_curve(curve, stops))
    run = desk.workspace.run
    assert run is not None
    first = run.estimate
    assert first is not None
    for image_count in range(11, 31):
        desk.run_control._on_published(replace(first, image_count=image_count))
    driver.qtbot.waitUntil(lambda: drawn[-1:] == [30], timeout=LIMIT_MS)
    assert len(drawn) <= 2
    desk.run_control._on_published(replace(first, image_count=31))  # in the pause after the last one
    desk.runner.cancel()
    driver.settle()
    assert "Stopped after 31 of 40 images" in desk.panels.messages.text
    assert drawn[-1] == 31
    desk.run_control._newest = replace(first, image_count=32)
    engine.stop_at = None
    driver.start_run_that_waits(engine, 0)
    assert 32 not in drawn
    assert drawn[-1] == 4


def test_newer_activations_stand_in_the_order_of_the_curve_that_is_shown(desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 1)
    run = desk.workspace.run
    assert run is not None
    assert run.ranking is not None
    run.take_ranking(replace(run.ranking, image_count=20, order=np.arange(CHANNEL_COUNT)))
    assert run.ranking is not None
    assert run.ranking.image_count == 20
    assert run.ranking.order.tolist() == [5, 4, 3, 2, 1, 0]
    desk.runner.cancel()
    driver.settle()
    assert "Stopped after 10 of 40 images" in desk.panels.messages.text
    assert "order of the channels is provisional" in desk.panels.messages.text


def test_the_cursor_follows_the_stop_rule_until_somebody_moves_it(desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    steps = []
    for place in (2, 3):
        if place == 2:
            driver.start_run_that_waits(engine, place)
        else:
            engine.stop_at = place
            driver.wait_for_estimate(place)
        steps.append(desk.workspace.step)
    assert steps == [0, 1]
    assert desk.panels.curves.cursor_step == 1
    desk.panels.curves.cursor_moved.emit(5)
    engine.stop_at = 4
    driver.wait_for_estimate(4)
    assert desk.workspace.step == 5
    point = desk.workspace.point
    assert point is not None
    assert point.validation.pruned.total == 15
    engine.stop_at = None
    driver.settle()
    assert desk.workspace.step == 5
    assert _live_row(desk)[1] == "75.00 %"


def test_a_row_of_an_estimate_holds_the_cursor_and_the_side_lets_it_go(desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    desk.panels.results.step_chosen.emit(4)
    engine.stop_at = 3
    driver.wait_for_estimate(3)
    assert desk.workspace.step == 4
    desk.run_control.choose_side(Side.AFTER)
    assert desk.workspace.step == 2
    desk.run_control.choose_thresholds((0.3,))
    assert [stop.threshold for stop in desk.run_control.stops] == [None, 0.3, 0.3]
    assert desk.panels.results.model.rowCount() == 4
    engine.stop_at = None
    driver.settle()
    assert desk.workspace.step == CHANNEL_COUNT  # 30 points are 6 of 20 images; the stand-in ends there


def test_escape_cancels_a_run_and_keeps_its_estimate(desk: Desk, driver: Any, engine: Any, qtbot: QtBot) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 3)
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow, timeout=LIMIT_MS)
    with qtbot.waitSignal(desk.runner.cancelled, timeout=1000):
        qtbot.keyClick(desk.window, Qt.Key.Key_Escape)
    driver.settle()
    assert desk.workspace.run is not None
    assert desk.workspace.run.estimate == desk.workspace.run.curve
    assert desk.panels.messages.text == ("Stopped after 20 of 40 images: what is shown is an estimate with its band.")
    assert desk.panels.curves._header.detail.text() == "Estimate: 20 of 40 images (band: 95 %)"
    desk.panels.curves.cursor_moved.emit(4)
    assert desk.workspace.point is not None
    assert desk.workspace.point.pruned_count == 4
    assert _live_row(desk)[1] == "≈ 60 %"
    assert not desk.menus.save_pruned.isEnabled()
    assert not desk.panels.results.save_pruned_button.isEnabled()
    desk.panels.channels.channel_toggled.emit(3)
    assert "this one was stopped" in desk.panels.messages.text
    assert not desk.workspace.is_by_hand
    for save in (desk.save_control.export, desk.save_control.save_network):
        save("csv")
        assert "press Run first" in desk.panels.messages.text
    engine.stop_at = None
    desk.run_control.start()
    driver.settle()
    assert desk.panels.messages.text == ""
    assert desk.menus.save_pruned.isEnabled()
    assert desk.panels.results.save_pruned_button.isEnabled()


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


def test_a_picture_is_answered_before_any_run(desk: Desk, driver: Any, engine: Any) -> None:
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    assert engine.classified == []  # nobody to ask yet
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert engine.classified[-1] == (None, False)


def test_a_bad_picture_leaves_the_good_one(desk: Desk, driver: Any, log_guard: list[Any]) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    before = desk.workspace.picture
    desk.open_file(Role.PICTURE, Path("bad.png"))
    driver.settle()
    assert desk.workspace.picture is before
    assert desk.panels.messages.text == "'bad.png' is no picture"
    log_guard.clear()


def test_the_trigger_goes_on_and_off_and_can_be_another(desk: Desk, driver: Any, engine: Any, dialog: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    panel = desk.panels.classifier
    panel.trigger_toggled.emit(True)
    driver.settle()
    assert engine.classified[-1] == (None, True)
    dialog.prepare("ask_trigger", Path("hat.png"))
    panel.trigger_open_requested.emit()
    driver.settle()
    assert desk.workspace.trigger is not None
    panel.trigger_reset_requested.emit()
    driver.settle()
    assert desk.workspace.trigger is None
    panel.trigger_toggled.emit(False)
    driver.settle()
    assert engine.classified[-1] == (None, False)


def test_a_click_prunes_by_hand_and_the_way_back(desk: Desk, driver: Any, engine: Any) -> None:
    driver.run_all()
    channels = desk.panels.channels
    channels.channel_toggled.emit(5)
    assert desk.workspace.is_by_hand
    assert desk.workspace.point is None
    driver.settle()
    assert engine.scored[-1] == [False, False, True, True, True, False]
    assert desk.workspace.point is not None
    assert "by hand" in desk.workspace.step_text
    channels.channel_toggled.emit(0)
    driver.settle()
    assert engine.scored[-1] == [True, False, True, True, True, False]
    desk.menus.restore.trigger()
    assert not desk.workspace.is_by_hand
    assert desk.workspace.step == 2


def test_hovering_shows_the_channel_on_the_picture(desk: Desk, driver: Any, qtbot: QtBot) -> None:
    driver.run_all()
    shown: list[int] = []
    desk.panels.channels.show_feature_map = lambda channel, image: shown.append(channel)  # type: ignore[method-assign]
    desk.panels.channels.channel_hovered.emit(3)
    driver.settle()
    assert shown == []  # no picture
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    desk.panels.channels.channel_hovered.emit(4)
    driver.settle()
    desk.panels.channels.channel_hovered.emit(-1)
    driver.settle()
    assert shown == [4]


def test_saving_takes_the_step_at_the_cursor(desk: Desk, driver: Any, engine: Any, dialog: Any, tmp_path: Path) -> None:
    driver.run_all()
    desk.run_control.go_to(4)
    for kind in ("pruned", "repaired"):
        path = tmp_path / f"{kind}.keras"
        dialog.prepare("ask_save", (path, True))
        desk.menus.save_requested.emit(kind)
        driver.settle()
        assert engine.saved[-1] == (kind == "repaired", [False] * 4 + [True] * 2, path, True)
        assert str(path) in desk.panels.messages.text
        assert desk.panels.messages.kind == "ok"
    assert dialog.calls[-1][1]["suggestion"].name == "net_repaired_4.keras"
    dialog.prepare("ask_save", None)
    desk.menus.save_requested.emit("pruned")
    driver.settle()
    assert len(engine.saved) == 2


@pytest.mark.parametrize("kind", ["csv", "json", "png", "svg", "report"])
def test_exports_ask_where_to(desk: Desk, driver: Any, engine: Any, dialog: Any, tmp_path: Path, kind: str) -> None:
    driver.run_all()
    dialog.prepare("ask_save", (tmp_path / "out", True))
    desk.panels.results.export_requested.emit(kind)
    driver.settle()
    assert engine.exported == [(kind, tmp_path / "out")]


def test_an_export_never_replaces_an_open_file(
    desk: Desk, driver: Any, engine: Any, dialog: Any, tmp_path: Path
) -> None:
    data = tmp_path / "v.h5"
    data.write_bytes(b"x")
    driver.open_all()
    desk.open_file(Role.VALIDATION, data)
    desk.run_control.start()
    driver.settle()
    dialog.prepare("ask_save", (data, True))
    desk.save_control.export("csv")
    assert "never written over" in desk.panels.messages.text
    other = tmp_path / "other.csv"
    other.write_bytes(b"x")
    dialog.prepare("ask_save", (other, False))
    desk.save_control.export("csv")
    assert "may be replaced" in desk.panels.messages.text
    driver.settle()
    assert engine.exported == []


def test_the_demo_opens_all_and_runs(desk: Desk, driver: Any, engine: Any) -> None:
    desk.open_file(Role.POISONED, Path("mine.h5"))
    driver.settle()
    desk.menus.demo_requested.emit()
    driver.settle()
    assert [data.name for data in desk.workspace.sets] == ["v.h5", "t.h5", "p.h5"]
    assert desk.workspace.run is not None
    assert desk.workspace.run.inspection is not None
    assert engine.classified
    assert [entry.path for entry in desk.preferences.recent] == [str(Path("mine.h5").absolute())]
    assert set(desk.preferences.folders) == {"poisoned", "last"}


def test_stopping_the_demo_while_it_opens_says_what_is_open(desk: Desk, driver: Any, qtbot: QtBot) -> None:
    desk.file_control.opened.connect(lambda role, _path: role is Role.VALIDATION and desk.runner.cancel())
    desk.open_demo()
    driver.settle()
    assert desk.panels.messages.text == ("Stopped: t.h5 and p.h5 not opened; net.h5 and v.h5 are open.")
    assert desk.workspace.run is None


def test_while_a_run_goes_on_files_stay_and_the_menu_says_so(desk: Desk, driver: Any, engine: Any) -> None:
    desk.open_file(Role.TEST, Path("t.h5"))
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.open_all()
    desk.window.menuBar().actions()[0].menu().aboutToShow.emit()
    driver.start_run_that_waits(engine, 2)
    file_menu = desk.window.menuBar().actions()[0].menu()
    assert [action.isEnabled() for action in file_menu.actions()[:5]] == [False] * 4 + [True]
    recent = {action.text(): action.isEnabled() for action in desk.menus._recent.actions()}
    assert recent["face.png  (picture)"]
    assert not recent["net.h5  (model)"]
    desk.menus.recent_chosen.emit(Role.MODEL, Path("net.h5"))  # however it came
    assert "stay as they are" in desk.panels.messages.text
    engine.stop_at = None
    driver.settle()
    assert desk.workspace.is_whole
    assert all(action.isEnabled() for action in file_menu.actions()[:5])
    assert all(action.isEnabled() for action in desk.menus._recent.actions())


def test_a_file_that_ends_a_curve_says_so(desk: Desk, driver: Any) -> None:
    driver.run_all()
    desk.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    assert "the curve made with the earlier ones is gone" in desk.panels.messages.text
    assert desk.panels.curves.empty_label.text() == "Press Run to measure and prune the channels."


def test_the_classifier_follows_an_estimate_and_takes_pictures(desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 1)
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.qtbot.waitUntil(lambda: ([True] * 6, False) in engine.classified, timeout=LIMIT_MS)
    engine.stop_at = 3
    driver.qtbot.waitUntil(lambda: ([False] + [True] * 5, False) in engine.classified, timeout=LIMIT_MS)
    assert desk.run_control.is_running
    assert desk.workspace.picture_name == "face.png"
    desk.panels.curves.cursor_moved.emit(4)
    driver.qtbot.waitUntil(lambda: engine.classified[-1] == ([False] * 4 + [True] * 2, False), timeout=LIMIT_MS)
    assert desk.run_control.is_running
    desk.runner.cancel()
    driver.settle()


def test_a_picture_says_at_once_that_it_waits(desk: Desk, driver: Any, engine: Any, monkeypatch: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    begun, go_on = threading.Event(), threading.Event()

    def deaf(monitor: Any) -> None:
        begun.set()
        go_on.wait(5)

    desk.runner.submit(Request(name="deaf", make=lambda: deaf))
    assert begun.wait(5)
    desk.open_file(Role.PICTURE, Path("face.png"))
    assert desk.panels.classifier.busy_label.text() == "face.png waits for its turn …"
    desk.runner.cancel()
    go_on.set()
    driver.settle()
    assert desk.workspace.picture_name == "face.png"
    assert desk.panels.classifier.busy_label.text() == ""


def test_what_was_said_goes_when_something_new_begins(
    desk: Desk, driver: Any, tmp_path: Path, log_guard: list[Any]
) -> None:
    driver.open_all()
    slot = desk.panels.files.slots[Role.TEST]
    desk.panels.files.files_dropped.emit(Role.TEST, (Path("bad.h5"),))
    driver.settle()
    desk.panels.messages.show_text("old", kind="error")
    desk.panels.files.files_dropped.emit(Role.POISONED, (Path("q.h5"),))
    assert desk.panels.messages.text == ""
    driver.settle()
    assert slot.error_text  # another slot's success is not its own
    desk.panels.messages.show_text("old", kind="error")
    desk.panels.classifier.picture_dropped.emit(Path("face.png"))
    assert desk.panels.messages.text == ""
    desk.panels.messages.show_text("old", kind="error")
    desk.run_control.start()
    driver.settle()
    assert desk.panels.messages.text == ""
    assert slot.error_text == ""
    log_guard.clear()


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


def test_doubts_about_the_files_stay_until_they_are_closed_or_gone(desk: Desk, driver: Any, engine: Any) -> None:
    engine.cautions = ("The clean validation set v.h5 looks like a poisoned set.",)
    driver.run_all()
    bar = desk.panels.cautions
    assert bar.text == engine.cautions[0]
    assert bar.kind == "warning"
    assert bar.isVisible()
    engine.cautions = ()
    desk.panels.files.slots[Role.VALIDATION].clear_button(0).click()
    assert not bar.isVisible()


def test_a_repaired_network_is_told(desk: Desk, driver: Any) -> None:
    desk.open_file(Role.MODEL, Path("repaired.keras"))
    driver.settle()
    assert "a repaired network G already" in desk.panels.messages.text


def test_a_trigger_that_covers_everything_is_told(desk: Desk, driver: Any, dialog: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    dialog.prepare("ask_trigger", Path("opaque.png"))
    desk.panels.classifier.trigger_open_requested.emit()
    driver.settle()
    assert "opaque.png has no transparent pixel" in desk.panels.messages.text
    assert desk.panels.classifier.busy_label.text() == ""


def test_the_end_of_a_run_is_told_in_words(desk: Desk, driver: Any, monkeypatch: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr(desk.panels.results, "show_verdict", lambda *words: told.append(words))
    driver.run_all()
    assert told[-1] == ("Seen in 7 steps.", ("a reason",))


def test_drops_that_nobody_takes_are_told_why(desk: Desk, driver: Any, engine: Any, tmp_path: Path) -> None:
    frame, messages = desk.panels, desk.panels.messages
    frame.dropped_elsewhere.emit((), False)
    assert "Only files of this computer" in messages.text
    frame.dropped_elsewhere.emit((Path("a.png"),), True)
    assert "Open a model first" in messages.text
    driver.open_all()
    frame.dropped_elsewhere.emit((Path("a.png"), Path("b.png")), True)
    assert "got 2" in messages.text
    frame.dropped_elsewhere.emit((Path("net.h5"),), False)
    assert "on its place at the left" in messages.text
    frame.dropped_elsewhere.emit((Path("face.png"),), False)
    driver.settle()
    assert desk.workspace.picture_name == "face.png"
    driver.start_run_that_waits(engine, 1)
    frame.dropped_elsewhere.emit((Path("net.h5"),), False)
    assert "stay as they are" in messages.text
    desk.runner.cancel()
    driver.settle()


def test_several_pictures_fall_through_the_classifier_to_the_window(desk: Desk, tmp_path: Path) -> None:
    mime = QMimeData()
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.png", "b.png")])
    heard: list[Any] = []
    desk.panels.dropped_elsewhere.connect(lambda *words: heard.append(words))
    place = desk.panels.classifier.mapTo(desk.panels, QPoint(20, 20))
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, copy, mime, left, no_key)
    QApplication.sendEvent(desk.panels, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(desk.panels, QDropEvent(QPointF(place), copy, mime, left, no_key))
    assert heard == [((tmp_path / "a.png", tmp_path / "b.png"), True)]


def test_an_export_by_hand_says_what_is_in_it(desk: Desk, driver: Any, dialog: Any, tmp_path: Path) -> None:
    driver.run_all()
    desk.panels.channels.channel_toggled.emit(5)
    dialog.prepare("ask_save", (tmp_path / "c.csv", True), (tmp_path / "b.keras", True))
    desk.save_control.export("csv")
    driver.settle()
    assert "tells of the run in its order" in desk.panels.messages.text
    desk.save_control.save_network("pruned")
    driver.settle()
    assert "by hand" in desk.panels.messages.text


def test_progress_is_said_without_saying_that_it_is_over() -> None:
    status = JobStatus()
    status.show_progress(Progress("Pruning", 3, 60, 1.0, 12.0, 0.25))
    assert (status.stage_text, status.eta_text, status.share) == ("Pruning: 3 of 60", "about 12 s left", 0.25)
    status.show_progress(Progress("Pruning", 60, 60, 1.0, 0.0, 1.0))
    assert status.stage_text == "Pruning …"
    status.show_progress(Progress("Measuring", 1, 2, 1.0, 5.0, 0.5))
    assert status.eta_text == "about 5 s left in this stage"
    status.show_progress(Progress("Reading", 0, 0, 1.0, None, None))
    assert (status.stage_text, status.eta_text, status.share) == ("Reading …", "", None)
    status.deleteLater()


def test_recent_files_open_again(desk: Desk, driver: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    menu = desk.menus._recent
    assert [action.text() for action in menu.actions()] == ["net.h5  (model)"]
    desk.panels.files.slots[Role.MODEL].clear_button(0).click()
    menu.actions()[0].trigger()
    driver.settle()
    assert desk.panels.files.slots[Role.MODEL].names == ("net.h5",)


def test_opening_goes_through_the_dialog(desk: Desk, driver: Any, dialog: Any, qtbot: QtBot) -> None:
    dialog.prepare("ask_open", (Path("net.h5"),), (), (Path("face.png"),))
    qtbot.mouseClick(desk.panels.files.slots[Role.MODEL].open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert desk.workspace.network is not None
    desk.menus.open_requested.emit(Role.TEST)  # changed their mind
    desk.panels.classifier.open_requested.emit()
    driver.settle()
    assert desk.workspace.picture is not None
    assert [words["role"] for _, words in dialog.calls] == [Role.MODEL, Role.TEST, Role.PICTURE]


def test_the_menu_opens_each_kind_of_file(desk: Desk, driver: Any, dialog: Any) -> None:
    file_menu = desk.window.menuBar().actions()[0].menu()
    names = ("net.h5", "v.h5", "t.h5", "p.h5", "face.png")
    dialog.prepare("ask_open", *((Path(name),) for name in names))
    for action in file_menu.actions()[: len(names)]:
        action.trigger()
        driver.settle()
    assert [role for _, words in dialog.calls for role in words.values() if isinstance(role, Role)] == list(Role)
    assert desk.workspace.network is not None
    assert [data.name for data in desk.workspace.sets] == ["v.h5", "t.h5", "p.h5"]
    assert desk.workspace.picture_name == "face.png"


def test_help_theme_and_log(desk: Desk, dialog: Any) -> None:
    dialog.prepare("show_about", None)
    dialog.prepare("show_method", None)
    desk.menus.about.trigger()
    desk.menus.method.trigger()
    desk.menus.theme_chosen.emit("dark")
    desk.menus.theme_chosen.emit("light")
    assert desk.preferences.theme == "light"
    assert not desk.panels.log.isVisible()
    desk.log_button.click()
    assert desk.panels.log.isVisible()
    assert desk.menus.log.isChecked()
    desk.menus.log.trigger()
    assert not desk.panels.log.isVisible()


def test_the_log_shows_what_was_refused(desk: Desk, driver: Any, log_guard: list[Any], qtbot: QtBot) -> None:
    desk.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    qtbot.waitUntil(lambda: "not-a-model" in desk.panels.log.toPlainText(), timeout=LIMIT_MS)
    log_guard.clear()


def test_closing_while_a_run_goes_on_ends_it(qtbot: QtBot, desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    assert desk.runner.is_busy
    desk.window.close()
    assert not desk.runner.is_busy
    assert not desk.window.isVisible()


def test_what_was_remembered_comes_back(qtbot: QtBot, open_window: Any) -> None:
    first = open_window(Preferences())
    first.window.resize(1010, 640)
    first.open_file(Role.MODEL, Path("net.h5"))
    qtbot.waitUntil(lambda: not first.runner.is_busy, timeout=LIMIT_MS)
    first.menus.theme_chosen.emit("dark")
    form = first.panels.files.form
    form.thresholds_edit.setText("12.5, 3")
    form.thresholds_edit.editingFinished.emit()
    first.run_control.choose_side(Side.AFTER)
    first.panels.channels.set_sort(Sort.INDEX)
    first.panels.results.detail_changed.emit("counts")
    first.window.close()
    preferences = load_preferences()
    assert preferences.theme == "dark"
    assert preferences.detail == "counts"
    second = open_window(preferences)
    assert second.workspace.thresholds == (0.03, 0.125)
    assert second.panels.files.form.thresholds_edit.text() == "3, 12.5"
    assert second.panels.files.form.side_combo.currentData() == Side.AFTER
    assert second.panels.channels.sort is Sort.INDEX
    assert second.window.height() == 640
    assert len(second.menus._recent.actions()) == 1
    second.menus.theme_chosen.emit("light")
    second.window.close()


def test_a_window_that_is_closed_at_once_was_never_furnished(qtbot: QtBot, engine: Any) -> None:
    window = MainWindow(Preferences(geometry="not a geometry"))
    qtbot.addWidget(window)
    window.close()
    assert window.desk is None
