"""Images and triggers: asked of the network on the screen, before, during and after a run."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from pytestqt.qtbot import QtBot

from core.data.trigger import Trigger
from gui.job_runner import Request
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.patience import PATIENCE_S


def test_a_image_is_answered_before_any_run(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert engine.classified == []  # nobody to ask yet
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert engine.classified[-1] == (None, False)


def test_a_bad_image_leaves_the_good_one(wiring: WindowWiring, driver: Any, log_guard: list[Any]) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    before = wiring.session.image
    wiring.open_file(Role.IMAGE, Path("bad.png"))
    driver.settle()
    assert wiring.session.image is before
    assert wiring.panels.messages.text == "'bad.png' is no image."
    log_guard.clear()


def test_the_trigger_goes_on_and_off_and_can_be_another(
    wiring: WindowWiring, driver: Any, engine: Any, dialog: Any
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    panel = wiring.panels.classifier
    panel.trigger_toggled.emit(True)
    driver.settle()
    assert engine.classified[-1] == (None, True)
    dialog.prepare("ask_trigger", Path("hat.png"))
    panel.trigger_open_requested.emit()
    driver.settle()
    assert wiring.session.trigger is not None
    panel.trigger_reset_requested.emit()
    driver.settle()
    assert wiring.session.trigger is None
    panel.trigger_toggled.emit(False)
    driver.settle()
    assert engine.classified[-1] == (None, False)


def test_a_trigger_that_covers_everything_is_refused(
    wiring: WindowWiring, driver: Any, dialog: Any, log_guard: list[Any]
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    dialog.prepare("ask_trigger", Path("opaque.png"))
    wiring.panels.classifier.trigger_open_requested.emit()
    driver.settle()
    assert "'opaque.png' has no transparent pixel" in wiring.panels.messages.text
    assert wiring.session.trigger is None
    assert log_guard.pop().getMessage().endswith("[trigger-opaque]")
    assert wiring.panels.classifier.busy_label.text() == ""


def test_hovering_shows_the_channel_on_the_image(wiring: WindowWiring, driver: Any, qtbot: QtBot) -> None:
    driver.run_all()
    shown: list[int] = []
    wiring.classifier_control.feature_map_found.connect(lambda channel, image: shown.append(channel))
    wiring.pages["prune"].channels.channel_hovered.emit(3)
    driver.settle()
    assert shown == []  # no image
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    wiring.pages["prune"].channels.channel_hovered.emit(4)
    driver.settle()
    wiring.pages["prune"].channels.channel_hovered.emit(-1)
    driver.settle()
    assert shown == [4]


def test_the_classifier_follows_an_estimate_and_takes_images(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 1)
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.wait_until(lambda: ([True] * 6, False) in engine.classified)
    engine.stop_at = 3
    driver.wait_until(lambda: ([False] + [True] * 5, False) in engine.classified)
    assert wiring.pages["prune"].control.is_running
    assert wiring.session.image_name == "face.png"
    wiring.pages["prune"].curves.cursor_moved.emit(4)
    driver.wait_until(lambda: engine.classified[-1] == ([False] * 4 + [True] * 2, False))
    assert wiring.pages["prune"].control.is_running
    wiring.runner.cancel()
    driver.settle()


def test_a_image_says_at_once_that_it_waits(wiring: WindowWiring, driver: Any, engine: Any, monkeypatch: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    begun, go_on = threading.Event(), threading.Event()

    def deaf(monitor: Any) -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    wiring.runner.submit(Request(name="deaf", make=lambda: deaf))
    assert begun.wait(PATIENCE_S)
    wiring.open_file(Role.IMAGE, Path("face.png"))
    assert wiring.panels.classifier.busy_label.text() == "face.png waits for its turn …"
    wiring.runner.cancel()
    go_on.set()
    driver.settle()
    assert wiring.session.image_name == "face.png"
    assert wiring.panels.classifier.busy_label.text() == ""


def test_a_trigger_of_another_page_is_shown_and_laid_over_the_image(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    change = np.full((8, 8, 3), 9, np.float32)
    trigger = Trigger("reconstructed trigger of class 2", np.zeros((8, 8, 4), np.float32), change)
    wiring.session.set_trigger(trigger, is_on=True)
    driver.settle()
    assert engine.classified[-1] == (None, True)
    panel = wiring.panels.classifier
    assert panel.trigger_box.isChecked()
    assert panel.trigger_name.text() == "reconstructed trigger of class 2"
