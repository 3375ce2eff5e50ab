"""Rows of the Prune page that are folded, and the rows of the table that are seen in a small window."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences, load_preferences
from tests.gui.window_driver import Driver


@pytest.fixture
def page(wiring: WindowWiring, driver: Driver) -> PrunePage:
    """The page with a run, in a small window, with more rows in its table than it has room for."""
    wiring.window.resize(1280, 720)
    driver.run_all()
    wiring.session.set_thresholds((0.01, 0.02, 0.03, 0.04, 0.05))
    wiring.panels.show_page("prune")
    page = wiring.page(PrunePage)
    _lay_out()
    assert page.results.model.rowCount() >= 11
    return page


def _lay_out() -> None:
    for _ in range(12):  # layouts pass sizes up and down in turns
        QApplication.processEvents()


def _seen_rows(page: PrunePage) -> int:
    view = page.results.view
    return sum(
        view.viewport().rect().contains(view.visualRect(view.model().index(row, 0)))
        for row in range(view.model().rowCount())
    )


def _press(page: PrunePage, key: str) -> None:
    button = {"channels": page.channels, "results": page.results}[key].fold.button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    _lay_out()


def test_folded_channels_give_their_height_to_rows_that_are_not_seen(page: PrunePage) -> None:
    before, seen, height = page.rows.sizes(), _seen_rows(page), page.curves.chart.height()
    assert seen < page.results.model.rowCount() and height >= 180
    _press(page, "channels")
    assert not page.channels.chart.isVisible() and page.channels.height() < 60
    assert _seen_rows(page) >= seen + 4
    assert page.curves.chart.height() >= 180 and page.panel.verticalScrollBar().maximum() == 0
    _press(page, "channels")
    assert page.channels.chart.isVisible() and page.rows.sizes() == before


def test_all_rows_are_seen_where_they_fit(page: PrunePage, wiring: WindowWiring) -> None:
    wiring.session.set_thresholds((0.02, 0.04))
    _lay_out()
    page.reset_layout()
    _press(page, "channels")
    assert _seen_rows(page) == page.results.model.rowCount()
    assert page.results.view.verticalScrollBar().maximum() == 0


def test_folded_results_give_their_height_to_the_curves_and_keep_the_verdict(page: PrunePage) -> None:
    height = page.curves.chart.height()
    page.results.show_verdict("Repaired", ())
    page.results.view.setFocus()
    _press(page, "results")
    assert not page.results.view.isVisible() and page.results.verdict_line.isVisible()
    assert page.curves.chart.height() > height + 60
    assert page.results.fold.button.accessibleName() == "Unfold: Results"
    _press(page, "channels")
    assert page.curves.height() > page.panel.viewport().height() - 180
    page.reset_layout()
    _lay_out()
    assert page.results.view.isVisible() and page.channels.chart.isVisible()
    assert page.curves.chart.height() >= 180


def test_what_was_folded_is_folded_at_the_next_start(
    page: PrunePage, wiring: WindowWiring, driver: Driver, open_window: Callable[[Preferences], WindowWiring]
) -> None:
    _press(page, "channels")
    wiring.window.close()
    again = open_window(load_preferences())
    restored = again.page(PrunePage)
    assert restored.channels.fold.is_folded and not restored.results.fold.is_folded
    again.window.resize(1280, 720)
    Driver(driver.qtbot, again).run_all()
    again.panels.show_page("prune")
    _lay_out()
    _press(restored, "channels")
    assert restored.channels.chart.isVisible() and restored.curves.chart.height() >= 180
    again.window.close()


def test_a_fold_button_is_reached_by_keys(page: PrunePage, wiring: WindowWiring) -> None:
    button = page.channels.fold.button
    page.channels.chart.setFocus()
    button.setFocus()
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert page.channels.fold.is_folded


def test_notes_take_one_line_each_where_rows_are_not_seen(page: PrunePage) -> None:
    note = page.results.target_note
    note.show_note("A note that is far longer than the table is wide, as that of a set without true labels is. " * 3)
    page.results.resize(page.results.width(), page.results.height() - 1)
    _lay_out()
    line = note.fontMetrics().height()
    assert note.height() <= line + 2 and "…" not in note.text()
    _press(page, "channels")
    page.rows.setSizes([40, 200, 600])
    note.show_note(note.text())
    page.results.window().resize(1280, 1400)
    _lay_out()
    assert note.height() >= 2 * line
