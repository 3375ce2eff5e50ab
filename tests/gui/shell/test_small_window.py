"""A window of 1280×720: no page scrolls within another, and the curve keeps its height."""

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QWidget

from gui.guide.explain import ExplainButton
from gui.network.panel import TABS
from gui.shell.wiring import WindowWiring
from gui.theme.text_size import apply_text_size
from tests.gui.window_driver import Driver
from tests.patience import PATIENCE_S


@pytest.fixture
def small(wiring: WindowWiring, driver: Driver) -> WindowWiring:
    """A small window with a whole run."""
    wiring.window.resize(1280, 720)
    driver.run_all()
    QApplication.processEvents()
    assert wiring.window.height() == 720
    return wiring


PAGES = ("prune", "detect", "repair", "compare", "network")


@pytest.fixture(params=[100, 150, 200])
def sized(small: WindowWiring, driver: Driver, qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[int]:
    """The small window with text of several sizes."""
    small.view_control.layout.set_text_size(request.param)
    driver.settle()
    small.window.resize(1280, 720)
    yield request.param
    apply_text_size(qapp, 100)


def show(small: WindowWiring, page: str) -> None:
    small.panels.show_page(page)
    end_s = time.monotonic() + PATIENCE_S
    while small.runner.is_busy:  # a page may ask for what it shows
        assert time.monotonic() < end_s
        QTest.qWait(5)
    for _ in range(12):  # layouts pass sizes up and down in turns
        QApplication.processEvents()


def test_nothing_is_clipped_and_no_area_that_scrolls_lies_in_another(small: WindowWiring, sized: int) -> None:
    for page in PAGES:
        show(small, page)
        areas = [each for each in small.panels.middle.findChildren(QAbstractScrollArea) if each.isVisible()]
        scrolling = [each for each in areas if each.verticalScrollBar().maximum() > 0]
        pairs = [(one, other) for one in scrolling for other in scrolling if one is not other]
        assert [(one, other) for one, other in pairs if one.isAncestorOf(other)] == [], page
        buttons = [each for each in small.panels.findChildren(QAbstractButton) if each.isVisible() and each.text()]
        narrow = [each.text() for each in buttons if each.width() < _least_width(each)]
        outside = [each.text() for each in buttons if not _is_within_its_parts(each, small.panels.middle)]
        assert buttons and (page, narrow, outside) == (page, [], [])


def _least_width(button: QAbstractButton) -> int:
    text = button.fontMetrics().horizontalAdvance(button.text())
    return text if isinstance(button, ExplainButton) else max(text, button.minimumSizeHint().width())


def _is_within_its_parts(widget: QWidget, outermost: QWidget) -> bool:
    """Whether no part around a widget cuts it off sideways; from above and below one can scroll to it."""
    around = widget.parentWidget()
    while around is not None and outermost.isAncestorOf(around):
        left = widget.mapTo(around, widget.rect().topLeft()).x()
        if left < 0 or left + widget.width() > around.width():
            return False
        around = around.parentWidget()
    return True


def test_the_graph_keeps_its_height_beside_the_file(small: WindowWiring, sized: int) -> None:
    show(small, "network")
    panel = small.pages["network"].network_panel
    for tab in TABS:
        panel.show_tab(tab)
        show(small, "network")
        assert panel.graph.height() >= 200, (sized, tab)
    table, area = panel.file_view.table, panel.file_view.area
    assert table.rowHeight(0) >= table.fontMetrics().height()
    assert not (area.verticalScrollBar().maximum() and table.verticalScrollBar().maximum())
    table.selectRow(table.model().rowCount() - 1)
    QApplication.processEvents()
    row = table.visualRect(table.currentIndex())
    at = table.viewport().mapTo(area.viewport(), row.center())
    assert area.viewport().rect().contains(at.x() if 0 <= at.x() < area.viewport().width() else 1, at.y())


def test_the_curve_keeps_its_height_with_large_text(small: WindowWiring, sized: int) -> None:
    show(small, "prune")
    page = small.pages["prune"]
    chart, around = page.curves.chart, page.panel.viewport()
    assert chart.height() >= 150 * max(1, sized // 100)
    assert chart.width() >= 0.45 * around.width()
    assert chart.height() <= around.height()  # all of it is seen at once
    assert bool(page.panel.verticalScrollBar().maximum()) == (sized > 100)
    if sized > 100:
        view = page.results.view
        assert view.verticalScrollBar().maximum() == 0 and view.height() >= view.needed_height()
    assert small.panels.middle.width() >= small.window.width() * 0.5
    small.view_control.layout.set_text_size(100)  # and back again
    show(small, "prune")
    assert page.panel.verticalScrollBar().maximum() == 0


def test_the_curve_is_high_enough_and_all_rows_can_be_reached(small: WindowWiring) -> None:
    small.panels.show_page("prune")
    QApplication.processEvents()
    page = small.pages["prune"]
    assert page.curves.chart.height() >= 184  # 180 where a figure of the readout takes one more line
    view = page.results.view
    around: QWidget | None = view.parentWidget()
    while around is not None:
        assert not isinstance(around, QAbstractScrollArea) or around.verticalScrollBar().maximum() == 0
        around = around.parentWidget()
    view.setFocus()
    for _ in range(len(page.results.model.rows)):
        QTest.keyClick(view, Qt.Key.Key_Down)
    row = view.visualRect(view.currentIndex())
    assert view.currentIndex().row() == len(page.results.model.rows) - 1
    assert view.viewport().rect().contains(row.center())


def test_a_window_of_the_usual_size_shows_all_rows_of_the_table(wiring: WindowWiring, driver: Driver) -> None:
    wiring.window.resize(1440, 900)
    driver.run_all()
    show(wiring, "prune")
    page = wiring.pages["prune"]
    assert len(page.results.model.rows) >= 4
    assert page.results.view.verticalScrollBar().maximum() == 0 and page.panel.verticalScrollBar().maximum() == 0
    assert page.results.view.height() >= page.results.view.needed_height()
    assert page.curves.chart.height() >= 184


def test_a_page_with_large_text_can_become_narrow_again(small: WindowWiring, sized: int) -> None:
    rows = small.pages["prune"].rows
    small.window.resize(1900, 720)
    show(small, "prune")
    small.window.resize(1280, 720)
    show(small, "prune")
    assert rows.width() <= small.pages["prune"].panel.viewport().width()


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
