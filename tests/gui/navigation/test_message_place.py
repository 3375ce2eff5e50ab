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
