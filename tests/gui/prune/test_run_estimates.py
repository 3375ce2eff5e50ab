"""A run while it goes on, and one that was stopped: estimates on every panel."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.records import Side
from gui.prune.hand import RUNNING
from gui.shell.wiring import Desk

CHANNEL_COUNT = 6  # of the stand-in's layer


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
    assert driver.live_row()[1] == "≈ 90 %"
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
    assert driver.live_row()[1] == "90.00 %"
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
    driver.wait_until(lambda: drawn[-1:] == [30])
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
    assert driver.live_row()[1] == "75.00 %"


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
    qtbot.waitUntil(desk.window.isActiveWindow)
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
    assert driver.live_row()[1] == "≈ 60 %"
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
