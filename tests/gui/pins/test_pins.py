"""Figures of the curves are pinned by key, by Shift and a click, and by the menu; listed, sorted, removed and kept."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from core.records import Share
from core.report.tables.formats import table_text
from gui.guide.topics import TOPICS
from gui.keys.bindings import bindings
from gui.pins.board import PinBoard
from gui.pins.records import PinnedReading, pins_table
from gui.pins.window import PinsWindow
from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


@pytest.fixture
def board(wiring: WindowWiring, driver: Driver) -> PinBoard:
    """The pins of a window with a finished run."""
    driver.run_all()
    wiring.panels.show_page("prune")
    wiring.window.activateWindow()
    return wiring.pages["prune"].pins


def click_with_shift(wiring: WindowWiring, step: int) -> None:
    chart = wiring.pages["prune"].curves.chart
    at: QPointF = chart.position_of(step, 50)
    QTest.mouseMove(chart.viewport(), at.toPoint())
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at.toPoint())


def test_the_key_pins_what_the_readout_shows(wiring: WindowWiring, board: PinBoard, qtbot: QtBot) -> None:
    curves = wiring.pages["prune"].curves
    qtbot.waitUntil(wiring.window.isActiveWindow)
    curves.chart.setFocus()
    QTest.keyClick(curves.chart, Qt.Key.Key_Home)
    QTest.keyClick(curves.chart, Qt.Key.Key_P)
    (pin,) = board.pins
    assert pin.pruned_count == 0 and pin.network == "B′" and pin.run.startswith("net.h5: ")
    assert pin.shares == tuple(each.share(wiring.session.run.points[0]) for each in curves.series)
    assert curves.chart.pins == (0,)
    assert board.window.isVisible() and board.window.table.model().rowCount() == 1


def test_a_click_with_shift_pins_and_moves_nothing(wiring: WindowWiring, board: PinBoard) -> None:
    chart = wiring.pages["prune"].curves.chart
    cursor = chart.cursor_step
    for step in (2, 0, 2):
        click_with_shift(wiring, step)
    assert [each.pruned_count for each in board.pins] == [0, 2]  # a reading is there once
    assert chart.cursor_step == cursor and not chart.is_zoomed


def test_the_table_is_sorted_copied_and_cleared_by_keys(wiring: WindowWiring, board: PinBoard) -> None:
    for step in (2, 0, 1):
        click_with_shift(wiring, step)
    table = board.window.table
    table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert [row[2] for row in board.table().rows] == [0, 1, 2]
    QTest.mouseClick(board.window.copy_button, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 4 and lines[0].startswith("run\tnetwork\tchannels pruned\t")
    assert lines[1].split("\t")[2] == "0"
    table.selectRow(1)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert sorted(each.pruned_count for each in board.pins) == [0, 2]
    QTest.mouseClick(board.window.clear_button, Qt.MouseButton.LeftButton)
    assert board.pins == () and wiring.pages["prune"].curves.chart.pins == ()
    assert not board.window.export_button.isEnabled()


def test_they_can_be_exported_like_other_tables(wiring: WindowWiring, board: PinBoard) -> None:
    click_with_shift(wiring, 1)
    (source,) = (each for each in wiring.pages["prune"].sources if each.title == "Pinned readings")
    assert source.reason == ""
    line = table_text(source.table(), "csv").splitlines()[1]
    assert line.startswith('"net.h5: ') and ",B′,1," in line


def test_readings_stay_when_another_run_is_shown_without_its_marks(wiring: WindowWiring, board: PinBoard) -> None:
    click_with_shift(wiring, 1)
    other = PinnedReading("other.h5: conv", "G", 3, ("ASR",), (Share(1, 2),))
    board.replace((*board.pins, other))
    assert wiring.pages["prune"].curves.chart.pins == (1,)
    assert board.window.table.model().rowCount() == 2


def test_the_menu_pins_and_says_why_not(wiring: WindowWiring, driver: Driver) -> None:
    wiring.panels.show_page("prune")
    action = wiring.menus.actions["prune", "pin"]
    assert not action.isEnabled() and action.toolTip() == "There is no curve to read yet."
    driver.run_all()
    assert action.isEnabled()
    action.trigger()
    assert len(wiring.pages["prune"].pins.pins) == 1


def test_figures_of_several_networks_share_a_table() -> None:
    table = pins_table(
        (
            PinnedReading("a", "B′", 1, ("clean", "ASR"), (Share(1, 2), None)),
            PinnedReading("a", "G", 1, ("ASR", "detection"), (Share(2, 2), Share(0, 2))),
        )
    )
    assert table.columns[3:] == ("clean", "ASR", "detection")
    assert table.rows[1][3:] == (None, Share(2, 2), Share(0, 2))


def test_the_window_is_as_wide_as_its_columns(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    window = PinsWindow(owner)
    names = tuple(f"attack success rate of poisoned set {place}" for place in range(1, 5))
    reading = PinnedReading("net.h5: conv_3 → all readers, by activation", "B′", 3, names, (Share(1, 400),) * 4)
    narrow = window.width()
    window.show_table(pins_table((reading,)))
    window.show()
    assert window.width() == min(window.table.content_width + 24, window.screen().availableGeometry().width() - 16)
    assert window.width() > narrow
    window.resize(narrow, window.height())
    window.show_table(pins_table((reading, replace(reading, pruned_count=4))))
    assert window.width() == narrow  # as a person made it


def test_no_column_of_usual_figures_is_cut_off(wiring: WindowWiring, board: PinBoard) -> None:
    click_with_shift(wiring, 1)
    table = board.window.table
    header = table.horizontalHeader()
    assert table.horizontalScrollBar().maximum() == 0
    for column in range(header.count()):
        assert header.sectionSize(column) >= max(header.sectionSizeHint(column), table.sizeHintForColumn(column))


def test_the_key_that_pins_can_be_another_one(wiring: WindowWiring, board: PinBoard, qtbot: QtBot) -> None:
    chart = wiring.pages["prune"].curves.chart
    qtbot.waitUntil(wiring.window.isActiveWindow)
    chart.setFocus()
    bindings.assign("prune.pin-here", ["Ctrl+Shift+P"])
    try:
        QTest.keyClick(chart, Qt.Key.Key_P)
        assert board.pins == ()
        QTest.keyClick(chart, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert len(board.pins) == 1
        texts = [each.text() for each in board.window.findChildren(QLabel)]
        assert any("press Ctrl+Shift+P on the curves" in each for each in texts)
        assert ("Ctrl+Shift+P, Shift+click", "pin the figures of the step") in TOPICS.get("curves").present_keys
    finally:
        bindings.take({})
    assert bindings.keys("prune.pin-here") == ("P",)
