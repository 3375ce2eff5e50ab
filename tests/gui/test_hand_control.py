"""Channels pruned by hand, and the way back to the order."""

from typing import Any

from gui.desk import Desk


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


def test_a_click_of_one_layer_is_no_job_to_be_stopped(desk: Desk, driver: Any, engine: Any) -> None:
    driver.run_all()
    started: list[Any] = []
    desk.runner.started.connect(started.append)
    desk.panels.channels.channel_toggled.emit(5)
    driver.settle()
    desk.runner.started.disconnect(started.append)
    assert [request.is_light for request in started] == [True]


def test_a_mask_that_cannot_be_scored_is_taken_back(
    desk: Desk, driver: Any, engine: Any, dialog: Any, log_guard: list[Any]
) -> None:
    driver.run_all()
    engine.unforeseen = RuntimeError("the moon is full")
    dialog.prepare("show_unforeseen", None)
    desk.panels.channels.channel_toggled.emit(5)
    driver.settle()
    assert not desk.workspace.is_by_hand
    assert desk.workspace.point is not None
    assert log_guard[0].exc_info is not None
    log_guard.clear()
