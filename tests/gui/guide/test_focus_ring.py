"""The ring around what has the keyboard focus, and that the keyboard reaches everything."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.shell.wiring import WindowWiring
from gui.theme import theme
from tests.gui.window_driver import Driver

KINDS = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)


def tab(wiring: WindowWiring) -> QWidget | None:
    """Press Tab as the keyboard does: the window's system window gets the key."""
    QTest.keyClick(wiring.window.windowHandle(), Qt.Key.Key_Tab)
    return QApplication.focusWidget()


@pytest.fixture
def active(wiring: WindowWiring, driver: Driver, qtbot: QtBot) -> WindowWiring:
    """A window with a whole run, ready for keys."""
    driver.run_all()
    wiring.window.resize(1280, 720)
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    return wiring


def test_keys_show_the_ring_and_the_mouse_takes_it_away(active: WindowWiring) -> None:
    ring = active.view_control.focus_ring
    active.panels.tabs.setFocus()
    assert ring.shown_around is None  # nobody has pressed a key
    focused = tab(active)
    assert focused is not None and ring.shown_around is focused
    before = active.window.grab().toImage()
    place = focused.mapTo(active.window, QPoint(focused.width() // 2, -1))
    assert before.pixelColor(place).name() == theme.current().accent
    QTest.mouseClick(active.window.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(700, 10))
    assert ring.shown_around is None


def test_a_table_and_a_scroll_area_show_their_focus(active: WindowWiring) -> None:
    active.panels.show_page("prune")
    ring = active.view_control.focus_ring
    seen: set[QWidget | None] = set()
    for _ in range(80):
        focused = tab(active)
        if focused in seen:
            break
        seen.add(focused)
        assert ring.shown_around is focused
    assert active.pages["prune"].results.view in seen
    assert active.pages["prune"].curves.chart in seen
    assert active.panels.classifier._scroll in seen


@pytest.mark.parametrize("page", ["prune", "detect", "repair", "compare"])
def test_the_keyboard_reaches_everything_and_what_it_reaches_is_in_view(active: WindowWiring, page: str) -> None:
    active.panels.show_page(page)
    active.panels.tabs.setFocus()
    seen: list[QWidget] = []
    for _ in range(120):
        focused = tab(active)
        if focused is None or focused in seen:
            break
        seen.append(focused)
        drawn = focused.viewport() if isinstance(focused, QAbstractScrollArea) else focused
        assert not drawn.visibleRegion().isEmpty(), focused
    parts = [each for each in active.window.findChildren(QWidget) if isinstance(each, KINDS)]
    wanted = [each for each in parts if each.isVisible() and each.isEnabled() and each.window() is active.window]
    assert len(wanted) > 20
    missed = [
        each
        for each in wanted
        if each not in seen
        and not any(other.isAncestorOf(each) for other in seen)
        and not (isinstance(each, QAbstractButton) and each.group() is not None)  # the arrow keys reach those
    ]
    assert missed == []
    nameless = [each for each in seen if not each.accessibleName() and not getattr(each, "text", str)()]
    assert nameless == []
