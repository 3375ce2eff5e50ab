import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from core import words
from core.records import PoisonedSet, Share, Stop
from gui import theme
from gui.results_panel import ESTIMATE_TEXT, ResultsPanel
from gui.results_table import SHORT_ROLE
from gui.results_view import LEAST_PADDING, PADDING, SMALL_PADDING, Detail

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.usefixtures("restored_dress"),
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def panel(qtbot) -> ResultsPanel:
    panel = ResultsPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 420)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def full(panel: ResultsPanel, samples) -> ResultsPanel:
    panel.show_table(samples.stops, samples.poisoned_sets, None)
    QApplication.processEvents()
    return panel


def _texts(panel: ResultsPanel, row: int) -> list[str]:
    return [panel.model.index(row, column).data() for column in range(panel.model.columnCount())]


def _names(panel: ResultsPanel) -> list[str]:
    model = panel.model
    return [model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount())]


def _click_row(panel: ResultsPanel, row: int) -> None:
    place = panel.view.visualRect(panel.model.index(row, 1)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_it_says_what_to_wait_for(panel: ResultsPanel) -> None:
    assert panel.empty_label.isVisible()
    for button in (panel.export_button, panel.save_pruned_button, panel.save_repaired_button, panel.copy_button):
        assert not button.isEnabled()


def test_rows_name_threshold_and_side(full: ResultsPanel) -> None:
    assert _names(full) == [
        "Unpruned",
        "2 points, before crossing",
        "2 points, after crossing",
        "10 points, before crossing",
        "10 points, after crossing",
        "99 points, before crossing",
        "99 points, never crossed",
    ]
    assert full.target_note.text() == words.TARGET_NOTE
    assert full.target_note.isVisible()


def test_figures_of_both_networks_stand_apart(full: ResultsPanel) -> None:
    columns = [(column.group, column.title) for column in full.model.columns]
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
    assert _texts(full, 3) == [
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
    assert "target label 0" in full.model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Clean validation images" in full.model.headerData(8, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Clean test images" in full.model.headerData(9, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_each_cell_tells_count_and_interval(full: ResultsPanel) -> None:
    tip = full.model.index(3, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == ("B′ clean validation, 10 points, before crossing: 90 of 100 (90.00 %; 95 % interval 82.56–94.48 %)")


def test_what_is_missing_is_a_dash_with_its_reason(panel: ResultsPanel, samples) -> None:
    stops = [
        stop
        if stop.point is None
        else dataclasses.replace(stop, point=dataclasses.replace(stop.point, test=None, poisoned=()))
        for stop in samples.stops
    ]
    panel.show_table(stops, (), None)
    assert _texts(panel, 0) == ["6", "99.00 %", "–", "98.00 %", "–", "0 %"]
    assert "no such images" in panel.model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)
    tip = panel.model.headerData(5, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("Clean validation images that G flags")
    assert set(_texts(panel, 6)) == {"–"}
    assert "No step loses more than 99 points" in panel.model.index(6, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert not panel.target_note.isVisible()


def test_several_poisoned_sets(panel: ResultsPanel, samples) -> None:
    stops = [
        stop
        if stop.point is None
        else dataclasses.replace(stop, point=dataclasses.replace(stop.point, poisoned=stop.point.poisoned * 2))
        for stop in samples.stops
    ]
    sets = (PoisonedSet("one.h5", (0,), 60), PoisonedSet("two.h5", (1, 2, 3, 4, 5), 60))
    panel.show_table(stops, sets, None)
    assert [c.name for c in panel.model.columns if "ASR" in c.title] == [
        "B′ ASR one",
        "B′ ASR two",
        "G ASR one",
        "G ASR two",
    ]
    assert "(1, 2, 3, 4 …)" in panel.model.columns[3].tip


def test_long_names_of_poisoned_sets_leave_the_table_usable(panel: ResultsPanel, samples) -> None:
    stops = [
        stop
        if stop.point is None
        else dataclasses.replace(stop, point=dataclasses.replace(stop.point, poisoned=stop.point.poisoned * 2))
        for stop in samples.stops
    ]
    long_name = f"a{'_very' * 30}_long_name.h5"
    panel.show_table(stops, (PoisonedSet(long_name, (0,), 60), PoisonedSet("two.h5", (1,), 60)), None)
    widest = panel.view.fontMetrics().horizontalAdvance("m" * 14)
    assert all(panel.view.columnWidth(n) <= widest for n in range(panel.model.columnCount()))
    assert "…" in panel.model.columns[2].title
    assert long_name in panel.model.columns[2].name
    assert long_name in panel.model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    panel.copy_all()
    assert f"B′ ASR {long_name} %" in QGuiApplication.clipboard().text().splitlines()[0].split("\t")


def test_a_row_click_chooses_its_step(full: ResultsPanel, samples, qtbot) -> None:
    with qtbot.waitSignal(full.step_chosen) as chosen:
        _click_row(full, 2)
    assert chosen.args == [3]
    with qtbot.waitSignal(full.step_chosen) as chosen:
        QTest.keyClick(full.view, Qt.Key.Key_Return)
    assert chosen.args == [3]
    with qtbot.assertNotEmitted(full.step_chosen):
        _click_row(full, 6)
    full.show_point(samples.points[4], channels_left=2, by_hand=True)
    with qtbot.assertNotEmitted(full.step_chosen):
        _click_row(full, 0)


def test_the_live_row_follows_the_cursor(full: ResultsPanel, samples) -> None:
    resets: list[int] = []
    full.show_point(samples.points[4], channels_left=2, by_hand=False)
    assert _names(full)[:2] == ["At the cursor, 4 pruned", "Unpruned"]
    assert _texts(full, 0)[:2] == ["2", "90.00 %"]
    full.model.modelReset.connect(lambda: resets.append(1))
    full.show_point(samples.points[5], channels_left=1, by_hand=True)
    assert _names(full)[0] == "By hand, 5 pruned"
    assert _texts(full, 0)[:2] == ["1", "50.00 %"]
    assert not resets
    full.show_point(None, channels_left=3, by_hand=True)
    assert _names(full)[0] == "By hand, being scored"
    assert _texts(full, 0)[:2] == ["3", "–"]
    assert not resets
    full.show_point(None, channels_left=1, by_hand=False)
    assert _names(full)[0] == "Unpruned"


def _sampled_stops(samples) -> list[Stop]:
    points = samples.estimate.points
    return [s if s.point is None else dataclasses.replace(s, point=points[s.point.pruned_count]) for s in samples.stops]


def test_an_estimate_is_marked_in_every_cell(panel: ResultsPanel, samples) -> None:
    panel.show_table(_sampled_stops(samples), samples.poisoned_sets, None, is_estimate=True)
    panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False, is_estimate=True)
    assert _names(panel)[:3] == ["At the cursor, 3 pruned", "Unpruned", "2 points, before crossing"]
    assert [_texts(panel, row)[0] for row in range(4)] == ["3", "6", "≈ 4", "≈ 3"]
    figures = [text for row in range(7) for text in _texts(panel, row)[1:]]
    assert all(text.startswith("≈") for text in figures)
    assert "≈ 90 %" in figures
    tips = [panel.model.index(0, column).data(Qt.ItemDataRole.ToolTipRole) for column in (0, 1)]
    assert tips == [
        "At the cursor, 3 pruned: 3 pruned, 3 left",
        "Estimate: B′ clean validation, At the cursor, 3 pruned: 9 of 10 (90.00 %; 95 % interval 59.58–98.21 %)",
    ]
    assert panel.model.index(2, 0).data(Qt.ItemDataRole.ToolTipRole).startswith("Estimate: 2 points, before crossing")
    assert panel._header.detail.text() == ESTIMATE_TEXT
    panel.copy_all()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert all("(estimate)" in line for line in lines[1:])
    panel.show_table(samples.stops, samples.poisoned_sets, None)
    panel.show_point(samples.points[3], channels_left=3, by_hand=False)
    assert not any("≈" in text for row in range(8) for text in _texts(panel, row))
    assert "≈" not in panel._header.detail.text()


def test_estimates_that_follow_each_other_move_nothing(panel: ResultsPanel, samples) -> None:
    stops = _sampled_stops(samples)
    panel.show_table(stops, samples.poisoned_sets, None, is_estimate=True)
    panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False, is_estimate=True)
    QApplication.processEvents()
    _click_row(panel, 2)
    resets: list[int] = []
    panel.model.modelReset.connect(lambda: resets.append(1))
    widths = [panel.view.columnWidth(n) for n in range(panel.model.columnCount())]
    panel.show_table([stops[0], *stops[2:3], *stops[2:]], samples.poisoned_sets, None, is_estimate=True)
    assert resets == [1]  # other rows
    panel.show_table(stops, samples.poisoned_sets, None, is_estimate=True)
    assert resets == [1, 1]
    _click_row(panel, 2)
    moved = [dataclasses.replace(s, point=samples.estimate.points[5], channels_left=1) for s in stops[:-1]]
    panel.show_table([*moved, stops[-1]], samples.poisoned_sets, None, is_estimate=True)
    assert resets == [1, 1]
    assert _texts(panel, 2)[:2] == ["≈ 1", "≈ 50 %"]
    assert [index.row() for index in panel.view.selectionModel().selectedRows()] == [2]
    assert [panel.view.columnWidth(n) for n in range(panel.model.columnCount())] == widths


def test_a_cursor_without_a_table_shows_nothing(panel: ResultsPanel, samples) -> None:
    panel.show_point(samples.points[1], channels_left=5, by_hand=False)
    assert panel.empty_label.isVisible()
    panel.show_table(samples.stops, samples.poisoned_sets, None)
    assert panel.model.rowCount() == 8


def test_columns_keep_still_while_the_cursor_moves(full: ResultsPanel, samples) -> None:
    full.show_point(samples.points[0], channels_left=6, by_hand=False)
    before = [full.view.columnWidth(n) for n in range(full.model.columnCount())]
    for point in samples.points:
        full.show_point(point, channels_left=6 - point.pruned_count, by_hand=False)
        assert [full.view.columnWidth(n) for n in range(full.model.columnCount())] == before


def test_columns_keep_still_where_there_are_hundreds_of_channels(panel: ResultsPanel, samples) -> None:
    panel.resize(500, 300)
    many = [dataclasses.replace(stop, channels_left=200) for stop in samples.stops]
    panel.show_table(many, samples.poisoned_sets, None)
    panel.set_detail("rates")
    panel.show_point(samples.points[0], channels_left=200, by_hand=False)
    header = panel.view.verticalHeader()
    before = header.sizeHint().width()
    for pruned_count, is_by_hand in ((7, False), (123, False), (123, True)):
        point = dataclasses.replace(samples.points[3], pruned_count=pruned_count)
        panel.show_point(point, channels_left=77, by_hand=is_by_hand)
        assert header.sizeHint().width() == before
    panel.show_point(None, channels_left=77, by_hand=True)
    assert header.sizeHint().width() == before


def test_the_last_estimate_leaves_no_room_behind_it(panel: ResultsPanel, samples) -> None:
    panel.set_detail("rates")
    panel.resize(500, 300)
    panel.show_table(_sampled_stops(samples), samples.poisoned_sets, None, is_estimate=True)
    panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False, is_estimate=True)
    panel.show_table(samples.stops, samples.poisoned_sets, None)
    panel.show_point(samples.points[3], channels_left=3, by_hand=False)
    fitted = [panel.view.columnWidth(n) for n in range(panel.model.columnCount())]
    panel.view.fit()
    assert [panel.view.columnWidth(n) for n in range(panel.model.columnCount())] == fitted


def test_in_one_line_rows_have_short_names(full: ResultsPanel, samples) -> None:
    def name() -> str:
        return str(full.model.headerData(0, Qt.Orientation.Vertical, SHORT_ROLE))

    full.show_point(samples.points[4], channels_left=2, by_hand=False)
    assert name() == "Cursor, 4 pruned"
    full.show_point(samples.points[4], channels_left=2, by_hand=True)
    assert name() == "By hand, 4"
    full.show_point(None, channels_left=2, by_hand=True)
    assert name() == "By hand …"


def test_columns_move_together_before_they_have_to_scroll(full: ResultsPanel) -> None:
    full.set_detail("rates")
    view, seen = full.view, []
    for width in range(1000, 300, -4):
        full.resize(width, 420)
        QApplication.processEvents()
        QApplication.processEvents()
        seen.append((view.factor, view.padding, view.horizontalScrollBar().isVisible()))
    assert [each for place, each in enumerate(seen) if each not in seen[:place]] == [
        (1.0, PADDING, False),
        (theme.SMALL, SMALL_PADDING, False),
        (theme.SMALL, LEAST_PADDING, False),
        (theme.SMALL, SMALL_PADDING, True),
    ]


def test_copying_all_and_chosen_rows(full: ResultsPanel, samples) -> None:
    QTest.mouseClick(full.copy_button, Qt.MouseButton.LeftButton)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert len(lines) == 8
    assert {len(line) for line in lines} == {3 + 3 * 9}
    assert lines[0][3:6] == ["B′ clean validation %", "B′ clean validation k of n", "B′ clean validation 95 % interval"]
    assert lines[4][:6] == ["10 points, before crossing", "4", "2", "90.00", "90 of 100", "82.56–94.48 %"]
    _click_row(full, 1)
    full.view.setFocus()
    QTest.keyClick(full.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["row", "2 points, before crossing"]
    QTest.mouseClick(full.copy_button, Qt.MouseButton.LeftButton)  # all of it, whatever is chosen
    assert len(QGuiApplication.clipboard().text().splitlines()) == 8


def test_nothing_to_copy_leaves_the_clipboard(panel: ResultsPanel) -> None:
    QGuiApplication.clipboard().setText("mine")
    panel.copy()
    assert QGuiApplication.clipboard().text() == "mine"


def test_ways_out(full: ResultsPanel, qtbot) -> None:
    full.set_export_enabled(True)
    kinds: list[str] = []
    full.export_requested.connect(kinds.append)
    for action in full.export_actions.values():
        action.trigger()
    assert kinds == ["csv", "json", "png", "svg", "report"]
    networks: list[str] = []
    full.save_model_requested.connect(networks.append)
    for button in (full.save_pruned_button, full.save_repaired_button):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert networks == ["pruned", "repaired"]
    full.set_export_enabled(False)
    QTest.mouseClick(full.save_pruned_button, Qt.MouseButton.LeftButton)
    assert networks == ["pruned", "repaired"]


def test_counts_show_where_there_is_room_until_somebody_decides(full: ResultsPanel, qtbot) -> None:
    assert full.detail is Detail.COUNTS
    with qtbot.assertNotEmitted(full.detail_changed):
        for width, height in ((500, 420), (1100, 220)):
            full.resize(width, height)
            assert full.detail is Detail.RATES
        full.resize(1100, 420)
        assert full.detail is Detail.COUNTS
    full.detail_button.setFocus()
    with qtbot.waitSignal(full.detail_changed) as changed:
        QTest.keyClick(full.detail_button, Qt.Key.Key_Space)
    assert changed.args == ["intervals"]
    assert full.detail is Detail.INTERVALS
    full.resize(480, 300)
    assert full.detail is Detail.INTERVALS


def test_the_detail_goes_round_and_says_where_it_is(full: ResultsPanel) -> None:
    heights, seen = [], []
    for _ in range(3):
        full.detail_button.click()
        heights.append(full.view.rowHeight(0))
        seen.append((full.detail_button.text(), full.detail_button.accessibleName()))
    assert seen == [
        ("95 %", "Cells show rates, counts and 95 % intervals"),
        ("%", "Cells show rates"),
        ("k of n", "Cells show rates and counts"),
    ]
    assert heights[1] < heights[2] < heights[0]
    full.grab()


def test_a_remembered_detail_is_set_without_telling(full: ResultsPanel, qtbot) -> None:
    with qtbot.assertNotEmitted(full.detail_changed):
        full.set_detail("rates")
    full.resize(1500, 900)
    assert full.detail is Detail.RATES
    with pytest.raises(ValueError, match="nonsense"):
        full.set_detail("nonsense")


def test_bypass_and_clearing(full: ResultsPanel, samples) -> None:
    full.show_table(samples.stops, samples.poisoned_sets, samples.bypass)
    assert full.bypass_note.text().startswith("fc_1 still reads")
    full.set_export_enabled(True)
    for width in (1100, 420):
        full.resize(width, 420)
        QApplication.processEvents()
        for note in (full.bypass_note, full.target_note):
            assert note.isVisible()
            assert note.height() >= note.heightForWidth(note.width())
    full.clear()
    assert full.empty_label.isVisible()
    assert not full.bypass_note.isVisible()
    assert not full.target_note.isVisible()
    assert not full.export_button.isEnabled()
    assert full.model.rowCount() == 0
    assert full.model.columnCount() == 0


@pytest.mark.qt_log_ignore("does not support")  # what the offscreen platform says of a box that pops up
def test_the_verdict_is_one_line_with_its_reasons_a_click_away(full: ResultsPanel) -> None:
    full.show_verdict("The backdoor <lasts>.", ("ASR is 100 %.", "fc_1 reads on."))
    line = full.verdict_line
    assert line.isVisible()
    assert line.kind == "quiet"
    assert "&lt;lasts&gt;" in line.toolTip()
    QApplication.processEvents()
    height = line.height()
    full.show_verdict("long " * 200, ("One.",))
    QApplication.processEvents()
    assert line.height() == height
    QTest.mouseClick(line.why_button, Qt.MouseButton.LeftButton)
    assert line.box.isVisible()
    assert line.sentences.text() == "One."
    assert line.headline.text() == "long " * 200
    QTest.keyClick(line.box, Qt.Key.Key_Escape)
    assert not line.box.isVisible()
    full.show_verdict("Caution: 10 images are few.", ())
    assert line.kind == "warning"
    assert not line.why_button.isVisible()
    full.clear()
    assert not line.isVisible()


def test_what_is_said_while_empty_can_be_changed(panel: ResultsPanel) -> None:
    panel.set_empty_text("Open a model first")
    assert panel.empty_label.text() == "Open a model first"


def test_the_model_keeps_qt_s_rules(samples) -> None:
    panel = ResultsPanel()
    tester = QAbstractItemModelTester(panel.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    panel.show_point(samples.points[1], channels_left=5, by_hand=False)
    panel.show_table(samples.stops, samples.poisoned_sets, None)
    panel.show_point(samples.points[2], channels_left=4, by_hand=False)
    panel.show_point(None, channels_left=0, by_hand=False)
    panel.clear()
    assert tester.model() is panel.model
    panel.deleteLater()


def test_it_is_drawn_in_every_dress(dressed: str, qtbot, qapp, samples) -> None:
    panel = ResultsPanel()
    qtbot.addWidget(panel)
    panel.resize(1200, 500)
    panel.show()
    panel.show_table(samples.stops, samples.poisoned_sets, samples.bypass)
    panel.show_point(samples.points[3], channels_left=3, by_hand=False)
    for detail in Detail:
        panel.set_detail(detail)
        assert panel.grab().toImage().pixelColor(600, 6).name() == theme.current().surface
    needed = panel.view.fontMetrics().horizontalAdvance("100 %")
    assert all(panel.view.columnWidth(n) >= needed for n in range(1, panel.model.columnCount()))
    theme.apply_theme(qapp, "light" if theme.current().is_dark else "dark")
    assert panel.grab().toImage().pixelColor(600, 6).name() == theme.current().surface


def test_an_empty_set_is_a_dash(panel: ResultsPanel, samples) -> None:
    point = samples.points[0]
    empty = dataclasses.replace(point.poisoned[0], pruned=Share(0, 0))
    stop = dataclasses.replace(samples.stops[0], point=dataclasses.replace(point, poisoned=(empty,)))
    panel.show_table([stop], samples.poisoned_sets, None)
    assert _texts(panel, 0)[3] == "–"
