"""Keys alone: Tab and Shift+Tab reach every control of every page and window, and what they reach has a name."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from core.images.answers import Who
from core.images.confusions import confusions_of
from core.images.selection import Selection
from core.repair.methods.fine_pruning import FINE_PRUNING
from gui.classifier.crop.dialog import CropDialog
from gui.confusions.window import ConfusionsWindow
from gui.explanation.window import ExplanationWindow
from gui.guide.focus_ring import FocusRing
from gui.guide.glossary import GlossaryDialog
from gui.images.window import ImagesWindow
from gui.navigation.cheat_sheet import CheatSheet
from gui.shell.wiring import WindowWiring
from gui.studio.window import StudioWindow
from gui.theme.text_size import apply_text_size
from gui.undo.history_dialog import HistoryDialog
from tests.gui.images.made_up_answers import made_up_answers
from tests.gui.keyboard import described, missed, nameless, walk
from tests.gui.window_driver import Driver


@pytest.fixture
def filled(wiring: WindowWiring, driver: Driver, qtbot: QtBot) -> WindowWiring:
    """A window in which every page has something to show."""
    driver.run_all()
    driver.repair(FINE_PRUNING)
    wiring.pages["detect"].control.start()
    driver.settle()
    wiring.pages["compare"].panel.add_requested.emit("pruned")
    driver.settle()
    wiring.window.resize(1280, 720)
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    return wiring


def check(window: QWidget, ring: FocusRing | None = None) -> list[QWidget]:
    """Walk to and fro."""
    there = walk(window, ring=ring)
    assert missed(window, there) == []
    assert nameless(there) == []
    back = walk(window, ring=ring, is_back=True)
    assert {described(each) for each in back} == {described(each) for each in there}
    return there


@pytest.mark.parametrize("text_size", [100, 200])
def test_every_control_of_every_page_is_reached_both_ways(
    filled: WindowWiring, qapp: QApplication, text_size: int
) -> None:
    filled.view_control.layout.set_text_size(text_size)
    for page in filled.panels.order:
        filled.panels.show_page(page)
        QApplication.processEvents()
        filled.panels.tabs.setFocus()
        seen = check(filled.window, filled.view_control.focus_ring)
        panel = filled.pages[page].panel
        assert any(panel.isAncestorOf(each) for each in seen), page
    apply_text_size(qapp, 100)


def test_tables_in_place_of_charts_let_the_focus_go_on(filled: WindowWiring) -> None:
    filled.panels.show_page("prune")
    page = filled.pages["prune"]
    page.channels.table_button.click()
    page.curves.body.table_button.click()
    page.curves.body.runs_button.click()
    QApplication.processEvents()
    seen = check(filled.window)
    assert {page.channels.twin, page.curves.body.twin, page.curves.body.runs, page.results.view} <= set(seen)


def images_window(parent: QWidget) -> QWidget:
    window = ImagesWindow(parent)
    window.show_answers(made_up_answers(), Selection(Who.PRUNED), detail="B′: 2 of 6 channels pruned")
    return window


def confusions_window(parent: QWidget) -> QWidget:
    window = ConfusionsWindow(parent)
    window.show_choices(("clean validation",), 0, (Who.BASE, Who.PRUNED), Who.PRUNED, "")
    window.show_confusions(confusions_of(made_up_answers(), Who.PRUNED))
    return window


@pytest.mark.parametrize(
    "make", [images_window, confusions_window, StudioWindow, ExplanationWindow, CropDialog, GlossaryDialog]
)
def test_every_control_of_the_other_windows_is_reached_both_ways(
    qtbot: QtBot, make: Callable[[QWidget], QWidget]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    window = make(parent)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    check(window, window.help.ring if hasattr(window, "help") else None)
    window.close()


def test_the_lists_of_keys_and_of_steps_are_reached(filled: WindowWiring, qtbot: QtBot) -> None:
    dialogs: list[QDialog] = [
        CheatSheet(filled.view_control.navigation.commands, filled.window),
        HistoryDialog(filled.history, filled.window),
    ]
    for each in dialogs:
        each.show()
        each.activateWindow()
        qtbot.waitUntil(each.isActiveWindow)
        check(each)
        each.close()
