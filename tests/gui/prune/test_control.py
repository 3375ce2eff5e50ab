"""Runs from start to end, their settings and stops, and the cursor along a whole curve."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.channels import LayerSet
from core.order.orders.descending import DESCENDING
from core.records import Side
from core.scale import Scale
from core.sweep.records import SweepEstimate
from gui.prune.view import CHANNELS_TEXT, RESULTS_TEXT
from gui.shell.wiring import WindowWiring
from gui.state.pruning_run import Settings
from gui.state.session import Role, stop_step


def test_a_run_is_estimated_and_ends_at_the_largest_threshold_before_crossing(
    wiring: WindowWiring, driver: Any, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    seen: list[Any] = []
    wiring.runner.published.connect(seen.append)
    qtbot.mouseClick(wiring.pages["prune"].form.start_button, Qt.MouseButton.LeftButton)
    assert not wiring.panels.files.slots[Role.MODEL].isEnabled()
    driver.settle()
    wiring.runner.published.disconnect(seen.append)
    assert sum(isinstance(each, SweepEstimate) for each in seen) == len(engine.estimates)
    assert wiring.session.step == 2  # 10 points are 2 of 20 images: step 3 crosses
    assert wiring.pages["prune"].curves.chart.cursor_step == 2
    assert wiring.panels.files.slots[Role.MODEL].isEnabled()
    assert wiring.menus.offered["repaired"].isEnabled()


def test_the_end_of_a_run_is_told_in_words(wiring: WindowWiring, driver: Any, monkeypatch: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr(wiring.pages["prune"].results, "show_verdict", lambda *words: told.append(words))
    driver.run_all()
    assert told[-1] == ("Seen in 7 steps.", ("a reason",))


def test_the_side_moves_the_cursor_and_thresholds_move_the_stops(wiring: WindowWiring, driver: Any) -> None:
    driver.run_all()
    form = wiring.pages["prune"].form
    form.side_combo.setCurrentIndex(1)
    form.side_combo.activated.emit(1)
    assert wiring.session.side is Side.AFTER
    assert wiring.session.step == 3
    form.thresholds_edit.setText("5; 20 %")
    form.thresholds_edit.editingFinished.emit()
    assert wiring.session.thresholds == (0.05, 0.2)
    assert [stop.threshold for stop in wiring.pages["prune"].control.stops] == [None, 0.05, 0.05, 0.2, 0.2]


def test_bad_thresholds_disable_run_everywhere(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()
    form = wiring.pages["prune"].form
    form.thresholds_edit.setText("much")
    assert not wiring.menus.actions["prune", "run"].isEnabled()
    form.thresholds_edit.setText("5")
    assert wiring.menus.actions["prune", "run"].isEnabled()
    wiring.menus.actions["prune", "run"].trigger()  # the field still has the focus
    driver.settle()
    assert wiring.session.thresholds == (0.05,)


def test_settings_are_those_of_the_layer(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()
    wiring.pages["prune"].control.choose_settings(
        Settings(layer=LayerSet.of("conv_a"), reader="dense", order=DESCENDING, scale=Scale.UNIT)
    )
    form = wiring.pages["prune"].form
    assert form.reader_combo.currentData() == "dense"
    assert form.order_combo.currentData() == DESCENDING.name
    assert form.scale_combo.scale == Scale.UNIT
    assert "the chosen range is the worse one" in form.scale_note.text()
    index = form.layer_combo.findData("conv_b")
    form.layer_combo.setCurrentIndex(index)
    form.layer_combo.activated.emit(index)
    assert wiring.session.settings == Settings(layer=LayerSet.of("conv_b"), order=DESCENDING, scale=Scale.UNIT)


def test_another_reader_empties_the_panels_and_flipping_back_restores_the_curve(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    driver.run_all()
    first = wiring.session.run
    wiring.pages["prune"].control.go_to(4)
    form = wiring.pages["prune"].form
    index = form.reader_combo.findData("conv_b")
    form.reader_combo.setCurrentIndex(index)
    form.reader_combo.activated.emit(index)
    assert wiring.session.settings.reader == "conv_b"
    assert wiring.session.run is None
    assert not wiring.menus.offered["pruned"].isEnabled()
    wiring.pages["prune"].control.start()
    driver.settle()
    assert engine.started[-1] == "run conv_b ascending"
    assert "dense still reads" in wiring.pages["prune"].curves.bypass_notice.text()
    wiring.pages["prune"].control.go_to(4)
    form.reader_combo.setCurrentIndex(0)
    form.reader_combo.activated.emit(0)
    assert wiring.session.run is first
    assert wiring.session.step == 4


def test_empty_panels_say_what_will_be_there_and_the_curves_what_to_do(wiring: WindowWiring, driver: Any) -> None:
    page = wiring.pages["prune"]

    def texts() -> list[str]:
        return [panel.empty_label.text() for panel in (page.channels, page.curves, page.results)]

    def todo() -> str:
        return texts()[1].splitlines()[-1]

    assert todo() == "Open a model and clean validation images, then press Run."
    assert len({text.splitlines()[0] for text in texts()}) == 3
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert todo() == wiring.session.missing
    driver.run_all()
    wiring.pages["prune"].control.choose_settings(replace(wiring.session.settings, reader="conv_b"))
    assert todo() == "Settings changed: press Run."
    assert texts()[0] == CHANNELS_TEXT and texts()[2] == RESULTS_TEXT


def test_the_cursor_moves_every_panel(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    wiring.classifier_control.open_image(Path("face.png"))
    driver.settle()
    wiring.pages["prune"].curves.cursor_moved.emit(5)
    driver.settle()
    assert wiring.session.step == 5
    assert engine.classified[-1] == ([False] * 5 + [True], False)
    wiring.pages["prune"].results.step_chosen.emit(0)
    driver.settle()
    assert engine.classified[-1] == ([True] * 6, False)


def test_a_run_cannot_be_started_twice_and_the_demo_stops_it(
    wiring: WindowWiring, driver: Any, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    assert not wiring.menus.actions["prune", "run"].isEnabled()
    assert not wiring.pages["prune"].form.start_button.isEnabled()
    engine.stop_at = None
    wiring.open_demo()
    driver.settle()
    assert wiring.panels.messages.text == ""
    assert wiring.session.run is not None
    assert wiring.session.run.inspection is not None
    assert wiring.menus.actions["prune", "run"].isEnabled()


def test_cancelling_a_second_run_brings_the_first_one_back(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    first = wiring.session.run
    driver.start_run_that_waits(engine, 1)
    wiring.runner.cancel()
    driver.settle()
    assert wiring.session.run is first
    assert wiring.session.step == 2
    assert "earlier run is shown again" in wiring.panels.messages.text


def test_something_unforeseen_in_a_run_is_said_once_and_work_goes_on(
    wiring: WindowWiring, driver: Any, engine: Any, dialog: Any, log_guard: list[Any]
) -> None:
    driver.run_all()
    first = wiring.session.run
    engine.unforeseen = RuntimeError("the moon is full")
    dialog.prepare("show_unforeseen", None)
    wiring.pages["prune"].control.start()
    driver.settle()
    assert dialog.names() == ["show_unforeseen"]
    assert "the moon is full" in dialog.calls[0][1]["summary"]
    assert wiring.session.run is first
    assert log_guard[0].exc_info is not None
    log_guard.clear()
    engine.unforeseen = None
    wiring.pages["prune"].control.start()
    driver.settle()
    assert wiring.session.run is not first


def test_form_and_cursor_follow_thresholds_and_side_of_the_session(wiring: WindowWiring, driver: Any) -> None:
    driver.run_all()
    form, session = wiring.pages["prune"].form, wiring.session
    session.set_thresholds((0.05, 0.2))
    assert form.thresholds_edit.text() == "5, 20"
    wiring.pages["prune"].control.go_to(0)
    session.set_side(Side.AFTER)
    assert form.side_combo.currentData() == Side.AFTER
    assert session.step == stop_step(wiring.pages["prune"].control.stops, Side.AFTER) > 0
