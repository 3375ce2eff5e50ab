"""Channels pruned by hand, and the way back to the order."""

from typing import Any

from PySide6.QtWidgets import QApplication

from gui.shell.wiring import WindowWiring
from tests.gui.mouse import drag
from tests.gui.stand_in_figures import make_point


def test_a_click_prunes_by_hand_and_the_way_back(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    channels = wiring.pages["prune"].channels
    channels.channel_toggled.emit(5)
    assert wiring.session.is_by_hand
    assert wiring.session.point is None
    driver.settle()
    assert engine.scored[-1] == [False, False, True, True, True, False]
    assert wiring.session.point is not None
    assert "by hand" in wiring.session.step_text
    channels.channel_toggled.emit(0)
    driver.settle()
    assert engine.scored[-1] == [True, False, True, True, True, False]
    wiring.menus.actions["prune", "restore"].trigger()
    assert not wiring.session.is_by_hand
    assert wiring.session.step == 2


def test_a_click_of_one_layer_is_no_job_to_be_stopped(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    started: list[Any] = []
    wiring.runner.started.connect(started.append)
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.settle()
    wiring.runner.started.disconnect(started.append)
    assert [request.is_light for request in started] == [True]


def test_a_mask_that_cannot_be_scored_is_taken_back(
    wiring: WindowWiring, driver: Any, engine: Any, dialog: Any, log_guard: list[Any]
) -> None:
    driver.run_all()
    engine.unforeseen = RuntimeError("the moon is full")
    dialog.prepare("show_unforeseen", None)
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.settle()
    assert not wiring.session.is_by_hand
    assert wiring.session.point is not None
    assert log_guard[0].exc_info is not None
    log_guard.clear()


def test_the_figures_of_a_sample_come_first_and_say_so(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    engine.score_estimate, engine.is_score_held = make_point(3, total=10), True
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.wait_until(lambda: wiring.session.hand_estimate is not None)
    assert wiring.session.point is None, "an estimate must not be taken for the figures"
    readout = wiring.pages["prune"].curves.readout
    assert any("≈" in text or "<" in text or ">" in text for text in driver.live_row())
    assert any("≈" in row.value.text() for row in readout.rows)
    engine.is_score_held = False
    driver.settle()
    assert wiring.session.hand_estimate is None
    assert wiring.session.point is not None
    assert not any("≈" in text for text in driver.live_row())
    assert not any("≈" in row.value.text() for row in readout.rows)


def test_an_estimate_that_comes_late_is_left_out(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    engine.score_estimate, engine.is_score_held = make_point(3, total=10), True
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    wiring.pages["prune"].channels.channel_toggled.emit(4)
    engine.is_score_held = False
    driver.settle()
    assert wiring.session.hand_estimate is None
    assert engine.scored[-1] == wiring.session.channel_mask.tolist()


def test_a_new_run_gets_the_memory_of_those_before(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    assert engine.released == []
    wiring.pages["prune"].control.start()
    driver.settle()
    assert engine.released == ["conv_a"]


def test_a_channel_that_the_mouse_rests_on_is_scored_ahead(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    before = len(engine.scored)
    channels = wiring.pages["prune"].channels
    channels.channel_hovered.emit(3)
    channels.channel_hovered.emit(5)  # passing by
    driver.wait_until(lambda: len(engine.scored) > before)
    driver.settle()
    assert engine.scored[before:] == [[False, False, True, True, True, False]]
    assert not wiring.session.is_by_hand
    channels.channel_hovered.emit(4)
    channels.channel_hovered.emit(-1)
    assert not wiring.pages["prune"].hand._rest.isActive(), "the mouse has left"


def test_channels_under_a_drag_are_one_step_and_scored_once(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()  # at step 2: channels 0 and 1 are pruned
    wiring.panels.show_page("prune")
    before = len(engine.scored)
    chart = wiring.pages["prune"].channels.chart
    QApplication.processEvents()
    places = [wiring.pages["prune"].channels.place_of(channel) for channel in (2, 3, 4)]
    at = [chart.widget_position(place, 0).toPoint() for place in places]
    drag(chart.viewport(), at)
    driver.settle()
    assert engine.scored[before:] == [[False, False, False, False, False, True]]
    assert wiring.history.labels == ("Prune 3 channels by hand",)
    wiring.edit_menu.undo.trigger()
    assert not wiring.session.is_by_hand


def test_a_change_that_could_not_be_scored_can_be_tried_again_by_undo(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    driver.run_all()
    engine.is_score_held = True
    wiring.session.run.inspection.evaluator.is_quick = False  # a job of its own, which can be stopped
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.wait_until(lambda: wiring.runner.current is not None)
    wiring.status.cancel_requested.emit()
    engine.is_score_held = False
    driver.settle()
    assert not wiring.session.is_by_hand
    assert wiring.history.labels == ("Prune channel 5 by hand", "Take back what was not scored")
    wiring.edit_menu.undo.trigger()
    driver.settle()
    assert wiring.session.is_by_hand and wiring.session.point is not None
