"""The results table in its panel: what it says, what it lets out, and how it follows the cursor."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core import words
from core.records import PoisonedSet, Share
from core.sweep.stops import Stop
from gui.prune.results_panel import ESTIMATE_TEXT, ResultsPanel
from gui.tables.detail import Detail
from gui.tables.table_view import ResultsView
from gui.theme import theme
from tests.gui.results_reading import click_row, names, texts

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


def test_it_says_what_to_wait_for(results_panel: ResultsPanel) -> None:
    assert results_panel.empty_label.isVisible()
    for button in (
        results_panel.export_button,
        results_panel.save_pruned_button,
        results_panel.save_repaired_button,
        results_panel.copy_button,
    ):
        assert not button.isEnabled()


def test_rows_name_threshold_and_side(full_results: ResultsPanel) -> None:
    assert names(full_results) == [
        "Unpruned",
        "2 points, before crossing",
        "2 points, after crossing",
        "10 points, before crossing",
        "10 points, after crossing",
        "99 points, before crossing",
        "99 points, never crossed",
    ]
    assert full_results.target_note.text() == words.TARGET_NOTE
    assert full_results.target_note.isVisible()


def test_figures_of_both_networks_stand_apart(full_results: ResultsPanel) -> None:
    columns = [(column.group, column.title) for column in full_results.model.columns]
    assert columns == [
        ("B′", "clean validation"),
        ("B′", "clean test"),
        ("B′", "ASR"),
        ("G", "clean validation"),
        ("G", "clean test"),
        ("G", "ASR"),
        ("G", "detection"),
        ("G", "false alarms validation"),
        ("G", "false alarms test"),
    ]
    assert texts(full_results, 3) == [
        "2",
        "90.00 %",
        "90.00 %",
        "50.00 %",
        "89.00 %",
        "89.00 %",
        "50.00 %",
        "50.00 %",
        "4.00 %",
        "4.00 %",
    ]
    assert "target label 0" in full_results.model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Clean validation images" in full_results.model.headerData(
        8, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert "Clean test images" in full_results.model.headerData(
        9, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )


def test_each_cell_tells_count_and_interval(full_results: ResultsPanel) -> None:
    tip = full_results.model.index(3, 1).data(Qt.ItemDataRole.ToolTipRole)
    told = "B′ clean validation, 10 points, before crossing: 90 of 100 (90.00 %; 95 % interval 82.56–94.48 %)"
    assert tip == f"{told}\nClick the figure, or press Enter, to see these images."
    # A status tip would take the place of the buttons in the status bar while the pointer is over the table.
    assert full_results.model.index(3, 1).data(Qt.ItemDataRole.StatusTipRole) is None


def test_what_is_missing_is_a_dash_with_its_reason(results_panel: ResultsPanel, samples) -> None:
    stops = [
        stop
        if stop.point is None
        else dataclasses.replace(stop, point=dataclasses.replace(stop.point, test=None, poisoned=()))
        for stop in samples.stops
    ]
    results_panel.show_table(stops, (), None)
    assert texts(results_panel, 0) == ["6", "99.00 %", "–", "98.00 %", "–", "0 %"]
    assert "no such images" in results_panel.model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)
    tip = results_panel.model.headerData(5, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("Clean validation images flagged as backdoored by")
    assert set(texts(results_panel, 6)) == {"–"}
    assert "No step loses more than 99 points" in results_panel.model.index(6, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert not results_panel.target_note.isVisible()


def test_several_poisoned_sets(results_panel: ResultsPanel, samples) -> None:
    stops = [
        stop
        if stop.point is None
        else dataclasses.replace(stop, point=dataclasses.replace(stop.point, poisoned=stop.point.poisoned * 2))
        for stop in samples.stops
    ]
    sets = (PoisonedSet("one.h5", (0,), 60), PoisonedSet("two.h5", (1, 2, 3, 4, 5), 60))
    results_panel.show_table(stops, sets, None)
    assert [c.name for c in results_panel.model.columns if "ASR" in c.title] == [
        "B′ ASR one",
        "B′ ASR two",
        "G ASR one",
        "G ASR two",
    ]
    assert "(1, 2, 3, 4 …)" in results_panel.model.columns[3].tip


def test_a_row_click_chooses_its_step(full_results: ResultsPanel, samples, qtbot) -> None:
    with qtbot.waitSignal(full_results.step_chosen) as chosen:
        click_row(full_results, 2)
    assert chosen.args == [3]
    with qtbot.waitSignal(full_results.step_chosen) as chosen:
        QTest.keyClick(full_results.view, Qt.Key.Key_Return)
    assert chosen.args == [3]
    with qtbot.assertNotEmitted(full_results.step_chosen):
        click_row(full_results, 6)
    full_results.show_point(samples.points[4], channels_left=2, by_hand=True)
    with qtbot.assertNotEmitted(full_results.step_chosen):
        click_row(full_results, 0)


def test_the_live_row_follows_the_cursor(full_results: ResultsPanel, samples) -> None:
    resets: list[int] = []
    full_results.show_point(samples.points[4], channels_left=2, by_hand=False)
    assert names(full_results)[:2] == ["At the cursor, 4 pruned", "Unpruned"]
    assert texts(full_results, 0)[:2] == ["2", "90.00 %"]
    full_results.model.modelReset.connect(lambda: resets.append(1))
    full_results.show_point(samples.points[5], channels_left=1, by_hand=True)
    assert names(full_results)[0] == "By hand, 5 pruned"
    assert texts(full_results, 0)[:2] == ["1", "50.00 %"]
    assert not resets
    full_results.show_point(None, channels_left=3, by_hand=True)
    assert names(full_results)[0] == "By hand, being scored"
    assert texts(full_results, 0)[:2] == ["3", "–"]
    assert not resets
    full_results.show_point(None, channels_left=1, by_hand=False)
    assert names(full_results)[0] == "Unpruned"


def _sampled_stops(samples) -> list[Stop]:
    points = samples.estimate.points
    return [s if s.point is None else dataclasses.replace(s, point=points[s.point.pruned_count]) for s in samples.stops]


def test_an_estimate_is_marked_in_every_cell(results_panel: ResultsPanel, samples) -> None:
    results_panel.show_table(_sampled_stops(samples), samples.poisoned_sets, None, is_estimate=True)
    results_panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False, is_estimate=True)
    assert names(results_panel)[:3] == ["At the cursor, 3 pruned", "Unpruned", "2 points, before crossing"]
    assert [texts(results_panel, row)[0] for row in range(4)] == ["3", "6", "≈ 4", "≈ 3"]
    figures = [text for row in range(7) for text in texts(results_panel, row)[1:]]
    assert all(text.startswith("≈") for text in figures)
    assert "≈ 90 %" in figures
    tips = [results_panel.model.index(0, column).data(Qt.ItemDataRole.ToolTipRole) for column in (0, 1)]
    assert tips == [
        "At the cursor, 3 pruned: 3 pruned, 3 left",
        "Estimate: B′ clean validation, At the cursor, 3 pruned: 9 of 10 (90.00 %; 95 % interval 59.58–98.21 %)",
    ]
    assert (
        results_panel.model.index(2, 0)
        .data(Qt.ItemDataRole.ToolTipRole)
        .startswith("Estimate: 2 points, before crossing")
    )
    assert results_panel._header.detail.text() == ESTIMATE_TEXT
    results_panel.copy_all()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert all("(estimate)" in line for line in lines[1:])
    results_panel.show_table(samples.stops, samples.poisoned_sets, None)
    results_panel.show_point(samples.points[3], channels_left=3, by_hand=False)
    assert not any("≈" in text for row in range(8) for text in texts(results_panel, row))
    assert "≈" not in results_panel._header.detail.text()


def test_a_cursor_without_a_table_shows_nothing(results_panel: ResultsPanel, samples) -> None:
    results_panel.show_point(samples.points[1], channels_left=5, by_hand=False)
    assert results_panel.empty_label.isVisible()
    results_panel.show_table(samples.stops, samples.poisoned_sets, None)
    assert results_panel.model.rowCount() == 8


def test_copying_all_and_chosen_rows(full_results: ResultsPanel, samples) -> None:
    QTest.mouseClick(full_results.copy_button, Qt.MouseButton.LeftButton)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert len(lines) == 8
    assert {len(line) for line in lines} == {3 + 3 * 9}
    assert lines[0][3:6] == ["B′ clean validation %", "B′ clean validation k of n", "B′ clean validation 95 % interval"]
    assert lines[4][:6] == ["10 points, before crossing", "4", "2", "90.00", "90 of 100", "82.56–94.48 %"]
    click_row(full_results, 1)
    full_results.view.setFocus()
    QTest.keyClick(full_results.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["row", "2 points, before crossing"]
    QTest.mouseClick(full_results.copy_button, Qt.MouseButton.LeftButton)  # all of it, whatever is chosen
    assert len(QGuiApplication.clipboard().text().splitlines()) == 8


def test_nothing_to_copy_leaves_the_clipboard(results_panel: ResultsPanel) -> None:
    QGuiApplication.clipboard().setText("mine")
    results_panel.copy()
    assert QGuiApplication.clipboard().text() == "mine"


def test_ways_out(full_results: ResultsPanel, qtbot) -> None:
    full_results.set_export_enabled(True)
    kinds: list[str] = []
    full_results.export_requested.connect(kinds.append)
    for action in full_results.export_actions.values():
        action.trigger()
    assert kinds == ["csv", "json", "png", "svg", "report", "pdf"]
    networks: list[str] = []
    full_results.save_model_requested.connect(networks.append)
    for button in (full_results.save_pruned_button, full_results.save_repaired_button):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert networks == ["pruned", "repaired"]
    full_results.set_export_enabled(False)
    QTest.mouseClick(full_results.save_pruned_button, Qt.MouseButton.LeftButton)
    assert networks == ["pruned", "repaired"]


def test_bypass_and_clearing(full_results: ResultsPanel, samples) -> None:
    full_results.show_table(samples.stops, samples.poisoned_sets, samples.bypass)
    assert full_results.bypass_note.text().startswith("fc_1 still reads")
    full_results.set_export_enabled(True)
    for width in (1100, 420):
        full_results.resize(width, 420)
        QApplication.processEvents()
        for note in (full_results.bypass_note, full_results.target_note):
            assert note.isVisible()
            assert note.height() >= note.heightForWidth(note.width())
    full_results.clear()
    assert full_results.empty_label.isVisible()
    assert not full_results.bypass_note.isVisible()
    assert not full_results.target_note.isVisible()
    assert not full_results.export_button.isEnabled()
    assert full_results.model.rowCount() == 0
    assert full_results.model.columnCount() == 0


@pytest.mark.qt_log_ignore("does not support")  # what the offscreen platform says of a box that pops up
def test_the_verdict_is_one_line_with_its_reasons_a_click_away(full_results: ResultsPanel) -> None:
    full_results.show_verdict("The backdoor <lasts>.", ("ASR is 100 %.", "fc_1 reads on."))
    line = full_results.verdict_line
    assert line.isVisible()
    assert line.kind == "quiet"
    assert "&lt;lasts&gt;" in line.toolTip()
    QApplication.processEvents()
    height = line.height()
    full_results.show_verdict("long " * 200, ("One.",))
    QApplication.processEvents()
    assert line.height() == height
    QTest.mouseClick(line.why_button, Qt.MouseButton.LeftButton)
    assert line.box.isVisible()
    assert line.sentences.text() == "One."
    assert line.headline.text() == "long " * 200
    QTest.keyClick(line.box, Qt.Key.Key_Escape)
    assert not line.box.isVisible()
    full_results.show_verdict("Caution: 10 images are few.", ())
    assert line.kind == "warning"
    assert not line.why_button.isVisible()
    full_results.clear()
    assert not line.isVisible()


def test_what_is_said_while_empty_can_be_changed(results_panel: ResultsPanel) -> None:
    results_panel.set_empty_text("Open a model first")
    assert results_panel.empty_label.text() == "Open a model first"


def test_the_model_keeps_qt_s_rules(samples) -> None:
    results_panel = ResultsPanel()
    tester = QAbstractItemModelTester(results_panel.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    results_panel.show_point(samples.points[1], channels_left=5, by_hand=False)
    results_panel.show_table(samples.stops, samples.poisoned_sets, None)
    results_panel.show_point(samples.points[2], channels_left=4, by_hand=False)
    results_panel.show_point(None, channels_left=0, by_hand=False)
    results_panel.clear()
    assert tester.model() is results_panel.model
    results_panel.deleteLater()


def test_it_is_drawn_in_every_dress(dressed: str, qtbot, qapp, samples) -> None:
    results_panel = ResultsPanel()
    qtbot.addWidget(results_panel)
    results_panel.resize(1200, 500)
    results_panel.show()
    results_panel.show_table(samples.stops, samples.poisoned_sets, samples.bypass)
    results_panel.show_point(samples.points[3], channels_left=3, by_hand=False)
    for detail in Detail:
        results_panel.set_detail(detail)
        assert results_panel.grab().toImage().pixelColor(600, 6).name() == theme.current().surface
    needed = results_panel.view.fontMetrics().horizontalAdvance("100 %")
    assert all(results_panel.view.columnWidth(n) >= needed for n in range(1, results_panel.model.columnCount()))
    theme.apply_theme(qapp, "dark" if theme.current().name == "light" else "light")
    assert results_panel.grab().toImage().pixelColor(600, 6).name() == theme.current().surface


def test_an_empty_set_is_a_dash(results_panel: ResultsPanel, samples) -> None:
    point = samples.points[0]
    empty = dataclasses.replace(point.poisoned[0], pruned=Share(0, 0))
    stop = dataclasses.replace(samples.stops[0], point=dataclasses.replace(point, poisoned=(empty,)))
    results_panel.show_table([stop], samples.poisoned_sets, None)
    assert texts(results_panel, 0)[3] == "–"


def test_what_appears_above_the_table_leaves_no_scroll_bar_below_it(full_results: ResultsPanel, qtbot: QtBot) -> None:
    """The columns make room for the vertical scroll bar that the lower table needs."""
    box = QWidget()
    qtbot.addWidget(box)
    column = QVBoxLayout(box)
    above = QLabel("above")
    above.setFixedHeight(60)
    view = ResultsView()
    view.setModel(full_results.model)
    column.addWidget(above)
    column.addWidget(view)
    above.hide()
    box.show()
    box.resize(720, view.needed_height() + 30)
    view.fit()
    width = view.verticalHeader().sizeHint().width() + sum(view._needed_widths())
    box.resize(width + 26, view.needed_height() + 30)
    view.fit()
    assert view.verticalScrollBar().maximum() == 0
    above.show()
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    qtbot.waitUntil(lambda: view.horizontalScrollBar().maximum() == 0)


def test_rows_of_a_small_font_are_as_high_as_was_counted_on(full_results: ResultsPanel) -> None:
    full_results.set_detail("rates")
    full_results.resize(430, 300)
    QApplication.processEvents()
    view = full_results.view
    assert view.factor < 1
    height = view.horizontalHeader().height() + view.verticalHeader().length()
    assert height <= view.needed_height()
