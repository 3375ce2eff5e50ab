"""A window of 1280×720: no page scrolls within another, and the curve keeps its height."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


@pytest.fixture
def small(wiring: WindowWiring, driver: Driver) -> WindowWiring:
    """A small window with a whole run."""
    wiring.window.resize(1280, 720)
    driver.run_all()
    QApplication.processEvents()
    assert wiring.window.height() == 720
    return wiring


@pytest.mark.parametrize("page", ["prune", "detect", "repair", "compare"])
def test_no_area_that_scrolls_lies_in_another_that_does(small: WindowWiring, page: str) -> None:
    small.panels.show_page(page)
    QApplication.processEvents()
    areas = [each for each in small.panels.middle.findChildren(QAbstractScrollArea) if each.isVisible()]
    nested = [(one, other) for one in areas for other in areas if one is not other and one.isAncestorOf(other)]
    scrolling = [
        pair for pair in nested if all(each.verticalScrollBar().maximum() > 0 or _may_scroll(each) for each in pair)
    ]
    assert scrolling == []


def _may_scroll(area: QAbstractScrollArea) -> bool:
    return area.verticalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff and area.property("chart") is None


def test_the_curve_is_high_enough_and_all_rows_can_be_reached(small: WindowWiring) -> None:
    small.panels.show_page("prune")
    QApplication.processEvents()
    page = small.pages["prune"]
    assert page.curves.chart.height() >= 184  # 180 where a figure of the readout takes one more line
    view = page.results.view
    around: QWidget | None = view.parentWidget()
    while around is not None:
        assert not isinstance(around, QAbstractScrollArea)
        around = around.parentWidget()
    view.setFocus()
    for _ in range(len(page.results.model.rows)):
        QTest.keyClick(view, Qt.Key.Key_Down)
    row = view.visualRect(view.currentIndex())
    assert view.currentIndex().row() == len(page.results.model.rows) - 1
    assert view.viewport().rect().contains(row.center())


def test_a_right_click_in_the_table_highlights_nothing(small: WindowWiring) -> None:
    small.panels.show_page("prune")
    view = small.pages["prune"].results.view
    rows = lambda: {index.row() for index in view.selectionModel().selectedIndexes()}  # noqa: E731
    first = view.visualRect(view.model().index(1, 0)).center()
    third = view.visualRect(view.model().index(2, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert rows() == {1}
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=third)
    assert rows() == {1} and view.currentIndex().row() == 1


def test_a_right_click_on_a_bar_leaves_one_mark(small: WindowWiring) -> None:
    small.panels.show_page("prune")
    QApplication.processEvents()
    chart = small.pages["prune"].channels.chart
    places = [chart.widget_position(n, 0.0).toPoint() for n in (0, 3)]
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=places[0])
    assert chart.focused == 0
    QTest.mouseMove(chart.viewport(), places[1])
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.RightButton, pos=places[1])
    assert chart.focused == 0
    assert [item.isVisible() for item in (chart._column, chart.mark_in_front)].count(True) == 1
