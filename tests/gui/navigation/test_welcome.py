"""The page that is shown while nothing is open: its steps, drops, files opened before, and when it goes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from gui.navigation.welcome import StepCard
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from gui.state.session import Role
from tests.gui.window_driver import Driver


def drop(step: StepCard, *paths: Path) -> None:
    """Drop files on a step as the system would: with an event that enters, and one that drops."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = step.rect().center()
    entering = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(step, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(step, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, buttons, keys))


def said(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


def test_no_sentence_stands_there_twice(wiring: WindowWiring) -> None:
    welcome = wiring.panels.welcome
    assert welcome.isVisible()
    texts = said(wiring.panels.middle)
    assert len(texts) == len(set(texts)) and {"1", "2", "3"} <= set(texts)
    assert not welcome.detect_button.isEnabled() and welcome.detect_button.toolTip() == "Open a model first."


def test_dropping_the_files_ticks_the_steps_and_the_page_goes(wiring: WindowWiring, driver: Driver) -> None:
    welcome = wiring.panels.welcome
    drop(welcome.model_step, Path("net.h5"))
    driver.settle()
    assert wiring.session.network is not None
    assert welcome.isVisible() and welcome.model_step.is_done and not welcome.images_step.is_done
    assert "net.h5" in welcome.model_step.sentence.text()
    assert "Still missing" in welcome.start_step.sentence.text()
    assert "clean validation images" in welcome.start_step.sentence.text()
    assert welcome.detect_button.isEnabled()
    drop(welcome.images_step, Path("v.h5"))
    driver.settle()
    assert not welcome.isVisible() and wiring.panels.page.panel.isVisible()
    wiring.menus.close_all.trigger()
    assert welcome.isVisible() and not welcome.model_step.is_done


def test_images_alone_leave_the_model_missing(wiring: WindowWiring, driver: Driver) -> None:
    drop(wiring.panels.welcome.images_step, Path("v.h5"))
    driver.settle()
    assert wiring.panels.welcome.images_step.is_done
    assert wiring.panels.welcome.start_step.sentence.text() == "The model is still missing."


def test_a_refused_file_leaves_the_steps_as_they_are(
    wiring: WindowWiring, driver: Driver, log_guard: list[Any]
) -> None:
    drop(wiring.panels.welcome.model_step, Path("bad.h5"))
    driver.settle()
    assert wiring.panels.welcome.isVisible() and not wiring.panels.welcome.model_step.is_done
    assert wiring.panels.files.slots[Role.MODEL].error_text
    log_guard.clear()


@pytest.mark.parametrize(("name", "asked", "role"), [
    ("open_model_button", "ask_open", Role.MODEL), ("open_images_button", "ask_open", Role.VALIDATION),
    ("open_saved_button", "ask_folder", Role.MODEL), ("open_folder_button", "ask_folder", Role.VALIDATION),
])  # fmt: skip
def test_the_buttons_ask_for_what_they_say(
    wiring: WindowWiring, dialog: Any, name: str, asked: str, role: Role
) -> None:
    dialog.prepare(asked, () if asked == "ask_open" else None)
    QTest.mouseClick(getattr(wiring.panels.welcome, name), Qt.MouseButton.LeftButton)
    assert [(called, words["role"]) for called, words in dialog.calls] == [(asked, role)]


def test_choosing_a_page_shows_it(wiring: WindowWiring, driver: Driver) -> None:
    panels = wiring.panels
    QTest.mouseClick(panels.tabs, Qt.MouseButton.LeftButton, pos=panels.tabs.tabRect(0).center())
    assert not panels.welcome.isVisible() and panels.pages[0].panel.isVisible()  # also where it is the current one
    wiring.menus.close_all.trigger()
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    panels.show_order(has_poisoned=False, is_empty=True)
    assert panels.welcome.isVisible()
    QTest.mouseClick(panels.welcome.detect_button, Qt.MouseButton.LeftButton)
    assert panels.page.key == "detect" and panels.page.panel.isVisible()


def test_files_opened_before_are_offered_and_missing_ones_greyed(
    open_window: Callable[[Preferences], WindowWiring], tmp_path: Path, driver: Driver
) -> None:
    there = tmp_path / "a&b.h5"
    there.write_bytes(b"x")
    recent = [("model", there), ("test", tmp_path / "gone.h5"), ("picture", there), ("unlabelled", there)]
    preferences = Preferences.model_validate({"recent": [{"role": role, "path": str(path)} for role, path in recent]})
    second = open_window(preferences)
    welcome = second.panels.welcome
    first, gone = welcome.recent_buttons  # a picture needs a model first, more images a page
    assert (first.text(), first.isEnabled()) == ("a&&b.h5", True)
    assert not gone.isEnabled() and gone.toolTip().endswith("is not there any more.")
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    Driver(driver.qtbot, second).settle()
    assert second.session.network is not None
    second.window.close()


def test_files_that_go_and_come_back_are_greyed_when_the_window_is_activated(
    open_window: Callable[[Preferences], WindowWiring], tmp_path: Path, driver: Driver
) -> None:
    path = tmp_path / "net.h5"
    path.write_bytes(b"x")
    window = open_window(Preferences.model_validate({"recent": [{"role": "model", "path": str(path)}]})).window
    wiring = window.wiring
    Driver(driver.qtbot, wiring).settle()
    (button,) = wiring.panels.welcome.recent_buttons
    assert button.isEnabled()
    path.unlink()
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    driver.wait_until(lambda: not button.isEnabled())
    path.write_bytes(b"x")
    wiring.panels.show_page("network")
    assert not wiring.panels.welcome.isVisible()
    wiring.panels.show_order(has_poisoned=False, is_empty=True)
    driver.wait_until(lambda: button.isEnabled() and wiring.panels.welcome.isVisible())
    window.close()


def test_the_demo_is_one_click_away(wiring: WindowWiring, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    wiring.panels.welcome.demo_requested.connect(lambda: asked.append("signal"))
    monkeypatch.setattr("gui.shell.open_control.jobs.demo_start", _refuse)
    QTest.mouseClick(wiring.panels.welcome.demo_button, Qt.MouseButton.LeftButton)
    assert "signal" in asked
    assert "no demo here" in wiring.panels.messages.text  # the request has arrived where demos are opened


def _refuse() -> None:
    from core.errors import InspectorError  # noqa: PLC0415

    raise InspectorError("There is no demo here: no demo here.", code="no-demo")
