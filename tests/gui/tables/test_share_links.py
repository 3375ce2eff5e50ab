"""Shares of a table as links: where they are, what they ask for, and what stays the table's own."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from core.images.answers import Who
from core.images.selection import AskedShare, Part
from gui.prune.results_panel import ResultsPanel
from gui.tables.detail import Detail
from gui.tables.results_table import ASKED_ROLE
from tests.gui.results_reading import click_row

pytest_plugins = ["tests.gui.panel_samples"]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def asked(full_results: ResultsPanel) -> Iterator[list[tuple[int, AskedShare]]]:
    found: list[tuple[int, AskedShare]] = []
    full_results.view.asked.connect(lambda row, share: found.append((row, share)))
    yield found


def link(panel: ResultsPanel, row: int, column: int) -> QPoint:
    return panel.view.link_area(panel.model.index(row, column)).center()


@pytest.mark.parametrize("detail", list(Detail))
def test_a_click_on_a_figure_asks_for_its_images_and_moves_nothing(
    full_results: ResultsPanel, asked: list[tuple[int, AskedShare]], qtbot: Any, detail: Detail
) -> None:
    full_results.set_detail(detail)
    with qtbot.assertNotEmitted(full_results.step_chosen):
        QTest.mouseClick(full_results.view.viewport(), LEFT, pos=link(full_results, 3, 3))
        QTest.mouseClick(full_results.view.viewport(), LEFT, pos=link(full_results, 4, 8))
    assert [row for row, _ in asked] == [3, 4]
    first, second = (share for _, share in asked)
    assert (first.figure.key, first.who, str(first.share), first.part) == (
        "attack_success_rate", Who.PRUNED, "30 of 60", Part.COUNTED
    )  # fmt: skip
    assert (second.figure.key, second.who) == ("false_alarm_rate_validation", Who.AGREEMENT)
    assert full_results.view.selectionModel().selectedRows() == []


def test_beside_a_figure_the_row_is_clicked(full_results: ResultsPanel, asked: list[Any], qtbot: Any) -> None:
    cell = full_results.view.visualRect(full_results.model.index(3, 1))
    assert full_results.view.link_area(full_results.model.index(3, 1)).width() < cell.width()
    with qtbot.waitSignal(full_results.step_chosen):
        QTest.mouseClick(full_results.view.viewport(), LEFT, pos=cell.topLeft() + QPoint(2, 6))
    with qtbot.waitSignal(full_results.step_chosen):
        click_row(full_results, 2)
    QTest.mouseClick(full_results.view.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier, link(full_results, 4, 1))
    assert asked == []


def test_a_press_that_is_let_go_elsewhere_asks_nothing(full_results: ResultsPanel, asked: list[Any]) -> None:
    viewport = full_results.view.viewport()
    QTest.mousePress(viewport, LEFT, pos=link(full_results, 3, 1))
    QTest.mouseRelease(viewport, LEFT, pos=QPoint(3, viewport.height() - 2))
    assert asked == []


def test_the_mouse_shows_what_is_a_link(full_results: ResultsPanel) -> None:
    view, index = full_results.view, full_results.model.index(3, 1)
    QTest.mouseMove(view.viewport(), link(full_results, 3, 1))
    QApplication.processEvents()
    assert view.is_hovered(index)
    assert view.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
    QTest.mouseMove(view.viewport(), view.visualRect(full_results.model.index(3, 0)).center())
    QApplication.processEvents()
    assert not view.is_hovered(index)
    assert view.viewport().cursor().shape() != Qt.CursorShape.PointingHandCursor


def test_enter_asks_on_a_figure_and_moves_the_cursor_elsewhere(
    full_results: ResultsPanel, asked: list[Any], qtbot: Any
) -> None:
    view, model = full_results.view, full_results.model
    view.setCurrentIndex(model.index(3, 2))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert [row for row, _ in asked] == [3]
    view.setCurrentIndex(model.index(3, 0))
    with qtbot.waitSignal(full_results.step_chosen):
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert len(asked) == 1


def test_the_context_menu_offers_the_rest(full_results: ResultsPanel, asked: list[tuple[int, AskedShare]]) -> None:
    view = full_results.view
    place = link(full_results, 3, 1)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    (menu,) = [each for each in view.findChildren(QMenu) if each.isVisible()]
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Show these 90 images", "Show the other 10 images", "Show all 100 images of the set"]
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert [(row, share.part, share.shown_count) for row, share in asked] == [(3, Part.OTHERS, 10)]


def test_estimates_and_missing_figures_are_no_links(full_results: ResultsPanel, samples: Any) -> None:
    model = full_results.model
    assert model.index(6, 1).data(ASKED_ROLE) is None  # never crossed
    assert model.index(3, 0).data(ASKED_ROLE) is None
    full_results.show_table(samples.stops, samples.poisoned_sets, None, is_estimate=True)
    assert model.index(3, 1).data(ASKED_ROLE) is None
    assert full_results.view.link_area(model.index(3, 1)).isEmpty()
    assert "Click" not in model.index(3, 1).data(Qt.ItemDataRole.ToolTipRole)
