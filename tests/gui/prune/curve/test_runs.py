"""Finished runs in the list: drawn in one picture, named, coloured, shown and removed; and dragged thresholds."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QStyle
from pytestqt.qtbot import QtBot

from core.order.orders.descending import DESCENDING
from gui.prune.curve.run_list import RunList
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.state.pruning_run import Settings


@pytest.fixture
def page(wiring: WindowWiring, driver: Any) -> PrunePage:
    """Two finished runs: the least active channels first, then the most active."""
    driver.run_all()
    page = wiring.page(PrunePage)
    settings = wiring.session.settings
    page.control.choose_settings(Settings(settings.layer, settings.reader, DESCENDING, settings.scale, settings.tensor))
    page.control.start()
    driver.settle()
    assert len(wiring.session.finished) == 2
    return page


def _click(runs: RunList, place: int) -> QPoint:
    return runs.visualRect(runs.model().index(place, 0)).center()


def _keys(page: PrunePage) -> list[str]:
    names: list[str] = page.curves.chart.keys()
    return [key for key in names if key.startswith("run")]


def test_the_list_comes_with_the_second_run_and_both_are_drawn(page: PrunePage) -> None:
    runs = page.curves.body.runs
    assert runs.isVisible()
    assert [(row.name, row.is_shown) for row in runs.rows] == [("ascending", False), ("descending", True)]
    first, second = (runs.visualRect(runs.model().index(place, 0)) for place in (0, 1))
    mark = runs.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorHeight, None, runs)
    assert second.top() - first.top() >= max(mark + 2, runs.fontMetrics().height() + 6)
    assert _keys(page) == ["run0-validation", "run0-asr-0"]
    assert len(page.curves.chart.points("run0-asr-0")) == len(page.curves.chart.points("asr-0"))
    names = [row.name.text() for row in page.curves.readout.rows]
    assert names[-2:] == ["ascending: clean validation", "ascending: ASR"]
    lines = [curve.line for curve in page.curves.chart._curves.values()]
    assert len({line.pattern for line in lines}) == len(lines)


def test_the_readout_has_the_other_run_s_figures_at_the_same_step(page: PrunePage, wiring: WindowWiring) -> None:
    page.control.go_to(2)
    other = next(run for run in wiring.session.finished.values() if run is not wiring.session.run)
    share = other.points[2].poisoned[0].pruned
    assert page.curves.readout.rows[-1].evidence.text().startswith(str(share))


def test_the_box_takes_a_run_out_of_the_picture(page: PrunePage) -> None:
    runs = page.curves.body.runs
    box = runs.visualRect(runs.model().index(0, 0))
    QTest.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(box.left() + 8, box.center().y()))
    assert _keys(page) == []
    runs.setCurrentIndex(runs.model().index(0, 0))
    QTest.keyClick(runs, Qt.Key.Key_Space)
    assert _keys(page) == ["run0-validation", "run0-asr-0"]
    page.curves.repaired_button.click()
    assert _keys(page) == ["run0-validation", "run0-asr-0", "run0-detection-0"]


def test_a_double_click_shows_a_run_and_the_form_follows(page: PrunePage, wiring: WindowWiring) -> None:
    runs = page.curves.body.runs
    first = wiring.session.finished[next(iter(wiring.session.finished))]
    QTest.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=_click(runs, 0))
    QTest.mouseDClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=_click(runs, 0))
    assert wiring.session.run is first
    assert wiring.session.settings.scale is None  # found, not chosen
    assert page.prune_form.order_combo.currentData() == "ascending"
    assert [row.is_shown for row in runs.rows] == [True, False]
    assert _keys(page) == ["run1-validation", "run1-asr-0"]
    runs.setCurrentIndex(runs.model().index(1, 0))
    QTest.keyClick(runs, Qt.Key.Key_Return)
    assert wiring.session.run is not first


def test_a_run_gets_a_name_and_a_colour(page: PrunePage, qtbot: QtBot) -> None:
    runs = page.curves.body.runs
    runs.setFocus()
    runs.setCurrentIndex(runs.model().index(0, 0))
    QTest.keyClick(runs, Qt.Key.Key_F2)
    (editor,) = runs.viewport().findChildren(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "  Tuesday's   run ")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runs.rows[0].name != "ascending")
    assert runs.rows[0].name == "Tuesday's run"
    assert page.curves.readout.rows[-1].name.text() == "Tuesday's run: ASR"
    before = page.curves.chart._curves["run0-asr-0"].line.colour
    menu = runs.make_menu(0)
    colours = next(each.menu() for each in menu.actions() if each.text() == "Colour")
    colours.actions()[3].trigger()
    assert page.curves.chart._curves["run0-asr-0"].line.colour != before


def test_delete_forgets_a_run(page: PrunePage, wiring: WindowWiring) -> None:
    runs = page.curves.body.runs
    runs.setCurrentIndex(runs.model().index(0, 0))
    QTest.keyClick(runs, Qt.Key.Key_Delete)
    assert len(wiring.session.finished) == 1
    assert _keys(page) == []
    assert not runs.isVisible()
    page.curves.body.runs_button.click()
    runs.setCurrentIndex(runs.model().index(0, 0))
    QTest.keyClick(runs, Qt.Key.Key_Delete)  # the one that is shown
    assert wiring.session.run is None
    assert page.curves.empty_label.isVisible()


def test_while_a_run_is_in_progress_no_other_is_shown_or_removed(
    page: PrunePage, wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    settings = wiring.session.settings
    page.control.choose_settings(Settings(settings.layer, "dense", DESCENDING, settings.scale, settings.tensor))
    driver.start_run_that_waits(engine, 1)
    shown = wiring.session.run
    runs = page.curves.body.runs
    runs.setCurrentIndex(runs.model().index(0, 0))
    QTest.keyClick(runs, Qt.Key.Key_Return)
    QTest.keyClick(runs, Qt.Key.Key_Delete)
    assert wiring.session.run is shown
    assert len(wiring.session.finished) == 2
    assert "in progress" in wiring.panels.messages.text
    engine.stop_at = None
    wiring.menus.cancel.trigger()
    driver.settle()


def test_a_dragged_threshold_is_previewed_and_then_chosen(page: PrunePage, wiring: WindowWiring, qtbot: QtBot) -> None:
    session, chart, form = wiring.session, page.curves.chart, page.prune_form
    page.control.choose_thresholds((0.1, 0.4))
    step = 0
    level = chart.thresholds[1].level
    start = chart.position_of(step, level).toPoint()
    QTest.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=start)
    end = chart.position_of(step, level + 15).toPoint()
    for place in (start + QPoint(0, -4), end):
        QTest.mouseMove(chart.viewport(), place)
    moved = chart.thresholds[1]
    assert session.thresholds == (0.1, 0.4)  # not chosen yet
    assert moved.level == pytest.approx(level + 15, abs=1.5)
    first, second = (float(each) for each in form.thresholds_edit.text().split(","))
    assert first == 10
    assert second == pytest.approx(25, abs=1.5)
    QTest.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert session.thresholds == (0.1, pytest.approx(second / 100))
    assert [stop.threshold for stop in page.control.stops][-1] == session.thresholds[1]


def test_escape_brings_the_chosen_thresholds_back(page: PrunePage, wiring: WindowWiring) -> None:
    chart = page.curves.chart
    page.control.choose_thresholds((0.1, 0.4))
    start = chart.position_of(0, chart.thresholds[1].level).toPoint()
    QTest.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(chart.viewport(), start + QPoint(0, -40))
    assert page.prune_form.thresholds_edit.text() != "10, 40"
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert page.prune_form.thresholds_edit.text() == "10, 40"
    QTest.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=start)
    assert wiring.session.thresholds == (0.1, 0.4)


def test_thresholds_stop_in_front_of_each_other(page: PrunePage, wiring: WindowWiring) -> None:
    chart = page.curves.chart
    page.control.choose_thresholds((0.1, 0.101))
    QTest.keyClick(chart, Qt.Key.Key_T)
    QTest.keyClick(chart, Qt.Key.Key_Down)  # a lower level is a larger threshold
    assert wiring.session.thresholds == (0.1, 0.101)
    QTest.keyClick(chart, Qt.Key.Key_Up)
    assert wiring.session.thresholds == (0.099, 0.101)


def test_fold_is_offered_where_no_figure_changes(page: PrunePage, wiring: WindowWiring) -> None:
    body = page.curves.body
    from core.sweep.silent_steps import find_silent_steps  # noqa: PLC0415

    counts = [find_silent_steps(run.curve).count for run in wiring.session.finished.values()]
    assert body.fold_button.isEnabled() == (min(counts) > 1)
