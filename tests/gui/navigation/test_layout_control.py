"""The text size, the parts of the window that collapse, and the way back to the usual layout."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences, load_preferences
from gui.theme import theme
from gui.theme.text_size import apply_text_size, next_size
from tests.gui.window_driver import Driver

CONTROL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


@pytest.fixture
def shown(wiring: WindowWiring, qtbot: QtBot, qapp: QApplication) -> Iterator[WindowWiring]:
    """A window in its theme, ready for keys; the usual text size afterwards."""
    theme.apply_theme(qapp, "light")
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    yield wiring
    apply_text_size(qapp, 100)


def press(wiring: WindowWiring, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(wiring.window, key, modifier)


def test_the_text_grows_everywhere_and_is_remembered(shown: WindowWiring, driver: Driver, qapp: QApplication) -> None:
    driver.run_all()
    panels, page = shown.panels, shown.pages["prune"]
    panels.show_page("prune")
    parts: tuple[QWidget, ...] = (
        page.form.start_button,  # Qt's own, under a style sheet
        page.form.layer_combo,
        panels.tabs,
        panels.files.slots["model"]._heading,  # scales its font by itself
        panels.log,
        shown.window.menuBar(),
    )
    before = [part.font().pointSizeF() for part in parts]
    cell, axis = page.results.view.fonts[0].pointSizeF(), page.curves.chart.plot.getAxis("left").style["tickFont"]
    for _ in range(2):
        press(shown, Qt.Key.Key_Plus, CONTROL)
    assert shown.preferences.text_size == 125
    QApplication.processEvents()
    assert [part.font().pointSizeF() for part in parts] == pytest.approx([1.25 * size for size in before], abs=0.06)
    assert page.results.view.fonts[0].pointSizeF() > cell
    assert page.curves.chart.plot.getAxis("left").style["tickFont"].pointSizeF() > axis.pointSizeF()
    shown.window.close()
    assert load_preferences().text_size == 125
    assert qapp.font().pointSizeF() == pytest.approx(1.25 * before[0], abs=0.06)


def test_smaller_equal_and_usual(shown: WindowWiring, qapp: QApplication) -> None:
    usual = qapp.font().pointSizeF()
    press(shown, Qt.Key.Key_Minus, CONTROL)
    assert shown.preferences.text_size == 90 and qapp.font().pointSizeF() < usual
    press(shown, Qt.Key.Key_Equal, CONTROL)  # where "+" needs Shift
    assert shown.preferences.text_size == 100
    for _ in range(12):
        press(shown, Qt.Key.Key_Minus, CONTROL)
    assert shown.preferences.text_size == 80
    layout = shown.view_control.layout
    assert layout.told.text() == "Text size 80 %"
    press(shown, Qt.Key.Key_0, CONTROL)
    assert shown.preferences.text_size == 100 and qapp.font().pointSizeF() == usual


@pytest.mark.parametrize(("size", "direction", "found"), [(100, 1, 110), (200, 1, 200), (105, -1, 100), (80, -1, 80)])
def test_the_next_size(size: int, direction: int, found: int) -> None:
    assert next_size(size, direction) == found


def test_parts_collapse_by_keys_and_buttons_and_come_back_as_they_were(
    shown: WindowWiring, open_window: Callable[[Preferences], WindowWiring]
) -> None:
    panels, layout = shown.panels, shown.view_control.layout
    middle = panels.middle.width()
    press(shown, Qt.Key.Key_F9)
    assert not panels.left.isVisible() and not layout.left_button.isChecked()
    QTest.mouseClick(layout.classifier_button, Qt.MouseButton.LeftButton)
    assert not panels.classifier.isVisible()
    QApplication.processEvents()
    assert panels.middle.width() > middle + 400
    press(shown, Qt.Key.Key_F9, SHIFT)
    assert panels.classifier.isVisible() and layout.classifier_button.isChecked()
    press(shown, Qt.Key.Key_F9, SHIFT)
    shown.window.close()
    again = open_window(load_preferences())
    assert not again.panels.left.isVisible() and not again.panels.classifier.isVisible()
    QTest.mouseClick(again.view_control.layout.left_button, Qt.MouseButton.LeftButton)
    assert again.panels.left.isVisible()
    again.window.close()


def test_the_layout_is_reset(shown: WindowWiring) -> None:
    panels, page = shown.panels, shown.pages["prune"]
    shown.window.resize(1280, 720)
    panels.show_page("prune")
    QApplication.processEvents()
    columns, rows = panels._columns.sizes(), page.rows.sizes()
    press(shown, Qt.Key.Key_F9)
    press(shown, Qt.Key.Key_L, CONTROL)
    panels._columns.setSizes([0, 300, 600])
    page.rows.setSizes([400, 100, 100])
    QApplication.processEvents()
    assert panels.log.isVisible() and page.rows.sizes() != rows
    action = next(each for each in shown.menus.view_menu.actions() if each.text() == "&Reset layout")
    action.trigger()
    QApplication.processEvents()
    assert panels.left.isVisible() and not panels.log.isVisible()
    assert panels._columns.sizes() == pytest.approx(columns, abs=2)
    assert page.rows.sizes() == pytest.approx(rows, abs=2)


def test_wide_text_hides_the_classifier_where_there_is_no_room_until_there_is(
    shown: WindowWiring, qtbot: QtBot
) -> None:
    layout, classifier = shown.view_control.layout, shown.panels.classifier
    shown.window.resize(1280, 720)
    layout.set_text_size(200)
    qtbot.waitUntil(lambda: not classifier.isVisible())
    assert "no room for the classifier" in layout.told.text()
    assert shown.preferences.is_classifier_shown
    layout.set_text_size(100)
    qtbot.waitUntil(classifier.isVisible)


def test_the_usual_text_size_brings_icons_and_columns_back(shown: WindowWiring, qtbot: QtBot) -> None:
    layout, columns = shown.view_control.layout, shown.panels._columns
    shown.window.resize(1280, 720)
    QApplication.processEvents()
    buttons = [each for each in shown.window.findChildren(QAbstractButton) if each.property("isDressed")]
    assert len(buttons) > 5
    icons, widths = [each.iconSize().height() for each in buttons], columns.sizes()
    layout.set_text_size(200)
    QApplication.processEvents()
    assert [each.iconSize().height() for each in buttons] == pytest.approx([2 * side for side in icons], abs=3)
    for percent in (80, 200, 150, 100):
        layout.set_text_size(percent)
        QApplication.processEvents()
    qtbot.waitUntil(shown.panels.classifier.isVisible)
    assert [each.iconSize().height() for each in buttons] == icons
    qtbot.waitUntil(lambda: columns.sizes() == pytest.approx(widths, abs=2))
