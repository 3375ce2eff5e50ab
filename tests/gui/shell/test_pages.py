"""The menus act on the page that is shown: what is saved, exported or started is what the person looks at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel

from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from gui.page import Offer, Page, PageContext
from gui.shell import window_frame
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


@pytest.mark.parametrize(("kind", "which"), [("pruned", "B′"), ("repaired", "G by agreement")])
def test_on_the_repair_page_the_menu_saves_the_repair(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path, kind: str, which: str
) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    assert wiring.panels.page.key == "repair"
    path = tmp_path / "out.keras"
    dialog.prepare("ask_save", (path, True))
    wiring.menus.offered[kind].trigger()
    driver.settle()
    assert engine.saved == []  # not the pruned network, which is not on the screen
    assert engine.saved_repairs == [(kind, "Occlusion", path, True)]
    asked = dialog.calls[-1][1]
    assert asked["suggestion"].name == f"net_occlusion_{kind}.keras"
    words = f"{which} of net.h5, Occlusion: clean validation accuracy 80.00 %, ASR 0 %"
    assert asked["title"] == f"Save {words}"
    assert wiring.panels.messages.text.startswith(f"Saved {words}, to {path}.")


def test_a_message_ends_when_another_page_is_shown(wiring: WindowWiring) -> None:
    wiring.panels.show_page("repair")
    wiring.panels.messages.show_text("Written to curve.csv", kind="ok")
    wiring.panels.show_page("prune")
    assert not wiring.panels.messages.text


def test_on_the_prune_page_the_menu_saves_the_pruned_network(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    wiring.panels.show_page("prune")
    wiring.pages["prune"].control.go_to(2)
    dialog.prepare("ask_save", (tmp_path / "g.keras", True))
    wiring.menus.offered["repaired"].trigger()
    driver.settle()
    assert engine.saved_repairs == []
    assert engine.saved == [(True, [False] * 2 + [True] * 4, tmp_path / "g.keras", True)]
    words = "G by agreement of net.h5, conv_a, 2 of 6 channels pruned: clean validation accuracy 90.00 %, ASR 100 %"
    assert dialog.calls[-1][1]["title"] == f"Save {words}"


def test_on_the_compare_page_the_menu_saves_the_chosen_network(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    wiring.pages["compare"].panel.files_dropped.emit((Path("theirs.keras"),))
    driver.settle()
    wiring.panels.show_page("compare")
    for line, name, figures in (
        (1, "Occlusion", "clean validation accuracy 80.00 %, ASR 0 %"),
        (2, "theirs.keras", "clean validation accuracy 90.00 %, ASR 100 %"),
    ):
        wiring.pages["compare"].panel.choose(line)
        dialog.prepare("ask_save", (tmp_path / "out.keras", True))
        wiring.menus.offered["by_confidence"].trigger()
        driver.settle()
        assert engine.saved_repairs[-1][:2] == ("by_confidence", name)
        assert dialog.calls[-1][1]["title"] == f"Save G by confidence of net.h5, {name}: {figures}"
        assert f"{name}: {figures}" in wiring.panels.messages.text
    assert engine.saved == []


def test_a_network_that_is_not_counted_on_the_open_files_is_saved_without_figures(
    wiring: WindowWiring, driver: Driver, dialog: Any, tmp_path: Path
) -> None:
    driver.open_all()
    wiring.pages["compare"].panel.files_dropped.emit((Path("theirs.keras"),))
    driver.settle()
    wiring.open_file(Role.POISONED, Path("q.h5"))
    driver.settle()
    wiring.panels.show_page("compare")
    wiring.pages["compare"].panel.choose(1)
    dialog.prepare("ask_save", (tmp_path / "out.keras", True))
    wiring.menus.offered["pruned"].trigger()
    driver.settle()
    assert dialog.calls[-1][1]["title"] == "Save B′ of net.h5, theirs.keras: not counted on the open files"
    assert "theirs.keras: not counted on the open files" in wiring.panels.messages.text


def test_where_a_page_has_nothing_to_save_or_export_the_menu_says_why(wiring: WindowWiring, driver: Driver) -> None:
    menus, show = wiring.menus, wiring.panels.show_page

    def told(key: str) -> tuple[bool, str]:
        action = menus.offered[key]
        return action.isEnabled(), action.toolTip()

    show("prune")
    assert told("repaired") == (False, "Only a complete run can be saved or exported: press Run first.")
    driver.run_all()
    assert told("repaired")[0]
    assert told("csv")[0]
    show("repair")  # the run is whole, but a repair is what is looked at
    for key in ("pruned", "repaired", "by_confidence", "csv", "json", "report"):
        assert told(key) == (False, "There is no repaired network yet: press Repair first.")
    assert "png" not in menus.offered
    show("compare")
    assert told("repaired") == (False, "Choose a repaired network in the table first.")
    assert told("csv") == (False, "No network is counted on the open files.")
    driver.repair(OCCLUSION)
    assert wiring.panels.page.key == "repair"
    assert told("repaired")[0] and told("report")[0]
    show("compare")
    assert told("repaired")[0] and told("png")[0]
    wiring.pages["compare"].panel.choose(0)
    assert told("repaired") == (False, "Choose a repaired network in the table first.")
    show("prune")
    assert told("repaired")[0]


@pytest.mark.parametrize(("view", "kind", "written"), [
    ("prune", "csv", "csv"), ("repair", "csv", "csv Occlusion"), ("compare", "csv", "csv 1"),
    ("prune", "report", "report"), ("repair", "report", "report Occlusion"), ("compare", "svg", "svg 1"),
])  # fmt: skip
def test_the_menu_exports_what_is_shown(
    wiring: WindowWiring,
    driver: Driver,
    engine: FakeEngine,
    dialog: Any,
    tmp_path: Path,
    view: str,
    kind: str,
    written: str,
) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    wiring.panels.show_page(view)
    dialog.prepare("ask_save", (tmp_path / "out", True))
    wiring.menus.offered[kind].trigger()
    driver.settle()
    assert engine.exported == [(written, tmp_path / "out")]


def test_run_repair_and_the_way_back_belong_to_their_pages(wiring: WindowWiring, driver: Driver) -> None:
    driver.run_all()
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.settle()
    menus = wiring.menus
    assert menus.actions["prune", "run"].isEnabled() and menus.actions["prune", "restore"].isEnabled()
    assert not menus.actions["repair", "repair"].isEnabled()
    assert menus.actions["repair", "repair"].toolTip() == "Show “Repair” first (Ctrl+2)."
    wiring.panels.show_page("repair")
    assert menus.actions["repair", "repair"].isEnabled()
    for key in ("run", "restore"):
        assert not menus.actions["prune", key].isEnabled()
        assert menus.actions["prune", key].toolTip() == "Show “Prune” first (Ctrl+1)."
    wiring.panels.show_page("compare")
    assert not any(action.isEnabled() for action in menus.actions.values())


class _MadeUpPage(Page):
    """A page as somebody might add one."""

    key = "made-up"
    title = "Made up"
    menu_text = "&Made up"
    tip = "A page of a test"
    shortcut = "Ctrl+7"

    def __init__(self) -> None:
        form = QLabel("its form")
        super().__init__(panel=QLabel("its panel"), form=form, buttons=QLabel("its buttons"))
        self.done: list[str] = []
        self.why_not = ""

    def furnish(self, context: PageContext) -> None:
        def offer(key: str, shortcut: str = "") -> Offer:
            return Offer(key, f"Made up {key}", lambda: self.done.append(key), lambda: self.why_not, shortcut)

        self.saves = (offer("network", "Ctrl+S"),)
        self.exports = (offer("table"),)
        self.actions = (offer("run", "Ctrl+R"),)


def test_a_page_is_added_by_its_class_alone(
    monkeypatch: pytest.MonkeyPatch, open_window: Callable[[Preferences], WindowWiring]
) -> None:
    monkeypatch.setattr(window_frame, "PAGES", (*window_frame.PAGES, _MadeUpPage))
    wiring = open_window(Preferences())
    page = wiring.page(_MadeUpPage)
    tabs, menus = wiring.panels.tabs, wiring.menus
    assert tabs.tabText(6) == "Made up"
    assert tabs.tabToolTip(6) == "A page of a test (Ctrl+7)"
    (shown,) = [action for action in menus._views.actions() if action.shortcut().toString() == "Ctrl+7"]
    assert not page.form.isVisible()
    assert not menus.actions["made-up", "run"].isEnabled()
    shown.trigger()
    assert wiring.panels.page is page
    assert page.form.isVisible() and page.panel.isVisible() and page.buttons.isVisible()
    assert list(menus.offered) == ["network", "table"]
    assert menus.offered["network"].shortcut().toString() == "Ctrl+S"
    for action in (*menus.offered.values(), menus.actions["made-up", "run"]):
        action.trigger()
    assert page.done == ["network", "table", "run"]
    page.why_not = "Not now."
    page.offers_changed.emit()
    for action in (*menus.offered.values(), menus.actions["made-up", "run"]):
        assert (action.isEnabled(), action.toolTip()) == (False, "Not now.")
    page.show_requested.emit()
    wiring.panels.show_page("prune")
    page.show_requested.emit()
    assert wiring.panels.page is page
    wiring.window.close()


@pytest.mark.parametrize("shown", ["prune", "repair", "compare"])
def test_the_keys_belong_to_what_is_shown(wiring: WindowWiring, driver: Driver, shown: str) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    wiring.panels.show_page(shown)
    for keys, kind in (("Ctrl+S", "pruned"), ("Ctrl+Shift+S", "repaired")):
        actions = wiring.window.findChildren(QAction)
        answering = [each for each in actions if each.isEnabled() and each.shortcut().toString() == keys]
        assert answering == [wiring.menus.offered[kind]]


def test_further_images_are_opened_where_their_place_is_shown(wiring: WindowWiring) -> None:
    opener = wiring.menus.openers[Role.UNLABELLED]
    wiring.panels.show_page("prune")
    wiring.pages["repair"].form.choose_method(FINETUNE)
    assert not opener.isEnabled()
    wiring.panels.show_page("repair")
    assert opener.isEnabled()
    wiring.pages["repair"].form.choose_method(PRUNE)
    assert not opener.isEnabled()
    assert opener.toolTip() == "The shown page does not use them with its current settings."


def test_without_a_poisoned_set_the_page_that_needs_none_comes_first(wiring: WindowWiring, driver: Driver) -> None:
    panels = wiring.panels
    assert panels.order == ("detect", "prune", "repair", "compare", "network", "audit")
    assert panels.page.key == "detect"
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert panels.page.key == "detect"
    driver.open_all()
    assert panels.order == ("prune", "repair", "compare", "network", "audit", "detect")
    assert panels.page.key == "prune"
    assert panels.tabs.tabText(panels.tabs.currentIndex()) == "Prune"
    assert panels.left._shown.key == "prune" and wiring.menus._shown.key == "prune"
    wiring.menus.close_all.trigger()
    assert panels.order[0] == "detect" and panels.page.key == "detect"
    assert wiring.menus._shown.key == "detect"


def test_a_page_that_was_chosen_stays_when_the_order_changes(wiring: WindowWiring, driver: Driver) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    for key in ("detect", "repair"):
        wiring.panels.show_page(key)
        driver.open_all()
        assert wiring.panels.order[-1] == "detect"
        assert wiring.panels.page.key == key
        assert wiring.panels._stack.currentWidget() is wiring.panels.page.panel
        wiring.panels.files.slots[Role.POISONED].clear_button(0).click()
        assert wiring.panels.order[0] == "detect"
        assert wiring.panels.page.key == key
