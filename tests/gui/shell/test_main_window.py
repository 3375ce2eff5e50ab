"""The window closes at any moment."""

from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from core.repair.methods.occlusion import OCCLUSION
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences


def test_closing_while_a_run_goes_on_ends_it(qtbot: QtBot, wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    assert wiring.runner.is_busy
    wiring.window.close()
    assert not wiring.runner.is_busy
    assert not wiring.window.isVisible()


def test_a_window_that_is_closed_at_once_was_never_furnished(qtbot: QtBot, engine: Any) -> None:
    window = MainWindow(Preferences(geometry="not a geometry"))
    qtbot.addWidget(window)
    window.close()
    assert window.wiring is None


@pytest.mark.usefixtures("real_dialogs")
def test_a_window_that_must_close_takes_its_question_away(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    asked: list[bool] = []

    def interrupt() -> None:
        asked.append(isinstance(QApplication.activeModalWidget(), QMessageBox))
        wiring.window.close_without_asking()

    QTimer.singleShot(0, interrupt)
    wiring.window.close()
    assert asked == [True]
    driver.wait_until(lambda: not wiring.window.isVisible())
    assert QApplication.activeModalWidget() is None
