"""A run while it goes on, and one that was stopped: estimates on every panel."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.records import Side
from gui.prune.hand import RUNNING
from gui.shell.wiring import WindowWiring

CHANNEL_COUNT = 6  # of the stand-in's layer


def test_while_a_run_goes_on_its_estimate_is_on_every_panel(
    wiring: WindowWiring, driver: Any, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    prune = wiring.pages["prune"]
    driver.start_run_that_waits(engine, 0)
    assert prune.curves._header.detail.text() == "Estimate: 4 of 40 images, order provisional"
    assert prune.channels._ranking.order.tolist() == [5, 4, 3, 2, 1, 0]
    assert "measured on 2 of 20" in prune.channels._header.detail.text()
    engine.stop_at = 3
    driver.wait_for_estimate(3)
    assert prune.curves._header.detail.text() == "Estimate: 20 of 40 images (band: 95 %)"
    assert prune.channels._ranking.order.tolist() == [0, 1, 2, 3, 4, 5]
    assert all(each.band is not None for each in prune.curves.chart.points("asr-0"))
    assert driver.live_row()[1] == "≈ 90 %"
    assert prune.results.verdict_line.text() == ""
    assert not prune.results.export_button.isEnabled()
    assert not wiring.menus.offered["pruned"].isEnabled()
    wiring.pages["prune"].channels.channel_toggled.emit(3)
    assert wiring.panels.messages.text == RUNNING
    assert not wiring.session.is_by_hand
    engine.stop_at = None
    driver.settle()
    assert "Estimate" not in prune.curves._header.detail.text()
    assert all(each.band is None for each in prune.curves.chart.points("asr-0"))
    assert driver.live_row()[1] == "90.00 %"
    assert prune.results.verdict_line.text() != ""
    assert wiring.menus.offered["pruned"].isEnabled()


def test_of_many_estimates_at_once_the_newest_is_shown(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    drawn: list[int] = []
    curves = wiring.pages["prune"].curves
    show_curve = curves.show_curve
    curves.show_curve = lambda curve, stops: (drawn.append(curve.image_count), show_curve(curve, stops))
    run = wiring.session.run
    assert run is not None
    first = run.estimate
    assert first is not None
    for image_count in range(11, 31):
        wiring.pages["prune"].control._on_published(replace(first, image_count=image_count))
    driver.wait_until(lambda: drawn[-1:] == [30])
    assert len(drawn) <= 2
    wiring.pages["prune"].control._on_published(replace(first, image_count=31))  # in the pause after the last one
    wiring.runner.cancel()
    driver.settle()
    assert "Stopped after 31 of 40 images" in wiring.panels.messages.text
    assert drawn[-1] == 31
    wiring.pages["prune"].control._newest = replace(first, image_count=32)
    engine.stop_at = None
    driver.start_run_that_waits(engine, 0)
    assert 32 not in drawn
    assert drawn[-1] == 4


def test_newer_activations_stand_in_the_order_of_the_curve_that_is_shown(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 1)
    run = wiring.session.run
    assert run is not None
    assert run.ranking is not None
    run.take_ranking(replace(run.ranking, image_count=20, order=np.arange(CHANNEL_COUNT)))
    assert run.ranking is not None
    assert run.ranking.image_count == 20
    assert run.ranking.order.tolist() == [5, 4, 3, 2, 1, 0]
    wiring.runner.cancel()
    driver.settle()
    assert "Stopped after 10 of 40 images" in wiring.panels.messages.text
    assert "order of the channels is provisional" in wiring.panels.messages.text


def test_the_cursor_follows_the_stop_rule_until_somebody_moves_it(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    driver.open_all()
    steps = []
    for place in (2, 3):
        if place == 2:
            driver.start_run_that_waits(engine, place)
        else:
            engine.stop_at = place
            driver.wait_for_estimate(place)
        steps.append(wiring.session.step)
    assert steps == [0, 1]
    assert wiring.pages["prune"].curves.chart.cursor_step == 1
    wiring.pages["prune"].curves.cursor_moved.emit(5)
    engine.stop_at = 4
    driver.wait_for_estimate(4)
    assert wiring.session.step == 5
    point = wiring.session.point
    assert point is not None
    assert point.validation.pruned.total == 15
    engine.stop_at = None
    driver.settle()
    assert wiring.session.step == 5
    assert driver.live_row()[1] == "75.00 %"


def test_a_row_of_an_estimate_holds_the_cursor_and_the_side_lets_it_go(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    wiring.pages["prune"].results.step_chosen.emit(4)
    engine.stop_at = 3
    driver.wait_for_estimate(3)
    assert wiring.session.step == 4
    wiring.pages["prune"].control.choose_side(Side.AFTER)
    assert wiring.session.step == 2
    wiring.pages["prune"].control.choose_thresholds((0.3,))
    assert [stop.threshold for stop in wiring.pages["prune"].control.stops] == [None, 0.3, 0.3]
    assert wiring.pages["prune"].results.model.rowCount() == 4
    engine.stop_at = None
    driver.settle()
    assert wiring.session.step == CHANNEL_COUNT  # 30 points are 6 of 20 images; the stand-in ends there


def test_escape_cancels_a_run_and_keeps_its_estimate(
    wiring: WindowWiring, driver: Any, engine: Any, qtbot: QtBot
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 3)
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    with qtbot.waitSignal(wiring.runner.cancelled):
        qtbot.keyClick(wiring.window, Qt.Key.Key_Escape)
    driver.settle()
    assert wiring.session.run is not None
    assert wiring.session.run.estimate == wiring.session.run.curve
    assert wiring.panels.messages.text == ("Stopped after 20 of 40 images: what is shown is an estimate with its band.")
    assert wiring.pages["prune"].curves._header.detail.text() == "Estimate: 20 of 40 images (band: 95 %)"
    wiring.pages["prune"].curves.cursor_moved.emit(4)
    assert wiring.session.point is not None
    assert wiring.session.point.pruned_count == 4
    assert driver.live_row()[1] == "≈ 60 %"
    assert not wiring.menus.offered["pruned"].isEnabled()
    assert not wiring.pages["prune"].results.save_pruned_button.isEnabled()
    wiring.pages["prune"].channels.channel_toggled.emit(3)
    assert "this one was stopped" in wiring.panels.messages.text
    assert not wiring.session.is_by_hand
    for save in (wiring.pages["prune"].save.export, wiring.pages["prune"].save.save_network):
        save("csv")
        assert "press Run first" in wiring.panels.messages.text
    engine.stop_at = None
    wiring.pages["prune"].control.start()
    driver.settle()
    assert wiring.panels.messages.text == ""
    assert wiring.menus.offered["pruned"].isEnabled()
    assert wiring.pages["prune"].results.save_pruned_button.isEnabled()


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)])
def test_the_first_figures_move_no_row_of_the_page(
    wiring: WindowWiring, driver: Any, qtbot: QtBot, size: tuple[int, int]
) -> None:
    wiring.window.resize(*size)
    wiring.window.show()
    driver.run_all()
    session, page = wiring.session, wiring.pages["prune"]
    view = page.control._view
    view.clear()
    view.begin(session.run, session.thresholds)
    qtbot.wait(50)
    before = page.rows.sizes()
    view.show_curve(session.run, page.control.stops)
    view.show_table(session.run, page.control.stops)
    view.show_step(session)
    qtbot.wait(50)
    assert page.results.view.isVisible()
    assert page.rows.sizes() == before
