"""Messages come and go without moving anything in the window."""

import itertools
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver

LONG = "Saved B′ of net.h5 with a very long description of all that there is to say about it. " * 6


def places(wiring: WindowWiring) -> list[QRect]:
    panels = wiring.panels
    parts: tuple[QWidget, ...] = (panels.left, panels.tabs, panels._upper, panels.classifier, wiring.window.statusBar())
    return [QRect(part.mapTo(wiring.window, QPoint()), part.size()) for part in parts]


@pytest.mark.parametrize("text", ["Written to curve.csv.", LONG])
def test_a_message_moves_nothing(wiring: WindowWiring, text: str) -> None:
    wiring.window.resize(1280, 720)
    QApplication.processEvents()
    before, bar = places(wiring), wiring.panels.messages
    bar.show_text(text, kind="ok")
    QApplication.processEvents()
    assert bar.isVisible() and places(wiring) == before
    assert wiring.window.rect().contains(bar.geometry())
    assert wiring.window.childAt(bar.geometry().center()) is not None
    assert bar.isAncestorOf(wiring.window.childAt(bar.geometry().center())) or (
        wiring.window.childAt(bar.geometry().center()) is bar
    )
    label = bar._notice.label
    assert label.height() >= label.heightForWidth(label.width())  # no line is cut off
    QTest.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert not bar.isVisible() and places(wiring) == before


def test_an_offer_moves_nothing_and_lies_above_the_message(wiring: WindowWiring) -> None:
    wiring.window.resize(1280, 720)
    QApplication.processEvents()
    before, message = places(wiring), wiring.panels.messages
    files = wiring.session_files
    files.changed_bar.show_offer("v.h5 has changed on the disk.", ("Reload", "Keep what is open"))
    QApplication.processEvents()
    lowest = files.changed_bar.geometry()
    assert places(wiring) == before and wiring.window.rect().contains(lowest)
    assert lowest.left() == before[2].left()  # beside the buttons of the status bar, not over them
    message.show_text("Written to curve.csv.", kind="ok")
    files.left_bar.show_offer("A session was not closed.", ("Go on", "Discard"))
    QApplication.processEvents()
    bars = [each.geometry() for each in (files.left_bar, files.changed_bar, message)]
    assert all(above.bottom() < below.top() for above, below in itertools.pairwise(bars))
    assert places(wiring) == before
    button = files.left_bar.buttons["Discard"]
    at = button.mapTo(wiring.window, button.rect().center())
    assert wiring.window.childAt(at) is button
    message.clear()
    QApplication.processEvents()
    assert files.changed_bar.geometry() == lowest


def test_a_short_message_covers_nothing_but_the_status_bar(wiring: WindowWiring) -> None:
    bar = wiring.panels.messages
    bar.show_text("Written to curve.csv.", kind="ok")
    QApplication.processEvents()
    assert bar.geometry().top() >= places(wiring)[2].bottom()
    for button in (wiring.log_button, wiring.view_control.layout.left_button):
        assert not bar.geometry().intersects(QRect(button.mapTo(wiring.window, QPoint()), button.size()))


def test_a_running_job_is_not_covered(wiring: WindowWiring, driver: Driver, engine: Any) -> None:
    wiring.window.resize(1280, 720)
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    bar = wiring.panels.messages
    bar.show_text("Written to curve.csv.", kind="ok")
    QApplication.processEvents()
    status = wiring.status
    assert status.isVisible()
    assert not bar.geometry().intersects(QRect(status.mapTo(wiring.window, QPoint()), status.size()))
    wiring.runner.cancel()
    driver.settle()


def test_cautions_have_their_place_beside_the_tabs(wiring: WindowWiring, driver: Driver, engine: Any) -> None:
    wiring.window.resize(1280, 720)
    driver.open_all()
    QApplication.processEvents()
    parts = (wiring.panels.left, wiring.panels._upper, wiring.panels.classifier)
    before = [part.geometry() for part in parts]
    engine.cautions = ("All 9 images of the clean validation set v.h5 have label 0.", "Another doubt.")
    driver.run_all()
    bar = wiring.panels.cautions
    QApplication.processEvents()
    assert bar.isVisible() and bar.text == "\n".join(engine.cautions)
    assert [part.geometry() for part in parts] == before
    QTest.mouseClick(bar.show_button, Qt.MouseButton.LeftButton)
    assert bar.box.isVisible()
    assert all(caution in bar.sentences.text() for caution in engine.cautions)
    bar.box.hide()
    QTest.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    wiring.session.run_changed.emit()
    assert not bar.isVisible()  # the same text is not said twice
    engine.cautions = ("Something else.",)
    wiring.session.run_changed.emit()
    assert bar.isVisible() and bar.text == "Something else."


def test_what_lies_below_two_messages_is_reached_by_hiding_them_until_another_comes(wiring: WindowWiring) -> None:
    wiring.window.resize(1280, 720)
    panels, files = wiring.panels, wiring.session_files
    button = wiring.view_control.messages.button
    assert not button.isVisible()
    files.changed_bar.show_offer("v.h5 has changed on the disk.", ("Reload", "Keep what is open"))
    panels.messages.show_text(LONG, kind="error")
    QApplication.processEvents()
    foot = panels.middle.mapTo(wiring.window, panels.middle.rect().bottomLeft()) + QPoint(20, -4)
    bars = (panels.messages, files.changed_bar)
    assert any(bar.geometry().contains(foot) for bar in bars)
    assert button.text() == "2 messages" and button.accessibleName() == "Show or hide: 2 messages"
    assert all(not bar.geometry().intersects(_geometry(button, wiring)) for bar in bars)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    under = wiring.window.childAt(foot)
    assert panels.middle.isAncestorOf(under) or under is panels.middle
    assert not any(bar.isVisible() for bar in bars) and files.changed_bar.text and panels.messages.text
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert all(bar.isVisible() for bar in bars)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    panels.messages.clear()
    assert button.text() == "1 message" and not files.changed_bar.isVisible()
    panels.messages.show_text("Written to curve.csv.", kind="ok")  # what comes is seen
    assert all(bar.isVisible() for bar in bars) and button.isChecked()
    panels.messages.clear()
    files.changed_bar.clear()
    assert not button.isVisible()


def test_messages_cover_no_button_of_the_status_bar_where_the_left_column_is_hidden(wiring: WindowWiring) -> None:
    wiring.window.resize(1280, 720)
    wiring.view_control.layout.left_button.click()
    wiring.panels.messages.show_text(LONG, kind="error")
    for _ in range(3):
        QApplication.processEvents()
    buttons = (wiring.log_button, wiring.view_control.layout.left_button, wiring.view_control.messages.button)
    for button in buttons:
        assert not wiring.panels.messages.geometry().intersects(_geometry(button, wiring))


def _geometry(widget: QWidget, wiring: WindowWiring) -> QRect:
    return QRect(widget.mapTo(wiring.window, QPoint()), widget.size())
