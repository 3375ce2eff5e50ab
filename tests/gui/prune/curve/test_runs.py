"""Finished runs in the list: drawn in one picture, named, coloured, shown and removed; and dragged thresholds."""

from dataclasses import replace
from typing import Any, Literal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle
from pytestqt.qtbot import QtBot

from core.order.orders.descending import DESCENDING
from gui.prune.curve.overlay import run_colour
from gui.prune.curve.run_list import RunList
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.state.pruning_run import Settings
from gui.theme import theme
from tests.gui.theme.contrast import contrast


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
    assert [(row.name, row.is_shown) for row in runs.rows] == [
        ("least active first", False),
        ("most active first", True),
    ]
    first, second = (runs.visualRect(runs.model().index(place, 0)) for place in (0, 1))
    mark = runs.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorHeight, None, runs)
    assert second.top() - first.top() >= max(mark + 2, runs.fontMetrics().height() + 6)
    assert _keys(page) == ["run0-validation", "run0-asr-0"]
    assert len(page.curves.chart.points("run0-asr-0")) == len(page.curves.chart.points("asr-0"))
    names = [row.full_name for row in page.curves.readout.rows]
    assert names[-2:] == ["least active first: clean validation", "least active first: ASR"]
    assert names[0] == "clean validation"
    lines = [curve.line for curve in page.curves.chart._curves.values()]
    assert len({line.pattern for line in lines}) == len(lines)


def test_the_legend_names_a_run_once_above_its_curves_and_cuts_no_figure(page: PrunePage, qtbot: QtBot) -> None:
    name = "least active first, at the third attempt, with another file"
    page.curves.body.runs.model().setData(page.curves.body.runs.model().index(0, 0), name)
    rows = page.curves.readout.rows
    assert [row.heading.text() for row in rows if row.heading.isVisibleTo(page.curves)] == [name]
    assert [row.name.text() for row in rows[-2:]] == ["clean validation", "ASR"]
    row = rows[-2]
    qtbot.waitUntil(lambda: row.name.width() >= row.name.fontMetrics().horizontalAdvance("clean validation"))
    row.heading.resize(80, row.heading.height())
    row.heading.grab()  # as much as fits is drawn
    assert row.heading.toolTip() == name


def test_the_legend_says_where_another_run_has_no_such_step(page: PrunePage) -> None:
    (run,) = page.curves.others
    curve = replace(run.curve, points=run.curve.points[:2])
    page.control.go_to(3)
    page.curves.show_others([replace(run, curve=curve)])
    assert page.curves.readout.rows[-1].evidence.text() == "this run has fewer steps"


def test_runs_are_named_in_the_form_s_words(page: PrunePage, wiring: WindowWiring, driver: Any) -> None:
    settings = wiring.session.settings
    page.control.choose_settings(Settings(settings.layer, "dense", DESCENDING, settings.scale, settings.tensor))
    page.control.start()
    driver.settle()
    form = page.prune_form
    names = [row.name for row in page.curves.body.runs.rows]
    reader = form.reader_combo.currentText()
    assert reader == "only what dense reads"
    assert names == [
        "channel output, least active first",
        "channel output, most active first",
        f"{reader}, {form.order_combo.currentText()}",
    ]
    assert form.reader_combo.itemText(0).startswith("channel output")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sample_of_a_selected_run_is_seen(
    page: PrunePage, qapp: QApplication, scheme: Literal["light", "dark"]
) -> None:
    theme.apply_theme(qapp, scheme)
    runs = page.curves.body.runs
    for place in (0, 1):
        runs.setCurrentIndex(runs.model().index(place, 0))
        runs.setFocus()
        image = runs.viewport().grab().toImage()
        row = runs.visualRect(runs.model().index(place, 0))
        ratio = image.devicePixelRatio()
        ground = image.pixelColor(round((row.right() - 3) * ratio), round(row.center().y() * ratio))
        assert ground.name() != theme.current().surface  # the row is seen to be selected
        line = theme.current().validation if runs.rows[place].is_shown else run_colour(runs.rows[place].colour)
        shades = {image.pixelColor(x, round(row.center().y() * ratio)).name() for x in range(image.width())}
        assert line in shades
        assert contrast(line, ground.name()) >= 3


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_every_colour_of_a_run_is_seen_in_a_selected_row(scheme: theme.Theme) -> None:
    for line in (*scheme.runs, scheme.validation):
        assert contrast(line, scheme.selection) >= 3, line


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
    qtbot.waitUntil(lambda: runs.rows[0].name != "least active first")
    assert runs.rows[0].name == "Tuesday's run"
    assert page.curves.readout.rows[-1].full_name == "Tuesday's run: ASR"
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
