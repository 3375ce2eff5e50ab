"""The tour: five parts of the window, by mouse and keys, at the first start and never again."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QWidget
from pytestqt.qtbot import QtBot

from gui.navigation.tour import VARIABLE, Tour, TourStep, is_wanted
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences, load_preferences
from tests.gui.window_driver import Driver


@pytest.fixture
def tour(wiring: WindowWiring, qtbot: QtBot) -> Tour:
    """The tour of a window, started from the menu."""
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    wiring.panels.tabs.setFocus()
    action = next(
        each for each in wiring.menus.help_menu.actions() if each.text().replace("&", "") == "Tour of the window"
    )
    action.trigger()
    return wiring.view_control.navigation.tour


def test_each_step_leaves_its_widgets_free_and_the_card_beside_them(wiring: WindowWiring, tour: Tour) -> None:
    window, panels = wiring.window, wiring.panels
    parts = (panels.files, panels.tabs, panels.page.buttons, panels.middle, panels.classifier)
    titles = set()
    for place, part in enumerate(parts):
        assert tour.place == place
        inside = part.mapTo(window, part.rect().center())
        assert tour.hole.contains(inside)
        assert window.rect().contains(tour.card.geometry())
        if part is not panels.middle:
            assert not tour.card.geometry().intersects(tour.hole.adjusted(4, 4, -4, -4))
        titles.add(tour.title.text())
        QTest.mouseClick(tour.next_button, Qt.MouseButton.LeftButton)
    assert len(titles) == 5
    assert not tour.isVisible()


def test_the_whole_layer_is_painted_again_where_the_hole_changes(qtbot: QtBot) -> None:
    painted: list[QRect] = []

    class Watched(Tour):
        def paintEvent(self, event: QPaintEvent) -> None:
            painted.append(event.rect())
            super().paintEvent(event)

    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    part = QFrame(window)
    part.setGeometry(20, 20, 100, 100)
    tour = Watched(window, [TourStep(lambda: [part], "Title", "Text")])
    with qtbot.waitExposed(window):
        window.show()
    tour.start()
    qtbot.waitUntil(lambda: any(rect.contains(tour.rect()) for rect in painted))
    QApplication.processEvents()
    painted.clear()
    part.resize(100, 300)
    qtbot.waitUntil(lambda: any(rect.contains(tour.rect()) for rect in painted))


def test_only_the_hole_stays_bright(wiring: WindowWiring, tour: Tour) -> None:
    inside, outside = tour.hole.center(), wiring.panels.classifier.mapTo(wiring.window, QPoint(60, 12))
    dark = wiring.window.grab().toImage()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    bright = wiring.window.grab().toImage()
    assert dark.pixelColor(inside) == bright.pixelColor(inside)
    assert dark.pixelColor(outside).lightness() < bright.pixelColor(outside).lightness() - 50


def test_enter_presses_the_focused_button(tour: Tour) -> None:
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert tour.place == 1
    tour.back_button.setFocus()
    QTest.keyClick(tour.back_button, Qt.Key.Key_Return)
    assert tour.place == 0
    tour.skip_button.setFocus()
    QTest.keyClick(tour.skip_button, Qt.Key.Key_Return)
    assert not tour.isVisible()


def test_keys_go_on_back_and_end(wiring: WindowWiring, tour: Tour) -> None:
    for key, place in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1), (Qt.Key.Key_Left, 0)):
        QTest.keyClick(QApplication.focusWidget(), key)
        assert tour.place == place
    focused = []
    for _ in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused.append(QApplication.focusWidget())
    assert all(tour.isAncestorOf(each) for each in focused) and len(set(focused)) == 2  # Back is disabled
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not tour.isVisible()
    assert wiring.panels.tabs.hasFocus()


def test_clicks_do_not_reach_what_is_below(wiring: WindowWiring, tour: Tour) -> None:
    tab = wiring.panels.tabs.mapTo(wiring.window, wiring.panels.tabs.tabRect(2).center())
    assert wiring.window.childAt(tab) is tour
    QTest.mouseClick(tour, Qt.MouseButton.LeftButton, pos=tab)
    assert wiring.panels.tabs.currentIndex() == 0


def test_messages_that_come_lie_below_it(wiring: WindowWiring, tour: Tour) -> None:
    bar = wiring.panels.messages
    bar.show_text("Opened the session.", kind="ok")
    QApplication.processEvents()
    at = wiring.window.childAt(bar.geometry().center())
    assert bar.isVisible() and (at is tour or tour.isAncestorOf(at))


def test_it_follows_the_window_and_leaves_out_what_is_hidden(wiring: WindowWiring, tour: Tour, qtbot: QtBot) -> None:
    before = tour.hole
    wiring.window.resize(1100, 640)
    qtbot.waitUntil(lambda: tour.size() == wiring.window.size())
    assert tour.rect().contains(tour.card.geometry())
    wiring.panels.left.hide()
    qtbot.waitUntil(lambda: tour.hole == QRect())
    assert before.isValid()
    qtbot.waitUntil(lambda: abs(tour.card.geometry().center().x() - tour.rect().center().x()) <= 1)


def test_once_ended_it_is_remembered_at_once(tour: Tour) -> None:
    assert not load_preferences().is_tour_done
    QTest.mouseClick(tour.skip_button, Qt.MouseButton.LeftButton)
    assert load_preferences().is_tour_done


def test_it_starts_by_itself_only_for_newcomers_who_see_it(
    wiring: WindowWiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    tour, control = wiring.view_control.navigation.tour, wiring.view_control
    control.start_tour_if_wanted()
    assert not tour.isVisible()  # nobody sees the offscreen platform
    monkeypatch.setenv(VARIABLE, "off")
    assert not is_wanted(Preferences())
    monkeypatch.setenv(VARIABLE, "on")
    assert not is_wanted(Preferences(is_tour_done=True))
    assert not is_wanted(Preferences.model_validate({"recent": [{"role": "model", "path": "/a.h5"}]}))
    control.start_tour_if_wanted()
    assert tour.isVisible()
    tour.end()
    control.start_tour_if_wanted()
    assert not tour.isVisible()


def test_it_waits_until_the_offer_of_a_left_session_is_answered(
    wiring: WindowWiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    tour, bar = wiring.view_control.navigation.tour, wiring.session_files.left_bar
    monkeypatch.setenv(VARIABLE, "on")
    bar.show_offer("The window was not closed properly.", ("Go on", "Discard"))
    wiring.view_control.start_tour_if_wanted()
    assert not tour.isVisible() and bar.isVisible()
    bar.show_offer("Another window was not closed properly.", ("Go on", "Discard"))
    assert not tour.isVisible()
    bar.clear()
    assert tour.isVisible()
    tour.end()
    bar.show_offer("Another.", ("Go on", "Discard"))
    bar.clear()
    assert not tour.isVisible()


def test_escape_ends_the_tour_and_not_the_job(
    wiring: WindowWiring, driver: Driver, engine: object, qtbot: QtBot
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)  # type: ignore[arg-type]
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    wiring.view_control.navigation.start_tour()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not wiring.view_control.navigation.tour.isVisible()
    assert wiring.session.is_running
    wiring.runner.cancel()
    driver.settle()
