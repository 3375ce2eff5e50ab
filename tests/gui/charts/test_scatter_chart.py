"""Points of clean accuracy and ASR: where they stand, and how one is chosen."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gui.charts.scatter_chart import ScatterChart, ScatterPoint

SPOTS = (
    ScatterPoint("B", "B: 99 %", (99, 98, 100), (100, 99, 100), is_base=True),
    ScatterPoint("1", "one", (96, 94, 98), (1, 0, 3), is_best=True),
    ScatterPoint("2", "two", (70, 66, 74), (25, 21, 29)),
)


@pytest.fixture
def chart(qtbot: QtBot) -> ScatterChart:
    chart = ScatterChart()
    qtbot.addWidget(chart)
    chart.resize(600, 300)
    chart.show()
    qtbot.waitExposed(chart)
    chart.set_points(SPOTS, clean_bar=0.95, attack_bar=0.01)
    chart.grab()  # lays the axes out
    return chart


def test_better_is_up_and_to_the_left(chart: ScatterChart) -> None:
    base, good, poor = (chart.position_of(place) for place in range(3))
    assert good.x() < poor.x() < base.x()
    assert base.y() < good.y() < poor.y()
    assert all(chart.rect().contains(at.toPoint()) for at in (base, good, poor))


def test_a_click_chooses_a_point_and_nothing_else_does(chart: ScatterChart, qtbot: QtBot) -> None:
    chosen: list[int] = []
    chart.point_chosen.connect(chosen.append)
    at = chart.position_of(2).toPoint()
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(4, 3))
    assert chosen == [2]
    assert chart.chosen == 2
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(60, 0))
    chart.choose(1)
    assert chosen == [2]


def test_a_click_on_the_chosen_point_or_return_asks_for_its_images(chart: ScatterChart, qtbot: QtBot) -> None:
    chart.choose(1)
    asked: list[QPoint] = []
    chart.images_wanted.connect(asked.append)
    at = chart.position_of(2).toPoint()
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert not asked  # the first click chooses
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked == [chart.viewport().mapToGlobal(at)]
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(60, 0))
    assert asked == [chart.viewport().mapToGlobal(at)] * 2


def test_arrow_keys_go_from_point_to_point_by_asr(chart: ScatterChart, qtbot: QtBot) -> None:
    chart.choose(1)
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(chart, key)
        seen.append(chart.chosen)
    assert seen == [2, 0, 0, 2]


def test_fewer_points_choose_none_that_is_gone(chart: ScatterChart) -> None:
    chart.choose(2)
    chart.set_points(SPOTS[:1], clean_bar=0.95, attack_bar=0.01)
    assert chart.chosen == 0
    chart.set_points((), clean_bar=0.95, attack_bar=0.01)
    assert chart.chosen == -1
    chart.grab()
