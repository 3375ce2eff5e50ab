"""A whole session with the real `main()` and keys alone: nothing is clicked, and no method of a panel is called."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from gui.shell.wiring import WindowWiring
from tests.gui.conftest import DialogRecorder
from tests.gui.test_workflows import Script, drive, idle

pytestmark = pytest.mark.slow
Key, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, *, times: int = 1) -> None:
    """Press a key where the keyboard's events go."""
    for _ in range(times):
        window = QGuiApplication.focusWindow()
        assert window is not None
        QTest.keyClick(window, key, modifiers)


def tab_to(widget: QWidget) -> None:
    """Press Tab until a widget has the focus."""
    for _ in range(200):
        if QApplication.focusWidget() is widget:
            return
        press(Key.Key_Tab)
    raise AssertionError(f"Tab does not lead to {widget}")


def type_text(text: str) -> None:
    """Type letters."""
    for letter in text:
        press(Qt.Key(ord(letter.upper())))


def test_a_session_without_a_mouse(qtbot: QtBot, dialog: DialogRecorder, tmp_path: Path) -> None:
    saved = tmp_path / "repair.json"

    def script(wiring: WindowWiring) -> Script:
        session, pages = wiring.session, wiring.pages
        prune, repair = pages["prune"], pages["repair"]
        wiring.window.activateWindow()
        yield lambda: wiring.window.isActiveWindow() and not wiring.runner.is_busy
        tab_to(wiring.panels.welcome.demo_button)
        press(Key.Key_Space)
        yield lambda: prune.control.stops != () and not wiring.runner.is_busy

        # The cursor on the curve.
        before = session.step
        tab_to(prune.curves.chart)
        press(Key.Key_Left, times=3)
        yield lambda: session.step == before - 3 and not wiring.runner.is_busy

        # A channel is selected and pruned; undo.
        tab_to(prune.channels.chart)
        press(Key.Key_End)
        press(Key.Key_Space)
        yield lambda: session.is_by_hand and not wiring.runner.is_busy
        assert session.selection.channels
        press(Key.Key_Z, CTRL)
        yield lambda: not session.is_by_hand and not wiring.runner.is_busy
        assert session.step == before - 3

        # A repair, and its table as a file.
        press(Key.Key_2, CTRL)
        assert wiring.panels.page is repair
        tab_to(repair.form.method_combo)
        type_text("pruning")
        assert repair.form.method.name == "prune"
        press(Key.Key_R, CTRL | SHIFT)
        yield lambda: bool(session.repairs) and not wiring.runner.is_busy
        dialog.prepare("ask_save", (saved, True))
        tab_to(repair.panel.export_button)
        press(Key.Key_Space)
        yield lambda: QApplication.activePopupWidget() is not None
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        for _ in menu.actions():
            if menu.activeAction() is not None and "JSON" in menu.activeAction().text():
                break
            QTest.keyClick(menu, Key.Key_Down)
        QTest.keyClick(menu, Key.Key_Return)
        yield lambda: saved.exists() and not wiring.runner.is_busy

        # A detection starts, and Esc stops it.
        press(Key.Key_4, CTRL)
        press(Key.Key_D, CTRL | SHIFT)
        yield lambda: wiring.menus.cancel.isEnabled() and wiring.panels.page is pages["detect"]
        press(Key.Key_Escape)
        yield idle(wiring)

        # From the confusions of the repaired network to an image in the classifier.
        press(Key.Key_1, CTRL)
        press(Key.Key_F, CTRL | SHIFT)
        confusions = wiring.confusions.window
        assert confusions is not None
        yield lambda: confusions.confusions is not None and confusions.isActiveWindow() and not wiring.runner.is_busy
        tab_to(confusions.table)
        press(Key.Key_Down)
        press(Key.Key_Return)
        yield lambda: wiring.images_control.window is not None and wiring.images_control.window.shown_count > 0
        images = wiring.images_control.window
        assert images is not None
        yield lambda: images.isActiveWindow() and not wiring.runner.is_busy
        tab_to(images.grid)
        press(Key.Key_Return)
        yield lambda: bool(wiring.panels.classifier.answer_view.base_bars.scores) and not wiring.runner.is_busy
        for window in (images, confusions):
            window.activateWindow()
            yield window.isActiveWindow
            press(Key.Key_Escape)
            assert not window.isVisible()

    drive(script)
    assert saved.stat().st_size > 100
