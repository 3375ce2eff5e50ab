"""What is said about an open file goes with it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.files.control import REPAIRED
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.widgets.message_bar import MessageBar
from tests.gui.window_driver import Driver


@pytest.mark.parametrize(("name", "sentence"), [("noted.h5", "RandomFlip was left out."), ("repaired.h5", REPAIRED)])
def test_a_sentence_about_a_model_goes_when_the_model_is_closed(
    wiring: WindowWiring, driver: Driver, name: str, sentence: str
) -> None:
    wiring.open_file(Role.MODEL, Path(name))
    driver.settle()
    assert wiring.panels.messages.text == sentence
    QTest.mouseClick(wiring.panels.files.slots[Role.MODEL].clear_button(0), Qt.MouseButton.LeftButton)
    assert wiring.session.network is None
    assert sentence not in wiring.panels.messages.text


def test_a_sentence_about_a_model_goes_when_another_takes_its_place(wiring: WindowWiring, driver: Driver) -> None:
    wiring.open_file(Role.MODEL, Path("noted.h5"))
    driver.settle()
    assert "RandomFlip" in wiring.panels.messages.text
    driver.open_all()
    assert wiring.session.summary is not None and wiring.session.summary.path.name == "net.h5"
    assert "RandomFlip" not in wiring.panels.messages.text


def test_other_sentences_of_the_message_stay(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_text("One output is read as two.\nThree files were not opened.", kind="warning")
    bar.take_back("One output is read as two.")
    assert (bar.text, bar.kind) == ("Three files were not opened.", "warning")
    bar.take_back("Something else.")
    assert bar.text == "Three files were not opened."
    bar.take_back("Three files were not opened.")
    assert bar.isHidden()
