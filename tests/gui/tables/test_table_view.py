"""How much of the results the view shows, and where its columns stand."""

import dataclasses

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.records import PoisonedSet
from core.sweep.stops import Stop
from gui.prune.results_panel import ResultsPanel
from gui.tables.detail import Detail
from gui.tables.results_table import SHORT_ROLE
from gui.tables.table_view import PADDING, SMALL_PADDING, TIGHT_PADDINGS
from gui.tables.title_lines import in_lines
from gui.theme import theme
from tests.gui.results_reading import click_row, texts
from tests.gui.watched_events import events_of

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


def _sampled_stops(samples) -> list[Stop]:
    points = samples.estimate.points
    return [s if s.point is None else dataclasses.replace(s, point=points[s.point.pruned_count]) for s in samples.stops]


def test_long_names_of_poisoned_sets_leave_the_table_usable(results_panel: ResultsPanel, samples) -> None:
    stops = [
        stop
        if stop.point is None
        else dataclasses.replace(stop, point=dataclasses.replace(stop.point, poisoned=stop.point.poisoned * 2))
        for stop in samples.stops
    ]
    long_name = f"a{'_very' * 30}_long_name.h5"
    results_panel.show_table(stops, (PoisonedSet(long_name, (0,), 60), PoisonedSet("two.h5", (1,), 60)), None)
    widest = results_panel.view.fontMetrics().horizontalAdvance("m" * 14)
    assert all(results_panel.view.columnWidth(n) <= widest for n in range(results_panel.model.columnCount()))
    assert "…" in results_panel.model.columns[2].title
    assert long_name in results_panel.model.columns[2].name
    assert long_name in results_panel.model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    results_panel.copy_all()
    assert f"B′ ASR {long_name} %" in QGuiApplication.clipboard().text().splitlines()[0].split("\t")


def test_estimates_that_follow_each_other_move_nothing(results_panel: ResultsPanel, samples) -> None:
    stops = _sampled_stops(samples)
    results_panel.show_table(stops, samples.poisoned_sets, None, is_estimate=True)
    results_panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False, is_estimate=True)
    QApplication.processEvents()
    click_row(results_panel, 2)
    resets: list[int] = []
    results_panel.model.modelReset.connect(lambda: resets.append(1))
    widths = [results_panel.view.columnWidth(n) for n in range(results_panel.model.columnCount())]
    results_panel.show_table([stops[0], *stops[2:3], *stops[2:]], samples.poisoned_sets, None, is_estimate=True)
    assert resets == [1]  # other rows
    results_panel.show_table(stops, samples.poisoned_sets, None, is_estimate=True)
    assert resets == [1, 1]
    click_row(results_panel, 2)
    moved = [dataclasses.replace(s, point=samples.estimate.points[5], channels_left=1) for s in stops[:-1]]
    results_panel.show_table([*moved, stops[-1]], samples.poisoned_sets, None, is_estimate=True)
    assert resets == [1, 1]
    assert texts(results_panel, 2)[:2] == ["≈ 1", "≈ 50 %"]
    assert [index.row() for index in results_panel.view.selectionModel().selectedRows()] == [2]
    assert [results_panel.view.columnWidth(n) for n in range(results_panel.model.columnCount())] == widths


def test_an_estimate_is_painted_once(results_panel: ResultsPanel, samples, qtbot: QtBot) -> None:
    """QTableView lays itself out and paints in later turns after changes of titles, columns and rows."""
    results_panel.resize(900, 300)
    results_panel.show()
    stops = _sampled_stops(samples)
    narrow = [dataclasses.replace(stop, channels_left=1000 * n) for n, stop in enumerate(stops)]
    with events_of(results_panel.view.viewport(), kind=QEvent.Type.Paint) as paintings:
        for shown, step in ((stops, 3), (stops, 3), (narrow, 3)):
            paintings.clear()
            results_panel.show_table(shown, samples.poisoned_sets, None, is_estimate=True)
            point = samples.estimate.points[step]
            results_panel.show_point(point, channels_left=3, by_hand=False, is_estimate=True)
            qtbot.wait(100)
            assert len(paintings) == 1


def test_columns_keep_still_while_the_cursor_moves(full_results: ResultsPanel, samples) -> None:
    full_results.show_point(samples.points[0], channels_left=6, by_hand=False)
    before = [full_results.view.columnWidth(n) for n in range(full_results.model.columnCount())]
    for point in samples.points:
        full_results.show_point(point, channels_left=6 - point.pruned_count, by_hand=False)
        assert [full_results.view.columnWidth(n) for n in range(full_results.model.columnCount())] == before


def test_columns_keep_still_where_there_are_hundreds_of_channels(results_panel: ResultsPanel, samples) -> None:
    results_panel.resize(500, 300)
    many = [dataclasses.replace(stop, channels_left=200) for stop in samples.stops]
    results_panel.show_table(many, samples.poisoned_sets, None)
    results_panel.set_detail("rates")
    results_panel.show_point(samples.points[0], channels_left=200, by_hand=False)
    header = results_panel.view.verticalHeader()
    before = header.sizeHint().width()
    for pruned_count, is_by_hand in ((7, False), (123, False), (123, True)):
        point = dataclasses.replace(samples.points[3], pruned_count=pruned_count)
        results_panel.show_point(point, channels_left=77, by_hand=is_by_hand)
        assert header.sizeHint().width() == before
    results_panel.show_point(None, channels_left=77, by_hand=True)
    assert header.sizeHint().width() == before


def test_the_last_estimate_leaves_no_room_behind_it(results_panel: ResultsPanel, samples) -> None:
    results_panel.set_detail("rates")
    results_panel.resize(500, 300)
    results_panel.show_table(_sampled_stops(samples), samples.poisoned_sets, None, is_estimate=True)
    results_panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False, is_estimate=True)
    results_panel.show_table(samples.stops, samples.poisoned_sets, None)
    results_panel.show_point(samples.points[3], channels_left=3, by_hand=False)
    QApplication.processEvents()
    fitted = [results_panel.view.columnWidth(n) for n in range(results_panel.model.columnCount())]
    results_panel.view.fit()
    assert [results_panel.view.columnWidth(n) for n in range(results_panel.model.columnCount())] == fitted


def test_in_one_line_rows_have_short_names(full_results: ResultsPanel, samples) -> None:
    def name() -> str:
        return str(full_results.model.headerData(0, Qt.Orientation.Vertical, SHORT_ROLE))

    full_results.show_point(samples.points[4], channels_left=2, by_hand=False)
    assert name() == "Cursor, 4 pruned"
    full_results.show_point(samples.points[4], channels_left=2, by_hand=True)
    assert name() == "By hand, 4"
    full_results.show_point(None, channels_left=2, by_hand=True)
    assert name() == "By hand …"


def test_columns_move_together_before_they_have_to_scroll(full_results: ResultsPanel) -> None:
    full_results.set_detail("rates")
    view, seen = full_results.view, []
    for width in range(1000, 300, -4):
        full_results.resize(width, 420)
        QApplication.processEvents()
        QApplication.processEvents()
        seen.append((view.factor, view.padding, view.horizontalScrollBar().isVisible()))
    assert [each for place, each in enumerate(seen) if each not in seen[:place]] == [
        (1.0, PADDING, False),
        (theme.SMALL, SMALL_PADDING, False),
        *((theme.SMALL, padding, False) for padding in TIGHT_PADDINGS),
        (theme.SMALL, SMALL_PADDING, True),
    ]


def test_figures_of_two_columns_are_apart_however_narrow_the_table_is() -> None:
    assert 2 * min(PADDING, SMALL_PADDING) >= 8


def test_a_title_is_broken_at_spaces_only(qapp: QApplication) -> None:
    metrics = QFontMetrics(QApplication.font())
    title = "ASR sunglas…lti_60"
    assert in_lines(title, metrics, width=metrics.horizontalAdvance(title)) == title
    assert in_lines(title, metrics, width=metrics.horizontalAdvance(title) - 1) == "ASR\nsunglas…lti_60"


def test_counts_show_where_there_is_room_until_somebody_decides(full_results: ResultsPanel, qtbot) -> None:
    assert full_results.detail is Detail.COUNTS
    with qtbot.assertNotEmitted(full_results.detail_changed):
        for width, height in ((500, 420), (1100, 220)):
            full_results.resize(width, height)
            assert full_results.detail is Detail.RATES
        full_results.resize(1100, 420)
        assert full_results.detail is Detail.COUNTS
    full_results.detail_button.setFocus()
    with qtbot.waitSignal(full_results.detail_changed) as changed:
        QTest.keyClick(full_results.detail_button, Qt.Key.Key_Space)
    assert changed.args == ["intervals"]
    assert full_results.detail is Detail.INTERVALS
    full_results.resize(480, 300)
    assert full_results.detail is Detail.INTERVALS


def test_the_detail_goes_round_and_says_where_it_is(full_results: ResultsPanel) -> None:
    heights, seen = [], []
    for _ in range(3):
        full_results.detail_button.click()
        heights.append(full_results.view.rowHeight(0))
        seen.append((full_results.detail_button.text(), full_results.detail_button.accessibleName()))
    assert seen == [
        ("95 %", "Cells show rates, counts and 95 % intervals"),
        ("%", "Cells show rates"),
        ("k of n", "Cells show rates and counts"),
    ]
    assert heights[1] < heights[2] < heights[0]
    full_results.grab()


def test_a_remembered_detail_is_set_without_telling(full_results: ResultsPanel, qtbot) -> None:
    with qtbot.assertNotEmitted(full_results.detail_changed):
        full_results.set_detail("rates")
    full_results.resize(1500, 900)
    assert full_results.detail is Detail.RATES
    with pytest.raises(ValueError, match="nonsense"):
        full_results.set_detail("nonsense")
