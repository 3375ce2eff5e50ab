"""Slider, field, keys and playing choose the step, and nobody is asked for more networks than can be seen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.prune.curve.step_bar import StepBar
from gui.prune.curve.throttle import Throttle
from gui.prune.curves_panel import CurvesPanel

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints")]


@pytest.fixture
def bar(qtbot: QtBot) -> StepBar:
    bar = StepBar()
    qtbot.addWidget(bar)
    bar.resize(500, 40)
    bar.show()
    qtbot.waitExposed(bar)
    bar.set_last(6)
    bar.chosen = []  # type: ignore[attr-defined]
    bar.step_chosen.connect(bar.chosen.append)
    return bar


@pytest.fixture
def panel(qtbot: QtBot, samples) -> CurvesPanel:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(760, 300)
    panel.show()
    qtbot.waitExposed(panel)
    panel.begin(6, ["sunglasses.h5"])
    panel.show_curve(samples.sweep, samples.stops)
    panel.set_cursor(2)
    panel.moved = []  # type: ignore[attr-defined]
    panel.cursor_moved.connect(panel.moved.append)
    QApplication.processEvents()
    return panel


def test_slider_and_field_follow_each_other(bar: StepBar) -> None:
    bar.show_step(3)
    assert (bar.slider.value(), bar.field.value(), bar.chosen) == (3, 3, [])
    QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    QTest.keyClick(bar.slider, Qt.Key.Key_End)
    QTest.keyClick(bar.slider, Qt.Key.Key_PageUp)
    bar.field.selectAll()
    QTest.keyClicks(bar.field, "5")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    QTest.keyClick(bar.field, Qt.Key.Key_Down)
    assert bar.chosen == [4, 6, 0, 5, 4]
    assert bar.slider.value() == 4


def test_playing_goes_step_by_step_to_the_end(bar: StepBar, qtbot: QtBot) -> None:
    bar._timer.setInterval(0)
    bar.show_step(4)
    QTest.mouseClick(bar.play_button, Qt.MouseButton.LeftButton)
    assert bar.is_playing
    qtbot.waitUntil(lambda: not bar.is_playing)
    assert bar.chosen == [5, 6]
    QTest.mouseClick(bar.play_button, Qt.MouseButton.LeftButton)
    assert bar.chosen[2] == 0  # from the beginning again
    qtbot.waitUntil(lambda: not bar.is_playing)
    assert bar.chosen[2:] == [0, 1, 2, 3, 4, 5, 6]


def test_playing_passes_over_what_is_folded_and_pauses(bar: StepBar, qtbot: QtBot) -> None:
    bar.set_folded(4)
    bar.show_step(0)
    bar.toggle()
    bar._on_tick()
    assert bar.chosen == [4]
    bar.toggle()
    assert not bar.is_playing
    bar.toggle()
    QTest.keyClick(bar.slider, Qt.Key.Key_Left)
    assert not bar.is_playing


def test_without_a_curve_there_is_nothing_to_choose(bar: StepBar) -> None:
    bar.toggle()
    bar.set_last(0)
    assert not bar.is_playing
    assert not bar.isEnabled()


def test_a_throttle_passes_the_first_at_once_and_always_the_last(qtbot: QtBot) -> None:
    throttle = Throttle()
    passed: list[int] = []
    throttle.passed.connect(passed.append)
    for number in range(20):
        throttle.take(number)
    assert passed == [0]
    qtbot.waitUntil(lambda: passed == [0, 19])
    qtbot.waitUntil(lambda: not throttle._pause.isActive())
    throttle.take(5)
    throttle.take(6)
    throttle.forget()
    qtbot.waitUntil(lambda: not throttle._pause.isActive())
    assert passed == [0, 19, 5]


def test_the_bar_moves_the_cursor_and_the_cursor_the_bar(panel: CurvesPanel, qtbot: QtBot) -> None:
    assert panel.body.bar.field.value() == 2
    panel.body.bar.slider.setFocus()
    QTest.keyClick(panel.body.bar.slider, Qt.Key.Key_Right)
    assert (panel.chart.cursor_step, panel.moved) == (3, [3])
    assert panel.readout.title.text() == "3 pruned, 3 left"
    QTest.keyClick(panel.chart, Qt.Key.Key_End)
    assert panel.body.bar.slider.value() == 6
    qtbot.waitUntil(lambda: panel.moved == [3, 6])


def test_a_dragged_slider_asks_for_the_last_step_and_few_others(panel: CurvesPanel, qtbot: QtBot) -> None:
    for step in (3, 4, 5, 6, 5, 4):
        panel.body.bar.slider.setValue(step)
    assert panel.chart.cursor_step == 4
    panel.set_cursor(3)  # what answers the first step comes late
    assert panel.chart.cursor_step == 4
    qtbot.waitUntil(lambda: panel.moved == [3, 4])


def test_space_in_the_chart_plays_and_pauses(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.body.bar._timer.setInterval(0)
    QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.chart.cursor_step == 6)
    qtbot.waitUntil(lambda: panel.moved[-1] == 6)
    panel.body.bar._timer.setInterval(10_000)
    QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    assert panel.body.bar.is_playing
    QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    assert not panel.body.bar.is_playing


def test_pruning_by_hand_stops_the_playing(panel: CurvesPanel) -> None:
    panel.body.bar._timer.setInterval(10_000)
    panel.body.bar.toggle()
    panel.show_by_hand(None, pruned_count=3)
    assert not panel.body.bar.is_playing
    assert panel.body.bar.field.value() == 3
    QTest.keyClick(panel.body.bar.slider, Qt.Key.Key_Right)
    assert panel.moved == [4]
    assert panel.readout.title.text() == "4 pruned, 2 left"


def test_the_table_has_the_numbers_of_the_chart_and_chooses_steps(panel: CurvesPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.body.table_button, Qt.MouseButton.LeftButton)
    twin = panel.body.twin
    assert twin.isVisible()
    assert not panel.chart.isVisible()
    assert twin.table.columns[:3] == ("channels pruned", "channel", "clean validation")
    keys = panel.chart.keys()
    drawn = {key: [place.y for place in panel.chart.points(key)] for key in keys}
    shown = [[100 * cell.rate for cell in column] for column in list(zip(*twin.table.rows, strict=True))[2:]]
    assert shown == list(drawn.values())
    assert twin.currentIndex().row() == 2
    twin.setFocus()
    QTest.keyClick(twin, Qt.Key.Key_Down)
    assert (panel.chart.cursor_step, panel.moved) == (3, [3])
    panel.repaired_button.click()
    assert "detection" in twin.table.columns
    panel.body.table_button.click()
    assert panel.chart.isVisible()


def test_what_the_chart_shows_is_said_in_words(panel: CurvesPanel) -> None:
    said = panel.chart.accessibleDescription()
    assert said.startswith("2 pruned, 4 left. clean validation 98.00 %.")
    assert "ASR" in said


def test_no_two_curves_differ_by_colour_alone(panel: CurvesPanel) -> None:
    for button in (panel.pruned_button, panel.repaired_button):
        button.click()
        for names in (["a.h5"], ["a.h5", "b.h5", "c.h5", "d.h5"]):
            panel.begin(6, names)
            patterns = [curve.line.pattern for curve in panel.chart._curves.values()]
            assert len(set(patterns)) == len(patterns)
            samples = [tuple(row._series.dashes) for row in panel.readout.rows]
            assert samples == patterns  # the legend draws them too
