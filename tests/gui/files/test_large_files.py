"""A file that takes much of the memory is opened only if that is wanted."""

import logging
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from gui.files import dialogs
from gui.shell.wiring import WindowWiring
from gui.state.open_files import Role
from tests.gui.conftest import DialogRecorder
from tests.gui.window_driver import Driver

LOOKS = 20  # after which a question is answered in any case


def test_it_is_asked_first_and_opened_if_that_is_wanted(
    wiring: WindowWiring, driver: Driver, dialog: DialogRecorder, log_guard: list[logging.LogRecord]
) -> None:
    dialog.prepare("ask_large", False)
    wiring.open_file(Role.VALIDATION, Path("huge.h5"))
    driver.settle()
    assert wiring.session.validation is None
    assert dialog.calls == [("ask_large", {"sentence": "'huge.h5' needs 31 GB and 12 GB are available"})]
    dialog.prepare("ask_large", True)
    wiring.open_file(Role.VALIDATION, Path("huge.h5"))
    driver.settle()
    log_guard.clear()
    assert wiring.session.validation is not None and wiring.session.validation.name == "huge.h5"


@pytest.mark.usefixtures("real_dialogs")
@pytest.mark.parametrize("button", ["Open anyway", "Cancel"])
def test_the_question_is_cancelled_by_default(qtbot: QtBot, wiring: WindowWiring, button: str) -> None:
    def answer() -> None:
        box = cast("QMessageBox", QApplication.activeModalWidget())
        assert box.text() == "'huge.h5' needs 31 GB."
        assert box.defaultButton().text().replace("&", "") == "Cancel"
        next(each for each in box.buttons() if each.text().replace("&", "") == button).click()

    QTimer.singleShot(0, answer)
    assert dialogs.ask_large(wiring.window, sentence="'huge.h5' needs 31 GB") is (button == "Open anyway")


@pytest.mark.usefixtures("real_dialogs")
def test_no_job_is_shown_while_the_question_is_open(
    qtbot: QtBot, wiring: WindowWiring, driver: Driver, log_guard: list[logging.LogRecord]
) -> None:
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            return
        seen.append((wiring.status.stage_text, wiring.menus.cancel.isEnabled()))
        if seen[-1] == ("", False) or len(seen) > LOOKS:
            box.reject()

    timer = QTimer(wiring.window, interval=5)
    timer.timeout.connect(look)
    timer.start()
    wiring.open_file(Role.VALIDATION, Path("huge.h5"))
    qtbot.waitUntil(lambda: bool(seen))
    driver.settle()
    timer.stop()
    log_guard.clear()
    assert seen[-1] == ("", False)
