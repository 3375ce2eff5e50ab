"""Sorting by the difference, finding a channel, and the table of the bars."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.job_runner import Job
from gui.prune import jobs
from gui.prune.channels.places import Sort
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.state.session import StartFiles

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints")]


@pytest.fixture
def panel(qtbot: QtBot, samples: Any) -> ChannelsPanel:
    panel = ChannelsPanel()
    qtbot.addWidget(panel)
    panel.resize(760, 240)
    panel.show()
    qtbot.waitExposed(panel)
    panel.show_ranking(samples.ranking)
    QApplication.processEvents()
    return panel


def _is_offered(panel: ChannelsPanel, sort: Sort) -> bool:
    model = panel.sort_box.model()
    assert isinstance(model, QStandardItemModel)
    return model.item(panel.sort_box.findData(sort)).isEnabled()


def test_bars_are_sorted_by_the_difference_once_it_is_measured(panel: ChannelsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.difference_wanted):
        panel.set_sort(Sort.DIFFERENCE)
    order = panel._ranking.order.tolist()
    assert [int(each) for each in panel._places] == order  # until then
    panel.show_difference(np.array([0.0, 3.0, 1.0, 2.0, 9.0, 0.5]))
    assert [int(each) for each in panel._places] == [4, 1, 3, 2, 5, 0]
    panel.set_sort(Sort.INDEX)
    with qtbot.assertNotEmitted(panel.difference_wanted):
        panel.set_sort(Sort.DIFFERENCE)  # known already


def test_without_poisoned_images_there_is_no_difference(panel: ChannelsPanel) -> None:
    panel.sort_box.set_difference_reason("")
    panel.set_sort(Sort.DIFFERENCE)
    panel.sort_box.set_difference_reason("Needs a poisoned set")
    assert panel.sort is Sort.ORDER
    assert not _is_offered(panel, Sort.DIFFERENCE)


def test_the_window_measures_the_difference_in_the_worker(
    wiring: WindowWiring, driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def measure(inputs: Any) -> Job:
        asked.append(inputs)
        return lambda monitor: np.arange(inputs.evaluation.network.layer(inputs.layer).channel_count, dtype=float)

    monkeypatch.setattr(jobs, "measure_difference", measure)
    page = wiring.page(PrunePage)
    wiring.open_start_files(StartFiles(Path("net.h5"), Path("v.h5"), None, ()))
    driver.settle()
    assert not _is_offered(page.channels, Sort.DIFFERENCE)
    driver.run_all()
    assert _is_offered(page.channels, Sort.DIFFERENCE)
    page.channels.set_sort(Sort.DIFFERENCE)
    driver.settle()
    assert len(asked) == 1
    places = [int(each) for each in page.channels._places]
    assert places == sorted(places, reverse=True)


def test_ctrl_f_finds_a_channel_by_its_number(panel: ChannelsPanel, qtbot: QtBot) -> None:
    hovered: list[int] = []
    panel.channel_hovered.connect(hovered.append)
    panel.open_find()
    assert panel.find_field.isVisible()
    QTest.keyClicks(panel.find_field, "4")
    assert hovered == [4]
    assert panel.chart.focused == panel.place_of(4)
    assert panel.detail.title.text() == "Channel 4"
    panel.find_field.selectAll()
    QTest.keyClicks(panel.find_field, "9")
    assert hovered == [4]
    assert panel.find_field.property("invalid")
    QTest.keyClick(panel.find_field, Qt.Key.Key_Escape)
    assert not panel.find_field.isVisible()
    assert panel.chart.hasFocus()


def test_return_goes_from_match_to_match(qtbot: QtBot, all_layers: Any) -> None:
    panel = ChannelsPanel()
    qtbot.addWidget(panel)
    panel.resize(760, 240)
    panel.show()
    panel.show_ranking(all_layers)
    panel.open_find()
    found: list[int] = []
    panel.find_field.found.connect(found.append)
    QTest.keyClicks(panel.find_field, "conv_1")
    QTest.keyClick(panel.find_field, Qt.Key.Key_Return)
    QTest.keyClick(panel.find_field, Qt.Key.Key_Return)
    QTest.keyClick(panel.find_field, Qt.Key.Key_Up)
    names = [int(panel._places[place]) for place in found[-4:]]
    assert set(names) == {3, 4}
    assert names[0] == names[2] != names[1] == names[3]


def test_the_menu_opens_the_field(wiring: WindowWiring, driver: Any) -> None:
    find = wiring.menus.actions["prune", "find"]
    assert not find.isEnabled()
    driver.run_all()
    assert find.isEnabled()
    assert find.shortcut().toString() == "Ctrl+F"
    find.trigger()
    assert wiring.page(PrunePage).channels.find_field.isVisible()


def test_the_table_has_the_numbers_of_the_bars(panel: ChannelsPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.table_button, Qt.MouseButton.LeftButton)
    twin = panel.twin
    assert twin.isVisible()
    assert [row[0] for row in twin.table.rows] == [int(each) for each in panel._places]
    assert [row[1] for row in twin.table.rows] == panel.chart._heights.tolist()
    dead = [row for row in twin.table.rows if "dead" in row[-1]]
    assert len(dead) == panel._ranking.dead_count
    assert [row[-2] for row in twin.table.rows] == list(range(1, 7))
    mask = np.ones(6, dtype=bool)
    mask[twin.table.rows[0][0]] = False
    panel.show_mask(mask, next_channel=twin.table.rows[1][0])
    assert twin.table.rows[0][-1].startswith("pruned")
    assert twin.table.rows[1][-1].startswith("next to be pruned")


def test_the_table_chooses_and_prunes_channels_by_keyboard(panel: ChannelsPanel, qtbot: QtBot) -> None:
    panel.table_button.click()
    panel.twin.setFocus()
    panel.twin.choose(0)
    QTest.keyClick(panel.twin, Qt.Key.Key_Down)
    channel = panel.twin.table.rows[1][0]
    assert panel.detail.channel == channel
    with qtbot.waitSignal(panel.channel_toggled) as toggled:
        QTest.keyClick(panel.twin, Qt.Key.Key_Return)
    assert toggled.args == [channel]


def test_a_row_and_a_found_channel_are_selected_in_the_whole_window(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()
    driver.run_all()
    page = wiring.page(PrunePage)
    selection, twin = wiring.session.selection, page.channels.twin
    page.channels.table_button.click()
    QApplication.processEvents()
    QTest.mouseClick(twin.viewport(), Qt.MouseButton.LeftButton, pos=twin.visualRect(twin.model().index(2, 1)).center())
    assert selection.channels == (twin.table.rows[2][0],)
    assert wiring.menus.actions["prune", "inspect"].isEnabled()
    QTest.keyClick(twin, Qt.Key.Key_Up)
    assert selection.channels == (twin.table.rows[1][0],)
    first = int(twin.table.rows[0][0])
    selection.select(selection.layer, (first,))  # as the Network page does
    assert twin.currentIndex().row() == 0
    page.channels.table_button.click()
    page.channels.chart.setFocus()
    QTest.keyClick(page.channels.chart, Qt.Key.Key_Right)
    page.channels.table_button.click()
    assert twin.currentIndex().row() == page.channels.chart.focused == 1
    page.channels.find_field.found.emit(3)
    assert selection.channels == (twin.table.rows[3][0],)
