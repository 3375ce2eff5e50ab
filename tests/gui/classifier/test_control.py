"""Pictures and triggers: asked of the network on the screen, before, during and after a run."""

import threading
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from gui.job_runner import Request
from gui.shell.wiring import Desk
from gui.state.session import Role


def test_a_picture_is_answered_before_any_run(desk: Desk, driver: Any, engine: Any) -> None:
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    assert engine.classified == []  # nobody to ask yet
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert engine.classified[-1] == (None, False)


def test_a_bad_picture_leaves_the_good_one(desk: Desk, driver: Any, log_guard: list[Any]) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    before = desk.workspace.picture
    desk.open_file(Role.PICTURE, Path("bad.png"))
    driver.settle()
    assert desk.workspace.picture is before
    assert desk.panels.messages.text == "'bad.png' is no picture"
    log_guard.clear()


def test_the_trigger_goes_on_and_off_and_can_be_another(desk: Desk, driver: Any, engine: Any, dialog: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    panel = desk.panels.classifier
    panel.trigger_toggled.emit(True)
    driver.settle()
    assert engine.classified[-1] == (None, True)
    dialog.prepare("ask_trigger", Path("hat.png"))
    panel.trigger_open_requested.emit()
    driver.settle()
    assert desk.workspace.trigger is not None
    panel.trigger_reset_requested.emit()
    driver.settle()
    assert desk.workspace.trigger is None
    panel.trigger_toggled.emit(False)
    driver.settle()
    assert engine.classified[-1] == (None, False)


def test_a_trigger_that_covers_everything_is_told(desk: Desk, driver: Any, dialog: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    dialog.prepare("ask_trigger", Path("opaque.png"))
    desk.panels.classifier.trigger_open_requested.emit()
    driver.settle()
    assert "opaque.png has no transparent pixel" in desk.panels.messages.text
    assert desk.panels.classifier.busy_label.text() == ""


def test_hovering_shows_the_channel_on_the_picture(desk: Desk, driver: Any, qtbot: QtBot) -> None:
    driver.run_all()
    shown: list[int] = []
    desk.panels.channels.show_feature_map = lambda channel, image: shown.append(channel)  # type: ignore[method-assign]
    desk.panels.channels.channel_hovered.emit(3)
    driver.settle()
    assert shown == []  # no picture
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.settle()
    desk.panels.channels.channel_hovered.emit(4)
    driver.settle()
    desk.panels.channels.channel_hovered.emit(-1)
    driver.settle()
    assert shown == [4]


def test_the_classifier_follows_an_estimate_and_takes_pictures(desk: Desk, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 1)
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.wait_until(lambda: ([True] * 6, False) in engine.classified)
    engine.stop_at = 3
    driver.wait_until(lambda: ([False] + [True] * 5, False) in engine.classified)
    assert desk.run_control.is_running
    assert desk.workspace.picture_name == "face.png"
    desk.panels.curves.cursor_moved.emit(4)
    driver.wait_until(lambda: engine.classified[-1] == ([False] * 4 + [True] * 2, False))
    assert desk.run_control.is_running
    desk.runner.cancel()
    driver.settle()


def test_a_picture_says_at_once_that_it_waits(desk: Desk, driver: Any, engine: Any, monkeypatch: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    begun, go_on = threading.Event(), threading.Event()

    def deaf(monitor: Any) -> None:
        begun.set()
        go_on.wait(5)

    desk.runner.submit(Request(name="deaf", make=lambda: deaf))
    assert begun.wait(5)
    desk.open_file(Role.PICTURE, Path("face.png"))
    assert desk.panels.classifier.busy_label.text() == "face.png waits for its turn …"
    desk.runner.cancel()
    go_on.set()
    driver.settle()
    assert desk.workspace.picture_name == "face.png"
    assert desk.panels.classifier.busy_label.text() == ""
