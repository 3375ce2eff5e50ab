"""Help and focus in the windows and dialogs beside the main window."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.confusions.window import ConfusionsWindow
from gui.explanation.window import ExplanationWindow
from gui.guide.fault_report import FaultDialog
from gui.guide.topics import TOPICS, topic_of
from gui.guide.window_help import DialogHelp, WindowHelp
from gui.images.window import ImagesWindow
from gui.keys.bindings import Binding, bindings
from gui.pins.window import PinsWindow
from gui.studio.window import StudioWindow

GUI = Path(__file__).parents[3] / "gui"
HELP_ITSELF = {"GlossaryDialog"}


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    """The keys of help, which the main window declares; what a test chose is forgotten."""
    bindings.declare(Binding("help.explain", "Help", "Explain what has the focus", ("F1",)))
    yield
    bindings.take({})


@pytest.fixture
def helped(qtbot: QtBot) -> WindowHelp:
    """The help of a window with two controls."""
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    field = QLineEdit()
    field.setAccessibleName("Find a class")
    column.addWidget(field)
    column.addWidget(QPushButton("Export"))
    helped = WindowHelp(window, "confusions")
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field.setFocus()
    return helped


def test_f1_explains_what_has_the_focus_and_its_window(helped: WindowHelp) -> None:
    window = helped.parent()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F1)
    assert helped.box is not None and helped.box.isVisible()
    shown = helped.box.body.text() + helped.box.links.text()
    assert TOPICS.get("confusions").paragraphs[0].split(":")[0] in shown
    assert "confusion" in helped.box.links.text()  # in the glossary, too
    helped.box.close()


def test_f1_explains_a_dialog_and_other_keys_do_if_they_were_chosen(qtbot: QtBot) -> None:
    dialog = FaultDialog("A text")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    [helped] = dialog.findChildren(DialogHelp)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_F1)
    assert helped.box is not None and helped.box.isVisible()
    assert helped.box.title.text() == "Report"
    assert "Nothing is sent" in helped.box.body.text()
    helped.box.close()
    bindings.assign("help.explain", ["Ctrl+F1"])
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_F1)
    assert not helped.box.isVisible()
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    assert helped.box.isVisible()
    helped.box.close()


def test_every_dialog_has_help() -> None:
    lacking = set()
    for path in GUI.rglob("*.py"):
        for each in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(each, ast.ClassDef) and "QDialog" in map(ast.unparse, each.bases):
                made = {ast.unparse(node.func) for node in ast.walk(each) if isinstance(node, ast.Call)}
                if not made & {"DialogHelp", "WindowHelp"}:
                    lacking.add(each.name)
    assert lacking == HELP_ITSELF


def test_there_is_no_ring_before_keys_move_the_focus(helped: WindowHelp) -> None:
    assert not helped.ring.isVisible()


def test_keys_show_where_the_focus_is(helped: WindowHelp) -> None:
    window = helped.parent()
    assert helped.ring.shown_around is None
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    assert helped.ring.shown_around is window.findChild(QPushButton)
    assert window.focusWidget() is window.findChild(QPushButton)


@pytest.mark.parametrize(
    ("make", "topic"),
    [
        (ConfusionsWindow, "confusions"),
        (ImagesWindow, "images"),
        (StudioWindow, "studio"),
        (ExplanationWindow, "explanation"),
        (PinsWindow, "pins"),
    ],
)
def test_each_window_has_its_topic(qtbot: QtBot, make: type[QWidget], topic: str) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    window = make(owner)
    assert topic_of(window.findChildren(QWidget)[-1]).name == topic
